"""Whether sound may be given out: the switch of the unit that a camera belongs to now, whatever was recorded before."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlmodel import Session

from camera_registry.cameras import get_camera, unit_of
from camera_registry.rules import rules_for
from camera_registry.tables import Camera
from extract.tables import Clip
from foundation.clock import Clock
from foundation.errors import N_, Forbidden
from ingest.index.queries import beginnings_of, segments_of

if TYPE_CHECKING:
    from extract.clips import ClipRecord  # which asks here whether it may have sound


class SoundNotAllowed(Forbidden):
    code = "sound_not_allowed"
    message = N_("The unit of camera “{camera}” lets no sound be given out")
    mend = N_("Ask for the clip without sound; the rule `sound_allowed` of the unit decides")


def sound_allowed(session: Session, clock: Clock, camera_id: int) -> bool:
    now = clock.now_us()
    return rules_for(session, unit_of(session, camera_id, now), now).sound_allowed


def sounds_of(session: Session, clock: Clock, camera_codes: Iterable[str]) -> list[str]:
    """Return those of the cameras whose sound may be given out. Raises `CameraUnknown`."""
    cameras = [get_camera(session, code) for code in camera_codes]
    return [one.code for one in cameras if one.id is not None and sound_allowed(session, clock, one.id)]


def sound_left_out(session: Session, clip: "ClipRecord") -> bool:
    """Tell whether a clip was made without the sound that its footage has; false also where that footage is gone."""
    if clip.audio:
        return False
    there = [*segments_of(session, clip.segments), *beginnings_of(session, clip.beginnings).values()]
    return any(segment.audio_config_id is not None for segment in there)


def may_be_heard(session: Session, clock: Clock, clip_id: str) -> bool:
    """Tell whether what a clip holds may be sent now; of one without sound it may."""
    clip = session.get(Clip, clip_id)
    return clip is None or not clip.audio or sound_allowed(session, clock, clip.camera_id)


def must_be_heard(session: Session, clock: Clock, clip_id: str) -> None:
    """Raises `SoundNotAllowed`, also for a clip that was made while sound was allowed."""
    clip = session.get(Clip, clip_id)
    if clip is not None and clip.audio and not sound_allowed(session, clock, clip.camera_id):
        camera = session.get(Camera, clip.camera_id)
        raise SoundNotAllowed(camera="" if camera is None else camera.code)
