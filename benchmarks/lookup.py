"""The whole incident lookup over 790 cameras by HTTP: place and time in, ranked sightings with reasons out.

Beside it, what one would write first without an index of views: every camera's polygon built and tested in a loop.
"""

import http.client
import random
import time
from urllib.parse import urlencode

import shapely
import sqlalchemy as sa

from benchmarks import ward
from benchmarks.harness import percentile, say, scratch
from benchmarks.served import matpho, proof
from camera_registry.sight import views_of
from camera_registry.views import view_in_degrees
from foundation.database import unit_of_work
from foundation.timebase import MICROSECONDS, TimeRange, format_instant

CAMERAS, UNITS, DAYS = 790, 113, 30
QUESTIONS, NAIVE = 400, 20


def questions() -> list[tuple[float, float, int]]:
    chance = random.Random(11)
    across = round(UNITS**0.5 + 0.5)
    extent = across * ward.SIDE_DEG
    latest = DAYS * 1440 - 30
    return [
        (
            ward.LAT + chance.random() * extent,
            ward.LON + chance.random() * extent,
            ward.BEGIN + chance.randrange(latest) * 60 * MICROSECONDS,
        )
        for _ in range(QUESTIONS)
    ]


def ask(port: int, headers: dict[str, str]) -> tuple[list[float], int, int]:
    """Return the seconds of each question, the bytes of all answers, and the sightings that see the place."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    took, size, seen = [], 0, 0
    for lat, lon, start in questions():
        span = {"from": format_instant(start), "to": format_instant(start + 30 * 60 * MICROSECONDS)}
        query = urlencode({"lat": f"{lat:.6f}", "lon": f"{lon:.6f}", "radius_m": 30, **span})
        begun = time.perf_counter()
        connection.request("GET", f"/api/v1/lookup?{query}", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        took.append(time.perf_counter() - begun)
        if answer.status != http.client.OK:
            raise SystemExit(f"{answer.status} {body[:300]!r}")
        size += len(body)
        seen += body.count(b'"sees":true')
    return took[10:], size, seen


def naive(engine: sa.Engine) -> list[float]:
    """Time the geometry alone: read every placement, build its polygon, test it."""
    took: list[float] = []
    hits = 0
    for lat, lon, start in questions()[:NAIVE]:
        span = TimeRange(start, start + 30 * 60 * MICROSECONDS)
        begun = time.perf_counter()
        with unit_of_work(engine, writes=False) as session:
            ids = list(session.execute(sa.text("SELECT id FROM camera")).scalars())
            point = shapely.Point(lon, lat).buffer(0.0003)
            polygons = (view_in_degrees(view.placement) for view in views_of(session, ids, span))
            hits += sum(polygon.intersects(point) for polygon in polygons if polygon is not None)
        took.append(time.perf_counter() - begun)
    return took


def main() -> None:
    with scratch("lookup") as folder:
        engine = ward.city(folder, CAMERAS, UNITS, DAYS)
        headers = proof(folder)
        with matpho(folder) as (port, _):
            took, size, seen = ask(port, headers)
        slow = naive(engine)
        engine.dispose()
    say(
        f"lookup by HTTP: {CAMERAS} cameras, {DAYS} days of runs, radius 30 m, 30 min",
        [
            (
                "ours p50 / p95 / p99",
                " / ".join(f"{percentile(took, s) * 1e3:.1f}" for s in (0.5, 0.95, 0.99)) + f" ms, n={len(took)}",
            ),
            ("answers", f"{seen} sightings that see the place, {size / QUESTIONS:.0f} bytes each on average"),
            ("every polygon, geometry only", f"p50 {percentile(slow, 0.5) * 1e3:.0f} ms, n={len(slow)}"),
            ("ratio of the medians", f"{percentile(slow, 0.5) / percentile(took, 0.5):.1f}"),
        ],
    )


if __name__ == "__main__":
    main()
