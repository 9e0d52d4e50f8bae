"""What a viewing copy shows: the clip, or the rest of it from an instant on, planned anew from the clip's own segments."""

import hashlib
import json
import re
from dataclasses import dataclass, replace
from typing import Any

import av
import numpy as np
from sqlmodel import Session

from extract.clips import ClipRecord, plan_within
from extract.layout import Layout, lay_out
from extract.plan import Mode, Part, Plan
from extract.times import passages, wall_at
from extract.virtual_file import VirtualFile, build, identity, pack
from foundation.errors import N_, BadInput, NotFound
from foundation.mp4.header import build_header
from foundation.mp4.model import Edit, Track
from foundation.mp4.tables import Int64
from foundation.storage import ObjectStore
from foundation.timebase import MICROSECONDS, TimeRange, ToldInstant, parse_instant

CODING_VERSION = 1
"""Raise it when the same footage is coded otherwise: copies are kept by it."""
LONGEST_US = 3600 * MICROSECONDS
_PLAYS = re.compile(r"avc[13]\.(42|4D|58|64)")  # Baseline, Main, Extended, High; no more than 8 bits and 4:2:0
_SOUNDS = re.compile(r"mp4a\.(40\.0?(2|5|29)|6[9Bb])$")  # AAC-LC, HE-AAC and its second version, MP3


class ViewingBeyond(BadInput):
    code = "viewing_beyond"
    message = N_("The clip has nothing at {at}; it goes from {start} to {end}")


class ClipSilent(NotFound):
    code = "clip_silent"
    message = N_("The clip has no sound there")
    mend = N_("Sound is in a clip that was asked for with sound, of a camera that recorded it")


@dataclass(frozen=True, eq=False)
class Voice:
    """The sound of a view: a file of it alone, `rate` samples a second.

    `edits` tell which media times of that file sound when in the clip; they are kept here, since players round them.
    """

    virtual: VirtualFile
    rate: int
    edits: tuple[Edit, ...]


@dataclass(frozen=True, eq=False)
class View:
    """`virtual` is decoded; of its `frames` shown pictures those from media time `begin` on go into the copy, and `voice` if there is any.

    `span` is the wall time from the copy's first picture to its end, which is `ticks` (1/90000 s) long; `name` tells copies apart by
    what is in them.
    """

    name: str
    virtual: VirtualFile
    picture: Track
    begin: int
    frames: int
    span: TimeRange
    key: str
    ticks: int = 0
    voice: Voice | None = None

    def alone(self) -> "View":
        """Return the sound without its pictures. Raises `ClipSilent`."""
        if self.voice is None:
            raise ClipSilent
        return replace(self, name=f"{self.name}-sound")


def plays_in_browsers(codecs: list[str]) -> bool:
    return all(_PLAYS.match(codec) for codec in codecs)


def sounds_in_browsers(codecs: list[str]) -> bool:
    """Tell whether every browser plays this sound in an MP4 file; of G.711 and PCM only some do."""
    return all(_SOUNDS.match(codec) for codec in codecs)


def view_of(
    session: Session, store: ObjectStore, clip: ClipRecord, from_us: int | None = None, to_us: int | None = None
) -> View:
    """Return what to show of a clip from `from_us` to `to_us`: of one coding and at most an hour, with sound if the clip has it.

    Raises `ViewingBeyond`, `ClipGone`, `SegmentDamaged`.
    """
    delivered = clip.receipt["delivered"]
    first, end = parse_instant(delivered["from"]), parse_instant(delivered["to"])
    if from_us is not None and not first <= from_us < end:
        raise ViewingBeyond(at=ToldInstant(from_us), start=ToldInstant(first), end=ToldInstant(end))
    if to_us is not None and not (first if from_us is None else from_us) < to_us:
        raise ViewingBeyond(at=ToldInstant(to_us), start=ToldInstant(first), end=ToldInstant(end))
    begin, mode = _beginning(session, store, clip, from_us, first)
    longest = max(begin, from_us or begin) + LONGEST_US
    span = TimeRange(begin, min(clip.span.end_us, longest, to_us or longest))
    planned = plan_within(session, store, clip, span, mode)
    part = planned.parts[0]
    return _view(planned, part, first if from_us is None else from_us)


def _beginning(
    session: Session, store: ObjectStore, clip: ClipRecord, from_us: int | None, first_us: int
) -> tuple[int, Mode]:
    """Return from where to plan: a strict clip holds nothing before `from` to lean on but its own key frames."""
    if from_us is None or from_us <= first_us:
        return clip.span.start_us, clip.mode
    if clip.mode != "strict":
        return from_us, "exact"
    whole = plan_within(session, store, clip, clip.span, clip.mode)
    keys = np.concatenate([_key_walls(cut) for part in whole.parts for cut in part.cuts])
    return int(keys[keys <= from_us].max()), "strict"


def _key_walls(cut: Any) -> Int64:
    samples = cut.samples
    keys = np.flatnonzero(samples.key & cut.seen)
    owners, pts = cut.owner[keys].tolist(), samples.pts[keys].tolist()
    return np.array(
        [cut.footage[owner].wall_us(at - cut.bases[owner]) for owner, at in zip(owners, pts, strict=True)], np.int64
    )


def _view(planned: Plan, part: Part, from_us: int) -> View:
    layout = lay_out(part, planned.mode)
    virtual = build(part, planned.mode, "", layout=replace(layout, sound=None))
    voice = _voice(layout)
    shown, found = _shown(part), passages(part)
    asked = next((max(item.start_ticks, item.ticks(from_us)) for item in found if item.end_us > from_us), 0)
    place = min(int(np.searchsorted(shown, asked - 1)), len(shown) - 1)
    begin = int(shown[place])
    span = TimeRange(wall_at(found, begin), max(found[-1].end_us, wall_at(found, begin) + 1))
    made_by = [CODING_VERSION, av.__version__, planned.span.start_us, planned.span.end_us, planned.mode, begin]
    made_by += ["sound"] if voice else []
    text = json.dumps([made_by, identity(planned.used, 1)], separators=(",", ":"))
    name = hashlib.sha256(text.encode()).hexdigest()[:40]
    ticks = layout.duration_ticks - begin
    return View(name, virtual, layout.video.track, begin, len(shown) - place, span, planned.used[0].key, ticks, voice)


def _voice(layout: Layout) -> Voice | None:
    """Return the sound as a file of its own, so that it is read, and can be ahead of the pictures, without them."""
    if layout.sound is None:
        return None
    track = layout.sound.track
    packed = pack(layout.footage, [layout.sound])
    samples = replace(track.samples, offset=packed.offsets[0])
    header = build_header([replace(track, samples=samples, edits=())], packed.size)
    first = int(track.samples.dts[0])  # a header's times begin at 0
    edits = tuple(Edit(edit.duration, edit.media_time - first if edit.media_time >= 0 else -1) for edit in track.edits)
    virtual = VirtualFile(header, packed.extents, len(header) + packed.size, "", layout.duration_ticks)
    return Voice(virtual, track.timescale, edits)


def _shown(part: Part) -> Int64:
    """Return the clip times of the pictures that a player shows, in order."""
    now, times = 0, []
    for cut in part.cuts:
        times.append(np.sort(cut.samples.pts[cut.seen]) - cut.first + now)
        now += cut.end - cut.first
    return np.concatenate(times)
