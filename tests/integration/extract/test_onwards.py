"""Which camera next: bounds of time that hold, cameras that lie that way, and what each recorded in its own window."""

import math

import pytest
import sqlalchemy as sa

from camera_registry.camera_import import import_cameras
from camera_registry.secrets import Vault
from camera_registry.views import LocalFrame
from extract.onwards import HALF_ANGLE_DEG, MANNERS, WINDING, MannerUnknown, Onward, onwards
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.timebase import MICROSECONDS, TimeRange

PLACE = (10.76, 106.66)
NORTH, EAST, SOUTH, WEST = 0, 90, 180, 270


@pytest.fixture
def street(engine: sa.Engine, clock: ManualClock, actor: Actor, tmp_path_factory: pytest.TempPathFactory) -> sa.Engine:
    """Cameras 120 m from the place in four directions that look back at it 40 m far, one at it, and one that looks nowhere."""
    frame = LocalFrame(*PLACE)
    lines = ["code,name,lat,lon,bearing_deg,hfov_deg,range_m,source,status"]
    for code, bearing in (("N", NORTH), ("E", EAST), ("S", SOUTH), ("W", WEST)):
        lat, lon = frame.to_degrees(120 * math.sin(math.radians(bearing)), 120 * math.cos(math.radians(bearing)))
        lines.append(f"{code},{code},{lat},{lon},{(bearing + 180) % 360},90,40,clips,active")
    lines.append(f"HERE,HERE,{PLACE[0]},{PLACE[1] - 0.0001},90,120,60,clips,active")
    lines.append(f"BLIND,BLIND,{PLACE[0]},{PLACE[1] + 0.0005},,,60,clips,active")
    vault = Vault.open(tmp_path_factory.mktemp("keys") / "camera.key")
    with unit_of_work(engine) as session:
        import_cameras(session, clock, vault, actor, "cameras.csv", "\n".join(lines).encode())
    return engine


def asked(engine: sa.Engine, clock: ManualClock, manner: str = "foot", **more: float) -> list[Onward]:
    now = clock.now_us()
    left = TimeRange(now - 600 * MICROSECONDS, now - 540 * MICROSECONDS)
    with unit_of_work(engine, writes=False) as session:
        return onwards(session, clock, PLACE, left, manner, **more)


def test_all_who_may_have_been_passed_each_in_its_own_time(street: sa.Engine, clock: ManualClock) -> None:
    found = asked(street, clock)
    assert {one.camera.code for one in found} == {"N", "E", "S", "W"}
    left = clock.now_us() - 600 * MICROSECONDS
    for one in found:
        assert one.distance_m == pytest.approx(80, abs=0.5)  # the view comes 40 m towards the place
        assert (one.arrives.start_us - left) / MICROSECONDS == pytest.approx(80 / MANNERS["foot"].fastest, rel=0.01)
        latest = 60 + 80 * WINDING / MANNERS["foot"].slowest
        assert (one.arrives.end_us - left) / MICROSECONDS == pytest.approx(latest, rel=0.01)
        assert one.recorded_us == 0


@pytest.mark.parametrize(("bearing", "codes"), [(0, {"N"}), (45, {"N", "E"}), (250, {"W", "S"}), (359, {"N"})])
def test_only_those_that_lie_that_way(street: sa.Engine, clock: ManualClock, bearing: float, codes: set[str]) -> None:
    assert {one.camera.code for one in asked(street, clock, bearing_deg=bearing)} == codes
    assert HALF_ANGLE_DEG < 90


def test_nobody_is_farther_than_was_asked(street: sa.Engine, clock: ManualClock) -> None:
    assert asked(street, clock, reach_m=79.0) == []
    assert len(asked(street, clock, reach_m=81.0)) == 4


def test_the_faster_the_earlier_and_never_later(street: sa.Engine, clock: ManualClock) -> None:
    walked, driven = asked(street, clock, "foot"), asked(street, clock, "car")
    for slow, fast in zip(walked, driven, strict=True):
        assert fast.arrives.start_us < slow.arrives.start_us
        assert fast.arrives.end_us < slow.arrives.end_us


def test_a_manner_that_is_not_known_is_named(street: sa.Engine, clock: ManualClock) -> None:
    with pytest.raises(MannerUnknown):
        asked(street, clock, "flying")
