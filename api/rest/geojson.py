"""Cameras and units as GeoJSON features. What is a person's business (owner, telephone, consent) is not in them."""

import json
from datetime import tzinfo
from typing import Any

from camera_registry.cameras import CameraRecord
from camera_registry.tables import Unit
from foundation.timebase import format_instant


def camera_feature(camera: CameraRecord, zone: tzinfo) -> dict[str, Any]:
    place = camera.placement
    geometry = None if place is None else {"type": "Point", "coordinates": [place.lon, place.lat]}
    view = {
        name: None if place is None else getattr(place, name)
        for name in ("bearing_deg", "hfov_deg", "range_m", "height_m", "tilt_deg")
    }
    properties = {
        "code": camera.code,
        "name": camera.name,
        "unit": camera.unit_code,
        "unit_name": camera.unit_name,
        "status": camera.status,
        "source": camera.source,
        "verified": view["bearing_deg"] is not None and view["hfov_deg"] is not None,
        **view,
        "retention_days": camera.retention_days,
        "sign_checked_date": camera.sign_checked_date,
        "registered": format_instant(camera.registered_us, zone),
        "revision": camera.revision,
    }
    return {"type": "Feature", "id": camera.code, "geometry": geometry, "properties": properties}


def unit_feature(unit: Unit, codes: dict[int, str], zone: tzinfo) -> dict[str, Any]:
    """Return a unit; `codes` tells the codes of units by id, for the parent."""
    properties = {
        "code": unit.code,
        "name": unit.name,
        "kind": unit.kind,
        "parent": None if unit.parent_id is None else codes.get(unit.parent_id),
        "phone": unit.phone,
        "contact": unit.contact,
        "valid_from": format_instant(unit.valid_from_us, zone),
        "valid_to": None if unit.valid_to_us is None else format_instant(unit.valid_to_us, zone),
    }
    geometry = None if unit.boundary is None else json.loads(unit.boundary)
    return {"type": "Feature", "id": str(unit.id), "geometry": geometry, "properties": properties}
