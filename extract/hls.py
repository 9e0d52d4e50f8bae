"""A clip as HTTP Live Streaming (RFC 8216) over fragmented MP4: for looking at it in a browser while it loads. Pure.

An init segment for each part, media segments of about six seconds that begin with key frames, all of them virtual
files over the same samples. The wall time stands at each segment, a discontinuity wherever footage is missing.
HLS has no edit lists: what `exact` hides before the first frame is stepped over by `EXT-X-START`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from extract.layout import Lane, Layout, Place, lay_out
from extract.plan import Plan
from extract.sound import SoundCut
from extract.virtual_file import VirtualFile, pack
from foundation.errors import N_, NotFound
from foundation.mp4.hybrid import fragment, init_segment
from foundation.mp4.model import Track
from foundation.mp4.tables import Int32, Int64, SampleTable
from foundation.timebase import MEDIA_TIMESCALE, format_instant, rescale

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
_TARGET_TICKS = 6 * MEDIA_TIMESCALE
_NAME = re.compile(r"([1-9][0-9]{0,3})-(?:init\.mp4|([1-9][0-9]{0,6})\.m4s)", re.ASCII)


class HlsUnknown(NotFound):
    code = "hls_unknown"
    message = N_("The clip has no stream file “{name}”")


@dataclass(frozen=True, eq=False)
class _Piece:
    """A media segment: samples `which` of the video lane; `start`, `end` in ticks of the cut's axis."""

    place: Place
    which: Int64
    start: int
    end: int

    @property
    def start_us(self) -> int:
        cut = self.place.cut
        owner = int(np.searchsorted(np.asarray(cut.bases), self.start, side="right")) - 1
        return cut.footage[max(0, owner)].wall_us(self.start - cut.bases[max(0, owner)])


def playlist(planned: Plan, folder: str = "hls") -> str:
    """Return the media playlist; its addresses are `folder/PART-init.mp4` and `folder/PART-NUMBER.m4s`."""
    body: list[str] = []
    longest, hidden = 1, 0
    for number, part in enumerate(planned.parts, 1):
        layout = lay_out(part, planned.mode)
        before: Place | None = None
        for index, piece in enumerate(_pieces(layout), 1):
            if piece.place is not before:
                body += ["#EXT-X-DISCONTINUITY"] if body else []
                if before is None:
                    body.append(f'#EXT-X-MAP:URI="{folder}/{number}-init.mp4"')
                before = piece.place
            if number == index == 1:
                hidden = piece.place.cut.first - piece.start
            ticks = piece.end - piece.start
            longest = max(longest, -(-ticks // MEDIA_TIMESCALE))
            body += [
                f"#EXT-X-PROGRAM-DATE-TIME:{format_instant(piece.start_us)}",
                f"#EXTINF:{_seconds(ticks)},",
                f"{folder}/{number}-{index}.m4s",
            ]
    head = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{longest}", "#EXT-X-PLAYLIST-TYPE:VOD"]
    head += [f"#EXT-X-START:TIME-OFFSET={_seconds(hidden)},PRECISE=YES"] if hidden > 0 else []
    return "\n".join([*head, *body, "#EXT-X-ENDLIST", ""])


def named(planned: Plan, name: str, etag: str) -> VirtualFile:
    """Return the file of the name that the playlist gives it. Raises `HlsUnknown`.

    `etag` is the clip's; the file's own is made of it and the name.
    """
    match = _NAME.fullmatch(name)
    if match is None or int(match[1]) > len(planned.parts):
        raise HlsUnknown(name=name[:40])
    layout = lay_out(planned.parts[int(match[1]) - 1], planned.mode)
    tag = f"{etag}-{name}"
    if match[2] is None:
        header = init_segment([_bare(lane) for lane in layout.lanes])
        return VirtualFile(header, (), len(header), tag, 0)
    pieces = list(_pieces(layout))
    index = int(match[2])
    if index > len(pieces):
        raise HlsUnknown(name=name[:40])
    return _media(layout, pieces[index - 1], index, tag)


def _bare(lane: Lane) -> Track:
    return replace(lane.track, samples=SampleTable.empty(), edits=())


def _seconds(ticks: int) -> str:
    millionths = rescale(ticks, 1_000_000, MEDIA_TIMESCALE)
    return f"{millionths // 1_000_000}.{millionths % 1_000_000:06}"


def _pieces(layout: Layout) -> Iterator[_Piece]:
    for place in layout.places:
        samples = place.cut.samples
        pts = samples.pts
        starts: list[int] = []
        for key in np.flatnonzero(samples.key).tolist():
            if not starts or pts[key] - pts[starts[-1]] >= _TARGET_TICKS:
                starts.append(key)
        groups = [np.arange(start, stop) for start, stop in zip(starts, [*starts[1:], len(pts)], strict=True)]
        # Pictures that lean on frames before the first key frame cannot be decoded, and here nothing hides them.
        groups[0] = groups[0][pts[groups[0]] >= pts[groups[0][0]]]
        lows = [int(pts[group].min()) for group in groups]
        ends = [*lows[1:], max(place.cut.end, int(pts.max()) + 1)]
        for group, low, end in zip(groups, lows, ends, strict=True):
            yield _Piece(place, group + place.begin, low, max(low + 1, end))


def _media(layout: Layout, piece: _Piece, index: int, etag: str) -> VirtualFile:
    origin = -int(layout.video.track.samples.dts[0])
    picture = layout.video
    samples = picture.track.samples.take(piece.which)
    lanes = [_from_zero(picture.track, samples, picture.owner[piece.which], origin)]
    sound = piece.place.sound
    if sound is not None and layout.sound is not None:
        lane = _sound_lane(layout.sound, sound, piece, origin)
        lanes += [lane] if len(lane.owner) else []
    head = fragment(index, [(lane.track, lane.track.samples) for lane in lanes])
    packed = [pack(layout.footage, [lane], as_filed=False) for lane in lanes]
    extents = tuple(extent for one in packed for extent in one.extents)
    return VirtualFile(head, extents, len(head) + sum(one.size for one in packed), etag, piece.end - piece.start)


def _from_zero(track: Track, samples: SampleTable, owner: Int32, by: int) -> Lane:
    moved = replace(samples, dts=samples.dts + by, end_dts=samples.end_dts + by)
    return Lane(replace(track, samples=moved), owner)


def _sound_lane(lane: Lane, sound: SoundCut, piece: _Piece, origin: int) -> Lane:
    """Return the frames of sound that begin within the piece, on the picture's axis; none before the first shown."""
    begin = rescale(max(piece.start, sound.first), sound.rate, MEDIA_TIMESCALE)
    stop = rescale(piece.end, sound.rate, MEDIA_TIMESCALE)
    shift = rescale(piece.place.shift + origin, sound.rate, MEDIA_TIMESCALE)
    which = np.flatnonzero((sound.samples.dts >= begin) & (sound.samples.dts < stop))
    there = which + piece.place.heard
    samples = replace(sound.samples.take(which), entry=lane.track.samples.entry[there])
    return _from_zero(lane.track, samples, lane.owner[there], shift)
