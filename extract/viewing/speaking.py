"""The sound of a viewing copy: decoded, put where it belongs on the clip's time, with silence where there is none, coded as AAC.

It goes by its own reader and is asked for up to a media time, a little ahead of the pictures, so that none of them waits for it.
"""

import logging
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame

from extract.reader import VirtualReader
from extract.segments import SegmentDamaged
from extract.viewing.source import View, Voice
from foundation.errors import N_
from foundation.storage import ObjectStore
from foundation.timebase import MEDIA_TIMESCALE, rescale

log = logging.getLogger(__name__)

Waves = npt.NDArray[np.float32]
"""Channels x samples, from -1 to 1."""

RATE = 48_000
"""Of the copy: a frame of AAC is then 21 ms, whatever the camera counted in, so none of a player's roundings is seen."""
_BIT_RATES = {1: 64_000, 2: 96_000}
_LEAD_TICKS = MEDIA_TIMESCALE // 2
_READ_BYTES = 16 * 1024
_RATES = range(4000, 192_001)
_MOST_CHANNELS = 8
_CLOSE = 200
"""Sound within 1/200 s of where it should be follows what came before without a cut; places are counted from the begin, so nothing adds up."""


class Speaker:
    """Puts the sound of a view into a track of `out`. To be closed. Raises `SegmentDamaged` when it is of no known kind."""

    def __init__(self, out: Any, view: View, voice: Voice, store: ObjectStore) -> None:
        self._out = out
        self._heard = _Heard(voice, store, view.begin, view.key)
        self._rate = rate = self._heard.rate
        self._layout = "mono" if self._heard.channels == 1 else "stereo"
        self._channels = 1 if self._heard.channels == 1 else 2
        self._ticks, self._length = view.ticks, rescale(view.ticks, rate, MEDIA_TIMESCALE)
        self._written = 0
        self._next: tuple[int, Waves] | None = None
        self._stream = out.add_stream(
            "aac", rate=RATE, layout=self._layout, options={"b": str(_BIT_RATES[self._channels])}
        )

    def until(self, ticks: int) -> None:
        """Write what sounds before media time `ticks` (1/90000 s) of the copy, and a little more."""
        goal = min(self._length, rescale(ticks + _LEAD_TICKS, self._rate, MEDIA_TIMESCALE))
        close = self._rate // _CLOSE
        while self._written < goal:
            self._next = self._next or next(self._heard.waves, None)
            begin, waves = self._next or (goal, None)
            if waves is None or begin - self._written > close:
                length = min(begin, goal, self._written + self._rate) - self._written
                self._say(np.zeros((self._channels, length), np.float32))
                continue
            late = self._written - begin
            self._next = None
            self._say(waves[:, late if late > close else 0 :])

    def finish(self) -> None:
        self.until(self._ticks)
        self._mux(None)

    def close(self) -> None:
        self._heard.close()

    def _say(self, waves: Waves) -> None:
        waves = waves[:, : self._length - self._written]
        if not waves.shape[1]:
            return
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(waves), format="fltp", layout=self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._written, Fraction(1, self._rate)
        self._written += waves.shape[1]
        self._mux(frame)

    def _mux(self, frame: AudioFrame | None) -> None:
        for packet in self._stream.encode(frame):
            # The encoder's run-up would put the copy's begin before its first picture: the first 21 ms fade in instead.
            if packet.pts is not None and packet.pts >= 0:
                self._out.mux(packet)


class _Heard:
    """Decodes a voice; `waves` yields (place, waves), the place in samples from media time `begin` of the clip on.

    What cannot be decoded is silence: pictures are not given up for it.
    """

    def __init__(self, voice: Voice, store: ObjectStore, begin: int, key: str) -> None:
        self._key = key
        self._source: Any = av.open(
            VirtualReader(voice.virtual, store, _READ_BYTES), "r", format="mp4", options={"ignore_editlist": "1"}
        )
        self._stream = next(iter(self._source.streams.audio), None)
        decoder = self._stream.codec_context if self._stream is not None else None
        self.channels = decoder.channels if decoder else 0
        self.rate = decoder.sample_rate if decoder else 0  # HE-AAC sounds twice as often as its track counts
        if decoder is None or self.rate not in _RATES or not 1 <= self.channels <= _MOST_CHANNELS:
            self.close()
            raise SegmentDamaged(key=key, why=N_("its sound cannot be decoded"))
        decoder.thread_count = 1
        self._windows = _windows(voice, begin, self.rate)
        self.waves = self._placed()

    def close(self) -> None:
        self._source.close()

    def _placed(self) -> Iterator[tuple[int, Waves]]:
        try:
            for at, waves in self._decoded():
                for first, last, place in self._windows:
                    head, tail = max(first - at, 0), min(last - at, waves.shape[1])
                    if head < tail and place + at + head - first + (tail - head) > 0:
                        begin = place + at + head - first
                        yield max(0, begin), waves[:, head + max(0, -begin) : tail]
        except (av.error.FFmpegError, ValueError) as error:
            log.warning("the sound of %s on cannot be decoded any further: %s", self._key, error)

    def _decoded(self) -> Iterator[tuple[int, Waves]]:
        channels = 1 if self.channels == 1 else 2
        for packet in self._source.demux(self._stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:  # one broken piece; those after it may be whole
                continue
            for frame in frames:
                if frame.pts is None or frame.time_base is None or frame.sample_rate != self.rate:
                    continue
                base = frame.time_base
                yield rescale(frame.pts, self.rate * base.numerator, base.denominator), _waves(frame, channels)


def _windows(voice: Voice, begin: int, rate: int) -> list[tuple[int, int, int]]:
    """Return (first, end, place): samples `[first, end)` of the file sound from `place` of the copy on. All in 1/rate s."""
    found, now = [], 0
    for edit in voice.edits:
        if edit.media_time >= 0:
            first = rescale(edit.media_time, rate, voice.rate)
            length, place = (rescale(ticks, rate, MEDIA_TIMESCALE) for ticks in (edit.duration, now - begin))
            found.append((first, first + length, place))
        now += edit.duration
    return [window for window in found if window[2] + window[1] - window[0] > 0]


def _waves(frame: AudioFrame, channels: int) -> Waves:
    """Return a decoded frame as one or two channels."""
    data = frame.to_ndarray()
    count = frame.layout.nb_channels
    if not frame.format.is_planar:
        data = data.reshape(-1, count).T
    if np.issubdtype(data.dtype, np.integer):
        wide = np.float32(2 ** (8 * data.dtype.itemsize - 1))
        data = data.astype(np.float32) / wide - np.float32(1 if data.dtype == np.uint8 else 0)
    mixed = data.astype(np.float32)
    if count != channels:
        mixed = np.repeat(mixed.mean(axis=0, keepdims=True), channels, axis=0)
    return mixed
