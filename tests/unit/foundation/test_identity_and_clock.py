"""Ids sort by age and are never the same twice; clocks run forward."""

from concurrent.futures import ThreadPoolExecutor

from foundation.clock import ManualClock, SystemClock
from foundation.identity import new_id


def test_ids_are_unlike_even_from_many_threads() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [one for batch in pool.map(lambda _: [new_id() for _ in range(2000)], range(8)) for one in batch]
    assert len(set(made)) == len(made)
    assert {len(one) for one in made} == {26}
    assert not set("".join(made)) & set("ilou")


def test_a_later_id_sorts_later() -> None:
    first = new_id()
    while (later := new_id())[:10] == first[:10]:
        pass
    assert later > first


def test_the_steady_clock_never_goes_back() -> None:
    clock = SystemClock()
    seen = [clock.steady_us() for _ in range(1000)]
    assert seen == sorted(seen)
    assert clock.now_us() > 1_767_225_600_000_000  # 2026 has begun


def test_a_manual_clock_moves_both_its_hands() -> None:
    clock = ManualClock(100)
    clock.advance(7)
    assert (clock.now_us(), clock.steady_us()) == (107, 7)
