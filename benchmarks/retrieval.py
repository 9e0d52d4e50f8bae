"""When frames become retrievable: catalogue and files are looked at as a reader does, while the recorder writes them."""

import time
from pathlib import Path

import sqlalchemy as sa

from benchmarks.accounting import file_of, marks_of_ours
from foundation.clock import SystemClock
from foundation.database import create_engine
from foundation.mp4.errors import Mp4Unreadable
from foundation.timebase import MICROSECONDS
from sample_clips.live_mark import Mark

EVERY_S = 0.05
_QUESTION = (
    "SELECT stream_id, start_us, key, size_bytes, frames FROM {table} WHERE stream_id IN "
    "(SELECT stream.id FROM stream JOIN camera ON camera.id = stream.camera_id ORDER BY camera.code LIMIT :most)"
    " AND start_us >= :since"
)
_LATEST_US = 200 * MICROSECONDS
"""How far back rows are looked at: further than the longest segment."""


class Retrieval:
    """Looks at the first `cameras` of a data folder. A frame counts from the look in which it was read for the first time."""

    def __init__(self, data: Path, cameras: int) -> None:
        self._data, self._cameras = data, cameras
        self._engine = create_engine(f"sqlite:///{data / 'catalogue.sqlite'}")
        self._clock = SystemClock()
        self._read: dict[tuple[int, int], int] = {}
        """How many frames of each segment were read."""
        self._took: list[float] = []

    def watch(self, seconds: float) -> list[float]:
        """Return for each frame that came to be there meanwhile the seconds since it was sent."""
        self._look()
        self._took.clear()  # what was there before nobody waited for
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            self._look()
            time.sleep(EVERY_S)
        self._engine.dispose()
        return self._took

    def _look(self) -> None:
        asked = {"most": self._cameras, "since": self._clock.now_us() - _LATEST_US}
        with self._engine.connect() as connection:
            rows = [
                row
                for table in ("open_segment", "segment")
                for row in connection.execute(sa.text(_QUESTION.format(table=table)), asked).all()
            ]
        for stream, start_us, key, size, frames in rows:
            read = self._read.get((stream, start_us), 0)
            if frames > read:
                marks = self._marks(key, size, read)
                now_us = self._clock.now_us()
                self._took += [(now_us - mark.sent_us) / MICROSECONDS for mark in marks if mark is not None]
                self._read[stream, start_us] = read + len(marks)

    def _marks(self, key: str, size: int, skip: int) -> list[Mark | None]:
        """Read what the row tells of. A file that is sealed meanwhile is still whole, but another, and perhaps elsewhere."""
        for _ in range(3):
            try:
                return marks_of_ours(file_of(self._data, key), size, skip=skip)
            except (FileNotFoundError, Mp4Unreadable):
                continue
        return []
