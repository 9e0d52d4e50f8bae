"""People of the demonstration: one for each role. They choose their passwords by one-time links, as real people do."""

from collections.abc import Iterator

from access import asking, deciding
from access.grants import running_grants
from access.purposes import Purpose
from api.service import Service
from camera_registry.units import get_unit
from foundation.database import unit_of_work
from foundation.errors import N_
from foundation.identity import COMMAND_LINE, Actor
from foundation.language import translate
from foundation.timebase import TimeRange, parse_instant
from matpho import demo_ward
from people import accounts, links, roles, tokens
from people.rights import ROLE_TEXT, Right, Role

OFFICER, SUPERVISOR = "demo.officer", "demo.supervisor"
CASE = "VA-2026-0307"
_HEADS_UNIT = "KP05"
_TOKEN = frozenset({Right.REGISTRY_READ, Right.RECORDED_READ, Right.FOOTAGE_FIND, Right.FOOTAGE})


def seed_people(service: Service, address: str) -> Iterator[str]:
    """Make the accounts that are not there; yield for each how to sign in."""
    language = service.settings.language
    yield translate(
        language, N_("Who may sign in at {address}, each by a link of its own:"), address=f"{address}/sign-in"
    )
    with unit_of_work(service.engine) as session:
        for role in Role:
            name = f"demo.{role}"
            person = accounts.person_named(session, name)
            if person is None:
                person = accounts.add_person(session, service.clock, COMMAND_LINE, name, "")
                code = _HEADS_UNIT if role is Role.HEAD else demo_ward.WARD
                unit_id = (
                    None
                    if role in {Role.ADMINISTRATOR, Role.AUDITOR}
                    else get_unit(session, code, service.clock.now_us()).id
                )
                roles.give_role(session, service.clock, COMMAND_LINE, person, role, unit_id)
            place = translate(language, N_("with the password that was chosen"))
            if person.password_hash is None:
                secret = links.make_link(session, service.clock, COMMAND_LINE, person)
                place = f"{address}/first-password/{secret}"
            yield f"  {name} ({translate(language, ROLE_TEXT[role])}): {place}"


def seed_grant(service: Service) -> None:
    """Let the officer ask for the footage of the incident and the supervisor approve, unless a grant of it runs already."""
    asked = demo_ward.incident()
    span = TimeRange(parse_instant(asked.start), parse_instant(asked.end))
    with unit_of_work(service.engine) as session:
        officer, supervisor = (accounts.get_person(session, name) for name in (OFFICER, SUPERVISOR))
        if running_grants(session, service.clock, officer.id):
            return
        who = asking.Applicant(officer.id, Actor(officer.sign_in, "person"), lambda _: False)
        cameras = tuple(camera.code for camera in demo_ward.WITNESSES)
        ask = asking.Ask(cameras, span, Purpose.TRAFFIC, CASE, "", (asked.lat, asked.lon))
        for request in asking.draft(session, service.clock, who, ask):
            asking.submit(session, service.clock, who, request)
            boss = Actor(supervisor.sign_in, "person")
            deciding.approve(session, service.clock, boss, supervisor.id, request)


def day_token(service: Service) -> str:
    """Return a token of the officer that is good for today, for the first question by HTTP."""
    with unit_of_work(service.engine) as session:
        person = accounts.get_person(session, OFFICER)
        return tokens.make_token(session, service.clock, COMMAND_LINE, person, "demo", _TOKEN, 1).secret
