"""What was said so far of a split: new units, day, boundaries, where cameras go, and who and what is concerned by it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Any

import shapely
import sqlalchemy as sa
from sqlmodel import Session, col

from api.service import Service
from api.web.administration.unit_changes import SuccessionPast
from api.web.frame.faults import FieldFault
from api.web.frame.forms import Fields
from api.web.frame.places import PositionUnreadable, read_position
from api.web.frame.words import DayUnreadable, read_day
from api.web.registry.days import midnight, today
from camera_registry.boundaries import boundary_json
from camera_registry.fields import Unusable
from camera_registry.records import CameraRecord
from camera_registry.rowfile import FileUnreadable, decoded
from camera_registry.splits import MOST_PARTS, PartsUnusable, Point, line_of, must_be_parts, splittable
from camera_registry.tables import Unit, UnitRules
from camera_registry.units import UnitSpec
from foundation.errors import N_, BadInput, MatPhoError
from people.rights import ROLE_TEXT, Role
from people.tables import Person, RoleTerm

_OF_PART = ("code", "name", "near", "boundary")
KEPT = ("unit", "day", "phone_to", *(f"{name}_{number}" for number in range(MOST_PARTS) for name in _OF_PART))
"""Fields that go from step to step as they were typed."""
_MOST_BOUNDARY = 40_000
_MOST_NAMED = 100


class BoundaryMissing(BadInput):
    code = "split_boundary_missing"
    message = N_("{file} has no usable boundary of “{code}”")
    mend = N_(
        "Give a GeoJSON FeatureCollection in which each new unit has a feature with its code, of at most {limit} characters"
    )


@dataclass(frozen=True)
class Draft:
    """`near` and `specs` are by part; `zone` and `now_us` those of the house."""

    unit: Unit
    cameras: list[CameraRecord]
    specs: list[UnitSpec]
    near: list[Point | None]
    day: date
    at_us: int
    now_us: int
    zone: tzinfo

    def inside(self) -> dict[int, int]:
        """Return by camera id in whose boundary it stands."""
        found: dict[int, int] = {}
        for camera in self.cameras:
            for number, spec in enumerate(self.specs):
                if camera.placement is None or spec.boundary is None:
                    continue
                if shapely.intersects_xy(spec.boundary, camera.placement.lon, camera.placement.lat):
                    found.setdefault(camera.id, number)
        return found


def draft_of(session: Session, service: Service, form: Fields) -> Draft:
    """Raises `FieldFault` and what `splittable` does."""
    now = service.clock.now_us()
    first = today(now, service.zone)
    try:
        day = read_day(form.text("day"), first) if form.text("day") else first + timedelta(days=1)
    except DayUnreadable as error:
        raise FieldFault("day", error) from error
    if day < first:
        raise FieldFault("day", SuccessionPast())
    at_us = now if day == first else midnight(day, service.zone)
    unit, cameras = splittable(session, form.text("unit"), at_us)
    numbers = [number for number in range(MOST_PARTS) if form.text(f"code_{number}") or form.text(f"name_{number}")]
    if numbers != list(range(len(numbers))):
        raise PartsUnusable(most=MOST_PARTS)
    specs = [_spec(form, unit, number) for number in numbers]
    must_be_parts(specs)
    near = [_near(form.text(f"near_{number}"), f"near_{number}", cameras) for number in numbers]
    return Draft(unit, cameras, specs, near, day, at_us, now, service.zone)


def _spec(form: Fields, old: Unit, number: int) -> UnitSpec:
    drawn, keeps = form.text(f"boundary_{number}"), form.text("phone_to") == str(number)
    try:
        boundary = shapely.from_geojson(boundary_json(json.loads(drawn))) if drawn else None
    except (ValueError, Unusable, RecursionError) as error:
        raise BoundaryMissing(file="GeoJSON", code=form.text(f"code_{number}")[:40], limit=_MOST_BOUNDARY) from error
    phone, contact = (old.phone, old.contact) if keeps else (None, None)
    return UnitSpec(form.text(f"code_{number}"), form.text(f"name_{number}"), old.kind, None, boundary, phone, contact)


def _near(text: str, field: str, cameras: Sequence[CameraRecord]) -> Point | None:
    """Return the place of a camera that is named, or a position that is typed."""
    if not text:
        return None
    named = next((one for one in cameras if one.code.casefold() == text.casefold() and one.placement), None)
    if named is not None and named.placement is not None:
        return named.placement.lat, named.placement.lon
    try:
        found = read_position(text)
    except PositionUnreadable as error:
        raise FieldFault(field, error) from error
    return float(found["lat"]), float(found["lon"])


def boundaries_in(form: Fields, file: str, data: bytes) -> Fields:
    """Return the form with the boundaries of a map in it. Raises `FieldFault`."""
    try:
        document = json.loads(decoded(file, data))
        features = [one for one in document["features"] if isinstance(one["properties"], dict)]
        drawn = {str(one["properties"].get("code")): one["geometry"] for one in features}
    except MatPhoError as error:
        raise FieldFault("map", error) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        unread = FileUnreadable(file=file[:80], why=N_("it is not a GeoJSON FeatureCollection"))
        raise FieldFault("map", unread) from error
    pairs = [(name, value) for name, value in form.items() if not name.startswith("boundary_")]
    for number in range(MOST_PARTS):
        code = form.text(f"code_{number}")
        if not code:
            continue
        missing = FieldFault("map", BoundaryMissing(file=file[:80], code=code[:40], limit=_MOST_BOUNDARY))
        try:
            found = boundary_json(drawn[code])
        except (KeyError, Unusable, TypeError, AttributeError) as error:
            raise missing from error
        if len(found) > _MOST_BOUNDARY:
            raise missing
        pairs.append((f"boundary_{number}", found))
    return Fields(pairs)


def shares_of(form: Fields, draft: Draft) -> dict[int, int]:
    """Return by camera id the part that was chosen for it, of those for which one was."""
    parts = {str(number): number for number in range(len(draft.specs))}
    chosen = {camera.id: form.text(f"to_{camera.id}") for camera in draft.cameras}
    return {camera_id: parts[text] for camera_id, text in chosen.items() if text in parts}


def followers_of(session: Session, draft: Draft) -> dict[str, Any]:
    """Return who has a role for the unit, and how many rules are set there: both hold in all of its parts."""
    line = line_of(session, draft.unit)
    runs = sa.or_(col(RoleTerm.to_us).is_(None), col(RoleTerm.to_us) > draft.at_us)
    question = (
        sa.select(col(Person.sign_in), col(Person.full_name), col(RoleTerm.role))
        .join(RoleTerm, col(RoleTerm.person_id) == col(Person.id))
        .where(col(RoleTerm.unit_id).in_(line), runs)
        .order_by(col(Person.sign_in))
        .limit(_MOST_NAMED)
    )
    people = [(name, full or name, ROLE_TEXT[Role(role)]) for name, full, role in session.execute(question)]
    rules = sa.select(col(UnitRules.fields)).where(col(UnitRules.unit_id).in_(line))
    names = {name for fields in session.execute(rules).scalars() for name in json.loads(fields)}
    return {"people": people, "rules": sorted(names)}
