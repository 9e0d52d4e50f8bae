"""A camera in this process that sends dated and numbered pictures as they happen, ten a second, and a tone if it is asked for."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from tests.support.live_pictures import RATE, STEP, marked
from tests.support.rtp_cutting import cut, interleaved, packet
from tests.support.rtsp_camera import Camera, pictures_alone

WITH_SOUND = pictures_alone("h264") + "m=audio 0 RTP/AVP 8\r\na=control:track2\r\n"
_TONE = bytes(range(256)) * 4


@dataclass
class LiveCamera(Camera):
    """`sent` is how many pictures it has sent, over all connections."""

    number: int = 1
    sent: int = 0
    played: list[int] = field(default_factory=list)
    """The first picture of each connection."""

    def __post_init__(self) -> None:
        self.fault = live

    def pictures_of(self, number: int, first_packet: int) -> list[bytes]:
        payloads = [part for unit in marked(self.number, number) for part in cut("h264", unit, self.packet_bytes)]
        last = len(payloads) - 1
        return [
            interleaved(0, packet(payload, first_packet + at, number * STEP, marker=at == last))
            for at, payload in enumerate(payloads)
        ]


async def live(camera: Camera, _writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    """Begin with the next key frame; sound goes to the second pair of channels, whether or not anybody set it up."""
    assert isinstance(camera, LiveCamera)
    camera.sent += -camera.sent % RATE
    camera.played.append(camera.sent)
    loop, packets = asyncio.get_running_loop(), 0
    begun, first = loop.time(), camera.sent
    while True:
        number = camera.sent
        camera.sent += 1
        data = camera.pictures_of(number, packets)
        packets += len(data)
        tone = packet(_TONE[: 8000 // RATE], number, number * 8000 // RATE, marker=True, payload_type=8)
        yield b"".join(data) + (interleaved(2, tone) if "interleaved=2" in "".join(camera.texts[-4:]) else b"")
        await asyncio.sleep(begun + (camera.sent - first) / RATE - loop.time())
