"""A camera with two runs of coded footage and a gap of two seconds between them, in a real catalogue and store."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from foundation.storage import LocalFiles
from tests.support.coded_footage import Recipe, Recording, encode, record
from tests.support.indexed_footage import Scene, add_camera, index

START = 1_772_892_000_000_000
OPEN = "keyint=12:min-keyint=12:scenecut=0:bframes=2:b-adapt=0:open-gop=1"


@pytest.fixture(scope="session")
def recorded_scene(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    folder = tmp_path_factory.mktemp("scene")
    found, at = Recording(folder / "store"), START
    found.folder.mkdir()
    for number in range(2):
        recipe = Recipe(params=OPEN, frames=100, sound=True, first=number * 1000)
        encode(folder / f"{number}.mp4", recipe, seed=number)
        at = record(found, folder / f"{number}.mp4", recipe, number + 1, at, 60_000) + 2_000_000
    return found


@pytest.fixture
def scene(engine: sa.Engine, store: LocalFiles, recorded_scene: Recording, tmp_path: Path) -> Scene:
    stream = add_camera(engine, "C001", START - 1)
    index(engine, store, recorded_scene, stream, tmp_path)
    return Scene(engine, store, recorded_scene)
