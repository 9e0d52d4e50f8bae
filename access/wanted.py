"""Footage that is asked for and is not there: what a neighbourhood head is told of it, and what they may answer.

They are told camera, time, class of purpose and the unit that asks; not who asks, not which case, not why.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from access.states import State
from access.stepping import RequestUnknown
from access.tables import FootageAnswer, FootageGrant, FootageRequest, RequestCamera
from audit.log import record
from camera_registry.cameras import streams_of
from camera_registry.tables import Camera, Stream, Unit
from foundation.clock import Clock
from foundation.identity import Actor
from foundation.timebase import TimeRange, covered_us, subtract
from ingest.index.queries import recorded
from ingest.index.status import CameraState, recording_status
from people.rights import Right, roles_with
from people.tables import RoleTerm

_SHORTEST_US = 1_000_000
"""Less than this is missing between any two files."""
_AT_WORK = frozenset({CameraState.RECORDING, CameraState.CONNECTING})


@dataclass(frozen=True)
class Wanted:
    """Footage of one camera that one request asks for. `missing` are the parts of `span` that are not there and have passed."""

    request_id: str
    camera_id: int
    camera: str
    camera_name: str
    span: TimeRange
    purpose: str
    until_us: int
    consent: str
    asked_by: str = ""
    """The unit of who asks; empty for somebody of the whole house."""
    asked_by_id: int | None = None
    missing: tuple[TimeRange, ...] = ()
    answered_us: int | None = None
    """When it was said that there is no recording."""


@dataclass(frozen=True)
class Coming:
    """How much of what a request asks of a camera is there, and whether somebody said that there is no recording."""

    camera: str
    percent: int
    answered_us: int | None

    @property
    def whole(self) -> bool:
        return self.percent == 100


def wanted_of(session: Session, now_us: int, camera_ids: Collection[int] | sa.Select[Any]) -> list[Wanted]:
    """Return all that is asked of those of the cameras whose recordings are brought in by hand or that do not record, soonest first.

    `camera_ids` are ids, or a question for them (`camera_registry.cameras.ids_within`).
    """
    at_work = {status.code for status in recording_status(session, now_us) if status.state in _AT_WORK}
    asked = [one for one in _asked(session, now_us, camera_ids) if one.camera not in at_work]
    missing = _missing(session, asked, now_us)
    said = _said_before(session, {one.camera_id for one in asked})
    return [
        _less(replace(one, missing=missing[one.request_id, one.camera_id]), said.get(one.camera_id, []))
        for one in asked
        if missing[one.request_id, one.camera_id]
    ]


def _less(one: Wanted, said: list[tuple[TimeRange, int]]) -> Wanted:
    """Return it without what was answered for another request: nobody looks for the same minutes twice."""
    if one.answered_us is not None or not said:
        return one
    return replace(one, missing=_left(one.missing, said) or one.missing, answered_us=_answered(one.missing, said))


def _left(missing: Iterable[TimeRange], said: list[tuple[TimeRange, int]]) -> tuple[TimeRange, ...]:
    parts = [rest for part in missing for rest in subtract(part, [span for span, _ in said])]
    return tuple(part for part in parts if part.duration_us >= _SHORTEST_US)


def _answered(missing: Iterable[TimeRange], said: list[tuple[TimeRange, int]]) -> int | None:
    """Return when it was said that there is no recording of any of it; None while some of it is to be looked for."""
    return None if not said or _left(missing, said) else max(at_us for _, at_us in said)


def _said_before(session: Session, camera_ids: Iterable[int]) -> dict[int, list[tuple[TimeRange, int]]]:
    """Return by camera the times of which somebody said that there is no recording, and when."""
    question = (
        sa.select(col(FootageAnswer.camera_id), col(FootageAnswer.answered_us))
        .add_columns(col(FootageRequest.start_us), col(FootageRequest.end_us))
        .join(FootageRequest, col(FootageRequest.id) == col(FootageAnswer.request_id))
        .where(col(FootageAnswer.camera_id).in_(set(camera_ids)))
    )
    found: dict[int, list[tuple[TimeRange, int]]] = defaultdict(list)
    for camera_id, answered_us, start_us, end_us in session.execute(question):
        found[camera_id].append((TimeRange(start_us, end_us), answered_us))
    return found


def say_none(session: Session, clock: Clock, actor: Actor, person_id: str, request_id: str, camera_id: int) -> None:
    """Keep that there is no recording of what a request asks of a camera; said twice, the first time counts. Raises `RequestUnknown`."""
    found = [one for one in _asked(session, clock.now_us(), [camera_id]) if one.request_id == request_id]
    if not found:
        raise RequestUnknown(name=request_id[:40])
    answer = FootageAnswer(
        request_id=request_id, camera_id=camera_id, answered_us=clock.now_us(), answered_by=person_id
    )
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    new = session.execute(
        dialect.insert(FootageAnswer)
        .values(answer.model_dump())
        .on_conflict_do_nothing()
        .returning(col(FootageAnswer.camera_id))
    ).first()
    if new is not None:
        record(session, clock, actor, "request:no_recording", "request", request_id, camera=found[0].camera)


def coming(session: Session, request: FootageRequest, cameras: Iterable[tuple[int, str]]) -> list[Coming]:
    """Return how much of the footage of a request is there, by camera."""
    span = TimeRange(request.start_us, request.end_us)
    said = sa.select(col(FootageAnswer.camera_id), col(FootageAnswer.answered_us)).where(
        col(FootageAnswer.request_id) == request.id
    )
    answers = {row[0]: row[1] for row in session.execute(said)}
    named = dict(cameras)
    there = _recorded(session, named, streams_of(session, list(named)), span)
    before = _said_before(session, named)
    return [
        Coming(
            code,
            _percent(span, there[camera_id]),
            answers.get(camera_id) or _answered(subtract(span, there[camera_id]), before.get(camera_id, [])),
        )
        for camera_id, code in named.items()
    ]


def _percent(span: TimeRange, parts: list[TimeRange]) -> int:
    if not [part for part in subtract(span, parts) if part.duration_us >= _SHORTEST_US]:
        return 100
    covered = covered_us(span, parts)
    return min(99, max(1, 100 * covered // span.duration_us)) if covered else 0


def _asked(session: Session, now_us: int, camera_ids: Collection[int] | sa.Select[Any]) -> list[Wanted]:
    """Return what living requests ask of the cameras, whether it is there or not."""
    runs = sa.and_(
        col(FootageRequest.state) == str(State.APPROVED),
        col(FootageGrant.ended_us).is_(None),
        col(FootageGrant.until_us) > now_us,
    )
    waits = sa.and_(col(FootageRequest.state) == str(State.SUBMITTED), col(FootageRequest.decide_by_us) > now_us)
    until = sa.func.coalesce(col(FootageGrant.until_us), col(FootageRequest.decide_by_us)).label("until_us")
    question = (
        sa.select(FootageRequest, col(Camera.id), col(Camera.code), col(Camera.name), until)
        .add_columns(col(RequestCamera.consent), col(FootageAnswer.answered_us))
        .join(RequestCamera, col(RequestCamera.request_id) == col(FootageRequest.id))
        .join(Camera, col(Camera.id) == col(RequestCamera.camera_id))
        .join(FootageGrant, col(FootageGrant.request_id) == col(FootageRequest.id), isouter=True)
        .join(
            FootageAnswer,
            sa.and_(
                col(FootageAnswer.request_id) == col(FootageRequest.id),
                col(FootageAnswer.camera_id) == col(Camera.id),
            ),
            isouter=True,
        )
        .where(col(Camera.id).in_(camera_ids), sa.or_(waits, runs), col(RequestCamera.consent) != "declined")
        .order_by(until, col(FootageRequest.id), col(Camera.code))
    )
    rows = session.execute(question).all()
    units = _asking_units(session, [row[0] for row in rows])
    return [
        Wanted(
            request.id,
            camera_id,
            code,
            name,
            TimeRange(request.start_us, request.end_us),
            request.purpose,
            until_us,
            consent,
            *units.get(request.id, ("", None)),
            answered_us=answered_us,
        )
        for request, camera_id, code, name, until_us, consent, answered_us in rows
    ]


def _asking_units(session: Session, requests: Collection[FootageRequest]) -> dict[str, tuple[str, int | None]]:
    """Return by request name and id of the unit for which who asks had the right to ask, when they did."""
    question = (
        sa.select(RoleTerm, col(Unit.name))
        .join(Unit, col(Unit.id) == col(RoleTerm.unit_id))
        .where(
            col(RoleTerm.person_id).in_({request.person_id for request in requests}),
            col(RoleTerm.role).in_([str(role) for role in roles_with(Right.REQUEST_MAKE)]),
        )
        .order_by(col(RoleTerm.from_us))
    )
    terms = session.execute(question).all()
    found = {}
    for request in requests:
        at_us = request.submitted_us or request.created_us
        for term, name in terms:
            if (
                term.person_id == request.person_id
                and term.from_us <= at_us
                and (term.to_us is None or at_us < term.to_us)
            ):
                found[request.id] = name, term.unit_id
    return found


def _missing(session: Session, asked: Collection[Wanted], now_us: int) -> dict[tuple[str, int], tuple[TimeRange, ...]]:
    by_span: dict[TimeRange, set[int]] = defaultdict(set)
    for one in asked:
        by_span[one.span].add(one.camera_id)
    streams = streams_of(session, list({one.camera_id for one in asked}))
    there = {span: _recorded(session, cameras, streams, span) for span, cameras in by_span.items()}
    found = {}
    for one in asked:
        gone_by = one.span.intersection(TimeRange(one.span.start_us, max(now_us, one.span.start_us + 1)))
        parts = subtract(gone_by, there[one.span][one.camera_id]) if gone_by is not None else []
        found[one.request_id, one.camera_id] = tuple(part for part in parts if part.duration_us >= _SHORTEST_US)
    return found


def _recorded(
    session: Session, camera_ids: Collection[int], streams: Mapping[int, list[Stream]], span: TimeRange
) -> dict[int, list[TimeRange]]:
    """Return what is there of `span` by camera, whichever of its streams it is of."""
    owner = {stream.id: camera_id for camera_id in camera_ids for stream in streams.get(camera_id, [])}
    found: dict[int, list[TimeRange]] = {camera_id: [] for camera_id in camera_ids}
    for run in recorded(session, [stream_id for stream_id in owner if stream_id is not None], span):
        part = run.range.intersection(span)
        if part is not None:
            found[owner[run.stream_id]].append(part)
    return found
