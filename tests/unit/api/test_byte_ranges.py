"""RFC 9110 sections 13 and 14, case by case."""

import pytest

from api.byte_ranges import MAX_PARTS, Answer, ByteRange, Conditions, decide

ETAG = "v1-abc"
SIZE = 1000


def ask(method: str = "GET", piece: int | None = None, **fields: str) -> Answer:
    return decide(method, Conditions(**fields), size=SIZE, etag=ETAG, media_type="video/mp4", piece=piece)


def test_without_conditions_it_is_the_whole_with_its_validators() -> None:
    answer = ask()
    assert (answer.status, answer.body) == (200, (ByteRange(0, SIZE),))
    assert answer.headers == {
        "ETag": '"v1-abc"',
        "Accept-Ranges": "bytes",
        "Content-Type": "video/mp4",
        "Content-Length": "1000",
    }


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-499", 0, 500),
        ("bytes=500-", 500, 1000),
        ("bytes=-1", 999, 1000),
        ("bytes=-5000", 0, 1000),
        ("bytes=999-123456789", 999, 1000),
        ("BYTES=1-2", 1, 3),
        ("bytes= 1-2 , ,", 1, 3),
        ("bytes=0-" + "9" * 6000, 0, 1000),
        ("bytes=0-9,10-19", 0, 20),
        ("bytes=10-19,0-14", 0, 20),
        ("bytes=5-9,2000-", 5, 10),
        ("bytes=" + "0" * 5000 + "7-7", 7, 8),
    ],
)
def test_one_range(asked: str, start: int, end: int) -> None:
    answer = ask(range=asked)
    assert (answer.status, answer.body) == (206, (ByteRange(start, end),))
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/1000"
    assert answer.headers["Content-Length"] == str(end - start)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-", 0, 100), ("bytes=950- ", 950, 1000), ("bytes=0-499", 0, 500), ("bytes=-500", 500, 1000)],
)
def test_only_an_open_range_comes_in_pieces(asked: str, start: int, end: int) -> None:
    answer = ask(range=asked, piece=100)
    assert (answer.status, answer.body) == (206, (ByteRange(start, end),))
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/1000"
    assert answer.headers["Content-Length"] == str(end - start)


def test_without_a_range_a_piece_is_the_whole() -> None:
    assert ask(piece=100) == ask()


@pytest.mark.parametrize(
    "asked",
    [
        "", "bytes", "bytes=", "bytes=,", "bytes=a-b", "bytes=5-4", "bytes=0-1,5-4", "bytes=--1", "bytes=1", "items=0-1",
        "bytes=0-1;2-3", "bytes=٣-٤", "bytes=" + ",".join(["0-1"] * 200),
    ],
)  # fmt: skip
def test_a_range_that_says_nothing_is_ignored(asked: str) -> None:
    assert ask(range=asked) == ask()


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=-0", "bytes=5000-6000", "bytes=1000-,-0"])
def test_an_unsatisfiable_range_is_416_with_the_length(asked: str) -> None:
    answer = ask(range=asked)
    assert (answer.status, answer.body, answer.headers["Content-Range"]) == (416, (), "bytes */1000")


def test_several_ranges_are_parts_with_their_fields() -> None:
    answer = ask(range="bytes=-10,0-9")
    boundary = answer.headers["Content-Type"].removeprefix("multipart/byteranges; boundary=")
    assert answer.status == 206
    assert answer.body == (
        f"--{boundary}\r\nContent-Type: video/mp4\r\nContent-Range: bytes 0-9/1000\r\n\r\n".encode(),
        ByteRange(0, 10),
        f"\r\n--{boundary}\r\nContent-Type: video/mp4\r\nContent-Range: bytes 990-999/1000\r\n\r\n".encode(),
        ByteRange(990, 1000),
        f"\r\n--{boundary}--\r\n".encode(),
    )
    assert answer.headers["Content-Length"] == str(answer.body_bytes)
    assert "Content-Range" not in answer.headers


def test_more_parts_than_are_worth_it_get_the_whole() -> None:
    many = ",".join(f"{n * 3}-{n * 3}" for n in range(MAX_PARTS + 1))
    assert ask(range=f"bytes={many}") == ask()
    assert ask(range="bytes=0-400,402-999") == ask()


def test_head_ignores_range() -> None:
    assert ask("HEAD", range="bytes=0-9") == ask()


@pytest.mark.parametrize(
    ("if_range", "status"),
    [
        ('"v1-abc"', 206),
        (' "v1-abc" ', 206),
        ('W/"v1-abc"', 200),
        ('"other"', 200),
        ('"v1-abc", "other"', 200),
        ("v1-abc", 200),
        ("Tue, 24 Nov 2026 00:00:00 GMT", 200),
    ],
)
def test_if_range(if_range: str, status: int) -> None:
    assert ask(range="bytes=0-9", if_range=if_range).status == status
    assert ask(if_range=if_range).status == 200


@pytest.mark.parametrize(
    ("field", "status"),
    [("*", 304), ('"v1-abc"', 304), ('W/"v1-abc"', 304), ('"a", W/"v1-abc"', 304), ('"a"', 200), ("v1-abc", 200)],
)
def test_if_none_match_compares_weakly(field: str, status: int) -> None:
    answer = ask(if_none_match=field)
    assert answer.status == status
    assert answer.headers["ETag"] == '"v1-abc"'


@pytest.mark.parametrize(
    ("field", "status"), [("*", 200), ('"v1-abc"', 200), ('"x","v1-abc"', 200), ('W/"v1-abc"', 412), ('"x"', 412)]
)
def test_if_match_compares_strongly(field: str, status: int) -> None:
    assert ask(if_match=field).status == status


def test_order_of_the_preconditions() -> None:
    assert ask(if_match='"x"', if_none_match="*", range="bytes=0-1").status == 412
    assert ask(if_match="*", if_none_match="*", range="bytes=0-1").status == 304
    assert ask(if_none_match='"v1-abc"', range="bytes=5000-").status == 304


def test_an_empty_representation_has_no_ranges() -> None:
    answer = decide("GET", Conditions(range="bytes=-5"), size=0, etag=ETAG, media_type="text/vtt")
    assert (answer.status, answer.body, answer.headers["Content-Length"]) == (200, (), "0")
