"""Several sides at work on one catalogue, of which one at a time takes a step; who does is for a schedule to say.

A side is a thread that stops before every statement and before every commit that it sends to the database, and wherever
it says so itself (`Stage.pause`). So a schedule is a list of names, and the same list is the same order of statements
again. Nothing is waited for by the clock:

- SQLite has one writer. A side that is before its `BEGIN IMMEDIATE` is not asked to go on while another holds the lock,
  which is tried with a connection of our own while everybody stands still.
- On PostgreSQL a side may wait for a lock inside a statement. The server is asked who does; the others go on, and whoever
  got his lock by their step runs on to his next stop before anybody else is asked.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

import sqlalchemy as sa

Work = Callable[[], Any]
Choose = Callable[[list[str]], str]
_LOOK_AGAIN_S, _LONGEST_LOOK_S = 0.001, 0.05
_STUCK_S = 60


@dataclass
class _Side:
    name: str
    work: Work
    state: str = "running"  # running, stopped or done
    at: str = ""
    pid: int = 0
    asks: bool = False
    """Whether a statement of it may be at the server: only then it may wait for a lock there."""
    waited: bool = False
    """Whether it waited for a lock when that was last asked."""
    outcome: Any = None
    error: BaseException | None = None
    go: "SimpleQueue[None]" = field(default_factory=SimpleQueue)


@dataclass(frozen=True)
class Played:
    """Who took which step in what order, and what came of each side."""

    schedule: tuple[str, ...]
    stops: tuple[str, ...]
    outcomes: dict[str, Any]


class Stage:
    """Plays sides on one engine, one play after another."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        self._here = threading.local()
        self._arrived: SimpleQueue[None] = SimpleQueue()  # of C, as a play is little else than waiting for each other
        self._watch: sa.Connection

    @contextmanager
    def set_up(self) -> Iterator["Stage"]:
        """Listen to the engine, and have a connection to look at locks with."""
        hooks: list[tuple[str, Any]] = [
            ("before_cursor_execute", lambda c, _k, statement, *_: self._statement(c, statement)),
            ("after_cursor_execute", lambda *_: self._answered()),
            ("commit", lambda _c: self.pause("COMMIT", asks=True)),
        ]
        watching = sa.create_engine(self._engine.url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        with watching.connect() as self._watch:
            if self._sqlite:
                self._watch.exec_driver_sql("PRAGMA busy_timeout=0")
            for name, hook in hooks:
                sa.event.listen(self._engine, name, hook)
            try:
                yield self
            finally:
                for name, hook in hooks:
                    sa.event.remove(self._engine, name, hook)
        watching.dispose()

    def pause(self, at: str, *, asks: bool = False) -> None:
        """Stop the side that calls this until the schedule says its name; anybody else goes on."""
        side: _Side | None = getattr(self._here, "side", None)
        if side is not None:
            side.at, side.asks, side.waited, side.state = at, False, False, "stopped"
            self._arrived.put(None)
            side.go.get()
            side.asks = asks

    def play(self, works: Mapping[str, Work], choose: Choose) -> Played:
        """Run all sides to their ends. What a side raises is raised here."""
        sides = [_Side(name, work) for name, work in works.items()]
        threads = [threading.Thread(target=self._run, args=(side,), daemon=True) for side in sides]
        for thread in threads:
            thread.start()
        self._settle(sides)
        schedule, stops = [], []
        while ready := [side for side in sides if side.state == "stopped" and self._may_go(side)]:
            chosen = choose([side.name for side in ready])
            side = next(side for side in ready if side.name == chosen)
            schedule.append(side.name)
            stops.append(f"{side.name}: {side.at}")
            side.state = "running"
            side.go.put(None)
            self._settle(sides)
        for side in sides:
            if side.error is not None:
                raise side.error
        assert {side.state for side in sides} == {"done"}, [(side.name, side.state, side.at) for side in sides]
        for thread in threads:
            thread.join()
        return Played(tuple(schedule), tuple(stops), {side.name: side.outcome for side in sides})

    def _run(self, side: _Side) -> None:
        self._here.side = side
        self.pause("begin")
        try:
            side.outcome = side.work()
        except BaseException as error:  # noqa: BLE001 - raised by `play`, in the test's own thread
            side.error = error
        finally:
            side.state = "done"
            self._arrived.put(None)

    def _statement(self, connection: sa.Connection, statement: str) -> None:
        side: _Side | None = getattr(self._here, "side", None)
        if side is not None:
            if not self._sqlite:
                driver: Any = connection.connection.driver_connection
                side.pid = driver.info.backend_pid
            self.pause(statement, asks=True)

    def _answered(self) -> None:
        side: _Side | None = getattr(self._here, "side", None)
        if side is not None:
            side.asks = False

    def _settle(self, sides: list[_Side]) -> None:
        """Wait until every side has stopped, is done, or waits for a lock that another one of them has."""
        waited, look_again = 0.0, _LOOK_AGAIN_S
        while moving := [side for side in sides if side.state == "running"]:
            with suppress(Empty):
                # Who waited before mostly waits still, and is asked for without delay once the others stand still.
                self._arrived.get(timeout=0 if all(side.waited for side in moving) and not waited else look_again)
                continue
            # Twice, because the second may have let the first go on after that was looked at; of one nobody can.
            if all(self._waits(side) for side in (moving if len(moving) == 1 else (*moving, *moving))):
                return
            waited, look_again = waited + look_again, min(2 * look_again, _LONGEST_LOOK_S)
            assert waited < _STUCK_S, [(side.name, side.at) for side in moving]

    def _waits(self, side: _Side) -> bool:
        if self._sqlite or not side.pid or not side.asks:
            return False
        driver: Any = self._watch.connection.driver_connection  # asked thousands of times, so by the shortest way
        found = driver.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %s AND NOT granted)", [side.pid])
        side.waited = bool(found.fetchone()[0])
        return side.waited

    def _may_go(self, side: _Side) -> bool:
        """Tell whether a side that has stopped would get the one lock of SQLite; everybody stands still meanwhile."""
        if not self._sqlite or side.at != "BEGIN IMMEDIATE":
            return True
        try:
            self._watch.exec_driver_sql("BEGIN IMMEDIATE")
        except sa.exc.OperationalError:
            return False
        self._watch.exec_driver_sql("ROLLBACK")
        return True
