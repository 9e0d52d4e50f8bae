"""The index on both databases: the overlap query against the plain predicate, runs that reach in from far, partitions."""

import random

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from foundation.database import unit_of_work
from foundation.timebase import MICROSECONDS, TimeRange
from ingest.index.queries import (
    add_run,
    add_segments,
    around,
    config_id,
    configs,
    extend_run,
    overlapping,
    recorded,
    segments_of,
)
from ingest.index.records import SegmentRecord
from ingest.index.tables import MAX_SEGMENT_US, Segment

BASE = 1_772_892_000_000_000
WEEK = 7 * 86_400 * MICROSECONDS
STREAMS = 4


@pytest.fixture
def session_of(engine: sa.Engine) -> sa.Engine:
    """Cameras and streams 1 to 4, and one codec configuration."""
    with engine.begin() as connection:
        for number in range(1, STREAMS + 1):
            connection.execute(sa.text(f"INSERT INTO camera VALUES ({number}, 'C{number}', 'C', 'c', 'active', 0, 1)"))
            connection.execute(
                sa.text(f"INSERT INTO stream (id, camera_id, kind, ordinal) VALUES ({number}, {number}, 'clips', 0)")
            )
    return engine


def segment(stream: int, start: int, length: int, run: int, config: int) -> SegmentRecord:
    key = f"segments/{stream}/{start}.mp4"
    return SegmentRecord(stream, start, start + length, length, run, config, None, key, 1000, 900, bytes(32), 10)


def fill(session: Session, chance: random.Random) -> list[SegmentRecord]:
    config = config_id(session, "video", "avc1.640028", b"entry", width=64, height=48)
    segments = []
    for stream in range(1, STREAMS + 1):
        at = BASE + chance.randrange(MAX_SEGMENT_US)
        first, made = at, []
        for _ in range(40):
            length = chance.choice((1, 60 * MICROSECONDS, MAX_SEGMENT_US))
            made.append((at, length))
            at += length + chance.choice((0, 0, 1, 10 * MICROSECONDS))
        run = add_run(session, stream, TimeRange(first, at), clock_source="given", end_reason="file_end")
        segments += [segment(stream, start, length, run, config) for start, length in made]
    add_segments(session, segments)
    return segments


def test_the_bounded_question_finds_what_the_plain_predicate_finds(session_of: sa.Engine) -> None:
    chance = random.Random(4)
    with unit_of_work(session_of) as session:
        segments = fill(session, chance)
    with unit_of_work(session_of, writes=False) as session:
        for _ in range(300):
            streams = chance.sample(range(1, STREAMS + 1), chance.randrange(1, STREAMS + 1))
            edge = chance.choice(segments)
            start = chance.choice((edge.start_us, edge.end_us)) + chance.choice((-1, 0, 1))
            span = TimeRange(start, start + chance.choice((1, MICROSECONDS, 600 * MICROSECONDS)))
            expected = [
                item
                for item in sorted(segments, key=lambda item: (item.stream_id, item.start_us))
                if item.stream_id in streams and item.start_us < span.end_us and item.end_us > span.start_us
            ]
            assert overlapping(session, streams, span) == expected


def test_a_segment_over_the_bound_is_refused_by_the_table(session_of: sa.Engine) -> None:
    with unit_of_work(session_of) as session:
        config = config_id(session, "video", "avc1", b"entry")
        run = add_run(session, 1, TimeRange(BASE, BASE + 1), clock_source="given")
    with pytest.raises(sa.exc.IntegrityError, match="bounded"), unit_of_work(session_of) as session:
        add_segments(session, [segment(1, BASE, MAX_SEGMENT_US + 1, run, config)])


def test_segments_are_given_back_in_the_order_asked_for_and_lost_ones_left_out(session_of: sa.Engine) -> None:
    with unit_of_work(session_of) as session:
        segments = fill(session, random.Random(9))
        wanted = random.Random(1).sample(segments, 25)
        names = [(item.stream_id, item.start_us) for item in wanted]
        assert segments_of(session, [*names[:7], (1, 5), *names[7:]]) == wanted


def test_a_run_that_began_long_ago_reaches_in_and_one_that_ended_is_only_around(session_of: sa.Engine) -> None:
    with unit_of_work(session_of) as session:
        for start, end in ((0, 10), (20, 900), (950, 960), (1200, 1300)):
            add_run(session, 1, TimeRange(BASE + start, BASE + end), clock_source="given", end_reason="stalled")
        add_run(session, 2, TimeRange(BASE + 5, BASE + 7), clock_source="given", end_reason="stalled")
        inside = TimeRange(BASE + 700, BASE + 955)
        assert [run.start_us - BASE for run in recorded(session, [1, 2], inside)] == [20, 950]
        assert [run.start_us - BASE for run in around(session, [1, 2], inside)] == [20, 950, 5]
        assert recorded(session, [], inside) == []
        assert recorded(session, [3], inside) == []


def test_a_run_grows_and_ends(session_of: sa.Engine) -> None:
    with unit_of_work(session_of) as session:
        run = add_run(session, 1, TimeRange(BASE, BASE + 10), clock_source="receiver")
        extend_run(session, run, BASE + 50)
        (found,) = recorded(session, [1], TimeRange(BASE + 40, BASE + 41))
        assert (found.end_us, found.end_reason) == (BASE + 50, None)
        extend_run(session, run, BASE + 60, "stalled")
        (found,) = recorded(session, [1], TimeRange(BASE + 40, BASE + 41))
        assert (found.end_us, found.end_reason) == (BASE + 60, "stalled")


def test_a_configuration_is_stored_once(session_of: sa.Engine) -> None:
    with unit_of_work(session_of) as session:
        first = config_id(session, "video", "avc1.640028", b"one", width=64, height=48)
        assert config_id(session, "video", "avc1.640028", b"one", width=64, height=48) == first
        other = config_id(session, "audio", "mp4a.40.2", b"two", sample_rate=8000)
        found = configs(session, [first, other, first])
        assert (found[first].width, found[other].sample_rate) == (64, 8000)
        assert configs(session, []) == {}


def test_rows_of_many_weeks_find_their_partitions(session_of: sa.Engine) -> None:
    starts = [BASE + number * WEEK + offset for number in range(3) for offset in (-1, 0, 1)]
    with unit_of_work(session_of) as session:
        config = config_id(session, "video", "avc1", b"entry")
        run = add_run(session, 1, TimeRange(BASE - 1, BASE + 3 * WEEK), clock_source="given")
        add_segments(session, [segment(1, start, 1, run, config) for start in starts])
    with unit_of_work(session_of) as session:
        add_segments(session, [segment(2, start, 1, run, config) for start in starts])
        found = overlapping(session, [1, 2], TimeRange(BASE - 1, BASE + 3 * WEEK))
        assert [item.start_us for item in found] == starts * 2
        table = sa.inspect(Segment).local_table
        assert session.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 18
