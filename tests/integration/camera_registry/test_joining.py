"""A camera that comes into a unit whose end is planned goes on in what takes over from it, and one that leaves does not."""

import pytest
import sqlalchemy as sa
from sqlmodel import col

from camera_registry.cameras import edit_camera, get_camera, unit_of
from camera_registry.splits import Part, split
from camera_registry.tables import Camera, Unit
from camera_registry.units import UnitSpec, get_unit, succeed
from foundation.database import unit_of_work
from tests.support.registry import Registry

DAY = 86_400_000_000
UNITS = "code,name,kind\nA,A,khu\nB,B,khu\n"
HEAD = "code,unit,lat,lon\n"


@pytest.fixture
def planned(registry: Registry) -> Registry:
    """A is to become A (west) and A-2 (east) in two days."""
    registry.units(UNITS)
    registry.cameras(f"{HEAD}W,A,10.77,106.66\nE,A,10.77,106.68\n")
    with unit_of_work(registry.engine) as session:
        west, east = (get_camera(session, code).id or 0 for code in ("W", "E"))
        parts = [
            Part(UnitSpec("A", "Tây", "khu"), frozenset({west})),
            Part(UnitSpec("A-2", "Đông", "khu"), frozenset({east})),
        ]
        split(session, registry.clock, registry.actor, "A", parts, registry.clock.now_us() + 2 * DAY)
    return registry


def where(registry: Registry, code: str, later_us: int) -> str | None:
    with unit_of_work(registry.engine, writes=False) as session:
        camera = session.execute(sa.select(Camera).where(col(Camera.code) == code)).scalar_one()
        assert camera.id is not None
        found = unit_of(session, camera.id, registry.clock.now_us() + later_us)
        unit = None if found is None else session.get(Unit, found)
        return None if unit is None else unit.name


def move(registry: Registry, code: str, unit: str | None) -> None:
    with unit_of_work(registry.engine) as session:
        revision = get_camera(session, code).revision
        edit_camera(session, registry.clock, registry.vault, registry.actor, code, revision, {"unit": unit})


def test_one_that_is_registered_meanwhile_goes_to_the_part_of_the_nearest_camera(planned: Registry) -> None:
    planned.clock.advance(DAY)
    planned.cameras(f"{HEAD}N1,A,10.77,106.662\nN2,A,10.771,106.679\n")
    assert [where(planned, code, 0) for code in ("N1", "N2")] == ["A", "A"]
    assert [where(planned, code, DAY) for code in ("N1", "N2", "W", "E")] == ["Tây", "Đông", "Tây", "Đông"]


def test_one_that_is_moved_in_goes_along_and_one_that_is_moved_out_does_not_come_back(planned: Registry) -> None:
    planned.cameras(f"{HEAD}B1,B,10.77,106.679\n")
    planned.clock.advance(1)
    move(planned, "B1", "A")
    move(planned, "E", "B")
    assert [where(planned, code, 1) for code in ("B1", "E")] == ["A", "B"]
    assert [where(planned, code, 2 * DAY) for code in ("B1", "E")] == ["Đông", "B"]
    move(planned, "W", None)
    assert [where(planned, "W", later) for later in (1, 2 * DAY)] == [None, None]


def test_it_follows_through_a_second_change(planned: Registry) -> None:
    with unit_of_work(planned.engine) as session:
        at_us = planned.clock.now_us() + 4 * DAY
        succeed(session, planned.clock, planned.actor, ["A-2", "B"], UnitSpec("C", "Chung", "khu"), at_us)
    planned.cameras(f"{HEAD}N2,A,10.77,106.679\n")
    assert [where(planned, "N2", days * DAY) for days in (0, 1, 3, 5)] == ["A", "A", "Đông", "Chung"]
    assert planned.read(get_unit, "C", planned.clock.now_us() + 5 * DAY).name == "Chung"
