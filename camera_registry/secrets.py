"""Credentials of cameras: sealed at rest, split off addresses, never shown. docs/design/secrets.md."""

import re
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from camera_registry.tables import CameraDraft, Stream
from foundation.errors import N_, BadInput
from foundation.vault import KeyUnusable, SealBroken, SealedColumn, Vault

__all__ = [
    "CREDENTIALS",
    "DRAFT_CREDENTIALS",
    "KeyUnusable",
    "SealBroken",
    "SourceUnclear",
    "SourceUnusable",
    "UserUnusable",
    "Vault",
    "joined_source",
    "scrub",
    "split_source",
]

CREDENTIALS = SealedColumn(Stream, "sealed_credentials", "stream")
"""User and password of a live stream, with a colon between."""
DRAFT_CREDENTIALS = SealedColumn(CameraDraft, "sealed_credentials", "camera_draft")
"""The same of a camera that is being registered."""

_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]*:[0-9a-f:.]*(?:%[\w.-]+)?")
_ENDING = re.compile(r"[#\\]")
_SCHEME = re.compile(r"(?i)[a-z][a-z0-9+.-]*://")
_CREDENTIALS = re.compile(
    r"""(?ix) \b ( [a-z][a-z0-9+.-]* (?: : | %3A ) (?: // | %2F%2F ) )
    (?: \S* (?: @ | %40 )  # to the last @ of the word: people do not encode what is in their passwords
      | [^\s/@:]* : (?! \d{1,5} (?: [/?#"'] | $ ) ) [^@\r\n]{0,200} @  # nor blanks; digits alone are a port
    )"""
)
"""Rather too much than too little: an @ in the path of an address takes with it what is before it."""


class SourceUnusable(BadInput):
    """`value` is only how it begins: what was meant as an address may have its password anywhere."""

    code = "source_unusable"
    message = N_("“{value}” is not a source")
    mend = N_("Write an rtsp:// or rtsps:// address, or “clips” for a camera whose recordings are imported")


class SourceUnclear(SourceUnusable):
    """A character in it ends what it stands in: of `rtsp://admin:20#24@host/` the machine would be `admin`, at port 20."""

    code = "source_unclear"
    message = N_("This address has a character that may belong to its user or password, or end them")
    mend = N_("In user and password write # as %23, / as %2F, ? as %3F and \\ as %5C; elsewhere @ as %40")


class UserUnusable(BadInput):
    """Neither way of signing in by HTTP or RTSP has room for it: RFC 7617, section 2."""

    code = "user_unusable"
    message = N_("The user in this address has a colon in its name, which no camera can be asked with")
    mend = N_("Give the camera a user without a colon; in the password it may be, written as %3A")


def split_source(source: str) -> tuple[str, str | None]:
    """Return the address without user and password, and `user:password` or None.

    Nothing is guessed: people type passwords as they are, and what is taken for a machine is looked up, logged and shown.
    Raises `SourceUnusable`, `SourceUnclear`, `UserUnusable`.
    """
    source = source.strip()
    try:
        parts = urlsplit(source)
        if parts.scheme.lower() not in {"rtsp", "rtsps"}:
            raise SourceUnusable(value=_beginning(source))
        if _ENDING.search(source) or "@" in parts.path + parts.query or not source.isprintable():
            raise SourceUnclear(value=_beginning(source))
        port = parts.port
    except ValueError as error:
        raise SourceUnusable(value=_beginning(source)) from error
    if not parts.hostname or not _HOST.fullmatch(parts.hostname):
        raise SourceUnusable(value=_beginning(source))
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    netloc = host if port is None else f"{host}:{port}"
    address = urlunsplit(SplitResult(parts.scheme.lower(), netloc, parts.path, parts.query, ""))
    if parts.username is None and parts.password is None:
        return address, None
    if ":" in unquote(parts.username or ""):
        raise UserUnusable
    return address, f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"


def joined_source(address: str, credentials: str | None) -> str:
    """Return what `split_source` was given: the one text that the registry takes. It is kept nowhere."""
    if credentials is None:
        return address
    user, _, password = credentials.partition(":")
    parts = urlsplit(address)
    signed = f"{quote(user, safe='')}:{quote(password, safe='')}@{parts.netloc}"
    return urlunsplit((parts.scheme, signed, parts.path, parts.query, ""))


def _beginning(source: str) -> str:
    found = _SCHEME.match(source.strip())
    return f"{found[0]}…" if found else "…"


def scrub(text: str) -> str:
    """Return `text` with user and password of every address in it replaced."""
    return _CREDENTIALS.sub(r"\1***@", text)
