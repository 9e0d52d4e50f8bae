"""What a camera may put on the wire once it plays, and the receive path that has to bear it: for the property test and the fuzzer."""

import asyncio
import socket
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st

from foundation.clock import ManualClock
from ingest.index.records import GapReason
from ingest.live.connection import BUFFER_BYTES, Connection
from ingest.live.description import MediaOffer
from ingest.live.lanes import PictureLane, choose
from ingest.live.pictures import MOST_BYTES
from ingest.live.session import Session, State
from sample_clips.live_packets import sender_report
from tests.support.live_pictures import coded, marked
from tests.support.plain_desk import Studio
from tests.support.rtp_cutting import cut, interleaved, joined, packet

BEGIN_US = 1_772_892_000_000_000
DESCRIPTION = (
    b"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:v\r\n"
    b"m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=control:a\r\n"
)
HELD = 64 * 2**20
Heard = list[tuple[bytes, int]]
"""Bytes, and how many microseconds pass before them."""

_TIMES = st.sampled_from([0, 1, 9000, 90_000, 900_001, 2**31, 2**32 - 1]) | st.integers(0, 2**32 - 1)
_NUMBERS = st.integers(0, 2**16 - 1)
_HEADS = st.sampled_from(
    [b"\x7c\x85", b"\x7c\x05", b"\x7c\x45", b"\x7c\xc5", b"\x78\x00", b"\x61", b"\x65", b"\x67", b"\x80"]
)


@st.composite
def _pictures(draw: st.DrawFn) -> bytes:
    """Draw pictures that can be decoded, in packets of some size, at times that make sense or do not."""
    begin, number = draw(st.integers(0, 39)), draw(_NUMBERS)
    timestamp, step = draw(_TIMES), draw(st.sampled_from([0, 9000, 90_000, -9000, 2**30]))
    width = draw(st.sampled_from([640, 640, 800]))
    size, together = draw(st.sampled_from([100, 1400, 60_000])), draw(st.booleans())
    data = b""
    for at in range(draw(st.integers(1, 25))):
        units = marked(1, begin + at, width)
        small = together and sum(map(len, units)) < 60_000
        payloads = [joined("h264", units)] if small else [part for unit in units for part in cut("h264", unit, size)]
        for place, payload in enumerate(payloads):
            marker = place == len(payloads) - 1
            data += interleaved(0, packet(payload, number, timestamp & 0xFFFF_FFFF, marker=marker))
            number += 1
        timestamp += step
    return data


_PACKETS = st.builds(
    lambda channel, head, body, number, timestamp, marker, kind: interleaved(
        channel, packet(head + body, number, timestamp, marker=marker, payload_type=kind)
    ),
    st.sampled_from([0, 0, 0, 2, 9]),
    _HEADS,
    st.binary(max_size=300),
    _NUMBERS,
    _TIMES,
    st.booleans(),
    st.sampled_from([96, 96, 8, 127]),
)
_MESSAGES = st.sampled_from(
    [
        b"RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n",
        b"RTSP/1.0 401 Unauthorized\r\nCSeq: 3\r\n\r\n",
        b"RTSP/1.0 302 Moved\r\nCSeq: 3\r\nLocation: rtsp://[\r\n\r\n",
        b"RTSP/1.0 454 Session Not Found\r\n\r\n",
        b"OPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 20\r\n\r\n",
        b"ANNOUNCE rtsp://h/x RTSP/1.0\r\nCSeq: x\r\n\r\n",
    ]
)
_REPORTS = st.builds(
    lambda at, timestamp, junk: sender_report(1, BEGIN_US + at, timestamp, 1, 1, "camera") + interleaved(1, junk),
    st.integers(-(10**14), 10**14),
    _TIMES,
    st.binary(max_size=60),
)
_PIECES = _pictures() | _PACKETS | _MESSAGES | _REPORTS | st.binary(max_size=60) | st.just(b"\r\n")


@st.composite
def received(draw: st.DrawFn) -> Heard:
    """Draw what comes, cut anywhere, with pauses between."""
    data = b"".join(draw(st.lists(_PIECES, min_size=1, max_size=12)))
    spoilt = bytearray(data)
    for at in draw(st.lists(st.integers(0, max(0, len(data) - 1)), max_size=3)):
        spoilt[at:at] = draw(st.binary(max_size=3))
    sizes = draw(st.lists(st.integers(1, 5000) | st.integers(1, 20), min_size=1, max_size=10))
    pauses = draw(st.lists(st.sampled_from([0, 0, 40_000, 2_000_000, 12_000_000]), min_size=1, max_size=7))
    heard, at, turn = [], 0, 0
    while at < len(spoilt):
        size = sizes[turn % len(sizes)]
        heard.append((bytes(spoilt[at : at + size]), pauses[turn % len(pauses)]))
        at, turn = at + size, turn + 1
    return heard


def examine(heard: Heard) -> str:
    """Let the receive path have it; return how that ended. Any exception is a defect."""
    coded("h264")
    with TemporaryDirectory() as folder:
        studio = Studio.at(Path(folder))
        try:
            ended = asyncio.run(_received(heard, studio))
        finally:
            studio.taking.end_run(GapReason.STOPPED)
            studio.close()
        assert studio.failed == []
        assert studio.taking.held == 0
        return f"{ended}, {'some of it' if studio.desk.shipped else 'nothing'} recorded"


async def _received(heard: Heard, studio: Studio) -> str:
    clock = ManualClock(BEGIN_US)
    ours, theirs = socket.socketpair()
    with theirs:

        def chosen(offers: list[MediaOffer]) -> list[MediaOffer]:
            found = choose(offers, sound=True).offers
            studio.taking.offered(found)
            return found

        session = Session("rtsp://127.0.0.1/live", None, chosen)
        connection = Connection(session, studio.taking, clock)
        transport, _ = await asyncio.get_running_loop().create_connection(lambda: connection, sock=ours)
        for answer in (
            b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: %d\r\n\r\n%s" % (len(DESCRIPTION), DESCRIPTION),
            b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nSession: 1\r\n\r\n",
            b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 1\r\n\r\n",
            b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 1\r\n\r\n",
        ):
            _give(connection, answer)
        assert session.state is State.PLAYING
        for data, pause_us in heard:
            clock.advance(pause_us)
            _give(connection, data)
            _bounded(connection, studio)
            if connection.ended.done():
                break
        ended = "goes on" if not connection.ended.done() else str(connection.ended.result()[0])
        connection.stop()
        transport.abort()
        await asyncio.sleep(0)
        return ended


def _give(connection: Connection, data: bytes) -> None:
    """Hand bytes over as the event loop does, as many as fit at once."""
    at = 0
    while at < len(data) and not connection.ended.done():
        view = connection.get_buffer(-1)
        count = min(len(view), len(data) - at)
        assert count, "a buffer without room"
        view[:count] = data[at : at + count]
        connection.buffer_updated(count)
        at += count


def _bounded(connection: Connection, studio: Studio) -> None:
    assert len(connection._buffer) == BUFFER_BYTES
    for lane in connection._lanes.values():
        assert not isinstance(lane, PictureLane) or lane.held <= MOST_BYTES
    assert studio.taking.held <= HELD
