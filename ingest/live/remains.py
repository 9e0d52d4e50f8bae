"""What a crash, a full disk or a store that was away left in the spool: sealed, stored and indexed, or set aside, never lost in silence.

A file's name tells camera, stream and start, its fragments tell the rest, so this needs nothing that was only in memory. Doing it
again changes nothing.
"""

import logging
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from camera_registry.tables import Camera, Stream
from foundation.clock import Clock
from foundation.database import unit_of_work
from foundation.identity import SERVICE
from foundation.mp4.errors import Mp4Unreadable
from foundation.mp4.hybrid import FILE_TYPE
from foundation.mp4.model import Track
from foundation.mp4.movie import read_movie
from foundation.mp4.sample_entries import codec_kind, codec_string, sound_shape
from foundation.storage import ObjectExists, ObjectStore, StoreUnavailable
from foundation.timebase import MEDIA_TIMESCALE, MICROSECONDS, TimeRange, datetime_from_us, rescale
from ingest.index.queries import add_run, config_id
from ingest.index.recording import (
    CLOCK_SOURCE,
    cut_run,
    end_run,
    forget_open,
    has_segment,
    open_segments,
    runs_going_on,
    store_segments,
)
from ingest.index.records import GapReason, SegmentRecord
from ingest.index.tables import MAX_SEGMENT_US, OpenSegment, Segment
from ingest.live.desk import KEPT, put_kept
from ingest.live.ledger import RECEIVER_UNCERTAINTY_US
from ingest.live.steady import SLEW_PPM
from ingest.segment_writer import Step, close_file, digest_of, placed_sound

log = logging.getLogger(__name__)

_KEY = re.compile(r"segments/(\d+)/live/(\d+)/\d{4}-\d\d-\d\d/(\d+)\.mp4")
ASIDE = ".damaged"
_UNWRITTEN, _PAGE = bytes(64), 4096


@dataclass(frozen=True)
class Remains:
    """`saved` segments are in the index now; `aside` are files that cannot be read, kept under another name; `waiting` are
    keys of segments that the store does not have yet, with `waiting_bytes`.
    """

    saved: int = 0
    emptied: int = 0
    aside: int = 0
    waiting: tuple[str, ...] = ()
    waiting_bytes: int = 0


@dataclass(frozen=True)
class Dead:
    """Runs without an end, and segments still open (stream, start), of recorders that are gone."""

    runs: frozenset[int] = frozenset()
    segments: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class _File:
    path: Path
    key: str
    camera_id: int
    stream_id: int
    start_us: int
    next_us: int | None
    """Where the next file of the stream begins."""

    @property
    def kept(self) -> Path:
        return self.path.with_name(self.path.name + KEPT)


def the_dead(engine: sa.Engine, mine: Callable[[int], bool] = lambda _camera_id: True) -> Dead:
    """Return what the index has of recordings that go on, of cameras that are `mine`, while nobody records them."""
    with unit_of_work(engine, writes=False) as session:
        cameras = _cameras(session)
        runs = frozenset(run for run, stream_id in runs_going_on(session) if mine(cameras[stream_id][0]))
        rows = [row for row in open_segments(session) if mine(cameras[row.stream_id][0])]
    return Dead(runs, frozenset((row.stream_id, row.start_us) for row in rows))


def recover_recordings(
    engine: sa.Engine,
    store: ObjectStore | None,
    spool: Path,
    clock: Clock,
    *,
    mine: Callable[[int], bool] = lambda _camera_id: True,
    busy: Callable[[str], bool] = lambda _key: False,
    dead: Dead | None = None,
    step: Step = lambda _name: None,
) -> Remains:
    """Finish what lies in the spool of cameras that are `mine`, but for keys that somebody is `busy` with.

    Runs of the `dead` get an end; by default all are dead, for nobody records. What the store does not take stays, for the
    next time; without a store that is all of it, and once the store does not answer it is not asked again.
    """
    dead = the_dead(engine, mine) if dead is None else dead
    found = Remains()
    for file in _files(spool):
        if mine(file.camera_id) and not busy(file.key):
            try:
                found = _finish(engine, store, file, found, step)
            except (StoreUnavailable, ObjectExists) as error:
                log.warning("%s waits for the store: %s", file.key, error)
                found = _waits(found, file)
                store = None if isinstance(error, StoreUnavailable) else store
    if dead != Dead():
        with unit_of_work(engine) as session:
            _close_runs(session, clock, dead, frozenset(found.waiting))
    _remove_past_days(spool, clock.now_us())
    return found


