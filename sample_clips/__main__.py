"""`python -m sample_clips make | check | read | live`: dated footage to try things with. docs/ref/sample-footage.md."""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from foundation.clock import SystemClock
from foundation.timebase import datetime_from_us, format_instant, parse_instant
from sample_clips import barcode, live, manifest
from sample_clips.generator import VIETNAM_MINUTES, Recipe, make
from sample_clips.live_footage import Loop, coded
from sample_clips.live_packets import PACKET_BYTES
from sample_clips.live_protocol import Keeper
from sample_clips.live_sender import SLOTS, Plan
from sample_clips.scene import zone_of

CLIPS = Path(__file__).with_name("clips")
START_US = parse_instant("2026-03-07T21:05:00+07:00")
_ZONE = zone_of(VIETNAM_MINUTES)


def recipes(seconds: int) -> list[tuple[str, Recipe]]:
    """Return the default clips: every coding and container once, names as recorders give them."""
    told = datetime_from_us(START_US, _ZONE)
    tight, joined = f"{told:%Y%m%d%H%M%S}", f"{told:%Y%m%d_%H%M%S}"
    made = (
        (f"NVR_ch1_main_{tight}.mp4", Recipe("CH1", START_US, seconds, sound="aac")),
        (f"camera-02_{tight}.mov", Recipe("CAM02", START_US, seconds, container="mov", b_frames=2, sound="pcm_alaw")),
        (f"cam3.{joined}.mp4", Recipe("CAM03", START_US, seconds, container="fmp4")),
        (f"camera-04_{tight}.mkv", Recipe("CAM04", START_US, seconds, "h265", "mkv", b_frames=2)),
        (f"camera-05_{tight}.avi", Recipe("CAM05", START_US, seconds, "mpeg4", "avi", sound="pcm_alaw")),
        (f"camera-06_{tight}.avi", Recipe("CAM06", START_US, seconds, "mjpeg", "avi", rate=10)),
        (f"camera-07_{tight}.ts", Recipe("CAM07", START_US, seconds, container="ts", sound="aac")),
        (f"VID_{joined}.mp4", Recipe("PHONE", START_US, seconds, rate=30, uneven=True, dated=True, sound="aac")),
    )
    return list(made)


def make_all(folder: Path, seconds: int) -> Iterator[str]:
    """Make the clips that are not there yet, then the manifest; yield the name of each that was made."""
    folder.mkdir(parents=True, exist_ok=True)
    present = {clip["file"]: clip for clip in manifest.read(folder)}
    stale = {problem.split(" is ", 1)[0] for problem in manifest.problems(folder)}
    clips = []
    for name, recipe in recipes(seconds):
        known = present.get(name)
        if known is None or name in stale or known["recipe"]["seconds"] != seconds:
            known = manifest.entry(name, recipe, make(folder / name, recipe))
            yield name
        clips.append(known)
    manifest.write(folder, clips)


def times(path: Path, limit: int | None) -> Iterator[str]:
    """Yield for each frame shown its number and the time that its bar code tells."""
    with av.open(str(path), "r") as found:
        for number, frame in enumerate(found.decode(video=0)):
            if number == limit:
                return
            at_ms = barcode.read(np.asarray(frame.to_ndarray(format="gray"), np.uint8))
            yield f"{number} {'-' if at_ms is None else format_instant(at_ms * 1000, _ZONE)}"


def _add_live(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--port", type=int, default=8554, help="0: any that is free")
    parser.add_argument("--seconds", type=int, default=0, help="0: until interrupted")
    parser.add_argument("--packet-bytes", type=int, default=PACKET_BYTES, help="at most, RTP head included")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", help="ask for it by digest")
    parser.add_argument(
        "--drop-every", type=int, default=0, metavar="SECONDS", help="end each connection after so long"
    )
    parser.add_argument("--clock-step-us", type=int, default=0, help="the clock of camera n is n times this ahead")
    parser.add_argument("--slots", type=int, default=SLOTS, help="sending times of cameras within the time of a frame")
    parser.add_argument("--footage", type=Path, default=CLIPS / "live", help="folder that keeps the loop")
    parser.add_argument("--footage-seconds", type=int, default=60)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--kilobits", type=int, default=2000, help="per second and camera")


def play(asked: argparse.Namespace) -> int:
    """Play live cameras until told to end."""
    width, _, height = asked.size.partition("x")
    loop = Loop(START_US, asked.footage_seconds, int(width), int(height), bits_per_s=asked.kilobits * 1000)
    keeper = None if asked.password is None else Keeper(asked.user, asked.password)
    more = (asked.drop_every, asked.clock_step_us, asked.slots)
    plan = Plan(asked.cameras, loop.rate, asked.packet_bytes, keeper, *more)
    asyncio.run(live.run(plan, coded(asked.footage, loop), SystemClock(), asked.port, asked.seconds))
    return 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m sample_clips", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    making = verbs.add_parser("make", help="make the clips that are not there yet")
    checking = verbs.add_parser("check", help="tell which clips are not what their manifest says")
    for verb in (making, checking):
        verb.add_argument("--out", type=Path, default=CLIPS)
    making.add_argument("--seconds", type=int, default=6)
    reading = verbs.add_parser("read", help="print the time in every frame of a file")
    reading.add_argument("file", type=Path)
    reading.add_argument("--limit", type=int)
    _add_live(verbs.add_parser("live", help="play live cameras over RTSP on loopback"))
    asked = parser.parse_args(arguments)
    if asked.verb == "live":
        return play(asked)
    if asked.verb == "check":
        found = manifest.problems(asked.out)
        sys.stdout.writelines(f"{line}\n" for line in found)
        return 1 if found else 0
    told = make_all(asked.out, asked.seconds) if asked.verb == "make" else times(asked.file, asked.limit)
    sys.stdout.writelines(f"{line}\n" for line in told)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
