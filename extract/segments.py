"""Read a segment's sample tables from its place in the store: one ranged read of the `moov` at its end.

One that was still being written when somebody asked is read up to where it had come then: out of its fragments, and once it is
sealed out of its `moov`, which puts the same samples at the same places.
"""

from collections import OrderedDict
from dataclasses import replace
from threading import Lock

import numpy as np

from extract.footage import Footage, Media, Sound
from foundation.errors import N_, Corrupt
from foundation.mp4.errors import Mp4Unreadable
from foundation.mp4.hybrid import FILE_TYPE
from foundation.mp4.model import Track
from foundation.mp4.movie import Movie, parse_moov, read_movie
from foundation.mp4.tables import SampleTable
from foundation.storage import ObjectStore
from foundation.timebase import MEDIA_TIMESCALE, rescale
from ingest.index.records import SegmentRecord

_HEAD = len(FILE_TYPE) + 16
_REMEMBERED_SAMPLES = 600_000
"""At 45 bytes a sample some 27 MB; sixty minutes of 25 frames a second are 90,000."""


class SegmentDamaged(Corrupt):
    code = "segment_damaged"
    message = N_("The stored segment {key} is damaged: {why}")
    mend = N_("Run “matpho check --level hash”; the untouched original of an import can be imported again")


class MediaMemory:
    """Remembers the samples of the segments read last, by their SHA-256, up to a bounded number of samples."""

    def __init__(self, samples: int = _REMEMBERED_SAMPLES) -> None:
        self._room = samples
        self._held = 0
        self._known: OrderedDict[bytes, Media] = OrderedDict()
        self._lock = Lock()

    def get(self, sha256: bytes) -> Media | None:
        with self._lock:
            media = self._known.get(sha256)
            if media is not None:
                self._known.move_to_end(sha256)
            return media

    def put(self, sha256: bytes, media: Media) -> None:
        with self._lock:
            if sha256 in self._known:
                return
            self._known[sha256] = media
            self._held += _samples(media)
            while self._held > self._room and self._known:
                _, old = self._known.popitem(last=False)
                self._held -= _samples(old)


def _samples(media: Media) -> int:
    return len(media.video) + (len(media.sound.samples) if media.sound else 0)


class SegmentLoader:
    """Gives the plan the samples of the segments it asks for."""

    def __init__(self, store: ObjectStore, records: dict[str, SegmentRecord], memory: MediaMemory) -> None:
        self._store, self._records, self._memory = store, records, memory
        self._here: dict[str, Media] = {}

    def __call__(self, footage: Footage) -> Media:
        """Return the segment's samples. Raises `SegmentDamaged`, or what the store raises for a lost object."""
        media = self._here.get(footage.key) or self._memory.get(footage.sha256)
        if media is None:
            media = read_media(self._store, self._records[footage.key])
            self._memory.put(footage.sha256, media)
        self._here[footage.key] = media
        return media


def read_media(store: ObjectStore, record: SegmentRecord) -> Media:
    """Return the samples of a segment, times counted from its first presented frame."""
    try:
        movie = _sealed(store, record) if record.sealed else _beginning(store, record)
        return _media(movie, record)
    except Mp4Unreadable as error:
        raise SegmentDamaged(key=record.key, why=str(error)) from error


def _sealed(store: ObjectStore, record: SegmentRecord) -> Movie:
    return parse_moov(store.read(record.key, record.index_offset, record.size_bytes - record.index_offset))


def _beginning(store: ObjectStore, record: SegmentRecord) -> Movie:
    head = store.read(record.key, 0, _HEAD)
    if head[len(FILE_TYPE) + 4 : len(FILE_TYPE) + 8] == b"mdat":
        index_offset = len(FILE_TYPE) + int.from_bytes(head[-8:], "big")
        movie = parse_moov(store.read(record.key, index_offset, store.size(record.key) - index_offset))
    else:
        movie = read_movie(lambda start, length: store.read(record.key, start, length), record.size_bytes)
    return replace(movie, tracks=tuple(_up_to(track, record.size_bytes) for track in movie.tracks))


def _up_to(track: Track, size: int) -> Track:
    samples = track.samples
    inside = samples.offset + samples.size <= size
    return track if inside.all() else replace(track, samples=samples.take(inside))


def _media(movie: Movie, record: SegmentRecord) -> Media:
    video = next((track for track in movie.tracks if track.media == "video"), None)
    if video is None or video.timescale != MEDIA_TIMESCALE or not len(video.samples):
        raise SegmentDamaged(key=record.key, why=N_("no picture is in it"))
    for track in movie.tracks:
        _inside(track.samples, record)
    lowest = int(video.samples.pts.min())
    sound = next((track for track in movie.tracks if track.media == "audio" and len(track.samples)), None)
    return Media(
        _shifted(video.samples, -lowest),
        video.sample_entries,
        video.width,
        video.height,
        video.matrix,
        None if sound is None else _sound(movie, sound),
    )


def _inside(samples: SampleTable, record: SegmentRecord) -> None:
    end = record.index_offset if record.sealed else record.size_bytes
    if len(samples) and int((samples.offset + samples.size).max()) > end:
        raise SegmentDamaged(key=record.key, why=N_("a picture lies beyond its end"))


def _sound(movie: Movie, track: Track) -> Sound:
    """Its zero is where the movie begins, as the edit list tells: silence first, or media left out."""
    shift = 0
    for edit in track.edits:
        if edit.media_time < 0:
            shift += rescale(edit.duration, track.timescale, movie.timescale)
            continue
        shift -= edit.media_time
        break
    return Sound(_shifted(track.samples, shift), track.timescale, track.sample_entries)


def _shifted(samples: SampleTable, by: int) -> SampleTable:
    return SampleTable(
        samples.offset,
        samples.size,
        samples.dts + np.int64(by),
        samples.cts,
        samples.key,
        samples.entry,
        samples.end_dts + by,
    )
