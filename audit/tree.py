"""The Merkle tree over the log (RFC 6962 section 2.1, unchanged in RFC 9162): roots, proofs, and their verification. Pure.

Whoever proves asks `Nodes` for whole subtrees; whoever verifies needs nothing but hashes.
"""

import hashlib
from collections.abc import Sequence
from typing import Protocol

HASH_BYTES = 32


class ProofFails(Exception):
    """A proof does not show what it should. Stays within whoever verifies."""


class Nodes(Protocol):
    def node(self, level: int, number: int) -> bytes:
        """Return the hash over leaves `[number * 2^level, (number + 1) * 2^level)`, all of which are there."""
        ...


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(nodes: Nodes, size: int) -> bytes:
    """Return the hash of the first `size` leaves (section 2.1)."""
    return hashlib.sha256().digest() if size == 0 else _range(nodes, 0, size)


def _split(count: int) -> int:
    """Return the largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _range(nodes: Nodes, begin: int, end: int) -> bytes:
    """Return the hash of leaves `[begin, end)`, which begin where a subtree of that size may."""
    count = end - begin
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return nodes.node(level, begin >> level)
    middle = begin + _split(count)
    return node_hash(_range(nodes, begin, middle), _range(nodes, middle, end))


def inclusion_proof(nodes: Nodes, number: int, size: int) -> list[bytes]:
    """Return what shows that leaf `number` is among the first `size` (section 2.1.1). Raises `ValueError`."""
    if not 0 <= number < size:
        raise ValueError(f"leaf {number} of {size}")
    begin, end = 0, size
    path: list[bytes] = []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if number < middle:
            path.append(_range(nodes, middle, end))
            end = middle
        else:
            path.append(_range(nodes, begin, middle))
            begin = middle
    return path[::-1]


def consistency_proof(nodes: Nodes, before: int, size: int) -> list[bytes]:
    """Return what shows that the first `size` leaves begin with those `before` (section 2.1.2). Raises `ValueError`."""
    if not 0 <= before <= size:
        raise ValueError(f"from {before} to {size}")
    if before in {0, size}:
        return []
    begin, end, whole = 0, size, True
    path: list[bytes] = []
    while before != end:
        middle = begin + _split(end - begin)
        if before <= middle:
            path.append(_range(nodes, middle, end))
            end = middle
        else:
            path.append(_range(nodes, begin, middle))
            begin, whole = middle, False
    return [*([] if whole else [_range(nodes, begin, end)]), *path[::-1]]


def verify_inclusion(leaf: bytes, number: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf of this hash has this number among `size` (RFC 9162 section 2.1.3.2). Raises `ProofFails`."""
    if not 0 <= number < size:
        raise ProofFails(f"there is no leaf {number} of {size}")
    at, last, found = number, size - 1, leaf
    for step in proof:
        if last == 0:
            raise ProofFails("the proof is too long")
        if at & 1 or at == last:
            found = node_hash(step, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofFails("the proof is too short")
    if found != root:
        raise ProofFails("the leaf is not in the tree of this root")


def verify_consistency(before: int, root_before: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Check that a tree goes on from an earlier one (RFC 9162 section 2.1.4.2). Raises `ProofFails`."""
    if before > size:
        raise ProofFails(f"a tree of {size} cannot go on from one of {before}")
    if before in {0, size}:
        if proof or (before == size and root_before != root):
            raise ProofFails("trees of one size have different roots" if not proof else "the proof is too long")
        return
    path = list(proof) if before & (before - 1) else [root_before, *proof]
    if not path:
        raise ProofFails("the proof is too short")
    at, last = before - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            raise ProofFails("the proof is too long")
        if at & 1 or at == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, step)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofFails("the proof is too short")
    if old != root_before or new != root:
        raise ProofFails("the tree does not go on from the earlier one: what was logged by then has been changed")


class Growing:
    """Hashes leaves one after the other, in memory that grows with the logarithm of their number."""

    def __init__(self) -> None:
        self.size = 0
        self._whole: list[tuple[int, bytes]] = []  # (level, hash) of whole subtrees, levels falling

    def add(self, leaf: bytes) -> None:
        """Add a leaf by its hash."""
        level, found = 0, leaf
        while self._whole and self._whole[-1][0] == level:
            found = node_hash(self._whole.pop()[1], found)
            level += 1
        self._whole.append((level, found))
        self.size += 1

    def root(self) -> bytes:
        if not self._whole:
            return hashlib.sha256().digest()
        found = self._whole[-1][1]
        for _, left in self._whole[-2::-1]:
            found = node_hash(left, found)
        return found
