"""One contract, two keepers of keys: our file, and a program of the house in a process of its own."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from foundation.vault import KeyCommand, KeyFile, KeyKeeper
from foundation.vault.errors import KeyIsCurrent
from tests.support.sealing import key_command

Opened = Callable[[], KeyKeeper]


@pytest.fixture(params=["file", "command"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """Open the same keeper again, as another process would."""
    if request.param == "file":
        return lambda: KeyFile(tmp_path / "keys" / "camera.key")
    return lambda: KeyCommand(key_command(tmp_path))


def test_there_is_a_key_from_the_beginning_and_its_id_begins_with_the_kind(opened: Opened) -> None:
    (only,) = opened().known()
    assert only.id.startswith(f"{opened().kind}:")
    assert only.made_us is not None


def test_what_is_wrapped_comes_back_in_its_order_also_elsewhere(opened: Opened) -> None:
    items = [(os.urandom(32), f"stream:{number}") for number in range(5)]
    wrapped = opened().wrap(items)
    assert {one.key_id for one in wrapped} == {opened().known()[0].id}
    assert len({one.data for one in wrapped}) == 5
    back = opened().unwrap([(one, context) for one, (_, context) in zip(wrapped, items, strict=True)][::-1])
    assert back == [key for key, _ in items][::-1]


def test_nothing_opens_elsewhere_changed_or_under_another_key(opened: Opened) -> None:
    keeper, key = opened(), os.urandom(32)
    (wrapped,) = keeper.wrap([(key, "stream:1")])
    changed = [
        replace(wrapped, data=wrapped.data[:at] + bytes([wrapped.data[at] ^ 1]) + wrapped.data[at + 1 :])
        for at in range(len(wrapped.data))
    ]
    other = [replace(wrapped, key_id=keeper.renew().id), replace(wrapped, key_id=f"{keeper.kind}:gone")]
    bad = [(one, "stream:1") for one in [*changed, *other, replace(wrapped, data=b"x")]] + [(wrapped, "stream:2")]
    assert keeper.unwrap([*bad, (wrapped, "stream:1")]) == [None] * len(bad) + [key]


def test_a_new_key_wraps_and_the_one_before_still_opens(opened: Opened) -> None:
    keeper, key = opened(), os.urandom(32)
    (before,) = keeper.wrap([(key, "x")])
    other = opened()  # which knows the key of before, and has to follow
    other.known()
    made = keeper.renew()
    assert [info.id for info in other.known()] == [made.id, before.key_id]
    (after,) = other.wrap([(key, "x")])
    assert after.key_id == made.id
    assert other.unwrap([(before, "x"), (after, "x")]) == [key, key]


def test_a_retired_key_opens_nothing_and_the_one_that_wraps_is_not_retired(opened: Opened) -> None:
    keeper, key = opened(), os.urandom(32)
    (before,) = keeper.wrap([(key, "x")])
    with pytest.raises(KeyIsCurrent):
        keeper.retire(before.key_id)
    made = keeper.renew()
    keeper.retire(before.key_id)
    keeper.retire(before.key_id)
    assert [info.id for info in opened().known()] == [made.id]
    assert opened().unwrap([(before, "x")]) == [None]


def test_nothing_asked_is_nothing_answered(opened: Opened) -> None:
    assert (opened().wrap([]), opened().unwrap([])) == ([], [])
