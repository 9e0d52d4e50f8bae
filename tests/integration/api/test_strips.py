"""Strips over HTTP: key frames of a range in one picture, each at its own time, one event for all of them, under one grant."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
import sqlalchemy as sa

from access.tables import FootageGrant
from api.app import create_app
from api.service import Service
from extract import strips
from extract.strips import CELL, COLUMNS, evenly
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange, format_instant, parse_instant
from ingest.index.tables import Segment
from tests.integration.api.test_previews import START, recording
from tests.support.coded_footage import Recording
from tests.support.granting import grant_everything
from tests.support.indexed_footage import Scene, add_camera, index
from tests.support.luma import luma
from tests.support.serving import serving
from tests.support.web import make_service, signed_in, token_of

__all__ = ["recording"]
LENGTH = 60 * 40_000
KEYS = [START + n * 12 * 40_000 for n in range(5)]


@pytest.fixture
def scene(sqlite_engine: sa.Engine, store: LocalFiles, recording: Recording, tmp_path: Path) -> Scene:
    index(sqlite_engine, store, recording, add_camera(sqlite_engine, "C001", START - 1), tmp_path)
    return Scene(sqlite_engine, store, recording)


@pytest.fixture
def service(scene: Scene, data_dir: Path, clock: ManualClock) -> Service:
    return make_service(scene.engine, data_dir, clock)


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    app = create_app(service)
    with serving(app) as address, httpx.Client(base_url=address, headers=signed_in(app, Accept_Language="en")) as found:
        yield found


def ask(
    client: httpx.Client, begin: int = 0, end: int = LENGTH, headers: dict[str, str] | None = None, **more: Any
) -> httpx.Response:
    params = {"from": format_instant(START + begin), "to": format_instant(START + end), **more}
    return client.get("/api/v1/cameras/C001/strip.jpg", params=params, headers=headers or {})


def times(answer: httpx.Response) -> list[int]:
    return [parse_instant(text) for text in answer.headers["frame-times"].split(",")]


def events(scene: Scene) -> list[tuple[str, str]]:
    with unit_of_work(scene.engine, writes=False) as session:
        question = "SELECT action, detail FROM audit_event WHERE action LIKE 'f%' ORDER BY id"
        return [(row[0], row[1]) for row in session.execute(sa.text(question))]


def pictures_used(scene: Scene) -> int:
    with unit_of_work(scene.engine, writes=False) as session:
        return int(session.execute(sa.text("SELECT sum(count) FROM footage_use")).scalar() or 0)


def picture(jpeg: bytes) -> Any:
    with av.open(io.BytesIO(jpeg), "r") as container:
        return luma(next(container.decode(video=0)))


def test_each_picture_is_that_of_the_time_beside_it(client: httpx.Client) -> None:
    answer = ask(client)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    shown = times(answer)
    assert shown == KEYS
    assert (answer.headers["frame-size"], answer.headers["frame-columns"]) == (f"{CELL[0]}x{CELL[1]}", str(COLUMNS))
    sheet = picture(answer.content)
    assert sheet.shape == (CELL[1], CELL[0] * COLUMNS)
    for place, at_us in enumerate(shown):
        params = {"at": format_instant(at_us)}
        single = picture(client.get("/api/v1/cameras/C001/preview.jpg", params=params).content)
        share = min(CELL[0] / single.shape[1], CELL[1] / single.shape[0], 1.0)
        high, wide = round(single.shape[0] * share), round(single.shape[1] * share)
        top, left = (CELL[1] - high) // 2, place * CELL[0] + (CELL[0] - wide) // 2
        small = sheet[top : top + high, left : left + wide]
        rows = [round((n + 0.5) / share) for n in range(high)]
        columns = [round((n + 0.5) / share) for n in range(wide)]
        wanted = single[[min(n, single.shape[0] - 1) for n in rows]][:, [min(n, single.shape[1] - 1) for n in columns]]
        assert abs(small.astype(int) - wanted.astype(int)).mean() < 12, place


def test_one_strip_is_one_event_and_each_of_its_pictures_counts(client: httpx.Client, scene: Scene) -> None:
    first = ask(client)
    ((action, told),) = events(scene)
    assert action == "frame:skim"
    for part in (f'"from_us":{START}', f'"to_us":{START + LENGTH}', '"pictures":5', f'"last_us":{KEYS[-1]}'):
        assert part in told.replace(" ", ""), told
    assert pictures_used(scene) == 5
    known = ask(client, headers={"If-None-Match": first.headers["etag"]})
    assert (known.status_code, known.content, len(events(scene))) == (304, b"", 1)
    again = ask(client)
    assert (again.content, again.headers["etag"], len(events(scene))) == (first.content, first.headers["etag"], 2)


def test_singles_and_strips_share_what_was_made_and_go_with_the_footage(
    client: httpx.Client, service: Service, scene: Scene
) -> None:
    ask(client)
    folder = service.data / "previews"
    assert len(list(folder.iterdir())) == len(KEYS) + 1
    client.get("/api/v1/cameras/C001/preview.jpg", params={"at": format_instant(KEYS[2])})
    assert len(list(folder.iterdir())) == len(KEYS) + 1
    with scene.engine.begin() as connection:
        connection.execute(sa.delete(Segment).where(sa.column("start_us") == START))
    service.previews.sweep()  # one segment of the strip is gone, so the strip is
    assert service.previews._held
    assert all(len(segments) == 1 for _, segments in service.previews._held.values())
    assert START not in {segments[0][1] for _, segments in service.previews._held.values()}


def test_few_pictures_lie_evenly_and_none_is_asked_for_twice(client: httpx.Client) -> None:
    assert times(ask(client, count=2)) == [KEYS[1], KEYS[3]]
    assert times(ask(client, 500_000, 600_000)) == [KEYS[1]]
    assert ask(client, count=25).status_code == 422


def test_it_is_judged_under_one_grant_that_covers_all_of_it(
    client: httpx.Client, service: Service, scene: Scene
) -> None:
    headers = {"Authorization": f"Bearer {token_of(service, 'other')}"}
    assert ask(client, headers=headers).json()["code"] == "not_granted"
    windows = [(START + 490_000, START + 1_500_000), (START + 1_500_000, START + LENGTH)]
    for begin, end in windows:
        grant_everything(service.engine, service.clock, "other", pre_roll=0, start_us=begin, end_us=end)
    assert ask(client, 490_000, LENGTH, headers=headers).json()["code"] == "not_granted"  # by neither alone
    inside = ask(client, 490_000, 1_500_000, headers=headers)
    assert times(inside) == [key for key in KEYS if key >= windows[0][0] and key < windows[0][1]]
    alone = ask(client, 500_000, 900_000, headers=headers)  # its only key frame was taken before the window
    assert (alone.status_code, alone.json()["code"]) == (404, "strip_empty")
    with unit_of_work(scene.engine, writes=False) as session:
        ids = {grant.start_us: grant.id for grant in session.execute(sa.select(FootageGrant)).scalars()}
    wrong = ask(client, 500_000, 1_500_000, headers=headers, grant=ids[windows[1][0]])
    assert wrong.json()["code"] == "not_granted"
    with scene.engine.begin() as connection:
        connection.execute(sa.update(FootageGrant).values(ended_us=service.clock.now_us()))
    known = ask(client, 490_000, 1_500_000, headers=headers | {"If-None-Match": inside.headers["etag"]})
    assert known.json()["code"] == "not_granted"
    assert [action for action, _ in events(scene)].count("footage:refuse") == 4


def test_nothing_recorded_is_said(client: httpx.Client) -> None:
    assert ask(client, 60_000_000, 70_000_000).json()["code"] == "strip_empty"


def test_what_cannot_be_decoded_is_left_out_and_not_kept(client: httpx.Client, scene: Scene, tmp_path: Path) -> None:
    with unit_of_work(scene.engine, writes=False) as session:
        key = session.execute(sa.select(Segment.key).order_by(Segment.start_us)).scalars().first()  # type: ignore[call-overload]
    (path,) = (tmp_path / "data").rglob(Path(str(key)).name)
    data = bytearray(path.read_bytes())
    middle = data.rfind(b"mdat") + 4  # of the last fragment, which has all of this short segment
    data[middle : middle + 400] = b"\xff" * 400
    path.write_bytes(data)
    answer = ask(client)
    assert answer.status_code == 200
    assert "etag" not in answer.headers
    assert times(answer) == KEYS[1:]


def test_a_busy_machine_says_so(client: httpx.Client, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strips, "_WAIT_S", 0.1)
    for _ in range(strips._AT_ONCE):
        assert service.strips._free.acquire(timeout=1)
    assert ask(client).json()["code"] == "previews_busy"
    service.strips._free.release()
    assert ask(client).status_code == 200


def test_the_time_is_shared_evenly() -> None:
    parts = [TimeRange(0, 10), TimeRange(100, 130)]
    assert evenly(parts, 4) == [5, 105, 115, 125]
    assert evenly([], 4) == []
