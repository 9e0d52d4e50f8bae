"""The bytes of a sealed value. Pure.

    version 2   u8 = 2, u8 length of the key id, key id, u16 length of the wrapped key, wrapped key, nonce (12), AES-GCM
    version 1   u8 = 1, nonce (12), AES-GCM directly under the key of the key file; read, never written

Integers are big-endian. What a value is for is authenticated twice: with the wrapped key by its keeper, and with the text.
"""

import secrets
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from foundation.vault.errors import SealBroken
from foundation.vault.keeper import Wrapped

KEY = 32
NONCE = 12
_OLD, _VERSION = 1, 2
_TAG = 16
_AAD = b"matpho sealed 2\0"


@dataclass(frozen=True)
class Envelope:
    """A value of version 2 taken apart; `body` is nonce and ciphertext, which stay the same when the key is wrapped anew."""

    wrapped: Wrapped
    body: bytes

    def __bytes__(self) -> bytes:
        name, data = self.wrapped.key_id.encode(), self.wrapped.data
        head = struct.pack(f">BB{len(name)}sH", _VERSION, len(name), name, len(data))
        return head + data + self.body

    @classmethod
    def parse(cls, sealed: bytes) -> "Envelope":
        """Raises `SealBroken` for another version, and for what is cut short."""
        try:
            version, length = struct.unpack_from(">BB", sealed)
            name, size = struct.unpack_from(f">{length}sH", sealed, 2)
            place = 2 + length + 2
            data, body = sealed[place : place + size], sealed[place + size :]
            if version != _VERSION or len(data) != size or len(body) < NONCE + _TAG:
                raise SealBroken
            return cls(Wrapped(name.decode(), data), body)
        except (struct.error, UnicodeDecodeError) as error:
            raise SealBroken from error


def is_old(sealed: bytes) -> bool:
    return sealed[:1] == bytes([_OLD])


def key_of(sealed: bytes) -> str | None:
    """Return the id of the key that a value needs, None for an old one, which does not say. Raises `SealBroken`."""
    return None if is_old(sealed) else Envelope.parse(sealed).wrapped.key_id


def close(text: str, key: bytes, context: str) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text.encode(), _AAD + context.encode())


def open_body(body: bytes, key: bytes, context: str) -> str:
    """Raises `SealBroken`."""
    return _decrypt(body, key, _AAD + context.encode())


def open_old(sealed: bytes, key: bytes, context: str) -> str:
    """Open a value of version 1. Raises `SealBroken`."""
    return _decrypt(sealed[1:], key, context.encode())


def _decrypt(body: bytes, key: bytes, bound: bytes) -> str:
    try:
        return AESGCM(key).decrypt(body[:NONCE], body[NONCE:], bound).decode()
    except (InvalidTag, ValueError) as error:  # a nonce that is cut short is a ValueError
        raise SealBroken from error
