"""The short way of usual packets tells what the long way tells, wherever the bytes are cut and whatever is wrong with them."""

from collections.abc import Callable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.live.description import MediaOffer, offers
from ingest.live.lanes import Lane, Now, PictureLane
from ingest.live.pictures import AccessUnit
from ingest.live.rtcp import SenderReport
from ingest.live.wire import Message, scan
from tests.support.drawn_units import units
from tests.support.rtp_cutting import Kind, cut, interleaved, joined, packet

CHANNEL, FIRST = 0, 65_530
Way = Callable[[PictureLane, bytearray, memoryview, int, int, int], int]
_SPOILT = st.sampled_from(
    ["lost", "twice", "late", "another", "marked", "unmarked", "short", "padded", "extended", "sender", "kind"]
)


class Told:
    """Implements `lanes.Intake`."""

    def __init__(self) -> None:
        self.pictures: list[AccessUnit] = []

    def picture(self, unit: AccessUnit, now: Now) -> None:
        self.pictures.append(unit)

    def sound(self, packets: list[bytes], timestamp: int, now: Now) -> None:
        raise AssertionError("there is no sound")

    def reported(self, offer: MediaOffer, report: SenderReport, now: Now) -> None:
        raise AssertionError("there is no report")


def offer_of(kind: Kind) -> MediaOffer:
    body = f"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 {kind.upper()}/90000\r\na=control:v\r\n".encode()
    return offers(body, "rtsp://127.0.0.1/live")[0]


def spoil(data: bytes, how: str) -> list[bytes]:
    """Return what comes instead of a packet."""
    head, payload = bytearray(data[:12]), data[12:]
    if how == "lost":
        return []
    if how == "twice":
        return [data, data]
    if how in {"late", "another"}:
        head[7 if how == "late" else 1] ^= 4  # another time, another kind of payload
    elif how in {"marked", "unmarked"}:
        head[1] = head[1] & 0x7F | (0x80 if how == "marked" else 0)
    elif how == "short":
        payload = payload[:2]
    elif how == "padded":
        head[0], payload = head[0] | 0x20, payload + b"\0\0\3"
    elif how == "extended":
        head[0], payload = head[0] | 0x10, b"\0\0\0\1abcd" + payload
    elif how == "kind" and len(payload) > 1:
        payload = bytes([payload[0], payload[1] ^ 1]) + payload[2:]
    elif how == "sender":
        head[11] ^= 0xFF
    return [bytes(head) + payload]


@st.composite
def sent(draw: st.DrawFn) -> tuple[Kind, bytes]:
    kind: Kind = draw(st.sampled_from(["h264", "h265"]))
    number, packets = FIRST, []
    for at, picture in enumerate(draw(st.lists(st.lists(units(kind), min_size=1, max_size=3), min_size=1, max_size=6))):
        size = draw(st.integers(1, 6))
        together = draw(st.booleans()) and draw(st.booleans())
        payloads = [joined(kind, picture)] if together else [part for unit in picture for part in cut(kind, unit, size)]
        for place, payload in enumerate(payloads):
            packets.append(packet(payload, number, at * 3600, marker=place == len(payloads) - 1))
            number += 1
    spoilt = draw(st.dictionaries(st.integers(0, len(packets) - 1), _SPOILT, max_size=3))
    came = [one for at, whole in enumerate(packets) for one in (spoil(whole, spoilt[at]) if at in spoilt else [whole])]
    return kind, b"".join(interleaved(CHANNEL, one) for one in came)


def heard(way: Way, lane: PictureLane, data: bytes, cuts: Sequence[int]) -> None:
    """Let a lane have the bytes as they come, in a buffer that is used again. The way of every lane is the long one."""
    buffer, held = bytearray(len(data)), b""
    messages: list[Message] = []
    for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        held += data[begin:end]
        buffer[: len(held)] = held
        view = memoryview(buffer)

        def take(_: int, begin: int, end: int, view: memoryview = view, limit: int = len(held)) -> int:
            return way(lane, buffer, view, begin, end, limit)

        held = held[scan(buffer, 0, len(held), take, messages.append) :]
        buffer[:] = bytes(len(buffer))


@settings(max_examples=600)
@given(sent(), st.data())
def test_the_short_way_tells_what_the_long_way_tells(told: tuple[Kind, bytes], more: st.DataObject) -> None:
    kind, data = told
    cuts = sorted(more.draw(st.lists(st.integers(0, len(data)), max_size=5)))
    both = [Told(), Told()]
    lanes = [PictureLane(offer_of(kind), CHANNEL, one, Now()) for one in both]
    for way, lane in zip((PictureLane.take, Lane.take), lanes, strict=True):
        heard(way, lane, data, cuts)
    short, long = both
    assert short.pictures == long.pictures
    states = [(lane.sequence.next, lane.sequence.lost, lane.sequence.cycles, lane.sequence.restarts) for lane in lanes]
    assert states[0] == states[1]
    assert (lanes[0].broken, lanes[0].refused, lanes[0].held) == (lanes[1].broken, lanes[1].refused, lanes[1].held)
