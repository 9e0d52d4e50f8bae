"""Footage is sent under a grant: who looks, what is refused leaves a trace, and sending ends with the grant."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from access.grants import GrantUsedUp, NotGranted, PreRollNotGranted, still_seen
from access.serving import Viewer, frame_grant, frame_seen, refused
from api.asking import Asker
from api.service import Service
from extract.frames import Frame, frame_at
from extract.hearing import may_be_heard
from foundation.database import DatabaseUnavailable, unit_of_work
from foundation.timebase import TimeRange


def viewer_of(asker: Asker) -> Viewer:
    assert asker.standing is not None
    return Viewer(asker.standing.person_id, asker.actor)


@contextmanager
def refusals_told(service: Service, asker: Asker, camera_code: str, span: TimeRange) -> Iterator[None]:
    """Record what a grant did not allow, in a transaction of its own: that of the act is undone."""
    try:
        yield
    except (NotGranted, GrantUsedUp, PreRollNotGranted) as error:
        with unit_of_work(service.engine) as session:
            refused(session, service.clock, asker.actor, camera_code, span, error.code)
        raise


def watch(service: Service, asker: Asker, clip_id: str) -> Callable[[], bool]:
    """Return what tells whether bytes of a clip may still be sent. A catalogue that does not answer ends nothing."""
    assert asker.standing is not None
    person_id = asker.standing.person_id

    def permitted() -> bool:
        try:
            with unit_of_work(service.engine, writes=False) as session:
                seen = still_seen(session, service.clock, clip_id, person_id)
                return seen and may_be_heard(session, service.clock, clip_id)
        except DatabaseUnavailable:
            return True

    return permitted


def frame_under_grant(service: Service, asker: Asker, camera_code: str, at_us: int, width: int | None = None) -> Frame:
    """Return the frame shown at an instant, counted and recorded. Raises `NotGranted` and what `frame_at` and `frame_seen` raise."""
    viewer = viewer_of(asker)
    with refusals_told(service, asker, camera_code, TimeRange(at_us, at_us + 1)):
        with unit_of_work(service.engine, writes=False) as session:
            frame_grant(session, service.clock, viewer, camera_code, at_us)
            found = frame_at(session, service.store, camera_code, at_us, width=width)
        with unit_of_work(service.engine) as session:  # apart, so that nobody waits to write while a picture is decoded
            frame_seen(session, service.clock, viewer, camera_code, at_us, found.time_us)
    return found
