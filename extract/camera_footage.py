"""From the index to what planning takes: a camera's segments around a range, with their codings and sample tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from camera_registry.cameras import streams_of
from camera_registry.tables import Stream
from extract.footage import Footage, Look
from extract.segments import MediaMemory, SegmentLoader
from foundation.mp4.sample_entries import codec_kind, fourcc
from foundation.storage import ObjectStore
from foundation.timebase import TimeRange
from ingest.index.queries import configs, overlapping
from ingest.index.records import CodecConfigRecord, SegmentRecord
from ingest.index.tables import MAX_SEGMENT_US

_KINDS = ("main", "clips", "sub")  # where several record, the better picture first
_MEMORY = MediaMemory()  # keyed by content alone, so it may serve every store and catalogue of the process


@dataclass(frozen=True)
class CameraFootage:
    """`load` reads sample tables when planning asks for them; `segments` are the index rows by key."""

    footage: tuple[Footage, ...]
    segments: dict[str, SegmentRecord]
    load: SegmentLoader


def streams(session: Session, camera_id: int) -> list[Stream]:
    """Return the camera's streams, those to prefer first."""
    found = streams_of(session, [camera_id]).get(camera_id, [])
    return sorted(found, key=lambda stream: (_KINDS.index(stream.kind), stream.ordinal))


def around(session: Session, store: ObjectStore, camera_id: int, span: TimeRange) -> CameraFootage:
    """Return the segments that overlap `span`, and the one before: the first frames may lean on it."""
    ranked = [stream.id for stream in streams(session, camera_id) if stream.id is not None]
    reach = TimeRange(span.start_us - MAX_SEGMENT_US, span.end_us)
    return with_media(session, store, overlapping(session, ranked, reach), ranked)


def with_media(
    session: Session, store: ObjectStore, records: Sequence[SegmentRecord], ranked: Sequence[int]
) -> CameraFootage:
    wanted = {record.video_config_id for record in records} | {
        record.audio_config_id for record in records if record.audio_config_id is not None
    }
    described = configs(session, sorted(wanted))
    segments = {record.key: record for record in records}
    footage = tuple(_footage(record, described, ranked.index(record.stream_id)) for record in records)
    return CameraFootage(footage, segments, SegmentLoader(store, segments, _MEMORY))


def _footage(record: SegmentRecord, described: dict[int, CodecConfigRecord], rank: int) -> Footage:
    sound = None if record.audio_config_id is None else _look(described[record.audio_config_id])
    return Footage(
        record.stream_id,
        record.start_us,
        record.end_us,
        record.media_ticks,
        record.run_id,
        record.key,
        record.sha256,
        _look(described[record.video_config_id]),
        sound,
        rank,
    )


_HELD_BACK = frozenset({"mpeg4"})
"""Codings whose decoders lose the picture they hold back for B-frames when other settings come without a B-frame."""


def _look(config: CodecConfigRecord) -> Look:
    entry = config.sample_entry
    kind = codec_kind(entry)
    own = config.id if kind in _HELD_BACK else 0
    return Look(f"{kind} {fourcc(entry)}", config.width, config.height, config.sample_rate, own)
