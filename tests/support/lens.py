"""Shows the pictures of a camera to a `Taking` without a connection, by a clock of its own."""

from ingest import nal
from ingest.live.description import MediaOffer
from ingest.live.lanes import Now
from ingest.live.pictures import AccessUnit
from tests.support.live_pictures import RATE, is_key, marked
from tests.support.plain_desk import Studio

BEGIN_US = 1_772_892_000_000_000
OFFER = MediaOffer("video", 96, "H264", 90_000, 1, "rtsp://h/x")


class Lens:
    """Shows a studio the pictures of a camera, ten a second; `skip` lets time pass without any."""

    def __init__(self, studio: Studio, offer: MediaOffer = OFFER) -> None:
        self._studio = studio
        self.number = 0
        self.rtp = 4_294_900_000
        self.wall_us, self.steady_us = BEGIN_US, 0
        studio.taking.offered([offer])

    def show(self, seconds: int, width: int = 640) -> None:
        for _ in range(seconds * RATE):
            self.send(marked(1, self.number, width))
            self.number += 1

    def send(self, units: list[bytes], us: int = 1_000_000 // RATE) -> None:
        """Show one picture that lasts so long."""
        sets = nal.parameter_sets("h264", units)
        data = bytearray(nal.with_lengths(units))
        unit = AccessUnit(self.rtp & 0xFFFF_FFFF, data, is_key("h264", units), sets, damaged=False)
        now = Now()
        now.wall_us, now.steady_us = self.wall_us, self.steady_us
        self._studio.taking.picture(unit, now)
        self.skip(us)

    def skip(self, us: int) -> None:
        self.rtp += us * 9 // 100
        self.wall_us += us
        self.steady_us += us
