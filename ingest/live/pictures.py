"""Access units of H.264 (RFC 6184) and H.265 (RFC 7798) out of RTP payloads. Pure, and bounded by `MOST_BYTES`.

A picture is put together where it will stay: each payload is copied once, from the receive buffer behind what came before,
and the lengths before its NAL units are filled in as they end. A unit that lacks a packet is handed out as damaged and
never patched up: what follows it up to the next key frame leans on what is not there, and it is for the caller to say so.
"""

from typing import Literal, NamedTuple

MOST_BYTES = 16 * 2**20
MOST_SETS = 64
"""Parameter sets of one picture that are told of; cameras send two or three."""
Kind = Literal["h264", "h265"]


class AccessUnit(NamedTuple):
    """One picture. `data` has a four-byte length before each NAL unit; `sets` are the parameter sets among them."""

    timestamp: int
    data: bytearray
    key: bool
    sets: tuple[bytes, ...]
    damaged: bool


class _Coding(NamedTuple):
    """Numbers of NAL unit types: up to `whole` they stand for themselves, then aggregation and fragmentation units."""

    head: int
    whole: int
    joined: int
    part: int
    sets: frozenset[int]
    keys: frozenset[int]  # IDR; in H.265 every random access point (ITU-T H.265, 7.4.2.2)


_CODINGS: dict[Kind, _Coding] = {
    "h264": _Coding(1, 23, 24, 28, frozenset({7, 8}), frozenset({5})),
    "h265": _Coding(2, 47, 48, 49, frozenset({32, 33, 34}), frozenset(range(16, 22))),
}


class Pictures:
    """Puts together what one sender sends. Feed it payloads in order, and the number of packets lost before each.

    Nine packets of ten only go on with a unit. Whoever recognises one by `middle` may append what is behind its head to `data`
    by itself, keeping `held` within `MOST_BYTES`; `begin`, `add`, `end_unit` and `finish` are for the others that are as usual.
    """

    def __init__(self, kind: Kind) -> None:
        self._h264 = kind == "h264"
        self._coding = coding = _CODINGS[kind]
        numbers = [self._number(first) for first in range(256)]
        self._telling = [2 * (number in coding.sets) + (number in coding.keys) for number in numbers]
        self.data = bytearray()
        """The picture that is being put together."""
        self.timestamp: int | None = None
        """Of that picture, None between two."""
        self.middle = -1
        """How the next fragment of the open unit begins if it is not the last: the bytes of its head as one number, -1 if no
        unit is open."""
        self._open = 0  # where the length of the open unit lies
        self._units = 0
        self._key = False
        self._sets: list[bytes] = []
        self._damaged = False
        self.refused = 0
        """Payloads that the format does not allow."""

    @property
    def held(self) -> int:
        """Bytes of the picture that is being put together."""
        return len(self.data)

    def feed(self, payload: bytes | memoryview, timestamp: int, *, marker: bool, lost: int = 0) -> list[AccessUnit]:
        """Return the access units that this payload completes: mostly none or one."""
        done: list[AccessUnit] = []
        if lost:
            self._damage()
        if timestamp != self.timestamp:
            if self.timestamp is not None:
                done += self._finished()  # its marker was lost, or the camera sets none
                self._damaged = lost > 0
            self.timestamp = timestamp
        self._take(payload)
        if marker:
            done += self._finished()
        return done

    def _finished(self) -> list[AccessUnit]:
        unit = self.finish()
        return [] if unit is None else [unit]

    def finish(self) -> AccessUnit | None:
        """Return the picture, as whole as it is; None if there is nothing of it."""
        if self.middle >= 0:
            self._damage()
        timestamp, data = self.timestamp, self.data
        done = None
        if self._units and timestamp is not None:
            done = AccessUnit(timestamp, data, self._key, tuple(self._sets), self._damaged)
            self.data = bytearray()
        else:
            data.clear()
        self._units, self._key, self._damaged, self.timestamp = 0, False, False, None
        if self._sets:
            self._sets = []
        return done

    def _take(self, payload: bytes | memoryview) -> None:
        coding = self._coding
        if len(payload) <= coding.head or len(self.data) + len(payload) > MOST_BYTES:
            self._refuse()
            return
        number = self._number(payload[0])
        if number == coding.part:
            self._piece(payload, coding.head)
        elif number == coding.joined:
            self._several(payload[coding.head :])
        elif number <= coding.whole:
            self.add(payload)
        else:
            self._refuse()  # interleaved modes, which a camera may only use when it was asked to

    def _number(self, first: int) -> int:
        return first & 31 if self._h264 else first >> 1 & 63

    def add(self, unit: bytes | memoryview) -> None:
        """Take a whole NAL unit."""
        if self.middle >= 0:
            self._damage()
        data = self.data
        data += len(unit).to_bytes(4, "big")
        data += unit
        self._note(len(data) - len(unit))

    def _note(self, at: int) -> None:
        """Note which unit lies at `at`."""
        self._units += 1
        telling = self._telling[self.data[at]]
        if telling == 1:
            self._key = True
        elif telling and len(self._sets) < MOST_SETS:
            self._sets.append(bytes(self.data[at:]))

    def _several(self, data: bytes | memoryview) -> None:
        """Aggregation packets: RFC 6184 section 5.7.1, RFC 7798 section 4.4.2."""
        at = 0
        while at + 2 <= len(data):
            length = data[at] << 8 | data[at + 1]
            at += 2
            if not 0 < length <= len(data) - at:
                self._refuse()
                return
            self.add(data[at : at + length])
            at += length

    def _piece(self, payload: bytes | memoryview, head: int) -> None:
        """Fragmentation units: RFC 6184 section 5.8, RFC 7798 section 4.4.3."""
        state = payload[head]
        begins, ends = bool(state & 0x80), bool(state & 0x40)
        if len(payload) <= head + 1 or (begins and ends):
            self._refuse()
            return
        if begins:
            if self.middle >= 0:
                self._damage()
            self.begin(payload[: head + 1])
        elif self.middle < 0:
            self._damaged = True  # its beginning was lost
            return
        self.data += payload[head + 1 :]
        if ends:
            self.end_unit()

    def begin(self, head: bytes | memoryview) -> None:
        """Begin the unit whose first fragment has this head; its bytes are appended to `data`."""
        self._open = len(self.data)
        state = head[-1]
        if self._h264:
            self.data += bytes((0, 0, 0, 0, (head[0] & 0xE0) | (state & 31)))
        else:
            self.data += bytes((0, 0, 0, 0, (head[0] & 0x81) | (state & 63) << 1, head[1]))
        self.middle = int.from_bytes(head, "big") & ~0xC0

    def end_unit(self) -> None:
        """Say that the last fragment of the open unit is appended."""
        at = self._open
        self.data[at : at + 4] = (len(self.data) - at - 4).to_bytes(4, "big")
        self.middle = -1
        self._note(at + 4)

    def _refuse(self) -> None:
        self.refused += 1
        self._damage()

    def _damage(self) -> None:
        """Note that the picture is not whole, and drop the unit that is only half there."""
        self._damaged = True
        if self.middle >= 0:
            del self.data[self._open :]
            self.middle = -1
