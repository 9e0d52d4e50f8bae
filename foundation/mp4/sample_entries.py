"""What a sample entry (clause 8.5.2) says of its codec; nothing of a sample itself is read.

An entry is the whole box as it stands in `stsd`. All functions raise `Mp4Unreadable` when it is shorter than it must
be, and give the neutral answer where it says nothing.
"""

from foundation.mp4.boxes import Fields, Node, walk
from foundation.mp4.errors import Mp4Unreadable

_KINDS = {
    b"avc1": "h264",
    b"avc3": "h264",
    b"hvc1": "h265",
    b"hev1": "h265",
    b"mp4v": "mpeg4",
    b"jpeg": "mjpeg",
    b"mjpa": "mjpeg",
    b"mjpb": "mjpeg",
    b"av01": "av1",
    b"vp09": "vp9",
    b"mp4a": "aac",
    b"alaw": "pcm_alaw",
    b"ulaw": "pcm_mulaw",
    b"sowt": "pcm_s16le",
    b"twos": "pcm_s16be",
    b".mp3": "mp3",
    b"Opus": "opus",
    b"ac-3": "ac3",
    b"tx3g": "tx3g",
}
_OBJECT_TYPES = {
    0x20: "mpeg4",
    0x6A: "mpeg1",
    **dict.fromkeys(range(0x60, 0x66), "mpeg2"),
    0x6C: "mjpeg",
    0x40: "aac",
    **dict.fromkeys(range(0x66, 0x69), "aac"),
    0x69: "mp3",
    0x6B: "mp3",
}
_VISUAL_FIELDS, _SOUND_FIELDS = 78, 28
_SOUND_MORE = {1: 16, 2: 36}  # versions of the QuickTime File Format, which add fields before the inner boxes
_SOUND = frozenset((b"mp4a", b"alaw", b"ulaw", b"sowt", b"twos", b".mp3", b"Opus", b"ac-3"))


def fourcc(entry: bytes) -> str:
    """Return the four letters of the entry's format."""
    return entry[4:8].decode("latin-1")


def codec_kind(entry: bytes) -> str:
    """Return h264, h265, mpeg4, mjpeg, aac, pcm_alaw, tx3g ...; the four letters if they are not known here.

    The formats mp4v and mp4a hold many codecs, of which `esds` names the one.
    """
    kind = _node(entry).box.kind
    if kind in {b"mp4v", b"mp4a"}:
        found = _esds(entry)
        if found is not None:
            return _OBJECT_TYPES.get(found[0], f"{fourcc(entry)}.{found[0]:02X}")
    return _KINDS.get(kind, fourcc(entry))


def dimensions(entry: bytes) -> tuple[int, int]:
    """Return width and height in pixels as coded, of a visual entry (clause 12.1.3)."""
    fields = _node(entry).fields
    fields.skip(24)
    return fields.u16(), fields.u16()


def sound_shape(entry: bytes) -> tuple[int, int]:
    """Return channels and samples per second of an audio entry (clause 12.2.3); a rate above 65,535 is told as 0."""
    fields = _node(entry).fields
    fields.skip(16)
    channels = fields.u16()
    fields.skip(6)
    return channels, fields.u32() >> 16


def parameter_sets_inline(entry: bytes) -> bool:
    """Say whether samples may carry parameter sets of their own (ISO/IEC 14496-15, avc3 and hev1)."""
    return _node(entry).box.kind in {b"avc3", b"hev1"}


def config(entry: bytes, kind: bytes) -> bytes | None:
    """Return the payload of the inner box `kind` (avcC, hvcC, esds ...), which QuickTime may keep inside `wave`."""
    node = _node(entry)
    skip = _VISUAL_FIELDS
    if node.box.kind in _SOUND:
        fields = node.fields
        fields.skip(8)
        skip = _SOUND_FIELDS + _SOUND_MORE.get(fields.u16(), 0)
    for inner in node.children(skip):
        if inner.box.kind == kind:
            return inner.fields.take(inner.fields.left)
        if inner.box.kind == b"wave":
            for deeper in inner.children():
                if deeper.box.kind == kind:
                    return deeper.fields.take(deeper.fields.left)
    return None


