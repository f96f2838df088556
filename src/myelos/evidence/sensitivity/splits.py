"""The tail over every way the people could be split into index grades, when the split is not certain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from myelos.evidence.sensitivity.bias import tail
from myelos.evidence.study.values import Baseline


@dataclass(frozen=True, slots=True)
class SplitRange:
    """The smallest and largest tail over ``splits`` splits, each with a split that gives it."""

    low: float
    high: float
    low_split: Mapping[str, int]
    high_split: Mapping[str, int]
    splits: int


def splits_of(baseline: Baseline, certain: bool, grades: Sequence[str]) -> Iterator[dict[str, int]]:
    """Every split of the people into ``grades`` that is compatible with what is certain.

    Where the split is certain, people whose code names one grade stay there and the others take each grade
    their code allows; where it is only recalled, everyone may be of any of the grades that occur. None when
    someone may be of a grade that is not among ``grades``: leaving that out would narrow the range silently.
    """
    everyone = {grade for each in baseline.transitions for grade in each.index_grades}
    if not everyone <= set(grades):
        return
    parts = [
        (each.count, sorted(each.index_grades if certain else everyone)) for each in baseline.transitions
    ]
    seen: set[tuple[int, ...]] = set()
    for split in _combined(parts, dict.fromkeys(grades, 0)):
        key = tuple(split.values())
        if key not in seen:
            seen.add(key)
            yield split


def _combined(parts: Sequence[tuple[int, list[str]]], counted: dict[str, int]) -> Iterator[dict[str, int]]:
    merged: dict[tuple[str, ...], int] = {}
    for count, allowed in parts:
        merged[tuple(allowed)] = merged.get(tuple(allowed), 0) + count
    yield from _walk(list(merged.items()), counted)


def _walk(left: list[tuple[tuple[str, ...], int]], counted: dict[str, int]) -> Iterator[dict[str, int]]:
    if not left:
        yield counted
        return
    allowed, count = left[0]
    for share in _compositions(count, len(allowed)):
        grown = dict(counted)
        for grade, people in zip(allowed, share, strict=True):
            grown[grade] += people
        yield from _walk(left[1:], grown)


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Every way to write ``total`` as an ordered sum of ``parts`` whole numbers from 0."""
    if parts == 0:
        if total == 0:
            yield ()
        return
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)


def tail_over_splits(
    splits: Sequence[Mapping[str, int]], rates: Mapping[str, float], improved: int, sd: float
) -> SplitRange | None:
    """The range of P(X >= improved) over the splits, or None when there are none."""
    if not splits:
        return None
    tails = [
        (tail([(n, rates[grade]) for grade, n in split.items()], improved, sd), split) for split in splits
    ]
    low, high = min(tails, key=lambda each: each[0]), max(tails, key=lambda each: each[0])
    kept = [{grade: n for grade, n in split.items() if n} for _, split in (low, high)]
    return SplitRange(low[0], high[0], kept[0], kept[1], len(splits))
