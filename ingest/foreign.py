"""Files that are plainly no recordings, known by their first bytes: refused before all of them has come. Pure.

Only what is surely something else is named. Recorders put odd bytes before their streams, so whatever is not known here is left to the import.
"""

from foundation.errors import N_, BadInput

HEAD_BYTES = 16
"""So many first bytes are enough."""
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", N_("a photo (JPEG)")),
    (b"\x89PNG\r\n", N_("a picture (PNG)")),
    (b"GIF8", N_("a picture (GIF)")),
    (b"%PDF-", N_("a document (PDF)")),
    (b"PK\x03\x04", N_("a ZIP archive or an Office document")),
    (b"Rar!\x1a\x07", N_("an archive (RAR)")),
    (b"7z\xbc\xaf\x27\x1c", N_("an archive (7z)")),
    (b"MZ\x90\x00", N_("a program for Windows")),
    (b"ID3", N_("a sound file (MP3)")),
)
_RIFF: dict[bytes, str] = {b"WEBP": N_("a picture (WebP)"), b"WAVE": N_("a sound file (WAV)")}
_PHOTO = N_("a photo (HEIC or AVIF)")
_PHOTO_BRANDS = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"avif"})


class ForeignFile(BadInput):
    code = "recording_foreign"
    message = N_("{file} is no recording but {what}")
    mend = N_("Choose the video file that the recorder wrote: MP4, MOV, MKV, AVI or MPEG-TS")


def must_be_no_other(file: str, head: bytes | bytearray) -> None:
    """Refuse a file by its first bytes, when they are surely those of something else. Raises `ForeignFile`."""
    what = _of(bytes(head[:HEAD_BYTES]))
    if what is not None:
        raise ForeignFile(file=file[:255], what=what)


def _of(head: bytes) -> str | None:
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp" and head[8:12] in _PHOTO_BRANDS:
        return _PHOTO
    return next((what for start, what in _STARTS if head.startswith(start)), None)
