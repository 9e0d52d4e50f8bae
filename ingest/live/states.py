"""How each camera is doing, as rows for the catalogue: rates since the row before, and what has been counted."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from foundation.clock import Clock
from foundation.timebase import MICROSECONDS, datetime_from_us
from ingest.live.camera import CameraRecorder


@dataclass
class _Before:
    steady_us: int
    pictures: int
    bytes: int
    day: date
    bytes_at_midnight: int = 0


class StateKeeper:
    """Days begin at midnight in `zone`."""

    def __init__(self, clock: Clock, zone: tzinfo) -> None:
        self._carried: dict[int, tuple[date, int]] = {}
        self._told: dict[int, tuple[date, int]] = {}
        self._clock = clock
        self._zone = zone
        self._before: dict[int, _Before] = {}
        self._lock = threading.Lock()
        self._lags: dict[int, int] = {}

    def retrievable(self, camera_id: int) -> Callable[[int], None]:
        """Return what is to be told, once readers can find it, when the oldest picture of that came (steady clock)."""

        def told(since_us: int) -> None:
            lag = self._clock.steady_us() - since_us
            with self._lock:
                self._lags[camera_id] = max(lag, self._lags.get(camera_id, 0))

        return told

    def resume(self, told: Mapping[int, tuple[int, int]]) -> None:
        """Take over what an earlier process of the same day has counted: (when it last told, bytes of that day)."""
        for camera_id, (at_us, count) in told.items():
            self._carried[camera_id] = (datetime_from_us(at_us, self._zone).date(), count)

    def forget(self, camera_id: int) -> None:
        """The camera is recorded anew, and its counts begin at 0; the day's bytes go on."""
        self._before.pop(camera_id, None)
        if camera_id in self._told:
            self._carried[camera_id] = self._told.pop(camera_id)

    def row(self, recorder: CameraRecorder) -> dict[str, Any]:
        """Return the row of `recorder_camera`; the longest lag since the row before counts."""
        now_us, steady_us = self._clock.now_us(), self._clock.steady_us()
        counts, shown, camera_id = recorder.taking.counts, recorder.shown, recorder.source.camera_id
        today = datetime_from_us(now_us, self._zone).date()
        before = self._before.get(camera_id) or _Before(steady_us, counts.pictures, counts.bytes, today, counts.bytes)
        midnight = before.bytes_at_midnight if before.day == today else before.bytes
        passed = max(1, steady_us - before.steady_us)
        self._before[camera_id] = _Before(steady_us, counts.pictures, counts.bytes, today, midnight)
        carried_on, carried = self._carried.get(camera_id, (today, 0))
        bytes_today = counts.bytes - midnight + (carried if carried_on == today else 0)
        self._told[camera_id] = (today, bytes_today)
        with self._lock:
            lag = self._lags.pop(camera_id, None)
        return {
            "camera_id": camera_id,
            "state": shown.state,
            "reason": None if shown.reason is None else str(shown.reason),
            "detail": shown.detail,
            "source": shown.source,
            "since_us": shown.since_us,
            "updated_us": now_us,
            "frames_per_s": (counts.pictures - before.pictures) * MICROSECONDS / passed,
            "bits_per_s": (counts.bytes - before.bytes) * 8 * MICROSECONDS / passed,
            "last_frame_us": counts.last_us,
            "lag_us": lag,
            "reconnects": shown.reconnects,
            "bytes_today": bytes_today,
            "lost_packets": recorder.lost_packets,
            "damaged_frames": counts.damaged,
        }
