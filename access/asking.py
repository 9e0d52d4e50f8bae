"""Asking for footage: what is asked is checked against the rules of each unit that owns a camera, kept at once, and routed there."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from access.automatic import Facts, is_automatic
from access.deciding import grant_by_rule, grant_through_glass
from access.purposes import Purpose
from access.states import State, Step
from access.stepping import cameras_of, take, tell
from access.tables import FootageRequest, RequestCamera
from camera_registry.cameras import get_camera, units_of_cameras
from camera_registry.reads import asked_before_use
from camera_registry.rule_book import Rules
from camera_registry.rules import rules_for
from camera_registry.tables import Unit
from foundation.clock import Clock
from foundation.errors import N_, BadInput, Conflict, Forbidden
from foundation.identity import Actor, new_id
from foundation.timebase import TimeRange
from ingest.index.holds import place_hold

_MINUTE_US = 60_000_000
_DAY_US = 86_400_000_000
_LIVING = (State.SUBMITTED, State.APPROVED, State.RELEASED, State.EXPIRED)


class PurposeUnknown(BadInput):
    code = "purpose_unknown"
    message = N_("“{purpose}” is no purpose that footage can be asked for")
    mend = N_("The purposes are: {purposes}")


class NoCameras(BadInput):
    code = "no_cameras"
    message = N_("A request names at least one camera")
    mend = N_("GET /api/v1/lookup tells which cameras saw a place at a time")


class CaseNumberUnusable(BadInput):
    code = "case_number_unusable"
    message = N_("“{number}” is not a case number as this unit writes them: {form}")
    mend = N_("9 stands for a digit, A for a capital letter, * for some of both")


class CaseNumberUnwritten(CaseNumberUnusable):
    """The unit has no way of its own to write them."""

    code = "case_number_unwritten"
    message = N_("“{number}” is not a case number")
    mend = N_("Write 3 to 40 letters, digits or . / - such as VA-2026-0307")


class CaseNumberUsed(Conflict):
    code = "case_number_used"
    message = N_("The case number “{number}” has been used for another request already")
    mend = N_("Ask with the number of your own case; the rules of the unit say who may use one again")


class RequestTooWide(BadInput):
    code = "request_too_wide"
    message = N_("The unit that owns {camera} decides about at most {cameras} cameras and {minutes} minutes at once")
    mend = N_("Ask for less, or in several requests")


class WhyMissing(BadInput):
    code = "why_missing"
    message = N_("Seeing footage before anybody agreed needs a reason")
    mend = N_("Tell in `why` what cannot wait")


class GlassClosed(Forbidden):
    code = "glass_closed"
    message = N_("The unit that owns {camera} does not let you see footage before it agreed")
    mend = N_("Submit the request; the footage is kept meanwhile")


@dataclass(frozen=True)
class Ask:
    """`place` is latitude and longitude of what happened, where that is known, `place_words` what whoever asks calls it."""

    cameras: tuple[str, ...]
    span: TimeRange
    purpose: str
    case_number: str
    why: str = ""
    place: tuple[float, float] | None = None
    place_words: str = ""


@dataclass(frozen=True)
class Applicant:
    """Who asks. `at_home` tells whether a unit (None: cameras without one) is within reach of their own role."""

    person_id: str
    actor: Actor
    at_home: Callable[[int | None], bool]


def draft(session: Session, clock: Clock, who: Applicant, ask: Ask) -> list[FootageRequest]:
    """Draft one request for each unit that owns a camera. Raises `CameraUnknown`, `PurposeUnknown`, `NoCameras` and what the rules refuse."""
    if ask.purpose not in set(Purpose):
        raise PurposeUnknown(purpose=ask.purpose[:40], purposes=", ".join(Purpose))
    now, bundle = clock.now_us(), new_id()
    made = []
    for unit_id, cameras in _by_unit(session, ask.cameras, now).items():
        rules = rules_for(session, unit_id, now)
        _check(rules, ask, cameras)
        request = FootageRequest(
            id=new_id(),
            bundle_id=bundle,
            unit_id=unit_id,
            person_id=who.person_id,
            state=str(State.DRAFTED),
            purpose=ask.purpose,
            case_number=ask.case_number,
            why=ask.why,
            lat=ask.place[0] if ask.place else None,
            lon=ask.place[1] if ask.place else None,
            place_words=ask.place_words or None,
            start_us=ask.span.start_us,
            end_us=ask.span.end_us,
            created_us=now,
            decide_by_us=now + rules.decide_days * _DAY_US,
        )
        session.add(request)
        session.flush()
        asked = asked_before_use(session, cameras, now)
        session.add_all(
            RequestCamera(
                request_id=request.id, camera_id=camera_id, consent="asked" if camera_id in asked else "general"
            )
            for camera_id in cameras
        )
        session.flush()
        tell(session, clock, who.actor, request, "draft")
        made.append(request)
    return made


def submit(session: Session, clock: Clock, who: Applicant, request: FootageRequest, *, glass: bool = False) -> None:
    """Submit a draft: its footage is held from now on, and a rule of the unit may approve it at once.

    With `glass` it is approved for a short time whatever the rules of approval say, and a human reviews that afterwards.
    Raises `CaseNumberUsed`, `StepImpossible`, `GlassClosed`, `WhyMissing`.
    """
    now = clock.now_us()
    _one_at_a_time(session, request.unit_id)
    rules = rules_for(session, request.unit_id, now)
    cameras = cameras_of(session, request.id)
    _check_reuse(session, rules, request)
    until = now + rules.decide_days * _DAY_US
    take(session, clock, who.actor, request, Step.SUBMIT, submitted_us=now, decide_by_us=until)
    _keep(session, clock, who.actor, request, until)
    if glass:
        at_home = who.at_home(request.unit_id)
        if not (rules.break_glass and (at_home or rules.break_glass_neighbours)):
            raise GlassClosed(camera=cameras[0][1])
        if not request.why.strip():
            raise WhyMissing
        grant_through_glass(session, clock, who.actor, request, rules)
        return
    facts = Facts(
        duration_us=request.end_us - request.start_us,
        cameras=len(cameras),
        age_us=now - request.start_us,
        own_unit=who.at_home(request.unit_id),
        asks_owner=any(consent != "general" for _, _, consent in cameras),
        today=_automatic_today(session, request, now),
    )
    if is_automatic(rules, facts):
        grant_by_rule(session, clock, request, rules)


def _by_unit(session: Session, codes: Iterable[str], now_us: int) -> Mapping[int | None, dict[int, str]]:
    found: dict[int | None, dict[int, str]] = defaultdict(dict)
    ids = {}
    for code in codes:
        camera = get_camera(session, code)
        assert camera.id is not None
        ids[camera.id] = camera.code
    if not ids:
        raise NoCameras
    units = units_of_cameras(session, list(ids), now_us)
    for camera_id, code in ids.items():
        found[units.get(camera_id)][camera_id] = code
    return found


def _check(rules: Rules, ask: Ask, cameras: Mapping[int, str]) -> None:
    if len(cameras) > rules.most_cameras or ask.span.duration_us > rules.most_minutes * _MINUTE_US:
        some = next(iter(cameras.values()))
        raise RequestTooWide(camera=some, cameras=rules.most_cameras, minutes=rules.most_minutes)
    _check_number(rules, ask.case_number)


def _check_number(rules: Rules, number: str) -> None:
    if not rules.is_case_number(number):
        if not rules.case_format:
            raise CaseNumberUnwritten(number=number[:60])
        raise CaseNumberUnusable(number=number[:60], form=rules.case_format)


def check_case_number(session: Session, clock: Clock, cameras: Iterable[str], number: str) -> None:
    """Raises `CaseNumberUnusable` where a unit that owns one of the cameras does not write them so; `CameraUnknown`."""
    ids = [camera.id for code in cameras if (camera := get_camera(session, code)).id is not None]
    units = units_of_cameras(session, ids, clock.now_us())
    for unit_id in {units.get(one) for one in ids}:
        _check_number(rules_for(session, unit_id, clock.now_us()), number)


def _one_at_a_time(session: Session, unit_id: int | None) -> None:
    """Of requests to one unit one is submitted at a time, so that rules about numbers of them hold under race.

    The lock lets others refer to the unit meanwhile, as drafts do (`FOR NO KEY UPDATE`): two drafts would wait for each other.
    """
    ours = (
        col(Unit.id) == unit_id
        if unit_id is not None
        else col(Unit.id) == sa.select(sa.func.min(Unit.id)).scalar_subquery()
    )
    session.execute(sa.select(col(Unit.id)).where(ours).with_for_update(key_share=True)).first()


def _check_reuse(session: Session, rules: Rules, request: FootageRequest) -> None:
    if rules.case_reuse == "free":
        return
    question = sa.select(col(FootageRequest.id)).where(
        col(FootageRequest.case_number) == request.case_number,
        col(FootageRequest.unit_id).is_not_distinct_from(request.unit_id),
        col(FootageRequest.bundle_id) != request.bundle_id,
        col(FootageRequest.state).in_([str(state) for state in _LIVING]),
        col(FootageRequest.submitted_us).is_not(None),
    )
    if rules.case_reuse == "same_person":
        question = question.where(col(FootageRequest.person_id) != request.person_id)
    if session.execute(question.limit(1)).first() is not None:
        raise CaseNumberUsed(number=request.case_number)


def _keep(session: Session, clock: Clock, actor: Actor, request: FootageRequest, until_us: int) -> None:
    """Hold what is asked for until it is decided: nothing may be overwritten while somebody thinks."""
    rows = session.execute(sa.select(RequestCamera).where(col(RequestCamera.request_id) == request.id)).scalars().all()
    span = TimeRange(request.start_us, request.end_us)
    answers = place_hold(
        session, clock, actor, [row.camera_id for row in rows], span, until_us=until_us, why=request.id
    )
    session.flush()
    holds = {answer.camera_id: answer.hold_id for answer in answers}
    for row in rows:
        row.hold_id = holds[row.camera_id]
        session.add(row)
    session.flush()


def _automatic_today(session: Session, request: FootageRequest, now_us: int) -> int:
    question = sa.select(sa.func.count()).where(
        col(FootageRequest.person_id) == request.person_id,
        col(FootageRequest.decided_how) == "rule",
        col(FootageRequest.decided_us) > now_us - _DAY_US,
    )
    return int(session.execute(question).scalar_one())
