"""Holds: footage kept at once and without approval, renewed, released, told of."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query
from fastapi.responses import Response

from api.holding import must_end, placer_of, whose
from api.rest.bodies import JSON_LIMIT_BYTES
from api.schemas.hold import Hold, HoldAsked, HoldRenewed, Holds
from api.schemas.problem import problems
from api.wiring import Asking, Serving, answer
from camera_registry.sight import Place
from extract.held_cameras import Area, Around, Cameras, Where
from extract.keeping import Order, keep, refusals_told, renew
from foundation.database import unit_of_work
from foundation.timebase import TimeRange, format_instant
from ingest.index.hold_lists import orders
from ingest.index.hold_orders import OrderRecord, answers_of, get_order, release_order
from ingest.index.holds import HoldAnswer

router = APIRouter(prefix="/api/v1/holds", tags=["holds"])

_CREATED: dict[int | str, dict[str, Any]] = {201: {"headers": {"Location": {"schema": {"type": "string"}}}}}
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="The same key, person and body again is the same hold, told as of now; with another body it is 409",
    ),
]


@router.post(
    "",
    status_code=201,
    max_body_size=JSON_LIMIT_BYTES,
    response_model=Hold,
    responses={**_CREATED, **problems(404, 409, 413)},
)
def place_hold(service: Serving, asker: Asking, asked: HoldAsked, key: Key = None) -> Response:
    """Keep footage of any cameras: recorded, and to come. The answer tells of each what is kept, gone and not recorded."""
    where = _where(asked)
    order = Order(where, TimeRange(asked.from_, asked.to), asked.why, asked.case, asked.until)
    named = {**where.named(), "from_us": asked.from_, "to_us": asked.to}
    with (
        refusals_told(service.engine, service.clock, asker.actor, "place", "", **named),
        unit_of_work(service.engine) as session,
    ):
        made, told = keep(session, service.clock, asker.actor, placer_of(asker), order, key)
    body = one(made, told, service.clock.now_us(), service.zone)
    return answer(body, 201, {"Location": f"{router.prefix}/{made.id}"})


def _where(asked: HoldAsked) -> Where:
    if asked.cameras is not None:
        return Cameras(tuple(asked.cameras))
    if asked.place is not None:
        place = asked.place
        return Around(Place(place.lat, place.lon, place.radius_m), place.include_blind)
    assert asked.area is not None
    return Area(asked.area.model_dump())


@router.get("", response_model=Holds, responses=problems())
def list_holds(
    service: Serving,
    asker: Asking,
    ended: Annotated[bool, Query(description="Also those that expired or were released")] = False,
    after: Annotated[str | None, Query(max_length=40, description="Cursor, from `next`")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """One's own holds; for supervisors also those placed from their units or for cameras in them. First what expires first."""
    now_us = service.clock.now_us()
    with unit_of_work(service.engine, writes=False) as session:
        found = orders(session, now_us, whose=whose(session, asker), ended=ended, after=after, limit=limit + 1)
    page = found[:limit]
    body = {
        "holds": [told(order, now_us, service.zone) for order in page],
        "next": page[-1].id if len(found) > limit else None,
    }
    return answer(body)


@router.get("/{hold_id}", response_model=Hold, responses=problems(404))
def read_hold(service: Serving, hold_id: str) -> Response:
    """A hold, and of each camera what is there, gone, not recorded and to come by now."""
    now_us = service.clock.now_us()
    with unit_of_work(service.engine, writes=False) as session:
        order = get_order(session, hold_id)
        found = answers_of(session, order, now_us)
    return answer(one(order, found, now_us, service.zone))


@router.post("/{hold_id}/renew", max_body_size=JSON_LIMIT_BYTES, response_model=Hold, responses=problems(404, 409, 413))
def renew_hold(
    service: Serving, asker: Asking, hold_id: str, asked: Annotated[HoldRenewed | None, Body()] = None
) -> Response:
    """Let a hold last longer. One that has expired cannot be renewed: what it kept may be gone."""
    until_us = None if asked is None else asked.until
    with (
        refusals_told(service.engine, service.clock, asker.actor, "renew", hold_id),
        unit_of_work(service.engine) as session,
    ):
        must_end(session, asker, get_order(session, hold_id))
        order = renew(session, service.clock, asker.actor, hold_id, until_us)
        now_us = service.clock.now_us()
        found = answers_of(session, order, now_us)
    return answer(one(order, found, now_us, service.zone))


@router.delete("/{hold_id}", status_code=204, response_class=Response, responses=problems(404))
def release_hold(service: Serving, asker: Asking, hold_id: str) -> Response:
    """Release a hold: retention may delete what it kept. One that has ended stays as it is."""
    with (
        refusals_told(service.engine, service.clock, asker.actor, "release", hold_id),
        unit_of_work(service.engine) as session,
    ):
        must_end(session, asker, get_order(session, hold_id))
        release_order(session, service.clock, asker.actor, hold_id)
    return Response(status_code=204)


def told(order: OrderRecord, now_us: int, zone: tzinfo) -> dict[str, Any]:
    """Return a hold as JSON, for this call and the command line."""
    released_us = order.released_us
    return {
        "id": order.id,
        "state": order.state(now_us),
        **_bounds(order.span, zone),
        "expires": format_instant(order.until_us, zone),
        "placed": format_instant(order.created_us, zone),
        "placed_by": order.created_by,
        "released": None if released_us is None else format_instant(released_us, zone),
        "why": order.why,
        "case": order.case_number,
        "asked": order.asked,
        "count": order.cameras,
    }


def one(order: OrderRecord, found: Sequence[HoldAnswer], now_us: int, zone: tzinfo) -> dict[str, Any]:
    """Return a hold with what it means of each camera. Of a camera only its code: it may be out of reach."""
    cameras = [
        {
            "camera": item.camera,
            "kept": [_bounds(part, zone) for part in item.kept],
            "gone": [_bounds(part, zone) for part in item.gone],
            "not_recorded": [_bounds(part, zone) for part in item.not_recorded],
            "future": None if item.future is None else _bounds(item.future, zone),
        }
        for item in found
    ]
    return {**told(order, now_us, zone), "as_of": format_instant(now_us, zone), "cameras": cameras}


def _bounds(part: TimeRange, zone: tzinfo) -> dict[str, str]:
    return {"from": format_instant(part.start_us, zone), "to": format_instant(part.end_us, zone)}
