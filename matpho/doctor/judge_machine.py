"""What the readings of a machine mean for the cameras it is to carry. Pure functions, one for each finding."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from foundation.errors import N_
from ingest.live.compiled import ReceivePath
from matpho.doctor.finding import Finding, Level
from matpho.doctor.kernel_clock import KernelClock
from matpho.doctor.load import Load
from matpho.doctor.machine import DiskSpeed, Folder, Interface, Readings

IN_MEMORY = frozenset({"tmpfs", "ramfs"})
IN_CONTAINER = frozenset({"overlay", "aufs"})
ON_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "beegfs", "gfs2", "ocfs2"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.rclone", "fuse.s3fs", "fuse.juicefs", "davfs"}
)
CAMERAS_A_CORE = 250
MB = 10**6
GB = 10**9
_PROCESS_BYTES, _CAMERA_BYTES = 150 * MB, 2 * MB
_FILES, _CAMERA_FILES = 200, 2
_SPOOL_S = 3600
_DISK_SPARE, _DISK_EASE = 1.5, 4.0  # sync of many files at once, and readers beside them
_NETWORK_MOST, _NETWORK_EASE = 0.8, 0.5
_LARGEST_ERROR_US = 2_000_000
"""A client that asks every 2048 s, as timesyncd does, lets the kernel's bound grow to 1 s (500 ppm) between its answers."""
_RECEIVE_PATH = {
    ReceivePath.COMPILED: N_("The receive path is compiled"),
    ReceivePath.SOURCES: N_(
        "The receive path runs as Python; `make fast` compiles it, and recording takes less of the processor"
    ),
    ReceivePath.CHANGED: N_(
        "The receive path runs as Python: what was compiled is of other sources or for another Python"
    ),
    ReceivePath.BROKEN: N_("The receive path runs as Python: what was compiled cannot be loaded"),
    ReceivePath.OFF: N_("The receive path runs as Python, as MATPHO_COMPILED says"),
}


def judge_machine(found: Readings, load: Load, keep_free_bytes: int, *, remote: bool) -> Iterator[Finding]:
    """Yield a finding for each reading. `remote`: footage goes to an object store, and the disk only holds what waits."""
    yield data_folder(found.data)
    if not found.data.unwritable:
        yield spool_space(found.data, load) if remote else disk_space(found.data, load, keep_free_bytes)
        yield disk_speed(found.disk_speed, load)
    if found.catalogue_file_system is not None:
        yield catalogue_place(found.catalogue_file_system)
    yield clock(found.clock)
    yield open_files(found.open_files, load)
    yield network(found.interfaces, load)
    yield memory(found.memory_bytes, load)
    yield processor(found.cores, load)
    yield compiled(found.receive_path)
    yield papers(drawn=found.draws_papers)


def data_folder(folder: Folder) -> Finding:
    fields = {"data": folder.path, "kind": folder.file_system}
    name = "data_folder"
    if folder.unwritable:
        text = N_("The data folder {data} cannot be used: {why}")
        mend = N_("Set MATPHO_DATA to a folder that you may write to")
        return Finding(name, Level.PROBLEM, text, mend, {**fields, "why": folder.unwritable})
    if folder.file_system in IN_MEMORY:
        text = N_("The data folder {data} lies in memory ({kind}): all of it is gone after a restart")
        return Finding(name, Level.WARNING, text, N_("Set MATPHO_DATA to a folder on a disk"), fields)
    if folder.file_system in IN_CONTAINER:
        text = N_("The data folder {data} lies in the container itself ({kind}): it goes when the container goes")
        return Finding(name, Level.WARNING, text, N_("Mount a volume and set MATPHO_DATA to a folder on it"), fields)
    if not folder.exists:
        text = N_("There is no data folder {data} yet")
        return Finding(name, Level.WARNING, text, N_("Run `matpho init`"), fields)
    return Finding(name, Level.OK, N_("The data folder {data} can be written ({kind})"), fields=fields)


