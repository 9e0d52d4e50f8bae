"""Holds over HTTP: kept at once, told of each camera, renewed, released, and told to nobody beyond reach."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import col

from api.app import create_app
from api.service import Service
from audit.tables import AuditEvent
from camera_registry.cameras import get_camera
from camera_registry.tables import CameraUnit, Ownership
from camera_registry.units import UnitSpec, get_unit, succeed
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import SERVICE
from foundation.storage import LocalFiles
from foundation.timebase import format_instant, parse_instant
from ingest.index.tables import Deletion
from people.rights import Role
from tests.conftest import NOW_US
from tests.support.kept_footage import DAY, MINUTE, Eye, Ward
from tests.support.serving import serving
from tests.support.web import token_of

OLD = NOW_US - 3 * DAY
HERE = {"lat": 10.76505, "lon": 106.665, "radius_m": 5}


def at(us: int) -> str:
    return format_instant(us)


def asked(start_us: int = OLD, end_us: int = OLD + 4 * MINUTE, **more: Any) -> dict[str, Any]:
    where = {} if {"cameras", "place", "area"} & more.keys() else {"cameras": ["C001"]}
    return {"from": at(start_us), "to": at(end_us), "why": "a bag was stolen", **where, **more}


def parts(told: list[dict[str, str]]) -> list[tuple[int, int]]:
    """Return ranges as minutes after `OLD`."""
    return [((parse_instant(x["from"]) - OLD) // MINUTE, (parse_instant(x["to"]) - OLD) // MINUTE) for x in told]


@pytest.fixture
def kept(ward: httpx.Client, service: Service, store: LocalFiles, clock: ManualClock, data_dir: Path) -> Ward:
    """Footage for the cameras of `ward`."""
    return Ward(service.engine, store, clock, data_dir, SERVICE)


def eye(kept: Ward, code: str, days: int = 2) -> Eye:
    with unit_of_work(kept.engine) as session:
        camera = get_camera(session, code)
        assert camera.id is not None
        session.execute(
            sa.update(Ownership)
            .where(col(Ownership.camera_id) == camera.id)
            .values(retention_days=days, valid_from_us=0)
        )
        made = sa.text("INSERT INTO stream (camera_id, kind, ordinal) VALUES (:id, 'sub', 0) RETURNING id")
        return Eye(camera.id, code, int(session.execute(made, {"id": camera.id}).scalar_one()))


def events(service: Service) -> list[tuple[str, str, dict[str, Any]]]:
    question = sa.select(col(AuditEvent.action), col(AuditEvent.object_id), col(AuditEvent.detail))
    chosen = question.where(col(AuditEvent.action).startswith("hold_order:")).order_by(col(AuditEvent.id))
    with unit_of_work(service.engine, writes=False) as session:
        return [(row[0], row[1], json.loads(row[2])) for row in session.execute(chosen)]


def test_a_hold_is_placed_told_and_obeyed(ward: httpx.Client, kept: Ward, service: Service) -> None:
    first, second = eye(kept, "C001"), eye(kept, "C003")
    kept.record(first, OLD, [MINUTE] * 2)
    kept.retain()
    kept.record(first, OLD + 2 * MINUTE, [MINUTE] * 2)
    kept.record(second, OLD, [MINUTE])
    answer = ward.post("/api/v1/holds", json=asked(cameras=["C003", "C001", "C001"], case="2026-117"))
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert answer.headers["location"] == f"/api/v1/holds/{told['id']}"
    assert [(item["camera"], sorted(item)) for item in told["cameras"]] == [
        (code, ["camera", "future", "gone", "kept", "not_recorded"]) for code in ("C001", "C003")
    ]
    mine, its = told["cameras"]
    assert (parts(mine["kept"]), parts(mine["gone"]), mine["not_recorded"]) == ([(2, 4)], [(0, 2)], [])
    assert (parts(its["kept"]), its["gone"], parts(its["not_recorded"]), its["future"]) == (
        [(0, 1)],
        [],
        [(1, 4)],
        None,
    )
    assert (told["state"], told["count"], told["case"]) == ("held", 2, "2026-117")
    assert parse_instant(told["expires"]) == NOW_US + 30 * DAY
    assert kept.retain().age.segments == 0
    assert ward.get(answer.headers["location"]).json() == told
    assert events(service)[-1] == (
        "hold_order:place",
        told["id"],
        {
            "cameras": 2,
            "case": "2026-117",
            "from_us": OLD,
            "to_us": OLD + 4 * MINUTE,
            "until_us": NOW_US + 30 * DAY,
        },
    )
    assert ward.delete(answer.headers["location"]).status_code == 204
    assert ward.delete(answer.headers["location"]).status_code == 204
    assert [name for name, _, _ in events(service)] == ["hold_order:place", "hold_order:release"]
    assert ward.get(answer.headers["location"]).json()["state"] == "released"
    assert kept.retain().age.segments == 3


def test_what_is_to_come_is_kept_until_the_hold_expires_or_longer(ward: httpx.Client, kept: Ward) -> None:
    camera, other = eye(kept, "C001"), eye(kept, "C003")
    window = asked(NOW_US - MINUTE, NOW_US + 2 * MINUTE, until=at(NOW_US + 5 * DAY), cameras=["C001"])
    told = ward.post("/api/v1/holds", json=window).json()
    ward.post("/api/v1/holds", json={**window, "cameras": ["C003"]})
    (item,) = told["cameras"]
    assert (parse_instant(item["future"]["from"]), parse_instant(item["future"]["to"])) == (NOW_US, NOW_US + 2 * MINUTE)
    for one in (camera, other):
        kept.record(one, NOW_US - MINUTE, [MINUTE] * 5)
    kept.clock.advance(4 * DAY)
    assert kept.retain().age.segments == 4
    assert len(ward.get(f"/api/v1/holds/{told['id']}").json()["cameras"][0]["kept"]) == 1
    renewed = ward.post(f"/api/v1/holds/{told['id']}/renew", json={"until": at(NOW_US + 9 * DAY)})
    assert parse_instant(renewed.json()["expires"]) == NOW_US + 9 * DAY
    kept.clock.advance(2 * DAY)
    assert kept.retain().age.segments == 3
    assert (len(kept.starts(camera)), kept.starts(other)) == (3, [])
    kept.clock.advance(3 * DAY)
    assert kept.retain().age.segments == 3


def test_footage_still_with_the_recorder_is_to_come(ward: httpx.Client, kept: Ward) -> None:
    kept.record(eye(kept, "C001"), NOW_US - 4 * MINUTE, [MINUTE] * 3, reason=None, open_us=MINUTE - 5_000_000)
    (item,) = ward.post("/api/v1/holds", json=asked(NOW_US - 3 * MINUTE, NOW_US)).json()["cameras"]
    assert parse_instant(item["kept"][-1]["to"]) == parse_instant(item["future"]["from"]) == NOW_US - 5_000_000
    assert item["not_recorded"] == []


@pytest.mark.parametrize(
    ("where", "codes"),
    [
        ({"place": HERE}, {"C001"}),
        ({"place": {**HERE, "lat": 10.7661, "lon": 106.666}}, {"C002"}),  # nobody knows where it looks
        ({"place": {**HERE, "lat": 10.7649, "include_blind": True}}, {"C001"}),
        (
            {
                "area": {
                    "type": "Polygon",
                    "coordinates": [
                        [
                            [106.66495, 10.7652],
                            [106.67, 10.7652],
                            [106.67, 10.767],
                            [106.66495, 10.767],
                            [106.66495, 10.7652],
                        ]
                    ],
                }
            },
            {"C001", "C002"},
        ),
        ({"cameras": ["C003"]}, {"C003"}),
    ],
)
def test_cameras_are_chosen_by_place_area_or_code(ward: httpx.Client, where: dict[str, Any], codes: set[str]) -> None:
    answer = ward.post("/api/v1/holds", json=asked(NOW_US, NOW_US + MINUTE, **where))
    assert answer.status_code == 201, answer.text
    assert {item["camera"] for item in answer.json()["cameras"]} == codes


BOW = [[106.0, 10.0], [106.01, 10.01], [106.01, 10.0], [106.0, 10.01], [106.0, 10.0]]
WIDE = [[106.0, 10.0], [106.5, 10.0], [106.5, 10.1], [106.0, 10.0]]
MANY = [[106 + n / 1e6, 10 + (n * n) / 1e9] for n in range(1200)]


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"cameras": ["C001", "NONE"]}, 404, "camera_unknown"),
        ({"cameras": [f"X{n}" for n in range(201)]}, 422, "too_many_cameras"),
        ({"to": at(OLD + 7 * DAY + 1_000_000)}, 422, "window_too_long"),
        ({"to": at(OLD)}, 422, "range_empty"),
        ({"until": at(NOW_US)}, 422, "hold_too_short"),
        ({"until": at(NOW_US + 90 * DAY + 1_000_000)}, 422, "hold_too_long"),
        ({"from": at(NOW_US + 40 * DAY), "to": at(NOW_US + 41 * DAY)}, 422, "hold_too_short"),
        ({"place": {"lat": 1, "lon": 1}}, 404, "nothing_to_hold"),
        ({"area": {"type": "Polygon", "coordinates": [BOW]}}, 422, "area_not_usable"),
        ({"area": {"type": "Polygon", "coordinates": [WIDE]}}, 422, "area_not_usable"),
        ({"area": {"type": "Polygon", "coordinates": [[*MANY, MANY[0]]]}}, 422, "area_not_usable"),
        ({"area": {"type": "Polygon", "coordinates": ["x"]}}, 422, "area_not_usable"),
        ({"cameras": ["C001"], "place": HERE}, 422, "request_invalid"),
        ({"why": ""}, 422, "request_invalid"),
    ],
)
def test_what_is_refused_is_named_and_holds_nothing(
    ward: httpx.Client, service: Service, more: dict[str, Any], status: int, code: str
) -> None:
    answer = ward.post(
        "/api/v1/holds", json={**asked(**{k: v for k, v in more.items() if k not in {"from", "to"}}), **more}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ward.get("/api/v1/holds", params={"ended": "true"}).json()["holds"] == []
    told = [(name, detail["act"], detail["why"]) for name, _, detail in events(service)]
    assert told == ([] if code in {"request_invalid", "range_empty"} else [("hold_order:refuse", "place", code)])


def test_the_same_key_is_the_same_hold(ward: httpx.Client, service: Service, client: httpx.Client) -> None:
    first = ward.post("/api/v1/holds", json=asked(), headers={"Idempotency-Key": "k1"})
    again = ward.post("/api/v1/holds", json=asked(), headers={"Idempotency-Key": "k1"})
    assert (again.status_code, again.json()) == (201, first.json())
    other = ward.post("/api/v1/holds", json=asked(case="2"), headers={"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["code"]) == (409, "hold_key_taken")
    somebody = token_of(service, "somebody", roles=[Role.OFFICER])
    theirs = ward.post(
        "/api/v1/holds", json=asked(), headers={"Idempotency-Key": "k1", "Authorization": f"Bearer {somebody}"}
    )
    assert theirs.json()["id"] != first.json()["id"]
    assert [name for name, _, _ in events(service)] == ["hold_order:place", "hold_order:refuse", "hold_order:place"]


def test_a_hold_that_ended_cannot_be_renewed(ward: httpx.Client, clock: ManualClock, service: Service) -> None:
    def place() -> str:
        return f"/api/v1/holds/{ward.post('/api/v1/holds', json=asked()).json()['id']}"

    expired, released = place(), place()
    shorter = ward.post(f"{expired}/renew", json={"until": at(NOW_US + DAY)})
    assert (shorter.status_code, shorter.json()["code"]) == (422, "hold_not_longer")
    assert ward.post(f"{expired}/renew", json={"until": at(NOW_US + 99 * DAY)}).json()["code"] == "hold_too_long"
    ward.delete(released)
    assert ward.post(f"{released}/renew").json()["code"] == "hold_released"
    clock.advance(30 * DAY)
    late = ward.post(f"{expired}/renew")
    assert (late.status_code, late.json()["code"]) == (409, "hold_over")
    assert ward.get(expired).json()["state"] == "expired"
    assert ward.delete(expired).status_code == 204
    assert [detail["why"] for name, _, detail in events(service) if name.endswith("refuse")] == [
        *("hold_not_longer", "hold_too_long", "hold_released", "hold_over")
    ]


def test_the_list_begins_with_what_expires_first_and_leaves_out_what_ended(
    ward: httpx.Client, clock: ManualClock
) -> None:
    made = {
        days: ward.post("/api/v1/holds", json=asked(until=at(NOW_US + days * DAY))).json()["id"]
        for days in (5, 2, 9, 7)
    }
    ward.delete(f"/api/v1/holds/{made[7]}")
    pages, after = [], None
    while True:
        query = {"limit": "2"} | ({"after": after} if after else {})
        page = ward.get("/api/v1/holds", params=query).json()
        pages.append([item["id"] for item in page["holds"]])
        after = page["next"]
        if after is None:
            break
    assert pages == [[made[2], made[5]], [made[9]]]
    clock.advance(3 * DAY)
    assert [item["id"] for item in ward.get("/api/v1/holds").json()["holds"]] == [made[5], made[9]]
    everything = ward.get("/api/v1/holds", params={"ended": "true"}).json()["holds"]
    assert [item["state"] for item in everything] == ["expired", "held", "released", "held"]


@pytest.fixture
def wards(service: Service, ward: httpx.Client) -> Iterator[dict[str, httpx.Client]]:
    """Officers and supervisors of KP1 and KP2, by name: `officer1` and so on."""
    app = create_app(service)
    with unit_of_work(service.engine, writes=False) as session:
        units = {number: get_unit(session, f"KP{number}", NOW_US).id for number in (1, 2)}
    with ExitStack() as stack:
        address = stack.enter_context(serving(app))
        found = {}
        for role, (number, unit) in product((Role.OFFICER, Role.SUPERVISOR), units.items()):
            token = token_of(service, f"{role}{number}", unit_id=unit, roles=[role])
            client = httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"})
            found[f"{role}{number}"] = stack.enter_context(client)
        yield found


def listed(client: httpx.Client) -> set[str]:
    return {item["id"] for item in client.get("/api/v1/holds").raise_for_status().json()["holds"]}


def test_who_sees_and_ends_a_hold(wards: dict[str, httpx.Client], service: Service) -> None:
    """An officer of KP1 holds a camera of KP2 and one of KP1, and one of KP1 alone."""
    officer = wards["officer1"]
    both, own = (
        officer.post("/api/v1/holds", json=asked(cameras=codes)).json()["id"] for codes in (["C001", "C003"], ["C001"])
    )
    far = officer.post("/api/v1/holds", json=asked(cameras=["C003"])).json()["id"]
    seen = {name: listed(client) for name, client in wards.items()}
    assert seen == {
        "officer1": {both, own, far},
        "officer2": set(),
        "supervisor1": {both, own, far},  # of who placed it, or of the camera
        "supervisor2": {both, far},
    }
    for name, client in wards.items():
        for hold in (both, own, far):
            assert (client.get(f"/api/v1/holds/{hold}").status_code == 200) == (hold in seen[name])
    assert wards["officer2"].delete(f"/api/v1/holds/{own}").json()["code"] == "hold_unknown"
    for name, hold, status in (
        ("supervisor1", both, 403),
        ("supervisor2", both, 403),
        ("supervisor1", far, 403),
        ("supervisor2", own, 404),
        ("supervisor2", far, 204),
        ("supervisor1", own, 204),
        ("officer1", both, 204),
    ):
        assert wards[name].delete(f"/api/v1/holds/{hold}").status_code == status, (name, hold)
    refusals = [(object_id, detail) for name, object_id, detail in events(service) if name.endswith("refuse")]
    assert (both, {"act": "release", "why": "hold_not_yours"}) in refusals
    assert (own, {"act": "read", "why": "hold_unknown"}) in refusals


def test_a_unit_that_was_renamed_still_sees_what_was_held_from_it(
    wards: dict[str, httpx.Client], service: Service, clock: ManualClock
) -> None:
    """The camera has left every unit meanwhile, so only who placed it tells whose it is."""
    hold = wards["officer1"].post("/api/v1/holds", json=asked(cameras=["C003"])).json()["id"]
    with unit_of_work(service.engine) as session:
        session.execute(sa.delete(CameraUnit))
        spec = UnitSpec("KP9", "Khu phố 9", "neighbourhood")
        succeed(session, clock, SERVICE, ["KP1"], spec, at_us=NOW_US + 1, kind="renaming")
    clock.advance(MINUTE)
    assert {name: listed(client) for name, client in wards.items()} == {
        "officer1": {hold},
        "officer2": set(),
        "supervisor1": {hold},
        "supervisor2": set(),
    }
    assert wards["supervisor1"].get(f"/api/v1/holds/{hold}").status_code == 200


def test_a_camera_out_of_reach_is_told_by_its_code_alone(wards: dict[str, httpx.Client]) -> None:
    text = wards["officer2"].post("/api/v1/holds", json=asked(place=HERE)).text
    assert '"camera":"C001"' in text
    for secret in ("Láng", "KP1", "Bí Mật", "0912345678", "active", "distance"):
        assert secret not in text


def test_what_was_deleted_before_is_told_as_gone(ward: httpx.Client, kept: Ward, service: Service) -> None:
    camera = eye(kept, "C001")
    with unit_of_work(service.engine) as session:
        session.add(
            Deletion(stream_id=camera.stream_id, start_us=OLD, end_us=OLD + MINUTE, at_us=OLD + DAY, reason="space")
        )
    (item,) = ward.post("/api/v1/holds", json=asked()).json()["cameras"]
    assert (parts(item["gone"]), parts(item["not_recorded"])) == ([(0, 1)], [(1, 4)])


def test_holds_are_counted(ward: httpx.Client, kept: Ward) -> None:
    def figures() -> tuple[float, ...]:
        text = ward.get("/metrics").text
        names = ("matpho_holds", "matpho_holds_expiring", "matpho_held_seconds")
        return tuple(float(re.search(rf"^{name} (\S+)$", text, re.MULTILINE)[1]) for name in names)  # type: ignore[index]

    assert figures() == (0, 0, 0)
    kept.record(eye(kept, "C001"), OLD, [MINUTE] * 3)
    for start, end in ((0, 2), (1, 3)):
        ward.post("/api/v1/holds", json=asked(OLD + start * MINUTE, OLD + end * MINUTE))
    soon = ward.post("/api/v1/holds", json=asked(cameras=["C003"], until=at(NOW_US + 3 * DAY))).json()
    assert figures() == (3, 1, 180)
    ward.delete(f"/api/v1/holds/{soon['id']}")
    assert figures() == (2, 0, 180)
    kept.clock.advance(27 * DAY)
    assert figures() == (2, 2, 180)
    kept.clock.advance(3 * DAY)
    assert figures() == (0, 0, 0)
