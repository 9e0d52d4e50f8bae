"""Tables of samples: taking, joining, and decode times that strictly increase."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from foundation.mp4.tables import SampleTable, concat, increasing_dts
from tests.support.mp4_build import difference, sample_tables, table


@given(sample_tables(entries=2), st.integers(0, 40), st.integers(0, 40))
def test_a_table_cut_twice_and_joined_is_the_table(samples: SampleTable, first: int, second: int) -> None:
    low, high = sorted((first, second))
    parts = [samples.take(slice(0, low)), samples.take(slice(low, high)), samples.take(slice(high, None))]
    assert difference(concat(parts), samples) == ""


@given(sample_tables(), st.data())
def test_a_mask_and_its_indices_take_the_same(samples: SampleTable, data: st.DataObject) -> None:
    size = len(samples)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)), np.bool_)
    assert difference(samples.take(mask), samples.take(np.flatnonzero(mask))) == ""


def test_the_last_sample_taken_keeps_its_duration() -> None:
    samples = table([1, 2, 3], duration=40)
    taken = samples.take(np.array([True, True, False]))
    assert taken.end_dts == 80
    assert taken.durations.tolist() == [40, 40]
    assert taken.count == 2


def test_nothing_taken_is_an_empty_table() -> None:
    assert difference(table([1, 2]).take(slice(0, 0)), SampleTable.empty()) == ""
    assert difference(concat([]), SampleTable.empty()) == ""
    assert SampleTable.empty().durations.tolist() == []


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), max_size=30))
def test_decode_times_strictly_increase_and_are_never_after_presentation(rows: list[tuple[int, int]]) -> None:
    dts = np.array([row[0] for row in rows], np.int64)
    pts = np.array([row[1] for row in rows], np.int64)
    found = increasing_dts(dts, pts)
    assert (np.diff(found) > 0).all()
    assert (found <= pts).all()


@given(st.lists(st.integers(1, 500), max_size=30), st.data())
def test_decode_times_that_are_right_already_stay(steps: list[int], data: st.DataObject) -> None:
    dts = np.cumsum(np.array(steps, np.int64))
    size = len(steps)
    later = np.array(data.draw(st.lists(st.integers(0, 900), min_size=size, max_size=size)), np.int64)
    assert increasing_dts(dts, dts + later).tolist() == dts.tolist()
