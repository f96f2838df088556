"""Compiled loops over one column: texts as Arrow lays them out (string views), and numbers that stand for
others."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

_OPTIONS: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy", "boundscheck": False}

DE_BRUIJN = np.uint64(0x077CB531)
PLACES = np.zeros(32, dtype=np.int64)
"""The place of a single bit, by the top five bits of its product with :data:`DE_BRUIJN` (Leiserson, Prokop
and Randall 1998)."""
for _place in range(32):
    PLACES[((1 << _place) * 0x077CB531 & 0xFFFFFFFF) >> 27] = _place

LONGEST = 8
"""Bytes of the longest text that is recognised here."""


def keys_of(texts: list[str]) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
    """Lengths and bytes (as one number) of texts of at most :data:`LONGEST` bytes, for :func:`from_views`."""
    encoded = [text.encode() for text in texts]
    lengths = np.array([len(each) for each in encoded], dtype=np.uint32)
    return lengths, np.array([int.from_bytes(each, "little") for each in encoded], dtype=np.uint64)


@numba.njit(**_OPTIONS)
def from_views(
    views: NDArray[Any], lengths: NDArray[Any], keys: NDArray[Any], codes: NDArray[Any], digits: NDArray[Any],
    faulty: int, out: NDArray[Any],
) -> int:  # fmt: skip
    """The code of every text, ``faulty`` for one that is not among the keys; how many are faulty.

    ``views`` has a row of four 32-bit numbers a text: its length, then its bytes where it has at most twelve.
    ``digits`` is the code of every single byte, looked up first.
    """
    bad = 0
    for i in range(views.shape[0]):
        length = views[i, 0]
        if length == 1:
            out[i] = digits[views[i, 1] & np.uint32(255)]
            bad += out[i] == faulty
            continue
        code = faulty
        if length <= LONGEST:
            key = np.uint64(views[i, 1]) | (np.uint64(views[i, 2]) << np.uint64(32))
            for k in range(keys.shape[0]):
                if keys[k] == key and lengths[k] == length:
                    code = codes[k]
                    break
        out[i] = code
        bad += code == faulty
    return bad


@numba.njit(**_OPTIONS)
def examples(values: NDArray[Any], example: NDArray[Any]) -> None:
    """For every value that occurs, a row that holds it, into ``example``."""
    for i in range(values.shape[0]):
        example[values[i]] = i


@numba.njit(**_OPTIONS)
def through(values: NDArray[Any], table: NDArray[Any], out: NDArray[Any]) -> None:
    """The entry of ``table`` for every value."""
    for i in range(values.shape[0]):
        out[i] = table[values[i]]


@numba.njit(**_OPTIONS)
def only(sets: NDArray[Any], codes: NDArray[Any], out: NDArray[Any], several: NDArray[Any]) -> int:
    """The code of the one value that a set (bits 0 to 31) holds, by its place; ``several`` marks the others,
    which get code 0; how many those are."""
    open_ = 0
    for i in range(sets.shape[0]):
        held = np.uint64(sets[i])
        if held == 0 or held & (held - np.uint64(1)):
            out[i] = 0
            several[i] = True
            open_ += 1
        else:
            out[i] = codes[PLACES[(held * DE_BRUIJN & np.uint64(0xFFFFFFFF)) >> np.uint64(27)]]
    return open_
