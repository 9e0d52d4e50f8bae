"""Holding 50 of 790 cameras at once, by HTTP, and what each answer tells, over a catalogue with a row for each minute.

Beside it, in the same catalogue: what one would do without a time line, which is to mark each segment's row as held. Days
of segments from the environment: `BENCH_DAYS` (7). The marks are made with SQLite, and with PostgreSQL in a temporary folder.
"""

import http.client
import itertools
import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from benchmarks.harness import percentile, say, scratch, spread
from benchmarks.index import BEGIN, CAMERAS, DAY, MINUTE, fill
from benchmarks.served import proof, serving
from foundation.clock import SystemClock
from foundation.database import create_engine, unit_of_work
from foundation.timebase import TimeRange, format_instant
from ingest.index.tables import MAX_SEGMENT_US
from migrations.runner import upgrade
from tests.support.postgres import cluster

HELD, HOLDS, MARKS = 50, 40, 3
WINDOWS = {"30 minutes": 30 * MINUTE, "a day": DAY, "7 days": 7 * DAY}


def spans(days: int, length_us: int, count: int) -> Iterator[tuple[list[int], TimeRange]]:
    """Yield other cameras and another time of what is recorded for each hold."""
    chance = random.Random(length_us)
    for _ in range(count):
        latest = max(1, (days * DAY - length_us) // MINUTE)
        start = BEGIN + chance.randrange(latest) * MINUTE
        yield chance.sample(range(1, CAMERAS + 1), HELD), TimeRange(start, start + length_us)


def place(port: int, headers: dict[str, str], days: int, length_us: int) -> tuple[list[float], int]:
    """Return the seconds of each hold, and the bytes of the last answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    took, size = [], 0
    until = format_instant(SystemClock().now_us() + 80 * DAY)
    for ids, span in spans(days, length_us, HOLDS + 1):
        bounds = {"from": format_instant(span.start_us), "to": format_instant(span.end_us)}
        body = json.dumps({"cameras": [f"C{number}" for number in ids], "why": "benchmark", "until": until, **bounds})
        begun = time.perf_counter()
        connection.request("POST", "/api/v1/holds", body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        told = answer.read()
        took.append(time.perf_counter() - begun)
        if answer.status != http.client.CREATED or told.count(b'"kept":[{') != HELD:
            raise SystemExit(f"{answer.status} {told[:300]!r}")
        size = len(told)
    return took[1:], size


def mark(engine: sa.Engine, days: int, length_us: int) -> tuple[list[float], int]:
    """Mark each segment's row as held, found by the same bounded predicate; return the seconds and how many rows."""
    statement = sa.text(
        "UPDATE segment SET held = 1 WHERE stream_id IN :ids AND start_us > :lowest AND start_us < :end AND end_us > :start"
    ).bindparams(sa.bindparam("ids", expanding=True))
    took, rows = [], 0
    for ids, span in itertools.islice(spans(days, length_us, MARKS + 1), 1, None):
        bounds = {"lowest": span.start_us - MAX_SEGMENT_US, "start": span.start_us, "end": span.end_us}
        begun = time.perf_counter()
        with unit_of_work(engine) as session:
            rows = session.connection().execute(statement, {"ids": ids, **bounds}).rowcount
        took.append(time.perf_counter() - begun)
    return took, rows


def measure(folder: Path, url: str, days: int) -> None:
    engine = create_engine(url)
    upgrade(engine)
    fill(engine, days)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE segment ADD COLUMN held INTEGER")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for settled in ("VACUUM ANALYZE", "CHECKPOINT") if engine.dialect.name == "postgresql" else ("ANALYZE",):
            connection.exec_driver_sql(settled)
    os.environ["MATPHO_DATABASE_URL"] = url
    rows = []
    with serving(["-m", "matpho", "serve"], MATPHO_DATA=str(folder)) as (port, _):
        headers = proof(folder)
        for name, length_us in WINDOWS.items():
            ours, size = place(port, headers, days, length_us)
            theirs, marked = mark(engine, days, length_us)
            p50, most = percentile(ours, 0.5), max(ours)
            rows.append(
                (f"{name}: held", f"p50 {p50 * 1e3:.0f} ms, most {most * 1e3:.0f} ms, n={len(ours)}, {size} bytes")
            )
            ratio = percentile(theirs, 0.5) / p50
            rows.append((f"{name}: {marked} rows marked", f"{spread(theirs)}: {ratio:.1f} times"))
    engine.dispose()
    del os.environ["MATPHO_DATABASE_URL"]
    say(f"{engine.dialect.name}: {HELD} of {CAMERAS} cameras held, {days} days of segments", rows)


def main() -> None:
    days = int(os.environ.get("BENCH_DAYS", "7"))
    with scratch("holds") as folder:
        measure(folder, f"sqlite:///{folder / 'catalogue.sqlite'}", days)
    with scratch("holds") as folder, cluster(settings="-c shared_buffers=1GB -c max_wal_size=4GB") as url:
        measure(folder, url, days)


if __name__ == "__main__":
    main()
