"""The readings of the doctor from real catalogues, stores, keys and this very machine."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from camera_registry.camera_import import import_cameras
from camera_registry.rules import set_rules
from camera_registry.secrets import Vault
from foundation.clock import ManualClock, SystemClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.settings import Settings
from ingest.live.compiled import ReceivePath
from matpho.doctor.command import examine
from matpho.doctor.finding import Level
from matpho.doctor.house import House, read_house
from matpho.doctor.kernel_clock import KernelClock
from matpho.doctor.machine import DiskSpeed, Folder, LinuxMachine, Readings

CAMERAS = b"""\
code,name,lat,lon,source,consent_date,retention_days
A1,Gate,10.7,106.6,rtsp://u:hunter2@10.0.0.1/a,2026-01-02,30
A2,Market,10.7,106.6,rtsp://10.0.0.2/a,,
"""


class GivenMachine:
    """A machine with the readings that a test gives it."""

    def __init__(self, readings: Readings) -> None:
        self.readings = readings

    def read(self, data: Path, catalogue: Path | None) -> Readings:
        return self.readings


def settings_of(engine: sa.Engine, data: Path, store_url: str = "") -> Settings:
    return Settings(data=data, database_url=engine.url.render_as_string(hide_password=False), store_url=store_url)


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.name.startswith("catalogue.sqlite")}


@pytest.fixture
def registered(engine: sa.Engine, clock: ManualClock, actor: Actor, data_dir: Path) -> Settings:
    vault = Vault.open(data_dir / "keys" / "camera.key")
    with unit_of_work(engine) as session:
        import_cameras(session, clock, vault, actor, "cameras.csv", CAMERAS)
    return settings_of(engine, data_dir)


def read(settings: Settings, clock: ManualClock) -> House:
    return read_house(settings, clock)


def test_a_house_in_order_is_read_without_leaving_a_trace(
    registered: Settings, clock: ManualClock, data_dir: Path
) -> None:
    before = files_of(data_dir)
    found = read(registered, clock)
    assert found.catalogue.readable
    assert (found.store, found.store_tried) == (None, True)
    assert (found.key.mode, found.key.error, found.key.unopened) == (0o600, None, ())
    assert [(camera.code, camera.bits_per_s, camera.retention_days) for camera in found.registered.live] == [
        ("A1", None, 30),
        ("A2", None, None),
    ]
    assert files_of(data_dir) - before == {"footage"}


def test_rules_of_units_are_read(registered: Settings, engine: sa.Engine, clock: ManualClock, actor: Actor) -> None:
    assert not read(registered, clock).registered.guarded
    rules = {"needs_consent": True, "needs_sign": True, "most_retention_days": 20}
    with unit_of_work(engine) as session:
        set_rules(session, clock, actor, None, rules)
    found = read(registered, clock).registered
    assert found.guarded
    assert [(camera.guarded, camera.signed, camera.retention_days) for camera in found.cameras] == [
        (True, False, 20),
        (True, False, 20),
    ]


def test_a_key_that_is_not_the_one_is_noticed(registered: Settings, clock: ManualClock, data_dir: Path) -> None:
    key = data_dir / "keys" / "camera.key"
    key.write_bytes(bytes(32))
    assert read(registered, clock).key.unopened == ("A1",)
    key.write_bytes(b"short")
    assert "5 bytes" in str(read(registered, clock).key.error)
    key.unlink()
    assert not read(registered, clock).key.exists
    assert not key.exists()


def test_a_catalogue_of_another_version_is_neither_upgraded_nor_asked(
    registered: Settings, engine: sa.Engine, clock: ManualClock
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    found = read(registered, clock)
    assert (found.catalogue.current, found.registered.cameras) == (False, ())
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() == "0001"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql+psycopg://x:hunter2@127.0.0.1:1/x", "does not answer"),
        ("mysql://x:hunter2@127.0.0.1/x", "not supported"),
        ("hunter2 is no address", "MATPHO_DATABASE_URL"),
    ],
)
def test_a_catalogue_that_cannot_be_reached_is_named_without_its_password(
    url: str, said: str, data_dir: Path, clock: ManualClock
) -> None:
    found = read(Settings(data=data_dir, database_url=url), clock)
    assert said in str(found.catalogue.error)
    assert "hunter2" not in str(found.catalogue.error)


def test_a_file_that_is_no_catalogue_is_named(data_dir: Path, clock: ManualClock) -> None:
    (data_dir / "catalogue.sqlite").write_bytes(b"not a database, " * 100)
    assert "not a database" in str(read(Settings(data=data_dir), clock).catalogue.error)


def test_nothing_is_made_where_nothing_is_yet(tmp_path: Path, clock: ManualClock) -> None:
    found = read(Settings(data=tmp_path / "later"), clock)
    assert (found.catalogue.exists, found.key.exists, found.store_tried) == (False, False, False)
    assert files_of(tmp_path) == set()


def test_an_object_store_is_tried_and_tidied(sqlite_engine: sa.Engine, data_dir: Path, clock: ManualClock) -> None:
    blocked = data_dir / "footage"
    blocked.write_text("a file where the folder should be")
    assert "does not answer" in str(read(settings_of(sqlite_engine, data_dir), clock).store)
    assert "ftp://x" in str(read(settings_of(sqlite_engine, data_dir, "ftp://x"), clock).store)
    blocked.unlink()
    assert read(settings_of(sqlite_engine, data_dir), clock).store is None
    assert list(blocked.iterdir()) == []


def test_this_machine_is_read(data_dir: Path) -> None:
    found = LinuxMachine(SystemClock()).read(data_dir, data_dir / "catalogue.sqlite")
    assert (found.data.unwritable, found.data.exists) == ("", True)
    assert found.data.file_system == found.catalogue_file_system != ""
    assert found.disk_speed is None or 0 < found.disk_speed.written_bytes <= 64 * 2**20
    assert found.memory_bytes is not None
    assert found.memory_bytes > 2**20
    assert found.cores > 0
    assert found.clock.synchronised is not None or found.clock.why
    assert "lo" not in {interface.name for interface in found.interfaces}
    assert list(data_dir.iterdir()) == []


def test_a_folder_that_cannot_be_is_read_as_unwritable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = LinuxMachine(SystemClock()).read(tmp_path / "file" / "data", None)
    assert (found.data.unwritable, found.disk_speed) == ("Not a directory", None)


def test_the_cameras_of_the_catalogue_are_the_load_of_the_machine(registered: Settings, clock: ManualClock) -> None:
    machine = GivenMachine(
        Readings(
            data=Folder(str(registered.data), exists=True, unwritable="", file_system="ext4", free_bytes=20 * 10**9),
            disk_speed=DiskSpeed(10**8, 10**6),
            catalogue_file_system=None,
            clock=KernelClock(synchronised=True),
            open_files=203,
            interfaces=(),
            memory_bytes=10**10,
            cores=1.0,
            receive_path=ReceivePath.SOURCES,
            draws_papers=True,
        )
    )
    found = {finding.name: finding for finding in examine(registered, machine, clock)}
    problems = {name for name, finding in found.items() if finding.level is Level.PROBLEM}
    assert problems == {"disk_space", "open_files", "network"}
    assert found["open_files"].fields["needed"] == 204
    assert found["disk_space"].fields["day_gb"] == pytest.approx(43.2)
    assert (found["credentials"].fields["codes"], found["consent"].fields["codes"]) == ("A2", "A2")
