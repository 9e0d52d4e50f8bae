"""Every role, unit and term against every route and object, before and after a merger: nobody reads across units."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.access import ACCESS, Needs
from api.app import create_app
from api.page_access import PAGES
from foundation.clock import ManualClock
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange, format_instant
from tests.support.asking import Asking
from tests.support.coded_footage import Recipe, Recording, encode, record
from tests.support.guarded_ward import EVERYWHERE_AND_IN_PARTS, UNIT_OF, Somebody, folk, furnish, grant, merge
from tests.support.serving import serving
from tests.support.web import make_service

START = 1_772_892_000_000_000 - 3_600_000_000
ASKED = TimeRange(START, START + 900_000)
AT = {"at": format_instant(START)}
SPAN = {"from": format_instant(ASKED.start_us), "to": format_instant(ASKED.end_us)}
NOT_THERE = {
    "camera_unknown",
    "clip_unknown",
    "hold_unknown",
    "job_unknown",
    "unit_unknown",
    "request_unknown",
    "subject_request_unknown",
    "upload_unknown",
}
CAMERA, CLIP = "/api/v1/cameras/{code}", "/api/v1/clips/{clip_id}"

OF_CAMERA: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    ("GET", CAMERA): ("registry.read", {}),
    ("PATCH", CAMERA): ("registry.write", {"json": {"name": "x"}}),
    ("GET", f"{CAMERA}/owner"): ("owner.read", {}),
    ("GET", f"{CAMERA}/timeline"): ("recorded.read", {"params": SPAN}),
    ("GET", f"{CAMERA}/uses"): ("uses.read", {"params": SPAN}),
    ("POST", f"{CAMERA}/owner-links"): ("owner.read", {}),
}
OF_CLIP = [
    CLIP,
    *(
        f"{CLIP}/{name}"
        for name in (
            "media.mp4",
            "media-{part}.mp4",
            "viewing.mp4",
            "sound.mp4",
            "playlist.m3u8",
            "hls/{name}",
            "times.vtt",
        )
    ),
]
OF_JOB = [("GET", "/api/v1/imports/{import_id}"), ("GET", "/api/v1/jobs/{job_id}"), ("DELETE", "/api/v1/jobs/{job_id}")]
REQUEST = "/api/v1/requests/{request_id}"
OF_REQUEST = [
    (method, REQUEST + step)
    for method, step in (
        ("GET", ""),
        ("POST", "/submit"),
        ("POST", "/withdraw"),
        ("POST", "/release"),
        ("POST", "/approve"),
        ("POST", "/refuse"),
        ("POST", "/review"),
    )
]
SUBJECT = "/api/v1/subject-requests/{subject_id}"
OF_SUBJECT = {
    ("GET", SUBJECT): "subjects.read",
    **{("POST", f"{SUBJECT}/{step}"): "subjects.handle" for step in ("acknowledge", "answer", "erase")},
}
GRANTED = [
    ("POST", "/api/v1/clips"),
    ("GET", f"{CAMERA}/frame.jpg"),
    ("GET", f"{CAMERA}/preview.jpg"),
    ("GET", f"{CAMERA}/strip.jpg"),
]
SOMEWHERE = {
    ("POST", "/api/v1/requests"): "request.make",
    ("POST", "/api/v1/cameras/import"): "registry.write",
    ("GET", "/api/v1/requests"): "request.read",
    ("GET", "/api/v1/grants"): "footage",
    ("GET", "/api/v1/oversight"): "access.read",
}
UPLOAD = "/api/v1/uploads/{upload_id}"
OF_UPLOAD = [("GET", UPLOAD), ("PATCH", UPLOAD), ("DELETE", UPLOAD)]
UPLOADS = {("OPTIONS", "/api/v1/uploads"): "footage.import", ("POST", "/api/v1/uploads"): "footage.import"}
HOLD = "/api/v1/holds/{hold_id}"
OF_HOLD = [("GET", HOLD), ("POST", f"{HOLD}/renew"), ("DELETE", HOLD)]
ANY_CAMERA = ("POST", "/api/v1/holds")
NAMED = [
    ("POST", "/api/v1/imports"),
    ("POST", "/api/v1/cameras"),
    ("GET", "/api/v1/coverage"),
    ("GET", "/api/v1/deletions"),
    ("POST", "/api/v1/subject-requests"),
]
EVERYWHERE = {
    ("POST", "/api/v1/units/import"): "registry.write",
    ("GET", "/metrics"): "metrics.read",
    ("GET", "/api/v1/audit/checkpoint"): "access.read",
    ("GET", "/api/v1/audit/keys"): "access.read",
    ("GET", "/api/v1/audit/inclusion"): "access.read",
    ("GET", "/api/v1/audit/consistency"): "access.read",
    ("GET", "/api/v1/audit/events"): "access.read",
}
LISTS = {
    "/api/v1/units": "registry.read",
    "/api/v1/cameras": "registry.read",
    "/api/v1/lookup": "footage.find",
    "/api/v1/recording": "recorded.read",
    "/api/v1/subject-requests": "subjects.read",
    "/api/v1/holds": "hold.place",
}


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return recorded(tmp_path_factory.mktemp("recording"))


def recorded(folder: Path) -> Recording:
    found = Recording(folder / "store")
    found.folder.mkdir()
    recipe = Recipe(frames=25)
    encode(folder / "0.mp4", recipe)
    record(found, folder / "0.mp4", recipe, 1, START, 90_000)
    return found


def test_every_route_that_needs_a_right_is_tried() -> None:
    tried = {
        *OF_CAMERA,
        *OF_JOB,
        *NAMED,
        *EVERYWHERE,
        *OF_REQUEST,
        *OF_SUBJECT,
        *GRANTED,
        *SOMEWHERE,
        *OF_HOLD,
        *OF_UPLOAD,
        *UPLOADS,
        ANY_CAMERA,
    }
    tried |= {("GET", path) for path in (*OF_CLIP, *LISTS)}
    calls = {route: access for route, access in ACCESS.items() if route not in PAGES}  # test_page_rights.py tries those
    assert tried == {route for route, access in calls.items() if isinstance(access, Needs)}


def refused(client: Asking, who: Somebody, method: str, path: str, **more: Any) -> bool:
    answer = client.request(method, path, headers={"Authorization": f"Bearer {who.token}"}, **more)
    assert answer.status_code < 500, answer.text
    if answer.status_code < 400:
        return False
    return answer.status_code in {401, 403} or (answer.status_code == 404 and answer.json()["code"] in NOT_THERE)


def questions(made: dict[str, str], *, merged: bool) -> Iterator[tuple[str, str | None, str, str, dict[str, Any]]]:
    """Yield right, unit, method, address and body of every question about one thing."""
    for code, unit in UNIT_OF.items():
        for (method, path), (right, more) in OF_CAMERA.items():
            yield right, unit, method, path.format(code=code), more
        yield "footage.import", unit, "POST", "/api/v1/imports", {"params": {"camera": code, "file_name": "x.mp4"}}
        if unit is not None and not (merged and unit == "W1"):  # nothing is registered in a unit that is no more
            new = {
                "code": "CA",
                "lat": 10.77,
                "lon": 106.7,
                "unit": unit,
            }  # a code that is taken: 409 is as far as it goes
            yield "registry.write", unit, "POST", "/api/v1/cameras", {"json": new}
    for thing, name in made.items():
        kind, code = thing.split(":")[:2]
        if kind == "hold":
            for method, path in OF_HOLD:
                more = (
                    {"json": {"until": "2020-01-01T00:00:00Z"}} if method == "POST" else {}
                )  # too early: it is not done
                yield "hold.oversee", UNIT_OF[code], method, path.format(hold_id=name), more
        elif kind == "job":
            for method, path in OF_JOB:
                yield "footage.import", UNIT_OF[code], method, path.format(import_id=name, job_id=name), {}
        elif kind == "subject":
            for (method, path), right in OF_SUBJECT.items():
                # Bodies are bad where there are any, and what is not answered is not erased: nothing changes but once.
                more = {"json": {"bad": 1}} if path.endswith("answer") else {}
                yield right, UNIT_OF[code], method, path.format(subject_id=name), more
    for unit in ("A", "C", "W1", "W2"):
        yield "recorded.read", unit, "GET", "/api/v1/coverage", {"params": {"unit": unit, **SPAN}}
    for unit in ("A", "C", *(("M",) if merged else ("W1", "W2"))):  # units of today
        yield "deletions.read", unit, "GET", "/api/v1/deletions", {"params": {"unit": unit, **SPAN}}
        new = {"kind": "access", "requester": {"contact": "0912"}, "unit": unit, "received": "2100-01-01T00:00:00Z"}
        yield "subjects.handle", unit, "POST", "/api/v1/subject-requests", {"json": new}  # which is still to come
    yield "deletions.read", None, "GET", "/api/v1/deletions", {"params": SPAN}
    for (method, path), right in EVERYWHERE.items():
        yield right, None, method, path, {"params": {"file_name": "x.csv"}}
    yield "recorded.read", None, "GET", "/api/v1/coverage", {"params": SPAN}


def of_grants(who: Somebody, made: dict[str, str], *, merged: bool) -> Iterator[tuple[bool, str, str, dict[str, Any]]]:
    """Yield for each question about footage and requests whether this person may ask it. Bodies are bad, so that nothing changes."""
    for code in UNIT_OF:
        yield who.may_see(code), "POST", "/api/v1/clips", {"json": {"camera": code, **SPAN}}
        for name in ("frame.jpg", "preview.jpg"):
            yield who.may_see(code), "GET", f"/api/v1/cameras/{code}/{name}", {"params": AT}
        yield who.may_see(code), "GET", f"/api/v1/cameras/{code}/strip.jpg", {"params": SPAN}
    for (method, path), right in UPLOADS.items():
        yield who.may_somewhere(right), method, path, {}  # without its headers nothing is begun
    for (method, path), right in SOMEWHERE.items():
        more: dict[str, Any] = {"json": {}} if method == "POST" else {"params": SPAN}
        yield who.may_somewhere(right), method, path, more
    for thing, name in made.items():
        kind, code, *owner = thing.split(":")
        if kind == "clip":
            for path in OF_CLIP:
                yield who.may_see(code), "GET", path.format(clip_id=name, part=1, name="init.mp4"), {}
        elif kind == "request":
            own = who.name == owner[0]
            for method, path in OF_REQUEST:
                step = path.rpartition("/")[2]
                if step in {"submit", "withdraw", "release"}:
                    may = own and who.may_somewhere("request.make")
                elif step in {"approve", "refuse", "review"}:
                    may = who.may("request.decide", UNIT_OF[code], merged=merged)
                else:
                    may = who.sees_request(code, merged=merged) if own else _looks_after(who, code, merged)
                yield may, method, path.format(request_id=name), {"json": {"bad": 1}} if method == "POST" else {}


def _looks_after(who: Somebody, code: str, merged: bool) -> bool:
    return any(who.may(right, UNIT_OF[code], merged=merged) for right in ("request.decide", "access.read"))


def listed(client: httpx.Client, who: Somebody, path: str) -> set[str] | None:
    place: dict[str, Any] = {"ended": "true"} if path.endswith("holds") else {}
    if path.endswith("lookup"):
        place = {"lat": 10.77, "lon": 106.7001, "include_blind": "true", **SPAN}
    answer = client.get(path, params=place, headers={"Authorization": f"Bearer {who.token}"})
    if answer.status_code == 403:
        return None
    body = answer.raise_for_status().json()
    if "features" in body:
        return {feature["properties"]["code"] for feature in body["features"]}
    if "sightings" in body:
        return {item["camera"]["code"] for item in body["sightings"]}
    if "subject_requests" in body:
        assert not [one for one in body["subject_requests"] if "requester" in one]
        return {one["unit"] for one in body["subject_requests"]}
    if "holds" in body:
        return {item["asked"]["cameras"][0] for item in body["holds"]}
    return {camera["code"] for camera in body["cameras"]}


def of_all(path: str, merged: bool) -> dict[str, str | None]:
    """Return what there is to be listed, with the unit of each."""
    if path.endswith("units"):
        return {unit: unit for unit in (("A", "B", "C", "M") if merged else ("A", "B", "C", "W1", "W2"))}
    if path.endswith("subject-requests"):
        return {"A": "A", "C": "C"}
    if path.endswith("recording"):
        return {code: UNIT_OF[code] for code in ("CB", "CW", "CN")}  # those with a live source
    return dict(UNIT_OF)


def everything(
    client: httpx.Client, asking: Asking, people: list[Somebody], made: dict[str, str], *, merged: bool
) -> None:
    for who in people:
        for right, unit, method, path, more in questions(made, merged=merged):
            expected = not who.may(right, unit, merged=merged)
            assert refused(asking, who, method, path, **more) == expected, (who, method, path, more)
        for allowed, method, path, more in of_grants(who, made, merged=merged):
            assert refused(asking, who, method, path, **more) != allowed, (who, method, path, more)
        for code in UNIT_OF:  # for any camera, but for no time, so that nothing is placed
            body = {"cameras": [code], "why": "x", "until": "2020-01-01T00:00:00Z", **SPAN}
            expected = not who.may_somewhere("hold.place")
            assert refused(asking, who, *ANY_CAMERA, json=body) == expected, (who, code)
        for path, right in LISTS.items():
            told = listed(client, who, path)
            if not who.may_somewhere(right):
                assert told is None, (who, path)
                continue
            everybodys = path.endswith("lookup")  # cameras of every unit can be asked for
            seeing = "hold.oversee" if path.endswith("holds") else right  # these are all placed by somebody else
            wanted = {
                code
                for code, unit in of_all(path, merged).items()
                if everybodys or who.may(seeing, unit, merged=merged)
            }
            assert told == wanted, (who, path)


@pytest.mark.parametrize("terms", [("running", "over", "to come")])
def test_nobody_reads_across_units(
    sqlite_engine: sa.Engine,
    data_dir: Path,
    store: LocalFiles,
    clock: ManualClock,
    recording: Recording,
    tmp_path: Path,
    terms: tuple[str, ...],
) -> None:
    without_waiting_for_the_disk(sqlite_engine)
    guarded(sqlite_engine, data_dir, store, clock, recording, tmp_path, terms)


@pytest.mark.postgresql
def test_nor_on_the_other_database(
    request: pytest.FixtureRequest,
    data_dir: Path,
    store: LocalFiles,
    clock: ManualClock,
    recording: Recording,
    tmp_path: Path,
) -> None:
    with request.getfixturevalue("_postgres_template").catalogue() as engine:
        guarded(engine, data_dir, store, clock, recording, tmp_path, ("running",), ("A", None))


def without_waiting_for_the_disk(engine: sa.Engine) -> None:
    """Thousands of questions are asked here, and none of them about what a power cut leaves."""
    engine.dispose()
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))


def guarded(
    engine: sa.Engine,
    data: Path,
    store: LocalFiles,
    clock: ManualClock,
    recording: Recording,
    folder: Path,
    terms: tuple[str, ...],
    units: tuple[str | None, ...] = EVERYWHERE_AND_IN_PARTS,
) -> None:
    service = make_service(engine, data, clock)
    made = furnish(service, recording, store, ASKED, folder)
    people = list(folk(service, terms, units))
    grant(service, people, made)
    with (
        serving(create_app(service)) as address,
        httpx.Client(base_url=address, timeout=30) as client,
        Asking(address) as asking,
    ):
        everything(client, asking, people, made, merged=False)
        merge(service, clock)
        everything(client, asking, people, made, merged=True)
