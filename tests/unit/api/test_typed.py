"""Times and places as people type them: to the millisecond where somebody means it, and read in one way by all pages."""

from datetime import time, timedelta, timezone

import pytest

from api.web.frame.asked import typed
from api.web.frame.places import PositionSwapped, PositionUnreadable, read_position
from api.web.frame.words import SpanBackwards, TimeUnreadable, exactly, read_span, read_time

ZONE = timezone(timedelta(hours=7))
NOON = 1_772_859_600_000_000
"""7 March 2026, 12:00 in Vietnam."""


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
    ],
)
def test_a_time_is_read_as_exactly_as_it_was_typed(text: str, wanted: time) -> None:
    assert read_time(text) == wanted
    assert read_time(exactly(wanted)) == wanted


@pytest.mark.parametrize("text", ["", "21:75", "21:05:30.1234", "21:05:61", "25:00", "21:05:30."])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(TimeUnreadable):
        read_time(text)


def test_an_end_before_the_begin_is_refused_with_both_as_they_were_typed() -> None:
    with pytest.raises(SpanBackwards) as refused:
        read_span("7/3", "21:05:30.500", "21:05:30.250", ZONE, NOON)
    assert refused.value.fields == {"begin": "21:05:30.500", "to": "21:05:30.250"}


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
    for wrong in (typed(place="91, 200"), typed(lat="x", lon="y", place="chợ")):
        with pytest.raises(PositionUnreadable):
            wrong.position_or_words()
