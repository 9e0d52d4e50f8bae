"""Decode a view and code it as H.264, with its sound as AAC, in fragmented MP4; each picture keeps its time, counted from the first."""

import logging
from collections.abc import Callable
from contextlib import closing, nullcontext
from fractions import Fraction
from typing import Any, Protocol

import av
import av.error
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange, VideoReformatter
from av.video.stream import VideoStream

from extract.reader import VirtualReader
from extract.segments import SegmentDamaged
from extract.viewing.source import ClipSilent, View
from extract.viewing.speaking import Speaker
from foundation.errors import N_, TooLarge, Unavailable
from foundation.mp4.model import UPRIGHT
from foundation.storage import ObjectStore
from foundation.timebase import MEDIA_TIMESCALE, rescale

log = logging.getLogger(__name__)

ENCODER = "libx264"
MOST_LINES = 720
KEY_TICKS = 2 * MEDIA_TIMESCALE
_BASE = Fraction(1, MEDIA_TIMESCALE)
_MOST_PIXELS = 8192 * 4320
_FRAGMENT_US = 500_000
_TKHD_MATRIX = 8 + 4 + 20 + 16  # head, version and flags, times and track, layer to volume (ISO/IEC 14496-12, 8.3.2)
_CODER = {
    "preset": "veryfast",
    "tune": "zerolatency",  # nothing is held back: the first fragment is there as soon as its pictures are
    "profile": "main",
    "crf": "25",
    "maxrate": "2500k",
    "bufsize": "2500k",
    "forced-idr": "1",
    "sc_threshold": "0",
    "threads": "1",  # recording goes first on this machine
}
_MUXER = {
    "movflags": "empty_moov+default_base_moof+frag_keyframe",
    "frag_duration": str(_FRAGMENT_US),
    "video_track_timescale": str(MEDIA_TIMESCALE),
    "fflags": "+bitexact+flush_packets",
}


class ViewingStopped(Unavailable):
    code = "viewing_stopped"
    message = N_("The viewing copy was not finished: nobody watches it any more, or the service ends")


class ViewingImpossible(Unavailable):
    code = "viewing_impossible"
    message = N_("This installation cannot code H.264, so there are no viewing copies")
    mend = N_("Install PyAV from its wheels, or one whose FFmpeg has libx264")


class Sink(Protocol):
    def write(self, data: bytes) -> int: ...


def code(view: View, store: ObjectStore, sink: Sink, goes_on: Callable[[], bool]) -> None:
    """Write the copy of `view` into `sink`, fragment by fragment.

    Raises `ViewingStopped` once `goes_on` says no, `SegmentDamaged` when nothing of it can be decoded, `TooLarge`.
    """
    if ENCODER not in av.codecs_available:
        raise ViewingImpossible
    made = 0
    try:
        with (
            av.open(VirtualReader(view.virtual, store), "r", format="mp4") as source,
            av.open(_Turned(sink, view.picture.matrix), "w", format="mp4", options=_MUXER) as out,
        ):
            video = source.streams.video[0]
            _bound(video)
            coder = _Coder(out, view, video)
            with _speaker(out, view, store) as speaker:
                for frame in _decoded(source, video):
                    if not goes_on():
                        raise ViewingStopped
                    coder.add(frame, speaker)
                coder.finish()
                if speaker is not None:
                    speaker.finish()
            made = coder.made
    except av.error.FFmpegError as error:
        raise SegmentDamaged(key=view.key, why=error.strerror or N_("it cannot be decoded")) from error
    if made == 0:
        raise SegmentDamaged(key=view.key, why=N_("it cannot be decoded"))
    if made < view.frames:
        log.warning("%d of %d pictures from %s on could not be decoded", view.frames - made, view.frames, view.key)


def code_sound(view: View, store: ObjectStore, sink: Sink, goes_on: Callable[[], bool]) -> None:
    """Write the sound of `view` alone into `sink`, fragment by fragment. Raises `ViewingStopped`, `ClipSilent`, `SegmentDamaged`."""
    if view.voice is None:
        raise ClipSilent
    try:
        with (
            av.open(sink, "w", format="mp4", options=_MUXER) as out,
            closing(Speaker(out, view, view.voice, store)) as speaker,
        ):
            for ticks in range(0, view.ticks, MEDIA_TIMESCALE):
                if not goes_on():
                    raise ViewingStopped
                speaker.until(ticks)
            speaker.finish()
    except av.error.FFmpegError as error:
        raise SegmentDamaged(key=view.key, why=error.strerror or N_("it cannot be decoded")) from error


