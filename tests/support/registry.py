"""A registry that is filled and asked by its own functions, in units of work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from camera_registry.camera_import import CamerasImported, import_cameras
from camera_registry.secrets import Vault
from camera_registry.units import import_units
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.errors import RowsRefused
from foundation.identity import Actor


@dataclass
class Registry:
    engine: sa.Engine
    clock: ManualClock
    actor: Actor
    vault: Vault

    def units(self, text: str | bytes, name: str = "units.csv") -> int:
        data = text.encode() if isinstance(text, str) else text
        with unit_of_work(self.engine) as session:
            return import_units(session, self.clock, self.actor, name, data)

    def cameras(self, text: str | bytes, name: str = "cameras.csv", *, dry_run: bool = False) -> CamerasImported:
        data = text.encode() if isinstance(text, str) else text
        with unit_of_work(self.engine) as session:
            return import_cameras(session, self.clock, self.vault, self.actor, name, data, dry_run=dry_run)

    def read(self, question: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        with unit_of_work(self.engine, writes=False) as session:
            found = question(session, *arguments, **options)
            session.expunge_all()
            return found

    def count(self, table: str) -> int:
        with unit_of_work(self.engine, writes=False) as session:
            return int(session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


def refusals(action: Callable[[], Any]) -> list[tuple[int, str]]:
    """Return (line, field) of every row problem that the action ends with."""
    with pytest.raises(RowsRefused) as refused:
        action()
    return [(problem.line, problem.field) for problem in refused.value.problems]
