"""What a person finds in the menu: what the roles are for, and never a door that would not open. Pure."""

from dataclasses import dataclass

from api.asking import Asker
from foundation.errors import N_
from people.rights import Right


@dataclass(frozen=True)
class Entry:
    """`mark` names the icon; `rights` are those that the page behind it needs."""

    address: str
    text: str
    mark: str
    rights: tuple[Right, ...]
    unless: Right | None = None
    """Whoever has this right has something better."""
    everywhere: bool = False
    """Its page is about the whole house, and opens to nobody whose role is for a part of it."""


_ENTRIES = (
    Entry("/", N_("Home"), "home", ()),
    Entry("/investigate", N_("Investigate"), "search", (Right.FOOTAGE_FIND,)),
    Entry("/cameras", N_("Cameras"), "camera", (Right.REGISTRY_READ,)),
    Entry("/requests", N_("My requests"), "paper", (Right.REQUEST_MAKE,)),
    Entry("/decide", N_("Decide"), "check", (Right.REQUEST_DECIDE,)),
    Entry("/holds", N_("Kept"), "keep", (Right.HOLD_PLACE,), unless=Right.REQUEST_DECIDE),
    Entry("/oversight", N_("Oversight"), "eye", (Right.ACCESS_READ,)),
    Entry("/coverage", N_("Coverage"), "map", (Right.RECORDED_READ,), unless=Right.FOOTAGE_FIND),
    Entry("/log", N_("Log"), "list", (Right.ACCESS_READ,), everywhere=True),
    Entry("/admin", N_("Administration"), "gear", (Right.PEOPLE_MANAGE,), everywhere=True),
)


def entries(asker: Asker) -> list[Entry]:
    """Return at most six entries; nothing for somebody who has not signed in."""
    if asker.standing is None or (asker.browser is not None and not asker.browser.whole):
        return []

    def may(right: Right, *, everywhere: bool = False) -> bool:
        # Looking for what there is must not change by which role the next act is done.
        by, found = asker.by, asker.may(right, "everywhere" if everywhere else "somewhere")
        asker.by = by
        return found

    found = [
        entry
        for entry in _ENTRIES
        if all(may(right, everywhere=entry.everywhere) for right in entry.rights)
        and not (entry.unless is not None and may(entry.unless))
    ]
    return found[:6]