def _remove_past_days(spool: Path, now_us: int) -> None:
    """Remove folders of days before yesterday that are empty: in a year they would be more than the files."""
    yesterday = f"{datetime_from_us(now_us - 86_400 * MICROSECONDS):%Y-%m-%d}"
    for folder in spool.glob("segments/*/live/*/*"):
        if folder.name < yesterday:
            with suppress(OSError):
                folder.rmdir()


def _close_runs(session: Session, clock: Clock, dead: Dead, waiting: frozenset[str]) -> None:
    cameras = _cameras(session)
    for row in open_segments(session):
        if (row.stream_id, row.start_us) in dead.segments and row.key not in waiting:
            forget_open(session, row.stream_id, row.start_us)  # its bytes are in nobody's hands any more
            cut_run(session, row.run_id, None)
    for run_id, stream_id in runs_going_on(session):
        if run_id in dead.runs:
            cut_run(session, run_id, GapReason.KILLED)
            detail = {"run": run_id, "reason": str(GapReason.KILLED)}
            record(session, clock, SERVICE, "recording:end", "camera", cameras[stream_id][1], **detail)


def _cameras(session: Session) -> dict[int, tuple[int, str]]:
    """Return id and code of the camera of each live stream."""
    question = sa.select(col(Stream.id), col(Camera.id), col(Camera.code)).join(
        Camera, col(Camera.id) == col(Stream.camera_id)
    )
    rows = session.execute(question.where(col(Stream.kind) == "main"))
    return {stream_id: (camera_id, code) for stream_id, camera_id, code in rows}


def _files(spool: Path) -> Iterator[_File]:
    paths = {path.with_name(path.name.removesuffix(KEPT)) for path in (spool / "segments").rglob("*.mp4*")}
    keys = (path.relative_to(spool).as_posix() for path in paths)
    names = sorted((int(match[2]), int(match[3]), match) for key in keys if (match := _KEY.fullmatch(key)))
    for (stream_id, start_us, match), after in zip(names, [*names[1:], None], strict=False):
        next_us = after[1] if after is not None and after[0] == stream_id else None
        yield _File(spool / match[0], match[0], int(match[1]), stream_id, start_us, next_us)


def _waits(found: Remains, file: _File) -> Remains:
    there = file.path if file.path.exists() else file.kept
    return replace(found, waiting=(*found.waiting, file.key), waiting_bytes=found.waiting_bytes + there.stat().st_size)


def _finish(engine: sa.Engine, store: ObjectStore | None, file: _File, found: Remains, step: Step) -> Remains:
    kept = file.kept
    with unit_of_work(engine, writes=False) as session:
        done = has_segment(session, file.stream_id, file.start_us)
    if done:
        file.path.unlink(missing_ok=True)
        kept.unlink(missing_ok=True)
        return found
    if not file.path.exists():
        if not kept.exists():
            return found  # somebody finished it meanwhile
        os.link(kept, file.path)
    try:
        sealed = _sealed(file.path, step)
    except Mp4Unreadable as error:
        log.warning("%s cannot be read and is set aside: %s", file.key, error)
        file.path.rename(file.path.with_name(file.path.name + ASIDE))
        kept.unlink(missing_ok=True)
        return replace(found, aside=found.aside + 1)
    if sealed is None:
        file.path.unlink()
        kept.unlink(missing_ok=True)
        return replace(found, emptied=found.emptied + 1)
    if store is None:
        return _waits(found, file)
    put_kept(store, file.key, file.path)
    step("remains stored")
    with unit_of_work(engine) as session:
        _index(session, file, sealed)
    step("remains indexed")
    kept.unlink(missing_ok=True)
    return replace(found, saved=found.saved + 1)


@dataclass(frozen=True)
class _Sealed:
    tracks: tuple[Track, ...]
    size: int
    index_offset: int
    sha256: bytes

    @property
    def pictures(self) -> Track:
        return self.tracks[0]

    @property
    def media_ticks(self) -> int:
        return self.pictures.samples.end_dts


