"""What opens once, what expires, what is revoked; nothing of it is stored in plain."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from people import accounts, links, sessions, tokens
from people.accounts import IdentityTaken, PersonUnknown, SignInNameTaken, SignInNameUnusable
from people.links import LinkUnusable, PersonDisabled
from people.passwords import Passwords, PasswordWeak, refuse_weak
from people.rights import Right, Role
from people.signing_in import SignInRefused
from people.tokens import ScopeUnknown, TokenUnknown, TokenWithoutScope
from tests.support.people import PASSWORD, PASSWORDS, Folk

DAY = 86_400 * 1_000_000


def make(folk: Folk, name: str) -> str:
    with unit_of_work(folk.engine) as session:
        return links.make_link(session, folk.clock, COMMAND_LINE, accounts.get_person(session, name))


def use(folk: Folk, secret: str, password: str = PASSWORD) -> None:
    with unit_of_work(folk.engine) as session:
        links.use_link(session, folk.clock, PASSWORDS, secret, password)


def test_a_link_opens_once_and_is_not_stored(folk: Folk) -> None:
    folk.add("an", Role.HEAD, password=None)
    secret = make(folk, "an")
    assert secret not in folk.stored()
    use(folk, secret)
    assert folk.sign_in("an").needs == ""
    with pytest.raises(LinkUnusable):
        use(folk, secret, "một mật khẩu khác hẳn")
    assert folk.events() == ["person:add", "role:give", "link:make", "password:set", "sign_in:done"]
    assert PASSWORD not in folk.stored()


def test_a_link_expires_and_a_newer_one_replaces_it(folk: Folk, clock: ManualClock) -> None:
    folk.add("an", Role.HEAD, password=None)
    old = make(folk, "an")
    new = make(folk, "an")
    for unusable in (old, "guessed", ""):
        with pytest.raises(LinkUnusable):
            use(folk, unusable)
    clock.advance(links.LASTS_US)
    with pytest.raises(LinkUnusable):
        use(folk, new)


def test_of_many_at_once_one_uses_the_link(folk: Folk) -> None:
    folk.add("an", Role.HEAD, password=None)
    secret = make(folk, "an")

    def attempt(number: int) -> bool:
        try:
            use(folk, secret, f"mật khẩu thứ {number} đây")
        except LinkUnusable:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


@pytest.mark.parametrize("weak", ["", "short", "aaaaaaaaaaaaaaaa", "officer-binh-2026", "x" * 257, "ababababababab"])
def test_weak_passwords_are_refused_and_the_link_is_not_used_up(folk: Folk, weak: str) -> None:
    folk.add("binh", Role.HEAD, password=None)
    secret = make(folk, "binh")
    with pytest.raises(PasswordWeak):
        use(folk, secret, weak)
    use(folk, secret)


@pytest.mark.parametrize(
    "weak",
    [
        *("123456789012", "qwertyuiop12", "matkhau123456", "Mật khẩu 2026", "camera123456", "MatPhoMatPho"),
        *("1q2w3e4r5t6y", "binh19901990", "password1234", "abcdefghijkl" * 21),
    ],
)
def test_what_is_tried_first_is_no_password(weak: str) -> None:
    with pytest.raises(PasswordWeak, match="tried first"):
        refuse_weak(weak, "tran.binh")


@pytest.mark.parametrize(
    "strong", ["bon tu de nho thoi", "cái ô đỏ ngoài hẻm", "x7#kQ2!mZ9pL", "ngựa pin kẹp đúng" * 15]
)
def test_four_words_are_a_password(strong: str) -> None:
    refuse_weak(strong, "tran.binh")


def test_a_new_password_ends_every_session_and_device(folk: Folk) -> None:
    folk.add("an", Role.HEAD)
    done = folk.sign_in("an")
    use(folk, make(folk, "an"), "một mật khẩu khác hẳn")
    with unit_of_work(folk.engine, writes=False) as session:
        assert sessions.find_session(session, folk.clock, done.opened.secret) is None
        person = accounts.get_person(session, "an")
        assert sessions.known_device(session, folk.clock, person.id, done.device) is None
    with pytest.raises(SignInRefused):
        folk.sign_in("an")


def test_the_same_letters_from_another_keyboard_are_the_same_password(folk: Folk) -> None:
    folk.add("an", Role.HEAD, password="bo\u0302\u0301n tu\u031b\u0300 de\u0302\u0303 nho\u031b\u0301")
    assert folk.sign_in("an", "bốn từ dễ nhớ").needs == ""


def test_real_parameters_are_told_in_the_hash_and_weaker_ones_renewed(folk: Folk) -> None:
    real = Passwords()
    stored = real.hash(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert real.verify(stored, PASSWORD)
    assert not real.verify(stored, PASSWORD + " ")
    assert not real.verify(None, "nobody has this password")
    assert real.outdated(PASSWORDS.hash(PASSWORD))
    assert not real.outdated(stored)


def test_a_closed_account_opens_nothing(folk: Folk) -> None:
    folk.add("an", Role.HEAD)
    token, done, secret = folk.token("an"), folk.sign_in("an"), make(folk, "an")
    with unit_of_work(folk.engine) as session:
        accounts.disable(session, folk.clock, COMMAND_LINE, accounts.get_person(session, "an"))
    with unit_of_work(folk.engine, writes=False) as session:
        assert tokens.standing_by_token(session, folk.clock, token) is None
        assert sessions.find_session(session, folk.clock, done.opened.secret) is None
    with pytest.raises(LinkUnusable):
        use(folk, secret)
    with pytest.raises(PersonDisabled):
        make(folk, "an")
    with pytest.raises(PersonDisabled):
        folk.token("an")
    with unit_of_work(folk.engine) as session:
        accounts.enable(session, folk.clock, COMMAND_LINE, accounts.get_person(session, "an"))
    assert folk.sign_in("an").needs == ""
    with unit_of_work(folk.engine, writes=False) as session:
        assert tokens.standing_by_token(session, folk.clock, token) is None


def test_a_token_is_limited_expires_and_is_revoked(folk: Folk, clock: ManualClock) -> None:
    person = folk.add("an", Role.OFFICER)
    secret = folk.token("an", Right.FOOTAGE, days=2)
    assert secret not in folk.stored()
    with unit_of_work(folk.engine, writes=False) as session:
        standing = tokens.standing_by_token(session, clock, secret)
        assert standing is not None
        assert (standing.name, standing.limited_to) == ("an", frozenset({Right.FOOTAGE}))
        assert tokens.standing_by_token(session, clock, secret + "x") is None
        made_id = tokens.tokens_of(session, person)[0].id
    other = folk.add("binh", Role.OFFICER)
    with pytest.raises(TokenUnknown), unit_of_work(folk.engine) as session:
        tokens.revoke_token(session, clock, COMMAND_LINE, other, made_id)
    another = folk.token("an", Right.FOOTAGE)
    clock.advance(2 * DAY)
    with unit_of_work(folk.engine) as session:
        assert tokens.standing_by_token(session, clock, secret) is None
        assert tokens.standing_by_token(session, clock, another) is not None
        tokens.revoke_token(session, clock, COMMAND_LINE, person, tokens.tokens_of(session, person)[1].id)
        session.flush()
        assert tokens.standing_by_token(session, clock, another) is None
    assert folk.events().count("token:revoke") == 1


def test_tokens_without_scope_or_with_a_wrong_one_are_not_made(folk: Folk) -> None:
    person = folk.add("an", Role.OFFICER)
    with pytest.raises(ScopeUnknown):
        tokens.rights_named(["footage", "everything"])
    for rights, days in ((frozenset[Right](), 1), (frozenset({Right.FOOTAGE}), 0), (frozenset({Right.FOOTAGE}), 367)):
        with pytest.raises(TokenWithoutScope), unit_of_work(folk.engine) as session:
            tokens.make_token(session, folk.clock, COMMAND_LINE, person, "", rights, days)


def test_names_are_one_form_and_taken_once(folk: Folk) -> None:
    folk.add("An.Nguyen@KP05", Role.HEAD)
    with pytest.raises(SignInNameTaken):
        folk.add("an.nguyen@kp05")
    for unusable in ("", "a", "đào", "a b", "-x", "x" * 65, "a\0b"):
        with pytest.raises(SignInNameUnusable):
            folk.add(unusable)
    with pytest.raises(PersonUnknown), unit_of_work(folk.engine, writes=False) as session:
        accounts.get_person(session, "nobody")


def test_an_identity_belongs_to_one_account(folk: Folk) -> None:
    first, second = folk.add("an", Role.HEAD), folk.add("binh", Role.HEAD)
    with unit_of_work(folk.engine) as session:
        accounts.tie_identity(session, folk.clock, COMMAND_LINE, first, "https://id.example", "s1")
        accounts.tie_identity(session, folk.clock, COMMAND_LINE, first, "https://id.example", "s1")
    with pytest.raises(IdentityTaken), unit_of_work(folk.engine) as session:
        accounts.tie_identity(session, folk.clock, COMMAND_LINE, second, "https://id.example", "s1")
    assert folk.events().count("person:tie") == 1
