"""The samples of a source file as libav hands them out, freed of what a container wraps around them."""

from pathlib import Path

import av

from ingest import nal


def source_samples(path: Path, kind: str) -> list[bytes]:
    """Return the packets of a source, start codes and ADTS heads taken off: what of them is the camera's.

    H.264 and H.265 of a container with start codes come as bare NAL units, one behind the other; `bare` does the same
    with a sample of ours.
    """
    with av.open(str(path)) as found:
        stream = found.streams.get(**{kind: 0})[0]
        packets = [bytes(packet) for packet in found.demux(stream) if packet.size]
        plain = bool(stream.codec_context.extradata and stream.codec_context.extradata[0] == 1)
        coded = stream.codec_context.name in {"h264", "hevc"}
    if coded and not plain:
        return [b"".join(nal.split_annex_b(packet)) for packet in packets]
    if kind == "audio" and path.suffix == ".ts":
        return [packet[7:] for packet in packets]
    return packets


def has_start_codes(codec: str, path: Path) -> bool:
    """Tell whether the source's samples are compared bare."""
    return codec in {"h264", "h265"} and path.suffix in {".ts", ".avi"}


def bare(sample: bytes) -> bytes:
    """Return the NAL units of a sample without their lengths."""
    return b"".join(nal.split_lengths(sample))
