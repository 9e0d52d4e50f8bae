"""What readers get from the index: plain records, no database objects. Times are microseconds UTC, half-open."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from foundation.timebase import TimeRange


class SegmentRecord(NamedTuple):
    """One file. Its final `moov` lies from `index_offset` to its end; `media_ticks` are 1/90000 s.

    While a segment is being written, the record tells of its first `frames`, up to `size_bytes`: `index_offset` is 0 and
    `sha256` names just this beginning. It says the same of these frames after the segment is sealed.
    """

    stream_id: int
    start_us: int
    end_us: int
    media_ticks: int
    run_id: int
    video_config_id: int
    audio_config_id: int | None
    key: str
    size_bytes: int
    index_offset: int
    sha256: bytes
    frames: int

    @property
    def sealed(self) -> bool:
        return self.index_offset > 0


class Prefix(NamedTuple):
    """How far a segment had come that was still being written when somebody read it."""

    end_us: int
    media_ticks: int
    size_bytes: int
    frames: int


class RunRecord(NamedTuple):
    """An unbroken stretch of one stream. `end_reason` is null while it goes on; `uncertainty_us` null means unknown."""

    id: int
    stream_id: int
    start_us: int
    end_us: int
    end_reason: str | None
    import_id: str | None
    clock_source: str
    uncertainty_us: int | None

    @property
    def range(self) -> TimeRange:
        return TimeRange(self.start_us, self.end_us)


class CodecConfigRecord(NamedTuple):
    id: int
    media: str
    codec: str
    width: int
    height: int
    sample_rate: int
    sample_entry: bytes


class GapReason(StrEnum):
    """Why there is no footage. The first four are nobody's fault; the others are how the run before ended."""

    NOT_REGISTERED = "not_registered"  # before the camera was in the registry, and nothing older was imported
    NOT_RECORDED = "not_recorded"  # no recording reached us: nothing imported, or the recorder was not running
    FUTURE = "future"
    DELETED = "deleted"  # retention let it go
    FILE_END = "file_end"  # the imported file ends there
    FILE_BROKEN = "file_broken"  # the imported file has a hole or is damaged there
    STOPPED = "stopped"
    SIGN_IN_REFUSED = "sign_in_refused"
    OUTSIDE_NETWORKS = "outside_networks"  # the address lies where this house does not connect to
    UNREACHABLE = "unreachable"
    STALLED = "stalled"
    GARBLED = "garbled"  # it sent what nobody can read
    CODEC_CHANGE = "codec_change"
    CLOCK_STEP = "clock_step"
    DISK_FULL = "disk_full"
    DISK_FAILED = "disk_failed"  # it could not be written, for another reason than being full
    STORE_AWAY = "store_away"  # the object store did not answer for so long that the spool was full
    OVERLOADED = "overloaded"  # more came than the recorder could write
    FAILED = "failed"  # a defect of the recorder itself
    KILLED = "killed"


@dataclass(frozen=True)
class Gap:
    range: TimeRange
    reason: GapReason
