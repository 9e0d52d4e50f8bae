"""Signing in at a provider of identities: OpenID Connect, code flow with PKCE (RFC 7636), state and nonce.

The protocol's parts are Authlib's and joserfc's; here is what we ask, what must come back, and what we check of it.
"""

import json
from dataclasses import dataclass
from typing import Any

import httpx
import sqlalchemy as sa
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlmodel import Session, col

from foundation.clock import Clock
from foundation.errors import N_, BadInput, Unavailable, Unknown
from foundation.timebase import MICROSECONDS
from people.secrets import hashed, new_secret
from people.sweeping import sweep
from people.tables import Person, PersonIdentity, ProviderVisit

_LASTS_US = 600 * MICROSECONDS
_PATIENCE_S = 10
_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
_LEEWAY_S = 60
_ASKED_CLAIMS = json.dumps({"id_token": {"amr": None}})  # who does not know the parameter ignores it
STRONG = frozenset({"mfa", "otp", "hwk", "swk", "fpt", "face", "sc", "pop"})
"""Values of `amr` (RFC 8176) that say that more than a password was seen."""


class ProviderUnavailable(Unavailable):
    code = "provider_unavailable"
    message = N_("The provider of identities does not answer: {why}")


class ProviderUnusable(BadInput):
    code = "provider_unusable"
    message = N_("The provider of identities at {issuer} cannot be used: {why}")


class ProviderRefused(Unknown):
    code = "provider_refused"
    message = N_("Signing in at the provider of identities did not succeed")
    mend = N_("Begin again; if it stays like this, tell your administrator")


class NotTied(Unknown):
    code = "not_tied"
    message = N_("The provider of identities knows you, but no account here is tied to that")
    mend = N_("Your administrator ties them with `matpho users link NAME --subject SUBJECT`")


@dataclass(frozen=True)
class Leaving:
    """Where the browser goes, and what its cookie has to bring back."""

    address: str
    browser: str


@dataclass(frozen=True)
class Known:
    subject: str
    strong: bool


class Provider:
    """One provider, as its discovery document tells of it. Nothing is asked before somebody signs in."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self.issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._told: dict[str, Any] | None = None

    def leave(self, session: Session, clock: Clock, back: str) -> Leaving:
        """Begin a visit. Raises `ProviderUnavailable`, `ProviderUnusable`."""
        state, nonce, verifier, browser = (new_secret() for _ in range(4))
        now_us = clock.now_us()
        sweep(session, col(ProviderVisit.state_hash), col(ProviderVisit.expires_us) <= now_us)
        session.add(
            ProviderVisit(
                state_hash=hashed(state),
                browser_hash=hashed(browser),
                nonce=nonce,
                verifier=verifier,
                expires_us=now_us + _LASTS_US,
            )
        )
        session.flush()
        address = prepare_grant_uri(
            self._discovered()["authorization_endpoint"],
            self._client_id,
            "code",
            redirect_uri=back,
            scope="openid",
            state=state,
            nonce=nonce,
            claims=_ASKED_CLAIMS,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return Leaving(address, browser)

    def returned(self, visit: ProviderVisit, clock: Clock, code: str, back: str) -> Known:
        """Change the code for who it is. Raises `ProviderRefused`, `ProviderUnavailable`."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": visit.verifier,
        }
        answer = self._asked(
            "POST",
            self._discovered()["token_endpoint"],
            data=form,
            auth=httpx.BasicAuth(self._client_id, self._client_secret),
        )
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderRefused
        return self._checked(token, visit.nonce, clock.now_us())

    def _checked(self, token: str, nonce: str, now_us: int) -> Known:
        """Return who the token is about (OpenID Connect Core, 3.1.3.7). Raises `ProviderRefused`."""
        keys = self._asked("GET", self._discovered()["jwks_uri"])
        rules = jwt.JWTClaimsRegistry(
            now=now_us // MICROSECONDS,
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": self._discovered()["issuer"]},
            sub={"essential": True},
            aud={"essential": True, "value": self._client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]
            rules.validate(claims)
        except (JoseError, ValueError, KeyError) as error:
            raise ProviderRefused from error
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self._client_id:
            raise ProviderRefused
        ways = claims.get("amr")
        return Known(str(claims["sub"]), isinstance(ways, list) and not STRONG.isdisjoint(map(str, ways)))

    def _discovered(self) -> dict[str, Any]:
        if self._told is None:
            told = self._asked("GET", f"{self.issuer}/.well-known/openid-configuration")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "issuer"):
                if not isinstance(told.get(name), str):
                    raise ProviderUnusable(issuer=self.issuer, why=name)
            if told["issuer"].rstrip("/") != self.issuer:
                raise ProviderUnusable(issuer=self.issuer, why="issuer")
            self._told = told
        return self._told

    def _asked(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        try:
            answer = httpx.request(method, address, timeout=_PATIENCE_S, headers={"Accept": "application/json"}, **more)
        except httpx.HTTPError as error:
            raise ProviderUnavailable(why=type(error).__name__) from error
        if answer.status_code in {400, 401, 403}:
            raise ProviderRefused
        if answer.status_code != 200:
            raise ProviderUnavailable(why=f"HTTP {answer.status_code}")
        try:
            told = answer.json()
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ProviderUnavailable(why="JSON") from error
        if not isinstance(told, dict):
            raise ProviderUnavailable(why="JSON")
        return told


def take_visit(session: Session, clock: Clock, state: str, browser: str | None) -> ProviderVisit:
    """Return the visit that `state` is of, and end it: it is good once, and in the browser that left. Raises `ProviderRefused`."""
    visit = session.get(ProviderVisit, hashed(state))
    if visit is None or not browser or visit.browser_hash != hashed(browser):
        raise ProviderRefused
    gone = session.execute(sa.delete(ProviderVisit).where(col(ProviderVisit.state_hash) == visit.state_hash))
    if gone.rowcount != 1 or visit.expires_us <= clock.now_us():  # type: ignore[attr-defined]
        raise ProviderRefused
    session.expunge(visit)
    return visit


def person_of(session: Session, issuer: str, subject: str) -> Person:
    """Return the account tied to this identity. Raises `NotTied`."""
    tied = session.get(PersonIdentity, (issuer, subject))
    person = None if tied is None else session.get(Person, tied.person_id)
    if person is None or person.disabled_us is not None:
        raise NotTied
    return person
