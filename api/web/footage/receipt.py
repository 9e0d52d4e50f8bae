"""What a clip truly contains, for people: what was asked and what is there, what is missing and why, and where each piece came from."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.web.frame.shell import show
from api.wiring import Serving
from extract.clips import read_clip
from foundation.database import unit_of_work
from foundation.timebase import TimeRange, parse_instant
from ingest.index.reasons import gap_text

router = APIRouter(include_in_schema=False)


def _span(told: dict[str, str]) -> TimeRange:
    return TimeRange(parse_instant(told["from"]), parse_instant(told["to"]))


@router.get("/clips/{clip_id}")
def receipt_page(request: Request, service: Serving, clip_id: str) -> Response:
    """Show the receipt of a clip of one's own, in the zone of the street; programs read the same from the API."""
    with unit_of_work(service.engine, writes=False) as session:
        receipt = read_clip(session, clip_id).receipt
    clocks = {clock["run"]: clock for clock in receipt["clock"]}
    return show(
        request,
        "receipt.html",
        clip_id=clip_id,
        receipt=receipt,
        asked=_span(receipt["asked"]),
        delivered=_span(receipt["delivered"]),
        gaps=[(_span(gap), gap_text(gap["reason"])) for gap in receipt["gaps"]],
        hidden=[
            (TimeRange(parse_instant(roll["first"]), parse_instant(roll["last"])), roll["frames"])
            for part in receipt["parts"]
            for roll in part["hidden"]
        ],
        pieces=[(_span(one), one, clocks.get(one["run"])) for one in receipt["segments"]],
    )
