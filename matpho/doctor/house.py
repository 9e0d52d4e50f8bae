"""Readings of the house itself: settings, catalogue, keys, store, cameras. Nothing is created or upgraded but one test object."""

import os
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlmodel import Session

from audit.standing import Standing, standings
from audit.witnesses import Witness, open_witnesses
from camera_registry.active import ActiveCamera, active_cameras
from camera_registry.rules import rules_for
from camera_registry.secrets import CREDENTIALS, Vault
from foundation.clock import Clock
from foundation.database import DatabaseUnavailable, create_engine, named_errors, unit_of_work
from foundation.errors import MatPhoError
from foundation.identity import new_id
from foundation.settings import Settings
from foundation.storage import ObjectDamaged, StoreUnavailable, open_store
from ingest.index.amounts import dated_ahead, live_recorded_us
from ingest.index.records import GapReason
from ingest.index.status import measured_rates, recording_status
from matpho.doctor.load import LiveCamera
from matpho.key_rotation import OLD, uses
from matpho.service import CAMERA_KEY
from migrations.runner import is_current

_PROBE = b"matpho doctor\n"


@dataclass(frozen=True)
class Catalogue:
    """`exists` is false for a file that is not there yet; `error` is why it does not answer."""

    exists: bool = True
    current: bool = True
    error: MatPhoError | None = None

    @property
    def readable(self) -> bool:
        return self.exists and self.current and self.error is None


@dataclass(frozen=True)
class Registered:
    """What the catalogue knows; the cameras are those that are active."""

    cameras: tuple[ActiveCamera, ...] = ()
    live: tuple[LiveCamera, ...] = ()
    ahead: tuple[tuple[str, int], ...] = ()
    """Code and newest start of cameras with footage that is dated later than now."""
    witnesses: tuple[Standing, ...] = ()
    guarded: bool = True
    """The rules for everybody ask for consent and a sign before a camera becomes active."""
    outside: frozenset[str] = frozenset()
    """Codes of cameras of which the recorder says that their address lies outside the networks that are allowed."""
    sealed: Mapping[str, int] = field(default_factory=dict)
    """How many sealed values need each key."""


@dataclass(frozen=True)
class Key:
    """The keys of sealed values, in the file `path` or with a program (`path` is empty).

    `unopened` are the codes of cameras whose credentials no key opens, `behind` is how many values another key than the
    newest seals, `made_us` is when that one was made, None where nobody knows.
    """

    path: str
    exists: bool
    mode: int = 0
    error: MatPhoError | None = None
    unopened: tuple[str, ...] = ()
    behind: int = 0
    made_us: int | None = None


@dataclass(frozen=True)
class House:
    now_us: int
    settings: Settings
    catalogue: Catalogue
    registered: Registered
    key: Key
    store: MatPhoError | None = None
    """Why the object store could not be written, read and tidied."""
    store_tried: bool = True
    """Not while it is to be in a data folder that is not there yet."""
    witnesses: MatPhoError | None = None
    """Why the settings of witnesses cannot be used."""


def catalogue_file(settings: Settings) -> Path | None:
    """Return the file of an SQLite catalogue, None for another kind and for an address that cannot be read."""
    try:
        address = sa.make_url(settings.catalogue_url)
    except ArgumentError:
        return None
    return Path(address.database) if address.get_backend_name() == "sqlite" and address.database else None


def read_house(settings: Settings, clock: Clock) -> House:
    now_us, file = clock.now_us(), catalogue_file(settings)
    catalogue, registered = Catalogue(exists=False), Registered()
    witnesses, unusable = _read_witnesses(settings, clock)
    if file is None or os.path.exists(file):  # noqa: PTH110 - unlike Path.exists it is no error that a folder is closed to us
        catalogue, registered = _read_catalogue(settings.catalogue_url, now_us, witnesses)
    tried = bool(settings.store_url) or os.path.isdir(settings.data)  # noqa: PTH112 - for the same reason
    return House(
        now_us=now_us,
        settings=settings,
        catalogue=catalogue,
        registered=registered,
        key=_read_key(settings, registered),
        store=_try_store(settings) if tried else None,
        store_tried=tried,
        witnesses=unusable,
    )


