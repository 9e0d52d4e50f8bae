"""Asking, deciding, reviewing: who may, what is kept meanwhile, and who wins a race."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from access.asking import (
    Ask,
    CaseNumberUnusable,
    CaseNumberUsed,
    GlassClosed,
    NoCameras,
    PurposeUnknown,
    RequestTooWide,
    WhyMissing,
    draft,
)
from access.deciding import NothingToReview, SamePerson
from access.ending import expire_due, release, withdraw
from access.keeper import RequestKeeper
from access.oversight import reviews_overdue
from access.states import StepImpossible
from access.stepping import get_request
from camera_registry.cameras import CameraUnknown
from camera_registry.rules import RulesUnusable, rules_for
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE, Actor
from foundation.timebase import TimeRange
from ingest.index.tables import Hold
from people.rights import Role
from people.roles import give_role
from people.tables import Person
from tests.support.ward_office import MINUTE, Office

HOUR, DAY = 60 * MINUTE, 1440 * MINUTE


def holds(office: Office) -> list[tuple[str, int | None]]:
    with unit_of_work(office.engine, writes=False) as session:
        rows = session.execute(sa.select(Hold).order_by(col(Hold.id))).scalars()
        return [(row.why, row.until_us) for row in rows]


def test_nothing_is_seen_before_another_human_agrees(office: Office) -> None:
    (asked,) = office.ask("lan", "A1", "A2")
    assert (office.state(asked), office.grant(asked)) == ("submitted", None)
    office.approve("minh", asked)
    grant = office.grant(asked)
    assert grant is not None
    assert office.state(asked) == "approved"
    assert (grant.person_id, grant.until_us - grant.from_us) == (office.ids["lan"], 72 * HOUR)
    assert office.folk.events()[-3:] == ["hold:place", "hold:place", "request:approve"]


def test_what_is_asked_for_is_kept_until_it_is_decided_and_a_week_after_its_grant(office: Office) -> None:
    now = office.clock.now_us()
    (asked,) = office.ask("lan", "A1")
    assert holds(office) == [(asked, now + 7 * DAY)]
    office.approve("minh", asked)
    assert holds(office) == [(asked, now + 72 * HOUR + 7 * DAY)]


def test_a_draft_keeps_nothing_and_shows_nothing(office: Office) -> None:
    (asked,) = office.ask("lan", submit=False)
    assert (office.state(asked), holds(office)) == ("drafted", [])
    with pytest.raises(StepImpossible, match="drafted"):
        office.approve("minh", asked)
    assert office.grant(asked) is None


@pytest.mark.parametrize("act", [Office.approve, Office.refuse])
def test_who_asks_never_decides_also_in_another_role(office: Office, act: Callable[[Office, str, str], None]) -> None:
    (asked,) = office.ask("lan")
    with unit_of_work(office.engine) as session:
        person = session.get(Person, office.ids["lan"])
        assert person is not None
        give_role(session, office.clock, COMMAND_LINE, person, Role.SUPERVISOR, office.unit("A"))
    with pytest.raises(SamePerson):
        act(office, "lan", asked)
    assert office.state(asked) == "submitted"


def test_the_database_says_so_too(office: Office) -> None:
    (asked,) = office.ask("lan")
    with pytest.raises(sa.exc.IntegrityError), office.engine.begin() as connection:
        connection.execute(sa.text("UPDATE footage_request SET decided_by = person_id"))
    assert office.request(asked).decided_by is None


def test_each_unit_is_asked_about_its_own_cameras(office: Office) -> None:
    made = [office.request(one) for one in office.ask("lan", "A1", "B1", "A2", "N1")]
    assert [one.unit_id for one in made] == [office.unit("A"), office.unit("B"), None]
    assert len({one.bundle_id for one in made}) == 1
    with unit_of_work(office.engine, writes=False) as session:
        question = sa.text("SELECT request_id, count(*) FROM request_camera GROUP BY request_id")
        counted = {row[0]: row[1] for row in session.execute(question)}
    assert [counted[one.id] for one in made] == [2, 1, 1]


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"purpose": "curiosity"}, PurposeUnknown),
        ({"case_number": "VA 1"}, CaseNumberUnusable),
        ({"span": TimeRange(0, 721 * MINUTE)}, RequestTooWide),
    ],
)
def test_what_the_rules_refuse_leaves_nothing(office: Office, more: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        office.ask("lan", "B1", "A1", **more)
    with pytest.raises(CameraUnknown):
        office.ask("lan", "A1", "X9")
    with unit_of_work(office.engine, writes=False) as session:
        assert session.execute(sa.text("SELECT count(*) FROM footage_request")).scalar_one() == 0
    assert holds(office) == []


def test_a_request_without_cameras_says_where_to_find_them(office: Office) -> None:
    with unit_of_work(office.engine) as session, pytest.raises(NoCameras, match="lookup"):
        draft(session, office.clock, office.applicant(session, "lan"), Ask((), TimeRange(0, 1), "traffic", "VA-1"))


@pytest.mark.parametrize(
    ("rule", "same", "other"), [("free", True, True), ("same_person", True, False), ("once", False, False)]
)
def test_a_case_number_is_used_again_as_the_unit_allows(office: Office, rule: str, same: bool, other: bool) -> None:
    office.rules(case_reuse=rule)
    office.ask("lan", case_number="VA-7")
    for name, allowed in (("lan", same), ("tu", other)):
        if allowed:
            office.ask(name, case_number="VA-7")
        else:
            with pytest.raises(CaseNumberUsed, match="VA-7"):
                office.ask(name, case_number="VA-7")
    office.ask("tu", "B1", case_number="VA-7")  # another unit counts for itself


def test_a_withdrawn_request_gives_its_case_number_back(office: Office) -> None:
    office.rules(case_reuse="once")
    (asked,) = office.ask("lan", case_number="VA-7")
    with unit_of_work(office.engine) as session:
        withdraw(session, office.clock, Actor("lan", "person"), get_request(session, asked))
    assert office.state(asked) == "withdrawn"
    office.ask("tu", case_number="VA-7")


def together(*acts: Callable[[], object]) -> list[BaseException | None]:
    """Do all of it at once; return what each ended with."""
    ends: list[BaseException | None] = [None] * len(acts)
    ready = threading.Barrier(len(acts))

    def work(number: int) -> None:
        ready.wait()
        try:
            acts[number]()
        except BaseException as error:  # noqa: BLE001 - told to the test
            ends[number] = error

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def test_of_two_who_decide_at_once_one_decides(office: Office) -> None:
    for _ in range(5):
        (asked,) = office.ask("lan")
        ends = together(lambda: office.approve("minh", asked), lambda: office.approve("hoa", asked))  # noqa: B023
        assert sorted(type(end).__name__ for end in ends) == ["NoneType", "StepImpossible"]
        (other,) = office.ask("lan")
        ends = together(lambda: office.approve("minh", other), lambda: office.refuse("hoa", other))  # noqa: B023
        state, grant = office.state(other), office.grant(other)
        if state == "approved":  # refused first, so that approving came too late, or approved and nothing after
            assert isinstance(ends[1], StepImpossible)
            assert grant is not None
            assert grant.ended_us is None
        else:
            assert state == "refused"
            assert grant is None or grant.ended_us is not None


def test_a_number_for_one_use_is_used_once_under_race(office: Office) -> None:
    office.rules(case_reuse="once")
    for number in range(5):
        case = f"VA-{number}"
        ends = together(
            lambda: office.ask("lan", case_number=case),  # noqa: B023
            lambda: office.ask("tu", case_number=case),  # noqa: B023
        )
        assert sorted(type(end).__name__ for end in ends) == ["CaseNumberUsed", "NoneType"]


def test_a_rule_approves_small_requests_of_its_own_people_a_few_times_a_day(office: Office) -> None:
    office.rules("W", automatic_minutes=10, automatic_per_day=2)
    first, second, third = (office.ask("lan", case_number=f"VA-{n}")[0] for n in range(3))
    assert [office.state(one) for one in (first, second, third)] == ["approved", "approved", "submitted"]
    assert office.request(first).decided_how == "rule"
    assert office.request(first).review_by_us == office.clock.now_us() + 14 * DAY
    assert office.state(office.ask("lan", "B1")[0]) == "submitted"  # not their unit
    office.clock.advance(DAY)
    assert office.state(office.ask("lan", case_number="VA-9")[0]) == "approved"


def test_the_nearest_rule_holds_and_can_be_taken_back(office: Office) -> None:
    office.rules(None, grant_hours=1, decide_days=1)
    office.rules("W", grant_hours=2)
    office.rules("A", grant_hours=3)
    with unit_of_work(office.engine, writes=False) as session:
        now = office.clock.now_us()
        found = [rules_for(session, unit, now) for unit in (office.unit("A"), office.unit("B"), None)]
    assert [one.grant_hours for one in found] == [3, 2, 1]
    assert {one.decide_days for one in found} == {1}
    office.rules("A", grant_hours=None)
    with unit_of_work(office.engine, writes=False) as session:
        assert rules_for(session, office.unit("A"), office.clock.now_us()).grant_hours == 2


@pytest.mark.parametrize("change", [{"grant_hours": 0}, {"grant_hours": "x"}, {"gant_hours": 1}, {"case_reuse": "y"}])
def test_a_rule_that_cannot_be_is_named(office: Office, change: dict[str, object]) -> None:
    with pytest.raises(RulesUnusable, match=next(iter(change))):
        office.rules("A", **change)


def test_through_broken_glass_it_is_seen_now_and_reviewed(office: Office) -> None:
    now = office.clock.now_us()
    (asked,) = office.ask("lan", glass=True)
    grant = office.grant(asked)
    assert grant is not None
    assert (office.state(asked), grant.until_us) == ("approved", now + 4 * HOUR)
    assert office.request(asked).review_by_us == now + 24 * HOUR
    with pytest.raises(SamePerson):
        office.review("lan", asked, justified=True)
    office.clock.advance(24 * HOUR + 1)
    with unit_of_work(office.engine, writes=False) as session:
        assert reviews_overdue(session, office.clock) == 1
    office.review("minh", asked, justified=True)
    with pytest.raises(NothingToReview):
        office.review("hoa", asked, justified=False)
    with unit_of_work(office.engine, writes=False) as session:
        assert reviews_overdue(session, office.clock) == 0


def test_an_unjustified_one_ends_at_its_review(office: Office) -> None:
    (asked,) = office.ask("lan", glass=True)
    office.review("minh", asked, justified=False)
    grant = office.grant(asked)
    assert grant is not None
    assert (office.state(asked), grant.ended_us) == ("refused", office.clock.now_us())


def test_breaking_glass_needs_a_reason_and_a_unit_that_has_glass(office: Office) -> None:
    with pytest.raises(WhyMissing):
        office.ask("lan", glass=True, why=" ")
    with pytest.raises(GlassClosed, match="B1"):
        office.ask("lan", "B1", glass=True)
    office.rules("B", break_glass_neighbours=True)
    office.ask("lan", "B1", glass=True)
    office.rules(break_glass=False)
    with pytest.raises(GlassClosed, match="A1"):
        office.ask("lan", glass=True)


def test_time_ends_what_nobody_ends(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    (undecided,), (approved,), (glass,) = office.ask("lan"), office.ask("lan"), office.ask("tu", glass=True)
    office.approve("minh", approved)
    keeper = RequestKeeper(office.engine, office.clock)
    keeper.turn()
    assert [office.state(one) for one in (undecided, approved)] == ["submitted", "approved"]
    office.clock.advance(7 * DAY)
    keeper.turn()
    keeper.turn()
    assert [office.state(one) for one in (undecided, approved, glass)] == ["expired", "expired", "expired"]
    assert caplog.text.count("the time to review them is over") == 1
    with unit_of_work(office.engine) as session:
        assert expire_due(session, office.clock) == 0


def test_giving_back_ends_the_grant_and_says_what_came_of_it(office: Office) -> None:
    (asked,) = office.ask("lan")
    office.approve("minh", asked)
    with unit_of_work(office.engine) as session:
        release(session, office.clock, Actor("lan", "person"), get_request(session, asked), "evidence")
    grant = office.grant(asked)
    assert grant is not None
    assert (office.state(asked), office.request(asked).outcome, grant.ended_us) == (
        "released",
        "evidence",
        office.clock.now_us(),
    )
