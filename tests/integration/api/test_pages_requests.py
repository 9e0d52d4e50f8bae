"""Requests on pages: what nobody decided beforehand is never told like what somebody did."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from camera_registry.secrets import Vault
from camera_registry.tables import Camera
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from people import accounts
from people.rights import Role
from people.roles import end_role, roles_of
from tests.support.browser_forms import Browser
from tests.support.pages import Desk, desk_of, said
from tests.support.people import Folk
from tests.support.ward_office import MINUTE, Office

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


def test_a_stale_form_takes_no_approval_back(desk: Desk) -> None:
    _, place = asked(desk)
    first, second = desk.of("minh").open(place), desk.of("minh").open(place)
    assert "Would reveal" in said(first)
    assert second.hidden("state") == "submitted"
    token = second.hidden("form_token")
    first.send(f"{place}/approve", note="đúng vụ việc")
    desk.office.clock.advance(MINUTE)
    for note in ("sai ngày", ""):  # whether or not a reason was given: first how it stands
        second.send(f"{place}/refuse", token=token, state="submitted", note=note)
        assert second.status == 409
        assert re.search(
            r"This request is approved already, since \d\d:\d\d:\d\d [\d/]+: nothing was done", said(second)
        )
    again = desk.of("minh").open(place)
    again.send(f"{place}/approve", token=again.hidden("form_token"))
    assert (again.status, "approved already, since" in said(again)) == (409, True)
    assert desk.office.request(place.rpartition("/")[2]).state == "approved"
    assert "Take the approval back" in said(second)  # and the page that answers has the form for that


def test_an_approval_taken_back_tells_both_who_gave_it_and_who_took_it(desk: Desk) -> None:
    officer, place = asked(desk)
    desk.of("minh").open(place).send(f"{place}/approve", note="đúng vụ việc")
    decided = desk.office.request(place.rpartition("/")[2]).decided_us
    desk.office.clock.advance(20 * MINUTE)
    ward = desk.of("hoa").open(place)
    assert "Would reveal" not in said(ward)
    ward.send(f"{place}/refuse", note="sai ngày")
    assert ward.place == f"{place}?done=taken_back"
    found = desk.office.request(place.rpartition("/")[2])
    assert (found.state, found.decided_us, found.decided_by) == ("refused", decided, desk.office.ids["minh"])
    assert found.taken_back_by == desk.office.ids["hoa"]
    for browser in (ward, officer.open(place)):
        told = said(browser)
        assert re.search(r"Decided approved, [\d:]+ [\d/]+: minh Reason đúng vụ việc", told)
        assert re.search(r"Taken back [\d:]+ [\d/]+ by hoa, because: sai ngày", told)
        assert "approval taken back" in told
        assert "expired" not in told
    assert "The approval was taken back at" in said(officer)
    paper = said(officer.open(f"{place}/paper"))
    assert ("đúng vụ việc" in paper, "sai ngày" in paper, "hoa" in paper.casefold()) == (True, True, True)
    auditor = desk.of("ngoc", Role.AUDITOR)  # everywhere, for the log
    assert "took an approval back" in said(auditor.open("/log"))
    auditor.open("/oversight")
    assert "Median time to a decision 0 s" in said(auditor), said(auditor)[:900]


def test_who_decides_reads_cameras_by_name_and_the_place_in_words(desk: Desk) -> None:
    with unit_of_work(desk.office.engine) as session:
        session.execute(sa.update(Camera).where(col(Camera.code) == "A1").values(name="Hẻm 9"))
    officer, place = asked(desk, place="Ngã ba chợ", lat="10.77", lon="106.69")
    supervisor = desk.of("minh")
    for path in ("/decide", place):
        told = said(supervisor.open(path))
        assert ("A1 · Hẻm 9" in told, "Place in question Ngã ba chợ" in told) == (True, True), path
    assert "Ngã ba chợ (10.770000, 106.690000)" in said(officer.open(f"{place}/paper"))


def test_who_asks_is_told_where_nobody_else_can_decide(desk: Desk) -> None:
    officer, place = asked(desk)
    alone = "Nobody else of the unit can decide about it"
    assert alone not in said(officer)
    for name in ("minh", "hoa"):  # the ward's supervisor reaches it, too
        assert alone not in said(officer.open(place)), name
        with unit_of_work(desk.office.engine) as session:
            person = accounts.get_person(session, name)
            end_role(session, desk.office.clock, COMMAND_LINE, person, roles_of(session, person)[0].id)
    assert alone in said(officer.open(place))
