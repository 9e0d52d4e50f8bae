"""What tests of the recorder's survival share."""

from functools import partial
from pathlib import Path

import pytest

from tests.support.databases import PostgresTemplate, sqlite_catalogue
from tests.support.live_ward import CatalogueIn


@pytest.fixture
def catalogue_in(_sqlite_template: Path) -> CatalogueIn:
    """Make a migrated SQLite catalogue in a folder."""
    return partial(sqlite_catalogue, _sqlite_template)


@pytest.fixture
def sqlite_file(_sqlite_template: Path) -> Path:
    """A migrated SQLite catalogue, to be copied."""
    return _sqlite_template


@pytest.fixture
def postgres_template(_postgres_template: PostgresTemplate) -> PostgresTemplate:
    return _postgres_template
