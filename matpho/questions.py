"""Commands that ask: timeline and lookup."""

import sys
from collections.abc import Iterator
from typing import Any

import click

from api.service import Service
from camera_registry.cameras import get_camera, streams_of
from camera_registry.sight import Place
from extract.lookup import lookup as who_saw
from foundation.database import unit_of_work
from foundation.errors import N_
from foundation.language import translate
from foundation.timebase import TimeRange
from ingest.index.reasons import GAP_TEXT
from ingest.index.timeline import CameraTimeline
from ingest.index.timeline import timeline as timeline_of
from matpho.output import NOTHING_FOUND, columns, json_option, say, span_options, told_range, told_seconds
from matpho.service import build


@click.command()
@click.option("--camera", required=True)
@span_options
@json_option
def timeline(camera: str, start_us: int, end_us: int, as_json: bool) -> None:
    """Runs and gaps of one camera, with reasons."""
    service, span = build(), TimeRange(start_us, end_us)
    with unit_of_work(service.engine, writes=False) as session:
        found = get_camera(session, camera)
        assert found.id is not None
        code, registered = found.code, found.registered_us
        ids = [stream.id for stream in streams_of(session, [found.id]).get(found.id, []) if stream.id is not None]
        told = timeline_of(session, ids, span, service.clock.now_us(), registered)
    body = {
        "camera": code,
        **told_range(service, span),
        "recorded": [told_range(service, part) for part in told.recorded],
        "runs": [
            {
                **told_range(service, run.range),
                "clock_source": run.clock_source,
                "uncertainty_us": run.uncertainty_us,
                "import": run.import_id,
            }
            for run in told.runs
        ],
        "gaps": [{**told_range(service, gap.range), "reason": str(gap.reason)} for gap in told.gaps],
    }
    say(as_json, body, _timeline_lines(service, told))
    if not told.recorded:
        sys.exit(NOTHING_FOUND)


def _timeline_lines(service: Service, told: CameraTimeline) -> Iterator[str]:
    language = service.settings.language
    rows = [(part, translate(language, N_("recorded"))) for part in told.recorded]
    rows += [(gap.range, translate(language, GAP_TEXT[gap.reason])) for gap in told.gaps]
    spans = [(told_range(service, part), part, text) for part, text in sorted(rows)]
    yield from columns([[span["from"], span["to"], told_seconds(part.duration_us), text] for span, part, text in spans])


@click.command()
@click.option("--at", "place", required=True, metavar="LAT,LON")
@click.option("--radius", default=30.0, show_default=True, type=click.FloatRange(0, 2000), help="In metres.")
@span_options
@click.option("--include-blind", is_flag=True, help="Also cameras near it that do not see it, with the reasons.")
@json_option
def lookup(place: str, radius: float, start_us: int, end_us: int, include_blind: bool, as_json: bool) -> None:
    """Ask who saw a place at a time."""
    try:
        lat, lon = (float(part) for part in place.split(","))
    except ValueError:
        raise click.BadParameter("write LAT,LON, for example 10.7769,106.7009", param_hint="--at") from None
    service, span = build(), TimeRange(start_us, end_us)
    with unit_of_work(service.engine, writes=False) as session:
        found = who_saw(session, service.clock, Place(lat, lon, radius), span, include_blind=include_blind)
    body = found.as_dict(service.settings.language, service.zone)
    say(as_json, body, _sighting_lines(service, body))
    if not found.sightings:
        sys.exit(NOTHING_FOUND)


def _sighting_lines(service: Service, body: dict[str, Any]) -> Iterator[str]:
    language = service.settings.language
    if not body["sightings"]:
        yield translate(language, N_("No camera looks there at that time; --include-blind shows those nearby"))
    for item in body["sightings"]:
        camera, spent = item["camera"], item["coverage"]
        where = f"{camera['code']}  {camera['name']}"
        seen = told_seconds(spent["recorded_us"])
        yield translate(language, N_("{where}: {seen} recorded"), where=where, seen=seen)
        for reason in item["reasons"]:
            yield f"    {reason['text']}"
        spans = [(part, translate(language, N_("recorded"))) for part in spent["intervals"]]
        spans += [(gap, gap["text"]) for gap in item["gaps"]]
        for part, text in sorted(spans, key=lambda told: str(told[0]["from"])):
            yield f"    {part['from']}  {part['to']}  {text}"
        if item["overwritten_at"]:
            yield "    " + translate(language, N_("kept until {time}"), time=item["overwritten_at"])
