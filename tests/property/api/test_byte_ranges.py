"""Range decisions against a naive model that counts single bytes."""

from hypothesis import given
from hypothesis import strategies as st

from api.byte_ranges import ByteRange, Conditions, decide

positions = st.integers(0, 40)
specs = st.one_of(
    st.tuples(positions, positions).map(lambda p: f"{p[0]}-{p[1]}"),
    positions.map(lambda p: f"{p}-"),
    positions.map(lambda p: f"-{p}"),
)


def model(spec: str, size: int) -> set[int] | None:
    """Return the positions that one range-spec selects, None when it is invalid."""
    first, last = spec.split("-")
    if not first:
        return set(range(size)[-int(last) :]) if int(last) else set()
    if last and int(last) < int(first):
        return None
    return {n for n in range(size) if int(first) <= n <= (int(last) if last else size)}


@given(st.lists(specs, min_size=1, max_size=6), st.integers(1, 30))
def test_the_bytes_sent_are_the_bytes_asked_for(asked: list[str], size: int) -> None:
    answer = decide("GET", Conditions(range="bytes=" + ",".join(asked)), size=size, etag="e", media_type="video/mp4")
    sets = [model(spec, size) for spec in asked]
    sent = [n for part in answer.body if isinstance(part, ByteRange) for n in range(part.start, part.end)]
    union = set().union(*(s for s in sets if s is not None))
    if None in sets:
        assert answer.status == 200
    elif not union:
        assert answer.status == 416
    if answer.status == 200:
        assert sent == list(range(size))
    elif answer.status == 206:
        assert sent == sorted(union)
    assert answer.status == 416 or int(answer.headers["Content-Length"]) == answer.body_bytes


@given(st.text(max_size=40), st.integers(0, 30))
def test_no_text_breaks_it(text: str, size: int) -> None:
    fields = Conditions(range=f"bytes={text}", if_range=text, if_match=text, if_none_match=text)
    assert decide("GET", fields, size=size, etag="e", media_type="video/mp4").status in {200, 206, 304, 412, 416}
    assert decide("GET", Conditions(range=text), size=size, etag="e", media_type="x/y").status in {200, 206, 416}
