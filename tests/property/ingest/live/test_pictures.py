"""Pictures cut into packets as RFC 6184 and RFC 7798 allow come together again; with packets lost, never silently."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import nal
from ingest.live.pictures import MOST_SETS, AccessUnit, Pictures
from tests.support.drawn_units import units
from tests.support.rtp_cutting import Kind, cut, joined

Packet = tuple[bytes, int, bool]


@st.composite
def streams(draw: st.DrawFn) -> tuple[Kind, list[list[bytes]], list[Packet]]:
    kind: Kind = draw(st.sampled_from(["h264", "h265"]))
    pictures = draw(st.lists(st.lists(units(kind), min_size=1, max_size=4), min_size=1, max_size=6))
    size, marks = draw(st.integers(1, 40)), draw(st.booleans())
    packets: list[Packet] = []
    for number, picture in enumerate(pictures):
        if draw(st.booleans()):
            payloads = [joined(kind, picture)]
        else:
            payloads = [payload for unit in picture for payload in cut(kind, unit, size)]
        ends = [marks and at == len(payloads) - 1 for at in range(len(payloads))]
        packets += [(payload, number * 3600, end) for payload, end in zip(payloads, ends, strict=True)]
    packets.append((b"\x61end" if kind == "h264" else b"\x02\x01end", len(pictures) * 3600, True))
    pictures.append([packets[-1][0]])
    return kind, pictures, packets


def assembled(kind: Kind, packets: list[Packet], dropped: frozenset[int] = frozenset()) -> list[AccessUnit]:
    found: list[AccessUnit] = []
    pictures, lost = Pictures(kind), 0
    for number, (payload, timestamp, marker) in enumerate(packets):
        if number in dropped:
            lost += 1
            continue
        found += pictures.feed(payload, timestamp, marker=marker, lost=lost)
        lost = 0
    return found


@settings(max_examples=400)
@given(streams())
def test_what_was_cut_comes_together(told: tuple[Kind, list[list[bytes]], list[Packet]]) -> None:
    kind, pictures, packets = told
    found = assembled(kind, packets)
    assert [list(nal.split_lengths(unit.data)) for unit in found] == pictures
    assert [unit.timestamp for unit in found] == [number * 3600 for number in range(len(pictures))]
    assert not any(unit.damaged for unit in found)
    for unit, picture in zip(found, pictures, strict=True):
        assert unit.sets == nal.parameter_sets(kind, picture)


@settings(max_examples=400)
@given(streams(), st.data())
def test_a_picture_that_lacks_a_packet_says_so(
    told: tuple[Kind, list[list[bytes]], list[Packet]], data: st.DataObject
) -> None:
    kind, pictures, packets = told
    dropped = frozenset(data.draw(st.sets(st.integers(0, len(packets) - 2), max_size=4)))
    for unit in assembled(kind, packets, dropped):
        whole = list(nal.split_lengths(unit.data)) == pictures[unit.timestamp // 3600]
        assert whole or unit.damaged


@settings(max_examples=400)
@given(
    st.sampled_from(["h264", "h265"]),
    st.lists(st.tuples(st.binary(max_size=80), st.integers(0, 3), st.booleans()), max_size=20),
)
def test_no_payloads_do_any_harm(kind: Kind, packets: list[Packet]) -> None:
    for unit in assembled(kind, packets):
        assert unit.data


def test_a_picture_of_nothing_but_parameter_sets_is_bounded() -> None:
    pictures, packet = Pictures("h264"), b"\x78" + b"\x00\x02\x67\x01" * 15_000
    for _ in range(10):
        assert pictures.feed(packet, 7, marker=False) == []
    (unit,) = pictures.feed(b"\x61end", 7, marker=True)
    assert len(unit.sets) == MOST_SETS
