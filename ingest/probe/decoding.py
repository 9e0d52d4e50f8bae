"""One key frame as a small JPEG. It comes from anybody's camera, so its size is bounded before a decoder believes it."""

from dataclasses import dataclass

import av
import av.error
import cv2
from av.codec.context import CodecContext
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext

from ingest.live.pictures import Kind
from ingest.probe.outcomes import Failed, Found

LONGEST_SIDE = 1280
_MOST_PIXELS = 40_000_000
_QUALITY = 82
_DECODERS: dict[Kind, str] = {"h264": "h264", "h265": "hevc"}
_START = b"\0\0\0\1"


@dataclass(frozen=True)
class KeyFrame:
    """`data` has a four-byte length before each NAL unit; `sets` are parameter sets that were told apart from it."""

    kind: Kind
    data: bytes
    sets: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Seen:
    """`width` and `height` are those of the camera, not of the JPEG."""

    jpeg: bytes
    width: int
    height: int


def seen(frame: KeyFrame) -> Seen:
    """Return the picture. Raises `Failed`."""
    try:
        return _decoded(frame)
    except (av.error.FFmpegError, cv2.error, ValueError, OverflowError):
        raise Failed(Found.UNREADABLE) from None


def _decoded(frame: KeyFrame) -> Seen:
    context = CodecContext.create(_DECODERS[frame.kind], "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1
    context.options = {"max_pixels": str(_MOST_PIXELS)}
    pictures = [*context.decode(Packet(_annex_b(frame))), *context.decode(None)]
    if not pictures:
        raise Failed(Found.UNREADABLE)
    width, height = pictures[0].width, pictures[0].height
    scale = min(1.0, LONGEST_SIDE / max(width, height, 1))
    small = pictures[0].to_ndarray(
        format="bgr24", width=max(2, round(width * scale)), height=max(2, round(height * scale))
    )
    done, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise Failed(Found.UNREADABLE)
    return Seen(bytes(jpeg.tobytes()), width, height)


def _annex_b(frame: KeyFrame) -> bytes:
    parts, at = [_START + one for one in frame.sets], 0
    while at + 4 <= len(frame.data):
        length = int.from_bytes(frame.data[at : at + 4], "big")
        parts.append(_START + frame.data[at + 4 : at + 4 + length])
        at += 4 + length
    return b"".join(parts)
