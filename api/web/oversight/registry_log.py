"""Changes of the register: cameras, consents, units, rules, roles; what was before and what after, where the log has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from access.listing import unit_codes
from api.audit_files import tell_of_reading
from api.web.administration.rule_values import rule_said
from api.web.administration.unit_tree import SUCCESSION_TEXT
from api.web.frame.faults import FieldFault, show_fault
from api.web.frame.shell import telling
from api.web.frame.words import Telling
from api.web.oversight.acts import ACT_TEXT, REGISTRY, ROLES
from api.web.oversight.lines import lines_of
from api.web.oversight.log import place_of, span_of, typed_of
from api.web.oversight.meant import camera_named, ids_named
from api.wiring import Asking, Serving
from audit.newest import Event, newest
from audit.wanted import Wanted
from camera_registry.rule_book import Rules
from camera_registry.rules import rules_for
from foundation.database import unit_of_work
from foundation.errors import N_
from foundation.language import translate
from foundation.timebase import EARLIEST_US, TimeRange

router = APIRouter(include_in_schema=False)
_ROWS = 50
UNTIL_FURTHER = N_("until further notice")
_EARLIER = 1000
"""Events of before that are looked through for what a value was."""


@dataclass(frozen=True)
class Change:
    """What was done to `about`. `values` are (field, before, after); None where the log does not say, as of what is personal."""

    event: Event
    text: str
    about: str
    place: str
    values: tuple[tuple[str, str | None, str | None], ...]


@router.get("/log/registry")
def registry_log_page(request: Request, service: Serving, asker: Asking) -> Response:
    typed = typed_of(request)
    more: dict[str, Any] = {"typed": typed, "changes": [], "span": None, "following": ""}
    try:
        span = span_of(service, typed)
    except FieldFault as fault:
        return show_fault(request, "registry_log.html", fault, wide=True, **more)
    with unit_of_work(service.engine, writes=False) as session:
        about = camera_named(session, typed["about"]) or typed["about"]
        ids = ids_named(session, about) if about else ()
    wanted = Wanted(span, about=about or None, among=(*REGISTRY, *ROLES), ids=ids)
    tell_of_reading(service, asker.actor, wanted)
    with unit_of_work(service.engine, writes=False) as session:
        before = place_of(request.query_params.get("before", ""))
        events, following = newest(session, wanted, before=before, limit=_ROWS)
        changes = _changes(session, events, telling(request))
    more |= {
        "changes": changes,
        "span": span,
        "following": "" if following is None else f"{following[0]}.{following[1]}",
    }
    return show_fault(request, "registry_log.html", None, wide=True, **more)


def _changes(session: Session, events: Sequence[Event], tell: Telling) -> list[Change]:
    ids = {int(one.object_id) for one in events if one.object_kind == "unit" and one.object_id.isdecimal()}
    codes = unit_codes(session, ids)
    earlier = _earlier(session, events)
    told = []
    for at, (one, line) in enumerate(zip(events, lines_of(session, events, tell), strict=True)):
        older = [*events[at + 1 :], *earlier]
        about = one.object_id
        if one.object_kind == "unit":
            about = codes.get(int(about), about) if about.isdecimal() else about
        elif one.object_kind == "person":
            about = line.about
        if one.action == "rules:set":
            values = _rules(session, one, tell)
        elif one.action == "role:give":
            values = [("", "–", _term(one, tell))]
        else:
            values = _values(one, older)
        told.append(Change(one, ACT_TEXT.get(one.action, one.action), about, line.place, tuple(values)))
    return told


def _rules(session: Session, event: Event, tell: Telling) -> list[tuple[str, str | None, str | None]]:
    """Return what held before a change of rules and what after: what nobody had set held by default, or from above."""
    unit_id = int(event.object_id) if event.object_id.isdecimal() else None
    before, after = rules_for(session, unit_id, event.at_us - 1), rules_for(session, unit_id, event.at_us)
    found: list[tuple[str, str | None, str | None]] = []
    for name, value in sorted(event.detail.items()):
        field = Rules.model_fields.get(name)
        if field is None:
            found.append((name, None, str(value)))
            continue
        held, holds = (rule_said(name, getattr(rules, name), tell) or "–" for rules in (before, after))
        found.append((translate(tell.language, field.description or name), held, holds))
    return found


def _term(event: Event, tell: Telling) -> str:
    begins, ends = event.detail.get("from_us"), event.detail.get("to_us")
    told = tell.instant(begins, seconds=False) if isinstance(begins, int) else "–"
    last = tell.instant(ends, seconds=False) if isinstance(ends, int) else translate(tell.language, UNTIL_FURTHER)
    return f"{told} – {last}"


def _earlier(session: Session, events: Sequence[Event]) -> list[Event]:
    """Return what was changed before the oldest of these events, the newest first."""
    if not any(_said(one) for one in events):
        return []
    last = events[-1]
    wanted = Wanted(TimeRange(EARLIEST_US, last.at_us + 1), among=("camera:edit",))
    return newest(session, wanted, before=(last.at_us, last.id), limit=_EARLIER)[0]


def _said(event: Event) -> dict[str, Any]:
    """Return the values that an event tells, by field."""
    found = event.detail.get("values") if event.action == "camera:edit" else None
    return found if isinstance(found, dict) else {}


def _values(event: Event, older: Sequence[Event]) -> list[tuple[str, str | None, str | None]]:
    if event.action == "unit:succeed":
        olds = event.detail.get("predecessors", [])
        kind = str(event.detail.get("kind", ""))
        return [(SUCCESSION_TEXT.get(kind, kind), ", ".join(map(str, olds)), str(event.detail.get("code", "")))]
    if event.action == "unit:split":
        counts = event.detail.get("cameras", {})
        news = ", ".join(f"{code} ({count})" for code, count in counts.items())
        return [("split", str(event.detail.get("code", "")), news)]
    if event.action == "unit:telephone":
        olds, now = (event.detail.get(name) for name in ("before", "phone"))
        named = [("contact", None, None)] if event.detail.get("contact_changed") else []
        return [("phone", None if olds is None else str(olds), "–" if now is None else str(now)), *named]
    said = _said(event)
    theirs = [_said(one) for one in older if (one.action, one.object_id) == (event.action, event.object_id)]
    found = []
    for name, value in sorted(said.items()):
        before = next((one[name] for one in theirs if name in one), None)
        found.append((name, None if before is None else str(before), "–" if value is None else str(value)))
    personal = sorted(set(event.detail.get("fields", ())) - set(said))
    return [*found, *((name, None, None) for name in personal)]
