"""Resumable uploads over HTTP: broken off and gone on with, bounded, one's own, handed to an import once."""

import base64
import hashlib
import os
import shutil
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import sqlalchemy as sa
from tusclient.client import TusClient

from api.handing import settle
from api.resumable import KEPT_US, MOST_EACH
from api.service import CLIPS_IMPORT, Service
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from tests.support.web import token_of

UPLOADS = "/api/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = {**TUS, "Content-Type": "application/offset+octet-stream"}
NAME = "Ngõ 12 20260307_210500.mp4"


def begin(client: httpx.Client, length: int, **headers: str) -> str:
    named = {"Upload-Metadata": f"filename {base64.b64encode(NAME.encode()).decode()},filetype dmlkZW8="}
    answer = client.post(UPLOADS, headers={**TUS, "Upload-Length": str(length), **named, **headers})
    assert answer.status_code == 201, answer.text
    assert answer.headers["tus-resumable"] == "1.0.0"
    return str(answer.headers["location"])


def send(client: httpx.Client, place: str, at: int, data: bytes, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.patch(place, content=data, headers={**CHUNK, "Upload-Offset": str(at), **named})


def offset(client: httpx.Client, place: str) -> int:
    answer = client.head(place, headers=TUS)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    return int(answer.headers["upload-offset"])


def bring(client: httpx.Client, place: str, **more: str) -> httpx.Response:
    params = {"camera": "C001", "upload": place.rpartition("/")[2], **more}
    return client.post("/api/v1/imports", params=params)


def other(service: Service) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_of(service, 'other')}"}


def stored(service: Service, place: str) -> bytes:
    return service.uploads.data_of(place.rpartition("/")[2]).read_bytes()


def test_a_client_of_the_protocol_sends_and_it_is_imported_once(
    ward: httpx.Client, service: Service, tmp_path: Path
) -> None:
    data = os.urandom(5_000_001)
    (tmp_path / "a.mp4").write_bytes(data)
    client = TusClient(f"{ward.base_url}{UPLOADS}", headers={"Authorization": ward.headers["authorization"]})
    with (tmp_path / "a.mp4").open("rb") as file:
        uploader = client.uploader(file_stream=file, chunk_size=1_000_000, metadata={"filename": NAME})
        uploader.upload_chunk()  # type: ignore[no-untyped-call]
    with (tmp_path / "a.mp4").open("rb") as file:
        again = client.uploader(file_stream=file, chunk_size=2_000_000, url=uploader.url)
        assert again.offset == 1_000_000
        again.upload()
    place = urlsplit(str(uploader.url)).path
    answer = bring(ward, place)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/api/v1/imports/{answer.json()['id']}"
    with unit_of_work(service.engine, writes=False) as session:
        (job,) = service.jobs.unfinished(session, CLIPS_IMPORT)
    assert Path(job.payload["path"]).read_bytes() == data
    assert (job.payload["file_name"], Path(job.payload["path"]).suffix) == (NAME, ".mp4")
    assert (ward.head(place).status_code, bring(ward, place).json()["code"]) == (404, "upload_unknown")
    assert list((service.data / "uploads").iterdir()) == []


def test_a_connection_that_breaks_halfway_is_gone_on_with(ward: httpx.Client, service: Service) -> None:
    data = os.urandom(3_000_000)
    place = begin(ward, len(data))
    address = urlsplit(str(ward.base_url))
    head = f"PATCH {place} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\nUpload-Offset: 0\r\n"
    fields = {**CHUNK, "Authorization": ward.headers["authorization"]}
    head += "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
    with socket.create_connection((address.hostname or "", address.port or 0)) as line:
        line.sendall(head.encode() + data[:1_234_567])
        limit = time.monotonic() + 10
        while len(stored(service, place)) < 1 << 20 and time.monotonic() < limit:
            time.sleep(0.01)
        assert send(ward, place, 0, b"x").status_code == 423  # the first one is still sending
    limit = time.monotonic() + 10
    while offset(ward, place) == 0 and time.monotonic() < limit:
        time.sleep(0.01)
    at = offset(ward, place)
    assert 1 << 20 <= at <= 1_234_567
    assert send(ward, place, 0, data).json()["code"] == "upload_elsewhere"
    done = send(ward, place, at, data[at:])
    assert (done.status_code, done.headers["upload-offset"]) == (204, str(len(data)))
    assert stored(service, place) == data


