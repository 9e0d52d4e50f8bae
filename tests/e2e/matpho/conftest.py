"""A small ward in a data folder of its own, driven as people do: by the command line, in processes of its own."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.coded_footage import Recipe, encode
from tests.support.command_line import Matpho, matpho_on
from tests.support.databases import PostgresTemplate
from tests.support.seaweed import BUCKET

UNITS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"code": "KP1", "name": "Khu phố 1", "kind": "neighbourhood"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[106.699, 10.769], [106.702, 10.769], [106.702, 10.772], [106.699, 10.772], [106.699, 10.769]]
                ],
            },
        }
    ],
}
CAMERAS = (
    "code,name,unit,lat,lon,bearing_deg,hfov_deg,range_m,source,owner_name,status\n"
    "C1,Đầu hẻm 12,KP1,10.7700,106.7000,90,90,60,clips,Bà Tư,active\n"
    "C2,Ngã ba,KP1,10.7700,106.7010,0,90,40,clips,,active\n"
    "C3,Chưa rõ,KP1,10.7710,106.7005,,,40,clips,,active\n"
)


@pytest.fixture
def matpho(data_dir: Path) -> Matpho:
    """The command line on a fresh data folder."""
    return matpho_on(data_dir)


@pytest.fixture
def ward(matpho: Matpho, tmp_path: Path) -> Matpho:
    """The command line on a data folder with one unit and three cameras."""
    return register(matpho, tmp_path)


@pytest.fixture
def city(data_dir: Path, tmp_path: Path, _seaweed: None, _postgres_template: PostgresTemplate) -> Iterator[Matpho]:
    """The same, but the catalogue is PostgreSQL and the footage is in an S3 store."""
    with _postgres_template.catalogue() as engine:
        url = engine.url.render_as_string(hide_password=False)
        store = f"s3://{BUCKET}/{os.getpid()}-{tmp_path.name}"
        yield register(matpho_on(data_dir, MATPHO_DATABASE_URL=url, MATPHO_STORE_URL=store), tmp_path)


def register(matpho: Matpho, folder: Path) -> Matpho:
    units, cameras = folder / "units.geojson", folder / "cameras.csv"
    units.write_text(json.dumps(UNITS))
    cameras.write_text(CAMERAS)
    assert matpho("units", "import", units).code == 0
    assert matpho("cameras", "import", cameras).code == 0
    return matpho


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds at 25 frames a second, a key frame every 10 frames, named as a recorder names it."""
    path = tmp_path_factory.mktemp("source") / "cam1_20260307210500.mp4"
    encode(path, Recipe(frames=200))
    return path
