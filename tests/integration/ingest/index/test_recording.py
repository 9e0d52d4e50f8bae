"""What a recorder writes into the index, on each database: segments that grow, runs that end, outages, clocks."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col

from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.storage import LocalFiles
from foundation.timebase import MICROSECONDS, TimeRange
from ingest.index.observations import DRIFT_PPM, STEP_US, Observation, observe
from ingest.index.queries import add_run, beginnings_of, config_id, overlapping
from ingest.index.recording import (
    CLOCK_SOURCE,
    OpenRecord,
    bytes_told,
    cut_run,
    end_run,
    ends_of_streams,
    forget_open,
    grow,
    has_segment,
    open_segments,
    put_outage,
    put_states,
    runs_going_on,
    store_segments,
)
from ingest.index.records import GapReason, Prefix, SegmentRecord
from ingest.index.tables import ClockEpoch, ClockObservation, OpenSegment, Outage, Run
from ingest.index.timeline import timeline
from tests.support.kept_footage import Eye, Ward

SECOND = MICROSECONDS
MINUTE = 60 * SECOND
BEGIN = 1_772_892_000_000_000


@pytest.fixture
def ward(engine: sa.Engine, store: LocalFiles, clock: ManualClock, data_dir: Any, actor: Actor) -> Ward:
    return Ward(engine, store, clock, data_dir, actor)


@pytest.fixture
def eye(ward: Ward) -> Eye:
    return ward.camera()


def ask(ward: Ward, question: Callable[..., Any], *told: Any, **more: Any) -> Any:
    with unit_of_work(ward.engine) as session:
        found = question(session, *told, **more)
        session.flush()
        session.expunge_all()
        return found


def begun(ward: Ward, eye: Eye, start_us: int = BEGIN) -> tuple[int, int]:
    """Begin a run of the recorder; return its id and that of its coding."""

    def begin(session: Session) -> tuple[int, int]:
        config = config_id(session, "video", "avc1.640028", b"entry", width=640, height=360)
        span = TimeRange(start_us, start_us + 1)
        return add_run(session, eye.stream_id, span, clock_source=CLOCK_SOURCE), config

    found: tuple[int, int] = ask(ward, begin)
    return found


def opened(eye: Eye, run: tuple[int, int], start_us: int, seconds: int) -> OpenRecord:
    end_us = start_us + seconds * SECOND
    key = f"k/{eye.stream_id}/{start_us}"
    return OpenRecord(
        eye.stream_id, start_us, end_us, seconds * 90_000, run[0], run[1], None, key, seconds * 100, seconds * 25
    )


def sealed(eye: Eye, run: tuple[int, int], start_us: int, seconds: int) -> SegmentRecord:
    row = opened(eye, run, start_us, seconds)
    return SegmentRecord(*row[:8], row.size_bytes + 50, row.size_bytes, bytes(32), row.frames)


def end_of(ward: Ward, run: tuple[int, int]) -> tuple[int, str | None] | None:
    row = ask(ward, lambda session: session.get(Run, run[0]))
    return None if row is None else (row.end_us, row.end_reason)


def test_a_segment_grows_is_stored_and_its_run_reaches_as_far(ward: Ward, eye: Eye) -> None:
    run = begun(ward, eye)
    for seconds in (2, 4, 6):
        ask(ward, grow, [opened(eye, run, BEGIN, seconds)])
        (row,) = ask(ward, open_segments, [eye.stream_id])
        assert row == opened(eye, run, BEGIN, seconds)
        assert end_of(ward, run) == (BEGIN + seconds * SECOND, None)
    ask(ward, grow, [opened(eye, run, BEGIN, 4)])  # told late: the run does not shrink
    assert end_of(ward, run) == (BEGIN + 6 * SECOND, None)
    ask(ward, store_segments, [sealed(eye, run, BEGIN, 7)])
    assert ask(ward, open_segments) == []
    assert ask(ward, has_segment, eye.stream_id, BEGIN)
    assert not ask(ward, has_segment, eye.stream_id, BEGIN + 1)
    assert end_of(ward, run) == (BEGIN + 7 * SECOND, None)
    ask(ward, end_run, run[0], GapReason.STALLED)
    assert end_of(ward, run) == (BEGIN + 7 * SECOND, "stalled")


def test_nothing_to_tell_is_no_error(ward: Ward) -> None:
    for told in (grow, store_segments, put_states):
        ask(ward, told, [])
    assert ask(ward, ends_of_streams, []) == {}


def test_what_is_open_is_found_beside_what_is_sealed(ward: Ward, eye: Eye) -> None:
    other, run = ward.camera(), begun(ward, eye)
    ask(ward, store_segments, [sealed(eye, run, BEGIN, 60)])
    ask(ward, grow, [opened(eye, run, BEGIN + MINUTE, 4), opened(other, begun(ward, other), BEGIN, 4)])
    found = ask(ward, overlapping, [eye.stream_id], TimeRange(BEGIN, BEGIN + 2 * MINUTE))
    assert [(one.start_us, one.sealed) for one in found] == [(BEGIN, True), (BEGIN + MINUTE, False)]
    before, edge = TimeRange(BEGIN, BEGIN + MINUTE), TimeRange(BEGIN + MINUTE + 4 * SECOND, BEGIN + 2 * MINUTE)
    assert [one.sealed for one in ask(ward, overlapping, [eye.stream_id], before)] == [True]
    assert ask(ward, overlapping, [eye.stream_id], edge) == []


def test_a_beginning_has_the_same_name_however_far_the_segment_has_come(ward: Ward, eye: Eye) -> None:
    run, name = begun(ward, eye), (eye.stream_id, BEGIN)
    ask(ward, grow, [opened(eye, run, BEGIN, 4)])
    (first,) = ask(ward, overlapping, [eye.stream_id], TimeRange(BEGIN, BEGIN + MINUTE))
    prefix = Prefix(first.end_us, first.media_ticks, first.size_bytes, first.frames)
    seen = [ask(ward, beginnings_of, {name: prefix})[name]]
    ask(ward, grow, [opened(eye, run, BEGIN, 8)])
    seen.append(ask(ward, beginnings_of, {name: prefix})[name])
    ask(ward, store_segments, [sealed(eye, run, BEGIN, 60)])
    seen.append(ask(ward, beginnings_of, {name: prefix})[name])
    assert seen == [first, first, first]
    (later,) = ask(ward, overlapping, [eye.stream_id], TimeRange(BEGIN, BEGIN + MINUTE))
    assert later.sha256 != first.sha256
    ask(ward, lambda session: session.execute(sa.text("DELETE FROM segment")))
    assert ask(ward, beginnings_of, {name: prefix}) == {}


def test_a_run_that_was_cut_ends_where_its_segments_do(ward: Ward, eye: Eye) -> None:
    run = begun(ward, eye)
    ask(ward, store_segments, [sealed(eye, run, BEGIN, 60)])
    ask(ward, grow, [opened(eye, run, BEGIN + MINUTE, 30)])
    assert ask(ward, runs_going_on) == [(run[0], eye.stream_id)]
    ask(ward, cut_run, run[0], None)
    assert end_of(ward, run) == (BEGIN + MINUTE + 30 * SECOND, None)
    ask(ward, forget_open, eye.stream_id, BEGIN + MINUTE)
    ask(ward, cut_run, run[0], GapReason.KILLED)
    assert end_of(ward, run) == (BEGIN + MINUTE, "killed")
    assert ask(ward, runs_going_on) == []


def test_a_run_of_which_nothing_is_left_goes(ward: Ward, eye: Eye) -> None:
    """Segments of another run of the stream are not its own."""
    first, second = begun(ward, eye), begun(ward, eye, BEGIN + MINUTE)
    ask(ward, store_segments, [sealed(eye, second, BEGIN + MINUTE, 60)])
    ask(ward, cut_run, first[0], GapReason.KILLED)
    assert end_of(ward, first) is None
    assert end_of(ward, second) == (BEGIN + 2 * MINUTE, None)


def test_imports_are_no_runs_that_go_on(ward: Ward, eye: Eye) -> None:
    ward.record(eye, BEGIN, [MINUTE], reason=None)  # by a recorder
    ward.bring(eye, BEGIN + 10 * MINUTE, [[MINUTE]], BEGIN)
    assert len(ask(ward, runs_going_on)) == 1


def test_where_the_footage_of_each_stream_ends(ward: Ward) -> None:
    one, other = ward.camera(), ward.camera()
    imported = ward.camera(kind="clips")
    for start_us in (BEGIN, BEGIN + 10 * MINUTE):
        ward.record(one, start_us, [MINUTE, MINUTE])
    found = ask(ward, ends_of_streams, [one.id, other.id, imported.id])
    assert found == {one.id: {0: (one.stream_id, BEGIN + 12 * MINUTE)}, other.id: {0: (other.stream_id, 0)}}


def test_an_outage_lasts(ward: Ward, eye: Eye) -> None:
    span = TimeRange(BEGIN, BEGIN + SECOND)
    outage = ask(ward, put_outage, None, eye.stream_id, span, GapReason.UNREACHABLE)
    longer = TimeRange(BEGIN, BEGIN + 9 * SECOND)
    assert ask(ward, put_outage, outage, eye.stream_id, longer, GapReason.UNREACHABLE) == outage
    rows = ask(ward, lambda session: session.execute(sa.select(Outage)).scalars().all())
    assert [(row.start_us, row.end_us, row.reason) for row in rows] == [(BEGIN, BEGIN + 9 * SECOND, "unreachable")]


def test_gaps_are_told_by_outages_first_then_by_how_the_run_ended(ward: Ward, eye: Eye) -> None:
    ward.record(eye, BEGIN, [MINUTE], reason="codec_change")
    ward.record(eye, BEGIN + 5 * MINUTE, [MINUTE], reason="stopped")
    for start, end, reason in (
        (2, 3, GapReason.UNREACHABLE),
        (3, 4, GapReason.SIGN_IN_REFUSED),
        (7, 8, GapReason.STALLED),
    ):
        span = TimeRange(BEGIN + start * MINUTE, BEGIN + end * MINUTE)
        ask(ward, put_outage, None, eye.stream_id, span, reason)
    asked = TimeRange(BEGIN, BEGIN + 10 * MINUTE)
    found = ask(ward, timeline, [eye.stream_id], asked, BEGIN + 9 * MINUTE, 0)
    gaps = [
        ((gap.range.start_us - BEGIN) // MINUTE, (gap.range.end_us - BEGIN) // MINUTE, str(gap.reason))
        for gap in found.gaps
    ]
    assert gaps == [
        (1, 2, "codec_change"),
        (2, 3, "unreachable"),
        (3, 4, "sign_in_refused"),
        (4, 5, "codec_change"),
        (6, 7, "stopped"),
        (7, 8, "stalled"),
        (8, 9, "stopped"),
        (9, 10, "future"),
    ]


def observations(ward: Ward) -> list[tuple[int, int]]:
    """Return (number of the epoch, offset) of all observations."""
    rows = ask(
        ward, lambda s: s.execute(sa.select(ClockObservation).order_by(col(ClockObservation.at_us))).scalars().all()
    )
    ids = sorted({row.epoch_id for row in rows})
    return [(ids.index(row.epoch_id), row.offset_us) for row in rows]


@pytest.mark.parametrize("at_once", [1, 2, 6])
def test_a_clock_that_drifts_stays_in_its_epoch_and_one_that_was_set_opens_another(
    ward: Ward, eye: Eye, at_once: int
) -> None:
    """However many comparisons are stored in one go."""
    ten = 600 * SECOND
    drift = ten * DRIFT_PPM // 1_000_000
    offsets = [0, drift, 2 * drift, 2 * drift + STEP_US + drift + 1, 2 * drift + STEP_US, -3600 * SECOND]
    seen = [Observation(eye.id, BEGIN + at * ten, offset, 50_000) for at, offset in enumerate(offsets)]
    for first in range(0, len(seen), at_once):
        ask(ward, observe, seen[first : first + at_once], "rtcp")
    assert observations(ward) == list(zip([0, 0, 0, 1, 1, 2], offsets, strict=True))
    epochs = ask(ward, lambda s: s.execute(sa.select(ClockEpoch).order_by(col(ClockEpoch.start_us))).scalars().all())
    assert [(one.start_us, one.end_us, one.opened_because) for one in epochs] == [
        (BEGIN, BEGIN + 3 * ten, "first_seen"),
        (BEGIN + 3 * ten, BEGIN + 5 * ten, "clock_set"),
        (BEGIN + 5 * ten, None, "clock_set"),
    ]


def test_clocks_of_two_cameras_are_two(ward: Ward, eye: Eye) -> None:
    other = ward.camera()
    seen = [Observation(eye.id, BEGIN, 0, 50_000), Observation(other.id, BEGIN + SECOND, 9 * SECOND, 50_000)]
    ask(ward, observe, [*seen, seen[1]._replace(at_us=BEGIN + 2 * SECOND)], "rtcp")
    assert observations(ward) == [(0, 0), (1, 9 * SECOND), (1, 9 * SECOND)]
    ask(ward, observe, [], "rtcp")
    assert len(observations(ward)) == 3


def test_the_last_word_on_a_camera_counts(ward: Ward, eye: Eye) -> None:
    row = {"camera_id": eye.id, "state": "recording", "since_us": BEGIN, "updated_us": BEGIN, "bytes_today": 5}
    ask(ward, put_states, [row])
    ask(ward, put_states, [row | {"updated_us": BEGIN + SECOND, "bytes_today": 9}])
    assert ask(ward, bytes_told) == {eye.id: (BEGIN + SECOND, 9)}


def test_an_open_segment_longer_than_any_may_be_is_refused(ward: Ward, eye: Eye) -> None:
    run = begun(ward, eye)
    with pytest.raises(sa.exc.IntegrityError):
        ask(ward, grow, [opened(eye, run, BEGIN, 121)])
    assert ask(ward, lambda session: session.execute(sa.select(OpenSegment)).all()) == []
