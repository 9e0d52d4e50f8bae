"""The recorder's clock on the pages of imports: typed, read back, carried through, shown afterwards and offered for the next file."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from api.service import CLIPS_IMPORT
from camera_registry.secrets import Vault
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.jobs import JobRunner, JobStatus
from foundation.timebase import parse_instant
from ingest.index.observations import Observation, observe
from ingest.index.recorder_clock import Comparison
from ingest.index.tables import Run
from matpho.service import import_handler
from people.rights import Role
from sample_clips.generator import Recipe, make
from tests.support.browser_forms import Browser
from tests.support.house import START_US
from tests.support.pages import Desk, desk_of, said
from tests.support.people import Folk
from tests.support.ward_office import Office

NOW = parse_instant("2026-03-08T09:00:00+07:00")
BEGINS = {"camera": "A1", "day": "07/03/2026", "time": "21:12:30"}
"""By a recorder that is 7 min 30 s fast; truly it is 21:05:00."""


@pytest.fixture
def desk(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    with desk_of(Office(Folk(engine, clock, Vault.open(data_dir / "keys" / "camera.key"))), data_dir) as found:
        clock.advance(NOW - clock.now_us())
        yield found


@pytest.fixture
def head(desk: Desk) -> Browser:
    return desk.of("muoi", Role.HEAD, "A")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("stick") / "phim.mkv"
    make(path, Recipe("A1", START_US, 4, "h264", "mkv", 512, 96, rate=2, key_every=4))
    return path.read_bytes()


def read(browser: Browser, **typed: str) -> str:
    return said(browser.open("/imports?" + urlencode({**BEGINS, **typed, "read": "yes"})))


def jobs(desk: Desk) -> list[JobStatus]:
    with unit_of_work(desk.office.engine, writes=False) as session:
        return desk.service.jobs.recent(session, CLIPS_IMPORT, 0, 99)


def work(desk: Desk) -> None:
    JobRunner(desk.office.engine, desk.office.clock, {CLIPS_IMPORT: import_handler(desk.service)}).run_until_idle()


def test_from_what_it_shows_to_the_true_time_and_the_next_file(desk: Desk, head: Browser, recording: bytes) -> None:
    text = read(head, clock="compared", shows_time="08:57:30", true_time="08:50:00")
    assert "When the recorder showed 08:57:30, it was truly 08:50:00 08/03/2026." in text
    assert "is 7 min 30 s fast: it shows a later time" in text
    assert "Begins by the recorder's clock Saturday 7 March 2026, 21:12:30 (+07:00)" in text
    assert "Truly begins Saturday 7 March 2026, 21:05:00 (+07:00)" in text
    assert "How far its times may be off 9 s either way" in text  # 5 s, and the clock may have strayed for twelve hours
    fields = {**BEGINS, "clock": "compared", "shows_time": "08:57:30", "true_time": "08:50:00"}
    once = head.hidden("once")
    for _ in range(2):
        head.open("/imports?" + urlencode({**fields, "read": "yes"}))
        head.send("/imports", file=("phim.mkv", recording), once=once)
        assert head.place == f"/imports/{once}?done=uploaded"
    assert "Truly begins Saturday 7 March 2026, 21:05:00" in said(head)
    work(desk)
    text = said(head.open(f"/imports/{once}"))
    assert "21:05:00–21:05:04 (+07:00)" in text
    assert "Begins by the recorder's clock Saturday 7 March 2026, 21:12:30" in text
    assert "is 7 min 30 s fast" in text
    assert "Told by muoi, of 08:50:00 08/03/2026." in text
    with unit_of_work(desk.office.engine, writes=False) as session:
        (run,) = session.execute(sa.select(Run)).scalars().all()
    assert (run.start_us, (run.uncertainty_us or 0) // 1_000_000) == (START_US, 9)
    (link,) = [part.split('"')[0] for part in head.page.split('href="') if part.startswith("/imports?")]
    page = head.open(unescape(link)).page
    for name, value in {"shows_time": "08:57:30", "true_time": "08:50:00", "true_day": "08/03/2026"}.items():
        assert f'name="{name}" type="text" value="{value}"' in page
    assert 'value="compared" checked' in page
    text = read(head)  # and to who has not compared it, it is offered
    assert "nobody knows how far its times are off" in text
    assert "On 08:50:00 08/03/2026 muoi compared a recorder of this camera. The recorder is 7 min 30 s fast" in text


def test_what_was_read_just_now_is_of_the_moment_at_which_it_came(desk: Desk, head: Browser, recording: bytes) -> None:
    text = read(head, clock="compared", shows_time="09:07:30")
    assert "When the recorder showed 09:07:30, it was truly 09:00:00 08/03/2026." in text
    assert "How far its times may be off 2 min 4 s either way: 2 min of it because of how exactly" in text
    assert "compared, 4 s because it may have strayed in the 11 h between the recording and the comparison" in text
    assert "true_time=09%3A00%3A00" in head.place
    address = head.place
    desk.office.clock.advance(1_200_000_000)  # a long time over the file; turned to the other language meanwhile
    assert "it was truly 09:00:00" in said(head.open(address))
    head.send("/imports", file=("phim.mkv", recording))
    (job,) = jobs(desk)
    assert Comparison.of(job.payload["clock"]) == Comparison(450_000_000, NOW, 120_000_000, "muoi")


@pytest.mark.parametrize(
    ("way", "time", "words"),
    [
        ("fast", "21:12:30", "7 min 30 s fast: it shows a later time than it truly is"),
        ("slow", "20:57:30", "7 min 30 s slow: it shows an earlier time than it truly is"),
    ],
)
def test_a_known_difference_has_its_direction_in_words(
    desk: Desk, head: Browser, recording: bytes, way: str, time: str, words: str
) -> None:
    text = read(head, time=time, clock=way, off_m="7", off_s="30")
    assert words in text
    assert "Truly begins Saturday 7 March 2026, 21:05:00 (+07:00)" in text
    once = head.hidden("once")
    address = head.place
    for _ in range(2):  # told at another moment, a form that is sent twice is still one import
        head.open(address).send("/imports", file=("phim.mkv", recording), once=once)
        desk.office.clock.advance(60_000_000)
    assert [job.id for job in jobs(desk)] == [once]
    head.open(address).send("/imports", file=("phim.mkv", recording), once=once, off_s="31")
    assert (head.status, "sent before, for something else" in said(head)) == (409, True)


def test_right_and_unknown_are_two_answers(head: Browser) -> None:
    text = read(head, clock="right")
    assert "The recorder's clock is right." in text
    assert "How far its times may be off 1 min 4 s either way" in text
    text = read(head, clock="unknown", off_m="7")  # of another answer, and hidden on the form
    assert "How far its times may be off nobody knows" in text
    assert "Begins Saturday 7 March 2026, 21:12:30" in text


def test_a_start_that_the_file_tells_is_put_right_too(desk: Desk, head: Browser, recording: bytes) -> None:
    text = read(head, day="", time="", clock="fast", off_m="7", off_s="30")
    assert "is read from the file's name or from what is in it, and put right by the recorder's clock" in text
    head.send("/imports", file=("NVR_ch1_main_20260307211230.mkv", recording))
    work(desk)
    assert "Truly begins Saturday 7 March 2026, 21:05:00" in said(head.open(head.place.split("?")[0]))


def test_years_are_questioned_and_not_refused(desk: Desk, head: Browser, recording: bytes) -> None:
    typed = {"day": "01/01/2020", "time": "00:05:00", "clock": "compared", "shows_time": "12:00:00"}
    typed |= {"shows_day": "01/01/2020", "true_time": "09:00:00", "true_day": "08/03/2026"}
    text = read(head, **typed)
    assert "more than any wrong time zone makes" in text
    assert "Yes, its clock is off by 2257 d 21 h" in text
    assert "Truly begins Saturday 7 March 2026, 21:05:00" in text
    head.send("/imports", file=("phim.mkv", recording))
    assert (head.status, "would be off by 2257 days and 21 hours" in said(head), jobs(desk)) == (422, True, [])
    assert 'name="shows_day" type="text" value="01/01/2020"' in head.page  # nothing of it is typed again
    read(head, **typed)
    head.send("/imports", file=("phim.mkv", recording), meant="yes")
    assert len(jobs(desk)) == 1


REFUSED: list[tuple[dict[str, str], str]] = [
    (
        {"clock": "slow", "off_h": "24"},
        "With the recorder's clock put right the recording would begin at 21:12:30 08/03/2026, which is still",
    ),
    (
        {"clock": "compared", "shows_time": "09:00", "true_time": "09:30"},
        "The true time would be 09:30:00 08/03/2026, which is still to come",
    ),
    ({"clock": "compared"}, "not typed wholly what the recorder's clock shows"),
    ({"clock": "compared", "shows_time": "09:00", "true_day": "08/03/2026"}, "not typed wholly"),
    ({"clock": "compared", "shows_time": "9 o'clock"}, "is not a time of the day"),
    ({"clock": "fast"}, "not typed by how much"),
    ({"clock": "fast", "off_m": "-7"}, "not typed by how much"),
    ({"clock": "fast", "off_m": "7,5"}, "not typed by how much"),
    ({"clock": "compared", "shows_time": "09:00", "shows_day": "31/02/2026"}, "is not a day"),
    ({"clock": "right", "sure": "999999"}, "does not say how sure"),
    ({"clock": "sideways"}, "not typed wholly"),
]


def test_what_cannot_be_is_refused_and_stays_typed(head: Browser) -> None:
    for typed, words in REFUSED:
        text = read(head, **typed)
        assert (head.status, words in text) == (422, True), text
        for name, value in typed.items():
            if name not in {"clock", "sure"}:
                assert f'name="{name}" type="text" value="{value}"' in head.page.replace("&#39;", "'")
        if typed["clock"] != "sideways":
            assert f'value="{typed["clock"]}" checked' in head.page


def test_past_midnight_on_one_of_both_the_nearest_day_is_meant(desk: Desk, head: Browser) -> None:
    text = read(head, clock="compared", shows_time="00:03", true_day="07/03/2026", true_time="23:58")
    assert "When the recorder showed 00:03:00 08/03/2026, it was truly 23:58:00 07/03/2026." in text
    assert "5 min fast" in text


def test_what_the_camera_said_of_its_clock_is_offered(desk: Desk, head: Browser) -> None:
    with unit_of_work(desk.office.engine) as session:
        camera = session.execute(sa.text("SELECT id FROM camera WHERE code = 'A1'")).scalar_one()
        observe(session, [Observation(camera, NOW - 600_500_000, -7_199_900_000, 50_000)], "rtcp")
    text = read(head)
    assert (
        "the camera itself said what its clock shows; a file from its own card has that clock. The recorder is 2 h slow"
        in text
    )
    (link,) = [part.split('"')[0] for part in head.page.split('href="') if "clock=compared" in part.split('"')[0]]
    text = said(head.open(unescape(link)))
    assert "When the recorder showed 06:49:59, it was truly 08:49:59 08/03/2026." in text
    assert "Truly begins Saturday 7 March 2026, 23:12:30" in text
