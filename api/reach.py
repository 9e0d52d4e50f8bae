"""What lists and bodies name, judged: units and cameras within the reach of who asks."""

from collections.abc import Iterable

from sqlmodel import Session

from api.asking import Asker
from camera_registry.cameras import units_of_cameras
from camera_registry.units import UnitUnknown, get_unit
from foundation.errors import N_
from foundation.timebase import ToldInstant
from people.rights import Right


def unit_within(session: Session, asker: Asker, right: Right, code: str, *at_us: int) -> None:
    """Refuse a unit that is out of reach as one that is not there. The code is read as of the first instant that knows it."""
    unknown = UnitUnknown(what=N_("unit"), name=code[:80], at=ToldInstant(at_us[0]))
    for instant in at_us:
        try:
            unit = get_unit(session, code, instant)
        except UnitUnknown:
            continue
        if asker.may(right, unit.id):
            return
        raise unknown
    raise unknown


def must_into(session: Session, asker: Asker, code: str | None) -> None:
    """Refuse to put a camera into a unit that is out of reach, or into none, unless that is permitted everywhere."""
    if asker.may(Right.REGISTRY_WRITE, "everywhere"):
        return
    try:
        unit_id = None if code is None else get_unit(session, code, asker.now_us).id
    except UnitUnknown:
        unit_id = None
    asker.must(Right.REGISTRY_WRITE, unit_id)


def cameras_within(session: Session, asker: Asker, right: Right, camera_ids: Iterable[int]) -> frozenset[int]:
    """Return those of the cameras whose unit of today is within reach."""
    ids = frozenset(camera_ids)
    reach = asker.reach(right)
    if reach is None:
        return ids
    return frozenset(
        camera_id for camera_id, unit_id in units_of_cameras(session, ids, asker.now_us).items() if unit_id in reach
    )


def ever_within(asker: Asker, right: Right) -> frozenset[int] | None:
    """Return the units within reach and those that became them: what was asked of a ward stays with what it is today."""
    reach = asker.reach(right)
    return None if reach is None else asker.units.ever(reach, asker.now_us)
