"""`matpho users`: accounts, their roles, one-time links and tokens. Whoever may run commands here may do all of it."""

import sys
from collections.abc import Iterator
from typing import Any

import click
from sqlmodel import Session

from api.service import Service
from camera_registry.units import get_unit
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput
from foundation.identity import COMMAND_LINE
from foundation.language import Language, translate
from foundation.timebase import format_instant
from matpho.output import INSTANT, NOTHING_FOUND, POINT, columns, json_option, say
from matpho.served import address_of
from matpho.service import build
from people import accounts, links, roles, second_factor, tokens
from people.rights import ROLE_TEXT, Role
from people.tables import Person

_ROLE = click.Choice([str(role) for role in Role])
_LINK = "{address}/first-password/{secret}"


class PlaceMissing(BadInput):
    code = "place_missing"
    message = N_("A role needs to know where it holds")
    mend = N_("Give --unit CODE, or --everywhere for all units there are and will be")


class NoProvider(BadInput):
    code = "no_provider"
    message = N_("No provider of identities is set")
    mend = N_("Set MATPHO_OIDC_ISSUER first")


@click.group()
def users() -> None:
    """Accounts, roles, links, tokens."""


@users.command("add")
@click.argument("name")
@click.option("--full-name", default="", help="As it is written on paper.")
@click.option("--role", type=_ROLE, help="The first role; more with `users roles`.")
@click.option("--unit", help="Code of the unit that the role is for, and all within it.")
@click.option("--everywhere", is_flag=True, help="The role is for all units.")
@click.option("--from", "from_us", type=INSTANT, help="Begin of the term; now when left out.")
@click.option("--to", "to_us", type=INSTANT, help="End of the term; until further notice when left out.")
@json_option
def users_add(
    name: str,
    full_name: str,
    role: str | None,
    unit: str | None,
    everywhere: bool,
    from_us: int | None,
    to_us: int | None,
    as_json: bool,
) -> None:
    """Make an account, and a one-time link with which its password is chosen."""
    service = build()
    with unit_of_work(service.engine) as session:
        person = accounts.add_person(session, service.clock, COMMAND_LINE, name, full_name)
        if role is not None:
            _give(session, service, person, role, unit, everywhere, from_us, to_us)
        secret = links.make_link(session, service.clock, COMMAND_LINE, person)
        body = _told(session, service, person)
    _say_link(as_json, service, body, secret)


@users.command("home")
@click.argument("name")
@click.option(
    "--at", "at", type=POINT, help="Latitude and longitude of the home; without it the known one is forgotten."
)
@json_option
def users_home(name: str, at: tuple[float, float] | None, as_json: bool) -> None:
    """Say where a person lives, so that requests for footage of that place are noticed. Nothing tells it again."""
    service = build()
    with unit_of_work(service.engine) as session:
        person = accounts.get_person(session, name)
        accounts.set_home(session, service.clock, COMMAND_LINE, person, at)
    known = at is not None
    text = N_("{name}: home known") if known else N_("{name}: home not known")
    say(as_json, {"name": person.sign_in, "home": known}, [translate(service.settings.language, text, name=name)])


@users.command("list")
@json_option
def users_list(as_json: bool) -> None:
    """List the accounts and the roles they have today."""
    service = build()
    with unit_of_work(service.engine, writes=False) as session:
        body = [_told(session, service, person) for person in accounts.people(session)]
    language = service.settings.language
    rows = [[one["name"], one["full_name"], _roles_text(language, one), _state_text(language, one)] for one in body]
    say(as_json, body, columns(rows))
    if not body:
        sys.exit(NOTHING_FOUND)


@users.command("roles")
@click.argument("name")
@click.option("--give", type=_ROLE, help="Give this role.")
@click.option("--unit", help="Code of the unit that the role is for, and all within it.")
@click.option("--everywhere", is_flag=True, help="The role is for all units.")
@click.option("--from", "from_us", type=INSTANT, help="Begin of the term; now when left out.")
@click.option("--to", "to_us", type=INSTANT, help="End of the term; until further notice when left out.")
@click.option("--end", "term_id", help="End the role with this id now.")
@json_option
def users_roles(
    name: str,
    give: str | None,
    unit: str | None,
    everywhere: bool,
    from_us: int | None,
    to_us: int | None,
    term_id: str | None,
    as_json: bool,
) -> None:
    """Show every role a person had, has and will have; give one, end one."""
    service = build()
    with unit_of_work(service.engine) as session:
        person = accounts.get_person(session, name)
        if term_id is not None:
            roles.end_role(session, service.clock, COMMAND_LINE, person, term_id)
        if give is not None:
            _give(session, service, person, give, unit, everywhere, from_us, to_us)
        body = _told(session, service, person)
    rows = [[r["id"], r["role"], r["unit"] or "*", r["from"], r["to"] or "-", str(r["runs"])] for r in body["roles"]]
    say(as_json, body, columns(rows))


