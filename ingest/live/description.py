"""What a camera says that it sends: SDP (RFC 8866) as answered to DESCRIBE, and where each stream is set up. Pure."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_MOST_LINES = 1000
_STATIC = {0: ("PCMU", 8000), 8: ("PCMA", 8000), 26: ("JPEG", 90_000), 32: ("MPV", 90_000), 33: ("MP2T", 90_000)}
"""Payload types that need no rtpmap (RFC 3551, section 6), as far as cameras use them."""
_RTPMAP = re.compile(r"(\d{1,3})\s+([A-Za-z0-9._-]{1,40})/(\d{1,9})(?:/(\d{1,3}))?")


@dataclass(frozen=True)
class MediaOffer:
    """One stream. `encoding` is in upper case, `settings` are those of fmtp, `control` is a whole address."""

    kind: str
    payload_type: int
    encoding: str
    clock_rate: int
    channels: int
    control: str
    settings: dict[str, str] = field(default_factory=dict)

    def parameter_sets(self) -> tuple[bytes, ...]:
        """Return the parameter sets that fmtp carries (RFC 6184 section 8.1, RFC 7798 section 7.1), broken ones left out."""
        names = ("sprop-vps", "sprop-sps", "sprop-pps", "sprop-parameter-sets")
        texts = [text for name in names for text in self.settings.get(name, "").split(",") if text]
        found = []
        for text in texts:
            try:
                found.append(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
            except (binascii.Error, ValueError):
                continue
        return tuple(unit for unit in found if unit)


def offers(body: bytes, base: str) -> list[MediaOffer]:
    """Return the streams of a description in order; `base` is Content-Base, else the address that was described.

    Streams whose coding is not told are left out.
    """
    session, *streams = _blocks(body)
    root = _root(session, base)
    found = [_offer(block, root) for block in streams]
    return [offer for offer in found if offer is not None]


def aggregate(body: bytes, base: str) -> str:
    """Return the address of all streams together (RFC 2326, C.1.1), to which PLAY goes."""
    return _root(_blocks(body)[0], base)


def _blocks(body: bytes) -> list[list[tuple[str, str]]]:
    """Return the lines of the session, then those of each stream."""
    blocks: list[list[tuple[str, str]]] = [[]]
    for line in body.decode("utf-8", "replace").splitlines()[:_MOST_LINES]:
        kind, equals, value = line.strip().partition("=")
        if not equals or len(kind) != 1:
            continue
        if kind == "m":
            blocks.append([])
        blocks[-1].append((kind, value.strip()))
    return blocks


def _root(session: list[tuple[str, str]], base: str) -> str:
    control = _control(session)
    return base if control in {None, "*", ""} else resolved(base, control or "")


def _control(block: list[tuple[str, str]]) -> str | None:
    return next((value[8:].strip() for kind, value in block if kind == "a" and value.startswith("control:")), None)


def _offer(block: list[tuple[str, str]], root: str) -> MediaOffer | None:
    words = block[0][1].split()
    if len(words) < 4 or not words[3].isdecimal():
        return None
    payload_type = int(words[3])
    encoding, rate, channels = (*_STATIC.get(payload_type, ("", 0)), 1)
    settings: dict[str, str] = {}
    for kind, value in block[1:]:
        name, _, rest = value.partition(":")
        mapped = _RTPMAP.fullmatch(rest.strip()) if kind == "a" and name == "rtpmap" else None
        if mapped and int(mapped[1]) == payload_type:
            encoding, rate, channels = mapped[2].upper(), int(mapped[3]), int(mapped[4] or 1)
        if kind == "a" and name == "fmtp":
            number, _, told = rest.strip().partition(" ")
            if number == words[3]:
                settings |= _settings(told)
    if not encoding or not rate:
        return None
    control = _control(block)
    place = root if control in {None, "*", ""} else resolved(root, control or "")
    return MediaOffer(words[0].lower(), payload_type, encoding, rate, channels, place, settings)


def _settings(text: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def resolved(base: str, control: str) -> str:
    """Return the address of a control attribute (RFC 2326, C.1.1).

    Relative ones are put behind the base with one slash between, which is what cameras mean, also where the base has a
    query; an absolute one is taken as it is only on the host that was asked, so that no description sends us elsewhere.
    """
    if "://" in control:
        try:
            ours, theirs = urlsplit(base), urlsplit(control)
        except ValueError:
            return base  # what no parser reads, no camera can mean
        if theirs.scheme.lower() in {"rtsp", "rtsps"} and theirs.hostname == ours.hostname:
            return control
        rest = theirs.path + (f"?{theirs.query}" if theirs.query else "")
        return f"{ours.scheme}://{ours.netloc}{rest}"
    return f"{base.rstrip('/')}/{control.lstrip('/')}"
