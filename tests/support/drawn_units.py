"""NAL units for property tests: of every type that pictures are made of, with nothing in them that could be decoded."""

from hypothesis import strategies as st

from tests.support.rtp_cutting import Kind

TYPES = {"h264": [1, 5, 6, 7, 8, 9], "h265": [0, 1, 19, 21, 32, 33, 34, 39]}


@st.composite
def units(draw: st.DrawFn, kind: Kind) -> bytes:
    number = draw(st.sampled_from(TYPES[kind]))
    body = draw(st.binary(min_size=1, max_size=60))
    return (bytes([0x60 | number]) if kind == "h264" else bytes([number << 1, 1])) + body
