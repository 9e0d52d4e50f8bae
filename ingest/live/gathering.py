"""Pictures as they come in -> pieces that are written as one fragment each, and where segments and runs begin. Pure.

    waiting for a key frame -> recording -> (a hole, a set clock, other parameter sets) -> waiting ...

A piece ends before a key frame once it is a second long, and after two seconds wherever it is, so that what was recorded is on
the disk soon. It is handed out when the next picture has come: that picture's time is its end.

Where pictures are shown in another order than they are sent, times of a group are known only when the one after the next begins,
so there a piece is a whole group and comes a group later.
"""

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise

from foundation.timebase import MEDIA_TIMESCALE, MICROSECONDS, rescale
from ingest.live.pictures import AccessUnit

LEAST_TICKS = MEDIA_TIMESCALE
PIECE_TICKS = 2 * MEDIA_TIMESCALE
HOLE_TICKS = 10 * MEDIA_TIMESCALE
"""A picture is on display for at most this long; after that, footage is missing."""
SEGMENT_TICKS = 60 * MEDIA_TIMESCALE
LONGEST_TICKS = 106 * MEDIA_TIMESCALE
"""A segment is cut here whatever comes: with the hole and the slewed time that may follow, it stays below 120 s."""
MOST_BYTES = 24 * 2**20
"""Of pictures that wait; more than that is no camera of ours, and the piece goes out as it is."""
_USUAL_TICKS = MEDIA_TIMESCALE // 25
_US_9, _TICKS_9 = 9, 100
"""A microsecond and a tick (100/9 µs) in ninths of a microsecond: so pictures are compared without a rounding for each."""


@dataclass(eq=False)
class Piece:
    """Pictures in the order they were sent. `pts` are ticks of the run, the piece is on display in `[low, end)`.

    `least_us` and `least_ticks` are arrival and media time of the picture that was under way for the shortest time.
    """

    data: list[bytearray] = field(default_factory=list)
    pts: list[int] = field(default_factory=list)
    keys: list[bool] = field(default_factory=list)
    opens: bool = False
    begins_run: bool = False
    end: int = 0
    size: int = 0
    least_us: int = 0
    least_ticks: int = 0
    first_came_us: int = 0  # when its first picture came, by the steady clock
    _least: int = 0

    @property
    def low(self) -> int:
        return min(self.pts)

    @property
    def high(self) -> int:
        return max(self.pts)

    def add(self, unit: AccessUnit, ticks: int, wall_us: int, steady_us: int) -> None:
        late = wall_us * _US_9 - ticks * _TICKS_9
        if late < self._least or not self.pts:
            self._least, self.least_us, self.least_ticks = late, wall_us, ticks
            if not self.pts:
                self.first_came_us = steady_us
        self.data.append(unit.data)
        self.pts.append(ticks)
        self.keys.append(unit.key)
        self.size += len(unit.data)

    @property
    def least_media_us(self) -> int:
        return rescale(self.least_ticks, MICROSECONDS, MEDIA_TIMESCALE)


_NONE: list[Piece] = []


