"""Signing in at a real provider of identities: code flow with PKCE, and everything that may be tried against it."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import RSAKey

from api.app import create_app
from api.cookies import SESSION, VISIT
from camera_registry.secrets import Vault
from foundation.clock import ManualClock, SystemClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from people import accounts
from people.oidc import Provider, ProviderRefused, ProviderUnavailable, ProviderUnusable
from people.rights import Role
from tests.support.browser_forms import Browser
from tests.support.identity_provider import CLIENT, SECRET, IdentityProvider, identity_provider
from tests.support.people import Folk
from tests.support.serving import serving
from tests.support.web import make_service

ADDRESS = "http://127.0.0.1:8000"  # what our own address is said to be; the browser of the test knows better
BACK = f"{ADDRESS}/sign-in/provider/return"


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with identity_provider(BACK) as found:
        yield found


@pytest.fixture
def folk(engine: sa.Engine, data_dir: Path) -> Folk:
    vault = Vault.open(data_dir / "keys" / "camera.key")
    found = Folk(engine, ManualClock(SystemClock().now_us()), vault)  # the provider's clock is the real one
    found.add("an", Role.HEAD, password=None)
    found.add("binh", Role.OFFICER, password=None)
    return found


@pytest.fixture
def browser(folk: Folk, provider: IdentityProvider, data_dir: Path) -> Iterator[Browser]:
    service = make_service(folk.engine, data_dir, SystemClock())
    with unit_of_work(folk.engine) as session:
        for name in ("an", "binh"):
            person = accounts.get_person(session, name)
            accounts.tie_identity(session, folk.clock, COMMAND_LINE, person, provider.issuer, f"subject-{name}")
    known = replace(service, provider=Provider(provider.issuer, CLIENT, SECRET))
    with (
        serving(create_app(known)) as address,
        httpx.Client(base_url=address, headers={"Accept-Language": "en"}) as client,
    ):
        yield Browser(client)


def come_back(browser: Browser, address: str) -> Browser:
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == BACK
    return browser.open(f"{parts.path}?{parts.query}")


def test_there_and_back_again(browser: Browser, provider: IdentityProvider, folk: Folk) -> None:
    assert "/sign-in/provider" in browser.open("/sign-in").page
    browser.open("/sign-in/provider")
    asked = parse_qs(urlsplit(browser.left_for).query)
    assert (asked["code_challenge_method"], asked["response_type"], asked["scope"]) == (["S256"], ["code"], ["openid"])
    assert len(asked["nonce"][0]) == len(asked["state"][0]) == 43
    come_back(browser, provider.visit(browser.left_for, "subject-an"))
    assert (browser.place, browser.status, "Good day, an</h1>" in browser.page) == ("/", 200, True)
    assert VISIT not in browser.cookies
    assert folk.events()[-1] == "sign_in:done"


@pytest.mark.parametrize(("amr", "place"), [(None, "/sign-in/phone"), ("otp", "/")])
def test_an_officer_needs_a_second_factor_here_or_there(
    browser: Browser, provider: IdentityProvider, amr: str | None, place: str
) -> None:
    browser.open("/sign-in/provider")
    come_back(browser, provider.visit(browser.left_for, "subject-binh", amr=amr))
    assert (browser.place, browser.status) == (place, 200)


def test_whom_nobody_has_tied_does_not_come_in(browser: Browser, provider: IdentityProvider, folk: Folk) -> None:
    browser.open("/sign-in/provider")
    come_back(browser, provider.visit(browser.left_for, "an"))  # the name of an account is no tie
    assert (browser.status, SESSION in browser.cookies) == (401, False)
    assert "Ask an administrator of Mắt Phố to tie this account" in browser.page
    assert folk.events()[-1] == "sign_in:refuse"


def test_a_visit_is_good_once_and_only_in_the_browser_that_left(browser: Browser, provider: IdentityProvider) -> None:
    browser.open("/sign-in/provider")
    back = provider.visit(browser.left_for, "subject-an")
    other = Browser(browser.client)
    assert (come_back(other, back).status, SESSION in other.cookies) == (401, False)  # somebody else's link
    assert come_back(browser, back).status == 200
    browser.cookies.pop(SESSION)
    assert (come_back(browser, back).status, SESSION in browser.cookies) == (401, False)


@pytest.mark.parametrize("query", ["", "state=x&code=y", "error=access_denied&state=x"])
def test_an_answer_that_nobody_asked_for(browser: Browser, query: str) -> None:
    browser.open("/sign-in/provider")
    assert browser.open(f"/sign-in/provider/return?{query}").status == 401


def test_a_code_of_another_visit_does_not_fit(browser: Browser, provider: IdentityProvider) -> None:
    """Its verifier is another one, so the provider itself refuses (PKCE)."""
    browser.open("/sign-in/provider")
    stolen = parse_qs(urlsplit(provider.visit(browser.left_for, "subject-an")).query)["code"][0]
    browser.open("/sign-in/provider")
    own = parse_qs(urlsplit(browser.left_for).query)["state"][0]
    assert browser.open(f"/sign-in/provider/return?state={own}&code={stolen}").status == 401


def test_tokens_that_are_not_meant_for_us(provider: IdentityProvider) -> None:
    """Signed by somebody else, for somebody else, of another visit, expired, or not signed at all."""
    checked = Provider(provider.issuer, CLIENT, SECRET)._checked
    now_us = SystemClock().now_us()
    seconds = now_us // 1_000_000
    good = {"iss": provider.issuer, "aud": CLIENT, "sub": "s", "nonce": "n", "iat": seconds, "exp": seconds + 60}
    key = RSAKey.generate_key(2048, {"kid": "test"})
    for header, claims in (
        ({"alg": "RS256", "kid": "test"}, good),
        ({"alg": "RS256", "kid": "test"}, good | {"aud": "other"}),
        ({"alg": "RS256", "kid": "other"}, good),
    ):
        with pytest.raises(ProviderRefused):
            checked(jwt.encode(header, claims, key), "n", now_us)
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in ({"alg": "none"}, good)
    ]
    for token in ("", "x", ".".join([*parts, ""])):
        with pytest.raises(ProviderRefused):
            checked(token, "n", now_us)


def test_a_provider_that_is_away_or_another_is_told(folk: Folk, provider: IdentityProvider) -> None:
    away = Provider("http://127.0.0.1:9", CLIENT, SECRET)
    with pytest.raises(ProviderUnavailable), unit_of_work(folk.engine) as session:
        away.leave(session, folk.clock, BACK)
    other = Provider(provider.issuer.replace("127.0.0.1", "localhost"), CLIENT, SECRET)
    with pytest.raises((ProviderUnusable, ProviderUnavailable)), unit_of_work(folk.engine) as session:
        other.leave(session, folk.clock, BACK)


def test_without_a_provider_there_is_no_way_there(folk: Folk, data_dir: Path) -> None:
    service = make_service(folk.engine, data_dir, SystemClock())
    with serving(create_app(service)) as address:
        assert httpx.get(f"{address}/sign-in/provider").status_code == 404
        assert "/sign-in/provider" not in httpx.get(f"{address}/sign-in").text
