"""`matpho rules`: what units decided about the use of footage."""

from typing import Any

import click
from sqlmodel import Session

from api.service import Service
from camera_registry.rule_book import Rules
from camera_registry.rules import own_rules, rules_for, set_rules
from camera_registry.units import get_unit
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from matpho.output import columns, json_option, say
from matpho.service import build

_UNIT = click.option("--unit", help="Code of the unit; without it what holds for everybody.")


@click.group()
def rules() -> None:
    """Rules of units about the use of footage."""


@rules.command("show")
@_UNIT
@json_option
def rules_show(unit: str | None, as_json: bool) -> None:
    """Show the rules that hold for a unit today, and which of them it sets itself."""
    service = build()
    with unit_of_work(service.engine, writes=False) as session:
        unit_id, now = _unit_id(session, service, unit), service.clock.now_us()
        found, own = rules_for(session, unit_id, now), own_rules(session, unit_id, now)
    _tell(as_json, unit, found, own)


@rules.command("set")
@_UNIT
@click.argument("changes", nargs=-1, required=True, metavar="RULE=VALUE…")
@json_option
def rules_set(unit: str | None, changes: tuple[str, ...], as_json: bool) -> None:
    """Change rules of a unit from now on; `RULE=` takes one back, so that the one above it holds."""
    service = build()
    wanted: dict[str, Any] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise click.BadParameter(f"write RULE=VALUE, not {change}", param_hint="RULE=VALUE…")
        wanted[name] = value or None
    with unit_of_work(service.engine) as session:
        unit_id = _unit_id(session, service, unit)
        own = set_rules(session, service.clock, COMMAND_LINE, unit_id, wanted)
        found = rules_for(session, unit_id, service.clock.now_us())
    _tell(as_json, unit, found, own)


def _unit_id(session: Session, service: Service, unit: str | None) -> int | None:
    return None if unit is None else get_unit(session, unit, service.clock.now_us()).id


def _tell(as_json: bool, unit: str | None, found: Rules, own: dict[str, Any]) -> None:
    told = found.model_dump()
    lines = columns([(name, _said(value), "*" if name in own else "") for name, value in told.items()])
    say(as_json, {"unit": unit, "rules": told, "own": sorted(own)}, lines)


def _said(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)
