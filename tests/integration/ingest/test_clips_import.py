"""What an import leaves in the catalogue and the store, on both databases."""

import json
from itertools import pairwise
from pathlib import Path

import av
import pytest
import sqlalchemy as sa

from foundation.database import unit_of_work
from foundation.timebase import MICROSECONDS, TimeRange
from ingest.import_catalogue import ClipElsewhere, ClipStartDiffers
from ingest.imported import ImportProgress
from ingest.index.queries import overlapping
from sample_clips.generator import Recipe, make
from tests.support.house import START_US, House, shown

MINUTE = 60 * MICROSECONDS


def clip(path: Path, seconds: int = 2, start_us: int = START_US, **more: object) -> Path:
    made = Recipe("C1", start_us, seconds, **({"width": 512, "height": 96, "rate": 5, "key_every": 10} | more))  # type: ignore[arg-type]
    make(path, made)
    return path


def test_a_long_file_becomes_segments_that_follow_each_other(house: House, tmp_path: Path) -> None:
    path = clip(tmp_path / "long.mp4", 150, b_frames=2)
    told: list[ImportProgress] = []
    done = house.importer().run(path, "C1", actor=house.actor, start_us=START_US, progress=told.append)
    segments = house.segments()
    assert (done.segments, done.runs, done.frames) == (len(segments), 1, 750)
    assert [item.end_us - item.start_us for item in segments] == [MINUTE, MINUTE, 30 * MICROSECONDS]
    assert all(a.end_us == b.start_us for a, b in pairwise(segments))
    (run,) = house.runs()
    assert (run.start_us, run.end_us, run.end_reason) == (START_US, START_US + 150 * MICROSECONDS, "file_end")
    assert (run.import_id, run.clock_source) == (done.import_id, "given")
    codes = [code for item in segments for _, code in shown(house.bytes_of(item.key))]
    assert codes == [(START_US + number * 200_000) // 1000 for number in range(750)]
    assert {item.stage for item in told} == {"copy", "read", "store"}
    assert told[-1] == ImportProgress("store", done.size_bytes, done.size_bytes)
    with unit_of_work(house.engine, writes=False) as session:
        span = TimeRange(START_US + MINUTE - 1, START_US + MINUTE)
        assert [row.start_us for row in overlapping(session, [run.stream_id], span)] == [START_US]


def test_the_same_bytes_are_kept_once(house: House, tmp_path: Path) -> None:
    path = clip(tmp_path / "one.mp4")
    first = house.bring(path)
    objects = sorted(house.store.keys(""))
    renamed = path.rename(tmp_path / "another name.mp4")
    second = house.bring(renamed)
    assert second.already
    assert (second.import_id, second.segments, second.frames) == (first.import_id, 1, 10)
    assert sorted(house.store.keys("")) == objects
    assert house.count("clip_import") == 1
    with pytest.raises(ClipStartDiffers) as differs:
        house.bring(renamed, start_us=START_US + 1)
    assert differs.value.fields["start"] == "2026-03-07T14:05:00Z"
    with pytest.raises(ClipElsewhere) as elsewhere:
        house.bring(renamed, "C2")
    assert elsewhere.value.fields["camera"] == "C1"
    assert house.count("clip_import") == 1
    assert not list((house.data / "staging").glob("*"))


def test_footage_of_one_time_goes_to_streams_of_their_own(house: House, tmp_path: Path) -> None:
    house.bring(clip(tmp_path / "a.mp4", 4))
    house.bring(clip(tmp_path / "b.mp4", 4, seed=2), start_us=START_US + MICROSECONDS)
    house.bring(clip(tmp_path / "c.mp4", 4, seed=3), start_us=START_US + 4 * MICROSECONDS)
    streams = [(run.stream_id, run.start_us - START_US) for run in house.runs()]
    first, second = sorted({stream for stream, _ in streams})
    assert streams == [(first, 0), (first, 4 * MICROSECONDS), (second, MICROSECONDS)]
    assert house.count("stream") == 2


def test_the_act_is_in_the_audit_log_and_the_file_name_is_as_given(house: House, tmp_path: Path) -> None:
    path = clip(tmp_path / "x.ts", container="ts")
    done = house.importer().run(path, "C1", actor=house.actor, file_name="2026-03-07/NVR_ch1_main_20260307210500.ts")
    assert (done.file_name, done.start_source) == ("NVR_ch1_main_20260307210500.ts", "file_name")
    with unit_of_work(house.engine, writes=False) as session:
        (row,) = session.execute(sa.text("SELECT * FROM audit_event WHERE action = 'clips:import'")).all()
    assert (row.actor, row.object_id, row.at_us) == (house.actor.name, "C1", house.clock.now_us())
    detail = json.loads(row.detail)
    assert (detail["sha256"], detail["segments"]) == (done.sha256, 1)


def test_a_change_of_resolution_begins_a_run_of_its_own(house: House, tmp_path: Path) -> None:
    joined = tmp_path / "joined.ts"
    parts = [
        clip(tmp_path / f"{width}.ts", 2, START_US + at, container="ts", width=width)
        for at, width in ((0, 512), (2 * MICROSECONDS, 576))
    ]
    _join(parts, joined)
    done = house.bring(joined)
    assert (done.runs, done.segments, done.frames, done.notices) == (2, 2, 20, ())
    first, second = house.runs()
    assert (first.end_reason, first.end_us, second.end_reason) == ("codec_change", second.start_us, "file_end")
    one, two = house.segments()
    assert one.video_config_id != two.video_config_id
    codes = [code for item in (one, two) for _, code in shown(house.bytes_of(item.key))]
    assert codes == [(START_US + number * 200_000) // 1000 for number in range(20)]


def _join(parts: list[Path], joined: Path) -> None:
    """Put coded streams of one recorder behind each other, as it does when its resolution is changed."""
    with av.open(str(joined), "w", format="mpegts") as out:
        stream, shift = None, 0
        for part in parts:
            with av.open(str(part)) as found:
                source = found.streams.video[0]
                stream = out.add_stream_from_template(source) if stream is None else stream
                packets = [packet for packet in found.demux(source) if packet.size]
                low = packets[0].pts or 0
                for packet in packets:
                    packet.pts, packet.dts = (packet.pts or 0) - low + shift, (packet.dts or 0) - low + shift
                    packet.stream = stream
                    out.mux(packet)
                shift += 2 * 90_000


def test_a_hole_in_the_file_is_a_gap_and_not_a_still_picture(house: House, tmp_path: Path) -> None:
    holed = tmp_path / "holed.mkv"
    whole = clip(tmp_path / "whole.mp4", 40)
    with av.open(str(whole)) as found, av.open(str(holed), "w", format="matroska") as out:
        stream = out.add_stream_from_template(found.streams.video[0])
        for packet in found.demux(found.streams.video[0]):
            if packet.size and not 4 <= float((packet.pts or 0) * packet.time_base) < 24:
                packet.stream = stream
                out.mux(packet)
    done = house.bring(holed)
    assert (done.runs, done.frames) == (2, 100)
    assert [notice["fields"] for notice in done.notices] == [{"start": "0:00:04.000", "end": "0:00:24.000"}]
    first, second = house.runs()
    assert (first.end_us - START_US, first.end_reason) == (4 * MICROSECONDS, "file_broken")
    assert second.start_us - START_US == 24 * MICROSECONDS
