"""What comes from one camera, on its way to the tape: when it was, how it is coded, where runs begin and end.

It lives in the event loop and does no I/O. What it costs for each picture is a few comparisons; everything else is done once for
each piece of a second or two.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import av.error

from foundation.mp4.errors import Mp4Unreadable
from foundation.timebase import MEDIA_TIMESCALE, MICROSECONDS, rescale
from ingest.coding import Coding, coding_from_units
from ingest.index.records import GapReason
from ingest.live.description import MediaOffer
from ingest.live.entries import Observed, RunToken
from ingest.live.gathering import SEGMENT_TICKS, Gathering, Piece
from ingest.live.lanes import Now, kind_of
from ingest.live.observing import ClockWatch
from ingest.live.pictures import AccessUnit, Kind
from ingest.live.rtcp import SenderReport
from ingest.live.rtp import RtpClock
from ingest.live.sounding import Sounding, coding_of_sound
from ingest.live.steady import Steady
from ingest.live.tape import Finish, Tape, Write

log = logging.getLogger(__name__)

BACKLOG_BYTES = 32 * 2**20
"""Of one camera, handed over and not yet written; beyond it the disk does not keep up, and the run ends."""
JITTER_US = 250_000
"""A run that seems to begin so little before the one before ended begins there; times are given as sure to half a second."""
MOST_STREAMS = 16
"""Of a camera; one whose times need more is left alone with that reason, until its footage is over by the clock that counts."""
SETTLE_S = 2.5
"""How long the first pieces of a connection wait to be dated: many cameras begin with a burst of pictures taken before."""
MOST_CHANGES = 120
"""Of coding or clock in a minute; a camera with more of them is left alone for a while, so that others do not wait for it."""
_REMEMBERED, _REMEMBERED_BYTES = 4096, 4096
"""Codings, and how long the parameter sets of one may be in all; those of cameras have a hundred bytes."""
_START = b"\0\0\0\1"
_NEEDED: dict[Kind, frozenset[int]] = {"h264": frozenset({7, 8}), "h265": frozenset({32, 33, 34})}


class Streams:
    """Where footage of a camera goes: a stream never overlaps itself, so what does goes to the next one."""

    def __init__(self, by_ordinal: dict[int, tuple[int, int]]) -> None:
        self._ends = {stream_id: end_us for _, (stream_id, end_us) in sorted(by_ordinal.items())}
        self.spare_wanted = False

    @property
    def first(self) -> int:
        return next(iter(self._ends))

    def add(self, by_ordinal: dict[int, tuple[int, int]]) -> None:
        for _, (stream_id, end_us) in sorted(by_ordinal.items()):
            self._ends.setdefault(stream_id, end_us)
        self.spare_wanted = False

    def allot(self, start_us: int) -> int | None:
        """Return the first stream whose footage has ended by then; None asks for one more."""
        for stream_id, end_us in self._ends.items():
            if end_us <= start_us:
                return stream_id
        self.spare_wanted = len(self._ends) < MOST_STREAMS
        return None

    def __len__(self) -> int:
        return len(self._ends)

    def snapped(self, start_us: int) -> int:
        """Return `start_us`, or the end of the first stream's footage if that is but a little later: that is jitter."""
        end_us = self._ends[self.first]
        return end_us if start_us < end_us <= start_us + JITTER_US else start_us

    def follow(self, before: "Streams") -> None:
        """Begin behind all that was recorded by then."""
        for stream_id, end_us in before._ends.items():  # noqa: SLF001 - of our own kind
            if stream_id in self._ends:
                self.reached(stream_id, end_us)

    def reached(self, stream_id: int, end_us: int) -> None:
        self._ends[stream_id] = max(self._ends[stream_id], end_us)


@dataclass
class Counts:
    """What was taken since the recorder started."""

    pictures: int = 0
    bytes: int = 0
    damaged: int = 0
    last_us: int | None = None
    last_steady_us: int = 0


@dataclass(eq=False)
class _Running:
    token: RunToken
    coding: Coding
    next_us: int  # where the next piece begins on the wall


def _coding(kind: Kind, sets: tuple[bytes, ...], key: bytes) -> Coding | None:
    """Return the coding that these parameter sets describe. `key` is a key frame's first unit: libav wants to see one."""
    try:
        return coding_from_units(kind, b"".join([_START + unit for unit in (*sets, key)]))
    except (av.error.FFmpegError, ValueError, Mp4Unreadable):
        return None


class _SameSets:
    """Key frames differ, codings do not: what libav was asked once, which takes it milliseconds, it is not asked again."""

    def __init__(self) -> None:
        self._known: dict[tuple[Kind, tuple[bytes, ...]], Coding | None] = {}

    def knows(self, kind: Kind, sets: tuple[bytes, ...]) -> bool:
        return (kind, sets) in self._known

    def coding(self, kind: Kind, sets: tuple[bytes, ...], data: bytearray) -> Coding | None:
        if self.knows(kind, sets):
            return self._known[kind, sets]
        found = _coding(kind, sets, _key_unit(kind, data))
        if sum(map(len, sets)) <= _REMEMBERED_BYTES:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[kind, sets] = found
        return found


