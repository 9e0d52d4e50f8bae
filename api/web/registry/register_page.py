"""The pages of a registration, as far as their questions are alike: what was answered, what is missing, where it may be."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session

from api.asking import Asker
from api.service import Service
from api.web.frame.islands import pick_data
from api.web.frame.places import DIRECTIONS, around, units_within
from api.web.frame.shell import show, speaking, telling
from api.web.registry.far import far_from, places_in
from api.web.registry.steps import BLANK, OF_STEP, STEPS, Duties, answered_steps, consented, direction_of
from camera_registry import drafts
from camera_registry.fields import read
from camera_registry.rules import rules_for
from camera_registry.units import get_unit
from foundation.database import unit_of_work
from foundation.errors import N_, MatPhoError
from foundation.language import translate
from people.rights import Right

LOCATING = {"Permissions-Policy": "camera=(), geolocation=(self), microphone=()"}
"""On a page with a map for a place somebody may tell where they stand, when they press the button for it."""
Units = Sequence[tuple[str, str]]


def person_of(asker: Asker) -> str:
    assert asker.standing is not None
    return asker.standing.person_id


def unit_in(fields: Mapping[str, Any], units: Units) -> str | None:
    """Return the code of the unit that was chosen, the first that may be while none was."""
    return fields["unit"] if fields.get("unit") in dict(units) else (units[0][0] if units else None)


def duties_of(session: Session, request: Request, service: Service, asker: Asker, unit: str | None) -> Duties:
    unit_id = None if unit is None else get_unit(session, unit, asker.now_us).id
    rules = rules_for(session, unit_id, asker.now_us)
    return Duties(speaking(request), service.clock.now_us(), service.zone, rules)


def place_key(fields: Mapping[str, Any]) -> str:
    """Return the place as the tick tells it with which somebody says that it is right: another place is asked about anew."""
    return f"{fields.get('lat', '')}, {fields.get('lon', '')}"


def far_fault(
    session: Session, request: Request, asker: Asker, unit: str | None, fields: Mapping[str, Any]
) -> dict[str, str]:
    """Return what to ask when a place is far from its neighbourhood and nobody has said that it is right."""
    values, problems = read({name: fields.get(name, "") for name in ("lat", "lon")}, 1)
    if problems or None in values.values() or fields.get("far_ok") == place_key(fields):
        return {}
    away = far_from(session, unit, values["lat"], values["lon"], asker.now_us)
    if away is None or unit is None:
        return {}
    km = f"{away / 1000:.1f}" if away < 10_000 else f"{away / 1000:.0f}"
    km = km.replace(".", ",") if speaking(request) == "vi" else km
    name = get_unit(session, unit, asker.now_us).name
    text = N_("This place is {km} km from {unit}. Is that right? Then tick below; else mend the place")
    return {"far_ok": translate(speaking(request), text, km=km, unit=name)}


def map_of(session: Session, request: Request, asker: Asker, unit: str | None) -> dict[str, Any]:
    """Return what the map needs on which a place of a unit is chosen: its outline, and its other cameras to find one's way by."""
    middle, outline = around(session, unit, asker.now_us)
    others = [] if unit is None else places_in(session, unit, asker.now_us)
    if outline is None and others:
        middle = (sum(lat for lat, _, _ in others) / len(others), sum(lon for _, lon, _ in others) / len(others))
    return pick_data(telling(request), middle, outline, others)


def _places_of(faults: Mapping[str, str], draft: str) -> dict[str, str]:
    """Return where each of these fields is asked for."""
    steps = {name: step for step, names in OF_STEP.items() for name in names} | {"pin": "pin"}
    return {name: f"/cameras/new/{steps.get(name, STEPS[0])}?draft={quote(draft)}#{name}" for name in faults}


def register_page(
    request: Request,
    service: Service,
    asker: Asker,
    step: str,
    draft: str,
    *,
    faults: Mapping[str, str] | None = None,
    error: MatPhoError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    """Show a step as it was answered so far, with what is wrong with it."""
    with unit_of_work(service.engine, writes=False) as session:
        answered = drafts.answered(session, service.clock, draft, person_of(asker))
        units = units_within(session, asker, Right.REGISTRY_WRITE)
        photos = drafts.photo_kinds(session, draft)
        more = map_of(session, request, asker, unit_in(answered, units)) if step in {"pin", "view"} else {}
    fields: dict[str, Any] = {**BLANK, **consented(answered), **(typed or {})}
    name = step if step in {*STEPS, "check"} else STEPS[0]
    answer = show(
        request,
        f"register_{name}.html",
        error,
        draft=draft,
        step=name,
        steps=STEPS,
        answered=answered_steps(answered, photos),
        fields=fields,
        faults=faults or {},
        units=units,
        photos=photos,
        map=more,
        directions=DIRECTIONS,
        direction=direction_of(fields),
        here_key=place_key(fields),
        fault_places=_places_of(faults or {}, draft) if name == "check" else {},
    )
    if faults:
        answer.status_code = 422
    if name == "pin":
        answer.headers.update(LOCATING)
    return answer
