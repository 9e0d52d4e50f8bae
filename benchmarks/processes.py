"""What running processes cost, as Linux counts it: processor time from /proc/PID/stat, memory from /proc/PID/smaps_rollup."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
ESTABLISHED = "01"


def family(root: int) -> list[int]:
    """Return a process with all that descend from it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(folder.name))
        if fields is not None:
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, left = [], [root]
    while left:
        one = left.pop()
        found.append(one)
        left += children.get(one, [])
    return found


def _stat(process_id: int) -> list[str] | None:
    """Return the fields from `state` on; None for a process that is gone."""
    try:
        text = Path(f"/proc/{process_id}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


def used(process_ids: Sequence[int]) -> tuple[float, float]:
    """Return the seconds of processor time that these have taken so far, user and system, all threads."""
    stats = [fields for one in process_ids if (fields := _stat(one)) is not None]
    return sum(int(fields[11]) for fields in stats) * _TICK_S, sum(int(fields[12]) for fields in stats) * _TICK_S


def pss_mb(process_ids: Sequence[int]) -> float:
    """Return the memory of these in MB (10^6 bytes): what they share counts once, divided among those that share it."""
    total = 0
    for one in process_ids:
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total * 1024 / 1e6


def connections(port: int) -> int:
    """Return how many connections a server on `port` of loopback has."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    wanted = f"{port:04X}"
    fields = (line.split()[1:4] for line in lines)
    return sum(local.endswith(f":{wanted}") and state == ESTABLISHED for local, _, state in fields)


def machine_used() -> float:
    """Return the seconds of processor time that this machine has spent on anything so far, all cores together."""
    user, nice, system, _idle, _waiting, *interrupts = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8]
    return sum(map(int, (user, nice, system, *interrupts))) * _TICK_S


@dataclass(frozen=True)
class Cost:
    """Shares in per cent of one core over a stretch, and memory in MB along it, as (seconds, MB)."""

    user: float
    system: float
    memory: list[tuple[float, float]]

    @property
    def share(self) -> float:
        return self.user + self.system

    @property
    def memory_mb(self) -> float:
        return self.memory[-1][1]

    @property
    def growth_mb(self) -> float:
        return self.memory[-1][1] - self.memory[0][1]

    def told(self) -> str:
        return f"{self.share:.1f} % of a core (user {self.user:.1f}, system {self.system:.1f})"


def observe(families: Sequence[Callable[[], list[int]]], seconds: float, *, every_s: float) -> tuple[list[Cost], float]:
    """Watch several families of processes for `seconds`; memory is looked at every `every_s`, at the start and at the end.

    Return as well what everything else on this machine took, in per cent of one core: who measures beside others measures them
    too. Reading the memory of a process takes the time of whoever reads and of nobody who is watched.
    """
    ids = [find() for find in families]
    before, machine = [used(some) for some in ids], machine_used()
    begun = time.perf_counter()
    seen: list[list[tuple[float, float]]] = [[] for _ in families]
    while True:
        now = time.perf_counter() - begun
        for series, some in zip(seen, ids, strict=True):
            series.append((now, pss_mb(some)))
        left = begun + seconds - time.perf_counter()
        if left <= 0:
            break
        time.sleep(min(every_s, left))
    took = time.perf_counter() - begun
    after, whole = [used(some) for some in ids], machine_used() - machine
    costs = [
        Cost((b[0] - a[0]) / took * 100, (b[1] - a[1]) / took * 100, series)
        for a, b, series in zip(before, after, seen, strict=True)
    ]
    return costs, max(0.0, whole / took * 100 - sum(cost.share for cost in costs))
