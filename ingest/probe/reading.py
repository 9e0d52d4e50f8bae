"""What people type to say how a camera is reached, read. Pure. No error has a word of it: a password may be anywhere."""

import re
from urllib.parse import urlsplit, urlunsplit

from camera_registry.secrets import SourceUnclear, SourceUnusable, UserUnusable, split_source
from foundation.errors import N_, BadInput
from ingest.probe.outcomes import Wanted

_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
_SIX = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_LONGEST = 200


class AddressUnusable(BadInput):
    code = "address_unusable"
    message = N_("This is no address of a camera or recorder")
    mend = N_("Write its number in the network, such as 192.168.1.64, or an address that begins with rtsp://")


def read_wanted(text: str, user: str, password: str) -> Wanted:
    """Return whom to ask: a stream for rtsp(s)://, else a device that speaks ONVIF.

    User and password within an address count where none are given beside it. Raises `AddressUnusable`, `SourceUnclear`,
    `UserUnusable`.
    """
    text, user = text.strip(), user.strip()
    if len(text) > _LONGEST or len(user) > _LONGEST or len(password) > _LONGEST or not (text + user).isprintable():
        raise AddressUnusable
    if ":" in user:
        raise UserUnusable
    scheme = text.partition("://")[0].lower() if "://" in text else ""
    if scheme in {"rtsp", "rtsps"}:
        try:
            address, told = split_source(text)
        except SourceUnclear:
            raise
        except SourceUnusable:
            raise AddressUnusable from None
        if not user and told is not None:
            user, _, password = told.partition(":")
        return Wanted(address, user or None, password)
    if scheme in {"http", "https"}:
        return Wanted(_device(text), user or None, password)
    host = f"[{text}]" if _SIX.fullmatch(text) else text
    if scheme or not _HOST.fullmatch(host):
        raise AddressUnusable
    return Wanted(_device(f"http://{host}"), user or None, password)


def _device(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise AddressUnusable from None
    # A password may stand in any of it, and then what is taken for the machine is a user.
    if not parts.hostname or "@" in text or "\\" in text or not _HOST.fullmatch(parts.netloc):
        raise AddressUnusable
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return urlunsplit((parts.scheme.lower(), host if port is None else f"{host}:{port}", parts.path, "", ""))


def host_of(wanted: Wanted) -> str:
    """Return host and port as they were asked for, for the log."""
    return urlsplit(wanted.address).netloc
