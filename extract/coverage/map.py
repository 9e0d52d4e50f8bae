"""An audit of coverage as a picture: an SVG map that needs nothing but itself, no font, no script, no other file."""

from datetime import tzinfo
from html import escape

import numpy as np
import shapely

from camera_registry.views import LocalFrame, view_in_degrees
from extract.coverage.map_parts import COLOURS, UNSEEN, Paper, class_of, legend, scale_bar, text
from extract.coverage.records import CameraCoverage, CellCoverage, Coverage
from extract.coverage.table import say_value
from foundation.errors import N_
from foundation.language import Language, translate
from foundation.timebase import format_instant

_MOST_LABELS = 40
_SEEN, _BLIND = "#1a1a1a", "#d55e00"  # black and vermilion: told apart by every kind of colour vision, and by shape


def as_svg(coverage: Coverage, language: Language, zone: tzinfo) -> str:
    """Return the map in `language`: cells by the share that was recorded, units, views, cameras, legend and scale."""
    frame, bounds = _extent(coverage)
    paper = Paper.fitting(bounds)
    body = [*_title(coverage, language, zone)]
    if frame is not None:
        body += _area(coverage, frame, paper)
        # A camera that was entered far away must not be drawn over the title.
        body.append(f'<clipPath id="map"><rect {paper.map_box}/></clipPath><g clip-path="url(#map)">')
        body += _views(coverage, frame, paper)
        body += [mark for camera in coverage.cameras for mark in _camera(camera, frame, paper)]
        body.append("</g>")
        body += _labels(coverage, frame, paper)
        body += scale_bar(paper)
    else:
        body.append(
            text(paper.width / 2, paper.top + 40, translate(language, N_("No boundary is known")), anchor="middle")
        )
    body += legend(paper, language)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {paper.width:.0f} {paper.height:.0f}" '
        f'width="{paper.width:.0f}" height="{paper.height:.0f}" role="img" lang="{language}" '
        'font-family="system-ui, -apple-system, \'Segoe UI\', Roboto, \'Noto Sans\', sans-serif" font-size="13" fill="#1a1a1a">'
    )
    return "\n".join([head, '<rect width="100%" height="100%" fill="#fff"/>', *body, "</svg>"]) + "\n"


def _extent(coverage: Coverage) -> tuple[LocalFrame | None, tuple[float, float, float, float]]:
    """Return the frame of the map and what it must show in metres: the area, or without one the cameras."""
    boundary = coverage.total.boundary
    places = [camera.placement for camera in coverage.cameras if camera.placement is not None]
    if boundary is not None:
        west, south, east, north = (float(value) for value in shapely.bounds(boundary))
    elif places:
        west, east = min(place.lon for place in places), max(place.lon for place in places)
        south, north = min(place.lat for place in places), max(place.lat for place in places)
    else:
        return None, (0.0, 0.0, 1000.0, 100.0)
    frame = coverage.cells.frame if coverage.cells else LocalFrame((south + north) / 2, (west + east) / 2)
    left, bottom = frame.to_metres(south, west)
    right, top = frame.to_metres(north, east)
    edge = max(30.0, 0.02 * max(right - left, top - bottom))  # cameras stand on the boundary, too
    return frame, (left - edge, bottom - edge, right + edge, top + edge)


def _title(coverage: Coverage, language: Language, zone: tzinfo) -> list[str]:
    total, span = coverage.total, coverage.span
    whom = total.name or translate(language, N_("all units"))
    bounds = {"start": format_instant(span.start_us, zone), "end": format_instant(span.end_us, zone)}
    counts = translate(
        language,
        N_("{registered} cameras, view known of {verified}, footage of {footage}"),
        registered=total.registered,
        verified=total.verified,
        footage=total.with_footage,
    )
    shares = translate(
        language,
        N_("area in view {seen}, recorded {recorded}"),
        seen=say_value(total.in_view, language, share=True),
        recorded=say_value(total.recorded, language, share=True),
    )
    title = translate(language, N_("Coverage of {unit}"), unit=whom)
    return [
        f"<title>{escape(say_value(title, language))}</title>",
        text(24, 38, say_value(title, language), size=22, weight=600),
        text(24, 62, translate(language, N_("{start} to {end}"), **bounds), colour="#555"),
        text(24, 82, f"{counts}; {shares}", colour="#555"),
    ]


