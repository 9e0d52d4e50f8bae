"""The desk of copies: one maker for all who ask, none for nobody, so many at once and so many bytes."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from extract.viewing.coding import Sink, ViewingStopped
from extract.viewing.copies import Copies, ViewingBusy, ViewingNoRoom
from foundation.errors import BadInput

PIECE = b"....mdat" + bytes(10_000)


class Slow:
    """Makes a copy of `pieces`, each of which waits to be let through."""

    def __init__(self, pieces: int = 3) -> None:
        self.pieces, self.runs = pieces, 0
        self.gate = threading.Semaphore(1)
        self.ended = threading.Event()

    def __call__(self, sink: Sink, goes_on: Callable[[], bool]) -> None:
        self.runs += 1
        try:
            for _ in range(self.pieces):
                while not self.gate.acquire(timeout=0.01):
                    if not goes_on():
                        raise ViewingStopped
                sink.write(PIECE)
        finally:
            self.ended.set()

    def go(self) -> None:
        self.gate.release(self.pieces)


@pytest.fixture
def copies(tmp_path: Path) -> Iterator[Copies]:
    found = Copies(tmp_path / "viewing", 10 * len(PIECE), 0, encoders=1)
    found.start()
    yield found
    found.stop()


def kept() -> bool:
    return True


def files(copies: Copies) -> int:
    return len(list(copies._folder.iterdir()))


def test_two_askers_make_one_copy_and_the_first_bytes_come_while_it_is_made(copies: Copies) -> None:
    make = Slow()
    first, second = (copies.watch("a", make, kept) for _ in range(2))
    assert next(first) == next(second) == PIECE
    assert first.whole is None
    first.close()
    make.go()
    assert b"".join(second) == 2 * PIECE
    second.close()
    third = copies.watch("a", make, kept)
    assert (make.runs, third.whole and third.whole[0]) == (1, 3 * len(PIECE))
    assert b"".join(third.part(5, 20_000)) == (3 * PIECE)[5:20_000]
    third.close()


def test_what_nobody_waits_for_is_not_made(copies: Copies) -> None:
    make = Slow()
    watches = [copies.watch("a", make, kept) for _ in range(2)]
    watches[0].close()
    assert not make.ended.wait(0.1)
    watches[1].close()
    assert make.ended.wait(5)
    again = Slow()
    again.go()
    with_more = copies.watch("a", again, kept)
    assert b"".join(with_more) == 3 * PIECE
    with_more.close()
    assert files(copies) == 1


def test_only_so_many_are_made_at_once(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extract.viewing.copies._SLOT_WAIT_S", 0.2)
    make = Slow()
    first = copies.watch("a", make, kept)
    with pytest.raises(ViewingBusy):
        copies.watch("b", Slow(), kept)
    threading.Timer(0.05, make.go).start()
    second = copies.watch("b", Slow(), kept)
    first.close()
    second.close()


def test_the_oldest_give_way_and_no_copy_takes_more_than_all_the_room(copies: Copies) -> None:
    for name in "abcd":
        make = Slow(pieces=4)
        make.go()
        with_all = copies.watch(name, make, kept)
        assert len(b"".join(with_all)) == 4 * len(PIECE)
        with_all.close()
    assert list(copies._copies) == ["c", "d"]
    assert files(copies) == 2
    greedy = Slow(pieces=11)
    greedy.go()
    watch = copies.watch("e", greedy, kept)
    with pytest.raises(ViewingNoRoom):
        b"".join(watch)
    watch.close()
    assert files(copies) == 0


def test_a_failure_before_the_first_fragment_is_told_and_leaves_nothing(copies: Copies) -> None:
    class Unplayable(BadInput):
        code = "test_unplayable"

    def fail(sink: Sink, _goes_on: Callable[[], bool]) -> None:
        sink.write(b"only a head")
        raise Unplayable

    with pytest.raises(Unplayable):
        copies.watch("a", fail, kept)
    assert files(copies) == 0


def test_the_end_of_the_service_ends_the_making(copies: Copies) -> None:
    make = Slow()
    watch = copies.watch("a", make, kept)
    assert next(watch) == PIECE
    begun = time.monotonic()
    copies.stop()
    with pytest.raises(ViewingStopped):
        next(watch)
    watch.close()
    assert time.monotonic() - begun < 5
    assert files(copies) == 0
