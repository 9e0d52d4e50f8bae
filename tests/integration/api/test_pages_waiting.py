"""Footage that is asked for and is not there: its head brings it in or says that there is none, and learns nothing of the case."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from access.tables import FootageRequest, RequestCamera
from api.web.footage import waiting
from api.web.frame.words import Telling
from camera_registry.secrets import Vault
from camera_registry.tables import Camera, CameraUnit
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.timebase import TimeRange
from matpho.service import importer_of
from people.rights import Role
from sample_clips.generator import Recipe, make
from tests.support.browser_forms import Browser
from tests.support.pages import Desk, desk_of, said
from tests.support.people import Folk
from tests.support.ward_office import MINUTE, Office

WAITING = "/requests/waiting"
WHY, CASE = "Ai lấy xe của bà Tư?", "VA-2026-17"


@pytest.fixture
def desk(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    with desk_of(Office(Folk(engine, clock, Vault.open(data_dir / "keys" / "camera.key"))), data_dir) as found:
        yield found


@pytest.fixture
def head(desk: Desk) -> Browser:
    return desk.of("muoi", Role.HEAD, "A")


def asked(desk: Desk, *cameras: str, ago: int = 30) -> str:
    """Ask for a minute of half an hour ago; return the request."""
    begin = (desk.office.clock.now_us() - ago * MINUTE) // MINUTE * MINUTE
    span = TimeRange(begin, begin + MINUTE)
    return desk.office.ask("lan", *cameras, span=span, case_number=CASE, why=WHY)[0]


def bring(desk: Desk, camera: str, request_id: str, folder: Path, *, seconds: int, shift_us: int = 0) -> None:
    start_us = desk.office.request(request_id).start_us + shift_us
    path = folder / f"{camera}-{start_us}.mp4"
    make(path, Recipe(camera, start_us, seconds, "h264", "mp4", 512, 96, rate=2, key_every=4))
    importer_of(desk.service).run(path, camera, actor=COMMAND_LINE, start_us=start_us)


def test_a_head_learns_what_is_missing_and_nothing_of_the_case(desk: Desk, head: Browser) -> None:
    request = asked(desk, "A1")
    other = desk.of("bay", Role.HEAD, "B")
    for page in (head.open("/").page, head.open(WAITING).page):
        assert "A1" in page
        assert not re.search(rf"{re.escape(WHY)}|bà Tư|{CASE}|\blan\b", page)
    told = said(head)
    assert "a traffic accident is investigated" in told
    assert "asked by: A" in told
    assert "of use until" in told
    assert 'href="/imports?camera=A1"' in head.page
    assert "A1" not in said(other.open(WAITING))
    other.send(WAITING, token=other.hidden("form_token"), request=request, camera="A1")
    assert other.status == 404
    assert desk.of("lan").open(WAITING).status == 403
    head.open(f"/requests/{request}")
    assert (head.status, WHY in head.page) == (403, False)
    begin = Telling("en", desk.service.zone).clock(desk.office.request(request).start_us)
    needed = f"Footage is needed from {begin} to "
    head.open("/imports?camera=A1")
    # When the file begins is not when what is missing begins: who would just go on would stamp the evidence with a wrong time.
    assert [head.page.split(f'name="{name}" type="text" value="')[1].split('"')[0] for name in ("day", "time")] == [
        "",
        "",
    ]
    assert needed in said(head)
    head.open("/imports?camera=a1&day=hom+nay&time=00:00:30&read=yes")
    assert needed in said(head)
    assert 'name="camera" value="A1"' in head.page  # whatever the capitals
    assert ", 00:00:30 (+07:00)" in said(head)  # read back in words
    assert needed not in said(other.open("/imports?camera=A1"))


def test_a_card_at_home_leads_to_what_is_asked_and_the_zone_is_said_once(desk: Desk, head: Browser) -> None:
    request = asked(desk, "A1")
    (link,) = re.findall(r'<h3><a href="(/requests/waiting#[^"]+)">A1</a></h3>', head.open("/").page)
    assert link.endswith(f"#wanted-{request}-A1")
    for page in ("/", WAITING):
        head.open(page)
        shown = re.sub(r'<p class="only-paper">.*?</p>', "", head.page)
        assert shown.count("+07:00") == 1
        assert "Times are those of Asia/Ho_Chi_Minh (+07:00)." in head.page.split("<footer", 1)[1]
    assert f'id="{link.partition("#")[2]}"' in head.page


def test_what_is_wrong_with_a_recordings_beginning_stands_at_its_field(head: Browser) -> None:
    assert "A1 · A1" in said(head.open("/imports"))
    for name, query in (("camera", "camera=B1"), ("day", "camera=A1&day=x&time=1:00"), ("time", "camera=A1&day=7/3")):
        head.open(f"/imports?read=yes&{query}")
        assert f'id="{name}-fault"' in head.page
        assert f'<a href="#{name}">' in head.page  # and leads there from above
        assert head.status in {404, 422}


def test_footage_that_comes_is_told_to_the_officer_by_itself(desk: Desk, head: Browser, tmp_path: Path) -> None:
    request = asked(desk, "A1")
    officer = desk.of("lan")
    assert "A1: nothing of it is there yet" in said(officer.open(f"/requests/{request}"))
    bring(desk, "A1", request, tmp_path, seconds=30)
    assert "A1: 50 % of it is there" in said(officer.open(f"/requests/{request}"))
    assert "Missing of it:" in said(head.open(WAITING))
    bring(desk, "A1", request, tmp_path, seconds=40, shift_us=25_000_000)
    assert "A1: all of it is there" in said(officer.open(f"/requests/{request}"))
    assert "Nobody asks for a recording" in said(head.open(WAITING))


def test_a_little_of_a_long_time_is_not_nothing(desk: Desk, head: Browser, tmp_path: Path) -> None:
    begin = (desk.office.clock.now_us() - 30 * MINUTE) // MINUTE * MINUTE - 600 * MINUTE
    request = desk.office.ask("lan", "A1", span=TimeRange(begin, begin + 600 * MINUTE))[0]
    bring(desk, "A1", request, tmp_path, seconds=4)
    assert "A1: 1 % of it is there" in said(desk.of("lan").open(f"/requests/{request}"))


def test_what_is_missing_is_told_behind_however_much_that_is_there_or_answered(
    desk: Desk, head: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = asked(desk, "A1")
    bring(desk, "A1", first, tmp_path, seconds=61)
    with unit_of_work(desk.office.engine) as session:
        row, named = (
            session.execute(sa.select(one)).scalar_one().model_dump() for one in (FootageRequest, RequestCamera)
        )
        for number in range(100):
            session.add(FootageRequest(**row | {"id": f"again-{number}"}))
            session.flush()
            session.add(RequestCamera(**named | {"request_id": f"again-{number}"}))
    desk.office.clock.advance(1)
    late = asked(desk, "A2")  # the last of all, and the only one whose footage is not there
    assert "A2" in said(head.open(WAITING))
    assert head.page.count("Upload the recording") == 1
    assert "Waits for you (1)" in said(head.open("/"))
    monkeypatch.setattr(waiting, "_MOST", 2)
    head.open(WAITING).send(WAITING, request=late, camera="A2")
    for ago in (40, 42, 44):
        asked(desk, "A2", ago=ago)
    assert "and 1 more" in said(head.open(WAITING))
    assert (head.page.count("Upload the recording"), head.page.count("It was found after all")) == (2, 1)


def test_a_unit_may_have_however_many_cameras(desk: Desk, head: Browser) -> None:
    now_us, unit = desk.office.clock.now_us(), desk.office.unit("A")
    with unit_of_work(desk.office.engine) as session:
        for number in range(1000):
            session.add(
                Camera(
                    id=9000 + number,
                    code=f"A0{number:04d}",
                    name="x",
                    folded="x",
                    status="active",
                    registered_us=now_us,
                )
            )
            session.add(CameraUnit(camera_id=9000 + number, unit_id=unit, valid_from_us=0))
    asked(desk, "A2")
    assert "A2" in said(head.open(WAITING))


def test_that_there_is_no_recording_is_an_answer_to_the_officer(desk: Desk, head: Browser, tmp_path: Path) -> None:
    request = asked(desk, "A1", "A2")
    head.open(WAITING).send(WAITING, request=request, camera="A1")
    assert head.place == f"{WAITING}?done=none_there"
    officer = desk.of("lan")
    line = said(officer.open(f"/requests/{request}"))
    assert "A1: nothing of it is there yet; the neighbourhood has no recording of it (" in line
    assert re.search("A2: nothing of it is there yet(?!;)", line)
    head.send(WAITING, token=head.hidden("form_token"), request=request, camera="A1")  # twice is once
    assert desk.office.folk.events().count("request:no_recording") == 1
    head.open(WAITING)
    assert "Answered: there is no recording" in said(head)
    again = asked(desk, "A1")  # the same minute again: nobody looks for it twice
    assert "has no recording of it" in said(officer.open(f"/requests/{again}"))
    assert head.open(WAITING).page.count("Upload the recording") == 1
    assert head.page.count("It was found after all") == 1
    bring(desk, "A1", request, tmp_path, seconds=61)  # it was found after all
    assert "A1: all of it is there" in said(officer.open(f"/requests/{request}"))
    assert "has no recording" not in said(officer)
    assert "Answered" not in said(head.open(WAITING))


def test_what_is_over_or_declined_or_waits_for_its_owner_is_not_asked_for(desk: Desk, head: Browser) -> None:
    desk.office.asks_owner("A2")
    request = asked(desk, "A1", "A2")
    head.open(WAITING)
    assert "The owner wants to be asked first" in said(head)
    assert "A2 (A2) : 1 request waits for the owner" in said(head)
    assert head.page.count("Upload the recording") == 1
    desk.office.refuse("minh", request)
    assert "Nobody asks for a recording" in said(head.open(WAITING))
    head.send(WAITING, token=head.hidden("form_token"), request=request, camera="A1")
    assert (head.status, "There is no request" in said(head)) == (404, True)


def test_what_several_requests_ask_of_the_same_minutes_is_looked_for_once(desk: Desk, head: Browser) -> None:
    begin = (desk.office.clock.now_us() - 60 * MINUTE) // MINUTE * MINUTE

    def ask(name: str, first: int, last: int, *cameras: str, purpose: str = "traffic") -> str:
        span = TimeRange(begin + first * MINUTE, begin + last * MINUTE)
        return desk.office.ask(name, *cameras, span=span, purpose=purpose, case_number=f"{CASE}-{first}-{name}")[0]

    overlapping = [
        ask("lan", 0, 10, "A1", "A2"),
        ask("lan", 5, 15, "A1"),
        ask("tu", 14, 20, "A1", purpose="missing_person"),
    ]
    other = ask("tu", 30, 31, "A1")
    home = said(head.open("/"))
    assert "Waits for you (3)" in home
    head.open(WAITING)
    assert head.page.count("Upload the recording") == 3  # A1 once for the three that overlap, once for the other, A2
    tell = Telling("en", desk.service.zone)
    assert f"{tell.words(TimeRange(begin, begin + 20 * MINUTE), zone=False)}" in said(head)
    assert re.search(
        r"a traffic accident is investigated; somebody is missing · 3 requests · asked by: A ·", said(head)
    )
    assert CASE not in head.page
    head.send(WAITING, token=head.hidden("form_token"), request=" ".join([*overlapping, "x"]), camera="A1")
    assert head.place == f"{WAITING}?done=none_there"
    assert head.page.count("Upload the recording") == 2
    assert desk.office.folk.events().count("request:no_recording") == 3
    for name, request in zip(("lan", "lan", "tu"), overlapping, strict=True):
        assert "A1: nothing of it is there yet; the neighbourhood has no recording" in said(
            desk.of(name).open(f"/requests/{request}")
        )
    assert re.search("A1: nothing of it is there yet(?!;)", said(desk.of("tu").open(f"/requests/{other}")))
