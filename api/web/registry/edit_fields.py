"""What the form for a camera shows of it, as text that can be typed again."""

from typing import Any

from sqlmodel import Session

from api.asking import Asker
from api.service import Service
from audit.log import record
from camera_registry.cameras import CameraRecord, OwnerRecord, describe, get_camera, owner_of, unit_of
from people.rights import Right

EDITED = (
    *("name", "unit", "status", "lat", "lon", "bearing_deg", "hfov_deg", "range_m", "height_m"),
    *("owner_name", "owner_phone", "consent_date", "sign_checked_date", "retention_days"),
)


def known_of(service: Service, asker: Asker, session: Session, code: str) -> dict[str, str]:
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
    return {
        "name": camera.name,
        "unit": camera.unit_code or "",
        "lat": "" if place is None else str(place.lat),
        "lon": "" if place is None else str(place.lon),
        "far_ok": "",
        "bearing_deg": _text(place.bearing_deg if place else None),
        "hfov_deg": _text(place.hfov_deg if place else None),
        "range_m": _text(place.range_m if place else None),
        "height_m": _text(place.height_m if place else None),
        "owner_name": _text(owner.owner_name if owner else None),
        "owner_phone": _text(owner.owner_phone if owner else None),
        "consent_date": _day(owner.consent_date if owner else None),
        "sign_checked_date": _day(camera.sign_checked_date),
        "retention_days": _text(camera.retention_days),
        "sound_agreed": "yes" if camera.sound_agreed else "",
        "ask_owner": "yes" if owner is not None and owner.ask_owner else "",
        "source": "",
        "revision": str(camera.revision),
        "status": camera.status,
    }


def _text(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _day(iso: str | None) -> str:
    return "" if not iso else "/".join(reversed(iso.split("-")))
