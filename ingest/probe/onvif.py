"""The few questions of ONVIF that lead from a host to a stream: its time, its services, its profiles, where one is.

One machine is spoken to, the one that was judged; what it says of other machines is not followed, redirections neither.
docs/decisions/0025-our-own-questions-to-onvif.md tells why this is no library.
"""

import asyncio
import secrets
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

import httpx

from foundation.clock import Clock
from ingest.live.sign_in import SignIn
from ingest.probe import soap
from ingest.probe.outcomes import Channel, Failed, Found, Wanted
from ingest.probe.places import Place, Places
from ingest.probe.profiles import channels, path_of, stream_address

ALL_S = 12.0
_STEP_S = 4.0
USUAL_PORTS = (80, 8899, 2020, 8000)
"""Where makers put it; the next is tried when nobody listens at the one before."""
_AS_IT_IS = "".join(map(chr, range(0x21, 0x7F)))
_DEVICE_PATH = "/onvif/device_service"
_DEVICE = "http://www.onvif.org/ver10/device/wsdl"
_MEDIA = "http://www.onvif.org/ver10/media/wsdl"
_MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
_STREAM = (
    "<n:StreamSetup><tt:Stream>RTP-Unicast</tt:Stream>"
    "<tt:Transport><tt:Protocol>RTSP</tt:Protocol></tt:Transport></n:StreamSetup>"
)


@dataclass
class Device:
    """One device that is asked. `off_us` is how far its clock is ahead of ours, once it told."""

    wanted: Wanted
    place: Place
    base: httpx.URL
    path: str
    clock: Clock
    client: httpx.AsyncClient
    off_us: int | None = None
    _sign_in: SignIn | None = field(default=None, repr=False)

    async def greet(self) -> None:
        """Ask what time it has there, which needs no sign-in. Raises `Failed`: `ONVIF_OFF` for what is no such device."""
        asked = soap.call(_DEVICE, "GetSystemDateAndTime")
        before = self.clock.now_us()
        body = await self._ask(self.path, asked, signed=False)
        if body.at("GetSystemDateAndTimeResponse") is None and self.wanted.user is not None:
            before = self.clock.now_us()
            body = await self._ask(self.path, asked)  # some want a sign-in even for the time
        told = soap.told_time_us(body)
        self.off_us = None if told is None else told - (before + self.clock.now_us()) // 2

    async def media(self) -> tuple[str, str]:
        """Return path and namespace of the service that knows the pictures. Raises `Failed`."""
        asked = soap.call(_DEVICE, "GetServices", "<n:IncludeCapability>false</n:IncludeCapability>")
        try:
            found = await self._ask(self.path, asked)
        except Failed as failed:
            if failed.found is not Found.BROKE:
                raise
            found = soap.Node("", {})  # from before there was this question
        told = {one.value("Namespace"): one.value("XAddr") for one in found.all("Service")}
        if _MEDIA not in told and _MEDIA2 not in told:
            asked = soap.call(_DEVICE, "GetCapabilities", "<n:Category>All</n:Category>")
            told = {_MEDIA: (await self._ask(self.path, asked)).value("Capabilities", "Media", "XAddr")}
        for namespace in (_MEDIA, _MEDIA2):
            path = path_of(told.get(namespace, ""))
            if path is not None:
                return path, namespace
        raise Failed(Found.ONVIF_OFF)

    async def channels(self, path: str, namespace: str) -> tuple[Channel, ...]:
        """Raises `Failed`."""
        inner = "<n:Type>VideoSource</n:Type><n:Type>VideoEncoder</n:Type>" if namespace == _MEDIA2 else ""
        found = channels(await self._ask(path, soap.call(namespace, "GetProfiles", inner)))
        if not found:
            raise Failed(Found.NO_PICTURES)
        return found

    async def stream(self, path: str, namespace: str, token: str) -> str:
        """Return the address of the stream. Raises `Failed`."""
        profile = f"<n:ProfileToken>{escape(token)}</n:ProfileToken>"
        inner = f"<n:Protocol>RTSP</n:Protocol>{profile}" if namespace == _MEDIA2 else f"{_STREAM}{profile}"
        body = await self._ask(path, soap.call(namespace, "GetStreamUri", inner))
        found = stream_address(body, self.place.host)
        if found is None:
            raise Failed(Found.BROKE)
        return found

    async def _ask(self, path: str, question: str, *, signed: bool = True) -> soap.Node:
        """Return the body of the answer. Raises `Failed`."""
        token = None
        if signed and self.wanted.user is not None:
            now = self.clock.now_us() + (self.off_us or 0)
            token = soap.Token(self.wanted.user, self.wanted.password or "", secrets.token_bytes(16), now)
        data = soap.envelope(question, token)
        status, challenge, answer = await self._post(path, data)
        if status == 401 and challenge and signed and self._signs(challenge):
            status, _, answer = await self._post(path, data)
        try:
            body = soap.body_of(answer)
        except soap.AnswerUnreadable:
            if status != 401:
                raise Failed(Found.ONVIF_OFF) from None
            body = soap.Node("", {})
        if status == 401 or soap.refuses_sign_in(body):
            if not signed:
                return body
            raise Failed(Found.SIGN_IN)
        if signed and (status != 200 or body.at("Fault") is not None):
            raise Failed(Found.BROKE)
        if not body.children:
            raise Failed(Found.ONVIF_OFF)
        return body

    def _signs(self, challenge: str) -> bool:
        """Sign in to the web server as well, where it asks for it; not in plain words."""
        if self._sign_in is None and self.wanted.user is not None:
            self._sign_in = SignIn(self.wanted.user, self.wanted.password or "", secrets.token_hex(8))
        return self._sign_in is not None and self._sign_in.take(challenge) and not self._in_plain_words()

    def _in_plain_words(self) -> bool:
        chosen = None if self._sign_in is None else self._sign_in.challenge
        return chosen is not None and chosen.scheme == "basic" and self.base.scheme != "https"

    async def _post(self, path: str, data: bytes) -> tuple[int, str, bytes]:
        path = quote(path, safe=_AS_IT_IS)
        try:
            where = at_path(self.base, path)
        except httpx.InvalidURL:
            raise Failed(Found.ONVIF_OFF) from None
        port = "" if self.place.port in {80, 443} else f":{self.place.port}"
        shown = f"[{self.place.host}]" if ":" in self.place.host else self.place.host
        headers = {"Content-Type": "application/soap+xml; charset=utf-8", "Host": f"{shown}{port}"}
        signed = None if self._sign_in is None else self._sign_in.header("POST", path)
        if signed is not None and not self._in_plain_words():
            headers["Authorization"] = signed
        extensions = {"sni_hostname": self.place.host}
        try:
            async with self.client.stream(
                "POST", where, content=data, headers=headers, extensions=extensions
            ) as answer:
                return answer.status_code, answer.headers.get("www-authenticate", ""), await _bounded(answer)
        except httpx.ConnectTimeout:
            raise Failed(Found.NOBODY) from None
        except httpx.ConnectError as error:
            raise Failed(_why_no_connection(error)) from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError):
            raise Failed(Found.ONVIF_OFF) from None


