"""Requests and grants as the calls tell them."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session

from access.grants import cameras_granted
from access.listing import codes_of, grants_of, names_of, unit_codes
from access.stepping import cameras_of
from access.tables import FootageGrant, FootageRequest
from api.service import Service
from foundation.timebase import format_instant


def body_of(session: Session, service: Service, request: FootageRequest) -> dict[str, Any]:
    return bodies_of(session, service, [request])[0]


def bodies_of(session: Session, service: Service, requests: Iterable[FootageRequest]) -> list[dict[str, Any]]:
    found = list(requests)
    acted = {one for r in found for one in (r.person_id, r.decided_by, r.reviewed_by, r.taken_back_by) if one}
    names = names_of(session, acted)
    units = unit_codes(session, {r.unit_id for r in found if r.unit_id is not None})
    grants = {grant.request_id: grant for grant in grants_of(session, [request.id for request in found])}
    told = grants_told(session, service, grants.values())

    def at(us: int | None) -> str | None:
        return None if us is None else format_instant(us, service.zone)

    return [
        {
            "id": request.id,
            "bundle": request.bundle_id,
            "unit": None if request.unit_id is None else units[request.unit_id],
            "state": request.state,
            "purpose": request.purpose,
            "case_number": request.case_number,
            "why": request.why,
            "place": None if request.lat is None else {"lat": request.lat, "lon": request.lon},
            "place_words": request.place_words,
            "from": at(request.start_us),
            "to": at(request.end_us),
            "asked_by": names[request.person_id],
            "created": at(request.created_us),
            "submitted": at(request.submitted_us),
            "decide_by": at(request.decide_by_us),
            "decided": at(request.decided_us),
            "decided_how": request.decided_how,
            "decided_by": names.get(request.decided_by or ""),
            "note": request.note,
            "review_by": at(request.review_by_us),
            "reviewed": at(request.reviewed_us),
            "reviewed_by": names.get(request.reviewed_by or ""),
            "justified": None if request.justified is None else bool(request.justified),
            "outcome": request.outcome,
            "taken_back": at(request.taken_back_us),
            "taken_back_by": names.get(request.taken_back_by or ""),
            "taken_back_note": request.taken_back_note,
            "cameras": [{"code": code, "consent": consent} for _, code, consent in cameras_of(session, request.id)],
            "grant": told[grants[request.id].id] if request.id in grants else None,
        }
        for request in found
    ]


def grants_told(session: Session, service: Service, grants: Iterable[FootageGrant]) -> dict[str, dict[str, Any]]:
    """Return each grant as told, by its id."""
    found = list(grants)
    cameras = cameras_granted(session, [grant.id for grant in found])
    codes = codes_of(session, {camera_id for ids in cameras.values() for camera_id in ids})
    return {
        grant.id: {
            "id": grant.id,
            "request": grant.request_id,
            "cameras": sorted(codes[camera_id] for camera_id in cameras[grant.id]),
            "from": format_instant(grant.start_us, service.zone),
            "to": format_instant(grant.end_us, service.zone),
            "purpose": grant.purpose,
            "until": format_instant(grant.until_us, service.zone),
            "ended": None if grant.ended_us is None else format_instant(grant.ended_us, service.zone),
            "downloads": grant.downloads,
            "used": grant.used,
            "pre_roll": bool(grant.pre_roll),
        }
        for grant in found
    }
