"""The demonstration ward with people who can sign in, footage whose frames tell their time, and requests in every state."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page
from sqlmodel import col

from access import asking, deciding
from access.purposes import Purpose
from api.app import create_app
from api.service import Service
from camera_registry.camera_import import import_cameras
from camera_registry.tables import Camera, Ownership
from camera_registry.units import get_unit, import_units
from extract.held_cameras import Cameras
from extract.keeping import Order, keep
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE, Actor
from foundation.timebase import TimeRange, parse_instant
from ingest.index.hold_orders import Placer
from matpho import demo_ward
from matpho.service import importer_of
from people import accounts, totp
from people.rights import Role
from sample_clips.generator import Recipe, make
from tests.support.databases import sqlite_catalogue
from tests.support.people import PASSWORD, Folk
from tests.support.serving import serving
from tests.support.web import make_service

BEGIN = "2026-03-07T21:04:00+07:00"
SECONDS = 40
SPAN = TimeRange(parse_instant(BEGIN), parse_instant("2026-03-07T21:04:40+07:00"))
H264, H265 = "KP05-01", "KP05-02"
"""Cameras with footage, by how it is coded."""
SOUNDS = {H264: ("pcm_alaw", 1000), H265: ("aac", 3000)}
"""How their sound is coded, and its tone in Hz."""


@dataclass
class Town:
    """`folk` know everybody's password and phone; people are named after their roles."""

    service: Service
    folk: Folk
    address: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    _states: dict[str, Any] = field(default_factory=dict)

    def person(self, name: str) -> str:
        with unit_of_work(self.service.engine, writes=False) as session:
            return accounts.get_person(session, name).id

    def context(self, browser: Browser, name: str | None, **options: Any) -> BrowserContext:
        """Return a browser in which this person has signed in, as people do; None is nobody."""
        if name is not None and name not in self._states:
            self._states[name] = self._sign_in(browser, name)
        known = {} if name is None else {"storage_state": self._states[name]}
        return browser.new_context(**{"locale": "en-US", "timezone_id": "America/New_York"} | known | options)

    def _sign_in(self, browser: Browser, name: str) -> Any:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{self.address}/sign-in")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        _send(page)
        if page.url.endswith("/sign-in/phone"):
            self.folk.keys[name] = page.inner_text("#key").replace(" ", "")
            page.fill("#code", totp.code_at(self.folk.keys[name], totp.step_of(self.service.clock.now_us())))
            _send(page)
        assert "/sign-in" not in page.url or page.locator("ul code").count() > 0, page.inner_text("main")
        state = context.storage_state()
        context.close()
        return state


def _send(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main form button:not([type=button])").first.click()


@contextmanager
def town(template: Path, folder: Path) -> Iterator[Town]:
    """Serve the ward on loopback; the clock of the house stands at half past nine on the evening of 7 March 2026."""
    with sqlite_catalogue(template, folder) as engine:
        clock = ManualClock(parse_instant("2026-03-07T21:30:00+07:00"))
        service = make_service(engine, folder, clock)
        settings = service.settings.model_copy(update={"camera_networks": "127.0.0.0/8"})
        service = replace(service, keep_free_bytes=0, settings=settings)
        made = Town(service, Folk(engine, clock, service.vault))
        _fill(made, folder)
        with serving(create_app(service)) as address:
            made.address = address
            yield made


def _fill(made: Town, folder: Path) -> None:
    service, since = made.service, ManualClock(parse_instant(demo_ward.SINCE))
    with unit_of_work(service.engine) as session:
        import_units(session, since, COMMAND_LINE, "demo.geojson", demo_ward.units())
        import_cameras(session, since, service.vault, COMMAND_LINE, "demo.csv", demo_ward.cameras())
        heard = sa.select(col(Camera.id)).where(col(Camera.code).in_((H264, H265)))
        session.execute(sa.update(Ownership).where(col(Ownership.camera_id).in_(heard)).values(sound_agreed=1))
        ward = get_unit(session, demo_ward.WARD, service.clock.now_us()).id
        area = get_unit(session, "KP05", service.clock.now_us()).id
    for role in Role:
        unit_id = None if role in {Role.ADMINISTRATOR, Role.AUDITOR} else area if role is Role.HEAD else ward
        made.folk.add(str(role), role, unit_id=unit_id)
    for camera, codec, container in ((H264, "h264", "mov"), (H265, "h265", "mp4")):
        look: dict[str, Any] = {"rate": 8, "seconds": SECONDS, "key_every": 16, "start_us": SPAN.start_us}
        sound, tone_hz = SOUNDS[camera]
        recipe = Recipe(codec=codec, container=container, camera=camera, sound=sound, tone_hz=tone_hz, **look)
        path = folder / f"{camera}.{recipe.suffix}"
        make(path, recipe)
        importer_of(service).run(path, camera, actor=COMMAND_LINE, start_us=SPAN.start_us)
    _ask(made)


def _ask(made: Town) -> None:
    """One request that was approved, one that waits, one that was seen before anybody decided; and a hold."""
    service, officer, supervisor = made.service, made.person("officer"), made.person("supervisor")
    who = asking.Applicant(officer, Actor("officer", "person", role="officer", unit=demo_ward.WARD), lambda _: True)
    for case, glass in (("VA-1", False), ("VA-2", False), ("VA-3", True)):
        with unit_of_work(service.engine) as session:
            ask = asking.Ask((H264, H265), SPAN, Purpose.TRAFFIC, case, "Ai gây ra va chạm?", (10.7638, 106.6615))
            (request,) = asking.draft(session, service.clock, who, ask)
            asking.submit(session, service.clock, who, request, glass=glass)
            if case == "VA-1":
                boss = Actor("supervisor", "person", role="supervisor", unit=demo_ward.WARD)
                deciding.approve(session, service.clock, boss, supervisor, request)
            made.ids[case] = request.id
    with unit_of_work(service.engine) as session:
        order = Order(Cameras((H264,)), SPAN, "Va chạm đầu hẻm", until_us=service.clock.now_us() + 2 * 86_400_000_000)
        made.ids["hold"] = keep(session, service.clock, who.actor, Placer(officer), order)[0].id