_CODINGS = _SameSets()


class _Unrest:
    """Counts what costs far more than a picture: a coding looked into, a run begun. A camera may do it now and then."""

    def __init__(self) -> None:
        self._times: deque[int] = deque(maxlen=MOST_CHANGES)

    def too_much(self, steady_us: int) -> bool:
        """Note one, and tell whether they are more than `MOST_CHANGES` in a minute."""
        full = len(self._times) == MOST_CHANGES and steady_us - self._times[0] < 60 * MICROSECONDS
        self._times.append(steady_us)
        return full


def _key_unit(kind: Kind, data: bytearray) -> bytes:
    """Return the first slice of a key frame."""
    at = 0
    while at + 4 < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        number = data[at + 4] & 31 if kind == "h264" else data[at + 4] >> 1 & 63
        if number == 5 if kind == "h264" else 16 <= number <= 21:
            return bytes(data[at + 4 : at + 4 + length])
        at += 4 + length
    return b""


@dataclass
class CameraFacts:
    id: int
    code: str


class Taking:
    """Implements `lanes.Intake`. `tell` takes entries for the ledger; `begun` is told when a run begins."""

    def __init__(
        self,
        camera: CameraFacts,
        streams: Streams,
        tape: Tape,
        tell: Callable[[Observed], None],
        begun: Callable[[int], None],
        first_ticks: int = SEGMENT_TICKS,
        segment_ticks: int = SEGMENT_TICKS,
        settle_s: float = SETTLE_S,
    ) -> None:
        self.counts = Counts()
        self._settle_us = round(settle_s * MICROSECONDS)
        self.codings_left: list[str] = []
        self._camera = camera
        self._streams = streams
        self._tape = tape
        self._tell = tell
        self._begun = begun
        self._gathering = Gathering(first_ticks, segment_ticks)
        self._run: _Running | None = None
        self._coding: Coding | None = None
        self._watch = ClockWatch()
        self._unrest = _Unrest()
        self._cut = 0
        self._skipping = False
        self.last_end_us: int | None = None
        """Where on the wall the last run ended."""
        self.broke: GapReason | None = None
        """Why this connection is of no more use; its owner ends it."""
        self.start()

    def start(self) -> None:
        """Forget what was of the connection before."""
        self._rtp: RtpClock | None = None
        self._steady = Steady()
        self._first_us: int | None = None
        self._unsettled: list[tuple[Piece, Coding]] | None = []
        self._sets: tuple[bytes, ...] = ()
        self._kind: Kind | None = None
        self._sounding: Sounding | None = None
        self.broke = None

    def offered(self, offers: list[MediaOffer]) -> None:
        """Take what the description says of the streams that are set up."""
        for offer in offers:
            if offer.kind == "video":
                self._kind, self._sets = kind_of(offer), offer.parameter_sets()
                self._rtp = RtpClock(MEDIA_TIMESCALE)
            else:
                coding = coding_of_sound(offer)
                self._sounding = None if coding is None else Sounding(offer, coding)

    # What the lanes tell

    def picture(self, unit: AccessUnit, now: Now) -> None:
        if self.broke is not None:
            return
        if unit.damaged or self._rtp is None or self._kind is None:
            self.counts.damaged += 1
            return
        restarts = self._rtp.restarts
        ticks = self._rtp.at(unit.timestamp, now.steady_us)
        if self._rtp.restarts != restarts:
            self.end_run(GapReason.CLOCK_STEP)
        coding = self._coding_of(unit, now.steady_us) if unit.key else self._coding
        if coding is not None:
            self.take(unit, ticks, coding, now)

    def sound(self, packets: list[bytes], timestamp: int, now: Now) -> None:
        if self._sounding is not None and self._gathering.running:
            self._sounding.hear(packets, timestamp, now.wall_us, now.steady_us)

    def reported(self, offer: MediaOffer, report: SenderReport, now: Now) -> None:
        if offer.kind != "video":
            return
        seen = self._watch.report(report.ntp_us, now.wall_us)
        if seen is not None:
            self._tell(Observed(self._camera.id, *seen))

    # What every source comes to

    def take(self, unit: AccessUnit, ticks: int, coding: Coding, now: Now) -> None:
        """Take a whole picture of this coding, shown at `ticks` of the source's own time."""
        if self.broke is not None:
            return
        gathering, counts = self._gathering, self.counts
        if gathering.running and gathering.hole_before(ticks):
            self.end_run(GapReason.STALLED)
        elif coding is not self._coding and gathering.running:
            self.end_run(GapReason.CODEC_CHANGE)
        counts.pictures += 1
        counts.bytes += len(unit.data)
        counts.last_us, counts.last_steady_us = now.wall_us, now.steady_us
        self._coding = coding
        if self._first_us is None:
            self._first_us = now.steady_us
        for piece in gathering.feed(unit, ticks, now.wall_us, now.steady_us):
            if self._unsettled is None:
                self._give(piece, coding)
            else:
                self._unsettled.append((piece, coding))
        if self._unsettled and now.steady_us - self._first_us >= self._settle_us:
            self._settle()

    def end_run(self, reason: GapReason) -> None:
        """Write what there is and end the run. Times go on as they were unless a clock was set."""
        self._settle()
        for piece in self._gathering.end():
            assert self._coding is not None
            self._give(piece, self._coding)
        self._finish(reason)

    def _settle(self) -> None:
        """Date the first pieces by the picture of all of them that was under way for the shortest time."""
        waiting, self._unsettled = self._unsettled, None
        if not waiting:
            return
        best = min((piece for piece, _ in waiting), key=lambda piece: piece.least_us - piece.least_media_us)
        self._steady.wall_us(best.least_media_us, best.least_us)
        for piece, coding in waiting:
            self._give(piece, coding)

    def _finish(self, reason: GapReason) -> None:
        run, self._run = self._run, None
        if run is not None:
            self.last_end_us = run.next_us
            self._tape.put(Finish(run.token, reason))
        if reason is GapReason.CLOCK_STEP:
            self._steady = Steady()
        self._skipping = False

    def lost_tape(self, token: RunToken, reason: GapReason) -> None:
        """The tape can write no more of this run."""
        if self._run is not None and self._run.token is token:
            self.last_end_us, self._run = self._run.next_us, None
            self.broke = reason
            self._gathering.end()

    @property
    def held(self) -> int:
        return self._gathering.held + self._tape.backlog + sum(piece.size for piece, _ in self._unsettled or ())

    def _coding_of(self, unit: AccessUnit, steady_us: int) -> Coding | None:
        """Key frames may bring parameter sets of their own; other ones than before are another coding."""
        assert self._kind is not None
        h264 = self._kind == "h264"
        brought = {one[0] & 31 if h264 else one[0] >> 1 & 63 for one in unit.sets}
        if brought >= _NEEDED[self._kind]:
            self._sets = unit.sets
        if not _CODINGS.knows(self._kind, self._sets) and self._unrest.too_much(steady_us):
            self._leave_alone()
            return None
        return _CODINGS.coding(self._kind, self._sets, unit.data)

    def _leave_alone(self) -> None:
        self.end_run(GapReason.GARBLED)
        self.broke = GapReason.GARBLED

    def _give(self, piece: Piece, coding: Coding) -> None:
        if self.broke is not None:
            return
        wall_us = self._steady.wall_us(piece.least_media_us, piece.least_us)
        if wall_us is None:
            # By now the clock that was set is the one that counts, and what was written by the old one ends here.
            self._finish(GapReason.CLOCK_STEP)
            self._skipping = True
            self._steady.wall_us(piece.least_media_us, piece.least_us)
        if self._skipping and not piece.keys[0]:
            return  # nothing could be decoded of it
        self._skipping = False
        offset_us = self._steady.offset_us
        end_us = rescale(piece.end, MICROSECONDS, MEDIA_TIMESCALE) + offset_us
        run = self._run or self._begin(rescale(piece.low, MICROSECONDS, MEDIA_TIMESCALE) + offset_us, coding)
        if run is None:
            return
        end_us = max(end_us, run.next_us + 1)
        sound = [] if self._sounding is None else self._sounding.give(piece, offset_us)
        heard = None if self._sounding is None else self._sounding.coding
        self._tape.put(Write(run.token, piece, run.coding, heard, sound, run.next_us, end_us))
        run.next_us = end_us
        self._streams.reached(run.token.stream_id, end_us)
        if self._gathering.cut_without_key != self._cut:
            self._cut = self._gathering.cut_without_key
            log.warning("camera %s sends no key frame; its segment was cut all the same", self._camera.code)
        if self._tape.backlog > BACKLOG_BYTES:
            self.end_run(GapReason.OVERLOADED)
            self.broke = GapReason.OVERLOADED

    def _begin(self, start_us: int, coding: Coding) -> _Running | None:
        start_us = self._streams.snapped(start_us)
        stream_id = self._streams.allot(start_us)
        if stream_id is None:
            self.broke = GapReason.CLOCK_STEP
            return None
        token = RunToken(self._camera.id, self._camera.code, stream_id, start_us)
        self._run = _Running(token, coding, start_us)
        self._begun(start_us)
        if self._unrest.too_much(self.counts.last_steady_us):
            self.broke = GapReason.GARBLED  # this piece of it is written, and no more
        return self._run
