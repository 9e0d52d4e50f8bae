"""The log of deletions: what retention deleted, of which camera, when and why; as JSON and as CSV. docs/design/data-protection.md."""

import csv
import io
from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from sqlmodel import Session

from camera_registry.reads import cameras_of_unit
from camera_registry.units import get_unit, subtree
from extract.coverage.report import cell
from foundation.timebase import TimeRange, format_instant
from ingest.index.deletions import Deleted, deleted

COLUMNS = ("camera", "from", "to", "why", "at", "bytes")


def deletion_log(session: Session, unit: str | None, span: TimeRange, now_us: int) -> list[Deleted]:
    """Return what was deleted within `span`, oldest deletion first.

    `unit` is the code of a unit of today: cameras that belong to it or to a unit within it now, whichever they belonged to
    then; None: all cameras. Raises `UnitUnknown`.
    """
    if unit is None:
        return deleted(session, span)
    inside = [
        found.id for found in subtree(session, get_unit(session, unit, now_us).id, now_us) if found.id is not None
    ]
    cameras = {camera_id for camera_id, _, _ in cameras_of_unit(session, inside, TimeRange(now_us, now_us + 1))}
    return deleted(session, span, cameras)


def as_dicts(found: Sequence[Deleted], zone: tzinfo) -> list[dict[str, Any]]:
    """Return the log as JSON: `bytes` is null where nobody counted them."""
    values = (
        (
            one.camera,
            format_instant(one.range.start_us, zone),
            format_instant(one.range.end_us, zone),
            one.why,
            format_instant(one.at_us, zone),
            one.bytes,
        )
        for one in found
    )
    return [dict(zip(COLUMNS, row, strict=True)) for row in values]


def as_csv(found: Sequence[Deleted], zone: tzinfo) -> str:
    """Return one row for each stretch, CRLF as RFC 4180 has it; `bytes` is empty where nobody counted them."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for row in as_dicts(found, zone):
        table.writerow([cell("" if value is None else value) for value in row.values()])
    return out.getvalue()
