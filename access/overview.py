"""What was asked of footage in a period and what came of it, for who looks after it: four questions, whatever the period."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from access.states import State
from access.tables import FootageGrant, FootageRequest, FootageUse, GrantCamera, RequestCamera
from camera_registry.tables import Unit
from foundation.timebase import TimeRange
from ingest.index.tables import HoldOrder

_MINUTE_US = 60_000_000


@dataclass(frozen=True)
class Figures:
    """Of a unit, or of all together; `code` is None for cameras of no unit.

    Minutes are of footage: those of the window times cameras. `decided_us` is the median time until a human decided, None
    where none did.
    """

    code: str | None
    name: str | None
    states: dict[State, int]
    asked_minutes: int
    granted_minutes: int
    decided_us: int | None

    @property
    def requests(self) -> int:
        return sum(self.states.values())

    @property
    def refused(self) -> int:
        return self.states.get(State.REFUSED, 0)


@dataclass(frozen=True)
class Overview:
    """`overdue` are reviews whose time is over, of whatever period: nobody may wait for the next one to see them."""

    span: TimeRange
    total: Figures
    units: tuple[Figures, ...]
    overdue: tuple[FootageRequest, ...]
    clips: int
    holds: int


def overview(session: Session, span: TimeRange, now_us: int, units: Collection[int] | None = None) -> Overview:
    """Return the figures of requests submitted in `span`, of these units (None: of all)."""
    rows = _rows(session, span, units)
    by_unit: dict[tuple[str | None, str | None], list[Any]] = {}
    for row in rows:
        by_unit.setdefault((row.code, row.name), []).append(row)
    told = [_figures(code, name, ours) for (code, name), ours in by_unit.items()]
    return Overview(
        span,
        _figures(None, None, rows),
        tuple(sorted(told, key=lambda one: (one.code is None, one.code or ""))),
        tuple(_overdue(session, now_us, units)),
        _clips(session, span, units),
        _holds(session, span, units),
    )


def _within(units: Collection[int] | None, column: Any) -> Any:
    return sa.true() if units is None else column.in_(units)


def _rows(session: Session, span: TimeRange, units: Collection[int] | None) -> Sequence[Any]:
    asked = (
        sa.select(col(RequestCamera.request_id), sa.func.count().label("cameras"))
        .group_by(col(RequestCamera.request_id))
        .subquery()
    )
    granted = (
        sa.select(col(GrantCamera.grant_id), sa.func.count().label("cameras"))
        .group_by(col(GrantCamera.grant_id))
        .subquery()
    )
    return session.execute(
        sa.select(
            col(Unit.code),
            col(Unit.name),
            col(FootageRequest.state),
            col(FootageRequest.submitted_us),
            col(FootageRequest.decided_us),
            col(FootageRequest.decided_how),
            ((col(FootageRequest.end_us) - col(FootageRequest.start_us)) * asked.c.cameras).label("asked_us"),
            ((col(FootageGrant.end_us) - col(FootageGrant.start_us)) * granted.c.cameras).label("granted_us"),
        )
        .outerjoin(Unit, col(Unit.id) == col(FootageRequest.unit_id))
        .outerjoin(asked, asked.c.request_id == col(FootageRequest.id))
        .outerjoin(FootageGrant, col(FootageGrant.request_id) == col(FootageRequest.id))
        .outerjoin(granted, granted.c.grant_id == col(FootageGrant.id))
        .where(
            col(FootageRequest.submitted_us) >= span.start_us,
            col(FootageRequest.submitted_us) < span.end_us,
            _within(units, col(FootageRequest.unit_id)),
        )
    ).all()


def _figures(code: str | None, name: str | None, rows: Sequence[Any]) -> Figures:
    # A rule or a break-glass decides at once, and says nothing of how long people wait.
    times = [row.decided_us - row.submitted_us for row in rows if row.decided_how == "person"]
    return Figures(
        code,
        name,
        dict(Counter(State(row.state) for row in rows)),
        sum(row.asked_us or 0 for row in rows) // _MINUTE_US,
        sum(row.granted_us or 0 for row in rows) // _MINUTE_US,
        round(median(times)) if times else None,
    )


def _overdue(session: Session, now_us: int, units: Collection[int] | None) -> Sequence[FootageRequest]:
    question = (
        sa.select(FootageRequest)
        .where(
            col(FootageRequest.review_by_us) < now_us,
            col(FootageRequest.reviewed_us).is_(None),
            _within(units, col(FootageRequest.unit_id)),
        )
        .order_by(col(FootageRequest.review_by_us))
    )
    return session.execute(question).scalars().all()


def _clips(session: Session, span: TimeRange, units: Collection[int] | None) -> int:
    question = (
        sa.select(sa.func.count())
        .select_from(FootageUse)
        .join(FootageGrant, col(FootageGrant.id) == col(FootageUse.grant_id))
        .join(FootageRequest, col(FootageRequest.id) == col(FootageGrant.request_id))
        .where(
            col(FootageUse.kind) == "clip",
            col(FootageUse.at_us) >= span.start_us,
            col(FootageUse.at_us) < span.end_us,
            _within(units, col(FootageRequest.unit_id)),
        )
    )
    return int(session.execute(question).scalar_one())


def _holds(session: Session, span: TimeRange, units: Collection[int] | None) -> int:
    question = sa.select(sa.func.count()).where(
        col(HoldOrder.created_us) >= span.start_us,
        col(HoldOrder.created_us) < span.end_us,
        _within(units, col(HoldOrder.unit_id)),
    )
    return int(session.execute(question).scalar_one())
