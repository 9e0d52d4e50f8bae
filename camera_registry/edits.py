"""Registering and editing cameras. What changes with time gets a new row from now on; the past stays as it was."""

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from camera_registry.duties import not_begun, undone, undone_by
from camera_registry.fields import CLIPS, DEFAULT_RANGE_M, DEFAULT_STATUS, read
from camera_registry.joining import join, leave
from camera_registry.reads import get_camera, valid_at
from camera_registry.revision import touch
from camera_registry.rules import rules_for
from camera_registry.search import fold
from camera_registry.secrets import CREDENTIALS, Vault, split_source
from camera_registry.tables import Camera, CameraUnit, Ownership, Placement, Stream
from camera_registry.units import get_unit
from foundation.clock import Clock
from foundation.errors import N_, Conflict, RowProblem, RowsRefused, Stale
from foundation.identity import Actor
from foundation.timebase import EARLIEST_US

PLACE = ("lat", "lon", "bearing_deg", "hfov_deg", "range_m", "height_m")
OWNED = (
    "owner_name",
    "owner_phone",
    "consent_date",
    "sign_checked_date",
    "sound_agreed",
    "ask_owner",
    "funding_vnd",
    "funding_source",
    "retention_days",
)
FLAGS = ("sound_agreed", "ask_owner")
_PERSONAL = frozenset({"owner_name", "owner_phone", "source"})


class CameraTaken(Conflict):
    code = "camera_taken"
    message = N_("There is a camera “{name}” already; a code is never used again")
    mend = N_("Choose another code, or edit the camera that bears it")


def add_camera(
    session: Session,
    clock: Clock,
    vault: Vault,
    actor: Actor,
    code: str,
    changes: Mapping[str, Any],
    zone: tzinfo = UTC,
) -> Camera:
    """Register a camera with the fields of an import's row; today is that of `zone`.

    Raises `RowsRefused`, `CameraTaken`, `UnitUnknown`.
    """
    now = clock.now_us()
    values, problems = read({"code": code, **changes}, 1)
    problems += missing(values, 1) + not_begun(values, now, zone, 1)
    if problems:
        raise RowsRefused(code, problems)
    if session.execute(sa.select(col(Camera.id)).where(col(Camera.code) == values["code"])).first():
        raise CameraTaken(name=code)
    unit_id = get_unit(session, values["unit"], now).id if values.get("unit") else None
    problems = undone(values, rules_for(session, unit_id, now), 1)
    if problems:
        raise RowsRefused(code, problems)
    camera = store(session, vault, values, unit_id, now)
    touch(session)
    record(session, clock, actor, "camera:add", "camera", camera.code, fields=sorted(changes))
    return camera


def missing(values: Mapping[str, Any], line: int) -> list[RowProblem]:
    """Return a problem for each field that a camera cannot be without."""
    return [RowProblem(line, name, N_("is missing")) for name in ("code", "lat", "lon") if values.get(name) is None]


def store(session: Session, vault: Vault, values: Mapping[str, Any], unit_id: int | None, now: int) -> Camera:
    """Store a new camera of checked values.

    What is first said of a camera holds from the beginning unless `valid_from` says since when: it hung there before
    anybody registered it, and footage of the time before is asked for by place, too.
    """
    code = values["code"]
    name = values.get("name") or code
    camera = Camera(
        code=code,
        name=name,
        folded=fold(f"{code} {name}"),
        status=values.get("status") or DEFAULT_STATUS,
        registered_us=now,
    )
    session.add(camera)
    session.flush()
    assert camera.id is not None
    since = EARLIEST_US if values.get("valid_from") is None else values["valid_from"]
    if unit_id is not None:
        at = (values["lat"], values["lon"]) if values.get("lat") is not None else None
        join(session, camera.id, unit_id, since, at)
    place: dict[str, Any] = {name: values.get(name) for name in PLACE}
    place["range_m"] = DEFAULT_RANGE_M if place["range_m"] is None else place["range_m"]
    session.add(Placement(camera_id=camera.id, valid_from_us=since, **place))
    owned = _flagged({name: values.get(name) for name in OWNED})
    session.add(Ownership(camera_id=camera.id, valid_from_us=since, **owned))
    _set_source(session, vault, camera.id, values.get("source") or CLIPS)
    return camera


