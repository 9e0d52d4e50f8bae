"""Footage over HTTP under grants: exactly one for each answer, of the person who asks, while it runs, and no frame more."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import col

from access.serving import captured
from api.app import create_app
from api.service import Service
from camera_registry.tables import Camera, Stream
from extract.clips import make_clip
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange, format_instant
from people.rights import Role
from tests.support.browser_forms import Browser
from tests.support.coded_footage import Recipe, Recording, encode, number_of, record
from tests.support.granting import grant_everything
from tests.support.indexed_footage import index
from tests.support.luma import luma
from tests.support.people import Folk
from tests.support.serving import serving
from tests.support.ward_office import Office
from tests.support.web import make_service

START = 1_772_892_000_000_000 - 3_600_000_000
SECOND, HOUR = 1_000_000, 3_600_000_000
Clients = dict[str, httpx.Client]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Eight seconds, a key frame every second, B-frames between."""
    folder = tmp_path_factory.mktemp("recording")
    found = Recording(folder / "store")
    found.folder.mkdir()
    recipe = Recipe(params="keyint=25:min-keyint=25:scenecut=0:bframes=2", frames=200)
    encode(folder / "0.mp4", recipe)
    record(found, folder / "0.mp4", recipe, 1, START, 180_000)
    return found


@pytest.fixture
def service(sqlite_engine: sa.Engine, data_dir: Path, clock: ManualClock) -> Service:
    return make_service(sqlite_engine, data_dir, clock)


@pytest.fixture
def office(service: Service, clock: ManualClock, store: LocalFiles, recording: Recording, tmp_path: Path) -> Office:
    found = Office(Folk(service.engine, clock, service.vault))
    for name, role, unit in (("dao", Role.HEAD, "A"), ("ngoc", Role.AUDITOR, "W"), ("xa", Role.HEAD, "B")):
        found.ids[name] = found.folk.add(name, role, unit_id=found.unit(unit), password=None).id
    with unit_of_work(service.engine) as session:
        camera = session.execute(sa.select(Camera).where(col(Camera.code) == "A1")).scalar_one()
        assert camera.id is not None
        camera.registered_us = START - 1
        stream = Stream(camera_id=camera.id, kind="clips", ordinal=7)
        session.add(stream)
        session.flush()
        assert stream.id is not None
        place = (camera.id, stream.id)
    index(service.engine, store, recording, place, tmp_path)
    return found


@pytest.fixture
def clients(service: Service, office: Office) -> Iterator[Clients]:
    app = create_app(service)
    with serving(app) as address:
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


def span(begin_ms: int, end_ms: int) -> dict[str, str]:
    return {"from": format_instant(START + begin_ms * 1000), "to": format_instant(START + end_ms * 1000)}


def ask(clients: Clients, name: str, begin: int, end: int, **more: Any) -> dict[str, Any]:
    body = {"cameras": ["A1"], "purpose": "traffic", "case_number": f"VA-{name}", **span(begin, end), **more}
    answer = clients[name].post("/api/v1/requests", json=body)
    assert answer.status_code == 201, answer.text
    (found,) = answer.json()["requests"]
    return dict(found)


