"""The street: the time is in it twice, what moves depends on the time alone, and it is cheap."""

import numpy as np
import pytest

from foundation.clock import SystemClock
from sample_clips import barcode
from sample_clips.scene import MIN_HEIGHT, MIN_WIDTH, TEXT_HEIGHT, Scene, zone_of

AT_US = 1_772_892_300_040_999  # 2026-03-07T21:05:00.040999+07:00
STREET = slice(barcode.CELL + TEXT_HEIGHT, None)


def grey(picture: barcode.Picture) -> barcode.Picture:
    mean: barcode.Picture = picture.mean(axis=2).astype(np.uint8)
    return mean


@pytest.mark.parametrize(("width", "height"), [(640, 360), (MIN_WIDTH, MIN_HEIGHT), (1280, 720)])
def test_a_frame_carries_its_time_rounded_down(width: int, height: int) -> None:
    picture = Scene(width, height, "CAM-01").frame(AT_US)
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.uint8
    assert barcode.read(grey(picture)) == AT_US // 1000


def test_text_shows_time_offset_and_camera() -> None:
    """The same text gives the same rows; another millisecond, offset or camera gives others."""

    def text(at_us: int = AT_US, camera: str = "CAM-01", minutes: int = 420) -> bytes:
        return Scene(640, 360, camera, 1, zone_of(minutes)).frame(at_us)[barcode.CELL : STREET.start].tobytes()

    assert text() == text(AT_US + 0)
    others = [text(AT_US + 1000), text(camera="CAM-02"), text(minutes=0)]
    assert len({text(), *others}) == 4
    assert max(text()) == 255


def test_same_seed_and_time_give_the_same_picture_and_others_do_not() -> None:
    first, again, other = (Scene(640, 360, "C", seed) for seed in (7, 7, 8))
    assert np.array_equal(first.frame(AT_US), again.frame(AT_US))
    assert not np.array_equal(first.frame(AT_US)[STREET], other.frame(AT_US)[STREET])


def test_something_moves_between_frames_and_in_both_directions() -> None:
    scene = Scene(640, 360, "C", 3)
    before, after = (scene.frame(AT_US + step)[STREET].astype(int) for step in (0, 200_000))
    changed = np.flatnonzero((before != after).any(axis=(1, 2))) + barcode.CELL + TEXT_HEIGHT
    assert (changed >= 180).all()
    assert (changed < 270).any()
    assert (changed >= 270).any()


@pytest.mark.parametrize(("width", "height"), [(MIN_WIDTH - 2, 360), (640, MIN_HEIGHT - 2)])
def test_no_room_is_refused(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="smaller"):
        Scene(width, height, "C")


@pytest.mark.parametrize("camera", ["Ngõ 12", "a\nb"])
def test_a_code_that_cannot_be_drawn_is_refused(camera: str) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        Scene(640, 360, camera)


def test_cheap_to_draw() -> None:
    """300 frames a second are the aim; a busy machine may be three times as slow."""
    scene, clock = Scene(640, 360, "C"), SystemClock()
    scene.frame(AT_US)
    begun = clock.now_us()
    for number in range(100):
        scene.frame(AT_US + 40_000 * number)
    assert clock.now_us() - begun < 1_000_000
