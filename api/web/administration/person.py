"""One account for administrators: roles given and ended, a new link, closed and opened, where the person lives."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.asking import Asker
from api.service import Service
from api.web.administration.people import link_page
from api.web.frame.faults import ChoiceMissing, FieldFault, fault_of, show_fault
from api.web.frame.forms import FORM_LIMIT_BYTES, Fields, fields_of, go
from api.web.frame.places import PositionUnreadable, read_position
from api.web.frame.words import DayUnreadable, read_day
from api.web.registry.days import midnight, today
from api.wiring import Asking, Serving
from camera_registry.units import UnitUnknown, get_unit, units_at
from foundation.database import unit_of_work
from foundation.errors import MatPhoError
from people import accounts, closing, links, roles, second_factor
from people.rights import ROLE_TEXT, Role
from people.roles import RoleHeld, RolesMustNotMeet, TermEmpty, TermPast
from people.tables import Person, PersonHome

router = APIRouter(include_in_schema=False)
EVERYWHERE = "*"
_PLACE = "/admin/people/{name}"
_FIELDS: dict[type[MatPhoError], str] = {
    UnitUnknown: "unit",
    RolesMustNotMeet: "role",
    RoleHeld: "role",
    TermPast: "begins",
    TermEmpty: "ends",
    PositionUnreadable: "at",
}
_Act = Callable[[Session, Person, Fields], None]


@router.get(_PLACE)
def person_page(request: Request, service: Serving, name: str) -> Response:
    return _page(request, service, name)


def _page(
    request: Request, service: Service, name: str, fault: FieldFault | None = None, typed: Fields | None = None
) -> Response:
    now = service.clock.now_us()
    with unit_of_work(service.engine, writes=False) as session:
        person = accounts.get_person(session, name)
        told: dict[str, Any] = {
            "person": person,
            "roles": [(role, role.term.runs(now)) for role in roles.roles_of(session, person)],
            "phone": second_factor.has_second_factor(session, person.id),
            "home": session.get(PersonHome, person.id) is not None,
            "units": [(unit.code, f"{unit.code} {unit.name}") for unit in units_at(session, now)],
        }
    choices = [(str(role), text) for role, text in ROLE_TEXT.items()]
    more = {"now_us": now, "role_text": ROLE_TEXT, "choices": choices, "everywhere": EVERYWHERE}
    return show_fault(request, "person.html", fault, wide=True, typed=typed or {}, **more, **told)


@router.post(f"{_PLACE}/roles", max_body_size=FORM_LIMIT_BYTES)
async def give_role(request: Request, service: Serving, asker: Asking, name: str) -> Response:
    """Give a role from the first day typed (now) to the end of the last one (until further notice)."""

    def give(session: Session, person: Person, form: Fields) -> None:
        now = service.clock.now_us()
        if form.text("role") not in {str(role) for role in Role}:
            raise FieldFault("role", ChoiceMissing())
        if not form.text("unit"):
            raise FieldFault("unit", ChoiceMissing())
        code = form.text("unit")
        unit_id = None if code == EVERYWHERE else get_unit(session, code, now).id
        begins, ends = _day(service, form, "begins"), _day(service, form, "ends")
        span = {
            "from_us": None if begins is None else midnight(begins, service.zone),
            "to_us": None if ends is None else midnight(ends + timedelta(days=1), service.zone),
        }
        roles.give_role(session, service.clock, asker.actor, person, Role(form.text("role")), unit_id, **span)

    return await _do(request, service, name, give)


def _day(service: Service, form: Fields, name: str) -> date | None:
    if not form.text(name):
        return None
    try:
        return read_day(form.text(name), today(service.clock.now_us(), service.zone))
    except DayUnreadable as error:
        raise FieldFault(name, error) from error


@router.post(f"{_PLACE}/roles/end", max_body_size=FORM_LIMIT_BYTES)
async def end_role(request: Request, service: Serving, asker: Asking, name: str) -> Response:
    def end(session: Session, person: Person, form: Fields) -> None:
        closing.end_role(session, service.clock, asker.actor, person, form.text("term"))

    return await _do(request, service, name, end)


@router.post(f"{_PLACE}/account", max_body_size=FORM_LIMIT_BYTES)
async def set_account(request: Request, service: Serving, asker: Asking, name: str) -> Response:
    """Close the account, which ends all that is open in its name, or open it again."""

    def set_open(session: Session, person: Person, form: Fields) -> None:
        act = accounts.enable if form.text("account") == "open" else closing.close
        act(session, service.clock, asker.actor, person)

    return await _do(request, service, name, set_open)


@router.post(f"{_PLACE}/home", max_body_size=FORM_LIMIT_BYTES)
async def set_home(request: Request, service: Serving, asker: Asking, name: str) -> Response:
    """Keep where the person lives, so that requests near it are noticed, or forget it; nothing tells it again."""

    def set_place(session: Session, person: Person, form: Fields) -> None:
        place = None
        if form.text("act") != "forget":
            read = read_position(form.text("at"))
            place = (float(read["lat"]), float(read["lon"]))
        accounts.set_home(session, service.clock, asker.actor, person, place)

    return await _do(request, service, name, set_place)


async def _do(request: Request, service: Service, name: str, act: _Act) -> Response:
    form = await fields_of(request)
    return await run_sync(_done, request, service, name, act, form)


def _done(request: Request, service: Service, name: str, act: _Act, form: Fields) -> Response:
    try:
        with unit_of_work(service.engine) as session:
            person = accounts.get_person(session, name)
            act(session, person, form)
    except FieldFault as fault:
        return _page(request, service, name, fault, form)
    except accounts.PersonUnknown:
        raise
    except MatPhoError as error:
        return _page(request, service, name, fault_of(error, _FIELDS), form)
    return go(f"/admin/people/{person.sign_in}?done=saved")


@router.post(f"{_PLACE}/link", max_body_size=FORM_LIMIT_BYTES)
async def new_link(request: Request, service: Serving, asker: Asking, name: str) -> Response:
    """Make a one-time link; with `phone` the second factor is forgotten as well."""
    form = await fields_of(request)
    return await run_sync(_link, request, service, asker, name, form)


def _link(request: Request, service: Service, asker: Asker, name: str, form: Fields) -> Response:
    try:
        with unit_of_work(service.engine) as session:
            person = accounts.get_person(session, name)
            if form.text("phone"):
                second_factor.forget(session, service.clock, asker.actor, person)
            secret = links.make_link(session, service.clock, asker.actor, person)
    except links.PersonDisabled as error:
        return _page(request, service, name, FieldFault("", error))
    return link_page(request, service, person, secret)
