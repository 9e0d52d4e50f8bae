"""`matpho subjects`: the register of what people asked about their own data, and until when it is due."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import click
from sqlmodel import Session

from access.subject_kinds import KIND_TEXT, SubjectKind, SubjectOutcome
from access.subject_register import find_subject_requests, told, units_in_register
from access.subject_tables import SubjectRequest
from access.subjects import (
    Requester,
    SubjectAsked,
    acknowledge,
    answer,
    erase_requester,
    get_subject_request,
    receive,
    requester_of,
)
from api.service import Service
from camera_registry.units import get_unit
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.language import translate
from foundation.timebase import TimeRange
from matpho.output import INSTANT, NOTHING_FOUND, columns, json_option, say
from matpho.service import build


@click.group()
def subjects() -> None:
    """Requests of data subjects: what people ask about their own data."""


@subjects.command("add")
@click.argument("kind", type=click.Choice([str(kind) for kind in SubjectKind]))
@click.option("--name", default="", help="Who asks; kept sealed.")
@click.option("--contact", required=True, help="How to reach them; kept sealed.")
@click.option("--about", default="", help="What they ask, in their own words; kept sealed.")
@click.option("--unit", help="Code of the unit that handles it. Default: the whole house.")
@click.option("--camera", "cameras", multiple=True, help="Code of a camera that it is about; may be repeated.")
@click.option("--from", "start_us", type=INSTANT, help="Begin of the time that it is about.")
@click.option("--to", "end_us", type=INSTANT, help="End of the time that it is about.")
@click.option("--received", "received_us", type=INSTANT, help="When it came; now when left out.")
@json_option
def subjects_add(
    kind: str,
    name: str,
    contact: str,
    about: str,
    unit: str | None,
    cameras: tuple[str, ...],
    start_us: int | None,
    end_us: int | None,
    received_us: int | None,
    as_json: bool,
) -> None:
    """Put a request into the register, and tell until when it is to be acknowledged and answered."""
    if (start_us is None) != (end_us is None):
        raise click.UsageError("give both --from and --to, or neither")
    span = None if start_us is None or end_us is None else TimeRange(start_us, end_us)
    service = build()
    with unit_of_work(service.engine) as session:
        unit_id = None if unit is None else get_unit(session, unit, service.clock.now_us()).id
        asked = SubjectAsked(SubjectKind(kind), Requester(name, contact, about), unit_id, cameras, span, received_us)
        made = receive(session, service.clock, service.vault, COMMAND_LINE, asked, service.zone)
        session.flush()
        body = _told(session, service, made)
    _say_one(as_json, body)


@subjects.command("list")
@click.option("--open", "only_open", is_flag=True, help="Only those that are not answered.")
@json_option
def subjects_list(only_open: bool, as_json: bool) -> None:
    """List the register without who asked: open ones first, the most overdue at the head; at most 200."""
    service = build()
    with unit_of_work(service.engine, writes=False) as session:
        found = find_subject_requests(session, units_in_register(session), only_open=only_open)
        body = told(session, found, service.clock.now_us(), service.zone)
    names = ("id", "kind", "unit", "acknowledge_by", "acknowledged", "answer_by", "answered", "outcome", "overdue")
    language = service.settings.language
    rows = [
        [*("-" if one[name] is None else str(one[name]) for name in names), translate(language, KIND_TEXT[one["kind"]])]
        for one in body
    ]
    say(as_json, body, columns([[*names, ""], *rows] if rows else []))
    if not body:
        sys.exit(NOTHING_FOUND)


@subjects.command("show")
@click.argument("request_id", metavar="ID")
@json_option
def subjects_show(request_id: str, as_json: bool) -> None:
    """Show one request and who asked, which is an event."""
    service = build()
    with unit_of_work(service.engine) as session:
        request = get_subject_request(session, request_id)
        who = requester_of(session, service.clock, service.vault, COMMAND_LINE, request)
        body = _told(session, service, request) | {"requester": None if who is None else asdict(who)}
    _say_one(as_json, body)


@subjects.command("acknowledge")
@click.argument("request_id", metavar="ID")
@json_option
def subjects_acknowledge(request_id: str, as_json: bool) -> None:
    """Note that who asked was told that it came, and what happens now."""
    _step(as_json, request_id, lambda session, service, one: acknowledge(session, service.clock, COMMAND_LINE, one))


@subjects.command("answer")
@click.argument("request_id", metavar="ID")
@click.option("--outcome", required=True, type=click.Choice([str(outcome) for outcome in SubjectOutcome]))
@click.option("--reason", default="", help="Needed for all but “done”; without names, for it stays.")
@json_option
def subjects_answer(request_id: str, outcome: str, reason: str, as_json: bool) -> None:
    """Note what was answered, once."""

    def step(session: Session, service: Service, one: SubjectRequest) -> None:
        answer(session, service.clock, COMMAND_LINE, one, SubjectOutcome(outcome), reason)

    _step(as_json, request_id, step)


@subjects.command("erase")
@click.argument("request_id", metavar="ID")
@json_option
def subjects_erase(request_id: str, as_json: bool) -> None:
    """Erase who asked, for ever, when it has been answered; the rest stays."""
    _step(as_json, request_id, lambda session, service, one: erase_requester(session, service.clock, COMMAND_LINE, one))


def _step(as_json: bool, request_id: str, step: Callable[[Session, Service, SubjectRequest], None]) -> None:
    service = build()
    with unit_of_work(service.engine) as session:
        request = get_subject_request(session, request_id)
        step(session, service, request)
        body = _told(session, service, request)
    _say_one(as_json, body)


def _told(session: Session, service: Service, request: SubjectRequest) -> dict[str, Any]:
    return told(session, [request], service.clock.now_us(), service.zone)[0]


def _say_one(as_json: bool, body: dict[str, Any]) -> None:
    flat = {name: value for name, value in body.items() if name != "requester"} | (body.get("requester") or {})
    rows = [[name, ", ".join(value) if isinstance(value, list) else str(value)] for name, value in flat.items()]
    say(as_json, body, columns([[name, "-" if value in {"None", ""} else value] for name, value in rows]))
