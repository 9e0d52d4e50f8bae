"""`matpho recording`: which cameras record at the moment, which do not, and why."""

import sys
from collections.abc import Iterator, Sequence
from datetime import tzinfo

import click

from api.rest.recording import as_dict
from extract.coverage.table import say_value
from foundation.database import unit_of_work
from foundation.errors import N_
from foundation.language import Language, translate
from foundation.timebase import MICROSECONDS, format_instant
from ingest.index.status import CameraState, CameraStatus, recording_status, summary_of
from matpho.output import NOTHING_FOUND, columns, json_option, say
from matpho.service import build

_HEADINGS = (
    *(N_("Camera"), N_("Name"), N_("Frames/s"), N_("Mbps"), N_("Last frame"), N_("Lag, s"), N_("Reconnects")),
    *(N_("MB today"), N_("Lost packets"), N_("Damaged frames"), N_("State")),
)


@click.command()
@json_option
def recording(as_json: bool) -> None:
    """Tell which live cameras record at the moment, which do not, and why."""
    service = build()
    now_us, language, zone = service.clock.now_us(), service.settings.language, service.zone
    with unit_of_work(service.engine, writes=False) as session:
        found = recording_status(session, now_us)
    say(as_json, as_dict(found, language, zone, now_us), table(found, language, zone))
    if not found:
        sys.exit(NOTHING_FOUND)


def table(found: Sequence[CameraStatus], language: Language, zone: tzinfo) -> Iterator[str]:
    """Yield a row for each camera, then how many record, and how many do not and why."""
    if not found:
        yield translate(language, N_("No active camera has a live source"))
        return
    rows = [[translate(language, heading) for heading in _HEADINGS]]
    rows += [_row(status, language, zone) for status in found]
    yield from columns(rows)
    yield ""
    summary = summary_of(found)
    text = N_("{recording} of {cameras} cameras record, {rate} Mbps together")
    rate = _number(summary.bits_per_s / 1e6, language)
    yield translate(language, text, recording=summary.recording, cameras=summary.cameras, rate=rate)
    for part in summary.not_recording:
        why = translate(language, part.example.text)
        yield translate(language, N_("{count} do not: {why}"), count=part.count, why=why)


def _row(status: CameraStatus, language: Language, zone: tzinfo) -> list[str]:
    told = translate(language, status.text)
    if status.state is not CameraState.RECORDING and status.detail:
        told = f"{told} ({say_value(status.detail, language)})"  # a camera's own words may be in it
    last_us = status.last_frame_us
    lag_us, today, bits = status.lag_us, status.bytes_today, status.bits_per_s
    return [
        status.code,
        say_value(status.name, language),
        _number(status.frames_per_s, language),
        _number(None if bits is None else bits / 1e6, language),
        "–" if last_us is None else format_instant(last_us - last_us % MICROSECONDS, zone),
        _number(None if lag_us is None else lag_us / MICROSECONDS, language),
        str(status.reconnects),
        _number(None if today is None else today / 1e6, language),
        str(status.lost_packets),
        str(status.damaged_frames),
        told,
    ]


def _number(value: float | None, language: Language) -> str:
    """Return a figure as people read it; Vietnamese writes the decimal comma."""
    if value is None:
        return "–"
    return f"{value:.1f}".replace(".", "," if language == "vi" else ".")
