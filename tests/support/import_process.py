"""Import one file, for a process of a nursery (`tests.support.step_by_step`)."""

from datetime import UTC
from pathlib import Path

from foundation.clock import ManualClock
from foundation.database import create_engine
from foundation.identity import SERVICE
from foundation.storage import open_store
from ingest.clips_import import ClipImporter
from ingest.segment_writer import Step
from ingest.staging import Staging


def bring(step: Step, url: str, data: Path, file: Path, start_us: int, now_us: int) -> None:
    importer = ClipImporter(create_engine(url), open_store("", data), ManualClock(now_us), data, UTC, step=step)
    importer.run(file, "C1", actor=SERVICE, start_us=start_us)


def abandoned(data: Path) -> list[str]:
    return [found.import_id for found in Staging.abandoned(data)]
