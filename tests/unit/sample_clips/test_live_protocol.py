"""What a live camera makes of requests: sign-in as our receiver does it, and anything else that may come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.live.sign_in import SignIn
from sample_clips import live_protocol
from sample_clips.live_protocol import Keeper, NotRtsp, Request, take

KEEPER = Keeper("admin", "mật khẩu")
URI = "rtsp://127.0.0.1:8554/camera/12"


def signed(password: str, offer: str) -> Request:
    client = SignIn("admin", password, "0a4f113b")
    assert client.take(offer)
    return Request("DESCRIBE", URI, {"authorization": client.header("DESCRIBE", URI) or ""})


@pytest.mark.parametrize("more", ["", ', qop="auth"', ", algorithm=MD5"])
def test_only_who_knows_the_password_comes_in(more: str) -> None:
    offer = f'Digest realm="{live_protocol.REALM}", nonce="ab12"{more}'
    assert KEEPER.lets_in(signed("mật khẩu", offer), "ab12")
    assert not KEEPER.lets_in(signed("mat khau", offer), "ab12")
    assert not KEEPER.lets_in(signed("mật khẩu", offer), "ab13")
    assert not KEEPER.lets_in(Request("DESCRIBE", URI, {}), "ab12")
    assert not KEEPER.lets_in(Request("DESCRIBE", URI, {"authorization": "Basic YWRtaW46eA=="}), "ab12")


def test_requests_come_in_pieces_and_between_reports() -> None:
    request = b"SETUP rtsp://h/camera/3/video RTSP/1.0\r\nCSeq: 4\r\nSession: 1\r\nContent-Length: 2\r\n\r\nab"
    sent = b"$\x01\x00\x03abc" + request + b"$\x01\x00\x01a" + b"\r\n" + request
    for size in (1, 7, len(sent)):
        buffer, found = bytearray(), []
        for at in range(0, len(sent), size):
            buffer += sent[at : at + size]
            while (one := take(buffer)) is not None:
                found.append(one)
        assert [(one.method, one.camera, one.headers["cseq"]) for one in found] == [("SETUP", 3, "4")] * 2
        assert not buffer


@pytest.mark.parametrize(
    ("uri", "camera"),
    [
        (URI, 12),
        (URI + "/", 12),
        (URI + "/video", 12),
        ("*", None),
        (URI + "/sound", None),
        ("rtsp://h/cameras/1", None),
    ],
)
def test_addresses_of_cameras(uri: str, camera: int | None) -> None:
    assert Request("PLAY", uri, {}).camera == camera


@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from([b"PLAY ", b"\r\n", b"\r\n\r\n", b" RTSP/1.0", b"$", b"x:y"])).map(b"".join)
)
def test_anything_is_a_request_or_awaited_or_refused(data: bytes) -> None:
    buffer = bytearray(data)
    try:
        while take(buffer) is not None:
            pass
    except NotRtsp:
        pass
    assert len(buffer) <= len(data)


def test_a_request_without_end_is_refused() -> None:
    with pytest.raises(NotRtsp):
        take(bytearray(b"OPTIONS * RTSP/1.0\r\n" + b"a: b\r\n" * 20_000))


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=4-5", True),
        ("RTP/AVP;unicast;client_port=5000-5001,RTP/AVP/TCP;interleaved=0-1", True),
        ("RTP/AVP;unicast;client_port=5000-5001", False),
        ("", False),
    ],
)
def test_only_interleaved_packets_are_agreed_to(offered: str, taken: bool) -> None:
    assert (live_protocol.transport(Request("SETUP", URI, {"transport": offered})) is not None) == taken