class Gathering:
    """One stream of pictures. `feed` and `end` return pieces that are complete; `broken` then says why a run ended.

    `first_ticks` is how long the first segment of a run is to be, for starts to be spread over cameras; `segment_ticks`
    are the others.
    """

    def __init__(self, first_ticks: int = SEGMENT_TICKS, segment_ticks: int = SEGMENT_TICKS) -> None:
        self._first_ticks, self._segment_ticks = first_ticks, segment_ticks
        self._open: Piece | None = None
        self._ready: deque[Piece] = deque()  # whole groups whose end is not known yet
        self._reordered = False
        self._highest = 0
        self._step = _USUAL_TICKS
        self._segment_low = 0
        self._aim = first_ticks
        self._due = 0
        self.cut_without_key = 0
        """Segments that had to be cut where nothing can be decoded."""
        self.left_out = 0
        """Pictures before the first key frame, and those that came out of all order."""

    @property
    def running(self) -> bool:
        return self._open is not None

    @property
    def held(self) -> int:
        return sum(piece.size for piece in self._ready) + (self._open.size if self._open else 0)

    def feed(self, unit: AccessUnit, ticks: int, wall_us: int, steady_us: int) -> list[Piece]:
        """Take a picture shown at `ticks`, which came at these times. What it completes is returned."""
        if self._open is None:
            if not unit.key:
                self.left_out += 1
                return []
            return self._begin(unit, ticks, wall_us, steady_us)
        if ticks <= self._highest:
            return self._earlier(unit, ticks, wall_us, steady_us)
        if ticks - self._highest <= HOLE_TICKS:
            self._step = ticks - self._highest
        self._highest = ticks
        if not unit.key and ticks < self._due and self._open.size < MOST_BYTES:
            self._open.add(unit, ticks, wall_us, steady_us)
            return _NONE
        done = self._cut(unit.key, ticks)
        self._open.add(unit, ticks, wall_us, steady_us)
        # Before this, only a key frame can begin a piece.
        last = self._segment_low + LONGEST_TICKS
        self._due = last if self._reordered else min(self._open.pts[0] + PIECE_TICKS, last)
        return done

    def hole_before(self, ticks: int) -> bool:
        """Tell whether footage is missing before a picture at `ticks`: the run has to end first."""
        return self._open is not None and ticks - self._highest > HOLE_TICKS

    def end(self) -> list[Piece]:
        """End the run with what there is; the last picture lasts as long as the one before it."""
        if self._open is None:
            return []
        self._ready.append(self._open)
        self._open = None
        done = self._settle(len(self._ready))
        done[-1].end = self._highest + self._last_step(done)
        self._reordered = False
        return done

    def _last_step(self, done: list[Piece]) -> int:
        """Return how long a picture lasts; where they are reordered, the step as they are sent is several of them."""
        shown = sorted(at for piece in done[-2:] for at in piece.pts)
        if not self._reordered or len(shown) < 2:
            return self._step
        return min(after - before for before, after in pairwise(shown))

    def _begin(self, unit: AccessUnit, ticks: int, wall_us: int, steady_us: int) -> list[Piece]:
        self._open = Piece(opens=True, begins_run=True)
        self._open.add(unit, ticks, wall_us, steady_us)
        self._highest, self._segment_low, self._aim = ticks, ticks, self._first_ticks
        self._due = ticks + PIECE_TICKS
        return _NONE

    def _cut(self, key: bool, ticks: int) -> list[Piece]:
        """Begin a new piece before a picture, if one is due."""
        piece = self._open
        assert piece is not None
        long, age = ticks - piece.pts[0], ticks - self._segment_low
        opens = age >= LONGEST_TICKS or (key and age >= self._aim)
        whole = key and (self._reordered or long >= LEAST_TICKS)
        too_long = long >= PIECE_TICKS and not self._reordered
        if not (opens or whole or too_long or piece.size >= MOST_BYTES):
            return []
        if opens:
            self._segment_low, self._aim = ticks, self._segment_ticks
            self.cut_without_key += not key
        self._ready.append(piece)
        self._open = Piece(opens=opens)
        if self._reordered and self._held_back():
            return self._settle(len(self._ready) - 1)
        done = self._settle(len(self._ready))
        done[-1].end = ticks
        return done

    def _held_back(self) -> bool:
        """Groups wait for the next one; but not without bound."""
        return self.held < MOST_BYTES and len(self._ready) < 8

    def _settle(self, count: int) -> list[Piece]:
        """Return the first `count` pieces; where one follows, its first shown picture is the end of the one before."""
        done = [self._ready.popleft() for _ in range(count)]
        rest = [*done, *self._ready]
        for piece, after in pairwise(rest):
            piece.end = after.low
        return done

    def _earlier(self, unit: AccessUnit, ticks: int, wall_us: int, steady_us: int) -> list[Piece]:
        """A picture shown before one that came before it: pictures are reordered, or a time is wrong."""
        piece = self._open
        assert piece is not None
        if piece.size >= MOST_BYTES:
            self.left_out += 1  # times that stand still or go back must not fill memory
            return []
        if ticks == piece.pts[-1]:
            piece.data[-1] += unit.data  # some cameras mark each slice as if it were a picture
            piece.size += len(unit.data)
            return []
        # Leading pictures of an open group are shown before its key frame, but after what came before it.
        floor = self._ready[-1].high if self._ready else piece.pts[0]
        if ticks <= floor or ticks in piece.pts:
            self.left_out += 1
            return []
        self._reordered = True
        if piece.opens:
            self._segment_low = min(self._segment_low, ticks)
        self._due = self._segment_low + LONGEST_TICKS
        piece.add(unit, ticks, wall_us, steady_us)
        return []
