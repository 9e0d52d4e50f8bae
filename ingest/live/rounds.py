"""An event loop that goes round at a steady pace where there is much to hear, instead of waking for each camera by itself.

A process that sleeps finds its caches cold: waking up cost as much here as taking in five pictures. So where many cameras send, the
loop sleeps a little first and then hears all that came meanwhile; a round takes many cameras one after the other, warm.
"""

import asyncio
import selectors
import time

PAUSE_S = 0.04
"""Nothing of ours is in more of a hurry: a picture waits for its piece anyway, and times are taken from the least delayed."""
MANY = 16
"""Files from which on there is always something to hear."""


class Rounds(selectors.DefaultSelector):
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if (timeout is None or timeout > 0) and len(self.get_map()) >= MANY:
            time.sleep(PAUSE_S)
            timeout = None if timeout is None else max(0.0, timeout - PAUSE_S)
        return super().select(timeout)


def loop_in_rounds() -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop(Rounds())
