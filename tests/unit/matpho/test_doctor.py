"""What the doctor makes of readings, of machines good and bad."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audit.standing import Standing, State
from audit.witnesses import WitnessSilent, WitnessUnusable
from camera_registry.active import ActiveCamera
from camera_registry.secrets import KeyUnusable
from foundation.database import DatabaseUnavailable
from foundation.settings import Settings
from foundation.storage import StoreUnavailable
from foundation.vault import KeyCommandFailed
from ingest.live.compiled import ReceivePath
from matpho.doctor.finding import Finding, Level
from matpho.doctor.house import Catalogue, House, Key, Registered
from matpho.doctor.judge_house import judge_house
from matpho.doctor.judge_machine import judge_machine
from matpho.doctor.kernel_clock import KernelClock
from matpho.doctor.load import DAY_S, LiveCamera, load_of
from matpho.doctor.machine import DiskSpeed, Folder, Interface, Readings, file_system_of

GB = 10**9
DAY_US = DAY_S * 1_000_000
GOOD = Readings(
    data=Folder("/data", exists=True, unwritable="", file_system="ext4", free_bytes=20_000 * GB),
    disk_speed=DiskSpeed(64 * 2**20, 200_000),
    catalogue_file_system="ext4",
    clock=KernelClock(synchronised=True, estimated_error_us=800, largest_error_us=20_000),
    open_files=65_536,
    interfaces=(Interface("eth0", up=True, mbps=1000),),
    memory_bytes=8 * GB,
    cores=4.0,
    receive_path=ReceivePath.COMPILED,
    draws_papers=True,
)
WARD = tuple(LiveCamera(f"C{number:03}", None, 30) for number in range(190))  # 190 x 2 Mbps: 4104 GB a day


def judged(readings: Readings, cameras: tuple[LiveCamera, ...] = WARD, *, remote: bool = False) -> dict[str, Finding]:
    return {item.name: item for item in judge_machine(readings, load_of(cameras), 10 * GB, remote=remote)}


def said(finding: Finding) -> str:
    settings = Settings()
    return " → ".join(finding.said("en", settings.zone))


def test_a_good_machine_carries_a_ward_that_promises_days_it_has_room_for() -> None:
    few = tuple(replace(camera, retention_days=4) for camera in WARD)
    found = judged(GOOD, few)
    assert {name: item.level for name, item in found.items()} == dict.fromkeys(found, Level.OK)
    assert not [item for item in found.values() if item.mend]
    assert "190 cameras write 4,104 GB a day, so 4.9 days fit" in said(found["disk_space"])


def test_days_that_were_promised_and_do_not_fit_are_a_problem_with_the_missing_space() -> None:
    finding = judged(GOOD)["disk_space"]
    assert finding.level is Level.PROBLEM
    assert "4.9 days fit, and up to 30 days are asked for" in said(finding)
    assert "Add 103,130 GB" in said(finding)  # 30 x 4104 - 19 990


def test_what_is_kept_already_need_not_be_free_again() -> None:
    kept = tuple(replace(camera, recorded_us=26 * DAY_US) for camera in WARD)
    finding = judged(GOOD, kept)["disk_space"]
    assert finding.level is Level.OK
    assert "30.9 days fit" in said(finding)


def test_measured_rates_count_where_there_are_any() -> None:
    load = load_of((LiveCamera("A", 8e6, 10), LiveCamera("B", None, None, 2 * DAY_US)))
    assert (load.cameras, load.measured, load.bits_per_s, load.longest_days) == (2, 1, 10e6, 10)
    assert load.day_bytes == 10e6 / 8 * DAY_S
    assert load.missing_bytes == 10 * 8e6 / 8 * DAY_S
    assert load.kept_bytes == 2 * 2e6 / 8 * DAY_S
    assert load_of(()).day_bytes == 0


@pytest.mark.parametrize(
    ("change", "name", "level", "words"),
    [
        ({"open_files": 579}, "open_files", Level.PROBLEM, "ulimit -n 580"),
        ({"open_files": 580}, "open_files", Level.OK, ""),
        ({"open_files": -1}, "open_files", Level.OK, "no limit"),
        ({"memory_bytes": 500_000_000}, "memory", Level.PROBLEM, "Add memory"),
        ({"memory_bytes": 1_000_000_000}, "memory", Level.WARNING, "Add memory"),
        ({"memory_bytes": None}, "memory", Level.WARNING, "cannot be read"),
        ({"cores": 0.5}, "processor", Level.PROBLEM, "There are 0.5 cores; 190 cameras need 1"),
        ({"draws_papers": False}, "papers", Level.WARNING, "printed from the browser"),
        ({"receive_path": ReceivePath.SOURCES}, "receive_path", Level.OK, "make fast"),
        ({"receive_path": ReceivePath.OFF}, "receive_path", Level.OK, "MATPHO_COMPILED"),
        ({"receive_path": ReceivePath.CHANGED}, "receive_path", Level.WARNING, "other sources"),
        ({"receive_path": ReceivePath.BROKEN}, "receive_path", Level.WARNING, "make slow"),
        ({"disk_speed": DiskSpeed(100_000_000, 1_000_000)}, "disk_speed", Level.WARNING, "need 47.5"),
        ({"disk_speed": DiskSpeed(200_000_000, 1_000_000)}, "disk_speed", Level.OK, ""),
        ({"disk_speed": DiskSpeed(40_000_000, 1_000_000)}, "disk_speed", Level.PROBLEM, "faster disk"),
        ({"disk_speed": None}, "disk_speed", Level.WARNING, "too full"),
        ({"interfaces": ()}, "network", Level.PROBLEM, "No network interface is up"),
        ({"interfaces": (Interface("eth0", up=False, mbps=1000),)}, "network", Level.PROBLEM, "is up"),
        ({"interfaces": (Interface("eth0", up=True, mbps=100),)}, "network", Level.PROBLEM, "carries 100 Mbps"),
        ({"interfaces": (Interface("eth0", up=True, mbps=500),)}, "network", Level.WARNING, "380 Mbps"),
        ({"interfaces": (Interface("eth0", up=True, mbps=None),)}, "network", Level.WARNING, "cannot be read"),
        ({"catalogue_file_system": "nfs4"}, "catalogue_place", Level.WARNING, "MATPHO_DATABASE_URL"),
        ({"clock": KernelClock(False, 16_000_000, 16_000_000)}, "clock", Level.PROBLEM, "not synchronised"),
        ({"clock": KernelClock(True, 900, 2_000_001)}, "clock", Level.WARNING, "2,000 ms at most"),
        ({"clock": KernelClock(None, why="Operation not permitted")}, "clock", Level.WARNING, "not permitted"),
    ],
)
def test_each_reading_is_judged_against_what_the_cameras_need(
    change: dict[str, Any], name: str, level: Level, words: str
) -> None:
    finding = judged(replace(GOOD, **change))[name]
    assert finding.level is level
    assert words in said(finding)
    assert bool(finding.mend) == (level is not Level.OK) or name == "memory"


@pytest.mark.parametrize(
    ("change", "level", "words"),
    [
        ({"unwritable": "Read-only file system"}, Level.PROBLEM, "MATPHO_DATA"),
        ({"file_system": "tmpfs"}, Level.WARNING, "lies in memory (tmpfs)"),
        ({"file_system": "overlay"}, Level.WARNING, "Mount a volume"),
        ({"exists": False}, Level.WARNING, "matpho init"),
    ],
)
def test_the_data_folder_is_where_bytes_last(change: dict[str, Any], level: Level, words: str) -> None:
    found = judged(replace(GOOD, data=replace(GOOD.data, **change)))
    assert found["data_folder"].level is level
    assert words in said(found["data_folder"])
    assert ("disk_space" in found) == (not change.get("unwritable"))


def test_a_full_disk_is_told_without_any_camera_too() -> None:
    full = replace(GOOD, data=replace(GOOD.data, free_bytes=9 * GB))
    assert judged(full, ())["disk_space"].level is Level.WARNING
    assert judged(full)["disk_space"].level is Level.PROBLEM
    forever = (LiveCamera("A", None, None),)  # nothing was promised, but a day is the least
    assert judged(full, forever)["disk_space"].level is Level.PROBLEM
    assert judged(GOOD, forever)["disk_space"].level is Level.OK


def test_with_an_object_store_the_disk_only_holds_what_waits() -> None:
    assert judged(GOOD, remote=True)["disk_space"].level is Level.OK
    small = replace(GOOD, data=replace(GOOD.data, free_bytes=100 * GB))
    found = judged(small, remote=True)["disk_space"]
    assert found.level is Level.WARNING
    assert "an hour of it is 171 GB" in said(found)


def test_a_network_that_cannot_be_read_is_no_matter_without_cameras() -> None:
    unknown = replace(GOOD, interfaces=(Interface("eth0", up=True, mbps=None),))
    assert judged(unknown, ())["network"].level is Level.OK


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
tmpfs /run tmpfs rw 0 0
server:/x /mnt/two\\040words nfs4 rw 0 0
/dev/sdb1 /srv xfs rw 0 0
overlay /srv overlay rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/x", "ext4"),
        ("/run/x", "tmpfs"),
        ("/running", "ext4"),
        ("/mnt/two words/deep/er", "nfs4"),
        ("/srv/footage", "overlay"),
        ("/", "ext4"),
    ],
)
def test_the_file_system_of_a_path_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    assert file_system_of(MOUNTS, Path(path)) == kind
    assert file_system_of("", Path(path)) == ""


CAMERA = ActiveCamera(1, "C1", "Gate", live=True, consented=True, retention_days=30, sealed={1: b"sealed"})
TOLD = Standing("folder:/kept", State.TOLD)
SILENT = Standing(
    "mailto:a@x.vn",
    State.FAILING,
    owed_us=DAY_US,
    late=True,
    failures=9,
    problem=json.dumps(
        {"message": WitnessSilent.message, "fields": {"witness": "mailto:a@x.vn", "why": "550 unknown"}}
    ),
)
HOUSE = House(
    now_us=1_772_892_000_000_000,
    settings=Settings(),
    catalogue=Catalogue(),
    registered=Registered(cameras=(CAMERA,), witnesses=(TOLD,)),
    key=Key("/data/keys/camera.key", exists=True, mode=0o600),
)


LAST_YEAR, DAY_US = HOUSE.now_us - 366 * 86_400_000_000, 86_400_000_000


def house(**change: Any) -> dict[str, Finding]:
    return {item.name: item for item in judge_house(replace(HOUSE, **change))}


def test_a_good_house_has_nothing_to_mend() -> None:
    found = house()
    assert {item.level for item in found.values()} == {Level.OK}
    assert "It is 2026-03-07T21:00:00+07:00 in the time zone Asia/Ho_Chi_Minh" in said(found["settings"])


@pytest.mark.parametrize(
    ("change", "name", "level", "words"),
    [
        ({"catalogue": Catalogue(exists=False)}, "catalogue", Level.WARNING, "matpho init"),
        ({"catalogue": Catalogue(current=False)}, "catalogue", Level.PROBLEM, "matpho init"),
        ({"catalogue": Catalogue(error=DatabaseUnavailable(why="gone"))}, "catalogue", Level.PROBLEM, "gone"),
        ({"store": StoreUnavailable(why="connection refused")}, "store", Level.PROBLEM, "connection refused"),
        ({"key": Key("/k", exists=False)}, "key", Level.PROBLEM, "Restore the key"),
        ({"key": Key("/k", exists=False), "registered": Registered()}, "key", Level.WARNING, "matpho init"),
        ({"key": Key("/k", exists=True, mode=0o644)}, "key", Level.PROBLEM, "has mode 0644"),
        ({"key": Key("/k", exists=True, mode=0o640)}, "key", Level.PROBLEM, "chmod 600 /k"),
        (
            {"key": Key("/k", exists=True, mode=0o600, error=KeyUnusable(path="k", why="3 bytes"))},
            "key",
            Level.PROBLEM,
            "3 bytes",
        ),
        ({"key": Key("/k", exists=True, mode=0o600, unopened=("C1",))}, "key", Level.PROBLEM, "1 cameras: C1"),
        ({"key": Key("/k", exists=True, mode=0o600, behind=3)}, "key", Level.WARNING, "keys rotate --same-key"),
        ({"key": Key("", exists=True, error=KeyCommandFailed(why="exit code 3"))}, "key", Level.PROBLEM, "exit code 3"),
        ({"key": Key("/k", exists=True, mode=0o600, made_us=LAST_YEAR)}, "key_age", Level.WARNING, "366 days old"),
    ],
)
def test_what_the_house_stands_on_is_named_with_its_mend(
    change: dict[str, Any], name: str, level: Level, words: str
) -> None:
    finding = house(**change)[name]
    assert finding.level is level
    assert words in said(finding)
    assert all(finding.said("en", Settings().zone))


def test_a_program_that_keeps_keys_and_a_key_that_is_young_enough_are_in_order() -> None:
    found = house(key=Key("", exists=True, made_us=LAST_YEAR + DAY_US))
    assert {found[name].level for name in ("key", "key_age")} == {Level.OK}
    assert "The program of MATPHO_KEY_COMMAND answers" in said(found["key"])
    assert "is 365 days old; it may become 365" in said(found["key_age"])


def test_a_store_that_was_not_tried_is_not_praised() -> None:
    assert "store" not in house(store_tried=False)


def test_cameras_without_credentials_or_consent_are_counted_and_the_first_few_named() -> None:
    bare = [replace(CAMERA, id=number, code=f"C{number}", sealed={}, consented=False) for number in range(1, 8)]
    clips = replace(CAMERA, id=9, code="Z1", live=False, sealed={}, consented=False)
    found = house(registered=Registered(cameras=(*bare, clips, CAMERA)))
    assert found["credentials"].level is found["consent"].level is Level.WARNING
    assert "7 live cameras have no user and password: C1, C2, C3, C4, C5, …" in said(found["credentials"])
    assert "Of 8 active cameras" in said(found["consent"])


def test_cameras_without_a_sign_are_counted_and_rules_that_are_not_set_are_told_aloud() -> None:
    bare = replace(CAMERA, code="C2", signed=False, guarded=False)
    found = house(registered=Registered(cameras=(CAMERA, bare)))
    assert found["sign"].level is found["duties"].level is Level.WARNING
    assert "At 1 active cameras nobody has entered that a sign tells of them: C2" in said(found["sign"])
    assert "RULES ARE NOT SET" in said(found["duties"])
    assert "needs_consent=yes needs_sign=yes" in said(found["duties"])
    empty = house(registered=Registered(guarded=False))
    assert empty["duties"].level is Level.WARNING
    assert house(registered=Registered(guarded=True))["duties"].level is Level.OK


def test_footage_from_the_future_says_that_the_clock_was_ahead() -> None:
    ahead = (("C1", HOUSE.now_us + 60_000_000), ("C2", HOUSE.now_us + 3_600_000_000))
    finding = house(registered=Registered(ahead=ahead))["footage_ahead"]
    assert finding.level is Level.WARNING
    assert "Footage of 2 cameras is dated later than now, up to 2026-03-07T22:00:00+07:00" in said(finding)


def test_who_keeps_checkpoints_is_judged() -> None:
    assert house()["witnesses"].level is Level.OK
    none = house(registered=Registered())["witnesses"]
    assert (none.level, "MATPHO_AUDIT_WITNESSES" in none.mend) == (Level.WARNING, True)
    late = house(registered=Registered(witnesses=(TOLD, SILENT)), settings=Settings(language="en"))["witnesses"]
    assert late.level is Level.WARNING
    assert "1 of those who keep checkpoints have not been told for long: mailto:a@x.vn. The witness" in said(late)
    assert "550 unknown" in said(late)
    unusable = house(witnesses=WitnessUnusable(witness="folder:x", why="it is no address"))["witnesses"]
    assert (unusable.level, "folder:x" in said(unusable)) == (Level.PROBLEM, True)


def test_without_a_readable_catalogue_nothing_is_said_of_its_cameras() -> None:
    assert {"credentials", "networks", "consent", "sign", "duties", "footage_ahead", "witnesses"}.isdisjoint(
        house(catalogue=Catalogue(current=False))
    )


def test_figures_are_written_as_the_reader_writes_them() -> None:
    finding = Finding("x", Level.OK, "{big} {small} {name}", fields={"big": 12345.6, "small": 1.25, "name": "a.b"})
    assert finding.said("en", Settings().zone)[0] == "12,346 1.2 a.b"
    assert finding.said("vi", Settings().zone)[0] == "12.346 1,2 a.b"
    assert finding.as_dict("en", Settings().zone)["values"] == {"big": 12345.6, "small": 1.25, "name": "a.b"}


@pytest.mark.parametrize(
    ("address", "anywhere", "said_by_recorder", "level", "words"),
    [
        ("rtsp://192.168.1.9/live", False, False, Level.OK, "All live cameras"),
        ("rtsp://203.0.113.7/live", False, False, Level.WARNING, "1 cameras are not recorded"),
        ("rtsp://127.0.0.1:8554/live", True, False, Level.WARNING, "1 cameras are recorded outside"),
        ("rtsp://cam.example/live", False, True, Level.WARNING, "MATPHO_CAMERA_NETWORKS"),
    ],
)
def test_cameras_outside_the_networks_are_named(
    address: str, level: Level, words: str, *, anywhere: bool, said_by_recorder: bool
) -> None:
    camera = replace(CAMERA, addresses=((address, anywhere),))
    outside = frozenset({"C1"} if said_by_recorder else ())
    finding = house(registered=replace(HOUSE.registered, cameras=(camera,), outside=outside))["networks"]
    assert (finding.level, words in said(finding)) == (level, True)
