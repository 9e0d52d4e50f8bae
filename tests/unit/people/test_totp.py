"""RFC 6238's own values, the window, and that a code opens once."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from people import totp

KEY = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_appendix_b_of_the_standard(seconds: int, code: str) -> None:
    assert totp.code_at(KEY, totp.step_of(seconds * 1_000_000)) == code


def test_one_step_early_or_late_counts_and_two_do_not() -> None:
    now = 1_000_000
    for steps in range(-3, 4):
        code = totp.code_at(KEY, totp.step_of(now * 1_000_000) + steps)
        found = totp.matching_step(KEY, code, now * 1_000_000, 0)
        assert (found is not None) == (abs(steps) <= 1), steps


def test_a_code_does_not_open_twice_nor_an_older_one_after_it() -> None:
    at_us = 900 * 1_000_000_000
    step = totp.matching_step(KEY, totp.code_at(KEY, totp.step_of(at_us)), at_us, 0)
    assert step == totp.step_of(at_us)
    for earlier in (step, step - 1):
        assert totp.matching_step(KEY, totp.code_at(KEY, earlier), at_us, step) is None
    assert totp.matching_step(KEY, totp.code_at(KEY, step + 1), at_us, step) == step + 1


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "\ud800"])
def test_what_is_no_code_is_wrong(code: str) -> None:
    assert totp.matching_step(KEY, code, 59_000_000, 0) is None


def test_blanks_between_the_digits_are_as_phones_show_them() -> None:
    assert totp.matching_step(KEY, "287 082", 59_000_000, 0) == 1


def test_the_address_is_what_authenticators_read() -> None:
    key = totp.new_key()
    parts = urlsplit(totp.address(key, "officer@kp05"))
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Mat%20Pho:officer%40kp05")
    assert parse_qs(parts.query) == {"secret": [key], "issuer": ["Mat Pho"], "digits": ["6"], "period": ["30"]}
    assert len(base64.b32decode(key)) == 20
