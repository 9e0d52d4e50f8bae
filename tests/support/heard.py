"""What is heard of a file: its tone, and when it beeps, as libav decodes it."""

import io

import av
import numpy as np
import numpy.typing as npt


def waves(data: bytes) -> tuple[npt.NDArray[np.float32], int]:
    """Return the sound of a file, mixed to one channel from media time 0 on, and its rate."""
    with av.open(io.BytesIO(data), "r") as found:
        (stream,) = found.streams.audio
        frames = [frame for frame in found.decode(stream) if frame.pts is not None]
        rate = stream.rate
        line = np.zeros(max(frame.pts + frame.samples for frame in frames if frame.pts is not None), np.float32)
        for frame in frames:
            assert frame.pts is not None
            piece = frame.to_ndarray().mean(axis=0)
            line[max(0, frame.pts) : frame.pts + frame.samples] = piece[max(0, -frame.pts) :]
    return line, rate


def has_sound(data: bytes) -> bool:
    with av.open(io.BytesIO(data), "r") as found:
        return bool(found.streams.audio)


def tone_hz(data: bytes) -> float:
    """Return the loudest frequency."""
    line, rate = waves(data)
    return float(np.abs(np.fft.rfft(line)).argmax() * rate / len(line))


def beeps_s(data: bytes) -> list[float]:
    """Return when beeps begin, in seconds of media time: the tone is at once many times louder."""
    line, rate = waves(data)
    step = rate // 200
    loud = np.abs(line[: len(line) // step * step]).reshape(-1, step).max(axis=1) > 0.1
    return [place * step / rate for place in np.flatnonzero(loud[1:] & ~loud[:-1]) + 1]
