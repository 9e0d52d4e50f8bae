"""What an import says: how far it is, what came of it, and why it was refused."""

import json
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from foundation.errors import N_, BadInput, Conflict, Unavailable
from foundation.language import Language, translate
from foundation.timebase import TimeRange, format_instant
from ingest.index.recorder_clock import Comparison
from ingest.index.tables import ClipImport


class StartInFuture(BadInput):
    code = "start_in_future"
    message = N_("{file} would begin on {start}, which is still to come")
    mend = N_("Check the date; if the recorder's clock is wrong, give the true start")


class DiskFull(Unavailable):
    code = "import_disk_full"
    message = N_("The disk of the data folder has too little room for {file}: it needs {needed} MB, {free} MB are free")
    mend = N_("Free some room, or move the data folder to a larger disk")


class ImportCancelled(Conflict):
    code = "import_cancelled"
    message = N_("The import of {file} was cancelled; nothing of it is kept")


@dataclass(frozen=True)
class ImportProgress:
    """`stage` is copy, read or store; `done` and `total` are bytes of the file."""

    stage: str
    done: int
    total: int

    @property
    def percent(self) -> int:
        """How far the whole import is, which only ever grows, while `done` begins anew with each stage."""
        begins, part = _STAGES.get(self.stage, (0, 0))
        return begins + part * self.done // max(1, self.total)


_STAGES = {"copy": (0, 30), "read": (30, 65), "store": (95, 4)}
"""Where each stage begins and how much of the whole it is, in percent; the last one is for the catalogue."""


@dataclass(frozen=True)
class ClipImported:
    """What came of it. `already` is set when the same bytes were imported before: these are then the facts of that.

    `start_us` is the start that the person, the file name or the metadata tells, put right by `compared` where somebody
    compared the recorder's clock; `notices` are templates with fields.
    """

    import_id: str
    camera: str
    file_name: str
    sha256: str
    size_bytes: int
    start_us: int
    end_us: int
    start_source: str
    runs: int
    segments: int
    frames: int
    notices: tuple[dict[str, Any], ...]
    compared: Comparison | None = None
    already: bool = False

    def as_dict(self, language: Language | None, zone: tzinfo) -> dict[str, Any]:
        """Return it as JSON, texts in `language`, times in `zone`; without a language notices stay templates."""
        notices: list[Any] = list(self.notices)
        if language is not None:
            notices = [translate(language, item["message"], **item["fields"]) for item in notices]
        return {
            "import": self.import_id,
            "camera": self.camera,
            "file": self.file_name,
            "sha256": self.sha256,
            "bytes": self.size_bytes,
            "from": format_instant(self.start_us, zone),
            "to": format_instant(self.end_us, zone),
            "start_source": self.start_source,
            "clock": self._clock(zone),
            "runs": self.runs,
            "segments": self.segments,
            "frames": self.frames,
            "notices": notices,
            "already": self.already,
        }

    def _clock(self, zone: tzinfo) -> dict[str, Any] | None:
        found = self.compared
        if found is None:
            return None
        return {
            "offset_us": found.offset_us,
            "compared": format_instant(found.at_us, zone),
            "compared_by": found.by,
            "recorder_from": format_instant(self.start_us + found.offset_us, zone),
            "uncertainty_us": found.doubt_us(TimeRange(self.start_us, self.end_us)),
        }


def told(
    row: ClipImport, camera: str, counts: tuple[int, int, int], compared: Comparison | None, *, already: bool
) -> ClipImported:
    """Return the facts of a finished import; `counts` are its runs, segments and frames."""
    assert row.sha256 is not None
    assert row.start_us is not None
    assert row.end_us is not None
    return ClipImported(
        row.id,
        camera,
        row.file_name,
        row.sha256.hex(),
        row.size_bytes,
        row.start_us,
        row.end_us,
        row.start_source or "",
        *counts,
        tuple(json.loads(row.notices)),
        compared,
        already,
    )
