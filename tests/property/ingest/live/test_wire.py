"""However a connection's bytes are cut, the same comes out; and no bytes at all do any harm."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.live.wire import Message, WireBroken, scan

PIECES = st.one_of(
    st.tuples(st.integers(0, 255), st.binary(max_size=300)).map(
        lambda p: b"$" + bytes([p[0]]) + len(p[1]).to_bytes(2, "big") + p[1]
    ),
    st.binary(max_size=200).map(lambda body: b"RTSP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body),
    st.just(b"ANNOUNCE rtsp://h/x RTSP/1.0\r\nCSeq: 4\r\n\r\n"),
    st.just(b"\r\n"),
)


def read(chunks: list[bytes]) -> list[tuple[object, bytes]]:
    """Read as a connection is read: one buffer, what is left is moved to its front."""
    told: list[tuple[object, bytes]] = []
    buffer = bytearray()

    def packet(channel: int, begin: int, end: int) -> int:
        told.append((f"channel {channel}", bytes(buffer[begin:end])))
        return end

    def message(found: Message) -> None:
        told.append((found.status, found.body))

    for chunk in chunks:
        buffer.extend(chunk)
        del buffer[: scan(buffer, 0, len(buffer), packet, message)]
    assert len(buffer) < 70_000
    return told


@given(st.lists(PIECES, max_size=12), st.lists(st.integers(1, 60), min_size=1, max_size=8))
def test_where_the_bytes_are_cut_does_not_matter(pieces: list[bytes], cuts: list[int]) -> None:
    data = b"".join(pieces)
    chunks, at, turn = [], 0, 0
    while at < len(data):
        chunks.append(data[at : at + cuts[turn % len(cuts)]])
        at, turn = at + cuts[turn % len(cuts)], turn + 1
    assert read(chunks) == read([data])
    assert len(read([data])) == sum(piece != b"\r\n" for piece in pieces)


@settings(max_examples=500)
@given(
    st.binary(max_size=400)
    | st.lists(PIECES, max_size=3).map(b"".join).flatmap(lambda d: st.binary(max_size=9).map(lambda n: n + d))
)
def test_no_bytes_do_any_harm(data: bytes) -> None:
    with suppress(WireBroken):  # any other error would be the defect
        assert len(read([data])) <= len(data)
