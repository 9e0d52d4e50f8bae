"""What is installed has every file that pages are made of, those of others with their licences as well."""

import subprocess
import sys
import zipfile
from pathlib import Path

from api.pages import STATIC

ROOT = STATIC.parents[1]


def test_a_wheel_has_every_static_file(tmp_path: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    source = tmp_path / "source"
    wanted = set()
    for name in filter(None, tracked.split("\0")):
        if not name.startswith(("api/", "requirements/", "pyproject.toml", "README.md", "LICENSE")):
            continue
        copy = source / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / name).read_bytes())
        if name.startswith("api/static/"):
            wanted.add(name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(source)], check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        assert wanted - set(wheel.namelist()) == set()
    assert "api/static/vendor/leaflet-1.9.4/LICENSE" in wanted
