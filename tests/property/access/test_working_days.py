"""Working days by arithmetic against counting them one by one."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from access.deadlines import working_day_after

days = st.dates(date(2026, 1, 1), date(2027, 12, 31))


def counted(day: date, count: int, days_off: frozenset[date]) -> date:
    while count:
        day += timedelta(days=1)
        if day.isoweekday() <= 5 and day not in days_off:
            count -= 1
    return day


@given(days, st.integers(1, 40), st.frozensets(st.integers(-5, 60), max_size=25))
def test_arithmetic_is_counting(day: date, count: int, near: frozenset[int]) -> None:
    days_off = frozenset(day + timedelta(days=offset) for offset in near)
    assert working_day_after(day, count, days_off) == counted(day, count, days_off)
