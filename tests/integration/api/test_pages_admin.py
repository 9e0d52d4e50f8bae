"""Administration by forms: people and their roles, units, rules, the system; for who administers everywhere, and nobody else."""

import dataclasses
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from api.service import DoctorSaid
from camera_registry.rules import rules_for
from camera_registry.secrets import Vault
from camera_registry.units import UnitSpec, succeed
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.settings import Settings
from matpho.doctor.judge_machine import disk_space
from matpho.doctor.load import load_of
from matpho.doctor.machine import Folder
from matpho.service import served_at
from people import accounts
from people.rights import Role
from people.roles import roles_of
from people.tables import PersonHome
from tests.support.browser_forms import Browser
from tests.support.pages import Desk, desk_of, rows, said
from tests.support.people import Folk
from tests.support.ward_office import Office

DAY = 86_400_000_000
PAGES = ("/admin", "/admin/people", "/admin/people/lan", "/admin/units", "/admin/rules", "/admin/system")


@pytest.fixture
def desk(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> Iterator[Desk]:
    office = Office(Folk(engine, clock, Vault.open(data_dir / "keys" / "camera.key")))
    with desk_of(office, data_dir) as found:
        yield found


@pytest.fixture
def root(desk: Desk) -> Browser:
    return desk.of("root", Role.ADMINISTRATOR)


def faults(browser: Browser) -> dict[str, str]:
    """Return what is wrong by the id of its field, and see that the field points at it."""
    found = dict(re.findall(r'class="fault" id="(\w+)-fault">([^<]+)<', browser.page))
    told = " ".join(re.findall(r'aria-describedby="([^"]+)"', browser.page)).split()
    assert {f"{name}-fault" for name in found} <= set(told)
    return found


def test_an_account_from_the_form_to_its_first_role(desk: Desk, root: Browser) -> None:
    root.open("/admin/people").send("/admin/people", name="Bà Đào", full_name="Trần Thị Đào")
    assert (root.status, "cannot be a name" in faults(root)["name"]) == (422, True)
    assert 'value="Trần Thị Đào"' in root.page
    root.send("/admin/people", name="lan", full_name="")
    assert (root.status, "already" in faults(root)["name"]) == (409, True)
    root.send("/admin/people", name="dao", full_name="Trần Thị Đào")
    link = re.search(r'<code id="link" data-mp-copy>[^<]*/first-password/([^<]+)</code>', root.page)
    assert link is not None
    assert 'name="password"' in Browser(desk.client).open(f"/first-password/{link.group(1)}").page
    assert link.group(1) not in root.open("/admin/people?q=tran thi dao").page
    assert [row[0] for row in rows(root)[1:]] == ["dao"]
    root.open("/admin/people/dao")
    action = "/admin/people/dao/roles"
    root.send(action, role="officer", unit="")
    assert (root.status, list(faults(root))) == (422, ["unit"])
    root.send(action, role="officer", unit="A", ends="31/02/2026")
    assert (root.status, list(faults(root)), 'value="31/02/2026"' in root.page) == (422, ["ends"], True)
    root.send(action, role="officer", unit="A", begins="10/03/2026", ends="09/03/2026")
    assert (root.status, list(faults(root))) == (422, ["ends"])
    root.send(action, role="officer", unit="A", begins="hôm nay", ends="31/12/2026")
    assert root.place == "/admin/people/dao?done=saved"
    root.send(action, role="auditor", unit="*")
    assert (root.status, "on the same day" in faults(root)["role"]) == (409, True)
    root.send(action, role="officer", unit="A", begins="10/03/2026")
    assert (root.status, "there already" in faults(root)["role"]) == (409, True)
    root.send(action, role="officer", unit="A", begins="01/01/2020", ends="02/01/2020")
    assert (root.status, "in the past" in faults(root)["begins"]) == (422, True)
    with unit_of_work(desk.office.engine, writes=False) as session:
        (role,) = roles_of(session, accounts.get_person(session, "dao"))
    assert (role.term.role, role.unit, role.given_by) == (Role.OFFICER, "A", "root")
    assert (role.term.from_us, role.term.to_us) == (1_772_816_400_000_000, 1_798_736_400_000_000)
    root.send("/admin/people/dao/roles/end", term=role.id)
    assert "over or to come" in said(root.open("/admin/people?q=dao"))
    root.open("/admin/people/dao").send(action, role="officer", unit="A", begins="hôm nay")
    assert root.place == "/admin/people/dao?done=saved"
    assert "dòng lệnh" in said(root.open("/admin/people/lan", **{"Accept-Language": "vi"}))


def test_links_lead_to_where_it_is_served_unless_the_settings_say_where(desk: Desk, root: Browser) -> None:
    plain = desk.service
    for host, port, link in (
        ("127.0.0.1", 8142, "http://127.0.0.1:8142/"),
        ("0.0.0.0", 9000, "http://127.0.0.1:9000/"),
        ("::", 9000, "http://127.0.0.1:9000/"),
        ("::1", 9000, "http://[::1]:9000/"),
        ("10.0.0.7", 8000, "http://10.0.0.7:8000/"),
    ):
        desk.put(served_at(plain, host, port))
        root.open("/admin/people/lan").send("/admin/people/lan/link")
        assert f'<code id="link" data-mp-copy>{link}first-password/' in root.page, link
    settings = Settings(data=plain.data, language="en", address="https://mat-pho.example/")
    desk.put(served_at(dataclasses.replace(plain, settings=settings), "0.0.0.0", 9000))
    root.open("/admin/people/lan").send("/admin/people/lan/link")
    assert '<code id="link" data-mp-copy>https://mat-pho.example/first-password/' in root.page
    desk.office.asks_owner("A1")
    desk.office.ask("lan", "A1")
    head = desk.of("dao", Role.HEAD, "A")
    head.open("/cameras/A1").send("/cameras/A1/owner-links")
    assert "https://mat-pho.example/owner/" in head.page


def test_accounts_are_closed_and_opened_and_homes_kept_without_being_told(desk: Desk, root: Browser) -> None:
    lan = desk.of("lan")
    root.open("/admin/people/lan").send("/admin/people/lan/account", account="closed")
    assert ("closed" in said(root), lan.open("/account").place) == (True, "/sign-in?next=%2Faccount")
    root.send("/admin/people/lan/link")
    assert (root.status, "is closed" in said(root)) == (403, True)
    root.send("/admin/people/lan/account", account="open")
    root.send("/admin/people/lan/home", at="nhà", act="keep")
    assert (root.status, list(faults(root))) == (422, ["at"])
    root.send("/admin/people/lan/home", at="10.7769, 106.7009", act="keep")
    assert ("It is known" in said(root), "10.7769, 106.7009" in root.page.replace("such as 10.7769, 106.7009", "")) == (
        True,
        False,
    )
    root.send("/admin/people/lan/home", act="forget")
    with unit_of_work(desk.office.engine, writes=False) as session:
        assert session.execute(sa.select(sa.func.count()).select_from(PersonHome)).scalar_one() == 0
    root.send("/admin/people/lan/link", phone="yes")
    assert "/first-password/" in root.page
    assert "not enrolled yet" in said(root.open("/admin/people/lan"))
    assert {"person:disable", "person:enable", "person:home", "second_factor:forget"} <= set(desk.office.folk.events())


def test_nobody_locks_the_house_from_within(desk: Desk, root: Browser) -> None:
    root.open("/admin/people/root")
    assert "another administrator closes it" in said(root)
    root.send("/admin/people/root/account", token=root.hidden("form_token"), account="closed")
    assert (root.status, "that they are signed in with" in said(root)) == (409, True)
    second = desk.of("second", Role.ADMINISTRATOR)
    with unit_of_work(desk.office.engine, writes=False) as session:
        (own,) = roles_of(session, accounts.get_person(session, "root"))
    second.open("/admin/people/root").send("/admin/people/root/roles/end", term=own.id)
    with unit_of_work(desk.office.engine, writes=False) as session:
        (last,) = roles_of(session, accounts.get_person(session, "second"))
    second.open("/admin/people/second").send("/admin/people/second/roles/end", term=last.id)
    assert (second.status, "second is the last one" in said(second)) == (409, True)
    assert second.open("/admin").status == 200


def test_a_rule_is_refused_in_the_words_of_the_reader(desk: Desk, root: Browser) -> None:
    said_of = {}
    for name, value in (("grant_hours", "0"), ("wide_minutes", "viele"), ("case_reuse", "y"), ("duty_hours", "7-19")):
        root.open("/admin/rules?unit=A", **{"Accept-Language": "vi"})
        vietnamese = {"Accept-Language": "vi"}
        root.send("/admin/rules", unit="A", rule=name, value=value, act="set", headers=vietnamese)
        said_of[name] = faults(root)[name]
    assert "phải ít nhất là 1" in said_of["grant_hours"]
    assert ("grant_hours" in said_of["grant_hours"], "quyền xem có hiệu lực" in said_of["grant_hours"]) == (False, True)
    assert "phải là một số nguyên" in said_of["wide_minutes"]
    assert "free, same_person, once" in said_of["case_reuse"]
    assert not any(word in " ".join(said_of.values()) for word in ("should", "must", "write", "Value error"))


def test_rules_are_set_and_taken_back_and_units_shown_as_they_are(desk: Desk, root: Browser) -> None:
    office = desk.office
    office.rules("W", wide_minutes=90)
    root.open("/admin/rules?unit=A")
    (wide,) = [row for row in rows(root) if "wide_minutes" in row[0]]
    assert (wide[1:3], "set here" in wide[3]) == (["90", "90"], False)
    root.send("/admin/rules", unit="A", rule="wide_minutes", value="viele", act="set")
    assert (root.status, "wide_minutes" in faults(root), 'value="viele"' in root.page) == (422, True, True)
    root.send("/admin/rules", unit="A", rule="wide_minutes", value="30", act="set")
    (wide,) = [row for row in rows(root) if "wide_minutes" in row[0]]
    assert (wide[1:3], "set here" in wide[3]) == (["30", "90"], True)
    office.clock.advance(1)
    root.send("/admin/rules", unit="A", rule="wide_minutes", value="30", act="take_back")
    with unit_of_work(office.engine, writes=False) as session:
        assert rules_for(session, office.unit("A"), office.clock.now_us()).wide_minutes == 90
    assert root.open("/admin/rules?unit=NO").status == 404
    with unit_of_work(office.engine) as session:
        succeed(
            session, office.clock, COMMAND_LINE, ["A", "B"], UnitSpec("AB", "AB", "khu", "W"), office.clock.now_us()
        )
    office.clock.advance(1)
    root.open("/admin/units")
    assert "Ward W · ward : 3 cameras · Telephone · Rules AB AB · khu : 3 cameras" in said(root)
    assert rows(root)[1][1:] == ["merger", "A A B B", "AB AB"]


def test_a_merger_is_read_back_before_it_is_done(desk: Desk, root: Browser) -> None:
    office, action = desk.office, "/admin/units/succeed"
    merger: dict[str, Any] = {"how": "merger", "unit": ["A", "B"], "code": "AB", "name": "Khu AB", "day": "ngày kia"}
    for wrong, why in (
        ({}, "is not a day"),
        ({"day": "08/03/2026", "unit": ["A"]}, "at least two units"),
        ({"day": "08/03/2026", "unit": ["A", "W"]}, "lies within"),
        ({"day": "08/03/2026", "code": "a/b?"}, "cannot have the code"),
        ({"day": "08/03/2026", "kind": "abc"}, "no kind of unit"),
        ({"day": "08/03/2099"}, "ten years ahead"),
        ({"day": "06/03/2026"}, "in the past"),
    ):
        root.open("/admin/units").send(action, **(merger | wrong))
        assert (root.status in {409, 422}, why in said(root), 'value="Khu AB"' in root.page) == (True, True, True), why
    root.open("/admin/units").send(action, **(merger | {"day": ""}))
    assert "Sunday 8 March 2026, 00:00:00 (+07:00)" in said(root)
    assert ("Khu AB AB · khu : 3 cameras" in said(root), "A A · khu : 2 cameras" in said(root)) == (True, True)
    assert 'href="/admin/people/minh"' in root.page
    assert "unit:succeed" not in office.folk.events()
    told: dict[str, Any] = {name: root.hidden(name) for name in ("how", "code", "name", "kind", "day")}
    told["unit"] = ["A", "B"]
    assert told["day"] == "08/03/2026"
    root.send(action, act="change", **told)
    assert ('value="Khu AB"' in root.page, "unit:succeed" in office.folk.events()) == (True, False)
    root.open("/admin/units").send(action, **merger | {"day": ""})
    root.send(action, act="confirmed", **told)
    assert (root.place, "to come" in said(root)) == ("/admin/units?done=units#changes", True)
    root.send(action, **(merger | {"code": "KPM", "day": "hôm nay"}))
    assert (root.status, "“A” becomes another unit on" in said(root)) == (409, True)
    office.clock.advance(DAY)
    public = Browser(desk.client).open("/public/A")
    assert (public.status, "AB" in said(public), 'href="/public/AB"' in public.page) == (200, True, True)
    assert "08/03/2026" in said(public)


def test_the_system_says_what_does_not_record_and_what_the_doctor_finds(desk: Desk, root: Browser) -> None:
    root.open("/admin/system")
    assert ("0 of 0 cameras record" in said(root), "GB free" in said(root), "without the doctor" in said(root)) == (
        True,
        True,
        True,
    )
    free = re.search(r"([\d.]+) GB free", said(root))
    assert free is not None
    bytes_free = shutil.disk_usage(desk.service.data).free
    assert float(free[1]) == pytest.approx(bytes_free / 1e9, abs=1)  # others write to it meanwhile
    folder = Folder(str(desk.service.data), True, "", "ext4", round(float(free[1]) * 1e9))
    told = disk_space(folder, load_of([]), 0).said("en", desk.service.zone)[0]
    assert told.startswith(f"On the disk of the data folder {free[1]} GB are free")  # one disk, one number
    assert str(desk.service.data) in said(root)
    found = [DoctorSaid("problem", "The disk is slow", "Take another one")]
    desk.put(dataclasses.replace(desk.service, doctor=lambda language: found if language == "en" else []))
    assert "The disk is slow" not in root.open("/admin/system").page
    assert rows(root.open("/admin/system?examine=yes"))[-1] == ["problem", "The disk is slow", "Take another one"]


def test_only_who_administers_everywhere_comes_in(desk: Desk, root: Browser) -> None:
    of_a, officer = desk.of("quan", Role.ADMINISTRATOR, "A"), desk.of("lan")
    for path in PAGES:
        assert root.open(path).status == 200, path
        assert (of_a.open(path).status, officer.open(path).status) == (403, 403), path
    assert 'href="/admin"' not in of_a.open("/").page
    assert officer.send("/admin/people", name="me", full_name="").status == 403


def test_an_administrator_gives_no_role_to_himself(desk: Desk, root: Browser) -> None:
    own, other = "/admin/people/root/roles", "/admin/people/lan/roles"
    token = root.open("/admin/people/lan").hidden("form_token")
    root.open("/admin/people/root")
    assert ("another administrator gives it a role" in said(root), f'action="{own}"' in root.page) == (True, False)
    root.send(own, token=token, role="officer", unit="*")
    assert (root.status, "Nobody gives a role to themselves" in said(root)) == (403, True)
    root.open("/admin/people/lan").send(other, role="officer", unit="B")
    assert root.status == 200
    with unit_of_work(desk.office.engine, writes=False) as session:
        held = roles_of(session, accounts.get_person(session, "root"))
    assert [one.term.role for one in held] == [Role.ADMINISTRATOR]
    desk.of("other.root", Role.ADMINISTRATOR)  # so that ending one's own is possible
    root.open("/admin/people/root").send("/admin/people/root/roles/end", term=held[0].id)
    assert root.open("/admin/people").status == 403
