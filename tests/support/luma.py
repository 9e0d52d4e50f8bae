"""The brightness of decoded pictures, as the decoder left it."""

import av
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
_PLANAR = {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"}


def luma(frame: av.VideoFrame) -> Picture:
    """Return the brightness [h, w] of `frame`: its own plane where it has one, which is a tenth of the work of converting."""
    if frame.format.name not in _PLANAR:
        return np.asarray(frame.to_ndarray(format="gray"), np.uint8)
    plane = frame.planes[0]
    rows: Picture = np.frombuffer(memoryview(plane), np.uint8)[: frame.height * plane.line_size]
    return np.asarray(rows.reshape(frame.height, plane.line_size)[:, : frame.width], np.uint8)
