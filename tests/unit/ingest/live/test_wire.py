"""An RTSP connection's bytes: messages and packets in any mixture, and what is neither."""

import pytest

from ingest.live.wire import MOST_BODY, MOST_HEAD, Message, WireBroken, scan

ANSWER = (
    b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n"
    b'WWW-Authenticate: Basic realm="a"\r\nwww-authenticate: Digest realm="a", nonce="b"\r\n\r\nv=0\r\n'
)
PACKET = b"$\x02\x00\x03abc"


def events(data: bytes) -> tuple[list[Message], list[tuple[int, bytes]], bytes]:
    """Return messages, packets and what is left."""
    messages: list[Message] = []
    packets: list[tuple[int, bytes]] = []
    buffer = bytearray(data)

    def packet(channel: int, begin: int, end: int) -> int:
        packets.append((channel, bytes(buffer[begin:end])))
        return end

    stop = scan(buffer, 0, len(buffer), packet, messages.append)
    return messages, packets, bytes(buffer[stop:])


def test_messages_and_packets_come_in_any_mixture() -> None:
    messages, packets, left = events(PACKET + ANSWER + b"\r\n" + PACKET + b"$\x00\x00")
    (message,) = messages
    assert (message.status, message.sequence, message.body) == (200, 2, b"v=0\r\n")
    assert message.headers["www-authenticate"] == 'Basic realm="a", Digest realm="a", nonce="b"'
    assert packets == [(2, b"abc")] * 2
    assert left == b"$\x00\x00"


def test_a_server_may_ask_too() -> None:
    (message,), _, left = events(b"OPTIONS rtsp://10.0.0.9/live RTSP/1.0\nCSeq: 7\n\n")
    assert (message.method, message.status, message.sequence, left) == ("OPTIONS", None, 7, b"")


def test_an_empty_packet_is_a_packet() -> None:
    assert events(b"$\x00\x00\x00") == ([], [(0, b"")], b"")


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\x01\x02\x03" * 10,
        b"RTSP/1.0 twohundred\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 1e3\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % (MOST_BODY + 1),
        b"RTSP/1.0 200 OK\r\nX: " + b"x" * MOST_HEAD,
        b"GET rtsp://" + b"a" * 3000 + b" RTSP/1.0\r\n\r\n",
    ],
    ids=["http", "noise", "no status", "negative body", "odd length", "huge body", "endless head", "long address"],
)
def test_what_is_no_rtsp_is_refused(data: bytes) -> None:
    with pytest.raises(WireBroken):
        events(data)


def test_lines_that_are_no_headers_are_passed_over() -> None:
    (message,), _, _ = events(b"RTSP/1.0 200 OK\r\n folded\r\nCSeq: 1\r\n\r\n")
    assert message.sequence == 1


@pytest.mark.parametrize("text", ["", "x", "1" * 11, "-1", "1.5"])
def test_a_sequence_that_is_no_number_is_none(text: str) -> None:
    assert Message(200, None, {"cseq": text}).sequence is None
