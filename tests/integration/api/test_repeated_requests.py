"""A request for footage that is sent again, because its answer was lost, is not made again."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.app import create_app
from foundation.clock import ManualClock
from foundation.timebase import format_instant
from tests.conftest import NOW_US
from tests.support.people import Folk
from tests.support.serving import serving
from tests.support.ward_office import MINUTE, Office
from tests.support.web import make_service

SPAN = {"from": format_instant(NOW_US - 30 * MINUTE), "to": format_instant(NOW_US - 20 * MINUTE)}
ASKED = {"cameras": ["B1", "A1", "A2"], "purpose": "traffic", "case_number": "VA-2026-1", **SPAN}


@pytest.fixture
def office(engine: sa.Engine, data_dir: Path, clock: ManualClock) -> Office:
    return Office(Folk(engine, clock, make_service(engine, data_dir, clock).vault))


@pytest.fixture
def clients(engine: sa.Engine, data_dir: Path, clock: ManualClock, office: Office) -> Iterator[dict[str, httpx.Client]]:
    with serving(create_app(make_service(engine, data_dir, clock))) as address:
        found = {
            name: httpx.Client(
                base_url=address,
                headers={"Authorization": f"Bearer {office.folk.token(name, days=300)}", "Accept-Language": "en"},
            )
            for name in office.ids
        }
        yield found
        for client in found.values():
            client.close()


def ask(client: httpx.Client, key: str, **more: Any) -> httpx.Response:
    return client.post("/api/v1/requests", json={**ASKED, **more}, headers={"Idempotency-Key": key})


def acts(office: Office) -> list[str]:
    return [name for name in office.folk.events() if name.startswith(("request:", "hold:"))]


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 201, answer.text
    return [one["id"] for one in answer.json()["requests"]]


def test_the_same_key_and_body_is_the_same_answer(clients: dict[str, httpx.Client], office: Office) -> None:
    first = ask(clients["lan"], "k1")
    done = acts(office)
    again = ask(clients["lan"], "k1")
    assert (again.status_code, again.json(), again.headers["location"]) == (
        *(201, first.json()),
        first.headers["location"],
    )
    assert len(ids(first)) == 2
    clients["minh"].post(f"/api/v1/requests/{ids(first)[1]}/approve", json={})
    later = ask(clients["lan"], "k1")
    assert [one["state"] for one in later.json()["requests"]] == ["submitted", "approved"]  # told as of now
    assert acts(office) == [*done, "request:approve"]


@pytest.mark.parametrize(
    "more", [{"case_number": "VA-2"}, {"cameras": ["A1"]}, {"submit": False}, {"why": "x", "break_glass": True}]
)
def test_the_same_key_for_something_else_is_a_conflict(
    clients: dict[str, httpx.Client], office: Office, more: dict[str, Any]
) -> None:
    ask(clients["lan"], "k1")
    done = acts(office)
    other = ask(clients["lan"], "k1", **more)
    assert (other.status_code, other.json()["code"]) == (409, "request_key_taken")
    assert acts(office) == done


def test_keys_are_of_a_person_and_none_is_kept_of_what_was_refused(
    clients: dict[str, httpx.Client], office: Office
) -> None:
    assert ask(clients["lan"], "k1", cameras=["A1", "NONE"]).status_code == 404
    mine, theirs = ids(ask(clients["lan"], "k1")), ids(ask(clients["tu"], "k1", case_number="VA-3"))
    assert not set(mine) & set(theirs)
    without = [clients["lan"].post("/api/v1/requests", json=ASKED) for _ in range(2)]
    assert ids(without[0]) != ids(without[1])


def test_a_draft_is_submitted_once(clients: dict[str, httpx.Client], office: Office) -> None:
    lan, key = clients["lan"], {"Idempotency-Key": "s1"}
    first, other = (ids(ask(lan, f"d{n}", cameras=["A1"], submit=False))[0] for n in range(2))
    answers = [lan.post(f"/api/v1/requests/{first}/submit", headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["state"] == "submitted"
    assert acts(office).count("request:submit") == 1
    for taken in (lan.post(f"/api/v1/requests/{other}/submit", headers=key), ask(lan, "s1")):
        assert (taken.status_code, taken.json()["code"]) == (409, "request_key_taken")
    late = lan.post(f"/api/v1/requests/{first}/submit", headers={"Idempotency-Key": "s2"})
    assert (late.status_code, late.json()["code"]) == (409, "step_impossible")
    theirs = clients["tu"].post(f"/api/v1/requests/{first}/submit", headers=key)
    assert theirs.status_code == 404


def test_of_several_at_once_one_is_made(clients: dict[str, httpx.Client], office: Office) -> None:
    for turn in range(3):
        answers: list[httpx.Response] = []
        ready = threading.Barrier(6)

        def send(key: str = f"t{turn}", ready: threading.Barrier = ready) -> None:
            ready.wait()
            answers.append(ask(clients["lan"], key))  # noqa: B023

        threads = [threading.Thread(target=send) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({tuple(ids(answer)) for answer in answers}) == 1
    assert acts(office).count("request:draft") == 3 * 2
