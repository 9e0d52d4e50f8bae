"""Make a clip, read it again, open it as a file. A clip is its definition and its receipt; its bytes are computed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from audit.log import record
from camera_registry.cameras import describe, get_camera
from camera_registry.tables import Camera
from extract.camera_footage import CameraFootage, around, streams, with_media
from extract.cut import Mode
from extract.footage import Footage
from extract.hearing import SoundNotAllowed, sound_allowed
from extract.layout import Layout, lay_out
from extract.plan import Plan, in_order, plan
from extract.receipts import ImportedFile, Known, canonical, receipt_of
from extract.remembered import FileMemory
from extract.tables import Clip
from extract.virtual_file import VirtualFile, build, identity
from foundation.clock import Clock
from foundation.errors import N_, BadInput, Gone, NotFound, TooLarge
from foundation.identity import Actor, new_id
from foundation.storage import ObjectStore
from foundation.timebase import MICROSECONDS, TimeRange, ToldInstant
from ingest.index.queries import beginnings_of, recorded, segments_of
from ingest.index.recorder_clock import comparisons_of
from ingest.index.records import Prefix
from ingest.index.tables import ClipImport
from ingest.index.timeline import timeline

LONGEST_US = 12 * 3600 * MICROSECONDS
DEFAULT_ZONE = "Asia/Ho_Chi_Minh"
_FILES = FileMemory()


class ClipEmpty(NotFound):
    code = "clip_empty"
    message = N_("Camera “{camera}” has no frame between {start} and {end}")
    mend = N_("The timeline of the camera tells what was recorded, and why there is nothing here")


class ClipStrictEmpty(NotFound):
    code = "clip_strict_empty"
    message = N_(
        "Between {start} and {end} camera “{camera}” recorded no key frame that a strict clip could begin with"
    )
    mend = N_("Ask for mode “exact”, or for a longer range")


class ClipTooLong(TooLarge):
    code = "clip_too_long"
    message = N_("A clip lasts at most {limit} hours")
    mend = N_("Ask for several clips, one after the other")


class ClipUnknown(NotFound):
    code = "clip_unknown"
    message = N_("There is no clip “{name}”")


class ClipGone(Gone):
    code = "clip_gone"
    message = N_("Footage of this clip is no longer kept: {missing} of its {count} segments were deleted")


class ClipPartUnknown(NotFound):
    code = "clip_part_unknown"
    message = N_("The clip has no part {part}; it has {count}")


class ModeUnknown(BadInput):
    code = "mode_unknown"
    message = N_("“{mode}” is not a mode of cutting")
    mend = N_("The modes are exact, keyframe and strict")


def camera_of_clip(session: Session, clip_id: str) -> int:
    """Return the id of the camera that a clip is of, for whoever has to judge who may have it. Raises `ClipUnknown`."""
    clip = session.get(Clip, clip_id)
    if clip is None:
        raise ClipUnknown(name=clip_id[:40])
    return clip.camera_id


@dataclass(frozen=True)
class ClipMade:
    id: str
    receipt: dict[str, Any]
    complete: bool


@dataclass(frozen=True)
class ClipRecord:
    """A clip as it is kept. `segments` are (stream id, start) of all that answered, in order.

    Of those that were still being written, `beginnings` tell how far they had come: the clip ends there for good.
    """

    id: str
    camera_id: int
    span: TimeRange
    mode: Mode
    audio: bool
    zone: str | None
    segments: tuple[tuple[int, int], ...]
    receipt: dict[str, Any]
    created_us: int
    created_by: str
    beginnings: Mapping[tuple[int, int], Prefix] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return bool(self.receipt["complete"])

    @property
    def parts(self) -> int:
        return len(self.receipt["parts"])


def make_clip(
    session: Session,
    clock: Clock,
    store: ObjectStore,
    actor: Actor,
    camera_code: str,
    span: TimeRange,
    mode: str = "exact",
    audio: bool = False,
    times: bool = False,
    *,
    zone: str = DEFAULT_ZONE,
) -> ClipMade:
    """Define the clip of `span` and write its receipt and the audit event. With `times` it shows the clock of `zone`.

    Raises `CameraUnknown`, `ClipEmpty` when no frame answers, `ClipStrictEmpty`, `ClipTooLong`, `SoundNotAllowed`.
    """
    cutting = checked_mode(mode)
    if span.duration_us > LONGEST_US:
        raise ClipTooLong(limit=LONGEST_US // 3_600_000_000)
    camera = get_camera(session, camera_code)
    assert camera.id is not None
    if audio and not sound_allowed(session, clock, camera.id):
        raise SoundNotAllowed(camera=camera_code)
    found = around(session, store, camera.id, span)
    planned = plan(found.footage, span, cutting, found.load, audio=audio)
    if not planned.parts:
        raise _empty(planned, camera_code)
    clip = ClipRecord(
        id=new_id(),
        camera_id=camera.id,
        span=span,
        mode=cutting,
        audio=audio,
        zone=zone if times else None,
        segments=tuple((item.stream_id, item.start_us) for item in planned.used),
        receipt={},
        created_us=clock.now_us(),
        created_by=actor.name,
        beginnings=_beginnings(found, planned),
    )
    files = _files(clip, planned)
    known = _known(session, clock, camera, planned, found, clip.zone)
    receipt = receipt_of(planned, files, known, audio=audio)
    session.add(_row(clip, receipt))
    asked = {"camera": camera_code, "from_us": span.start_us, "to_us": span.end_us, "mode": mode, "audio": audio}
    told = {"complete": receipt["complete"], "sound": any(part["sound"] for part in receipt["parts"])}
    record(session, clock, actor, "clip:make", "clip", clip.id, **told, **asked)
    return ClipMade(clip.id, receipt, receipt["complete"])


def _empty(planned: Plan, camera_code: str) -> NotFound:
    span = {"start": ToldInstant(planned.span.start_us), "end": ToldInstant(planned.span.end_us)}
    strict = planned.mode == "strict" and planned.lost
    return (ClipStrictEmpty if strict else ClipEmpty)(camera=camera_code, **span)


def _beginnings(found: CameraFootage, planned: Plan) -> dict[tuple[int, int], Prefix]:
    used = [found.segments[item.key] for item in planned.used]
    return {
        (item.stream_id, item.start_us): Prefix(item.end_us, item.media_ticks, item.size_bytes, item.frames)
        for item in used
        if not item.sealed
    }


def checked_mode(mode: str) -> Mode:
    if mode in {"exact", "keyframe", "strict"}:
        return mode  # type: ignore[return-value]  # the literals of the line above
    raise ModeUnknown(mode=mode)


def _row(clip: ClipRecord, receipt: dict[str, Any]) -> Clip:
    return Clip(
        id=clip.id,
        camera_id=clip.camera_id,
        start_us=clip.span.start_us,
        end_us=clip.span.end_us,
        mode=clip.mode,
        audio=int(clip.audio),
        times=int(clip.zone is not None),
        segments=json.dumps([[*name, *clip.beginnings.get(name, ())] for name in clip.segments], separators=(",", ":")),
        receipt=canonical(receipt),
        created_us=clip.created_us,
        created_by=clip.created_by,
    )


def _known(
    session: Session, clock: Clock, camera: Camera, planned: Plan, found: CameraFootage, zone: str | None
) -> Known:
    now = clock.now_us()
    assert camera.id is not None
    ids = [stream.id for stream in streams(session, camera.id) if stream.id is not None]
    reach = TimeRange(
        min(planned.span.start_us, planned.used[0].start_us),
        max(planned.span.end_us, *(item.end_us for item in planned.used)),
    )
    runs = {run.id: run for run in recorded(session, ids, reach)}
    imports = _imports(session, sorted({run.import_id for run in runs.values() if run.import_id is not None}))
    spent = timeline(session, ids, planned.span, now, camera.registered_us)
    return Known(
        camera_code=camera.code,
        camera_name=camera.name,
        sound_agreed=describe(session, camera, planned.span.start_us).sound_agreed,
        segments=found.segments,
        runs=runs,
        imports=imports,
        gaps=spent.gaps,
        zone=zone,
    )


def _imports(session: Session, ids: list[str]) -> dict[str, ImportedFile]:
    rows = session.exec(select(ClipImport).where(col(ClipImport.id).in_(ids))).all()
    clocks = comparisons_of(session, ids)
    return {
        row.id: ImportedFile(
            row.id, row.file_name, (row.sha256 or b"").hex(), row.size_bytes, row.start_source, clocks.get(row.id)
        )
        for row in rows
    }


def read_clip(session: Session, clip_id: str) -> ClipRecord:
    """Return a clip. Raises `ClipUnknown`."""
    row = session.get(Clip, clip_id)
    if row is None:
        raise ClipUnknown(name=clip_id[:40])
    receipt = json.loads(row.receipt)
    named = [((stream_id, start_us), more) for stream_id, start_us, *more in json.loads(row.segments)]
    return ClipRecord(
        id=row.id,
        camera_id=row.camera_id,
        span=TimeRange(row.start_us, row.end_us),
        mode=checked_mode(row.mode),
        audio=bool(row.audio),
        zone=receipt["asked"]["times"],
        segments=tuple(name for name, _ in named),
        receipt=receipt,
        created_us=row.created_us,
        created_by=row.created_by,
        beginnings={name: Prefix._make(more) for name, more in named if more},
    )


def open_clip(session: Session, store: ObjectStore, clip_id: str, part: int = 1) -> VirtualFile:
    """Return a part of a clip as a file. Raises `ClipUnknown`, `ClipPartUnknown`, `ClipGone`, `SegmentDamaged`."""
    clip = read_clip(session, clip_id)
    if not 1 <= part <= clip.parts:
        raise ClipPartUnknown(part=part, count=clip.parts)
    found = _frozen(session, store, clip)
    used = in_order(found.footage)
    name = _name(clip, used, part)
    known = _FILES.get(name)
    if known is None:
        known = _build(clip, _planned(clip, found), part)
        _FILES.put(name, known)
    return known


def open_plan(session: Session, store: ObjectStore, clip: ClipRecord) -> Plan:
    """Return the plan that the clip was made by. Raises `ClipGone`, `SegmentDamaged`."""
    return _planned(clip, _frozen(session, store, clip))


def plan_within(session: Session, store: ObjectStore, clip: ClipRecord, span: TimeRange, mode: Mode) -> Plan:
    """Return the plan of a range inside the clip's, from the segments of the clip alone, with sound if it has it.

    Raises `ClipGone`, `SegmentDamaged`.
    """
    found = _frozen(session, store, clip)
    return plan(found.footage, span, mode, found.load, audio=clip.audio)


def still_kept(session: Session, clip: ClipRecord) -> bool:
    """Tell whether all footage of the clip is still there."""
    sealed = [name for name in clip.segments if name not in clip.beginnings]
    return len(segments_of(session, sealed)) + len(beginnings_of(session, clip.beginnings)) == len(clip.segments)


def _frozen(session: Session, store: ObjectStore, clip: ClipRecord) -> CameraFootage:
    grown = beginnings_of(session, clip.beginnings)
    sealed = [name for name in clip.segments if name not in clip.beginnings]
    there = {(record.stream_id, record.start_us): record for record in segments_of(session, sealed)} | grown
    records = [there[name] for name in clip.segments if name in there]
    if len(records) < len(clip.segments):
        raise ClipGone(missing=len(clip.segments) - len(records), count=len(clip.segments))
    ranked = [stream.id for stream in streams(session, clip.camera_id) if stream.id is not None]
    return with_media(session, store, records, ranked)


def _planned(clip: ClipRecord, found: CameraFootage) -> Plan:
    return plan(found.footage, clip.span, clip.mode, found.load, audio=clip.audio)


def _files(clip: ClipRecord, planned: Plan) -> list[tuple[Layout, VirtualFile]]:
    """Build and remember the files of all parts: the media is mostly asked for at once."""
    files = []
    for number, part in enumerate(planned.parts, 1):
        layout = lay_out(part, clip.mode)
        file = _build(clip, planned, number, layout)
        _FILES.put(_name(clip, planned.used, number), file)
        files.append((layout, file))
    return files


def _build(clip: ClipRecord, planned: Plan, part: int, layout: Layout | None = None) -> VirtualFile:
    zone = ZoneInfo(clip.zone) if clip.zone else None
    return build(planned.parts[part - 1], clip.mode, _identity(clip, planned.used, part), zone, layout=layout)


def _identity(clip: ClipRecord, used: Sequence[Footage], part: int) -> str:
    asked = {"from": clip.span.start_us, "to": clip.span.end_us, "mode": clip.mode}
    return identity(used, part, **asked, audio=clip.audio, times=clip.zone)


def _name(clip: ClipRecord, used: Sequence[Footage], part: int) -> tuple[str, ...]:
    return (_identity(clip, used, part), *(item.key for item in used))
