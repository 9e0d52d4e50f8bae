"""A city for measuring: square khu phố on a grid, cameras along their streets, and runs with gaps. Not for reading."""

import csv
import io
import json
import random
from pathlib import Path

import sqlalchemy as sa

from camera_registry.camera_import import import_cameras
from camera_registry.secrets import Vault
from camera_registry.tables import Stream
from camera_registry.units import import_units
from foundation.clock import ManualClock
from foundation.database import create_engine, unit_of_work
from foundation.identity import SERVICE
from foundation.timebase import MICROSECONDS
from ingest.index.tables import Run
from migrations.runner import upgrade

BEGIN = 1_772_323_200_000_000  # 2026-03-01T00:00:00Z
HOUR = 3600 * MICROSECONDS
DAY = 24 * HOUR
LAT, LON = 10.76, 106.66
SIDE_DEG = 0.004  # about 440 m, so 11 khu phố are about 2 km2


def units(count: int) -> bytes:
    """Return GeoJSON of `count` adjoining squares."""
    across = round(count**0.5 + 0.5)
    features = []
    for number in range(count):
        west, south = LON + (number % across) * SIDE_DEG, LAT + (number // across) * SIDE_DEG
        east, north = west + SIDE_DEG, south + SIDE_DEG
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        properties = {"code": f"KP{number:03}", "name": f"Khu phố {number}", "kind": "neighbourhood"}
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def cameras(count: int, khu_pho: int) -> bytes:
    chance = random.Random(3)
    across = round(khu_pho**0.5 + 0.5)
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["code", "name", "unit", "lat", "lon", "bearing_deg", "hfov_deg", "range_m", "source", "status"])
    for number in range(count):
        unit = number % khu_pho
        lat = LAT + (unit // across + chance.random()) * SIDE_DEG
        lon = LON + (unit % across + chance.random()) * SIDE_DEG
        view = [chance.randrange(360), chance.randrange(60, 110), chance.randrange(15, 45)]
        table.writerow(
            [f"C{number:04}", f"Camera {number}", f"KP{unit:03}", f"{lat:.6f}", f"{lon:.6f}", *view, "clips", "active"]
        )
    return out.getvalue().encode()


def city(folder: Path, count: int, khu_pho: int, days: int) -> sa.Engine:
    """Store `count` cameras in `khu_pho` units and `days` of runs: each camera stops about six times a day."""
    engine = create_engine(f"sqlite:///{folder / 'catalogue.sqlite'}")
    upgrade(engine)
    clock, vault = ManualClock(BEGIN - DAY), Vault.open(folder / "keys" / "camera.key")
    with unit_of_work(engine) as session:
        import_units(session, clock, SERVICE, "units.geojson", units(khu_pho))
        import_cameras(session, clock, vault, SERVICE, "cameras.csv", cameras(count, khu_pho))
    chance = random.Random(5)
    with unit_of_work(engine) as session:
        ids = session.execute(sa.text("SELECT id FROM camera ORDER BY id")).scalars().all()
        present = {stream.camera_id: stream for stream in session.execute(sa.select(Stream)).scalars()}
        for camera in ids:
            stream = present.get(camera) or Stream(camera_id=camera, kind="clips", ordinal=0)
            session.add(stream)
            session.flush()
            at = BEGIN
            while at < BEGIN + days * DAY:
                end = min(at + chance.randrange(1 * HOUR, 7 * HOUR), BEGIN + days * DAY)
                reason = chance.choice(("stalled", "unreachable", "killed"))
                assert stream.id is not None
                session.add(
                    Run(stream_id=stream.id, start_us=at, end_us=end, end_reason=reason, clock_source="receiver")
                )
                at = end + chance.randrange(1 * MICROSECONDS, HOUR // 4)
    return engine
