"""The tree's hashes in the catalogue, 256 side by side: a proof over ten million leaves reads a handful of rows."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.tables import AuditTile
from audit.tree import HASH_BYTES, node_hash

_LEVELS = 8
WIDTH = 1 << _LEVELS
_REMEMBERED = 1024
"""Tiles, of 8 KiB each."""
_TOPS = 4096
"""Hashes of whole subtrees, which never change; proofs of neighbours share most of theirs."""


class Tiles:
    """Implements `tree.Nodes`. Tile `n` of level `k` has the hashes of the subtrees of 2^(8k) leaves from `256 n` on."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[int, int], bytes] = {}
        self._tops: dict[tuple[int, int], bytes] = {}

    def node(self, level: int, number: int) -> bytes:
        """Return the hash of a whole subtree. Raises `KeyError` where the tree does not reach."""
        name = (level, number)
        if name not in self._tops:
            if len(self._tops) >= _TOPS:
                self._tops.clear()
            self._tops[name] = self._top(level, number)
        return self._tops[name]

    def _top(self, level: int, number: int) -> bytes:
        height, inside = divmod(level, _LEVELS)
        tile, at = divmod(number << inside, WIDTH)
        hashes = self._tile(height, tile)[HASH_BYTES * at : HASH_BYTES * (at + (1 << inside))]
        if len(hashes) < HASH_BYTES << inside:
            raise KeyError((level, number))
        return top_of(hashes)

    def add(self, begin: int, hashes: Sequence[bytes]) -> None:
        """Put leaves behind the `begin` that are there; each tile that they fill has its top in the level above."""
        level, row = 0, list(hashes)
        while row:
            tops, first = [], begin // WIDTH
            while row:
                number, inside = divmod(begin, WIDTH)
                part, row = row[: WIDTH - inside], row[WIDTH - inside :]
                tile = self._tile(level, number)[: HASH_BYTES * inside] + b"".join(part)
                self._store(level, number, tile)
                begin += len(part)
                if len(tile) == HASH_BYTES * WIDTH:
                    tops.append(top_of(tile))
            level, begin, row = level + 1, first, tops

    def _tile(self, level: int, number: int) -> bytes:
        name = (level, number)
        if name not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            wanted = (col(AuditTile.level) == level, col(AuditTile.number) == number)
            found = self._session.execute(sa.select(col(AuditTile.hashes)).where(*wanted)).scalar()
            self._known[name] = found or b""
        return self._known[name]

    def _store(self, level: int, number: int, hashes: bytes) -> None:
        self._known[level, number] = hashes
        row = self._session.get(AuditTile, (level, number))
        if row is None:
            self._session.add(AuditTile(level=level, number=number, hashes=hashes))
        else:
            row.hashes = hashes
            self._session.add(row)


def top_of(hashes: bytes) -> bytes:
    """Return the hash over a power of two of subtrees."""
    row = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]