def _sealed(path: Path, step: Step) -> _Sealed | None:
    """Seal the file if it is not; None if no whole fragment is in it. Raises `Mp4Unreadable`."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = os.pread(file.fileno(), len(FILE_TYPE) + 16, 0)
        if size <= len(head):
            return None
        plain = head[len(FILE_TYPE) + 4 : len(FILE_TYPE) + 8] == b"mdat"
        end = size if plain else _first_lost(file.fileno())
        movie = read_movie(lambda start, length: os.pread(file.fileno(), length, start), end)
        if not plain:
            movie = replace(movie, tracks=tuple(_whole(file.fileno(), movie.tracks)))
    tracks = tuple(track for track in movie.tracks if len(track.samples))
    if not tracks or tracks[0].media != "video":
        return None
    if plain:
        index_offset = len(FILE_TYPE) + int.from_bytes(head[-8:], "big")
    else:
        index_offset = max(int((track.samples.offset + track.samples.size).max()) for track in tracks)
        tracks = tuple(placed_sound(track) if track.media == "audio" else track for track in tracks)
        size = close_file(path, tracks, index_offset, step)
    return _Sealed(tracks, size, index_offset, digest_of(path))


def _whole(file: int, tracks: Sequence[Track]) -> Iterator[Track]:
    """Yield the tracks up to the first picture that a power cut left only in name: its pages were never written.

    No NAL unit holds that many zeros in a row (ITU-T H.264, 7.4.1), and the lengths before the units add up.
    """
    pictures = tracks[0].samples
    stop = len(pictures)
    if codec_kind(tracks[0].sample_entries[0]) in {"h264", "h265"}:
        for number, (offset, size) in enumerate(zip(pictures.offset.tolist(), pictures.size.tolist(), strict=True)):
            if not _is_written(os.pread(file, size, offset)):
                stop = number
                break
    end = int(pictures.offset[stop]) if stop < len(pictures) else None
    for track in tracks:
        samples = track.samples
        yield track if end is None else replace(track, samples=samples.take(samples.offset < end))


def _first_lost(file: int) -> int:
    """Return where the first page begins that was never written, the end of the file if all were.

    It ends the file, be it within a picture, of which it may have a few bytes, or within the head of a fragment.
    """
    at = 0
    while data := os.pread(file, _PAGE, at):
        if not data.strip(b"\0"):
            return at
        at += len(data)
    return at


def _is_written(sample: bytes) -> bool:
    at = 0
    while at + 4 < len(sample):
        length = int.from_bytes(sample[at : at + 4], "big")
        at += 4 + length
        if length == 0:
            return False
    return at == len(sample) and _UNWRITTEN not in sample


def _index(session: Session, file: _File, sealed: _Sealed) -> None:
    told = session.get(OpenSegment, (file.stream_id, file.start_us))
    end_us = file.start_us + rescale(sealed.media_ticks, MICROSECONDS, MEDIA_TIMESCALE)
    if told is not None:
        more = sealed.media_ticks - told.media_ticks
        end_us = told.end_us + rescale(more, MICROSECONDS, MEDIA_TIMESCALE)
    if file.next_us is not None and abs(file.next_us - end_us) <= _reach(end_us - file.start_us):
        end_us = file.next_us
    end_us = min(max(end_us, file.start_us + 1), file.start_us + MAX_SEGMENT_US)
    run_id = _run(session, file, end_us) if told is None else told.run_id
    sound = next((track for track in sealed.tracks if track.media == "audio"), None)
    pictures = sealed.pictures
    store_segments(
        session,
        [
            SegmentRecord(
                file.stream_id,
                file.start_us,
                end_us,
                sealed.media_ticks,
                run_id,
                _config(session, "video", pictures.sample_entries[0], pictures.width, pictures.height),
                None if sound is None else _config(session, "audio", sound.sample_entries[0], rate=sound.timescale),
                file.key,
                sealed.size,
                sealed.index_offset,
                sealed.sha256,
                len(pictures.samples),
            )
        ],
    )


def _reach(duration_us: int) -> int:
    """Return how far media and wall time may come apart: segments that seem to lie so close to each other touch."""
    return duration_us * SLEW_PPM // 1_000_000 + 1000


def _run(session: Session, file: _File, end_us: int) -> int:
    """Return the run that the segment goes on with, else a run of its own; it ended when the recorder was killed."""
    question = sa.select(col(Segment.run_id)).where(
        col(Segment.stream_id) == file.stream_id,
        col(Segment.end_us) == file.start_us,
        col(Segment.start_us) >= file.start_us - MAX_SEGMENT_US,
    )
    before: int | None = session.execute(question).scalar_one_or_none()
    if before is not None:
        return before
    span = TimeRange(file.start_us, end_us)
    made = add_run(session, file.stream_id, span, clock_source=CLOCK_SOURCE, uncertainty_us=RECEIVER_UNCERTAINTY_US)
    end_run(session, made, GapReason.KILLED)
    return made


def _config(session: Session, media: str, entry: bytes, width: int = 0, height: int = 0, rate: int = 0) -> int:
    name = codec_string(entry) or codec_kind(entry)
    rate = rate or (sound_shape(entry)[1] if media == "audio" else 0)
    return config_id(session, media, name, entry, width=width, height=height, sample_rate=rate)
