from dataclasses import replace
from zoneinfo import ZoneInfo

from extract.plan import Plan, plan
from extract.times import Passage, lines, passages, passages_of, wall_at, wall_clock_vtt
from foundation.timebase import TimeRange, format_instant
from tests.support.golden_clips import START, footage

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def planned(begin_us: int, end_us: int) -> Plan:
    made, media = footage()
    return plan(made, TimeRange(START + begin_us, START + end_us), "exact", lambda item: media[item.key])


def test_the_clock_shows_every_second_that_is_in_the_clip_and_steps_over_the_gap() -> None:
    (part,) = planned(1_150_000, 5_250_000).parts
    found = passages(part)
    assert [(item.start_us - START, item.end_us - START) for item in found] == [
        (1_200_000, 2_000_000),
        (2_000_000, 4_000_000),
        (4_300_000, 5_250_000),
    ]
    told = lines(found, HANOI)
    assert [text for _, _, text in told] == [f"2026-03-07 21:05:0{second}+07:00" for second in range(1, 6)]
    assert [(start, length) for start, length, _ in told] == [
        (0, 72_000),
        (72_000, 90_000),
        (162_000, 90_000),
        (252_000, 63_000),
        (315_000, 22_500),
    ]


def test_clip_time_and_wall_time_map_both_ways() -> None:
    found = [Passage(0, 9000, START, START + 100_000), Passage(9000, 18_000, START + 500_000, START + 600_000)]
    assert wall_at(found, 0) == START
    assert wall_at(found, 4500) == START + 50_000
    assert wall_at(found, 9000) == START + 500_000
    assert wall_at(found, 18_000) == START + 600_000
    assert [found[1].ticks(wall_at(found, ticks)) for ticks in (9000, 12_345, 17_999)] == [9000, 12_345, 17_999]


def test_webvtt_and_the_passages_of_a_receipt() -> None:
    (part,) = planned(1_150_000, 2_250_000).parts
    told = [
        {
            "ticks": [item.start_ticks, item.end_ticks],
            "from": format_instant(item.start_us),
            "to": format_instant(item.end_us),
        }
        for item in passages(part)
    ]
    assert passages_of({"parts": [{"timeline": told}]}) == [replace(item, key="") for item in passages(part)]
    assert wall_clock_vtt(part, HANOI) == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:00.800\n2026-03-07 21:05:01+07:00\n\n"
        "00:00:00.800 --> 00:00:01.050\n2026-03-07 21:05:02+07:00\n"
    )


def test_a_second_that_lies_in_two_segments_is_told_once() -> None:
    (part,) = planned(0, 4_000_000).parts
    shifted = [replace(item, start_us=item.start_us + 500_000, end_us=item.end_us + 500_000) for item in passages(part)]
    texts = [text for _, _, text in lines(shifted, HANOI)]
    assert texts == sorted(set(texts))
