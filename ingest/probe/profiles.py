"""What a device says of its pictures by ONVIF: profiles, and where their streams are. Pure.

Nothing is taken over as it came: names are cut and cleaned, and of an address the machine is the one that was asked.
"""

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

from ingest.probe.outcomes import Channel
from ingest.probe.soap import Node

MOST_CHANNELS = 64
_LONGEST_NAME = 40
_LONGEST_TOKEN = 100
_LONGEST_ADDRESS = 200
_CODINGS = {"H264": "H.264", "H265": "H.265", "HEVC": "H.265", "JPEG": "MJPEG", "MPEG4": "MPEG-4"}
_PLAIN = re.compile(r"[!-~]+")


def channels(body: Node) -> tuple[Channel, ...]:
    """Return the best picture of each lens, in the device's order; profiles without pictures are left out."""
    best: dict[str, Channel] = {}
    for node in list(body.all("Profiles"))[: 8 * MOST_CHANNELS]:
        one = _channel(node)
        if one is None:
            continue
        before = best.get(one.source)
        if before is None or one.width * one.height > before.width * before.height:
            best[one.source] = one
    return tuple(best.values())[:MOST_CHANNELS]


def _channel(node: Node) -> Channel | None:
    token = node.attributes.get("token", "")
    source = node.value("VideoSourceConfiguration", "SourceToken") or node.value("VideoSource", "SourceToken")
    encoder = node.at("VideoEncoderConfiguration") or node.at("VideoEncoder")
    if not 0 < len(token) <= _LONGEST_TOKEN or not token.isprintable() or not source:
        return None
    name = "".join(letter for letter in node.value("Name") if letter.isprintable())[:_LONGEST_NAME].strip()
    if encoder is None:
        return Channel(token, name, "", 0, 0, source)
    coding = _CODINGS.get(encoder.value("Encoding").upper(), "")
    width, height = (_size(encoder.value("Resolution", part)) for part in ("Width", "Height"))
    return Channel(token, name, coding, width, height, source)


def _size(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def stream_address(body: Node, host: str) -> str | None:
    """Return where a stream is, on the host that was asked; None where it is no address of RTSP.

    Devices behind another one tell the address that they have in there, and one that lies would send us and the password
    anywhere. Where the host was asked for by name, the name stays.
    """
    text = body.value("Uri")
    if len(text) > _LONGEST_ADDRESS or not _PLAIN.fullmatch(text):
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in {"rtsp", "rtsps"} or not parts.hostname:
        return None
    shown = f"[{host}]" if ":" in host else host
    netloc = shown if port is None else f"{shown}:{port}"
    return urlunsplit(SplitResult(parts.scheme.lower(), netloc, parts.path, parts.query, ""))


def path_of(address: str) -> str | None:
    """Return path and query of a service's address; the machine is the one that was asked, whatever it says."""
    if len(address) > _LONGEST_ADDRESS or not _PLAIN.fullmatch(address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    path = parts.path or "/"
    # `http:@other/x` has no machine, and all of it would be path; `//other/x` would be one; some read `\\` as `/`.
    if parts.scheme.lower() not in {"http", "https"} or not parts.netloc or not path.startswith("/"):
        return None
    if path.startswith("//") or "\\" in address:
        return None
    return f"{path}?{parts.query}" if parts.query else path
