"""Read a recorded file with libav: samples as they will stand in segments, in the order of the file.

Only formats of recorders and phones are tried and only a local file is opened, whatever the file says of itself.
"""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import av.error
from av.packet import Packet

from foundation.errors import N_, BadInput
from foundation.timebase import MEDIA_TIMESCALE, rescale
from ingest import notices as say
from ingest.coding import SOUND, VIDEO, CodecUnsupported, Coding
from ingest.display_order import in_display_order
from ingest.framing import CodingUnknown, Pictures, Sounds
from ingest.notices import Notices
from ingest.samples import Sample, ticks_text

_OPTIONS = {
    "fflags": "+genpts",
    "format_whitelist": "mov,matroska,avi,mpegts,mpeg",
    "protocol_whitelist": "file",
    "probesize": str(20 * 2**20),
    "analyzeduration": "10000000",
}
_PATIENCE_S = 30.0
"""For opening a file, and for each sample of it. libav looks for the next sample however far it is, a few seconds for each 100 MB of a hole, and asks
nobody meanwhile whether it should stop; a healthy file needs less than a second."""
_BEFORE_ANY = Coding(b"", "", "")
_LONGEST_WHY = 120


class FileUnreadable(BadInput):
    code = "recording_unreadable"
    message = N_("{file} cannot be read as a recording: {why}")
    mend = N_("Readable are MP4, MOV, MKV, AVI and MPEG-TS; if the copy was cut off, copy it again from the recorder")


class FileEmpty(BadInput):
    code = "recording_empty"
    message = N_("{file} is empty or is no file")
    mend = N_("Copy it again from the recorder")


class NoPicture(BadInput):
    code = "recording_without_picture"
    message = N_("{file} holds no pictures that can be kept")
    mend = N_("Export the recording again and check that it plays")


class OrderUnknown(BadInput):
    code = "recording_order_unknown"
    message = N_("{file} is an MPEG program stream that does not tell in which order its pictures are shown")
    mend = N_("Export the recording again as MP4, or turn off B-frames in the recorder")


class RecordedFile:
    """A context manager over one file; `name` is what errors call it.

    Raises `FileUnreadable`, `NoPicture` or `CodecUnsupported`.
    """

    def __init__(self, path: Path, name: str, notices: Notices) -> None:
        self._name = name
        self._notices = notices
        try:
            self._container = av.open(
                f"file:{path}", options=_OPTIONS, metadata_errors="replace", timeout=(_PATIENCE_S, _PATIENCE_S)
            )
        except (av.error.FFmpegError, ValueError) as error:
            raise FileUnreadable(file=name, why=_why(error)) from error
        try:
            self._choose_streams()
        except BaseException:
            self._container.close()
            raise

    def _choose_streams(self) -> None:
        if not self._container.streams.video:
            raise NoPicture(file=self._name)
        self._video: Any = self._container.streams.video[0]
        codec = _codec(self._video)
        if codec not in VIDEO:
            raise CodecUnsupported(file=self._name, codec=codec or "?")
        self.kind = VIDEO[codec]
        self._guessed = self._container.format.name.startswith("mpeg")  # a transport stream tells no durations
        self._sound: Any = None
        for stream in self._container.streams.audio:
            if _codec(stream) in SOUND and stream.codec_context.sample_rate:
                self._sound = stream
                break
            self._notices.add(say.SOUND_UNSUPPORTED, codec=_codec(stream) or "?")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    @property
    def metadata(self) -> dict[str, str]:
        """What the file says of itself; where picture and file differ, the picture is believed."""
        return {**self._container.metadata, **self._video.metadata}

    def samples(self) -> Iterator[Sample]:
        """Yield the samples of the first video stream and of the first audio stream that can be kept.

        A file that ends in the middle, or goes on with a large hole, ends the samples, with a notice. Raises `FileUnreadable` if there are none.
        """
        reordered = bool(self._video.codec_context.has_b_frames)
        packets = self._packets()
        if reordered and self._container.format.name == "mpeg":
            raise OrderUnknown(file=self._name)
        if reordered and self._container.format.name == "avi" and self.kind in {"h264", "h265"}:
            packets = in_display_order(packets, self._video)
        pictures = Pictures(self._video, self.kind)
        sounds = None if self._sound is None else Sounds(self._sound)
        for packet in packets:
            if packet.stream_index != self._video.index:
                if sounds is not None and (heard := self._heard(sounds, packet)) is not None:
                    yield heard
                elif sounds is not None and sounds.coding is None:
                    sounds = None
                continue
            if packet.pts is None and not reordered:
                packet.pts = packet.dts
            try:
                data = pictures.frame(packet)
            except CodingUnknown:
                if pictures.coding is None:
                    raise CodecUnsupported(file=self._name, codec=self.kind) from None
                self._notices.add(
                    say.CODING_UNKNOWN, start=ticks_text(_ticks(packet, packet.pts, MEDIA_TIMESCALE) or 0)
                )
                return
            yield self._seen(packet, data, pictures.coding)

    def _seen(self, packet: "Packet[Any]", data: bytes, coding: Coding | None) -> Sample:
        if packet.is_corrupt:
            self._notices.count(say.DAMAGED)
        return Sample(
            data,
            _ticks(packet, packet.pts, MEDIA_TIMESCALE),
            0 if self._guessed else _ticks(packet, packet.duration, MEDIA_TIMESCALE) or 0,
            packet.is_keyframe and coding is not None,
            coding or _BEFORE_ANY,
            hidden=packet.is_discard,
        )

    def _heard(self, sounds: Sounds, packet: "Packet[Any]") -> Sample | None:
        try:
            data = sounds.frame(packet)
        except CodingUnknown:
            self._notices.add(say.SOUND_UNSUPPORTED, codec=_codec(self._sound) or "?")
            return None
        assert sounds.coding is not None
        rate = sounds.coding.rate
        length = _ticks(packet, packet.duration, rate) or 0
        return Sample(data, _ticks(packet, packet.pts, rate), length, True, sounds.coding, sound=True)

    def _packets(self) -> "Iterator[Packet[Any]]":
        streams = [self._video] if self._sound is None else [self._video, self._sound]
        seen = False
        try:
            for packet in self._container.demux(streams):
                if packet.size:
                    seen = True
                    yield packet
        except (av.error.FFmpegError, ValueError) as error:
            if not seen:
                raise FileUnreadable(file=self._name, why=_why(error)) from error
            self._notices.add(say.TORN, why=_why(error))


def _codec(stream: Any) -> str | None:
    """Return the codec's name, or None when libav has no decoder for the stream."""
    context = stream.codec_context
    return None if context is None else str(context.codec.canonical_name)


def _ticks(packet: "Packet[Any]", value: int | None, timescale: int) -> int | None:
    base = packet.time_base
    return None if value is None else rescale(value, base.numerator * timescale, base.denominator)


_COMMON: dict[type[Exception], str] = {
    av.error.InvalidDataError: N_("what is in it is no recording, or is damaged"),
    av.error.EOFError: N_("it ends too early"),
    av.error.ExitError: N_("a large part of it is empty or damaged"),
    av.error.BlockingIOError: N_("a large part of it is empty or damaged"),
}
"""Reasons that people meet, in texts of the catalogue; of the others libav's own words are told."""


def _why(error: Exception) -> str:
    """Return the reason without the path in it: a path of the server is nobody's business."""
    for kind, text in _COMMON.items():
        if isinstance(error, kind):
            return text
    reason = getattr(error, "strerror", None) or str(error)
    return str(reason)[:_LONGEST_WHY]
