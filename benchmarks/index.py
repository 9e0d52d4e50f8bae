"""The index question over 34 million segments: 20 of 790 cameras, 30 minutes, through the service's own query.

Beside it, in the same run: the predicate that most people would write (`start < b AND end > a`). Settings from the
environment: `BENCH_DAYS` (30), `BENCH_KEEP` (a folder whose SQLite file is kept and used again). PostgreSQL is the
installed one with 1 GB of shared buffers, in a temporary folder; both databases answer from a warm page cache.
"""

import os
import random
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from benchmarks.harness import percentile, say, scratch
from foundation.database import create_engine, unit_of_work
from foundation.timebase import MICROSECONDS, TimeRange
from ingest.index.queries import ensure_partitions, overlapping
from ingest.index.tables import Segment
from migrations.runner import upgrade
from tests.support.postgres import cluster

CAMERAS = 790
MINUTE = 60 * MICROSECONDS
DAY = 1440 * MINUTE
BEGIN = 1_772_323_200_000_000  # 2026-03-01T00:00:00Z
QUESTIONS, NAIVE_QUESTIONS = 300, 8

SERIES = "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {count})"
PARENTS = (
    (
        "INSERT INTO camera (id, code, name, folded, status, registered_us, revision) {series} "
        "SELECT n, 'C' || n, 'C' || n, 'c' || n, 'active', 0, 1 FROM series"
    ),
    "INSERT INTO stream (id, camera_id, kind, ordinal) {series} SELECT n, n, 'main', 0 FROM series",
    (
        "INSERT INTO codec_config (id, sha256, media, codec, width, height, sample_rate, sample_entry) "
        "VALUES (1, {empty}, 'video', 'avc1.640028', 1920, 1080, 0, {empty})"
    ),
    (
        "INSERT INTO run (id, stream_id, start_us, end_us, clock_source) {series} "
        "SELECT n, n, {begin}, {end}, 'receiver' FROM series"
    ),
)
EMPTY = {"sqlite": "x'00'", "postgresql": "'\\x00'::bytea"}
NOISE = {"sqlite": "randomblob(32)", "postgresql": "sha256(int8send(s.n * 1000000 + m.n))"}


def fill(engine: sa.Engine, days: int) -> float:
    """Store a row for each camera and minute, a day at a time and in time order, as live recording would."""
    dialect = engine.dialect.name
    begun = time.perf_counter()
    with unit_of_work(engine) as session:
        for statement in PARENTS:
            series, end = SERIES.format(count=CAMERAS), BEGIN + days * DAY
            session.execute(sa.text(statement.format(series=series, empty=EMPTY[dialect], begin=BEGIN, end=end)))
    for day in range(days):
        start = BEGIN + day * DAY
        with unit_of_work(engine) as session:
            ensure_partitions(session, TimeRange(start, start + DAY))
            session.execute(
                sa.text(
                    "INSERT INTO segment (stream_id, start_us, end_us, media_ticks, run_id, video_config_id, key, "
                    "size_bytes, index_offset, sha256, frames, epoch) "
                    f"WITH RECURSIVE s(n) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT n + 1 FROM s WHERE n < {CAMERAS}), "
                    "m(n) AS (SELECT CAST(0 AS bigint) UNION ALL SELECT n + 1 FROM m WHERE n < 1439) "
                    f"SELECT s.n, {start} + m.n * {MINUTE} + s.n * 1000, {start} + (m.n + 1) * {MINUTE} + s.n * 1000, "
                    f"5400000, s.n, 1, 'segments/' || s.n || '/' || ({day} * 1440 + m.n), 15000000, 14990000, "
                    f"{NOISE[dialect]}, 1500, 0 FROM m CROSS JOIN s ORDER BY m.n, s.n"
                )
            )
    return time.perf_counter() - begun


def naive(session: Session, streams: Sequence[int], span: TimeRange) -> list[sa.Row[Any]]:
    table = sa.inspect(Segment).local_table
    where = sa.and_(table.c.stream_id.in_(streams), table.c.start_us < span.end_us, table.c.end_us > span.start_us)
    return list(session.execute(sa.select(table).where(where)).all())


def timed(
    engine: sa.Engine,
    asks: Callable[[Session, Sequence[int], TimeRange], list[Any]],
    streams: list[int],
    span: TimeRange,
) -> tuple[float, int]:
    """Return the seconds that a question takes, and how many rows answer it."""
    with unit_of_work(engine, writes=False) as session:
        begun = time.perf_counter()
        rows = asks(session, streams, span)
        return time.perf_counter() - begun, len(rows)


def ask(engine: sa.Engine, days: int) -> None:
    chance = random.Random(7)
    questions = []
    for _ in range(QUESTIONS + 10):
        start = BEGIN + chance.randrange(days * 1440 - 40) * MINUTE + 17
        questions.append((chance.sample(range(1, CAMERAS + 1), 20), TimeRange(start, start + 30 * MINUTE)))
    ours, found = zip(*(timed(engine, overlapping, *question) for question in questions), strict=True)
    ours, rows = ours[10:], sum(found) // len(found)
    picked = range(10, len(questions), QUESTIONS // NAIVE_QUESTIONS)
    theirs = []
    for number in picked:
        took, same = timed(engine, naive, *questions[number])
        theirs.append(took)
        assert same == found[number], "both predicates must find the same rows"
    say(
        f"{engine.dialect.name}: 20 of {CAMERAS} cameras x 30 min, {rows} rows a question",
        [
            (
                "ours p50 / p99",
                f"{percentile(ours, 0.5) * 1e3:.2f} / {percentile(ours, 0.99) * 1e3:.2f} ms, n={len(ours)}",
            ),
            ("naive p50 / max", f"{percentile(theirs, 0.5) * 1e3:.0f} / {max(theirs) * 1e3:.0f} ms, n={len(theirs)}"),
            ("ratio naive/ours p50", f"{percentile(theirs, 0.5) / percentile(ours, 0.5):.0f}"),
        ],
    )


def measure(url: str, days: int) -> None:
    engine = create_engine(url)
    upgrade(engine)
    with engine.connect() as connection:
        stored = connection.execute(sa.text("SELECT max(start_us) FROM segment")).scalar()
    if stored is None:
        took = fill(engine, days)
        rows = CAMERAS * 1440 * days
        print(f"{engine.dialect.name}: {rows:,} rows in {took:.0f} s, {rows / took:,.0f} rows/s")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # As autovacuum does after so many inserts; else the first reader of each page writes it as well.
            # And the load is written out: a checkpoint of 7 GB under way is another benchmark.
            settled = ("VACUUM ANALYZE", "CHECKPOINT") if engine.dialect.name == "postgresql" else ("ANALYZE",)
            for statement in settled:
                connection.exec_driver_sql(statement)
    ask(engine, days)
    engine.dispose()


def main() -> None:
    days = int(os.environ.get("BENCH_DAYS", "30"))
    keep = os.environ.get("BENCH_KEEP")
    with scratch("index") if keep is None else nullcontext(Path(keep)) as folder:
        measure(f"sqlite:///{folder / 'index.sqlite'}", days)
    with cluster(settings="-c shared_buffers=1GB -c max_wal_size=4GB") as url:
        measure(url, days)


if __name__ == "__main__":
    main()
