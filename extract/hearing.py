"""Whether sound may be given out: by the unit that a camera belongs to and by its owner, both as they have it now, whatever was recorded before."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.cameras import get_camera, unit_of
from camera_registry.reads import valid_at
from camera_registry.rules import rules_for
from camera_registry.tables import Camera, Ownership
from extract.tables import Clip
from foundation.clock import Clock
from foundation.errors import N_, Forbidden
from ingest.index.queries import beginnings_of, segments_of

if TYPE_CHECKING:
    from extract.clips import ClipRecord  # which asks here whether it may have sound


class SoundNotAllowed(Forbidden):
    code = "sound_not_allowed"
    message = N_("No sound of camera “{camera}” is given out: its unit and its owner do not both allow it")
    mend = N_(
        "Ask for the clip without sound; the rule `sound_allowed` of the unit and the owner's consent to sound decide"
    )


def sound_allowed(session: Session, clock: Clock, camera_id: int) -> bool:
    """Tell whether unit and owner both allow it now; who says nothing does not."""
    now = clock.now_us()
    agreed = sa.select(col(Ownership.sound_agreed)).where(
        col(Ownership.camera_id) == camera_id, valid_at(Ownership, now)
    )
    if not session.execute(agreed).scalar():
        return False
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
