"""Whatever an authority answers, ordering its certificates raises nothing, keeps the length, and is done once."""

import random

from hypothesis import given
from hypothesis import strategies as st

from audit.stamp_order import ordered


def coded(tag: int, content: bytes) -> bytes:
    length = len(content)
    head = bytes([length]) if length < 0x80 else bytes([0x82]) + length.to_bytes(2, "big")
    return bytes([tag]) + head + content


def stamp_of(certificates: list[bytes], rest: bytes) -> bytes:
    held = coded(0xA0, b"".join(coded(0x30, one) for one in certificates))
    signed = coded(0x30, coded(2, b"\3") + coded(0x31, b"") + coded(0x30, b"") + held + rest)
    return coded(0x30, coded(0x30, b"\0") + coded(0x30, coded(6, b"x") + coded(0xA0, signed)))


@given(st.binary(max_size=300))
def test_any_bytes_come_back_with_their_length(data: bytes) -> None:
    assert len(ordered(data)) == len(data)


@given(st.lists(st.binary(max_size=200), max_size=5), st.binary(max_size=20), st.randoms())
def test_the_order_in_which_they_came_is_no_matter(
    certificates: list[bytes], rest: bytes, chance: random.Random
) -> None:
    turned = sorted(certificates, key=lambda _: chance.random())
    found = ordered(stamp_of(turned, rest))
    assert found == ordered(stamp_of(certificates, rest)) == ordered(found)
    assert found == stamp_of(sorted(certificates, key=lambda one: coded(0x30, one)), rest)
