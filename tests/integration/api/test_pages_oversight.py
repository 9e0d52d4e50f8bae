"""What auditors see on pages: right figures, nothing of another unit, and no door for who has no business there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from camera_registry.secrets import Vault
from foundation.clock import ManualClock
from people.rights import Role
from tests.support.pages import Desk, desk_of, rows, said
from tests.support.people import Folk
from tests.support.ward_office import MINUTE, Office

DAY = 86_400_000_000


@pytest.fixture
def desk(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    office = Office(Folk(engine, clock, Vault.open(data_dir / "keys" / "camera.key")))
    with desk_of(office, data_dir) as found:
        yield found


def test_figures_of_a_period_and_only_of_units_within_reach(desk: Desk) -> None:
    office = desk.office
    (first,), (second,) = office.ask("lan", "A1", "A2"), office.ask("tu", "A1", case_number="VA-tu")
    office.clock.advance(90 * MINUTE)
    assert "VA-lan" in desk.of("minh").open("/decide").page  # what was read outlives the reading of it
    office.approve("minh", first)
    office.refuse("minh", second)
    office.ask("lan", "B1", case_number="VA-b")  # decided by B, where nobody decides
    office.ask("lan", "A2", submit=False, case_number="VA-draft")  # no request yet
    of_a = desk.of("an", Role.AUDITOR, "A")
    of_a.open("/oversight?days=7")
    assert of_a.status == 200
    assert ["A A", "2", "0", "1", "1", "0", "0", "0", "30", "20", "1 h 30 min"] in rows(of_a)
    assert (len(rows(of_a)), "Requests 2" in said(of_a), 'href="/log"' in of_a.page) == (2, True, False)
    everywhere = desk.of("bao", Role.AUDITOR)
    everywhere.open("/oversight")
    assert [row[:2] for row in rows(everywhere)[1:]] == [["A A", "2"], ["B B", "1"]]
    assert ("30 days" in said(everywhere), 'href="/log"' in everywhere.page) == (True, True)
    office.clock.advance(8 * DAY)
    assert "Nobody asked for footage in this period" in said(desk.of("an").open("/oversight?days=7"))
    for path in ("/oversight", "/oversight/unusual"):
        assert desk.of("lan").open(path).status == 403, path


def test_an_overdue_review_is_shouted_and_unusual_patterns_lead_to_their_requests(desk: Desk) -> None:
    office = desk.office
    (seen,) = office.ask("lan", "A1", glass=True, case_number="VA-gap")
    (elsewhere,) = office.ask("hoa", "B1", glass=True, case_number="VA-nha")
    office.clock.advance(2 * DAY)
    of_a = desk.of("an", Role.AUDITOR, "A")
    of_a.open("/oversight")
    assert "1 reviews are overdue" in said(of_a)
    assert f'href="/requests/{seen}"' in of_a.page
    of_a.open("/oversight/unusual?days=7")
    assert ("the review is overdue (1)" in said(of_a), f'href="/requests/{seen}"' in of_a.page) == (True, True)
    assert ("VA-nha" in of_a.page, elsewhere in of_a.page) == (False, False)
    assert "VA-nha" in desk.of("bao", Role.AUDITOR).open("/oversight/unusual").page