def codec_string(entry: bytes) -> str:
    """Return the `codecs` parameter of RFC 6381 for H.264, H.265, mp4v and mp4a, the four letters of all else."""
    kind = _node(entry).box.kind
    if kind in {b"avc1", b"avc3"}:
        found = config(entry, b"avcC")
        return fourcc(entry) if found is None else f"{fourcc(entry)}.{_fields(found, 'avcC').take(4)[1:].hex().upper()}"
    if kind in {b"hvc1", b"hev1"}:
        found = config(entry, b"hvcC")
        return fourcc(entry) if found is None else f"{fourcc(entry)}.{_hevc_profile(_fields(found, 'hvcC'))}"
    if kind in {b"mp4v", b"mp4a"}:
        stream = _esds(entry)
        return fourcc(entry) if stream is None else f"{fourcc(entry)}.{_object_type(*stream)}"
    return fourcc(entry)


def _node(entry: bytes) -> Node:
    found = next(walk(entry), None)
    if found is None or found.end != len(entry):
        raise Mp4Unreadable("sample entry", "not one whole box")
    return Node(entry, found, fourcc(entry) if fourcc(entry).isprintable() else "sample entry")


def _fields(payload: bytes, name: str) -> Fields:
    return Fields(payload, 0, len(payload), name, 0)


def _hevc_profile(fields: Fields) -> str:
    """ISO/IEC 14496-15 annex E.3: profile, compatibility (bits reversed), tier and level, constraints."""
    fields.skip(1)
    first = fields.u8()
    compatible = int(f"{fields.u32():032b}"[::-1], 2)
    constraints = fields.take(6).rstrip(b"\0")
    space = ("", "A", "B", "C")[first >> 6]
    tier = "H" if first & 0x20 else "L"
    return ".".join(
        (f"{space}{first & 31}", f"{compatible:X}", f"{tier}{fields.u8()}", *(f"{c:X}" for c in constraints))
    )


def _object_type(object_type: int, specific: bytes) -> str:
    """RFC 6381 section 3.3: the object type, then the audio object type or the visual profile and level."""
    name = f"{object_type:02X}"
    if object_type == 0x40 and len(specific) >= 2:  # ISO/IEC 14496-3, 1.6.2.1: five bits, or 31 and six more
        kind = specific[0] >> 3
        return f"{name}.{kind if kind != 31 else 32 + ((specific[0] & 7) << 3 | specific[1] >> 5)}"
    if object_type == 0x20 and specific[:4] == b"\0\0\1\xb0" and len(specific) > 4:
        return f"{name}.{specific[4]}"
    return name


def _esds(entry: bytes) -> tuple[int, bytes] | None:
    """Return objectTypeIndication and DecoderSpecificInfo of an elementary stream (ISO/IEC 14496-1, 7.2.6)."""
    payload = config(entry, b"esds")
    if payload is None:
        return None
    fields = _fields(payload, "esds")
    fields.version_flags()
    if fields.u8() != 3:
        return None
    _length(fields)
    fields.skip(2)
    flags = fields.u8()
    fields.skip(2 if flags & 0x80 else 0)
    fields.skip(fields.u8() if flags & 0x40 else 0)
    fields.skip(2 if flags & 0x20 else 0)
    if fields.u8() != 4:
        return None
    _length(fields)
    object_type = fields.u8()
    fields.skip(12)
    if fields.left and fields.u8() == 5:
        return object_type, fields.take(_length(fields))
    return object_type, b""


def _length(fields: Fields) -> int:
    """Read the size of a descriptor: seven bits in each byte, at most four bytes."""
    value = 0
    for _ in range(4):
        byte = fields.u8()
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            break
    return value
