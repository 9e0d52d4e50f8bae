"""Who sees a point, by the tree and by plain trigonometry over all cameras: no camera more and none less."""

import math
import random
from pathlib import Path

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from camera_registry.sight import NEAR_M, Place, who_sees
from foundation.database import unit_of_work
from foundation.timebase import TimeRange
from tests.support.audited_ward import BEGIN, HOUR, ORIGIN, Eye, add_eye, add_unit

SPAN = TimeRange(BEGIN, BEGIN + HOUR)
CLEAR_M = 0.2
"""Nearer to the edge of a view than this the polygon, whose arc is made of chords, may differ from the circle."""


def ward(engine: sa.Engine, seed: int) -> list[Eye]:
    dice = random.Random(seed)
    eyes = []
    for number in range(60):
        eye = Eye(
            dice.uniform(-300, 300),
            dice.uniform(-300, 300),
            bearing=None if dice.random() < 0.1 else dice.uniform(0, 360),
            angle=dice.choice((20.0, 75.0, 90.0, 180.0, 270.0, 360.0)),
            reach=dice.uniform(10, 160),
            valid=dice.choice(((0, None), (0, BEGIN), (BEGIN + HOUR, None), (BEGIN + 1, None))),
        )
        add_eye(engine, f"C{number}", eye)
        eyes.append(eye)
    return eyes


def judged(eye: Eye, x: float, y: float) -> bool | None:
    """Return whether the eye sees the point, None where it is too near to the edge to tell."""
    if eye.valid[0] >= SPAN.end_us or (eye.valid[1] is not None and eye.valid[1] <= SPAN.start_us):
        return False
    if eye.bearing is None or eye.angle is None:
        return False
    east, north = x - eye.x, y - eye.y
    distance = math.hypot(east, north)
    off = abs((math.degrees(math.atan2(east, north)) - eye.bearing + 180) % 360 - 180)
    over = math.radians(off - eye.angle / 2)
    beside = 360.0 if eye.angle >= 360 else distance * (math.sin(abs(over)) if abs(over) < math.pi / 2 else 1)
    if abs(distance - eye.reach) < CLEAR_M or (beside < CLEAR_M and distance < eye.reach + CLEAR_M):
        return None
    return distance < eye.reach and (eye.angle >= 360 or over < 0)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(-320, 320), st.floats(-320, 320))
def test_the_tree_finds_whom_trigonometry_finds(sqlite_engine: sa.Engine, data_dir: Path, x: float, y: float) -> None:
    eyes = _WARDS.get(sqlite_engine)
    if eyes is None:
        add_unit(sqlite_engine, "KP1", None)
        eyes = _WARDS[sqlite_engine] = ward(sqlite_engine, 11)
    with unit_of_work(sqlite_engine, writes=False) as session:
        sights = {sight.camera.code: sight for sight in who_sees(session, Place(*ORIGIN.to_degrees(x, y)), SPAN)}
    for number, eye in enumerate(eyes):
        code, wanted = f"C{number}", judged(eye, x, y)
        if wanted is not None:
            assert (code in sights and sights[code].sees) is wanted, code
        distance = math.hypot(x - eye.x, y - eye.y)
        if distance < max(NEAR_M, eye.reach) - 1:
            assert code in sights
            assert abs(sights[code].distance_m - distance) < 0.05
            assert sights[code].reasons


_WARDS: dict[sa.Engine, list[Eye]] = {}
