"""A real server on loopback for the length of a test."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn


class _Server(uvicorn.Server):
    """Ends at once when it may: uvicorn takes a fifth of a second, and hundreds of tests would wait for that."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        await super().startup(sockets)
        self.ready.set()

    def end(self) -> None:
        self.should_exit = True
        with suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._ending.set)

    async def main_loop(self) -> None:
        tick = 0
        while not await self.on_tick(tick):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), 0.1)
            tick += 1

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Do what uvicorn does once all have gone; who does not go is left to uvicorn."""
        for server in self.servers:
            server.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        for _ in range(20):
            if not state.connections and not state.tasks:
                await self.lifespan.shutdown()
                return
            await asyncio.sleep(0.005)
        await super().shutdown(sockets)


@contextmanager
def serving(app: Any, *, lifespan: str = "on") -> Iterator[str]:
    """Serve an ASGI application on a free port of 127.0.0.1 and give its address, `http://127.0.0.1:port`."""
    listener = socket.create_server(("127.0.0.1", 0))
    # asyncio does this for sockets it makes itself; without it every answer waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    options: Any = {"log_level": "warning", "lifespan": lifespan, "timeout_graceful_shutdown": 5}
    server = _Server(uvicorn.Config(app, **options))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    if not server.ready.wait(30):
        raise TimeoutError("the server did not start within 30 s")
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.end()
        thread.join(30)
        listener.close()
