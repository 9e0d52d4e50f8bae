"""Retention deletes what policy lets go: nothing younger, nothing held, nothing being read, and never half."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col

from audit.tables import AuditEvent
from camera_registry.rules import set_rules
from camera_registry.tables import Ownership
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.storage import LocalFiles, ObjectStore, Spooled
from foundation.timebase import TimeRange
from ingest.index.deletions import deleted
from ingest.index.holds import lease, release_hold
from ingest.index.records import GapReason
from ingest.index.tables import ClipImport, Deletion, OpenSegment, ReadingLease
from ingest.purge import Gone
from ingest.retention import free_on_disk
from tests.conftest import NOW_US
from tests.support.kept_footage import DAY, MINUTE, Eye, Ward

OLD = NOW_US - 3 * DAY
"""Older than the two days that most cameras here keep."""


@pytest.fixture
def ward(engine: sa.Engine, store: LocalFiles, clock: ManualClock, data_dir: Path, actor: Actor) -> Ward:
    return Ward(engine, store, clock, data_dir, actor)


@pytest.fixture
def small_ward(sqlite_engine: sa.Engine, store: LocalFiles, clock: ManualClock, data_dir: Path, actor: Actor) -> Ward:
    return Ward(sqlite_engine, store, clock, data_dir, actor)


def minutes(eye_starts: list[int], start_us: int) -> list[int]:
    return [(start - start_us) // MINUTE for start in eye_starts]


def deletions(ward: Ward, eye: Eye) -> list[tuple[int, int, str]]:
    question = (
        sa.select(col(Deletion.start_us), col(Deletion.end_us), col(Deletion.reason))
        .where(col(Deletion.stream_id) == eye.stream_id)
        .order_by(col(Deletion.start_us))
    )
    with unit_of_work(ward.engine, writes=False) as session:
        return [(row[0], row[1], row[2]) for row in session.execute(question)]


def events(ward: Ward) -> list[tuple[str, dict[str, object]]]:
    question = sa.select(col(AuditEvent.object_id), col(AuditEvent.detail)).where(
        col(AuditEvent.action) == "retention:delete"
    )
    with unit_of_work(ward.engine, writes=False) as session:
        return [(row[0], json.loads(row[1])) for row in session.execute(question.order_by(col(AuditEvent.id)))]


def test_what_is_older_than_its_days_goes_in_any_store(
    sqlite_engine: sa.Engine, any_store: ObjectStore, clock: ManualClock, data_dir: Path, actor: Actor
) -> None:
    ward = Ward(sqlite_engine, any_store, clock, data_dir, actor)
    eye = ward.camera(days=2)
    made = ward.record(eye, OLD, [MINUTE] * 5)
    assert ward.retain(batch=2).age == Gone(5, 0, sum(item.size_bytes for item in made))
    assert (ward.stored(), ward.starts(eye), ward.runs(eye)) == (set(), [], [])
    ward.prove()


def test_the_ceiling_of_the_rules_holds_as_it_is_now_and_holds_go_before_it(ward: Ward) -> None:
    longer, silent, shorter, held = ward.camera(days=90), ward.camera(), ward.camera(days=1), ward.camera(days=90)
    for eye in (longer, silent, shorter, held):
        ward.record(eye, OLD, [MINUTE, MINUTE])
    ward.hold(held, OLD, OLD + MINUTE)
    assert ward.retain().age.segments == 2  # of the one that keeps a day
    with unit_of_work(ward.engine) as session:
        set_rules(session, ward.clock, ward.actor, None, {"most_retention_days": 2})
    done = ward.retain()
    assert (done.age.segments, done.held_us) == (2 + 2 + 1, MINUTE)
    assert [len(ward.starts(eye)) for eye in (longer, silent, shorter, held)] == [0, 0, 0, 1]
    ward.prove()


def test_the_log_tells_of_each_day_what_went_and_how_much(ward: Ward) -> None:
    eye, other = ward.camera(days=2), ward.camera(days=2)
    made = ward.record(eye, OLD, [MINUTE] * 3)
    later = ward.record(eye, NOW_US - 2 * DAY, [MINUTE])
    ward.record(other, OLD, [MINUTE])
    ward.retain(batch=1)  # of several batches beside each other one row is made
    ward.clock.advance(DAY)
    ward.retain()
    today, tomorrow = TimeRange(NOW_US, NOW_US + 1), TimeRange(NOW_US + 1, NOW_US + DAY + 1)
    with unit_of_work(ward.engine, writes=False) as session:
        (first, second), (third,) = deleted(session, today), deleted(session, tomorrow)
        assert deleted(session, today, [other.id]) == [second]
        assert deleted(session, today, []) == []
    assert (first.camera, first.range, first.why) == (eye.code, TimeRange(OLD, OLD + 3 * MINUTE), "age")
    assert first.bytes == sum(item.size_bytes for item in made)
    assert (third.range.start_us, third.at_us, third.bytes) == (NOW_US - 2 * DAY, NOW_US + DAY, later[0].size_bytes)


def test_what_went_beside_it_on_another_day_is_another_row(ward: Ward) -> None:
    eye = ward.camera(days=2)
    made = ward.record(eye, NOW_US - 2 * DAY - MINUTE, [MINUTE, MINUTE])
    ward.retain()
    ward.clock.advance(DAY)
    ward.retain()
    with unit_of_work(ward.engine, writes=False) as session:
        found = deleted(session, TimeRange(0, NOW_US + 2 * DAY))
    assert [one.bytes for one in found] == [item.size_bytes for item in made]
    assert found[0].range.end_us == found[1].range.start_us
    assert [one.at_us for one in found] == [NOW_US, NOW_US + DAY]
    ward.prove()


def test_where_nobody_counted_bytes_are_not_known_and_stay_so(ward: Ward) -> None:
    eye = ward.camera(days=2)
    ward.record(eye, OLD, [MINUTE])
    with unit_of_work(ward.engine) as session:
        before = Deletion(stream_id=eye.stream_id, start_us=OLD - MINUTE, end_us=OLD, at_us=NOW_US, reason="age")
        session.add(before)
    ward.retain()
    with unit_of_work(ward.engine, writes=False) as session:
        (found,) = deleted(session, TimeRange(NOW_US, NOW_US + 1))
    assert (found.range, found.bytes) == (TimeRange(OLD - MINUTE, OLD + MINUTE), None)


def test_footage_is_kept_for_its_days_to_the_microsecond(ward: Ward) -> None:
    eye, other, kept = ward.camera(days=2), ward.camera(days=1), ward.camera()
    for camera in (eye, other, kept):
        ward.record(camera, NOW_US - 2 * DAY - 2 * MINUTE, [MINUTE, MINUTE, MINUTE, MINUTE])
    ward.clock.advance(-1)
    assert ward.retain().age.segments == 1 + 4
    assert minutes(ward.starts(eye), NOW_US - 2 * DAY) == [-1, 0, 1]
    ward.clock.advance(1)
    assert ward.retain().age.segments == 1
    assert minutes(ward.starts(eye), NOW_US - 2 * DAY) == [0, 1]
    assert len(ward.starts(kept)) == 4
    ward.prove()


def test_the_days_are_those_that_hold_now(ward: Ward) -> None:
    eye = ward.camera(days=1)
    ward.record(eye, OLD, [MINUTE])
    with unit_of_work(ward.engine) as session:
        session.execute(sa.update(Ownership).values(valid_to_us=NOW_US))
        session.add(Ownership(camera_id=eye.id, valid_from_us=NOW_US, retention_days=30))
    assert ward.retain().age == Gone()


def test_the_days_of_an_import_count_from_the_import(ward: Ward) -> None:
    eye = ward.camera(days=2, kind="clips")
    ward.bring(eye, NOW_US - 90 * DAY, [[MINUTE, MINUTE], [MINUTE]], created_us=NOW_US - 2 * DAY + 1)
    assert ward.retain().age == Gone()
    ward.clock.advance(1)
    gone = ward.retain().age
    assert (gone.segments, gone.originals) == (3, 1)
    assert ward.stored() == set()
    assert ward.ask(lambda session: session.execute(sa.select(sa.func.count(col(ClipImport.id)))).scalar_one()) == 0
    ward.prove()


def test_an_original_goes_with_the_last_segment_of_its_import(ward: Ward) -> None:
    eye = ward.camera(days=2, kind="clips")
    start = NOW_US - 90 * DAY
    ward.bring(eye, start, [[MINUTE, MINUTE], [MINUTE]], created_us=OLD)
    held = ward.hold(eye, start + 3 * MINUTE, start + 3 * MINUTE + 1)
    gone = ward.retain().age
    assert (gone.segments, gone.originals) == (2, 0)
    ward.prove()
    with unit_of_work(ward.engine) as session:
        assert release_hold(session, ward.clock, ward.actor, held.hold_id)
    gone = ward.retain().age
    assert (gone.segments, gone.originals, ward.stored()) == (1, 1, set())
    ward.prove()


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        (2 * MINUTE, 4 * MINUTE, [2, 3]),
        (2 * MINUTE - 1, 4 * MINUTE, [1, 2, 3]),
        (2 * MINUTE, 4 * MINUTE + 1, [2, 3, 4]),
        (-DAY, 1, [0]),
        (6 * MINUTE - 1, 10 * DAY, [5]),
        (6 * MINUTE, 10 * DAY, []),
        (-DAY, 0, []),
    ],
)
@pytest.mark.parametrize("batch", [1, 500])
def test_a_segment_that_touches_a_hold_stays(ward: Ward, start: int, end: int, kept: list[int], batch: int) -> None:
    eye = ward.camera(days=2)
    ward.record(eye, OLD, [MINUTE] * 6)
    ward.hold(eye, OLD + start, OLD + end)
    done = ward.retain(batch=batch)
    assert minutes(ward.starts(eye), OLD) == kept
    assert done.held_us == max(0, min(end, 6 * MINUTE) - max(start, 0))
    span = TimeRange(OLD, OLD + 6 * MINUTE)
    expected = [TimeRange(OLD + n * MINUTE, OLD + (n + 1) * MINUTE) for n in range(6) if n not in kept]
    told = ward.timeline(eye, span).gaps
    assert {gap.reason for gap in told} == {GapReason.DELETED}
    assert sum(gap.range.duration_us for gap in told) == sum(part.duration_us for part in expected)
    ward.prove()


def test_expired_and_released_holds_hold_nothing_and_others_hold_their_camera_alone(ward: Ward) -> None:
    eye, other = ward.camera(days=2), ward.camera(days=2)
    for camera in (eye, other):
        ward.record(camera, OLD, [MINUTE] * 2)
    expiring = ward.hold(eye, OLD, NOW_US, until_us=NOW_US + 1)
    released = ward.hold(eye, OLD, NOW_US)
    with unit_of_work(ward.engine) as session:
        assert release_hold(session, ward.clock, ward.actor, released.hold_id)
        assert not release_hold(session, ward.clock, ward.actor, released.hold_id)
    assert ward.retain().age.segments == 2
    assert (len(ward.starts(eye)), ward.starts(other)) == (2, [])
    assert expiring.kept == (TimeRange(OLD, OLD + 2 * MINUTE),)
    ward.clock.advance(1)
    assert ward.retain().age.segments == 2


def test_what_is_being_read_stays_until_its_lease_ends(ward: Ward) -> None:
    eye = ward.camera(days=2)
    ward.record(eye, OLD, [MINUTE] * 4)
    with unit_of_work(ward.engine) as session:
        lease(session, "clip", eye.id, TimeRange(OLD + MINUTE, OLD + 2 * MINUTE), NOW_US + MINUTE)
    done = ward.retain()
    assert (minutes(ward.starts(eye), OLD), done.read_us) == ([1], MINUTE)
    ward.clock.advance(MINUTE)
    assert ward.retain().age.segments == 1
    assert ward.ask(lambda s: s.execute(sa.select(sa.func.count(col(ReadingLease.holder)))).scalar_one()) == 0
    ward.prove()


def test_a_run_is_split_where_its_middle_went_and_its_end_keeps_its_id(ward: Ward) -> None:
    eye = ward.camera(days=2)
    ward.record(eye, OLD, [MINUTE] * 9)
    ((run, _, _, _),) = ward.runs(eye)
    ward.hold(eye, OLD + MINUTE, OLD + 2 * MINUTE)
    ward.hold(eye, OLD + 4 * MINUTE, OLD + 6 * MINUTE)
    ward.hold(eye, OLD + 7 * MINUTE, OLD + 8 * MINUTE)
    ward.retain(batch=2)
    left = [((start - OLD) // MINUTE, (end - OLD) // MINUTE, reason) for _, start, end, reason in ward.runs(eye)]
    assert left == [(1, 2, "stopped"), (4, 6, "stopped"), (7, 8, "stopped")]
    assert ward.runs(eye)[-1][0] == run
    ward.prove()


def test_what_was_deleted_side_by_side_is_one_row(ward: Ward) -> None:
    eye = ward.camera(days=2)
    ward.record(eye, OLD, [MINUTE] * 7)
    ward.record(eye, OLD + 9 * MINUTE, [MINUTE])
    hold = ward.hold(eye, OLD + 2 * MINUTE, OLD + 3 * MINUTE)
    ward.retain(batch=2)
    assert [(start - OLD, end - OLD) for start, end, _ in deletions(ward, eye)] == [
        (0, 2 * MINUTE),
        (3 * MINUTE, 7 * MINUTE),
        (9 * MINUTE, 10 * MINUTE),
    ]
    with unit_of_work(ward.engine) as session:
        release_hold(session, ward.clock, ward.actor, hold.hold_id)
    ward.retain()
    assert [(start - OLD, end - OLD, why) for start, end, why in deletions(ward, eye)] == [
        (0, 7 * MINUTE, "age"),
        (9 * MINUTE, 10 * MINUTE, "age"),
    ]


def test_every_batch_of_a_camera_is_one_event(ward: Ward) -> None:
    first, second = ward.camera(days=2), ward.camera(days=2)
    made = ward.record(first, OLD, [MINUTE] * 3)
    ward.record(second, OLD, [MINUTE])
    ward.retain(batch=2)
    (code, told), *others = events(ward)
    assert (code, told) == (
        first.code,
        {
            "bytes": sum(item.size_bytes for item in made[:2]),
            "count": 2,
            "from_us": OLD,
            "originals": 0,
            "to_us": OLD + 2 * MINUTE,
            "why": "age",
        },
    )
    assert [(name, detail["count"]) for name, detail in others] == [(first.code, 1), (second.code, 1)]


def test_the_run_of_a_recorder_keeps_its_row_and_its_open_segment(ward: Ward) -> None:
    eye, between = ward.camera(days=2), ward.camera(days=2)
    ward.record(eye, OLD, [MINUTE] * 3, reason=None, open_us=MINUTE)
    ward.record(between, OLD, [MINUTE] * 3, reason=None)
    ward.hold(eye, OLD, OLD + 1)
    assert ward.retain().age.segments == 1 + 2
    (_, _, head, reason), (_, start, end, going) = ward.runs(eye)
    assert (head - OLD, start - OLD, end - OLD) == (MINUTE, 2 * MINUTE, 4 * MINUTE)
    assert (reason, going) == ("not_recorded", None)
    ((_, start, end, going),) = ward.runs(between)
    assert (start - OLD, end - OLD, going) == (2 * MINUTE, 3 * MINUTE, None)
    assert ward.ask(lambda s: s.execute(sa.select(sa.func.count(col(OpenSegment.key)))).scalar_one()) == 1


def test_a_run_that_ended_waits_for_the_segment_that_waits_for_the_store(ward: Ward) -> None:
    eye = ward.camera(days=2)
    ward.record(eye, OLD, [MINUTE] * 3, open_us=MINUTE)
    assert ward.retain().age.segments == 3
    ((_, start, end, _),) = ward.runs(eye)
    assert (start - OLD, end - OLD) == (3 * MINUTE, 4 * MINUTE)


def test_space_is_made_by_the_oldest_of_all_cameras(ward: Ward) -> None:
    first, second, third = (ward.camera() for _ in range(3))
    ward.record(first, OLD, [MINUTE] * 4)
    ward.record(second, OLD + 2 * MINUTE, [MINUTE] * 4)
    ward.record(third, OLD + 30 * MINUTE, [MINUTE] * 4)
    whole = ward.stored_bytes()
    size = whole // 12
    done = ward.retain(room=whole + 10 * size, keep_free=13 * size - 5, batch=3)
    # Three were enough, but the third to go has a twin that came in the same instant.
    assert (done.space.segments, done.age, done.enough, done.exhausted) == (4, Gone(), True, False)
    left = [minutes(ward.starts(eye), OLD) for eye in (first, second, third)]
    assert left == [[3], [3, 4, 5], [30, 31, 32, 33]]
    assert {why for eye in (first, second) for _, _, why in deletions(ward, eye)} == {"space"}
    ward.prove()
    assert ward.retain(room=whole + 10 * size, keep_free=13 * size - 5).space == Gone()


def test_an_import_is_as_old_as_its_import_when_space_is_made(ward: Ward) -> None:
    live, clips = ward.camera(), ward.camera(kind="clips")
    ward.record(live, OLD, [MINUTE] * 2)
    ward.bring(clips, NOW_US - 400 * DAY, [[MINUTE], [MINUTE]], created_us=NOW_US - DAY)
    ward.retain(room=ward.stored_bytes(), keep_free=1)
    assert (len(ward.starts(live)), len(ward.starts(clips))) == (1, 2)
    done = ward.retain(room=ward.stored_bytes() + 1, keep_free=ward.stored_bytes() - 2)
    assert (done.space.segments, done.space.originals, done.enough) == (3, 1, True)
    assert ward.stored() == set()
    ward.prove()


def test_space_that_holds_make_impossible_is_said_to_be_missing(ward: Ward) -> None:
    eye, read, live = ward.camera(), ward.camera(days=2), ward.camera()
    ward.record(eye, OLD, [MINUTE] * 4)
    ward.record(read, OLD, [MINUTE] * 2)
    ward.record(live, OLD, [MINUTE] * 2, reason=None)
    ward.hold(eye, OLD + MINUTE, OLD + 3 * MINUTE)
    with unit_of_work(ward.engine) as session:
        lease(session, "clip", read.id, TimeRange(OLD, OLD + 2 * MINUTE), NOW_US + MINUTE)
    done = ward.retain(room=ward.stored_bytes(), keep_free=10**6)
    assert (done.space.segments, done.enough, done.exhausted) == (3, False, True)
    assert (done.held_us, done.read_us) == (2 * MINUTE, 2 * MINUTE)
    assert done.free_bytes is not None
    assert done.free_bytes < done.keep_free_bytes
    assert minutes(ward.starts(eye), OLD) == [1, 2]
    ward.prove()


def test_space_is_not_made_where_nobody_can_tell_what_is_free(small_ward: Ward) -> None:
    small_ward.record(small_ward.camera(), OLD, [MINUTE])
    done = small_ward.retain(keep_free=10**18)
    assert (done.space, done.enough, done.free_bytes) == (Gone(), True, None)


def test_a_file_system_that_tells_late_costs_no_more_than_was_missing(small_ward: Ward) -> None:
    made = small_ward.record(small_ward.camera(), OLD, [MINUTE] * 6)
    done = small_ward.retain(free=lambda: 7, keep_free=7 + made[0].size_bytes + 1)
    assert (done.space.segments, done.enough, done.exhausted) == (2, False, False)


def test_files_have_a_disk_and_other_stores_have_none(any_store: ObjectStore, data_dir: Path) -> None:
    for store in (any_store, Spooled(any_store, data_dir / "spool")):
        free = free_on_disk(store)()
        assert (free is not None and free > 0) if isinstance(any_store, LocalFiles) else free is None


def test_rows_that_an_import_puts_between_are_left_alone(ward: Ward) -> None:
    """Overlapping imports share a stream where there is room: what is young there lies between what is old."""
    eye = ward.camera(days=2, kind="clips")
    start = NOW_US - 90 * DAY
    ward.bring(eye, start, [[MINUTE] * 2], created_us=OLD)
    ward.bring(eye, start + 10 * MINUTE, [[MINUTE] * 2], created_us=NOW_US)
    ward.bring(eye, start + 20 * MINUTE, [[MINUTE] * 2], created_us=OLD)
    done = ward.retain(batch=3)
    assert (done.age.segments, done.age.originals) == (4, 2)
    assert minutes(ward.starts(eye), start) == [10, 11]
    ward.prove()


def test_many_segments_go_in_batches_that_leave_writers_their_turn(small_ward: Ward) -> None:
    eye = small_ward.camera(days=2)
    small_ward.record(eye, OLD, [MINUTE] * 1200)
    told: list[str] = []
    assert small_ward.retain(step=told.append).age.segments == 1200
    assert [name for name in told if name != "object deleted"] == ["rows written", "committed", "garbage cleared"] * 3
    assert len(deletions(small_ward, eye)) == 1
    small_ward.prove()


def test_retention_reads_no_held_segment(small_ward: Ward) -> None:
    """However much is held: the rows are never looked at, so a purge costs what it deletes."""
    eye = small_ward.camera(days=2)
    small_ward.record(eye, OLD - DAY, [MINUTE] * 300)
    small_ward.hold(eye, OLD - DAY, OLD)
    asked: list[str] = []
    sa.event.listen(small_ward.engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
    assert small_ward.retain().age == Gone()
    touched = [statement for statement in asked if "FROM segment" in statement]
    assert touched
    assert all("segment.start_us >= ?" in statement and "LIMIT" in statement for statement in touched)
    with small_ward.engine.connect() as connection:
        for statement in touched:
            parameters = (1,) * statement.count("?")
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert all("SEARCH segment USING PRIMARY KEY" in row[3] for row in plan), plan
