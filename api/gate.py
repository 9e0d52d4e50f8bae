"""The gate before every route: who asks, may they, and, where the address names something, may they that."""

from anyio.to_thread import run_sync
from fastapi import Request
from sqlmodel import Session

from access.grants import grant_of_clip, refuse_over, runs
from access.stepping import RequestUnknown, get_request
from access.subjects import SubjectRequestUnknown, get_subject_request
from api.access import ACCESS, FORMS, Needs, Of, Open
from api.asking import Asker, NotPermitted, NotSignedIn, SecondFactorMissing, find, nobody
from api.cookies import from_elsewhere
from api.holding import hold_within
from api.reach import unit_within
from api.service import CLIPS_IMPORT, Service
from api.veil import unveiled
from camera_registry.cameras import CameraUnknown, get_camera, unit_of
from extract.clips import ClipUnknown
from foundation.database import unit_of_work
from foundation.errors import N_, Forbidden, MatPhoError
from foundation.jobs import JobUnknown
from people.rights import Right
from people.secrets import same
from people.sessions import keep_alive

FORM_HEADER = "x-form-token"
LOOKING_AFTER = (Right.REQUEST_DECIDE, Right.ACCESS_READ)
"""Whoever has one of these for a unit sees all requests to it."""
_HALF = frozenset({Open.FIRST_FACTOR, Open.KNOWN})
"""What a session that still lacks the second factor may come to."""
_OF_REQUESTS = frozenset({Of.OWN_REQUEST, Of.REQUEST, Of.SEEN_REQUEST})


class NotDeclared(Forbidden):
    code = "not_declared"
    message = N_("Nobody has said who may call this, so nobody may")


class FromElsewhere(Forbidden):
    code = "from_elsewhere"
    message = N_("This request comes from a page that is not ours, or lacks the token of its session")
    mend = N_("Open the page again and repeat it there; programs use a token: Authorization: Bearer …")


async def permitted(request: Request) -> None:
    """Let a request through or raise why not; leave who asks in `request.state.asker`."""
    route = request.scope.get("route")
    path = getattr(route, "path", "")
    access = ACCESS.get((request.method, path))
    if access is None:
        raise NotDeclared
    request.state.asker = nobody(request)
    if access is Open.PUBLIC:
        return
    service: Service = request.app.state.service
    request.state.asker = await run_sync(judged, request, service, access, path)


def asker_of(request: Request) -> Asker:
    """Return who asks, as `permitted` found it."""
    found = request.state.asker
    assert isinstance(found, Asker)
    return found


def judged(request: Request, service: Service, access: Open | Needs, path: str) -> Asker:
    with unit_of_work(service.engine, writes=False) as session:
        request.state.asker = asker = find(request, service, session)
        if asker.standing is None:
            if access is Open.KNOWN:
                return asker
            raise NotSignedIn
        _refuse_forged(request, asker, path)
        if asker.browser is not None and not asker.browser.whole and access not in _HALF:
            raise SecondFactorMissing
        if isinstance(access, Needs):
            _judge(request, session, asker, access)
    if asker.browser is not None and asker.browser.stale:
        with unit_of_work(service.engine) as session:
            keep_alive(session, service.clock, asker.browser.secret)
    return asker


def _refuse_forged(request: Request, asker: Asker, path: str) -> None:
    """A cookie comes along whoever made the browser send the request; so what changes something needs to show more."""
    if asker.browser is None or request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if from_elsewhere(request):
        raise FromElsewhere
    if path not in FORMS and not same(unveiled(request.headers.get(FORM_HEADER, "")), asker.browser.form_token):
        raise FromElsewhere


def _judge(request: Request, session: Session, asker: Asker, needs: Needs) -> None:
    """First whether the right is held at all, which may be told; then for what, and there "no" sounds like "not there"."""
    asker.must(needs.right, "everywhere" if needs.of is Of.EVERYWHERE else "somewhere")
    names = request.path_params
    if needs.of is Of.CAMERA:
        camera_within(session, asker, needs.right, names["code"])
    elif needs.of is Of.UNIT:
        unit_within(session, asker, needs.right, names["code"], asker.now_us)
    elif needs.of is Of.OWN_CLIP:
        clip_within(session, asker, names["clip_id"])
    elif needs.of in _OF_REQUESTS:
        request_within(session, asker, needs, names["request_id"])
    elif needs.of is Of.SUBJECT:
        subject_within(session, asker, needs.right, names["subject_id"])
    elif needs.of is Of.HOLD:
        hold_within(request.app.state.service, session, asker, names["hold_id"])
    elif needs.of is Of.OWN_UPLOAD:
        assert asker.standing is not None
        request.app.state.service.uploads.find(asker.standing.person_id, names["upload_id"])
    elif needs.of is Of.JOB:
        job_id = names["job_id"] if "job_id" in names else names["import_id"]
        service: Service = request.app.state.service
        job = service.jobs.status(session, job_id)
        missing_job = JobUnknown(what="job", name=job_id)
        if job.kind != CLIPS_IMPORT:
            if not asker.may(needs.right, "everywhere"):
                raise missing_job
            return
        camera = get_camera(session, str(job.payload["camera"]))
        assert camera.id is not None
        _within(session, asker, needs.right, camera.id, missing_job)


def clip_within(session: Session, asker: Asker, clip_id: str) -> None:
    """Refuse a clip of somebody else as one that is not there, and one's own when its grant is over. Raises `GrantOver`."""
    assert asker.standing is not None
    grant = grant_of_clip(session, clip_id, asker.standing.person_id)
    if grant is None:
        raise ClipUnknown(name=clip_id[:40])
    if not runs(grant, asker.now_us):
        refuse_over(session, grant)


def request_within(session: Session, asker: Asker, needs: Needs, request_id: str) -> None:
    """Refuse a request that is neither one's own nor of a unit that one decides for. Raises `RequestUnknown`."""
    assert asker.standing is not None
    request = get_request(session, request_id)
    own = request.person_id == asker.standing.person_id
    if needs.of is Of.OWN_REQUEST or (own and needs.of is Of.SEEN_REQUEST):
        allowed = own
    elif needs.of is Of.SEEN_REQUEST:
        allowed = any(asker.may(right, request.unit_id) for right in LOOKING_AFTER)
    else:
        allowed = asker.may(needs.right, request.unit_id)
    if not allowed or (request.submitted_us is None and not own):  # a draft is nobody else's business
        raise RequestUnknown(name=request_id[:40])


def subject_within(session: Session, asker: Asker, right: Right, subject_id: str) -> None:
    """Refuse a request of a data subject that another unit handles as one that is not there."""
    if not asker.may(right, get_subject_request(session, subject_id).unit_id):
        raise SubjectRequestUnknown(name=subject_id[:40])


def camera_within(session: Session, asker: Asker, right: Right, code: str) -> int:
    """Return the id of a camera for which the right is held. Raises `CameraUnknown`, also when it is out of reach."""
    camera = get_camera(session, code)
    assert camera.id is not None
    _within(session, asker, right, camera.id, CameraUnknown(what=N_("camera"), name=code[:80]))
    return camera.id


def _within(session: Session, asker: Asker, right: Right, camera_id: int, missing: MatPhoError) -> None:
    if not asker.may(right, unit_of(session, camera_id, asker.now_us)):
        raise missing


__all__ = ["FORM_HEADER", "FromElsewhere", "NotPermitted", "asker_of", "camera_within", "permitted"]
