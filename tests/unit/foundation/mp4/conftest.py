from pathlib import Path

import pytest

from tests.support.mp4_media import RECIPES, make


@pytest.fixture(scope="session", params=RECIPES)
def real_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("real"), request.param)


@pytest.fixture(scope="session")
def b_frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("real"), "h264_b_frames.mp4")
