"""The port of whoever keeps the keys that wrap the keys of sealed values: a file of ours, or a program of the house."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class KeyInfo:
    """What may be told of a key. The id begins with the kind of its keeper; `made_us` is None where nobody knows."""

    id: str
    made_us: int | None


@dataclass(frozen=True)
class Wrapped:
    """A data key that only the key `key_id` opens."""

    key_id: str
    data: bytes


class KeyKeeper(Protocol):
    """Wraps and unwraps, many at once, since asking may be slow. The context is bound in: with another one nothing opens.

    Every method raises `Unavailable` when the keeper cannot be asked.
    """

    @property
    def kind(self) -> str:
        """Return what the ids of its keys begin with, before a colon."""
        ...

    def known(self) -> list[KeyInfo]:
        """Return all keys, the newest first: that one wraps."""
        ...

    def wrap(self, items: Sequence[tuple[bytes, str]]) -> list[Wrapped]:
        """Wrap data keys, each for its context, with the newest key there is at this moment."""
        ...

    def unwrap(self, items: Sequence[tuple[Wrapped, str]]) -> list[bytes | None]:
        """Return the data keys in their order; None for one that does not open."""
        ...

    def renew(self) -> KeyInfo:
        """Make a key that wraps from now on, and return it. When this returns, the key is kept for good."""
        ...

    def retire(self, key_id: str) -> None:
        """Forget a key for ever; one that is not known is forgotten already. Raises `KeyIsCurrent`."""
        ...