def granted(clients: Clients, name: str, begin: int, end: int) -> dict[str, Any]:
    asked = ask(clients, name, begin, end)
    answer = clients["minh"].post(f"/api/v1/requests/{asked['id']}/approve", json={"note": "được"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def cut(client: httpx.Client, begin: int, end: int, **more: Any) -> httpx.Response:
    return client.post("/api/v1/clips", json={"camera": "A1", **span(begin, end), **more})


def frames(data: bytes) -> list[int]:
    """Return the numbers of all frames in a file, also of those that its edit list hides."""
    with av.open(io.BytesIO(data), "r", options={"ignore_editlist": "1"}) as container:
        return sorted(number_of(luma(frame)) for frame in container.decode(video=0))


def test_from_asking_to_the_bytes_and_back(clients: Clients, office: Office) -> None:
    lan = clients["lan"]
    assert cut(lan, 2000, 4000).json()["code"] == "not_granted"
    asked = ask(clients, "lan", 2000, 6000)
    assert (asked["state"], asked["grant"], asked["asked_by"]) == ("submitted", None, "lan")
    done = clients["minh"].post(f"/api/v1/requests/{asked['id']}/approve", json={}).json()
    assert (done["state"], done["decided_by"], done["grant"]["cameras"]) == ("approved", "minh", ["A1"])
    made = cut(lan, 2000, 4000)
    assert made.status_code == 201, made.text
    assert lan.get(made.json()["links"]["media"][0]).status_code == 200
    at = {"at": format_instant(START + 3 * SECOND)}
    assert lan.get("/api/v1/cameras/A1/frame.jpg", params=at).status_code == 200
    (grant,) = lan.get("/api/v1/grants").json()["grants"]
    assert (grant["used"], grant["downloads"]) == (1, 20)
    released = lan.post(f"/api/v1/requests/{asked['id']}/release", json={"outcome": "lead"}).json()
    assert (released["state"], released["outcome"]) == ("released", "lead")
    assert lan.get("/api/v1/grants").json() == {"grants": []}
    events = [row for row in office.folk.events() if row.split(":")[0] in {"request", "clip", "frame", "footage"}]
    assert events == [
        *("footage:refuse", "request:draft", "request:submit", "request:approve"),
        *("clip:make", "frame:read", "request:release"),
    ]


def test_footage_carries_its_grant_in_the_record(clients: Clients, office: Office) -> None:
    grant = granted(clients, "lan", 0, 8000)["grant"]
    assert cut(clients["lan"], 0, 1000).status_code == 201
    with unit_of_work(office.engine, writes=False) as session:
        question = "SELECT actor, role, unit, purpose, grant_id, address FROM audit_event WHERE action = 'clip:make'"
        row = tuple(session.execute(sa.text(question)).one())
    assert row == ("lan", "officer", "A", "traffic", grant["id"], "127.0.0.1")


@pytest.mark.parametrize(("begin", "end"), [(1999, 4000), (2000, 6001), (0, 1000), (7000, 8000), (1000, 7000)])
def test_beyond_the_window_nothing_is_served(clients: Clients, begin: int, end: int) -> None:
    granted(clients, "lan", 2000, 6000)
    answer = cut(clients["lan"], begin, end)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_granted")
    assert clients["lan"].get("/api/v1/grants").json()["grants"][0]["used"] == 0


@pytest.mark.parametrize("mode", ["exact", "keyframe", "strict"])
def test_without_pre_roll_no_file_holds_a_frame_outside_the_grant(
    clients: Clients, office: Office, recording: Recording, mode: str
) -> None:
    office.rules(grant_pre_roll=False)
    granted(clients, "lan", 2500, 5500)
    window = TimeRange(START + 2_500_000, START + 5_500_000)
    served = 0
    for begin, end in ((2500, 5500), (2500, 3500), (3000, 4000), (3000, 5500), (3200, 4100), (4000, 5100)):
        answer = cut(clients["lan"], begin, end, mode=mode)
        if answer.status_code != 201:
            assert answer.json()["code"] == "pre_roll_not_granted", answer.text
            continue
        served += 1
        held = frames(clients["lan"].get(answer.json()["links"]["media"][0]).content)
        assert held
        assert all(window.contains(recording.captured[number]) for number in held)
        first, last = captured(answer.json())
        assert first <= min(recording.captured[number] for number in held)
        assert last >= max(recording.captured[number] for number in held)
    assert served >= (6 if mode == "strict" else 2)


def test_with_pre_roll_an_exact_clip_declares_what_lies_before(clients: Clients, recording: Recording) -> None:
    granted(clients, "lan", 2500, 5500)
    made = cut(clients["lan"], 2500, 3500).json()
    (roll,) = (one for one in made["parts"][0]["hidden"] if one["kind"] == "pre_roll")
    held = frames(clients["lan"].get(made["links"]["media"][0]).content)
    assert min(recording.captured[number] for number in held) == START + 2 * SECOND
    assert roll["first"] == format_instant(START + 2 * SECOND)


def test_a_frame_from_before_the_window_needs_pre_roll_too(clients: Clients, office: Office) -> None:
    office.rules(grant_pre_roll=False)
    granted(clients, "lan", 2510, 5500)
    at = {"at": format_instant(START + 2_510_000)}  # on display there is the frame of 2.48 s
    answer = clients["lan"].get("/api/v1/cameras/A1/frame.jpg", params=at)
    assert answer.json()["code"] == "pre_roll_not_granted"
    at = {"at": format_instant(START + 2_560_000)}
    assert clients["lan"].get("/api/v1/cameras/A1/frame.jpg", params=at).status_code == 200


def test_clips_are_counted_and_the_count_ends(clients: Clients, office: Office) -> None:
    office.rules(grant_downloads=2)
    granted(clients, "lan", 0, 8000)
    made = [cut(clients["lan"], 0, 1000) for _ in range(3)]
    assert [answer.status_code for answer in made] == [201, 201, 403]
    assert made[2].json()["code"] == "grant_used_up"
    assert clients["lan"].get(made[0].json()["links"]["media"][0]).status_code == 200


def test_what_is_made_dies_with_its_grant(clients: Clients, clock: ManualClock) -> None:
    granted(clients, "lan", 0, 8000)
    links = cut(clients["lan"], 0, 3000).json()["links"]
    paths = [links["self"], *links["media"], links["playlist"], links["times"]]
    assert {clients["lan"].get(path).status_code for path in paths} == {200}
    clock.advance(72 * HOUR)
    for path in paths:
        answer = clients["lan"].get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "grant_over"), path


def test_a_clip_is_there_for_nobody_else(clients: Clients, service: Service, store: LocalFiles) -> None:
    granted(clients, "lan", 0, 8000)
    granted(clients, "tu", 0, 8000)
    links = cut(clients["lan"], 0, 1000).json()["links"]
    for name in ("tu", "minh"):
        for path in (links["self"], links["media"][0]):
            assert clients[name].get(path).json()["code"] == "clip_unknown"
    with unit_of_work(service.engine) as session:
        ours = make_clip(session, service.clock, store, COMMAND_LINE, "A1", TimeRange(START, START + SECOND)).id
    assert clients["lan"].get(f"/api/v1/clips/{ours}").json()["code"] == "clip_unknown"


def test_of_several_grants_one_is_used_and_can_be_named(clients: Clients) -> None:
    first, second = (granted(clients, "lan", 0, 8000)["grant"]["id"] for _ in range(2))
    cut(clients["lan"], 0, 1000)
    cut(clients["lan"], 0, 1000, grant=second)
    cut(clients["lan"], 0, 1000, grant=second)
    used = {grant["id"]: grant["used"] for grant in clients["lan"].get("/api/v1/grants").json()["grants"]}
    assert used == {first: 1, second: 2}
    assert cut(clients["tu"], 0, 1000, grant=second).json()["code"] == "not_granted"


def test_taking_it_back_ends_it(clients: Clients) -> None:
    request = granted(clients, "lan", 0, 8000)
    place = cut(clients["lan"], 0, 1000).json()["links"]["media"][0]
    path = f"/api/v1/requests/{request['id']}/refuse"
    stale = clients["minh"].post(path, json={"note": "nhầm", "expected": "submitted"})
    assert (stale.status_code, stale.json()["code"]) == (409, "state_changed")
    said = clients["minh"].post(path, json={"note": "nhầm"}).json()
    told = ("state", "decided", "decided_by", "taken_back_by", "taken_back_note")
    assert [said[name] for name in told] == ["refused", request["decided"], "minh", "minh", "nhầm"]
    over = clients["lan"].get(place).json()
    assert (over["code"], "by minh, because: nhầm" in over["title"] + over.get("detail", "")) == (
        "grant_taken_back",
        True,
    )
    watched = clients["lan"].get(f"/watch?clip={place.split('/')[-2]}", headers={"Accept": "text/html"})
    assert (watched.status_code, "by minh, because: nhầm" in watched.text) == (403, True)
    assert cut(clients["lan"], 0, 1000).json()["code"] == "not_granted"


def test_who_sees_which_requests(clients: Clients) -> None:
    asked = ask(clients, "lan", 0, 8000, submit=False)
    place = f"/api/v1/requests/{asked['id']}"

    def listed() -> set[str]:
        return {n for n, c in clients.items() if c.get("/api/v1/requests").json().get("requests")}

    assert listed() == {"lan"}
    assert {n for n, c in clients.items() if c.get(place).status_code == 200} == {"lan"}
    assert clients["minh"].post(f"{place}/approve", json={}).json()["code"] == "request_unknown"
    assert clients["lan"].post(f"{place}/submit").status_code == 200
    assert listed() == {"lan", "minh", "hoa", "ngoc"}
    assert {n for n, c in clients.items() if c.get(place).status_code == 200} == {"lan", "minh", "hoa", "ngoc"}
    for name in ("tu", "minh"):
        assert clients[name].post(f"{place}/withdraw").json()["code"] == "request_unknown"
    assert clients["lan"].post(f"{place}/approve", json={}).status_code == 403
    assert clients["ngoc"].post(f"{place}/approve", json={}).status_code == 403


def test_the_head_sees_that_it_was_used_and_not_for_which_case(clients: Clients) -> None:
    granted(clients, "lan", 0, 8000)
    cut(clients["lan"], 0, 1000)
    for ms in (1000, 2000, 3000):
        clients["lan"].get("/api/v1/cameras/A1/frame.jpg", params={"at": format_instant(START + ms * 1000)})
    today = {"from": format_instant(START), "to": format_instant(START + 24 * HOUR)}
    answer = clients["dao"].get("/api/v1/cameras/A1/uses", params=today)
    uses = answer.json()["uses"]
    assert [(use["kind"], use["count"], use["purpose"]) for use in uses] == [
        ("frame", 3, "traffic"),
        ("clip", 1, "traffic"),
    ]
    assert "VA-" not in answer.text
    assert "lan" not in answer.text
    assert clients["xa"].get("/api/v1/cameras/A1/uses", params=today).json()["code"] == "camera_unknown"
    assert clients["lan"].get("/api/v1/cameras/A1/uses", params=today).status_code == 403


def test_an_owner_who_wants_to_be_asked_is_asked(clients: Clients, office: Office) -> None:
    office.asks_owner("A1")
    asked = ask(clients, "lan", 0, 8000)
    place = f"/api/v1/requests/{asked['id']}"
    assert clients["minh"].post(f"{place}/approve", json={}).json()["code"] == "owners_not_answered"
    assert clients["lan"].post("/api/v1/cameras/A1/owner-links").status_code == 403
    (link,) = clients["dao"].post("/api/v1/cameras/A1/owner-links").json()["links"]
    assert "VA-" not in str(link)
    path = "/owner/" + link["address"].rpartition("/")[2]
    with httpx.Client(base_url=clients["lan"].base_url, headers={"Accept-Language": "vi"}) as phone:
        owner = Browser(phone)
        owner.open(path)
        assert "A1" in owner.page
        assert "tai nạn giao thông" in owner.page
        assert not any(word in owner.page for word in ("VA-", "lan<", asked["id"]))
        owner.open(path)  # opening answers nothing
        assert clients["minh"].post(f"{place}/approve", json={}).json()["code"] == "owners_not_answered"
        owner.send("/owner", link=path.rpartition("/")[2], answer="yes")
        assert owner.status == 200
        owner.open(path)
        assert owner.status == 404
    assert clients["minh"].post(f"{place}/approve", json={}).json()["state"] == "approved"
    assert cut(clients["lan"], 0, 1000).status_code == 201


def test_an_owner_who_says_no_is_heard(clients: Clients, office: Office) -> None:
    office.asks_owner("A1")
    asked = ask(clients, "lan", 0, 8000)
    (link,) = clients["dao"].post("/api/v1/cameras/A1/owner-links").json()["links"]
    with httpx.Client(base_url=clients["lan"].base_url) as phone:
        owner = Browser(phone)
        owner.open("/owner/" + link["address"].rpartition("/")[2])
        owner.send("/owner", link=link["address"].rpartition("/")[2], answer="no")
    answer = clients["minh"].post(f"/api/v1/requests/{asked['id']}/approve", json={"without_unanswered": True})
    assert answer.json()["code"] == "owners_not_answered"
    body = {"cameras": ["A1"], "purpose": "crime", "case_number": "VA-9", "why": "gấp", **span(0, 8000)}
    glass = clients["lan"].post("/api/v1/requests", json={**body, "break_glass": True})
    assert glass.json()["code"] == "owners_not_answered"


def test_the_auditor_is_shown_patterns_and_no_footage(clients: Clients, office: Office) -> None:
    ask(clients, "lan", 0, 8000, break_glass=True, why="gấp")
    ask(clients, "tu", 0, 8000, case_number="VA-lan-2")
    office.clock.advance(25 * HOUR)
    today = {"from": format_instant(START), "to": format_instant(START + 48 * HOUR)}
    told = clients["ngoc"].get("/api/v1/oversight", params=today).json()
    assert told["reviews_overdue"] == 1
    assert {one["pattern"] for one in told["findings"]} == {"never_opened", "not_reviewed"}
    assert clients["minh"].get("/api/v1/oversight", params=today).status_code == 403
    assert cut(clients["ngoc"], 0, 1000).status_code == 403


def test_a_grant_that_is_not_answered_by_a_running_role_shows_nothing(clients: Clients, office: Office) -> None:
    grant_everything(office.engine, office.clock, "dao")  # a head has no right to footage, whatever grants there are
    assert cut(clients["dao"], 0, 1000).json()["code"] == "not_permitted"
