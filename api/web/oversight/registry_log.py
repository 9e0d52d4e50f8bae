"""Changes of the register: cameras, consents, units, rules; what was before and what after, where the log has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from access.listing import unit_codes
from api.audit_files import tell_of_reading
from api.web.frame.faults import FieldFault, show_fault
from api.web.oversight.acts import ACT_TEXT, REGISTRY
from api.web.oversight.log import place_of, span_of, typed_of
from api.wiring import Asking, Serving
from audit.newest import Event, newest
from audit.wanted import Wanted
from foundation.database import unit_of_work
from foundation.timebase import EARLIEST_US, TimeRange

router = APIRouter(include_in_schema=False)
_ROWS = 50
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
    wanted = Wanted(span, about=typed["about"] or None, among=REGISTRY)
    tell_of_reading(service, asker.actor, wanted)
    with unit_of_work(service.engine, writes=False) as session:
        before = place_of(request.query_params.get("before", ""))
        events, following = newest(session, wanted, before=before, limit=_ROWS)
        changes = _changes(session, events)
    more |= {
        "changes": changes,
        "span": span,
        "following": "" if following is None else f"{following[0]}.{following[1]}",
    }
    return show_fault(request, "registry_log.html", None, wide=True, **more)


def _changes(session: Session, events: Sequence[Event]) -> list[Change]:
    ids = {int(one.object_id) for one in events if one.object_kind == "unit" and one.object_id.isdecimal()}
    codes = unit_codes(session, ids)
    earlier = _earlier(session, events)
    told = []
    for at, one in enumerate(events):
        older = [*events[at + 1 :], *earlier]
        about = one.object_id
        if one.object_kind == "unit":
            about = codes.get(int(about), about) if about.isdecimal() else about
        place = f"/cameras/{about}" if one.object_kind == "camera" else ""
        told.append(Change(one, ACT_TEXT.get(one.action, one.action), about, place, tuple(_values(one, older))))
    return told


def _earlier(session: Session, events: Sequence[Event]) -> list[Event]:
    """Return what was changed before the oldest of these events, the newest first."""
    if not any(_said(one) for one in events):
        return []
    last = events[-1]
    wanted = Wanted(TimeRange(EARLIEST_US, last.at_us + 1), among=("camera:edit", "rules:set"))
    return newest(session, wanted, before=(last.at_us, last.id), limit=_EARLIER)[0]


def _said(event: Event) -> dict[str, Any]:
    """Return the values that an event tells, by field."""
    found = event.detail.get("values") if event.action == "camera:edit" else event.detail
    return found if isinstance(found, dict) and event.action in {"camera:edit", "rules:set"} else {}


def _values(event: Event, older: Sequence[Event]) -> list[tuple[str, str | None, str | None]]:
    if event.action == "unit:succeed":
        olds = event.detail.get("predecessors", [])
        return [(str(event.detail.get("kind", "")), ", ".join(map(str, olds)), str(event.detail.get("code", "")))]
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
