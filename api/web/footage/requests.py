"""Requests as those see them who ask: the list, a new one out of a selection of cameras, one with its state and its footage."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from access.asking import Applicant, Ask, draft, submit
from access.at_hand import at_hand
from access.deciders import somebody_decides
from access.ending import release, withdraw
from access.listing import clips_of, find_requests, grants_of, names_of
from access.purposes import OUTCOME_TEXT, PURPOSE_TEXT, Outcome, Purpose
from access.repeating import AskedAlready, made_before, must_be_new, remember
from access.states import State
from access.stepping import camera_names, cameras_of, get_request
from access.tables import FootageGrant, FootageRequest
from access.wanted import coming
from api.asking import Asker
from api.service import Service
from api.web.footage.cutting import MOST_TILES
from api.web.footage.request_fields import asked_before, field_of, kept_by, unanswered
from api.web.frame.apart import apart
from api.web.frame.faults import show_faults
from api.web.frame.forms import FORM_LIMIT_BYTES, LONG_FORM_LIMIT_BYTES, Fields, changes_language, fields_of, go
from api.web.frame.selection import Selection, back_to_result, selection_of
from api.web.frame.shell import show, speaking, telling
from api.web.frame.words import read_fields
from api.wiring import Asking, Serving
from camera_registry.cameras import describe_all, get_camera
from camera_registry.telephones import telephones_of
from extract.clips import read_clip, still_kept
from extract.hearing import sounds_of
from foundation.database import unit_of_work
from foundation.errors import MatPhoError
from foundation.identity import new_id
from foundation.language import translate
from foundation.timebase import TimeRange
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
    selection = selection_of(form, form.all("camera"))
    return go(f"/requests/new?{selection.query}" if selection.cameras else back_to_result(form))


@router.get("/requests/new")
def new_page(
    request: Request,
    service: Serving,
    asker: Asking,
    camera: Annotated[list[str] | None, Query(max_length=500)] = None,
    again: Annotated[str, Query(max_length=40)] = "",
    hold: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Ask for what was selected; with `again` once more, changed, for what an own request asked that came to nothing; with `hold` for
    what is kept.

    An address with a day that is another tomorrow is answered by that with the day itself.
    """
    if again:
        return _new(request, service, *asked_before(service, asker, again))
    if hold:
        return _new(request, service, *kept_by(service, asker, hold))
    selection = selection_of(request.query_params, camera or [])
    span, _ = _read(service, selection)
    if span is not None and not selection.dated:
        return go(f"/requests/new?{selection.at(span, service.zone).query}")
    return _new(request, service, selection)


@router.post("/requests/new", max_body_size=LONG_FORM_LIMIT_BYTES)
async def ask(request: Request, service: Serving, asker: Asking) -> Response:
    """Ask for what was selected: one request for each unit that owns a camera of it."""
    form = await fields_of(request, most=_MOST_FIELDS)
    if changes_language(request, form):
        return await run_sync(_new, request, service, selection_of(form, form.all("camera")), form)
    return await run_sync(_ask, request, service, asker, form)


def _ask(request: Request, service: Service, asker: Asker, form: Fields) -> Response:
    selection = selection_of(form, form.all("camera"))
    who, glass, once = applicant(asker), form.text("glass") == "yes", form.text("once")[:40]
    span, wrong = _read(service, selection)
    wrong |= unanswered(service, selection, form, span)
    if wrong or span is None:
        return _new(request, service, selection, form, wrong)
    case = form.text("case_number")
    wanted = Ask(
        tuple(selection.cameras), span, form.text("purpose"), case, form.text("why"), selection.place, selection.where
    )
    try:
        if form.text("twice") != "yes":
            with unit_of_work(
                service.engine, writes=False
            ) as session:  # before anything is written: nobody waits for it
                must_be_new(session, who.person_id, wanted, once)
        with unit_of_work(service.engine) as session:
            made = _made(session, service, who, wanted, once, glass=glass)
            place = f"/requests/{made[0].id}" if len(made) == 1 else "/requests"
            done = _done(made)
    except MatPhoError as error:
        return _new(request, service, selection, form, {field_of(error): error})
    return go(f"{place}{done}")


def _done(made: list[FootageRequest]) -> str:
    """Return what the next page says: of what is open already the page itself tells, and until when."""
    return "?done=submitted" if any(one.state == State.SUBMITTED for one in made) else ""


