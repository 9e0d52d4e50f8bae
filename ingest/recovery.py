"""After a crash: remove what imports left that did not end. Run at start-up, while other processes may import."""

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from foundation.database import unit_of_work
from foundation.storage import ObjectStore
from ingest.index.tables import ClipImport
from ingest.staging import Staging


@dataclass(frozen=True)
class Recovered:
    """Ids of the imports whose remains were removed, and how many objects of theirs."""

    imports: tuple[str, ...]
    objects: int


def recover(engine: sa.Engine, store: ObjectStore, data: Path) -> Recovered:
    """Remove what is left of imports of this machine whose process is gone. Doing it again changes nothing.

    The objects go first, the row next and the staging folder last, so that a crash in here is recovered from too.
    """
    imports: list[str] = []
    objects = 0
    for staging in Staging.abandoned(data):
        try:
            removed = discard(engine, store, staging.import_id)
        except BaseException:
            staging.release()
            raise
        if removed is not None:
            imports.append(staging.import_id)
            objects += removed
        staging.remove()
    return Recovered(tuple(imports), objects)


def discard(engine: sa.Engine, store: ObjectStore, import_id: str) -> int | None:
    """Remove an import that did not end; return how many objects went, None if it ended or never began."""
    with unit_of_work(engine, writes=False) as session:
        row = session.get(ClipImport, import_id)
        if row is None or row.state != "running":
            return None
        camera_id, original = row.camera_id, row.original_key
    keys = [key for key, _ in store.keys(f"segments/{camera_id}/{import_id}/")]
    keys += [key for key, _ in store.keys(original)]
    for key in keys:
        store.delete(key)
    with unit_of_work(engine) as session:
        row = session.get(ClipImport, import_id)
        if row is not None:
            session.delete(row)
    return len(keys)
