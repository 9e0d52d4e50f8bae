"""What one camera may cost, whatever it sends: how often its coding and clock may change, what may wait to be written."""

import base64
import threading
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest

from ingest import nal
from ingest.index.records import GapReason
from ingest.live.description import MediaOffer
from ingest.live.entries import Grown, RunEnded, RunToken
from ingest.live.taking import BACKLOG_BYTES, MOST_CHANGES, MOST_STREAMS, Streams
from ingest.live.tape import Finish, Tape
from tests.support.lens import BEGIN_US, Lens
from tests.support.live_pictures import RATE, bare, coded, is_key
from tests.support.plain_desk import Studio

KEY = next(units for units in coded("h264") if is_key("h264", units))
SETS = nal.parameter_sets("h264", KEY)
SECOND_US = 1_000_000


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio.at(tmp_path)


def ended(studio: Studio) -> list[GapReason | None]:
    """End what runs; return why each run ended."""
    studio.taking.end_run(GapReason.STOPPED)
    studio.close()
    assert studio.failed == []
    return [why for *_, why in studio.runs()]


def with_set(number: int) -> list[bytes]:
    """Return a key frame whose parameter sets were not seen before."""
    return [*SETS, b"\x68" + number.to_bytes(4, "big"), *bare("h264", KEY)]


