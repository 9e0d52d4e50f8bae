"""A street as a fixed camera sees it: houses, a pavement, a road, and vehicles that pass. Pure, and cheap to draw.

What moves is a function of the wall time alone, so two clips of one camera that overlap show the same vehicles.

       0 +----------------------------------+
         | bar code                         |
       8 | 2026-03-07T21:05:00.040+07:00 C1 |
      32 | houses                           |
         | pavement                         |
    h/2  | road, two lanes ->  <- two lanes |
       h +----------------------------------+
"""

from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo

import cv2
import numpy as np

from foundation.timebase import MICROSECONDS, datetime_from_us
from sample_clips import barcode
from sample_clips.barcode import Picture

MIN_WIDTH, MIN_HEIGHT = barcode.WIDTH, 96
TEXT_HEIGHT = 24
"""Rows beneath the bar code that the text takes."""

_LANES = 4
_COLOURS = ((196, 40, 32), (240, 240, 240), (28, 60, 150), (24, 24, 26), (230, 180, 30), (30, 120, 70), (150, 150, 155))
_SKY, _ROAD, _PAVEMENT, _PAINT = (176, 196, 214), (72, 72, 76), (150, 144, 136), (220, 220, 210)
_GLASS, _LAMP = (60, 70, 84), (255, 244, 200)
_AT_INK = (6, barcode.CELL + 17)


@dataclass(frozen=True)
class Vehicle:
    """A box in a lane. Lengths in pixels; `speed` in pixels per second, negative to the left; `lead` is where it was in 1970."""

    colour: tuple[int, int, int]
    top: int
    length: int
    height: int
    speed: int
    lead: int

    def left(self, at_us: int, width: int) -> int:
        """Return the x of its left edge: it re-enters at one side after it has left at the other."""
        way = width + self.length
        return (self.lead + self.speed * at_us // MICROSECONDS) % way - self.length


class Scene:
    """What one camera sees. `seed` decides on the houses and the vehicles; `zone` is that of the text in the picture."""

    def __init__(self, width: int, height: int, camera: str, seed: int = 0, zone: tzinfo | None = None) -> None:
        """Raise `ValueError` for a picture without room for bar code, text and street, or a code that is not ASCII."""
        if width < MIN_WIDTH or height < MIN_HEIGHT:
            raise ValueError(f"{width} x {height} is smaller than {MIN_WIDTH} x {MIN_HEIGHT}")
        if not (camera.isascii() and camera.isprintable()):
            raise ValueError(f"The camera code {camera!r} cannot be drawn: ASCII only")
        self.width, self.height, self.camera = width, height, camera
        self.zone: tzinfo = UTC if zone is None else zone
        dice = np.random.default_rng(seed)
        self._street = _street(width, height, dice)
        self._vehicles = tuple(_vehicle(width, height, lane, dice) for lane in range(_LANES) for _ in range(2))

    def frame(self, at_us: int) -> Picture:
        """Return the picture at `at_us` (microseconds since 1970, UTC) as uint8 [height, width, 3], red first."""
        picture = self._street.copy()
        for vehicle in self._vehicles:
            _paint(picture, vehicle, vehicle.left(at_us, self.width))
        moment = datetime_from_us(at_us, self.zone)
        text = f"{moment.isoformat(timespec='milliseconds')} {self.camera}"
        cv2.putText(picture, text, _AT_INK, cv2.FONT_HERSHEY_SIMPLEX, 0.55, (255, 255, 255), 1, cv2.LINE_8)
        barcode.draw(picture, at_us // 1000)
        return picture


def _street(width: int, height: int, dice: np.random.Generator) -> Picture:
    """Return what stands still, as uint8 [height, width, 3]."""
    top, kerb = barcode.CELL + TEXT_HEIGHT, height // 2
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = _SKY
    x = 0
    while x < width:
        wide = int(dice.integers(40, 110))
        roof = top + int(dice.integers(0, max(1, (kerb - top) // 2)))
        picture[roof:kerb, x : x + wide] = dice.integers(110, 215, 3)
        for floor in range(roof + 8, kerb - 14, 22):  # a row of windows on each floor
            for window in range(x + 8, x + wide - 12, 20):
                picture[floor : floor + 10, window : window + 10] = _GLASS
        x += wide
    picture[kerb - 8 : kerb] = _PAVEMENT
    picture[kerb:] = _ROAD
    lane = (height - kerb) // _LANES
    for number in range(1, _LANES):
        y = kerb + number * lane
        for dash in range(0, width, 48):
            picture[y - 1 : y + 1, dash : dash + (48 if number == _LANES // 2 else 24)] = _PAINT
    picture[:top] = 0
    return picture


def _vehicle(width: int, height: int, lane: int, dice: np.random.Generator) -> Vehicle:
    room = (height - height // 2) // _LANES
    tall = max(4, room * 2 // 3)
    speed = int(dice.integers(width // 12, width // 4))
    return Vehicle(
        colour=_COLOURS[int(dice.integers(len(_COLOURS)))],
        top=height // 2 + lane * room + (room - tall) // 2,
        length=int(dice.integers(2 * tall, 4 * tall)),
        height=tall,
        speed=speed if lane >= _LANES // 2 else -speed,
        lead=int(dice.integers(0, width)),
    )


def _paint(picture: Picture, vehicle: Vehicle, left: int) -> None:
    """Draw `vehicle` with its left edge at x = `left`, which may be outside of the picture."""
    bottom, right = vehicle.top + vehicle.height, left + vehicle.length
    picture[vehicle.top : bottom, max(0, left) : max(0, right)] = vehicle.colour
    third = vehicle.length // 3
    glass = slice(vehicle.top + vehicle.height // 6, vehicle.top + vehicle.height // 2)
    picture[glass, max(0, left + third) : max(0, right - third)] = _GLASS
    lamp = right - 4 if vehicle.speed > 0 else left
    picture[bottom - 6 : bottom - 2, max(0, lamp) : max(0, lamp + 4)] = _LAMP


def zone_of(minutes: int) -> tzinfo:
    """Return the zone that is `minutes` east of UTC."""
    return timezone(timedelta(minutes=minutes))
