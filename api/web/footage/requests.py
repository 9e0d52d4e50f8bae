"""Requests as those see them who ask: the list, a new one out of a selection of cameras, one with its state and its footage."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from access.asking import Applicant, Ask, draft, submit
from access.at_hand import at_hand, must_be_there
from access.ending import release, withdraw
from access.listing import clips_of, find_requests, grants_of, names_of
from access.purposes import OUTCOME_TEXT, PURPOSE_TEXT, Outcome, Purpose
from access.repeating import made_before, remember
from access.states import State
from access.stepping import RequestUnknown, cameras_of, get_request
from access.tables import FootageGrant, FootageRequest
from access.wanted import coming
from api.asking import Asker
from api.service import Service
from api.web.frame.apart import apart
from api.web.frame.forms import FORM_LIMIT_BYTES, LONG_FORM_LIMIT_BYTES, Fields, changes_language, fields_of, go
from api.web.frame.selection import Selection, selection_of
from api.web.frame.shell import show, speaking
from api.web.frame.words import exactly, read_span
from api.wiring import Asking, Serving
from camera_registry.cameras import describe_all, get_camera
from extract.clips import read_clip, still_kept
from foundation.database import unit_of_work
from foundation.errors import MatPhoError
from foundation.identity import new_id
from foundation.language import translate
from foundation.timebase import TimeRange, datetime_from_us
from ingest.index.reasons import GAP_TEXT
from people.rights import Right

router = APIRouter(include_in_schema=False)
_MOST_FIELDS, _MOST_CLIPS = 600, 20


@router.get("/requests")
def requests_page(request: Request, service: Serving, asker: Asking) -> Response:
    assert asker.standing is not None
    with unit_of_work(service.engine, writes=False) as session:
        found = apart(session, find_requests(session, asker.standing.person_id, frozenset()))
    return show(request, "requests.html", requests=found)


@router.post("/requests/select", max_body_size=LONG_FORM_LIMIT_BYTES)
async def select(request: Request) -> Response:
    """Go on with cameras that were ticked: into an address, so that it can be kept and gone back to."""
    form = await fields_of(request, most=_MOST_FIELDS)
    return go(f"/requests/new?{selection_of(form, form.all('camera')).query}")


@router.get("/requests/new")
def new_page(
    request: Request,
    service: Serving,
    asker: Asking,
    camera: Annotated[list[str] | None, Query(max_length=500)] = None,
    again: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Ask for what was selected; with `again` once more, changed, for what an own request asked that came to nothing."""
    if again:
        return _new(request, service, *_before(service, asker, again))
    return _new(request, service, selection_of(request.query_params, camera or []))


def _before(service: Service, asker: Asker, request_id: str) -> tuple[Selection, dict[str, str]]:
    """Return what one's own request asked for, as it is typed. Raises `RequestUnknown`, also for that of somebody else."""
    assert asker.standing is not None
    with unit_of_work(service.engine, writes=False) as session:
        found = get_request(session, request_id)
        if found.person_id != asker.standing.person_id:
            raise RequestUnknown(name=request_id)
        codes = [code for _, code, _ in cameras_of(session, found.id)]
        typed = {"purpose": found.purpose, "case_number": found.case_number, "why": found.why}
        begin, end = (datetime_from_us(at_us, service.zone) for at_us in (found.start_us, found.end_us))
    when = {"day": f"{begin:%d/%m/%Y}", "begin": exactly(begin), "end": exactly(end)}
    other = {"end_day": f"{end:%d/%m/%Y}"} if end.date() != begin.date() else {}
    return selection_of(when | other, codes), typed


@router.post("/requests/new", max_body_size=LONG_FORM_LIMIT_BYTES)
async def ask(request: Request, service: Serving, asker: Asking) -> Response:
    """Ask for what was selected: one request for each unit that owns a camera of it."""
    form = await fields_of(request, most=_MOST_FIELDS)
    if changes_language(request, form):
        return await run_sync(_new, request, service, selection_of(form, form.all("camera")), form)
    return await run_sync(_ask, request, service, asker, form)