def disk_space(folder: Folder, load: Load, keep_free_bytes: int) -> Finding:
    """Judge whether what was promised of each camera fits, what is kept already counted, what is to stay free not."""
    usable = max(0, folder.free_bytes - keep_free_bytes)
    fields: dict[str, Any] = {"free_gb": folder.free_bytes / GB, "keep_gb": keep_free_bytes / GB}
    name = "disk_space"
    if not load.cameras:
        if folder.free_bytes < keep_free_bytes:
            text = N_("On the disk of the data folder {free_gb} GB are free, and {keep_gb} GB are to stay free")
            return Finding(name, Level.WARNING, text, N_("Free space on the disk, or add a disk"), fields)
        return Finding(
            name,
            Level.OK,
            N_("On the disk of the data folder {free_gb} GB are free; no live camera is registered"),
            fields=fields,
        )
    days = (usable + load.kept_bytes) / load.day_bytes
    fields |= {"cameras": load.cameras, "day_gb": load.day_bytes / GB, "days": days, "promised": load.longest_days}
    if load.missing_bytes > usable:
        fields["missing_gb"] = (load.missing_bytes - usable) / GB
        text = N_(
            "On the disk of the data folder {free_gb} GB are free, of which {keep_gb} GB are to stay free; {cameras} cameras write {day_gb} GB a day, "
            "so {days} days fit, and up to {promised} days are asked for"
        )
        mend = N_("Add {missing_gb} GB, or lower retention_days or the bit rates of cameras")
        return Finding(name, Level.PROBLEM, text, mend, fields)
    text = N_(
        "On the disk of the data folder {free_gb} GB are free; {cameras} cameras write {day_gb} GB a day, so {days} days fit"
    )
    if days < 1:
        return Finding(name, Level.PROBLEM, text, N_("Free space on the disk, or add a disk"), fields)
    return Finding(name, Level.OK, text, fields=fields)


def spool_space(folder: Folder, load: Load) -> Finding:
    needed = load.bits_per_s / 8 * _SPOOL_S
    fields = {"free_gb": folder.free_bytes / GB, "needed_gb": needed / GB}
    text = N_(
        "On the disk of the data folder {free_gb} GB are free for footage that waits for the object store; an hour of it is {needed_gb} GB"
    )
    if folder.free_bytes < needed:
        return Finding("disk_space", Level.WARNING, text, N_("Free space on the disk, or add a disk"), fields)
    return Finding("disk_space", Level.OK, text, fields=fields)


def disk_speed(speed: DiskSpeed | None, load: Load) -> Finding:
    name, needed = "disk_speed", load.bits_per_s / 8
    if speed is None:
        text = N_("How fast the disk writes could not be measured: it is too full")
        return Finding(name, Level.WARNING, text, N_("Free space on the disk, or add a disk"))
    fields = {"speed_mb": speed.bytes_per_s / MB, "needed_mb": needed / MB}
    text = N_("The disk takes {speed_mb} MB a second, synced; the cameras need {needed_mb}")
    mend = N_("Use a faster disk, or spread the cameras over machines")
    if speed.bytes_per_s < needed * _DISK_SPARE:
        return Finding(name, Level.PROBLEM, text, mend, fields)
    if speed.bytes_per_s < needed * _DISK_EASE:
        return Finding(name, Level.WARNING, text, mend, fields)
    return Finding(name, Level.OK, text, fields=fields)


def catalogue_place(kind: str) -> Finding:
    fields = {"kind": kind}
    if kind in ON_NETWORK:
        text = N_("The SQLite catalogue lies on a network file system ({kind}), whose locks it cannot trust")
        mend = N_("Put MATPHO_DATA on a disk of this machine, or set MATPHO_DATABASE_URL to a PostgreSQL database")
        return Finding("catalogue_place", Level.WARNING, text, mend, fields)
    text = N_("The SQLite catalogue lies on a file system of this machine ({kind})")
    return Finding("catalogue_place", Level.OK, text, fields=fields)


def clock(found: KernelClock) -> Finding:
    """Judge the clock whose times the footage gets: nothing makes up afterwards for one that nobody disciplined."""
    fields = {"error_ms": found.estimated_error_us / 1000, "bound_ms": found.largest_error_us / 1000, "why": found.why}
    if found.synchronised is None:
        text = N_("The kernel does not tell whether its clock is disciplined: {why}")
        mend = N_("Ask outside the container: `timedatectl` or `chronyc tracking`")
        return Finding("clock", Level.WARNING, text, mend, fields)
    mend = N_("Install and start chrony (or systemd-timesyncd), and let it reach a time server; see `chronyc tracking`")
    if not found.synchronised:
        text = N_("The kernel says that its clock is not synchronised: times of footage may be off by any amount")
        return Finding("clock", Level.PROBLEM, text, mend, fields)
    text = N_("The clock is synchronised: {error_ms} ms off by its own estimate, {bound_ms} ms at most")
    level = Level.WARNING if found.largest_error_us > _LARGEST_ERROR_US else Level.OK
    return Finding("clock", level, text, mend if level is Level.WARNING else "", fields)