def _speaker(out: Any, view: View, store: ObjectStore) -> Any:
    """Return who speaks in the copy, or nobody: sound that cannot be decoded is no reason to show no pictures."""
    if view.voice is None:
        return nullcontext()
    try:
        return closing(Speaker(out, view, view.voice, store))
    except (SegmentDamaged, av.error.FFmpegError) as error:
        log.warning("the sound of %s on is left out of the copy: %s", view.key, error)
        return nullcontext()


def _bound(video: VideoStream) -> None:
    size = video.codec_context.width * video.codec_context.height
    if size > _MOST_PIXELS:
        raise TooLarge(what=N_("The picture"), size=size, limit=_MOST_PIXELS)
    video.codec_context.options = {"max_pixels": str(_MOST_PIXELS)}  # what the bit stream itself may grow to
    video.codec_context.thread_count = 1


def _decoded(source: Any, video: VideoStream) -> Any:
    for packet in source.demux(video):
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:  # one broken picture; those after it may be whole
            continue


class _Coder:
    """Puts pictures in that come in the order of display."""

    def __init__(self, out: Any, view: View, source: VideoStream) -> None:
        self.made = 0
        self._out, self._begin, self._limit = out, view.begin, view.frames
        self._width, self._height = _bounded(source.codec_context.width, source.codec_context.height)
        self._last = self._key = -KEY_TICKS
        stream = out.add_stream(ENCODER, rate=25, options=dict(_CODER))
        stream.width, stream.height, stream.pix_fmt = self._width, self._height, "yuv420p"
        stream.codec_context.time_base = stream.time_base = _BASE
        stream.codec_context.gop_size, stream.codec_context.max_b_frames = 10_000, 0  # key frames come by time, below
        if source.sample_aspect_ratio:
            stream.codec_context.sample_aspect_ratio = source.sample_aspect_ratio
        self._stream = stream
        self._converter = VideoReformatter()  # one for all pictures: to set it up costs more than to use it

    def add(self, frame: VideoFrame, speaker: Speaker | None) -> None:
        if frame.pts is None or frame.time_base is None or self.made >= self._limit:
            return
        base = frame.time_base
        at = rescale(frame.pts, MEDIA_TIMESCALE * base.numerator, base.denominator) - self._begin
        if at < 0 or at <= self._last:
            return
        picture = self._converter.reformat(frame, self._width, self._height, "yuv420p", dst_color_range=ColorRange.MPEG)
        picture.pts, picture.time_base = at, _BASE
        # What the source's encoder chose says nothing here. The next picture may come as late as this one did.
        due = self.made == 0 or at + (at - self._last) - self._key > KEY_TICKS
        picture.pict_type = PictureType.I if due else PictureType.NONE
        self._key = at if due else self._key
        self._last = at
        self.made += 1
        if speaker is not None:
            speaker.until(at)  # first, or the muxer would hold the picture back until sound of its time comes
        self._out.mux(self._stream.encode(picture))

    def finish(self) -> None:
        self._out.mux(self._stream.encode(None))


def _bounded(width: int, height: int) -> tuple[int, int]:
    """Return the size of the copy: no more than `MOST_LINES` high, and even, as 4:2:0 needs."""
    high = min(height, MOST_LINES)
    return max(2, round(Fraction(width * high, height) / 2) * 2), max(2, high // 2 * 2)


class _Turned:
    """Writes the matrix of the track that is copied, so that a picture filmed upright stands upright."""

    def __init__(self, sink: Sink, matrix: bytes) -> None:
        self._sink, self._matrix = sink, matrix
        self._sought = matrix != UPRIGHT

    def write(self, data: bytes) -> int:
        given = bytes(data)
        place = given.find(b"tkhd") if self._sought else -1
        if place >= 0:
            at = place - 4 + _TKHD_MATRIX
            given = given[:at] + self._matrix + given[at + len(self._matrix) :]
            self._sought = False
        self._sink.write(given)
        return len(given)
