"""What every route needs, in one table; a route that is not in it answers nobody, and the application does not start.

A need is a right and what it is judged for (`Of`). What the address names (a camera, a clip, a job) is judged here, before
the route runs, so that no route can forget it; lists are limited by the route to the reach of who asks, and what a body
names is judged there, too (`api.asking.Asker`). docs/ref/authorisation.md is generated from this table.
"""

from api.needs import Access, Needs, Of, Open
from api.page_access import PAGES
from people.rights import Right

_V1 = "/api/v1"
_CAMERA, _CLIP = f"{_V1}/cameras/{{code}}", f"{_V1}/clips/{{clip_id}}"
_REQUEST = f"{_V1}/requests/{{request_id}}"
_SUBJECT = f"{_V1}/subject-requests/{{subject_id}}"
_HANDLE = Needs(Right.SUBJECTS_HANDLE, Of.SUBJECT)
_WATCH = Needs(Right.FOOTAGE, Of.OWN_CLIP)
_OWN = Needs(Right.REQUEST_MAKE, Of.OWN_REQUEST)
_DECIDE = Needs(Right.REQUEST_DECIDE, Of.REQUEST)
_JOB = Needs(Right.FOOTAGE_IMPORT, Of.JOB)
_UPLOAD = f"{_V1}/uploads/{{upload_id}}"
_SEND = Needs(Right.FOOTAGE_IMPORT, Of.OWN_UPLOAD)
_HOLD = Needs(Right.HOLD_PLACE, Of.HOLD)
_PROVE = Needs(Right.ACCESS_READ, Of.EVERYWHERE)

