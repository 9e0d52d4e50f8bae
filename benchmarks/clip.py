"""A one-hour clip over sixty one-minute segments of 1080p25: first byte, written to disk, sent by HTTP, memory.

Beside it, in the same run: `ffmpeg -f concat -c copy` of the same segments, `cat` of the segments, and Starlette's
`FileResponse` on the finished file. `BENCH_MINUTES` (60) sets the length.
"""

import hashlib
import http.client
import json
import os
import statistics
import time
from datetime import UTC
from pathlib import Path

import sqlalchemy as sa

from benchmarks import served
from benchmarks.harness import alternate, ffmpeg, hour_of_video, ratio, say, scratch, spread
from benchmarks.ward import BEGIN, city
from extract.clips import make_clip, open_clip
from extract.delivery import write_to
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.storage import ObjectStore, open_store
from foundation.timebase import MICROSECONDS, TimeRange, format_instant
from ingest.clips_import import ClipImporter

CAMERA = "C0000"
RUNS = 7
NOW = ManualClock(BEGIN * 2)


def span(minutes: int) -> TimeRange:
    """Return the range asked for: it begins and ends between key frames, so that both ends need care."""
    return TimeRange(BEGIN + 1_234_567, BEGIN + minutes * 60 * MICROSECONDS - 1_234_567)


def prepare(folder: Path, minutes: int) -> tuple[sa.Engine, ObjectStore, list[Path]]:
    data = folder / "data"
    data.mkdir()
    engine, store = city(data, 1, 1, 0), open_store("", data)
    video = hour_of_video(folder, minutes)
    ClipImporter(engine, store, NOW, data, UTC).run(video, CAMERA, actor=COMMAND_LINE, start_us=BEGIN, ours=True)
    with engine.connect() as connection:
        keys = connection.execute(sa.text("SELECT key FROM segment ORDER BY start_us")).scalars().all()
    paths = [path for key in keys if (path := store.local_path(key)) is not None]
    return engine, store, paths


def concat(paths: list[Path], listing: Path, out: Path) -> None:
    listing.write_text("".join(f"file '{path}'\n" for path in paths))
    ffmpeg("-f", "concat", "-safe", "0", "-i", listing, "-c", "copy", out)


def post_clip(connection: http.client.HTTPConnection, asked: TimeRange, proof: dict[str, str]) -> str:
    body = {
        "camera": CAMERA,
        "from": format_instant(asked.start_us),
        "to": format_instant(asked.end_us),
        "mode": "exact",
    }
    connection.request("POST", "/api/v1/clips", json.dumps(body), {"Content-Type": "application/json", **proof})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != http.client.CREATED:
        raise SystemExit(f"{answer.status} {text[:300]!r}")
    return str(json.loads(text)["id"])


def first_byte(port: int, minutes: int, proof: dict[str, str]) -> tuple[list[float], list[float]]:
    """Return the seconds from asking for a clip to its first media byte, and those of the second request alone."""
    whole, alone = [], []
    for number in range(RUNS):
        # Another range each time: nothing that an earlier question left behind may answer this one.
        asked = TimeRange(span(minutes).start_us + number * 400_003, span(minutes).end_us)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        begun = time.perf_counter()
        name = post_clip(connection, asked, proof)
        second = time.perf_counter()
        connection.request("GET", f"/api/v1/clips/{name}/media.mp4", headers=proof)
        answer = connection.getresponse()
        answer.read(1)
        now = time.perf_counter()
        whole.append(now - begun)
        alone.append(now - second)
        connection.close()
    return whole, alone


def sent(folder: Path, finished: Path, minutes: int) -> tuple[float, list[tuple[str, str]]]:
    """Measure both servers in turn, then ours again for a clip of one minute and of the whole length. First comes our time to the first byte."""
    data = folder / "data"
    proof = served.proof(data)
    with served.matpho(data) as (ours, process), served.starlette(finished) as (theirs, _):
        whole, alone = first_byte(ours, minutes, proof)
        made = post_clip(http.client.HTTPConnection("127.0.0.1", ours), span(minutes), proof)
        path = f"/api/v1/clips/{made}/media.mp4"
        times = alternate(
            RUNS,
            ours=lambda: served.download(ours, path, proof),
            theirs=lambda: served.download(theirs, "/file"),
        )
        long = served.resident_peak_mb(process)
    with served.matpho(data) as (ours, process):
        one = post_clip(http.client.HTTPConnection("127.0.0.1", ours), span(1), proof)
        served.download(ours, f"/api/v1/clips/{one}/media.mp4", proof)
        short = served.resident_peak_mb(process)
    size = finished.stat().st_size / 1e6
    return statistics.median(whole), [
        ("first byte, POST and GET", spread(whole)),
        ("first byte, GET alone", spread(alone)),
        ("HTTP ours", f"{spread(times['ours'], 's')}, at best {size / min(times['ours']):.0f} MB/s"),
        ("HTTP FileResponse", f"{spread(times['theirs'], 's')}, at best {size / min(times['theirs']):.0f} MB/s"),
        ("ratio of times ours / FileResponse", f"{ratio(times['ours'], times['theirs']):.2f}"),
        ("server's peak memory", f"{short:.0f} MB after a clip of 1 min, {long:.0f} MB after one of {minutes} min"),
    ]


def written(
    engine: sa.Engine, store: ObjectStore, paths: list[Path], folder: Path, minutes: int
) -> tuple[float, list[tuple[str, str]], Path]:
    """Return the seconds `ffmpeg` takes, the rows to print, and the clip's file."""
    out, joined, listing = folder / "clip.mp4", folder / "cat.bin", folder / "list.txt"

    def ours() -> None:
        out.unlink(missing_ok=True)  # as `cat` does below: a new file, and its pages are those that were just freed
        with unit_of_work(engine) as session:
            made = make_clip(session, NOW, store, COMMAND_LINE, CAMERA, span(minutes))
            virtual = open_clip(session, store, made.id)
        write_to(virtual, store, out)

    def cat() -> None:
        joined.unlink(missing_ok=True)
        os.system(f"cat {' '.join(map(str, paths))} > {joined} && sync {joined}")

    def joiner() -> None:
        concat(paths, listing, folder / "concat.mp4")

    times = alternate(RUNS, ours=ours, cat=cat)
    slow = alternate(3, ffmpeg=joiner)["ffmpeg"]
    size = out.stat().st_size / 1e6
    rows = [
        (
            "clip",
            f"{size:.0f} MB over {len(paths)} segments, sha256 {hashlib.sha256(out.read_bytes()).hexdigest()[:16]}",
        ),
        ("written to disk and synced", spread(times["ours"], "s")),
        ("cat of the segments, synced", spread(times["cat"], "s")),
        ("ratio ours / cat", f"{ratio(times['ours'], times['cat']):.2f}"),
        ("ffmpeg concat copy", spread(slow, "s")),
    ]
    return statistics.median(slow), rows, out


def main() -> None:
    minutes = int(os.environ.get("BENCH_MINUTES", "60"))
    with scratch("clip") as folder:
        engine, store, paths = prepare(folder, minutes)
        ffmpeg_s, disk, finished = written(engine, store, paths, folder, minutes)
        engine.dispose()
        first_s, http_rows = sent(folder, finished, minutes)
        sooner = ("ratio ffmpeg done / our first byte", f"{ffmpeg_s / first_s:.0f}")
        say(f"clip of {minutes} min", [*disk, *http_rows, sooner])


if __name__ == "__main__":
    main()
