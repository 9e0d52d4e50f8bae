"""What the recorder says of each live camera, as people and programs are told it.

The recorder writes a row for each camera every few seconds (`RecorderCamera`), from whatever process it runs in. A row that
is old says that it is gone, not what the camera does: what it last measured is then told of nobody.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.active import ActiveCamera, active_cameras
from foundation.errors import N_
from foundation.language import Language, translate
from foundation.timebase import MICROSECONDS, format_instant
from ingest.index.reasons import GAP_TEXT
from ingest.index.records import GapReason
from ingest.index.tables import RecorderCamera

GONE_AFTER_US = 30 * MICROSECONDS


class CameraState(StrEnum):
    """The first three are the recorder's words; the others are ours for what it does not say."""

    RECORDING = "recording"
    CONNECTING = "connecting"
    WAITING = "waiting"
    UNKNOWN = "unknown"  # the recorder has said nothing of it yet, or there never was one
    NO_RECORDER = "no_recorder"  # what it said is too old


STATE_TEXT: dict[CameraState, str] = {
    CameraState.RECORDING: N_("records"),
    CameraState.CONNECTING: N_("is being connected to"),
    CameraState.WAITING: N_("waits for the next attempt"),
    CameraState.UNKNOWN: N_("no recorder has said anything of it yet"),
    CameraState.NO_RECORDER: N_("no recorder is running"),
}
_SAID = frozenset((CameraState.RECORDING, CameraState.CONNECTING, CameraState.WAITING))
_REASONS = frozenset(GapReason)


@dataclass(frozen=True)
class CameraStatus:
    """One live camera. Rates, lag and `bytes_today` are None unless a recorder is there to say them."""

    code: str
    name: str
    state: CameraState
    reason: GapReason | None = None
    detail: str = ""
    source: str = ""
    since_us: int | None = None
    updated_us: int | None = None
    frames_per_s: float | None = None
    bits_per_s: float | None = None
    last_frame_us: int | None = None
    lag_us: int | None = None
    reconnects: int = 0
    bytes_today: int | None = None
    lost_packets: int = 0
    damaged_frames: int = 0

    @property
    def text(self) -> str:
        """Why it does not record, else what it does: a text of the catalogue."""
        return STATE_TEXT[self.state] if self.reason is None else GAP_TEXT[self.reason]

    def as_dict(self, language: Language, zone: tzinfo) -> dict[str, Any]:
        return {
            "code": self.code,
            "name": self.name,
            "state": str(self.state),
            "reason": None if self.reason is None else str(self.reason),
            "text": translate(language, self.text),
            "detail": self.detail,
            "source": self.source,
            "since": _told(self.since_us, zone),
            "updated": _told(self.updated_us, zone),
            "frames_per_s": None if self.frames_per_s is None else round(self.frames_per_s, 2),
            "bits_per_s": None if self.bits_per_s is None else round(self.bits_per_s),
            "last_frame": _told(self.last_frame_us, zone),
            "lag_us": self.lag_us,
            "reconnects": self.reconnects,
            "bytes_today": self.bytes_today,
            "lost_packets": self.lost_packets,
            "damaged_frames": self.damaged_frames,
        }


@dataclass(frozen=True)
class NotRecording:
    """How many cameras do not record for the same reason; `example` is one of them, with the text that tells it."""

    example: CameraStatus
    count: int


@dataclass(frozen=True)
class RecordingSummary:
    cameras: int
    recording: int
    bits_per_s: float
    not_recording: tuple[NotRecording, ...]

    def as_dict(self, language: Language) -> dict[str, Any]:
        return {
            "cameras": self.cameras,
            "recording": self.recording,
            "bits_per_s": round(self.bits_per_s),
            "not_recording": [
                {
                    "state": str(part.example.state),
                    "reason": None if part.example.reason is None else str(part.example.reason),
                    "text": translate(language, part.example.text),
                    "count": part.count,
                }
                for part in self.not_recording
            ],
        }


def recording_status(session: Session, now_us: int) -> list[CameraStatus]:
    """Return the state of every active camera with a live source, by code, also of those nobody said anything of."""
    rows = {row.camera_id: row for row in session.execute(sa.select(*_ROW))}
    cameras = [camera for camera in active_cameras(session, now_us) if camera.live]
    return [_status(camera, rows.get(camera.id), now_us) for camera in cameras]


def summary_of(statuses: Sequence[CameraStatus]) -> RecordingSummary:
    """Return how many record, and how many do not and why, the most frequent reason first."""
    counts = Counter((status.state, status.reason) for status in statuses)
    examples = {(status.state, status.reason): status for status in statuses}
    recording = sum(count for (state, _), count in counts.items() if state is CameraState.RECORDING)
    others = [
        NotRecording(examples[name], count)
        for name, count in counts.most_common()
        if name[0] is not CameraState.RECORDING
    ]
    return RecordingSummary(
        len(statuses), recording, sum(status.bits_per_s or 0.0 for status in statuses), tuple(others)
    )


_ROW = [getattr(RecorderCamera, name) for name in RecorderCamera.model_fields]


def _status(camera: ActiveCamera, row: Any, now_us: int) -> CameraStatus:
    if row is None:
        return CameraStatus(camera.code, camera.name, CameraState.UNKNOWN)
    counts = {name: getattr(row, name) for name in ("reconnects", "lost_packets", "damaged_frames", "last_frame_us")}
    # A row from the future is one of before the clock was set back; whoever wrote it would have written again by now.
    if abs(now_us - row.updated_us) > GONE_AFTER_US:
        gone = {"since_us": row.updated_us, "updated_us": row.updated_us}
        return CameraStatus(camera.code, camera.name, CameraState.NO_RECORDER, **gone, **counts)
    state = CameraState(row.state) if row.state in _SAID else CameraState.UNKNOWN
    return CameraStatus(
        camera.code,
        camera.name,
        state,
        reason=GapReason(row.reason) if state is not CameraState.RECORDING and row.reason in _REASONS else None,
        detail=row.detail,
        source=row.source,
        since_us=row.since_us,
        updated_us=row.updated_us,
        frames_per_s=row.frames_per_s,
        bits_per_s=row.bits_per_s,
        lag_us=row.lag_us,
        bytes_today=row.bytes_today,
        **counts,
    )


def _told(at_us: int | None, zone: tzinfo) -> str | None:
    return None if at_us is None else format_instant(at_us, zone)


def measured_rates(session: Session) -> dict[int, float]:
    """Return the bits a second of the cameras, by id, that a recorder last measured, however long ago."""
    question = sa.select(col(RecorderCamera.camera_id), col(RecorderCamera.bits_per_s))
    return {row[0]: row[1] for row in session.execute(question.where(col(RecorderCamera.bits_per_s) > 0))}
