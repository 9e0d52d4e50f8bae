"""Puts the certificates of a time stamp into the order that DER asks of a SET, which some authorities do not. Pure.

    TimeStampResp { PKIStatusInfo, ContentInfo { OID, [0] { SignedData { version, digests, content, [0] certificates, … } } } }

Whoever signs signs the content and the attributes (RFC 5652, section 5.4), not this set; the order of a set says nothing, and
sorting keeps its length. So what a stamp proves is the same, and a parser that insists on DER reads it.
"""

from collections.abc import Iterator
from typing import NamedTuple

_SEQUENCE, _SET, _INTEGER, _OID, _FIRST = 0x30, 0x31, 0x02, 0x06, 0xA0
_STATUS_AND_TOKEN = (_SEQUENCE, _SEQUENCE)
_TYPE_AND_CONTENT = (_OID, _FIRST)
_SIGNED_DATA = (_INTEGER, _SET, _SEQUENCE, _FIRST)


class _Item(NamedTuple):
    """A value of a definite length: its tag, and where it, its content and its end lie."""

    tag: int
    begin: int
    content: int
    end: int


def ordered(stamp: bytes) -> bytes:
    """Return the stamp with its certificates in order; what is built otherwise comes back as it is, for the parser to refuse."""
    try:
        certificates = _certificates(stamp)
        items = [stamp[one.begin : one.end] for one in _inside(stamp, certificates)]
    except ValueError:
        return stamp
    return stamp[: certificates.content] + b"".join(sorted(items)) + stamp[certificates.end :]


def _certificates(stamp: bytes) -> _Item:
    answer = _item(stamp, 0, len(stamp))
    _, token = _begins_with(stamp, answer, _STATUS_AND_TOKEN)
    _, content = _begins_with(stamp, token, _TYPE_AND_CONTENT)
    (signed,) = _begins_with(stamp, content, (_SEQUENCE,))
    return _begins_with(stamp, signed, _SIGNED_DATA)[-1]


def _begins_with(data: bytes, outer: _Item, tags: tuple[int, ...]) -> list[_Item]:
    """Return the first values inside. Raises `ValueError` where they are not of these kinds."""
    found = [one for _, one in zip(tags, _inside(data, outer), strict=False)]
    if tuple(one.tag for one in found) != tags:
        raise ValueError(f"not {tags} at {outer.content}")
    return found


def _inside(data: bytes, outer: _Item) -> Iterator[_Item]:
    at = outer.content
    while at < outer.end:
        found = _item(data, at, outer.end)
        yield found
        at = found.end


def _item(data: bytes, at: int, limit: int) -> _Item:
    """Read one value before `limit`. Raises `ValueError`."""
    if at + 2 > limit:
        raise ValueError(f"nothing at {at}")
    length, content = data[at + 1], at + 2
    if length >= 0x80:
        digits = length & 0x7F
        if not 1 <= digits <= 4:  # 0 would be BER's indefinite length
            raise ValueError(f"a length of {digits} bytes at {at}")
        length, content = int.from_bytes(data[content : content + digits], "big"), content + digits
    if content + length > limit:
        raise ValueError(f"it ends behind its surroundings at {at}")
    return _Item(data[at], at, content, content + length)
