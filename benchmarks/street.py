"""The cameras of a recording benchmark: the simulator of `sample_clips` in a process of its own, and a registry that names them."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.ward import LAT, LON
from sample_clips.__main__ import CLIPS
from sample_clips.live_sender import SLOTS

STREET = 0.0001  # degrees between two cameras, about 11 m


class Street:
    """Cameras that play. `report` is what they say at the end (docs/ref/sample-footage.md)."""

    def __init__(self, process: subprocess.Popen[str], cameras: int) -> None:
        self.process, self.cameras = process, cameras
        self.port = int(self._line()["port"])
        self.report: dict[str, Any] = {}

    def address(self, camera: int) -> str:
        return f"rtsp://127.0.0.1:{self.port}/camera/{camera}"

    @property
    def runs(self) -> dict[int, list[list[int]]]:
        return {one["camera"]: one["runs"] for one in self.report["cameras"]}

    def end(self) -> None:
        if not self.report:
            self.process.terminate()
            self.report = self._line()
            self.process.wait()

    def _line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        return told


@contextmanager
def street(cameras: int, *more: str) -> Iterator[Street]:
    """Play `cameras`; the loop is kept beside the sample clips.

    `RECORD_KILOBITS` (2000), `RECORD_PACKET_BYTES` (1400) and `RECORD_SLOTS` set the load.
    """
    command = [sys.executable, "-m", "sample_clips", "live", "--cameras", str(cameras), "--port", "0"]
    command += ["--footage", os.environ.get("RECORD_FOOTAGE", str(CLIPS / "live"))]
    command += ["--kilobits", os.environ.get("RECORD_KILOBITS", "2000")]
    command += ["--slots", os.environ.get("RECORD_SLOTS", str(SLOTS))]
    command += ["--packet-bytes", os.environ.get("RECORD_PACKET_BYTES", "1400"), *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            found = Street(process, cameras)
            yield found
            found.end()
        finally:
            process.kill()


def registry(found: Street, data: Path) -> None:
    """Make a data folder whose registry has every camera of the street, active; camera 7 is C0007."""
    table = data.with_suffix(".csv")
    with table.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["code", "lat", "lon", "bearing_deg", "hfov_deg", "range_m", "source", "status"])
        for camera in range(1, found.cameras + 1):
            place = [f"{LAT + camera * STREET:.6f}", f"{LON:.6f}"]
            out.writerow([f"C{camera:04}", *place, camera * 7 % 360, 90, 30, found.address(camera), "active"])
    matpho(data, "cameras", "import", str(table))


def environment(data: Path, **settings: str) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith("MATPHO_")}
    return known | {"MATPHO_DATA": str(data), "MATPHO_LANGUAGE": "en"} | settings


def matpho(data: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "matpho", *arguments]
    done = subprocess.run(command, env=environment(data), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"matpho {' '.join(arguments[:2])}: {done.stderr[-2000:]}")
