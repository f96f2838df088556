"""Divide what a container holds by volume, so that not one cell is lost or made.

Part i of volumes v1, v2, ... gets floor(N (v1 + ... + vi) / V) - floor(N (v1 + ... + v(i-1)) / V) of N cells
in V mL: whole numbers whose sum is N when everything is divided, each within one cell of its exact share.
Living and dead cells are divided each for themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from myelos.cells.containers import Contents
from myelos.quantities import Amount


def divide(contents: Contents, volumes: Sequence[Amount]) -> tuple[tuple[Contents, ...], Contents]:
    """The parts with the given volumes (mL), and what is left.

    Raises ValueError when they are more than there is: the gate that calls this says so in words.
    """
    whole = Fraction(contents.volume.value)
    edges = [Fraction(0)]
    for volume in volumes:
        edges.append(edges[-1] + Fraction(volume.value))
    if edges[-1] > whole:
        raise ValueError("the parts are more than the whole")
    edges.append(whole)
    viable = _shares(contents.viable, edges, whole)
    dead = _shares(contents.dead, edges, whole)
    left = contents.volume - sum(volumes, start=Amount.of("0 mL"))
    made = tuple(
        Contents(volume, living, gone, contents.counted_at)
        for volume, living, gone in zip((*volumes, left), viable, dead, strict=True)
    )
    return made[:-1], made[-1]


def _shares(count: int | None, edges: Sequence[Fraction], whole: Fraction) -> list[int | None]:
    if count is None or whole == 0:
        return [count if whole else None] * (len(edges) - 1)
    below = [count * edge // whole for edge in edges]
    return [int(high - low) for low, high in pairwise(below)]


def join(parts: Sequence[Contents]) -> Contents:
    """What containers hold together, with the oldest count's time. One uncounted part makes all uncounted."""
    volume = parts[0].volume
    for part in parts[1:]:
        volume = volume + part.volume
    counted = all(part.viable is not None and part.dead is not None for part in parts)
    times = [part.counted_at for part in parts if part.counted_at is not None]
    return Contents(
        volume,
        sum(part.viable or 0 for part in parts) if counted else None,
        sum(part.dead or 0 for part in parts) if counted else None,
        min(times) if counted and times else None,
    )
