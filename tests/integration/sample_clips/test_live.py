"""Live cameras as players, recorders and slow readers have them."""

import asyncio
import itertools
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from foundation.clock import ManualClock, SystemClock
from sample_clips import barcode, live_mark
from sample_clips.live import Street
from sample_clips.live_footage import Coded, coded
from sample_clips.live_mark import Mark
from sample_clips.live_packets import pictures
from sample_clips.live_sender import MOST_UNSENT, Plan, Sender, Tally, place
from tests.support.live_street import LOOP, Live, client, live
from tests.support.luma import luma

FRAMES = LOOP.seconds * LOOP.rate
TCP = {"rtsp_transport": "tcp"}
SIGN_IN = "admin:geheim@"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("loop")


@pytest.fixture(scope="module")
def loop_of(folder: Path) -> Coded:
    return coded(folder, LOOP)


@pytest.fixture(scope="module")
def street(folder: Path) -> Iterator[Live]:
    with live(folder, "--cameras", "3", "--password", "geheim", "--clock-step-us", "1500000") as found:
        yield found


def watched(address: str, count: int) -> tuple[list[Mark], list[int | None]]:
    """Return the marks of the first frames of a camera as libav has them, and the bar codes of the pictures."""
    marks: list[Mark] = []
    codes: list[int | None] = []
    with av.open(address, "r", options=TCP, timeout=20) as found:
        for packet in found.demux(video=0):
            mark = live_mark.find(bytes(packet))
            assert mark is not None
            marks.append(mark)
            codes += [barcode.read(luma(f)) for f in packet.decode()]
            if len(marks) == count:
                break
    return marks, codes


