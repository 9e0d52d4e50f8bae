"""Long work on pages: a form makes one job however often it is sent; jobs are followed, stopped and tried again by plain forms."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from api.inbox import MOST_BYTES, tidy_inbox
from api.service import CLIPS_IMPORT
from camera_registry.secrets import Vault
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.jobs import JobContext, JobRunner, JobStatus
from matpho.service import import_handler
from people import accounts
from people.rights import Role
from sample_clips.generator import Recipe, make
from tests.support.browser_forms import Browser
from tests.support.house import START_US
from tests.support.pages import Desk, desk_of, said
from tests.support.people import Folk
from tests.support.ward_office import Office

READ = "/imports?camera=A1&day=07/03/2026&time=20:05&read=yes"
NO_TIME = "/imports?camera=A1&read=yes"
BROKEN = ("phim.mp4", b"\x00\x00\x00\x18ftypisom this is no recording")


@pytest.fixture
def desk(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    with desk_of(Office(Folk(engine, clock, Vault.open(data_dir / "keys" / "camera.key"))), data_dir) as found:
        yield found


@pytest.fixture
def head(desk: Desk) -> Browser:
    return desk.of("muoi", Role.HEAD, "A")


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A recording whose file says nothing of when it began."""
    path = tmp_path_factory.mktemp("undated") / "phim.mkv"
    make(path, Recipe("A1", START_US, 4, "h264", "mkv", 512, 96, rate=2, key_every=4))
    return path.read_bytes()


def work(desk: Desk) -> None:
    JobRunner(desk.office.engine, desk.office.clock, {CLIPS_IMPORT: import_handler(desk.service)}).run_until_idle()


def jobs(desk: Desk) -> list[JobStatus]:
    with unit_of_work(desk.office.engine, writes=False) as session:
        return desk.service.jobs.recent(session, CLIPS_IMPORT, 0, 99)


def inbox(desk: Desk) -> int:
    return len(list(desk.service.inbox.glob("*")))


def test_a_form_that_is_sent_twice_makes_one_job(desk: Desk, head: Browser, recording: bytes) -> None:
    head.open(READ)
    once = head.hidden("once")
    twins = [Browser(desk.client, dict(head.cookies), head.page, policy=head.policy) for _ in range(2)]
    fields: dict[str, Any] = {"camera": "A1", "day": "07/03/2026", "time": "20:05", "once": once}
    together = [
        threading.Thread(target=twin.send, args=("/imports",), kwargs={"file": ("phim.mkv", recording), **fields})
        for twin in twins
    ]
    for one in together:
        one.start()
    for one in together:
        one.join()
    head.open(READ).send("/imports", file=("phim.mkv", recording), **fields)  # and once more, later
    places = {browser.place for browser in (*twins, head)}
    assert places == {f"/imports/{once}?done=uploaded"}
    assert ([job.id for job in jobs(desk)], inbox(desk)) == ([once], 1)
    head.open(READ).send("/imports", file=("phim.mkv", recording), **fields | {"camera": "A2"})
    assert (head.status, "sent before, for something else" in said(head)) == (409, True)
    officer = desk.of("lan")
    officer.open(READ).send("/imports", file=("phim.mkv", recording), **fields)
    assert (officer.status, "for something else" in said(officer), len(jobs(desk))) == (409, True, 1)
    assert inbox(desk) == 1


def test_another_file_sent_by_the_same_form_is_not_dropped_in_silence(
    desk: Desk, head: Browser, recording: bytes
) -> None:
    head.open(READ).send("/imports", file=("phim.mkv", recording))
    made = head.place.split("/")[-1].split("?")[0]
    fields: dict[str, Any] = {"camera": "A1", "day": "07/03/2026", "time": "20:05", "once": made}
    for file, other in (
        (("hai.mkv", recording), {}),
        (("phim.mkv", recording + b"\0"), {}),
        (("phim.mkv", recording), {"time": "20:06"}),
    ):
        head.open(READ).send("/imports", file=file, **fields | other)
        assert (head.status, "sent before, for something else" in said(head)) == (409, True), other
    head.open(READ).send("/imports", file=("phim.mkv", recording), **fields)
    assert (head.place, len(jobs(desk)), inbox(desk)) == (f"/imports/{made}?done=uploaded", 1, 1)


def test_an_upload_sent_twice_by_one_form_is_one_import_and_another_is_refused(desk: Desk, head: Browser) -> None:
    with unit_of_work(desk.office.engine, writes=False) as session:
        owner = accounts.get_person(session, "muoi").id
    uploads = [desk.service.uploads.create(owner, size, "", "dai.mp4").id for size in (3, 3, 4)]
    for one, size in zip(uploads, (3, 3, 4), strict=True):
        with desk.service.uploads.held(owner, one) as held:
            held.write(bytes(size))
            held.sync()
    head.open(READ).send("/imports", upload=uploads[0])
    made = head.place.split("/")[-1].split("?")[0]
    for upload, status in ((uploads[0], 200), (uploads[1], 200), (uploads[2], 409), ("0" * 26, 409)):
        head.open(READ).send("/imports", upload=upload, once=made)
        assert head.status == status, upload
    assert (len(jobs(desk)), inbox(desk)) == (1, 1)


