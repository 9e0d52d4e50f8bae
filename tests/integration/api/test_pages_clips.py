"""Clips made by a form: what was made before it went wrong is shown with what went wrong, and found again on the request's page."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from access.tables import FootageGrant
from camera_registry.secrets import Vault
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.timebase import TimeRange, datetime_from_us
from ingest.index.tables import Segment
from matpho.service import importer_of
from sample_clips.generator import Recipe, make
from tests.support.browser_forms import Browser
from tests.support.pages import Desk, desk_of, said
from tests.support.people import Folk
from tests.support.ward_office import MINUTE, Office


@pytest.fixture
def desk(sqlite_engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    office = Office(Folk(sqlite_engine, clock, Vault.open(data_dir / "keys" / "camera.key")))
    with desk_of(office, data_dir) as found:
        yield found


@pytest.fixture
def request_id(desk: Desk, tmp_path: Path) -> str:
    """A request that was approved for ten seconds of two cameras, all of which is there."""
    begin = (desk.office.clock.now_us() - 30 * MINUTE) // MINUTE * MINUTE
    span = TimeRange(begin, begin + 10_000_000)
    for camera in ("A1", "A2"):
        path = tmp_path / f"{camera}.mp4"
        make(path, Recipe(camera, begin, 12, "h264", "mp4", 512, 96, rate=2, key_every=4))
        importer_of(desk.service).run(path, camera, actor=COMMAND_LINE, start_us=begin)
    found = desk.office.ask("lan", "A1", "A2", span=span)[0]
    desk.office.approve("minh", found)
    return found


def allow(desk: Desk, request_id: str, downloads: int) -> None:
    with unit_of_work(desk.office.engine) as session:
        ours = col(FootageGrant.request_id) == request_id
        session.execute(sa.update(FootageGrant).where(ours).values(downloads=downloads))


def links(browser: Browser) -> list[str]:
    return re.findall(r'href="(/watch\?clip=[^"]+)"', browser.page)


def files(browser: Browser) -> list[str]:
    return re.findall(r'download="(A[12])_[0-9_]+\.mp4"', browser.page)


def test_what_was_made_before_the_grant_was_used_up_is_shown_and_found_again(desk: Desk, request_id: str) -> None:
    allow(desk, request_id, 1)
    officer, act = desk.of("lan"), f"/requests/{request_id}/clips"
    officer.open(f"/requests/{request_id}").send(act, camera=["A1", "A2"])
    assert (officer.status, "A2: all clips that the grant allows have been made" in said(officer)) == (200, True)
    assert files(officer) == ["A1"]
    assert "approved it" not in said(officer)  # it was approved, and used up since
    (link,) = links(officer.open(f"/requests/{request_id}"))
    assert files(officer.open(link)) == ["A1"]
    clip = link.split("=")[1]
    allow(desk, request_id, 2)
    begins = datetime_from_us(desk.office.request(request_id).start_us, desk.service.zone)
    times = [f"{begins + timedelta(seconds=seconds):%H:%M:%S}" for seconds in (2, 6)]
    part: dict[str, Any] = {"day": f"{begins:%d/%m/%Y}", "begin": times[0], "end": times[1]}
    officer.send(act, camera=["A2", "A1"], clip=clip, **part)
    assert (officer.status, files(officer)) == (200, ["A1", "A2"])
    assert "A1: all clips" in said(officer)
    assert len(links(officer.open(f"/requests/{request_id}"))) == 2
    officer.send(act, camera=["A1"])  # there is just this one already, so it is shown and does not count
    assert (officer.status, files(officer), "A1: all" in said(officer)) == (200, ["A1"], False)
    assert len(links(officer.open(f"/requests/{request_id}"))) == 2
    officer.send(act, camera=["A2"])
    assert (officer.status, files(officer)) == (403, [])  # nothing was made: what is wrong is said where the form is
    assert "ask again for more" in said(officer)
    assert "See the footage" in said(officer)
    officer.open(f"/watch?clip={clip}&missed=A2~clip_empty&missed=X9~clip_empty")
    assert "A2: nothing was recorded then" in said(officer)
    assert "X9" not in said(officer)  # an address tells nothing of cameras that the page is not about


def test_only_cameras_with_footage_are_ticked_and_a_clip_says_what_it_contains(desk: Desk, tmp_path: Path) -> None:
    begin = (desk.office.clock.now_us() - 30 * MINUTE) // MINUTE * MINUTE
    path = tmp_path / "A1.mp4"
    make(path, Recipe("A1", begin, 12, "h264", "mp4", 512, 96, rate=2, key_every=4))
    importer_of(desk.service).run(path, "A1", actor=COMMAND_LINE, start_us=begin)
    asked = desk.office.ask("lan", "A1", "A2", span=TimeRange(begin, begin + 10_000_000))[0]
    desk.office.approve("minh", asked)
    officer, act = desk.of("lan"), f"/requests/{asked}/clips"
    officer.open(f"/requests/{asked}")
    boxes = re.findall(r'name="camera" value="(\w+)"([^>]*)>', officer.page)
    assert [(code, "checked" in more) for code, more in boxes] == [("A1", True), ("A2", False)]
    officer.send(act, camera=["A2", "A1"])
    assert (officer.status, officer.place.split("?")[0]) == (200, "/watch")
    assert "A2: nothing was recorded then" in said(officer)
    (clip,) = set(re.findall(r'href="/clips/(\w+)"', officer.page))
    moment = datetime_from_us(begin, desk.service.zone)
    name = f"A1_{moment:%Y%m%d_%H%M%S}.mp4"
    assert f'download="{name}"' in officer.page
    headers = {"Cookie": "; ".join(f"{key}={value}" for key, value in officer.cookies.items())}
    sent = desk.client.get(f"/api/v1/clips/{clip}/media.mp4", headers=headers)
    assert sent.headers["content-disposition"] == f'inline; filename="{name}"'
    officer.open(f"/clips/{clip}")
    assert f"{moment:%H:%M:%S}" in said(officer)
    assert "SHA-256" in said(officer)
    officer.open(f"/requests/{asked}").send(act, camera=["A1"], day="07/03/2026", begin="21:75", end="x")
    assert officer.status == 422
    assert {"begin-fault", "end-fault"} <= set(re.findall(r'class="fault" id="([^"]+)"', officer.page))
    assert 'value="21:75"' in officer.page


def test_a_receipt_stands_alone_beside_its_file(desk: Desk, tmp_path: Path) -> None:
    begin = (desk.office.clock.now_us() - 30 * MINUTE) // MINUTE * MINUTE
    for camera, sound in (("A1", "aac"), ("A2", None)):
        path = tmp_path / f"{camera}.mp4"
        make(path, Recipe(camera, begin, 6, "h264", "mp4", 512, 96, rate=2, key_every=4, sound=sound))
        importer_of(desk.service).run(path, camera, actor=COMMAND_LINE, start_us=begin)
    asked = desk.office.ask("lan", "A1", "A2", span=TimeRange(begin, begin + 5_000_000))[0]
    desk.office.approve("minh", asked)
    grant = desk.office.grant(asked)
    assert grant is not None
    officer = desk.of("lan").open(f"/requests/{asked}")
    officer.send(f"/requests/{asked}/clips", camera=["A1", "A2"], mode="strict")
    loud, silent = dict.fromkeys(re.findall(r'href="/clips/(\w+)"', officer.page))
    words = said(officer.open(f"/clips/{loud}"))
    assert f'href="/requests/{asked}"' in officer.page
    made = datetime_from_us(desk.office.clock.now_us(), desk.service.zone)
    for told in ("VA-lan", asked, f"lan, {made:%A}", grant.id, loud, "strict: nothing outside", "sound was left out"):
        assert told in words, told
    assert "data-print" in officer.page
    words = said(officer.open(f"/clips/{silent}"))
    assert ("without sound" in words, "left out" in words) == (True, False)
    assert '"no_sound": "sound was left out"' in officer.open(f"/watch?clip={loud}").page
    assert '"no_sound": "no sound"' in officer.open(f"/watch?clip={loud}&clip={silent}").page
    with unit_of_work(desk.office.engine) as session:
        session.execute(sa.delete(Segment))
    assert "left out" not in said(officer.open(f"/clips/{loud}"))  # nobody can tell any more


def test_a_clip_whose_footage_is_gone_is_not_offered(desk: Desk, request_id: str) -> None:
    officer = desk.of("lan")
    officer.open(f"/requests/{request_id}").send(f"/requests/{request_id}/clips", camera=["A1"])
    assert len(links(officer.open(f"/requests/{request_id}"))) == 1
    with unit_of_work(desk.office.engine) as session:
        session.execute(sa.delete(Segment))
    assert links(officer.open(f"/requests/{request_id}")) == []
