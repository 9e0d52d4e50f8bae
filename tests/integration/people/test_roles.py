"""Roles as they are stored: audited, never two that must not meet, and reaching what the registry says lies within."""

import threading

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from camera_registry.tables import Unit
from camera_registry.units import Succession, UnitSpec, get_unit, import_units, subtree, succeed
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE, Actor
from people.accounts import get_person
from people.judging import may
from people.rights import Right, Role
from people.roles import (
    OwnRole,
    RolesMustNotMeet,
    RoleTermUnknown,
    TermEmpty,
    end_role,
    give_role,
    roles_of,
    standing_of,
    units_of,
)
from tests.support.people import Folk

DAY = 86_400 * 1_000_000
UNITS = b"code,name,kind,parent\nW1,Ward 1,ward,\nW2,Ward 2,ward,\nA,A,khu,W1\nB,B,khu,W1\nC,C,khu,W2\n"


def allowed(session: Session, folk: Folk, name: str, right: Right, unit: int) -> bool:
    standing = standing_of(session, get_person(session, name))
    return may(standing, right, unit, units_of(session), folk.clock.now_us()).allowed


def unit_id(engine: sa.Engine, code: str, at_us: int) -> int:
    with unit_of_work(engine, writes=False) as session:
        found = get_unit(session, code, at_us).id
    assert found is not None
    return found


def test_reach_is_the_registrys_subtree_through_mergers(folk: Folk, engine: sa.Engine, clock: ManualClock) -> None:
    start = clock.now_us()
    with unit_of_work(engine) as session:
        import_units(session, clock, COMMAND_LINE, "u.csv", UNITS)
    with unit_of_work(engine) as session:
        for number, (old, new) in enumerate([(["W1", "W2"], "W"), (["A", "C"], "AC"), (["W"], "WW")]):
            at = start + (number + 1) * DAY
            way: Succession = "merger" if len(old) > 1 else "renaming"
            succeed(session, clock, COMMAND_LINE, old, UnitSpec(new, new, "ward"), at_us=at, kind=way)
    with unit_of_work(engine, writes=False) as session:
        units = units_of(session)
        every = list(session.execute(sa.select(Unit)).scalars())
        for at in (start, start + DAY, start + 2 * DAY, start + 3 * DAY, start + 9 * DAY):
            for unit in every:
                assert unit.id is not None
                assert units.beneath(unit.id, at) == {found.id for found in subtree(session, unit.id, at)}, unit.code
            last = units.current(every[0].id or 0, at)
            assert len(last) == 1
            assert units.reached(every[0].id or 0, at) >= last


def test_a_role_goes_with_its_unit_and_ends_with_its_term(folk: Folk, engine: sa.Engine, clock: ManualClock) -> None:
    start = clock.now_us()
    with unit_of_work(engine) as session:
        import_units(session, clock, COMMAND_LINE, "u.csv", UNITS)
    ward, hamlet, other = (unit_id(engine, code, start) for code in ("W1", "A", "C"))
    folk.add("binh", Role.OFFICER, unit_id=ward, to_us=start + 10 * DAY)
    with unit_of_work(engine, writes=False) as session:
        asked = {unit: allowed(session, folk, "binh", Right.FOOTAGE, unit) for unit in (ward, hamlet, other)}
    assert asked == {ward: True, hamlet: True, other: False}
    with unit_of_work(engine) as session:
        spec = UnitSpec("W", "Ward", "ward")
        succeed(session, clock, COMMAND_LINE, ["W1", "W2"], spec, at_us=start + DAY, kind="merger")
    clock.advance(2 * DAY)
    merged = unit_id(engine, "W", clock.now_us())
    with unit_of_work(engine, writes=False) as session:
        assert all(allowed(session, folk, "binh", Right.FOOTAGE, unit) for unit in (ward, hamlet, other, merged))
        assert not allowed(session, folk, "binh", Right.OWNER_READ, hamlet)
    clock.advance(8 * DAY)
    with unit_of_work(engine, writes=False) as session:
        assert not any(allowed(session, folk, "binh", Right.FOOTAGE, unit) for unit in (ward, hamlet, merged))


def test_each_change_is_an_event_and_nobody_gives_roles_to_themselves(
    folk: Folk, engine: sa.Engine, clock: ManualClock
) -> None:
    person = folk.add("an", Role.ADMINISTRATOR)
    for role in Role:
        with pytest.raises(OwnRole, match="themselves"), unit_of_work(engine) as session:
            give_role(session, clock, Actor("an", "person"), person, role, None)
    with unit_of_work(engine) as session:
        given = give_role(session, clock, Actor("dao", "person"), person, Role.OFFICER, None)
        end_role(session, clock, Actor("an", "person"), person, given.id)
    assert folk.events()[-2:] == ["role:give", "role:end"]
    with unit_of_work(engine, writes=False) as session:
        assert standing_of(session, person).roles(clock.now_us()) == {Role.ADMINISTRATOR}
        assert [told.term.role for told in roles_of(session, person)] == [Role.ADMINISTRATOR, Role.OFFICER]


def test_roles_that_must_not_meet_do_not(folk: Folk, engine: sa.Engine, clock: ManualClock) -> None:
    person = folk.add("an", Role.AUDITOR, to_us=clock.now_us() + DAY)
    for role in (Role.OFFICER, Role.SUPERVISOR):
        with pytest.raises(RolesMustNotMeet), unit_of_work(engine) as session:
            give_role(session, clock, COMMAND_LINE, person, role, None)
    with unit_of_work(engine) as session:
        give_role(session, clock, COMMAND_LINE, person, Role.OFFICER, None, from_us=clock.now_us() + DAY)
    with pytest.raises(TermEmpty), unit_of_work(engine) as session:
        give_role(session, clock, COMMAND_LINE, person, Role.HEAD, None, to_us=clock.now_us())
    with pytest.raises(RoleTermUnknown), unit_of_work(engine) as session:
        end_role(session, clock, COMMAND_LINE, person, "none")


def test_two_that_must_not_meet_are_not_given_at_the_same_moment(
    folk: Folk, engine: sa.Engine, clock: ManualClock
) -> None:
    person = folk.add("an")
    barrier, refused = threading.Barrier(2), []

    def give(role: Role) -> None:
        barrier.wait()
        try:
            with unit_of_work(engine) as session:
                give_role(session, clock, COMMAND_LINE, person, role, None)
        except RolesMustNotMeet:
            refused.append(role)

    threads = [threading.Thread(target=give, args=(role,)) for role in (Role.AUDITOR, Role.OFFICER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    with unit_of_work(engine, writes=False) as session:
        assert len(standing_of(session, person).terms) == 1
