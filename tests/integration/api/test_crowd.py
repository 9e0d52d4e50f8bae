"""Two hundred people sign in and ask at once, some with wrong passwords, some guessed at: every answer is right."""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import col

from access.tables import FootageRequest
from api.app import create_app
from api.cookies import SESSION
from audit.tables import AuditEvent
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.timebase import format_instant
from ingest.index.tables import Hold
from people import totp
from people.rights import Role
from people.tables import BrowserSession
from tests.conftest import NOW_US
from tests.support.audit_log import Log
from tests.support.browser_forms import Browser
from tests.support.people import PASSWORD, Folk
from tests.support.serving import serving
from tests.support.ward_office import MINUTE, Office
from tests.support.web import make_service

PEOPLE = 200
WRONG, GUESSES, FREE = "không phải mật khẩu", 7, 5
SPAN = {"from": format_instant(NOW_US - 30 * MINUTE), "to": format_instant(NOW_US - 20 * MINUTE)}
ENTERED = ["sign_in:done", "second_factor:set", "sign_in:done"]
ASKED = ["request:draft", "request:submit", "hold:place"]


@dataclass
class Somebody:
    """An officer with a machine of their own; `told` is what came back, `went_wrong` what kept them from going on."""

    number: int
    told: dict[str, Any] = field(default_factory=dict)
    went_wrong: str = ""

    @property
    def name(self) -> str:
        return f"officer{self.number:03}"

    @property
    def address(self) -> str:
        return f"127.1.{self.number // 100}.{self.number % 100 + 1}"

    @property
    def guesser(self) -> str:
        return self.address.replace("127.1.", "127.2.")

    @property
    def camera(self) -> str:
        return ("A1", "A2", "B1")[self.number % 3]

    @property
    def forgot(self) -> bool:
        """Whether they only know a wrong password."""
        return self.number % 5 == 0

    @property
    def mistypes(self) -> bool:
        return self.number % 5 == 1

    @property
    def guessed_at(self) -> bool:
        """Whether somebody elsewhere tries passwords for their account meanwhile."""
        return self.number % 20 == 3

    @property
    def acts(self) -> list[str]:
        """What the log has to have from their address."""
        refused = ["sign_in:refuse"] if self.forgot or self.mistypes else []
        return refused if self.forgot else [*refused, *ENTERED, *ASKED]


@contextmanager
def machine(server: str, address: str) -> Iterator[httpx.Client]:
    """Give a client whose requests come from `address` of this machine."""
    transport = httpx.HTTPTransport(local_address=address, verify=False)
    with httpx.Client(base_url=server, transport=transport, timeout=120, headers={"Accept-Language": "en"}) as client:
        yield client


def goes(server: str, who: Somebody) -> None:
    with machine(server, who.address) as client:
        browser = Browser(client).open("/sign-in")
        if who.forgot or who.mistypes:
            browser.send("/sign-in", name=who.name, password=WRONG)
            who.told["refused"] = (browser.status, SESSION in browser.cookies, client.get("/api/v1/me").status_code)
        if not who.forgot:
            enters(browser, who)
            asks(browser, who)


def enters(browser: Browser, who: Somebody) -> None:
    browser.send("/sign-in", name=who.name, password=PASSWORD)
    key = re.search(r'<code id="key">(\w+)</code>', browser.page)
    assert key is not None, (browser.status, browser.place)
    browser.send("/sign-in/phone", code=totp.code_at(key.group(1), totp.step_of(NOW_US)))
    assert browser.status == 200, browser.page


def asks(browser: Browser, who: Somebody) -> None:
    """Draft and submit with the session, and look at who one is and what one has asked for."""
    token = re.search(r'name="form_token" value="([^"]+)"', browser.open("/account").page)
    assert token is not None, browser.status
    headers = {"Cookie": f"{SESSION}={browser.cookies[SESSION]}", "X-Form-Token": token.group(1)}
    client = browser.client
    who.told["me"] = client.get("/api/v1/me", headers=headers).json()
    body = {"cameras": [who.camera], "purpose": "traffic", "case_number": f"VA-{who.name}", "submit": False, **SPAN}
    drafted = client.post("/api/v1/requests", json=body, headers=headers)
    assert drafted.status_code == 201, drafted.text
    (request,) = drafted.json()["requests"]
    submitted = client.post(f"/api/v1/requests/{request['id']}/submit", headers=headers)
    assert submitted.status_code == 200, submitted.text
    who.told["request"] = submitted.json()
    who.told["mine"] = client.get("/api/v1/requests", headers=headers).json()["requests"]


def guesses(server: str, who: Somebody) -> None:
    with machine(server, who.guesser) as client:
        browser = Browser(client).open("/sign-in")
        who.told["guesses"] = [
            browser.send("/sign-in", name=who.name, password=f"{WRONG} {number}").status for number in range(GUESSES)
        ]