def at_path(base: httpx.URL, path: str) -> httpx.URL:
    """Return where a path is on the machine of `base`, and on no other. Raises `httpx.InvalidURL` for what is no path."""
    if not path.startswith("/"):
        raise httpx.InvalidURL("no path")
    return base.copy_with(raw_path=path.encode("ascii"))


async def _bounded(answer: httpx.Response) -> bytes:
    """Return the body as it was sent: nothing is unpacked, for we asked for nothing packed."""
    found = bytearray()
    async for part in answer.aiter_raw():
        found += part
        if len(found) > soap.MOST_BYTES:
            raise Failed(Found.ONVIF_OFF)
    return bytes(found)


def _why_no_connection(error: BaseException) -> Found:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectionRefusedError):
            return Found.CLOSED
        text = type(cause).__name__
        if text in {"SSLError", "SSLCertVerificationError"}:
            return Found.CERTIFICATE
        cause = cause.__cause__ or cause.__context__
    return Found.NOBODY


def client(*, verify_tls: bool) -> httpx.AsyncClient:
    """No proxy of the environment, no redirections, nothing packed, seconds."""
    return httpx.AsyncClient(
        verify=verify_tls,
        trust_env=False,
        follow_redirects=False,
        timeout=_STEP_S,
        headers={"Accept-Encoding": "identity", "User-Agent": "MatPho"},
        limits=httpx.Limits(max_connections=2),
    )


async def found_device(
    wanted: Wanted, places: Places, clock: Clock, http: httpx.AsyncClient, ports: tuple[int, ...] = USUAL_PORTS
) -> Device:
    """Return the device at an http(s):// address, which without a port is looked for where makers put it. Raises `Failed`."""
    parts = urlsplit(wanted.address)
    host, path = parts.hostname or "", parts.path if len(parts.path) > 1 else _DEVICE_PATH
    usual = (443,) if parts.scheme == "https" else ports
    last = Failed(Found.ONVIF_OFF)
    for port in usual if parts.port is None else (parts.port,):
        place = await places.place(host, port, "http")
        base = httpx.URL(scheme=parts.scheme, host=place.ip, port=port)
        device = Device(wanted, place, base, path, clock, http)
        try:
            async with asyncio.timeout(_STEP_S):
                await device.greet()
        except TimeoutError:
            raise Failed(Found.NOBODY) from None
        except Failed as failed:
            if failed.found not in {Found.CLOSED, Found.ONVIF_OFF}:
                raise
            last = failed
        else:
            return device
    raise Failed(Found.ONVIF_OFF) if last.found is Found.CLOSED and parts.port is None else last
