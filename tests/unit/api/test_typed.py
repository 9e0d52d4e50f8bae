"""Times and places as people type them: to the millisecond where somebody means it, and read in one way by all pages."""

from datetime import date, time, timedelta, timezone

import pytest

from api.web.frame.asked import typed
from api.web.frame.places import PositionSwapped, PositionUnreadable, read_position
from api.web.frame.words import (
    DayAmbiguous,
    SpanBackwards,
    Telling,
    TimeAmbiguous,
    TimeUnreadable,
    exactly,
    fields_told,
    is_dated,
    read_day,
    read_fields,
    read_instant,
    read_span,
    read_time,
)

ZONE = timezone(timedelta(hours=7))
NOON = 1_772_859_600_000_000
"""7 March 2026, 12:00 in Vietnam."""
SATURDAY = date(2026, 3, 7)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("21:05", time(21, 5)),
        ("21h05", time(21, 5)),
        ("21:05:30", time(21, 5, 30)),
        ("21:05:30.25", time(21, 5, 30, 250_000)),
        ("21:05:30,007", time(21, 5, 30, 7000)),
        ("21.05.30", time(21, 5, 30)),
        ("21 giờ 5 phút", time(21, 5)),
        ("9 giờ tối", time(21)),
        ("9h tối", time(21)),
        ("9 rưỡi tối", time(21, 30)),
        ("9h30 sáng", time(9, 30)),
        ("1 giờ trưa", time(13)),
        ("2 giờ đêm", time(2)),
        ("9:05 PM", time(21, 5)),
        ("12:05 am", time(0, 5)),
        ("21g05", time(21, 5)),
        ("21h05'", time(21, 5)),
        ("21h05p", time(21, 5)),
        ("21 giờ rưỡi", time(21, 30)),
        ("2105", time(21, 5)),
        ("210530", time(21, 5, 30)),
    ],
)
def test_a_time_is_read_as_exactly_as_it_was_typed(text: str, wanted: time) -> None:
    assert read_time(text) == wanted
    assert read_time(exactly(wanted)) == wanted


DAYS = {
    "7/3/26": "07/03/2026",
    "ngày 7/3": "07/03/2026",
    "7 tháng 3": "07/03/2026",
    "ngày 7 tháng 3 năm 2025": "07/03/2025",
    "bữa qua": "06/03/2026",
    "tối hôm qua": "06/03/2026",
    "sáng nay": "07/03/2026",
    "thứ sáu": "06/03/2026",
    "thứ 2": "02/03/2026",
    "chủ nhật": "01/03/2026",
    "thứ bảy tuần trước": "28/02/2026",
    "yesterday": "06/03/2026",
    "7 March 2026": "07/03/2026",
    "7 Mar 2025": "07/03/2025",
    "March 7, 2026": "07/03/2026",
    "7th march": "07/03/2026",
    "07032026": "07/03/2026",
    "070326": "07/03/2026",
}


@pytest.mark.parametrize(("text", "wanted"), DAYS.items())
def test_days_are_read_as_people_say_them(text: str, wanted: str) -> None:
    assert f"{read_day(text, SATURDAY):%d/%m/%Y}" == wanted
    assert not is_dated(text)
    assert is_dated(wanted)


@pytest.mark.parametrize("text", ["thứ bảy", "đêm nay", "đêm qua"])
def test_a_day_that_may_be_two_is_asked_about(text: str) -> None:
    with pytest.raises(DayAmbiguous):
        read_day(text, SATURDAY)


@pytest.mark.parametrize("text", ["12 giờ đêm", "6 giờ đêm", "12h tối", "14h sáng"])
def test_an_hour_that_may_be_two_is_asked_about(text: str) -> None:
    with pytest.raises(TimeAmbiguous):
        read_time(text)


SPANS = {
    ("tối qua", "9 giờ", "9 rưỡi"): "21:00:00–21:30:00 06/03/2026",
    ("tối qua", "21:05", "24:00"): "21:05:00 06/03/2026 – 00:00:00 07/03/2026",
    ("đêm qua", "11 giờ", "1 giờ"): "23:00:00 06/03/2026 – 01:00:00 07/03/2026",
    ("đêm qua", "12 giờ", "00:30"): "00:00:00–00:30:00 07/03/2026",
    ("06/03/2026", "9 giờ tối", "9:05 PM"): "21:00:00–21:05:00 06/03/2026",
}


@pytest.mark.parametrize(("asked", "wanted"), SPANS.items())
def test_day_and_time_are_read_together_and_told_as_what_stays(asked: tuple[str, str, str], wanted: str) -> None:
    span = read_span(*asked, ZONE, NOON)
    assert Telling("vi", ZONE).span(span) == wanted
    told = fields_told(span, ZONE)
    assert read_span(told["day"], told["begin"], told["end"], ZONE, NOON * 2, end_day=told["end_day"]) == span
    assert read_instant(asked[0], asked[1], ZONE, NOON) == span.start_us


