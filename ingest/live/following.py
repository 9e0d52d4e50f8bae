"""Which cameras are to be recorded, and from where: the registry, read again when it changes."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.duties import rules_of_cameras
from camera_registry.reads import valid_at
from camera_registry.revision import revision
from camera_registry.secrets import CREDENTIALS, Vault
from camera_registry.tables import Camera, Ownership, Stream
from foundation.database import unit_of_work
from ingest.index.recording import ends_of_streams

log = logging.getLogger(__name__)

_SPARE = 1
"""How many streams a camera has beyond its first, before anything needs them: a clock set back must not wait for the catalogue."""


@dataclass(frozen=True)
class LiveSource:
    """A camera to record. Anything of it that changes begins its recording anew. The password shows in no repr."""

    camera_id: int
    code: str
    address: str
    sound: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    sealed: bool = False
    """Its credentials cannot be opened with our key."""
    anywhere: bool = False
    """Registered before addresses were judged: recorded wherever it is."""


def registry_revision(engine: sa.Engine) -> int:
    with unit_of_work(engine, writes=False) as session:
        return revision(session)


def live_sources(engine: sa.Engine, vault: Vault, now_us: int) -> dict[int, LiveSource]:
    """Return every active camera that has a live stream, by its id; with sound where owner and unit both allow it."""
    question = (
        sa.select(
            col(Camera.id),
            col(Camera.code),
            col(Stream.id),
            col(Stream.address),
            col(Stream.sealed_credentials),
            col(Stream.anywhere),
            col(Ownership.sound_agreed),
        )
        .join(Stream, col(Stream.camera_id) == col(Camera.id))
        .outerjoin(Ownership, sa.and_(col(Ownership.camera_id) == col(Camera.id), valid_at(Ownership, now_us)))
        .where(
            col(Camera.status) == "active",
            col(Stream.kind) == "main",
            col(Stream.ordinal) == 0,
            col(Stream.address).is_not(None),
        )
    )
    with unit_of_work(engine, writes=False) as session:
        rows = session.execute(question).all()
        rules = rules_of_cameras(session, [row[0] for row in rows if row[-1]], now_us)
    sealed = {stream_id: value for _, _, stream_id, _, value, _, _ in rows if value is not None}
    opened = CREDENTIALS.unseal_all(vault, sealed)  # outside of the transaction: a keeper of keys may be slow
    found: dict[int, LiveSource] = {}
    for camera_id, code, stream_id, address, _, anywhere, agreed in rows:
        sound = bool(agreed) and rules[camera_id].sound_allowed
        found[camera_id] = _source(
            LiveSource(camera_id, code, address, sound, anywhere=bool(anywhere)), stream_id, opened
        )
    return found


def _source(source: LiveSource, stream_id: int, opened: Mapping[int, str | None]) -> LiveSource:
    """Return the source with its user and password, where it has any."""
    if stream_id not in opened:
        return source
    signed = opened[stream_id]
    if signed is None:
        log.error("camera %s: its credentials cannot be opened with this key", source.code)
        return replace(source, sealed=True)
    user, _, password = signed.partition(":")
    return replace(source, user=user, password=password)


def streams_for(
    engine: sa.Engine, camera_ids: Iterable[int], spare: int = _SPARE
) -> dict[int, dict[int, tuple[int, int]]]:
    """Return the live streams of each camera by ordinal, with the end of their footage; spare ones are made."""
    ids = sorted(camera_ids)
    if not ids:
        return {}
    with unit_of_work(engine, writes=False) as session:
        found = ends_of_streams(session, ids)
    lacking = [camera_id for camera_id in ids if len(found.get(camera_id, {})) <= spare]
    if lacking:
        with unit_of_work(engine) as session:
            for camera_id in lacking:
                _make_spare(session, camera_id, spare)
            session.flush()
            found |= ends_of_streams(session, lacking)
    return found


def _make_spare(session: Session, camera_id: int, spare: int) -> None:
    question = sa.select(col(Stream.ordinal)).where(col(Stream.camera_id) == camera_id, col(Stream.kind) == "main")
    there = set(session.execute(question).scalars())
    for ordinal in range(spare + 1):
        if ordinal not in there:
            session.add(Stream(camera_id=camera_id, kind="main", ordinal=ordinal))
