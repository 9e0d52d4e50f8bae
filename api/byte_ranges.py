"""Which bytes a conditional or range request gets: RFC 9110 sections 13 and 14 for one representation. Pure.

Decisions where the standard leaves a choice:

- A representation has a strong ETag and no Last-Modified: its bytes also depend on the format version of the virtual
  file. So a date in If-Range never matches, and If-(Un)Modified-Since is ignored (13.1.3, 13.1.4).
- A Range that cannot be parsed, or of another unit, is ignored: the answer is the whole, 200 (14.2).
- Ranges that overlap or touch are joined (15.3.7.2). What remains is one part, or `multipart/byteranges` of at most
  `MAX_PARTS`; more parts, or no fewer bytes than the whole, get the whole (14.2, 17.15).
- Of an open range (`bytes=N-`) somebody may ask to get a piece at a time: a 206 tells which bytes it holds, and a client must look
  (15.3.7). Browsers open one for each video and keep it open while they have enough, but have six connections to a place over
  HTTP/1.1: without pieces the seventh video waits for ever.
- Range is defined for GET only, so HEAD answers as if it were not there (14.2).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_PARTS = 16
MAX_SPECS = 100  # a longer list is somebody's attack; it is not worth parsing

_ETAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_INT_RANGE = re.compile(r"(\d+)-(\d*)", re.ASCII)
_SUFFIX_RANGE = re.compile(r"-(\d+)", re.ASCII)


@dataclass(frozen=True, order=True)
class ByteRange:
    """`[start, end)`, never empty."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Conditions:
    """The fields of a request that decide, each with its lines joined by commas, or None when absent."""

    range: str | None = None
    if_range: str | None = None
    if_match: str | None = None
    if_none_match: str | None = None


@dataclass(frozen=True)
class Answer:
    """Status, the fields that follow from the decision, and the body as literal bytes and ranges of the representation."""

    status: int
    headers: dict[str, str]
    body: tuple[bytes | ByteRange, ...] = ()

    @property
    def body_bytes(self) -> int:
        return sum(part.length if isinstance(part, ByteRange) else len(part) for part in self.body)


def decide(
    method: str, asked: Conditions, *, size: int, etag: str, media_type: str, piece: int | None = None
) -> Answer:
    """Return the answer for a representation of `size` bytes with the strong, unquoted `etag`.

    Of an open range at most `piece` bytes are given.

    Preconditions are taken in the order of section 13.2.2. `method` is GET or HEAD; HEAD gets the fields of the whole,
    and whoever sends the answer leaves its body out.
    """
    validators = {"ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
    if asked.if_match is not None and not matches(asked.if_match, etag, weak=False):
        return Answer(412, validators)
    if asked.if_none_match is not None and matches(asked.if_none_match, etag, weak=True):
        return Answer(304, validators)
    whole = (ByteRange(0, size),) if size else ()
    complete = Answer(200, {**validators, "Content-Type": media_type, "Content-Length": str(size)}, whole)
    if method != "GET" or asked.range is None or size == 0:
        return complete
    if asked.if_range is not None and not _if_range_holds(asked.if_range, etag):
        return complete
    wanted = parse(asked.range, size)
    if wanted is None:
        return complete
    if not wanted:
        return Answer(416, {**validators, "Content-Range": f"bytes */{size}"})
    if len(wanted) == 1:
        one = wanted[0]
        if piece is not None and asked.range.rstrip(" \t").endswith("-"):
            one = ByteRange(one.start, min(one.end, one.start + piece))
        return _single(one, size, media_type, validators)
    if len(wanted) > MAX_PARTS:
        return complete
    several = _multipart(wanted, size, media_type, validators, boundary=f"part-{etag[:32]}")
    return several if several.body_bytes < size else complete


def parse(text: str, size: int) -> list[ByteRange] | None:
    """Return the satisfiable byte ranges in ascending order, joined; empty when none is, None when to be ignored."""
    unit, equals, specs = text.partition("=")
    if not equals or unit.strip().lower() != "bytes" or specs.count(",") >= MAX_SPECS:
        return None
    found: list[ByteRange] = []
    present = False
    for spec in (piece.strip(" \t") for piece in specs.split(",")):
        if not spec:  # an empty element of a list is to be skipped (5.6.1.2)
            continue
        present = True
        one = _resolve(spec, size)
        if one is None:
            return None
        found.extend(one)
    return _joined(found) if present else None


def _resolve(spec: str, size: int) -> list[ByteRange] | None:
    """Return the range of one range-spec: empty when unsatisfiable, None when invalid (14.1.1)."""
    if suffix := _SUFFIX_RANGE.fullmatch(spec):
        length = min(_position(suffix[1]), size)
        return [ByteRange(size - length, size)] if length else []
    plain = _INT_RANGE.fullmatch(spec)
    if plain is None:
        return None
    first = _position(plain[1])
    last = _position(plain[2]) if plain[2] else size - 1
    if plain[2] and last < first:
        return None
    return [ByteRange(first, min(last + 1, size))] if first < size else []


def _position(digits: str) -> int:
    # Python refuses to read thousands of digits; beyond 19 digits no file is that long.
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) < 20 else 10**19


def _joined(ranges: list[ByteRange]) -> list[ByteRange]:
    joined: list[ByteRange] = []
    for item in sorted(ranges):
        if joined and item.start <= joined[-1].end:
            joined[-1] = ByteRange(joined[-1].start, max(joined[-1].end, item.end))
        else:
            joined.append(item)
    return joined


def _single(part: ByteRange, size: int, media_type: str, validators: dict[str, str]) -> Answer:
    return Answer(
        206,
        {
            **validators,
            "Content-Type": media_type,
            "Content-Range": f"bytes {part.start}-{part.end - 1}/{size}",
            "Content-Length": str(part.length),
        },
        (part,),
    )


def _multipart(parts: list[ByteRange], size: int, media_type: str, validators: dict[str, str], boundary: str) -> Answer:
    body: list[bytes | ByteRange] = []
    for number, part in enumerate(parts):
        opening = "" if number == 0 else "\r\n"
        fields = f"Content-Type: {media_type}\r\nContent-Range: bytes {part.start}-{part.end - 1}/{size}"
        body += [f"{opening}--{boundary}\r\n{fields}\r\n\r\n".encode("ascii"), part]
    body.append(f"\r\n--{boundary}--\r\n".encode("ascii"))
    answer = Answer(206, {}, tuple(body))
    content_type = f"multipart/byteranges; boundary={boundary}"
    fields_of_whole = {**validators, "Content-Type": content_type, "Content-Length": str(answer.body_bytes)}
    return Answer(206, fields_of_whole, answer.body)


def matches(field: str, etag: str, *, weak: bool) -> bool:
    """Tell whether an If-Match or If-None-Match field names the strong `etag`; `*` names any (8.8.3.2, 13.1)."""
    if field.strip(" \t") == "*":
        return True
    return any(tag == etag and (weak or not is_weak) for is_weak, tag in _tags(field))


def _if_range_holds(field: str, etag: str) -> bool:
    """Strong comparison with one entity tag (13.1.5). A date never holds, for want of a Last-Modified."""
    return [(False, etag)] == list(_tags(field)) and _ETAG.fullmatch(field.strip(" \t")) is not None


def _tags(field: str) -> Iterator[tuple[bool, str]]:
    for match in _ETAG.finditer(field):
        yield match[1] is not None, match[2]
