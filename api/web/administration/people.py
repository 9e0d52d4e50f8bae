"""Accounts for administrators: the list, found without accents; a new one, whose one-time link is shown once."""

from collections.abc import Sequence
from dataclasses import dataclass

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.asking import Asker
from api.service import Service
from api.web.frame.faults import FieldFault, fault_of, show_fault
from api.web.frame.forms import FORM_LIMIT_BYTES, Fields, fields_of
from api.web.frame.shell import show
from api.wiring import Asking, Serving
from camera_registry.search import fold
from foundation.database import unit_of_work
from foundation.errors import MatPhoError
from people import accounts, links
from people.accounts import SignInNameTaken, SignInNameUnusable
from people.rights import ROLE_TEXT
from people.roles import RoleTold, roles_of_all
from people.tables import Person

router = APIRouter(include_in_schema=False)
_FIELDS: dict[type[MatPhoError], str] = {SignInNameUnusable: "name", SignInNameTaken: "name"}


@dataclass(frozen=True)
class Listed:
    """An account with the roles that run today, and how many do not."""

    person: Person
    running: Sequence[RoleTold]
    others: int


@router.get("/admin/people")
def people_page(request: Request, service: Serving) -> Response:
    return _page(request, service, request.query_params.get("q", "")[:100])


def _page(
    request: Request, service: Service, q: str = "", fault: FieldFault | None = None, typed: Fields | None = None
) -> Response:
    now, words = service.clock.now_us(), fold(q).split()
    with unit_of_work(service.engine, writes=False) as session:
        everybody, roles = accounts.people(session), roles_of_all(session)
    found = []
    for person in everybody:
        if all(word in fold(f"{person.sign_in} {person.full_name}") for word in words):
            theirs = roles.get(person.id, [])
            running = [role for role in theirs if role.term.runs(now)]
            found.append(Listed(person, running, len(theirs) - len(running)))
    more = {"people": found, "all": len(everybody), "q": q, "role_text": ROLE_TEXT, "typed": typed or {}}
    return show_fault(request, "people.html", fault, wide=True, **more)


@router.post("/admin/people", max_body_size=FORM_LIMIT_BYTES)
async def add_person(request: Request, service: Serving, asker: Asking) -> Response:
    form = await fields_of(request)
    return await run_sync(_add, request, service, asker, form)


def _add(request: Request, service: Service, asker: Asker, form: Fields) -> Response:
    try:
        with unit_of_work(service.engine) as session:
            name, full_name = form.text("name"), form.text("full_name")
            person = accounts.add_person(session, service.clock, asker.actor, name, full_name)
            secret = links.make_link(session, service.clock, asker.actor, person)
    except MatPhoError as error:
        return _page(request, service, fault=fault_of(error, _FIELDS), typed=form)
    return link_page(request, service, person, secret)


def link_page(request: Request, service: Service, person: Person, secret: str) -> Response:
    """Return the page that shows a one-time link, once: it is kept nowhere but as a hash, and no other page has it."""
    link = f"{service.settings.address}/first-password/{secret}"
    answer = show(request, "person_link.html", person=person, link=link)
    answer.headers["Cache-Control"] = "no-store"
    return answer
