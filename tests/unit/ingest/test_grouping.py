"""What becomes of a stream of samples, rule by rule."""

from collections.abc import Iterable

from foundation.timebase import MEDIA_TIMESCALE
from ingest import notices as say
from ingest.coding import Coding
from ingest.grouping import Grouping
from ingest.index.records import GapReason
from ingest.notices import Notices
from ingest.samples import Group, Sample

PICTURES, OTHER = Coding(b"avc1", "avc1", "h264"), Coding(b"avc2", "avc1", "h264")
SOUND = Coding(b"mp4a", "mp4a", "aac", rate=48_000)
FRAME = 3600
SECOND = MEDIA_TIMESCALE


def pictures(times: Iterable[int], every: int = 5, coding: Coding = PICTURES) -> list[Sample]:
    return [Sample(b"%d" % at, at, FRAME, number % every == 0, coding) for number, at in enumerate(times)]


def sound(at: int) -> Sample:
    return Sample(b"~", at, 1024, True, SOUND, sound=True)


def grouped(samples: Iterable[Sample]) -> tuple[list[Group], Notices, Grouping]:
    notices = Notices()
    grouping = Grouping(notices)
    groups = [group for sample in samples for group in grouping.feed(sample)]
    return [*groups, *grouping.finish()], notices, grouping


def messages(notices: Notices) -> list[str]:
    return [notice.message for notice in notices.all()]


def test_groups_follow_each_other_and_the_last_picture_lasts_as_long_as_told() -> None:
    groups, notices, grouping = grouped(pictures(range(7 * FRAME, 27 * FRAME, FRAME)))
    assert [(group.low, group.end) for group in groups] == [(at * FRAME, (at + 5) * FRAME) for at in (7, 12, 17, 22)]
    assert [group.ends for group in groups] == [None, None, None, GapReason.FILE_END]
    assert [group.begins_run for group in groups] == [True, False, False, False]
    assert (grouping.origin, messages(notices)) == (7 * FRAME, [])


def test_what_comes_before_the_first_key_frame_is_left_out_but_counts_for_the_start() -> None:
    samples = pictures(range(0, 13 * FRAME, FRAME))
    samples = [sample._replace(key=number in {3, 8}) for number, sample in enumerate(samples)]
    groups, notices, grouping = grouped(samples)
    assert [group.low for group in groups] == [3 * FRAME, 8 * FRAME]
    assert grouping.origin == 0
    assert [(n.message, n.fields) for n in notices.all()] == [(say.LEADING, {"count": 3})]


def test_leading_pictures_of_an_open_group_stay_inside_a_run_and_go_at_its_beginning() -> None:
    order = [2, 0, 1, 3, 6, 4, 5, 7]  # in decode order: the key frames 2 and 6 have leading pictures
    samples = [Sample(b"%d" % at, at * FRAME, FRAME, at in {2, 6}, PICTURES) for at in order]
    groups, notices, grouping = grouped(samples)
    assert [group.pts.tolist() for group in groups] == [[2 * FRAME, 3 * FRAME], [t * FRAME for t in (6, 4, 5, 7)]]
    assert groups[0].end == 4 * FRAME
    assert grouping.origin == 0
    assert [(n.message, n.fields) for n in notices.all()] == [(say.LEADING, {"count": 2})]


def test_a_hole_ends_the_run_and_the_next_begins_at_its_own_time() -> None:
    late = 30 * SECOND
    groups, notices, _ = grouped(
        [*pictures(range(0, 5 * FRAME, FRAME)), *pictures(range(late, late + 5 * FRAME, FRAME))]
    )
    assert [(group.low, group.end, group.ends, group.begins_run) for group in groups] == [
        (0, 5 * FRAME, GapReason.FILE_BROKEN, True),
        (late, late + 5 * FRAME, GapReason.FILE_END, True),
    ]
    assert [notice.fields for notice in notices.all()] == [{"start": "0:00:00.200", "end": "0:00:30.000"}]


def test_ten_seconds_of_a_still_picture_are_no_hole() -> None:
    groups, notices, _ = grouped(pictures([0, 10 * SECOND, 20 * SECOND], every=1))
    assert [group.end for group in groups[:2]] == [10 * SECOND, 20 * SECOND]
    assert messages(notices) == []


def test_pictures_after_a_hole_without_a_key_frame_are_left_out() -> None:
    samples = pictures([0, FRAME, 20 * SECOND, 20 * SECOND + FRAME, 21 * SECOND], every=9)
    samples[4] = samples[4]._replace(key=True)
    groups, notices, _ = grouped(samples)
    assert [group.pts.tolist() for group in groups] == [[0, FRAME], [21 * SECOND]]
    assert groups[0].ends is GapReason.FILE_BROKEN
    assert messages(notices) == [say.HOLE, say.NO_KEY]


