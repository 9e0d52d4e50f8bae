"""Cameras in a thread of their own, beside a service that blocks or is a process."""

import asyncio
import socketserver
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress

from tests.support.rtsp_camera import Camera, serving


@contextmanager
def cameras_in_thread(*cameras: Camera) -> Iterator[None]:
    """Serve cameras until the end of the block."""
    loop = asyncio.new_event_loop()
    ready, ending = threading.Event(), asyncio.Event()

    async def work() -> None:
        async with AsyncExitStack() as stack:
            for camera in cameras:
                await stack.enter_async_context(serving(camera))
            ready.set()
            await ending.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(work(),))
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join()
        loop.close()


@contextmanager
def other_service(says: bytes) -> Iterator[int]:
    """Serve something that is no camera: it says this to whoever comes, and nothing more; give its port."""

    class Greet(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(ConnectionError):
                self.request.sendall(says)
                while self.request.recv(4096):
                    pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Greet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
