"""`manifest.json` beside the clips: what each file is, and its SHA-256, so that anybody can tell a changed one."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from foundation.timebase import MICROSECONDS, format_instant, rescale
from sample_clips.generator import VIETNAM_MINUTES, Made, Recipe
from sample_clips.scene import zone_of

NAME = "manifest.json"
VERSION = 1


def entry(file_name: str, recipe: Recipe, made: Made) -> dict[str, Any]:
    """Return what the manifest says of a clip; times are RFC 3339, durations microseconds."""
    fields = asdict(recipe)
    del fields["camera"], fields["start_us"]
    return {
        "file": file_name,
        "camera": recipe.camera,
        "start": format_instant(recipe.start_us, zone_of(VIETNAM_MINUTES)),
        "duration_us": rescale(recipe.seconds, MICROSECONDS, 1),
        "frames": len(made.captured_us),
        "size_bytes": made.size,
        "sha256": made.sha256,
        "recipe": fields,
    }


def write(folder: Path, clips: list[dict[str, Any]]) -> None:
    body = {"version": VERSION, "clips": clips}
    (folder / NAME).write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n")


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the entries, none if there is no manifest. Raises `ValueError` for another version."""
    path = folder / NAME
    if not path.exists():
        return []
    body = json.loads(path.read_text())
    if body.get("version") != VERSION:
        raise ValueError(f"{path} is of version {body.get('version')}, known is {VERSION}")
    clips: list[dict[str, Any]] = body["clips"]
    return clips


def problems(folder: Path) -> list[str]:
    """Return what in `folder` is not as its manifest says; without a manifest, that."""
    clips = read(folder)
    if not clips:
        return [f"{folder / NAME} lists no clip"]
    found = []
    for clip in clips:
        path = folder / clip["file"]
        if not path.is_file():
            found.append(f"{clip['file']} is missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != clip["sha256"]:
            found.append(f"{clip['file']} is not what was made")
    return found
