"""What was just recorded can be had at once, as clip, frame and stream, and is the same when its segment is sealed."""

import asyncio
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest
import sqlalchemy as sa

from extract.camera_footage import _MEMORY
from extract.clips import _FILES, make_clip, open_clip, open_plan, read_clip
from extract.delivery import read_chunks
from extract.frames import frame_at
from extract.hls import named, playlist
from extract.virtual_file import VirtualFile
from foundation.database import unit_of_work
from foundation.identity import SERVICE
from foundation.timebase import TimeRange
from sample_clips import live_mark
from tests.support.house import shown
from tests.support.live_camera import LiveCamera
from tests.support.live_pictures import RATE, shown_us
from tests.support.recording_house import House, until
from tests.support.rtsp_camera import serving

FIVE_SECONDS = 5 * RATE


@dataclass(frozen=True)
class Had:
    """All forms of one clip, and the frame at its middle."""

    etag: str
    file: bytes
    stream: list[tuple[str, bytes]]
    jpeg: bytes


@pytest.fixture
def house(sqlite_engine: sa.Engine, data_dir: Path) -> House:
    return House(sqlite_engine, data_dir)


def open_row(house: House) -> Any:
    with unit_of_work(house.engine, writes=False) as session:
        return session.execute(sa.text("SELECT start_us, end_us FROM open_segment")).one_or_none()


def cut(house: House, span: TimeRange) -> str:
    with unit_of_work(house.engine) as session:
        made = make_clip(session, house.clock, house.store, SERVICE, "C1", span)
    assert made.complete
    return made.id


def have(house: House, clip_id: str) -> Had:
    """Read it all as a process does that has just started, and remembers nothing."""
    for memory in (_FILES, _MEMORY):
        memory._known.clear()
        memory._held = 0

    def bytes_of(file: VirtualFile) -> bytes:
        return b"".join(read_chunks(file, house.store, 0, file.size))

    with unit_of_work(house.engine, writes=False) as session:
        clip = read_clip(session, clip_id)
        file, planned = open_clip(session, house.store, clip_id), open_plan(session, house.store, clip)
        jpeg = frame_at(session, house.store, "C1", _within_the_middle(clip.span)).jpeg
    listed = playlist(planned)
    names = [line.removeprefix("hls/") for line in listed.splitlines() if line.startswith("hls/")]
    assert names
    stream = [(name, bytes_of(named(planned, name, file.etag))) for name in ("1-init.mp4", *names)]
    return Had(file.etag, bytes_of(file), [("playlist", listed.encode()), *stream], jpeg)


def _within_the_middle(span: TimeRange) -> int:
    """Return an instant half-way through a picture: the wall clock of a segment is settled when it is sealed.

    Where one picture ends and the next begins moves by microseconds then, and the spans of these clips begin and end there.
    """
    return (span.start_us + span.end_us) // 2 + 500_000 // RATE


def numbers_in(data: bytes) -> list[int]:
    with av.open(io.BytesIO(data), "r") as file:
        marks = [live_mark.find(bytes(one)) for one in file.demux(video=0) if one.size]
    return [mark.number for mark in marks if mark is not None]


def newest(house: House) -> int:
    """Return the number of the newest picture that a clip has."""
    row = open_row(house)
    if row is None:
        return -1
    return numbers_in(have(house, cut(house, TimeRange(row.end_us - 1_000_000, row.end_us))).file)[-1]


def test_the_last_seconds_can_be_had_and_stay_as_they_are(house: House) -> None:
    camera = LiveCamera()
    clips: list[tuple[str, Had]] = []

    def soon() -> bool:
        sent = camera.sent
        return sent > FIVE_SECONDS and newest(house) >= sent - FIVE_SECONDS

    def whole_seconds() -> None:
        row = open_row(house)
        clip_id = cut(house, TimeRange(row.end_us - 2_000_000, row.end_us))
        clips.append((clip_id, have(house, clip_id)))

    async def work() -> None:
        async with serving(camera):
            house.add(1, camera.address)
            async with house.recording():
                await until(soon)
                await asyncio.to_thread(whole_seconds)
                seen = camera.sent
                await until(lambda: camera.sent > seen + RATE)
                await asyncio.to_thread(whole_seconds)

    asyncio.run(work())
    assert open_row(house) is None
    assert len(clips) == 2
    for clip_id, had in clips:
        numbers = numbers_in(had.file)
        codes = [code for _, code in shown(had.file)]
        assert codes == [shown_us(number) // 1000 for number in numbers if number >= numbers[-1] - len(codes) + 1]
        assert len(codes) >= 2 * RATE - 1
        assert had.jpeg.startswith(b"\xff\xd8")
        streamed = b"".join(data for name, data in had.stream if name != "playlist")
        assert [code for _, code in shown(streamed)][-len(codes) :] == codes
        assert have(house, clip_id) == had
    assert house.ward.problems() == []
