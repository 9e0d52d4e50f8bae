"""From runs to what a person asks: when was there footage, when not, and why not. Pure but for the loaders."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import sqlalchemy as sa
from sqlmodel import Session, col

from foundation.timebase import TimeRange, covered_us, merge, subtract
from ingest.index.queries import around
from ingest.index.records import Gap, GapReason, RunRecord
from ingest.index.tables import Deletion, Outage

_REASONS = frozenset(GapReason)


@dataclass(frozen=True)
class CameraTimeline:
    """What a camera recorded of `span`: `recorded` and `gaps` together are `span`, without overlap.

    `runs` are clipped to `span`; those of different streams may overlap each other.
    """

    span: TimeRange
    runs: tuple[RunRecord, ...]
    recorded: tuple[TimeRange, ...]
    gaps: tuple[Gap, ...]

    @property
    def recorded_us(self) -> int:
        return covered_us(self.span, self.recorded)

    @property
    def longest_gap(self) -> Gap | None:
        return max(self.gaps, key=lambda gap: gap.range.duration_us, default=None)


@dataclass(frozen=True)
class Recorder:
    """A camera as the timeline needs it: its streams, and since when it is registered."""

    stream_ids: tuple[int, ...]
    registered_us: int


def timeline(
    session: Session, stream_ids: Sequence[int], span: TimeRange, now_us: int, registered_us: int
) -> CameraTimeline:
    """Return the timeline of one camera."""
    return timelines(session, {0: Recorder(tuple(stream_ids), registered_us)}, span, now_us)[0]


def timelines(
    session: Session, cameras: Mapping[int, Recorder], span: TimeRange, now_us: int
) -> dict[int, CameraTimeline]:
    """Return the timelines of many cameras, by their id, with three questions to the database in all."""
    owner = {stream: camera for camera, recorder in cameras.items() for stream in recorder.stream_ids}
    runs: dict[int, list[RunRecord]] = {camera: [] for camera in cameras}
    for run in around(session, sorted(owner), span):
        runs[owner[run.stream_id]].append(run)
    deleted: dict[int, list[TimeRange]] = {camera: [] for camera in cameras}
    for stream_id, part in deletions(session, sorted(owner), span):
        deleted[owner[stream_id]].append(part)
    tried: dict[int, list[Gap]] = {camera: [] for camera in cameras}
    for stream_id, gap in outages(session, sorted(owner), span):
        tried[owner[stream_id]].append(gap)
    return {
        camera: reckon(runs[camera], deleted[camera], span, now_us, recorder.registered_us, tried[camera])
        for camera, recorder in cameras.items()
    }


def deletions(session: Session, stream_ids: Sequence[int], span: TimeRange) -> list[tuple[int, TimeRange]]:
    """Return what retention let go of the streams within `span`."""
    if not stream_ids:
        return []
    question = sa.select(col(Deletion.stream_id), col(Deletion.start_us), col(Deletion.end_us)).where(
        col(Deletion.stream_id).in_(stream_ids),
        col(Deletion.start_us) < span.end_us,
        col(Deletion.end_us) > span.start_us,
    )
    return [(row.stream_id, TimeRange(row.start_us, row.end_us)) for row in session.execute(question)]


def outages(session: Session, stream_ids: Sequence[int], span: TimeRange) -> list[tuple[int, Gap]]:
    """Return when the recorder tried to record the streams within `span` and could not."""
    if not stream_ids:
        return []
    question = (
        sa.select(col(Outage.stream_id), col(Outage.start_us), col(Outage.end_us), col(Outage.reason))
        .where(col(Outage.stream_id).in_(stream_ids), col(Outage.start_us) < span.end_us)
        .where(col(Outage.end_us) > span.start_us)
        .order_by(col(Outage.start_us))
    )
    return [
        (row.stream_id, Gap(TimeRange(row.start_us, row.end_us), _reason(row.reason)))
        for row in session.execute(question)
    ]


def reckon(
    runs: Sequence[RunRecord],
    deleted: Sequence[TimeRange],
    span: TimeRange,
    now_us: int,
    registered_us: int,
    tried: Sequence[Gap] = (),
) -> CameraTimeline:
    """Return the timeline of `span` from all runs that matter: those overlapping it, and the last before it."""
    inside = [(run, part) for run in runs if (part := run.range.intersection(span)) is not None]
    recorded = tuple(merge(part for _, part in inside))
    ends = sorted((run.end_us, _ended(run)) for run in runs)
    gaps: list[Gap] = []
    for missing in subtract(span, recorded):
        gaps += _explain(missing, ends, deleted, now_us, registered_us, tried)
    clipped = tuple(run._replace(start_us=part.start_us, end_us=part.end_us) for run, part in inside)
    return CameraTimeline(span, clipped, recorded, tuple(gaps))


def _ended(run: RunRecord) -> GapReason:
    return _reason(run.end_reason)


def _reason(reason: str | None) -> GapReason:
    return GapReason(reason) if reason in _REASONS else GapReason.NOT_RECORDED


def _explain(
    missing: TimeRange,
    ends: Sequence[tuple[int, GapReason]],
    deleted: Sequence[TimeRange],
    now_us: int,
    registered_us: int,
    tried: Sequence[Gap],
) -> list[Gap]:
    """Return gaps that together are `missing`: what was deleted, when recording failed, what is to come, and the rest."""
    gaps: list[Gap] = []
    gone = [part for item in deleted if (part := item.intersection(missing)) is not None]
    gaps += [Gap(part, GapReason.DELETED) for part in merge(gone)]
    for failed in tried:
        part = failed.range.intersection(missing)
        fresh = subtract(part, gone) if part is not None else []
        gaps += [Gap(rest, failed.reason) for rest in fresh]
        gone += fresh
    place = bisect_right(ends, missing.start_us, key=lambda item: item[0])
    before = ends[place - 1][1] if place else None
    for rest in subtract(missing, gone):
        for part, reason in _stretches(rest, before, now_us, registered_us):
            gaps.append(Gap(part, reason))
    return sorted(gaps, key=lambda gap: gap.range)


def _stretches(
    rest: TimeRange, before: GapReason | None, now_us: int, registered_us: int
) -> list[tuple[TimeRange, GapReason]]:
    """Cut `rest` at registration and at now. What follows a run is explained by how that run ended."""
    known = before or GapReason.NOT_RECORDED
    bounds = sorted({rest.start_us, rest.end_us, *(at for at in (registered_us, now_us) if rest.contains(at))})
    parts = [TimeRange(start, end) for start, end in pairwise(bounds) if start < end]
    told: list[tuple[TimeRange, GapReason]] = []
    for part in parts:
        if part.start_us >= now_us:
            reason = GapReason.FUTURE
        elif before is None and part.end_us <= registered_us:
            reason = GapReason.NOT_REGISTERED
        else:
            reason = known
        if told and told[-1][1] is reason:
            part = TimeRange(told.pop()[0].start_us, part.end_us)  # noqa: PLW2901 - joined with the one before
        told.append((part, reason))
    return told
