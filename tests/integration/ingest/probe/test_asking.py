"""Cameras and recorders on real sockets: a picture where there is one, and the true reason where there is none."""

import asyncio
import base64
import logging
import socket
from collections.abc import AsyncIterator, Callable
from ipaddress import ip_network

import cv2
import numpy as np
import pytest

from foundation.clock import ManualClock, SystemClock
from ingest.probe.outcomes import Answer, Found, Wanted
from ingest.probe.prober import Bounds, Prober
from tests.support.camera_thread import cameras_in_thread, other_service
from tests.support.live_pictures import coded
from tests.support.onvif_device import OnvifDevice, Profile, onvif
from tests.support.rtp_cutting import Kind
from tests.support.rtsp_camera import Camera, Picture

LOOPBACK = (ip_network("127.0.0.0/8"),)
PASSWORD = "Mật khẩu: bí-mật"


def prober(*, ports: tuple[int, ...] = (), key_frame_s: float = 3, networks: tuple[object, ...] = LOOPBACK) -> Prober:
    bounds = Bounds(key_frame_s=key_frame_s, onvif_ports=ports)
    return Prober(networks, SystemClock(), bounds=bounds)  # type: ignore[arg-type]


def pictures(kind: Kind = "h264", begin: int = 0) -> list[Picture]:
    return [(at * 9000, units) for at, units in enumerate(coded(kind)[begin : begin + 15])]


def ask(camera: Camera, user: str | None = None, password: str | None = None, **options: object) -> Answer:
    with cameras_in_thread(camera):
        return prober(**options).ask("head", Wanted(camera.address, user, password))  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "name"), [("h264", "H.264"), ("h265", "H.265")])
