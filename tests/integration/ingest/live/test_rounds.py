"""The loop that goes round at a steady pace is an event loop like any other."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from ingest.live.rounds import MANY, loop_in_rounds

Line = tuple[asyncio.StreamReader, socket.socket]
"""What is read, and the end that is written to."""


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=loop_in_rounds) as runner:
        runner.run(work())


@asynccontextmanager
async def lines(count: int) -> AsyncIterator[list[Line]]:
    made, writers = [], []
    for _ in range(count):
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=ours)
        made.append((reader, theirs))
        writers.append(writer)
    yield made
    for (_, end), writer in zip(made, writers, strict=True):
        end.close()
        writer.close()
        await writer.wait_closed()


def test_all_that_many_send_is_heard() -> None:
    async def work() -> None:
        async with lines(4 * MANY) as made:
            for turn in range(5):
                sent = [f"{turn} {number}\n".encode() for number in range(len(made))]
                for (_, end), one in zip(made, sent, strict=True):
                    end.sendall(one)
                heard = await asyncio.wait_for(asyncio.gather(*(reader.readline() for reader, _ in made)), 20)
                assert heard == sent

    run(work)


def test_timers_come_in_order_and_other_threads_are_heard_beside_many() -> None:
    async def work() -> None:
        loop, came, all_came = asyncio.get_running_loop(), list[str](), asyncio.Event()
        async with lines(2 * MANY):
            for name, delay in (("late", 0.3), ("soon", 0.001), ("middle", 0.1), ("at once", 0.0)):
                loop.call_later(delay, came.append, name)
            loop.call_later(0.4, loop.call_soon, all_came.set)
            thread = threading.Thread(target=lambda: loop.call_soon_threadsafe(came.append, "from a thread"))
            thread.start()
            assert await asyncio.wait_for(asyncio.to_thread(lambda: "done elsewhere"), 20) == "done elsewhere"
            await asyncio.wait_for(all_came.wait(), 20)
        thread.join()
        assert [name for name in came if name != "from a thread"] == ["at once", "soon", "middle", "late"]
        assert "from a thread" in came

    run(work)


def test_with_little_to_hear_it_waits_for_what_comes() -> None:
    async def work() -> None:
        async with lines(1) as [(reader, end)]:
            asyncio.get_running_loop().call_later(0.05, end.sendall, b"x")
            assert await asyncio.wait_for(reader.read(1), 20) == b"x"

    run(work)
