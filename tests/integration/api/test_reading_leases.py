"""Whoever is sent a clip has a lease on its footage: once a minute, two minutes beyond the last request."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import col

from api.app import create_app
from api.rest.clips import _chunks
from camera_registry.tables import Ownership
from extract.clips import ClipRecord, open_clip, read_clip
from extract.reading import OUTLASTS_US, end_reading, keep_reading, reach
from foundation.clock import ManualClock
from foundation.database import create_engine, unit_of_work
from foundation.identity import Actor
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange, format_instant
from ingest.index.tables import ReadingLease
from ingest.retention import DAY_US, retain
from tests.support.coded_footage import Recipe, Recording, encode, record
from tests.support.indexed_footage import Scene, add_camera, index
from tests.support.serving import serving
from tests.support.web import make_service, signed_in

START = 1_772_892_000_000_000 - 3_600_000_000
SECOND = 1_000_000


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Eight seconds in segments of two."""
    folder = tmp_path_factory.mktemp("leased")
    found = Recording(folder / "store")
    found.folder.mkdir()
    recipe = Recipe(params="keyint=25:min-keyint=25:scenecut=0", frames=200)
    encode(folder / "0.mp4", recipe, seed=1)
    record(found, folder / "0.mp4", recipe, 1, START, 180_000)
    return found


@pytest.fixture
def scene(sqlite_engine: sa.Engine, store: LocalFiles, recording: Recording, tmp_path: Path) -> Scene:
    camera_id, stream_id = add_camera(sqlite_engine, "C001", START - 1)
    index(sqlite_engine, store, recording, (camera_id, stream_id), tmp_path)
    with unit_of_work(sqlite_engine) as session:
        session.add(Ownership(camera_id=camera_id, valid_from_us=0, retention_days=1))
    return Scene(sqlite_engine, store, recording)


@pytest.fixture
def client(scene: Scene, data_dir: Path, clock: ManualClock) -> Iterator[httpx.Client]:
    app = create_app(make_service(scene.engine, data_dir, clock))
    with serving(app) as address, httpx.Client(base_url=address, headers=signed_in(app)) as found:
        yield found


def made(client: httpx.Client, scene: Scene) -> tuple[ClipRecord, dict[str, str]]:
    span = {"from": format_instant(START + 2_500_000), "to": format_instant(START + 3_500_000)}
    answer = client.post("/api/v1/clips", json={"camera": "C001", **span}).json()
    with unit_of_work(scene.engine, writes=False) as session:
        clip = read_clip(session, answer["id"])
    return clip, answer["links"]


def leases(scene: Scene) -> list[tuple[str, TimeRange, int]]:
    with unit_of_work(scene.engine, writes=False) as session:
        rows = session.execute(sa.select(ReadingLease).order_by(col(ReadingLease.holder))).scalars()
        return [(row.holder, TimeRange(row.start_us, row.end_us), row.until_us) for row in rows]


def purge(scene: Scene, clock: ManualClock, actor: Actor) -> int:
    done = retain(scene.engine, scene.store, clock, actor, free_bytes=lambda: None, keep_free_bytes=0)
    return done.age.segments


def test_a_clip_is_leased_from_its_making_with_all_it_leans_on(
    client: httpx.Client, scene: Scene, clock: ManualClock
) -> None:
    clip, _ = made(client, scene)
    ((holder, span, until),) = leases(scene)
    assert (holder, span) == (clip.id, reach(clip))
    assert until >= clock.now_us() + OUTLASTS_US
    for _, start_us in clip.segments:
        assert span.contains(start_us)


def test_a_lease_is_written_once_a_minute_and_outlasts_every_request(
    client: httpx.Client, scene: Scene, clock: ManualClock
) -> None:
    _, links = made(client, scene)
    names = [*links["media"], links["playlist"], links["times"], f"{links['self']}/hls/1-1.m4s"]
    written = set()
    for number in range(60):
        clock.advance(7 * SECOND)
        assert client.get(names[number % len(names)]).status_code == 200
        ((_, _, until),) = leases(scene)
        assert until >= clock.now_us() + OUTLASTS_US
        written.add(until)
    assert len(written) <= 60 * 7 // 60 + 1


def test_retention_leaves_a_clip_that_is_watched_alone(
    client: httpx.Client, scene: Scene, clock: ManualClock, actor: Actor
) -> None:
    clip, links = made(client, scene)
    clock.advance(10 * DAY_US)
    whole = client.get(links["media"][0]).content
    count = len(scene.recording.footage)
    assert purge(scene, clock, actor) == count - len(clip.segments)
    assert client.get(links["media"][0]).content == whole
    client.get(links["self"])  # on the same connection, so the sending before it has ended
    clock.advance(OUTLASTS_US + 61 * SECOND)
    assert purge(scene, clock, actor) == len(clip.segments)
    gone = client.get(links["media"][0])
    assert (gone.status_code, gone.json()["code"]) == (410, "clip_gone")


def test_a_long_transfer_prolongs_its_lease_with_every_piece(
    client: httpx.Client, scene: Scene, data_dir: Path, clock: ManualClock
) -> None:
    clip, _ = made(client, scene)
    service = make_service(scene.engine, data_dir, clock)
    with unit_of_work(scene.engine, writes=False) as session:
        virtual = open_clip(session, scene.store, clip.id)
    for _ in range(3):
        pieces = _chunks(service, clip, virtual, 0, virtual.size)
        assert next(pieces)
        clock.advance(61 * SECOND)
        assert list(pieces) == []
        ((_, _, until),) = leases(scene)
        assert until >= clock.now_us() + OUTLASTS_US


def test_a_locked_catalogue_keeps_nobody_from_reading(client: httpx.Client, scene: Scene, clock: ManualClock) -> None:
    clip, _ = made(client, scene)
    nowhere = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=2")
    ((_, _, before),) = leases(scene)
    clock.advance(61 * SECOND)
    keep_reading(nowhere, clock, clip)
    ((_, _, after),) = leases(scene)
    assert before == after


def test_who_has_all_of_it_gives_the_lease_up(client: httpx.Client, scene: Scene) -> None:
    clip, _ = made(client, scene)
    end_reading(scene.engine, clip)
    assert leases(scene) == []
