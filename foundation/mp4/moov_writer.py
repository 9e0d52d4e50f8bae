"""From tracks to a `moov` box (clause 8.2). The same tracks give the same bytes: times of day are written as 0."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from foundation.mp4.boxes import box, full_box
from foundation.mp4.errors import Mp4Unwritable
from foundation.mp4.model import UPRIGHT, Edit, Track
from foundation.mp4.stbl_reader import FAR
from foundation.mp4.stbl_writer import U32_MAX, SampleBoxes, sample_boxes
from foundation.timebase import rescale

_HANDLERS = {
    "video": (b"vide", b"Video\0", full_box(b"vmhd", 0, 1, bytes(8))),
    "audio": (b"soun", b"Sound\0", full_box(b"smhd", 0, 0, bytes(4))),
    "text": (b"text", b"Text\0", full_box(b"nmhd", 0, 0)),
}
_SELF_CONTAINED = box(b"dinf", full_box(b"dref", 0, 0, (1).to_bytes(4, "big"), full_box(b"url ", 0, 1)))
_ENABLED_IN_MOVIE = 3
_ONE_SIDE_UP = struct.pack(">IH10x", 0x10000, 0x100) + UPRIGHT + bytes(24)  # rate, volume, reserved, matrix, unused


@dataclass(frozen=True, eq=False, slots=True)
class PreparedTrack:
    """A track whose sample tables are encoded; `start` is the decode time that becomes 0."""

    track: Track
    boxes: SampleBoxes
    start: int
    media_ticks: int
    edits: tuple[Edit, ...]
    movie_ticks: int


def prepare(track: Track, movie_timescale: int) -> PreparedTrack:
    """Encode the track's sample tables. Decode times are moved to begin at 0, and the edits with them.

    An edit of duration 0 lasts until the end of the media.
    """
    _check(track)
    samples = track.samples
    start = int(samples.dts[0]) if len(samples) else 0
    ticks = samples.end_dts - start if len(samples) else 0
    end = int((samples.pts + samples.durations).max()) if len(samples) else 0
    edits = tuple(_whole_edit(edit, start, end, track.timescale, movie_timescale) for edit in track.edits)
    whole = rescale(max(end - start, 0), movie_timescale, track.timescale)
    shown = sum(edit.duration for edit in edits) if edits else whole
    if shown >= FAR:
        raise Mp4Unwritable(f"track {track.id} lasts {shown} ticks")
    return PreparedTrack(track, sample_boxes(track.sample_entries, samples), start, ticks, edits, shown)


def _check(track: Track) -> None:
    if track.media not in _HANDLERS:
        raise Mp4Unwritable(f"track {track.id} is neither video nor audio nor text")
    if not 0 < track.id <= U32_MAX or not 0 < track.timescale <= U32_MAX:
        raise Mp4Unwritable(f"track {track.id} of timescale {track.timescale}")
    if not (0 <= track.width < 0x10000 and 0 <= track.height < 0x10000 and len(track.matrix) == len(UPRIGHT)):
        raise Mp4Unwritable(f"track {track.id} of {track.width} x {track.height}")
    if any(edit.duration < 0 for edit in track.edits):
        raise Mp4Unwritable(f"an edit of negative duration in track {track.id}")


def _whole_edit(edit: Edit, start: int, end: int, timescale: int, movie_timescale: int) -> Edit:
    if edit.media_time < 0:
        return Edit(edit.duration, -1)
    duration = edit.duration or rescale(max(end - edit.media_time, 0), movie_timescale, timescale)
    if edit.media_time < start:
        raise Mp4Unwritable(f"an edit at {edit.media_time} ticks, decoding begins at {start}")
    return Edit(duration, edit.media_time - start)


def moov(prepared: Sequence[PreparedTrack], movie_timescale: int, base: int, large: bool) -> bytes:
    """Return a `moov` with all samples in it; `base` is added to their offsets, `large` chooses `co64`."""
    return _moov(prepared, movie_timescale, [track.boxes.stbl(base, large) for track in prepared])


def moov_bytes(prepared: Sequence[PreparedTrack], movie_timescale: int, large: bool) -> int:
    """Return the length of `moov(..., large)`, which does not depend on the offsets in it."""
    shell = _moov(prepared, movie_timescale, [b""] * len(prepared))
    return len(shell) + sum(track.boxes.stbl_bytes(large) for track in prepared)


def _moov(prepared: Sequence[PreparedTrack], movie_timescale: int, stbls: Sequence[bytes]) -> bytes:
    length = max((track.movie_ticks for track in prepared), default=0)
    traks = (_trak(track, stbl) for track, stbl in zip(prepared, stbls, strict=True))
    return box(b"moov", _mvhd([one.track for one in prepared], movie_timescale, length), *traks)


def init_moov(tracks: Sequence[Track], movie_timescale: int) -> bytes:
    """Return a `moov` without samples that announces fragments (`mvex`, clause 8.8.1).

    An edit that shows media is written with duration 0, which says: all that follows (clause 8.6.6).
    """
    traks, extends = [], []
    for track in tracks:
        _check(track)
        edits = tuple(
            Edit(0, edit.media_time) if edit.media_time >= 0 else Edit(edit.duration, -1) for edit in track.edits
        )
        boxes = sample_boxes(track.sample_entries, track.samples.take(slice(0, 0)))
        traks.append(_trak(PreparedTrack(track, boxes, 0, 0, edits, 0), boxes.stbl(0, large=False)))
        extends.append(full_box(b"trex", 0, 0, struct.pack(">5I", track.id, 1, 0, 0, 0)))
    return box(b"moov", _mvhd(tracks, movie_timescale, 0), *traks, box(b"mvex", *extends))


def _times(version: int, *middle: int, duration: int) -> bytes:
    """Return creation and modification time (0), the fields between, and the duration, in the version's width."""
    wide = "Q" if version else "I"
    return struct.pack(f">{wide}{wide}{len(middle)}I{wide}", 0, 0, *middle, duration)


