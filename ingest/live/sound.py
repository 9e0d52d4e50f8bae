"""Sound out of RTP payloads: AAC as RFC 3640 packs it, and G.711 (RFC 3551), which needs no unpacking. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

AAC_FRAME = 1024
"""Samples of an AAC access unit; the short frames of 960 are refused by their configuration elsewhere."""
_MOST_UNITS = 64


class Unsupported(Exception):
    """The settings ask for what is not spoken here. Stays within `ingest.live`."""


@dataclass(frozen=True)
class AacPacking:
    """How access units are announced (RFC 3640, section 3.2.1 and 4.1): bits for size and index."""

    size_bits: int
    index_bits: int
    delta_bits: int

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> "AacPacking":
        """Read it from fmtp. Raises `Unsupported` for modes in which units are interleaved or carry further fields."""
        mode = settings.get("mode", "").lower()
        if mode not in {"aac-hbr", "aac-lbr"}:
            raise Unsupported(f"mode {mode[:20] or 'none'}")
        names = ("sizelength", "indexlength", "indexdeltalength")
        defaults = ("13", "3", "3") if mode == "aac-hbr" else ("6", "2", "2")
        bits = [settings.get(name, default) for name, default in zip(names, defaults, strict=True)]
        if not all(text.isdecimal() and len(text) < 3 and int(text) <= 32 for text in bits) or int(bits[0]) == 0:
            raise Unsupported(f"lengths {', '.join(bits)[:40]}")
        more = (
            "ctsdeltalength",
            "dtsdeltalength",
            "randomaccessindication",
            "streamstateindication",
            "auxiliarydatasizelength",
        )
        if any(settings.get(name, "0") not in {"", "0"} for name in more):
            raise Unsupported("further fields")
        return cls(int(bits[0]), int(bits[1]), int(bits[2]))

    def units(self, payload: bytes | memoryview) -> list[bytes] | None:
        """Return the access units of a payload, None if it is not built so.

        A unit in several packets, which cameras with their short frames do not send, comes back as None.
        """
        data = bytes(payload)
        if len(data) < 2:
            return None
        bits = int.from_bytes(data[:2], "big")
        begin = 2 + (bits + 7) // 8
        if begin > len(data) or bits > _MOST_UNITS * 48:
            return None
        heads, left = int.from_bytes(data[2:begin], "big") >> (8 * (begin - 2) - bits), bits
        found, at, first = [], begin, True
        while left:
            index_bits = self.index_bits if first else self.delta_bits
            left -= self.size_bits + index_bits
            if left < 0:
                return None
            head = heads >> left & ((1 << self.size_bits + index_bits) - 1)
            size, index = head >> index_bits, head & ((1 << index_bits) - 1)
            if index or size == 0 or at + size > len(data):
                return None
            found.append(data[at : at + size])
            at, first = at + size, False
        return found if at == len(data) and found else None
