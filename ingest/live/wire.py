"""The bytes of an RTSP 1.0 connection (RFC 2326): messages and interleaved packets (section 10.12), found in place. Pure.

Whoever reads the connection keeps one buffer and calls `scan` after each read. Packets are told as offsets into that
buffer and are not copied; messages, which are rare, are. What no length allows is refused before anything is kept.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MOST_HEAD = 16 * 1024
MOST_BODY = 256 * 1024
MOST_PACKET = 4 + 0xFFFF

_DOLLAR = 0x24
_BLANK = (0x0D, 0x0A)
_STATUS = re.compile(rb"RTSP/1\.\d (\d{3}) ?([^\r\n]{0,200})")
_REQUEST = re.compile(rb"([A-Z_]{1,32}) (\S{1,2000}) RTSP/1\.\d")
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class WireBroken(Exception):
    """What came is not RTSP; the connection is of no more use. Stays within `ingest.live`."""


@dataclass(frozen=True)
class Message:
    """A response (`status` is set) or a request of the server (`method` is set). Names of headers are in lower case.

    A header that comes twice is joined with `, `, as RFC 2326 section 4.2 allows, except that challenges keep their order.
    """

    status: int | None
    method: str | None
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def sequence(self) -> int | None:
        text = self.headers.get("cseq", "").strip()
        return int(text) if text.isdecimal() and len(text) < 10 else None


def scan(
    buffer: bytearray | memoryview,
    begin: int,
    end: int,
    packet: Callable[[int, int, int], int],
    message: Callable[[Message], None],
) -> int:
    """Tell all that lies whole in `buffer[begin:end]`; return where the first that does not begins.

    `packet` is called with channel, begin and end of its bytes, and returns where to go on: it may have taken packets that
    follow. `message` is called with each message. Raises `WireBroken`.
    """
    while begin < end:
        first = buffer[begin]
        if first == _DOLLAR:
            if end - begin < 4:
                break
            stop = begin + 4 + (buffer[begin + 2] << 8 | buffer[begin + 3])
            if stop > end:
                break
            begin = packet(buffer[begin + 1], begin + 4, stop)
        elif first in _BLANK:
            begin += 1
        else:
            after = _message(buffer, begin, end, message)
            if after is None:
                break
            begin = after
    return begin


def _message(buffer: bytearray | memoryview, begin: int, end: int, message: Callable[[Message], None]) -> int | None:
    head = bytes(buffer[begin : min(end, begin + MOST_HEAD)])
    found = _HEAD_END.search(head)
    if found is None:
        if len(head) >= MOST_HEAD:
            raise WireBroken(f"a head of more than {MOST_HEAD} bytes")
        if len(head) >= 16 and not _could_begin(head):
            raise WireBroken(f"neither a message nor a packet: {head[:16]!r}")
        return None
    status, method, headers = _head(head[: found.start()])
    length = headers.get("content-length", "0").strip()
    if not length.isdecimal() or len(length) > 9 or int(length) > MOST_BODY:
        raise WireBroken(f"a body of {length[:20]!r} bytes")
    body_at = begin + found.end()
    stop = body_at + int(length)
    if stop > end:
        return None
    message(Message(status, method, headers, bytes(buffer[body_at:stop])))
    return stop


def _could_begin(head: bytes) -> bool:
    return head.startswith(b"RTSP/1.") or re.match(rb"[A-Z_]{3,32} ", head) is not None


def _head(head: bytes) -> tuple[int | None, str | None, dict[str, str]]:
    lines = re.split(rb"\r?\n", head)
    status, request = _STATUS.match(lines[0]), _REQUEST.fullmatch(lines[0].strip())
    if status is None and request is None:
        raise WireBroken(f"neither a response nor a request: {lines[0][:60]!r}")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            continue  # folded and stray lines: cameras send them, and none that we need is among them
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return (
        int(status[1]) if status else None,
        request[1].decode("ascii") if request else None,
        headers,
    )
