"""Events by HTTP: found by who, what and where, page by page; exported with proofs; what was erased stays so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import col

from api.app import create_app
from api.service import Service
from audit.erasing import erase
from audit.keeping import checkpoint
from audit.log import record
from audit.signing import AUDIT_KEY, open_signer
from audit.tables import AuditEvent
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE, Actor
from foundation.timebase import format_instant
from people.rights import Role
from tests.conftest import NOW_US
from tests.support.audit_export_reader import check_csv, check_ndjson
from tests.support.serving import serving
from tests.support.web import make_service, token_of

PLACE = "/api/v1/audit/events"
DAY = 86_400_000_000
SPAN = {"from": format_instant(NOW_US), "to": format_instant(NOW_US + DAY)}
LAN, TU = Actor("lan", "person", address="127.0.0.7"), Actor("tư", "person")


@pytest.fixture
def service(engine: sa.Engine, data_dir: Path, clock: ManualClock) -> Service:
    return make_service(engine, data_dir, clock)


@pytest.fixture
def auditor(service: Service, clock: ManualClock) -> Iterator[httpx.Client]:
    """Who checks the log; nothing of how they came to be is in `SPAN`."""
    token = token_of(service, "inspector", roles=[Role.AUDITOR])
    clock.advance(1)
    with serving(create_app(service)) as address:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        with httpx.Client(base_url=address, headers=headers) as found:
            yield found


@pytest.fixture
def log(service: Service, auditor: httpx.Client, clock: ManualClock) -> list[str]:
    """Acts on cameras, and the action of each; the last one is numbered and signed."""
    acts: list[tuple[Actor, str, str, str, dict[str, Any]]] = [
        (LAN, "camera:edit", "camera", "A1", {"fields": ["name"], "values": {"name": "=1+1 \"A2\" 'x'"}}),
        (TU, "camera:edit", "camera", "A2", {"fields": []}),
        (LAN, "request:draft", "request", "R1", {"cameras": ["A1", "A2"], "note": ""}),
        (TU, "request:approve", "request", "R1", {"cameras": ["A1"], "note": "see A2"}),
        (LAN, "clip:make", "clip", "K1", {"camera": "A1"}),
        (COMMAND_LINE, "hold_order:place", "hold_order", "A1", {"cameras": 2}),
    ]
    for actor, action, kind, name, detail in acts:
        clock.advance(1_000_000)
        with unit_of_work(service.engine) as session:
            record(session, clock, actor, action, kind, name, **detail)
    checkpoint(service.engine, clock, open_signer(service.data / AUDIT_KEY))
    return [action for _, action, _, _, _ in acts]


def read(client: httpx.Client, **asked: Any) -> dict[str, Any]:
    answer = client.get(PLACE, params={**SPAN, **asked})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def acts_of(found: dict[str, Any]) -> list[str]:
    return [one["action"] for one in found["events"] if not one["action"].startswith(("person:", "role:", "token:"))]


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"actor": "lan"}, [0, 2, 4]),
        ({"actor": "tư", "action": "request"}, [3]),
        ({"action": "request"}, [2, 3]),
        ({"action": "request:draft"}, [2]),
        ({"action": "req"}, []),
        ({"action": "request_"}, []),
        ({"object": "R1"}, [2, 3]),
        ({"object": "A1"}, [0, 5]),
        ({"camera": "A1"}, [0, 2, 3, 4]),
        ({"camera": "A2"}, [1, 2]),
        ({"camera": "a1"}, []),
        ({"camera": "A_"}, []),
        ({"camera": "%"}, []),
        ({"to": format_instant(NOW_US + 3_000_001)}, [0, 1]),
        ({"from": format_instant(NOW_US + 6_000_001)}, [5]),
    ],
)
def test_events_are_found(auditor: httpx.Client, log: list[str], asked: dict[str, str], places: list[int]) -> None:
    assert acts_of(read(auditor, **asked)) == [log[place] for place in places]


def test_pages_follow_each_other_and_readings_are_events(auditor: httpx.Client, log: list[str]) -> None:
    whole = read(auditor)
    pages: list[dict[str, Any]] = []
    after: dict[str, int] = {}
    while True:
        page = read(auditor, limit=2, **after)
        pages += page["events"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert pages == whole["events"]
    numbers = [one["number"] for one in pages]
    assert numbers == sorted(set(numbers))
    assert (pages[-1]["actor"], pages[-1]["address"], pages[-1]["object_id"]) == ("command line", None, "A1")
    assert read(auditor, after=numbers[-1]) == {"size": whole["size"], "events": [], "next": None}


def own_acts(service: Service) -> list[tuple[str, str, str]]:
    question = sa.select(col(AuditEvent.action), col(AuditEvent.actor), col(AuditEvent.detail))
    chosen = question.where(col(AuditEvent.action).startswith("audit:")).order_by(col(AuditEvent.id))
    with unit_of_work(service.engine, writes=False) as session:
        return [tuple(row) for row in session.execute(chosen)]


def test_reading_and_exporting_are_acts(auditor: httpx.Client, log: list[str], service: Service) -> None:
    read(auditor, actor="lan", camera="A1")
    auditor.get(PLACE, params={**SPAN, "format": "csv", "action": "clip"})
    start, end = f'"from_us":{NOW_US}', f'"to_us":{NOW_US + DAY}'
    assert own_acts(service) == [
        ("audit:read", "inspector", f'{{{start},"only":{{"actor":"lan","camera":"A1"}},{end}}}'),
        ("audit:export", "inspector", f'{{{start},"only":{{"action":"clip"}},{end}}}'),
    ]
    exported = auditor.get(PLACE, params={**SPAN, "format": "ndjson", "action": "audit"}).text
    assert exported.count("audit:export") == 2  # the second one tells of itself: it was stored before


@pytest.mark.parametrize("how", ["format", "accept"])
@pytest.mark.parametrize(("name", "kind"), [("ndjson", "application/x-ndjson"), ("csv", "text/csv")])
def test_an_export_proves_itself(
    auditor: httpx.Client, log: list[str], service: Service, tmp_path: Path, how: str, name: str, kind: str
) -> None:
    more: dict[str, Any] = {"params": {**SPAN, "format": name}} if how == "format" else {"headers": {"Accept": kind}}
    answer = auditor.get(PLACE, **{"params": SPAN, **more})
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{kind}; charset=utf-8")
    assert "content-length" not in answer.headers
    assert answer.headers["content-disposition"].endswith(f'.{name}"')
    out = tmp_path / f"events.{name}"
    out.write_bytes(answer.content)
    if name == "csv":
        (at,) = [part.split(">")[0][1:] for part in answer.headers["link"].split(",")]
        out.with_suffix(".checkpoint").write_text(auditor.get(at).text, encoding="utf-8")
        rows = check_csv(out, open_signer(service.data / AUDIT_KEY).verifier.text)
    else:
        rows = check_ndjson(out)
    found = [row["action"] for row in rows if row["action"] in {*log, "audit:export"}]
    assert found == [*log, "audit:export"]
    part = auditor.get(PLACE, params={**SPAN, "format": "ndjson", "camera": "A2"})
    out.write_bytes(part.content)
    assert [row["action"] for row in check_ndjson(out)] == ["camera:edit", "request:draft"]
    assert '"only": {"camera": "A2"}' in part.text


def test_what_was_erased_stays_so(auditor: httpx.Client, log: list[str], service: Service, tmp_path: Path) -> None:
    before = read(auditor, action="camera:edit")["events"][0]
    with unit_of_work(service.engine) as session:
        ours = sa.select(col(AuditEvent.id)).where(col(AuditEvent.commitment) == bytes.fromhex(before["commitment"]))
        erase(session, service.clock, COMMAND_LINE, [session.execute(ours).scalar_one()], "asked to")
    after = read(auditor, action="camera:edit")["events"][0]
    told = {"number", "at_us", "at_utc", "at_local", "action", "commitment"}
    assert {name for name, value in after.items() if value is not None} == {*told, "erased"}
    assert after["erased"]
    assert {name: after[name] for name in told} == {name: before[name] for name in told}
    assert acts_of(read(auditor, actor="lan")) == ["request:draft", "clip:make"]
    for name in ("ndjson", "csv"):
        text = auditor.get(PLACE, params={**SPAN, "format": name}).text
        assert before["salt"] not in text
        assert "1+1" not in text
    out = tmp_path / "events.ndjson"
    out.write_text(auditor.get(PLACE, params={**SPAN, "format": "ndjson"}).text, encoding="utf-8")
    assert [row["erased"] for row in check_ndjson(out)].count(True) == 1


def test_a_long_log_is_sent_in_pieces_and_holds_nobody_up(auditor: httpx.Client, service: Service) -> None:
    with unit_of_work(service.engine) as session:
        for number in range(2500):
            record(session, service.clock, LAN, "camera:edit", "camera", f"C{number % 2}", number=number)
    with auditor.stream("GET", PLACE, params={**SPAN, "format": "ndjson", "camera": "C1"}) as answer:
        lines = answer.iter_lines()
        next(lines)
        with unit_of_work(service.engine) as session:  # somebody acts meanwhile
            record(session, service.clock, TU, "camera:edit", "camera", "C1")
        assert sum(1 for _ in lines) == 1250
    page = read(auditor, camera="C0", limit=1000)
    assert len(page["events"]) == 1000
    assert len(read(auditor, camera="C0", limit=1000, after=page["next"])["events"]) == 250


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"format": "xml"}, "format_unknown"),
        ({"to": SPAN["from"]}, "range_empty"),
        ({"after": "-1"}, "request_invalid"),
        ({"limit": "1001"}, "request_invalid"),
    ],
)
def test_what_cannot_be_answered_is_named_and_is_no_reading(
    auditor: httpx.Client, service: Service, asked: dict[str, str], code: str
) -> None:
    answer = auditor.get(PLACE, params={**SPAN, **asked})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert own_acts(service) == []


def test_a_checkpoint_of_a_size_is_that_or_none(auditor: httpx.Client, log: list[str]) -> None:
    newest = auditor.get("/api/v1/audit/checkpoint").text
    size = int(newest.split("\n")[1])
    assert auditor.get("/api/v1/audit/checkpoint", params={"size": size}).text == newest
    answer = auditor.get("/api/v1/audit/checkpoint", params={"size": size + 1})
    assert (answer.status_code, answer.json()["code"]) == (404, "checkpoint_unknown")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AUDITOR])
def test_events_are_for_auditors(auditor: httpx.Client, service: Service, role: Role) -> None:
    headers = {"Authorization": f"Bearer {token_of(service, str(role), roles=[role])}"}
    for kind in ("json", "ndjson", "csv"):
        answer = auditor.get(PLACE, params={**SPAN, "format": kind}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert own_acts(service) == []
