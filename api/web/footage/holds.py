"""Keeping footage by a form: at once, of what was selected; the list of what is kept; longer, or no longer."""

import hashlib
import json

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.asking import Asker
from api.holding import must_end, placer_of, whose
from api.service import Service
from api.web.frame.forms import FORM_LIMIT_BYTES, LONG_FORM_LIMIT_BYTES, Fields, fields_of, go
from api.web.frame.selection import back_to_result, selection_of
from api.web.frame.shell import show
from api.web.frame.words import read_span
from api.wiring import Asking, Serving
from extract.held_cameras import Cameras
from extract.keeping import DAY_US, HOLD_DAYS, Order, keep, refusals_told, renew
from foundation.database import unit_of_work
from foundation.errors import MatPhoError
from foundation.timebase import ToldInstant
from ingest.index.hold_lists import orders
from ingest.index.hold_orders import HoldNotLonger, OrderRecord, answers_of, cameras_of, get_order, release_order
from ingest.index.holds import held_until
from people.rights import Right

router = APIRouter(include_in_schema=False)
_MOST_FIELDS = 600


@router.get("/holds")
def holds_page(request: Request, service: Serving, asker: Asking) -> Response:
    """What is kept, first what expires first; with `?hold=` what that means of each camera."""
    return _page(request, service, asker, request.query_params.get("hold", ""))


def _page(
    request: Request, service: Service, asker: Asker, one: str = "", error: MatPhoError | None = None
) -> Response:
    now = service.clock.now_us()
    with unit_of_work(service.engine, writes=False) as session:
        found = orders(session, now, whose=whose(session, asker))
        chosen = next((order for order in found if order.id == one), None)
        told = [] if chosen is None else answers_of(session, chosen, now)
        renewable = {order.id for order in found if may_renew(order, now)}
        may_ask = asker.may(Right.REQUEST_MAKE, "somewhere")
    more = {
        "answers": told,
        "renewable": renewable,
        "may_ask": may_ask,
        "longer_us": HOLD_DAYS * DAY_US,
        "day_us": DAY_US,
    }
    return show(request, "holds.html", error, orders=found, chosen=chosen, **more)


@router.post("/holds", max_body_size=LONG_FORM_LIMIT_BYTES)
async def place(request: Request, service: Serving, asker: Asking) -> Response:
    form = await fields_of(request, most=_MOST_FIELDS)
    return await run_sync(_place, request, service, asker, form)


def _place(request: Request, service: Service, asker: Asker, form: Fields) -> Response:
    selection = selection_of(form, form.all("camera"))
    if not selection.cameras:
        return go(back_to_result(form))
    try:
        with refusals_told(service.engine, service.clock, asker.actor, "place", ""):
            now = service.clock.now_us()
            span = read_span(
                selection.day, selection.begin, selection.end, service.zone, now, end_day=selection.end_day
            )
            order = Order(Cameras(selection.cameras), span, form.text("why"))
            with unit_of_work(service.engine) as session:
                made = _kept_once(session, service, asker, order)
    except MatPhoError as error:
        return _page(request, service, asker, error=error)
    return go(f"/holds?done=kept&hold={made.id}")


def _kept_once(session: Session, service: Service, asker: Asker, order: Order) -> OrderRecord:
    """Return the hold of just this that this person has, a new one where there is none: going back and sending again makes no second."""
    asked = [order.of.as_dict(), order.span.start_us, order.span.end_us, order.why]
    key = "form-" + hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:32]
    while True:
        made, _ = keep(session, service.clock, asker.actor, placer_of(asker), order, key)
        if made.state(service.clock.now_us()) == "held":
            return made
        key = f"form-{made.id}"  # it was ended since: that a new one is wanted is meant


@router.post("/holds/{hold_id}/renew", max_body_size=FORM_LIMIT_BYTES)
async def renew_it(request: Request, service: Serving, asker: Asking, hold_id: str) -> Response:
    await fields_of(request)
    return await run_sync(_end, request, service, asker, hold_id, "renew")


@router.post("/holds/{hold_id}/release", max_body_size=FORM_LIMIT_BYTES)
async def release_it(request: Request, service: Serving, asker: Asking, hold_id: str) -> Response:
    await fields_of(request)
    return await run_sync(_end, request, service, asker, hold_id, "release")


def _end(request: Request, service: Service, asker: Asker, hold_id: str, act: str) -> Response:
    try:
        with (
            refusals_told(service.engine, service.clock, asker.actor, act, hold_id),
            unit_of_work(service.engine) as session,
        ):
            order = get_order(session, hold_id)
            must_end(session, asker, order)
            if act == "renew":
                if not may_renew(order, service.clock.now_us()):
                    raise HoldNotLonger(until=ToldInstant(order.until_us))
                renew(session, service.clock, asker.actor, hold_id)
                done = "renewed"
            else:
                release_order(session, service.clock, asker.actor, hold_id)
                ids = cameras_of(session, hold_id)
                others = held_until(session, ids, order.span, service.clock.now_us())
                done = "released_kept" if any(others.values()) else "released"
    except MatPhoError as error:
        return _page(request, service, asker, error=error)
    return go(f"/holds?done={done}" + (f"&hold={hold_id}" if act == "renew" else ""))


def may_renew(order: OrderRecord, now_us: int) -> bool:
    """Whether renewing makes a difference that anybody would notice: a day at least."""
    return now_us + HOLD_DAYS * DAY_US >= order.until_us + DAY_US
