"""Units and cameras over HTTP."""

import pytest
from httpx import Client

from api.service import Service
from camera_registry.units import get_unit
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from ingest.live.following import live_sources
from people.rights import Role
from tests.support.web import CAMERAS, UNITS, token_of

CAMERA = "/api/v1/cameras"


def codes(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [feature["id"] for feature in answer["features"]]


def test_units_with_their_boundaries(ward: Client) -> None:
    answer = ward.get("/api/v1/units")
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    assert [feature["properties"]["code"] for feature in features] == ["KP1", "KP2"]
    assert features[0]["geometry"]["type"] in {"Polygon", "MultiPolygon"}


def test_cameras_are_geojson_without_their_owners(ward: Client) -> None:
    answer = ward.get(CAMERA)
    assert answer.headers["content-type"] == "application/geo+json"
    assert codes(answer.json()) == ["C001", "C002", "C003"]
    first, second, third = answer.json()["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [106.665, 10.765]}
    assert (first["properties"]["unit"], first["properties"]["verified"]) == ("KP1", True)
    assert (second["properties"]["verified"], third["properties"]["source"]) == (False, "rtsp")
    for secret in ("Bí Mật", "0912345678", "hunter2", "admin"):
        assert secret not in answer.text


def test_credentials_go_in_and_never_come_out(ward: Client, service: Service) -> None:
    def stored() -> list[tuple[str, str | None, str | None]]:
        found = live_sources(service.engine, service.vault, service.clock.now_us()).values()
        return [(source.address, source.user, source.password) for source in found if source.code == "C003"]

    tag = ward.get(f"{CAMERA}/C003").headers["etag"]
    change = {"source": "rtsp://%E1%BB%B1:mới%40chợ@10.0.0.7/x"}
    answers = [ward.patch(f"{CAMERA}/C003", headers={"If-Match": tag}, json=change)]
    assert stored() == [("rtsp://10.0.0.7/x", "ự", "mới@chợ")]
    answers += [ward.get(f"{CAMERA}/C003"), ward.get(CAMERA), ward.get(f"{CAMERA}/C003/owner")]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert not any(word in answer.text for answer in answers for word in ("10.0.0.7", "mới", "chợ@", "credentials"))
    tag = answers[0].headers["etag"]
    assert ward.patch(f"{CAMERA}/C003", headers={"If-Match": tag}, json={"source": "clips"}).status_code == 200
    assert stored() == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"unit": "KP2"}, ["C003"]),
        ({"bbox": "106.66,10.76,106.6655,10.77"}, ["C001"]),
        ({"q": "duong lang"}, ["C001"]),
        ({"q": "chợ"}, ["C002"]),
        ({"q": "no such thing"}, []),
    ],
)
def test_finding_cameras(ward: Client, query: dict[str, str], expected: list[str]) -> None:
    assert codes(ward.get(CAMERA, params=query).json()) == expected


def test_pages_are_linked(ward: Client) -> None:
    seen, place = [], f"{CAMERA}?limit=2"
    while place:
        answer = ward.get(place)
        seen += codes(answer.json())
        place = answer.links.get("next", {}).get("url", "")
        assert bool(place) == (answer.json()["next"] is not None)
    assert seen == ["C001", "C002", "C003"]


@pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "10,0,5,1", "0,0,0,91", "nan,0,1,1", "-181,0,1,1"])
def test_an_area_that_is_none(ward: Client, bbox: str) -> None:
    answer = ward.get(CAMERA, params={"bbox": bbox})
    assert (answer.status_code, answer.json()["code"]) == (422, "area_unreadable")


def test_unknown_names_are_404(ward: Client) -> None:
    assert ward.get(f"{CAMERA}/NONE").status_code == 404
    assert ward.patch(f"{CAMERA}/NONE", json={}, headers={"If-Match": '"1"'}).status_code == 404


def test_an_edit_needs_the_revision_that_was_read(ward: Client) -> None:
    etag = ward.get(f"{CAMERA}/C001").headers["etag"]
    missing = ward.patch(f"{CAMERA}/C001", json={"name": "Mới"})
    assert (missing.status_code, missing.json()["code"]) == (422, "revision_missing")
    edited = ward.patch(f"{CAMERA}/C001", json={"name": "Mới", "bearing_deg": 45}, headers={"If-Match": etag})
    assert edited.status_code == 200, edited.text
    assert edited.json()["properties"]["name"] == "Mới"
    assert edited.json()["properties"]["bearing_deg"] == 45
    assert edited.headers["etag"] != etag
    late = ward.patch(f"{CAMERA}/C001", json={"name": "Khác"}, headers={"If-Match": etag})
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    assert ward.get(f"{CAMERA}/C001").json()["properties"]["name"] == "Mới"