def test_one_key_frame_and_then_none_for_minutes(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    lens = Lens(studio)
    lens.show(1)
    for _ in range(240 * RATE):
        lens.send(bare("h264", coded("h264")[1]))
    assert ended(studio) == [GapReason.STOPPED]
    files = studio.desk.shipped
    assert sum(one.file.frames for one in files) == 241 * RATE
    assert all(before.end_us == after.start_us for before, after in pairwise(files))
    assert max(one.end_us - one.start_us for one in files) <= 120 * SECOND_US
    assert [one.getMessage() for one in caplog.records].count(
        "camera C1 sends no key frame; its segment was cut all the same"
    ) == len(files) - 1
    assert studio.taking.held == 0


def test_parameter_sets_may_be_in_the_description_alone(studio: Studio) -> None:
    told = ",".join(base64.b64encode(one).decode() for one in SETS)
    offer = MediaOffer("video", 96, "H264", 90_000, 1, "rtsp://h/x", {"sprop-parameter-sets": told})
    lens = Lens(studio, offer)
    for number in range(4 * RATE):
        lens.send(bare("h264", coded("h264")[number]))
    assert ended(studio) == [GapReason.STOPPED]
    assert studio.desk.shipped[0].file.frames == 4 * RATE


def test_parameter_sets_in_band_count_more_than_those_of_the_description(studio: Studio) -> None:
    other = next(units for units in coded("h264", 800) if is_key("h264", units))
    told = ",".join(base64.b64encode(one).decode() for one in nal.parameter_sets("h264", other))
    offer = MediaOffer("video", 96, "H264", 90_000, 1, "rtsp://h/x", {"sprop-parameter-sets": told})
    Lens(studio, offer).show(4)
    assert ended(studio) == [GapReason.STOPPED]
    assert studio.desk.shipped[0].file.coding.width == 640


def test_without_parameter_sets_nothing_is_recorded_and_nothing_kept(studio: Studio) -> None:
    lens = Lens(studio)
    for number in range(100 * RATE):
        lens.send(bare("h264", coded("h264")[number % 40]))
    assert studio.taking.held == 0
    assert studio.taking.broke is None
    assert ended(studio) == []


def test_key_frames_that_tell_no_coding_are_not_remembered(studio: Studio) -> None:
    lens = Lens(studio)
    lens.send([b"\x65first"])
    tracemalloc.start()
    for number in range(100):
        lens.send([b"\x65" + number.to_bytes(4, "big") * 25_000])
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 500_000
    assert ended(studio) == []


def test_a_coding_that_changes_now_and_then_is_recorded(studio: Studio) -> None:
    lens = Lens(studio)
    for _ in range(5):
        lens.show(2, width=640)
        lens.show(2, width=800)
    assert ended(studio) == [GapReason.CODEC_CHANGE] * 9 + [GapReason.STOPPED]
    assert sum(one.file.frames for one in studio.desk.shipped) == 20 * RATE


def test_a_coding_that_always_changes_is_left_alone_for_a_while(studio: Studio) -> None:
    lens = Lens(studio)
    for number in range(3 * MOST_CHANGES):
        lens.send(with_set(number), SECOND_US // 10)
    assert studio.taking.broke is GapReason.GARBLED
    assert len(studio.begun) <= MOST_CHANGES
    studio.taking.end_run(GapReason.GARBLED)
    lens.skip(70 * SECOND_US)
    studio.taking.start()  # the next connection
    studio.taking.offered([MediaOffer("video", 96, "H264", 90_000, 1, "rtsp://h/x")])
    lens.show(4)
    whys = ended(studio)
    assert whys[-1] is GapReason.STOPPED
    assert studio.desk.shipped[-1].file.frames == 4 * RATE


def test_times_that_always_jump_are_left_alone_for_a_while(studio: Studio) -> None:
    lens = Lens(studio)
    for number in range(3 * MOST_CHANGES):
        lens.rtp = number % 2 * 2**30 + number * 9000
        lens.send(KEY, SECOND_US // 10)
    assert studio.taking.broke is GapReason.GARBLED
    assert len(studio.begun) <= MOST_CHANGES + 1
    assert set(ended(studio)) <= {GapReason.CLOCK_STEP, GapReason.STOPPED, None}


def test_small_pictures_that_wait_count_as_well(studio: Studio) -> None:
    """The disk does not answer, and the camera sends a key frame of a few hundred bytes each second."""
    answers = threading.Event()
    studio.desk.pool.submit(answers.wait)
    lens = Lens(studio)
    small = [*SETS, bare("h264", KEY)[0][:200]]
    for _ in range(4 * BACKLOG_BYTES // 4096):
        lens.send(small, SECOND_US)
        if studio.taking.broke is not None:
            break
    assert studio.taking.broke is GapReason.OVERLOADED
    assert studio.tape.backlog < 2 * BACKLOG_BYTES
    answers.set()
    assert ended(studio) == [GapReason.OVERLOADED]
    assert studio.tape.backlog == 0


def test_a_camera_with_ever_more_to_write_keeps_no_thread_for_itself(studio: Studio) -> None:
    answers = threading.Event()
    studio.desk.pool.submit(answers.wait)
    others = Tape(studio.desk, 2, lambda *_: None, lambda _since_us: None)
    for _ in range(200):
        studio.tape.put(Finish(RunToken(1, "C1", 1, BEGIN_US), GapReason.CLOCK_STEP))
    others.put(Finish(RunToken(2, "C2", 2, BEGIN_US), GapReason.STOPPED))
    answers.set()
    while not (studio.tape.idle and others.idle):
        studio.desk.pool.submit(lambda: None).result()
    studio.close()
    order = [entry.run.camera for entry in studio.desk.told(RunEnded)]
    assert len(order) == 201
    assert order.index("C2") < 20


def test_what_was_ordered_before_the_pool_is_shut_is_done(studio: Studio) -> None:
    answers = threading.Event()
    studio.desk.pool.submit(answers.wait)
    for _ in range(100):
        studio.tape.put(Finish(RunToken(1, "C1", 1, BEGIN_US), GapReason.STOPPED))
    studio.desk.pool.shutdown(wait=False)
    answers.set()
    studio.close()
    assert len(studio.desk.told(RunEnded)) == 100
    assert studio.tape.idle


def test_streams_of_a_camera_are_bounded() -> None:
    streams = Streams({0: (1, 0), 1: (2, 0)})
    wanted = []
    for end_us in (100, 90, 80):
        stream = streams.allot(50)
        wanted.append(streams.spare_wanted)
        if stream is not None:
            streams.reached(stream, end_us)
    for number in range(3, MOST_STREAMS + 1):
        streams.add({number: (number, 100)})
    assert len(streams) == MOST_STREAMS
    assert streams.allot(50) is None
    assert [*wanted, streams.spare_wanted] == [False, False, True, False]
    assert streams.allot(100) == 1


def test_whoever_follows_begins_behind_what_was_recorded_by_then() -> None:
    """Though the catalogue, where the streams come from, was told of it only in part."""
    before, after = Streams({0: (1, 0), 1: (2, 0)}), Streams({0: (1, 500), 1: (2, 0)})
    before.reached(1, 900)
    after.follow(before)
    assert after.snapped(899) == 900
    assert [after.allot(at) for at in (900, 899)] == [1, 2]


def test_what_is_told_of_segments_grows(studio: Studio) -> None:
    Lens(studio).show(9)
    ended(studio)
    told = studio.desk.told(Grown)
    assert all(before.size < after.size and before.end_us < after.end_us for before, after in pairwise(told))
