"""What a rule may be, and what counts as a case number."""

from datetime import date

import pytest
from pydantic import ValidationError

from camera_registry.rule_book import Rules
from camera_registry.rule_inheritance import STRICTEST, Setting, strictest


@pytest.mark.parametrize("text", ["<b>🙂", "🙂", "xyz", "VA-9\n", "-./", "9" * 41])
def test_a_format_that_nobody_could_type_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Rules(case_format=text)


def test_holidays_are_read_as_people_write_them() -> None:
    typed = "02/09/2027, 30/4/2027,2027-01-01,"
    assert Rules(holidays=typed).holidays == ("2027-01-01", "2027-04-30", "2027-09-02")
    with pytest.raises(ValidationError):
        Rules(holidays="31/02/2027")


def test_yes_and_no_are_read_in_both_languages() -> None:
    assert Rules(needs_sign="Có", break_glass="không", case_format="có-9") == Rules(
        needs_sign=True, break_glass=False, case_format="có-9"
    )


@pytest.mark.parametrize(
    ("form", "number", "right"),
    [
        ("", "VA-2026-0142", True),
        ("", "Đ12/2026", True),
        ("", "ab", False),
        ("", "a b c", False),
        ("", "'; --", False),
        ("VA-9999/AA-*", "VA-2026/PC-12b", True),
        ("VA-9999/AA-*", "VA-2026/pc-12b", False),
        ("VA-9999/AA-*", "VA-2026/PC-", False),
        ("VA-9999/AA-*", "VA-2026/PC-12b ", False),
        ("(9)", "(7)", True),
        ("(9)", "7", False),
        ("9.9", "1x2", False),
    ],
)
def test_case_numbers_are_as_the_unit_writes_them(form: str, number: str, right: bool) -> None:
    assert Rules(case_format=form).is_case_number(number) is right


@pytest.mark.parametrize("hours", ["", "7:00-19:00", "07:00", "24:00-07:00", "07:00-19:60", "07:00-19:00\n"])
def test_hours_are_two_times(hours: str) -> None:
    with pytest.raises(ValidationError, match="07:00-19:00"):
        Rules(duty_hours=hours)


def test_holidays_are_written_as_one_text_and_told_in_order() -> None:
    rules = Rules(holidays="2027-04-30, 2027-01-01,2027-04-30")
    assert rules.holidays == ("2027-01-01", "2027-04-30")
    assert rules.days_off == {date(2027, 1, 1), date(2027, 4, 30)}
    assert Rules(**rules.model_dump()) == rules


@pytest.mark.parametrize("bad", ["2027-02-30", "30.4.2027", "2027-01-01;2027-01-02", 7])
def test_what_is_no_date_is_no_holiday(bad: object) -> None:
    with pytest.raises(ValidationError, match="write dates as"):
        Rules(holidays=bad)


def test_every_rule_says_what_holds_where_units_came_together() -> None:
    assert list(STRICTEST) == list(Rules.model_fields)


@pytest.mark.parametrize(
    ("rule", "said", "holds"),
    [
        ("most_retention_days", (0, 30, 7), 7),
        ("most_retention_days", (0, 0), 0),
        ("automatic_minutes", (30, 0), 0),
        ("sound_allowed", (True, False), False),
        ("needs_consent", (False, True), True),
        ("case_reuse", ("free", "once", "same_person"), "once"),
        ("duty_hours", ("07:00-19:00", "00:00-00:00"), "00:00-00:00"),
    ],
)
def test_of_several_the_strictest_holds(rule: str, said: tuple[object, ...], holds: object) -> None:
    """Those without an order are in the order in which they were written."""
    assert strictest(rule, [Setting(value, (1, row)) for row, value in enumerate(said)]).value == holds
