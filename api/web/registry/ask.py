"""Asking a camera: for its picture while it is registered, and whether it answers ever after. docs/design/ask-the-camera.md."""

from dataclasses import asdict, replace
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.asking import Asker
from api.service import Service
from api.web.frame.forms import FORM_LIMIT_BYTES, Fields, fields_of, go
from api.web.frame.shell import show, telling
from api.web.registry.asked import clock_told, told
from api.web.registry.cameras import told_of
from api.web.registry.steps import STEPS
from api.wiring import Asking, Serving
from audit.log import record
from camera_registry import drafts
from camera_registry.cameras import get_camera
from camera_registry.live_source import live_source
from camera_registry.secrets import DRAFT_CREDENTIALS
from foundation.database import unit_of_work
from foundation.errors import MatPhoError
from ingest.probe.outcomes import Answer, Channel, Found, Wanted
from ingest.probe.reading import AddressUnusable, host_of, read_wanted

router = APIRouter(include_in_schema=False)


@router.get("/cameras/new/ask")
def ask_page(request: Request, service: Serving, asker: Asking, draft: str = "", no: str = "") -> Response:
    """How is the camera reached? The password that was typed before is not in the page."""
    person_id = _person(asker)
    with unit_of_work(service.engine, writes=False) as session:
        fields = drafts.answered(session, service.clock, draft, person_id)
    return _form(request, draft, fields.get("source", ""), no=bool(no))


@router.post("/cameras/new/ask", max_body_size=FORM_LIMIT_BYTES)
async def ask(request: Request, service: Serving, asker: Asking, draft: str = "") -> Response:
    form = await fields_of(request)
    return await run_sync(_ask, request, service, asker, draft, form)


def _ask(request: Request, service: Service, asker: Asker, draft: str, form: Fields) -> Response:
    address, user = "", form.text("user")
    try:
        if form.text("then") == "keep":
            return _keep(service, asker, draft, form)
        wanted = _wanted(service, asker, draft, form)
        # What was typed goes back into the page only if no password can be in it.
        address = wanted.address if "@" in form.text("address") else form.text("address")
        user = wanted.user or ""
        answer = _asked(service, asker, draft, wanted)
    except drafts.DraftFinished:
        raise
    except MatPhoError as error:
        return _form(request, draft, address, user, error=error)
    if answer.found is Found.ANSWERS:
        return go(f"/cameras/new/seen?draft={draft}")
    if wanted.channel:  # there may be pictures on another one
        answer = replace(answer, channels=_channels(service, asker, draft))
    return _form(request, draft, wanted.address if answer.channels else address, user, answer=answer)


def _channels(service: Service, asker: Asker, draft: str) -> tuple[Channel, ...]:
    with unit_of_work(service.engine, writes=False) as session:
        asked = drafts.answered(session, service.clock, draft, _person(asker)).get(drafts.ASKED, {})
    return tuple(Channel(**one) for one in asked.get("channels", ()))


def _wanted(service: Service, asker: Asker, draft: str, form: Fields) -> Wanted:
    """Return whom to ask; for one of several channels with the user and password that were typed the time before."""
    channel = form.text("channel")
    wanted = read_wanted(form.text("address"), form.text("user"), form.get("password", ""))
    with unit_of_work(service.engine, writes=False) as session:
        sealed = drafts.sealed_credentials(session, service.clock, draft, _person(asker))
        before = drafts.answered(session, service.clock, draft, _person(asker)).get(drafts.ASKED, {})
    if not channel or len(channel) > 100:
        return wanted
    if sealed is None or before.get("address") != wanted.address:  # never to a machine that they were not typed for
        return replace(wanted, channel=channel)
    user, _, password = DRAFT_CREDENTIALS.unseal(service.vault, draft, sealed).partition(":")
    return replace(wanted, channel=channel, user=user, password=password)


def _asked(service: Service, asker: Asker, draft: str, wanted: Wanted) -> Answer:
    """Ask, and keep what came of it: in the log always, in the draft what may be confirmed."""
    person_id = _person(asker)
    answer = service.prober.ask(person_id, wanted)
    credentials = None if wanted.user is None else f"{wanted.user}:{wanted.password or ''}"
    asked = {
        "address": answer.address,
        "coding": answer.coding,
        "width": answer.width,
        "height": answer.height,
        "clock_off_us": answer.clock_off_us,
        "channels": [asdict(one) for one in answer.channels],
    }
    with unit_of_work(service.engine) as session:  # of its own: it was asked, whatever becomes of the draft
        detail = {"host": host_of(wanted), "found": str(answer.found)}
        record(session, service.clock, asker.actor, "camera:ask", "host", host_of(wanted), **detail)
    if answer.found in {Found.ANSWERS, Found.CHANNELS}:
        picture = answer.picture or None
        with unit_of_work(service.engine) as session:
            drafts.set_source(session, service.clock, service.vault, draft, person_id, "", credentials, asked, picture)
    return answer


