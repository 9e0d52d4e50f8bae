"""Who acts, and the names we give to things. Passed explicitly, never a global."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Literal

ActorKind = Literal["person", "command_line", "service", "anonymous"]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: no letter that is mistaken for a digit


@dataclass(frozen=True)
class Actor:
    """Who is asking, from where, and by what right. It goes into the audit log as it is."""

    name: str
    kind: ActorKind
    scopes: frozenset[str] = field(default_factory=frozenset)
    role: str | None = None
    unit: str | None = None
    purpose: str | None = None
    grant_id: str | None = None
    address: str | None = None


COMMAND_LINE = Actor("command line", "command_line")
SERVICE = Actor("service", "service")
ANONYMOUS = Actor("anonymous", "anonymous")


def new_id() -> str:
    """Return a 26 letter id: 48 bits of milliseconds, then 80 random bits, so ids sort by age and cannot be guessed.

    The layout is that of a ULID, whose 128 bits are the id's identity; its time part is a help to databases, and
    nothing reads it back.
    """
    value = ((time.time_ns() // 1_000_000) << 80) | secrets.randbits(80)  # noqa: TID251 - order, not a date
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))
