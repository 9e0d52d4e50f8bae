"""How a stream is coded, as the sample entry that our segments carry.

The entry is made by libav's own MP4 muxer from the stream and its first packets, written to memory and read back with
our reader: so avcC, hvcC and esds are what every player knows, and the display matrix comes along.
"""

import io
import re
from dataclasses import dataclass
from typing import Any

import av
import av.error
from av.packet import Packet

from foundation.errors import N_, BadInput
from foundation.mp4.errors import Mp4Unreadable
from foundation.mp4.model import UPRIGHT
from foundation.mp4.movie import read_movie
from foundation.mp4.sample_entries import codec_kind, codec_string, config

VIDEO = {
    "h264": "h264",
    "hevc": "h265",
    "mpeg4": "mpeg4",
    "mjpeg": "mjpeg",
    "msmpeg4v3": "msmpeg4v3",
    "msmpeg4v2": "msmpeg4v2",
}
SOUND = frozenset({"aac", "mp3", "pcm_alaw", "pcm_mulaw", "pcm_s16le", "pcm_s16be", "ac3", "opus"})
_RAW = {"h264": "h264", "h265": "hevc"}
_BIT_RATE_BOX = b"\x00\x00\x00\x14btrt"
_DECODER_CONFIG = re.compile(rb"\x04(?:[\x80-\xff]{0,3}[\x00-\x7f])(?=.[\x10-\x17])." + b".", re.DOTALL)


class CodecUnsupported(BadInput):
    code = "codec_unsupported"
    message = N_("{file} is coded as {codec}, which cannot be kept without re-encoding")
    mend = N_("Supported are H.264, H.265, MPEG-4 part 2 and MJPEG; export the recording again in one of these")


@dataclass(frozen=True)
class Coding:
    """A sample entry and what a track header says beside it. `name` is the RFC 6381 name, or the four letters."""

    entry: bytes
    name: str
    kind: str
    width: int = 0
    height: int = 0
    rate: int = 0
    matrix: bytes = UPRIGHT


def coding_of(stream: Any, packets: list[tuple[bytes, int, int]]) -> Coding:
    """Return the coding of a libav stream; `packets` are (data, pts, dts) in its time base, the first a key frame.

    Raises `av.error.FFmpegError` or `ValueError` when no form of MP4 holds this codec.
    """
    if stream.codec_context.name.startswith("pcm_s16"):
        return _muxed(stream, packets, "mov")  # whose entry more players know than that of ISO/IEC 23003-5
    try:
        return _muxed(stream, packets, "mp4")
    except (av.error.FFmpegError, ValueError, Mp4Unreadable):
        return _muxed(stream, packets, "mov")  # has entries for codecs that MP4 has no registered name for


def coding_from_units(kind: str, annex_b: bytes) -> Coding:
    """Return the coding of an H.264 or H.265 stream from a key frame with its parameter sets, as annex B writes them."""
    with av.open(io.BytesIO(annex_b * 3), format=_RAW[kind]) as source:
        return coding_of(source.streams.video[0], [(annex_b, 0, 0), (annex_b, 1, 1)])


def _muxed(stream: Any, packets: list[tuple[bytes, int, int]], form: str) -> Coding:
    target = io.BytesIO()
    with av.open(target, "w", format=form) as out:
        copied = out.add_stream_from_template(stream)
        for number, (data, pts, dts) in enumerate(packets):
            packet = Packet(data)
            packet.stream = copied
            packet.time_base = stream.time_base
            packet.pts, packet.dts = pts, dts
            packet.is_keyframe = number == 0 or stream.type == "audio"
            out.mux(packet)
    data = target.getvalue()
    movie = read_movie(lambda start, length: data[start : start + length], len(data))
    track = movie.tracks[0]
    entry = _steady(track.sample_entries[0])
    rate = int(stream.rate) if stream.type == "audio" else 0
    return Coding(entry, codec_string(entry), codec_kind(entry), track.width, track.height, rate, track.matrix)


def _steady(entry: bytes) -> bytes:
    """Return the entry without what only describes these packets (their bit rate), so that a camera has one entry.

    H.265 is named hvc1: the parameter sets are in the entry, and Apple's players take no other name.
    """
    if entry[4:8] == b"hev1":
        entry = entry[:4] + b"hvc1" + entry[8:]
    at = entry.find(_BIT_RATE_BOX)
    if at >= 0:
        entry = entry[:at] + entry[at + 20 :]
        entry = len(entry).to_bytes(4, "big") + entry[4:]
    at = entry.find(b"esds")
    found = config(entry, b"esds")
    if at >= 0 and found is not None:
        head = _DECODER_CONFIG.search(entry, at)
        if head is not None:  # bufferSizeDB, maxBitrate, avgBitrate (ISO/IEC 14496-1, 7.2.6.6): 0 says unknown
            entry = entry[: head.end()] + bytes(11) + entry[head.end() + 11 :]
    return entry