def test_each_field_is_told_what_is_wrong_with_it() -> None:
    span, wrong = read_fields("hôm nào", "21:75", "9", ZONE, NOON, end_day="32/1")
    assert span is None
    assert {name: error.code for name, error in wrong.items()} == {
        "day": "day_unreadable",
        "begin": "time_unreadable",
        "end": "time_unreadable",
        "end_day": "day_unreadable",
    }


@pytest.mark.parametrize(
    "text", ["", "9", "24:00", "2460", "9 rưởi rưỡi", "21:75", "21:05:30.1234", "21:05:61", "25:00", "21:05:30."]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(TimeUnreadable):
        read_time(text)


def test_an_end_before_the_begin_is_refused_with_both_as_they_were_typed() -> None:
    with pytest.raises(SpanBackwards) as refused:
        read_span("7/3", "21:05:30.500", "21:05:30.250", ZONE, NOON)
    assert refused.value.fields == {"begin": "21:05:30.500", "to": "21:05:30.250", "next_day": "08/03/2026"}


def test_an_end_on_an_earlier_day_is_told_at_that_day() -> None:
    _, wrong = read_fields("07/03/2026", "21:00", "21:10", ZONE, NOON, end_day="06/03/2026")
    assert {name: str(error) for name, error in wrong.items()} == {
        "end_day": "The end, 21:10:00 06/03/2026, is before the beginning, 21:00:00 07/03/2026. "
        "Write 07/03/2026 or a later day; leave it empty when the end is on the same day"
    }
    _, wrong = read_fields("07/03/2026", "21:10", "21:00", ZONE, NOON, end_day="07/03/2026")
    assert (list(wrong), wrong["end"].fields["to"]) == (["end"], "21:00:00 07/03/2026")


def test_a_night_is_taken_as_one_only_where_it_is_read_back() -> None:
    asked = typed(place="10.7,106.6", day="07/03/2026", begin="23:50", end="00:10")
    span, _ = asked.read(ZONE, NOON)
    assert span is not None
    assert Telling("vi", ZONE).span(span) == "23:50:00 07/03/2026 – 00:10:00 08/03/2026"
    lasting = asked.lasting(span, ZONE)
    assert lasting is not None
    assert lasting.end_day == "08/03/2026"
    assert lasting.lasting(span, ZONE) is None
    _, wrong = read_fields("07/03/2026", "23:50", "00:10", ZONE, NOON)  # a form that acts at once
    assert "write 08/03/2026 as the day of the end" in str(wrong["end"])
    assert typed(day="07/03/2026", begin="21:10", end="21:05").read(ZONE, NOON)[0] is None
    until_midnight = typed(day="07/03/2026", begin="21:10", end="24:00")
    span, _ = until_midnight.read(ZONE, NOON)
    assert span is not None
    assert until_midnight.lasting(span, ZONE) is None


@pytest.mark.parametrize(
    "text",
    [
        "10.7638, 106.6615",
        "(10.7638, 106.6615)",
        "10,7638; 106,6615",
        "10.7638° N, 106.6615° E",
        "10°45'49.68\"N 106°39'41.4\"E",
        "106°39′41,4″ E, 10°45′49,68″ N",
    ],
)
def test_a_place_is_read_as_maps_tell_it(text: str) -> None:
    found = read_position(text)
    assert (float(found["lat"]), float(found["lon"])) == pytest.approx((10.7638, 106.6615), abs=1e-7)


@pytest.mark.parametrize("text", ["ở nhà tôi", "91, 200", "10.76", "10.76N 106.66N", "10°N", "(", "1" * 500, "° " * 40])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(PositionUnreadable):
        read_position(text)


def test_a_place_the_wrong_way_round_is_told_as_such() -> None:
    with pytest.raises(PositionSwapped):
        read_position("106.66, 10.76")
    assert read_position("-10.5, -106.25") == {"lat": "-10.5", "lon": "-106.25"}


def test_pages_read_place_and_time_alike() -> None:
    asked = typed(lat="10.76", lon="106.66", day="07/03/2026", begin="23:59", end="00:01", end_day="08/03/2026")
    assert asked.position() == asked.position_or_words() == (10.76, 106.66)
    assert asked.span(ZONE, NOON).duration_us == 120_000_000
    assert typed(place="10,7769; 106,7009").position() == (10.7769, 106.7009)
    assert typed(place="chợ Bến Thành").position_or_words() is None
    for wrong in (typed(place="91, 200"), typed(lat="x", lon="y", place="chợ", of="chợ")):
        with pytest.raises(PositionUnreadable):
            wrong.position_or_words()
