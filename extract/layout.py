"""The tracks of a part: all cuts on one media time axis, and the edit lists that show just what was asked for. Pure.

Presentation times are what counts. Cuts follow each other without a gap; where a cut brings hidden samples, these get
a place of their own on the axis that no edit shows. Decode times stay those of the source wherever they can.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from extract.cut import Cut, Mode
from extract.footage import Footage, Media
from extract.plan import Part
from extract.sound import SoundCut, sound_of
from foundation.mp4.model import Edit, Track
from foundation.mp4.tables import Int32, SampleTable, concat, increasing_dts
from foundation.timebase import MEDIA_TIMESCALE, rescale

VIDEO_ID, SOUND_ID, TEXT_ID = 1, 2, 3
_NOTHING = -1  # the media time of an empty edit


@dataclass(frozen=True, eq=False)
class Lane:
    """A track whose sample offsets count in the segments' files; `owner` tells in which of `Layout.footage`."""

    track: Track
    owner: Int32


@dataclass(frozen=True, eq=False)
class Place:
    """Where a cut went: its ticks plus `shift` are the track's, its samples begin at `begin` of the video lane.

    `start` is the index of its first segment in `Layout.footage`, `heard` where its sound begins in the sound lane.
    """

    cut: Cut
    sound: SoundCut | None
    start: int
    begin: int
    heard: int
    shift: int


@dataclass(frozen=True, eq=False)
class Layout:
    """`footage` is in the order of playing, and a segment stands there once for each cut that uses it."""

    footage: tuple[Footage, ...]
    places: tuple[Place, ...]
    video: Lane
    sound: Lane | None
    duration_ticks: int

    @property
    def lanes(self) -> tuple[Lane, ...]:
        return (self.video,) if self.sound is None else (self.video, self.sound)


def lay_out(part: Part, mode: Mode) -> Layout:
    """Return the tracks of `part`; with sound if the part was planned with it and has any."""
    places = tuple(_placed(part, mode))
    footage = tuple(segment for cut in part.cuts for segment in cut.footage)
    duration = sum(cut.end - cut.first for cut in part.cuts)
    return Layout(footage, places, _video_lane(places), _sound_lane(places), duration)


def _placed(part: Part, mode: Mode) -> Iterator[Place]:
    start = begin = heard = free = 0
    for cut in part.cuts:
        sound = sound_of(cut, strict=mode == "strict") if part.sound is not None else None
        pts = cut.samples.pts
        shift = free - min(cut.first, int(pts.min()))
        yield Place(cut, sound, start, begin, heard, shift)
        start, begin = start + len(cut.footage), begin + len(pts)
        heard += len(sound.samples) if sound else 0
        free = max(cut.end, int(pts.max()) + 1) + shift


def _video_lane(places: Sequence[Place]) -> Lane:
    entries = _Entries()
    tables, owners = [], []
    edits: list[Edit] = []
    for place in places:
        cut = place.cut
        described = [media.entries for media in cut.media]
        tables.append(_moved(cut.samples, place.shift, entries.numbers(cut, described)))
        owners.append(cut.owner + np.int32(place.start))
        _extend(edits, Edit(cut.end - cut.first, cut.first + place.shift))
    joined = concat(tables)
    dts = increasing_dts(joined.dts, joined.pts)
    last = max(1, int(joined.durations[-1]))
    samples = SampleTable(
        joined.offset, joined.size, dts, joined.pts - dts, joined.key, joined.entry, int(dts[-1]) + last
    )
    seen: Media = places[0].cut.media[-1]
    track = Track(
        VIDEO_ID,
        "video",
        MEDIA_TIMESCALE,
        entries.found(),
        samples,
        tuple(edits),
        seen.width,
        seen.height,
        matrix=seen.matrix,
    )
    return Lane(track, np.concatenate(owners))


def _sound_lane(places: Sequence[Place]) -> Lane | None:
    """Silence at the beginning is an empty edit. Later it is a last frame that lasts longer, and the edit with it:
    FFmpeg takes an empty edit that follows another for one of media time -1, and plays the beginning again.
    """
    entries = _Entries()
    tables: list[SampleTable] = []
    owners: list[Int32] = []
    edits: list[Edit] = []
    free, rate, silence = 0, 0, 0
    for cut, sound, start in ((place.cut, place.sound, place.start) for place in places):
        if sound is None:
            silence += cut.end - cut.first
            continue
        rate = sound.rate
        silence += sound.first - cut.first
        if tables:
            edits[-1] = Edit(edits[-1].duration + silence, edits[-1].media_time)
            free += rescale(silence, rate, MEDIA_TIMESCALE)
        elif silence:
            edits.append(Edit(silence, _NOTHING))
        shift = free - int(sound.samples.dts[0])
        described = [media.sound.entries if media.sound else () for media in cut.media]
        tables.append(_moved(sound.samples, shift, entries.numbers(sound, described)))
        owners.append(sound.owner + np.int32(start))
        edits.append(Edit(sound.end - sound.first, sound.first_sample_time + shift))
        free = sound.samples.end_dts + shift
        silence = cut.end - sound.end
    if not tables:
        return None
    track = Track(SOUND_ID, "audio", rate, entries.found(), concat(tables), tuple(edits))
    return Lane(track, np.concatenate(owners))


def _extend(edits: list[Edit], edit: Edit) -> None:
    """Append an edit, or lengthen the last one if this one goes on where that ends."""
    if edits and edits[-1].media_time + edits[-1].duration == edit.media_time:
        edits[-1] = Edit(edits[-1].duration + edit.duration, edits[-1].media_time)
    else:
        edits.append(edit)


def _moved(samples: SampleTable, shift: int, entry: Int32) -> SampleTable:
    return SampleTable(
        samples.offset, samples.size, samples.dts + shift, samples.cts, samples.key, entry, samples.end_dts + shift
    )


class _Entries:
    """Numbers the distinct sample entries of a track in the order in which they appear."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}

    def numbers(self, cut: Cut | SoundCut, described: Sequence[tuple[bytes, ...]]) -> Int32:
        """Return for each sample the number of its entry; `described` are the entries of each segment."""
        most = max(len(entries) for entries in described)
        table = np.zeros((len(described), max(1, most)), np.int32)
        for place in np.flatnonzero(np.bincount(cut.owner, minlength=len(described))).tolist():
            entries = described[place]
            used = [0] if len(entries) == 1 else np.unique(cut.samples.entry[cut.owner == place]).tolist()
            for index in used:
                table[place, index] = self._numbers.setdefault(entries[index], len(self._numbers))
        return table[cut.owner, cut.samples.entry]

    def found(self) -> tuple[bytes, ...]:
        return tuple(self._numbers)
