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
_NO_LENGTH = bytes(4)


class AccessUnit(NamedTuple):
    """One picture. `data` has a four-byte length before each NAL unit; `sets` are the parameter sets among them."""

    timestamp: int
    data: bytearray
    key: bool
    sets: tuple[bytes, ...]
    damaged: bool


class GoingOn(NamedTuple):
    """`begins` are the first byte of a payload and the last two of its head, which is `head` bytes long."""

    data: bytearray
    begins: tuple[int, int, int]
    head: int
    room: int


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


_NONE: list[AccessUnit] = []


class Pictures:
    """Puts together what one sender sends. Feed it payloads in order, and the number of packets lost before each."""

    def __init__(self, kind: Kind) -> None:
        self._h264 = kind == "h264"
        self._coding = _CODINGS[kind]
        self._data = bytearray()
        self._open = -1  # where the length of the unit lies that comes in fragments, -1 if none does
        self._middle = (
            0,
            0,
            0,
        )  # how a payload begins that goes on with it: its first byte, and the last two of its head
        self._units = 0
        self._key = False
        self._sets: list[bytes] = []
        self._timestamp: int | None = None
        self._damaged = False
        self.refused = 0
        """Payloads that the format does not allow."""

    @property
    def held(self) -> int:
        """Bytes of the picture that is being put together."""
        return len(self._data)

    def going_on(self) -> "GoingOn | None":
        """Return how the next fragment of the open unit looks if it is not the last; None if no unit is open.

        Most packets are such. Whoever recognises one may append its bytes behind its head to `GoingOn.data` by itself,
        up to `GoingOn.room` of them.
        """
        if self._open < 0:
            return None
        return GoingOn(self._data, self._middle, self._coding.head + 1, MOST_BYTES - len(self._data))

    def ended(self, *, marker: bool) -> list[AccessUnit]:
        """Say that what was appended by itself was the last fragment; return what that completes."""
        at, self._open = self._open, -1
        self._ended(at)
        return self._finish() if marker else _NONE

    def feed(self, payload: bytes | memoryview, timestamp: int, *, marker: bool, lost: int = 0) -> list[AccessUnit]:
        """Return the access units that this payload completes: mostly none or one."""
        done = _NONE
        if lost:
            self._damage()
        if timestamp != self._timestamp:
            if self._timestamp is not None:
                done = self._finish()  # its marker was lost, or the camera sets none
                self._damaged = lost > 0
            self._timestamp = timestamp
        self._take(payload)
        if marker:
            return [*done, *self._finish()] if done else self._finish()
        return done

    def _finish(self) -> list[AccessUnit]:
        if self._open >= 0:
            self._damage()
        timestamp, data, units = self._timestamp, self._data, self._units
        done = _NONE
        if units and timestamp is not None:
            done = [AccessUnit(timestamp, data, self._key, tuple(self._sets), self._damaged)]
            self._data = bytearray()
        else:
            data.clear()
        self._units, self._key, self._damaged, self._timestamp = 0, False, False, None
        if self._sets:
            self._sets = []
        return done

    def _take(self, payload: bytes | memoryview) -> None:
        coding = self._coding
        if len(payload) <= coding.head or len(self._data) + len(payload) > MOST_BYTES:
            self._refuse()
            return
        number = self._number(payload[0])
        if number == coding.part:
            self._piece(payload, coding.head)
        elif number == coding.joined:
            self._several(payload[coding.head :])
        elif number <= coding.whole:
            self._add(payload)
        else:
            self._refuse()  # interleaved modes, which a camera may only use when it was asked to

    def _number(self, first: int) -> int:
        return first & 31 if self._h264 else first >> 1 & 63

    def _add(self, unit: bytes | memoryview) -> None:
        if self._open >= 0:
            self._damage()
        at = len(self._data)
        self._data += _NO_LENGTH
        self._data += unit
        self._ended(at)

    def _ended(self, at: int) -> None:
        data = self._data
        data[at : at + 4] = (len(data) - at - 4).to_bytes(4, "big")
        self._units += 1
        number = self._number(data[at + 4])
        if number in self._coding.keys:
            self._key = True
        elif number in self._coding.sets and len(self._sets) < MOST_SETS:
            self._sets.append(bytes(data[at + 4 :]))

    def _several(self, data: bytes | memoryview) -> None:
        """Aggregation packets: RFC 6184 section 5.7.1, RFC 7798 section 4.4.2."""
        at = 0
        while at + 2 <= len(data):
            length = data[at] << 8 | data[at + 1]
            at += 2
            if not 0 < length <= len(data) - at:
                self._refuse()
                return
            self._add(data[at : at + length])
            at += length

    def _piece(self, payload: bytes | memoryview, head: int) -> None:
        """Fragmentation units: RFC 6184 section 5.8, RFC 7798 section 4.4.3."""
        state = payload[head]
        begins, ends = bool(state & 0x80), bool(state & 0x40)
        if len(payload) <= head + 1 or (begins and ends):
            self._refuse()
            return
        if begins:
            if self._open >= 0:
                self._damage()
            self._begin(payload, head, state)
        elif self._open < 0:
            self._damaged = True  # its beginning was lost
            return
        self._data += payload[head + 1 :]
        if ends:
            at, self._open = self._open, -1
            self._ended(at)

    def _begin(self, payload: bytes | memoryview, head: int, state: int) -> None:
        self._open = len(self._data)
        self._data += _NO_LENGTH
        if self._h264:
            self._data.append((payload[0] & 0xE0) | (state & 31))
        else:
            self._data += bytes([(payload[0] & 0x81) | (state & 63) << 1, payload[1]])
        self._middle = (payload[0], payload[head - 1], state & 0x3F)

    def _refuse(self) -> None:
        self.refused += 1
        self._damage()

    def _damage(self) -> None:
        """Note that the picture is not whole, and drop the unit that is only half there."""
        self._damaged = True
        if self._open >= 0:
            del self._data[self._open :]
            self._open = -1
