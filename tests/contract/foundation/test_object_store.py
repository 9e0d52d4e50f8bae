"""One contract, two stores: local files, and a real S3 server."""

import os
from pathlib import Path

import pytest

from foundation.storage import ObjectDamaged, ObjectExists, ObjectMissing, ObjectStore
from foundation.storage.port import KeyRefused

KEY = "segments/3/2026-03-07/0001.mp4"


def made(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "finished"
    path.write_bytes(data)
    return path


def test_what_was_put_can_be_read_by_ranges_and_the_file_is_taken_over(any_store: ObjectStore, tmp_path: Path) -> None:
    data = os.urandom(100_000)
    path = made(tmp_path, data)
    any_store.put_file(KEY, path)
    assert not path.exists()
    assert any_store.size(KEY) == 100_000
    assert any_store.read(KEY, 0, 100_000) == data
    assert any_store.read(KEY, 99_990, 10) == data[-10:]
    assert any_store.read(KEY, 500, 0) == b""


def test_an_object_is_never_replaced(any_store: ObjectStore, tmp_path: Path) -> None:
    any_store.put_file(KEY, made(tmp_path, b"first"))
    second = made(tmp_path, b"second")
    with pytest.raises(ObjectExists, match=KEY):
        any_store.put_file(KEY, second)
    assert any_store.read(KEY, 0, 5) == b"first"
    assert second.read_bytes() == b"second"


@pytest.mark.parametrize(("start", "length"), [(0, 6), (5, 1), (900, 4), (4, 2)])
def test_a_short_object_is_damaged_and_never_a_short_answer(
    any_store: ObjectStore, tmp_path: Path, start: int, length: int
) -> None:
    any_store.put_file(KEY, made(tmp_path, b"12345"))
    with pytest.raises(ObjectDamaged, match=KEY):
        any_store.read(KEY, start, length)


def test_a_missing_object_is_named(any_store: ObjectStore) -> None:
    with pytest.raises(ObjectMissing, match=KEY):
        any_store.read(KEY, 0, 1)
    with pytest.raises(ObjectMissing, match=KEY):
        any_store.size(KEY)


def test_deleting_twice_is_deleting(any_store: ObjectStore, tmp_path: Path) -> None:
    any_store.put_file(KEY, made(tmp_path, b"x"))
    any_store.delete(KEY)
    any_store.delete(KEY)
    with pytest.raises(ObjectMissing):
        any_store.size(KEY)


def test_keys_are_listed_by_their_beginning(any_store: ObjectStore, tmp_path: Path) -> None:
    for key, length in (("segments/1/a.mp4", 1), ("segments/10/b.mp4", 2), ("originals/1/c.mp4", 3)):
        any_store.put_file(key, made(tmp_path, b"x" * length))
    assert sorted(any_store.keys("segments/1")) == [("segments/1/a.mp4", 1), ("segments/10/b.mp4", 2)]
    assert sorted(any_store.keys("segments/1/")) == [("segments/1/a.mp4", 1)]
    assert len(list(any_store.keys(""))) == 3


@pytest.mark.parametrize("key", ["", "/etc/passwd", "a/../b", "..", "a//b", ".hidden", "a/b\n", "đường", "x" * 600])
def test_a_key_cannot_leave_the_store(any_store: ObjectStore, tmp_path: Path, key: str) -> None:
    path = made(tmp_path, b"x")
    for act in (
        lambda: any_store.put_file(key, path),
        lambda: any_store.read(key, 0, 1),
        lambda: any_store.delete(key),
    ):
        with pytest.raises(KeyRefused):
            act()


def test_a_large_object_goes_up_in_parts_and_is_not_replaced_either(any_store: ObjectStore, tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(66 * 2**20)
        file.write(b"begins")
    any_store.put_file(KEY, path)
    assert any_store.size(KEY) == 66 * 2**20
    assert any_store.read(KEY, 0, 8) == b"begins\0\0"
    with pytest.raises(ObjectExists):
        any_store.put_file(KEY, made(tmp_path, bytes(66 * 2**20)))
