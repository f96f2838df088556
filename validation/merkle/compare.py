"""Every tree of up to 200 digests, every inclusion and consistency proof in it: ours beside pymerkle's.

pymerkle is GPL: it is asked here, on a developer's machine, and never imported by the package itself.
"""

from __future__ import annotations

from hashlib import sha256
from importlib.util import find_spec
from typing import Any

from myelos.ledger.merkle import Tree, check_consistency, check_inclusion
from validation.witness import Missing, skipped

LARGEST = 200


def witness() -> Any | Missing:
    """A tree of pymerkle with :data:`LARGEST` leaves, or that it is missing."""
    if find_spec("pymerkle") is None:
        return Missing("the Python package pymerkle (pip install 'pymerkle>=7')")
    from pymerkle import InmemoryTree

    tree = InmemoryTree("sha256")
    for digest in _digests():
        tree.append_entry(bytes.fromhex(digest))
    return tree


def _digests() -> list[str]:
    return [sha256(b"%d" % number).hexdigest() for number in range(LARGEST)]


def _of_size(theirs: Any, size: int, digests: list[str]) -> tuple[int, int]:
    """How many proofs about the first ``size`` leaves were compared, and how many differ.

    Inclusion proofs are the same list. A proof of consistency has another form there: it is verified by the
    program it is from, between the roots of the other one.
    """
    from pymerkle import verify_consistency, verify_inclusion

    ours, root = Tree.of(digests[:size]), theirs.get_root(size)
    wrong = int(ours.root != root.hex())
    for index, digest in enumerate(digests[:size]):
        proof, path = theirs.prove_inclusion(index + 1, size), ours.inclusion(index)
        verify_inclusion(theirs.get_leaf(index + 1), bytes.fromhex(ours.root), proof, index + 1, size)
        same = [each.hex() for each in proof.path[1:]] == list(path)
        wrong += not (same and check_inclusion(root.hex(), size, index, digest, path))
        earlier = index + 1
        proof, old = theirs.prove_consistency(earlier, size), bytes.fromhex(Tree.of(digests[:earlier]).root)
        verify_consistency(old, bytes.fromhex(ours.root), proof, earlier, size)
        old, path = theirs.get_root(earlier), ours.consistency(earlier)
        wrong += not check_consistency(old.hex(), earlier, root.hex(), size, path)
    return 2 * size, wrong


def main() -> int:
    """Run the comparison and print it; 0 when nothing differs."""
    theirs = witness()
    if isinstance(theirs, Missing):
        return skipped("merkle", theirs)
    digests, compared, wrong = _digests(), 0, 0
    for size in range(1, LARGEST + 1):
        proofs, differing = _of_size(theirs, size, digests)
        compared, wrong = compared + proofs, wrong + differing
    print(f"{LARGEST} trees, {compared:,} proofs beside pymerkle's: {wrong} differ")
    return 1 if wrong else 0