def test_what_is_seen_is_what_the_mark_says(street: Live) -> None:
    before = SystemClock().now_us()
    seen = [watched(street.address(camera, SIGN_IN), 60) for camera in (2, 3)]
    after = SystemClock().now_us()
    for camera, (marks, codes) in zip((2, 3), seen, strict=True):
        numbers = [mark.number for mark in marks]
        assert {mark.camera for mark in marks} == {camera}
        assert numbers == list(range(numbers[0], numbers[0] + 60))
        times = [LOOP.time_us(place(camera, number, FRAMES)) // 1000 for number in numbers]
        assert len(codes) >= 50
        assert codes == times[: len(codes)]
        sent = [mark.sent_us for mark in marks]
        assert before < sent[0] < sent[-1] < after
        assert sorted(sent) == sent
    firsts = [(marks[0].number, codes[0]) for marks, codes in seen]
    leads = {((code or 0) // 40 - number) % FRAMES for number, code in firsts}
    assert len(leads) == 2, "at one moment, two cameras are at different places of the loop"


def test_ffprobe_knows_what_it_is(street: Live) -> None:
    entries = ["-show_entries", "stream=codec_name,width,height", "-of", "json"]
    command = ["ffprobe", "-v", "error", "-rtsp_transport", "tcp", *entries, street.address(1, SIGN_IN)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    told = json.loads(done.stdout)["streams"]
    assert told == [{"codec_name": "h264", "width": 640, "height": 360}]


@pytest.mark.parametrize("sign_in", ["", "admin:geheym@", "root:geheim@"])
def test_who_does_not_know_the_password_sees_nothing(street: Live, sign_in: str) -> None:
    with pytest.raises(av.error.HTTPUnauthorizedError):
        av.open(street.address(1, sign_in), "r", options=TCP, timeout=20)


def test_a_camera_that_is_not_there_is_told(street: Live) -> None:
    with pytest.raises(av.error.HTTPNotFoundError):
        av.open(street.address(4, SIGN_IN), "r", options=TCP, timeout=20)


def test_connections_end_when_told_and_frames_are_numbered_on(loop_of: Coded) -> None:
    asyncio.run(_dropped(loop_of))


async def _dropped(loop_of: Coded) -> None:
    street = Street(Plan(1, drop_every_s=3, clock_step_us=2_000_000), loop_of, SystemClock())
    port = await street.start()
    numbers = []
    for _ in range(2):
        async with client(port, 1) as camera:
            await camera.play()
            packets = [packet async for packet in camera.packets()]
            marks = [mark for _, data in packets if (mark := live_mark.find(data)) is not None]
            numbers.append([mark.number for mark in marks])
            rtp = [data for channel, data in packets if channel == 0]
            assert {
                int.from_bytes(b[2:4], "big") - int.from_bytes(a[2:4], "big") for a, b in itertools.pairwise(rtp)
            } <= {1, -0xFFFF}
            assert len({data[8:12] for data in rtp}) == 1
            times = sorted({int.from_bytes(data[4:8], "big") for data in rtp})
            assert times == list(range(times[0], times[0] + 3600 * len(marks), 3600))
            report = next(data for channel, data in packets if channel == 1)
            told_us = (int.from_bytes(report[8:12], "big") - 2_208_988_800) * 1_000_000
            told_us += int.from_bytes(report[12:16], "big") * 1_000_000 >> 32
            assert abs(told_us - marks[0].sent_us - 2_000_000) <= 1
            assert report[16:20] == rtp[0][4:8]
    await street.stop()
    assert street.tallies[1].runs == [[part[0], part[-1]] for part in numbers]
    assert numbers[0][-1] < numbers[1][0]


def test_what_a_camera_does_not_do_is_refused(loop_of: Coded) -> None:
    asyncio.run(_refusals(loop_of))


async def _refusals(loop_of: Coded) -> None:
    street = Street(Plan(1), loop_of, SystemClock())
    port = await street.start()
    async with client(port, 1) as camera:
        assert (await camera.ask("PLAY"))[0] == 454
        assert (await camera.ask("SETUP", "Transport: RTP/AVP;unicast;client_port=5000-5001\r\n", "/video"))[0] == 461
        assert (await camera.ask("RECORD"))[0] == 501
        assert "PLAY" in (await camera.ask("OPTIONS"))[1]
        await camera.play()
        assert (await camera.ask("GET_PARAMETER"))[0] == 200
        assert (await camera.ask("SETUP", "Transport: RTP/AVP/TCP;interleaved=0-1\r\n", "/video"))[0] == 455
        assert (await camera.ask("TEARDOWN"))[0] == 200
        async for _ in camera.packets():
            pass
    await street.stop()


def test_a_slow_reader_loses_whole_frames_and_costs_no_memory(loop_of: Coded) -> None:
    asyncio.run(_slow(loop_of))


async def _slow(loop_of: Coded) -> None:
    accepted: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda _reader, writer: accepted.set_result(writer), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2], limit=1024)
    sending = await accepted
    tally, loop, waiting = Tally(), pictures(loop_of, 1400), 0
    sender, clock = Sender(Plan(1), loop, 1, tally, sending.transport), ManualClock(1_772_892_300_000_000)
    number = 0
    while not tally.dropped:
        sender.send(number, clock.now_us())
        waiting, number = max(waiting, sending.transport.get_write_buffer_size()), number + 1
    assert waiting <= MOST_UNSENT + max(len(picture.blob) for picture in loop) + 200
    reading = asyncio.create_task(reader.read())
    sending.transport.set_write_buffer_limits(0)
    await sending.drain()
    for later in range(number, number + 10):
        sender.send(later, clock.now_us())
    sending.close()
    received = await reading
    writer.close()
    server.close()
    found = [
        mark.number for part in received.split(live_mark.UUID)[1:] if (mark := live_mark.find(live_mark.UUID + part))
    ]
    assert found == [at for first, last in tally.runs for at in range(first, last + 1)]
    assert len(tally.runs) == 2
    assert tally.sent == len(found)


def test_the_report_accounts_for_every_frame(folder: Path) -> None:
    with live(folder, "--cameras", "2", "--seconds", "60") as street:
        marks, _ = watched(street.address(2), 30)
        street.stop()
        assert street.report["sent"] >= 30
        assert street.report["dropped"] == 0
        first, second = street.report["cameras"]
        assert (first["sent"], first["runs"]) == (0, [])
        assert second["runs"][0][0] == marks[0].number
        assert second["runs"][0][1] >= marks[-1].number