def test_what_fails_is_tried_again_with_what_was_missing_and_only_once(
    desk: Desk, head: Browser, recording: bytes
) -> None:
    head.open(NO_TIME)
    assert "mostly do not say when they begin" in said(head)
    head.send("/imports", file=("phim.mkv", recording), day="", time="")
    failed = head.place.split("?")[0]
    work(desk)
    head.open(failed)
    assert "Nothing tells when the recording phim.mkv began" in said(head)
    assert inbox(desk) == 1
    head.send(f"{failed}/again", day="32/01/2026", time="20:05")
    assert (head.status, len(jobs(desk))) == (422, 1)
    head.send(f"{failed}/again", day="07/03/2026", time="20:05:30")
    again = head.place
    assert again.endswith("?done=again")
    assert "20:05:30 (+07:00)" in said(head)
    head.open(failed)
    assert "It was tried again" in said(head)
    head.send(f"{failed}/again", token=head.hidden("form_token"), day="07/03/2026", time="20:06")
    assert (head.place, len(jobs(desk))) == (again, 2)  # the same job: what the second one typed came too late
    work(desk)
    head.open(again.split("?")[0])
    assert "Saturday 7 March 2026, 20:05:30" in said(head)
    assert inbox(desk) == 0
    assert sorted(job.state for job in jobs(desk)) == ["done", "failed"]


