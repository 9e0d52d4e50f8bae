"""Codec names from sample entries; those of real files are compared in test_real_files."""

import pytest

from foundation.mp4.boxes import box, full_box
from foundation.mp4.entry_writer import audio_entry, esds, visual_entry
from foundation.mp4.errors import Mp4Unreadable, Mp4Unwritable
from foundation.mp4.sample_entries import (
    codec_kind,
    codec_string,
    config,
    dimensions,
    fourcc,
    parameter_sets_inline,
    sound_shape,
)

AVCC = box(b"avcC", bytes.fromhex("0164002affe1"))
HVCC = box(b"hvcC", bytes.fromhex("01 21 60000000 b00000000000 5d".replace(" ", "")))


@pytest.mark.parametrize(
    ("entry", "kind", "name"),
    [
        (visual_entry(b"avc1", 1920, 1080, AVCC), "h264", "avc1.64002A"),
        (visual_entry(b"avc3", 1920, 1080, AVCC), "h264", "avc3.64002A"),
        (visual_entry(b"hvc1", 1920, 1080, HVCC), "h265", "hvc1.1.6.H93.B0"),
        (
            visual_entry(b"hvc1", 8, 8, box(b"hvcC", b"\1\x62" + b"\x04" + bytes(9) + b"\x78")),
            "h265",
            "hvc1.A2.20.H120",
        ),
        (visual_entry(b"mp4v", 8, 8, esds(0x20, 4, b"\0\0\1\xb0\x09\0\0\1")), "mpeg4", "mp4v.20.9"),
        (visual_entry(b"mp4v", 8, 8, esds(0x20, 4, b"")), "mpeg4", "mp4v.20"),
        (visual_entry(b"mp4v", 8, 8, esds(0x6C, 4, b"")), "mjpeg", "mp4v.6C"),
        (visual_entry(b"mp4v", 8, 8, esds(0x61, 4, b"")), "mpeg2", "mp4v.61"),
        (visual_entry(b"mp4v", 8, 8, esds(0xE0, 4, b"")), "mp4v.E0", "mp4v.E0"),
        (visual_entry(b"mp4v", 8, 8), "mpeg4", "mp4v"),
        (visual_entry(b"jpeg", 8, 8), "mjpeg", "jpeg"),
        (visual_entry(b"avc1", 8, 8), "h264", "avc1"),
        (visual_entry(b"zzzz", 8, 8), "zzzz", "zzzz"),
        (audio_entry(b"mp4a", 2, 16, 48_000, esds(0x40, 5, b"\x11\x90")), "aac", "mp4a.40.2"),
        (audio_entry(b"mp4a", 2, 16, 48_000, esds(0x40, 5, b"\xf8\x40")), "aac", "mp4a.40.34"),
        (audio_entry(b"mp4a", 2, 16, 48_000, esds(0x6B, 5, b"")), "mp3", "mp4a.6B"),
        (audio_entry(b"alaw", 1, 16, 8_000), "pcm_alaw", "alaw"),
        (audio_entry(b"ulaw", 1, 16, 8_000), "pcm_mulaw", "ulaw"),
        (audio_entry(b"Opus", 2, 16, 48_000), "opus", "Opus"),
    ],
)
def test_the_codec_of_an_entry(entry: bytes, kind: str, name: str) -> None:
    assert (codec_kind(entry), codec_string(entry)) == (kind, name)
    assert fourcc(entry) == name[:4]


def test_the_shape_of_picture_and_sound() -> None:
    assert dimensions(visual_entry(b"avc1", 1920, 1080)) == (1920, 1080)
    assert sound_shape(audio_entry(b"alaw", 1, 16, 8_000)) == (1, 8_000)
    assert sound_shape(audio_entry(b"mp4a", 6, 16, 96_000)) == (6, 0)


def test_parameter_sets_inside_of_samples_are_told_by_the_format() -> None:
    told = {kind: parameter_sets_inline(visual_entry(kind, 8, 8)) for kind in (b"avc1", b"avc3", b"hvc1", b"hev1")}
    assert told == {b"avc1": False, b"avc3": True, b"hvc1": False, b"hev1": True}


def test_quicktime_keeps_the_configuration_inside_wave() -> None:
    stream = esds(0x40, 5, b"\x11\x90")
    plain = audio_entry(b"mp4a", 2, 16, 48_000)
    first = plain[8:16] + b"\0\1" + plain[18:]  # version 1 has 16 bytes more before the inner boxes
    entry = box(b"mp4a", first, bytes(16), box(b"wave", box(b"frma", b"mp4a"), stream, bytes(8)))
    assert codec_string(entry) == "mp4a.40.2"
    assert config(entry, b"none") is None


def test_descriptors_with_all_their_options() -> None:
    decoder = b"\x04\x12" + bytes((0x40, 0x15)) + bytes(11) + b"\x05\x02\x11\x90"
    stream = b"\x03\x30" + bytes(2) + bytes((0xE0,)) + bytes(2) + b"\x03url" + bytes(2) + decoder
    assert codec_string(audio_entry(b"mp4a", 2, 16, 48_000, full_box(b"esds", 0, 0, stream))) == "mp4a.40.2"


@pytest.mark.parametrize("descriptor", [b"\x09\0", b"\x03\x03" + bytes(3) + b"\x09"])
def test_descriptors_that_tell_nothing(descriptor: bytes) -> None:
    entry = audio_entry(b"mp4a", 2, 16, 48_000, full_box(b"esds", 0, 0, descriptor))
    assert (codec_kind(entry), codec_string(entry)) == ("aac", "mp4a")


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"\0\0\0\x08avc",
        box(b"avc1", bytes(20)),
        visual_entry(b"avc1", 8, 8) + b"more",
        visual_entry(b"avc1", 8, 8, box(b"avcC", b"\1")),
        visual_entry(b"hvc1", 8, 8, box(b"hvcC", bytes(5))),
        audio_entry(b"mp4a", 1, 16, 8_000, full_box(b"esds", 0, 0, b"\x03\x20\0\0\0\x04\x05")),
    ],
)
def test_an_entry_that_breaks_off_is_refused(entry: bytes) -> None:
    with pytest.raises(Mp4Unreadable):
        codec_string(entry)


def test_shapes_that_an_entry_cannot_hold_are_refused() -> None:
    with pytest.raises(Mp4Unwritable):
        visual_entry(b"avc1", 0, 8)
    with pytest.raises(Mp4Unwritable):
        visual_entry(b"avc1", 65_536, 8)
    with pytest.raises(Mp4Unwritable):
        audio_entry(b"alaw", 0, 16, 8_000)
