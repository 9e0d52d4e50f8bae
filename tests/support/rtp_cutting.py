"""NAL units into RTP payloads as RFC 6184 and RFC 7798 allow: the other direction of `ingest.live.pictures`."""

from typing import Literal

Kind = Literal["h264", "h265"]


def cut(kind: Kind, unit: bytes, size: int) -> list[bytes]:
    """Return a NAL unit as one payload, or as fragmentation units with at most `size` bytes of it each."""
    head = 1 if kind == "h264" else 2
    body = unit[head:]
    if len(body) <= size:
        return [unit]
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    payloads = []
    for number, piece in enumerate(pieces):
        state = (0x80 if number == 0 else 0) | (0x40 if number == len(pieces) - 1 else 0)
        if kind == "h264":
            payloads.append(bytes([(unit[0] & 0xE0) | 28, state | unit[0] & 31]) + piece)
        else:
            payloads.append(bytes([(unit[0] & 0x81) | 49 << 1, unit[1], state | unit[0] >> 1 & 63]) + piece)
    return payloads


def joined(kind: Kind, some: list[bytes]) -> bytes:
    """Return several NAL units as one aggregation packet."""
    head = b"\x78" if kind == "h264" else bytes([48 << 1, 1])
    return head + b"".join(len(unit).to_bytes(2, "big") + unit for unit in some)


def packet(payload: bytes, sequence: int, timestamp: int, *, marker: bool, payload_type: int = 96) -> bytes:
    """Return an RTP packet (RFC 3550, section 5.1)."""
    head = bytes([0x80, (0x80 if marker else 0) | payload_type]) + (sequence & 0xFFFF).to_bytes(2, "big")
    return head + (timestamp & 0xFFFFFFFF).to_bytes(4, "big") + b"CAM1" + payload


def interleaved(channel: int, data: bytes) -> bytes:
    return b"$" + bytes([channel]) + len(data).to_bytes(2, "big") + data
