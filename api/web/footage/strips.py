"""Where the small pictures of a lane come from: under a grant of this person that runs, and for nobody else from nowhere."""

from collections.abc import Iterable
from urllib.parse import urlencode

from sqlmodel import Session

from access.grants import cameras_granted, running_grants
from access.tables import FootageGrant
from api.asking import Asker
from api.service import Service
from api.web.frame.words import Telling
from foundation.timebase import TimeRange, format_instant
from people.rights import Right

Source = dict[str, str]


def source(tell: Telling, code: str, part: TimeRange, grant_id: str) -> Source:
    """Return what a lane needs to ask for its strip; `part` lies within the grant."""
    bounds = {"from": format_instant(part.start_us, tell.zone), "to": format_instant(part.end_us, tell.zone)}
    return {**bounds, "url": f"/api/v1/cameras/{code}/strip.jpg?{urlencode({**bounds, 'grant': grant_id})}"}


def granted_part(grant: FootageGrant, span: TimeRange) -> TimeRange | None:
    return TimeRange(grant.start_us, grant.end_us).intersection(span)


def sources_of(
    session: Session, service: Service, asker: Asker, tell: Telling, cameras: Iterable[tuple[int, str]], span: TimeRange
) -> dict[str, Source]:
    """Return the sources of those cameras (id, code) that this person may see something of within `span`, by code.

    Of several grants that which shows most of it: a strip is judged under exactly one.
    """
    if asker.standing is None or not asker.may(Right.FOOTAGE, "somewhere"):
        return {}
    grants = running_grants(session, service.clock, asker.standing.person_id)
    covered = cameras_granted(session, [grant.id for grant in grants])
    found: dict[str, Source] = {}
    for camera_id, code in cameras:
        parts = [
            (part, grant.id)
            for grant in grants
            if camera_id in covered[grant.id] and (part := granted_part(grant, span)) is not None
        ]
        if parts:
            part, grant_id = max(parts, key=lambda one: one[0].duration_us)
            found[code] = source(tell, code, part, grant_id)
    return found