def open_files(limit: int, load: Load) -> Finding:
    needed = _FILES + _CAMERA_FILES * load.cameras
    if limit < 0:  # RLIM_INFINITY
        return Finding("open_files", Level.OK, N_("There is no limit of open files"))
    fields = {"limit": limit, "needed": needed, "cameras": load.cameras}
    text = N_("{limit} files may be open at once; {cameras} cameras need {needed}")
    mend = N_("Raise it: `ulimit -n {needed}` before the start, or LimitNOFILE={needed} in the unit of systemd")
    level = Level.PROBLEM if limit < needed else Level.OK
    return Finding("open_files", level, text, mend if level is Level.PROBLEM else "", fields)


def network(interfaces: Sequence[Interface], load: Load) -> Finding:
    up = [interface for interface in interfaces if interface.up]
    known = {interface.mbps: interface.name for interface in up if interface.mbps is not None}
    needed = load.bits_per_s / MB
    fields: dict[str, Any] = {"needed_mbps": needed}
    name = "network"
    if not up:
        text, mend = N_("No network interface is up"), N_("Connect the machine to the network of the cameras")
        return Finding(name, Level.PROBLEM if load.cameras else Level.WARNING, text, mend, fields)
    if not known:
        text = N_("How fast the network is cannot be read here; the cameras send {needed_mbps} Mbps")
        mend = N_("Make sure that the network and its switches carry that; virtual machines do not tell")
        level = Level.WARNING if load.cameras else Level.OK
        return Finding(name, level, text, mend if level is Level.WARNING else "", fields)
    fastest = max(known)
    fields |= {"mbps": fastest, "interface": known[fastest]}
    text = N_("The network ({interface}) carries {mbps} Mbps; the cameras send {needed_mbps} Mbps")
    mend = N_("Use a faster network, lower the bit rates of cameras, or spread the cameras over machines")
    share = needed / fastest
    level = Level.PROBLEM if share > _NETWORK_MOST else Level.WARNING if share > _NETWORK_EASE else Level.OK
    return Finding(name, level, text, mend if level is not Level.OK else "", fields)


def memory(known: int | None, load: Load) -> Finding:
    needed = _PROCESS_BYTES + _CAMERA_BYTES * load.cameras
    if known is None:
        return Finding("memory", Level.WARNING, N_("How much memory there is cannot be read here"))
    fields = {"memory_gb": known / GB, "needed_gb": needed / GB}
    text = N_("There are {memory_gb} GB of memory; the recorder needs about {needed_gb} GB")
    level = Level.PROBLEM if known < needed else Level.WARNING if known < 2 * needed else Level.OK
    mend = N_("Add memory, or spread the cameras over machines") if level is not Level.OK else ""
    return Finding("memory", level, text, mend, fields)


def processor(cores: float, load: Load) -> Finding:
    needed = math.ceil(load.cameras / CAMERAS_A_CORE)
    fields = {
        "cores": cores if cores % 1 else int(cores),
        "needed": needed,
        "cameras": load.cameras,
        "each": CAMERAS_A_CORE,
    }
    text = N_("There are {cores} cores; {cameras} cameras need {needed} (about {each} a core)")
    level = Level.PROBLEM if cores < needed else Level.OK
    mend = N_("Add cores, or spread the cameras over machines") if level is Level.PROBLEM else ""
    return Finding("processor", level, text, mend, fields)


def compiled(found: ReceivePath) -> Finding:
    """Judge nothing but what was compiled in vain: without, recording only takes more of the processor."""
    in_vain = found in {ReceivePath.CHANGED, ReceivePath.BROKEN}
    mend = N_("Compile it anew with `make fast`, or remove what was compiled with `make slow`") if in_vain else ""
    return Finding("receive_path", Level.WARNING if in_vain else Level.OK, _RECEIVE_PATH[found], mend)


def papers(*, drawn: bool) -> Finding:
    """Judge whether forms and signs come as PDF; where not, the browser prints them all the same."""
    if drawn:
        return Finding("papers", Level.OK, N_("Papers can be made as PDF"))
    text = N_("Papers cannot be made as PDF: the library Pango is missing; they are printed from the browser")
    mend = N_("Install it: `apt install libpango-1.0-0 libpangoft2-1.0-0`")
    return Finding("papers", Level.WARNING, text, mend)
