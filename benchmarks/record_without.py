"""`python -m benchmarks.record_without PART[,PART]`: `matpho record` with parts of it left out, to see what each costs.

What it leaves behind is no recording: it is for measuring only.
"""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from foundation.mp4.tables import Flags, Int64
from ingest import segment_writer as writer
from ingest.live import ledger, tape
from ingest.live.entries import Entry, Grown, Stored
from ingest.samples import Sample
from matpho.__main__ import cli


class _Bare(writer.SegmentWriter):
    """Bytes one after the other, without fragments and tables."""

    _count = 0

    @property
    def frames(self) -> int:
        return self._count

    def add(self, _pts: Int64, _key: Flags, data: Sequence[bytes | bytearray], end: int, _sound: list[Sample]) -> None:
        self._write(data)
        self._count += len(data)
        self._end = end

    def seal(self, _step: writer.Step) -> writer.SealedFile:
        os.fsync(self._file)
        os.close(self._file)
        digest, opened = writer.digest_of(self._path), self.opened
        return writer.SealedFile(
            self._path, self._at, self._at, digest, self._count, opened.low, self._end, opened.coding, None
        )


def _without_hash() -> None:
    def digest_of(_path: Path) -> bytes:
        return bytes(32)

    setattr(writer, "digest_of", digest_of)  # noqa: B010 - said aloud: this is not the product's way


def _without_container() -> None:
    setattr(tape, "SegmentWriter", _Bare)  # noqa: B010


def _without_fsync() -> None:
    def sync(_file: int) -> None:
        return

    for name in ("fsync", "fdatasync"):
        setattr(os, name, sync)


def _without_index() -> None:
    def put(_ledger: ledger.Ledger, entry: Entry) -> None:
        if isinstance(entry, Stored):
            entry.done()
        elif isinstance(entry, Grown):
            entry.done(entry.since_us)

    setattr(ledger.Ledger, "put", put)  # noqa: B010


PARTS: dict[str, Callable[[], None]] = {
    "hash": _without_hash,
    "container": _without_container,
    "fsync": _without_fsync,
    "index": _without_index,
}


if __name__ == "__main__":
    for name in filter(None, sys.argv[1].split(",")):
        PARTS[name]()
    cli(["record"])
