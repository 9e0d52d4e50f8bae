"""From a question to a clip, on both databases: definition, receipt, file, and what happens when footage goes."""

import json
import subprocess
from pathlib import Path

import av
import pytest
import sqlalchemy as sa
from sqlmodel import Session

from camera_registry.rules import set_rules
from extract.clips import (
    ClipEmpty,
    ClipGone,
    ClipMade,
    ClipPartUnknown,
    ClipStrictEmpty,
    ClipTooLong,
    ClipUnknown,
    ModeUnknown,
    make_clip,
    open_clip,
    read_clip,
)
from extract.delivery import read_chunks, write_to
from extract.frames import frame_at
from extract.hearing import SoundNotAllowed, may_be_heard, must_be_heard, sounds_of
from extract.receipts import canonical
from extract.segments import SegmentDamaged
from extract.times import passages_of, wall_at
from extract.virtual_file import FORMAT_VERSION
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.errors import ErrorKind, NotFound
from foundation.identity import Actor
from foundation.storage import ObjectDamaged, ObjectMissing, ObjectStore
from foundation.timebase import TimeRange, parse_instant
from tests.support.coded_footage import Recording, number_of
from tests.support.indexed_footage import Scene, add_camera, index
from tests.support.luma import luma

START = 1_772_892_000_000_000
ACTOR = Actor("Nguyễn Thị Đào", "person")
CLOCK = ManualClock(START + 3_600_000_000)


def make(
    session: Session,
    scene: Scene,
    begin: int,
    end: int,
    mode: str = "exact",
    *,
    audio: bool = False,
    times: bool = False,
) -> ClipMade:
    span = TimeRange(START + begin, START + end)
    return make_clip(session, CLOCK, scene.store, ACTOR, scene.camera, span, mode, audio=audio, times=times)


