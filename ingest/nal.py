"""NAL units of H.264 and H.265 (ITU-T H.264 and H.265, annex B): found, framed by length, sorted. Pure."""

import re
from collections.abc import Iterator

_START = re.compile(rb"\x00\x00\x01")
_PARAMETER_SETS = {"h264": frozenset({7, 8}), "h265": frozenset({32, 33, 34})}


def is_annex_b(data: bytes) -> bool:
    """Tell whether a sample begins with a start code; a length of 1 or 256 and more cannot look like one in practice."""
    return data[:3] == b"\x00\x00\x01" or data[:4] == b"\x00\x00\x00\x01"


def split_annex_b(data: bytes) -> list[bytes]:
    """Return the NAL units between start codes, without trailing zero bytes."""
    starts = [match.end() for match in _START.finditer(data)]
    ends = [*(start - 3 for start in starts), len(data)][1:]
    units = (data[start:end].rstrip(b"\0") for start, end in zip(starts, ends, strict=True))
    return [unit for unit in units if unit]


def split_lengths(data: bytes | bytearray, width: int = 4) -> Iterator[bytes]:
    """Yield the NAL units of a sample whose units begin with their length; stops where the sample is broken."""
    at = 0
    while at + width <= len(data):
        length = int.from_bytes(data[at : at + width], "big")
        at += width
        if not 0 < length <= len(data) - at:
            return
        yield bytes(data[at : at + length])
        at += length


def with_lengths(units: list[bytes]) -> bytes:
    """Return a sample with a four-byte length before each unit (ISO/IEC 14496-15, 5.3.2)."""
    return b"".join(part for unit in units for part in (len(unit).to_bytes(4, "big"), unit))


def parameter_sets(kind: str, units: list[bytes]) -> tuple[bytes, ...]:
    """Return the parameter sets among `units`, in order; `kind` is h264 or h265."""
    wanted = _PARAMETER_SETS[kind]
    return tuple(unit for unit in units if (unit[0] & 31 if kind == "h264" else unit[0] >> 1 & 63) in wanted)


def length_width(kind: str, config: bytes) -> int:
    """Return how many bytes a unit's length takes, as avcC or hvcC says (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1)."""
    at = 4 if kind == "h264" else 21
    return (config[at] & 3) + 1 if len(config) > at else 4


def sets_in_config(kind: str, config: bytes) -> list[bytes]:
    """Return the parameter sets that avcC or hvcC holds; what is cut off is left out."""
    return _of_avcc(config) if kind == "h264" else _of_hvcc(config)


def _of_avcc(config: bytes) -> list[bytes]:
    sets: list[bytes] = []
    at = 5
    for mask in (0x1F, 0xFF):
        count = config[at] & mask if at < len(config) else 0
        at = _take(config, at + 1, count, sets)
    return sets


def _of_hvcc(config: bytes) -> list[bytes]:
    sets: list[bytes] = []
    at = 23
    for _ in range(config[22] if len(config) > 22 else 0):
        at = _take(config, at + 3, int.from_bytes(config[at + 1 : at + 3], "big"), sets)
    return sets


def _take(config: bytes, at: int, count: int, sets: list[bytes]) -> int:
    for _ in range(count):
        length = int.from_bytes(config[at : at + 2], "big")
        if not 0 < length <= len(config) - at - 2:
            return len(config)
        sets.append(config[at + 2 : at + 2 + length])
        at += 2 + length
    return at
