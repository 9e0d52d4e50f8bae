"""A wire to a port of loopback that can hang: what is sent over it then is neither answered nor refused."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Wire:
    """Listens at `port`, and passes on what comes while it does not hang."""

    def __init__(self, there: int) -> None:
        self.port = 0
        self._there = there
        self._loop = asyncio.new_event_loop()
        self._hangs = False
        self._over = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()

    def hang(self) -> None:
        self._loop.call_soon_threadsafe(self._be, True)

    def mend(self) -> None:
        """Pass on again what comes; what hung is gone."""
        self._loop.call_soon_threadsafe(self._be, False)

    def _be(self, hangs: bool) -> None:
        self._hangs = hangs
        for writer in self._open:
            writer.transport.abort()

    async def _work(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._over.wait()
        server.close()
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self._hangs:
                await writer.wait_closed()
                return
            there, onward = await asyncio.open_connection("127.0.0.1", self._there)
            await asyncio.gather(_pass_on(reader, onward), _pass_on(there, writer))
        except OSError:
            pass  # either end is gone
        finally:
            self._open.discard(writer)
            writer.close()


async def _pass_on(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            to.write(data)
            await to.drain()
    finally:
        to.close()


@contextmanager
def wire_to(there: int) -> Iterator[Wire]:
    wire, ready = Wire(there), threading.Event()
    thread = threading.Thread(target=lambda: wire._loop.run_until_complete(wire._work(ready)))
    thread.start()
    ready.wait()
    try:
        yield wire
    finally:
        wire._loop.call_soon_threadsafe(wire._over.set)
        thread.join()
        wire._loop.close()
