"""Pages as a browser without JavaScript sees them, over a ward office: somebody signed in, and what a page says as plain text."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import httpx
from fastapi import FastAPI

from api.app import create_app
from api.cookies import SESSION
from api.service import Service
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from people import accounts, links
from people.rights import Role
from tests.support.browser_forms import Browser
from tests.support.people import PASSWORD, PASSWORDS
from tests.support.serving import serving
from tests.support.ward_office import Office
from tests.support.web import make_service


class Desk:
    """The service over an office; `of` signs somebody in at a browser of their own."""

    def __init__(self, office: Office, service: Service, client: httpx.Client, app: FastAPI) -> None:
        self.office, self.service, self.client, self._app = office, service, client, app

    def put(self, service: Service) -> None:
        """Go on with another service over the same office."""
        self.service = self._app.state.service = service

    def of(self, name: str, role: Role | None = None, unit: str | None = None) -> Browser:
        """Return a browser in which `name` is signed in; with a role, the account is made first."""
        folk = self.office.folk
        if role is not None:
            folk.add(name, role, unit_id=None if unit is None else self.office.unit(unit), password=None)
        self._choose_password(name)
        browser = Browser(self.client)
        browser.cookies[SESSION] = folk.sign_in_fully(name).opened.secret
        return browser

    def _choose_password(self, name: str) -> None:
        folk = self.office.folk
        with unit_of_work(folk.engine) as session:
            person = accounts.get_person(session, name)
            if person.password_hash is None:
                secret = links.make_link(session, folk.clock, COMMAND_LINE, person)
                links.use_link(session, folk.clock, PASSWORDS, secret, PASSWORD)


@contextmanager
def desk_of(office: Office, data: Path) -> Iterator[Desk]:
    service = make_service(office.engine, data, office.clock)
    app = create_app(service)
    with (
        serving(app) as address,
        httpx.Client(base_url=address, headers={"Accept-Language": "en"}, timeout=30) as client,
    ):
        yield Desk(office, service, client, app)


def said(browser: Browser) -> str:
    """Return the words of the page's content, tags and runs of blanks as one blank each."""
    body = browser.page.split("<main", 1)[-1].split("</main>", 1)[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", body)))


def rows(browser: Browser) -> list[list[str]]:
    """Return the cells of all tables of the page, row by row."""
    found = re.findall(r"<tr.*?</tr>", browser.page, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in found]
    return [[re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", cell))).strip() for cell in row] for row in cells]
