"""A recorder with a wrong clock: clips asked for by the true time hold what was then, and say how sure that is. On both databases."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from extract.clips import make_clip, open_clip
from extract.delivery import write_to
from foundation.database import unit_of_work
from foundation.timebase import MICROSECONDS, TimeRange, format_instant
from ingest.import_catalogue import ClipStartDiffers
from ingest.imported import ClipImported
from ingest.index.observations import Observation, observe
from ingest.index.queries import clock_offsets
from ingest.index.recorder_clock import (
    DRIFT_PPM,
    READ_US,
    Comparison,
    CorrectedToCome,
    CorrectedTooEarly,
    last_seen,
)
from sample_clips.generator import Recipe, make
from tests.support.house import START_US, House, shown

SECOND = MICROSECONDS
FAST = 450 * SECOND
"""The recorder of these tests shows 21:12:30 when it is 21:05:00."""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds whose frames carry the true time; its name is what the recorder's clock said."""
    path = tmp_path_factory.mktemp("stick") / "NVR_ch1_main_20260307141230.mp4"
    make(path, Recipe("C1", START_US, 10, "h264", "mp4", 512, 96, rate=5, key_every=10))
    return path


@pytest.fixture
def house(house: House) -> House:
    """Two hours later."""
    house.clock.advance(START_US + 7200 * SECOND - house.clock.now_us())
    return house


def read_at(at_us: int, offset_us: int = FAST) -> Comparison:
    return Comparison.read(at_us + offset_us, at_us, at_us + SECOND)


def bring(house: House, path: Path, compared: Comparison | None, start_us: int | None = None) -> ClipImported:
    return house.importer().run(path, "C1", actor=house.actor, start_us=start_us, compared=compared)


@pytest.mark.parametrize("start_us", [START_US + FAST, None], ids=["typed", "by its name"])
def test_a_clip_by_the_true_time_holds_what_was_then(
    house: House, recording: Path, tmp_path: Path, start_us: int | None
) -> None:
    compared = read_at(START_US + 3600 * SECOND)
    done = bring(house, recording, compared, start_us)
    assert (done.start_us, done.compared) == (START_US, compared)
    doubt = READ_US + 3600 * SECOND * DRIFT_PPM // 1_000_000
    (run,) = house.runs()
    assert (run.start_us, run.uncertainty_us) == (START_US, doubt)
    span = TimeRange(START_US + 3 * SECOND, START_US + 5 * SECOND)
    with unit_of_work(house.engine) as session:
        made = make_clip(session, house.clock, house.store, house.actor, "C1", span, "exact", audio=False, times=False)
    with unit_of_work(house.engine, writes=False) as session:
        write_to(open_clip(session, house.store, made.id), house.store, tmp_path / "clip.mp4")
    hidden = made.receipt["frames"]["hidden"]
    codes = [code for _, code in shown((tmp_path / "clip.mp4").read_bytes())]
    assert codes[-10:] == [(span.start_us + number * 200_000) // 1000 for number in range(10)]
    assert (len(codes) <= 10 + hidden, made.complete) == (True, True)
    assert made.receipt["clock"] == [{"run": run.id, "source": done.start_source, "uncertainty_us": doubt}]
    assert made.receipt["imports"][0]["recorder_clock"] == {
        "offset_us": FAST,
        "compared": format_instant(compared.at_us),
        "uncertainty_us": READ_US,
    }


def test_nobody_compared_it_and_nobody_knows(house: House, recording: Path) -> None:
    done = bring(house, recording, None, START_US)
    assert (done.as_dict("en", house.importer()._zone)["clock"], house.runs()[0].uncertainty_us) == (None, None)
    assert house.count("clock_observation") == 0


def test_files_of_one_recorder_share_the_comparison_and_it_is_in_the_log(house: House, tmp_path: Path) -> None:
    compared = Comparison(-FAST, START_US + 60 * SECOND, READ_US, "Bà Tư")
    for number in range(2):
        path = tmp_path / f"{number}.mp4"
        make(path, Recipe("C1", START_US, 2, "h264", "mp4", 512, 96, rate=5, key_every=10, seed=number))
        bring(house, path, compared, START_US - FAST + 2 * number * SECOND)
    assert house.count("clock_observation") == 1
    with unit_of_work(house.engine, writes=False) as session:
        row = session.execute(sa.text("SELECT * FROM clock_observation")).one()
        details = (
            session.execute(sa.text("SELECT detail FROM audit_event WHERE action = 'clips:import'")).scalars().all()
        )
        assert last_seen(session, row.camera_id) == (compared, "compared")
        assert clock_offsets(session, [row.camera_id], START_US + 3600 * SECOND) == {}
    assert (row.offset_us, row.source, row.observed_by, row.epoch_id) == (-FAST, "compared", "Bà Tư", None)
    assert [json.loads(detail)["compared"] for detail in details] == [compared.as_dict()] * 2


def test_what_a_person_compared_does_not_disturb_the_epochs_of_the_camera(house: House, recording: Path) -> None:
    camera = 1
    with unit_of_work(house.engine) as session:
        observe(session, [Observation(camera, START_US, 0, 50_000)], "rtcp")
    bring(house, recording, read_at(START_US + 60 * SECOND), START_US + FAST)
    with unit_of_work(house.engine) as session:
        observe(session, [Observation(camera, START_US + 600 * SECOND, 1000, 50_000)], "rtcp")
    assert house.count("clock_epoch") == 1
    with unit_of_work(house.engine, writes=False) as session:
        assert clock_offsets(session, [camera], START_US + 3600 * SECOND) == {camera: (1000, START_US + 600 * SECOND)}


def test_it_never_moves_and_a_repetition_may_differ_by_what_is_unsure(house: House, recording: Path) -> None:
    first = bring(house, recording, read_at(START_US + 60 * SECOND), START_US + FAST)
    again = bring(house, recording, read_at(START_US + 90 * SECOND, FAST + 3 * SECOND), START_US + FAST)
    assert (again.already, again.import_id, again.start_us, again.compared) == (
        True,
        first.import_id,
        START_US,
        first.compared,
    )
    with pytest.raises(ClipStartDiffers):
        bring(house, recording, read_at(START_US + 90 * SECOND, FAST + 6 * SECOND), START_US + FAST)
    with pytest.raises(ClipStartDiffers):
        bring(house, recording, read_at(START_US + 60 * SECOND, 0))


def test_what_would_be_still_to_come_or_of_long_ago_is_refused_and_nothing_is_kept(
    house: House, recording: Path
) -> None:
    slow = house.clock.now_us() - START_US + 3600 * SECOND
    with pytest.raises(CorrectedToCome) as error:
        bring(house, recording, Comparison.told(-slow, house.clock.now_us()), START_US)
    assert error.value.fields["at"] == format_instant(START_US + slow)
    years = 30 * 365 * 86_400 * SECOND
    with pytest.raises(CorrectedTooEarly):
        bring(house, recording, Comparison.told(years, house.clock.now_us()), START_US)
    assert house.is_empty()
    lost_power = Comparison.told(-years, house.clock.now_us())
    assert bring(house, recording, lost_power, START_US - years).start_us == START_US
