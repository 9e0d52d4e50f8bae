"""What pages hand to the modules of `static/js`: words in the reader's language, and data. docs/design/web-islands.md."""

import json
from collections.abc import Container, Mapping, Sequence
from typing import Any

from api.web.frame.places import DIRECTIONS
from api.web.frame.thinning import Drawn
from api.web.frame.words import Telling
from extract.lookup import Lookup, Sighting
from extract.onwards import Onward
from foundation.errors import N_
from foundation.language import Language, translate
from foundation.timebase import TimeRange, format_instant
from ingest.index.reasons import GAP_TEXT

_MAP = {
    "label": N_("Map"),
    "zoom_in": N_("Zoom in"),
    "zoom_out": N_("Zoom out"),
    "pin": N_("Place of the camera"),
    "move": N_("Move the place"),
    "turn": N_("Direction"),
    "at": N_("Latitude {lat}, longitude {lon}."),
    "looks": N_("Looks {direction} ({bearing}°)."),
    "nowhere": N_("No place is chosen yet. Tap on the map."),
    "locate": N_("Use my location"),
    "locating": N_("Your place is looked for …"),
    "unlocated": N_("The phone does not tell where it is. Allow it for this page, or tap on the map."),
    "others": N_("Grey dots are cameras that are registered already."),
    "sees": N_("Looks at this place"),
    "away": N_("Near it, but looks elsewhere"),
    "none": N_("No footage"),
    "unverified": N_("Nobody has said which way it looks"),
    "share": N_("Footage for {share} % of the time"),
}
_TIMELINE = {
    "label": N_("The cameras over time"),
    "head": N_("The moment that is looked at"),
    "head_at": N_("{time} on {date}, {with} of {all} cameras have footage"),
    "typed": N_("To the time"),
    "go": N_("Go there"),
    "bad_time": N_("That is no time within reach. Type it like 21:04:30, from {from} to {to}."),
    "jump": N_("Jump to"),
    "gap_before": N_("Gap before"),
    "gap_after": N_("Next gap"),
    "no_gap": N_("There is no further gap."),
    "gap_at": N_("{camera}: no footage from {from} to {to} ({reason})."),
    "back": N_("Back to where I was"),
    "marks": N_("The part that is wanted"),
    "from_here": N_("From here"),
    "to_here": N_("To here"),
    "clear": N_("Forget it"),
    "range": N_("{in}–{out} ({length} long)"),
    "hours": N_("{count} h"),
    "minutes": N_("{count} min"),
    "seconds": N_("{count} s"),
    "bad_range": N_("The end must come after the beginning."),
    "zoom": N_("Width"),
    "zoom_in": N_("Look nearer"),
    "zoom_out": N_("Look wider"),
    "earlier": N_("Earlier"),
    "later": N_("Later"),
    "table": N_("Table of footage and gaps"),
    "camera": N_("Camera"),
    "from": N_("From"),
    "to": N_("To"),
    "what": N_("What"),
    "run": N_("footage"),
    "gap": N_("no footage: {reason}"),
    "hold": N_("kept: {text}"),
    "doubt": N_("(times may be off by {seconds} s)"),
    "doubt_unknown": N_("(nobody knows how far times may be off)"),
    "peek": N_("{camera}: picture taken at {time} on {date}"),
    "peek_hint": N_(
        "Point at a lane or tap it for a small picture of that time; Esc closes it. With the keyboard go to the lanes: ← and → move the time, ↑ and ↓ choose the camera. What you look at is noted in the log."
    ),
    "peek_close": N_("Close the small picture"),
    "part": N_("Only the part that is marked is kept or asked for: {in}–{out}."),
    "more_rows": N_("{count} more rows. Make the time shorter."),
}
_SOUND_LEFT_OUT = N_("sound was left out")
_TILES = {
    "label": N_("Pictures of the cameras"),
    "controls": N_("Controls"),
    "play": N_("Play"),
    "pause": N_("Pause"),
    "back_10": N_("10 seconds back"),
    "back_1": N_("1 second back"),
    "back_frame": N_("One picture back"),
    "on_frame": N_("One picture on"),
    "on_1": N_("1 second on"),
    "on_10": N_("10 seconds on"),
    "rate": N_("Speed"),
    "loop": N_("Repeat the part that is marked"),
    "gap_here": N_("No footage {from}–{to} ({reason})"),
    "viewing": N_("copy for viewing"),
    "large": N_("Large"),
    "screen": N_("Whole screen"),
    "nearer": N_("Nearer"),
    "farther": N_("Farther"),
    "near": N_("Picture of {camera}, from near: arrows move it"),
    "hear": N_("Listen"),
    "hush": N_("Mute"),
    "no_sound": N_("no sound"),
    "volume": N_("Volume"),
    "listening": N_("copy for listening"),
    "sound_failed": N_("the sound cannot be played"),
    "failed": N_("This browser cannot show the pictures of this camera."),
    "outside": N_("Not in this clip"),
}
_PAGE = {
    "required": N_("Fill this in."),
    "choose": N_("Choose one."),
    "short": N_("At least {least} letters."),
    "show": N_("Show what is typed"),
    "hide": N_("Hide what is typed"),
    "copy": N_("Copy"),
    "copied": N_("Copied"),
}
_BEYOND = N_("not in the list that is shown")
_LEFT_OUT = N_("{count} very short gaps are not drawn")
_ZOOMS = ((86_400, N_("24 hours")), (3600, N_("1 hour")), (300, N_("5 minutes")), (30, N_("30 seconds")))


