"""Time stamps of a third party on checkpoints (RFC 3161): proof that the log was this long, and like this, by then.

A checkpoint says itself when it was made, and whoever holds the key may say anything. A time-stamp authority signs its own time over it.
"""

import urllib.request
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from audit.stamp_order import ordered
from foundation.errors import N_, BadInput, Unavailable

MOST_BYTES = 64 * 1024
_WAIT_S = 20.0
_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"  # RFC 3161, section 3.4


class AuthorityUnusable(BadInput):
    code = "authority_unusable"
    message = N_("“{address}” is no address of a time-stamp authority")
    mend = N_("Write its http:// or https:// address, as the authority tells it")


class CertificatesUnusable(BadInput):
    code = "certificates_unusable"
    message = N_("“{name}” has no certificate that can be read: {why}")
    mend = N_("Give the root certificate of the authority as PEM")


class StampRefused(Unavailable):
    code = "stamp_refused"
    message = N_("The time-stamp authority gave no good stamp: {why}")
    mend = N_(
        "Try again later; if it stays, compare its address and its root certificate with what the authority tells"
    )


class StampBroken(Exception):
    """A stamp does not hold. Stays within whoever checks one."""


def read_roots(path: Path) -> list[Certificate]:
    """Raises `CertificatesUnusable`."""
    try:
        return load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CertificatesUnusable(name=path.name, why=str(error)) from error


def ask(address: str, note: str, roots: Sequence[Certificate]) -> bytes:
    """Return a stamp over the text of a checkpoint, checked. Raises `AuthorityUnusable` and `StampRefused`."""
    if urlsplit(address).scheme not in {"http", "https"} or not urlsplit(address).hostname:
        raise AuthorityUnusable(address=address[:200])
    request = TimestampRequestBuilder().data(note.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
    query = request.as_bytes()
    asked = urllib.request.Request(address, query, {"Content-Type": _QUERY, "Accept": _REPLY})  # noqa: S310 - as above
    try:
        with urllib.request.urlopen(asked, timeout=_WAIT_S) as answer:  # noqa: S310
            stamp: bytes = answer.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise StampRefused(why=str(getattr(error, "reason", error))) from error
    try:
        check(stamp, note, roots, nonce=request.nonce)
    except StampBroken as error:
        raise StampRefused(why=str(error)) from error
    return stamp


def check(stamp: bytes, note: str, roots: Sequence[Certificate], *, nonce: int | None = None) -> datetime:
    """Return when the authority saw this text, if one of `roots` vouches for it. Raises `StampBroken`."""
    if len(stamp) > MOST_BYTES:
        raise StampBroken(f"it is longer than {MOST_BYTES} bytes")
    builder = VerifierBuilder() if nonce is None else VerifierBuilder().nonce(nonce)
    for root in roots:
        builder = builder.add_root_certificate(root)
    try:
        answer = decode_timestamp_response(ordered(stamp))
        builder.build().verify_message(answer, note.encode())
    except (VerificationError, ValueError) as error:
        raise StampBroken(str(error) or type(error).__name__) from error
    return answer.tst_info.gen_time
