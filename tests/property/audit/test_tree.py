"""The tree against an independent library, and its proofs against everything that could be claimed falsely."""

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.tree import (
    Growing,
    ProofFails,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

MOST = 70
LEAVES = [b"leaf %d" % number for number in range(MOST)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]


class Plain:
    """Implements `tree.Nodes` by hashing everything again each time."""

    def node(self, level: int, number: int) -> bytes:
        if level == 0:
            return HASHES[number]
        return node_hash(self.node(level - 1, 2 * number), self.node(level - 1, 2 * number + 1))


NODES = Plain()
ROOTS = [root_of(NODES, size) for size in range(MOST + 1)]


def test_roots_are_those_of_an_independent_library() -> None:
    theirs, growing = pymerkle.InmemoryTree(algorithm="sha256"), Growing()
    assert growing.root() == ROOTS[0]
    for size, leaf in enumerate(LEAVES, 1):
        theirs.append_entry(leaf)
        growing.add(leaf_hash(leaf))
        assert theirs.get_root() == ROOTS[size] == growing.root()


def test_proofs_are_those_of_an_independent_library() -> None:
    theirs = pymerkle.InmemoryTree(algorithm="sha256")
    for leaf in LEAVES:
        theirs.append_entry(leaf)
    for number in range(MOST):
        theirs_path = theirs.prove_inclusion(number + 1, MOST).path
        ours = inclusion_proof(NODES, number, MOST)
        assert sorted(theirs_path) == sorted([HASHES[number], *ours])
    for before in range(1, MOST):
        pymerkle.verify_consistency(ROOTS[before], ROOTS[MOST], theirs.prove_consistency(before, MOST))


@settings(max_examples=400)
@given(st.data())
def test_a_leaf_is_proved_where_it_is_and_nowhere_else(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, MOST))
    number = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(NODES, number, size)
    verify_inclusion(HASHES[number], number, size, proof, ROOTS[size])
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != number)) if size > 1 else -1
    lies = [
        (HASHES[number], other, size, proof, ROOTS[size]),
        (leaf_hash(b"another"), number, size, proof, ROOTS[size]),
        (HASHES[number], number, size, [*proof, HASHES[0]], ROOTS[size]),
        (HASHES[number], number, size, proof, ROOTS[size - 1]),
    ]
    if proof:
        lies.append((HASHES[number], number, size, proof[:-1], ROOTS[size]))
    for lie in lies:
        with pytest.raises(ProofFails):
            verify_inclusion(*lie)


@settings(max_examples=400)
@given(st.data())
def test_a_log_goes_on_from_what_it_was_and_from_nothing_else(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, MOST))
    before = data.draw(st.integers(1, size))
    proof = consistency_proof(NODES, before, size)
    verify_consistency(before, ROOTS[before], size, ROOTS[size], proof)
    lies = [
        (before, leaf_hash(b"another"), size, ROOTS[size], proof),
        (before, ROOTS[before], size, leaf_hash(b"another"), proof),
        (before, ROOTS[before], size, ROOTS[size], [*proof, HASHES[0]]),
        (size + 1, ROOTS[before], size, ROOTS[size], proof),
    ]
    if proof:
        lies.append((before, ROOTS[before], size, ROOTS[size], proof[:-1]))
        lies.append((before, ROOTS[before], size, ROOTS[size], [leaf_hash(b"another"), *proof[1:]]))
    for lie in lies:
        with pytest.raises(ProofFails):
            verify_consistency(*lie)


def test_from_nothing_every_log_goes_on() -> None:
    assert consistency_proof(NODES, 0, MOST) == []
    verify_consistency(0, ROOTS[0], MOST, ROOTS[MOST], [])


@pytest.mark.parametrize(("number", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_proof_of_what_is_not_there(number: int, size: int) -> None:
    with pytest.raises(ValueError, match="leaf"):
        inclusion_proof(NODES, number, size)
    with pytest.raises(ValueError, match="from"):
        consistency_proof(NODES, size + 1, size)
