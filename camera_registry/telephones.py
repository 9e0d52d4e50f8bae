"""Whom to call about a unit: one telephone number, and who answers there. Everybody may know both.

A unit without a number of its own is asked where it lies, so a ward's number serves all its neighbourhoods.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from camera_registry.revision import touch
from camera_registry.tables import Unit, UnitSuccession
from foundation.clock import Clock
from foundation.errors import N_, BadInput
from foundation.identity import Actor

LONGEST_CONTACT = 100
_SEPARATORS = re.compile(r"[\s.\-()\u2010-\u2013\u00a0]")
_MOBILE = re.compile(r"0[35789]\d{8}")
_LANDLINE = re.compile(r"02\d{9}")
_HOTLINE = re.compile(r"1[89]00\d{4,6}")
_SHORT = frozenset({"111", "112", "113", "114", "115", "1022"})
_MOST_STEPS = 200
"""On the way up; the tree of a city has a few levels, and what came before them a few more."""
_MOST_TOP = 5


class NotATelephone(BadInput):
    code = "not_a_telephone"
    message = N_("“{value}” is not a telephone number of Vietnam")
    mend = N_("Write it as it is dialled, such as 028 3812 3456, 0912 345 678, +84 28 3812 3456 or 113")


class ContactUnusable(BadInput):
    code = "contact_unusable"
    message = N_("Who answers is told in at most {limit} characters on one line")


class ContactAlone(BadInput):
    code = "contact_alone"
    message = N_("Who answers is there, and the number is not")
    mend = N_("Write the number, or leave both empty")


@dataclass(frozen=True)
class Telephone:
    """`number` is as dialled within Vietnam, digits only; `unit_name` says whose it is, which may lie above who was asked for."""

    number: str
    contact: str
    unit_code: str
    unit_name: str

    @property
    def link(self) -> str:
        """Return the address that a phone dials, also from abroad."""
        return f"tel:+84{self.number[1:]}" if self.number.startswith("0") else f"tel:{self.number}"

    @property
    def shown(self) -> str:
        return shown(self.number)


def read_number(text: str) -> str | None:
    """Return a number as it is dialled within Vietnam, digits only; None for an empty text. Raises `NotATelephone`."""
    if not text.strip():
        return None
    digits = _SEPARATORS.sub("", text.strip()[:40])
    for abroad in ("+84", "0084"):
        if digits.startswith(abroad):
            digits = "0" + digits[len(abroad) :].removeprefix("0")  # also +84 (0) 28 …
    ours = digits.isascii() and digits.isdecimal() and len(text.strip()) <= 40
    if ours and (digits in _SHORT or any(kind.fullmatch(digits) for kind in (_MOBILE, _LANDLINE, _HOTLINE))):
        return digits
    raise NotATelephone(value=text.strip()[:40])


def read_contact(text: str) -> str | None:
    """Raises `ContactUnusable`."""
    found = text.strip()
    if len(found) > LONGEST_CONTACT or not found.isprintable():
        raise ContactUnusable(limit=LONGEST_CONTACT)
    return found or None


def shown(number: str) -> str:
    """Return a number in groups, as people read it out."""
    if _MOBILE.fullmatch(number):
        return f"{number[:4]} {number[4:7]} {number[7:]}"
    if _LANDLINE.fullmatch(number):
        area = 3 if number[:3] in {"024", "028"} else 4
        rest = number[area:]
        return f"{number[:area]} {rest[:-4]} {rest[-4:]}"
    if _HOTLINE.fullmatch(number):
        return f"{number[:4]} {number[4:]}"
    return number


def set_telephone(session: Session, clock: Clock, actor: Actor, unit: Unit, number: str, contact: str) -> bool:
    """Keep number and who answers as typed, or neither when both are empty; tell whether that changed anything.

    The log has the numbers and not who answers, who may be a person. Raises `NotATelephone`, `ContactUnusable`, `ContactAlone`.
    """
    new = read_number(number), read_contact(contact)
    if new[1] and not new[0]:
        raise ContactAlone
    before = unit.phone, unit.contact
    if new == before:
        return False
    unit.phone, unit.contact = new
    session.add(unit)
    touch(session)
    told = {"code": unit.code, "phone": new[0], "before": before[0], "contact_changed": new[1] != before[1]}
    record(session, clock, actor, "unit:telephone", "unit", str(unit.id), **told)
    return True


def same_telephone(units: Iterable[Unit]) -> tuple[str | None, str | None]:
    """Return number and who answers where all the units have the same, else neither: a wrong number is worse than none."""
    found = {(unit.phone, unit.contact) for unit in units}
    return found.pop() if len(found) == 1 else (None, None)


def telephones_of(session: Session, unit_ids: Iterable[int | None], at_us: int) -> dict[int | None, list[Telephone]]:
    """Return by unit whom to call at `at_us`: its own number, else the nearest above it; of what was split, those of all parts.

    None stands for the house: the numbers of the units that lie in no other, a few at most.
    """
    return {
        unit_id: _of_house(session, at_us) if unit_id is None else _nearest(session, unit_id, at_us)
        for unit_id in dict.fromkeys(unit_ids)
    }


def _of_house(session: Session, at_us: int) -> list[Telephone]:
    question = (
        sa.select(Unit)
        .where(col(Unit.parent_id).is_(None), col(Unit.phone).is_not(None), col(Unit.valid_from_us) <= at_us)
        .where(sa.or_(col(Unit.valid_to_us).is_(None), col(Unit.valid_to_us) > at_us))
        .order_by(col(Unit.code))
        .limit(_MOST_TOP)
    )
    return [found for unit in session.execute(question).scalars() if (found := _own(unit)) is not None]


def _nearest(session: Session, unit_id: int, at_us: int) -> list[Telephone]:
    found, seen, open_ = dict[int, Telephone](), set[int](), [unit_id]
    while open_ and len(seen) < _MOST_STEPS:
        here = open_.pop(0)
        unit = session.get(Unit, here)
        if unit is None or here in seen:
            continue
        seen.add(here)
        after = _after(session, here, at_us) if unit.valid_to_us is not None and unit.valid_to_us <= at_us else []
        own = None if after else _own(unit)
        if own is not None:
            found[here] = own
        else:
            open_ += after or ([] if unit.parent_id is None else [unit.parent_id])
    return list(found.values())


def _after(session: Session, unit_id: int, at_us: int) -> list[int]:
    question = sa.select(col(UnitSuccession.successor_id)).where(
        col(UnitSuccession.predecessor_id) == unit_id, col(UnitSuccession.at_us) <= at_us
    )
    return sorted(session.execute(question).scalars())


def _own(unit: Unit) -> Telephone | None:
    return None if unit.phone is None else Telephone(unit.phone, unit.contact or "", unit.code, unit.name)
