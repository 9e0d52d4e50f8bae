"""What is said to a camera and what is made of its answers (RFC 2326), without a socket. Pure.

    DESCRIBE -> SETUP (each stream, interleaved) -> PLAY -> keep alive -> TEARDOWN
        401: once more with a sign-in     301, 302: there instead     461, 404 ...: refused, with a reason

`Session` is fed messages and says what to send next; `ingest.live` has one place that moves bytes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from ingest.live.description import MediaOffer, aggregate, offers
from ingest.live.sign_in import SignIn
from ingest.live.wire import Message

AGENT = "MatPho"
USUAL_TIMEOUT_S = 60
"""Of a session whose camera names none (RFC 2326, section 12.37)."""
_MOST_REDIRECTS = 3


class Refusal(StrEnum):
    """Why a camera cannot be recorded this way; each is a reason of a gap, or sends the camera to the other source."""

    SIGN_IN = "sign_in"
    NOT_FOUND = "not_found"
    NO_PICTURES = "no_pictures"  # nothing in the description that we take: another coding, or none
    TRANSPORT = "transport"  # no interleaving over TCP
    REDIRECTED = "redirected"  # elsewhere again and again, or to no address of RTSP
    FAILED = "failed"  # any other answer than was hoped for


class SessionRefused(Exception):
    """Stays within `ingest.live`. `status` is that of the answer."""

    def __init__(self, reason: Refusal, status: int | None, detail: str = "") -> None:
        super().__init__(f"{reason} {status or ''} {detail}".strip())
        self.reason, self.status = reason, status


class Redirected(Exception):
    """Connect to `address` instead and begin anew there."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class State(StrEnum):
    NEW = "new"
    DESCRIBING = "describing"
    SETTING_UP = "setting_up"
    STARTING = "starting"
    PLAYING = "playing"
    ENDED = "ended"


Choose = Callable[[list[MediaOffer]], list[MediaOffer]]


