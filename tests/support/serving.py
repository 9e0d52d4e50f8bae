"""A real server on loopback for the length of a test."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn


@contextmanager
def serving(app: Any, *, lifespan: str = "on") -> Iterator[str]:
    """Serve an ASGI application on a free port of 127.0.0.1 and give its address, `http://127.0.0.1:port`."""
    listener = socket.create_server(("127.0.0.1", 0))
    # asyncio does this for sockets it makes itself; without it every answer waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ready = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready.set()

    options: Any = {"log_level": "warning", "lifespan": lifespan, "timeout_graceful_shutdown": 5}
    server = Server(uvicorn.Config(app, **options))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    if not ready.wait(30):
        raise TimeoutError("the server did not start within 30 s")
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