def _mvhd(tracks: Sequence[Track], timescale: int, duration: int) -> bytes:
    ids = [track.id for track in tracks]
    if len(set(ids)) < len(ids):
        raise Mp4Unwritable("two tracks with one id")
    version = int(duration > U32_MAX)
    following = min(max(ids, default=0) + 1, U32_MAX)
    times = _times(version, timescale, duration=duration)
    return full_box(b"mvhd", version, 0, times, _ONE_SIDE_UP, following.to_bytes(4, "big"))


def _trak(prepared: PreparedTrack, stbl: bytes) -> bytes:
    track = prepared.track
    version = int(prepared.movie_ticks > U32_MAX)
    volume = 0x100 if track.media == "audio" else 0
    shape = (
        struct.pack(">8xHHH2x", 0, 0, volume) + track.matrix + struct.pack(">II", track.width << 16, track.height << 16)
    )
    times = _times(version, track.id, 0, duration=prepared.movie_ticks)
    tkhd = full_box(b"tkhd", version, _ENABLED_IN_MOVIE, times, shape)
    return box(b"trak", tkhd, _edts(prepared.edits), _mdia(prepared, stbl))


def _edts(edits: tuple[Edit, ...]) -> bytes:
    """Clause 8.6.6; every edit plays at the normal rate."""
    if not edits:
        return b""
    version = int(any(edit.duration > U32_MAX or edit.media_time > 2**31 - 1 for edit in edits))
    line = struct.Struct(">QqI" if version else ">IiI")
    lines = (line.pack(edit.duration, edit.media_time, 0x10000) for edit in edits)
    return box(b"edts", full_box(b"elst", version, 0, len(edits).to_bytes(4, "big"), *lines))


def _mdia(prepared: PreparedTrack, stbl: bytes) -> bytes:
    track = prepared.track
    handler, name, media_header = _HANDLERS[track.media]
    version = int(prepared.media_ticks > U32_MAX)
    times = _times(version, track.timescale, duration=prepared.media_ticks)
    mdhd = full_box(b"mdhd", version, 0, times, struct.pack(">HH", _packed_language(track.language), 0))
    hdlr = full_box(b"hdlr", 0, 0, bytes(4), handler, bytes(12), name)
    return box(b"mdia", mdhd, hdlr, box(b"minf", media_header, _SELF_CONTAINED, stbl))


def _packed_language(language: str) -> int:
    """ISO 639-2/T in three times five bits (clause 8.4.2.3)."""
    letters = [ord(letter) - 0x60 for letter in language]
    if len(letters) != 3 or not all(1 <= letter <= 26 for letter in letters):
        raise Mp4Unwritable(f"language {language!r} is not three small letters")
    return letters[0] << 10 | letters[1] << 5 | letters[2]
