"""What a live camera answers (RTSP 1.0, RFC 2326): requests read from bytes, sign-in by digest, and the description. Pure."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from sample_clips.live_packets import PAYLOAD_TYPE, REPORT_CHANNEL, VIDEO_CHANNEL

MOST_REQUEST = 64 * 1024
SESSION_TIMEOUT_S = 60
REALM = "camera"
TRACK = "video"

_FIELD = re.compile(r'([a-z]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))', re.IGNORECASE)
_PLACE = re.compile(r"/camera/(\d{1,9})(?:/|/video)?")
_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, SET_PARAMETER, TEARDOWN"
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
}


class NotRtsp(Exception):
    """What a client sent is no request; its connection ends."""


@dataclass(frozen=True)
class Request:
    """Names of headers are in lower case."""

    method: str
    uri: str
    headers: dict[str, str]

    @property
    def camera(self) -> int | None:
        """The number of the camera that is spoken to, None if the address is no camera's."""
        found = _PLACE.fullmatch(urlsplit(self.uri).path)
        return int(found[1]) if found else None


def take(buffer: bytearray) -> Request | None:
    """Take the first whole request off `buffer`, and what a client reports of its reception with it; None for none yet."""
    while buffer:
        if buffer[0] == 0x24:
            length = 4 + int.from_bytes(buffer[2:4], "big") if len(buffer) >= 4 else MOST_REQUEST
            if length > len(buffer):
                break
            del buffer[:length]
            continue
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            break
        request = _parsed(bytes(buffer[:end]).decode("utf-8", "replace"))
        length = end + 4 + _body(request)
        if length > len(buffer):
            break
        del buffer[:length]
        return request
    if len(buffer) > MOST_REQUEST:
        raise NotRtsp
    return None


def _parsed(head: str) -> Request:
    first, *lines = head.lstrip("\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("RTSP/1."):
        raise NotRtsp
    pairs = (line.partition(":") for line in lines)
    return Request(words[0], words[1], {name.strip().lower(): value.strip() for name, _, value in pairs})


def _body(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit() and int(length) <= MOST_REQUEST):
        raise NotRtsp
    return int(length)


def response(request: Request, status: int, headers: dict[str, str] | None = None, body: str = "") -> bytes:
    lines = [f"RTSP/1.0 {status} {_REASONS[status]}", f"CSeq: {request.headers.get('cseq', '0')}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def options(request: Request) -> bytes:
    return response(request, 200, {"Public": _METHODS})


def refused(request: Request, nonce: str) -> bytes:
    return response(request, 401, {"WWW-Authenticate": f'Digest realm="{REALM}", nonce="{nonce}"'})


def transport(request: Request) -> str | None:
    """Return the transport that is agreed to, None if the client offers none over this connection."""
    offers = request.headers.get("transport", "").lower().split(",")
    if not any("tcp" in offer and "interleaved" in offer for offer in offers):
        return None
    return f"RTP/AVP/TCP;unicast;interleaved={VIDEO_CHANNEL}-{REPORT_CHANNEL}"


def description(camera: int, sps: bytes, pps: bytes) -> str:
    """Return the SDP of a camera (RFC 6184, section 8.2.1)."""
    sets = ",".join(base64.b64encode(part).decode() for part in (sps, pps))
    lines = (
        "v=0",
        f"o=- {camera} 1 IN IP4 127.0.0.1",
        f"s=camera {camera}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} H264/90000",
        f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1;profile-level-id={sps[1:4].hex()};sprop-parameter-sets={sets}",
        f"a=control:{TRACK}",
    )
    return "".join(f"{line}\r\n" for line in lines)


@dataclass(frozen=True)
class Keeper:
    """Lets in who knows the password: digest with MD5 (RFC 2069, and RFC 7616 where a client wants `qop`)."""

    user: str
    password: str

    def lets_in(self, request: Request, nonce: str) -> bool:
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        told = {name.lower(): quoted or bare for name, quoted, bare in _FIELD.findall(rest)}
        if scheme.lower() != "digest" or told.get("nonce") != nonce or told.get("username") != self.user:
            return False
        secret = _md5(f"{self.user}:{REALM}:{self.password}")
        asked = _md5(f"{request.method}:{told.get('uri', '')}")
        middle = f"{told.get('nc')}:{told.get('cnonce')}:{told['qop']}:" if "qop" in told else ""
        wanted = _md5(f"{secret}:{nonce}:{middle}{asked}")
        return hmac.compare_digest(wanted.encode(), told.get("response", "").encode())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
