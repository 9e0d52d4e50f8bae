"""Questions of ONVIF as SOAP 1.2, and a reader of its answers that a device cannot harm. Pure.

The reader is expat without entities and document types: a document that declares any is refused, whatever its encoding, so
nothing in it can grow or point elsewhere. Names are compared without their namespace, of which devices make mistakes.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from foundation.timebase import MICROSECONDS

MOST_BYTES = 512 * 1024
"""A recorder with 64 channels tells its profiles in about 200 KB."""
_MOST_NODES = 20_000
_MOST_DEPTH = 40
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_DIGEST = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
_BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"


class AnswerUnreadable(Exception):
    """What came is no answer that can be read; stays within `ingest.probe`."""


@dataclass
class Node:
    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def all(self, name: str) -> Iterator["Node"]:
        """Yield every node of this name beneath this one, in order."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.all(name)

    def at(self, *names: str) -> "Node | None":
        """Return the first node beneath this one, and so on by name."""
        found: Node | None = self
        for name in names:
            found = None if found is None else next(found.all(name), None)
        return found

    def value(self, *names: str) -> str:
        """Return the text at these names, empty where there is none."""
        found = self.at(*names)
        return "" if found is None else found.text.strip()


class _Builder:
    def __init__(self) -> None:
        self.root = Node("", {})
        self._open = [self.root]
        self._nodes = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._nodes += 1
        if self._nodes > _MOST_NODES or len(self._open) > _MOST_DEPTH:
            raise AnswerUnreadable("too much of it")
        node = Node(_local(name), {_local(key): value for key, value in attributes.items()})
        self._open[-1].children.append(node)
        self._open.append(node)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, data: str) -> None:
        self._open[-1].text += data

    def refuse(self, *_: object) -> None:
        raise AnswerUnreadable("it declares a document type")


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def read(data: bytes) -> Node:
    """Return the document. Raises `AnswerUnreadable`."""
    if len(data) > MOST_BYTES:
        raise AnswerUnreadable("it is too long")
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    parser.StartElementHandler = builder.begin
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise AnswerUnreadable("it is no XML") from error
    return builder.root


def body_of(data: bytes) -> Node:
    """Return the body of an envelope. Raises `AnswerUnreadable`."""
    body = read(data).at("Envelope", "Body")
    if body is None:
        raise AnswerUnreadable("it is no envelope")
    return body


def refuses_sign_in(body: Node) -> bool:
    """Whether it is a fault that says that user or password are wrong, or missing."""
    fault = body.at("Fault")
    if fault is None:
        return False
    words = [node.text.rpartition(":")[2].strip() for node in (*fault.all("Value"), *fault.all("faultcode"))]
    return any(word in {"NotAuthorized", "FailedAuthentication", "InvalidSecurityToken"} for word in words)


@dataclass(frozen=True)
class Token:
    """Proves a password without sending it (WS-Security, UsernameToken profile 1.0), at the device's own time."""

    user: str
    password: str = field(repr=False)
    nonce: bytes
    created_us: int

    def header(self) -> str:
        created = datetime.fromtimestamp(self.created_us // MICROSECONDS, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        # SHA-1 is what the profile says; the nonce makes each proof good for once.
        proof = hashlib.sha1(self.nonce + created.encode() + self.password.encode(), usedforsecurity=False).digest()
        return (
            f'<s:Header><w:Security s:mustUnderstand="1" xmlns:w="{_WSSE}" xmlns:u="{_WSU}"><w:UsernameToken>'
            f"<w:Username>{escape(self.user)}</w:Username>"
            f'<w:Password Type="{_DIGEST}">{base64.b64encode(proof).decode()}</w:Password>'
            f'<w:Nonce EncodingType="{_BASE64}">{base64.b64encode(self.nonce).decode()}</w:Nonce>'
            f"<u:Created>{created}</u:Created></w:UsernameToken></w:Security></s:Header>"
        )


def envelope(question: str, token: Token | None = None) -> bytes:
    header = "" if token is None else token.header()
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
        f"{header}<s:Body>{question}</s:Body></s:Envelope>"
    ).encode()


def call(namespace: str, name: str, inner: str = "") -> str:
    """Return a question; `inner` uses the prefixes `n` (of the namespace) and `tt`."""
    return f'<n:{name} xmlns:n={quoteattr(namespace)} xmlns:tt="http://www.onvif.org/ver10/schema">{inner}</n:{name}>'


def told_time_us(body: Node) -> int | None:
    """Return the UTC of an answer to GetSystemDateAndTime, None where it tells none that exists.

    Nor one beside which there is no time before or after: it is reckoned with, and goes on.
    """
    told = body.at("UTCDateTime")
    if told is None:
        return None
    numbers = [told.value(*path) for path in _PARTS]
    if not all(text.isascii() and text.isdecimal() and len(text) < 6 for text in numbers):
        return None
    year, month, day, hour, minute, second = (int(text) for text in numbers)
    if not MINYEAR < year < MAXYEAR:
        return None
    try:
        found = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return round(found.timestamp()) * MICROSECONDS


_PARTS = (
    ("Date", "Year"),
    ("Date", "Month"),
    ("Date", "Day"),
    ("Time", "Hour"),
    ("Time", "Minute"),
    ("Time", "Second"),
)
