"""What is said to cameras, good ones and others."""

import re

import pytest

from ingest.live.description import MediaOffer
from ingest.live.session import Redirected, Refusal, Session, SessionRefused, State
from ingest.live.sign_in import SignIn
from ingest.live.wire import Message

ADDRESS = "rtsp://10.0.0.9/live"
SDP = b"v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:track1\nm=audio 0 RTP/AVP 8\na=control:track2\n"
DIGEST = {"www-authenticate": 'Digest realm="r", nonce="n"'}


def everything(found: list[MediaOffer]) -> list[MediaOffer]:
    return found


def ok(body: bytes = b"", **headers: str) -> Message:
    return Message(200, None, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def failed(status: int, **headers: str) -> Message:
    return Message(status, None, headers)


def session(**more: object) -> Session:
    return Session(ADDRESS, SignIn("admin", "hunter2", "c"), everything, **more)  # type: ignore[arg-type]


def playing() -> Session:
    made = session()
    made.begin()
    made.take(ok(SDP))
    made.take(ok(session="77;timeout=30", transport="RTP/AVP/TCP;unicast;interleaved=0-1"))
    made.take(ok(session="77;timeout=30", transport="RTP/AVP/TCP;unicast;interleaved=2-3"))
    made.take(ok(rtp_info="x"))
    return made


def test_a_usual_camera_is_brought_to_play() -> None:
    made = session()
    assert made.begin().startswith(b"DESCRIBE rtsp://10.0.0.9/live RTSP/1.0\r\nCSeq: 1\r\n")
    setup = made.take(ok(SDP, content_base="rtsp://10.0.0.9/base/"))
    assert setup.startswith(b"SETUP rtsp://10.0.0.9/base/track1 RTSP/1.0\r\nCSeq: 2\r\n")
    assert b"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n" in setup
    second = made.take(ok(session="77;timeout=30", transport="RTP/AVP/TCP;unicast;interleaved=4-5"))
    assert b"Session: 77\r\n" in second
    play = made.take(ok(session="77", transport="RTP/AVP/TCP;unicast;interleaved=6-7"))
    assert play.startswith(b"PLAY rtsp://10.0.0.9/base/ RTSP/1.0\r\nCSeq: 4\r\n")
    assert made.take(ok()) == b""
    assert (made.state, made.timeout_s) == (State.PLAYING, 30)
    assert {channel: offer.kind for channel, offer in made.channels.items()} == {4: "video", 6: "audio"}


def test_it_signs_in_when_asked_and_keeps_doing_so() -> None:
    made = session()
    assert b"Authorization" not in made.begin()
    again = made.take(failed(401, **DIGEST))
    assert again.startswith(b"DESCRIBE")
    assert b'Authorization: Digest username="admin"' in again
    assert b"hunter2" not in again
    assert b"Authorization" in made.take(ok(SDP))


def test_a_wrong_password_is_not_tried_again() -> None:
    made = session()
    made.begin()
    made.take(failed(401, **DIGEST))
    with pytest.raises(SessionRefused) as refused:
        made.take(failed(401, **DIGEST))
    assert (refused.value.reason, refused.value.status) == (Refusal.SIGN_IN, 401)


def test_a_nonce_that_grew_old_while_playing_is_renewed() -> None:
    made = playing()
    made.sign_in = SignIn("admin", "hunter2", "c")
    assert made.keep_alive().startswith(b"GET_PARAMETER")
    assert b"Authorization: Digest" in made.take(failed(401, **DIGEST))


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, Refusal.SIGN_IN),
        (407, Refusal.SIGN_IN),
        (404, Refusal.NOT_FOUND),
        (461, Refusal.TRANSPORT),
        (500, Refusal.FAILED),
    ],
)
def test_a_refusal_has_its_reason(status: int, reason: Refusal) -> None:
    made = session()
    made.begin()
    with pytest.raises(SessionRefused) as refused:
        made.take(failed(status))
    assert refused.value.reason is reason


def test_without_pictures_there_is_nothing_to_set_up() -> None:
    made = session()
    made.begin()
    with pytest.raises(SessionRefused) as refused:
        made.take(ok(b"v=0\n"))
    assert refused.value.reason is Refusal.NO_PICTURES