def _read(service: Service, selection: Selection) -> tuple[TimeRange | None, dict[str, MatPhoError]]:
    when = (selection.day, selection.begin, selection.end)
    return read_fields(*when, service.zone, service.clock.now_us(), end_day=selection.end_day)


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
    wrong: Mapping[str, MatPhoError] | None = None,
) -> Response:
    wrong = dict(wrong or {})
    span, unreadable = _read(service, selection)
    if form is None and selection.day:
        wrong = unreadable
    cameras, there = [], {}
    try:
        with unit_of_work(service.engine, writes=False) as session:
            found = [get_camera(session, code) for code in selection.cameras]
            cameras = describe_all(session, found, service.clock.now_us())
            if span is not None:
                codes = [camera.code for camera in cameras]
                there = {one.camera: one for one in at_hand(session, service.clock, codes, span)}
    except MatPhoError as unknown:
        wrong.setdefault("", unknown)
    names = ("purpose", "case_number", "why", "glass", "anyway", "twice")
    purposes = [(str(one), translate(speaking(request), PURPOSE_TEXT[one])) for one in Purpose]
    twin = wrong.get("")
    more = {
        "once": (form or {}).get("once") or new_id(),
        "selection": selection,
        "cameras": cameras,
        "span": span,
        "there": there,
        "gap_text": GAP_TEXT,
        "typed": {name: (form or {}).get(name, "") for name in names},
        "purposes": purposes,
        "twin": twin.fields["request"] if isinstance(twin, AskedAlready) else "",
    }
    return show_faults(request, "request_new.html", wrong, **more)


@router.get("/requests/{request_id}")
def request_page(request: Request, service: Serving, asker: Asking, request_id: str) -> Response:
    return page_of(request, service, asker, request_id)


def page_of(
    request: Request,
    service: Service,
    asker: Asker,
    request_id: str,
    wrong: Mapping[str, MatPhoError] | None = None,
    missed: Sequence[str] = (),
    form: Fields | None = None,
) -> Response:
    """Return the page of a request, with what is wrong with which field; `form` is what was typed into that of clips."""
    with unit_of_work(service.engine, writes=False) as session:
        found = get_request(session, request_id)
        told = _told(session, service, asker, found)
    if request.query_params.get("done") == "submitted" and found.state != State.SUBMITTED:
        told["notice"] = ""  # it went on since, and the page says how
    tell = telling(request)
    clip = {"day": tell.day(found.start_us), "begin": "", "end": "", "end_day": "", "mode": "exact"}
    there = [one.camera for one in told["coming"] if one.percent]
    chosen = there[:MOST_TILES] if form is None else form.all("camera")
    if form is not None:
        clip = {name: form.text(name)[:40] for name in clip}
    part = bool(clip["begin"] or clip["end"])
    more = {"missed": missed, "clip": clip, "part": part, "there": there, "chosen": chosen}
    return show_faults(request, "request.html", wrong or {}, **told, **more)


def _told(session: Session, service: Service, asker: Asker, found: FootageRequest) -> dict[str, Any]:
    assert asker.standing is not None
    now = service.clock.now_us()
    ids = {one for one in (found.person_id, found.decided_by, found.reviewed_by, found.taken_back_by) if one}
    grant = next(iter(grants_of(session, [found.id])), None)
    runs = grant is not None and grant.ended_us is None and grant.from_us <= now < grant.until_us
    own = found.person_id == asker.standing.person_id
    decides = not own and asker.may(Right.REQUEST_DECIDE, found.unit_id)
    cameras = cameras_of(session, found.id)
    calls = telephones_of(session, [found.unit_id], now)[found.unit_id]
    there = coming(session, found, [(camera_id, code) for camera_id, code, _ in cameras])
    apart(session, [found] if grant is None else [found, grant])
    return {
        "asked": found,
        "calls": calls,
        "names": names_of(session, ids),
        "cameras": cameras,
        "called": camera_names(session, found.id),
        "heard": sounds_of(session, service.clock, [code for _, code, _ in cameras]) if own and runs else [],
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
        "coming": there,
        "all_there": all(one.whole for one in there),
        "minutes": (found.end_us - found.start_us) * len(cameras) // 60_000_000,
        "alone": own and found.state == State.SUBMITTED and not somebody_decides(session, found, now),
        "open": found.state in {State.DRAFTED, State.SUBMITTED},
    }


def _clips(session: Session, grant: FootageGrant) -> list[tuple[str, str, TimeRange]]:
    """Return id, camera and time of the clips that were made last under a grant and whose footage is still there."""
    kept = [read_clip(session, one) for one in clips_of(session, grant.id, _MOST_CLIPS)]
    return [(clip.id, clip.receipt["camera"]["code"], clip.span) for clip in kept if still_kept(session, clip)]


Step = Callable[[Session, FootageRequest, Fields], str | None]
"""Takes a step, and may return the word for what was done."""


async def step(request: Request, service: Service, asker: Asker, request_id: str, take: Step, done: str) -> Response:
    """Take a step of a request with the fields of a form; what it refuses is shown on the page of the request."""
    form = await fields_of(request)

    def taken() -> Response:
        try:
            with unit_of_work(service.engine) as session:
                said = take(session, get_request(session, request_id), form)
        except MatPhoError as error:
            return page_of(request, service, asker, request_id, {"": error})
        return go(f"/requests/{request_id}?done={said or done}")

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
