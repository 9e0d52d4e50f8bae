"""Who saw a place at a time: views valid then, what of the time was recorded, and the reason for every no.

docs/design/lookup.md tells the ranking. The whole of it is a handful of questions to the database, however many cameras
there are: the spatial index leaves only those near the place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import pairwise
from typing import Any, Literal

import shapely
from sqlmodel import Session

from camera_registry.cameras import streams_of
from camera_registry.duties import kept_days, rules_of_cameras
from camera_registry.rule_book import Rules
from camera_registry.sight import Place, Reason, Sight, who_sees, who_sees_area
from foundation.clock import Clock
from foundation.language import Language, translate
from foundation.timebase import MICROSECONDS, TimeRange, covered_us, format_instant
from ingest.index.holds import held_until
from ingest.index.queries import clock_offsets, imported_at
from ingest.index.reasons import GAP_TEXT
from ingest.index.recorder_clock import Comparison, comparisons_of
from ingest.index.records import Gap, RunRecord
from ingest.index.timeline import Recorder, timelines

Coverage = Literal["complete", "partial", "none"]
_DAY_US = 86_400 * MICROSECONDS


@dataclass(frozen=True)
class Sighting:
    """One camera's answer, for the part `span` of the range in which it stood as `sight` tells.

    `recorded` and `gaps` together are `span`. A camera that was turned or moved within the range answers twice.
    """

    sight: Sight
    span: TimeRange
    recorded: tuple[TimeRange, ...]
    gaps: tuple[Gap, ...]
    runs: tuple[RunRecord, ...]
    imported_us: Mapping[str, int] = field(default_factory=dict)
    """When the imports of its runs were made."""
    device_clock: tuple[int, int] | None = None
    """By how much the clock that was drawn into the pictures was ahead of ours, and when that was seen: the camera's own, or the
    recorder's that was compared for the newest of the imports."""
    rules: Rules = field(default_factory=Rules)
    """Those of the unit that the camera belongs to now."""
    holds: tuple[tuple[TimeRange, int | None], ...] = ()
    """What of the camera is held now, and until when; None: until it is released."""

    @property
    def coverage(self) -> Coverage:
        if not self.recorded:
            return "none"
        return "partial" if self.gaps else "complete"

    @property
    def recorded_us(self) -> int:
        return covered_us(self.span, self.recorded)

    @property
    def uncertainty_us(self) -> int | None:
        """How far the times may be off; None when nobody knows of one of the runs."""
        known = [run.uncertainty_us for run in self.runs]
        return None if not known or None in known else max(item for item in known if item is not None)

    @property
    def overwritten_us(self) -> int | None:
        """When retention begins to delete what answers, as camera, unit and holds have it now.

        None: when space is needed, or when a hold without an end is released. The days of an imported recording count
        from its import: somebody brought it here because it is needed. What is held goes when its days and its holds
        are over.
        """
        days = kept_days(self.sight.camera.retention_days, self.rules)
        if days is None:
            return None
        ends = [
            end
            for run in self.runs
            for part in self._parts(run)
            if (end := self._goes(part, max(part.start_us, self._brought(run)) + days * _DAY_US)) is not None
        ]
        return min(ends, default=None)

    def _parts(self, run: RunRecord) -> Iterator[TimeRange]:
        """Yield what of a run answers, cut where a hold begins or ends: each part goes as its beginning does."""
        answers = run.range.intersection(self.span)
        if answers is not None:
            edges = {edge for held, _ in self.holds for edge in (held.start_us, held.end_us)}
            cuts = sorted(edge for edge in edges if answers.start_us < edge < answers.end_us)
            for start_us, end_us in pairwise([answers.start_us, *cuts, answers.end_us]):
                yield TimeRange(start_us, end_us)

    def _goes(self, part: TimeRange, due_us: int) -> int | None:
        untils = [until for held, until in self.holds if held.overlaps(part)]
        return None if None in untils else max([due_us, *(until for until in untils if until is not None)])

    def _brought(self, run: RunRecord) -> int:
        return 0 if run.import_id is None else self.imported_us.get(run.import_id, 0)


@dataclass(frozen=True)
class Lookup:
    """`sightings` are in order of use to somebody who looks for footage."""

    place: Place
    span: TimeRange
    sightings: tuple[Sighting, ...]

    def as_dict(self, language: Language, zone: tzinfo) -> dict[str, Any]:
        """Return the answer as JSON, texts in `language`, times in `zone`."""
        return {
            "lat": self.place.lat,
            "lon": self.place.lon,
            "radius_m": self.place.radius_m,
            **_range(self.span, zone),
            "sightings": [_told(item, language, zone) for item in self.sightings],
        }


