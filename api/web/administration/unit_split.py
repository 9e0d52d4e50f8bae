"""One unit becomes several: the new units, then where each camera goes, then all of it read back before it is done.

Nothing is kept in between: each step carries what was said so far in fields of its form.
"""

from collections.abc import Mapping
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import UploadFile

from api.asking import Asker
from api.service import Service
from api.web.administration.split_draft import KEPT, Draft, boundaries_in, draft_of, followers_of, shares_of
from api.web.frame.faults import FieldFault, show_fault
from api.web.frame.forms import Fields, go, must_be_ours
from api.web.registry.days import today
from api.wiring import Asking, Serving
from camera_registry.splits import MOST_CAMERAS, MOST_PARTS, CamerasChanged, Part, split, suggested
from camera_registry.telephones import shown
from camera_registry.units import units_at
from foundation.database import unit_of_work
from foundation.errors import MatPhoError

router = APIRouter(include_in_schema=False)
SPLIT_LIMIT_BYTES = 2**20
_PLACE = "/admin/units/split"
_MOST_FIELDS = MOST_CAMERAS + 60


@router.get(_PLACE)
def split_page(request: Request, service: Serving, unit: Annotated[str, Query(max_length=80)] = "") -> Response:
    return _parts(request, service, Fields([("unit", unit)]))


@router.post(_PLACE, max_body_size=SPLIT_LIMIT_BYTES)
async def split_step(request: Request, service: Serving, asker: Asking) -> Response:
    async with request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=SPLIT_LIMIT_BYTES) as form:
        must_be_ours(request, str(form.get("form_token", "")))
        file = form.get("map")
        named = isinstance(file, UploadFile) and bool(file.filename)
        drawn = (str(file.filename), await file.read()) if named and isinstance(file, UploadFile) else None
        fields = Fields([(name, value) for name, value in form.multi_items() if isinstance(value, str)])
    return await run_sync(_step, request, service, asker, fields, drawn)


def _step(request: Request, service: Service, asker: Asker, form: Fields, drawn: tuple[str, bytes] | None) -> Response:
    """Go as far as what was said carries: a fault leads back to the step that it is about."""
    try:
        if drawn is not None:
            form = boundaries_in(form, *drawn)
        with unit_of_work(service.engine, writes=False) as session:
            draft = draft_of(session, service, form)
            if form.text("act") == "back":
                return _parts(request, service, form)
            shares = shares_of(form, draft)
            if form.text("act") == "share" or len(shares) < len(draft.cameras):
                lacking = form.text("act") != "share"
                return _share(request, form, draft, shares, lacking=lacking)
            if form.text("act") != "keep":
                return _look(request, session, form, draft, shares)
        with unit_of_work(service.engine) as session:
            parts = [
                Part(spec, frozenset(one for one, part in shares.items() if part == number))
                for number, spec in enumerate(draft.specs)
            ]
            split(session, service.clock, asker.actor, form.text("unit"), parts, draft.at_us)
    except FieldFault as fault:
        return _parts(request, service, form, fault)
    except MatPhoError as error:
        return _parts(request, service, form, FieldFault("", error))
    return go("/admin/units?done=units#changes")


def _parts(request: Request, service: Service, form: Fields, fault: FieldFault | None = None) -> Response:
    now = service.clock.now_us()
    with unit_of_work(service.engine, writes=False) as session:
        units = units_at(session, now)
        chosen = next((unit for unit in units if unit.code == form.text("unit")), None)
        phone = "" if chosen is None or chosen.phone is None else shown(chosen.phone)
        more = {
            "step": "parts",
            "units": [(unit.code, f"{unit.name} ({unit.code})") for unit in units],
            "unit": None if chosen is None else {"code": chosen.code, "name": chosen.name, "phone": phone},
            "drawn": chosen is not None and chosen.boundary is not None,
        }
    return show_fault(request, "unit_split.html", fault, wide=True, typed=_typed(form), most=MOST_PARTS, **more)


def _share(request: Request, form: Fields, draft: Draft, shares: Mapping[int, int], *, lacking: bool) -> Response:
    """Show where each camera goes: as it was chosen, else as its place suggests."""
    goes = {**suggested_for(draft), **shares}
    missing = [camera.code for camera in draft.cameras if camera.id not in shares]
    error = CamerasChanged(name=draft.unit.name, cameras=", ".join(missing[:10])) if lacking else None
    more = {"step": "share", "draft": draft, "goes": goes, "typed": _typed(form), "missing": missing if lacking else []}
    return show_fault(request, "unit_split.html", None if error is None else FieldFault("", error), wide=True, **more)


def suggested_for(draft: Draft) -> dict[int, int]:
    """Return where each camera may go: into whose boundary it stands, else by the points or evenly."""
    return {**suggested(draft.cameras, draft.near), **draft.inside()}


def _look(request: Request, session: Session, form: Fields, draft: Draft, shares: Mapping[int, int]) -> Response:
    goes = [
        (spec, [camera.code for camera in draft.cameras if shares[camera.id] == number])
        for number, spec in enumerate(draft.specs)
    ]
    more = {
        "step": "look",
        "draft": draft,
        "goes": goes,
        "shares": shares,
        "typed": _typed(form),
        "follows": followers_of(session, draft),
        "now": draft.day == today(draft.now_us, draft.zone),
    }
    return show_fault(request, "unit_split.html", None, wide=True, **more)


def _typed(form: Fields) -> dict[str, str]:
    return {name: form.text(name) for name in KEPT}
