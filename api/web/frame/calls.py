"""Whom somebody calls, or sets the number of: found by the units of their roles, and of what was refused by its camera."""

from collections.abc import Iterable
from contextlib import suppress

from sqlmodel import Session

from api.asking import Asker
from api.web.frame.advice import APPROVED_BY_SOMEBODY
from camera_registry.cameras import describe, get_camera
from camera_registry.telephones import Telephone, telephones_of
from camera_registry.units import get_unit
from foundation.errors import MatPhoError
from people.rights import Right

_MOST_OWN = 5


def own_units(session: Session, asker: Asker) -> list[tuple[str, str]]:
    """Return code and name of the units that one is given a role for and may change; nothing for who may everywhere."""
    found = {}
    for unit_id in _units_of(asker):
        for unit in asker.units.current(unit_id, asker.now_us):
            code = asker.units.code_of(unit)
            if asker.may(Right.REGISTRY_WRITE, unit):
                found[code] = get_unit(session, code, asker.now_us).name
    return sorted(found.items())[:_MOST_OWN]


def calls_of(session: Session, asker: Asker) -> list[Telephone]:
    """Return whom somebody calls who needs help: for the units of their roles and for the house, and nobody their own office."""
    units = list(dict.fromkeys(_units_of(asker)))[:_MOST_OWN]
    told = telephones_of(session, [*units, None], asker.now_us)
    own = {code for code, _ in own_units(session, asker)}
    return [one for one in _merged(told.values()) if one.unit_code not in own]


def calls_about(session: Session, asker: Asker, error: MatPhoError) -> list[Telephone]:
    """Return whom to call about a refusal: who decides for the camera, or where roles are given; nobody about the rest."""
    if error.code in APPROVED_BY_SOMEBODY:
        with suppress(MatPhoError):
            camera = describe(session, get_camera(session, str(error.fields.get("camera", ""))), asker.now_us)
            unit = None if camera.unit_code is None else get_unit(session, camera.unit_code, asker.now_us).id
            return telephones_of(session, [unit], asker.now_us)[unit]
    elif error.code != "not_permitted":
        return []
    return calls_of(session, asker)


def _merged(told: Iterable[list[Telephone]]) -> list[Telephone]:
    """Return each number once, in order."""
    return list({(one.number, one.unit_code): one for some in told for one in some}.values())


def _units_of(asker: Asker) -> list[int]:
    terms = asker.standing.terms if asker.standing else ()
    return [term.unit_id for term in terms if term.runs(asker.now_us) and term.unit_id is not None]
