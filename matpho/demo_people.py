"""People of the demonstration: one for each role. They choose their passwords by one-time links, as real people do."""

from collections.abc import Iterator

from api.service import Service
from camera_registry.units import get_unit
from foundation.database import unit_of_work
from foundation.errors import N_
from foundation.identity import COMMAND_LINE
from foundation.language import translate
from matpho import demo_ward
from people import accounts, links, roles, tokens
from people.rights import ROLE_TEXT, Right, Role

OFFICER = "demo.officer"
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
                unit_id = None if role is Role.ADMINISTRATOR else get_unit(session, code, service.clock.now_us()).id
                roles.give_role(session, service.clock, COMMAND_LINE, person, role, unit_id)
            place = translate(language, N_("with the password that was chosen"))
            if person.password_hash is None:
                secret = links.make_link(session, service.clock, COMMAND_LINE, person)
                place = f"{address}/first-password/{secret}"
            yield f"  {name} ({translate(language, ROLE_TEXT[role])}): {place}"


def day_token(service: Service) -> str:
    """Return a token of the officer that is good for today, for the first question by HTTP."""
    with unit_of_work(service.engine) as session:
        person = accounts.get_person(session, OFFICER)
        return tokens.make_token(session, service.clock, COMMAND_LINE, person, "demo", _TOKEN, 1).secret
