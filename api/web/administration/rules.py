"""The rules of a unit, or of everybody: what holds, what is set here, what would hold without; set and taken back by forms."""

from dataclasses import dataclass
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.asking import Asker
from api.service import Service
from api.web.administration.rule_values import choices_of, rule_said, rule_typed
from api.web.frame.faults import FieldFault, show_fault
from api.web.frame.forms import FORM_LIMIT_BYTES, Fields, fields_of, go
from api.web.frame.shell import telling
from api.web.frame.words import Telling
from api.wiring import Asking, Serving
from camera_registry.rule_book import Rules
from camera_registry.rules import RulesUnusable, own_rules, rules_for, set_rules
from camera_registry.units import get_unit, units_at
from foundation.database import unit_of_work
from foundation.errors import N_, MatPhoError

router = APIRouter(include_in_schema=False)
HINTS = {
    "case_format": N_("VA-9999/AA takes VA-2026/PC; empty: 3 to 40 letters, digits and . / -"),
    "duty_hours": "07:00-19:00",
    "holidays": "30/04/2027, 02/09/2027",
}
"""How a rule is typed that is no number."""


@dataclass(frozen=True)
class Row:
    """A rule: `text` tells what it is about; values as they are said, `own` as it is typed, None where nothing is set here.

    `choices` are (value, text of the catalogue) of what may be chosen, none where it is typed; `hint` says how it is.
    """

    name: str
    text: str
    holds: str
    own: str | None
    otherwise: str
    choices: list[tuple[str, str]]
    hint: str


@router.get("/admin/rules")
def rules_page(request: Request, service: Serving) -> Response:
    return _page(request, service, request.query_params.get("unit", "")[:100])


def _page(
    request: Request, service: Service, code: str, fault: FieldFault | None = None, typed: Fields | None = None
) -> Response:
    now = service.clock.now_us()
    with unit_of_work(service.engine, writes=False) as session:
        units = [(unit.code, f"{unit.code} {unit.name}") for unit in units_at(session, now)]
        rows = _rows(session, code, now, telling(request))
    more: dict[str, Any] = {"units": units, "unit": code, "rows": rows, "typed": typed or {}}
    return show_fault(request, "rules.html", fault, wide=True, **more)


def _rows(session: Session, code: str, now_us: int, tell: Telling) -> list[Row]:
    unit = get_unit(session, code, now_us) if code else None
    own = own_rules(session, unit.id if unit else None, now_us)
    holds = rules_for(session, unit.id if unit else None, now_us)
    otherwise = rules_for(session, unit.parent_id, now_us) if unit else Rules()
    return [
        Row(
            name,
            field.description or "",
            rule_said(name, getattr(holds, name), tell),
            rule_typed(name, own[name]) if name in own else None,
            rule_said(name, getattr(otherwise, name), tell),
            choices_of(name),
            HINTS.get(name, ""),
        )
        for name, field in Rules.model_fields.items()
    ]


@router.post("/admin/rules", max_body_size=FORM_LIMIT_BYTES)
async def set_rule(request: Request, service: Serving, asker: Asking) -> Response:
    """Set one rule from now on, or take it back."""
    form = await fields_of(request)
    return await run_sync(_set, request, service, asker, form)


def _set(request: Request, service: Service, asker: Asker, form: Fields) -> Response:
    code, name = form.text("unit"), form.text("rule")
    value = None if form.text("act") == "take_back" else form.text("value")
    try:
        with unit_of_work(service.engine) as session:
            unit_id = get_unit(session, code, service.clock.now_us()).id if code else None
            set_rules(session, service.clock, asker.actor, unit_id, {name: value})
    except RulesUnusable as error:
        known = name in Rules.model_fields
        return _page(request, service, code, FieldFault(name if known else "", error), form)
    except MatPhoError as error:
        return _page(request, service, "", FieldFault("", error))
    return go(f"/admin/rules?unit={code}&done=saved#{name}")