def _ask(request: Request, service: Service, asker: Asker, form: Fields) -> Response:
    selection = selection_of(form, form.all("camera"))
    glass = form.text("glass") == "yes"
    try:
        now = service.clock.now_us()
        span = read_span(selection.day, selection.begin, selection.end, service.zone, now, end_day=selection.end_day)
        wanted = Ask(
            tuple(selection.cameras),
            span,
            form.text("purpose"),
            form.text("case_number"),
            form.text("why"),
            selection.place,
        )
        if form.text("anyway") != "yes":  # before anything is written, so that nobody waits for it
            with unit_of_work(service.engine, writes=False) as session:
                must_be_there(at_hand(session, service.clock, selection.cameras, span))
        with unit_of_work(service.engine) as session:
            made = _made(session, service, applicant(asker), wanted, form.text("once")[:40], glass=glass)
            place = f"/requests/{made[0].id}" if len(made) == 1 else "/requests"
            done = _done(made)
    except MatPhoError as error:
        return _new(request, service, selection, form, error)
    return go(f"{place}{done}")


def _done(made: list[FootageRequest]) -> str:
    """Return what the next page says: of what is open already the page itself tells, and until when."""
    return "?done=submitted" if any(one.state == State.SUBMITTED for one in made) else ""


def _made(
    session: Session, service: Service, who: Applicant, wanted: Ask, once: str, *, glass: bool
) -> list[FootageRequest]:
    """Draft and submit; a form that is sent twice, by a double click, makes what it made the first time."""
    told = {"form": asdict(wanted), "glass": glass}
    known = made_before(session, who.person_id, once, told) if once else None
    if known is not None:
        return known
    made = draft(session, service.clock, who, wanted)
    for one in made:
        submit(session, service.clock, who, one, glass=glass)
    if once:
        remember(session, service.clock, who.person_id, once, told, made)
    return made


def applicant(asker: Asker) -> Applicant:
    assert asker.standing is not None
    return Applicant(asker.standing.person_id, asker.actor, lambda unit_id: asker.may(Right.FOOTAGE, unit_id))


def _new(
    request: Request,
    service: Service,
    selection: Selection,
    form: Mapping[str, str] | None = None,
    error: MatPhoError | None = None,
) -> Response:
    with unit_of_work(service.engine, writes=False) as session:
        try:
            cameras = describe_all(
                session, [get_camera(session, code) for code in selection.cameras], service.clock.now_us()
            )
        except MatPhoError as unknown:
            cameras, error = [], error or unknown
    try:
        span = read_span(
            selection.day,
            selection.begin,
            selection.end,
            service.zone,
            service.clock.now_us(),
            end_day=selection.end_day,
        )
    except MatPhoError as unreadable:
        span, error = None, error or (unreadable if selection.day else None)
    there = {}
    if span is not None:
        with unit_of_work(service.engine, writes=False) as session:
            codes = [camera.code for camera in cameras]
            there = {one.camera: one for one in at_hand(session, service.clock, codes, span)}
    typed = {name: (form or {}).get(name, "") for name in ("purpose", "case_number", "why", "glass")}
    purposes = [(str(one), translate(speaking(request), PURPOSE_TEXT[one])) for one in Purpose]
    once = (form or {}).get("once") or new_id()
    more = {
        "once": once,
        "selection": selection,
        "cameras": cameras,
        "span": span,
        "there": there,
        "gap_text": GAP_TEXT,
        "typed": typed,
        "purposes": purposes,
    }
    return show(request, "request_new.html", error, **more)


@router.get("/requests/{request_id}")
def request_page(request: Request, service: Serving, asker: Asking, request_id: str) -> Response:
    return page_of(request, service, asker, request_id)


def page_of(
    request: Request, service: Service, asker: Asker, request_id: str, error: MatPhoError | None = None
) -> Response:
    with unit_of_work(service.engine, writes=False) as session:
        told = _told(session, service, asker, get_request(session, request_id))
    if request.query_params.get("done") == "submitted" and told["asked"].state != State.SUBMITTED:
        told["notice"] = ""  # it went on since, and the page says how
    return show(request, "request.html", error, **told)


