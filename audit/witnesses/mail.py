"""A mailbox: the checkpoint in the message for people, and attached for `matpho audit verify --against`.

What the receipt says is that our mail server took it; that somebody keeps it, only they know.
"""

import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import tzinfo
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Literal
from urllib.parse import SplitResult, unquote

from audit.witnesses.port import WAIT_S, WitnessSilent, WitnessUnusable, is_loopback, receipt_of
from foundation.clock import Clock
from foundation.errors import N_
from foundation.language import LANGUAGES, Language, translate
from foundation.timebase import datetime_from_us

_SUBJECT = N_("Mắt Phố: audit log, checkpoint over {size} entries")
_BODY = N_(
    "Please keep this message.\n\n"
    "The three lines below and the signature under them say what the audit log of Mắt Phố was at this moment ({size} "
    "entries). With them anybody can show later whether what was logged until now has been changed, whoever runs the "
    "service:\n\n"
    "    matpho audit verify --against {file} --key KEY\n\n"
    "KEY is the line that you were given when the log began. If you were given none, ask for it today, and keep it apart "
    "from these messages."
)
_PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}
Scheme = Literal["smtps", "smtp", "smtp+plain"]


@dataclass(frozen=True)
class MailServer:
    """Who sends for us. `smtps` is TLS from the first byte, `smtp` asks for it by STARTTLS, `smtp+plain` is for loopback."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, address: SplitResult) -> "MailServer":
        """Raises `WitnessUnusable`; the address is not told, because it may hold a password."""
        try:
            port = address.port
        except ValueError:
            port = -1
        if address.scheme not in _PORTS or not address.hostname or port == -1:
            why = N_("write smtps://user:password@host or smtp://user:password@host")
            raise WitnessUnusable(witness="MATPHO_MAIL_SERVER", why=why)
        if address.scheme == "smtp+plain" and not is_loopback(address.hostname):
            why = N_("mail goes unencrypted to this machine alone")
            raise WitnessUnusable(witness="MATPHO_MAIL_SERVER", why=why)
        user, password = unquote(address.username or ""), unquote(address.password or "")
        return cls(address.scheme, address.hostname, port or _PORTS[address.scheme], user, password)

    def send(self, message: EmailMessage) -> None:
        """Raises `OSError`, which `smtplib.SMTPException` is as well."""
        context = ssl.create_default_context()
        if self.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=WAIT_S, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=WAIT_S)
        with server:
            if self.scheme == "smtp":
                server.starttls(context=context)  # raises where the server does not offer it: nothing goes in the clear
            if self.user:
                server.login(self.user, self.password)
            server.send_message(message)


class MailWitness:
    def __init__(
        self, to: str, every_us: int, server: MailServer, sender: str, clock: Clock, zone: tzinfo, language: Language
    ) -> None:
        self.name = f"mailto:{to}"
        self.every_us = every_us
        self._to, self._server, self._sender = to, server, sender
        self._clock, self._zone, self._language = clock, zone, language

    def tell(self, size: int, note: str) -> str:
        """Send the checkpoint. Raises `WitnessSilent`."""
        try:
            self._server.send(self._message(size, note))
        except (OSError, UnicodeError, ValueError) as error:
            raise WitnessSilent(witness=self.name, why=self._why(error)) from error
        return receipt_of(f"{self._server.host}:{self._server.port}")

    def _message(self, size: int, note: str) -> EmailMessage:
        file = f"{size:012}.checkpoint"
        message = EmailMessage()
        message["From"], message["To"] = self._sender, self._to
        message["Subject"] = translate(self._language, _SUBJECT, size=size)
        message["Date"] = format_datetime(datetime_from_us(self._clock.now_us(), self._zone))
        message["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
        texts = [translate(language, _BODY, size=size, file=file) for language in LANGUAGES]
        message.set_content("\n\n----\n\n".join([*texts, note]))
        message.add_attachment(note.encode(), maintype="application", subtype="octet-stream", filename=file)
        return message

    def _why(self, error: Exception) -> str:
        """Return why, as the server says it; should it say our password, that is left out."""
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            error = smtplib.SMTPResponseException(*next(iter(error.recipients.values())))
        if isinstance(error, smtplib.SMTPResponseException):
            said = error.smtp_error
            text = f"{error.smtp_code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"
        else:
            text = getattr(error, "strerror", None) or str(error) or type(error).__name__
        secret = self._server.password
        return receipt_of(text.replace(secret, "…") if secret else text)