@pytest.mark.parametrize(
    "head",
    [
        b"\xff\xd8\xff\xe1photo",
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        b"\x00\x00\x00\x1cftypheic",
        b"%PDF-1.7",
        b"PK\x03\x04\x14",
    ],
    ids=["jpeg", "webp", "heic", "pdf", "zip"],
)
def test_what_is_no_recording_is_refused_with_its_first_piece(ward: httpx.Client, head: bytes) -> None:
    place = begin(ward, 1000)
    refused = send(ward, place, 0, head + b"x" * 100)
    assert (refused.status_code, refused.json()["code"]) == (422, "recording_foreign")
    assert ward.head(place, headers=TUS).status_code == 404  # nobody goes on with it
    whole = ward.post("/api/v1/imports", params={"camera": "C001", "file_name": "a.mp4"}, content=head)
    assert (whole.status_code, whole.json()["code"]) == (422, "recording_foreign")
    for good in (b"RIFF\x00\x00\x00\x00AVI LIST", b"\x00\x00\x00\x1cftypisom", b"IMKH", b"\x47"):
        assert send(ward, begin(ward, 1000), 0, good).status_code == 204


def test_what_was_not_synced_does_not_count(ward: httpx.Client, service: Service) -> None:
    place = begin(ward, 100)
    send(ward, place, 0, b"a" * 40)
    with service.uploads.data_of(place.rpartition("/")[2]).open("ab") as file:
        file.write(b"torn")  # as a crash between writing and syncing leaves it
    assert offset(ward, place) == 40
    assert send(ward, place, 40, b"b" * 60).status_code == 204
    assert stored(service, place) == b"a" * 40 + b"b" * 60


def test_a_check_sum_holds_for_all_of_a_request(ward: httpx.Client, service: Service) -> None:
    place = begin(ward, 20)
    right = base64.b64encode(hashlib.sha1(b"0123456789").digest()).decode()
    wrong = send(ward, place, 0, b"0123456788", Upload_Checksum=f"sha1 {right}")
    assert (wrong.status_code, wrong.json()["code"], offset(ward, place)) == (460, "upload_sum_wrong", 0)
    assert stored(service, place) == b""
    assert send(ward, place, 0, b"0123456789", Upload_Checksum=f"sha1 {right}").status_code == 204
    also = base64.b64encode(hashlib.sha256(b"0123456789").digest()).decode()
    assert send(ward, place, 10, b"0123456789", Upload_Checksum=f"sha256 {also}").status_code == 204
    for bad in ("md5 aaaa", "sha1 %", "sha1"):
        assert send(ward, place, 20, b"", Upload_Checksum=bad).status_code in {422, 460}


def test_it_is_nobody_elses(ward: httpx.Client, service: Service) -> None:
    place, theirs = begin(ward, 5), other(service)
    assert ward.head(place, headers=theirs).status_code == 404
    assert send(ward, place, 0, b"12345", **theirs).json()["code"] == "upload_unknown"
    assert ward.delete(place, headers={**TUS, **theirs}).status_code == 404
    assert send(ward, place, 0, b"12345").status_code == 204
    params = {"camera": "C001", "upload": place.rpartition("/")[2]}
    assert ward.post("/api/v1/imports", params=params, headers=theirs).json()["code"] == "upload_unknown"
    assert ward.delete(place, headers=TUS).status_code == 204
    assert ward.head(place).status_code == 404
    for strange in ("..", "a/b", "%2e%2e%2f", "x" * 26):
        assert ward.get(f"{UPLOADS}/{strange}").status_code == 404