def test_a_damaged_file_is_told_plainly_and_cannot_be_tried_again_once_it_is_gone(desk: Desk, head: Browser) -> None:
    head.open(READ).send("/imports", file=BROKEN)
    place = head.place.split("?")[0]
    work(desk)
    head.open("/work")
    assert "phim.mp4 cannot be read as a recording. Readable are" in said(head)  # and no English of a library
    assert "Send another file" in said(head)
    assert "Try again" not in said(head)  # the same would fail again
    assert "it is worked on now" not in said(head.open(f"{place}?done=uploaded"))  # nor is what is over said to go on
    head.send(f"{place}/again", token=head.hidden("form_token"))
    work(desk)
    place = head.place.split("?")[0]
    assert "phim.mp4 cannot be read as a recording" in said(head.open(place))  # it is no better than before
    (file,) = desk.service.inbox.glob("*")
    before_us = desk.office.clock.now_us() - 2 * 86_400_000_000
    os.utime(file, (before_us // 1_000_000,) * 2)
    tidy_inbox(desk.service)
    assert inbox(desk) == 0
    assert "Send another file" in said(head.open(place))
    assert "Try again" not in said(head)
    head.send(f"{place}/again", token=head.hidden("form_token"))
    assert (head.status, "kept for a day" in said(head)) == (410, True)


def test_what_is_no_recording_is_refused_by_its_first_bytes(desk: Desk, head: Browser) -> None:
    head.open(READ).send("/imports", file=("KP05.mp4", b"\xff\xd8\xff\xe0" + b"photo" * 100))
    assert (head.status, jobs(desk), inbox(desk)) == (422, [], 0)
    assert "KP05.mp4 is no recording but a photo (JPEG)." in said(head)


def test_what_another_camera_has_already_leads_there_and_not_to_another_try(
    desk: Desk, head: Browser, recording: bytes
) -> None:
    for camera in ("A1", "A2"):
        head.open(READ.replace("A1", camera)).send("/imports", file=("phim.mkv", recording))
        work(desk)
    words = said(head.open(head.place.split("?")[0]))
    assert "was imported before, as a recording of camera A1" in words
    assert 'href="/cameras/A1"' in head.page
    assert ("Try again" in words, "can be tried again" in words) == (False, False)
    both = desk.of("tam", Role.HEAD, "B")
    both.open(READ.replace("A1", "B1")).send("/imports", file=("phim.mkv", recording))
    work(desk)
    assert "was imported before" in said(both.open(both.place.split("?")[0]))
    assert 'href="/cameras/A1"' not in both.page  # out of reach
    assert both.open("/work").status == 200


def test_a_disk_without_room_is_told_and_with_room_it_is_tried_again(desk: Desk, head: Browser, tmp_path: Path) -> None:
    make(tmp_path / "phim.mp4", Recipe("A1", START_US, 4, "h264", "mp4", 512, 96, rate=2, key_every=4))
    recording = (tmp_path / "phim.mp4").read_bytes()
    head.open(READ).send("/imports", file=("phim.mp4", recording))
    (file,) = desk.service.inbox.glob("*")
    os.truncate(file, shutil.disk_usage(desk.service.data).free)  # a hole: nothing is written, and twice that is needed
    place = head.place.split("?")[0]
    work(desk)
    head.open(place)
    assert "has too little room for phim.mp4" in said(head)
    os.truncate(file, len(recording))
    head.send(f"{place}/again")
    work(desk)
    assert "See the camera and what of the day is there now" in said(head.open(head.place))


def test_files_of_failures_take_no_more_of_the_disk_than_they_may(desk: Desk, head: Browser) -> None:
    for _ in range(2):
        head.open(READ).send("/imports", file=BROKEN)
        work(desk)
        desk.office.clock.advance(1)
    head.open(READ).send("/imports", file=BROKEN)
    waiting, newer, older = (Path(str(job.payload["path"])) for job in jobs(desk))
    for path in (waiting, newer, older):
        os.truncate(path, MOST_BYTES * 6 // 10)  # holes: nothing is written
    tidy_inbox(desk.service)
    assert [path.exists() for path in (waiting, newer, older)] == [True, True, False]


def test_it_is_stopped_before_and_while_it_runs(desk: Desk, head: Browser, recording: bytes) -> None:
    head.open(READ).send("/imports", file=("phim.mkv", recording))
    place = head.place.split("?")[0]
    head.send(f"{place}/cancel")
    assert "cancelled" in said(head)
    assert "It is stopped; nothing of it is kept." in said(head)
    assert (inbox(desk), jobs(desk)[0].state) == (0, "cancelled")
    head.open(READ).send("/imports", file=("phim.mkv", recording))
    place = head.place.split("?")[0]
    pages: list[str] = []

    def handler(job: JobContext) -> dict[str, Any]:
        job.report({"percent": 40})
        pages.append(said(head.open(place).send(f"{place}/cancel")))
        while not job.cancelled():
            pass
        return import_handler(desk.service)(job)

    JobRunner(desk.office.engine, desk.office.clock, {CLIPS_IMPORT: handler}, renew_every_s=0.05).run_until_idle()
    assert "is being stopped" in pages[0]
    assert "may still end as done" in pages[0]
    assert "nothing of it is kept" not in pages[0]
    assert "Nothing of it was kept" in said(head.open(place))
    assert (inbox(desk), head.page.count("http-equiv")) == (0, 0)


def test_everybody_sees_their_own_and_an_administrator_all(desk: Desk, head: Browser, recording: bytes) -> None:
    head.open(READ).send("/imports", file=("phim.mkv", recording))
    mine = head.place.split("?")[0]
    officer, root = desk.of("lan"), desk.of("root", Role.ADMINISTRATOR)
    stranger = desk.of("bay", Role.HEAD, "B")
    assert "phim.mkv" in said(head.open("/work"))
    assert "phim.mkv" not in said(officer.open("/work"))
    assert "phim.mkv" in said(root.open("/work"))
    assert "muoi" in said(root)
    assert stranger.open(mine).status == 404
    for act in ("cancel", "again"):
        stranger.open("/work").send(f"{mine}/{act}", token=stranger.hidden("form_token"))
        assert stranger.status == 404
    assert jobs(desk)[0].state == "waiting"
    assert '<noscript><meta http-equiv="refresh"' in head.page
    assert desk.of("minh").open("/work").status == 403


def test_ones_own_work_is_found_behind_that_of_many_others(desk: Desk, head: Browser, recording: bytes) -> None:
    head.open(READ).send("/imports", file=("phim.mkv", recording))
    desk.office.clock.advance(1)
    payload = dict(jobs(desk)[0].payload) | {"actor": "somebody", "file_name": "other.mkv"}
    with unit_of_work(desk.office.engine) as session:
        for _ in range(501):
            desk.service.jobs.submit(session, CLIPS_IMPORT, payload)
    assert "phim.mkv" in said(head.open("/work"))
    assert "other.mkv" not in said(head)
    assert "Work under way (1)" in said(head.open("/"))


def test_an_upload_that_is_not_whole_is_there_and_can_be_forgotten(desk: Desk, head: Browser) -> None:
    with unit_of_work(desk.office.engine, writes=False) as session:
        owner = accounts.get_person(session, "muoi").id
    upload = desk.service.uploads.create(owner, 4_000_000, "", "dai.mp4")
    with desk.service.uploads.held(owner, upload.id) as held:
        held.write(bytes(1_000_000))
        held.sync()
    head.open("/work")
    assert "dai.mp4 25 % sent · 4 MB" in said(head)
    assert "dai.mp4" not in said(desk.of("root", Role.ADMINISTRATOR).open("/work"))
    head.send(f"/work/uploads/{upload.id}/remove")
    assert "dai.mp4" not in said(head)
    assert desk.service.uploads.all() == []
