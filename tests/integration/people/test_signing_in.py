"""Names, passwords, codes; what is refused, what is delayed, and that nobody locks anybody else out."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from people import accounts, second_factor, sessions
from people.rights import Role
from people.signing_in import CodeRefused, SignInDelayed, SignInRefused, bring_code, enrol, sign_out
from people.throttle import LANE, PAIR
from tests.support.people import PASSWORD, Folk

S = 1_000_000


def person_behind(folk: Folk, secret: str) -> str | None:
    with unit_of_work(folk.engine, writes=False) as session:
        found = sessions.find_session(session, folk.clock, secret)
        return None if found is None else found.person.sign_in


def test_a_head_signs_in_with_a_password(folk: Folk) -> None:
    folk.add("head", Role.HEAD)
    done = folk.sign_in("  HEAD ")
    assert (done.needs, person_behind(folk, done.opened.secret)) == ("", "head")
    assert folk.events()[-1] == "sign_in:done"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.HEAD])
def test_others_need_a_phone_and_each_code_opens_once(folk: Folk, role: Role) -> None:
    folk.add("an", role)
    first = folk.sign_in("an")
    assert first.needs == "enrol"
    whole = folk.sign_in_fully("an")
    assert whole.needs == ""
    again = folk.sign_in("an")
    assert (again.needs, again.device) == ("code", None)
    with pytest.raises(CodeRefused):  # the code that enrolled the phone is used up
        bring_code(folk.house, again.opened.secret, folk.code("an"), "10.0.0.1")
    folk.clock.advance(30 * S)
    code = folk.code("an")
    done = bring_code(folk.house, again.opened.secret, code, "10.0.0.1")
    assert person_behind(folk, again.opened.secret) is None  # another secret after each step
    assert person_behind(folk, done.opened.secret) == "an"
    third = folk.sign_in("an")
    with pytest.raises(CodeRefused):
        bring_code(folk.house, third.opened.secret, code, "10.0.0.1")


def test_recovery_codes_open_once_each(folk: Folk) -> None:
    folk.add("an", Role.OFFICER)
    first = folk.sign_in("an")
    with unit_of_work(folk.engine) as session:
        found = sessions.find_session(session, folk.clock, first.opened.secret)
        assert found is not None
        folk.keys["an"] = second_factor.offer(session, folk.vault, found.person).key
    with pytest.raises(CodeRefused):
        enrol(folk.house, first.opened.secret, "000000", "10.0.0.1")
    _, codes = enrol(folk.house, first.opened.secret, folk.code("an"), "10.0.0.1")
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    stored = folk.stored()
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)
    assert folk.keys["an"] not in stored
    done = bring_code(folk.house, folk.sign_in("an").opened.secret, codes[0].upper(), "10.0.0.1")
    assert done.needs == ""
    with pytest.raises(CodeRefused):
        bring_code(folk.house, folk.sign_in("an").opened.secret, codes[0], "10.0.0.1")
    assert "recovery_code:use" in folk.events()


def test_refusals_are_all_alike_and_recorded_without_what_was_typed(folk: Folk) -> None:
    folk.add("an", Role.HEAD)
    folk.add("closed", Role.HEAD)
    folk.add("new", Role.HEAD, password=None)
    with unit_of_work(folk.engine) as session:
        accounts.disable(session, folk.clock, COMMAND_LINE, accounts.get_person(session, "closed"))
    said = set()
    for name, password in (("an", "wrong"), ("nobody-hunter2", PASSWORD), ("closed", PASSWORD), ("new", PASSWORD)):
        with pytest.raises(SignInRefused) as refused:
            folk.sign_in(name, password, source=f"10.0.1.{len(name)}")
        said.add(str(refused.value))
    assert len(said) == 1
    assert folk.events()[-4:] == ["sign_in:refuse"] * 4
    assert "hunter2" not in folk.stored()


def test_guessing_is_slowed_down_for_that_source_only(folk: Folk, clock: ManualClock) -> None:
    folk.add("an", Role.HEAD)
    for _ in range(PAIR.free):
        with pytest.raises(SignInRefused):
            folk.sign_in("an", "wrong", source="10.9.9.9")
    with pytest.raises(SignInDelayed) as delayed:
        folk.sign_in("an", PASSWORD, source="10.9.9.9")  # even the right one: a guess must not be told from a slip
    assert delayed.value.fields == {"seconds": 2}
    assert folk.sign_in("an", source="10.0.0.1").needs == ""
    clock.advance(2 * S)
    assert folk.sign_in("an", source="10.9.9.9").needs == ""
    assert folk.sign_in("an", source="10.9.9.9").needs == ""  # and all is forgotten


def test_names_that_do_not_exist_are_slowed_down_alike(folk: Folk) -> None:
    for _ in range(PAIR.free):
        with pytest.raises(SignInRefused):
            folk.sign_in("nobody", "wrong")
    with pytest.raises(SignInDelayed):
        folk.sign_in("nobody", "wrong")


def test_a_thousand_sources_cannot_lock_anybody_out(folk: Folk, clock: ManualClock) -> None:
    """A known device is never slowed down; an unknown one waits for its turn, which comes."""
    folk.add("an", Role.HEAD)
    device = folk.sign_in("an").device
    for number in range(LANE.free):
        with pytest.raises(SignInRefused):
            folk.sign_in("an", "wrong", source=f"10.1.{number}.1")
    with pytest.raises(SignInDelayed) as delayed:
        folk.sign_in("an", source="10.2.2.2")
    assert delayed.value.fields["seconds"] <= 10
    assert folk.sign_in("an", source="10.2.2.2", device=device).needs == ""
    clock.advance(10 * S)
    assert folk.sign_in("an", source="10.2.2.2").needs == ""
    with pytest.raises(SignInDelayed):  # the lane lets in one at a time
        folk.sign_in("an", source="10.3.3.3")
    stolen = folk.sign_in("an", source="10.2.2.2", device=device).device
    folk.add("binh", Role.HEAD)
    with pytest.raises(SignInDelayed):
        folk.sign_in("an", source="10.3.3.3", device=folk.sign_in("binh").device)  # somebody else's device
    assert stolen != device


def test_codes_are_guessed_no_faster_from_many_sources(folk: Folk, clock: ManualClock) -> None:
    folk.add("an", Role.OFFICER)
    device = folk.sign_in_fully("an").device
    clock.advance(60 * S)
    secret = folk.sign_in("an", source="10.5.5.5").opened.secret
    for number in range(PAIR.free):
        with pytest.raises(CodeRefused):
            bring_code(folk.house, secret, "000000", f"10.5.{number}.5")
    with pytest.raises(SignInDelayed):
        bring_code(folk.house, secret, folk.code("an"), "10.6.6.6")
    assert bring_code(folk.house, secret, folk.code("an"), "10.0.0.1", device).needs == ""


def test_sessions_end_when_left_alone_after_a_shift_and_by_signing_out(folk: Folk, clock: ManualClock) -> None:
    folk.add("an", Role.HEAD)
    left = folk.sign_in("an").opened.secret
    clock.advance(sessions.IDLE_US)
    assert person_behind(folk, left) is None
    used = folk.sign_in("an").opened.secret
    for _ in range(sessions.LONGEST_US // (sessions.IDLE_US - S)):
        clock.advance(sessions.IDLE_US - S)
        assert person_behind(folk, used) == "an"
        with unit_of_work(folk.engine) as session:
            sessions.keep_alive(session, clock, used)
    clock.advance(60 * S)
    assert person_behind(folk, used) is None
    out = folk.sign_in("an").opened.secret
    sign_out(folk.house, out)
    assert (person_behind(folk, out), folk.events()[-1]) == (None, "sign_out:done")
    assert out not in folk.stored()


def test_two_hundred_at_once_get_the_right_answer_each(folk: Folk) -> None:
    """Every fourth is wrong. The rest get a session of their own, and each outcome is one event."""
    for number in range(200):
        folk.add(f"p{number}", Role.HEAD)
    before = folk.events().count("sign_in:done")

    def attempt(number: int) -> str | None:
        try:
            password = "wrong" if number % 4 == 0 else PASSWORD
            return folk.sign_in(f"p{number}", password, source=f"10.7.{number}.1").opened.secret
        except SignInRefused:
            return None

    with ThreadPoolExecutor(40) as pool:
        secrets = list(pool.map(attempt, range(200)))
    assert [number for number, secret in enumerate(secrets) if secret is None] == list(range(0, 200, 4))
    for number, secret in enumerate(secrets):
        if secret is not None:
            assert person_behind(folk, secret) == f"p{number}"
    events = folk.events()
    assert (events.count("sign_in:done") - before, events.count("sign_in:refuse")) == (150, 50)


def test_guesses_sent_all_at_once_are_let_in_no_faster(folk: Folk) -> None:
    folk.add("an", Role.HEAD)

    def guess(_: int) -> str:
        try:
            folk.sign_in("an", "wrong")
        except (SignInRefused, SignInDelayed) as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(20) as pool:
        said = list(pool.map(guess, range(40)))
    assert said.count("sign_in_refused") == PAIR.free
    assert said.count("sign_in_delayed") == 40 - PAIR.free


def test_one_code_brought_twenty_times_at_once_opens_once(folk: Folk, engine: sa.Engine) -> None:
    folk.add("an", Role.OFFICER)
    folk.sign_in_fully("an")
    folk.clock.advance(60 * S)
    code = folk.code("an")
    opened = [folk.sign_in("an", source=f"10.8.0.{number}").opened.secret for number in range(4)]

    def bring(secret: str) -> bool:
        try:
            bring_code(folk.house, secret, code, "10.8.0.1")
        except (CodeRefused, SignInDelayed):
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(bring, opened)) == 1
