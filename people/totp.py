"""One-time passwords by time: RFC 6238 with what every authenticator knows (SHA-1, 30 s, 6 digits). Pure."""

import base64
import hmac
import secrets
from urllib.parse import quote, urlencode

from foundation.timebase import MICROSECONDS

STEP_US = 30 * MICROSECONDS
DIGITS = 6
WINDOW = 1
"""Steps before and after the present one that count too: phones are not always on time."""


def new_key() -> str:
    """Return 160 random bits in base 32, as authenticators take them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(key: str, step: int) -> str:
    """Return the code of one step (RFC 4226, section 5.3)."""
    digest = hmac.digest(base64.b32decode(key), step.to_bytes(8, "big"), "sha1")
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(at_us: int) -> int:
    return at_us // STEP_US


def matching_step(key: str, code: str, at_us: int, used: int) -> int | None:
    """Return the step whose code this is, None when there is none in the window or it is no newer than `used`."""
    given = "".join(code.split())
    found = None
    for step in range(step_of(at_us) - WINDOW, step_of(at_us) + WINDOW + 1):
        right = hmac.compare_digest(code_at(key, step).encode(), given.encode("utf-8", "replace"))
        if right and step > used:
            found = step
    return found


def address(key: str, name: str, issuer: str = "Mat Pho") -> str:
    """Return the otpauth:// address that authenticators read."""
    query = urlencode({"secret": key, "issuer": issuer, "digits": DIGITS, "period": STEP_US // MICROSECONDS})
    return f"otpauth://totp/{quote(f'{issuer}:{name}', safe=':')}?{query}"
