"""From a `moov` box (clause 8.2) to tracks, and the defaults that fragments fall back on (`mvex`, clause 8.8)."""

from dataclasses import dataclass

import numpy as np

from foundation.mp4.boxes import Fields, Node
from foundation.mp4.model import Edit, Limits, Media, Movie, Track
from foundation.mp4.stbl_reader import FAR, read_stbl

_MEDIA: dict[bytes, Media] = {b"vide": "video", b"soun": "audio", b"text": "text", b"sbtl": "text", b"subt": "text"}


@dataclass(frozen=True, slots=True)
class FragmentDefaults:
    """`trex` (clause 8.8.3); `entry` counts from 0."""

    entry: int
    duration: int
    size: int
    flags: int


def read_moov(moov: Node, limits: Limits) -> tuple[Movie, dict[int, FragmentDefaults] | None]:
    """Return the movie and, where it may continue in fragments, each track's defaults by track id."""
    nodes = moov.children()
    header = next((node for node in nodes if node.box.kind == b"mvhd"), None)
    if header is None:
        raise moov.broken("no mvhd")
    timescale = _timescale(header.fields)
    traks = [node for node in nodes if node.box.kind == b"trak"]
    if len(traks) > limits.tracks:
        raise moov.broken(f"{len(traks)} tracks, {limits.tracks} allowed")
    room, tracks = limits.samples, []
    for trak in traks:
        track = _read_trak(trak, limits, room)
        room -= len(track.samples)
        tracks.append(track)
    if len({track.id for track in tracks}) < len(tracks):
        raise moov.broken("two tracks with one id")
    extends = next((node for node in nodes if node.box.kind == b"mvex"), None)
    return Movie(timescale, tuple(tracks)), None if extends is None else _defaults(extends)


def _defaults(extends: Node) -> dict[int, FragmentDefaults]:
    found = {}
    for node in extends.children():
        if node.box.kind == b"trex":
            fields = node.fields
            fields.version_flags()
            track_id, entry = fields.u32(), fields.u32()
            found[track_id] = FragmentDefaults(entry - 1, fields.u32(), fields.u32(), fields.u32())
    return found


def _child(inner: dict[bytes, Node], kind: bytes, parent: Node) -> Node:
    found = inner.get(kind)
    if found is None:
        raise parent.broken(f"no {kind.decode()}")
    return found


def _read_trak(trak: Node, limits: Limits, room: int) -> Track:
    inner = trak.by_kind()
    track_id, width, height, matrix = _track_header(_child(inner, b"tkhd", trak).fields)
    mdia = _child(inner, b"mdia", trak)
    in_media = mdia.by_kind()
    timescale, language = _media_header(_child(in_media, b"mdhd", mdia).fields)
    handler = _child(in_media, b"hdlr", mdia).fields
    handler.skip(8)
    media = _MEDIA.get(handler.take(4), "other")
    minf = _child(in_media, b"minf", mdia)
    stbl = _child(minf.by_kind(), b"stbl", minf)
    entries = _sample_entries(stbl, limits)
    samples = read_stbl(stbl, room)
    if len(samples) and int(samples.entry.max()) >= len(entries):
        raise stbl.broken(f"a sample of description {int(samples.entry.max()) + 1}, there are {len(entries)}")
    edits = _edits(inner[b"edts"], limits) if b"edts" in inner else ()
    return Track(track_id, media, timescale, entries, samples, edits, width, height, language, matrix)


def _timescale(fields: Fields) -> int:
    """Read the timescale of `mvhd` or `mdhd`, which begin alike (clauses 8.2.2 and 8.4.2), and step over duration."""
    version, _ = fields.version_flags()
    fields.skip(16 if version == 1 else 8)
    timescale = fields.u32()
    if timescale == 0:
        raise fields.broken("a timescale of 0")
    fields.skip(8 if version == 1 else 4)
    return timescale


def _media_header(fields: Fields) -> tuple[int, str]:
    timescale, packed = _timescale(fields), fields.u16()
    letters = [packed >> 10 & 31, packed >> 5 & 31, packed & 31]
    known = all(1 <= letter <= 26 for letter in letters)  # anything else is a Macintosh code of QuickTime's
    return timescale, "".join(chr(letter + 0x60) for letter in letters) if known else "und"


def _track_header(fields: Fields) -> tuple[int, int, int, bytes]:
    version, _ = fields.version_flags()
    fields.skip(16 if version == 1 else 8)
    track_id = fields.u32()
    fields.skip((12 if version == 1 else 8) + 16)
    matrix = fields.take(36)
    return track_id, fields.u32() >> 16, fields.u32() >> 16, matrix


def _sample_entries(stbl: Node, limits: Limits) -> tuple[bytes, ...]:
    stsd = next((node for node in stbl.children() if node.box.kind == b"stsd"), None)
    if stsd is None:
        raise stbl.broken("no stsd")
    fields = stsd.fields
    fields.version_flags()
    claimed = fields.u32()
    nodes = stsd.children(skip=8)[:claimed]
    if len(nodes) < claimed or claimed > limits.sample_entries:
        raise stsd.broken(f"{claimed} sample descriptions claimed, {len(nodes)} found")
    return tuple(node.raw for node in nodes)


def _edits(edts: Node, limits: Limits) -> tuple[Edit, ...]:
    elst = next((node for node in edts.children() if node.box.kind == b"elst"), None)
    if elst is None:
        return ()
    fields = elst.fields
    version, _ = fields.version_flags()
    count = fields.u32()
    if count > limits.edits:
        raise fields.broken(f"{count} edits claimed, {limits.edits} allowed")
    lines = fields.array(">u8,>i8,>i2,>i2" if version == 1 else ">u4,>i4,>i2,>i2", count)
    if count and (int(lines["f0"].max()) >= FAR or int(np.abs(lines["f1"].astype(np.float64)).max()) >= FAR):
        raise fields.broken("an edit beyond any time")
    return tuple(Edit(int(duration), max(int(time), -1)) for duration, time, _, _ in lines.tolist())