@users.command("link")
@click.argument("name")
@click.option("--subject", help="Tie the account to this subject of the provider of identities instead.")
@click.option("--new-phone", is_flag=True, help="Forget the second factor as well: phone and paper are lost.")
@json_option
def users_link(name: str, subject: str | None, new_phone: bool, as_json: bool) -> None:
    """Make a one-time link with which a person chooses a password; earlier links open nothing any more."""
    service = build()
    with unit_of_work(service.engine) as session:
        person = accounts.get_person(session, name)
        if new_phone:
            second_factor.forget(session, service.clock, COMMAND_LINE, person)
        if subject is not None:
            issuer = service.settings.oidc_issuer.rstrip("/")
            if not issuer:
                raise NoProvider
            accounts.tie_identity(session, service.clock, COMMAND_LINE, person, issuer, subject)
        secret = None if subject is not None else links.make_link(session, service.clock, COMMAND_LINE, person)
        body = _told(session, service, person)
    _say_link(as_json, service, body, secret)


@users.command("disable")
@click.argument("name")
@click.option("--undo", is_flag=True, help="Open the account again.")
@json_option
def users_disable(name: str, undo: bool, as_json: bool) -> None:
    """Close an account: its sessions, links and tokens end with the next request."""
    service = build()
    with unit_of_work(service.engine) as session:
        person = accounts.get_person(session, name)
        (accounts.enable if undo else accounts.disable)(session, service.clock, COMMAND_LINE, person)
        body = _told(session, service, person)
    text = N_("The account {name} is open again") if undo else N_("The account {name} is closed")
    say(as_json, body, [translate(service.settings.language, text, name=body["name"])])


@users.command("token")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, help="A right the token is for; several times for several.")
@click.option("--label", default="", help="What it is for.")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, tokens.LONGEST_DAYS))
@click.option("--revoke", "token_id", help="End the token with this id.")
@json_option
def users_token(name: str, scopes: tuple[str, ...], label: str, days: int, token_id: str | None, as_json: bool) -> None:
    """Make a token for programs, told once; without --scope list the person's tokens."""
    service = build()
    made = None
    with unit_of_work(service.engine) as session:
        person = accounts.get_person(session, name)
        if token_id is not None:
            tokens.revoke_token(session, service.clock, COMMAND_LINE, person, token_id)
        if scopes:
            rights = tokens.rights_named(scopes)
            made = tokens.make_token(session, service.clock, COMMAND_LINE, person, label, rights, days)
        known = [_token_told(service, row) for row in tokens.tokens_of(session, person)]
    body = {"name": person.sign_in, "token": made and made.secret, "tokens": known}
    rows = [[one["id"], one["label"] or "-", one["scopes"], one["expires"], str(one["open"])] for one in known]
    lines = [made.secret] if made else columns(rows)
    say(as_json, body, lines)


def _give(
    session: Session,
    service: Service,
    person: Person,
    role: str,
    unit: str | None,
    everywhere: bool,
    from_us: int | None,
    to_us: int | None,
) -> None:
    if (unit is None) != everywhere:
        raise PlaceMissing
    unit_id = None if unit is None else get_unit(session, unit, service.clock.now_us()).id
    roles.give_role(session, service.clock, COMMAND_LINE, person, Role(role), unit_id, from_us=from_us, to_us=to_us)


def _told(session: Session, service: Service, person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.sign_in,
        "full_name": person.full_name,
        "disabled": person.disabled_us is not None,
        "password": person.password_hash is not None,
        "second_factor": second_factor.has_second_factor(session, person.id),
        "roles": list(_roles_told(session, service, person)),
    }


def _roles_told(session: Session, service: Service, person: Person) -> Iterator[dict[str, Any]]:
    for found in roles.roles_of(session, person):
        term = found.term
        yield {
            "id": found.id,
            "role": str(term.role),
            "unit": found.unit,
            "from": format_instant(term.from_us, service.zone),
            "to": None if term.to_us is None else format_instant(term.to_us, service.zone),
            "runs": term.runs(service.clock.now_us()),
            "given_by": found.given_by,
        }


def _token_told(service: Service, row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "label": row.label,
        "scopes": row.scopes,
        "expires": format_instant(row.expires_us, service.zone),
        "open": row.revoked_us is None and row.expires_us > service.clock.now_us(),
    }


def _roles_text(language: Language, one: dict[str, Any]) -> str:
    told = [
        f"{translate(language, ROLE_TEXT[Role(r['role'])])} ({r['unit'] or '*'})" for r in one["roles"] if r["runs"]
    ]
    return ", ".join(told) or "-"


def _state_text(language: Language, one: dict[str, Any]) -> str:
    if one["disabled"]:
        return translate(language, N_("closed"))
    return "" if one["password"] else translate(language, N_("no password yet"))


def _say_link(as_json: bool, service: Service, body: dict[str, Any], secret: str | None) -> None:
    if secret is None:
        say(as_json, body, [translate(service.settings.language, N_("The account {name} is tied"), name=body["name"])])
        return
    link = _LINK.format(address=address_of(service), secret=secret)
    text = N_("Account {name}. Its password is chosen here, once, within three days:")
    say(as_json, {**body, "link": link}, [translate(service.settings.language, text, name=body["name"]), link])
