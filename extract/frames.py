"""The frame on display at an instant, as JPEG: a clip of one frame, decoded from its key frame. And the key frame itself."""

from dataclasses import dataclass
from fractions import Fraction

import av
import av.error
import sqlalchemy as sa
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from sqlmodel import Session, col

from camera_registry.cameras import get_camera
from extract.camera_footage import around, streams
from extract.plan import Mode, Plan, plan
from extract.reader import VirtualReader
from extract.segments import SegmentDamaged
from extract.virtual_file import build
from foundation.errors import N_, BadInput, NotFound, TooLarge
from foundation.storage import ObjectStore
from foundation.timebase import TimeRange, ToldInstant
from ingest.index.tables import Run

_WIDTHS = range(16, 8193)
_LONGEST_GROUP_BYTES = 256 * 2**20  # what decoding one frame may hold: the group of pictures it leans on
_QUALITY = "3"  # of 2 (best) to 31, as libavcodec counts


class GapNotRecorded(NotFound):
    code = "gap_not_recorded"
    message = N_("Camera “{camera}” recorded nothing at {at}")
    mend = N_("The nearest recorded times are {before} before it and {after} after it")


class WidthUnusable(BadInput):
    code = "width_unusable"
    message = N_("A width of {width} pixels cannot be made")
    mend = N_("Give a width from 16 to 8192")


@dataclass(frozen=True)
class Frame:
    """`time_us` is when the frame was captured, at or before the instant that was asked for."""

    jpeg: bytes
    time_us: int
    width: int
    height: int


def frame_at(session: Session, store: ObjectStore, camera_code: str, at_us: int, *, width: int | None = None) -> Frame:
    """Return the frame shown at `at_us`, no wider than `width`; it is never enlarged.

    Raises `NotFound` for an unknown camera, `GapNotRecorded` with the nearest recorded times, `SegmentDamaged`.
    """
    if width is not None and width not in _WIDTHS:
        raise WidthUnusable(width=width)
    planned, time_us = planned_at(session, store, camera_code, at_us, "exact")
    jpeg, shown = jpeg_of(first_picture(planned, store), width)
    return Frame(jpeg, time_us, *shown)


def planned_at(session: Session, store: ObjectStore, camera_code: str, at_us: int, mode: Mode) -> tuple[Plan, int]:
    """Return a plan whose first picture is the one shown at `at_us`, with `keyframe` the key frame before it; and when it was taken.

    Raises as `frame_at` does.
    """
    camera = get_camera(session, camera_code)
    assert camera.id is not None
    span = TimeRange(at_us, at_us + 1)
    found = around(session, store, camera.id, span)
    planned = plan(found.footage, span, mode, found.load)
    if not planned.parts:
        ids = [stream.id for stream in streams(session, camera.id) if stream.id is not None]
        before, after = nearest(session, ids, at_us)
        raise GapNotRecorded(camera=camera_code, at=ToldInstant(at_us), before=_told(before), after=_told(after))
    cut = planned.parts[0].cuts[0]
    place = int(cut.owner[cut.seen][0])
    return planned, cut.footage[place].wall_us(cut.first - cut.bases[place])


def nearest(session: Session, stream_ids: list[int], at_us: int) -> tuple[int | None, int | None]:
    """Return the end of the last run before `at_us` and the start of the first one after it."""
    ours = col(Run.stream_id).in_(stream_ids)
    before = session.execute(sa.select(sa.func.max(Run.end_us)).where(ours, col(Run.end_us) <= at_us)).scalar()
    after = session.execute(sa.select(sa.func.min(Run.start_us)).where(ours, col(Run.start_us) > at_us)).scalar()
    return before, after


def _told(at_us: int | None) -> str:
    return "–" if at_us is None else ToldInstant(at_us)


def first_picture(planned: Plan, store: ObjectStore) -> VideoFrame:
    """Decode the first picture that a plan shows. Raises `SegmentDamaged`, `TooLarge`."""
    virtual = build(planned.parts[0], planned.mode, "")
    key = planned.used[-1].key
    if virtual.size > _LONGEST_GROUP_BYTES:
        raise TooLarge(what=key, size=virtual.size, limit=_LONGEST_GROUP_BYTES)
    try:
        with av.open(VirtualReader(virtual, store), "r", format="mp4") as container:
            picture = next(iter(container.decode(video=0)), None)
    except av.error.FFmpegError as error:
        raise SegmentDamaged(key=key, why=error.strerror or N_("it cannot be decoded")) from error
    if picture is None:
        raise SegmentDamaged(key=key, why=N_("it cannot be decoded"))
    return picture


def jpeg_of(picture: VideoFrame, width: int | None, quality: str = _QUALITY) -> tuple[bytes, tuple[int, int]]:
    """Return a picture as JPEG, no wider than `width`, and its size."""
    shown_width = min(width or picture.width, picture.width)
    shown_height = max(2, round(Fraction(picture.height * shown_width, picture.width)))
    scaled = picture.reformat(shown_width, shown_height, "yuvj420p", dst_color_range=ColorRange.JPEG)
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = shown_width, shown_height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"qmin": quality, "qmax": quality}
    scaled.pts, scaled.time_base = 0, encoder.time_base
    data = b"".join(bytes(packet) for packet in (*encoder.encode(scaled), *encoder.encode(None)))
    return data, (shown_width, shown_height)
