"""What there is before anybody asks: how much, and where there is nothing, the times nearest to it."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col

from access.at_hand import LONGEST_US, NothingRecorded, at_hand, must_be_there
from camera_registry.camera_import import import_cameras
from camera_registry.secrets import Vault
from camera_registry.tables import Camera, Stream
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.timebase import TimeRange
from ingest.index.queries import add_run
from ingest.index.records import GapReason

MINUTE = 60_000_000
CAMERAS = "code,lat,lon,bearing_deg,hfov_deg,range_m,source,status\n" + "".join(
    f"{code},10.77,106.69,0,90,50,clips,active\n" for code in ("TWO", "ONE", "NONE")
)


@pytest.fixture
def asked(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> TimeRange:
    """A quarter of an hour; TWO recorded around it by two streams, ONE within it."""
    span = TimeRange(clock.now_us() - 60 * MINUTE, clock.now_us() - 45 * MINUTE)
    vault = Vault.open(data_dir / "keys" / "camera.key")
    with unit_of_work(engine) as session:
        import_cameras(session, clock, vault, COMMAND_LINE, "c.csv", CAMERAS.encode())
        session.execute(sa.update(Camera).values(registered_us=span.start_us - 500 * MINUTE))
        early, late = span.start_us - 30 * MINUTE, span.end_us + 7 * MINUTE
        _run(session, "TWO", 1, TimeRange(early, early + 5 * MINUTE))
        _run(session, "TWO", 2, TimeRange(early, early + 9 * MINUTE))
        _run(session, "TWO", 2, TimeRange(late, late + MINUTE))
        _run(session, "ONE", 1, TimeRange(span.start_us - MINUTE, span.start_us + 4 * MINUTE))
    return span


def _run(session: Session, code: str, ordinal: int, span: TimeRange) -> None:
    camera_id = session.execute(sa.select(col(Camera.id)).where(col(Camera.code) == code)).scalar_one()
    stream = session.execute(
        sa.select(Stream).where(col(Stream.camera_id) == camera_id, col(Stream.ordinal) == ordinal)
    ).scalar_one_or_none() or Stream(camera_id=camera_id, kind="clips", ordinal=ordinal)
    session.add(stream)
    session.flush()
    assert stream.id is not None
    add_run(session, stream.id, span, clock_source="receiver", end_reason=str(GapReason.STALLED))


def test_how_much_there_is_and_what_is_nearest(engine: sa.Engine, clock: ManualClock, asked: TimeRange) -> None:
    with unit_of_work(engine, writes=False) as session:
        two, one, none = at_hand(session, clock, ["TWO", "ONE", "NONE"], asked)
    assert (two.recorded_us, one.recorded_us, none.recorded_us) == (0, 4 * MINUTE, 0)
    assert (two.before_us, two.after_us) == (asked.start_us - 21 * MINUTE, asked.end_us + 7 * MINUTE)
    assert (one.before_us, one.after_us) == (none.before_us, none.after_us) == (None, None)
    assert [(gap.range, gap.reason) for gap in one.gaps] == [
        (TimeRange(asked.start_us + 4 * MINUTE, asked.end_us), GapReason.STALLED)
    ]


def test_every_camera_without_anything_is_named(engine: sa.Engine, clock: ManualClock, asked: TimeRange) -> None:
    with unit_of_work(engine, writes=False) as session:
        found = at_hand(session, clock, ["TWO", "ONE", "NONE"], asked)
    with pytest.raises(NothingRecorded) as told:
        must_be_there(found)
    assert told.value.fields["cameras"] == "TWO, NONE"
    must_be_there(found[1:2])


def test_of_years_nothing_is_reckoned_beforehand(engine: sa.Engine, clock: ManualClock, asked: TimeRange) -> None:
    with unit_of_work(engine, writes=False) as session:
        assert at_hand(session, clock, ["TWO"], TimeRange(asked.start_us - LONGEST_US, asked.end_us)) == []
