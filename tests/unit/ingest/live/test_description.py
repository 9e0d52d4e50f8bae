"""Descriptions as cameras answer them, and as nobody should."""

import base64

import pytest

from ingest.live.description import aggregate, offers, resolved

HIKVISION = b"""v=0\r
o=- 1109162014219182 1109162014219192 IN IP4 10.0.0.9\r
s=Media Presentation\r
e=NONE\r
b=AS:5100\r
t=0 0\r
a=control:rtsp://10.0.0.9:554/Streaming/Channels/101/\r
m=video 0 RTP/AVP 96\r
b=AS:5000\r
a=recvonly\r
a=x-dimensions:1920,1080\r
a=control:rtsp://10.0.0.9:554/Streaming/Channels/101/trackID=1\r
a=rtpmap:96 H264/90000\r
a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets=Z00AKZWoHgCJ+WEAAAMAAQAAAwAyhA==,aO48gA==\r
m=audio 0 RTP/AVP 8\r
a=control:trackID=2\r
m=application 0 RTP/AVP 107\r
a=control:trackID=3\r
"""
H265_AND_AAC = b"""v=0
a=control:*
m=video 0 RTP/AVP 98
a=rtpmap:98 h265/90000
a=fmtp:98 sprop-vps=QAEMAf//; sprop-sps=QgEBAWAA; sprop-pps=not base64!
a=control:stream=0
m=audio 0 RTP/AVP 97
a=rtpmap:97 MPEG4-GENERIC/16000/2
a=fmtp:97 streamtype=5;mode=AAC-hbr;config=1408;sizelength=13;indexlength=3
a=control:/other/stream=1
"""


def test_a_usual_camera() -> None:
    video, sound = offers(HIKVISION, "rtsp://10.0.0.9:554/Streaming/Channels/101")
    assert (video.kind, video.encoding, video.clock_rate, video.payload_type) == ("video", "H264", 90_000, 96)
    assert video.control == "rtsp://10.0.0.9:554/Streaming/Channels/101/trackID=1"
    assert [unit[0] & 31 for unit in video.parameter_sets()] == [7, 8]
    assert (sound.encoding, sound.clock_rate, sound.channels) == ("PCMA", 8000, 1)
    assert sound.control == "rtsp://10.0.0.9:554/Streaming/Channels/101/trackID=2"


def test_h265_and_aac_with_bare_newlines() -> None:
    video, sound = offers(H265_AND_AAC, "rtsp://cam/live")
    assert (video.encoding, video.control) == ("H265", "rtsp://cam/live/stream=0")
    assert video.parameter_sets() == (base64.b64decode("QAEMAf//"), base64.b64decode("QgEBAWAA"))
    assert (sound.channels, sound.settings["config"], sound.settings["mode"]) == (2, "1408", "AAC-hbr")
    assert sound.control == "rtsp://cam/live/other/stream=1"


@pytest.mark.parametrize(
    ("base", "control", "address"),
    [
        ("rtsp://cam/live", "trackID=1", "rtsp://cam/live/trackID=1"),
        ("rtsp://cam/live/", "trackID=1", "rtsp://cam/live/trackID=1"),
        ("rtsp://cam/live?channel=1", "trackID=1", "rtsp://cam/live?channel=1/trackID=1"),
        ("rtsp://cam:8554/live", "rtsp://cam/live/track1", "rtsp://cam/live/track1"),
        ("rtsp://cam/live", "rtsp://192.168.1.1/live/track1?x=2", "rtsp://cam/live/track1?x=2"),
        ("rtsp://cam/live", "http://evil.example/a", "rtsp://cam/a"),
        ("rtsp://cam/live", "rtsp://[::1/a", "rtsp://cam/live"),
    ],
)
def test_streams_are_set_up_on_the_camera_that_was_asked(base: str, control: str, address: str) -> None:
    assert resolved(base, control) == address


@pytest.mark.parametrize(
    ("control", "address"),
    [
        ("", "rtsp://cam/base/"),
        ("a=control:*", "rtsp://cam/base/"),
        ("a=control:", "rtsp://cam/base/"),
        ("a=control:all", "rtsp://cam/base/all"),
        ("a=control:rtsp://cam/whole", "rtsp://cam/whole"),
        ("a=control:rtsp://elsewhere/whole", "rtsp://cam/whole"),
    ],
)
def test_all_streams_together_have_an_address(control: str, address: str) -> None:
    body = f"v=0\r\n{control}\r\nm=video 0 RTP/AVP 96\r\na=control:one\r\n"
    assert aggregate(body.encode(), "rtsp://cam/base/") == address


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"m=",
        b"m=video 0 RTP/AVP",
        b"m=video 0 RTP/AVP x",
        b"m=video 0 RTP/AVP 96\na=rtpmap:96 H264/0\n",
        b"m=video 0 RTP/AVP 96\na=rtpmap:96 H264\n",
        b"\xff\xfe\x00" * 100,
        b"a=control:\nm=video 0 RTP/AVP 96\n" * 3000,
    ],
)
def test_what_does_not_tell_a_coding_offers_nothing(body: bytes) -> None:
    assert offers(body, "rtsp://cam/live") == []
