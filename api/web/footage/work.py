"""Long work that people can follow: uploads that are not whole, imports and how far they are; stopping them, and trying them again."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.asking import Asker
from api.gate import camera_within
from api.handing import next_id, try_again
from api.inbox import KEPT_US, drop_input, input_of
from api.resumable import Upload
from api.service import CLIPS_IMPORT, Service
from api.web.footage import import_clock
from api.web.footage.imports import start_of
from api.web.footage.waiting import missing_of
from api.web.frame.advice import said_by_code
from api.web.frame.forms import FORM_LIMIT_BYTES, fields_of, go
from api.web.frame.shell import NOTICES, show, speaking, telling
from api.wiring import Asking, Serving
from camera_registry.cameras import CameraUnknown
from foundation.database import unit_of_work
from foundation.errors import N_, MatPhoError
from foundation.jobs import JobStatus, JobUnknown
from foundation.language import Language, translate
from foundation.timebase import TimeRange, parse_instant
from ingest.index.recorder_clock import Comparison
from people.rights import Right

router = APIRouter(include_in_schema=False)
SHOWN_US = 7 * 86_400_000_000
"""How long work that is over is shown."""
_MOST = 50
STATE_TEXT = {
    "waiting": N_("waits its turn"),
    "running": N_("is worked on"),
    "done": N_("done"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
}
_STOPPING, _AGAIN = N_("is being stopped"), N_("is worked on, begun anew after the service was interrupted")
_TONE = {"done": "good", "failed": "bad", "cancelled": ""}
_ELSEWHERE = "clip_imported_elsewhere"
_HOPELESS = frozenset({"recording_unreadable", "recording_empty", "recording_without_picture", _ELSEWHERE})
"""The same file would fail again."""
_NEEDS_START = frozenset({"start_unknown", "start_in_future", "corrected_to_come", "corrected_too_early"})


@dataclass(frozen=True)
class Work:
    """One import as it is shown. `text` is of the catalogue; `percent` of the whole, which never grows less."""

    job: JobStatus
    text: str
    tone: str
    problem: tuple[str, str] | None
    input_there: bool
    needs_start: bool
    hopeless: bool
    again: str
    """The id of the job that tries this one again, where there is one."""

    @property
    def elsewhere(self) -> str:
        """The code of the camera that this recording was brought in for before, when it was."""
        problem = self.job.problem or {}
        return str(problem.get("fields", {}).get("camera", "")) if problem.get("code") == _ELSEWHERE else ""

    @property
    def over(self) -> bool:
        return self.job.state in {"done", "failed", "cancelled"}

    @property
    def percent(self) -> int:
        return int(self.job.progress.get("percent", 0))

    @property
    def span(self) -> TimeRange | None:
        """What of time it brought."""
        told = self.job.result or {}
        try:
            return TimeRange(parse_instant(told["from"]), parse_instant(told["to"]))
        except (KeyError, ValueError, MatPhoError):
            return None


@router.get("/work")
def work_page(request: Request, service: Serving, asker: Asking) -> Response:
    """What one has begun oneself; for who administers everything, what anybody has."""
    assert asker.standing is not None
    everybody = asker.may(Right.PEOPLE_MANAGE, "everywhere")
    with unit_of_work(service.engine, writes=False) as session:
        works = works_of(session, service, speaking(request), None if everybody else asker.actor.name)
        seen = _seen(session, asker, works)
    uploads = sorted(uploads_of(service, asker.standing.person_id), key=lambda one: one.expires_us, reverse=True)
    alive = any(not work.over for work in works)
    more = {"works": works, "uploads": uploads, "everybody": everybody, "kept_us": KEPT_US, "seen": seen}
    return show(request, "work.html", alive=alive, **more)


def uploads_of(service: Service, person_id: str) -> list[Upload]:
    now = service.clock.now_us()
    return [one for one in service.uploads.all() if one.owner == person_id and one.expires_us > now]


def works_of(session: Session, service: Service, language: Language, begun_by: str | None) -> list[Work]:
    """Return imports that wait, run, or ended lately, newest first; None is anybody's."""
    since = service.clock.now_us() - SHOWN_US
    whose = None if begun_by is None else ("actor", begun_by)
    return told(session, service, language, service.jobs.recent(session, CLIPS_IMPORT, since, _MOST, whose))


def told(session: Session, service: Service, language: Language, jobs: list[JobStatus]) -> list[Work]:
    again = service.jobs.find(session, [next_id(job.id) for job in jobs])
    return [
        Work(
            job,
            _text(job),
            _TONE.get(job.state, "warn"),
            None if job.problem is None else _problem(service, language, job.problem),
            input_of(service, job) is not None,
            (job.problem or {}).get("code") in _NEEDS_START,
            (job.problem or {}).get("code") in _HOPELESS,
            next_id(job.id) if next_id(job.id) in again else "",
        )
        for job in jobs
    ]


def _seen(session: Session, asker: Asker, works: list[Work]) -> set[str]:
    """Return of the cameras that have one of these recordings already those whose page this person may open."""
    found = set()
    for code in {work.elsewhere for work in works if work.elsewhere}:
        with suppress(CameraUnknown):
            camera_within(session, asker, Right.REGISTRY_READ, code)
            found.add(code)
    return found


