"""The token of a form as a page shows it: under another random veil each time.

Pages are packed for the way. Whoever can make somebody open addresses of ours and sees how long the answers are could
otherwise guess a text that stands in every one of them, letter by letter (BREACH, Prado, Harris and Gluck 2013, section 3).
"""

import base64
import binascii
import secrets

_MARK = "~"


def veiled(token: str) -> str:
    """Return `token` as it may stand in a page."""
    plain = token.encode()
    pad = secrets.token_bytes(len(plain))
    return _MARK + base64.urlsafe_b64encode(pad + _mixed(pad, plain)).decode()


def unveiled(text: str) -> str:
    """Return the token that `text` is; one that never had a veil is itself, and what is nothing of ours is no token: ""."""
    if not text.startswith(_MARK):
        return text
    try:
        both = base64.urlsafe_b64decode(text[len(_MARK) :].encode())
        half = len(both) // 2
        return _mixed(both[:half], both[half:]).decode()
    except (binascii.Error, ValueError):
        return ""


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
