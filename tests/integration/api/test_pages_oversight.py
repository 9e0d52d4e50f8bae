"""What auditors see on pages: right figures, nothing of another unit, and no door for who has no business there."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa

from audit.keeping import checkpoint
from audit.log import record
from audit.signing import AUDIT_KEY, open_signer
from camera_registry.cameras import edit_camera, get_camera
from camera_registry.secrets import Vault
from camera_registry.units import UnitSpec, succeed
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE, Actor
from foundation.timebase import TimeRange
from ingest.index.hold_orders import Placer, place_order, release_order
from ingest.index.hold_orders import Wanted as Held
from people import accounts
from people.rights import Role
from people.roles import end_role, give_role
from tests.support.audit_export_reader import check_ndjson
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
    assert "Reviews overdue: 1" in said(of_a)
    assert f'href="/requests/{seen}"' in of_a.page
    of_a.open("/oversight/unusual?days=7")
    assert ("the review is overdue (1)" in said(of_a), f'href="/requests/{seen}"' in of_a.page) == (True, True)
    assert ("VA-nha" in of_a.page, elsewhere in of_a.page) == (False, False)
    assert "VA-nha" in desk.of("bao", Role.AUDITOR).open("/oversight/unusual").page


def test_the_log_tells_who_saw_what_and_marks_refusals(desk: Desk) -> None:
    office = desk.office
    (asked,) = office.ask("lan", "A1", case_number="VA-nhật-ký")
    office.approve("minh", asked)
    with unit_of_work(office.engine) as session:
        actor = Actor("tu", "person", role="officer", unit="A", address="10.0.0.7")
        record(session, office.clock, actor, "footage:refuse", "camera", "B1", from_us=1, to_us=2, why="no grant")
    auditor = desk.of("bao", Role.AUDITOR)
    auditor.open("/log?about=A1&kind=request")
    acts = [row[1:4] for row in rows(auditor)[1:]]
    assert [(who.split()[0], what) for who, what, _ in acts] == [
        ("minh", "approved a request"),
        ("lan", "submitted a request"),
        ("lan", "drafted a request"),
    ]
    assert f'<a href="/requests/{asked}">VA-nhật-ký</a>' in auditor.page
    auditor.open("/log?kind=refused&unit=A")
    (row,) = rows(auditor)[1:]
    assert row[1:3] == ["tu officer, A", "refused: asked for footage without a grant"]
    assert row[5] == "10.0.0.7"
    auditor.open("/log?from_day=31/02/2026")
    assert (auditor.status, "is not a day" in said(auditor), 'id="from_day-fault"' in auditor.page) == (422, True, True)
    assert auditor.open("/log?from_day=07/03/2026&to_day=06/03/2026").status == 422
    assert "Nobody did anything like that" in said(auditor.open("/log?from_day=01/03/2026&to_day=02/03/2026"))
    assert "audit:read" in office.folk.events()  # who watches is watched


def test_the_log_tells_what_each_act_was_done_to_and_is_searched_by_what_people_call_it(desk: Desk) -> None:
    office = desk.office
    now, who = office.clock.now_us(), Actor("lan", "person")
    (seen,) = office.ask("lan", "A1", glass=True, case_number="VA-kính")
    office.rules("A", wide_minutes=90)
    with unit_of_work(office.engine) as session:
        wanted = Held({"cameras": ["A1", "A2"]}, TimeRange(now - MINUTE, now), now + DAY, "x", "VA-giữ")
        ids = [get_camera(session, code).id or 0 for code in ("A1", "A2")]
        kept, _ = place_order(session, office.clock, who, Placer(office.ids["lan"]), wanted, ids, now + DAY)
        release_order(session, office.clock, who, kept.id)
        person = accounts.get_person(session, "lan")
        term = give_role(session, office.clock, COMMAND_LINE, person, Role.HEAD, office.unit("B"))
        end_role(session, office.clock, COMMAND_LINE, person, term.id)
        succeed(session, office.clock, COMMAND_LINE, ["A", "B"], UnitSpec("AB", "AB", "khu"), now + DAY)
    auditor = desk.of("bao", Role.AUDITOR)
    auditor.open("/log?from_day=hôm nay")
    assert "07/03/2026. That you read this" in said(auditor)
    told = {row[2]: row for row in reversed(rows(auditor)[1:])}
    assert told["ended a role"][3] == "lan: neighbourhood head, B"
    assert told["changed rules"][3] == "A: wide_minutes"
    assert told["a unit took over from others"][3] == "A, B → AB"
    assert told["released what was held"][3:5] == ["A1, A2 20:59:00–21:00:00 07/03/2026", "VA-giữ"]
    assert told["read the log"][3] == "the log 07/03/2026"
    assert told["opened footage at once, before anybody decided (break-glass)"][1].startswith("lan")
    assert "approved a request" not in told
    assert told["changed rules"][1] == "command line"
    for about, act in (
        ("va-kính", "drafted a request"),
        ("VA-giữ", "released what was held"),
        ("a1", "drafted a request"),
    ):
        assert act in said(auditor.open(f"/log?about={about}")), about
    assert seen in auditor.open("/log?about=VA-kính").page
    crumbs = auditor.open(f"/requests/{seen}").page.partition('class="crumbs"')[2].partition("</p>")[0]
    assert 'href="/oversight"' in crumbs  # not to /decide, which is no page of theirs
    assert "changed rules" in said(auditor.open("/log?about=a"))
    assert "ended a role" in said(auditor.open("/log?about=lan"))


def test_the_log_is_read_page_by_page_and_taken_away_with_its_proof(desk: Desk, tmp_path: Path) -> None:
    office = desk.office
    with unit_of_work(office.engine) as session:
        for number in range(120):
            record(session, office.clock, COMMAND_LINE, "camera:edit", "camera", f"C{number:03}", fields=["name"])
    auditor = desk.of("bao", Role.AUDITOR)
    seen: list[str] = []
    place: str | None = "/log?kind=camera&actor=" + COMMAND_LINE.name
    while place:
        auditor.open(place)
        seen += [row[3] for row in rows(auditor)[1:] if row[2] == "changed a camera"]
        older = re.search(r'href="(/log\?[^"]*before=[^"]*)"', auditor.page)
        place = unescape(older.group(1)) if older else None
    assert seen == [f"C{number:03}" for number in reversed(range(120))]
    auditor.open("/log/export?kind=camera&about=C007&format=ndjson")
    file = tmp_path / "log.ndjson"
    file.write_text(auditor.page, encoding="utf-8", newline="")
    assert [one["object_id"] for one in check_ndjson(file)] == ["C007"]
    assert auditor.open("/log/export?kind=camera&format=csv").page.count("camera:edit") == 120
    assert "audit:export" in office.folk.events()


def test_the_proof_is_shown_and_a_log_that_was_changed_is_found(desk: Desk) -> None:
    office = desk.office
    auditor = desk.of("bao", Role.AUDITOR)
    assert "none yet" in said(auditor.open("/log/proof"))
    note = checkpoint(office.engine, office.clock, open_signer(desk.service.data / AUDIT_KEY))
    auditor.open("/log/proof")
    assert note in unescape(auditor.page)
    auditor.send("/log/proof", against="not what was kept")
    assert (auditor.status, "no checkpoint of this log" in said(auditor)) == (422, True)
    assert "not what was kept</textarea>" in auditor.page
    auditor.send("/log/proof", against=note.replace("\n", "\r\n"))
    assert "All is well" in said(auditor)
    changed(office.engine)
    auditor.send("/log/proof", against=note)
    assert ("The log is not what it was" in said(auditor), "All is well" in said(auditor)) == (True, False)


def changed(engine: sa.Engine) -> None:
    """Change an event as somebody does who owns the database and has dropped what guards it."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("ALTER TABLE audit_event DISABLE TRIGGER ALL"))
        else:
            names = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_event'")
            for name in connection.execute(names).scalars().all():
                connection.execute(sa.text(f'DROP TRIGGER "{name}"'))
        connection.execute(sa.text("UPDATE audit_event SET actor = 'nobody' WHERE action = 'person:add'"))


