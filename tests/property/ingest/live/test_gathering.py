"""Whatever order and pace pictures come in, each one accepted is in one piece, and pieces tile the time of their run."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.timebase import MEDIA_TIMESCALE as SECOND
from ingest.live.gathering import HOLE_TICKS, MOST_BYTES, PIECE_TICKS, SEGMENT_TICKS, Gathering, Piece
from ingest.live.pictures import MOST_BYTES as LARGEST
from ingest.live.pictures import AccessUnit

LONGEST = 120 * SECOND
BOUND = 2 * MOST_BYTES + LARGEST
"""Groups that wait for the next one, the one that is open, and the picture that made it too large."""


@dataclass(frozen=True)
class Sent:
    """A picture as it is sent: when it is shown, whether it is a key frame, how many bytes it has."""

    ticks: int
    key: bool
    size: int = 8


@dataclass
class Told:
    """What came out of a gathering, run by run."""

    gathering: Gathering
    runs: list[list[Piece]] = field(default_factory=list)
    held: int = 0
    plain: bool = True

    @property
    def pieces(self) -> list[Piece]:
        return [piece for run in self.runs for piece in run]


@st.composite
def groups(draw: st.DrawFn, largest: int = 8) -> list[Sent]:
    """Draw what a camera may send: groups of pictures at an uneven pace, B-frames, holes, doubles, late ones, no keys."""
    now, sent = draw(st.integers(0, 2**40)), []
    for _ in range(draw(st.integers(1, 12))):
        count = draw(st.sampled_from([1, 2, 5, 25, 60] if largest == 8 else [1, 2, 5]))
        step = draw(st.sampled_from([1, 900, 3600, 9000, SECOND, 3 * SECOND, HOLE_TICKS - 1, HOLE_TICKS]))
        keyed = draw(st.sampled_from([True, True, True, False]))
        b_frames = draw(st.sampled_from([0, 0, 1, 3]))
        lead = draw(st.sampled_from([0, 0, 2]))
        size = draw(st.sampled_from([8, 8, 8, LARGEST])) if count <= 2 else 8
        numbers = list(shuffled(count, b_frames))
        if keyed and lead:
            numbers = [lead, *range(lead), *(one + lead + 1 for one in numbers)]  # an open group: its key comes first
        sent += [Sent(now + one * step, keyed and at == 0, size) for at, one in enumerate(numbers)]
        now += (max(numbers) + 1) * step
        if draw(st.integers(0, 4)) == 0:
            now += draw(st.sampled_from([HOLE_TICKS, 2 * HOLE_TICKS, 3600 * SECOND]))
        if draw(st.integers(0, 3)) == 0:
            strays = draw(st.lists(st.integers(0, len(sent) - 1), max_size=4))
            for place in strays:  # doubled, or late
                late = sent[place]
                sent.insert(draw(st.integers(place, len(sent))), late)
    return sent


def shuffled(count: int, b_frames: int) -> Iterator[int]:
    """Yield the places of pictures in the order in which a coder with so many B-frames sends them."""
    yield 0
    at = 1
    while at < count:
        last = min(at + b_frames, count - 1)
        yield last
        yield from range(at, last)
        at = last + 1


def gathered(sent: list[Sent], first_ticks: int = SEGMENT_TICKS) -> Told:
    told = Told(Gathering(first_ticks))
    gathering = told.gathering
    run: list[Piece] = []

    def end() -> None:
        run.extend(gathering.end())
        assert not gathering.running
        assert gathering.held == 0
        assert gathering.end() == []
        if run:
            told.runs.append(run.copy())
            run.clear()

    highest = -1
    for number, one in enumerate(sent):
        if gathering.hole_before(one.ticks):
            end()
        if not gathering.running:
            highest = -1
        data = bytearray(one.size)
        data[:8] = number.to_bytes(8, "big")
        run += gathering.feed(AccessUnit(0, data, one.key, (), False), one.ticks, one.ticks * 100 // 9, number)
        told.held = max(told.held, gathering.held)
        told.plain &= one.ticks > highest
        highest = max(highest, one.ticks)
    end()
    return told


def numbers_in(told: Told, sent: list[Sent]) -> list[int]:
    """Return the numbers of the pictures in the pieces, in order; one that came in parts has several."""
    found = []
    for piece in told.pieces:
        assert piece.size == sum(map(len, piece.data))
        for data in piece.data:
            at = 0
            while at < len(data):
                found.append(int.from_bytes(data[at : at + 8], "big"))
                at += sent[found[-1]].size
    return found


@settings(max_examples=120, deadline=None)
@given(groups(), st.sampled_from([SEGMENT_TICKS, 18 * SECOND]))
def test_every_accepted_picture_is_in_one_piece_and_pieces_tile_their_run(sent: list[Sent], first_ticks: int) -> None:
    told = gathered(sent, first_ticks)
    found = numbers_in(told, sent)
    assert found == sorted(set(found))  # in the order they were sent, none twice
    assert len(found) + told.gathering.left_out == len(sent)
    for run in told.runs:
        assert run[0].begins_run
        assert run[0].opens
        assert run[0].keys[0]
        assert not any(piece.begins_run for piece in run[1:])
        for before, after in pairwise(run):
            assert before.end == after.low
        for piece in run:
            assert piece.low <= piece.high < piece.end
            assert len(piece.pts) == len(set(piece.pts)) == len(piece.data) == len(piece.keys)
            assert piece.least_us == piece.least_ticks * 100 // 9
            assert piece.least_ticks in piece.pts


@settings(max_examples=120, deadline=None)
@given(groups(), st.sampled_from([SEGMENT_TICKS, 18 * SECOND]))
def test_segments_are_bounded_and_begin_with_keys(sent: list[Sent], first_ticks: int) -> None:
    told = gathered(sent, first_ticks)
    keyless = 0
    for run in told.runs:
        opened = [number for number, piece in enumerate(run) if piece.opens]
        for begin, stop in pairwise([*opened, len(run)]):
            assert run[stop - 1].end - run[begin].low <= LONGEST
            keyless += not run[begin].keys[0]
    assert keyless == told.gathering.cut_without_key


@settings(max_examples=120, deadline=None)
@given(groups())
def test_what_waits_is_bounded_in_time_and_bytes(sent: list[Sent]) -> None:
    told = gathered(sent)
    assert told.held <= 2 * MOST_BYTES + LARGEST
    if told.plain:
        for piece in told.pieces:
            assert piece.pts == sorted(piece.pts)
            assert piece.high - piece.low < PIECE_TICKS


@pytest.mark.parametrize("how", ["double", "late"])
def test_pictures_of_no_new_time_do_not_pile_up(how: str) -> None:
    """A camera whose clock stands still, or goes back, for as long as it likes."""
    gathering = Gathering()
    gathering.feed(AccessUnit(0, bytearray(8), True, (), False), 0, 0, 0)
    gathering.feed(AccessUnit(0, bytearray(8), False, (), False), SECOND, 0, 0)
    for number in range(60):
        ticks = SECOND if how == "double" else SECOND - 1 - number
        gathering.feed(AccessUnit(0, bytearray(2 * 2**20), False, (), False), ticks, 0, 0)
        assert gathering.held <= BOUND
    (piece,) = gathering.end()
    assert piece.end > piece.high


def test_a_steady_camera_is_cut_as_one_expects() -> None:
    """25 pictures a second, a key frame every two seconds, two and a half minutes: the plainest of models."""
    sent = [Sent(number * 3600, number % 50 == 0) for number in range(150 * 25)]
    told = gathered(sent, 20 * SECOND)
    (run,) = told.runs
    assert [(piece.low, piece.end) for piece in run] == [(at * 2 * SECOND, (at + 1) * 2 * SECOND) for at in range(75)]
    assert [piece.low // SECOND for piece in run if piece.opens] == [0, 20, 80, 140]
    assert (told.gathering.left_out, told.gathering.cut_without_key) == (0, 0)


def test_without_key_frames_segments_are_cut_all_the_same() -> None:
    told = gathered([Sent(number * 3600, number == 0) for number in range(250 * 25)])
    (run,) = told.runs
    assert [piece.low // SECOND for piece in run if piece.opens] == [0, 106, 212]
    assert told.gathering.cut_without_key == 2


def test_a_segment_whose_first_group_is_open_is_not_longer() -> None:
    """Its first pictures are shown well before its key frame, and footage is missing for ten seconds on both sides."""
    begin = [Sent(0, True), Sent(SECOND, False), Sent(SECOND // 2, False)]
    ticks = [SECOND + step * 5 * SECOND for step in range(1, 13)]
    key = ticks[-1] + HOLE_TICKS
    opened = [Sent(key, True), Sent(ticks[-1] + 1, False)]
    after = [Sent(key + at * HOLE_TICKS, False) for at in range(1, 11)]
    end = [Sent(key + 106 * SECOND - 1, False), Sent(key + 116 * SECOND - 1, False)]
    told = gathered([*begin, *(Sent(at, False) for at in ticks), *opened, *after, *end])
    (run,) = told.runs
    opens = [number for number, piece in enumerate(run) if piece.opens]
    lengths = [run[stop - 1].end - run[start].low for start, stop in pairwise([*opens, len(run)])]
    assert max(lengths) <= LONGEST
    assert told.gathering.left_out == 0
