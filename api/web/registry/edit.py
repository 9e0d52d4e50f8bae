"""Editing a camera, its status, and the links for its owner; and cameras by the table."""

from collections.abc import Mapping
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response

from access.owners import make_link, open_questions
from api.asking import Asker
from api.reach import must_into
from api.service import Service
from api.web.frame.forms import FORM_LIMIT_BYTES, Fields, fields_of, go
from api.web.frame.places import DIRECTIONS, units_within
from api.web.frame.shell import show, speaking
from api.web.registry.cards import STATUS_TEXT
from api.wiring import Asking, Serving
from audit.log import record
from camera_registry.cameras import CameraRecord, OwnerRecord, describe, edit_camera, get_camera, owner_of, unit_of
from camera_registry.records import STATUSES
from foundation.database import unit_of_work
from foundation.errors import MatPhoError, RowsRefused
from foundation.language import say_row
from people.rights import Right

router = APIRouter(include_in_schema=False)
_EDITED = (
    *("name", "unit", "lat", "lon", "bearing_deg", "hfov_deg", "range_m", "height_m"),
    *("owner_name", "owner_phone", "consent_date", "sign_checked_date", "retention_days"),
)


@router.get("/cameras/{code}/edit")
def edit_page(request: Request, service: Serving, asker: Asking, code: str) -> Response:
    return _form(request, service, asker, code)


@router.post("/cameras/{code}/edit", max_body_size=FORM_LIMIT_BYTES)
async def edit(request: Request, service: Serving, asker: Asking, code: str) -> Response:
    form = await fields_of(request)
    return await run_sync(_edit, request, service, asker, code, form)


@router.post("/cameras/{code}/status", max_body_size=FORM_LIMIT_BYTES)
async def set_status(request: Request, service: Serving, asker: Asking, code: str) -> Response:
    """Pause a camera, say that it is broken, or that it works again."""
    form = await fields_of(request)
    return await run_sync(
        _change, request, service, asker, code, form.text("revision"), {"status": form.text("status")}
    )


def _edit(request: Request, service: Service, asker: Asker, code: str, form: Fields) -> Response:
    with unit_of_work(service.engine) as session:
        known = _known(service, asker, session, code)
        given = {name: form.text(name) for name in _EDITED if name in form}
        changes: dict[str, Any] = {name: value or None for name, value in given.items() if value != known[name]}
        if form.text("source"):
            changes["source"] = form.text("source")
        changes |= {
            name: form.text(name) for name in ("ask_owner", "sound_agreed") if _ticked(form, name) != known[name]
        }
        if "unit" in changes:
            must_into(session, asker, changes["unit"])
    if not changes:
        return go(f"/cameras/{code}")
    return _change(request, service, asker, code, form.text("revision"), changes, form)


def _ticked(form: Fields, name: str) -> str:
    return "yes" if form.text(name) else ""


def _change(
    request: Request,
    service: Service,
    asker: Asker,
    code: str,
    revision: str,
    changes: Mapping[str, Any],
    form: Fields | None = None,
) -> Response:
    try:
        with unit_of_work(service.engine) as session:
            edit_camera(
                session,
                service.clock,
                service.vault,
                asker.actor,
                code,
                int(revision) if revision.isdecimal() else 0,
                changes,
            )
    except RowsRefused as error:
        faults = {problem.field: say_row(speaking(request), problem) for problem in error.problems}
        return _form(request, service, asker, code, form, faults=faults)
    except MatPhoError as error:
        return _form(request, service, asker, code, form, error=error)
    return go(f"/cameras/{code}?done=saved")


def _known(service: Service, asker: Asker, session: Any, code: str) -> dict[str, str]:
    """Return what the form shows, as text. That an owner's data were read is an event."""
    now = service.clock.now_us()
    camera = get_camera(session, code)
    assert camera.id is not None
    found = describe(session, camera, now)
    owner = owner_of(session, camera.id, now) if asker.may(Right.OWNER_READ, unit_of(session, camera.id, now)) else None
    if owner is not None:
        record(session, service.clock, asker.actor, "owner:read", "camera", code)
    return _texts(found, owner)


def _texts(camera: CameraRecord, owner: OwnerRecord | None) -> dict[str, str]:
    place = camera.placement

    def text(value: Any) -> str:
        return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)

    return {
        "name": camera.name,
        "unit": camera.unit_code or "",
        "lat": "" if place is None else str(place.lat),
        "lon": "" if place is None else str(place.lon),
        "bearing_deg": text(place.bearing_deg if place else None),
        "hfov_deg": text(place.hfov_deg if place else None),
        "range_m": text(place.range_m if place else None),
        "height_m": text(place.height_m if place else None),
        "owner_name": text(owner.owner_name if owner else None),
        "owner_phone": text(owner.owner_phone if owner else None),
        "consent_date": _day(owner.consent_date if owner else None),
        "sign_checked_date": _day(camera.sign_checked_date),
        "retention_days": text(camera.retention_days),
        "sound_agreed": "yes" if camera.sound_agreed else "",
        "ask_owner": "yes" if owner is not None and owner.ask_owner else "",
        "source": "",
        "revision": str(camera.revision),
        "status": camera.status,
    }


def _day(iso: str | None) -> str:
    return "" if not iso else "/".join(reversed(iso.split("-")))


def _form(
    request: Request,
    service: Service,
    asker: Asker,
    code: str,
    form: Fields | None = None,
    *,
    faults: Mapping[str, str] | None = None,
    error: MatPhoError | None = None,
) -> Response:
    with unit_of_work(service.engine) as session:
        fields = _known(service, asker, session, code)
        units = units_within(session, asker, Right.REGISTRY_WRITE)
    typed = {} if form is None else {name: form.text(name) for name in fields if name in form and name != "revision"}
    more = {"fields": fields | typed, "faults": faults or {}, "units": units, "code": code, "directions": DIRECTIONS}
    answer = show(request, "camera_edit.html", error, statuses=[(one, STATUS_TEXT[one]) for one in STATUSES], **more)
    if faults:
        answer.status_code = 422
    return answer


@router.post("/cameras/{code}/owner-links", max_body_size=FORM_LIMIT_BYTES)
async def owner_links(request: Request, service: Serving, asker: Asking, code: str) -> Response:
    """Make a link for each open question to the owner, to be shown or sent by the head."""
    await fields_of(request)

    def make() -> list[str]:
        with unit_of_work(service.engine) as session:
            camera = get_camera(session, code)
            assert camera.id is not None
            return [
                make_link(session, service.clock, asker.actor, asked, camera.id)
                for asked in open_questions(session, camera.id)
            ]

    made = await run_sync(make)
    return show(
        request, "owner_links.html", code=code, links=[f"{service.settings.address}/owner/{one}" for one in made]
    )
