"""What a rule may be, and what counts as a case number."""

from datetime import date

import pytest
from pydantic import ValidationError

from camera_registry.rule_book import Rules


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


@pytest.mark.parametrize("bad", ["2027-02-30", "30/4/2027", "2027-01-01;2027-01-02", 7])
def test_what_is_no_date_is_no_holiday(bad: object) -> None:
    with pytest.raises(ValidationError, match="write dates as"):
        Rules(holidays=bad)
