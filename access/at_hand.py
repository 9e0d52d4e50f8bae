"""What there is of footage before anybody asks for it: how much, which gaps, and where there is none, the times nearest to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from camera_registry.cameras import get_camera, streams_of
from extract.frames import nearest
from foundation.clock import Clock
from foundation.errors import N_, BadInput
from foundation.timebase import TimeRange
from ingest.index.records import Gap
from ingest.index.timeline import Recorder, timelines

LONGEST_US = 7 * 86_400_000_000
"""Of longer times nothing is told beforehand: reckoning them up takes a while, and no unit grants them at once."""


class NothingRecorded(BadInput):
    code = "nothing_recorded"
    message = N_("There is no footage of that time of: {cameras}")
    mend = N_(
        "The nearest times stand beside each camera: change the time, leave the camera out, or ask all the same, since a recording may still be brought in"
    )


@dataclass(frozen=True)
class AtHand:
    """What there is of one camera in a span, in microseconds.

    `before_us` is when footage before the span ended, `after_us` when the next began; None where there is none, and both
    are told only where the span itself has nothing.
    """

    camera: str
    span: TimeRange
    recorded_us: int
    gaps: tuple[Gap, ...]
    before_us: int | None = None
    after_us: int | None = None


def at_hand(session: Session, clock: Clock, codes: Iterable[str], span: TimeRange) -> list[AtHand]:
    """Return what there is of each camera; nothing of a span longer than `LONGEST_US`. Raises `CameraUnknown`."""
    if span.duration_us > LONGEST_US:
        return []
    cameras = {camera.id: camera for camera in (get_camera(session, code) for code in codes) if camera.id is not None}
    streams = {
        camera_id: tuple(stream.id for stream in found if stream.id is not None)
        for camera_id, found in streams_of(session, list(cameras)).items()
    }
    recorders = {
        camera_id: Recorder(streams.get(camera_id, ()), camera.registered_us) for camera_id, camera in cameras.items()
    }
    found = []
    for camera_id, line in timelines(session, recorders, span, clock.now_us()).items():
        near = (None, None) if line.recorded else nearest(session, list(streams.get(camera_id, ())), span.start_us)
        found.append(AtHand(cameras[camera_id].code, span, line.recorded_us, line.gaps, *near))
    return found


def must_be_there(found: Sequence[AtHand]) -> None:
    """Raises `NothingRecorded`, naming every camera that has nothing."""
    empty = [one.camera for one in found if one.recorded_us == 0]
    if empty:
        raise NothingRecorded(cameras=", ".join(empty))
