"""A recorder whose clock is wrong, by the command line: clips are asked for by the true time."""

from pathlib import Path

from tests.e2e.matpho.test_first_question import numbers
from tests.support.command_line import Matpho

BRING = ("clips", "import")
OF = ("--camera", "C1", "--json")


def test_a_clip_by_the_true_time_of_a_recorder_that_is_fast(ward: Matpho, recording: Path, tmp_path: Path) -> None:
    said = ("--clock-shows", "2026-03-09T08:07:30+07:00", "--true-time", "2026-03-09T08:00:00+07:00")
    done = ward(*BRING, recording, *OF, *said)
    assert done.code == 0, done.err
    (told,) = done.json
    assert (told["from"], told["start_source"]) == ("2026-03-07T20:57:30+07:00", "file_name")
    clock = told["clock"]
    assert (clock["offset_us"], clock["recorder_from"]) == (450_000_000, "2026-03-07T21:05:00+07:00")
    assert clock["compared"] == "2026-03-09T08:00:00+07:00"
    assert 17 < clock["uncertainty_us"] / 1_000_000 < 18  # 5 s, and 9 s for each of a day and a half
    out = tmp_path / "clip.mp4"
    span = ("--from", "2026-03-07T20:57:32.3+07:00", "--to", "2026-03-07T20:57:34+07:00")
    made = ward("clip", "--camera", "C1", *span, "--out", out, "--json")
    assert made.code == 0, made.err
    assert numbers(out) == list(range(58, 100))
    assert made.json["receipt"]["clock"][0]["uncertainty_us"] == clock["uncertainty_us"]
    line = ward("timeline", "--camera", "C1", *span, "--json")
    assert line.json["runs"][0]["uncertainty_us"] == clock["uncertainty_us"]
    place = ("--at", "10.7700,106.7003")
    (sighting,) = ward("lookup", *place, *span, "--json").json["sightings"]
    assert sighting["clock"]["offset_us"] == 450_000_000
    assert sighting["clock"]["offset_observed_at"] == "2026-03-09T08:00:00+07:00"
    assert sighting["clock"]["uncertainty_us"] == clock["uncertainty_us"]
    again = ward(*BRING, recording, "--camera", "C1", *said)
    assert "is 0:07:30 fast and was put right; times may be off by 0:00:17" in again.out
    other = ward(*BRING, recording, "--camera", "C1", "--clock-slow", "7m30s")
    assert (other.code, "with another start: 2026-03-07T20:57:30+07:00" in other.err) == (1, True)


def test_what_cannot_be_meant_is_refused_and_who_does_not_know_says_so(ward: Matpho, recording: Path) -> None:
    refused: list[tuple[tuple[str, ...], int, str]] = [
        (("--true-time", "2026-03-09T08:00:00+07:00"), 1, "said twice, or not wholly"),
        (("--clock-shows", "2026-03-09T08:00:00+07:00", "--clock-fast", "1h"), 1, "said twice, or not wholly"),
        (("--clock-fast", "1h", "--clock-slow", "1h"), 2, "one of fast, slow and right"),
        (("--clock-fast", "7:30"), 2, "for example 7m30s"),
        (("--clock-fast", "3d"), 1, "off by 3 days and 0 hours"),
        (("--clock-right", "--clock-uncertainty", "2d"), 2, "more than a day"),
        (("--clock-fast", "99999d", "--clock-far"), 1, "before the year 2000"),
    ]
    for said, code, words in refused:
        done = ward(*BRING, recording, "--camera", "C1", *said)
        assert (done.code, words in done.err) == (code, True), done.err
    done = ward(*BRING, recording, "--camera", "C1")
    assert "nobody compared the recorder's clock: how far times are off is not known" in done.out
