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


TAKEN_BACK = (
    *ROWS[-1:],
    "INSERT INTO person (id, sign_in, full_name, created_us) VALUES ('q', 'minh', 'Minh', 0)",
    *(
        "INSERT INTO footage_request (id, bundle_id, person_id, state, purpose, case_number, why, start_us, end_us, created_us,"
        " submitted_us, decide_by_us, decided_us, decided_how, decided_by, note)"
        f" VALUES ('{key}', '{key}', 'p', '{state}', 'traffic', 'VA-1', '', 0, 9, 1, 1, 99, 50, 'person', 'q', 'sai')"
        for key, state in (("back", "refused"), ("refused", "refused"), ("seen", "approved"))
    ),
    *(
        "INSERT INTO footage_grant (id, request_id, person_id, purpose, start_us, end_us, from_us, until_us, downloads,"
        f" used, pre_roll, ended_us) VALUES ('{key}', '{key}', 'p', 'traffic', 0, 9, 20, 80, 5, 0, 0, {ended})"
        for key, ended in (("back", "50"), ("seen", "NULL"))
    ),
)


def test_what_was_taken_back_before_is_told_as_that(engine: sa.Engine, data_dir: Path) -> None:
    with older_catalogue(engine, data_dir, "0018") as older:
        with older.begin() as connection:
            for row in TAKEN_BACK:
                connection.execute(sa.text(row))
        upgrade(older)
        assert is_current(older)
        with older.connect() as connection:
            question = "SELECT id, decided_us, decided_by, note, taken_back_us, taken_back_by, taken_back_note"
            found = connection.execute(sa.text(f"{question} FROM footage_request ORDER BY id")).all()
    assert [tuple(row) for row in found] == [
        ("back", 20, None, "", 50, "q", "sai"),
        ("refused", 50, "q", "sai", None, None, None),
        ("seen", 50, "q", "sai", None, None, None),
    ]