def test_changes_of_the_register_with_what_was_before(desk: Desk) -> None:
    office = desk.office
    office.rules("A", wide_minutes=90)
    office.rules("A", wide_minutes=30)
    with unit_of_work(office.engine) as session:
        for name in ("Ngõ 1", "Ngõ 2"):
            revision = get_camera(session, "A1").revision
            changes = {"name": name, "owner_name": "Bà Bí Mật"}
            edit_camera(session, office.clock, office.folk.vault, COMMAND_LINE, "A1", revision, changes)
            office.clock.advance(1)
    auditor = desk.of("bao", Role.AUDITOR)
    auditor.open("/log/registry")
    (mine, *told) = [row[2:] for row in rows(auditor)[1:]]
    assert (mine[:2], "until further notice" in mine[2]) == (["gave a role", "bao: auditor, everywhere"], True)
    assert told[0] == ["changed a camera", "A1", "name : Ngõ 1 → Ngõ 2 owner_name : changed, personal"]
    assert told[1][2].startswith("name : not in the log → Ngõ 1")
    assert told[2:4] == [
        ["changed rules", "A", "from how many minutes on a window is called wide : 90 → 30"],
        ["changed rules", "A", "from how many minutes on a window is called wide : 180 → 90"],
    ]
    office.rules("A", needs_sign=True, holidays="2027-04-30")
    with unit_of_work(office.engine) as session:
        spec = UnitSpec("AB", "AB", "khu")
        succeed(session, office.clock, COMMAND_LINE, ["A", "B"], spec, office.clock.now_us())
    auditor.open("/log/registry?about=bao", **{"Accept-Language": "vi"})
    assert [row[3] for row in rows(auditor)[1:]] == ["bao: kiểm tra viên, mọi nơi"], rows(auditor)
    auditor.open("/log/registry", **{"Accept-Language": "vi"})
    assert "sáp nhập : A, B → AB" in rows(auditor)[1][4]
    assert ("không → có" in rows(auditor)[2][4], "– → 30/04/2027" in rows(auditor)[2][4]) == (True, True)
    assert "Bí Mật" not in auditor.page
    officer, of_a = desk.of("lan"), desk.of("an", Role.AUDITOR, "AB")
    for path in ("/log", "/log/export", "/log/registry", "/log/proof"):
        assert (officer.open(path).status, of_a.open(path).status) == (403, 403), path
