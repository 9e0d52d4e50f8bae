"""A small ward for audits of coverage: square units of metres, cameras with placements and memberships, and runs."""

import json
from dataclasses import dataclass, field

import shapely
import sqlalchemy as sa
from sqlmodel import Session

from camera_registry.revision import touch
from camera_registry.tables import Camera, CameraUnit, Placement, Stream, Unit
from camera_registry.views import LocalFrame
from foundation.database import unit_of_work
from foundation.timebase import MICROSECONDS, TimeRange
from ingest.index.queries import add_run

HOUR = 3600 * MICROSECONDS
BEGIN = 1_772_841_600_000_000  # 2026-03-07T00:00:00Z, a whole hour
ORIGIN = LocalFrame(10.76, 106.66)


@dataclass(frozen=True)
class Eye:
    """A camera at metres east and north of the origin. `runs` are ranges in µs after `BEGIN`."""

    x: float
    y: float
    bearing: float | None = 0.0
    angle: float | None = 90.0
    reach: float = 50.0
    runs: tuple[tuple[int, int], ...] = ()
    unit: str | None = "KP1"
    status: str = "active"
    end_reason: str = "stalled"
    valid: tuple[int, int | None] = (0, None)
    later: tuple["Eye", ...] = field(default=())
    """Further placements; of each only the place, the view and `valid` count."""


def square(west: float, south: float, side: float) -> shapely.Geometry:
    """Return a square of metres in (lon, lat)."""
    return ORIGIN.geometry_to_degrees(shapely.box(west, south, west + side, south + side))


def add_unit(
    engine: sa.Engine,
    code: str,
    area: shapely.Geometry | None,
    *,
    parent: int | None = None,
    valid: tuple[int, int | None] = (0, None),
) -> int:
    with unit_of_work(engine) as session:
        boundary = None if area is None else json.dumps(json.loads(shapely.to_geojson(area)))
        unit = Unit(
            code=code,
            name=f"Khu phố {code}",
            folded_name=f"khu pho {code.lower()}",
            kind="neighbourhood",
            parent_id=parent,
            valid_from_us=valid[0],
            valid_to_us=valid[1],
            boundary=boundary,
        )
        session.add(unit)
        session.flush()
        touch(session)
        assert unit.id is not None
        return unit.id


def add_eye(engine: sa.Engine, code: str, eye: Eye) -> int:
    with unit_of_work(engine) as session:
        camera = Camera(code=code, name=f"Ngõ {code}", folded=code.lower(), status=eye.status, registered_us=0)
        session.add(camera)
        session.flush()
        assert camera.id is not None
        for item in (eye, *eye.later):
            lat, lon = ORIGIN.to_degrees(item.x, item.y)
            session.add(
                Placement(
                    camera_id=camera.id,
                    lat=lat,
                    lon=lon,
                    bearing_deg=item.bearing,
                    hfov_deg=item.angle,
                    range_m=item.reach,
                    valid_from_us=item.valid[0],
                    valid_to_us=item.valid[1],
                )
            )
        if eye.unit is not None:
            session.add(CameraUnit(camera_id=camera.id, unit_id=_unit_id(session, eye.unit), valid_from_us=0))
        stream = Stream(camera_id=camera.id, kind="clips", ordinal=0)
        session.add(stream)
        session.flush()
        assert stream.id is not None
        _record(session, stream.id, eye)
        touch(session)
        return camera.id


def _unit_id(session: Session, code: str) -> int:
    return int(
        session.execute(
            sa.select(sa.column("id")).select_from(sa.table("unit")).where(sa.column("code") == code)
        ).scalar_one()
    )


def _record(session: Session, stream_id: int, eye: Eye) -> None:
    for start, end in eye.runs:
        span = TimeRange(BEGIN + start, BEGIN + end)
        add_run(session, stream_id, span, clock_source="receiver", end_reason=eye.end_reason)