def test_it_is_bounded(ward: httpx.Client, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    most = int(ward.options(UPLOADS).headers["tus-max-size"])
    large = ward.post(UPLOADS, headers={**TUS, "Upload-Length": str(most + 1)})
    assert (large.status_code, large.json()["code"], large.headers["tus-resumable"]) == (
        413,
        "upload_too_large",
        "1.0.0",
    )
    place = begin(ward, 10)
    assert send(ward, place, 0, b"x" * 11).status_code == 413
    assert offset(ward, place) == 0
    for _ in range(MOST_EACH - 1):
        begin(ward, 1)
    many = ward.post(UPLOADS, headers={**TUS, "Upload-Length": "1"})
    assert (many.status_code, many.json()["code"]) == (429, "uploads_too_many")
    ward.delete(place, headers=TUS)
    free = shutil.disk_usage(service.data).free
    monkeypatch.setattr(service.uploads, "_keep_free", free - 2**30)
    full = ward.post(UPLOADS, headers={**TUS, "Upload-Length": str(2**34)})
    assert (full.status_code, full.json()["code"]) == (503, "disk_full")
    monkeypatch.setattr(service.uploads, "_keep_free", 0)
    place = begin(ward, 10)
    monkeypatch.setattr(service.uploads, "_keep_free", free * 2)
    assert send(ward, place, 0, b"x" * 10).json()["code"] == "disk_full"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Length": "1"}, 412, "tus_version_unknown"),
        ({"Tus-Resumable": "0.2.2", "Upload-Length": "1"}, 412, "tus_version_unknown"),
        (TUS, 422, "upload_header_unusable"),
        ({**TUS, "Upload-Length": "-1"}, 422, "upload_header_unusable"),
        ({**TUS, "Upload-Length": "1", "Upload-Metadata": "filename %"}, 422, "upload_header_unusable"),
    ],
)
def test_what_is_not_the_protocol_is_refused(
    ward: httpx.Client, headers: dict[str, str], status: int, code: str
) -> None:
    answer = ward.post(UPLOADS, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("tus-version" in answer.headers) == (status == 412)


def test_a_chunk_says_what_it_is(ward: httpx.Client) -> None:
    place = begin(ward, 5)
    plain = ward.patch(place, content=b"12345", headers={**TUS, "Upload-Offset": "0", "Content-Type": "video/mp4"})
    assert (plain.status_code, plain.json()["code"]) == (415, "upload_kind_unknown")
    told = ward.options(UPLOADS).headers
    assert (told["tus-version"], told["tus-extension"]) == ("1.0.0", "creation,expiration,termination,checksum")


def test_it_is_forgotten_a_day_after_its_last_byte(ward: httpx.Client, service: Service, clock: ManualClock) -> None:
    place = begin(ward, 10)
    clock.advance(KEPT_US - 1_000_000)
    assert send(ward, place, 0, b"12345").status_code == 204
    clock.advance(KEPT_US - 1_000_000)
    assert offset(ward, place) == 5
    clock.advance(2_000_000)
    assert ward.head(place).status_code == 404
    begin(ward, 1)
    assert len(list((service.data / "uploads").iterdir())) == 1


def test_only_what_is_whole_and_has_a_name_is_handed_over(ward: httpx.Client, service: Service) -> None:
    place = begin(ward, 10)
    send(ward, place, 0, b"12345")
    assert (bring(ward, place).status_code, bring(ward, place).json()["code"]) == (409, "upload_unfinished")
    assert bring(ward, place, camera="NONE").json()["code"] == "camera_unknown"
    nameless = ward.post(UPLOADS, headers={**TUS, "Upload-Length": "0"}).headers["location"]
    assert bring(ward, nameless).json()["code"] == "file_name_missing"
    assert bring(ward, nameless, file_name="a.mp4").status_code == 202
    assert ward.post("/api/v1/imports", params={"camera": "C001"}, content=b"x").json()["code"] == "file_name_missing"


def test_an_import_that_is_not_stored_leaves_the_upload(
    ward: httpx.Client, service: Service, sqlite_engine: sa.Engine
) -> None:
    place = begin(ward, 5)
    send(ward, place, 0, b"12345")
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE job RENAME TO gone")
    assert bring(ward, place).status_code >= 500
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO job")
    assert (offset(ward, place), stored(service, place)) == (5, b"12345")
    assert bring(ward, place).status_code == 202


@pytest.mark.parametrize("committed", [False, True])
def test_what_a_crash_left_half_handed_over_is_settled(ward: httpx.Client, service: Service, committed: bool) -> None:
    place = begin(ward, 5)
    send(ward, place, 0, b"12345")
    name = place.rpartition("/")[2]
    path = service.inbox / f"{name}.mp4"
    service.inbox.mkdir()
    service.uploads.data_of(name).rename(path)
    if committed:
        with unit_of_work(service.engine) as session:
            service.jobs.submit(session, CLIPS_IMPORT, {"path": str(path.absolute()), "camera": "C001"})
    settle(service)
    assert path.exists() is committed
    assert ward.head(place).status_code == (404 if committed else 200)
    if not committed:
        assert bring(ward, place).status_code == 202


def test_nobody_begins_nothing(ward: httpx.Client) -> None:
    anonymous = httpx.post(f"{ward.base_url}{UPLOADS}", headers={**TUS, "Upload-Length": "1"})
    assert (anonymous.status_code, anonymous.headers["tus-resumable"]) == (401, "1.0.0")
