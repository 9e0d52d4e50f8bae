"""The audit log: acts per second into it, and proofs out of it, beside a chain of hashes, on SQLite.

`AUDIT_LEAVES` (1,000,000) is how long the log is that is proved from and exported; leaves that are proved from have no contents, which proofs do not read. `BENCH_DIR` is
where the catalogue lies.
"""

import hashlib
import multiprocessing
import os
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from audit.export import write_csv, write_ndjson
from audit.keeping import checkpoint, latest, prove_consistency, prove_inclusion
from audit.log import CONTENT, commitment_to, leaf_of, record
from audit.note import Checkpoint, Signer, read_checkpoint
from audit.tables import AuditEvent, AuditLeaf, AuditPending, AuditPlace
from audit.tree import leaf_hash, verify_inclusion
from benchmarks.harness import alternate, peak_mb, percentile, ratio, say, scratch, spread
from foundation.clock import SystemClock
from foundation.database import create_engine, unit_of_work
from foundation.identity import Actor
from foundation.timebase import TimeRange
from migrations.runner import upgrade

SIGNER = Signer("matpho/benchmark", bytes(32))
OFFICER = Actor("Nguyễn Văn An", "person")
ACTS, ROUNDS, PROOFS = 200, 7, 2_000
_BATCH = 50_000


MODES = ("acts", "proofs", "export")


def main(*modes: str) -> None:
    count = int(os.environ.get("AUDIT_LEAVES", "1000000"))
    if "acts" in (modes or MODES):
        with scratch("audit") as folder:
            acts(folder)
    if "proofs" in (modes or MODES):
        with scratch("audit") as folder:
            proofs(folder, count)
    if "export" in (modes or MODES):
        with scratch("audit") as folder:
            exported(folder, count)


def _catalogue(folder: Path) -> sa.Engine:
    engine = create_engine(f"sqlite:///{folder / 'catalogue.sqlite'}")
    upgrade(engine)
    return engine


class Chain:
    """What one would write instead: a table whose every row has the hash of the row before."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine, self._last = engine, bytes(32)
        with unit_of_work(engine) as session:
            session.execute(
                sa.text("CREATE TABLE chain (id INTEGER PRIMARY KEY, body TEXT NOT NULL, hash BLOB NOT NULL)")
            )

    def act(self) -> None:
        body = f'{{"actor":"{OFFICER.name}","action":"clip:make","at_us":{time.time_ns() // 1000}}}'  # noqa: TID251
        self._last = hashlib.sha256(self._last + body.encode()).digest()
        with unit_of_work(self._engine) as session:
            session.execute(sa.text("INSERT INTO chain (body, hash) VALUES (:b, :h)"), {"b": body, "h": self._last})


def acts(folder: Path) -> None:
    """One act to a transaction, synced, as requests are."""
    engine, clock = _catalogue(folder), SystemClock()
    chain = Chain(engine)

    def ours() -> None:
        for number in range(ACTS):
            with unit_of_work(engine) as session:
                record(session, clock, OFFICER, "clip:make", "clip", str(number), camera="C1", mode="exact")

    def theirs() -> None:
        for _ in range(ACTS):
            chain.act()

    times = alternate(ROUNDS, ours=ours, theirs=theirs)
    each = {name: [one / ACTS for one in found] for name, found in times.items()}
    rows = [
        ("ratio of time, ours / a chain of hashes", f"{ratio(times['ours'], times['theirs']):.2f}"),
        ("ours, an act", spread(each["ours"])),
        ("a chain of hashes, an act", spread(each["theirs"])),
        ("ours, acts in a second", f"{1 / sorted(each['ours'])[ROUNDS // 2]:.0f}"),
    ]
    say("audit: one act to a transaction", rows)


def elsewhere(work: Callable[[Path, int], None], folder: Path, count: int) -> None:
    """Do it in a process of its own, whose memory is not counted."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=(folder, count))
    process.start()
    process.join()
    assert process.exitcode == 0


def fill(folder: Path, count: int) -> None:
    """Let `count` leaves wait."""
    engine = _catalogue(folder)
    for begin in range(0, count, _BATCH):
        rows = [
            {"commitment": secrets.token_bytes(32), "at_us": begin + at, "action": "clip:make"}
            for at in range(min(_BATCH, count - begin))
        ]
        with unit_of_work(engine) as session:
            session.connection().execute(sa.insert(AuditLeaf), rows)
            session.connection().execute(
                sa.insert(AuditPending), [{"at_us": row["at_us"], "commitment": row["commitment"]} for row in rows]
            )


def fill_events(folder: Path, count: int) -> None:
    """Store `count` events with contents, and sign them."""
    engine = _catalogue(folder)
    for begin in range(0, count, _BATCH):
        rows = [_event(number) for number in range(begin, min(begin + _BATCH, count))]
        with unit_of_work(engine) as session:
            connection = session.connection()
            connection.execute(sa.insert(AuditEvent), rows)
            connection.execute(sa.insert(AuditLeaf), [{name: row[name] for name in _LEAF} for row in rows])
            connection.execute(sa.insert(AuditPending), [{name: row[name] for name in _WAITING} for row in rows])
    checkpoint(engine, SystemClock(), SIGNER)