def test_times_that_go_back_continue_behind() -> None:
    first, second = pictures(range(60 * SECOND, 60 * SECOND + 5 * FRAME, FRAME)), pictures(range(0, 10 * FRAME, FRAME))
    groups, notices, _ = grouped([*first, *second])
    assert [group.low - 60 * SECOND for group in groups] == [0, 5 * FRAME, 10 * FRAME]
    assert [group.begins_run for group in groups] == [True, False, False]
    assert messages(notices) == [say.JUMP]


def test_a_small_step_back_is_taken_too() -> None:
    samples = [*pictures(range(0, 5 * FRAME, FRAME)), *pictures(range(2 * FRAME, 12 * FRAME, FRAME))]
    groups, notices, _ = grouped(samples)
    assert [(group.low, group.end) for group in groups] == [(at * FRAME, (at + 5) * FRAME) for at in (0, 5, 10)]
    assert messages(notices) == [say.JUMP]


def test_a_group_too_long_for_a_segment_is_left_out() -> None:
    long = pictures(range(0, 130 * SECOND, SECOND), every=1000)
    groups, notices, _ = grouped([*pictures([-SECOND], every=1), *long, *pictures([130 * SECOND, 131 * SECOND])])
    assert [(group.low, group.ends) for group in groups] == [
        (-SECOND, GapReason.FILE_BROKEN),
        (130 * SECOND, GapReason.FILE_END),
    ]
    assert [(group.end, group.begins_run) for group in groups] == [(0, True), (131 * SECOND + FRAME, True)]
    assert messages(notices) == [say.TOO_LONG]


def test_another_coding_begins_another_run_without_a_gap() -> None:
    samples = [*pictures(range(0, 5 * FRAME, FRAME)), *pictures(range(5 * FRAME, 10 * FRAME, FRAME), coding=OTHER)]
    groups, _, _ = grouped(samples)
    assert [(group.end, group.ends, group.begins_run) for group in groups] == [
        (5 * FRAME, GapReason.CODEC_CHANGE, True),
        (10 * FRAME, GapReason.FILE_END, True),
    ]


def test_two_pictures_of_one_time_are_moved_a_tick_apart() -> None:
    groups, _, _ = grouped(pictures([0, FRAME, FRAME, FRAME, 2 * FRAME]))
    assert groups[0].pts.tolist() == [0, FRAME, FRAME + 1, FRAME + 2, 2 * FRAME]


def test_pictures_without_a_time_are_placed_one_behind_the_other() -> None:
    samples = [sample._replace(pts=None) for sample in pictures(range(5))]
    groups, notices, _ = grouped(samples)
    assert groups[0].pts.tolist() == [number * FRAME for number in range(5)]
    assert messages(notices) == [say.TIMES_MISSING]


def test_what_the_source_hides_does_not_move_the_start() -> None:
    samples = pictures(range(-2 * FRAME, 3 * FRAME, FRAME))
    samples = [sample._replace(hidden=(sample.pts or 0) < 0) for sample in samples]
    groups, _, grouping = grouped(samples)
    assert (groups[0].low, grouping.origin) == (-2 * FRAME, 0)


def test_sound_goes_with_its_pictures_and_nowhere_twice() -> None:
    seen = pictures(range(0, 100 * FRAME, FRAME), every=25)
    heard = [sound(at) for at in range(-1024, 4 * 48_000, 1024)]
    interleaved = [*heard[:3], *seen[:60], *heard[3:], *seen[60:]]  # sound comes up to two seconds late
    groups, notices, _ = grouped(interleaved)
    for group in groups:
        assert all(group.low <= (sample.pts or 0) * 15 // 8 + 1024 * 15 // 8 for sample in group.sound)
        assert all((sample.pts or 0) * 15 // 8 < (group.end or 0) for sample in group.sound)
    assert [sample.pts for group in groups for sample in group.sound] == [sample.pts for sample in heard[1:]]
    assert messages(notices) == []


def test_sound_far_behind_is_left_out_with_a_notice() -> None:
    samples = [*pictures(range(0, 200 * FRAME, FRAME), every=25), sound(0)]
    groups, notices, _ = grouped(samples)
    assert not any(group.sound for group in groups)
    assert messages(notices) == [say.SOUND_LATE]


def test_an_empty_stream_gives_nothing() -> None:
    groups, notices, grouping = grouped([])
    assert (groups, notices.all(), grouping.origin) == ([], [], None)
