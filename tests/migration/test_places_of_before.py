"""Cameras that were registered before addresses were judged are recorded wherever they are, and no new one is."""

from pathlib import Path

import sqlalchemy as sa

from migrations.runner import is_current, upgrade
from tests.support.databases import older_catalogue

BEFORE = "0016"
ROWS = (
    "INSERT INTO unit (id, code, name, folded_name, kind, valid_from_us) VALUES (1, 'A', 'A', 'a', 'khu', 0)",
    "INSERT INTO camera (id, code, name, folded, status, registered_us, revision) VALUES (1, 'C1', 'C', 'c', 'active', 0, 1)",
    "INSERT INTO stream (id, camera_id, kind, ordinal, address) VALUES (1, 1, 'main', 0, 'rtsp://127.0.0.1:8554/a')",
    "INSERT INTO stream (id, camera_id, kind, ordinal) VALUES (2, 1, 'main', 1)",
)
NEW = "INSERT INTO stream (id, camera_id, kind, ordinal, address) VALUES (3, 1, 'sub', 0, 'rtsp://127.0.0.1:8554/b')"


def test_what_was_recorded_stays_recorded(engine: sa.Engine, data_dir: Path) -> None:
    with older_catalogue(engine, data_dir, BEFORE) as older:
        with older.begin() as connection:
            for row in ROWS:
                connection.execute(sa.text(row))
        upgrade(older)
        assert is_current(older)
        with older.begin() as connection:
            connection.execute(sa.text(NEW))
            found = connection.execute(sa.text("SELECT id, anywhere FROM stream ORDER BY id")).all()
            units = connection.execute(sa.text("SELECT phone, contact FROM unit")).all()
    assert [tuple(row) for row in found] == [(1, 1), (2, 0), (3, 0)]
    assert [tuple(row) for row in units] == [(None, None)]
