"""An import of before nobody compared a clock for, and what cameras said of theirs was said by nobody."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from foundation.database import unit_of_work
from ingest.index.recorder_clock import Comparison, comparisons_of, keep, last_seen
from ingest.index.tables import ClipImport
from migrations.runner import is_current, upgrade
from tests.support.databases import older_catalogue

_BEFORE = (
    (
        "INSERT INTO camera (id, code, name, folded, status, registered_us, revision) "
        "VALUES (1, 'C1', 'C1', 'c1', 'active', 0, 1)"
    ),
    "INSERT INTO stream (id, camera_id, kind, ordinal) VALUES (1, 1, 'clips', 0)",
    (
        "INSERT INTO clip_import (id, camera_id, stream_id, state, file_name, size_bytes, original_key, notices, created_us) "
        "VALUES ('I1', 1, 1, 'running', 'x.mp4', 0, 'k', '[]', 5)"
    ),
    "INSERT INTO clock_observation (camera_id, at_us, offset_us, uncertainty_us, source) VALUES (1, 7, 9, 3, 'rtcp')",
)


@pytest.fixture
def of_before(engine: sa.Engine, data_dir: Path) -> Iterator[sa.Engine]:
    """A catalogue of schema 0016 with an import and an observation in it."""
    with older_catalogue(engine, data_dir, "0016") as older:
        with unit_of_work(older) as session:
            for statement in _BEFORE:
                session.execute(sa.text(statement))
        yield older


def test_what_was_there_stays_and_can_be_compared(of_before: sa.Engine) -> None:
    upgrade(of_before)
    assert is_current(of_before)
    compared = Comparison(-5, 8, 1, "Bà Tư")
    with unit_of_work(of_before) as session:
        assert comparisons_of(session, ["I1"]) == {}
        assert last_seen(session, 1) == (Comparison(9, 7, 3), "rtcp")
        session.get_one(ClipImport, "I1").observation_id = keep(session, 1, compared)
    with unit_of_work(of_before, writes=False) as session:
        assert comparisons_of(session, ["I1"]) == {"I1": compared}
        assert last_seen(session, 1) == (compared, "compared")
