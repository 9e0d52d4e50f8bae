"""Who asks, and what they may: found once for each request, from a token, else from the session of a browser."""

from dataclasses import dataclass, replace

from fastapi import Request
from sqlmodel import Session

from api.cookies import SESSION
from api.service import Service
from foundation.errors import N_, Forbidden, Unknown
from foundation.identity import ANONYMOUS, Actor
from people.attempts import network_of
from people.judging import WHY_TEXT, Standing, Term, Verdict, Where, may, reach
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


@dataclass
class Asker:
    """Who asks. Nobody at all has no standing, and may nothing that is not public.

    `by` is the term of the role that permitted what was judged last: acts are recorded with it.
    """

    standing: Standing | None
    units: Units
    now_us: int
    browser: Browser | None = None
    address: str | None = None
    by: Term | None = None

    @property
    def actor(self) -> Actor:
        if self.standing is None:
            return replace(ANONYMOUS, address=self.address)
        rights = frozenset().union(*(RIGHTS_OF[role] for role in self.standing.roles(self.now_us)))
        limits = self.standing.limited_to
        role, unit = (None, None) if self.by is None else (str(self.by.role), self.by.unit_id)
        return Actor(
            self.standing.name,
            "person",
            frozenset(rights if limits is None else rights & limits),
            role=role,
            unit=None if unit is None else self.units.code_of(unit),
            address=self.address,
        )

    def judge(self, right: Right, where: Where | None) -> Verdict:
        """Judge for a unit; None is what belongs to no unit, and so only to who may everywhere. Raises `NotSignedIn`."""
        if self.standing is None:
            raise NotSignedIn
        verdict = may(self.standing, right, "everywhere" if where is None else where, self.units, self.now_us)
        self.by = verdict.term or self.by
        return verdict

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


def nobody(request: Request) -> Asker:
    return Asker(None, Units((), ()), 0, None, source_of(request))


def source_of(request: Request) -> str | None:
    """Return the network that the request comes from; of IPv6 what one subscriber has to himself."""
    return network_of(request.client.host) if request.client else None


def find(request: Request, service: Service, session: Session) -> Asker:
    """Return who asks. A token that opens nothing is refused, even where a session would do. Raises `NotSignedIn`."""
    now_us, address = service.clock.now_us(), source_of(request)
    given = request.headers.get("authorization")
    if given is not None:
        standing = None
        if given[: len(_BEARER)].lower() == _BEARER:
            standing = standing_by_token(session, service.clock, given[len(_BEARER) :].strip())
        if standing is None:
            raise NotSignedIn
        return Asker(standing, units_of(session), now_us, None, address)
    secret = request.cookies.get(SESSION)
    found = find_session(session, service.clock, secret) if secret else None
    if found is None or secret is None:
        return nobody(request)
    standing = standing_of(session, found.person)
    whole = found.factors > 1 or not standing.needs_second_factor(now_us)
    return Asker(standing, units_of(session), now_us, Browser(secret, found.form_token, whole, found.stale), address)
