"""Witnesses as the settings name them: addresses, each with how often it is told, with commas between.

folder:/srv/ward-committee, https://user:password@witness.example/log#every=1h, mailto:committee@example.vn
"""

import re
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from audit.witnesses.folder import FolderWitness
from audit.witnesses.mail import MailServer, MailWitness
from audit.witnesses.port import Witness, WitnessUnusable, is_loopback
from audit.witnesses.web import WebWitness
from foundation.clock import Clock
from foundation.errors import N_
from foundation.settings import Settings
from foundation.timebase import MICROSECONDS

_EVERY = re.compile(r"every=([1-9][0-9]{0,5})([smhd])")
_UNIT_US = {"s": MICROSECONDS, "m": 60 * MICROSECONDS, "h": 3600 * MICROSECONDS, "d": 86_400 * MICROSECONDS}
_PLAIN = re.compile(r"[!-~]+")
_MAILBOX = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+")


def open_witnesses(settings: Settings, clock: Clock) -> tuple[Witness, ...]:
    """Return the witnesses of the settings; none is asked anything yet. Raises `WitnessUnusable`."""
    found = [_open(one.strip(), settings, clock) for one in settings.audit_witnesses.split(",") if one.strip()]
    names = [one.name for one in found]
    for name in names:
        if names.count(name) > 1:
            raise WitnessUnusable(witness=name, why=N_("it is named twice"))
    return tuple(found)


def _open(text: str, settings: Settings, clock: Clock) -> Witness:
    try:
        address = urlsplit(text)
        port_is_one = address.port
    except ValueError as error:
        raise WitnessUnusable(witness=text.partition(":")[0], why=N_("it is no address")) from error
    del port_is_one  # reading it is what raises
    match address.scheme:
        case "folder":
            path = Path(unquote(address.path))
            if not path.is_absolute() or address.netloc:
                raise WitnessUnusable(witness=f"folder:{path}", why=N_("a folder is named from the root: folder:/…"))
            return FolderWitness(path, _every_us(address, f"folder:{path}", 0))
        case "https" | "http":
            return _web(address)
        case "mailto":
            return _mail(address, settings, clock)
        case scheme:
            why = N_("write folder:/…, https://… or mailto:…")
            raise WitnessUnusable(witness=scheme or text[:40], why=why)


def _web(address: SplitResult) -> Witness:
    host = address.hostname or ""
    if not host or not _PLAIN.fullmatch(
        address.geturl()
    ):  # what cannot be asked is quoted whole in errors of the library
        raise WitnessUnusable(witness=f"{address.scheme}:", why=N_("it is no address"))
    if address.scheme == "http" and not is_loopback(host):
        why = N_("beyond this machine it takes https://: else anybody on the way may change what is kept")
        raise WitnessUnusable(witness=f"http://{host}", why=why)
    return WebWitness(address, _every_us(address, f"{address.scheme}://{host}", 0))


def _mail(address: SplitResult, settings: Settings, clock: Clock) -> Witness:
    to = unquote(address.path)
    name = f"mailto:{to}"
    if not _MAILBOX.fullmatch(to):
        raise WitnessUnusable(witness=name, why=N_("it is no mailbox"))
    if not settings.mail_server:
        raise WitnessUnusable(witness=name, why=N_("MATPHO_MAIL_SERVER does not say who sends mail"))
    try:
        server = MailServer.parse(urlsplit(settings.mail_server))
    except ValueError as error:  # whose own text has the address, and with it the password
        raise WitnessUnusable(witness="MATPHO_MAIL_SERVER", why=N_("it is no address")) from error
    sender = settings.mail_sender or server.user
    if not _MAILBOX.fullmatch(sender):
        raise WitnessUnusable(witness="MATPHO_MAIL_SENDER", why=N_("it is no mailbox"))
    every_us = _every_us(address, name, _UNIT_US["d"])
    return MailWitness(to, every_us, server, sender, clock, settings.zone, settings.language)


def _every_us(address: SplitResult, name: str, usual_us: int) -> int:
    if not address.fragment:
        return usual_us
    found = _EVERY.fullmatch(address.fragment)
    if found is None:
        raise WitnessUnusable(
            witness=name, why=N_("behind the # stands how often, such as #every=30m, #every=6h, #every=1d")
        )
    return int(found[1]) * _UNIT_US[found[2]]
