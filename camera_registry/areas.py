"""Areas that somebody asks about: GeoJSON like the boundaries of units, but small."""

from typing import Any

import shapely

from camera_registry.boundaries import boundary_json
from camera_registry.fields import Unusable
from camera_registry.views import LocalFrame
from foundation.errors import N_, BadInput

AREA_KM = 20
AREA_POINTS = 1000


class AreaNotUsable(BadInput):
    code = "area_not_usable"
    message = N_("This is no area that can be asked about")
    mend = N_(
        "Give a GeoJSON Polygon or MultiPolygon in degrees (longitude, latitude) that does not cross itself, of at most "
        "{points} points and {km} km across"
    )

    def __init__(self) -> None:
        super().__init__(points=AREA_POINTS, km=AREA_KM)


def area_of(geometry: dict[str, Any]) -> shapely.Geometry:
    """Return the geometry in (lon, lat). Raises `AreaNotUsable`."""
    try:
        shape = shapely.from_geojson(boundary_json(geometry))
    except Unusable as error:
        raise AreaNotUsable from error
    west, south, east, north = shape.bounds
    across_m = max(LocalFrame((south + north) / 2, west).to_metres(north, east))
    if across_m > AREA_KM * 1000 or shapely.get_num_coordinates(shape) > AREA_POINTS:
        raise AreaNotUsable
    return shape
