"""What the service counts, and that it counts no words of anybody."""

import re

import httpx
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from audit.keeping import checkpoint
from audit.note import Signer
from foundation.clock import ManualClock
from tests.support.command_line import ROOT


def values(client: httpx.Client) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    told = client.get("/metrics")
    assert told.status_code == 200
    assert told.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(told.text)
        for sample in family.samples
    }


def test_answers_are_counted_by_route_and_status(ward: httpx.Client) -> None:
    for code in ("C001", "NONE", "C001"):
        ward.get(f"/api/v1/cameras/{code}")
    ward.get("/nowhere/at/all")
    found = values(ward)
    route = "/api/v1/cameras/{code}"

    def answered(route: str, status: str) -> float:
        return found["matpho_http_answers_total", (("method", "GET"), ("route", route), ("status", status))]

    assert (answered(route, "200"), answered(route, "404"), answered("none", "404")) == (2, 1, 1)
    assert found["matpho_http_first_byte_seconds_count", (("route", route),)] == 3
    assert found["matpho_http_sent_bytes_total", (("route", route),)] > 300


def test_nobodys_question_becomes_a_label(ward: httpx.Client) -> None:
    ward.get("/api/v1/cameras/NguyenVanA")
    ward.get("/api/v1/cameras", params={"q": "NguyenVanA"})
    assert "NguyenVanA" not in ward.get("/metrics").text


def test_cameras_jobs_and_the_disk_are_counted_when_asked(ward: httpx.Client) -> None:
    ward.post("/api/v1/imports", params={"camera": "C001", "file_name": "a.mp4"}, content=b"footage")
    found = values(ward)
    cameras = {dict(labels)["status"]: value for (name, labels), value in found.items() if name == "matpho_cameras"}
    assert sum(cameras.values()) == len(ward.get("/api/v1/cameras").json()["features"])
    assert found["matpho_jobs", (("kind", "clips_import"), ("state", "waiting"))] == 1
    assert 0 < found["matpho_data_disk_free_bytes", ()] <= found["matpho_data_disk_bytes", ()]


def test_how_far_the_audit_log_is_signed_is_told(
    ward: httpx.Client, sqlite_engine: sa.Engine, clock: ManualClock
) -> None:
    clock.advance(90_000_000)
    found = values(ward)
    assert found["matpho_audit_checkpoint_leaves", ()] == 0
    assert found["matpho_audit_uncovered_age_seconds", ()] == 90
    checkpoint(sqlite_engine, clock, Signer("matpho/test", bytes(32)))
    with sqlite_engine.connect() as connection:
        events = connection.execute(sa.text("SELECT count(*) FROM audit_event")).scalar_one()
    found = values(ward)
    assert found["matpho_audit_checkpoint_leaves", ()] == events > 2
    assert found["matpho_audit_uncovered_age_seconds", ()] == 0
    states = {dict(labels)["state"]: one for (name, labels), one in found.items() if name == "matpho_audit_witnesses"}
    assert states == {"told": 0, "waiting": 0, "failing": 0}
    assert found["matpho_audit_untold_age_seconds", ()] == 0


def test_the_reference_names_all_of_them(ward: httpx.Client) -> None:
    ward.post("/api/v1/imports", params={"camera": "C001", "file_name": "a.mp4"}, content=b"footage")
    page = (ROOT / "docs" / "ref" / "metrics.md").read_text()
    documented = set(re.findall(r"^\| `(matpho_\w+)`", page, re.MULTILINE))
    ends = re.compile(r"_(bucket|count|sum)$")
    assert {ends.sub("", name) for name, _ in values(ward) if not name.endswith("_created")} == documented
