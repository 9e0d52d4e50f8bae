"""A device of our own that speaks ONVIF: SOAP over HTTP on loopback, with the sign-ins and the faults that real ones have.

It checks tokens as the profile of WS-Security says, against its own clock, which may be wrong.
"""

import base64
import hashlib
import re
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from foundation.clock import Clock, SystemClock

_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl"'
    ' xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema"'
    ' xmlns:ter="http://www.onvif.org/ver10/error"><e:Body>{}</e:Body></e:Envelope>'
)
_FAULT = (
    "<e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>ter:{}</e:Value></e:Subcode></e:Code>"
    '<e:Reason><e:Text xml:lang="en">no</e:Text></e:Reason></e:Fault>'
)
_NONCE = "9b1c"
FRESH_S = 300


@dataclass(frozen=True)
class Profile:
    token: str
    source: str
    uri: str
    name: str = "main"
    coding: str = "H264"
    width: int = 640
    height: int = 360


@dataclass
class OnvifDevice:
    """`media` is which version of the media service it has; `answers` are raw bytes in place of an answer, by question."""

    profiles: list[Profile] = field(default_factory=list)
    password: str | None = None
    off_s: float = 0
    clock: Clock = field(default_factory=SystemClock)
    media: int = 1
    services: bool = True
    """Whether it knows GetServices, which came later than GetCapabilities."""
    time_for_all: bool = True
    web_sign_in: bool = False
    """Whether its web server asks for digest sign-in before anything else."""
    address_it_tells: str = "http://10.9.8.7/onvif"
    answers: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    port: int = 0

    def answer(self, path: str, head: dict[str, str], body: bytes) -> tuple[int, bytes]:
        question = next(iter(next(one for one in ET.fromstring(body) if one.tag.endswith("}Body"))))
        name = question.tag.rpartition("}")[2]
        self.asked.append(name)
        self.heads.append(head)
        self.bodies.append(body)
        if self.web_sign_in and not self._web_signed(head, path):
            return 401, b""
        if name in self.answers:
            return 200, self.answers[name]
        open_to_all = name == "GetSystemDateAndTime" and self.time_for_all
        if not open_to_all and self.password is not None and not self._signed(body):
            return 400, _ENVELOPE.format(_FAULT.format("NotAuthorized")).encode()
        made = self._known().get(name)
        if made is None:
            return 500, _ENVELOPE.format(_FAULT.format("ActionNotSupported")).encode()
        return 200, _ENVELOPE.format(made(question)).encode()

    def _now(self) -> float:
        return self.clock.now_us() / 1e6 + self.off_s

    def _signed(self, body: bytes) -> bool:
        told = {node.tag.rpartition("}")[2]: node.text or "" for node in ET.fromstring(body).iter()}
        if "Nonce" not in told or self.password is None:
            return False
        made = base64.b64decode(told["Nonce"]) + told["Created"].encode() + self.password.encode()
        created = datetime.fromisoformat(told["Created"]).timestamp()
        fresh = abs(created - self._now()) <= FRESH_S
        proof = base64.b64encode(hashlib.sha1(made, usedforsecurity=False).digest()).decode()
        return fresh and told["Username"] == "admin" and told["Password"] == proof

    def _web_signed(self, head: dict[str, str], path: str) -> bool:
        told = dict(re.findall(r'(\w+)="?([^",]+)"?', head.get("authorization", "")))

        def md5(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        wanted = md5(f"{md5(f'admin:cam:{self.password}')}:{_NONCE}:{md5(f'POST:{path}')}")
        return told.get("response") == wanted

    def _time(self, _question: Any) -> str:
        now = datetime.fromtimestamp(self._now(), UTC)
        return (
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>"
            f"<tt:UTCDateTime><tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>"
            f"<tt:Second>{now.second}</tt:Second></tt:Time><tt:Date><tt:Year>{now.year}</tt:Year>"
            f"<tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date></tt:UTCDateTime>"
            "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
        )

    def _known(self) -> dict[str, Callable[[Any], str]]:
        found = {
            "GetSystemDateAndTime": self._time,
            "GetServices": self._its_services,
            "GetCapabilities": self._capabilities,
            "GetProfiles": self._its_profiles,
            "GetStreamUri": self._stream,
        }
        if not self.services:
            del found["GetServices"]
        return found

    def _its_services(self, _question: Any) -> str:
        return (
            "<tds:GetServicesResponse><tds:Service>"
            f"<tds:Namespace>http://www.onvif.org/ver{self.media}0/media/wsdl</tds:Namespace>"
            f"<tds:XAddr>{self.address_it_tells}/media</tds:XAddr></tds:Service></tds:GetServicesResponse>"
        )

    def _capabilities(self, _question: Any) -> str:
        return (
            "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Device><tt:XAddr>http://10.9.8.7/d</tt:XAddr></tt:Device>"
            f"<tt:Media><tt:XAddr>{self.address_it_tells}/media</tt:XAddr></tt:Media></tds:Capabilities>"
            "</tds:GetCapabilitiesResponse>"
        )

    def _its_profiles(self, _question: Any) -> str:
        made = self._profile if self.media == 1 else self._profile_2
        return f"<trt:GetProfilesResponse>{''.join(map(made, self.profiles))}</trt:GetProfilesResponse>"

    def _profile(self, one: Profile) -> str:
        return (
            f'<trt:Profiles token={quoteattr(one.token)} fixed="true"><tt:Name>{escape(one.name)}</tt:Name>'
            f'<tt:VideoSourceConfiguration token="v"><tt:Name>v</tt:Name><tt:SourceToken>{one.source}</tt:SourceToken>'
            f'</tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration token="e">{_encoder(one)}'
            "</tt:VideoEncoderConfiguration></trt:Profiles>"
        )

    def _profile_2(self, one: Profile) -> str:
        return (
            f"<tr2:Profiles token={quoteattr(one.token)}><tr2:Name>{escape(one.name)}</tr2:Name><tr2:Configurations>"
            f'<tr2:VideoSource token="v"><tt:SourceToken>{one.source}</tt:SourceToken></tr2:VideoSource>'
            f'<tr2:VideoEncoder token="e">{_encoder(one)}</tr2:VideoEncoder></tr2:Configurations></tr2:Profiles>'
        )

    def _stream(self, question: Any) -> str:
        token = next(node.text for node in question.iter() if node.tag.endswith("}ProfileToken"))
        uri = next(one.uri for one in self.profiles if one.token == token)
        inner = f"<tt:Uri>{escape(uri)}</tt:Uri>"
        return f"<trt:GetStreamUriResponse><trt:MediaUri>{inner}</trt:MediaUri></trt:GetStreamUriResponse>"


def _encoder(one: Profile) -> str:
    return (
        f"<tt:Encoding>{one.coding}</tt:Encoding><tt:Resolution><tt:Width>{one.width}</tt:Width>"
        f"<tt:Height>{one.height}</tt:Height></tt:Resolution>"
    )


@contextmanager
def onvif(device: OnvifDevice) -> Iterator[OnvifDevice]:
    """Let the device listen on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            head = {name.lower(): value for name, value in self.headers.items()}
            status, answer = device.answer(self.path, head, body)
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", f'Digest realm="cam", nonce="{_NONCE}"')
            self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002 - the base class names it so

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        device.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield device
        finally:
            server.shutdown()
            thread.join()
