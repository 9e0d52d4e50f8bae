"""Credentials of cameras: sealed at rest with AES-256-GCM (NIST SP 800-38D), split off addresses, never shown."""

import re
import secrets
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from foundation.errors import N_, BadInput, Corrupt
from foundation.storage.secret_file import secret_of

_NONCE = 12
_KEY = 32
_VERSION = b"\x01"
_CREDENTIALS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/@]+(?::[^\s@]*)?@")


class KeyUnusable(BadInput):
    code = "key_unusable"
    message = N_("The key file {path} cannot be used: {why}")
    mend = N_("Restore the key from its backup; without it the credentials of cameras have to be entered again")


class SealBroken(Corrupt):
    code = "seal_broken"
    message = N_("Sealed credentials cannot be opened with this key")
    mend = N_("Restore the key that sealed them from its backup, or enter the credentials again")


class SourceUnusable(BadInput):
    code = "source_unusable"
    message = N_("“{value}” is not a source")
    mend = N_("Write an rtsp:// or rtsps:// address, or “clips” for a camera whose recordings are imported")


class Vault:
    """Seals short texts. `context` (such as `stream:17`) is bound in, so that a sealed text cannot be moved elsewhere."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def open(cls, key_file: Path) -> "Vault":
        """Open the vault of `key_file`, made with mode 0600 when there is none. Raises `KeyUnusable`."""
        try:
            key = secret_of(key_file, lambda: secrets.token_bytes(_KEY))
        except OSError as error:
            raise KeyUnusable(path=key_file.name, why=error.strerror) from error
        if len(key) != _KEY:
            raise KeyUnusable(path=key_file.name, why=f"{len(key)} bytes, not {_KEY}")
        return cls(key)

    def seal(self, text: str, context: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return _VERSION + nonce + self._cipher.encrypt(nonce, text.encode(), context.encode())

    def unseal(self, sealed: bytes, context: str) -> str:
        """Raises `SealBroken` for another key, another context or a changed byte."""
        if sealed[:1] != _VERSION:
            raise SealBroken
        try:
            return self._cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], context.encode()).decode()
        except InvalidTag as error:
            raise SealBroken from error


def split_source(source: str) -> tuple[str, str | None]:
    """Return the address without user and password, and `user:password` or None. Raises `SourceUnusable`."""
    try:
        parts = urlsplit(source.strip())
        port = parts.port
    except ValueError as error:
        raise SourceUnusable(value=scrub(source)[:80]) from error
    if parts.scheme.lower() not in {"rtsp", "rtsps"} or not parts.hostname:
        raise SourceUnusable(value=scrub(source)[:80])
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    netloc = host if port is None else f"{host}:{port}"
    address = urlunsplit(SplitResult(parts.scheme.lower(), netloc, parts.path, parts.query, ""))
    if parts.username is None and parts.password is None:
        return address, None
    return address, f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"


def scrub(text: str) -> str:
    """Return `text` with user and password of every address in it replaced."""
    return _CREDENTIALS.sub(r"\1***@", text)
