"""What of a camera's own clock is worth keeping."""

from ingest.live.observing import EVERY_US, ClockWatch

BEGIN = 1_772_892_000_000_000
FIVE_S = 5_000_000


def watched(offsets_us: list[int]) -> list[tuple[int, int]]:
    """Return (number of the report, offset kept) of reports every five seconds."""
    watch, kept = ClockWatch(), []
    for number, offset in enumerate(offsets_us):
        seen = watch.report(BEGIN + number * FIVE_S + offset, BEGIN + number * FIVE_S)
        if seen is not None:
            kept.append((number, seen.offset_us))
    return kept


def test_the_first_that_is_sure_then_every_ten_minutes() -> None:
    kept = watched([3000] * 400)
    assert [number for number, _ in kept] == [
        1,
        1 + EVERY_US // FIVE_S,
        1 + 2 * EVERY_US // FIVE_S,
        1 + 3 * EVERY_US // FIVE_S,
    ]
    assert {offset for _, offset in kept} == {3000}


def test_the_report_that_was_on_its_way_for_the_shortest_time_counts() -> None:
    watch = ClockWatch()
    assert watch.report(BEGIN - 80_000, BEGIN) is None
    seen = watch.report(BEGIN + FIVE_S - 2000, BEGIN + FIVE_S)
    assert seen is not None
    assert seen.offset_us == -2000
    assert seen.uncertainty_us >= 78_000


def test_a_clock_that_was_set_is_kept_at_once() -> None:
    hour = 3_600_000_000
    assert watched([0] * 10 + [hour] * 10) == [(1, 0), (11, hour)]


def test_a_clock_that_is_always_set_is_kept_now_and_then() -> None:
    """A camera may tell another time in each of a thousand reports a second."""
    watch = ClockWatch()
    kept = 0
    for number in range(60_000):
        at_us = BEGIN + number * 1000
        kept += watch.report(at_us + number // 2 % 2 * 3_600_000_000, at_us) is not None
    assert 1 < kept <= 7
