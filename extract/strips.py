"""Key frames of one camera in a row, evenly over what it recorded of a range, as one JPEG: to look it over quickly.

Its pictures are those of `extract.previews`, made once and kept there, and so is the whole of it.
"""

import hashlib
import io
import json
import threading
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from sqlmodel import Session

from camera_registry.cameras import get_camera
from extract.camera_footage import streams
from extract.frames import GapNotRecorded, jpeg_of
from extract.previews import KeyFrame, Previews, PreviewsBusy, key_frame_at
from extract.segments import SegmentDamaged
from foundation.errors import N_, NotFound
from foundation.storage import ObjectStore
from foundation.timebase import TimeRange, ToldInstant, merge
from ingest.index.queries import recorded

MOST_PICTURES = 24
COLUMNS = 6
CELL = (192, 108)
"""Width and height of the room for each picture; what has another shape stands in the middle of it."""
_CODING_VERSION = 1
_QUALITY = "6"
_AT_ONCE = 4
_WAIT_S = 10.0


class StripEmpty(NotFound):
    code = "strip_empty"
    message = N_("Camera “{camera}” has no picture to show from {start} to {end}")
    mend = N_("The camera's timeline tells when it recorded")


@dataclass(frozen=True)
class Strip:
    """Key frames that are found but not decoded, in order. `name` is the opaque part of a strong entity tag."""

    name: str
    frames: tuple[KeyFrame, ...]


@dataclass(frozen=True)
class Sheet:
    """The JPEG, row by row `COLUMNS` pictures; `whole`: all that were found could be decoded, so it has the strip's name."""

    jpeg: bytes
    times_us: tuple[int, ...]
    whole: bool


def strip_of(
    session: Session, store: ObjectStore, camera_code: str, span: TimeRange, most: int, *, earliest_us: int
) -> Strip:
    """Return at most `most` key frames of `span`, none of which was taken before `earliest_us`.

    Raises `CameraUnknown`, and `StripEmpty` when there is none.
    """
    camera = get_camera(session, camera_code)
    assert camera.id is not None
    ids = [stream.id for stream in streams(session, camera.id) if stream.id is not None]
    runs = [part for run in recorded(session, ids, span) if (part := run.range.intersection(span)) is not None]
    found: dict[str, KeyFrame] = {}
    for at_us in evenly(list(merge(runs)), most):
        try:
            frame = key_frame_at(session, store, camera_code, at_us)
        except (GapNotRecorded, SegmentDamaged):  # deleted meanwhile, or nothing that can be decoded
            continue
        if frame.time_us >= earliest_us:
            found.setdefault(frame.name, frame)
    if not found:
        raise StripEmpty(camera=camera_code, start=ToldInstant(span.start_us), end=ToldInstant(span.end_us))
    frames = tuple(sorted(found.values(), key=lambda frame: frame.time_us))
    named = json.dumps([_CODING_VERSION, av.__version__, CELL, COLUMNS, _QUALITY, [frame.name for frame in frames]])
    return Strip(hashlib.sha256(named.encode()).hexdigest()[:40], frames)


def evenly(parts: Sequence[TimeRange], count: int) -> list[int]:
    """Return `count` instants that divide the time of `parts`, which are in order, into equal shares: the middle of each."""
    ends = list(accumulate(part.duration_us for part in parts))
    if not ends:
        return []
    instants = []
    for n in range(count):
        within = ends[-1] * (2 * n + 1) // (2 * count)
        place = bisect_right(ends, within)
        instants.append(parts[place].end_us - (ends[place] - within))
    return instants


class Strips:
    """Makes strips, a few at once: each holds a thread for as long as its pictures are made."""

    def __init__(self, previews: Previews, at_once: int = _AT_ONCE) -> None:
        self._previews = previews
        self._free = threading.BoundedSemaphore(at_once)

    def sheet(self, strip: Strip, store: ObjectStore) -> Sheet:
        """Return the picture of a strip. Raises `PreviewsBusy`, and `SegmentDamaged` when none of it can be decoded."""
        jpeg = self._previews.kept(strip.name)
        if jpeg is not None:
            return Sheet(jpeg, tuple(frame.time_us for frame in strip.frames), whole=True)
        if not self._free.acquire(timeout=_WAIT_S):
            raise PreviewsBusy
        try:
            return self._made(strip, store)
        finally:
            self._free.release()

    def _made(self, strip: Strip, store: ObjectStore) -> Sheet:
        pictures: dict[int, bytes] = {}
        damaged: SegmentDamaged | None = None
        for frame in strip.frames:
            try:
                pictures[frame.time_us] = self._previews.preview(frame, store)
            except SegmentDamaged as error:
                damaged = error
        if damaged is not None and not pictures:
            raise damaged
        times = tuple(pictures)
        if damaged is not None:
            return Sheet(_composed(list(pictures.values())), times, whole=False)
        segments = sorted({frame.segment for frame in strip.frames})
        jpeg = self._previews.made(strip.name, segments, lambda: _composed(list(pictures.values())))
        return Sheet(jpeg, times, whole=True)


def _composed(pictures: Sequence[bytes]) -> bytes:
    wide, high = CELL
    rows = -(-len(pictures) // COLUMNS)
    paper = np.zeros((rows * high, COLUMNS * wide, 3), np.uint8)
    for place, jpeg in enumerate(pictures):
        small = _fitted(jpeg)
        height, width = small.shape[:2]
        top = place // COLUMNS * high + (high - height) // 2
        left = place % COLUMNS * wide + (wide - width) // 2
        paper[top : top + height, left : left + width] = small
    return jpeg_of(VideoFrame.from_ndarray(paper, "rgb24"), None, _QUALITY)[0]


def _fitted(jpeg: bytes) -> npt.NDArray[np.uint8]:
    with av.open(io.BytesIO(jpeg), "r") as container:
        picture = next(container.decode(video=0))
    share = min(CELL[0] / picture.width, CELL[1] / picture.height, 1.0)
    size = (max(2, round(picture.width * share)), max(2, round(picture.height * share)))
    return np.asarray(picture.reformat(*size, "rgb24").to_ndarray(), np.uint8)
