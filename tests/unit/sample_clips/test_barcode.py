"""The bar code: its check value, there and back, and what is not one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_clips import barcode

TIMES = st.integers(0, 2**48 - 1)
AT_MS = 1_772_892_300_040


def test_crc_has_the_published_check_value() -> None:
    assert barcode.crc16(b"123456789") == 0x29B1


def test_cells_are_as_described() -> None:
    picture = np.full((8, 512), 77, np.uint8)
    barcode.draw(picture, 1 << 47 | 1)
    time = bytes([0x80, 0, 0, 0, 0, 1])
    bits = f"{1 << 47 | 1:048b}{barcode.crc16(time):016b}"
    expected = np.array([[255 * int(bit)] * 8 for bit in bits], np.uint8).reshape(1, 512).repeat(8, axis=0)
    assert np.array_equal(picture, expected)


@given(at_ms=TIMES, width=st.integers(512, 700), height=st.integers(8, 40), channels=st.sampled_from([0, 1, 3]))
def test_what_is_drawn_is_read(at_ms: int, width: int, height: int, channels: int) -> None:
    picture = np.full((height, width, channels) if channels else (height, width), 90, np.uint8)
    barcode.draw(picture, at_ms)
    assert barcode.read(picture[:, :, 0] if channels else picture) == at_ms
    assert (picture[8:] == 90).all()
    assert (picture[:, 512:] == 90).all()


@given(at_ms=TIMES, seed=st.integers(0, 1000))
def test_noise_and_limited_range_do_no_harm(at_ms: int, seed: int) -> None:
    picture = np.zeros((8, 512), np.uint8)
    barcode.draw(picture, at_ms)
    noise = np.random.default_rng(seed).normal(0, 40, picture.shape)
    limited = np.clip(16 + picture * (219 / 255) + noise, 0, 255).astype(np.uint8)
    assert barcode.read(limited) == at_ms


@given(at_ms=TIMES, broken=st.sets(st.integers(0, 63), min_size=1, max_size=3))
def test_up_to_three_broken_cells_are_noticed(at_ms: int, broken: set[int]) -> None:
    picture = np.zeros((8, 512), np.uint8)
    barcode.draw(picture, at_ms)
    for cell in broken:
        picture[:, cell * 8 : cell * 8 + 8] ^= 255
    assert barcode.read(picture) is None


@pytest.mark.parametrize("shape", [(8, 511), (7, 512), (0, 0)])
def test_a_small_picture_carries_none(shape: tuple[int, int]) -> None:
    picture = np.zeros(shape, np.uint8)
    assert barcode.read(picture) is None
    with pytest.raises(ValueError, match="no room"):
        barcode.draw(picture, AT_MS)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_plain_picture_carries_none(level: int) -> None:
    assert barcode.read(np.full((8, 512), level, np.uint8)) is None


@pytest.mark.parametrize("at_ms", [-1, 2**48])
def test_a_time_beyond_48_bits_is_refused(at_ms: int) -> None:
    with pytest.raises(ValueError, match="48 bits"):
        barcode.draw(np.zeros((8, 512), np.uint8), at_ms)


def test_channels_are_not_read() -> None:
    with pytest.raises(ValueError, match="grey"):
        barcode.read(np.zeros((8, 512, 3), np.uint8))