def edit_camera(
    session: Session,
    clock: Clock,
    vault: Vault,
    actor: Actor,
    code: str,
    revision: int,
    changes: Mapping[str, Any],
    zone: tzinfo = UTC,
) -> Camera:
    """Change what is in `changes`, from now on; None empties a field. Today is that of `zone`.

    Raises `Stale`, `RowsRefused`, `UnitUnknown`.
    """
    now = clock.now_us()
    camera = get_camera(session, code)
    if camera.revision != revision:
        raise Stale(what=N_("camera"), name=code)
    values, problems = read(changes, 1)
    problems += [
        RowProblem(1, name, N_("is missing")) for name in ("lat", "lon") if name in values and values[name] is None
    ]
    problems += not_begun(values, now, zone, 1)
    if problems:
        raise RowsRefused(code, problems)
    problems = undone_by(session, camera, values, now)
    if problems:
        raise RowsRefused(code, problems)
    assert camera.id is not None
    was = camera.status
    if "name" in values:
        camera.name = values["name"] or camera.code
        camera.folded = fold(f"{camera.code} {camera.name}")
    if "status" in values:
        camera.status = values["status"] or DEFAULT_STATUS
    if "unit" in values:
        _move(session, camera.id, values["unit"], now)
    _change(session, Placement, camera.id, _defaulted({name: values[name] for name in PLACE if name in values}), now)
    _change(session, Ownership, camera.id, _flagged({name: values[name] for name in OWNED if name in values}), now)
    if "source" in values:
        _set_source(session, vault, camera.id, values["source"] or CLIPS)
    camera.revision += 1
    session.add(camera)
    session.flush()
    touch(session)
    told = {name: value for name, value in values.items() if name not in _PERSONAL}
    more = {"was": was} if camera.status != was else {}
    record(session, clock, actor, "camera:edit", "camera", camera.code, fields=sorted(changes), values=told, **more)
    return camera


def _defaulted(place: dict[str, Any]) -> dict[str, Any]:
    return place | {"range_m": DEFAULT_RANGE_M} if place.get("range_m", 0) is None else place


def _flagged(owned: dict[str, Any]) -> dict[str, Any]:
    return owned | {name: owned[name] or 0 for name in FLAGS if name in owned}


def _change(session: Session, table: Any, camera_id: int, values: dict[str, Any], now: int) -> None:
    """Close the row that holds now and open one with `values` changed."""
    if not values:
        return
    current = session.execute(
        sa.select(table).where(table.camera_id == camera_id, table.valid_to_us.is_(None))
    ).scalar_one_or_none()
    kept = {} if current is None else current.model_dump(exclude={"id", "valid_from_us", "valid_to_us"})
    if current is not None:
        if all(getattr(current, name) == value for name, value in values.items()):
            return
        now = max(now, current.valid_from_us + 1)  # two edits within a microsecond, or a clock set back
        current.valid_to_us = now
        session.add(current)
        session.flush()
    session.add(table(**{**kept, "camera_id": camera_id, **values, "valid_from_us": now}))
    session.flush()


def _move(session: Session, camera_id: int, unit_code: str | None, now: int) -> None:
    unit_id = None if unit_code is None else get_unit(session, unit_code, now).id
    current = session.execute(
        sa.select(col(CameraUnit.unit_id)).where(col(CameraUnit.camera_id) == camera_id, valid_at(CameraUnit, now))
    ).scalar_one_or_none()
    if current is not None and current == unit_id:
        return
    free_us = leave(session, camera_id, now)
    if unit_id is not None:
        join(session, camera_id, unit_id, free_us, _stands(session, camera_id))


def _stands(session: Session, camera_id: int) -> tuple[float, float] | None:
    row = session.execute(
        sa.select(col(Placement.lat), col(Placement.lon)).where(
            col(Placement.camera_id) == camera_id, col(Placement.valid_to_us).is_(None)
        )
    ).first()
    return None if row is None else (row[0], row[1])


def _set_source(session: Session, vault: Vault, camera_id: int, source: str) -> None:
    """Give the camera its live stream or take it away; the user and password are sealed and stored apart."""
    live = session.execute(
        sa.select(Stream).where(
            col(Stream.camera_id) == camera_id, col(Stream.kind) == "main", col(Stream.ordinal) == 0
        )
    ).scalar_one_or_none()
    if source == CLIPS:
        if live is not None:
            live.address, live.sealed_credentials, live.anywhere = None, None, 0  # the row stays: footage refers to it
            session.add(live)
        return
    address, credentials = split_source(source)
    if live is None:
        live = Stream(camera_id=camera_id, kind="main")
        session.add(live)
        session.flush()
    if live.address != address:
        live.address, live.anywhere = address, 0
    live.sealed_credentials = None if credentials is None else CREDENTIALS.seal(session, vault, live.id, credentials)
    session.add(live)
    session.flush()
