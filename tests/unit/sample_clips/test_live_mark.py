"""The mark of a live frame: there and back whatever its numbers are, and never a start code in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_clips import live_mark
from sample_clips.live_mark import Mark

SMALL = st.sampled_from([0, 1, 2, 3, 255, 256, 0x0300, 0x01_0000, 0x0300_0000])
U32, U64 = SMALL | st.integers(0, 2**32 - 1), SMALL | st.integers(0, 2**64 - 1)
"""Zeros and threes next to each other are what emulation prevention is about, and chance alone seldom gives them."""
MARKS = st.builds(Mark, U32, U64, U64)
BYTES = st.lists(st.sampled_from([0, 1, 2, 3, 4, 255]), max_size=40).map(bytes)


@given(MARKS)
def test_what_is_written_is_found_and_no_start_code_arises(mark: Mark) -> None:
    unit = live_mark.unit(*mark)
    assert live_mark.find(unit) == mark
    assert unit[0] & 31 == 6
    assert len(unit) <= live_mark.LONGEST
    assert not any(bytes([0, 0, low]) in unit for low in (0, 1, 2))
    assert unit[-1] == 0x80


@given(BYTES)
def test_emulation_prevention_is_undone(data: bytes) -> None:
    coded = live_mark.escape(b"\x01" + data)
    assert live_mark.unescape(coded) == b"\x01" + data
    assert not any(bytes([0, 0, low]) in coded for low in (0, 1, 2))


def test_escaping_is_as_the_standard_has_it() -> None:
    """ITU-T H.264, 7.4.1: 00 00 0x becomes 00 00 03 0x, and counting begins anew after it."""
    assert live_mark.escape(bytes.fromhex("01 00 00 00 00 00 01")) == bytes.fromhex("01 00 00 03 00 00 03 00 01")
    assert live_mark.escape(bytes.fromhex("01 00 00 04 00 00")) == bytes.fromhex("01 00 00 04 00 00")


def test_it_is_found_within_a_sample() -> None:
    unit = live_mark.unit(7, 0, 1)
    sample = b"\x00\x00\x00\x04\x67\x42\x00\x1e" + len(unit).to_bytes(4, "big") + unit + b"\x00\x00\x00\x02\x65\x88"
    assert live_mark.find(sample) == Mark(7, 0, 1)


@pytest.mark.parametrize("kept", [0, 10, 19, 25, 38])
def test_half_a_mark_is_none(kept: int) -> None:
    assert live_mark.find(live_mark.unit(0x01020304, 5 << 32 | 5, 2**63 + 1)[:kept]) is None


def test_what_encoders_say_of_themselves_is_no_mark() -> None:
    assert live_mark.find(bytes([6, 5, 20]) + bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef") + b"x264\x80") is None