def test_a_day_of_consent_that_is_still_to_come_is_a_problem_of_its_field(ward: Client, clock: ManualClock) -> None:
    clock.advance(4 * 3_600_000_000)  # 18:00 in UTC, and the next day in Vietnam
    ahead = {"consent_date": "2026-03-09", "sign_checked_date": "2026-03-08"}
    new = ward.post(CAMERA, json={"code": "NEW", "lat": 10.7, "lon": 106.6, **ahead})
    edit = ward.patch(f"{CAMERA}/C001", json=ahead, headers={"If-Match": "*"})
    table = "code,lat,lon,consent_date\nX,10.7,106.6,2026-03-09\n"
    rows = ward.post(f"{CAMERA}/import", params={"file_name": "c.csv"}, content=table.encode())
    for answer in (new, edit, rows):
        assert (answer.status_code, answer.json()["code"]) == (422, "rows_refused")
        (problem,) = answer.json()["errors"]
        assert problem["field"] == "consent_date"
        assert "2026-03-09 is still to come" in problem["detail"]


def test_the_past_stays_as_it_was(ward: Client, clock: ManualClock) -> None:
    before = ward.get(f"{CAMERA}/C001").json()["properties"]["registered"]
    clock.advance(3_600_000_000)
    ward.patch(f"{CAMERA}/C001", json={"bearing_deg": 90}, headers={"If-Match": "*"})
    then = ward.get(f"{CAMERA}/C001", params={"at": before}).json()
    assert then["properties"]["bearing_deg"] == 0
    assert ward.get(f"{CAMERA}/C001").json()["properties"]["bearing_deg"] == 90


def test_registering_one_camera(ward: Client) -> None:
    new = {"code": "C 9ô", "name": "Ngã tư", "unit": "KP1", "lat": 10.764, "lon": 106.664, "source": "clips"}
    made = ward.post(CAMERA, json=new)
    assert made.status_code == 201, made.text
    assert ward.get(made.headers["location"]).json() == made.json()
    again = ward.post(CAMERA, json=new)
    assert (again.status_code, again.json()["code"]) == (409, "camera_taken")


def test_the_timeline_of_a_camera_without_footage(ward: Client) -> None:
    asked = {"from": "2026-03-07T20:00:00+07:00", "to": "2026-03-07T22:00:00+07:00"}
    told = ward.get(f"{CAMERA}/C001/timeline", params=asked).json()
    assert (told["recorded_us"], told["runs"], told["recorded"]) == (0, [], [])
    assert [gap["reason"] for gap in told["gaps"]] == ["not_registered", "future"]
    assert told["gaps"][0]["from"] == asked["from"]


def test_who_saw_it(ward: Client) -> None:
    asked: dict[str, str | float] = {
        "lat": 10.7651,
        "lon": 106.665,
        "from": "2026-03-07T20:00:00+07:00",
        "to": "2026-03-07T20:30:00+07:00",
    }
    told = ward.get("/api/v1/lookup", params=asked).json()
    assert [(found["camera"]["code"], found["coverage"]["state"]) for found in told["sightings"]] == [("C001", "none")]
    wide = ward.get("/api/v1/lookup", params={**asked, "radius_m": 200, "include_blind": True}).json()
    blind = [found for found in wide["sightings"] if not found["sees"]]
    assert [found["camera"]["code"] for found in blind] == ["C002"]
    assert blind[0]["reasons"][0]["text"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/v1/lookup?lat=10&lon=106&from=2026-01-01T00:00:00Z&to=2026-06-01T00:00:00Z", "span_too_long"),
        ("/api/v1/lookup?lat=10&lon=106&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "range_empty"),
        ("/api/v1/lookup?lat=91&lon=106&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z", "request_invalid"),
        ("/api/v1/cameras/C001/timeline?from=2026-01-01T00:00:00&to=2026-01-02T00:00:00Z", "request_invalid"),
        ("/api/v1/cameras/NONE/timeline?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z", "camera_unknown"),
        ("/api/v1/cameras/C001/frame.jpg?at=2026-01-01T00:00:00Z", "gap_not_recorded"),
        ("/api/v1/clips/none", "clip_unknown"),
        ("/api/v1/clips/none/media.mp4", "clip_unknown"),
        ("/api/v1/clips/none/playlist.m3u8", "clip_unknown"),
        ("/api/v1/clips/none/times.vtt", "clip_unknown"),
        ("/api/v1/jobs/none", "job_unknown"),
        ("/api/v1/imports/none", "job_unknown"),
    ],
)
def test_what_cannot_be_answered_says_why(ward: Client, path: str, code: str) -> None:
    answer = ward.get(path)
    assert answer.json()["code"] == code, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_it_is_well(client: Client) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.get("/readyz").json() == {"status": "ready", "catalogue": "ok", "store": "ok"}


