"""Real witnesses on loopback for the length of a test: a mail server with a mailbox, and a web server that keeps checkpoints."""

import base64
import email
import email.policy
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "ward@example.vn", "hunter2:@/ #"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


class Mailbox:
    """What came; with `answer` set, what the server says instead of keeping a message."""

    def __init__(self) -> None:
        self.messages: list[email.message.EmailMessage] = []
        self.answer = ""

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        if self.answer:
            return self.answer
        assert isinstance(envelope.content, bytes)
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 kept"

    def kept(self) -> list[bytes]:
        """Return the attachments, byte for byte."""
        found: list[bytes] = []
        for message in self.messages:
            (part,) = message.iter_attachments()
            data = part.get_payload(decode=True)
            assert isinstance(data, bytes)
            found.append(data)
        return found


def _authenticate(server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)


@contextmanager
def mail_server(box: Mailbox, port: int, scheme: str, tls: ssl.SSLContext | None) -> Iterator[None]:
    """Serve a mailbox. `smtps` and `smtp` know a user, and `smtp` takes mail of nobody else."""
    given: dict[str, Any] = {"hostname": "127.0.0.1", "port": port}
    if scheme != "smtp+plain":
        given["authenticator"] = _authenticate
        under_tls = {"ssl_context": tls, "auth_require_tls": False}  # aiosmtpd means STARTTLS by that
        starttls = {"tls_context": tls, "require_starttls": True, "auth_required": True}
        given |= under_tls if scheme == "smtps" else starttls
    controller = Controller(box, **given)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


class Shelf:
    """What a web witness keeps, by size. With `status` set it answers so, and keeps nothing."""

    def __init__(self) -> None:
        self.notes: dict[int, bytes] = {}
        self.order: list[bytes] = []
        self.status = 0
        self.user = ""
        """`user:password` that it asks for."""


@contextmanager
def web_server(shelf: Shelf, port: int, tls: ssl.SSLContext | None = None) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            note = self.rfile.read(int(self.headers["Content-Length"]))
            size = int(note.split(b"\n")[1])
            wanted = f"Basic {base64.b64encode(shelf.user.encode()).decode()}"
            if shelf.status:
                self._say(shelf.status, "not now")
            elif shelf.user and self.headers["Authorization"] != wanted:
                self._say(401, "who are you?")
            elif shelf.notes.get(size, note) != note:
                self._say(409, "I keep another")
            else:
                shelf.notes[size] = note
                shelf.order.append(note)
                self._say(200, f"kept {size}\x1b[31m\n" + "x" * 100_000)

        def _say(self, status: int, text: str) -> None:
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"http://127.0.0.1:{port}/elsewhere")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            return  # who hung up before the end is no trouble of the test's

    server = Server(("127.0.0.1", port), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
