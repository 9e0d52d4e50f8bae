"""Files that cannot be kept are refused with their name and the mend, and nothing of them is left."""

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from camera_registry.reads import CameraUnknown
from foundation.errors import MatPhoError
from ingest import recorded_file
from ingest.coding import CodecUnsupported
from ingest.imported import DiskFull, ImportCancelled, ImportProgress, StartInFuture
from ingest.notices import TORN, Notices
from ingest.recorded_file import FileEmpty, FileUnreadable, NoPicture
from ingest.start_time import StartUnknown
from sample_clips.generator import Recipe, make
from tests.support.house import START_US, House


def clip(path: Path, container: str = "mp4", seconds: int = 4, sound: str | None = None) -> Path:
    make(path, Recipe("C1", START_US, seconds, "h264", container, 512, 96, 5, 5, sound=sound))
    return path


def other_codec(path: Path) -> None:
    with av.open(str(path), "w", format="matroska") as out:
        stream = out.add_stream("ffv1", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        out.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        out.mux(stream.encode(None))


def only_sound(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.int16), format="s16", layout="mono")
        frame.sample_rate = 48_000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def without_index(path: Path) -> None:
    whole = clip(path.with_suffix(".whole.mp4")).read_bytes()
    path.write_bytes(whole[: whole.index(b"moov") - 4])


def names_another_file(path: Path) -> None:
    path.write_text("ffconcat version 1.0\nfile /etc/passwd\n")


REFUSED: list[tuple[str, Callable[[Path], object], type[MatPhoError]]] = [
    ("empty.mp4", lambda path: path.touch(), FileEmpty),
    ("folder.mp4", lambda path: path.mkdir(), FileEmpty),
    ("text.mp4", lambda path: path.write_text("no recording" * 1000), FileUnreadable),
    ("zeros.ts", lambda path: path.write_bytes(bytes(100_000)), FileUnreadable),
    ("list.mp4", names_another_file, FileUnreadable),
    ("cut.mp4", without_index, FileUnreadable),
    ("ffv1.mkv", other_codec, CodecUnsupported),
    ("sound.mp4", only_sound, NoPicture),
]


@pytest.mark.parametrize(("name", "write", "error"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_no_recording_is_refused_by_name(
    name: str, write: Callable[[Path], object], error: type[MatPhoError], house: House, tmp_path: Path
) -> None:
    path = tmp_path / name
    write(path)
    with pytest.raises(error) as refused:
        house.bring(path)
    assert name in str(refused.value)
    assert str(tmp_path) not in str(refused.value)  # a path of the server is nobody's business
    assert refused.value.mend
    assert house.is_empty()


def test_a_start_nobody_knows_or_that_is_to_come_is_refused(house: House, tmp_path: Path) -> None:
    path = clip(tmp_path / "evening.mp4")
    with pytest.raises(StartUnknown):
        house.bring(path, start_us=None)
    with pytest.raises(StartInFuture):
        house.bring(path, start_us=house.clock.now_us() + 2 * 86_400_000_000)
    with pytest.raises(CameraUnknown):
        house.bring(path, "C99")
    assert house.is_empty()


@pytest.mark.parametrize("stage", ["copy", "read", "store"])
def test_a_cancelled_import_leaves_nothing(stage: str, house: House, tmp_path: Path) -> None:
    path = clip(tmp_path / "long.mp4", seconds=70)
    stages: list[str] = []
    with pytest.raises(ImportCancelled):
        house.importer().run(
            path,
            "C1",
            actor=house.actor,
            start_us=START_US,
            progress=lambda told: stages.append(told.stage),
            cancelled=lambda: stages.count(stage) > (stage == "read"),
        )
    assert stages[-1] == stage
    assert house.is_empty()
    assert house.bring(path).segments == 2


def test_a_disk_that_fills_up_is_told_and_leaves_nothing(house: House, tmp_path: Path) -> None:
    path = clip(tmp_path / "one.mp4")

    def fills_up(_told: ImportProgress) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(DiskFull) as full:
        house.importer().run(path, "C1", actor=house.actor, start_us=START_US, progress=fills_up)
    assert "one.mp4" in str(full.value)
    assert house.is_empty()


@pytest.mark.parametrize("container", ["ts", "mkv", "avi", "fmp4"])
def test_a_file_that_was_cut_off_is_kept_as_far_as_it_goes(container: str, small_house: House, tmp_path: Path) -> None:
    whole = clip(tmp_path / "whole", container).read_bytes()
    path = tmp_path / f"cut.{container.removeprefix('f')}"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    done = small_house.bring(path)
    assert 5 <= done.frames < 20
    (segment,) = small_house.segments()
    assert segment.frames == done.frames


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_anywhere_is_survived(data: st.DataObject, small_house: House, tmp_path: Path) -> None:
    container = data.draw(st.sampled_from(["mp4", "ts", "mkv", "avi", "fmp4"]))
    source = tmp_path / f"good.{container}"
    if not source.exists():
        clip(source, container, sound=None if container == "avi" else "aac")
    spoilt = bytearray(source.read_bytes())
    at = data.draw(st.integers(0, len(spoilt) - 1))
    length = data.draw(st.integers(1, 2000))
    spoilt[at : at + length] = data.draw(st.randoms(use_true_random=False)).randbytes(min(length, len(spoilt) - at))
    path = tmp_path / f"bad.{container}"
    path.write_bytes(spoilt)
    before = small_house.count("clip_import")
    try:
        done = small_house.bring(path)
    except MatPhoError:
        assert small_house.count("clip_import") == before
    else:
        assert done.already or small_house.count("clip_import") == before + 1
    assert not list((small_house.data / "staging").glob("*"))


@pytest.mark.parametrize("container", ["mkv", "avi"])
def test_a_hole_however_large_takes_a_bounded_time(
    container: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = clip(tmp_path / f"hole.{container}", container)
    os.truncate(path, 2**33)  # nothing is written; looked through it would take minutes
    monkeypatch.setattr(recorded_file, "_PATIENCE_S", 1.0)
    notices, began = Notices(), time.monotonic()
    with recorded_file.RecordedFile(path, path.name, notices) as found:
        pictures = sum(not sample.sound for sample in found.samples())
    assert pictures == 20
    assert [told.message for told in notices.all()] == [TORN]
    assert time.monotonic() - began < 20
