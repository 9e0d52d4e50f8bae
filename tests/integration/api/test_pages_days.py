"""Days that nobody can mean, typed into every page that takes one: a page says so at once, and none dies of it later."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from audit.log import record
from camera_registry.secrets import Vault
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from people.rights import Role
from people.tables import RoleTerm
from tests.support.pages import Desk, desk_of, said
from tests.support.people import Folk
from tests.support.ward_office import Office

INSANE = (
    *("1/1/0001", "01/01/0001", "0001-01-01", "3/1/0001", "31/12/1999", "1/1/2101", "31/12/9999", "9999-12-31"),
    *("29/02/2025", "0/0/0000", "00/13/2026", "32/1/2026", "1/1/99999", "-1/1/2026", "<b>🙂", "\x00", "9" * 40),
)
FAR = ("01/01/2000", "31/12/2100")
ASKED = {"place": "10.77, 106.69", "lat": "10.77", "lon": "106.69", "begin": "21:00", "end": "21:10"}
PAGES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "/log": ({}, ("from_day", "to_day")),
    "/log/export": ({}, ("from_day", "to_day")),
    "/log/registry": ({}, ("from_day", "to_day")),
    "/coverage": ({"unit": "A"}, ("day",)),
    "/coverage?": ({"unit": "A", "day": "hôm nay"}, ("end_day",)),
    "/coverage/days": ({"unit": "A"}, ("from_day", "to_day")),
    "/investigate": (ASKED, ("day",)),
    "/investigate?": (ASKED | {"day": "hôm nay"}, ("end_day",)),
    "/investigate/next": (ASKED | {"bearing": ""}, ("day",)),
    "/requests/new": ({"camera": "A1", "begin": "21:00", "end": "21:10"}, ("day",)),
    "/picture": ({"camera": "A1", "time": "21:00"}, ("day",)),
}
FORMS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "/admin/people/lan/roles": ("/admin/people/lan", {"role": "officer", "unit": "B"}, ("begins", "ends")),
    "/admin/units/succeed": ("/admin/units", {"how": "renaming", "unit": "A", "code": "A9", "name": "A9"}, ("day",)),
}


@pytest.fixture
def desk(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    office = Office(Folk(engine, clock, Vault.open(data_dir / "keys" / "camera.key")))
    with desk_of(office, data_dir) as found:
        yield found


def test_a_day_that_nobody_can_mean_is_refused_and_kills_no_page(desk: Desk) -> None:
    auditor, officer, root = desk.of("bao", Role.AUDITOR), desk.of("lan"), desk.of("root", Role.ADMINISTRATOR)
    for path, (fields, names) in PAGES.items():
        browser = auditor if path.startswith(("/log", "/coverage")) else officer
        for name in names:
            for day in (*INSANE, *FAR):
                asked = desk.client.build_request("GET", path.rstrip("?"), params=fields | {name: day}).url
                status = browser.open(str(asked)).status
                allowed = {200, 403, 404, 422} if day in FAR else {404, 422}
                assert status in allowed, (path, name, day, status)
        assert browser.open(path.rstrip("?")).status == 200 or path == "/log/export", path
    for action, (page, sent, names) in FORMS.items():
        for name in names:
            for day in INSANE:
                status = root.open(page).send(action, **(sent | {name: day})).status
                assert status == 422, (action, name, day)
                assert root.open(page).status == 200, page
    for path in ("/log", "/log?actor=bao", "/log?actor=bao&kind=audit", "/admin/people/lan"):
        assert root.open(path).status in {200, 403}, path
        assert path.startswith("/admin") or auditor.open(path).status == 200, path


def test_what_stands_in_the_catalogue_already_kills_no_page(desk: Desk) -> None:
    """The log keeps what it has, and a role may come from a time when days were not looked at."""
    office, first, last = desk.office, -62_135_596_800_000_000 - 7 * 3_600_000_000, 10**18
    with unit_of_work(office.engine) as session:
        for span in ((first, last), (-(10**18), first)):
            told = {"from_us": span[0], "to_us": span[1], "at_us": span[0]}
            record(session, office.clock, COMMAND_LINE, "audit:read", "audit", "log", **told)
        for number, (begin, end) in enumerate(((first, None), (0, last))):
            session.add(
                RoleTerm(
                    id=f"bad{number}",
                    person_id=office.ids["lan"],
                    role="officer",
                    unit_id=None,
                    from_us=begin,
                    to_us=end,
                    given_us=0,
                    given_by="x",
                )
            )
    auditor, root = desk.of("bao", Role.AUDITOR), desk.of("root", Role.ADMINISTRATOR)
    for path in ("/log", "/log?actor=" + COMMAND_LINE.name, "/log/registry", "/log/export", "/log/export?format=csv"):
        assert auditor.open(path).status == 200, path
    for before in ("9" * 38 + ".1", "1." + "9" * 30, "-1.1", "x", "١.١"):
        assert auditor.open(f"/log?before={before}").status == 200, before
        assert auditor.open(f"/log/registry?before={before}").status == 200, before
    assert root.open("/admin/people").status == 200
    root.open("/admin/people/lan").send("/admin/people/lan/roles/end", term="bad0")
    assert (root.status, "Saved." in said(root) or "done=saved" in root.place) == (200, True)
    root.send("/admin/people/lan/account", account="closed")
    assert root.place == "/admin/people/lan?done=saved"
