"""What the table of rights must never say, whoever edits it."""

from people.rights import NEVER_TOGETHER, RIGHT_TEXT, RIGHTS_OF, ROLE_TEXT, SECOND_FACTOR, Right, Role, roles_with


def test_every_role_and_right_is_told_and_used() -> None:
    assert set(RIGHTS_OF) == set(ROLE_TEXT) == set(Role)
    assert set(RIGHT_TEXT) == set(Right)
    assert frozenset().union(*RIGHTS_OF.values()) == frozenset(Right)


def test_owners_are_seen_by_heads_and_administrators_only() -> None:
    assert roles_with(Right.OWNER_READ) == (Role.HEAD, Role.ADMINISTRATOR)


def test_footage_is_seen_by_officers_and_supervisors_only() -> None:
    assert roles_with(Right.FOOTAGE) == (Role.OFFICER, Role.SUPERVISOR)


def test_whoever_sees_footage_may_have_it_held_and_only_supervisors_see_what_others_hold() -> None:
    assert roles_with(Right.HOLD_PLACE) == roles_with(Right.FOOTAGE)
    assert roles_with(Right.HOLD_OVERSEE) == (Role.SUPERVISOR,)


def test_auditors_see_accesses_and_only_they_do() -> None:
    assert roles_with(Right.ACCESS_READ) == (Role.AUDITOR,)


def test_whoever_sees_footage_is_never_the_auditor() -> None:
    for role in roles_with(Right.FOOTAGE):
        assert frozenset({role, Role.AUDITOR}) in NEVER_TOGETHER


def test_a_password_alone_is_enough_for_heads_only() -> None:
    assert frozenset(Role) - SECOND_FACTOR == {Role.HEAD}