def _said(tell: Telling, texts: Mapping[str, str]) -> dict[str, str]:
    return {name: translate(tell.language, text) for name, text in texts.items()}


def page_words(language: Language) -> str:
    """Return what every page says of its fields and buttons where there is JavaScript, as JSON."""
    return json.dumps({name: translate(language, text) for name, text in _PAGE.items()}, ensure_ascii=False)


def pick_data(
    tell: Telling,
    middle: tuple[float, float],
    outline: Mapping[str, Any] | None,
    others: Sequence[tuple[float, float, str]] = (),
) -> dict[str, Any]:
    """Return what the map needs on which a place or a view is chosen; `others` are cameras to find one's way by: where they are and how they are called."""
    return {
        "texts": _said(tell, _MAP),
        "directions": [translate(tell.language, text) for _, text in DIRECTIONS],
        "view": {"lat": middle[0], "lon": middle[1], "zoom": 17},
        "boundaries": outline,
        "others": [[round(lat, 6), round(lon, 6), name] for lat, lon, name in others],
    }


def show_data(
    tell: Telling, found: Lookup, outlines: Mapping[str, Any] | None, listed: Container[str]
) -> dict[str, Any]:
    """Return what the map of an answer needs: the place and the cameras about it; those not `listed` cannot be ticked."""
    beyond = translate(tell.language, _BEYOND)
    cameras = []
    for item in found.sightings:
        place = item.sight.placement
        code = item.sight.camera.code
        cameras.append(
            {
                "code": code,
                "name": item.sight.camera.name,
                "lat": place.lat,
                "lon": place.lon,
                "bearing_deg": place.bearing_deg,
                "hfov_deg": place.hfov_deg,
                "range_m": place.range_m,
                "state": _state(item),
                "text": f"{code} · {item.sight.distance_m:.0f} m" + ("" if code in listed else f" · {beyond}"),
                "selected": bool(item.sight.sees and item.recorded and code in listed),
            }
        )
    place_told = {"lat": found.place.lat, "lon": found.place.lon, "radius_m": found.place.radius_m}
    return {"texts": _said(tell, _MAP), "place": place_told, "cameras": cameras, "boundaries": outlines}


