"""Footage under a grant: the clip or frame, the use that is counted, and the event, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from access.grants import GrantUsedUp, NotGranted, PreRollNotGranted, Wanted, grant_for
from access.tables import ClipGrant, FootageGrant, FootageUse
from audit.log import record
from camera_registry.cameras import get_camera
from extract.clips import DEFAULT_ZONE, ClipMade, make_clip
from foundation.clock import Clock
from foundation.identity import Actor, new_id
from foundation.storage import ObjectStore
from foundation.timebase import TimeRange, ToldInstant, parse_instant

_HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class Viewer:
    person_id: str
    actor: Actor

    def under(self, grant: FootageGrant) -> Actor:
        """Return who acts, with what permits it, for the audit log."""
        return replace(self.actor, purpose=grant.purpose, grant_id=grant.id)


@dataclass(frozen=True)
class Cut:
    """What a clip is to be; as the arguments of `extract.clips.make_clip`."""

    camera: str
    span: TimeRange
    mode: str = "exact"
    audio: bool = False
    times: bool = False
    zone: str = DEFAULT_ZONE
    grant_id: str | None = None


def cut_under_grant(session: Session, clock: Clock, store: ObjectStore, viewer: Viewer, cut: Cut) -> ClipMade:
    """Make a clip under the one grant that covers it; it counts as one of the grant's downloads.

    Raises `NotGranted`, `GrantUsedUp`, `PreRollNotGranted` and what `make_clip` raises; then nothing was made or counted.
    """
    camera = get_camera(session, cut.camera)
    assert camera.id is not None
    grant = grant_for(session, clock, Wanted(viewer.person_id, camera.id, camera.code, cut.span, cut.grant_id))
    _count(session, grant)
    made = make_clip(
        session,
        clock,
        store,
        viewer.under(grant),
        cut.camera,
        cut.span,
        mode=cut.mode,
        audio=cut.audio,
        times=cut.times,
        zone=cut.zone,
    )
    reach = captured(made.receipt)
    if not grant.pre_roll and (reach[0] < grant.start_us or reach[1] >= grant.end_us):
        raise PreRollNotGranted(start=ToldInstant(reach[0]), end=ToldInstant(reach[1]))
    session.flush()
    session.add(ClipGrant(clip_id=made.id, grant_id=grant.id))
    session.add(FootageUse(id=new_id(), grant_id=grant.id, camera_id=camera.id, at_us=clock.now_us(), kind="clip"))
    return made


def captured(receipt: Mapping[str, Any]) -> tuple[int, int]:
    """Return when the first frame in the files of a clip was taken and the last one, those that no player shows included.

    Of shown frames the last is told by its end, which is the clip's; it was taken before.
    """
    hidden = [roll for part in receipt["parts"] for roll in part["hidden"]]
    delivered = receipt["delivered"]
    first = min(parse_instant(text) for text in (delivered["from"], *(roll["first"] for roll in hidden)))
    last = max(parse_instant(text) for text in (delivered["to"], *(roll["last"] for roll in hidden)))
    ends = parse_instant(delivered["to"])
    return first, last - 1 if last == ends else last


def frame_grant(session: Session, clock: Clock, viewer: Viewer, camera_code: str, at_us: int) -> FootageGrant:
    """Return the grant under which the frame shown at `at_us` may be seen. Raises `NotGranted`, `CameraUnknown`."""
    camera = get_camera(session, camera_code)
    assert camera.id is not None
    return grant_for(session, clock, Wanted(viewer.person_id, camera.id, camera.code, TimeRange(at_us, at_us + 1)))


def frame_seen(session: Session, clock: Clock, viewer: Viewer, camera_code: str, at_us: int, time_us: int) -> None:
    """Count and record a frame that was taken at `time_us`, before it is sent; the grant may have ended while it was decoded.

    Raises `NotGranted`, and `PreRollNotGranted` when the frame was taken before the window.
    """
    grant = frame_grant(session, clock, viewer, camera_code, at_us)
    if time_us < grant.start_us and not grant.pre_roll:
        raise PreRollNotGranted(start=ToldInstant(time_us), end=ToldInstant(time_us))
    _count_pictures(session, clock, grant, camera_code, 1)
    actor = viewer.under(grant)
    record(session, clock, actor, "frame:read", "camera", camera_code, at_us=at_us, time_us=time_us)


def strip_grant(
    session: Session, clock: Clock, viewer: Viewer, camera_code: str, span: TimeRange, grant_id: str | None = None
) -> FootageGrant:
    """Return the one grant under which all of `span` may be looked over. Raises `NotGranted`, `CameraUnknown`."""
    camera = get_camera(session, camera_code)
    assert camera.id is not None
    return grant_for(session, clock, Wanted(viewer.person_id, camera.id, camera.code, span, grant_id))


def strip_seen(
    session: Session,
    clock: Clock,
    viewer: Viewer,
    camera_code: str,
    span: TimeRange,
    grant_id: str,
    times_us: Sequence[int],
) -> None:
    """Count and record a strip of pictures that were taken at `times_us`, before it is sent: each picture counts, the event is one.

    Raises `NotGranted` when the grant has ended meanwhile.
    """
    grant = strip_grant(session, clock, viewer, camera_code, span, grant_id)
    _count_pictures(session, clock, grant, camera_code, len(times_us))
    told = {"from_us": span.start_us, "to_us": span.end_us, "pictures": len(times_us)}
    shown = {"first_us": min(times_us), "last_us": max(times_us)}
    record(session, clock, viewer.under(grant), "frame:skim", "camera", camera_code, **told, **shown)


def _count_pictures(session: Session, clock: Clock, grant: FootageGrant, camera_code: str, pictures: int) -> None:
    camera = get_camera(session, camera_code)
    assert camera.id is not None
    now = clock.now_us()
    counted = session.execute(
        sa.update(FootageUse)
        .where(
            col(FootageUse.grant_id) == grant.id,
            col(FootageUse.camera_id) == camera.id,
            col(FootageUse.kind) == "frame",
            col(FootageUse.at_us) > now - _HOUR_US,
        )
        .values(count=col(FootageUse.count) + pictures)
        .returning(col(FootageUse.id))
    ).first()
    if counted is None:
        use = FootageUse(id=new_id(), grant_id=grant.id, camera_id=camera.id, at_us=now, kind="frame", count=pictures)
        session.add(use)


def refused(session: Session, clock: Clock, actor: Actor, camera_code: str, span: TimeRange, code: str) -> None:
    """Record that somebody asked for footage without a grant: it leaves a trace, too."""
    asked = {"from_us": span.start_us, "to_us": span.end_us, "why": code}
    record(session, clock, actor, "footage:refuse", "camera", camera_code[:80], **asked)


def _count(session: Session, grant: FootageGrant) -> None:
    question = (
        sa.update(FootageGrant)
        .where(col(FootageGrant.id) == grant.id, col(FootageGrant.used) < col(FootageGrant.downloads))
        .values(used=col(FootageGrant.used) + 1)
        .returning(col(FootageGrant.id))
    )
    if session.execute(question).first() is None:
        raise GrantUsedUp(downloads=grant.downloads)


__all__ = [
    "Cut",
    "NotGranted",
    "Viewer",
    "cut_under_grant",
    "frame_grant",
    "frame_seen",
    "refused",
    "strip_grant",
    "strip_seen",
]
