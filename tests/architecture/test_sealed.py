"""Whatever is sealed is declared, so that no rotation of keys forgets it."""

import re

import sqlalchemy as sa

from matpho.key_rotation import SEALED
from migrations.models import METADATA
from tests.architecture.test_layout import sources


def test_every_sealed_column_is_declared_and_bound_to_a_purpose_of_its_own() -> None:
    named = {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if column.name.startswith("sealed_")
    }
    assert named == {column.name for column in SEALED}
    assert len({column.purpose for column in SEALED}) == len(SEALED)
    assert all(len(sa.inspect(column.table).primary_key) == 1 for column in SEALED)


def test_nothing_is_sealed_but_through_a_declared_column() -> None:
    sealing = re.compile(r"\bvault\.(seal|unseal|unseal_all)\(")
    found = {f"{path.parent.name}/{path.name}" for path in sources() if sealing.search(path.read_text())}
    assert found == {"vault/column.py"}
