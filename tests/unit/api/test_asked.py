"""What came of asking a camera has words for everything, in both languages, and the clock is told as people tell it."""

from datetime import timedelta, timezone

import pytest

from api.web.frame.words import Telling
from api.web.registry.asked import TEXT, clock_told, told
from ingest.probe.outcomes import Answer, Found

TELL = Telling("en", timezone(timedelta(hours=7)))
HOUR = 3_600_000_000


def test_everything_has_words_and_what_to_do() -> None:
    assert set(TEXT) == set(Found)
    for found in Found:
        said = told(TELL, Answer(found))
        assert said.text
        assert bool(said.mend) == (found not in {Found.ANSWERS, Found.CHANNELS})
        assert (said.level == "good") == (found in {Found.ANSWERS, Found.CHANNELS})
    assert told(TELL, Answer(Found.ANSWERS, clock_off_us=HOUR)).level == "warn"


@pytest.mark.parametrize(
    ("off_us", "text", "mend"),
    [
        (None, "", ""),
        (4_900_000, "Its clock is right.", ""),
        (-42_300_000, "Its clock is 42 s behind.", "time server"),
        (7 * HOUR + 1_200_000, "Its clock is 7 h ahead.", "GMT+07:00"),
        (-7 * HOUR - 70_000_000, "Its clock is 7 h 1 min behind.", "GMT+07:00"),
        (HOUR // 2, "Its clock is 30 min ahead.", "time server"),
        (-(8 * 365 * 24 * HOUR) - 30 * 60_000_000, "Its clock is 2920 d 30 min behind.", "time server"),
    ],
)
def test_the_clock(off_us: int | None, text: str, mend: str) -> None:
    said, what = clock_told(TELL, off_us)
    assert said == text
    assert mend in what
    assert bool(mend) == bool(what)
