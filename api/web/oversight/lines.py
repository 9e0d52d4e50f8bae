"""Events of the log in words: what was done, to what, what for. The ids that events have are told by what they stand for."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from access.listing import names_of, unit_codes
from access.purposes import PURPOSE_TEXT, Purpose
from access.tables import FootageGrant, FootageRequest
from api.web.frame.words import Telling
from api.web.oversight.acts import ACT_TEXT, HOW_TEXT, KINDS, ONLY_TEXT
from audit.newest import Event
from camera_registry.tables import Camera
from foundation.errors import N_
from foundation.language import translate
from foundation.timebase import TimeRange
from ingest.index.tables import Hold, HoldOrder
from people.rights import ROLE_TEXT, Role
from people.tables import RoleTerm

_MOST_NAMED = 6
_KINDS = dict(KINDS)
_OF_HOLDS = {"hold", "hold_order"}


@dataclass(frozen=True)
class Line:
    """An event in words of the reader. `place` is the address of what it is about, empty where there is none.

    `case` is id and case number of its request; of a hold without a request the id is empty. `span` is the footage that it
    is about; of a single picture `at_us` is the moment. `text` and `role` are texts of the catalogue.
    """

    event: Event
    text: str
    about: str
    place: str
    role: str
    purpose: str
    case: tuple[str, str] | None
    span: TimeRange | None
    at_us: int | None

    @property
    def refused(self) -> bool:
        """Tell whether who acted was refused; a supervisor who refuses a request was not."""
        return self.event.refused and self.event.object_kind != "request"


@dataclass(frozen=True)
class _Known:
    """What is behind the ids of events."""

    say: Callable[..., str]
    people: dict[str, str]
    units: dict[int, str]
    cases: dict[str, tuple[str, str]]
    terms: dict[str, RoleTerm]
    orders: dict[str, HoldOrder]
    cameras: dict[str, list[str]]  # by id of a hold or of an order

    def unit(self, unit_id: Any) -> str:
        return self.say(N_("everywhere")) if unit_id is None else self.units.get(unit_id, str(unit_id))


def lines_of(session: Session, events: Sequence[Event], tell: Telling) -> list[Line]:
    """Return events in words, with a handful of questions however many they are."""

    def ids(*kinds: str) -> set[str]:
        return {one.object_id for one in events if one.object_kind in kinds}

    terms = _by_id(session, RoleTerm, {str(one.detail.get("term")) for one in events if one.object_kind == "person"})
    units = {int(name) for name in ids("unit") if name.isdecimal() and len(name) < 19}
    units |= {term.unit_id for term in terms.values() if term.unit_id is not None}
    units |= {found for one in events if isinstance(found := one.detail.get("unit_id"), int)}
    known = _Known(
        lambda text, **fields: translate(tell.language, text, **fields),
        names_of(session, ids("person")),
        unit_codes(session, units),
        _cases(session, events),
        terms,
        _by_id(session, HoldOrder, ids("hold_order")),
        _held(session, ids(*_OF_HOLDS)),
    )
    return [_line(one, known) for one in events]


def _by_id(session: Session, table: Any, ids: Collection[str]) -> dict[str, Any]:
    return {row.id: row for row in session.execute(sa.select(table).where(table.id.in_(ids))).scalars()}


def _held(session: Session, ids: Collection[str]) -> dict[str, list[str]]:
    """Return codes of cameras by the id of a hold, and by that of its order."""
    rows = session.execute(
        sa.select(col(Hold.id), col(Hold.order_id), col(Camera.code))
        .join(Camera, col(Camera.id) == col(Hold.camera_id))
        .where(sa.or_(col(Hold.id).in_(ids), col(Hold.order_id).in_(ids)))
        .order_by(col(Camera.code))
    )
    found: dict[str, list[str]] = {}
    for hold_id, order_id, code in rows:
        found[hold_id] = [code]
        found.setdefault(order_id, []).append(code)
    return found


def _cases(session: Session, events: Sequence[Event]) -> dict[str, tuple[str, str]]:
    """Return request id and case number by the id of the request and by that of its grant."""
    asked = {one.object_id for one in events if one.object_kind == "request"}
    granted = {one.grant_id for one in events if one.grant_id}
    rows = session.execute(
        sa.select(col(FootageRequest.id), col(FootageRequest.case_number), col(FootageGrant.id).label("grant_id"))
        .outerjoin(FootageGrant, col(FootageGrant.request_id) == col(FootageRequest.id))
        .where(sa.or_(col(FootageRequest.id).in_(asked), col(FootageGrant.id).in_(granted)))
    )
    found: dict[str, tuple[str, str]] = {}
    for row in rows:
        found[row.id] = (row.id, row.case_number)
        if row.grant_id:
            found[row.grant_id] = (row.id, row.case_number)
    return found


def _line(event: Event, known: _Known) -> Line:
    detail = event.detail
    about, place = _about(event, known)
    purpose = str(event.purpose or detail.get("purpose") or "")
    order = known.orders.get(event.object_id)
    case = known.cases.get(event.grant_id or "") or known.cases.get(event.object_id)
    if case is None and order is not None and order.case_number:
        case = ("", order.case_number)
    begins, ends = detail.get("from_us"), detail.get("to_us")
    if order is not None:
        begins, ends = order.start_us, order.end_us
    if event.object_kind == "person":
        begins = None  # the term of a role, which is told with it
    span = TimeRange(begins, ends) if isinstance(begins, int) and isinstance(ends, int) and begins < ends else None
    how = "taken_back" if detail.get("taken_back") else str(detail.get("how"))
    return Line(
        event,
        HOW_TEXT.get((event.action, how), ACT_TEXT.get(event.action, event.action)),
        about,
        place,
        ROLE_TEXT[Role(event.role)] if event.role in {str(role) for role in Role} else "",
        PURPOSE_TEXT[Purpose(purpose)] if purpose in {str(one) for one in Purpose} else "",
        case,
        span,
        moment if isinstance(moment := detail.get("at_us"), int) and event.object_kind == "camera" else None,
    )


def _about(event: Event, known: _Known) -> tuple[str, str]:
    """Return what an event is about, and where it is found."""
    kind, name, detail = event.object_kind, event.object_id, event.detail
    if kind == "person":
        return _of_person(event, known), ""
    if kind == "unit":
        return _of_unit(event, known), ""
    if kind == "audit":
        return _of_log(detail, known), ""
    if kind == "camera" and name and event.action != "camera:import":  # that is of a file
        return name, f"/cameras/{name}"
    cameras = detail.get("cameras")
    named = [str(code) for code in cameras] if isinstance(cameras, list) else known.cameras.get(name, [])
    if not named and detail.get("camera"):
        named = [str(detail["camera"])]
    if kind in {*_OF_HOLDS, "request", "clip"} or named:
        told = ", ".join(named[:_MOST_NAMED])
        if len(named) > _MOST_NAMED:
            told += " " + known.say(N_("and {count} more"), count=len(named) - _MOST_NAMED)
        return told, f"/cameras/{named[0]}" if len(named) == 1 else ""
    return name, ""


def _of_person(event: Event, known: _Known) -> str:
    name = known.people.get(event.object_id, event.object_id)
    if name == "unknown":
        return known.say(N_("a name that nobody has"))
    role = str(event.detail.get("role"))
    if not event.action.startswith("role:") or role not in {str(one) for one in Role}:
        return name
    term = known.terms.get(str(event.detail.get("term")))
    unit_id = event.detail.get("unit_id", None if term is None else term.unit_id)
    where = known.unit(unit_id) if term is not None or "unit_id" in event.detail else "?"
    return f"{name}: {known.say(ROLE_TEXT[Role(role)])}, {where}"


def _of_unit(event: Event, known: _Known) -> str:
    detail, name = event.detail, event.object_id
    if event.action == "rules:set":
        whose = known.unit(int(name)) if name.isdecimal() else known.say(N_("everybody"))
        return f"{whose}: {', '.join(sorted(detail))}"
    olds, code = detail.get("predecessors"), detail.get("code")
    if isinstance(olds, list):
        return f"{', '.join(str(one) for one in olds)} → {code}"
    return str(code) if code else known.units.get(int(name), name) if name.isdecimal() else name


def _of_log(detail: dict[str, Any], known: _Known) -> str:
    """Return what of the log was read."""
    only = detail.get("only")
    told = only if isinstance(only, dict) else {}
    parts = []
    for name, value in told.items():
        if name == "among":  # the acts of that page, which are many
            parts.append(known.say(N_("Changes of the register")))
            continue
        shown = known.say(_KINDS[value]) if name == "action" and value in _KINDS else value
        label = known.say(ONLY_TEXT[name]) if name in ONLY_TEXT else name
        parts.append(label if value is True else f"{label}: {shown}")
    return known.say(N_("the log")) + (f" ({'; '.join(parts)})" if parts else "")
