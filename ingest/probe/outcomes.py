"""What may come of asking a camera. Nothing here is in the words of the other side: it is told by the page, by `Found`."""

from dataclasses import dataclass, field
from enum import StrEnum


class Found(StrEnum):
    ANSWERS = "answers"  # and sent a picture
    CHANNELS = "channels"  # a recorder with several; one is to be chosen
    NOT_ALLOWED = "not_allowed"  # no address that a camera may have
    NO_NAME = "no_name"  # nobody knows this name
    NOBODY = "nobody"  # no connection in time
    CLOSED = "closed"  # the machine is there, and nobody listens at this port
    SIGN_IN = "sign_in"
    NOT_RTSP = "not_rtsp"
    CERTIFICATE = "certificate"
    NO_PATH = "no_path"
    NO_PICTURES = "no_pictures"
    CODING = "coding"  # pictures in a coding that we do not speak
    UDP_ONLY = "udp_only"
    NO_KEY_FRAME = "no_key_frame"
    UNREADABLE = "unreadable"  # a key frame that cannot be decoded
    ONVIF_OFF = "onvif_off"
    BROKE = "broke"  # any other answer than was hoped for


class Failed(Exception):
    """Stays within `ingest.probe`. `coding` is one of `CODINGS` where it is about a coding."""

    def __init__(self, found: Found, coding: str = "") -> None:
        super().__init__(str(found))
        self.found, self.coding = found, coding


CODINGS = {"H264": "H.264", "H265": "H.265", "JPEG": "MJPEG", "MP4V-ES": "MPEG-4", "MPV": "MPEG-2", "AV1": "AV1"}
"""Codings by what cameras call them, as people do; others are not told, for that would be the other side's words."""


@dataclass(frozen=True)
class Wanted:
    """A camera to ask. `address` is rtsp://, rtsps://, http:// or https://, without user and password."""

    address: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    channel: str = ""
    """Which of the channels that ONVIF told."""


@dataclass(frozen=True)
class Channel:
    """One picture that a device sends; `token` is for asking, `name` for people."""

    token: str
    name: str
    coding: str
    width: int
    height: int
    source: str
    """Pictures of one lens have the same."""


@dataclass(frozen=True)
class Answer:
    """`address` is where the stream is, without user and password; `clock_off_us` is how far the device's clock is ahead
    of ours, None where it does not tell.
    """

    found: Found
    address: str = ""
    coding: str = ""
    width: int = 0
    height: int = 0
    picture: bytes = field(default=b"", repr=False)
    clock_off_us: int | None = None
    channels: tuple[Channel, ...] = ()
