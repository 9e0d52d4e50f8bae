"""Units come in from a file, and become others: looked at before anything is kept, since cameras and rules follow."""

from datetime import timedelta

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import UploadFile

from api.asking import Asker
from api.limits import TABLE_LIMIT_BYTES
from api.service import Service
from api.web.administration.unit_confirm import Preview, people_of, show_preview, side_of
from api.web.administration.unit_tree import KIND_TEXT, SUCCESSION_TEXT, changes_of, tree_of
from api.web.frame.advice import row_for_people
from api.web.frame.forms import FORM_LIMIT_BYTES, LONG_FORM_LIMIT_BYTES, Fields, fields_of, go, must_be_ours
from api.web.frame.shell import show, speaking
from api.web.frame.words import read_day
from api.web.registry.days import midnight, today
from api.wiring import Asking, Serving
from camera_registry.telephones import shown
from camera_registry.units import UnitSpec, get_unit, import_units, succeed, units_at
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput, MatPhoError, RowsRefused

router = APIRouter(include_in_schema=False)
OFFERED = ("merger", "renaming")
"""A split needs to be told which camera goes where: `api.web.administration.unit_split`."""


FOLLOWS = (
    N_("The cameras go over to it; their codes and their footage stay."),
    N_("Of different rules the strictest holds in it, until it sets its own."),
    N_("Whoever has a role for one of them has it for the whole of it."),
    N_("What was before that day stays what it was, and is asked for under the old name."),
)
BOUNDARY_GOES = N_("Its boundary is that of those before it, taken together.")
BOUNDARY_LOST = N_("It has no boundary, since not all of those before it have one.")


class SuccessionPast(BadInput):
    code = "succession_past"
    message = N_("A unit cannot have become another in the past: what was asked and decided since would change")
    mend = N_("Give a day from today on")


class SuccessionIncomplete(BadInput):
    code = "succession_incomplete"
    message = N_("A merger or a renaming needs the units before it, and a code and a name for the unit after it")
    mend = N_("Tick the units, of a renaming exactly one, and fill in code and name")


@router.get("/admin/units")
def units_page(request: Request, service: Serving, asker: Asking) -> Response:
    return _page(request, service, asker)


def _page(
    request: Request,
    service: Service,
    asker: Asker,
    error: MatPhoError | None = None,
    form: Fields | None = None,
    rows: list[tuple[int, str, str]] | None = None,
) -> Response:
    now = service.clock.now_us()
    with unit_of_work(service.engine, writes=False) as session:
        tree, changes, units = tree_of(session, asker.units, now), changes_of(session), units_at(session, now)
    typed = {name: form.text(name) if form else "" for name in ("code", "name", "kind", "day", "how")}
    more = {
        "tree": tree,
        "changes": changes,
        "now_us": now,
        "shown": shown,
        "kinds": KIND_TEXT,
        "units": [(unit.code, unit.name) for unit in units],
        "ticked": form.all("unit") if form else [],
        "ways": [(way, SUCCESSION_TEXT[way]) for way in OFFERED],
        "typed": typed,
        "rows": rows,
        "counted": None,
        "file_name": "",
    }
    if request.query_params.get("found", "").isdecimal() and error is None:
        more["counted"] = int(request.query_params["found"][:6])
    return show(request, "units.html", error, wide=True, **more)


@router.post("/admin/units/import", max_body_size=TABLE_LIMIT_BYTES)
async def import_file(request: Request, service: Serving, asker: Asking) -> Response:
    """Look at a file of units, and keep all of them when that was confirmed."""
    async with request.form(max_files=1, max_fields=10, max_part_size=FORM_LIMIT_BYTES) as form:
        file = form.get("file")
        must_be_ours(request, str(form.get("form_token", "")))
        if not isinstance(file, UploadFile) or not file.filename:
            return go("/admin/units")
        data, name, keep = await file.read(), file.filename, form.get("keep") == "yes"
    return await run_sync(_import, request, service, asker, name, data, keep)


def _import(request: Request, service: Service, asker: Asker, name: str, data: bytes, keep: bool) -> Response:
    try:
        with unit_of_work(service.engine) as session:
            count = import_units(session, service.clock, asker.actor, name, data)
            if not keep:
                session.rollback()
    except RowsRefused as error:
        rows = [(one.line, one.field, row_for_people(speaking(request), one, service.zone)) for one in error.problems]
        return _page(request, service, asker, error, rows=rows)
    except MatPhoError as error:
        return _page(request, service, asker, error)
    return go("/admin/units?done=units" if keep else f"/admin/units?found={count}#bring")


@router.post("/admin/units/succeed", max_body_size=LONG_FORM_LIMIT_BYTES)
async def become(request: Request, service: Serving, asker: Asking) -> Response:
    """Read back what will be, and once that is confirmed let one unit take over from others, from the midnight that begins a day."""
    form = await fields_of(request, most=500)
    return await run_sync(_become, request, service, asker, form)


def _become(request: Request, service: Service, asker: Asker, form: Fields) -> Response:
    if form.text("act") == "change":
        return _page(request, service, asker, form=form)
    try:
        with unit_of_work(service.engine) as session:
            preview = _succeed(session, service, asker, form)
            if form.text("act") != "confirmed":
                session.rollback()
                return show_preview(request, preview)
    except MatPhoError as error:
        return _page(request, service, asker, error, form)
    return go("/admin/units?done=units#changes")


def _succeed(session: Session, service: Service, asker: Asker, form: Fields) -> Preview:
    """Do it within `session`, and return it as it is to be read back."""
    codes, way = list(dict.fromkeys(form.all("unit"))), form.text("how")
    if way not in OFFERED or not (form.text("code") and form.text("name")) or not codes:
        raise SuccessionIncomplete
    now = today(service.clock.now_us(), service.zone)
    day = read_day(form.text("day"), now) if form.text("day") else now + timedelta(days=1)
    if day < now:
        raise SuccessionPast
    # Of today it is now: what happened since midnight happened in the units that were.
    at_us = service.clock.now_us() if day == now else midnight(day, service.zone)
    old = [get_unit(session, code, at_us - 1) for code in codes]
    before = [side_of(session, unit, at_us - 1) for unit in old]
    spec = UnitSpec(form.text("code"), form.text("name"), form.text("kind") or old[0].kind)
    merged = way == "merger"
    new = succeed(session, service.clock, asker.actor, codes, spec, at_us, "merger" if merged else "renaming")
    typed = {name: form.text(name) for name in ("how", "code", "name", "kind")} | {"day": f"{day:%d/%m/%Y}"}
    drawn = all(unit.boundary is not None for unit in old)
    return Preview(
        title=N_("Merge units") if merged else N_("Rename a unit"),
        verb=N_("Merge them") if merged else N_("Rename it"),
        at_us=None if day == now else at_us,
        before=before,
        after=[side_of(session, new, at_us)],
        follows=[*FOLLOWS, BOUNDARY_GOES if drawn else BOUNDARY_LOST],
        people=people_of(session, old, at_us - 1),
        action="/admin/units/succeed",
        fields=[*typed.items(), *(("unit", code) for code in codes)],
    )