def _problem(service: Service, language: Language, kept: dict[str, Any]) -> tuple[str, str]:
    words = [str(kept.get(name) or "") for name in ("code", "message", "mend")]
    return said_by_code(language, service.zone, words[0], words[1], words[2], kept.get("fields") or {})


def _text(job: JobStatus) -> str:
    if job.state == "running" and job.stopping:
        return _STOPPING
    return _AGAIN if job.state == "running" and job.attempts > 1 else STATE_TEXT[job.state]


@router.get("/imports/{import_id}")
def import_page(request: Request, service: Serving, asker: Asking, import_id: str) -> Response:
    """How far an import is; the page asks again by itself until it is over."""
    return _page(request, service, asker, import_id)


def _page(
    request: Request, service: Service, asker: Asker, import_id: str, error: MatPhoError | None = None, **typed: str
) -> Response:
    with unit_of_work(service.engine, writes=False) as session:
        (work,) = told(session, service, speaking(request), [_job(session, service, import_id)])
        seen = _seen(session, asker, [work])
    fields = {"day": "", "time": ""} | typed
    more: dict[str, Any] = {
        "fields": fields,
        "seen": seen,
        "waits": asker.may(Right.OWNER_READ, "somewhere"),
        "said": _said(request, work, error),
        **_clock(request, work),
    }
    more["notices"] = [
        said_by_code(speaking(request), service.zone, "", one["message"], "", one["fields"])[0]
        for one in (work.job.result or {}).get("notices", [])
    ]
    more["still"] = _still(service, asker, work)
    return show(request, "import.html", error, work=work, alive=not work.over, notice="", **more)


def _still(service: Service, asker: Asker, work: Work) -> list[TimeRange]:
    """Return what is asked for of the camera and is not here, also after this import."""
    if not asker.may(Right.OWNER_READ, "somewhere"):
        return []
    with unit_of_work(service.engine, writes=False) as session:
        return missing_of(session, asker, str(work.job.payload["camera"]))


def _said(request: Request, work: Work, error: MatPhoError | None) -> str:
    """Return what was just done, within the part of the page that is asked for again: what is over is not said to go on."""
    done = request.query_params.get("done", "")
    if error is not None or done not in NOTICES or (work.over and done != "stopped"):
        return ""
    return translate(speaking(request), NOTICES[done])


def _clock(request: Request, work: Work) -> dict[str, Any]:
    """Return what the page tells of the recorder's clock, and the form for another file of the same recorder."""
    tell, compared = telling(request), Comparison.of(work.job.payload.get("clock"))
    told: dict[str, Any] = {"compared": compared, "clock_text": import_clock.in_words(tell, compared)}
    start_us = work.span.start_us if work.span else work.job.payload.get("start_us")
    if compared is None:
        return told
    if start_us is not None and not work.span:
        told["begins_us"] = start_us - compared.offset_us
    if work.span:
        told["doubt"] = import_clock.doubt_told(tell, compared, work.span)
    fields = import_clock.fields_of(tell, compared) | {"camera": work.job.payload["camera"]}
    return told | {"another": "/imports?" + urlencode(fields)}


def _job(session: Session, service: Service, import_id: str) -> JobStatus:
    status = service.jobs.status(session, import_id)
    if status.kind != CLIPS_IMPORT:
        raise JobUnknown(what=N_("job"), name=import_id[:100])
    return status


@router.post("/imports/{import_id}/cancel", max_body_size=FORM_LIMIT_BYTES)
async def cancel(request: Request, service: Serving, import_id: str) -> Response:
    """Ask an import to stop; what is over stays as it is."""
    await fields_of(request)

    def act() -> Response:
        with unit_of_work(service.engine) as session:
            before = _job(session, service, import_id)
            service.jobs.cancel(session, import_id)
            session.flush()
            after = service.jobs.status(session, import_id)
        if before.state == "waiting" and after.state == "cancelled":
            drop_input(service, after)
        done = ""
        if before.state in {"waiting", "running"}:  # one that runs may be done before it hears of it
            done = "?done=stopped" if after.state == "cancelled" else "?done=stopping"
        return go(f"/imports/{import_id}{done}")

    return await run_sync(act)


@router.post("/imports/{import_id}/again", max_body_size=FORM_LIMIT_BYTES)
async def again(request: Request, service: Serving, asker: Asking, import_id: str) -> Response:
    """Try an import again that failed, from the same file, with another start where one is typed."""
    form = await fields_of(request)
    typed: dict[str, Any] = {name: form.text(name)[:40] for name in ("day", "time")}

    def act() -> Response:
        try:
            with unit_of_work(service.engine, writes=False) as session:
                job = _job(session, service, import_id)
            compared = Comparison.of(job.payload.get("clock"))
            start_us = start_of(service, typed["day"], typed["time"], compared)
            new = try_again(service, job, asker.actor, start_us)
        except JobUnknown:
            raise
        except MatPhoError as error:
            return _page(request, service, asker, import_id, error, **typed)
        return go(f"/imports/{new.id}?done=again")

    return await run_sync(act)


@router.post("/work/uploads/{upload_id}/remove", max_body_size=FORM_LIMIT_BYTES)
async def remove_upload(request: Request, service: Serving, asker: Asking, upload_id: str) -> Response:
    """Forget an upload that nobody will go on with."""
    await fields_of(request)
    assert asker.standing is not None
    await run_sync(service.uploads.remove, asker.standing.person_id, upload_id)
    return go("/work?done=removed")
