"""What a clip truly contains, for people: what was asked and what is there, what is missing and why, and where each piece came from."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response

from access.grants import grant_of_clip
from access.listing import names_of
from access.stepping import get_request
from api.web.frame.shell import show
from api.wiring import Asking, Serving
from extract.clips import read_clip
from extract.hearing import sound_left_out
from foundation.database import unit_of_work
from foundation.errors import N_
from foundation.timebase import TimeRange, parse_instant
from ingest.index.reasons import gap_text

router = APIRouter(include_in_schema=False)
_MODE_TEXT: Mapping[str, str] = {
    "exact": N_("exact: plays the asked time; frames before it may be in the file, unseen"),
    "strict": N_("strict: nothing outside of the asked time is in the file"),
    "keyframe": N_("from the full picture before"),
}


def _span(told: dict[str, str]) -> TimeRange:
    return TimeRange(parse_instant(told["from"]), parse_instant(told["to"]))


@router.get("/clips/{clip_id}")
def receipt_page(request: Request, service: Serving, asker: Asking, clip_id: str) -> Response:
    """Show the receipt of a clip of one's own, in the zone of the street; programs read the same from the API."""
    assert asker.standing is not None
    with unit_of_work(service.engine, writes=False) as session:
        clip = read_clip(session, clip_id)
        grant = grant_of_clip(session, clip_id, asker.standing.person_id)
        assert grant is not None  # the gate let nobody else in
        case = get_request(session, grant.request_id).case_number
        maker = names_of(session, [grant.person_id])[grant.person_id]
        left_out = sound_left_out(session, clip)
        session.expunge(grant)
    receipt = clip.receipt
    clocks = {clock["run"]: clock for clock in receipt["clock"]}
    return show(
        request,
        "receipt.html",
        clip_id=clip_id,
        receipt=receipt,
        clip=clip,
        grant=grant,
        case=case,
        maker=maker,
        mode=_MODE_TEXT[clip.mode],
        left_out=left_out,
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
