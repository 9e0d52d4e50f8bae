"""A hold that is sent twice at once is one hold, in whatever order the two take their steps."""

import random
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col

from extract.held_cameras import Cameras
from extract.keeping import Order, keep
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE, Actor
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange
from ingest.index.hold_orders import HoldKeyTaken, Placer
from ingest.index.tables import Hold, HoldOrder
from people.accounts import add_person
from tests.conftest import NOW_US
from tests.support.interleaving import Stage
from tests.support.kept_footage import MINUTE, Ward


@pytest.fixture
def ward(engine: sa.Engine, store: LocalFiles, clock: ManualClock, data_dir: Path, actor: Actor) -> Ward:
    return Ward(engine, store, clock, data_dir, actor)


def test_the_same_key_twice_at_once_is_one_hold(ward: Ward) -> None:
    eye, chance = ward.camera(), random.Random(3)
    with unit_of_work(ward.engine) as session:
        placer = Placer(add_person(session, ward.clock, COMMAND_LINE, "officer", "").id)

    def place(key: str, why: str) -> str | None:
        order = Order(Cameras((eye.code,)), TimeRange(NOW_US - MINUTE, NOW_US), why)
        try:
            with unit_of_work(ward.engine) as session:
                return keep(session, ward.clock, ward.actor, placer, order, key)[0].id
        except HoldKeyTaken:
            return None

    with Stage(ward.engine).set_up() as stage:
        for number in range(30):
            key = f"key-{number}"
            works = {
                "first": lambda key=key: place(key, "x"),
                "second": lambda key=key: place(key, "x"),
                "other": lambda key=key: place(key, "y"),
            }
            told = stage.play(works, chance.choice).outcomes
            assert told["first"] == told["second"]
            assert (told["first"] is None) != (told["other"] is None)
    assert ward.ask(lambda session: session.execute(sa.select(sa.func.count(col(HoldOrder.id)))).scalar_one()) == 30
    assert ward.ask(lambda session: session.execute(sa.select(sa.func.count(col(Hold.id)))).scalar_one()) == 30
