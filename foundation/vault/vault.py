"""Seals short texts, each under a random key of its own that a key keeper wraps, and opens them again."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from foundation.vault.envelope import KEY, Envelope, close, is_old, open_body, open_old
from foundation.vault.errors import SealBroken
from foundation.vault.keeper import KeyKeeper, Wrapped
from foundation.vault.key_command import KeyCommand
from foundation.vault.key_file import KeyFile


class Vault:
    """`context` (such as `stream:17`) is bound in, so that a sealed text cannot be moved elsewhere.

    `keeper` wraps. Beside it, `file` opens what was sealed before there was another keeper.
    """

    def __init__(self, keeper: KeyKeeper, file: KeyFile | None = None) -> None:
        self.keeper = keeper
        self._file = keeper if isinstance(keeper, KeyFile) else file
        self._keepers: dict[str, KeyKeeper] = {keeper.kind: keeper}
        if self._file is not None:
            self._keepers[self._file.kind] = self._file

    @classmethod
    def open(cls, key_file: Path, command: str = "") -> "Vault":
        """Open the vault of `key_file`, made when there is none; or of `command`, beside a file that is there.

        Raises `KeyUnusable`, `KeyCommandFailed`.
        """
        if not command:
            return cls(KeyFile(key_file))
        return cls(KeyCommand(command), KeyFile(key_file) if key_file.exists() else None)

    @property
    def keepers(self) -> list[KeyKeeper]:
        """Return who keeps keys, first the one that wraps."""
        return list(self._keepers.values())

    def seal(self, text: str, context: str) -> bytes:
        key = secrets.token_bytes(KEY)
        (wrapped,) = self.keeper.wrap([(key, context)])
        return bytes(Envelope(wrapped, close(text, key, context)))

    def unseal(self, sealed: bytes, context: str) -> str:
        """Raises `SealBroken` for another key, another context or a changed byte."""
        (text,) = self.unseal_all([(sealed, context)])
        if text is None:
            raise SealBroken
        return text

    def unseal_all(self, items: Sequence[tuple[bytes, str]]) -> list[str | None]:
        """Return the texts in their order; None for one that does not open. The keepers are asked once."""
        keys = self._keys_of(items)
        return [_text(sealed, context, key, self._old) for (sealed, context), key in zip(items, keys, strict=True)]

    def rewrap(self, items: Sequence[tuple[bytes, str]]) -> list[bytes | None]:
        """Return the values as the key of now seals them; None for one that does not open. Old ones are sealed anew."""
        keys = self._keys_of(items)
        bodies: list[tuple[bytes, bytes] | None] = []
        for (sealed, context), key in zip(items, keys, strict=True):
            bodies.append(None)
            if key is not None:
                bodies[-1] = (key, Envelope.parse(sealed).body)
            elif is_old(sealed) and (text := _text(sealed, context, None, self._old)) is not None:
                fresh = secrets.token_bytes(KEY)
                bodies[-1] = (fresh, close(text, fresh, context))
        opened = [(found[0], context) for found, (_, context) in zip(bodies, items, strict=True) if found is not None]
        wrapped = iter(self.keeper.wrap(opened))
        return [None if found is None else bytes(Envelope(next(wrapped), found[1])) for found in bodies]

    @property
    def _old(self) -> Sequence[bytes]:
        return [] if self._file is None else self._file.secrets()

    def _keys_of(self, items: Sequence[tuple[bytes, str]]) -> list[bytes | None]:
        """Return the data key of each value, None where there is none or it does not open."""
        found: list[bytes | None] = [None] * len(items)
        asked: dict[str, list[tuple[int, Wrapped, str]]] = {}
        for place, (sealed, context) in enumerate(items):
            try:
                wrapped = Envelope.parse(sealed).wrapped
            except SealBroken:
                continue
            asked.setdefault(wrapped.key_id.partition(":")[0], []).append((place, wrapped, context))
        for kind, theirs in asked.items():
            if kind in self._keepers:
                keys = self._keepers[kind].unwrap([(wrapped, context) for _, wrapped, context in theirs])
                for (place, _, _), key in zip(theirs, keys, strict=True):
                    found[place] = key
        return found


def _text(sealed: bytes, context: str, key: bytes | None, old: Sequence[bytes]) -> str | None:
    if key is not None:
        try:
            return open_body(Envelope.parse(sealed).body, key, context)
        except SealBroken:
            return None
    for one in old if is_old(sealed) else ():
        try:
            return open_old(sealed, one, context)
        except SealBroken:
            continue
    return None