def test_the_first_whole_picture_is_shown(kind: Kind, name: str) -> None:
    camera = Camera(pictures(kind, begin=3), kind=kind, password=PASSWORD)  # begins in the middle of a group
    answer = ask(camera, "admin", PASSWORD)
    assert (answer.found, answer.coding, answer.width, answer.height) == (Found.ANSWERS, name, 640, 360)
    assert answer.address == camera.address
    shown = cv2.imdecode(np.frombuffer(answer.picture, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (360, 640, 3)
    assert shown.std() > 10
    assert camera.requests[-1] == "TEARDOWN"  # some cameras let only a few watch


async def basic(camera: Camera, _writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    number = camera.texts[-1].partition("CSeq: ")[2].split("\r\n")[0]
    yield f'RTSP/1.0 401 Unauthorized\r\nCSeq: {number}\r\nWWW-Authenticate: Basic realm="cam"\r\n\r\n'.encode()


async def guarded(camera: Camera, writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    told = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
    if f"Authorization: Basic {told}\r\n" in camera.texts[-1]:
        number = camera.texts[-1].partition("CSeq: ")[2].split("\r\n")[0]
        yield camera._answer("DESCRIBE", camera.texts[-1], number, None)
    else:
        async for part in basic(camera, writer):
            yield part


def test_the_old_way_of_signing_in_is_spoken_too() -> None:
    assert ask(Camera(pictures(), answers={"DESCRIBE": guarded}), "admin", PASSWORD).found is Found.ANSWERS


JPEG = "v=0\r\nm=video 0 RTP/AVP 26\r\na=control:track1\r\n"
ODD = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 X-SECRET/90000\r\na=control:track1\r\n"
SOUND = "v=0\r\nm=audio 0 RTP/AVP 8\r\na=control:track1\r\n"


@pytest.mark.parametrize(
    ("camera", "found"),
    [
        (Camera(pictures(), password="another"), Found.SIGN_IN),
        (Camera(answers={"DESCRIBE": basic}), Found.SIGN_IN),
        (Camera(answers={"DESCRIBE": "404 Not Found"}), Found.NO_PATH),
        (Camera(answers={"DESCRIBE": "500 Internal Error <script>"}), Found.BROKE),
        (Camera(description=JPEG), Found.CODING),
        (Camera(description=ODD), Found.CODING),
        (Camera(description=SOUND), Found.NO_PICTURES),
        (Camera(answers={"SETUP": "461 Unsupported Transport"}), Found.UDP_ONLY),
        (Camera(pictures(begin=1)[:8]), Found.NO_KEY_FRAME),
        (Camera(), Found.NO_KEY_FRAME),
        (Camera(answers={"DESCRIBE": "302 Moved\r\nLocation: rtsp://169.254.169.254/latest"}), Found.NOT_ALLOWED),
        (Camera(answers={"DESCRIBE": "302 Moved\r\nLocation: rtsp://127.0.0.1:22/"}), Found.NOT_ALLOWED),
        (Camera(answers={"DESCRIBE": "302 Moved\r\nLocation: rtsp://127.0.0.1:99999/"}), Found.BROKE),
        (Camera(answers={"DESCRIBE": "302 Moved\r\nLocation: rtsp://[::1/"}), Found.BROKE),
        (Camera([(0, [b"\x67garbage", b"\x68more", b"\x65" + bytes(500)])]), Found.UNREADABLE),
    ],
    ids=lambda value: str(value) if isinstance(value, Found) else "",
)
def test_why_there_is_no_picture(camera: Camera, found: Found, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = ask(camera, "admin", PASSWORD, key_frame_s=1.0)
    assert answer.found is found
    assert answer.picture == b""
    assert answer.coding in {"", "MJPEG"}  # never in the words of the other side
    assert PASSWORD not in caplog.text
    assert PASSWORD not in repr(answer)


def test_the_password_stays_with_the_host_it_was_typed_for() -> None:
    other = Camera(pictures(), password=PASSWORD, host="127.0.0.2")
    with cameras_in_thread(other):
        moved = f"302 Moved\r\nLocation: {other.address}"
        assert ask(Camera(answers={"DESCRIBE": moved}), "admin", PASSWORD).found is Found.SIGN_IN
    assert other.connections == 1
    assert not any("Authorization" in text for text in other.texts)


def test_who_is_not_there(free_port: int) -> None:
    assert prober().ask("head", Wanted(f"rtsp://127.0.0.1:{free_port}/")).found is Found.CLOSED
    assert prober().ask("head", Wanted("rtsp://no-such-camera.invalid/")).found is Found.NO_NAME
    assert prober(ports=(free_port,)).ask("head", Wanted("http://127.0.0.1")).found is Found.ONVIF_OFF
    assert prober().ask("head", Wanted(f"http://127.0.0.1:{free_port}")).found is Found.CLOSED


@pytest.mark.parametrize("says", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n" * 3])
def test_what_speaks_something_else(says: bytes) -> None:
    with other_service(says) as port:
        assert prober(key_frame_s=0.5).ask("head", Wanted(f"rtsp://127.0.0.1:{port}/")).found is Found.NOT_RTSP


def test_nothing_is_sent_to_what_may_not_be_asked() -> None:
    camera = Camera(pictures())
    with cameras_in_thread(camera):
        usual = prober(networks=(ip_network("10.0.0.0/8"), ip_network("0.0.0.0/0")))
        for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "[::1]"):
            for scheme in ("rtsp", "http"):
                wanted = Wanted(f"{scheme}://{host}:{camera.port}/")
                assert usual.ask(f"{host} {scheme}", wanted).found in {Found.NOT_ALLOWED, Found.NO_NAME}, host
    assert camera.connections == 0


@pytest.mark.parametrize("media", [1, 2])
@pytest.mark.parametrize("off_s", [0.0, 7 * 3600.0, -9 * 86_400.0])
def test_a_host_leads_to_its_stream_whatever_its_clock_says(media: int, off_s: float) -> None:
    camera = Camera(pictures(), password=PASSWORD)
    with cameras_in_thread(camera):
        inside = f"rtsp://admin:x@10.9.8.7:{camera.port}/live"  # as a device behind another one tells it
        best = Profile("p&1", "lens", inside, width=640)
        device = OnvifDevice([Profile("p2", "lens", "rtsp://h/", width=320), best], PASSWORD, off_s, media=media)
        with onvif(device):
            answer = prober(ports=(device.port,)).ask("head", Wanted("http://127.0.0.1", "admin", PASSWORD))
    assert answer.found is Found.ANSWERS
    assert answer.address == camera.address
    assert answer.clock_off_us is not None
    assert abs(answer.clock_off_us / 1e6 - off_s) < 5
    assert not any(PASSWORD.encode() in body for body in device.bodies)


def channels_of(port: int) -> list[Profile]:
    return [
        Profile("m1", "1", f"rtsp://127.0.0.1:{port}/live", "Cổng <b>", "H264", 1920, 1080),
        Profile("s1", "1", "rtsp://127.0.0.1:1/", "sub", "H264", 320, 180),
        Profile("m2", "2", f"rtsp://127.0.0.1:{port}/live", "Sân\n", "H265", 2560, 1440),
    ]


def test_a_recorder_lets_one_choose() -> None:
    camera = Camera(pictures())
    with cameras_in_thread(camera):
        device = OnvifDevice(channels_of(camera.port), PASSWORD, services=False)
        with onvif(device):
            asked = prober(ports=(device.port,))
            wanted = Wanted("http://127.0.0.1", "admin", PASSWORD)
            answer = asked.ask("head", wanted)
            assert answer.found is Found.CHANNELS
            assert [(one.token, one.name, one.coding, one.width) for one in answer.channels] == [
                ("m1", "Cổng <b>", "H.264", 1920),
                ("m2", "Sân", "H.265", 2560),
            ]
            chosen = Wanted(wanted.address, "admin", PASSWORD, channel="m2")
            assert asked.ask("head", chosen).found is Found.ANSWERS


def test_a_web_server_that_asks_first_is_signed_in_to_as_well() -> None:
    camera = Camera(pictures(), password="bimat")
    with cameras_in_thread(camera):
        device = OnvifDevice([Profile("p", "1", camera.address)], "bimat", web_sign_in=True)
        with onvif(device):
            asked = prober(ports=(device.port,))
            assert asked.ask("head", Wanted("http://127.0.0.1", "admin", "bimat")).found is Found.ANSWERS
            assert asked.ask("other", Wanted("http://127.0.0.1", "admin", "wrong")).found is Found.SIGN_IN


def test_one_that_tells_its_time_to_those_alone_who_sign_in() -> None:
    """As ipycam 1.3 does, which was asked by hand."""
    camera = Camera(pictures())
    with cameras_in_thread(camera):
        device = OnvifDevice([Profile("p", "1", camera.address)], PASSWORD, off_s=60, time_for_all=False)
        with onvif(device):
            asked = prober(ports=(device.port,))
            answer = asked.ask("head", Wanted("http://127.0.0.1", "admin", PASSWORD))
            assert asked.ask("other", Wanted("http://127.0.0.1")).found is Found.SIGN_IN
    assert answer.found is Found.ANSWERS
    assert answer.clock_off_us is not None
    assert 55 < answer.clock_off_us / 1e6 < 65


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><e:Envelope xmlns:e="x"><e:Body>&b;</e:Body></e:Envelope>'


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda device: setattr(device, "password", "another"), Found.SIGN_IN),
        (lambda device: device.answers.update(GetSystemDateAndTime=b"<html>router</html>"), Found.ONVIF_OFF),
        (lambda device: device.answers.update(GetServices=BOMB), Found.ONVIF_OFF),
        (lambda device: device.answers.update(GetProfiles=b"x" * 600_000), Found.ONVIF_OFF),
        (lambda device: device.profiles.clear(), Found.NO_PICTURES),
        (lambda device: setattr(device, "address_it_tells", "file:///etc"), Found.ONVIF_OFF),
        (lambda device: device.profiles.__setitem__(0, Profile("p", "1", "file:///etc/passwd")), Found.BROKE),
        (lambda device: device.profiles.__setitem__(0, Profile("p", "1", "rtsp://h:6379/")), Found.NOT_ALLOWED),
        (lambda device: device.profiles.__setitem__(0, Profile("p", "1", "rtsp://h:1/")), Found.NOT_ALLOWED),
    ],
)
def test_why_a_host_leads_nowhere(change: Callable[[OnvifDevice], None], found: Found) -> None:
    device = OnvifDevice([Profile("p", "1", "rtsp://10.9.8.7/live")], PASSWORD)
    change(device)
    with onvif(device):
        answer = prober(ports=(device.port,)).ask("head", Wanted("http://127.0.0.1", "admin", PASSWORD))
    assert answer.found is found


LAST = (
    b'<e:Envelope xmlns:e="x"><e:Body><GetSystemDateAndTimeResponse><UTCDateTime>'
    b"<Time><Hour>23</Hour><Minute>59</Minute><Second>59</Second></Time>"
    b"<Date><Year>9999</Year><Month>12</Month><Day>31</Day></Date></UTCDateTime>"
    b"</GetSystemDateAndTimeResponse></e:Body></e:Envelope>"
)


def test_what_nobody_thought_of_is_an_outcome_too(caplog: pytest.LogCaptureFixture) -> None:
    """Here a clock past the last year that can be written, ours at that."""
    asked = Prober(LOOPBACK, ManualClock(300_000_000_000 * 10**6), bounds=Bounds())
    with onvif(OnvifDevice(answers={"GetSystemDateAndTime": LAST})) as device:
        answer = asked.ask("head", Wanted(f"http://127.0.0.1:{device.port}", "admin", PASSWORD))
    assert answer == Answer(Found.BROKE, f"http://127.0.0.1:{device.port}")
    assert "ValueError at " in caplog.text


def test_a_clock_at_the_end_of_time_is_none() -> None:
    device = OnvifDevice([Profile("p", "1", "rtsp://h:1/")], PASSWORD, answers={"GetSystemDateAndTime": LAST})
    with onvif(device):
        answer = prober().ask("head", Wanted(f"http://127.0.0.1:{device.port}", "admin", PASSWORD))
    assert (answer.found, answer.clock_off_us) == (Found.NOT_ALLOWED, None)
    assert device.asked[-1] == "GetStreamUri"


def test_a_device_leads_us_to_no_other_machine() -> None:
    device, other = OnvifDevice(password=PASSWORD), OnvifDevice(password=PASSWORD)
    with onvif(device), onvif(other):
        for tells in (f"http:@127.0.0.1:{other.port}", f"http://x//127.0.0.1:{other.port}", f"http:{other.port}"):
            device.address_it_tells = tells
            answer = prober(ports=(device.port,)).ask(tells, Wanted("http://127.0.0.1", "admin", PASSWORD))
            assert answer.found is Found.ONVIF_OFF
    assert other.asked == []


def test_the_clock_of_a_camera_is_asked_for_beside_its_picture(free_port: int) -> None:
    camera, device = Camera(pictures()), OnvifDevice(off_s=-125)
    with cameras_in_thread(camera), onvif(device):
        answer = prober(ports=(free_port, device.port)).ask("head", Wanted(camera.address))
    assert answer.found is Found.ANSWERS
    assert answer.clock_off_us is not None
    assert -130 < answer.clock_off_us / 1e6 < -120
    assert set(device.asked) == {"GetSystemDateAndTime"}


def test_a_name_is_looked_up_once_for_picture_and_clock(free_port: int) -> None:
    camera, asked = Camera(pictures()), []

    def look_up(host: str) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.1",)

    bounds = Bounds(key_frame_s=3, onvif_ports=(free_port, 8899, 2020), look_up=look_up)
    with cameras_in_thread(camera):
        answer = Prober(LOOPBACK, SystemClock(), bounds=bounds).ask("head", Wanted(f"rtsp://cam.test:{camera.port}/"))
    assert answer.found is Found.ANSWERS
    assert asked == ["cam.test"]


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