@dataclass
class Session:
    """One attempt at one camera. `choose` picks the streams to record, pictures first; none means `NO_PICTURES`."""

    address: str
    sign_in: SignIn | None
    choose: Choose
    redirects: int = 0
    state: State = State.NEW
    timeout_s: int = USUAL_TIMEOUT_S
    channels: dict[int, MediaOffer] = field(default_factory=dict)
    """The stream of each RTP channel; the next odd channel carries its RTCP."""
    _sequence: int = 0
    _asked: tuple[str, str, Mapping[str, str]] = ("", "", {})
    _left: list[MediaOffer] = field(default_factory=list)
    _whole: str = ""
    """The address of all streams together, once described."""
    _number: str | None = None
    _by_parameter: bool = True

    def begin(self) -> bytes:
        """Return the first request."""
        self.state = State.DESCRIBING
        return self._request("DESCRIBE", self.address, {"Accept": "application/sdp"})

    def take(self, message: Message) -> bytes:
        """Return what to send upon a message, empty for nothing. Raises `SessionRefused` and `Redirected`."""
        if message.method is not None:
            return self._answer(message)
        if self.state in {State.NEW, State.ENDED}:
            return b""
        if self.state is State.PLAYING and message.sequence not in {None, self._sequence}:
            return b""  # to a keep-alive of before; until then nothing overlaps, and not all cameras count as we do
        status = message.status or 0
        if status == 401:
            return self._signed(message)
        if self.state is State.PLAYING:
            if status >= 400:
                self._by_parameter = False  # OPTIONS is understood by all
            return b""
        if status in {301, 302, 303, 305}:
            raise self._elsewhere(message)
        if status != 200:
            raise SessionRefused(_REFUSALS.get(status, Refusal.FAILED), status)
        return self._next(message)

    def keep_alive(self) -> bytes:
        """Return a request that changes nothing; due well within `timeout_s`."""
        method = "GET_PARAMETER" if self._by_parameter else "OPTIONS"
        return self._request(method, self._whole, {})

    def end(self) -> bytes:
        """Return the request that ends the session, for the sake of cameras that count their listeners."""
        self.state = State.ENDED
        return self._request("TEARDOWN", self._whole or self.address, {})

    def _next(self, message: Message) -> bytes:
        if self.state is State.DESCRIBING:
            base = self._base(message)
            self._whole = aggregate(message.body, base)
            self._left = self.choose(offers(message.body, base))
            if not self._left:
                raise SessionRefused(Refusal.NO_PICTURES, message.status)
            self.state = State.SETTING_UP
            return self._set_up()
        if self.state is State.SETTING_UP:
            self._remember(message)
            if self._left:
                return self._set_up()
            self.state = State.STARTING
            return self._request("PLAY", self._whole, {"Range": "npt=0.000-"})
        self.state = State.PLAYING
        return b""

    def _base(self, message: Message) -> str:
        told = (message.headers.get(name, "").strip() for name in ("content-base", "content-location"))
        return next((base for base in told if "://" in base), self.address)

    def _set_up(self) -> bytes:
        offer = self._left[0]
        channel = 2 * len(self.channels)
        transport = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
        return self._request("SETUP", offer.control, {"Transport": transport})

    def _remember(self, message: Message) -> None:
        offer, channel = self._left.pop(0), 2 * len(self.channels)
        way = message.headers.get("transport", "").lower()
        for part in way.split(";"):
            name, _, value = part.partition("=")
            first = value.partition("-")[0].strip()
            if name.strip() == "interleaved" and first.isdecimal() and int(first) < 256:
                channel = int(first)  # the camera's choice counts
        if way and "tcp" not in way and "interleaved" not in way:
            raise SessionRefused(Refusal.TRANSPORT, message.status)
        if channel in self.channels:
            raise SessionRefused(Refusal.TRANSPORT, message.status, "two streams in one channel")
        self.channels[channel] = offer
        number, *settings = message.headers.get("session", "").split(";")
        self._number = number.strip() or self._number
        for setting in settings:
            name, _, value = setting.partition("=")
            if name.strip().lower() == "timeout" and value.strip().isdecimal():
                self.timeout_s = min(max(int(value), 5), 3600)

    def _signed(self, message: Message) -> bytes:
        again = self.sign_in is not None and self.sign_in.take(message.headers.get("www-authenticate", ""))
        if not again:
            raise SessionRefused(Refusal.SIGN_IN, message.status)
        return self._request(*self._asked)

    def _elsewhere(self, message: Message) -> Exception:
        try:
            parts = urlsplit(message.headers.get("location", "").strip())
            _ = parts.port  # raises for one that there is not
        except ValueError:
            return SessionRefused(Refusal.REDIRECTED, message.status)
        if self.redirects >= _MOST_REDIRECTS or parts.scheme.lower() not in {"rtsp", "rtsps"} or not parts.hostname:
            return SessionRefused(Refusal.REDIRECTED, message.status)
        return Redirected(urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, "")))

    def _answer(self, message: Message) -> bytes:
        """Servers may ask as well; they are told that nothing but their asking is understood."""
        number = message.sequence
        if number is None:
            return b""
        status = "200 OK" if message.method in {"OPTIONS", "GET_PARAMETER", "SET_PARAMETER"} else "501 Not Implemented"
        return f"RTSP/1.0 {status}\r\nCSeq: {number}\r\n\r\n".encode()

    def _request(self, method: str, address: str, more: Mapping[str, str]) -> bytes:
        self._sequence += 1
        self._asked = (method, address, more)
        lines = [f"{method} {address} RTSP/1.0", f"CSeq: {self._sequence}", f"User-Agent: {AGENT}"]
        signed = None if self.sign_in is None else self.sign_in.header(method, address)
        if signed is not None:
            lines.append(f"Authorization: {signed}")
        if self._number is not None:
            lines.append(f"Session: {self._number}")
        lines += [f"{name}: {value}" for name, value in more.items()]
        if any("\r" in line or "\n" in line for line in lines):
            raise SessionRefused(Refusal.FAILED, None, "a line break in an address")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


_REFUSALS = {403: Refusal.SIGN_IN, 404: Refusal.NOT_FOUND, 461: Refusal.TRANSPORT, 407: Refusal.SIGN_IN}