CALLS: dict[tuple[str, str], Access] = {
    ("GET", "/docs"): Open.PUBLIC,
    ("GET", "/openapi.json"): Open.PUBLIC,
    ("GET", "/static/{name:path}"): Open.PUBLIC,
    ("GET", "/service-worker.js"): Open.PUBLIC,
    ("GET", "/problems/{code}"): Open.PUBLIC,
    ("GET", "/healthz"): Open.PUBLIC,
    ("GET", "/readyz"): Open.PUBLIC,
    ("GET", "/metrics"): Needs(Right.METRICS_READ, Of.EVERYWHERE),
    ("GET", f"{_V1}/me"): Open.SIGNED_IN,
    ("GET", f"{_V1}/units"): Needs(Right.REGISTRY_READ, Of.LIST),
    ("POST", f"{_V1}/units/import"): Needs(Right.REGISTRY_WRITE, Of.EVERYWHERE),
    ("GET", f"{_V1}/cameras"): Needs(Right.REGISTRY_READ, Of.LIST),
    ("POST", f"{_V1}/cameras"): Needs(Right.REGISTRY_WRITE, Of.NAMED),
    ("POST", f"{_V1}/cameras/import"): Needs(Right.REGISTRY_WRITE, Of.NAMED),
    ("GET", _CAMERA): Needs(Right.REGISTRY_READ, Of.CAMERA),
    ("PATCH", _CAMERA): Needs(Right.REGISTRY_WRITE, Of.CAMERA),
    ("GET", f"{_CAMERA}/owner"): Needs(Right.OWNER_READ, Of.CAMERA),
    ("GET", f"{_CAMERA}/timeline"): Needs(Right.RECORDED_READ, Of.CAMERA),
    ("GET", f"{_CAMERA}/uses"): Needs(Right.USES_READ, Of.CAMERA),
    ("POST", f"{_CAMERA}/owner-links"): Needs(Right.OWNER_READ, Of.CAMERA),
    ("GET", f"{_CAMERA}/frame.jpg"): Needs(Right.FOOTAGE, Of.GRANTED),
    ("GET", f"{_CAMERA}/preview.jpg"): Needs(Right.FOOTAGE, Of.GRANTED),
    ("GET", f"{_CAMERA}/strip.jpg"): Needs(Right.FOOTAGE, Of.GRANTED),
    ("GET", f"{_V1}/lookup"): Needs(Right.FOOTAGE_FIND, Of.ANYTHING),
    ("GET", f"{_V1}/coverage"): Needs(Right.RECORDED_READ, Of.NAMED),
    ("GET", f"{_V1}/deletions"): Needs(Right.DELETIONS_READ, Of.NAMED),
    ("GET", f"{_V1}/recording"): Needs(Right.RECORDED_READ, Of.LIST),
    ("POST", f"{_V1}/requests"): Needs(Right.REQUEST_MAKE, Of.ANYTHING),
    ("GET", f"{_V1}/requests"): Needs(Right.REQUEST_READ, Of.LIST),
    ("GET", _REQUEST): Needs(Right.REQUEST_READ, Of.SEEN_REQUEST),
    ("POST", f"{_REQUEST}/submit"): _OWN,
    ("POST", f"{_REQUEST}/withdraw"): _OWN,
    ("POST", f"{_REQUEST}/release"): _OWN,
    ("POST", f"{_REQUEST}/approve"): _DECIDE,
    ("POST", f"{_REQUEST}/refuse"): _DECIDE,
    ("POST", f"{_REQUEST}/review"): _DECIDE,
    ("GET", f"{_V1}/grants"): Needs(Right.FOOTAGE, Of.LIST),
    ("POST", f"{_V1}/subject-requests"): Needs(Right.SUBJECTS_HANDLE, Of.NAMED),
    ("GET", f"{_V1}/subject-requests"): Needs(Right.SUBJECTS_READ, Of.LIST),
    ("GET", _SUBJECT): Needs(Right.SUBJECTS_READ, Of.SUBJECT),
    ("POST", f"{_SUBJECT}/acknowledge"): _HANDLE,
    ("POST", f"{_SUBJECT}/answer"): _HANDLE,
    ("POST", f"{_SUBJECT}/erase"): _HANDLE,
    ("GET", f"{_V1}/oversight"): Needs(Right.ACCESS_READ, Of.LIST),
    ("POST", f"{_V1}/clips"): Needs(Right.FOOTAGE, Of.GRANTED),
    ("GET", _CLIP): _WATCH,
    ("GET", f"{_CLIP}/media.mp4"): _WATCH,
    ("GET", f"{_CLIP}/media-{{part}}.mp4"): _WATCH,
    ("GET", f"{_CLIP}/viewing.mp4"): _WATCH,
    ("GET", f"{_CLIP}/sound.mp4"): _WATCH,
    ("GET", f"{_CLIP}/playlist.m3u8"): _WATCH,
    ("GET", f"{_CLIP}/hls/{{name}}"): _WATCH,
    ("GET", f"{_CLIP}/times.vtt"): _WATCH,
    ("OPTIONS", f"{_V1}/uploads"): Needs(Right.FOOTAGE_IMPORT, Of.ANYTHING),
    ("POST", f"{_V1}/uploads"): Needs(Right.FOOTAGE_IMPORT, Of.ANYTHING),
    ("GET", _UPLOAD): _SEND,
    ("PATCH", _UPLOAD): _SEND,
    ("DELETE", _UPLOAD): _SEND,
    ("POST", f"{_V1}/imports"): Needs(Right.FOOTAGE_IMPORT, Of.NAMED),
    ("GET", f"{_V1}/imports/{{import_id}}"): _JOB,
    ("POST", f"{_V1}/holds"): Needs(Right.HOLD_PLACE, Of.ANYTHING),
    ("GET", f"{_V1}/holds"): Needs(Right.HOLD_PLACE, Of.LIST),
    ("GET", f"{_V1}/holds/{{hold_id}}"): _HOLD,
    ("POST", f"{_V1}/holds/{{hold_id}}/renew"): _HOLD,
    ("DELETE", f"{_V1}/holds/{{hold_id}}"): _HOLD,
    ("GET", f"{_V1}/audit/checkpoint"): _PROVE,
    ("GET", f"{_V1}/audit/keys"): _PROVE,
    ("GET", f"{_V1}/audit/inclusion"): _PROVE,
    ("GET", f"{_V1}/audit/consistency"): _PROVE,
    ("GET", f"{_V1}/audit/events"): _PROVE,
    ("GET", f"{_V1}/jobs/{{job_id}}"): _JOB,
    ("DELETE", f"{_V1}/jobs/{{job_id}}"): _JOB,
}
"""Forms of a session: they carry its form token in a field, and `api.web.frame.forms` checks it; everything else in a header."""

ACCESS: dict[tuple[str, str], Access] = CALLS | PAGES
FORMS: frozenset[str] = frozenset(path for method, path in PAGES if method == "POST")
"""Where browsers send forms, which carry their token in a field."""

__all__ = ["ACCESS", "FORMS", "Access", "Needs", "Of", "Open"]
