"""The columns of an audit of coverage, declared once for JSON, CSV and the plain table.

Health, occlusion and drills come in as further columns here, with their data in `CameraCoverage` and `UnitCoverage`;
see docs/design/coverage.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Generic, TypeVar

from extract.coverage.records import CameraCoverage, UnitCoverage
from foundation.errors import N_
from foundation.language import Language, translate
from foundation.timebase import format_instant
from ingest.index.reasons import GAP_TEXT

Row = TypeVar("Row")


@dataclass(frozen=True)
class Column(Generic[Row]):
    """`name` is stable, for programs; `heading` is translated. `table`: also in the plain table; `share`: as a percentage."""

    name: str
    heading: str
    value: Callable[[Row], Any]
    table: bool = True
    share: bool = False


CAMERA_COLUMNS: tuple[Column[CameraCoverage], ...] = (
    Column("unit", N_("Unit"), lambda row: row.unit_code),
    Column("code", N_("Camera"), lambda row: row.code),
    Column("name", N_("Name"), lambda row: row.name),
    Column("status", N_("Status"), lambda row: row.status),
    Column("verified", N_("View known"), lambda row: row.verified),
    Column("with_footage", N_("Footage"), lambda row: row.with_footage, table=False),
    Column("member_us", N_("Time counted"), lambda row: row.member_us, table=False),
    Column("recorded_us", N_("Time recorded"), lambda row: row.recorded_us, table=False),
    Column("recorded", N_("Recorded"), lambda row: row.recorded, share=True),
)
UNIT_COLUMNS: tuple[Column[UnitCoverage], ...] = (
    Column("code", N_("Unit"), lambda row: row.code),
    Column("name", N_("Name"), lambda row: row.name),
    Column("kind", N_("Kind"), lambda row: row.kind, table=False),
    Column("registered", N_("Cameras"), lambda row: row.registered),
    Column("verified", N_("View known"), lambda row: row.verified),
    Column("with_footage", N_("With footage"), lambda row: row.with_footage),
    Column("recorded_time", N_("Time recorded"), lambda row: row.recorded_time, share=True),
    Column("area_m2", N_("Area, m²"), lambda row: None if row.area_m2 is None else round(row.area_m2, 1)),
    Column("area_in_view", N_("Area in view"), lambda row: row.in_view, share=True),
    Column("area_recorded", N_("Area recorded"), lambda row: row.recorded, share=True),
)


def values_of(columns: Sequence[Column[Row]], row: Row) -> dict[str, Any]:
    """Return the values of a row by the stable names; floats to 6 digits."""
    values = {column.name: column.value(row) for column in columns}
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in values.items()}


def gap_of(row: CameraCoverage, language: Language, zone: tzinfo) -> dict[str, Any] | None:
    """Return the longest gap of a camera as JSON, None when there is none."""
    gap = row.longest_gap
    if gap is None:
        return None
    return {
        "from": format_instant(gap.range.start_us, zone),
        "to": format_instant(gap.range.end_us, zone),
        "duration_us": gap.range.duration_us,
        "reason": str(gap.reason),
        "text": translate(language, GAP_TEXT[gap.reason]),
    }