def _read_witnesses(settings: Settings, clock: Clock) -> tuple[tuple[Witness, ...], MatPhoError | None]:
    try:
        return open_witnesses(settings, clock), None
    except MatPhoError as error:
        return (), error


def _read_catalogue(url: str, now_us: int, witnesses: Sequence[Witness]) -> tuple[Catalogue, Registered]:
    try:
        engine = create_engine(url)
    except ArgumentError:  # its own text has the address, and with it a password
        return Catalogue(error=DatabaseUnavailable(why="MATPHO_DATABASE_URL")), Registered()
    except MatPhoError as error:
        return Catalogue(error=error), Registered()
    try:
        with named_errors():
            current = is_current(engine)
        if not current:
            return Catalogue(current=False), Registered()
        with unit_of_work(engine, writes=False) as session:
            return Catalogue(), _registered(session, now_us, witnesses)
    except MatPhoError as error:
        return Catalogue(error=error), Registered()
    except DBAPIError as error:  # such as a file that is no database
        return Catalogue(error=DatabaseUnavailable(why=str(error.orig).splitlines()[0])), Registered()
    finally:
        engine.dispose()


def _registered(session: Session, now_us: int, witnesses: Sequence[Witness]) -> Registered:
    cameras = active_cameras(session, now_us)
    rates, recorded = measured_rates(session), live_recorded_us(session)
    live = [
        LiveCamera(camera.code, rates.get(camera.id), camera.retention_days, recorded.get(camera.id, 0))
        for camera in cameras
        if camera.live
    ]
    stand = standings(session, witnesses, now_us)
    rules = rules_for(session, None, now_us)
    guarded = rules.needs_consent and rules.needs_sign
    ahead = tuple(dated_ahead(session, now_us))
    said = recording_status(session, now_us)
    outside = frozenset(one.code for one in said if one.reason is GapReason.OUTSIDE_NETWORKS)
    return Registered(tuple(cameras), tuple(live), ahead, tuple(stand), guarded, outside, uses(session))


def _read_key(settings: Settings, registered: Registered) -> Key:
    """Read the keys; a file is not made here, though others may need one."""
    path, mode = settings.data / CAMERA_KEY, 0
    if not settings.key_command:
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            return Key(str(path), exists=False)
    told = "" if settings.key_command else str(path)
    try:
        vault = Vault.open(path, settings.key_command)
        newest = vault.keeper.known()[0]
        unopened = tuple(_unopened(vault, registered.cameras))
    except MatPhoError as error:
        return Key(told, exists=True, mode=mode, error=error)
    behind = sum(count for key, count in registered.sealed.items() if key not in {newest.id, OLD})
    return Key(told, exists=True, mode=mode, unopened=unopened, behind=behind, made_us=newest.made_us)


def _unopened(vault: Vault, cameras: tuple[ActiveCamera, ...]) -> Iterator[str]:
    opened = CREDENTIALS.unseal_all(vault, {row: sealed for one in cameras for row, sealed in one.sealed.items()})
    for camera in cameras:
        if any(opened[row] is None for row in camera.sealed):
            yield camera.code


def _try_store(settings: Settings) -> MatPhoError | None:
    """Put, read and delete a small object under a key that nobody else uses; return what went wrong."""
    key = f"doctor-{new_id()}"
    beside = None if settings.store_url else settings.data  # on the same disk, putting a file is linking it
    try:
        with tempfile.TemporaryDirectory(dir=beside) as folder:
            probe = Path(folder, key)
            probe.write_bytes(_PROBE)
            store = open_store(settings.store_url, settings.data)
            store.put_file(key, probe)
            try:
                if store.read(key, 0, len(_PROBE)) != _PROBE:
                    return ObjectDamaged(key=key, start=0, end=len(_PROBE))
            finally:
                store.delete(key)
    except MatPhoError as error:
        return error
    except OSError as error:
        return StoreUnavailable(why=error.strerror or type(error).__name__)
    return None
