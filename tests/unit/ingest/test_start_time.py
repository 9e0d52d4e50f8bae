"""When a recording began, by what recorders and phones write."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from foundation.timebase import parse_instant
from ingest.start_time import PATTERNS, Pattern, StartUnknown, find_start, from_metadata, from_name
from tests.support.command_line import ROOT

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
EVENING = parse_instant("2026-03-07T21:05:00+07:00")


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_every_pattern_reads_its_example(pattern: Pattern) -> None:
    found = from_name(pattern.example, ZONE)
    assert found is not None
    assert (found.pattern, found.source) == (pattern.name, "file_name")
    assert found.at_us == EVENING + (123_000 if pattern.name == "pixel" else 0)


def test_the_reference_lists_every_pattern() -> None:
    page = (ROOT / "docs" / "ref" / "start-times.md").read_text()
    for pattern in PATTERNS:
        assert f"| `{pattern.name}` | {pattern.makers} | `{pattern.example}` |" in page


@pytest.mark.parametrize(
    "name",
    [
        "evening.mp4",
        "VID-20260307-WA0012.mp4",  # WhatsApp: the day it was sent
        "camera_20261307210500.mp4",  # no such month
        "camera_20260307256100.mp4",  # no such hour
        "1772892300.mp4",
        "IMG_0012.mov",
    ],
)
def test_other_names_tell_nothing(name: str) -> None:
    assert from_name(name, ZONE) is None


def test_names_are_local_time_unless_they_say_otherwise() -> None:
    assert from_name("camera-01_20260307210500.mp4", UTC) != from_name("camera-01_20260307210500.mp4", ZONE)
    told = from_name("export 2026-03-07T14-05-00Z.mp4", ZONE)
    assert told is not None
    assert told.at_us == EVENING


def test_the_person_is_believed_before_the_name_and_the_name_before_the_metadata() -> None:
    metadata = {"creation_time": "2026-03-01T00:00:00.000000Z"}
    assert find_start(5, "camera-01_20260307210500.mp4", metadata, ZONE).source == "given"
    assert find_start(None, "camera-01_20260307210500.mp4", metadata, ZONE).at_us == EVENING
    assert find_start(None, "evening.mp4", metadata, ZONE).source == "metadata"
    with pytest.raises(StartUnknown) as unknown:
        find_start(None, "export/evening.mp4", {}, ZONE)
    assert unknown.value.fields["file"] == "evening.mp4"


@pytest.mark.parametrize(
    "never_set", ["1904-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z", "1980-01-06T00:00:00Z", "soon"]
)
def test_clocks_that_were_never_set_do_not_count(never_set: str) -> None:
    assert from_metadata({"creation_time": never_set}) is None


def test_quicktime_tells_its_offset() -> None:
    found = from_metadata(
        {"creation_time": "2026-03-07T14:09:00Z", "com.apple.quicktime.creationdate": "2026-03-07T21:05:00+0700"}
    )
    assert found is not None
    assert found.at_us == EVENING