def onwards_data(tell: Telling, place: tuple[float, float], found: Sequence[Onward]) -> dict[str, Any]:
    """Return what the map of the cameras needs that somebody may have passed."""
    cameras = []
    for one in found:
        stands = one.camera.placement
        if stands is not None:
            cameras.append(
                {
                    "code": one.camera.code,
                    "name": one.camera.name,
                    "lat": stands.lat,
                    "lon": stands.lon,
                    "bearing_deg": stands.bearing_deg,
                    "hfov_deg": stands.hfov_deg,
                    "range_m": stands.range_m,
                    "state": "sees" if one.recorded_us else "none",
                    "text": f"{one.camera.code} · {one.distance_m:.0f} m · {tell.span(one.arrives)}",
                    "selected": False,
                }
            )
    texts = {**_MAP, "sees": N_("Recorded something then")}
    texts = {name: text for name, text in texts.items() if name not in {"away", "unverified"}}
    return {"texts": _said(tell, texts), "place": {"lat": place[0], "lon": place[1], "radius_m": 0}, "cameras": cameras}


def _state(item: Sighting) -> str:
    if not item.sight.placement.verified:
        return "unverified"
    if not item.sight.sees:
        return "away"
    return "sees" if item.recorded else "none"


def timeline_data(
    tell: Telling, span: TimeRange, lanes: Sequence[Mapping[str, Any]], now_us: int, *, at_us: int | None = None
) -> dict[str, Any]:
    """Return what the timeline needs; `lanes` as `lane` makes them."""
    told = {
        **zone_of(tell, span),
        "from": format_instant(span.start_us, tell.zone),
        "to": format_instant(span.end_us, tell.zone),
        "now": format_instant(now_us, tell.zone),
        "texts": _said(tell, _TIMELINE),
        "zooms": [
            {"seconds": seconds, "text": translate(tell.language, text)}
            for seconds, text in _ZOOMS
            if seconds * 1_000_000 < span.duration_us
        ],
        "lanes": list(lanes),
    }
    return told if at_us is None else {**told, "at": format_instant(at_us, tell.zone)}


def lane(
    tell: Telling, code: str, name: str, drawn: Drawn, *, strip: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return a lane; `strip` is where its small pictures come from, for who may see them."""
    less = translate(tell.language, _LEFT_OUT, count=drawn.left_out) if drawn.left_out else ""
    return {
        **({"strip": strip} if strip else {}),
        "camera": code,
        "name": f"{name} ({less})" if less else name,
        "runs": [
            {
                **bounds(tell, run.range),
                "stream": run.stream_id,
                "clock_source": run.clock_source,
                "uncertainty_us": run.uncertainty_us,
            }
            for run in drawn.runs
        ],
        "gaps": [
            {
                **bounds(tell, gap.range),
                "reason": str(gap.reason),
                "text": translate(tell.language, GAP_TEXT[gap.reason]),
            }
            for gap in drawn.gaps
        ],
    }


def tiles_data(
    tell: Telling, span: TimeRange, tiles: Sequence[Mapping[str, Any]], *, left_out: bool = False
) -> dict[str, Any]:
    """Return what tiles in step need; each tile has `code`, `name`, `parts`, `gaps` and `ended_text`.

    With `left_out` those that are silent are known to be so because their sound was not asked for.
    """
    silent = {"no_sound": _SOUND_LEFT_OUT} if left_out else {}
    texts = _said(tell, {**_TIMELINE, **_TILES, **silent}) | {"decimal": "," if tell.language == "vi" else "."}
    return {**zone_of(tell, span), **bounds(tell, span), "texts": texts, "tiles": list(tiles)}


def zone_of(tell: Telling, span: TimeRange) -> dict[str, int]:
    offset = tell.moment(span.start_us).utcoffset()
    return {"offset_minutes": 0 if offset is None else int(offset.total_seconds() // 60)}


def bounds(tell: Telling, part: TimeRange) -> dict[str, str]:
    return {"from": format_instant(part.start_us, tell.zone), "to": format_instant(part.end_us, tell.zone)}
