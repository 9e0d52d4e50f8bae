"""The count of changes to the registry, by which a cached spatial index knows that it is old."""

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.tables import RegistryRevision

_REVISION = sa.select(col(RegistryRevision.revision))


def touch(session: Session) -> None:
    """Say that the registry changes with this unit of work."""
    session.execute(sa.update(RegistryRevision).values(revision=col(RegistryRevision.revision) + 1))


def revision(session: Session) -> int:
    return int(session.execute(_REVISION).scalar_one())
