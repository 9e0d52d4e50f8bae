"""What of one camera may be deleted: everything but holds, leases, the end of a run that goes on, and young imports.

Protected stretches are few, segments many. So the protected ones are taken off the time line first, and segments are
looked for in what is left, by the primary key: held footage is never read, however much there is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from foundation.timebase import LATEST_US, TimeRange, subtract
from ingest.index.holds import held, leased
from ingest.index.queries import recorded
from ingest.index.tables import ClipImport, Run, Segment

EVER = TimeRange(-LATEST_US, LATEST_US)
_FIRST_READ, _LONGEST_READ = 8, 512


@dataclass(frozen=True)
class CameraRef:
    """A camera whose footage may be let go."""

    id: int
    code: str
    stream_ids: tuple[int, ...]


class DueSegment(NamedTuple):
    stream_id: int
    start_us: int
    end_us: int
    run_id: int
    key: str
    size_bytes: int


_SEGMENT = [getattr(Segment, name) for name in DueSegment._fields]


class Stretch(NamedTuple):
    """Where nothing is protected; `came_us` is when it was imported, and before all times for what was recorded."""

    stream_id: int
    range: TimeRange
    came_us: int


class Protected(NamedTuple):
    """What of one camera is held, and what is being read."""

    holds: list[TimeRange]
    reads: list[TimeRange]


def protected(session: Session, camera_ids: Sequence[int], now_us: int) -> dict[int, Protected]:
    """Return what is protected of each camera, with two questions however many they are."""
    holds, reads = held(session, camera_ids, EVER, now_us), leased(session, camera_ids, EVER, now_us)
    return {camera_id: Protected(holds[camera_id], reads[camera_id]) for camera_id in camera_ids}


def stretches(session: Session, camera: CameraRef, cutoff_us: int, kept: Protected) -> list[Stretch]:
    """Return the unprotected stretches before `cutoff_us`, ordered by stream and start.

    The days of an import count from its import, so those that came after the cutoff are left out.
    """
    whole = TimeRange(EVER.start_us, cutoff_us)
    spared = [*kept.holds, *kept.reads]
    imports, ends = _runs(session, camera, cutoff_us)
    found: list[Stretch] = []
    for stream_id in camera.stream_ids:
        mine = imports.get(stream_id, [])
        free = subtract(whole, [*spared, *ends.get(stream_id, []), *(part for part, _ in mine)])
        found += [Stretch(stream_id, part, EVER.start_us) for part in free]
        for part, came_us in mine:
            inside = part.intersection(whole)
            if came_us <= cutoff_us and inside is not None:
                found += [Stretch(stream_id, rest, came_us) for rest in subtract(inside, spared)]
    return sorted(found)


_Imports = Mapping[int, list[tuple[TimeRange, int]]]


def _runs(session: Session, camera: CameraRef, cutoff_us: int) -> tuple[_Imports, Mapping[int, list[TimeRange]]]:
    """Return by stream the imported runs with when they came, and the last segments of runs that go on.

    A recorder leans on the row of its run between one segment and the next, so that row must not lose its last segment.
    """
    question = (
        sa.select(col(Run.stream_id), col(Run.start_us), col(Run.end_us), col(ClipImport.created_us))
        .outerjoin(ClipImport, col(ClipImport.id) == col(Run.import_id))
        .where(
            col(Run.stream_id).in_(camera.stream_ids),
            col(Run.start_us) < cutoff_us,
            sa.or_(col(Run.import_id).is_not(None), col(Run.end_reason).is_(None)),
        )
    )
    imports: dict[int, list[tuple[TimeRange, int]]] = {}
    ends: dict[int, list[TimeRange]] = {}
    for stream_id, start_us, end_us, came_us in session.execute(question):
        run = TimeRange(start_us, end_us)
        if came_us is not None:
            imports.setdefault(stream_id, []).append((run, came_us))
        elif (last := _last_start(session, stream_id, run)) is not None:
            ends.setdefault(stream_id, []).append(TimeRange(last, end_us))
    return imports, ends


def _last_start(session: Session, stream_id: int, run: TimeRange) -> int | None:
    start = col(Segment.start_us)
    question = (
        sa.select(start)
        .where(col(Segment.stream_id) == stream_id, start >= run.start_us, start < run.end_us)
        .order_by(start.desc())
        .limit(1)
    )
    found: int | None = session.execute(question).scalar_one_or_none()
    return found


def segments_in(session: Session, stretch: Stretch, from_us: int, limit: int) -> list[DueSegment]:
    """Return the first segments that lie wholly in the stretch and begin at `from_us` or later."""
    question = (
        sa.select(*_SEGMENT)
        .where(
            col(Segment.stream_id) == stretch.stream_id,
            col(Segment.start_us) >= max(from_us, stretch.range.start_us),
            col(Segment.start_us) < stretch.range.end_us,
            col(Segment.end_us) <= stretch.range.end_us,
        )
        .order_by(col(Segment.start_us))
        .limit(limit)
    )
    return [DueSegment._make(row) for row in session.execute(question)]


def due_segments(
    session: Session, found: Sequence[Stretch], limit: int, after: tuple[int, int] = (0, EVER.start_us)
) -> list[DueSegment]:
    """Return up to `limit` segments of the stretches that come after (stream id, start), in that order."""
    due: list[DueSegment] = []
    for stretch in found:
        if len(due) == limit:
            break
        if stretch.stream_id >= after[0] and (stretch.stream_id, stretch.range.end_us) > after:
            from_us = after[1] + 1 if stretch.stream_id == after[0] else EVER.start_us
            due += segments_in(session, stretch, from_us, limit - len(due))
    return due


def ages(session: Session, stretch: Stretch) -> Iterator[tuple[int, int]]:
    """Yield (since when it is here, bytes) of the stretch's segments, oldest first, read as they are asked for."""
    from_us, count = EVER.start_us, _FIRST_READ
    while found := segments_in(session, stretch, from_us, count):
        for segment in found:
            yield max(segment.end_us, stretch.came_us), segment.size_bytes
        from_us, count = found[-1].start_us + 1, min(2 * count, _LONGEST_READ)


def kept_us(session: Session, camera: CameraRef, cutoff_us: int, kept: Protected) -> tuple[int, int]:
    """Return how much recorded time from before the cutoff is there only for holds, and how much only for readers."""
    whole = TimeRange(EVER.start_us, cutoff_us)
    reads = [rest for part in kept.reads for rest in subtract(part, kept.holds)]
    return _recorded_us(session, camera, kept.holds, whole), _recorded_us(session, camera, reads, whole)


def _recorded_us(session: Session, camera: CameraRef, ranges: Sequence[TimeRange], whole: TimeRange) -> int:
    total = 0
    for part in ranges:
        inside = part.intersection(whole)
        runs = recorded(session, camera.stream_ids, inside) if inside is not None else []
        cut = [run.range.intersection(inside) for run in runs if inside is not None]
        total += sum(item.duration_us for item in cut if item is not None)
    return total