def _area(coverage: Coverage, frame: LocalFrame, paper: Paper) -> list[str]:
    boundary = coverage.total.boundary
    if boundary is None or coverage.cells is None:
        return []
    outline = paper.path(frame.geometry_to_metres(boundary))
    # Cells are squares; cut at the boundary they look like what they count, the part that lies inside.
    drawn = [f'<clipPath id="area"><path d="{outline}" clip-rule="evenodd"/></clipPath>']
    drawn.append(f'<path d="{outline}" fill="{UNSEEN}" fill-rule="evenodd"/>')
    drawn.append('<g clip-path="url(#area)" shape-rendering="crispEdges">')
    drawn += [f'<path fill="{COLOURS[number]}" d="{squares}"/>' for number, squares in _squares(coverage.cells, paper)]
    drawn.append("</g>")
    for unit in coverage.units:
        if unit.boundary is not None:
            path = paper.path(frame.geometry_to_metres(unit.boundary))
            drawn.append(f'<path d="{path}" fill="none" stroke="#8a8578" stroke-width="1" stroke-linejoin="round"/>')
    drawn.append(f'<path d="{outline}" fill="none" stroke="#3d3a33" stroke-width="2" stroke-linejoin="round"/>')
    return drawn


def _squares(cells: CellCoverage, paper: Paper) -> list[tuple[int, str]]:
    """Return one path for each class of shade, for the cells that some view sees."""
    shown: dict[int, list[str]] = {}
    side = cells.grid.cell_m
    for number in np.flatnonzero(cells.in_view > 0).tolist():
        column, row = int(cells.grid.column[number]), int(cells.grid.row[number])
        # Both edges are rounded, not one and the size: else hair lines show between neighbours.
        left, top = (round(value, 1) for value in paper.at(column * side, (row + 1) * side))
        right, bottom = (round(value, 1) for value in paper.at((column + 1) * side, row * side))
        square = f"M{left:g} {top:g}H{right:g}V{bottom:g}H{left:g}z"
        shown.setdefault(class_of(float(cells.recorded[number])), []).append(square)
    return [(number, "".join(squares)) for number, squares in sorted(shown.items())]


def _views(coverage: Coverage, frame: LocalFrame, paper: Paper) -> list[str]:
    outlines = []
    for view in coverage.views:
        polygon = view_in_degrees(view.placement)
        if polygon is not None and (view.member or view.seen_m2 > 0):
            outlines.append(paper.path(frame.geometry_to_metres(polygon)))
    return [
        f'<path d="{"".join(outlines)}" fill="#1a1a1a" fill-opacity="0.06" stroke="#1a1a1a" stroke-opacity="0.45" stroke-width="0.7"/>'
    ]


def _camera(camera: CameraCoverage, frame: LocalFrame, paper: Paper) -> list[str]:
    """Return a dot, filled when there is footage, with a stroke to where it looks; a camera of unknown view has none."""
    place = camera.placement
    if place is None:
        return []
    x, y = paper.at(*frame.to_metres(place.lat, place.lon))
    colour = _SEEN if camera.with_footage else _BLIND
    marks = [f"<g><title>{escape(say_value(f'{camera.code} {camera.name}', 'en'))}</title>"]
    if place.bearing_deg is not None and place.hfov_deg is not None:
        turn, reach = np.radians(place.bearing_deg), 11
        marks.append(
            f'<path d="M{x:.1f} {y:.1f}L{x + reach * np.sin(turn):.1f} {y - reach * np.cos(turn):.1f}" '
            f'stroke="{colour}" stroke-width="2" stroke-linecap="round"/>'
        )
    fill = colour if camera.with_footage else "#fff"
    marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" fill="{fill}" stroke="{colour}" stroke-width="1.8"/></g>')
    return marks


def _labels(coverage: Coverage, frame: LocalFrame, paper: Paper) -> list[str]:
    named = [unit for unit in coverage.units if unit.boundary is not None and unit is not coverage.total]
    if len(named) > _MOST_LABELS:
        return []
    shapes = [frame.geometry_to_metres(unit.boundary) for unit in named if unit.boundary is not None]
    points = [shapely.point_on_surface(shape) for shape in shapes]
    marks = []
    for unit, shape, point in zip(named, shapes, points, strict=True):
        if any(
            shapely.area(other) < shapely.area(shape) and shapely.contains(shape, at)
            for other, at in zip(shapes, points, strict=True)
        ):
            continue  # the name of a unit would lie over those of the units within it
        x, y = paper.at(float(shapely.get_x(point)), float(shapely.get_y(point)))
        name = say_value(unit.name or unit.code, "en")
        marks.append(text(x, y, name, size=12, weight=600, anchor="middle", halo=True))
    return marks
