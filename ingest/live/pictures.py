"""Access units of H.264 (RFC 6184) and H.265 (RFC 7798) out of RTP payloads. Pure, and bounded by `MOST_BYTES`.

A unit that lacks a packet is handed out as damaged and never patched up: what follows it up to the next key frame leans on
what is not there, and it is for the caller to say so.
"""

from typing import Literal, NamedTuple

from ingest import nal

MOST_BYTES = 32 * 2**20
Kind = Literal["h264", "h265"]


class AccessUnit(NamedTuple):
    """One picture. `data` has a four-byte length before each NAL unit; `sets` are the parameter sets among them."""

    timestamp: int
    data: bytes
    key: bool
    sets: tuple[bytes, ...]
    damaged: bool


class Pictures:
    """Puts together what one sender sends. Feed it payloads in order, and the number of packets lost before each."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._units: list[bytes] = []
        self._open: bytearray | None = None
        self._size = 0
        self._timestamp: int | None = None
        self._damaged = False
        self.refused = 0
        """Payloads that the format does not allow."""

    def feed(self, payload: bytes | memoryview, timestamp: int, *, marker: bool, lost: int = 0) -> list[AccessUnit]:
        """Return the access units that this payload completes: mostly none or one."""
        done = []
        if lost:
            self._damaged = True
            self._open = None
        if self._timestamp is not None and timestamp != self._timestamp:
            done += self._finish()  # its marker was lost, or the camera sets none
            self._damaged = lost > 0
        self._timestamp = timestamp
        self._take(bytes(payload))
        if marker:
            done += self._finish()
        return done

    def _finish(self) -> list[AccessUnit]:
        if self._open is not None:
            self._damaged, self._open = True, None
        units, damaged, timestamp = self._units, self._damaged, self._timestamp
        self._units, self._size, self._damaged, self._timestamp = [], 0, False, None
        if not units or timestamp is None:
            return []
        sets = nal.parameter_sets(self._kind, units)
        key = any(_is_key(self._kind, unit) for unit in units)
        return [AccessUnit(timestamp, nal.with_lengths(units), key, sets, damaged)]

    def _take(self, payload: bytes) -> None:
        head = 1 if self._kind == "h264" else 2
        if len(payload) <= head or self._size + len(payload) > MOST_BYTES:
            self._refuse()
            return
        number = payload[0] & 31 if self._kind == "h264" else payload[0] >> 1 & 63
        whole, joined, part = (23, 24, 28) if self._kind == "h264" else (47, 48, 49)
        if number == part:
            self._piece(payload, head)
        elif number == joined:
            self._several(payload[head:])
        elif number <= whole:
            self._add(payload)
        else:
            self._refuse()  # interleaved modes, which a camera may only use when it was asked to

    def _add(self, unit: bytes) -> None:
        if self._open is not None:
            self._damaged, self._open = True, None
        self._units.append(unit)
        self._size += len(unit)

    def _several(self, data: bytes) -> None:
        """Aggregation packets: RFC 6184 section 5.7.1, RFC 7798 section 4.4.2."""
        at = 0
        while at + 2 <= len(data):
            length = int.from_bytes(data[at : at + 2], "big")
            at += 2
            if not 0 < length <= len(data) - at:
                self._refuse()
                return
            self._add(data[at : at + length])
            at += length

    def _piece(self, payload: bytes, head: int) -> None:
        """Fragmentation units: RFC 6184 section 5.8, RFC 7798 section 4.4.3."""
        state = payload[head]
        begins, ends = bool(state & 0x80), bool(state & 0x40)
        if len(payload) <= head + 1 or (begins and ends):
            self._refuse()
            return
        if begins:
            if self._open is not None:
                self._damaged = True
            self._open = bytearray(_whole_head(self._kind, payload))
        if self._open is None:
            self._damaged = True  # its beginning was lost
            return
        self._open += payload[head + 1 :]
        self._size += len(payload)
        if ends:
            unit, self._open = bytes(self._open), None
            self._units.append(unit)

    def _refuse(self) -> None:
        self.refused += 1
        self._damaged, self._open = True, None


def _whole_head(kind: Kind, payload: bytes) -> bytes:
    if kind == "h264":
        return bytes([(payload[0] & 0xE0) | (payload[1] & 31)])
    return bytes([(payload[0] & 0x81) | (payload[2] & 63) << 1, payload[1]])


def _is_key(kind: Kind, unit: bytes) -> bool:
    """Tell whether decoding can begin here: IDR, and in H.265 every random access point (ITU-T H.265, 7.4.2.2)."""
    return unit[0] & 31 == 5 if kind == "h264" else 16 <= unit[0] >> 1 & 63 <= 21
