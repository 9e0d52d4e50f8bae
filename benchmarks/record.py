"""Live recording: `python -m benchmarks record [ward|city|soak|latency|parts]`; ward when nothing is said.

ward     190 cameras (1080p25, 2 Mbps, RTSP over TCP) recorded by ours, by an ffmpeg process for each, and by PyAV in threads
city     790 cameras, ours, with as many processes as cores
soak     190 cameras for ten minutes, memory every ten seconds
latency  from a frame being sent to its being there for who reads catalogue and file
parts    what each part of ours costs, by leaving it out

Processor and memory are taken over the steady middle; every frame is accounted for. `RECORD_CAMERAS`, `RECORD_SECONDS`,
`RECORD_RECEIVERS` (ours,pure,ffmpeg,pyav) and `RECORD_PLACES` (memory,disk; `BENCH_DIR` is the disk) make it smaller;
`RECORD_ROUNDS` lets the receivers of `ward` take turns so many times. `pure` is ours with its receive path as Python, beside ours
where that was compiled (`make fast`).
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import receivers
from benchmarks.accounting import Account
from benchmarks.harness import percentile, say
from benchmarks.processes import Cost, connections, observe
from benchmarks.receivers import Receiver
from benchmarks.retrieval import Retrieval
from benchmarks.street import Street, street
from ingest.live.compiled import ReceivePath, receive_path

MODES = ("ward", "city", "soak", "latency", "parts")
MAKERS: dict[str, Callable[[Street, Path], AbstractContextManager[Receiver]]] = {
    "ours": receivers.ours,
    "pure": partial(receivers.ours, compiled=False),
    "ffmpeg": receivers.ffmpeg,
    "pyav": receivers.pyav,
}
SETTLE_S = float(os.environ.get("RECORD_SETTLE", "30"))
"""After the last camera is connected; starting is not what is measured."""
_CONNECT_S = 180

PARTS = ("", "hash", "container", "fsync", "index", "hash,container,fsync,index")


@dataclass(frozen=True)
class Trial:
    """One receiver on one street. `connect_s` is until all cameras were connected, `end_s` what ending took.

    `others` is what the rest of the machine took meanwhile, in per cent of one core: much of it, and the trial is void.
    """

    cost: Cost
    cameras_cost: Cost
    others: float
    account: Account
    stray: int
    connect_s: float
    end_s: float
    latest_us: int

    def rows(self, name: str) -> list[tuple[str, str]]:
        stray = f"; {self.stray} FILES WITHOUT A ROW" if self.stray else ""
        late = f", at worst {self.latest_us / 1000:.0f} ms late"
        return [
            (f"{name}: processor", self.cost.told()),
            (
                f"{name}: memory",
                f"{self.cost.memory_mb:.0f} MB (PSS), grown by {self.cost.growth_mb:+.1f} MB meanwhile",
            ),
            (f"{name}: frames", self.account.told() + stray),
            (f"{name}: start, end", f"all connected after {self.connect_s:.1f} s, ended within {self.end_s:.1f} s"),
            (f"{name}: the cameras", self.cameras_cost.told() + late),
            (f"{name}: beside it", f"the rest of the machine took {self.others:.0f} % of a core"),
        ]


def setting(name: str, default: int) -> int:
    return int(os.environ.get(name, str(default)))


def places(default: str) -> Iterator[tuple[str, str | None]]:
    """Yield names and folders to record into."""
    known = {"memory": "/dev/shm", "disk": os.environ.get("BENCH_DIR")}
    for name in os.environ.get("RECORD_PLACES", default).split(","):
        yield name, known[name]


def wait_connected(played: Street, receiver: Receiver) -> float:
    begun = time.perf_counter()
    while (count := connections(played.port)) < played.cameras:
        receiver.check()
        if time.perf_counter() - begun > _CONNECT_S:
            raise SystemExit(f"{receiver.name}: {count} of {played.cameras} cameras connected after {_CONNECT_S} s")
        time.sleep(0.2)
    return time.perf_counter() - begun


@contextmanager
def settled(
    make: Callable[[Street, Path], AbstractContextManager[Receiver]], cameras: int, where: str | None
) -> Iterator[tuple[Street, Receiver, Path, float]]:
    """Give a street, a receiver that records all of it, its folder, and the seconds until all cameras were connected."""
    with (
        tempfile.TemporaryDirectory(prefix="matpho-record-", dir=where) as name,
        street(cameras) as played,
        make(played, Path(name)) as receiver,
    ):
        took = wait_connected(played, receiver)
        time.sleep(SETTLE_S)
        yield played, receiver, Path(name), took


def trial(
    make: Callable[[Street, Path], AbstractContextManager[Receiver]],
    cameras: int,
    seconds: float,
    where: str | None,
    *,
    every_s: float = 0,
) -> Trial:
    """Record for `seconds`, end, and account for all frames."""
    with settled(make, cameras, where) as (played, receiver, _, connect_s):
        both = [receiver.ids, lambda: [played.process.pid]]
        (cost, cameras_cost), others = observe(both, seconds, every_s=every_s or seconds)
        receiver.check()
        end_s = receiver.end()
        played.end()
        found, stray = receiver.accounting(played)
        done = Trial(cost, cameras_cost, others, found, stray, connect_s, end_s, played.report["latest_us"])
    for title, value in done.rows(receiver.name):
        print(f"{title}: {value}", file=sys.stderr, flush=True)  # the whole takes long; the table comes at the end
    return done


def ward() -> None:
    cameras, seconds = setting("RECORD_CAMERAS", 190), setting("RECORD_SECONDS", 60)
    pure = "pure," if receive_path() is ReceivePath.COMPILED else ""
    names = os.environ.get("RECORD_RECEIVERS", f"ours,{pure}ffmpeg,pyav").split(",")
    for place, where in places("memory,disk"):
        trials: dict[str, list[Trial]] = {name: [] for name in names}
        for _ in range(setting("RECORD_ROUNDS", 1)):
            for name in names:
                trials[name].append(trial(MAKERS[name], cameras, seconds, where))
        rows = [("ours: receive path", str(receive_path()))]
        for name in names:
            if "ours" in trials and name != "ours":
                rows.append(
                    (f"ratio {name} / ours, processor", ratios(trials[name], trials["ours"], lambda c: c.share))
                )
                rows.append(
                    (f"ratio {name} / ours, memory", ratios(trials[name], trials["ours"], lambda c: c.memory_mb))
                )
        rows += [row for name, some in trials.items() for one in some for row in one.rows(name)]
        say(f"record: {cameras} cameras for {seconds} s, into {place}", rows)


def ratios(theirs: list[Trial], mine: list[Trial], of: Callable[[Cost], float]) -> str:
    """Return the ratio of the medians, and that of each round."""
    each = " ".join(f"{of(a.cost) / of(b.cost):.2f}" for a, b in zip(theirs, mine, strict=True))
    medians = [statistics.median(of(one.cost) for one in some) for some in (theirs, mine)]
    return f"{medians[0] / medians[1]:.2f} (each round: {each})"


def city() -> None:
    cameras, seconds = setting("RECORD_CAMERAS", 790), setting("RECORD_SECONDS", 30)
    make = partial(receivers.ours, workers=receivers.cores())
    for place, where in places("memory"):
        one = trial(make, cameras, seconds, where)
        title = f"record: {cameras} cameras for {seconds} s with {receivers.cores()} processes, into {place}"
        say(title, [("lost", f"{one.account.lost} frames"), *one.rows("ours")])


def soak() -> None:
    cameras, seconds = setting("RECORD_CAMERAS", 190), setting("RECORD_SECONDS", 600)
    for place, where in places("disk"):
        one = trial(receivers.ours, cameras, seconds, where, every_s=10)
        series = [memory for _, memory in one.cost.memory]
        third = max(1, len(series) // 3)
        early, late = statistics.mean(series[third : 2 * third]), statistics.mean(series[-third:])
        rows = [
            ("memory, last third / middle third", f"{late / early:.3f}"),
            ("memory every 10 s, MB", " ".join(f"{memory:.0f}" for memory in series)),
            *one.rows("ours"),
        ]
        say(f"record: {cameras} cameras for {seconds} s without a pause, into {place}", rows)


def latency() -> None:
    cameras, seconds = setting("RECORD_CAMERAS", 190), setting("RECORD_SECONDS", 60)
    looked_at = setting("RECORD_LOOKED_AT", 20)
    for place, where in places("memory,disk"):
        with settled(receivers.ours, cameras, where) as (_, receiver, folder, _):
            took = Retrieval(folder / "data", looked_at).watch(seconds)
            receiver.check()
            receiver.end()
        rows = [
            ("p50 / p99", f"{percentile(took, 0.5):.2f} / {percentile(took, 0.99):.2f} s, n={len(took)}"),
            ("least / most", f"{min(took):.2f} / {max(took):.2f} s"),
        ]
        say(f"record: from sent to retrievable, {looked_at} of {cameras} cameras, into {place}", rows)


def parts() -> None:
    cameras, seconds = setting("RECORD_CAMERAS", 190), setting("RECORD_SECONDS", 60)
    for place, where in places("memory,disk"):
        costs: dict[str, Cost] = {}
        for name in PARTS:
            with settled(partial(receivers.ours, without=name), cameras, where) as (_, receiver, _, _):
                (costs[name],), _ = observe([receiver.ids], seconds, every_s=seconds)
                receiver.check()
                receiver.end()
        whole = costs[""].share
        rows = [
            (f"without {name}" if name else "everything", f"{cost.told()}, {cost.share - whole:+.1f}")
            for name, cost in costs.items()
        ]
        say(f"record: {cameras} cameras, part by part, into {place}", rows)


def main(*modes: str) -> None:
    works = {"ward": ward, "city": city, "soak": soak, "latency": latency, "parts": parts}
    for mode in modes or ("ward",):
        works[mode]()


if __name__ == "__main__":
    main()
