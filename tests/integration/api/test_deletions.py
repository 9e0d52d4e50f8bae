"""The log of deletions over HTTP: by unit, by time of deletion, as JSON and CSV, for auditors and administrators."""

import csv
import io
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.timebase import TimeRange, format_instant
from ingest.index.tables import Deletion

PLACE = "/api/v1/deletions"
HOUR, DAY = 3_600_000_000, 86_400_000_000


@pytest.fixture
def emptied(ward: httpx.Client, sqlite_engine: sa.Engine, clock: ManualClock, data_dir: Path) -> httpx.Client:
    """C001 (unit KP1) lost an hour today, C003 (KP2) one yesterday, of which nobody counted the bytes."""
    now = clock.now_us()
    with unit_of_work(sqlite_engine) as session:
        for code, at_us, size in (("C001", now, 7), ("C003", now - DAY, None)):
            camera = session.execute(sa.text("SELECT id FROM camera WHERE code = :c"), {"c": code}).scalar_one()
            insert = sa.text("INSERT INTO stream (camera_id, kind, ordinal) VALUES (:c, 'clips', 7) RETURNING id")
            stream = session.execute(insert, {"c": camera}).scalar_one()
            gone = TimeRange(now - 30 * DAY, now - 30 * DAY + HOUR)
            place = {"stream_id": stream, "start_us": gone.start_us, "end_us": gone.end_us}
            session.add(Deletion(**place, at_us=at_us, reason="age", size_bytes=size))
    return ward


def period(clock: ManualClock, days: int = 2) -> dict[str, str]:
    now = clock.now_us()
    return {"from": format_instant(now - days * DAY), "to": format_instant(now + 1)}


def test_it_tells_what_went_oldest_deletion_first(emptied: httpx.Client, clock: ManualClock) -> None:
    found = emptied.get(PLACE, params=period(clock)).json()["deletions"]
    assert [(one["camera"], one["why"], one["bytes"]) for one in found] == [("C003", "age", None), ("C001", "age", 7)]
    assert found[1] == {
        "camera": "C001",
        "from": "2026-02-05T21:00:00+07:00",
        "to": "2026-02-05T22:00:00+07:00",
        "why": "age",
        "at": "2026-03-07T21:00:00+07:00",
        "bytes": 7,
    }
    today = {"from": format_instant(clock.now_us()), "to": format_instant(clock.now_us() + 1)}
    assert [one["camera"] for one in emptied.get(PLACE, params=today).json()["deletions"]] == ["C001"]


def test_a_unit_has_its_own(emptied: httpx.Client, clock: ManualClock) -> None:
    found = emptied.get(PLACE, params={"unit": "KP2", **period(clock)}).json()["deletions"]
    assert [one["camera"] for one in found] == ["C003"]
    assert emptied.get(PLACE, params={"unit": "KP9", **period(clock)}).json()["code"] == "unit_unknown"


@pytest.mark.parametrize(("more", "accept"), [({"format": "csv"}, "*/*"), ({}, "text/csv")])
def test_as_a_table(emptied: httpx.Client, clock: ManualClock, more: dict[str, str], accept: str) -> None:
    answer = emptied.get(PLACE, params=period(clock) | more, headers={"Accept": accept})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["camera"], row["bytes"]) for row in rows] == [("C003", ""), ("C001", "7")]


def test_too_much_and_no_known_form_are_refused(emptied: httpx.Client, clock: ManualClock) -> None:
    assert emptied.get(PLACE, params=period(clock, 93)).json()["code"] == "span_too_long"
    assert emptied.get(PLACE, params=period(clock) | {"format": "svg"}).json()["code"] == "format_unknown"
