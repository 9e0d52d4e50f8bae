"""Whom to call about a unit, set by a form: by administrators for any unit, by heads for their own."""

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.asking import Asker
from api.service import Service
from api.web.frame.faults import FieldFault, fault_of, show_fault
from api.web.frame.forms import FORM_LIMIT_BYTES, Fields, fields_of, go
from api.wiring import Asking, Serving
from camera_registry.telephones import (
    ContactAlone,
    ContactUnusable,
    NotATelephone,
    set_telephone,
    shown,
    telephones_of,
)
from camera_registry.units import get_unit
from foundation.database import unit_of_work
from foundation.errors import MatPhoError
from people.rights import Right

router = APIRouter(include_in_schema=False)
_PLACE = "/units/{code}"
_FIELDS: dict[type[MatPhoError], str] = {NotATelephone: "phone", ContactAlone: "phone", ContactUnusable: "contact"}


@router.get(_PLACE)
def unit_page(request: Request, service: Serving, asker: Asking, code: str) -> Response:
    return _page(request, service, asker, code)


def _page(
    request: Request,
    service: Service,
    asker: Asker,
    code: str,
    fault: FieldFault | None = None,
    typed: Fields | None = None,
) -> Response:
    now = service.clock.now_us()
    with unit_of_work(service.engine, writes=False) as session:
        unit = get_unit(session, code, now)
        fields = {"phone": shown(unit.phone or ""), "contact": unit.contact or ""}
        calls = telephones_of(session, [unit.id], now)[unit.id]
        name, own = unit.name, unit.phone is not None
    if typed is not None:
        fields = {field: typed.text(field) for field in fields}
    everywhere = asker.may(Right.PEOPLE_MANAGE, "everywhere")
    more = {"code": code, "name": name, "own": own, "calls": calls, "fields": fields, "everywhere": everywhere}
    return show_fault(request, "unit.html", fault, **more)


@router.post(_PLACE, max_body_size=FORM_LIMIT_BYTES)
async def set_unit(request: Request, service: Serving, asker: Asking, code: str) -> Response:
    form = await fields_of(request)
    return await run_sync(_set, request, service, asker, code, form)


def _set(request: Request, service: Service, asker: Asker, code: str, form: Fields) -> Response:
    try:
        with unit_of_work(service.engine) as session:
            unit = get_unit(session, code, service.clock.now_us())
            set_telephone(session, service.clock, asker.actor, unit, form.text("phone"), form.text("contact"))
            place = f"/units/{unit.code}?done=saved"
    except (NotATelephone, ContactAlone, ContactUnusable) as error:
        return _page(request, service, asker, code, fault_of(error, _FIELDS), form)
    return go(place)
