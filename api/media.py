"""Send byte ranges of something large: one chunk in hand, one being read, and nothing more, however long it is.

Chunks are read in a worker thread while the one before is on its way (docs/decisions/0011-sessions-are-synchronous.md).
When the client goes away the sending is cancelled at once: at most the chunk in hand and the one ahead were read for
nothing.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import anyio
from anyio.to_thread import run_sync
from fastapi import Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from api.byte_ranges import Answer, Conditions, decide
from api.edge import method_of
from api.problems import asked_language, problem
from foundation.errors import N_
from foundation.language import Language, translate

log = logging.getLogger(__name__)

# Measured on loopback with h11: 64 KiB 0.4, 256 KiB 1.2, 512 KiB 2.1, 1 MiB 2.3 GB/s (Starlette's file answer: 0.6 GB/s).
CHUNK_BYTES = 512 * 1024

WATCH_S = 15.0
"""How often it is asked whether bytes may still be sent; what is under way ends so soon after its grant."""

Read = Callable[[int, int], Iterator[bytes]]
"""Give the bytes of `[start, end)` in chunks; runs in worker threads, never in two at once."""

_REFUSED = {
    412: ("precondition_failed", N_("The stored bytes are not those that If-Match names")),
    416: ("range_not_satisfiable", N_("The range lies beyond the end of the file")),
}


class MediaAnswer(Response):
    """The body of an `Answer` (see byte_ranges), read as it is sent."""

    def __init__(
        self,
        answer: Answer,
        read: Read,
        headers: Mapping[str, str],
        *,
        head: bool,
        permitted: Callable[[], bool],
        watch_s: float = WATCH_S,
    ) -> None:
        self.answer = answer
        self.read = read
        self.head = head
        self.permitted = permitted
        self.watch_s = watch_s
        super().__init__(None, answer.status, {**headers, **answer.headers})
        if answer.body and "Content-Length" not in answer.headers:
            del self.headers[
                "content-length"
            ]  # the framework's own, of an empty body; how long this becomes nobody knows

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if not self.head and self.answer.body:
            async with anyio.create_task_group() as group:
                group.start_soon(_cancel_when_gone, receive, group.cancel_scope)
                group.start_soon(self._cancel_when_over, group.cancel_scope)
                await self._send_body(send)
                group.cancel_scope.cancel()
            return
        await send({"type": "http.response.body", "body": b""})

    async def _cancel_when_over(self, scope: anyio.CancelScope) -> None:
        """End the sending, also to somebody who reads slowly; the answer stays incomplete, and the connection is closed."""
        permitted = True
        while permitted:
            await anyio.sleep(self.watch_s)
            permitted = await run_sync(self.permitted)
        log.info("sending ended before its end: the grant is over")
        scope.cancel()

    async def _send_body(self, send: Send) -> None:
        for part in self.answer.body:
            if isinstance(part, bytes):
                await send({"type": "http.response.body", "body": part, "more_body": True})
            else:
                await _send_range(self.read(part.start, part.end), send)
        await send({"type": "http.response.body", "body": b""})


async def _send_range(chunks: Iterator[bytes], send: Send) -> None:
    ahead: bytes | None = b""

    async def fetch() -> None:
        nonlocal ahead
        ahead = await run_sync(partial(next, chunks, None))

    try:
        await fetch()
        while ahead is not None:
            chunk = ahead
            async with anyio.create_task_group() as group:
                group.start_soon(fetch)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:  # a generator has files open; closing must finish even when the transfer is cancelled
            with anyio.CancelScope(shield=True):
                await run_sync(close)


async def _cancel_when_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def answer_media(
    request: Request,
    read: Read,
    *,
    size: int,
    etag: str,
    media_type: str,
    language: Language,
    permitted: Callable[[], bool],
    watch_s: float = WATCH_S,
    headers: Mapping[str, str] | None = None,
    piece: int | None = None,
) -> Response:
    """Answer GET or HEAD for a representation of `size` bytes with the strong, unquoted `etag` and in pieces; see byte_ranges.

    `permitted` is asked every `watch_s` seconds while bytes are sent, in a worker thread, and ends the sending.
    """
    given = request.headers
    asked = Conditions(*(_joined(given.getlist(n)) for n in ("range", "if-range", "if-match", "if-none-match")))
    method = method_of(request)
    answer = decide(method, asked, size=size, etag=etag, media_type=media_type, piece=piece)
    if answer.status in _REFUSED:
        code, text = _REFUSED[answer.status]
        spoken = asked_language(request, language)
        said = translate(spoken, text)
        refused = problem(request, answer.status, code, said, said, language=spoken)
        refused.headers.update(answer.headers)
        return refused
    # Footage is private, and a stored copy must be asked for again: it may be gone by then.
    fields = {"Cache-Control": "private, no-cache", **(headers or {})}
    return MediaAnswer(answer, read, fields, head=method == "HEAD", permitted=permitted, watch_s=watch_s)


def _joined(lines: list[str]) -> str | None:
    return ", ".join(lines) if lines else None
