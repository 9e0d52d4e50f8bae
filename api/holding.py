"""Who may see and end a hold: who placed it, and who oversees the unit it was placed from or the cameras it is for."""

from sqlmodel import Session

from api.asking import Asker
from api.service import Service
from camera_registry.cameras import units_of_cameras
from extract.keeping import refusals_told
from foundation.errors import N_, Forbidden
from ingest.index.hold_lists import Whose, units_placed_from
from ingest.index.hold_orders import OrderRecord, Placer, cameras_of, get_order
from ingest.index.holds import HoldUnknown
from people.rights import Right


class HoldNotYours(Forbidden):
    code = "hold_not_yours"
    message = N_("This hold was placed by somebody else")
    mend = N_("Ask them, or a supervisor whose role reaches all its cameras")


def placer_of(asker: Asker) -> Placer:
    assert asker.standing is not None
    return Placer(asker.standing.person_id, None if asker.by is None else asker.by.unit_id)


def whose(session: Session, asker: Asker) -> Whose:
    """Return which holds the asker may see in a list: the same as `hold_within` lets pass."""
    assert asker.standing is not None
    placed_from = frozenset(unit_id for unit_id in units_placed_from(session) if _oversees(asker, unit_id))
    return Whose(asker.standing.person_id, asker.reach(Right.HOLD_OVERSEE), placed_from)


def hold_within(service: Service, session: Session, asker: Asker, hold_id: str) -> None:
    """Raises `HoldUnknown`, also for a hold out of reach; of that there is an event."""
    order = get_order(session, hold_id)
    if _own(order, asker) or _oversees(asker, order.placer.unit_id):
        return
    units = units_of_cameras(session, cameras_of(session, hold_id), asker.now_us)
    if any(_oversees(asker, unit_id) for unit_id in units.values()):
        return
    with refusals_told(service.engine, service.clock, asker.actor, "read", hold_id):
        raise HoldUnknown(name=hold_id[:40])


def must_end(session: Session, asker: Asker, order: OrderRecord) -> None:
    """Judge who may renew or release: who placed it, and who oversees every one of its cameras. Raises `HoldNotYours`."""
    if _own(order, asker):
        return
    ids = cameras_of(session, order.id)
    units = units_of_cameras(session, ids, asker.now_us)
    if not all(_oversees(asker, units.get(camera_id)) for camera_id in ids):
        raise HoldNotYours


def _own(order: OrderRecord, asker: Asker) -> bool:
    return asker.standing is not None and order.placer.person_id == asker.standing.person_id


def _oversees(asker: Asker, unit_id: int | None) -> bool:
    return asker.may(Right.HOLD_OVERSEE, unit_id)