def _told(session: Session, service: Service, asker: Asker, found: FootageRequest) -> dict[str, Any]:
    assert asker.standing is not None
    now = service.clock.now_us()
    ids = {one for one in (found.person_id, found.decided_by, found.reviewed_by) if one}
    grant = next(iter(grants_of(session, [found.id])), None)
    runs = grant is not None and grant.ended_us is None and grant.from_us <= now < grant.until_us
    own = found.person_id == asker.standing.person_id
    decides = not own and asker.may(Right.REQUEST_DECIDE, found.unit_id)
    cameras = cameras_of(session, found.id)
    apart(session, [found] if grant is None else [found, grant])
    return {
        "asked": found,
        "names": names_of(session, ids),
        "cameras": cameras,
        "unanswered": [code for _, code, consent in cameras if consent == "asked"],
        "free": [code for _, code, consent in cameras if consent in {"general", "agreed"}],
        "section": "/requests" if own else "/decide" if decides else "/oversight",
        "grant": grant,
        "runs": runs,
        "clips": _clips(session, grant) if own and runs and grant is not None else [],
        "own": own,
        "decides": decides,
        "waits_for_review": decides and found.review_by_us is not None and found.reviewed_us is None,
        "purpose": PURPOSE_TEXT[Purpose(found.purpose)],
        "outcomes": [(str(one), OUTCOME_TEXT[one]) for one in Outcome],
        "outcome": OUTCOME_TEXT[Outcome(found.outcome)] if found.outcome else "",
        "coming": coming(session, found, [(camera_id, code) for camera_id, code, _ in cameras]),
        "minutes": (found.end_us - found.start_us) * len(cameras) // 60_000_000,
        "open": found.state in {State.DRAFTED, State.SUBMITTED},
    }


def _clips(session: Session, grant: FootageGrant) -> list[tuple[str, str, TimeRange]]:
    """Return id, camera and time of the clips that were made last under a grant and whose footage is still there."""
    kept = [read_clip(session, one) for one in clips_of(session, grant.id, _MOST_CLIPS)]
    return [(clip.id, clip.receipt["camera"]["code"], clip.span) for clip in kept if still_kept(session, clip)]


Step = Callable[[Session, FootageRequest, Fields], None]


async def step(request: Request, service: Service, asker: Asker, request_id: str, take: Step, done: str) -> Response:
    """Take a step of a request with the fields of a form; what it refuses is shown on the page of the request."""
    form = await fields_of(request)

    def taken() -> Response:
        try:
            with unit_of_work(service.engine) as session:
                take(session, get_request(session, request_id), form)
        except MatPhoError as error:
            return page_of(request, service, asker, request_id, error)
        return go(f"/requests/{request_id}?done={done}")

    return await run_sync(taken)


@router.post("/requests/{request_id}/submit", max_body_size=FORM_LIMIT_BYTES)
async def submit_it(request: Request, service: Serving, asker: Asking, request_id: str) -> Response:
    def take(session: Session, found: FootageRequest, _form: Fields) -> None:
        submit(session, service.clock, applicant(asker), found)

    return await step(request, service, asker, request_id, take, "submitted")


@router.post("/requests/{request_id}/withdraw", max_body_size=FORM_LIMIT_BYTES)
async def withdraw_it(request: Request, service: Serving, asker: Asking, request_id: str) -> Response:
    def take(session: Session, found: FootageRequest, _form: Fields) -> None:
        withdraw(session, service.clock, asker.actor, found)

    return await step(request, service, asker, request_id, take, "withdrawn")


@router.post("/requests/{request_id}/release", max_body_size=FORM_LIMIT_BYTES)
async def release_it(request: Request, service: Serving, asker: Asking, request_id: str) -> Response:
    def take(session: Session, found: FootageRequest, form: Fields) -> None:
        release(session, service.clock, asker.actor, found, form.text("outcome"))

    return await step(request, service, asker, request_id, take, "outcome")
