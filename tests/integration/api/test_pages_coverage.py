"""What is truly covered, on pages: the numbers of the core, of units within reach only, with and without JavaScript."""

import csv
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col

from camera_registry.camera_import import import_cameras
from camera_registry.secrets import Vault
from camera_registry.tables import Camera, Stream
from camera_registry.units import import_units
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.timebase import TimeRange
from ingest.index.queries import add_run
from ingest.index.reasons import GAP_TEXT
from ingest.index.records import GapReason
from people.rights import Role
from tests.support.audited_ward import BEGIN, HOUR
from tests.support.pages import Desk, desk_of, rows, said
from tests.support.people import Folk
from tests.support.ward_office import Office
from tests.support.web import CAMERAS, UNITS

DAY = 24 * HOUR


@pytest.fixture
def desk(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    """A ward where C001 recorded from 7 to 11 o'clock, and the day before from 9 to 21."""
    office = Office(Folk(engine, clock, Vault.open(data_dir / "keys" / "camera.key")))
    with unit_of_work(engine) as session:
        import_units(session, clock, COMMAND_LINE, "units.geojson", UNITS.encode())
        import_cameras(session, clock, office.folk.vault, COMMAND_LINE, "cameras.csv", CAMERAS.encode())
        session.execute(sa.update(Camera).values(registered_us=BEGIN - 40 * DAY))
        camera = session.execute(sa.select(col(Camera.id)).where(col(Camera.code) == "C001")).scalar_one()
        stream = Stream(camera_id=camera, kind="clips", ordinal=7)
        session.add(stream)
        session.flush()
        assert stream.id is not None
        for span in (TimeRange(BEGIN - 22 * HOUR, BEGIN - 10 * HOUR), TimeRange(BEGIN, BEGIN + 4 * HOUR)):
            add_run(session, stream.id, span, clock_source="receiver", end_reason="stalled")
    with desk_of(office, data_dir) as found:
        yield found


def test_the_ground_as_numbers_as_a_map_and_without_javascript(desk: Desk) -> None:
    auditor = desk.of("bao", Role.AUDITOR)
    assert 'value="06/03/2026"' in auditor.open("/coverage").page
    auditor.open("/coverage?unit=KP1&day=07/03/2026&begin=07:00&end=17:00&cell=50")
    assert (auditor.status, "07:00:00–17:00:00" in said(auditor)) == (200, True)
    (unit,) = [row for row in rows(auditor) if "KP1" in row[0]]
    assert unit[1:5] == ["2", "1", "1", "20.0 %"]
    block = re.search(r'<script type="application/json" id="coverage-data">(.*?)</script>', auditor.page, re.DOTALL)
    assert block is not None
    data = json.loads(block.group(1))
    shares = [one["properties"]["recorded"] for one in data["cells"]["features"]]
    counts = [int(number) for number in re.findall(r"(?:%|recorded): (\d+) cells", said(auditor))]
    assert (sum(counts), counts[0]) == (len(shares), sum(share == 0 for share in shares))
    geojson = auditor.open(unescape(re.findall(r'href="(/api/v1/coverage\?[^"]+geojson)"', auditor.page)[0])).page
    cells = [one["properties"] for one in json.loads(geojson)["features"] if one["properties"]["kind"] == "cell"]
    assert shares == [one["recorded"] for one in cells]
    assert 0 < max(shares) <= 0.4  # four of ten hours, where the camera looks
    auditor.open("/coverage?unit=KP1&day=07/03/2026&begin=07:00&end=17:00&cell=50")
    assert '<div class="drawn"><svg' in auditor.page
    assert "style=" not in auditor.page
    files = re.findall(r'href="(/api/v1/coverage\?[^"]+)"', auditor.page)
    assert [auditor.open(unescape(one)).status for one in files] == [200, 200, 200]


def test_coverage_is_of_units_within_reach_and_refuses_with_words(desk: Desk) -> None:
    of_one = desk.of("an", Role.AUDITOR, "KP1")
    assert [unit for unit in ("KP1", "KP2") if f'<option value="{unit}"' in of_one.open("/coverage").page] == ["KP1"]
    assert "C003" not in of_one.open("/coverage/days").page
    for query, field in (
        ("unit=KP2&day=06/03/2026", "unit"),
        ("day=06/03/2026", "unit"),
        ("unit=KP1&day=31/02/2026", "day"),
        ("unit=KP1&day=06/03/2026&begin=25:00&end=09:00", "begin"),
        ("unit=KP1&day=06/03/2026&begin=09:00&end=08:00", "end"),
    ):
        of_one.open(f"/coverage?{query}")
        assert (of_one.status in {404, 422}, f'id="{field}-fault"' in of_one.page) == (True, True), query
    assert of_one.open("/coverage?unit=KP1&day=01/04/2026").status == 422  # is still to come
    assert desk.of("bao", Role.AUDITOR).open("/coverage?day=06/03/2026").status == 200


def test_cameras_by_days_tell_the_share_and_the_reason(desk: Desk) -> None:
    auditor = desk.of("bao", Role.AUDITOR)
    auditor.open("/coverage/days?unit=KP1")
    table = {row[0]: row[1:] for row in rows(auditor)}
    assert (table["C001"][-2:], len(table["C001"]), set(table["C002"])) == (["50", "19"], 30, {"0"})
    (gap,) = [row for row in rows(auditor) if row[0].startswith("Ngõ 12")]
    assert gap[3] == GAP_TEXT[GapReason.NOT_RECORDED]
    answer = auditor.open("/coverage/days?unit=KP1&from_day=08/12/2025&format=csv").page
    told = list(csv.DictReader(io.StringIO(answer.lstrip("\ufeff"))))
    assert len(told) == 2 * 90
    (day,) = [row for row in told if (row["camera"], row["day"]) == ("C001", "2026-03-06")]
    assert (day["recorded_s"], day["share"], day["reason"]) == ("43200", "0.500000", "not_recorded")
    auditor.open("/coverage/days?unit=KP1&from_day=05/03/2026&to_day=06/03/2026", **{"Accept-Language": "vi"})
    assert {row[0]: row[1:] for row in rows(auditor)}["C001"] == ["0", "50"]
    assert ("05/03/2026–06/03/2026" in said(auditor), "25,0 %" in said(auditor)) == (True, True)
    auditor.open("/coverage/days?from_day=07/12/2025")
    assert (auditor.status, "more than 90 days" in said(auditor), "from_day-fault" in auditor.page) == (422, True, True)
    assert desk.of("lan").open("/coverage/days").status == 200
    assert "C001" not in desk.of("lan").open("/coverage/days").page
