"""Requests on pages: what nobody decided beforehand is never told like what somebody did."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from camera_registry.secrets import Vault
from foundation.clock import ManualClock
from people.rights import Role
from tests.support.browser_forms import Browser
from tests.support.pages import Desk, desk_of, said
from tests.support.people import Folk
from tests.support.ward_office import Office

ASKED: dict[str, Any] = {
    "camera": ["A1"],
    "day": "hôm nay",
    "begin": "00:00",
    "end": "00:01",
    "anyway": "yes",
    "purpose": "traffic",
}
GLASS = "seen without waiting, to be reviewed"


@pytest.fixture
def desk(sqlite_engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    with desk_of(Office(Folk(sqlite_engine, clock, Vault.open(data_dir / "keys" / "camera.key"))), data_dir) as found:
        yield found


def asked(desk: Desk, **more: Any) -> tuple[Browser, str]:
    officer = desk.of("lan").open("/requests/new")
    officer.send("/requests/new", **{"case_number": "VA-1", "why": "gấp"} | ASKED | more)
    return officer, officer.place.partition("?")[0]


def test_what_could_not_wait_is_told_as_that_everywhere(desk: Desk) -> None:
    officer, place = asked(desk, glass="yes")
    told = said(officer)
    assert "You see the footage until" in told
    assert "a supervisor reviews it by" in told
    assert "The request is submitted" not in told
    assert "nobody" not in told
    for path in (place, "/requests", "/"):
        assert GLASS in said(officer.open(path)), path
    supervisor = desk.of("minh")
    assert GLASS in said(supervisor.open("/decide"))
    supervisor.open(place).send(f"{place}/review", justified="yes", note="đúng")
    assert "seen without waiting, reviewed" in said(officer.open(place))


def test_all_that_is_wrong_is_told_at_once_each_at_its_field(desk: Desk) -> None:
    desk.office.rules(case_format="VA-9")
    faults = r'class="fault" id="([^"]+)"'
    officer, _ = asked(desk, purpose="", day="32/1", case_number="  ", why="", glass="yes")
    assert officer.status == 422
    assert set(re.findall(faults, officer.page)) == {"purpose-fault", "day-fault", "case_number-fault", "why-fault"}
    assert "Nothing is written here. Fill this in." in said(officer)
    officer, _ = asked(desk, purpose="", case_number="nhầm", anyway="")
    assert set(re.findall(faults, officer.page)) == {"purpose-fault", "case_number-fault"}
    assert "There is no footage of that time of: A1" in said(officer)
    officer, _ = asked(desk, purpose="", anyway="")
    assert set(re.findall(faults, officer.page)) == {"purpose-fault"}
    assert "There is no footage of that time of: A1" in said(officer)


def test_what_a_rule_approves_is_told_from_it(desk: Desk) -> None:
    desk.office.rules(automatic_minutes=10)
    officer, _ = asked(desk)
    assert "approved by a rule" in said(officer)
    assert "A rule of the unit approved it" in said(officer)
    assert "The request is submitted" not in said(officer)
    told = said(desk.of("minh").open("/decide"))
    assert "approved by a rule" in told
    assert GLASS not in told


def test_residents_and_passers_by_are_told_of_what_the_rules_allow(desk: Desk) -> None:
    head = desk.of("ba", Role.HEAD, "A")
    public, sign = "/public/A", "/cameras/A1/sign?lang=en"
    desk.office.rules(break_glass=True, review_hours=48, automatic_minutes=0)
    for place in (public, sign):
        assert "In an emergency" in said(head.open(place)), place
        assert "within 2 d" in said(head), place
        assert "approved by a rule" not in said(head), place
    desk.office.rules(break_glass=False, automatic_minutes=5)
    for place in (public, sign):
        assert "In an emergency" not in said(head.open(place)), place
        assert "approved by a rule" in said(head), place


def test_a_refused_request_is_sent_again_changed(desk: Desk) -> None:
    officer, place = asked(desk)
    assert "Send it again" not in said(officer)
    supervisor = desk.of("minh").open(place)
    assert re.search(r'href="/decide" aria-current="page"', supervisor.page)
    supervisor.send(f"{place}/refuse", token=supervisor.hidden("form_token"), note="ghi rõ màu xe")
    officer.open(place)
    again = f"/requests/new?again={place.rpartition('/')[2]}"
    assert f'href="{again}"' in officer.page
    officer.open(again)
    assert all(text in officer.page for text in ('value="VA-1"', ">gấp</textarea>", 'value="00:01:00"', 'value="A1"'))
    assert desk.of("tu").open(again).status == 404  # of nobody else


def test_what_owners_have_not_allowed_is_not_offered_for_approval(desk: Desk) -> None:
    desk.office.asks_owner("A1")
    _, alone = asked(desk)
    _, both = asked(desk, camera=["A1", "A2"], case_number="VA-2")
    supervisor = desk.of("minh").open(alone)
    assert "Nothing of it can be approved" in said(supervisor)
    assert ("Approve" in said(supervisor), "Refuse" in said(supervisor)) == (False, True)
    supervisor.open(both)
    assert "Approve without the cameras whose owners have not answered: A1" in said(supervisor)
    supervisor.send(f"{both}/approve")
    told = said(supervisor)
    assert (supervisor.status, "tick that the other cameras" in told, "without_unanswered" in told) == (
        409,
        True,
        False,
    )
    supervisor.send(f"{both}/approve", without_unanswered="yes")
    assert supervisor.place == f"{both}?done=approved"
