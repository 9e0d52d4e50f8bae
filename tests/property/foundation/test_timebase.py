"""Instants survive writing and reading; ranges add up to what sets of integers say."""

from contextlib import suppress
from datetime import timedelta, timezone
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from foundation.timebase import (
    LATEST_US,
    InstantUnreadable,
    TimeRange,
    covered_us,
    format_instant,
    merge,
    parse_instant,
    rescale,
    subtract,
)

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
DAY_US = 86_400_000_000
RANGES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda r: TimeRange(r[0], r[0] + r[1])), max_size=12
)


@given(st.integers(DAY_US, LATEST_US - DAY_US), OFFSETS)
def test_what_is_written_is_read_again(at_us: int, zone: timezone) -> None:
    assert parse_instant(format_instant(at_us, zone)) == at_us


@given(st.text(max_size=40))
def test_no_text_at_all_breaks_the_reader(text: str) -> None:
    with suppress(InstantUnreadable):  # any other error would be the defect
        assert 0 <= parse_instant(text) <= LATEST_US


@given(RANGES, st.integers(0, 60), st.integers(1, 40))
def test_ranges_are_sets_of_instants(parts: list[TimeRange], start: int, length: int) -> None:
    whole = TimeRange(start, start + length)
    inside = {at for part in parts for at in range(part.start_us, part.end_us)}
    asked = set(range(whole.start_us, whole.end_us))
    joined = merge(parts)
    assert {at for part in joined for at in range(part.start_us, part.end_us)} == inside
    assert all(one.end_us < other.start_us for one, other in pairwise(joined))
    left = subtract(whole, parts)
    assert {at for part in left for at in range(part.start_us, part.end_us)} == asked - inside
    assert covered_us(whole, parts) == len(asked & inside)


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**9), st.integers(1, 10**9))
def test_rescaling_is_exact(value: int, numerator: int, denominator: int) -> None:
    true = Fraction(value * numerator, denominator)
    assert -Fraction(1, 2) < rescale(value, numerator, denominator) - true <= Fraction(1, 2)
