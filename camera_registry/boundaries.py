"""Boundaries of units: GeoJSON (RFC 7946) in, checked, and stored in one form. Pure."""

import json
from typing import Any

import shapely

from camera_registry.fields import Unusable
from foundation.errors import N_

_MOST_POINTS = 200_000


def boundary_json(geometry: dict[str, Any]) -> str:
    """Return a Polygon or MultiPolygon as compact GeoJSON. Raises `Unusable`."""
    if geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        raise Unusable(N_("is a {kind}, not a Polygon or MultiPolygon"), kind=str(geometry.get("type"))[:40])
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except (shapely.errors.GEOSException, ValueError) as error:
        raise Unusable(N_("is not a geometry: {why}"), why=str(error).splitlines()[0][:120]) from error
    if shape.is_empty:
        raise Unusable(N_("is empty"))
    if shapely.get_num_coordinates(shape) > _MOST_POINTS:
        raise Unusable(N_("has more than {limit} points"), limit=_MOST_POINTS)
    west, south, east, north = shape.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise Unusable(N_("is not in degrees of longitude and latitude (WGS 84)"))
    if not shape.is_valid:
        raise Unusable(N_("crosses itself: {why}"), why=shapely.is_valid_reason(shape)[:120])
    return json.dumps(json.loads(shapely.to_geojson(shape)), separators=(",", ":"))
