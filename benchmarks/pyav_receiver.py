"""What one would write with PyAV: a thread for each camera, packets from RTSP into MP4 files of a minute, nothing decoded.

`python -m benchmarks.pyav_receiver ADDRESS FIRST LAST FOLDER SEGMENT_S`, ended by TERM. Used by `benchmarks.record`.
"""

import signal
import sys
import threading
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream


class _Files:
    """The files of one camera, cut at key frames."""

    def __init__(self, folder: Path, source: VideoStream, segment_s: int) -> None:
        self._folder, self._source, self._segment_s = folder, source, segment_s
        self._out: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._begun, self._count = 0, 0

    def take(self, packet: "Packet[VideoStream]") -> None:
        at, base = packet.dts or 0, packet.time_base or Fraction(1, 90_000)
        if packet.is_keyframe and (self._out is None or (at - self._begun) * base >= self._segment_s):
            self.close()
            self._out = av.open(str(self._folder / f"{self._count:05}.mp4"), "w", format="mp4")
            self._stream = self._out.add_stream_from_template(self._source)
            self._begun, self._count = at, self._count + 1
        if self._out is not None and self._stream is not None:
            packet.dts = at - self._begun
            packet.pts = packet.dts if packet.pts is None else packet.pts - self._begun
            packet.stream = self._stream
            self._out.mux(packet)

    def close(self) -> None:
        if self._out is not None:
            self._out.close()


def record(address: str, folder: Path, segment_s: int, stop: threading.Event) -> None:
    with av.open(address, "r", options={"rtsp_transport": "tcp"}, timeout=60) as source:
        video = source.streams.video[0]
        files = _Files(folder, video, segment_s)
        for packet in source.demux(video):
            if stop.is_set():
                break
            if packet.size:
                files.take(packet)
        files.close()


def main(arguments: list[str]) -> None:
    address, first, last, folder, segment_s = arguments
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threads = [
        threading.Thread(target=record, args=(f"{address}/{camera}", Path(folder, str(camera)), int(segment_s), stop))
        for camera in range(int(first), int(last) + 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1:])
