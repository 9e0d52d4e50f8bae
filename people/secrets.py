"""Random texts that open something. What is stored of them is only their hash: 256 random bits need no slow one."""

import hashlib
import secrets

_BYTES = 32


def new_secret(prefix: str = "") -> str:
    """Return 256 random bits as a text that fits into a cookie, a header and an address."""
    return prefix + secrets.token_urlsafe(_BYTES)


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare without telling by the time it takes how much was right."""
    return secrets.compare_digest(left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))
