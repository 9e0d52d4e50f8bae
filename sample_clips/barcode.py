"""The time of a frame, written into the frame itself: 64 cells of 8 x 8 pixels along the top edge. Pure.

    cell   0 ......................... 47 48 ......... 63
           48 bits of milliseconds (UTC)   CRC-16 of them      white 1, black 0, most significant bit first

docs/ref/sample-footage.md is the description that others read; a change here is a change of that format.
"""

import binascii

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

CELL = 8
"""Pixels on each side of a cell: the block of H.264, MPEG-4 and JPEG, so that no cell shares one with its neighbour."""
CELLS = 64
WIDTH = CELL * CELLS
"""Pixels that the bar code takes along the top edge; a narrower picture cannot carry it."""
TIME_BITS, CRC_BITS = 48, 16
THRESHOLD = 128

_INNER = slice(2, 6)


def crc16(data: bytes) -> int:
    """Return CRC-16/CCITT-FALSE of `data`: polynomial 0x1021, start 0xFFFF, nothing reflected, no final xor."""
    return binascii.crc_hqx(data, 0xFFFF)


def draw(picture: Picture, at_ms: int) -> None:
    """Write `at_ms` (milliseconds since 1970, UTC) into `picture` in place.

    `picture` is [h, w] or [h, w, channels] with h >= 8 and w >= 512. Raises `ValueError` for a smaller picture and for a
    time that 48 bits do not hold.
    """
    if picture.ndim not in {2, 3} or picture.shape[0] < CELL or picture.shape[1] < WIDTH:
        raise ValueError(f"A picture of shape {picture.shape} has no room for {WIDTH} x {CELL} pixels of bar code")
    if not 0 <= at_ms < 1 << TIME_BITS:
        raise ValueError(f"{at_ms} ms is not a time of {TIME_BITS} bits")
    time = at_ms.to_bytes(TIME_BITS // 8, "big")
    code = time + crc16(time).to_bytes(CRC_BITS // 8, "big")
    row = np.repeat(np.unpackbits(np.frombuffer(code, np.uint8)), CELL) * np.uint8(255)
    picture[:CELL, :WIDTH] = row if picture.ndim == 2 else row[:, None]


def read(picture: Picture) -> int | None:
    """Return the milliseconds since 1970 (UTC) that the grey `picture` [h, w] carries, or None if it carries none.

    A cell is 1 if the mean of its inner 4 x 4 pixels is above 128: its rim is where compression smears the edges. None
    comes of a picture too small and of a check sum that does not fit. Raises `ValueError` for a picture with channels.
    """
    if picture.ndim != 2:
        raise ValueError(f"A grey picture [h, w] is needed, not one of shape {picture.shape}")
    if picture.shape[0] < CELL or picture.shape[1] < WIDTH:
        return None
    cells = picture[_INNER, :WIDTH].reshape(CELL // 2, CELLS, CELL)[:, :, _INNER].mean(axis=(0, 2))
    code = np.packbits(cells > THRESHOLD).tobytes()
    time, check = code[: TIME_BITS // 8], code[TIME_BITS // 8 :]
    return int.from_bytes(time, "big") if crc16(time) == int.from_bytes(check, "big") else None
