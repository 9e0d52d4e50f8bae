"""The bytes we write, by their SHA-256. Tags of clips and seals of evidence depend on them.

A change here is right only together with a raised FORMAT_VERSION of extract/virtual_file.py (for `header`), and never
makes a sealed segment unreadable.
"""

import hashlib

import numpy as np
import pytest

from foundation.mp4.boxes import box
from foundation.mp4.entry_writer import audio_entry, esds, visual_entry
from foundation.mp4.header import build_header
from foundation.mp4.hybrid import closing, fragment, init_segment, opening
from foundation.mp4.movie import Edit, Track
from foundation.mp4.tables import SampleTable
from foundation.mp4.text import wall_clock_track

GOLDEN = {
    "header": "e9e60d1bd43ed75783174f12b94ffa2221253296ff4053aed69f70e2ba5ece50",
    "large header": "744dc73660128d5b6e97284268a8ebc805315280b2949f4d9f30aa2d8306bce6",
    "opening": "0beb526cc76a78dac077bb03e4fa5a1ec6a195e34d1512c9658bebbe0238e242",
    "fragment": "caee92351109d30717397824b77c5cc3448b626e33fd9f15a14c0acadac26dce",
    "closing": "22017a90fd657aa4591244f055d57d1b6c1a4e3af16a6decb9907245dfe8dd55",
    "initialisation segment": "722c614dd0ef78d7c6ddfd8493add550a81665ffb629c5f8a16e45e8fbe1cf6c",
}


def tracks() -> list[Track]:
    count = np.arange(50, dtype=np.int64)
    size = 1000 + count * 37 % 211
    seen = SampleTable(
        np.cumsum(size) - size + count // 25 * 4000,
        size,
        count * 3600,
        np.array([3600, 7200, 0, 3600, 3600] * 10, np.int64),
        count % 25 == 0,
        (count // 25).astype(np.int32),
        50 * 3600,
    )
    entries = tuple(visual_entry(b"avc1", 1920, 1080, box(b"avcC", bytes((1, 100, 0, level)))) for level in (30, 40))
    beats = np.arange(90, dtype=np.int64)
    none, length = np.zeros(90, np.int64), np.full(90, 160, np.int64)
    heard = SampleTable(100_000 + beats * 160, length, beats * 1024, none, none == 0, none.astype(np.int32), 90 * 1024)
    sound = audio_entry(b"mp4a", 1, 16, 44_100, esds(0x40, 5, b"\x12\x08"))
    text, _ = wall_clock_track([(0, 90_000, "21:05:00"), (90_000, 90_000, "21:05:01")], track_id=3, payload_at=120_000)
    return [
        Track(1, "video", 90_000, entries, seen, (Edit(9000, -1), Edit(162_000, 7200)), 1920, 1080),
        Track(2, "audio", 44_100, (sound,), heard, (), language="vie"),
        text,
    ]


def written() -> dict[str, bytes]:
    every = tracks()
    runs = [(track, track.samples.take(slice(0, 40))) for track in every[:2]]
    end = closing(every, 130_000)
    return {
        "header": build_header(every, 130_000),
        "large header": build_header(every, 5_000_000_000),
        "opening": opening(every[:2]),
        "fragment": fragment(7, runs),
        "closing": end.moov + end.patch,
        "initialisation segment": init_segment(every[:1]),
    }


@pytest.mark.parametrize("name", GOLDEN)
def test_the_bytes_are_what_they_were(name: str) -> None:
    assert hashlib.sha256(written()[name]).hexdigest() == GOLDEN[name]


def test_every_kind_of_output_is_held() -> None:
    assert set(GOLDEN) == set(written())
