"""Who asks, and what they may: found once for each request, from a token, else from the session of a browser."""

from dataclasses import dataclass

from fastapi import Request
from sqlmodel import Session

from api.cookies import SESSION
from api.service import Service
from foundation.errors import N_, Forbidden, Unknown
from foundation.identity import ANONYMOUS, Actor
from people.judging import WHY_TEXT, Standing, Verdict, Where, may, reach
from people.rights import RIGHTS_OF, Right
from people.roles import standing_of, units_of
from people.scope import Units
from people.sessions import find_session
from people.tokens import standing_by_token

_BEARER = "bearer "


class NotSignedIn(Unknown):
    code = "not_signed_in"
    message = N_("This needs somebody who has signed in")
    mend = N_("Sign in at /sign-in, or send a token: Authorization: Bearer … (`matpho users token`)")


class SecondFactorMissing(Forbidden):
    code = "second_factor_missing"
    message = N_("The roles of this account need a second factor")
    mend = N_("Go to /sign-in/code with your phone")


class NotPermitted(Forbidden):
    code = "not_permitted"
    message = N_("This needs the right “{right}”: {why}")
    mend = N_("docs/ref/authorisation.md tells which roles have it; an administrator gives roles")


@dataclass(frozen=True)
class Browser:
    """The session of a browser: its secret, what its forms carry, whether it has brought all that its roles need."""

    secret: str
    form_token: str
    whole: bool
    stale: bool


@dataclass(frozen=True)
class Asker:
    """Who asks. Nobody at all has no standing, and may nothing that is not public."""

    standing: Standing | None
    units: Units
    now_us: int
    browser: Browser | None = None

    @property
    def actor(self) -> Actor:
        if self.standing is None:
            return ANONYMOUS
        rights = frozenset().union(*(RIGHTS_OF[role] for role in self.standing.roles(self.now_us)))
        limits = self.standing.limited_to
        return Actor(self.standing.name, "person", frozenset(rights if limits is None else rights & limits))

    def judge(self, right: Right, where: Where | None) -> Verdict:
        """Judge for a unit; None is what belongs to no unit, and so only to who may everywhere. Raises `NotSignedIn`."""
        if self.standing is None:
            raise NotSignedIn
        return may(self.standing, right, "everywhere" if where is None else where, self.units, self.now_us)

    def may(self, right: Right, where: Where | None) -> bool:
        return self.judge(right, where).allowed

    def must(self, right: Right, where: Where | None) -> None:
        """Raises `NotPermitted` with the reason."""
        verdict = self.judge(right, where)
        if not verdict.allowed:
            raise NotPermitted(right=str(right), why=WHY_TEXT[verdict.why])

    def reach(self, right: Right) -> frozenset[int] | None:
        """Return the units for which `right` is held, None for everywhere."""
        return frozenset() if self.standing is None else reach(self.standing, right, self.units, self.now_us)


NOBODY = Asker(None, Units((), ()), 0)


def find(request: Request, service: Service, session: Session) -> Asker:
    """Return who asks. A token that opens nothing is refused, even where a session would do. Raises `NotSignedIn`."""
    now_us = service.clock.now_us()
    given = request.headers.get("authorization")
    if given is not None:
        standing = None
        if given[: len(_BEARER)].lower() == _BEARER:
            standing = standing_by_token(session, service.clock, given[len(_BEARER) :].strip())
        if standing is None:
            raise NotSignedIn
        return Asker(standing, units_of(session), now_us)
    secret = request.cookies.get(SESSION)
    found = find_session(session, service.clock, secret) if secret else None
    if found is None or secret is None:
        return NOBODY
    standing = standing_of(session, found.person)
    whole = found.factors > 1 or not standing.needs_second_factor(now_us)
    return Asker(standing, units_of(session), now_us, Browser(secret, found.form_token, whole, found.stale))
