"""Files of others are exactly those that were published, and each says whose it is."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from api.pages import STATIC

VENDOR = STATIC / "vendor"
LISTED = json.loads((VENDOR / "VENDORED.json").read_text(encoding="utf-8"))


def integrity(path: Path) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()


def test_every_vendored_file_is_listed_with_its_hash() -> None:
    listed = {f"{part['folder']}/{name}": value for part in LISTED for name, value in part["files"].items()}
    stored = {p.relative_to(VENDOR).as_posix(): integrity(p) for p in VENDOR.rglob("*") if p.is_file()}
    del stored["VENDORED.json"]
    assert stored == listed


@pytest.mark.parametrize("part", LISTED, ids=lambda part: part["folder"])
def test_every_part_has_its_origin_and_licence(part: dict[str, str]) -> None:
    assert part["folder"].endswith(part["version"])
    assert part["tarball_integrity"].startswith("sha512-")
    assert part["licence"]
    assert "LICENSE" in part["files"]


def test_our_pages_name_only_our_own_files() -> None:
    for page in STATIC.glob("*.html"):
        for address in re.findall(r'(?:src|href)="([^"]+)"', page.read_text(encoding="utf-8")):
            assert address == "/openapi.json" or (STATIC / address.removeprefix("/static/")).is_file()
