"""Brings a catalogue to the version of the program: one history for SQLite and PostgreSQL."""

import io
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from foundation.database import named_errors
from foundation.errors import N_, MatPhoError

_LOCK = 0x6D61_7470_686F  # "matpho": the advisory lock under which PostgreSQL is upgraded


class CatalogueNewer(MatPhoError):
    code = "catalogue_newer"
    message = N_("The catalogue is of version {found}, which this program does not know")
    mend = N_("Use the newer version of the program that wrote it")


def upgrade(engine: sa.Engine, to: str | None = None) -> bool:
    """Bring the catalogue to the newest version, in one transaction; of two processes at once one waits for the other.

    Return whether there was none before. `to` is an older version, for tests of what comes after it.

    Raises `CatalogueNewer` when a newer program has been here, and `DatabaseUnavailable`.
    """
    with named_errors(), engine.connect() as plain:
        connection = plain.execution_options(matpho_writes=True)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            found = MigrationContext.configure(connection).get_current_revision()
            known = {script.revision for script in _scripts().walk_revisions()}
            if found is not None and found not in known:
                raise CatalogueNewer(found=found)
            if found != (to or _scripts().get_current_head()):
                command.upgrade(_config(connection), to or "head")
            return found is None


def is_current(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == _scripts().get_current_head()


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