def lookup(
    session: Session,
    clock: Clock,
    place: Place,
    span: TimeRange,
    *,
    include_blind: bool = False,
    area: shapely.Geometry | None = None,
) -> Lookup:
    """Return the sightings of `place` during `span`; with `include_blind` also cameras near it that do not see it.

    With an `area` (lon, lat) they are of all of it, and `place` is the middle that distances are told to.
    """
    near = who_sees(session, place, span) if area is None else who_sees_area(session, area, place, span)
    sights = [sight for sight in near if sight.sees or include_blind]
    ids = sorted({sight.camera.id for sight in sights})
    streams = streams_of(session, ids)
    registered = {sight.camera.id: sight.camera.registered_us for sight in sights}
    recorders = {
        camera_id: Recorder(
            tuple(stream.id for stream in streams.get(camera_id, []) if stream.id is not None), registered[camera_id]
        )
        for camera_id in ids
    }
    now = clock.now_us()
    found = timelines(session, recorders, span, now)
    rules = rules_of_cameras(session, ids, now)
    holds = held_until(session, ids, span, now)
    brought = imported_at(session, {run.import_id for line in found.values() for run in line.runs})
    offsets = clock_offsets(session, ids, span.end_us)
    compared = comparisons_of(session, {run.import_id for line in found.values() for run in line.runs})
    sightings = []
    for sight in sights:
        whole, valid = found[sight.camera.id], sight.valid or span
        recorded = tuple(part for item in whole.recorded if (part := item.intersection(valid)) is not None)
        gaps = tuple(Gap(part, gap.reason) for gap in whole.gaps if (part := gap.range.intersection(valid)) is not None)
        runs = tuple(run for run in whole.runs if run.range.overlaps(valid))
        device = _recorder_clock(runs, compared) or offsets.get(sight.camera.id)
        ruled = rules[sight.camera.id]
        kept = tuple(holds[sight.camera.id])
        sightings.append(Sighting(sight, valid, recorded, gaps, runs, brought, device, ruled, kept))
    return Lookup(place, span, tuple(sorted(sightings, key=_use)))


def _recorder_clock(runs: Sequence[RunRecord], compared: Mapping[str, Comparison]) -> tuple[int, int] | None:
    found = [one for run in runs if (one := compared.get(run.import_id or "")) is not None]
    return max(((one.offset_us, one.at_us) for one in found), key=lambda one: one[1], default=None)


def _use(item: Sighting) -> tuple[Any, ...]:
    """Rank: sees it before does not, the more recorded the better, then the nearer."""
    return (not item.sight.sees, -item.recorded_us, item.sight.distance_m, item.sight.camera.code, item.span.start_us)


def _range(span: TimeRange, zone: tzinfo) -> dict[str, str]:
    return {"from": format_instant(span.start_us, zone), "to": format_instant(span.end_us, zone)}


def _told(item: Sighting, language: Language, zone: tzinfo) -> dict[str, Any]:
    camera = item.sight.camera
    return {
        "camera": {
            "code": camera.code,
            "name": camera.name,
            "unit": camera.unit_code,
            "unit_name": camera.unit_name,
            "status": camera.status,
        },
        "sees": item.sight.sees,
        "reasons": [_reason(reason, language) for reason in item.sight.reasons],
        "distance_m": round(item.sight.distance_m, 1),
        "bearing_deg": round(item.sight.bearing_deg, 1),
        **_range(item.span, zone),
        "coverage": {
            "state": item.coverage,
            "recorded_us": item.recorded_us,
            "intervals": [_range(part, zone) for part in item.recorded],
        },
        "gaps": [
            {**_range(gap.range, zone), "reason": str(gap.reason), "text": translate(language, GAP_TEXT[gap.reason])}
            for gap in item.gaps
        ],
        "clock": {
            "sources": sorted({run.clock_source for run in item.runs}),
            "offset_us": None if item.device_clock is None else item.device_clock[0],
            "offset_observed_at": None if item.device_clock is None else format_instant(item.device_clock[1], zone),
            "uncertainty_us": item.uncertainty_us,
        },
        "overwritten_at": None if item.overwritten_us is None else format_instant(_whole(item.overwritten_us), zone),
    }


def _whole(at_us: int) -> int:
    """Return the full second before: retention works by the day."""
    return at_us - at_us % MICROSECONDS


def _reason(reason: Reason, language: Language) -> dict[str, Any]:
    return {"code": reason.code, "text": translate(language, reason.message).format(**reason.fields), **reason.fields}
