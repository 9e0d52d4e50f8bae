"""Whatever people do in whatever order, footage is seen exactly where a plain model says so, and nobody decides for themselves."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from access.deciding import NothingToReview, SamePerson
from access.ending import release, withdraw
from access.grants import NotGranted, Wanted, grant_for
from access.keeper import RequestKeeper
from access.states import StepImpossible
from access.stepping import get_request
from camera_registry.secrets import Vault
from foundation.clock import ManualClock
from foundation.database import create_engine, unit_of_work
from foundation.identity import Actor
from foundation.timebase import TimeRange
from migrations.runner import upgrade
from tests.support.people import Folk
from tests.support.ward_office import MINUTE, Office

START = 1_772_892_000_000_000
HOUR = 60 * MINUTE
PEOPLE = ("lan", "tu", "minh", "hoa")


class Life(RuleBasedStateMachine):
    """The model keeps for each request who asked, its state, and until when its footage may be seen."""

    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        folder = Path(self._folder.name)
        self.clock = ManualClock(START)
        self.engine = create_engine(f"sqlite:///{folder / 'c.sqlite'}")
        upgrade(self.engine)
        self.office = Office(Folk(self.engine, self.clock, Vault.open(folder / "key")))
        self.model: dict[str, dict[str, Any]] = {}
        self.numbers = 0

    def teardown(self) -> None:
        self.engine.dispose()
        self._folder.cleanup()

    @rule(target=requests, who=st.sampled_from(("lan", "tu")), glass=st.booleans())
    def ask(self, who: str, glass: bool) -> str:
        self.numbers += 1
        now = self.clock.now_us()
        (made,) = self.office.ask(who, glass=glass, case_number=f"VA-{self.numbers}")
        until = now + 4 * HOUR if glass else None
        self.model[made] = {
            "who": who,
            "state": "approved" if glass else "submitted",
            "until": until,
            "span": TimeRange(now - 10 * MINUTE, now),
            "decide_by": now + 7 * 24 * HOUR,
            "review": glass,
        }
        return made

    @rule(one=requests, who=st.sampled_from(PEOPLE))
    def approve(self, one: str, who: str) -> None:
        known = self.model[one]
        allowed = known["who"] != who and known["state"] == "submitted"
        assert self._done(lambda: self.office.approve(who, one)) == allowed
        if allowed:
            known |= {"state": "approved", "until": self.clock.now_us() + 72 * HOUR}

    @rule(one=requests, who=st.sampled_from(PEOPLE))
    def refuse(self, one: str, who: str) -> None:
        known = self.model[one]
        allowed = known["who"] != who and known["state"] in {"submitted", "approved"}
        assert self._done(lambda: self.office.refuse(who, one)) == allowed
        if allowed:
            known |= {"state": "refused", "until": None}

    @rule(one=requests, who=st.sampled_from(PEOPLE), justified=st.booleans())
    def review(self, one: str, who: str, justified: bool) -> None:
        known = self.model[one]
        allowed = known["who"] != who and known["review"]
        assert self._done(lambda: self.office.review(who, one, justified=justified)) == allowed
        if allowed:
            known["review"] = False
            if not justified and known["state"] == "approved":
                known |= {"state": "refused", "until": None}

    @rule(one=requests, given_back=st.booleans())
    def end(self, one: str, given_back: bool) -> None:
        known = self.model[one]
        allowed = known["state"] == ("approved" if given_back else "submitted")

        def act() -> None:
            with unit_of_work(self.engine) as session:
                request, actor = get_request(session, one), Actor(known["who"], "person")
                if given_back:
                    release(session, self.clock, actor, request, "lead")
                else:
                    withdraw(session, self.clock, actor, request)

        assert self._done(act) == allowed
        if allowed:
            known |= {"state": "released" if given_back else "withdrawn", "until": None}

    @rule(hours=st.sampled_from([1, 4, 48, 72, 168]), swept=st.booleans())
    def time_passes(self, hours: int, swept: bool) -> None:
        self.clock.advance(hours * HOUR)
        now = self.clock.now_us()
        if not swept:
            return
        RequestKeeper(self.engine, self.clock).turn()
        for known in self.model.values():
            over = known["state"] == "approved" and known["until"] is not None and known["until"] <= now
            if over or (known["state"] == "submitted" and known["decide_by"] <= now):
                known["state"] = "expired"

    @invariant()
    def footage_is_seen_where_the_model_says_so(self) -> None:
        now = self.clock.now_us()
        for one, known in self.model.items():
            assert self.office.state(one) == known["state"], one
            for who in PEOPLE:
                theirs = [
                    other
                    for other in self.model.values()
                    if other["who"] == who
                    and other["until"] is not None
                    and now < other["until"]
                    and other["span"].start_us <= known["span"].start_us
                    and known["span"].end_us <= other["span"].end_us
                ]
                assert self._seen(who, known["span"]) == bool(theirs), (one, who)

    def _seen(self, who: str, span: TimeRange) -> bool:
        with unit_of_work(self.engine, writes=False) as session:
            try:
                grant_for(session, self.clock, Wanted(self.office.ids[who], 1, "A1", span))
            except NotGranted:
                return False
        return True

    def _done(self, act: Any) -> bool:
        try:
            act()
        except (SamePerson, StepImpossible, NothingToReview):
            return False
        return True


TestLife = Life.TestCase
TestLife.settings = hypothesis.settings(max_examples=15, stateful_step_count=25)
