import pytest

from extract.virtual_file import Extent, VirtualFile, identity
from tests.support.golden_clips import CASES, Case, clip, footage, whole

FILE = VirtualFile(b"header", (Extent("a", 100, 5), Extent("a", 200, 7), Extent("b", 0, 4)), 22, "tag")


def materialised(pieces: list[bytes | Extent]) -> str:
    """Name every byte: h0 h1 ... of the header, a100 a101 ... of the objects."""
    told = []
    for piece in pieces:
        if isinstance(piece, bytes):
            told += [f"h{b'header'.index(byte)}" for byte in piece]
        else:
            told += [f"{piece.key}{piece.offset + at}" for at in range(piece.length)]
    return " ".join(told)


WHOLE = ["h0", "h1", "h2", "h3", "h1", "h5"]
WHOLE += [f"a{at}" for at in (*range(100, 105), *range(200, 207))] + [f"b{at}" for at in range(4)]


def test_any_range_is_that_part_of_the_whole() -> None:
    for start in range(23):
        for end in range(start, 24):
            pieces = list(FILE.pieces(start, end))
            assert materialised(pieces) == " ".join(WHOLE[start:end])
            assert all(pieces)


def test_bounds_beyond_the_file_are_cut() -> None:
    assert list(FILE.pieces(-5, 3)) == [b"hea"]
    assert list(FILE.pieces(21, 1000)) == [Extent("b", 3, 1)]
    assert list(FILE.pieces(22, 1000)) == []
    assert list(FILE.pieces(9, 4)) == []


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_the_size_is_known_beforehand(case: Case) -> None:
    virtual = clip(case)
    assert len(whole(virtual)) == virtual.size


def test_each_thing_that_changes_bytes_changes_the_tag() -> None:
    made, _ = footage()
    asked: dict[str, object] = {"from": 1, "to": 2, "mode": "exact", "audio": False, "times": None}
    tags = [identity(made, 1, **asked), identity(made, 2, **asked), identity(made[:2], 1, **asked)]
    for name, value in {"from": 0, "to": 3, "mode": "strict", "audio": True, "times": "UTC"}.items():
        tags.append(identity(made, 1, **(asked | {name: value})))
    assert len(set(tags)) == len(tags)
    assert identity(made, 1, **asked) == tags[0]
