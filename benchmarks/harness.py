"""What every benchmark shares: scratch space, alternating runs, and figures printed as ratio and raw values."""

import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """Give a folder that is removed afterwards; `BENCH_DIR` says where (a disk, or /dev/shm for memory)."""
    folder = Path(tempfile.mkdtemp(prefix=f"matpho-{name}-", dir=os.environ.get("BENCH_DIR")))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def alternate(runs: int, **works: Callable[[], object]) -> dict[str, list[float]]:
    """Run the works in turn, A B A B …, so that a machine whose speed drifts is unfair to none; one round is not counted."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(runs):
        for name, work in works.items():
            times[name].append(seconds(work))
    return times


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of the pairwise ratios ours / theirs."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def say(title: str, rows: Sequence[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in rows)
    print(f"\n## {title}")
    for name, value in rows:
        print(f"  {name:<{width}}  {value}", flush=True)


def spread(values: Sequence[float], unit: str = "ms") -> str:
    """Return `median (min-max, n)` in the unit."""
    scale, digits = {"ms": (1000, 2), "s": (1, 2)}[unit]
    low, mid, high = min(values) * scale, statistics.median(values) * scale, max(values) * scale
    return f"{mid:.{digits}f} {unit} ({low:.{digits}f}-{high:.{digits}f}, n={len(values)})"


def peak_mb() -> float:
    """Return the peak resident memory of this process in MB (10^6 bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)], check=True)


def hour_of_video(folder: Path, minutes: int = 60) -> Path:
    """Return a 1080p25 H.264 file of `minutes`, about 2 Mbps with a key frame every 2 s: one drawn minute, repeated."""
    minute, listing, hour = folder / "minute.mp4", folder / "minutes.txt", folder / "hour.mp4"
    source = "testsrc2=size=1920x1080:rate=25:duration=60"
    # fmt: off
    ffmpeg("-f", "lavfi", "-i", source, "-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", "50",
           "-b:v", "2M", "-maxrate", "2M", "-bufsize", "2M", "-pix_fmt", "yuv420p", minute)
    listing.write_text(f"file '{minute}'\n" * minutes)
    ffmpeg("-f", "concat", "-safe", "0", "-i", listing, "-c", "copy", hour)
    # fmt: on
    return hour
