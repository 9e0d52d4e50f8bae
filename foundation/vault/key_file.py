"""The key keeper by default: keys in a file of mode 0600, one a line, the newest first.

    matpho keys 1
    file:6f0a…  2026-03-07T14:00:00Z  <base64 of 32 bytes>

A file of 32 bytes is a key of before there were several. The id is a fingerprint, so a line that was edited is noticed. The
file is read again when it changes: a running service follows a rotation that a command does.
"""

import base64
import fcntl
import hashlib
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from foundation.clock import Clock, SystemClock
from foundation.storage.secret_file import replace_secret, secret_of
from foundation.timebase import InstantUnreadable, format_instant, parse_instant
from foundation.vault.envelope import KEY, NONCE
from foundation.vault.errors import KeyIsCurrent, KeyUnusable
from foundation.vault.keeper import KeyInfo, Wrapped

_HEAD = "matpho keys 1"
_AAD = b"matpho wrapped 2\0"
_KIND = "file"


@dataclass(frozen=True)
class _Key:
    secret: bytes = field(repr=False)
    made_us: int

    @property
    def id(self) -> str:
        return f"{_KIND}:{hashlib.sha256(b'matpho key id' + self.secret).hexdigest()[:16]}"

    @property
    def line(self) -> str:
        return f"{self.id} {format_instant(self.made_us)} {base64.b64encode(self.secret).decode()}"


class KeyFile:
    """Implements `KeyKeeper`. The file is made when there is none. Raises `KeyUnusable`."""

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self._path, self._clock = path, clock or SystemClock()
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._last: list[_Key] = []
        with self._named():
            secret_of(path, lambda: _text([self._new()]))
        self._keys()

    @property
    def kind(self) -> str:
        return _KIND

    def known(self) -> list[KeyInfo]:
        return [KeyInfo(key.id, key.made_us) for key in self._keys()]

    def secrets(self) -> list[bytes]:
        """Return the keys themselves, for values of before there were envelopes."""
        return [key.secret for key in self._keys_or_last()]

    def wrap(self, items: Sequence[tuple[bytes, str]]) -> list[Wrapped]:
        key = self._keys()[0]
        cipher, found = AESGCM(key.secret), []
        for data_key, context in items:
            nonce = secrets.token_bytes(NONCE)
            found.append(Wrapped(key.id, nonce + cipher.encrypt(nonce, data_key, _bound(key.id, context))))
        return found

    def unwrap(self, items: Sequence[tuple[Wrapped, str]]) -> list[bytes | None]:
        ciphers = {key.id: AESGCM(key.secret) for key in self._keys_or_last()}
        found: list[bytes | None] = []
        for wrapped, context in items:
            found.append(None)
            with suppress(KeyError, InvalidTag, ValueError):
                nonce, data = wrapped.data[:NONCE], wrapped.data[NONCE:]
                found[-1] = ciphers[wrapped.key_id].decrypt(nonce, data, _bound(wrapped.key_id, context))
        return found

    def renew(self) -> KeyInfo:
        with self._alone():
            key = self._new()
            self._write([key, *self._keys()])
        return KeyInfo(key.id, key.made_us)

    def retire(self, key_id: str) -> None:
        with self._alone():
            keys = self._keys()
            if keys[0].id == key_id:
                raise KeyIsCurrent(key=key_id)
            self._write([key for key in keys if key.id != key_id])

    def _new(self) -> _Key:
        second = 1_000_000
        return _Key(secrets.token_bytes(KEY), self._clock.now_us() // second * second)

    def _keys(self) -> list[_Key]:
        with self._lock, self._named():
            found = self._path.stat()
            seen = (found.st_ino, found.st_mtime_ns, found.st_size)
            if seen != self._seen:
                self._last = self._parse(self._path.read_bytes(), found.st_mtime_ns // 1000)
                self._seen = seen
            return self._last

    def _keys_or_last(self) -> list[_Key]:
        """Return the keys; those known last when the file has gone: what is sealed can be opened until we end."""
        try:
            return self._keys()
        except KeyUnusable:
            return self._last

    def _parse(self, data: bytes, changed_us: int) -> list[_Key]:
        if len(data) == KEY:
            return [_Key(data, changed_us // 1_000_000 * 1_000_000)]
        head, *lines = data.decode("ascii", "replace").splitlines() or [""]
        if head != _HEAD or not lines:
            raise KeyUnusable(
                path=self._path.name, why=f"{len(data)} bytes, which are neither a key nor a list of keys"
            )
        return [self._read(number, line) for number, line in enumerate(lines, 2)]

    def _read(self, number: int, line: str) -> _Key:
        try:
            name, made, coded = line.split()
            key = _Key(base64.b64decode(coded, validate=True), parse_instant(made))
        except (ValueError, InstantUnreadable):
            raise KeyUnusable(path=self._path.name, why=f"line {number} is no key") from None
        if len(key.secret) != KEY or key.id != name:
            raise KeyUnusable(path=self._path.name, why=f"the key of line {number} is not the one of its id")
        return key

    def _write(self, keys: list[_Key]) -> None:
        with self._named():
            replace_secret(self._path, _text(keys))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold off others that would change the file at the same time."""
        with self._named():
            handle = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise KeyUnusable(path=self._path.name, why=error.strerror or type(error).__name__) from error


def _text(keys: Sequence[_Key]) -> bytes:
    return "\n".join([_HEAD, *(key.line for key in keys), ""]).encode()


def _bound(key_id: str, context: str) -> bytes:
    return _AAD + key_id.encode() + b"\0" + context.encode()
