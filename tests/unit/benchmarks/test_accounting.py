"""The accounting of the recording benchmark sees every fault that it claims to see."""

import pytest

from benchmarks.accounting import Account, Found, account
from sample_clips.live_mark import Mark


def found(*numbers: int, camera: int = 1, unmarked: int = 0) -> Found:
    return Found.of([*(Mark(camera, number, 0) for number in numbers), *[None] * unmarked])


def of(recorded: Found, *runs: list[int]) -> Account:
    return account({1: recorded}, {1: runs})


def test_all_that_was_sent_between_first_and_last_is_there() -> None:
    assert of(found(*range(5, 21)), [0, 23]) == Account(sent=16, recorded=16, tail=3)


@pytest.mark.parametrize(
    ("recorded", "fault"),
    [
        (found(1, 2, 4, 5), Account(sent=5, recorded=4, lost=1)),
        (found(1, 2, 2, 3, 4, 5), Account(sent=5, recorded=5, doubled=1)),
        (found(1, 3, 2, 4, 5), Account(sent=5, recorded=5, out_of_order=1)),
        (found(1, 2, 3, 4, 5, unmarked=2), Account(sent=5, recorded=5, unmarked=2)),
        (found(camera=1), Account(silent=1)),
        (found(1, 2, camera=2), Account(mixed_up=2, silent=1)),
    ],
)
def test_each_fault_is_seen(recorded: Found, fault: Account) -> None:
    assert of(recorded, [1, 5]) == fault


def test_frames_of_another_camera_are_told_apart() -> None:
    mixed = Found.of([Mark(1, 1, 0), Mark(2, 2, 0), Mark(1, 2, 0), Mark(1, 3, 0)])
    assert of(mixed, [1, 3]) == Account(sent=3, recorded=3, mixed_up=1)


def test_what_the_camera_dropped_is_lost_as_well() -> None:
    assert of(found(1, 2, 3, 7, 8), [1, 3], [7, 9]) == Account(sent=5, recorded=5, lost=3, refused=3, tail=1)
    assert of(found(2, 3), [1, 3], [7, 9]) == Account(sent=2, recorded=2, tail=6)


def test_cameras_are_summed_and_the_longest_tail_counts() -> None:
    whole = account({1: found(1, 2, 3), 2: found(1, 3, camera=2)}, {1: [[1, 4]], 2: [[1, 3]], 3: [[1, 3]]})
    assert whole == Account(sent=6, recorded=5, lost=1, silent=1, tail=1)
