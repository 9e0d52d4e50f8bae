"""A QR code as the path of a drawing, so that a paper finds its way back to what it is about. Pure."""

from functools import lru_cache

import cv2
import numpy as np


@lru_cache(maxsize=64)
def squares(text: str) -> tuple[str, int]:
    """Return what `squares_once` does, and keep it: not for what is secret."""
    return squares_once(text)


def squares_once(text: str) -> tuple[str, int]:
    """Return the path of the dark squares in a drawing of `size` x `size` units, its quiet edge of 4 included, and `size`."""
    code = np.asarray(cv2.QRCodeEncoder.create().encode(text)) < 128
    rows, columns = np.nonzero(code)
    edge = 4 - int(min(rows.min(), columns.min()))  # what the library leaves free itself is counted
    size = code.shape[0] + 2 * edge
    path = "".join(f"M{x + edge} {y + edge}h1v1h-1z" for y, x in zip(rows.tolist(), columns.tolist(), strict=True))
    return path, size
