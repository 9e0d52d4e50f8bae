import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from extract.delivery import read_chunks, write_to
from extract.virtual_file import Extent, VirtualFile
from foundation.storage import LocalFiles, ObjectDamaged, ObjectMissing

SIZE = 5000


@dataclass
class Faraway:
    """A store without local files that counts what is asked of it."""

    files: LocalFiles
    asked: list[tuple[str, int, int]] = field(default_factory=list)

    def put_file(self, key: str, path: Path) -> None:
        self.files.put_file(key, path)

    def read(self, key: str, start: int, length: int) -> bytes:
        self.asked.append((key, start, length))
        return self.files.read(key, start, length)

    def local_path(self, key: str) -> Path | None:
        return None

    def size(self, key: str) -> int:
        return self.files.size(key)

    def delete(self, key: str) -> None:
        self.files.delete(key)

    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        return self.files.keys(prefix)


@pytest.fixture
def store(tmp_path: Path) -> LocalFiles:
    found = LocalFiles(tmp_path / "store")
    for key in ("a", "b"):
        (tmp_path / "new").write_bytes(os.urandom(SIZE))
        found.put_file(key, tmp_path / "new")
    return found


EXTENTS = (Extent("a", 10, 1000), Extent("a", 1200, 800), Extent("b", 0, SIZE), Extent("a", 4000, 1000))
FILE = VirtualFile(b"0123456789", EXTENTS, 10 + 1000 + 800 + SIZE + 1000, "tag")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def expected(store: LocalFiles) -> bytes:
    return FILE.header + b"".join(store.read(item.key, item.offset, item.length) for item in EXTENTS)


def test_written_and_read_are_the_same_near_and_far(store: LocalFiles, tmp_path: Path) -> None:
    out = tmp_path / "clip.mp4"
    for source in (store, Faraway(store)):
        write_to(FILE, source, out)
        assert out.read_bytes() == expected(store)
        for chunk in (1, 7, 999, 1 << 20):
            pieces = list(read_chunks(FILE, source, 3, FILE.size - 5, chunk))
            assert b"".join(pieces) == expected(store)[3:-5]
            assert {len(piece) for piece in pieces[:-1]} <= {chunk}
    assert names(tmp_path) == ["clip.mp4", "store"]


def test_a_remote_object_is_read_in_large_ranges_and_never_beyond_what_is_asked(store: LocalFiles) -> None:
    far = Faraway(store)
    assert b"".join(read_chunks(FILE, far, 0, FILE.size, 100)) == expected(store)
    assert far.asked == [("a", 10, 4990), ("b", 0, SIZE), ("a", 4000, 1000)]
    far.asked.clear()
    assert len(b"".join(read_chunks(FILE, far, 10, 60, 100))) == 50
    assert far.asked == [("a", 10, 50)]


def test_an_existing_file_is_replaced_and_kept_when_the_clip_cannot_be_written(
    store: LocalFiles, tmp_path: Path
) -> None:
    out = tmp_path / "clip.mp4"
    out.write_bytes(b"old")
    os.truncate(tmp_path / "store" / "b", SIZE - 1)
    with pytest.raises(ObjectDamaged) as damaged:
        write_to(FILE, store, out)
    assert damaged.value.fields == {"key": "b", "start": SIZE - 1, "end": SIZE}
    assert out.read_bytes() == b"old"
    assert names(tmp_path) == ["clip.mp4", "store"]


def test_a_lost_or_short_object_is_named(store: LocalFiles, tmp_path: Path) -> None:
    os.truncate(tmp_path / "store" / "a", 4500)
    with pytest.raises(ObjectDamaged, match="“a”"):
        list(read_chunks(FILE, store, 0, FILE.size))
    store.delete("b")
    with pytest.raises(ObjectMissing, match="“b”"):
        list(read_chunks(FILE, store, 0, FILE.size))


def test_a_reader_that_goes_away_leaves_no_file_open(store: LocalFiles) -> None:
    before = len(names(Path("/proc/self/fd")))
    chunks = read_chunks(FILE, store, 0, FILE.size, 100)
    next(chunks)
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]  # an iterator to its users, a generator to whoever serves it
    assert len(names(Path("/proc/self/fd"))) == before
