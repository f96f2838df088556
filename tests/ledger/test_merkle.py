"""The Merkle tree of RFC 6962: vectors that were published, and proofs that nothing forges."""

from __future__ import annotations

from hashlib import sha256
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myelos.ledger.merkle import Tree, check_consistency, check_inclusion, inclusion, root

LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Leaves, and the roots of the first 0 to 8 of them: the vectors of Certificate Transparency's reference
implementation (google/certificate-transparency, tests of merkletree) for RFC 6962."""

_96A2 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
_5F08 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
_6B47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
_BC1A = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
_CA85 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
PATHS = {
    (0, 1): [],
    (0, 8): [_96A2, _5F08, _6B47],
    (5, 8): [_BC1A, _CA85, ROOTS[4]],
    (2, 3): [ROOTS[2]],
    (1, 5): [ROOTS[1], _5F08, _BC1A],
}
"""Inclusion proofs by (leaf, size), of the same tests."""

digests = st.lists(st.binary(min_size=32, max_size=32).map(bytes.hex), min_size=1, max_size=70)


def from_the_top(leaves: list[str]) -> bytes:
    """The tree as RFC 6962, 2.1 defines it: divided at the largest power of two below its size."""
    if len(leaves) == 1:
        return sha256(b"\0" + bytes.fromhex(leaves[0])).digest()
    at = 1
    while at * 2 < len(leaves):
        at *= 2
    return sha256(b"\1" + from_the_top(leaves[:at]) + from_the_top(leaves[at:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_published(size: int) -> None:
    """The tree is the one every log of Certificate Transparency has."""
    assert root(LEAVES[:size]) == ROOTS[size]


@pytest.mark.parametrize(("leaf", "size"), PATHS)
def test_the_proofs_are_those_published(leaf: int, size: int) -> None:
    """Proofs have the order of RFC 6962, so that other programs can check them."""
    assert list(inclusion(LEAVES[:size], leaf)) == PATHS[leaf, size]


def test_the_proof_of_consistency_is_the_one_published() -> None:
    """From 1 leaf to 8 (the same tests); and those of the example in RFC 6962, 2.1.3, in its own letters."""
    assert list(Tree.of(LEAVES).consistency(1)) == [_96A2, _5F08, _6B47]
    seven = LEAVES[:7]
    c, d, g, i, j, k, l = (  # noqa: E741 - the letters of RFC 6962, 2.1.3
        root(part) for part in (
            seven[2:3], seven[3:4], seven[:2], seven[4:6], seven[6:], seven[:4], seven[4:]
        )
    )  # fmt: skip
    tree = Tree.of(seven)
    assert tree.consistency(3) == (c, d, g, l)
    assert tree.consistency(4) == (l,)
    assert tree.consistency(6) == (i, j, k)


@given(digests)
def test_the_tree_is_the_one_divided_from_the_top(leaves: list[str]) -> None:
    """Building it from the leaves up is only faster."""
    assert root(leaves) == from_the_top(leaves).hex()


@given(digests, st.data())
def test_a_proof_holds_for_its_leaf_at_its_place_and_for_no_other(
    leaves: list[str], data: st.DataObject
) -> None:
    """A proof with any part changed proves nothing."""
    tree, size = Tree.of(leaves), len(leaves)
    index = data.draw(st.integers(0, size - 1))
    path, digest = tree.inclusion(index), leaves[index]
    assert check_inclusion(tree.root, size, index, digest, path)
    other = sha256(digest.encode()).hexdigest()
    assert not check_inclusion(tree.root, size, index, other, path)
    assert not check_inclusion(other, size, index, digest, path)
    assert not check_inclusion(tree.root, size, index, digest, (*path, other))
    assert not any(check_inclusion(tree.root, size, index, digest, path[:cut]) for cut in range(len(path)))
    elsewhere = data.draw(st.integers(-2, size + 2))
    if not 0 <= elsewhere < size or leaves[elsewhere] != digest:
        assert not check_inclusion(tree.root, size, elsewhere, digest, path)


@given(digests, st.data())
def test_a_tree_goes_on_from_every_earlier_one_and_from_no_other(
    leaves: list[str], data: st.DataObject
) -> None:
    """A history that was written anew is not consistent with a head from before."""
    tree, size = Tree.of(leaves), len(leaves)
    earlier = data.draw(st.integers(1, size))
    path, old = tree.consistency(earlier), root(leaves[:earlier])
    assert check_consistency(old, earlier, tree.root, size, path)
    other = sha256(old.encode()).hexdigest()
    assert not check_consistency(other, earlier, tree.root, size, path)
    assert not check_consistency(old, earlier, other, size, path)
    assert not check_consistency(old, earlier, tree.root, size, (*path, other))
    assert not any(check_consistency(old, earlier, tree.root, size, path[:cut]) for cut in range(len(path)))
    assert not check_consistency(old, 0, tree.root, size, path)


def test_there_is_no_proof_of_what_is_not_there() -> None:
    """A leaf or an earlier tree beyond the end is a fault of the caller."""
    tree = Tree.of(LEAVES)
    for index in (-1, 8):
        with pytest.raises(IndexError):
            tree.inclusion(index)
    for earlier in (0, 9):
        with pytest.raises(ValueError, match="goes on from"):
            tree.consistency(earlier)


@pytest.mark.slow
def test_a_million_leaves_take_seconds() -> None:
    """The head of a long ledger is printed while one waits."""
    leaves = [f"{number:064x}" for number in range(1_000_000)]
    start = perf_counter()
    tree = Tree.of(leaves)
    path = tree.inclusion(777_777)
    assert perf_counter() - start < 15
    assert check_inclusion(tree.root, 1_000_000, 777_777, leaves[777_777], path)
