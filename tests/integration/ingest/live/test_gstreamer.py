"""Recording from a real RTSP server, GStreamer's: every coding we speak, signed in and not, and what happens as it fails.

Its cameras are live: a picture whose bar code tells a moment was sent at that moment, but for whole loops.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest

from foundation.clock import SystemClock
from foundation.timebase import MICROSECONDS
from ingest.probe.outcomes import Answer, Found
from ingest.probe.prober import Bounds, Prober
from ingest.probe.reading import read_wanted
from tests.support.command_line import Told
from tests.support.gstreamer import GStreamer, serving
from tests.support.gstreamer_footage import B_FRAMES, LOOP_US, PASSWORD, STEP_US, USER, lay_out
from tests.support.gstreamer_ward import Clip, Frame, Ward, between, said, seconds_of

RECORD_S = 12
LEAST_S = 6.0
"""Of footage that a camera must have by then: a slow machine takes some of the time to start, sign in and await a key frame."""
WRONG = "Nhầm rồi"
SILENT = {"QUIET": "aac", "H264": "h264", "REORDERED": "b_frames", "H265": "h265", "GUARDED": "guarded"}
SOUNDING = {"AAC": "aac", "ALAW": "alaw"}
ELSEWHERE = {"MJPEG": "mjpeg", "UDP": "udp"}


@dataclass(frozen=True)
class Recorded:
    ward: Ward
    told: Told
    _clips: dict[tuple[str, ...], Clip] = field(default_factory=dict)

    def span(self, code: str) -> tuple[int, int]:
        """Return from where to where a camera was recorded, in one run."""
        ((start_us, end_us, _),) = self.ward.runs(code)
        return start_us, end_us

    def clip(self, code: str, *options: str) -> Clip:
        """Return all that was recorded of a camera."""
        name = (code, *options)
        if name not in self._clips:
            self._clips[name] = self.ward.clip(code, self.span(code), *options)
        return self._clips[name]


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mounts")
    lay_out(folder)
    return folder


@pytest.fixture(scope="module")
def asked(footage: Path) -> Iterator[Callable[[str, str], Answer]]:
    """Ask a mount for one picture, as a person does who registers it."""
    asking = Prober((ip_network("127.0.0.0/8"),), SystemClock(), bounds=Bounds(10, ()))
    with serving(footage) as server:

        def ask(mount: str, password: str) -> Answer:
            return asking.ask(mount, read_wanted(server.address(mount, password), "", ""))

        yield ask


@pytest.mark.parametrize(
    ("mount", "password", "found", "coding"),
    [
        ("h264", PASSWORD, Found.ANSWERS, "H.264"),
        ("b_frames", PASSWORD, Found.ANSWERS, "H.264"),
        ("h265", PASSWORD, Found.ANSWERS, "H.265"),
        ("guarded", PASSWORD, Found.ANSWERS, "H.264"),
        ("guarded", WRONG, Found.SIGN_IN, ""),
        ("mjpeg", PASSWORD, Found.CODING, "MJPEG"),
        ("udp", PASSWORD, Found.UDP_ONLY, ""),
        ("nowhere", PASSWORD, Found.NO_PATH, ""),
    ],
)
def test_it_is_asked_for_one_picture(
    asked: Callable[[str, str], Answer], mount: str, password: str, found: Found, coding: str
) -> None:
    answer = asked(mount, password)
    assert (answer.found, answer.coding) == (found, coding)
    assert (len(answer.picture) > 5000) == (found is Found.ANSWERS)


@pytest.fixture(scope="module")
def recorded(footage: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """All mounts at once, recorded for some seconds by the command line."""
    data = tmp_path_factory.mktemp("ward") / "data"
    with serving(footage) as server:
        cameras = {code: (server.address(mount), False) for code, mount in (SILENT | ELSEWHERE).items()}
        cameras |= {code: (server.address(mount), True) for code, mount in SOUNDING.items()}
        ward = Ward(data, cameras | {"WRONG": (server.address("guarded", WRONG), False)})
        told = ward.matpho("record", "--for", str(RECORD_S), "--json")
    assert told.code == 0, told.err
    return Recorded(ward, told)


def steps(frames: list[Frame]) -> set[int]:
    """Return by how much bar codes of neighbours differ: one step alone, if none is lost, doubled or out of order."""
    codes = [frame.code_us for frame in frames]
    assert None not in codes
    return {((after or 0) - (before or 0)) % LOOP_US for before, after in pairwise(codes)}


def test_what_was_recorded_is_whole(recorded: Recorded) -> None:
    checked = recorded.ward.matpho("check", "--level", "hash", "--json")
    assert (checked.code, checked.json["problems"]) == (0, []), checked.out
    assert checked.json["objects"] >= len(SILENT | SOUNDING)


def behind(code: str) -> int:
    """Return how many frames may be missing among the last, where a run ends before those that are shown earlier."""
    return B_FRAMES if code in {"REORDERED", "DROPS"} else 0


def whole(code: str, frames: list[Frame]) -> list[Frame]:
    return frames[: len(frames) - behind(code)]


@pytest.mark.parametrize("code", [*SILENT, *SOUNDING])
def test_every_frame_is_there_once_and_dated_as_it_was_taken(recorded: Recorded, code: str) -> None:
    assert seconds_of(recorded.span(code)) > LEAST_S
    clip = recorded.clip(code)
    assert clip.codecs == [["hevc" if code == "H265" else "h264"]]
    (frames,) = clip.parts
    assert recorded.span(code)[1] - frames[-1].wall_us == pytest.approx(STEP_US, rel=0.02)  # what the last one lasts
    missing = round(seconds_of(recorded.span(code)) * MICROSECONDS / STEP_US) - len(frames)
    assert 0 <= missing <= behind(code)
    assert steps(whole(code, frames)) == {STEP_US}
    late = [frame.late_us for frame in frames]
    assert min(late) > -50_000
    assert max(late) < MICROSECONDS
    walls = [frame.wall_us for frame in whole(code, frames)]
    apart = [after - before for before, after in pairwise(walls)]
    assert min(apart) > STEP_US * 0.98
    assert max(apart) < STEP_US * 1.02
    assert (clip.receipt["complete"], clip.receipt["frames"]["hidden"]) == (True, 0)
    state = recorded.ward.state(code)
    assert (state["source"], state["lost_packets"], state["damaged_frames"]) == ("own", 0, 0)


@pytest.mark.parametrize(("code", "codec"), [("AAC", "aac"), ("ALAW", "pcm_alaw")])
def test_sound_that_was_agreed_to_goes_with_its_pictures(recorded: Recorded, code: str, codec: str) -> None:
    clip = recorded.clip(code, "--audio")
    assert clip.codecs == [["h264", codec]]
    assert clip.sound_s == pytest.approx(seconds_of(recorded.span(code)), abs=0.5)
    assert len(clip.loud_us) >= LEAST_S - 1  # a beep at each full second
    beside = [(at + MICROSECONDS // 2) % MICROSECONDS - MICROSECONDS // 2 for at in clip.loud_us]
    picture_late = clip.parts[0][0].late_us
    assert all(abs(late - picture_late) < 150_000 for late in beside), (beside, picture_late)


def test_sound_that_was_not_agreed_to_is_nowhere(recorded: Recorded) -> None:
    """QUIET is the very mount of AAC."""
    assert recorded.clip("QUIET").codecs == [["h264"]]
    with pytest.raises(AssertionError, match="its owner do not both allow it"):
        recorded.clip("QUIET", "--audio")
    sounding = recorded.ward.rows(
        "SELECT DISTINCT c.code FROM segment g JOIN stream s ON s.id = g.stream_id JOIN camera c ON c.id = s.camera_id "
        "WHERE g.audio_config_id IS NOT NULL"
    )
    assert {code for (code,) in sounding} == set(SOUNDING)


def test_a_wrong_password_is_the_reason_that_is_told(recorded: Recorded) -> None:
    state = recorded.ward.state("WRONG")
    assert (state["state"], state["reason"]) == ("waiting", "sign_in_refused")
    assert recorded.ward.runs("WRONG") == []
    line = recorded.ward.matpho("timeline", "--camera", "WRONG", *between(recorded.span("H264")), "--json")
    assert line.code == 3
    assert "sign_in_refused" in {gap["reason"] for gap in line.json["gaps"]}


def test_nobody_can_read_a_password_anywhere(recorded: Recorded) -> None:
    left = said(recorded.told, recorded.ward.data)
    assert b"GUARDED" in left
    for secret in (PASSWORD, quote(PASSWORD, safe=""), quote(PASSWORD), WRONG, quote(WRONG)):
        assert secret.encode() not in left
        assert base64.b64encode(f"{USER}:{secret}".encode()) not in left


@pytest.mark.parametrize(("code", "codec", "why"), [("MJPEG", "mjpeg", "JPEG"), ("UDP", "h264", "UDP")])
def test_what_we_cannot_receive_is_left_to_libav_and_the_reason_is_told(
    recorded: Recorded, code: str, codec: str, why: str
) -> None:
    source = recorded.ward.state(code)["source"]
    assert source.startswith("libav: ")
    assert why in source
    assert why in next(line for line in recorded.told.err.splitlines() if code in line and "libav" in line)
    clip = recorded.clip(code)
    (frames,) = clip.parts
    assert clip.codecs == [[codec]]
    assert len(frames) * STEP_US > LEAST_S * MICROSECONDS / 2
    assert steps(frames) == {STEP_US}
    assert all(abs(frame.late_us) < 2 * MICROSECONDS for frame in frames)


@pytest.fixture
def server(footage: Path) -> Iterator[GStreamer]:
    with serving(footage) as found:
        yield found


def test_recording_resumes_by_itself_whatever_ends_it(server: GStreamer, tmp_path: Path) -> None:
    """One camera falls silent, one drops the connection, and then the server dies and comes back."""
    names = {"DIES": "h264", "SILENT": "h265", "DROPS": "b_frames"}
    cameras = {code: (server.address(mount), False) for code, mount in names.items()}
    ward = Ward(tmp_path / "data", cameras, MATPHO_STALLED_SECONDS="2")
    recording = ward.recording()
    try:
        recording.until(lambda: all(lasted(ward, code) > 1 for code in names))
        server.freeze("h265")
        server.drop("b_frames")
        recording.until(lambda: len(ward.runs("SILENT")) == 1 and ward.runs("SILENT")[0][2] is not None)
        recording.until(lambda: len(ward.runs("DROPS")) == 2 and lasted(ward, "DROPS") > 1)
        server.kill()
        recording.until(lambda: ward.runs("DIES")[0][2] is not None)
        server.start()
        recording.until(lambda: all(len(ward.runs(code)) > 1 and lasted(ward, code) > 1 for code in names))
        told = recording.stop()
    finally:
        recording.kill()
    assert told.code == 0, told.err
    reasons = {code: [why for _, _, why in ward.runs(code)] for code in names}
    assert reasons == {
        "DIES": ["unreachable", "stopped"],
        "SILENT": ["stalled", "stopped"],
        "DROPS": ["unreachable", "unreachable", "stopped"],
    }
    for code, whys in reasons.items():
        runs = ward.runs(code)
        span = (runs[0][0], runs[-1][1])
        line = ward.matpho("timeline", "--camera", code, *between(span), "--json").json
        assert line["gaps"][0]["reason"] == whys[0]
        assert {gap["reason"] for gap in line["gaps"]} <= {
            "unreachable",
            "stalled",
        }  # while a server comes back it may hold its answer
        (frames,) = ward.clip(code, span).parts
        assert all(-50_000 < frame.late_us < MICROSECONDS for frame in frames)
        for start_us, end_us, _ in runs:
            of_run = [frame for frame in frames if start_us <= frame.wall_us + STEP_US // 10 < end_us]
            assert len(of_run) > 1
            assert steps(whole(code, of_run)) == {STEP_US}
    assert ward.matpho("check", "--level", "hash").code == 0


def lasted(ward: Ward, code: str) -> float:
    """Return how many seconds the newest run of a camera has reached by now; nothing if it has ended."""
    runs = ward.runs(code)
    return 0.0 if not runs or runs[-1][2] is not None else seconds_of(runs[-1][:2])
