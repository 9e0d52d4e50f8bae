"""AAC as cameras pack it, and packings that are not spoken here."""

import pytest

from ingest.live.sound import AacPacking, Unsupported

HBR = {"mode": "AAC-hbr", "sizelength": "13", "indexlength": "3", "indexdeltalength": "3"}


def packed(*units: bytes) -> bytes:
    heads = b"".join((len(unit) << 3).to_bytes(2, "big") for unit in units)
    return (len(heads) * 8).to_bytes(2, "big") + heads + b"".join(units)


@pytest.mark.parametrize("units", [(b"one",), (b"one", b"second", b"3" * 700)])
def test_units_come_out_as_they_went_in(units: tuple[bytes, ...]) -> None:
    assert AacPacking.of(HBR).units(packed(*units)) == list(units)
    assert AacPacking.of({"mode": "aac-hbr"}).units(packed(*units)) == list(units)


def test_low_rate_heads_are_six_and_two_bits() -> None:
    packing = AacPacking.of({"mode": "AAC-lbr"})
    assert packing.units(b"\x00\x10" + bytes([3 << 2, 2 << 2]) + b"abcde") == [b"abc", b"de"]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x00",
        b"\x00\x00rest",
        b"\xff\xff" + b"x" * 100,
        packed(b"one")[:-1],
        packed(b"one") + b"x",
        packed(b""),
        b"\x00\x0f" + packed(b"one")[2:],
        b"\x00\x10" + ((3 << 3) | 1).to_bytes(2, "big") + b"one",
    ],
    ids=["empty", "short", "no heads", "endless heads", "cut", "more", "empty unit", "odd heads", "interleaved"],
)
def test_what_is_built_otherwise_is_none(payload: bytes) -> None:
    assert AacPacking.of(HBR).units(payload) is None


@pytest.mark.parametrize(
    "more",
    [
        {"mode": "generic"},
        {"mode": ""},
        {"sizelength": "0"},
        {"sizelength": "x"},
        {"indexlength": "99"},
        {"ctsdeltalength": "16"},
    ],
)
def test_packings_that_are_not_spoken_are_refused(more: dict[str, str]) -> None:
    with pytest.raises(Unsupported):
        AacPacking.of(HBR | more)
