"""What somebody is told of themselves, by the calls and by the pages."""

from typing import Any

from api.asking import Asker
from api.service import Service
from camera_registry.units import unit_by_id
from foundation.database import unit_of_work
from foundation.timebase import format_instant
from people.rights import RIGHTS_OF, Right


def as_dict(service: Service, asker: Asker) -> dict[str, Any]:
    standing = asker.standing
    assert standing is not None
    running = [term for term in standing.terms if term.runs(asker.now_us)]
    limits = frozenset(Right) if standing.limited_to is None else standing.limited_to
    held = frozenset().union(*(RIGHTS_OF[term.role] for term in running)) & limits
    with unit_of_work(service.engine, writes=False) as session:
        units = {term.unit_id: unit_by_id(session, term.unit_id).code for term in running if term.unit_id is not None}
    return {
        "name": standing.name,
        "roles": [
            {
                "role": str(term.role),
                "unit": None if term.unit_id is None else units[term.unit_id],
                "from": format_instant(term.from_us, service.zone),
                "to": None if term.to_us is None else format_instant(term.to_us, service.zone),
            }
            for term in running
        ],
        "rights": sorted(held),
    }
