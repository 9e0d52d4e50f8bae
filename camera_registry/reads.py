"""Reading the registry: cameras as they were at one time, searched, paged, counted by unit."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.records import CameraRecord, OwnerRecord, Page, PlacementRecord
from camera_registry.search import fold, rank
from camera_registry.tables import Camera, CameraUnit, Ownership, Placement, Stream, Unit
from camera_registry.units import get_unit, subtree
from foundation.errors import N_, NotFound
from foundation.timebase import LATEST_US, TimeRange

_MOST_FOUND = 5000  # of a search by words; more than that is not a search


class CameraUnknown(NotFound):
    code = "camera_unknown"
    message = N_("There is no camera “{name}”")
    mend = N_("`matpho cameras list` and GET /api/v1/cameras show the codes")


def get_camera(session: Session, code: str) -> Camera:
    """Raises `CameraUnknown`."""
    question = sa.select(Camera).where(col(Camera.code) == code)
    camera: Camera | None = session.execute(question).scalar_one_or_none()
    if camera is None:
        raise CameraUnknown(what=N_("camera"), name=code[:80])
    return camera


def code_as_typed(session: Session, text: str) -> str:
    """Return the code that somebody typed, also in other capitals; where no camera or more than one has it, what was typed."""
    typed = text.strip()
    question = sa.select(col(Camera.code)).where(sa.func.lower(col(Camera.code)) == typed.lower()).limit(2)
    codes = [str(code) for code in session.execute(question).scalars()]
    return codes[0] if len(codes) == 1 else typed


def ids_by_code(session: Session, codes: Iterable[str]) -> dict[str, int]:
    """Return code -> id. Raises `CameraUnknown` for the first code that no camera has."""
    wanted = sorted(set(codes))
    question = sa.select(col(Camera.code), col(Camera.id)).where(col(Camera.code).in_(wanted))
    found = {row.code: row.id for row in session.execute(question)}
    for code in wanted:
        if code not in found:
            raise CameraUnknown(what=N_("camera"), name=code[:80])
    return found


def unit_of(session: Session, camera_id: int, at_us: int) -> int | None:
    """Return the id of the unit that the camera belonged to at `at_us`, None when to none."""
    return units_of_cameras(session, [camera_id], at_us).get(camera_id)


def units_of_cameras(session: Session, camera_ids: Iterable[int], at_us: int) -> dict[int, int]:
    """Return camera id -> id of the unit that it belonged to at `at_us`."""
    rows = session.execute(
        sa.select(col(CameraUnit.camera_id), col(CameraUnit.unit_id)).where(
            col(CameraUnit.camera_id).in_(list(camera_ids)), valid_at(CameraUnit, at_us)
        )
    )
    return {row.camera_id: row.unit_id for row in rows}


def codes_within(session: Session, unit_ids: Iterable[int], at_us: int) -> frozenset[str]:
    """Return the codes of the cameras that belonged to one of the units at `at_us`."""
    question = (
        sa.select(col(Camera.code))
        .join(CameraUnit, col(CameraUnit.camera_id) == col(Camera.id))
        .where(col(CameraUnit.unit_id).in_(list(unit_ids)), valid_at(CameraUnit, at_us))
    )
    return frozenset(session.execute(question).scalars())


def ids_within(unit_ids: Iterable[int] | None, at_us: int) -> sa.Select[Any]:
    """Return the question for the ids of the cameras that belonged to one of the units at `at_us`; None is of all cameras.

    It is a part of other questions, so that there may be however many cameras.
    """
    if unit_ids is None:
        return sa.select(col(Camera.id))
    return sa.select(col(CameraUnit.camera_id)).where(
        col(CameraUnit.unit_id).in_(list(unit_ids)), valid_at(CameraUnit, at_us)
    )


def valid_at(table: Any, at_us: int) -> sa.ColumnElement[bool]:
    later = sa.or_(table.valid_to_us.is_(None), table.valid_to_us > at_us)
    return sa.and_(table.valid_from_us <= at_us, later)


def validity(row: Any) -> TimeRange:
    return TimeRange(row.valid_from_us, LATEST_US if row.valid_to_us is None else row.valid_to_us)


def placement_record(row: Placement) -> PlacementRecord:
    return PlacementRecord(
        row.lat, row.lon, row.bearing_deg, row.hfov_deg, row.range_m, row.height_m, row.tilt_deg, validity(row)
    )


def describe(session: Session, camera: Camera, at_us: int) -> CameraRecord:
    """Return the camera as it was at `at_us`."""
    return describe_all(session, [camera], at_us)[0]


def describe_all(session: Session, cameras: Sequence[Camera], at_us: int) -> list[CameraRecord]:
    """Return the cameras as they were at `at_us`, in the order given, with four questions however many they are."""
    ids = [camera.id for camera in cameras if camera.id is not None]
    placements = _by_camera(session, Placement, ids, at_us)
    ownerships = _by_camera(session, Ownership, ids, at_us)
    units = {
        camera_id: (code, name)
        for camera_id, code, name in session.execute(
            sa.select(col(CameraUnit.camera_id), col(Unit.code), col(Unit.name))
            .join(Unit, col(Unit.id) == col(CameraUnit.unit_id))
            .where(col(CameraUnit.camera_id).in_(ids), valid_at(CameraUnit, at_us))
        )
    }
    streams = streams_of(session, ids)
    records = []
    for camera in cameras:
        assert camera.id is not None
        placement, owned = placements.get(camera.id), ownerships.get(camera.id)
        unit_code, unit_name = units.get(camera.id, (None, None))
        live = any(stream.address is not None for stream in streams.get(camera.id, []))
        source: Literal["rtsp", "clips"] = "rtsp" if live else "clips"
        records.append(
            CameraRecord(
                id=camera.id,
                code=camera.code,
                name=camera.name,
                status=camera.status,
                unit_code=unit_code,
                unit_name=unit_name,
                placement=None if placement is None else placement_record(placement),
                source=source,
                retention_days=owned.retention_days if owned else None,
                sound_agreed=bool(owned and owned.sound_agreed),
                revision=camera.revision,
                registered_us=camera.registered_us,
                sign_checked_date=owned.sign_checked_date if owned else None,
            )
        )
    return records


def owner_of(session: Session, camera_id: int, at_us: int) -> OwnerRecord | None:
    """Return the personal data about a camera: for those who may see it, and for the audit log when they did."""
    row = _by_camera(session, Ownership, [camera_id], at_us).get(camera_id)
    if row is None:
        return None
    return OwnerRecord(
        row.owner_name, row.owner_phone, row.consent_date, row.funding_vnd, row.funding_source, bool(row.ask_owner)
    )


def asked_before_use(session: Session, camera_ids: Iterable[int], at_us: int) -> frozenset[int]:
    """Return those of the cameras whose owners want to be asked before each use of footage."""
    rows = _by_camera(session, Ownership, list(camera_ids), at_us)
    return frozenset(camera_id for camera_id, row in rows.items() if row.ask_owner)


def _by_camera(session: Session, table: Any, ids: Sequence[int], at_us: int) -> dict[int, Any]:
    rows = session.execute(sa.select(table).where(table.camera_id.in_(ids), valid_at(table, at_us))).scalars()
    return {row.camera_id: row for row in rows}


def list_cameras(
    session: Session,
    *,
    at_us: int,
    unit: str | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    q: str | None = None,
    after: str | None = None,
    limit: int = 100,
    within: tuple[Iterable[int], int] | None = None,
) -> Page:
    """Return cameras as of `at_us`, by code; with `q` the best answers first.

    `unit` is a code and includes the units within it; `bbox` is west, south, east, north; `after` is the cursor of the
    page before. `within` are ids of units and an instant: only cameras that belonged to one of them then are found.
    Raises `NotFound` for an unknown unit.
    """
    question = sa.select(Camera)
    if within is not None:
        question = question.where(col(Camera.id).in_(ids_within(*within)))
    if unit is not None:
        inside = [found.id for found in subtree(session, get_unit(session, unit, at_us).id, at_us)]
        member = sa.select(col(CameraUnit.camera_id)).where(
            col(CameraUnit.unit_id).in_(inside), valid_at(CameraUnit, at_us)
        )
        question = question.where(col(Camera.id).in_(member))
    if bbox is not None:
        west, south, east, north = bbox
        placed = sa.select(col(Placement.camera_id)).where(
            col(Placement.lat).between(south, north),
            col(Placement.lon).between(west, east),
            valid_at(Placement, at_us),
        )
        question = question.where(col(Camera.id).in_(placed))
    for word in fold(q or "").split():
        question = question.where(col(Camera.folded).contains(word, autoescape=True))
    return _page(session, question, q, after, limit, at_us)


def count_by_status(session: Session) -> dict[str, int]:
    """Return how many cameras there are of each status."""
    question = sa.select(col(Camera.status), sa.func.count()).group_by(col(Camera.status))
    return {row[0]: row[1] for row in session.execute(question)}


def _page(
    session: Session, question: sa.Select[Camera], q: str | None, after: str | None, limit: int, at_us: int
) -> Page:
    if q:
        # Ranked, so the cursor is a place in the ranking; the codes break ties and make it stable.
        found = list(session.execute(question.limit(_MOST_FOUND)).scalars())
        found.sort(key=lambda camera: (min(rank(q, camera.code), rank(q, camera.name)), camera.code))
        start = int(after) if after is not None and after.isdecimal() and len(after) < 9 else 0
        cameras, more = found[start : start + limit], start + limit < len(found)
        cursor = str(start + limit)
    else:
        if after is not None:
            question = question.where(col(Camera.code) > after)
        found = list(session.execute(question.order_by(col(Camera.code)).limit(limit + 1)).scalars())
        cameras, more = found[:limit], len(found) > limit
        cursor = cameras[-1].code if cameras else ""
    return Page(describe_all(session, cameras, at_us), cursor if more else None)


def cameras_of_unit(session: Session, unit_ids: Iterable[int], span: TimeRange) -> list[tuple[int, str, TimeRange]]:
    """Return (camera id, code, range) for every stretch of `span` in which a camera belonged to one of the units."""
    rows = session.execute(
        sa.select(col(Camera.id), col(Camera.code), col(CameraUnit.valid_from_us), col(CameraUnit.valid_to_us))
        .join(CameraUnit, col(CameraUnit.camera_id) == col(Camera.id))
        .where(
            col(CameraUnit.unit_id).in_(list(unit_ids)),
            col(CameraUnit.valid_from_us) < span.end_us,
            sa.or_(col(CameraUnit.valid_to_us).is_(None), col(CameraUnit.valid_to_us) > span.start_us),
        )
        .order_by(col(Camera.code), col(CameraUnit.valid_from_us))
    )
    found = []
    for row in rows:
        part = validity(row).intersection(span)
        assert part is not None
        found.append((row.id, row.code, part))
    return found


def streams_of(session: Session, camera_ids: Sequence[int]) -> dict[int, list[Stream]]:
    """Return the streams of each camera, by kind and ordinal."""
    rows = session.execute(
        sa.select(Stream)
        .where(col(Stream.camera_id).in_(camera_ids))
        .order_by(col(Stream.camera_id), col(Stream.kind), col(Stream.ordinal))
    ).scalars()
    found: dict[int, list[Stream]] = {}
    for stream in rows:
        found.setdefault(stream.camera_id, []).append(stream)
    return found


def clips_stream(session: Session, camera_id: int, ordinal: int) -> Stream:
    """Return the stream for imported clips with this ordinal, made now if there is none."""
    known: Stream | None = session.execute(
        sa.select(Stream).where(
            col(Stream.camera_id) == camera_id, col(Stream.kind) == "clips", col(Stream.ordinal) == ordinal
        )
    ).scalar_one_or_none()
    if known is not None:
        return known
    made = Stream(camera_id=camera_id, kind="clips", ordinal=ordinal)
    session.add(made)
    session.flush()
    return made