def test_fields_that_do_not_exist_are_refused(ward: Client) -> None:
    answer = ward.post(CAMERA, json={"code": "C9", "latitude": 3})
    assert answer.status_code == 422
    assert "latitude" in [error["field"] for error in answer.json()["errors"]]


def test_a_bad_row_is_named_and_nothing_is_kept(client: Client) -> None:
    client.post("/api/v1/units/import", params={"file_name": "units.geojson"}, content=UNITS.encode())
    bad = CAMERAS.replace("10.766,106.666", "95,106.666")
    answer = client.post(f"{CAMERA}/import", params={"file_name": "cameras.csv"}, content=bad.encode())
    assert (answer.status_code, answer.json()["code"]) == (422, "rows_refused")
    assert [(error["line"], error["field"]) for error in answer.json()["errors"]] == [(3, "lat")]
    assert codes(client.get(CAMERA).json()) == []


def test_a_dry_run_keeps_nothing(client: Client) -> None:
    client.post("/api/v1/units/import", params={"file_name": "units.geojson"}, content=UNITS.encode())
    fields = {"file_name": "cameras.csv", "dry_run": "true"}
    answer = client.post(f"{CAMERA}/import", params=fields, content=CAMERAS.encode())
    assert answer.json() == {"count": 3, "unverified": ["C002"], "dry_run": True}
    assert codes(client.get(CAMERA).json()) == []


def test_nobody_reads_or_writes(ward: Client) -> None:
    for wrong in ("", "Bearer", "Bearer matpho_guessed", "Basic YTpi"):
        read = ward.get(CAMERA, headers={"Authorization": wrong})
        written = ward.post(f"{CAMERA}/import?file_name=c.csv", content=b"x", headers={"Authorization": wrong})
        assert (read.status_code, written.status_code) == (401, 401), wrong
        assert (read.json()["code"], read.headers["www-authenticate"]) == ("not_signed_in", "Bearer")


def test_owners_are_told_to_those_who_may_and_each_reading_is_an_event(ward: Client) -> None:
    told = ward.get(f"{CAMERA}/C001/owner").json()
    assert (told["owner_name"], told["owner_phone"]) == ("Trần Văn Bí Mật", "0912345678")
    assert ward.get(f"{CAMERA}/C002/owner").json()["owner_name"] is None
    assert ward.get(f"{CAMERA}/C999/owner").status_code == 404


def test_a_program_of_a_head_brings_in_rows_of_their_units_and_of_no_other(ward: Client, service: Service) -> None:
    with unit_of_work(service.engine, writes=False) as session:
        unit_id = get_unit(session, "KP1", service.clock.now_us()).id
    head = {"Authorization": f"Bearer {token_of(service, 'ba', unit_id=unit_id, roles=[Role.HEAD])}"}
    officer = {"Authorization": f"Bearer {token_of(service, 'lan', unit_id=unit_id, roles=[Role.OFFICER])}"}
    rows = "code,name,unit,lat,lon,source\nH1,Ngõ 1,KP1,10.765,106.665,clips\n"
    others = rows + "H2,Ngõ 2,KP2,10.765,106.675,clips\nH3,Ngõ 3,,10.765,106.675,clips\nH4,Ngõ 4,KP9,10.7,106.6,clips\n"
    place, named = f"{CAMERA}/import", {"file_name": "c.csv"}
    refused = ward.post(place, params=named, content=others.encode(), headers=head)
    assert refused.status_code == 422
    assert [(one["line"], one["field"]) for one in refused.json()["errors"]] == [(3, "unit"), (4, "unit"), (5, "unit")]
    assert ward.get(f"{CAMERA}/H1").status_code == 404
    assert ward.post(place, params=named, content=rows.encode(), headers=officer).status_code == 403
    tried = ward.post(place, params=named | {"dry_run": "true"}, content=rows.encode(), headers=head)
    assert (tried.status_code, tried.json()["count"], ward.get(f"{CAMERA}/H1").status_code) == (200, 1, 404)
    assert ward.post(place, params=named, content=rows.encode(), headers=head).json()["count"] == 1
    assert ward.get(f"{CAMERA}/H1").json()["properties"]["unit"] == "KP1"
