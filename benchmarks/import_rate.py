"""Import of a recorded hour: original kept with its SHA-256, sealed segments with theirs, index rows, all synced.

Beside it, in the same run, what a user would do instead: `cp` (one copy, no index, not synced) and `ffmpeg -c copy`
into one-minute files. `BENCH_MINUTES` (60) sets the length.
"""

import os
import shutil
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

from benchmarks.harness import alternate, ffmpeg, hour_of_video, peak_mb, ratio, say, scratch, spread
from benchmarks.ward import BEGIN, city
from foundation.clock import ManualClock
from foundation.identity import COMMAND_LINE
from foundation.storage import open_store
from ingest.clips_import import ClipImporter

RUNS = 5


def ours(folder: Path, video: Path) -> Callable[[], None]:
    """Return the work: each call imports into a fresh data folder, since the same file twice would be noticed."""
    fresh = [folder / f"data{number}" for number in range(RUNS + 1)]
    for data in fresh:
        data.mkdir()
    engines = [city(data, 1, 1, 0) for data in fresh]
    remaining = list(zip(fresh, engines, strict=True))

    def work() -> None:
        data, engine = remaining.pop()
        importer = ClipImporter(engine, open_store("", data), ManualClock(BEGIN * 2), data, UTC)
        importer.run(video, "C0000", actor=COMMAND_LINE, start_us=BEGIN)
        engine.dispose()
        shutil.rmtree(data / "footage")

    return work


def main() -> None:
    minutes = int(os.environ.get("BENCH_MINUTES", "60"))
    with scratch("import") as folder:
        video = hour_of_video(folder, minutes)
        size = video.stat().st_size

        def cp() -> None:
            shutil.copyfile(video, folder / "copy.mp4")

        def segments() -> None:
            cut = ("-f", "segment", "-segment_time", "60", "-reset_timestamps", "1")
            ffmpeg("-i", video, "-map", "0:v", "-c", "copy", *cut, folder / "part%03d.mp4")

        times = alternate(RUNS, ours=ours(folder, video), cp=cp, ffmpeg=segments)
        rate = size / 1e6 / min(times["ours"])
        say(
            f"import: {minutes} min of 1080p25 H.264, {size / 1e6:.0f} MB",
            [
                (
                    "ours",
                    f"{spread(times['ours'], 's')}, at best {rate:.0f} MB/s, {minutes * 60 / min(times['ours']):.0f} x real time",
                ),
                ("cp", spread(times["cp"], "s")),
                ("ffmpeg -c copy", spread(times["ffmpeg"], "s")),
                ("ratio ours / cp", f"{ratio(times['ours'], times['cp']):.1f}"),
                ("ratio ours / ffmpeg", f"{ratio(times['ours'], times['ffmpeg']):.2f}"),
                ("peak memory", f"{peak_mb():.0f} MB"),
            ],
        )


if __name__ == "__main__":
    main()
