"""A catalogue of before requests and grants is taken over with what is in it, and owners are asked as they were: not at all."""

from pathlib import Path

import sqlalchemy as sa

from migrations.runner import is_current, upgrade
from tests.support.databases import older_catalogue

BEFORE = "0005"
ROWS = (
    "INSERT INTO unit (id, code, name, folded_name, kind, valid_from_us) VALUES (1, 'A', 'A', 'a', 'khu', 0)",
    "INSERT INTO camera (id, code, name, folded, status, registered_us, revision) VALUES (1, 'C1', 'C', 'c', 'active', 0, 1)",
    "INSERT INTO ownership (camera_id, owner_name, sound_agreed, valid_from_us) VALUES (1, 'Bà A', 1, 0)",
    "INSERT INTO hold (id, camera_id, start_us, end_us, created_us, created_by, why) VALUES ('h', 1, 0, 9, 0, 'x', '')",
    "INSERT INTO person (id, sign_in, full_name, created_us) VALUES ('p', 'lan', 'Lan', 0)",
)


def test_what_was_there_stays_and_owners_are_asked_as_before(engine: sa.Engine, data_dir: Path) -> None:
    with older_catalogue(engine, data_dir, BEFORE) as older:
        with older.begin() as connection:
            for row in ROWS:
                connection.execute(sa.text(row))
        upgrade(older)
        assert is_current(older)
        with older.connect() as connection:
            owner = connection.execute(sa.text("SELECT owner_name, sound_agreed, ask_owner FROM ownership")).one()
            counts = [connection.execute(sa.text(f"SELECT count(*) FROM {t}")).scalar_one() for t in ("hold", "person")]
    assert tuple(owner) == ("Bà A", 1, 0)
    assert counts == [1, 1]
