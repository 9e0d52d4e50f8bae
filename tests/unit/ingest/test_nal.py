"""NAL units found and framed."""

from hypothesis import given
from hypothesis import strategies as st

from ingest import nal

UNITS = st.lists(
    st.binary(min_size=1, max_size=40).map(lambda data: b"\x65" + data.replace(b"\0", b"\1") + b"\x80"),
    min_size=1,
    max_size=6,
)


@given(UNITS, st.sampled_from([b"\0\0\1", b"\0\0\0\1"]))
def test_units_between_start_codes_come_back_framed_by_length(units: list[bytes], start: bytes) -> None:
    annex_b = b"".join(start + unit for unit in units)
    assert nal.is_annex_b(annex_b)
    assert nal.split_annex_b(annex_b) == units
    framed = nal.with_lengths(units)
    assert list(nal.split_lengths(framed)) == units
    assert len(framed) == sum(len(unit) + 4 for unit in units)


def test_zero_bytes_between_units_belong_to_none() -> None:
    assert nal.split_annex_b(b"\0\0\0\1\x65\1\2\0\0\0\0\1\x41\3\0\0") == [b"\x65\1\2", b"\x41\3"]
    assert nal.split_annex_b(b"no start code") == []


def test_a_broken_length_ends_the_units() -> None:
    whole = nal.with_lengths([b"\x65\1", b"\x41\2"])
    assert list(nal.split_lengths(whole[:-1])) == [b"\x65\1"]
    assert list(nal.split_lengths(b"\0\0\0\0\x65")) == []
    assert list(nal.split_lengths(b"\xff\xff\xff\xff\x65")) == []
    assert list(nal.split_lengths(b"\0\2\x65\1", 2)) == [b"\x65\1"]


def test_parameter_sets_are_told_by_their_type() -> None:
    h264 = [b"\x09\xf0", b"\x67\1", b"\x68\2", b"\x06\3", b"\x65\4"]
    assert nal.parameter_sets("h264", h264) == (b"\x67\1", b"\x68\2")
    h265 = [b"\x46\1", b"\x40\1", b"\x42\1", b"\x44\1", b"\x26\1"]
    assert nal.parameter_sets("h265", h265) == (b"\x40\1", b"\x42\1", b"\x44\1")


def test_the_sets_of_a_configuration_are_read_and_a_broken_one_is_survived() -> None:
    avcc = b"\1\x64\0\x1f\xff\xe1\0\3\x67\1\2\1\0\2\x68\3"
    assert nal.sets_in_config("h264", avcc) == [b"\x67\1\2", b"\x68\3"]
    assert nal.length_width("h264", avcc) == 4
    hvcc = b"\1" + bytes(20) + b"\xfd\2\xa0\0\1\0\2\x40\1\xa1\0\1\0\2\x42\1"
    assert nal.sets_in_config("h265", hvcc) == [b"\x40\1", b"\x42\1"]
    assert nal.length_width("h265", hvcc) == 2
    for end in range(len(avcc)):
        assert len(nal.sets_in_config("h264", avcc[:end])) <= 2
    for end in range(len(hvcc)):
        assert len(nal.sets_in_config("h265", hvcc[:end])) <= 2
