"""`matpho hold`: keep footage at once, renew, release, list. Whoever may run commands here may do all of it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from api.rest.holds import one, told
from api.service import Service
from camera_registry.areas import AreaNotUsable
from camera_registry.sight import Place
from extract.held_cameras import Area, Around, Cameras, Where
from extract.keeping import Order, keep, refusals_told, renew
from foundation.database import unit_of_work
from foundation.errors import N_
from foundation.identity import COMMAND_LINE
from foundation.language import translate
from foundation.timebase import TimeRange
from ingest.index.hold_lists import orders
from ingest.index.hold_orders import Placer, answers_of, release_order
from matpho.output import INSTANT, NOTHING_FOUND, PARTIAL, columns, json_option, say, span_options
from matpho.service import build

_MOST = 1000


@click.group()
def hold() -> None:
    """Footage that is kept though its time is over."""


@hold.command("place")
@click.option("--camera", "codes", multiple=True, metavar="CODE", help="Several times for several cameras.")
@click.option("--at", "place", metavar="LAT,LON", help="Cameras that could see this place then, or may have.")
@click.option("--radius", default=30.0, show_default=True, type=click.FloatRange(0, 2000), help="Of --at, in metres.")
@click.option("--include-blind", is_flag=True, help="Of --at: also cameras near it that do not see it.")
@click.option(
    "--area", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="GeoJSON Polygon or MultiPolygon."
)
@span_options
@click.option("--why", required=True, help="What it is for.")
@click.option("--case", "case_number", help="Number of the case.")
@click.option("--until", "until_us", type=INSTANT, help="When it expires; in 30 days when left out.")
@json_option
def hold_place(
    codes: tuple[str, ...],
    place: str | None,
    radius: float,
    include_blind: bool,
    area: Path | None,
    start_us: int,
    end_us: int,
    why: str,
    case_number: str | None,
    until_us: int | None,
    as_json: bool,
) -> None:
    """Keep footage of cameras, of those about a place, or of those in an area; tell of each what that keeps.

    Exit code 4 when some of the time is gone or was not recorded.
    """
    if sum(map(bool, (codes, place, area))) != 1:
        raise click.UsageError("give exactly one of --camera, --at and --area")
    service, where = build(), _where(codes, place, radius, include_blind, area)
    order = Order(where, TimeRange(start_us, end_us), why, case_number, until_us)
    with (
        refusals_told(service.engine, service.clock, COMMAND_LINE, "place", "", **where.named()),
        unit_of_work(service.engine) as session,
    ):
        made, found = keep(session, service.clock, COMMAND_LINE, Placer(), order)
    body = one(made, found, service.clock.now_us(), service.zone)
    say(as_json, body, _lines(service, body))
    if any(item["gone"] or item["not_recorded"] for item in body["cameras"]):
        sys.exit(PARTIAL)


def _where(codes: tuple[str, ...], place: str | None, radius: float, blind: bool, area: Path | None) -> Where:
    if place is not None:
        try:
            lat, lon = (float(part) for part in place.split(","))
        except ValueError:
            raise click.BadParameter("write LAT,LON, for example 10.7769,106.7009", param_hint="--at") from None
        return Around(Place(lat, lon, radius), blind)
    if area is not None:
        try:
            geometry = json.loads(area.read_text(encoding="utf-8"))
        except ValueError as error:
            raise AreaNotUsable from error
        if not isinstance(geometry, dict):
            raise AreaNotUsable
        return Area(geometry)
    return Cameras(codes)


@hold.command("list")
@click.option("--all", "ended", is_flag=True, help="Also those that expired or were released.")
@json_option
def hold_list(ended: bool, as_json: bool) -> None:
    """List holds, first what expires first."""
    service = build()
    now_us = service.clock.now_us()
    with unit_of_work(service.engine, writes=False) as session:
        found = orders(session, now_us, ended=ended, limit=_MOST)
    body = [told(order, now_us, service.zone) for order in found]
    rows = [
        [one["id"], one["state"], one["expires"], str(one["count"]), one["placed_by"], one["case"] or "-", one["why"]]
        for one in body
    ]
    say(as_json, body, columns(rows))
    if not body:
        sys.exit(NOTHING_FOUND)


@hold.command("renew")
@click.argument("hold_id", metavar="ID")
@click.option("--until", "until_us", type=INSTANT, help="When it expires; in 30 days when left out.")
@json_option
def hold_renew(hold_id: str, until_us: int | None, as_json: bool) -> None:
    """Let a hold last longer; one that has expired cannot be renewed."""
    service = build()
    with (
        refusals_told(service.engine, service.clock, COMMAND_LINE, "renew", hold_id),
        unit_of_work(service.engine) as session,
    ):
        order = renew(session, service.clock, COMMAND_LINE, hold_id, until_us)
        now_us = service.clock.now_us()
        body = one(order, answers_of(session, order, now_us), now_us, service.zone)
    say(as_json, body, _lines(service, body))


@hold.command("release")
@click.argument("hold_id", metavar="ID")
@json_option
def hold_release(hold_id: str, as_json: bool) -> None:
    """Release a hold: retention may delete what it kept."""
    service = build()
    with (
        refusals_told(service.engine, service.clock, COMMAND_LINE, "release", hold_id),
        unit_of_work(service.engine) as session,
    ):
        released = release_order(session, service.clock, COMMAND_LINE, hold_id)
    text = N_("The hold {id} is released") if released else N_("The hold {id} had ended before")
    say(as_json, {"id": hold_id, "released": released}, [translate(service.settings.language, text, id=hold_id)])


def _lines(service: Service, body: dict[str, Any]) -> Iterator[str]:
    language = service.settings.language
    yield translate(language, N_("Hold {id}, until {time}"), id=body["id"], time=body["expires"])
    texts = {
        "kept": N_("kept"),
        "gone": N_("gone before"),
        "not_recorded": N_("not recorded"),
        "future": N_("kept as it comes"),
    }
    for item in body["cameras"]:
        yield item["camera"]
        parts = [(part, name) for name in ("kept", "gone", "not_recorded") for part in item[name]]
        parts += [(item["future"], "future")] if item["future"] else []
        for part, name in sorted(parts, key=lambda told: str(told[0]["from"])):
            yield f"    {part['from']}  {part['to']}  {translate(language, texts[name])}"