def shown(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [number_of(luma(frame)) for frame in container.decode(video=0)]


def test_a_clip_over_a_gap_from_question_to_file(scene: Scene, tmp_path: Path) -> None:
    with unit_of_work(scene.engine) as session:
        made = make(session, scene, 1_500_000, 8_000_000, audio=True, times=True)
    with unit_of_work(scene.engine, writes=False) as session:
        clip = read_clip(session, made.id)
        virtual = open_clip(session, scene.store, made.id)
    write_to(virtual, scene.store, tmp_path / "clip.mp4")
    span = TimeRange(START + 1_500_000, START + 8_000_000)
    seen = shown(tmp_path / "clip.mp4")
    assert seen == scene.numbers(span)
    assert clip.receipt == made.receipt
    receipt = made.receipt
    assert not made.complete
    assert [(gap["reason"], parse_instant(gap["to"]) - parse_instant(gap["from"])) for gap in receipt["gaps"]] == [
        ("file_end", 2_000_000)
    ]
    (part,) = receipt["parts"]
    assert part["etag"] == virtual.etag
    assert part["size_bytes"] == virtual.size == (tmp_path / "clip.mp4").stat().st_size
    assert receipt["frames"]["visible"] == len(seen)
    assert part["hidden"][0]["kind"] == "pre_roll"
    assert [item["file_name"] for item in receipt["imports"]] == ["1-1.mp4", "1-2.mp4"]
    assert {item["uncertainty_us"] for item in receipt["clock"]} == {500_000}
    assert receipt["format_version"] == FORMAT_VERSION
    kinds = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", tmp_path / "clip.mp4"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert kinds == ["h264", "aac", "mov_text"]


def test_the_receipt_dates_every_decoded_frame(scene: Scene, tmp_path: Path) -> None:
    with unit_of_work(scene.engine) as session:
        made = make(session, scene, 2_345_678, 7_654_321)
        write_to(open_clip(session, scene.store, made.id), scene.store, tmp_path / "clip.mp4")
    mapped = passages_of(made.receipt)
    with av.open(str(tmp_path / "clip.mp4")) as container:
        for frame in container.decode(video=0):
            assert frame.pts is not None
            assert frame.time_base is not None
            ticks = round(frame.pts * frame.time_base * 90_000)
            number = number_of(luma(frame))
            assert abs(wall_at(mapped, ticks) - scene.recording.captured[number]) <= 12


def test_the_same_question_has_the_same_receipt_and_the_same_bytes(scene: Scene) -> None:
    with unit_of_work(scene.engine) as session:
        one, other = (make(session, scene, 500_000, 7_000_000) for _ in range(2))
        assert one.id != other.id
        assert canonical(one.receipt) == canonical(other.receipt)
        files = [open_clip(session, scene.store, made.id) for made in (one, other)]
        assert files[0].etag == files[1].etag
        assert files[0].header == files[1].header
        different = make(session, scene, 500_001, 7_000_000)
        assert open_clip(session, scene.store, different.id).etag != files[0].etag


def test_the_stored_receipt_is_canonical_and_the_act_is_audited(scene: Scene) -> None:
    with unit_of_work(scene.engine) as session:
        made = make(session, scene, 0, 1_000_000)
    with scene.engine.connect() as connection:
        stored = connection.execute(sa.text("SELECT receipt FROM clip")).scalar_one()
        events = connection.execute(sa.text("SELECT action, object_id, actor, detail FROM audit_event")).all()
    assert stored == json.dumps(made.receipt, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    ((action, name, actor, detail),) = events
    assert (action, name, actor) == ("clip:make", made.id, ACTOR.name)
    assert json.loads(detail)["complete"] is True


@pytest.mark.parametrize("mode", ["exact", "keyframe", "strict"])
def test_a_range_inside_one_run_is_complete_unless_strict_leaves_something_out(scene: Scene, mode: str) -> None:
    with unit_of_work(scene.engine) as session:
        made = make(session, scene, 1_000_000, 2_000_000, mode)
    assert made.complete == (mode != "strict")
    assert {gap["reason"] for gap in made.receipt["gaps"]} <= {"strict"}
    hidden = made.receipt["frames"]["hidden"]
    assert (hidden == 0) == (mode == "strict")


def test_what_cannot_be_answered_is_told(scene: Scene) -> None:
    with unit_of_work(scene.engine) as session:
        with pytest.raises(ClipEmpty):
            make(session, scene, 4_100_000, 5_900_000)
        with pytest.raises(ClipEmpty):
            make(session, scene, 60_000_000, 70_000_000)
        with pytest.raises(ClipStrictEmpty):
            make(session, scene, 1_000_000, 1_100_000, "strict")
        with pytest.raises(ClipTooLong):
            make(session, scene, 0, 12 * 3_600_000_000 + 1)
        with pytest.raises(ModeUnknown):
            make(session, scene, 0, 1, "fast")
        with pytest.raises(NotFound):
            make_clip(session, CLOCK, scene.store, ACTOR, "C999", TimeRange(START, START + 1))
        with pytest.raises(ClipUnknown):
            open_clip(session, scene.store, "01nothing")
        made = make(session, scene, 0, 1_000_000)
        with pytest.raises(ClipPartUnknown):
            open_clip(session, scene.store, made.id, 2)


def test_a_clip_of_deleted_footage_is_gone_and_never_shorter(scene: Scene) -> None:
    with unit_of_work(scene.engine) as session:
        made = make(session, scene, 500_000, 7_000_000)
        session.execute(
            sa.text(f"DELETE FROM segment WHERE start_us > {START + 1_000_000} AND start_us < {START + 2_000_000}")
        )
        with pytest.raises(ClipGone) as gone:
            open_clip(session, scene.store, made.id)
    assert gone.value.kind is ErrorKind.GONE
    assert gone.value.fields["missing"] > 0


def test_footage_imported_later_does_not_change_a_clip(scene: Scene) -> None:
    with unit_of_work(scene.engine) as session:
        made = make(session, scene, 3_000_000, 7_000_000)
        before = open_clip(session, scene.store, made.id)
        clip = read_clip(session, made.id)
        # The row of a segment that overlaps the gap appears; the clip is still made of what answered then.
        session.execute(
            sa.text(
                "INSERT INTO segment SELECT stream_id, start_us + 900000, end_us + 900000, media_ticks, run_id,"
                " video_config_id, audio_config_id, 'elsewhere', size_bytes, index_offset, sha256, frames, epoch"
                f" FROM segment WHERE end_us = {START + 4_000_000}"
            )
        )
        after = open_clip(session, scene.store, made.id)
        assert read_clip(session, made.id).segments == clip.segments
    assert (after.etag, after.header, after.extents) == (before.etag, before.header, before.extents)


def test_a_damaged_segment_is_named(scene: Scene, tmp_path: Path) -> None:
    with unit_of_work(scene.engine) as session:
        made = make(session, scene, 500_000, 1_500_000)
        virtual = open_clip(session, scene.store, made.id)
        key = virtual.extents[0].key
        path = scene.store.local_path(key)
        assert path is not None
        whole = path.read_bytes()
        path.write_bytes(whole[: virtual.extents[0].offset + 1])
        with pytest.raises(ObjectDamaged, match=key):
            write_to(virtual, scene.store, tmp_path / "clip.mp4")
        path.unlink()
        with pytest.raises(ObjectMissing, match=key):
            write_to(virtual, scene.store, tmp_path / "clip.mp4")


def test_a_segment_whose_index_is_damaged_is_named(scene: Scene) -> None:
    with unit_of_work(scene.engine) as session:
        key, offset = session.execute(sa.text("SELECT key, index_offset FROM segment ORDER BY start_us LIMIT 1")).one()
        path = scene.store.local_path(key)
        assert path is not None
        data = bytearray(path.read_bytes())
        data[offset + 8 :] = b"\xff" * (len(data) - offset - 8)
        path.write_bytes(data)
        session.execute(
            sa.text("UPDATE segment SET sha256 = :other WHERE key = :key"), {"other": b"not remembered", "key": key}
        )
        with pytest.raises(SegmentDamaged, match=key):
            make(session, scene, 0, 500_000)


def test_a_hole_in_the_index_and_time_to_come_are_told(scene: Scene) -> None:
    with unit_of_work(scene.engine) as session:
        hole = session.execute(sa.text(f"SELECT start_us, end_us FROM segment WHERE start_us > {START} LIMIT 1")).one()
        session.execute(sa.text(f"DELETE FROM segment WHERE start_us = {hole.start_us}"))
        clock = ManualClock(START + 11_000_000)
        span = TimeRange(START, START + 12_000_000)
        made = make_clip(session, clock, scene.store, ACTOR, scene.camera, span)
    told = [(gap["reason"], parse_instant(gap["from"]), parse_instant(gap["to"])) for gap in made.receipt["gaps"]]
    assert ("unknown", hole.start_us, hole.end_us) in told
    assert told[-2:] == [
        ("file_end", START + 10_000_000, START + 11_000_000),
        ("future", START + 11_000_000, START + 12_000_000),
    ]
    # Leading pictures of the segment after the hole leaned on what was in it.
    assert "undecodable" in {reason for reason, _, _ in told}


def test_from_any_store_a_clip_is_the_same(
    sqlite_engine: sa.Engine, any_store: ObjectStore, recorded_scene: Recording, tmp_path: Path
) -> None:
    index(sqlite_engine, any_store, recorded_scene, add_camera(sqlite_engine, "C001", START), tmp_path)
    span = TimeRange(START + 500_000, START + 7_500_000)
    with unit_of_work(sqlite_engine) as session:
        made = make_clip(session, CLOCK, any_store, ACTOR, "C001", span, audio=True)
        virtual = open_clip(session, any_store, made.id)
        frame = frame_at(session, any_store, "C001", START + 3_000_000)
    write_to(virtual, any_store, tmp_path / "clip.mp4")
    data = (tmp_path / "clip.mp4").read_bytes()
    assert b"".join(read_chunks(virtual, any_store, 1000, len(data) - 1000, 4096)) == data[1000:-1000]
    captured = sorted((at, number) for number, at in recorded_scene.captured.items())
    assert shown(tmp_path / "clip.mp4") == [number for at, number in captured if span.contains(at)]
    assert frame.time_us == max(at for at, _ in captured if at <= START + 3_000_000)


def test_where_unit_or_owner_lets_no_sound_out_none_is_given_also_not_of_a_clip_from_before(scene: Scene) -> None:
    with unit_of_work(scene.engine) as session:
        loud, mute = (make(session, scene, 0, 2_000_000, audio=audio).id for audio in (True, False))
        assert may_be_heard(session, CLOCK, loud)
        set_rules(session, CLOCK, ACTOR, None, {"sound_allowed": False})
    with unit_of_work(scene.engine, writes=False) as session:
        assert [may_be_heard(session, CLOCK, clip_id) for clip_id in (loud, mute)] == [False, True]
        must_be_heard(session, CLOCK, mute)
        with pytest.raises(SoundNotAllowed, match="C001"):
            must_be_heard(session, CLOCK, loud)
    with pytest.raises(SoundNotAllowed, match="C001"), unit_of_work(scene.engine) as session:
        make(session, scene, 0, 2_000_000, audio=True)
    with unit_of_work(scene.engine) as session:
        make(session, scene, 0, 2_000_000)
        set_rules(session, CLOCK, ACTOR, None, {"sound_allowed": None})
        must_be_heard(session, CLOCK, loud)
        for owner_says in ("UPDATE ownership SET sound_agreed = 0", "DELETE FROM ownership"):
            session.execute(sa.text(owner_says))
            with pytest.raises(SoundNotAllowed, match="C001"):
                must_be_heard(session, CLOCK, loud)
            assert sounds_of(session, CLOCK, ["C001"]) == []
