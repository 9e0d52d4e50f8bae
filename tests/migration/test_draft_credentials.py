"""Registrations that were begun before passwords in them were sealed go on, without the address that had one in it."""

import json
from pathlib import Path

import sqlalchemy as sa

from migrations.runner import is_current, upgrade
from tests.support.databases import older_catalogue

BEFORE = "0014"
DRAFTS = {
    "a": {"name": "Chợ cũ", "source": "rtsp://admin:q7s3cret@10.0.0.9/live"},
    "b": {"name": "Cổng trường", "source": "rtsp://10.0.0.9/live"},
    "c": {"name": "Hẻm 9"},
}


def test_no_password_stays_in_plain_words(engine: sa.Engine, data_dir: Path) -> None:
    with older_catalogue(engine, data_dir, BEFORE) as older:
        with older.begin() as connection:
            for draft, fields in DRAFTS.items():
                row = sa.text(
                    "INSERT INTO camera_draft (id, person_id, fields, updated_us) VALUES (:id, 'p', :fields, 0)"
                )
                connection.execute(row, {"id": draft, "fields": json.dumps(fields)})
        upgrade(older)
        assert is_current(older)
        with older.connect() as connection:
            kept = connection.execute(
                sa.text("SELECT id, fields, sealed_credentials FROM camera_draft ORDER BY id")
            ).all()
    assert [(row[0], json.loads(row[1])) for row in kept] == [
        ("a", {"name": "Chợ cũ"}),
        ("b", DRAFTS["b"]),
        ("c", DRAFTS["c"]),
    ]
    assert {row[2] for row in kept} == {None}
