"""A small ward in a data folder of its own, driven as people do: by the command line, in processes of its own."""

import json
from pathlib import Path

import pytest

from tests.support.coded_footage import Recipe, encode
from tests.support.command_line import Matpho, matpho_on

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
    units, cameras = tmp_path / "units.geojson", tmp_path / "cameras.csv"
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
