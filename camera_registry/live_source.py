"""From where a camera is recorded, for who is to ask it."""

from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.secrets import CREDENTIALS, Vault
from camera_registry.tables import Stream


class LiveAddress(NamedTuple):
    address: str
    stream_id: int
    sealed: bytes | None

    def credentials(self, vault: Vault) -> str | None:
        """Return `user:password`; to be called outside of a transaction. Raises `SealBroken`."""
        return None if self.sealed is None else CREDENTIALS.unseal(vault, self.stream_id, self.sealed)


def live_source(session: Session, camera_id: int) -> LiveAddress | None:
    """Return the live stream of a camera, None for one whose recordings are imported."""
    question = sa.select(col(Stream.address), col(Stream.id), col(Stream.sealed_credentials)).where(
        col(Stream.camera_id) == camera_id,
        col(Stream.kind) == "main",
        col(Stream.ordinal) == 0,
        col(Stream.address).is_not(None),
    )
    row = session.execute(question).first()
    return None if row is None else LiveAddress(*row)