_LEAF, _WAITING = ("commitment", "at_us", "action"), ("commitment", "at_us")


def _event(number: int) -> dict[str, Any]:
    content = dict.fromkeys(CONTENT) | {
        "at_us": number,
        "actor": OFFICER.name,
        "actor_kind": OFFICER.kind,
        "action": "clip:make",
        "object_kind": "clip",
        "object_id": str(number),
        "detail": '{"camera":"C1","complete":true,"mode":"exact"}',
    }
    salt = secrets.token_bytes(32)
    return content | {"salt": salt, "commitment": commitment_to(salt, content)}


def exported(folder: Path, count: int) -> None:
    elsewhere(fill_events, folder, count)
    engine, span = _catalogue(folder), TimeRange(0, count)
    with unit_of_work(engine, writes=False) as session:
        note = latest(session)
    assert note is not None
    told, rows = read_checkpoint(note, [SIGNER.verifier]), []
    for form in ("csv", "ndjson"):
        file, idle, begun = folder / f"log.{form}", anonymous_mb(), time.perf_counter()
        with file.open("w", encoding="utf-8", newline="") as out, peak_of(anonymous_mb) as own:
            if form == "csv":
                found = write_csv(engine, span, told, UTC, out)
            else:
                found = write_ndjson(engine, span, note, told, SIGNER.verifier.text, UTC, out)
        assert found == count
        rate, size = count / (time.perf_counter() - begun), file.stat().st_size / 1e6
        rows.append((f"{form}, events a second", f"{rate:,.0f}; {size:,.0f} MB"))
        rows.append((f"{form}, peak memory of our own", f"{max(own):.0f} MB, {idle:.0f} MB of it before"))
    say(f"audit: export of {count:,} events with their proofs", rows)


def _leaf(engine: sa.Engine, number: int) -> bytes:
    with unit_of_work(engine, writes=False) as session:
        place = session.get_one(AuditPlace, number)
        row = session.get_one(AuditLeaf, place.commitment)
        return leaf_hash(leaf_of(row.at_us, row.action, row.commitment))


def proofs(folder: Path, count: int) -> None:
    engine, clock, chance = _catalogue(folder), SystemClock(), random.Random(7)
    elsewhere(fill, folder, count)
    idle, begun = anonymous_mb(), time.perf_counter()
    with peak_of(anonymous_mb) as own:
        told = read_checkpoint(checkpoint(engine, clock, SIGNER), [SIGNER.verifier])
    placed = time.perf_counter() - begun
    inclusion = [_inclusion(engine, chance.randrange(count), told) for _ in range(PROOFS)]
    consistency = [_consistency(engine, chance.randrange(1, count), told.size) for _ in range(PROOFS)]
    begun, chain = time.perf_counter(), bytes(32)
    for number in range(count):
        chain = hashlib.sha256(chain + number.to_bytes(100, "big")).digest()
    chained = time.perf_counter() - begun
    rows = [
        ("ratio, a chain hashed again / p99 of an inclusion proof", f"{chained / percentile(inclusion, 0.99):,.0f}"),
        ("inclusion proof, p50 / p99", _told(inclusion)),
        ("consistency proof, p50 / p99", _told(consistency)),
        ("a chain hashed again, in memory", f"{chained:.2f} s"),
        ("leaves numbered and hashed into the tree", f"{count / placed:,.0f} a second"),
        ("peak memory of numbering them, of our own", f"{max(own):.0f} MB, {idle:.0f} MB of it before"),
        ("peak memory with the mapped pages of the catalogue", f"{peak_mb():.0f} MB"),
    ]
    say(f"audit: proofs from {count:,} leaves", rows)


def anonymous_mb() -> float:
    """Return what this process holds of its own; pages of a mapped file belong to the system, which takes them back at need."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon:")]
    return int(line.split()[1]) * 1024 / 1e6


@contextmanager
def peak_of(reading: Callable[[], float]) -> Iterator[list[float]]:
    """Give a list in which readings gather, one every 20 ms."""
    found, ending = [reading()], threading.Event()

    def gather() -> None:
        while not ending.wait(0.02):
            found.append(reading())

    thread = threading.Thread(target=gather)
    thread.start()
    try:
        yield found
    finally:
        ending.set()
        thread.join()


def _told(times: list[float]) -> str:
    return f"{percentile(times, 0.5) * 1000:.2f} / {percentile(times, 0.99) * 1000:.2f} ms, n={len(times)}"


def _inclusion(engine: sa.Engine, number: int, told: Checkpoint) -> float:
    """Return what a proof takes in a session of its own; it is checked, too, which is not counted."""
    begun = time.perf_counter()
    with unit_of_work(engine, writes=False) as session:
        proof = prove_inclusion(session, number, told.size)
    took = time.perf_counter() - begun
    verify_inclusion(_leaf(engine, number), number, told.size, proof, told.root)
    return took


def _consistency(engine: sa.Engine, before: int, size: int) -> float:
    begun = time.perf_counter()
    with unit_of_work(engine, writes=False) as session:
        proof = prove_consistency(session, before, size)
    took = time.perf_counter() - begun
    assert proof
    return took


if __name__ == "__main__":
    main()