def _keep(service: Service, asker: Asker, draft: str, form: Fields) -> Response:
    """Keep an address without asking it, or that there is none."""
    address, credentials = "", None
    if form.text("address"):
        wanted = read_wanted(form.text("address"), form.text("user"), form.get("password", ""))
        if not wanted.address.startswith("rtsp"):
            raise AddressUnusable
        address = wanted.address
        credentials = None if wanted.user is None else f"{wanted.user}:{wanted.password or ''}"
    with unit_of_work(service.engine) as session:
        drafts.set_source(session, service.clock, service.vault, draft, _person(asker), address, credentials)
    return go(f"/cameras/new/photos?draft={draft}")


@router.get("/cameras/new/seen")
def seen_page(request: Request, service: Serving, asker: Asking, draft: str = "") -> Response:
    """Is this what it sees?"""
    return _seen(request, service, asker, draft)


def _seen(
    request: Request, service: Service, asker: Asker, draft: str, error: drafts.PictureChanged | None = None
) -> Response:
    with unit_of_work(service.engine, writes=False) as session:
        asked = drafts.answered(session, service.clock, draft, _person(asker)).get(drafts.ASKED)
    if not asked or not asked.get("width"):
        return go(f"/cameras/new/ask?draft={draft}")
    clock, clock_mend = clock_told(telling(request), asked["clock_off_us"])
    return show(request, "register_seen.html", error, **_frame(draft), asked=asked, clock=clock, clock_mend=clock_mend)


@router.post("/cameras/new/seen", max_body_size=FORM_LIMIT_BYTES)
async def seen(request: Request, service: Serving, asker: Asking, draft: str = "") -> Response:
    form = await fields_of(request)
    return await run_sync(_decide, request, service, asker, draft, form)


def _decide(request: Request, service: Service, asker: Asker, draft: str, form: Fields) -> Response:
    """Yes or no to the picture that the page showed, and to no other that another tab asked for meanwhile."""
    person_id, good, picture = _person(asker), form.text("seen") == "yes", form.text(drafts.PICTURE)
    try:
        with unit_of_work(service.engine) as session:
            if good:
                drafts.confirm(session, service.clock, asker.actor, draft, person_id, picture)
            else:
                drafts.refuse(session, service.clock, service.vault, draft, person_id, picture)
    except drafts.PictureChanged as error:
        return _changed(request, service, asker, draft, error)
    return go(f"/cameras/new/{'photos' if good else 'ask'}?draft={draft}&{'done=seen' if good else 'no=1'}")


def _changed(request: Request, service: Service, asker: Asker, draft: str, error: drafts.PictureChanged) -> Response:
    with unit_of_work(service.engine, writes=False) as session:
        fields = drafts.answered(session, service.clock, draft, _person(asker))
    if fields.get("source"):  # decided by other ways meanwhile
        return go(f"/cameras/new/photos?draft={draft}")
    return _seen(request, service, asker, draft, error)


@router.post("/cameras/{code}/ask", max_body_size=FORM_LIMIT_BYTES)
async def ask_camera(request: Request, service: Serving, asker: Asking, code: str) -> Response:
    """Whether a registered camera answers: in words alone, for who may change it has no right to its footage."""
    await fields_of(request)
    return await run_sync(_ask_camera, request, service, asker, code)


def _ask_camera(request: Request, service: Service, asker: Asker, code: str) -> Response:
    problem: MatPhoError | None = None
    answer: Answer | None = None
    with unit_of_work(service.engine, writes=False) as session:
        camera = get_camera(session, code)
        assert camera.id is not None
        source = live_source(session, camera.id)
    if source is None:
        return go(f"/cameras/{code}")
    try:
        user, colon, password = (source.credentials(service.vault) or "").partition(":")
        wanted = Wanted(source.address, user if colon else None, password)
        answer = service.prober.ask(_person(asker), wanted)
    except MatPhoError as error:
        problem = error
    with unit_of_work(service.engine) as session:
        if answer is not None:
            detail = {"host": host_of(wanted), "found": str(answer.found)}
            record(session, service.clock, asker.actor, "camera:ask", "camera", code, **detail)
        page = told_of(session, service, asker, code)
    if answer is not None:
        page["asked"] = told(telling(request), answer)
    return show(request, "camera.html", problem, wide=True, **page)


def _form(
    request: Request,
    draft: str,
    address: str,
    user: str = "",
    *,
    answer: Answer | None = None,
    no: bool = False,
    error: MatPhoError | None = None,
) -> Response:
    said = None if answer is None else told(telling(request), answer)
    channels = () if answer is None else answer.channels
    more: dict[str, Any] = {"address": address, "user": user, "answer": said, "channels": channels, "no": no}
    found = show(request, "register_ask.html", error, **_frame(draft), **more)
    if answer is not None and answer.found is not Found.CHANNELS:
        found.status_code = 422
    return found


def _frame(draft: str) -> dict[str, Any]:
    return {"draft": draft, "step": "photos", "steps": STEPS, "faults": {}, "answered": STEPS[:4]}


def _person(asker: Asker) -> str:
    assert asker.standing is not None
    return asker.standing.person_id