def all_at_once(server: str, people: list[Somebody]) -> None:
    acts = [(goes, who) for who in people] + [(guesses, who) for who in people if who.guessed_at]
    ready = threading.Barrier(len(acts))

    def act(what: Any, who: Somebody) -> None:
        ready.wait()
        try:
            what(server, who)
        except Exception as error:  # noqa: BLE001 - told to the test
            who.went_wrong += f"{type(error).__name__}: {error}"

    with ThreadPoolExecutor(len(acts)) as pool:
        for what, who in acts:
            pool.submit(act, what, who)


@pytest.fixture
def office(engine: sa.Engine, data_dir: Path, clock: ManualClock) -> Office:
    """The office of both units, on each database."""
    if engine.dialect.name == "sqlite":  # what a power cut leaves is no question here, nor how fast this machine is:
        engine.dispose()  # SQLite lets those that wait in as it happens, and two hundred that hash passwords take long
        for setting in ("synchronous=OFF", "busy_timeout=180000"):
            sa.event.listen(engine, "connect", lambda one, _, setting=setting: one.execute(f"PRAGMA {setting}"))
    return Office(Folk(engine, clock, make_service(engine, data_dir, clock).vault))


def test_everybody_gets_their_own_answer(office: Office, data_dir: Path, clock: ManualClock) -> None:
    people = [Somebody(number) for number in range(PEOPLE)]
    units = {"A1": office.unit("A"), "A2": office.unit("A"), "B1": office.unit("B")}
    for who in people:
        office.ids[who.name] = office.folk.add(who.name, Role.OFFICER, unit_id=units[who.camera]).id
    before = len(office.folk.events())
    with serving(create_app(make_service(office.engine, data_dir, clock))) as server:
        all_at_once(server, people)
    assert [(who.name, who.went_wrong) for who in people if who.went_wrong] == []
    for who in people:
        answers_are_right(who)
    log_is_right(office, people, before)
    counts_add_up(office, people)


def answers_are_right(who: Somebody) -> None:
    if who.forgot or who.mistypes:
        assert who.told["refused"] == (401, False, 401), who
    if who.guessed_at:
        assert who.told["guesses"] == [401] * FREE + [429] * (GUESSES - FREE), who
    if who.forgot:
        assert "me" not in who.told
        return
    assert who.told["me"]["name"] == who.name
    request = who.told["request"]
    assert (request["asked_by"], request["case_number"], request["state"]) == (who.name, f"VA-{who.name}", "submitted")
    assert [camera["code"] for camera in request["cameras"]] == [who.camera]
    assert [one["id"] for one in who.told["mine"]] == [request["id"]]


def log_is_right(office: Office, people: list[Somebody], before: int) -> None:
    """Each act stands once in the log, by whom it was and from where, in their order; and the log proves itself."""
    columns = (col(AuditEvent.address), col(AuditEvent.action), col(AuditEvent.actor), col(AuditEvent.object_id))
    with unit_of_work(office.engine, writes=False) as session:
        rows = session.execute(sa.select(*columns).order_by(col(AuditEvent.id))).all()[before:]
    names = {person_id: name for name, person_id in office.ids.items()}
    found: dict[tuple[str, str | None], list[str]] = {}
    for address, action, actor, about in rows:
        name = actor if action.startswith(("request:", "hold:")) else names[about]
        found.setdefault((name, address), []).append(action)
    wanted = {(who.name, who.address): who.acts for who in people}
    wanted |= {(who.name, who.guesser): ["sign_in:refuse"] * FREE for who in people if who.guessed_at}
    assert found == wanted
    log = Log(office.engine, office.clock, COMMAND_LINE)
    assert log.checkpoint().size == before + len(rows)
    assert log.proof().findings == []


def counts_add_up(office: Office, people: list[Somebody]) -> None:
    inside = [who for who in people if not who.forgot]
    with unit_of_work(office.engine, writes=False) as session:
        asked = session.execute(sa.select(col(FootageRequest.person_id), col(FootageRequest.unit_id))).all()
        open_ = session.execute(sa.select(col(BrowserSession.person_id), col(BrowserSession.factors))).all()
        holds = session.execute(sa.select(sa.func.count()).select_from(Hold)).scalar_one()
    unit_of = {camera: office.unit(camera[0]) for camera in {who.camera for who in inside}}
    assert Counter(map(tuple, asked)) == Counter((office.ids[who.name], unit_of[who.camera]) for who in inside)
    assert Counter(map(tuple, open_)) == Counter((office.ids[who.name], 2) for who in inside)
    assert holds == len(inside)
