"""Where runs begin and end: codings that change, holes, clocks, and footage that is there already."""

from itertools import pairwise
from pathlib import Path

import pytest

from ingest.index.records import GapReason
from ingest.live.entries import Grown
from tests.support.lens import BEGIN_US, Lens
from tests.support.live_pictures import RATE, STEP
from tests.support.plain_desk import Studio


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio.at(tmp_path)


def ended(studio: Studio) -> list[tuple[int, int, int, GapReason | None]]:
    studio.taking.end_run(GapReason.STOPPED)
    studio.close()
    return studio.runs()


def test_one_camera_one_run(studio: Studio) -> None:
    Lens(studio).show(9)
    ((stream, start_us, end_us, why),) = ended(studio)
    assert (stream, start_us, why) == (1, BEGIN_US, GapReason.STOPPED)
    assert end_us == BEGIN_US + 9_000_000
    (segment,) = {grown.start_us for grown in studio.desk.told(Grown)}
    assert segment == start_us
    assert studio.begun == [BEGIN_US]
    assert (studio.desk.shipped[0].file.frames, STEP) == (9 * RATE, 9000)


def test_another_coding_is_another_run_without_a_gap(studio: Studio) -> None:
    lens = Lens(studio)
    lens.show(4)
    lens.show(4, width=800)
    lens.show(4)
    runs = ended(studio)
    assert [why for *_, why in runs] == [GapReason.CODEC_CHANGE, GapReason.CODEC_CHANGE, GapReason.STOPPED]
    assert all(before[2] == after[1] for before, after in pairwise(runs))
    assert {stream for stream, *_ in runs} == {1}
    assert [one.file.coding.width for one in studio.desk.shipped] == [640, 800, 640]


def test_a_hole_ends_the_run_where_the_pictures_do(studio: Studio) -> None:
    lens = Lens(studio)
    lens.show(4)
    lens.skip(12_000_000)
    lens.show(4)
    first, second = ended(studio)
    assert first[2:] == (BEGIN_US + 4_000_000, GapReason.STALLED)
    assert second[1] == BEGIN_US + 16_000_000


def test_the_senders_clock_may_begin_anew(studio: Studio) -> None:
    lens = Lens(studio)
    lens.show(4)
    lens.rtp = 3_000_000_000
    lens.show(4)
    first, second = ended(studio)
    assert first[3] is GapReason.CLOCK_STEP
    assert abs(second[1] - first[2]) < 100_000


def test_what_is_recorded_already_is_not_recorded_over(tmp_path: Path) -> None:
    studio = Studio.at(tmp_path, {0: (1, BEGIN_US + 2_000_000), 1: (2, 0)})
    Lens(studio).show(4)
    ((stream, start_us, _, _),) = ended(studio)
    assert (stream, start_us) == (2, BEGIN_US)


def test_a_little_earlier_than_the_last_end_is_jitter(tmp_path: Path) -> None:
    studio = Studio.at(tmp_path, {0: (1, BEGIN_US + 200_000), 1: (2, 0)})
    Lens(studio).show(4)
    ((stream, start_us, end_us, _),) = ended(studio)
    assert (stream, start_us, end_us) == (1, BEGIN_US + 200_000, BEGIN_US + 4_000_000)


def test_a_burst_at_the_beginning_does_not_date_the_run_late(studio: Studio) -> None:
    """The camera begins with three seconds that it took before it was asked."""
    lens = Lens(studio)
    lens.wall_us += 3_000_000
    for _ in range(3):
        held = lens.wall_us, lens.steady_us
        lens.show(1)
        lens.wall_us, lens.steady_us = held
    lens.show(6)
    ((_, start_us, end_us, why),) = ended(studio)
    assert (start_us, end_us, why) == (BEGIN_US, BEGIN_US + 9_000_000, GapReason.STOPPED)


def test_nothing_is_taken_before_a_key_frame(studio: Studio) -> None:
    lens = Lens(studio)
    lens.number = 3
    lens.show(3)
    ((_, start_us, _, _),) = ended(studio)
    assert start_us == BEGIN_US + 700_000
