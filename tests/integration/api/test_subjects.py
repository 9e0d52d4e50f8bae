"""Requests of data subjects over HTTP: heads of their unit and administrators handle them, auditors read, nobody else knows."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.service import Service
from foundation.clock import ManualClock
from people.rights import Role
from tests.support.people import Folk
from tests.support.serving import serving
from tests.support.ward_office import Office

PLACE = "/api/v1/subject-requests"
WHO = {"name": "Bà Tư", "contact": "0912", "about": "cho tôi xem hình"}
Clients = dict[str, httpx.Client]


@pytest.fixture
def clients(service: Service, clock: ManualClock) -> Iterator[Clients]:
    """`dao` is head of A, `xa` of B, `ngoc` auditor of the ward, `sep` administrator everywhere, `lan` officer of A."""
    office = Office(Folk(service.engine, clock, service.vault))
    for name, role, unit in (("dao", Role.HEAD, "A"), ("xa", Role.HEAD, "B"), ("ngoc", Role.AUDITOR, "W")):
        office.folk.add(name, role, unit_id=office.unit(unit), password=None)
    office.folk.add("sep", Role.ADMINISTRATOR, password=None)
    with serving(create_app(service)) as address:
        found = {
            name: httpx.Client(
                base_url=address,
                headers={"Authorization": f"Bearer {office.folk.token(name)}", "Accept-Language": "en"},
            )
            for name in ("dao", "xa", "ngoc", "sep", "lan")
        }
        yield found
        for client in found.values():
            client.close()


def take(client: httpx.Client, **more: Any) -> httpx.Response:
    return client.post(PLACE, json={"kind": "access", "requester": WHO, "unit": "A", **more})


def test_a_head_takes_acknowledges_and_answers(clients: Clients) -> None:
    window = {"from": "2026-03-07T20:00:00+07:00", "to": "2026-03-07T20:10:00+07:00"}
    made = take(clients["dao"], cameras=["A1"], **window)
    assert (made.status_code, made.headers["location"]) == (201, f"{PLACE}/{made.json()['id']}")
    assert made.json()["acknowledge_by"] == "2026-03-11T00:00:00+07:00"
    assert made.json()["from"] == window["from"]
    here = made.headers["location"]
    assert clients["dao"].post(f"{here}/acknowledge").json()["acknowledged_by"] == "dao"
    refused = clients["dao"].post(f"{here}/answer", json={"outcome": "refused"})
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_missing")
    done = clients["dao"].post(f"{here}/answer", json={"outcome": "done"})
    assert (done.status_code, done.json()["outcome"]) == (200, "done")
    again = clients["dao"].post(f"{here}/answer", json={"outcome": "done"})
    assert (again.status_code, again.json()["code"]) == (409, "subject_step_done")


def test_who_asked_is_told_to_who_handles_it_and_to_nobody_else(clients: Clients) -> None:
    here = take(clients["dao"]).headers["location"]
    assert clients["dao"].get(here).json()["requester"] == WHO
    assert clients["sep"].get(here).json()["requester"] == WHO
    assert "requester" not in clients["ngoc"].get(here).json()
    for name in ("dao", "ngoc", "sep"):
        told = clients[name].get(PLACE)
        assert [one["kind"] for one in told.json()["subject_requests"]] == ["access"]
        assert "0912" not in told.text
    assert clients["xa"].get(PLACE).json() == {"subject_requests": []}
    assert clients["xa"].get(here).json()["code"] == "subject_request_unknown"
    assert clients["lan"].get(PLACE).status_code == 403
    assert clients["ngoc"].post(f"{here}/acknowledge").status_code == 403


def test_who_asked_is_erased(clients: Clients) -> None:
    here = take(clients["dao"]).headers["location"]
    assert clients["dao"].post(f"{here}/erase").json()["code"] == "subject_request_open"
    clients["dao"].post(f"{here}/answer", json={"outcome": "nothing_found", "reason": "không có hình"})
    assert clients["dao"].post(f"{here}/erase").status_code == 200
    assert clients["dao"].get(here).json()["requester"] is None
    assert clients["dao"].get(PLACE, params={"open": "true"}).json() == {"subject_requests": []}


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"unit": "B"}, 404, "unit_unknown"),
        ({"unit": None}, 403, "not_permitted"),
        ({"cameras": ["B1"]}, 404, "camera_unknown"),
        ({"from": "2026-03-07T20:00:00+07:00"}, 422, "half_a_window"),
        ({"received": "2030-01-01T00:00:00Z"}, 422, "received_later"),
        ({"kind": "wish"}, 422, "request_invalid"),
    ],
)
def test_what_is_out_of_reach_or_makes_no_sense_is_refused(
    clients: Clients, more: dict[str, Any], status: int, code: str
) -> None:
    refused = take(clients["dao"], **more)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert clients["dao"].get(PLACE).json() == {"subject_requests": []}


def test_an_administrator_takes_what_is_for_the_whole_house(clients: Clients) -> None:
    made = take(clients["sep"], unit=None)
    assert (made.status_code, made.json()["unit"]) == (201, None)
    assert clients["dao"].get(PLACE).json() == {"subject_requests": []}


def test_what_is_overdue_is_counted(clients: Clients) -> None:
    take(clients["dao"], received="2026-02-27T10:00:00+07:00")
    take(clients["dao"], received="2026-02-01T10:00:00+07:00")
    told = clients["sep"].get("/metrics").text
    assert 'matpho_subject_requests_overdue{step="acknowledge"} 2.0' in told
    assert 'matpho_subject_requests_overdue{step="answer"} 1.0' in told
    order = clients["dao"].get(PLACE).json()["subject_requests"]
    assert [one["overdue"] for one in order] == ["answer", "acknowledge"]
