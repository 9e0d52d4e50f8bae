"""Signing in by forms, without JavaScript: links, passwords, phones; and forms that are not ours."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
import sqlalchemy as sa

from api import cookies
from api.app import create_app
from api.cookies import DEVICE, SESSION
from api.pages import address_of
from api.web.frame.coming import next_of
from camera_registry.secrets import Vault
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from people import accounts, links, totp
from people.rights import Role
from people.roles import give_role
from people.sessions import IDLE_US
from tests.support.browser_forms import Browser
from tests.support.people import PASSWORD, Folk
from tests.support.serving import serving
from tests.support.web import make_service


@pytest.fixture
def folk(sqlite_engine: sa.Engine, data_dir: Path, clock: ManualClock) -> Folk:
    return Folk(sqlite_engine, clock, Vault.open(data_dir / "keys" / "camera.key"))


@pytest.fixture
def client(sqlite_engine: sa.Engine, data_dir: Path, clock: ManualClock) -> Iterator[httpx.Client]:
    app = create_app(make_service(sqlite_engine, data_dir, clock))
    with serving(app) as address, httpx.Client(base_url=address, headers={"Accept-Language": "en"}) as found:
        yield found


@pytest.fixture
def browser(client: httpx.Client) -> Browser:
    return Browser(client)


def signed_in_head(folk: Folk, browser: Browser, name: str = "head") -> Browser:
    folk.add(name, Role.HEAD)
    return browser.open("/sign-in").send("/sign-in", name=name, password=PASSWORD)


def _read_squares(page: str) -> str:
    """Return what a phone reads from the drawing on the page."""
    size = int(re.search(r'viewBox="0 0 (\d+) \1" width="220"', page)[1])  # type: ignore[index]
    picture = np.full((size, size), 255, np.uint8)
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", page):
        picture[int(y), int(x)] = 0
    return cv2.QRCodeDetector().detectAndDecode(np.kron(picture, np.ones((8, 8), np.uint8)))[0]


def test_from_the_link_to_the_phone_to_the_account(folk: Folk, browser: Browser) -> None:
    folk.add("binh", Role.OFFICER, password=None)
    with unit_of_work(folk.engine) as session:
        link = links.make_link(session, folk.clock, COMMAND_LINE, accounts.get_person(session, "binh"))
    browser.open(f"/first-password/{link}")
    assert 'value="binh"' in browser.page
    browser.send("/first-password", link=link, name="binh", password="short")
    assert (browser.status, "too easy to guess" in browser.page) == (422, True)
    browser.send("/first-password", link=link, name="binh", password=PASSWORD, again=f"{PASSWORD}r")
    assert (browser.status, "two passwords are not the same" in browser.page) == (422, True)
    browser.send("/first-password", link=link, name="binh", password=PASSWORD, again=PASSWORD)
    assert "The password is set" in browser.page
    assert browser.open(f"/first-password/{link}").status == 403
    browser.open("/sign-in").send("/sign-in", name="binh", password=PASSWORD)
    assert browser.place == "/sign-in/phone"
    assert (
        browser.open("/account").place == "/sign-in/phone?next=%2Faccount"
    )  # nothing opens before the phone is enrolled
    key = re.search(r'<code id="key">(\w+)</code>', browser.page)
    assert key is not None
    assert unescape(_read_squares(browser.page)) == totp.address(key[1], "binh")
    browser.send("/sign-in/phone", code="000000")
    assert (browser.status, key.group(1) in browser.page) == (401, True)
    browser.send("/sign-in/phone", code=totp.code_at(key.group(1), totp.step_of(folk.clock.now_us())))
    assert len(re.findall(r"<li><code>", browser.page)) == 8
    assert all(part in browser.page for part in ("<h1>Codes on paper", "<ul data-mp-copy>", "data-print"))
    assert 'href="/account">Go on' in browser.page  # where it was on the way to
    browser.open("/account")
    assert (browser.status, "officer, everywhere" in browser.page) == (200, True)
    browser.send("/sign-out")
    assert (browser.place, SESSION in browser.cookies) == ("/sign-in", False)
    folk.clock.advance(totp.STEP_US)
    browser.send("/sign-in", name="binh", password=PASSWORD)
    assert browser.place == "/sign-in/code"
    browser.send("/sign-in/code", code=totp.code_at(key.group(1), totp.step_of(folk.clock.now_us())))
    assert (browser.place, browser.status) == ("/", 200)


def test_a_wrong_password_is_told_on_the_form_and_delays_with_retry(folk: Folk, browser: Browser) -> None:
    folk.add("head", Role.HEAD)
    browser.open("/sign-in")
    for _ in range(5):
        browser.send("/sign-in", name="head", password="wrong")
        assert (browser.status, "do not belong together" in browser.page) == (401, True)
    browser.send("/sign-in", name="head", password=PASSWORD)
    assert (browser.status, "possible in 2 s" in browser.page) == (429, True)
    assert SESSION not in browser.cookies


def test_what_is_typed_is_shown_as_text(folk: Folk, browser: Browser) -> None:
    browser.open("/sign-in").send("/sign-in", name='"><script>alert(1)</script>', password="x")
    assert "<script>" not in browser.page


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", {}),
        ("guessed", {}),
        (None, {"Origin": "http://evil.example"}),
        (None, {"Origin": "null"}),
        (None, {"Sec-Fetch-Site": "cross-site"}),
    ],
)
def test_a_form_that_is_not_ours_does_nothing(
    folk: Folk, browser: Browser, token: str | None, headers: dict[str, str]
) -> None:
    folk.add("head", Role.HEAD)
    refused = browser.open("/sign-in").send("/sign-in", token=token, headers=headers, name="head", password=PASSWORD)
    assert (refused.status, SESSION in refused.cookies) == (403, False)
    browser.open("/sign-in").send("/sign-in", name="head", password=PASSWORD)
    browser.open("/account").send("/sign-out", token=token, headers=headers)
    assert browser.status == 403
    assert browser.open("/account").status == 200


def test_one_sessions_form_is_no_others(folk: Folk, client: httpx.Client) -> None:
    first, second = signed_in_head(folk, Browser(client)), signed_in_head(folk, Browser(client), "other")
    stolen = re.search(r'name="form_token" value="([^"]+)"', first.open("/account").page)
    assert stolen is not None
    assert second.open("/account").send("/sign-out", token=stolen.group(1)).status == 403


def test_calls_of_a_session_need_its_token_in_a_header(folk: Folk, browser: Browser, client: httpx.Client) -> None:
    folk.add("an", Role.ADMINISTRATOR)
    secret = folk.sign_in_fully("an").opened
    cookie = {"Cookie": f"{SESSION}={secret.secret}"}
    assert client.get("/api/v1/me", headers=cookie).json()["name"] == "an"
    new = {"code": "X1", "lat": 10.7, "lon": 106.6}
    for headers in (
        {},
        {"X-Form-Token": "guessed"},
        {"X-Form-Token": secret.form_token, "Origin": "http://evil.example"},
    ):
        refused = client.post("/api/v1/cameras", json=new, headers=cookie | headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "from_elsewhere")
    assert (
        client.post("/api/v1/cameras", json=new, headers=cookie | {"X-Form-Token": secret.form_token}).status_code
        == 201
    )


def test_a_session_without_its_second_factor_opens_nothing(folk: Folk, client: httpx.Client) -> None:
    folk.add("an", Role.ADMINISTRATOR)
    half = folk.sign_in("an").opened.secret
    refused = client.get("/api/v1/cameras", headers={"Cookie": f"{SESSION}={half}"})
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_missing")


def test_a_role_that_is_given_or_ends_counts_with_the_next_request(folk: Folk, client: httpx.Client) -> None:
    person = folk.add("head", Role.HEAD)
    cookie = {"Cookie": f"{SESSION}={folk.sign_in('head').opened.secret}"}
    assert client.get("/api/v1/cameras", headers=cookie).status_code == 200
    with unit_of_work(folk.engine) as session:
        give_role(session, folk.clock, COMMAND_LINE, person, Role.OFFICER, None)
    assert client.get("/api/v1/cameras", headers=cookie).json()["code"] == "second_factor_missing"
    with unit_of_work(folk.engine) as session:
        accounts.disable(session, folk.clock, COMMAND_LINE, accounts.get_person(session, "head"))
    assert client.get("/api/v1/cameras", headers=cookie).status_code == 401


def test_a_page_left_alone_leads_back_to_the_door(folk: Folk, browser: Browser, clock: ManualClock) -> None:
    signed_in_head(folk, browser)
    assert browser.open("/account").status == 200
    clock.advance(IDLE_US - 1)
    assert browser.open("/account").place == "/account"  # use keeps it open
    clock.advance(IDLE_US)
    assert browser.open("/account").place == "/sign-in?next=%2Faccount"


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("/cameras/import?x=1", "/cameras/import?x=1"),
        ("/account/password", "/account"),  # no page of its own: shown in answer to a form
        ("https://elsewhere.example/account", "/"),
        ("", "/"),
    ],
)
def test_a_form_of_an_ended_session_says_so_and_leads_back(
    folk: Folk, browser: Browser, clock: ManualClock, came_from: str, back: str
) -> None:
    signed_in_head(folk, browser).open("/account")
    clock.advance(IDLE_US + 1)
    referer = came_from if came_from.startswith("http") else f"{str(browser.client.base_url).rstrip('/')}{came_from}"
    browser.send("/account/password", headers={"Accept": "text/html", "Referer": referer}, old=PASSWORD, password="x")
    assert browser.place.startswith("/sign-in?lost=yes&next=")
    assert "What was typed last was not saved" in browser.page
    assert browser.send("/sign-in", name="head", password=PASSWORD).place == back


def test_a_body_that_is_too_large_is_told_by_a_page_to_people_and_by_a_problem_to_programs(
    client: httpx.Client,
) -> None:
    big, form = b"x" * 20_000, "application/x-www-form-urlencoded"
    for headers, kind, words in (
        ({"Accept": "text/html", "Referer": f"{client.base_url}/sign-in"}, "text/html", "each of at most 12 MB"),
        ({}, "application/problem+json", "body_too_large"),
    ):
        answer = client.post("/sign-in", content=big, headers=headers | {"Content-Type": form})
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (413, kind)
        assert words in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert ('<a href="/sign-in">Back to the form</a>' in answer.text) == (kind == "text/html")


def test_privacy_tells_of_every_cookie(folk: Folk, browser: Browser) -> None:
    ours = {value for value in vars(cookies).values() if isinstance(value, str) and value.startswith("__Host-")}
    signed_in_head(folk, browser).open("/account").send("/sign-out")
    kept = set(browser.cookies)
    assert DEVICE in kept  # still there, which the page says
    browser.open("/privacy")
    assert kept <= ours == set(re.findall(r"<code>(__Host-[\w-]+)</code>", browser.page))


def test_the_secret_changes_with_signing_in_and_a_given_one_is_not_taken(folk: Folk, browser: Browser) -> None:
    folk.add("head", Role.HEAD)
    browser.cookies[SESSION] = "planted"
    browser.open("/sign-in").send("/sign-in", name="head", password=PASSWORD)
    first = browser.cookies[SESSION]
    assert first != "planted"
    assert browser.cookies[DEVICE]
    browser.open("/account").send("/sign-out")
    browser.send("/sign-in", name="head", password=PASSWORD)
    second = browser.cookies[SESSION]
    assert second != first
    browser.open("/sign-in").send("/sign-in", name="head", password=PASSWORD)
    renewed = browser.cookies[SESSION]
    browser.cookies[SESSION] = second
    assert browser.open("/account").place == "/sign-in?next=%2Faccount"  # signing in again ends what was open before
    browser.cookies[SESSION] = renewed
    assert browser.open("/account").place == "/account"


def test_changing_the_password_signs_out_everywhere(folk: Folk, client: httpx.Client) -> None:
    browser, other = signed_in_head(folk, Browser(client)), Browser(client)
    other.open("/sign-in").send("/sign-in", name="head", password=PASSWORD)
    new = "một mật khẩu khác hẳn"
    browser.open("/account").send("/account/password", old="wrong", password=new)
    assert (browser.status, other.open("/account").status) == (401, 200)
    browser.send("/account/password", old=PASSWORD, password="weak")
    assert browser.status == 422
    browser.send("/account/password", old=PASSWORD, password=new)
    assert (browser.status, browser.open("/account").place, other.open("/account").place) == (
        200,
        "/sign-in?next=%2Faccount",
        "/sign-in?next=%2Faccount",
    )
    assert browser.send("/sign-in", name="head", password=new).place == "/account"


def test_pages_speak_the_readers_language_and_are_not_kept(browser: Browser, client: httpx.Client) -> None:
    answer = client.get("/sign-in", headers={"Accept-Language": "vi"})
    assert '<html lang="vi">' in answer.text
    assert "Đăng nhập" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert re.findall(r"<script[^>]*>", answer.text) == [f'<script type="module" src="{address_of("js/page.js")}">']
    assert "style=" not in answer.text


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("/investigate?place=x&day=1", "/investigate?place=x&day=1"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_back_to_a_page_of_ours_and_nowhere_else(asked: str, place: str) -> None:
    assert next_of(asked) == place


def test_every_act_of_signing_in_tells_from_where(folk: Folk, browser: Browser) -> None:
    folk.add("binh", Role.OFFICER)
    browser.open("/sign-in").send("/sign-in", name="binh", password=PASSWORD)
    key = re.search(r'<code id="key">(\w+)</code>', browser.page)
    assert key is not None
    browser.send("/sign-in/phone", code=totp.code_at(key.group(1), totp.step_of(folk.clock.now_us())))
    browser.open("/account").send("/sign-out")
    with unit_of_work(folk.engine, writes=False) as session:
        told = session.execute(
            sa.text("SELECT action, address FROM audit_event WHERE actor = 'binh' ORDER BY id")
        ).all()
    acts = dict(row for row in told if row[0] != "link:use")
    assert {"sign_in:done", "second_factor:set", "sign_out:done"} <= set(acts)
    assert {acts[name] for name in ("sign_in:done", "second_factor:set", "sign_out:done")} == {"127.0.0.1"}
