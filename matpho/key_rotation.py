"""Bringing everything sealed to the key of now, and forgetting keys that nothing needs. docs/design/secrets.md."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from access.subjects import REQUESTER
from audit.log import record
from camera_registry.secrets import CREDENTIALS, DRAFT_CREDENTIALS
from foundation.clock import Clock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.vault import SealBroken, SealedColumn, Vault
from foundation.vault.column import await_rotation
from foundation.vault.envelope import key_of
from foundation.vault.errors import KeyInUse, KeyIsCurrent, KeyUnknown
from people.second_factor import PHONE_KEY

SEALED: tuple[SealedColumn, ...] = (CREDENTIALS, DRAFT_CREDENTIALS, PHONE_KEY, REQUESTER)
"""Everything that is sealed; a test holds this to the tables."""
OLD = "old"
"""Stands for the key of values of before there were envelopes, which do not say which one it is."""

Step = Callable[[str], None]


@dataclass
class Rotated:
    """`unopened` are values that no key opens; they stay as they are."""

    key: str = ""
    sealed: int = 0
    unopened: int = 0


def rotate(
    engine: sa.Engine,
    vault: Vault,
    clock: Clock,
    actor: Actor,
    *,
    new_key: bool = True,
    step: Step = lambda _name: None,
) -> Rotated:
    """Make a key, and bring every value to it, page by page; without `new_key` to that of now.

    Nothing is ever stored that the keeper cannot open, so this may end anywhere and be begun again. Whoever seals meanwhile
    wins over us.
    """
    if new_key:
        key = vault.keeper.renew().id
        step("key made")
        with unit_of_work(engine) as session:
            record(session, clock, actor, "key:make", "key", key)
    with unit_of_work(engine) as session:
        await_rotation(session, alone=True)
    done = Rotated()
    for column in SEALED:
        while not _bring(engine, vault, clock, actor, column, done, step):
            pass
    return done


def _bring(
    engine: sa.Engine, vault: Vault, clock: Clock, actor: Actor, column: SealedColumn, done: Rotated, step: Step
) -> bool:
    """Go through a column once; return whether nobody came between, as another rotation may."""
    unopened, alone, after = 0, True, None
    done.key = vault.keeper.known()[0].id
    while True:
        with unit_of_work(engine, writes=False) as session:
            page = column.values(session, after)
        if not page:
            break
        after = page[-1][0]
        behind = [(row, sealed) for row, sealed in page if _key_of(sealed) != done.key]
        fresh = vault.rewrap(
            [(sealed, column.context(row)) for row, sealed in behind]
        )  # no transaction waits for a keeper
        changed = [(row, old, new) for (row, old), new in zip(behind, fresh, strict=True) if new is not None]
        unopened += len(behind) - len(changed)
        if not changed:
            continue
        with unit_of_work(engine) as session:
            stored = sum(column.replace(session, row, old, new) for row, old, new in changed)
            record(session, clock, actor, "key:seal", "key", done.key, column=column.name, count=stored)
            session.flush()
            step("page written")
        step("page stored")
        done.sealed += stored
        alone = alone and stored == len(changed)
    if alone:
        done.unopened += unopened
    return alone


def uses(session: Session) -> Counter[str]:
    """Return how many values need each key."""
    return Counter(_key_of(sealed) for column in SEALED for _, sealed in column.all_values(session))


def unopened(session: Session, vault: Vault) -> int:
    """Return how many values no key opens."""
    count = 0
    for column in SEALED:
        found = column.unseal_all(vault, dict(column.all_values(session)))
        count += sum(text is None for text in found.values())
    return count


def retire(
    engine: sa.Engine, vault: Vault, clock: Clock, actor: Actor, key: str, step: Step = lambda _name: None
) -> None:
    """Forget a key for ever. Raises `KeyUnknown`, `KeyIsCurrent`, `KeyInUse`.

    That it was is an event before it is done: killed in between, it is done again.
    """
    keeper = next((one for one in vault.keepers if key in {info.id for info in one.known()}), None)
    if keeper is None:
        raise KeyUnknown(key=key)
    if keeper is vault.keeper and keeper.known()[0].id == key:
        raise KeyIsCurrent(key=key)
    with unit_of_work(engine) as session:
        await_rotation(session, alone=True)
        counted = uses(session)
        count = counted[key] + (counted[OLD] if key.startswith("file:") else 0)
        if count:
            raise KeyInUse(key=key, count=count)
        record(session, clock, actor, "key:retire", "key", key)
    step("retirement stored")
    keeper.retire(key)


def _key_of(sealed: Any) -> str:
    try:
        return key_of(sealed) or OLD
    except SealBroken:
        return "?"
