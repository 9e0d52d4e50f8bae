"""The telephone of a unit: set by administrators and by heads of their own, told where somebody has to call."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from camera_registry.secrets import Vault
from foundation.clock import ManualClock
from foundation.timebase import TimeRange
from people.rights import Role
from tests.support.browser_forms import Browser
from tests.support.pages import Desk, desk_of, said
from tests.support.people import Folk
from tests.support.ward_office import MINUTE, Office

OF_A = 'href="tel:+84912345678"'
OF_WARD = 'href="tel:+842838123456"'


@pytest.fixture
def desk(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    with desk_of(Office(Folk(engine, clock, Vault.open(data_dir / "keys" / "camera.key"))), data_dir) as found:
        yield found


def put(browser: Browser, unit: str, phone: str, contact: str = "") -> Browser:
    return browser.open(f"/units/{unit}").send(f"/units/{unit}", phone=phone, contact=contact)


def test_an_administrator_sets_it_and_it_is_told_everywhere_it_is_needed(desk: Desk) -> None:
    root = desk.of("root", Role.ADMINISTRATOR)
    assert "/units/W" in root.open("/admin/units").page
    put(root, "W", "(028) 3812.3456", "Trực ban công an phường")
    assert (root.status, root.place, "Saved" in said(root)) == (200, "/units/W?done=saved", True)
    assert "028 3812 3456 Trực ban công an phường" in said(root.open("/admin/units"))
    nobody = Browser(desk.client)
    public = nobody.open("/public/A").page
    assert OF_WARD in public
    assert "Trực ban công an phường" in public
    assert OF_WARD in nobody.open("/help").page
    assert "Ward, điện thoại 028 3812 3456" in said(root.open("/cameras/A1/sign"))
    lan, head = desk.of("lan"), desk.of("muoi", Role.HEAD, "A")
    begin = (desk.office.clock.now_us() - 30 * MINUTE) // MINUTE * MINUTE
    (request,) = desk.office.ask("lan", "A1", span=TimeRange(begin, begin + MINUTE))
    put(head, "A", "0912 345 678", "Bà Tư")
    assert OF_A in lan.open(f"/requests/{request}").page
    assert "0912 345 678" in said(lan.open(f"/requests/{request}/paper"))
    assert OF_A in head.open("/requests/waiting").page  # who asks is of A, too
    head.open("/help")
    assert (OF_WARD in head.page, OF_A in head.page) == (True, False)  # nobody calls their own office
    assert "set the telephone of a unit" in said(desk.of("vy", Role.AUDITOR).open("/log/registry"))


def test_a_refusal_says_whom_to_call(desk: Desk) -> None:
    root, lan = desk.of("root", Role.ADMINISTRATOR), desk.of("lan")
    assert "tel:" not in lan.open("/admin").page
    put(root, "A", "0912345678")
    assert (lan.open("/admin").status, OF_A in lan.page) == (403, True)
    lan.open("/picture?camera=A1&day=07/03/2026&time=21:04:30")
    assert (lan.status, OF_A in lan.page) == (403, True)
    assert OF_A not in Browser(desk.client).open("/nowhere").page


def test_a_head_sets_that_of_their_own_neighbourhood_and_no_other(desk: Desk) -> None:
    head = desk.of("muoi", Role.HEAD, "A")
    assert "/units/A" in head.open("/").page
    put(head, "A", "+84 912.345.678", "Bà Tư")
    assert (head.place, 'value="0912 345 678"' in head.page) == ("/units/A?done=saved", True)
    token = head.hidden("form_token")
    for unit in ("B", "W", "Z"):
        assert head.open(f"/units/{unit}").status == 404
        assert head.send(f"/units/{unit}", token=token, phone="113", contact="").status == 404
    assert desk.of("lan").open("/units/A").status == 403
    assert "unit:telephone" in desk.office.folk.events()


@pytest.mark.parametrize(
    ("phone", "contact", "field"), [("12345", "", "phone"), ("", "Bà Tư", "phone"), ("113", "x" * 101, "contact")]
)
def test_what_is_wrong_is_told_at_its_field(desk: Desk, phone: str, contact: str, field: str) -> None:
    head = put(desk.of("muoi", Role.HEAD, "A"), "A", phone, contact)
    assert (head.status, f'id="{field}-fault"' in head.page, f'value="{phone}"' in head.page) == (422, True, True)
    assert "tel:" not in Browser(desk.client).open("/public/A").page
