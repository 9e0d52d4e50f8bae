"""What a clip truly contains, in a form that people read and programs compare. docs/ref/receipt.md lists the fields.

The same clip has the same receipt, byte for byte: it holds neither its id nor the time of its making. Pure.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from extract.cut import Cut
from extract.footage import Footage
from extract.layout import Layout
from extract.plan import Part, Plan
from extract.times import passages
from extract.virtual_file import FORMAT_VERSION, VirtualFile
from foundation.mp4.sample_entries import codec_string
from foundation.timebase import TimeRange, format_instant, subtract
from ingest.index.recorder_clock import Comparison
from ingest.index.records import Gap, RunRecord, SegmentRecord

Receipt = dict[str, Any]
RECEIPT_VERSION = 1
UNKNOWN = "unknown"


@dataclass(frozen=True)
class ImportedFile:
    """The original that segments were made from; it is kept byte for byte."""

    id: str
    file_name: str
    sha256: str
    size_bytes: int
    start_source: str | None
    compared: Comparison | None = None
    """What its times were put right by."""


@dataclass(frozen=True)
class Known:
    """What is known around a plan: whose footage it is, and where it came from."""

    camera_code: str
    camera_name: str
    sound_agreed: bool
    segments: Mapping[str, SegmentRecord]
    runs: Mapping[int, RunRecord]
    imports: Mapping[str, ImportedFile]
    gaps: Sequence[Gap]
    zone: str | None


def canonical(receipt: Mapping[str, Any]) -> str:
    """Return the receipt as JSON with sorted keys and no blanks: the bytes that are stored and hashed."""
    return json.dumps(receipt, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def receipt_of(planned: Plan, files: Sequence[tuple[Layout, VirtualFile]], known: Known, *, audio: bool) -> Receipt:
    """Return the receipt of a plan with at least one part, whose files are `files`."""
    gaps = gaps_of(planned, known.gaps)
    numbers = {segment.key: number for number, segment in enumerate(planned.used)}
    parts = [
        _part(number, part, *file, numbers)
        for number, (part, file) in enumerate(zip(planned.parts, files, strict=True), 1)
    ]
    return {
        "kind": "clip",
        "version": RECEIPT_VERSION,
        "format_version": FORMAT_VERSION,
        "camera": {"code": known.camera_code, "name": known.camera_name},
        "asked": {**_range(planned.span), "mode": planned.mode, "audio": audio, "times": known.zone},
        "complete": not gaps,
        "delivered": {"from": parts[0]["timeline"][0]["from"], "to": parts[-1]["timeline"][-1]["to"]},
        "frames": {name: sum(part["frames"][name] for part in parts) for name in ("visible", "hidden")},
        "gaps": gaps,
        "parts": parts,
        "segments": [_segment(item, known) for item in planned.used],
        "imports": _imports(planned, known),
        "clock": _clocks(planned, known),
        "sound_agreed": known.sound_agreed,
    }


def gaps_of(planned: Plan, gaps: Sequence[Gap]) -> list[dict[str, str]]:
    """Return what of the asked range is not in the clip, in order, each with its reason."""
    told: list[tuple[TimeRange, str]] = [(item.range, item.reason) for item in planned.lost]
    for missing in subtract(planned.span, [*planned.covered, *(item.range for item in planned.lost)]):
        known = [(found, str(gap.reason)) for gap in gaps if (found := missing.intersection(gap.range)) is not None]
        told += known
        told += [(rest, UNKNOWN) for rest in subtract(missing, [found for found, _ in known])]
    return [{**_range(span), "reason": reason} for span, reason in sorted(told)]


def _range(span: TimeRange) -> dict[str, str]:
    return {"from": format_instant(span.start_us), "to": format_instant(span.end_us)}


def _part(number: int, part: Part, layout: Layout, file: VirtualFile, numbers: Mapping[str, int]) -> dict[str, Any]:
    picture = layout.video.track
    visible = sum(int(cut.seen.sum()) for cut in part.cuts)
    told = [
        {
            "ticks": [item.start_ticks, item.end_ticks],
            "from": format_instant(item.start_us),
            "to": format_instant(item.end_us),
            "segment": numbers[item.key],
        }
        for item in passages(part)
    ]
    sound = None
    if layout.sound is not None:
        heard = layout.sound.track
        sound = {"codecs": [codec_string(entry) for entry in heard.sample_entries], "rate": heard.timescale}
    return {
        "part": number,
        "codecs": [codec_string(entry) for entry in picture.sample_entries],
        "width": picture.width,
        "height": picture.height,
        "sound": sound,
        "etag": file.etag,
        "size_bytes": file.size,
        "duration_ticks": file.duration_ticks,
        "frames": {"visible": visible, "hidden": len(picture.samples) - visible},
        "hidden": [told for cut in part.cuts for told in _hidden(cut)],
        "timeline": told,
    }


def _hidden(cut: Cut) -> list[dict[str, Any]]:
    """Tell of frames that are in the file for decoding only: what a player does not show, an examiner can."""
    told = []
    pts = cut.samples.pts
    for name, mask in (("pre_roll", pts < cut.first), ("post_roll", pts >= cut.end)):
        places = np.flatnonzero(mask)
        if len(places):
            walls = [
                cut.footage[owner].wall_us(ticks - cut.bases[owner])
                for owner, ticks in zip(cut.owner[places].tolist(), pts[places].tolist(), strict=True)
            ]
            told.append(
                {
                    "kind": name,
                    "first": format_instant(min(walls)),
                    "last": format_instant(max(walls)),
                    "frames": len(places),
                }
            )
    return told


def _segment(item: Footage, known: Known) -> dict[str, Any]:
    record = known.segments[item.key]
    run = known.runs.get(item.run_id)
    return {
        **_range(TimeRange(item.start_us, item.end_us)),
        "run": item.run_id,
        "sha256": item.sha256.hex() if record.sealed else None,
        "size_bytes": record.size_bytes,
        "sealed": record.sealed,
        "import": run.import_id if run else None,
    }


def _imports(planned: Plan, known: Known) -> list[dict[str, Any]]:
    runs = [known.runs[item.run_id] for item in planned.used if item.run_id in known.runs]
    names = dict.fromkeys(run.import_id for run in runs if run.import_id in known.imports)
    return [
        {
            "id": found.id,
            "file_name": found.file_name,
            "sha256": found.sha256,
            "size_bytes": found.size_bytes,
            "start_source": found.start_source,
            **_compared(found.compared),
        }
        for name in names
        if name is not None
        for found in [known.imports[name]]
    ]


def _compared(found: Comparison | None) -> dict[str, Any]:
    """Tell of the recorder's clock; nothing where nobody compared it, so that receipts of before stay the same."""
    if found is None:
        return {}
    told = {"offset_us": found.offset_us, "compared": format_instant(found.at_us)}
    return {"recorder_clock": told | {"uncertainty_us": found.uncertainty_us}}


def _clocks(planned: Plan, known: Known) -> list[dict[str, Any]]:
    """Tell for each run used how its time came to be known, and how far it may be off (null: nobody knows)."""
    runs = dict.fromkeys(item.run_id for item in planned.used)
    return [
        {"run": run.id, "source": run.clock_source, "uncertainty_us": run.uncertainty_us}
        for run in (known.runs.get(run_id) for run_id in runs)
        if run is not None
    ]