def test_a_nonce_for_each_refusal_does_not_make_a_wrong_password_right() -> None:
    made = session()
    made.begin()
    assert b"Authorization" in made.take(failed(401, **{"www-authenticate": 'Digest realm="r", nonce="one"'}))
    with pytest.raises(SessionRefused) as refused:
        made.take(failed(401, **{"www-authenticate": 'Digest realm="r", nonce="two"'}))
    assert refused.value.reason is Refusal.SIGN_IN


@pytest.mark.parametrize("transport", ["RTP/AVP;unicast;client_port=5000-5001", "RTP/AVP/UDP"])
def test_a_camera_that_will_not_interleave_is_left_to_the_other_source(transport: str) -> None:
    made = session()
    made.begin()
    made.take(ok(SDP))
    with pytest.raises(SessionRefused) as refused:
        made.take(ok(session="1", transport=transport))
    assert refused.value.reason is Refusal.TRANSPORT


def test_two_streams_in_one_channel_are_refused() -> None:
    made = session()
    made.begin()
    made.take(ok(SDP))
    made.take(ok(session="1", transport="RTP/AVP/TCP;interleaved=0-1"))
    with pytest.raises(SessionRefused):
        made.take(ok(session="1", transport="RTP/AVP/TCP;interleaved=0-1"))


def test_it_goes_where_it_is_sent_but_not_for_ever_and_not_anywhere() -> None:
    made = session()
    made.begin()
    with pytest.raises(Redirected) as sent:
        made.take(failed(302, location="rtsp://user:pass@10.0.0.10:8554/live?x=1"))
    assert sent.value.address == "rtsp://10.0.0.10:8554/live?x=1"
    for redirects, place in ((3, "rtsp://10.0.0.10/live"), (0, "http://10.0.0.10/"), (0, ""), (0, "rtsp://[::1/")):
        made = session(redirects=redirects)
        made.begin()
        with pytest.raises(SessionRefused):
            made.take(failed(302, location=place))


def test_it_keeps_alive_in_the_way_that_the_camera_understands() -> None:
    made = playing()
    first = made.keep_alive()
    assert first.startswith(b"GET_PARAMETER")
    assert b"Session: 77" in first
    made.take(failed(501))
    assert made.keep_alive().startswith(b"OPTIONS")
    assert made.end().startswith(b"TEARDOWN")
    assert made.take(ok()) == b""


def test_an_answer_to_a_keep_alive_of_before_is_passed_over() -> None:
    made = playing()
    made.keep_alive()
    made.keep_alive()
    assert made.take(Message(401, None, {"cseq": "5", **DIGEST})) == b""
    assert made.state is State.PLAYING
    assert made.take(Message(401, None, {"cseq": "6", **DIGEST})).startswith(b"GET_PARAMETER")


def test_nobody_is_answered_before_and_after() -> None:
    made = session()
    assert made.take(ok(SDP)) == b""
    made.end()
    assert made.take(failed(401, **DIGEST)) == b""


@pytest.mark.parametrize("status", [400, 404, 405, 451, 454, 501, 551])
def test_who_does_not_know_get_parameter_is_asked_by_options(status: int) -> None:
    made = playing()
    made.keep_alive()
    made.take(failed(status))
    assert made.keep_alive().startswith(b"OPTIONS rtsp://10.0.0.9/live RTSP/1.0")


def test_a_camera_that_asks_is_answered() -> None:
    made = playing()
    assert made.take(Message(None, "OPTIONS", {"cseq": "9"})) == b"RTSP/1.0 200 OK\r\nCSeq: 9\r\n\r\n"
    assert b"501" in made.take(Message(None, "ANNOUNCE", {"cseq": "10"}))
    assert made.take(Message(None, "ANNOUNCE", {})) == b""


@pytest.mark.parametrize(
    ("told", "kept"), [("77;timeout=0", 5), ("77;timeout=999999", 3600), ("77;timeout=x", 60), ("77", 60)]
)
def test_a_timeout_is_kept_within_reason(told: str, kept: int) -> None:
    made = session()
    made.begin()
    made.take(ok(SDP))
    made.take(ok(session=told))
    assert made.timeout_s == kept


def test_no_description_puts_lines_into_our_requests() -> None:
    made = session()
    made.begin()
    sdp = b"v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:track1\rX-Evil: 1\n"
    requests = [made.take(ok(sdp))]
    assert all(not re.search(rb"\r(?!\n)", request) for request in requests)
    assert b"\r\nX-Evil" not in b"".join(requests)
