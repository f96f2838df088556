"""The Merkle tree over a ledger's entries: one hash that stands for all, and short proofs against it.

The tree of RFC 6962, section 2.1 (RFC 9162 has the same one). A leaf is the SHA-256 of a zero byte and the
raw bytes of an entry's digest, a node that of a one byte and its two children; a tree of n leaves is divided
at the largest power of two below n. Hashes and digests go in and out as hexadecimal text. Entries are counted
from 1, leaves from 0. (pymerkle is GPL and cannot be shipped with this; it is a witness in ``validation``.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

LONGEST = 64
"""No proof of a tree that could ever be is longer."""

_WIDE = 32


@dataclass(frozen=True, slots=True, repr=False)
class Tree:
    """A whole tree, kept level by level from the leaves to the root, 64 bytes for each leaf.

    A node that has no neighbour on its level goes up as it is: the tree is the same as divided from the top.
    """

    size: int
    levels: tuple[bytes, ...]

    @classmethod
    def of(cls, digests: Iterable[str]) -> Tree:
        """The tree over digests, in order. Raises ValueError for what is not hexadecimal."""
        level = b"".join(sha256(b"\0" + bytes.fromhex(each)).digest() for each in digests)
        size, levels = len(level) // _WIDE, [level]
        while len(level) > _WIDE:
            paired = len(level) // (2 * _WIDE) * 2 * _WIDE
            nodes = [sha256(b"\1" + level[at : at + 64]).digest() for at in range(0, paired, 2 * _WIDE)]
            level = b"".join(nodes) + level[paired:]
            levels.append(level)
        return cls(size, tuple(levels))

    @property
    def root(self) -> str:
        """The one hash; of no leaves, the SHA-256 of nothing."""
        return self.levels[-1].hex() if self.size else sha256().hexdigest()

    def inclusion(self, index: int) -> tuple[str, ...]:
        """The proof that the leaf ``index`` is in this tree, from the leaf up (RFC 6962, 2.1.1).

        Raises IndexError where there is no such leaf.
        """
        if not 0 <= index < self.size:
            raise IndexError(f"there is no leaf {index} of {self.size}")
        path = []
        for level in self.levels[:-1]:
            neighbour = index ^ 1
            if neighbour * _WIDE < len(level):
                path.append(_at(level, neighbour))
            index >>= 1
        return tuple(path)

    def consistency(self, earlier: int) -> tuple[str, ...]:
        """The proof that this tree begins with the one over its first ``earlier`` leaves (RFC 6962, 2.1.2).

        Raises ValueError for less than one leaf, or more than there are.
        """
        if not 0 < earlier <= self.size:
            raise ValueError(
                f"a tree of {self.size} leaves goes on from 1 to {self.size}, not from {earlier}"
            )
        start, end, whole, path = 0, self.size, True, []
        while earlier != end:
            middle = start + (1 << (end - start - 1).bit_length() - 1)
            if earlier <= middle:
                path.append(self._node(middle, end))
                end = middle
            else:
                path.append(self._node(start, middle))
                start, whole = middle, False
        if not whole:
            path.append(self._node(start, end))
        return tuple(reversed(path))

    def _node(self, start: int, end: int) -> str:
        """The hash over the leaves from ``start`` to before ``end``, which the tree has as one node."""
        height = (end - start - 1).bit_length()
        return _at(self.levels[height], start >> height)


def root(digests: Iterable[str]) -> str:
    """The Merkle root over digests, in order."""
    return Tree.of(digests).root


def inclusion(digests: Iterable[str], index: int) -> tuple[str, ...]:
    """The proof that the digest in place ``index`` (from 0) is among them. For several proofs, keep a
    :class:`Tree`."""
    return Tree.of(digests).inclusion(index)


def check_inclusion(root: str, size: int, index: int, digest: str, path: Sequence[str]) -> bool:
    """Whether ``path`` proves that ``digest`` is leaf ``index`` of the tree of this root and size.

    The algorithm of RFC 9162, 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    place, last = index, size - 1
    found = sha256(b"\0" + bytes.fromhex(digest)).digest()
    for each in map(bytes.fromhex, path):
        if last == 0:
            return False
        if place & 1 or place == last:
            found = _over(each, found)
            place, last = _up_to_right(place, last)
        else:
            found = _over(found, each)
        place, last = place >> 1, last >> 1
    return last == 0 and found.hex() == root


def check_consistency(
    earlier: str, earlier_size: int, later: str, later_size: int, path: Sequence[str]
) -> bool:
    """Whether ``path`` proves that the later tree (by its root) begins with the earlier one.

    The algorithm of RFC 9162, 2.1.4.2.
    """
    if earlier_size == later_size:
        return earlier == later and not path
    if not 0 < earlier_size < later_size or not path:
        return False
    whole = earlier_size & (earlier_size - 1) == 0
    hashes = [bytes.fromhex(each) for each in ([earlier, *path] if whole else path)]
    place, last = earlier_size - 1, later_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = _over(each, old), _over(each, new)
            place, last = _up_to_right(place, last)
        else:
            new = _over(new, each)
        place, last = place >> 1, last >> 1
    return last == 0 and old.hex() == earlier and new.hex() == later


def _up_to_right(place: int, last: int) -> tuple[int, int]:
    """Up past the levels on which a node has no neighbour, to where it is the right one of two."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _over(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def _at(level: bytes, place: int) -> str:
    return level[place * _WIDE : (place + 1) * _WIDE].hex()
