"""What is known of one output of a measure, what a rule may ask of it, and how it changed.

An output is the set of values it takes when every item that could not be scored runs over all it may be: for
a category the categories, for a number its two bounds. So a question has three answers, and only two of them
decide anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Literal

from myelos.acts import Code, Text
from myelos.answers import Answer
from myelos.quantities import Amount
from myelos.shapes import value

Kind = Literal["number", "category"]
Better = Literal["higher", "lower", "none"]
"""Which way is better: greater numbers and later categories, the other way, or neither (no order at all)."""


def _answer(always: bool, never: bool) -> Answer:
    return Answer.YES if always else Answer.NO if never else Answer.UNKNOWN


@value
class Output:
    """One output of one record: of which ``measure`` and ``edition``, its ``name``, and which way is better.

    A category has ``categories``, all there are, in order (worst to best, or the other way where ``better``
    is ``lower``), and ``possible``, those it can be, in that order; none when the edition claims nothing. A
    number has ``unit`` and the bounds ``low`` and ``high``, both inclusive, None where there is none.
    """

    measure: Code
    edition: Text
    name: Code
    kind: Kind
    better: Better
    unit: str | None = None
    categories: tuple[Code, ...] = ()
    possible: tuple[Code, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def known(self) -> bool:
        """Whether it can be one value only."""
        if self.kind == "category":
            return len(self.possible) == 1
        return self.low is not None and self.low == self.high

    def only(self) -> str | Decimal:
        """The value of a known output. Raises ValueError when it is not known."""
        if not self.known:
            raise ValueError(f"{self.name} of {self.measure} is only known to be {self}")
        return self.possible[0] if self.kind == "category" else self.low  # type: ignore[return-value]

    def is_one_of(self, values: Iterable[str]) -> Answer:
        """Whether the value is one of ``values``: categories, or numbers as they are written (``"2"``).

        Raises ValueError for a value that is no category of this output, or no number.
        """
        wanted = tuple(values)
        if self.kind == "number":
            return self._one_of_numbers(wanted)
        if unknown := set(wanted) - set(self.categories):
            raise ValueError(f"{', '.join(sorted(unknown))}: no category of {self.name}")
        within = [each in wanted for each in self.possible]
        return _answer(always=bool(within) and all(within), never=bool(within) and not any(within))

    def _one_of_numbers(self, wanted: tuple[str, ...]) -> Answer:
        try:
            numbers = [Decimal(each) for each in wanted]
        except InvalidOperation as error:
            raise ValueError(f"{', '.join(wanted)}: not all are numbers") from error
        reached = any(self._reaches(number) for number in numbers)
        return _answer(always=self.known and reached, never=not reached)

    def _reaches(self, number: Decimal) -> bool:
        return (self.low is None or self.low <= number) and (self.high is None or number <= self.high)

    def within(
        self, low: Decimal | int | Amount | None = None, high: Decimal | int | Amount | None = None
    ) -> Answer:
        """Whether the number lies from ``low`` to ``high``, both inclusive; None is no limit.

        Raises TypeError for a category, and for an amount in another unit.
        """
        if self.kind != "number":
            raise TypeError(f"{self.name} is a category, which lies within no range")
        return _within(self.low, self.high, _plain(low, self.unit), _plain(high, self.unit))

    def __str__(self) -> str:
        if self.kind == "category":
            return " | ".join(self.possible)
        return _span(self.low, self.high)


def _plain(limit: Decimal | int | Amount | None, unit: str | None) -> Decimal | None:
    if isinstance(limit, Amount):
        if limit.unit != unit:
            raise TypeError(f"{limit} is not in {unit}")
        return limit.value
    return None if limit is None else Decimal(limit)


def _within(least: Decimal | None, most: Decimal | None, low: Decimal | None, high: Decimal | None) -> Answer:
    above = low is None or (least is not None and least >= low)
    below = high is None or (most is not None and most <= high)
    too_low = low is not None and most is not None and most < low
    too_high = high is not None and least is not None and least > high
    return _answer(always=above and below, never=too_low or too_high)


def _span(low: Decimal | None, high: Decimal | None) -> str:
    if low is not None and low == high:
        return f"{low:f}"
    return f"{'' if low is None else f'{low:f}'}–{'' if high is None else f'{high:f}'}"


@value
class Change:
    """How an output changed: after less before, in ``unit`` (categories: in steps of their order).

    ``low`` and ``high`` bound the difference, None where there is no bound; whatever was untested before is
    taken to be free of what was untested after. ``same`` says whether the two values are equal. Of categories
    without order only ``same`` is known.
    """

    measure: Code
    name: Code
    better: Better
    unit: str | None
    same: Answer
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def known(self) -> bool:
        """Whether the difference can be one number only."""
        return self.low is not None and self.low == self.high

    def gain_at_least(self, steps: Decimal | int | Amount) -> Answer:
        """Whether it became better by ``steps`` or more. Raises ValueError where neither way is better."""
        return self._moved(steps, up=self.better == "higher")

    def loss_at_least(self, steps: Decimal | int | Amount) -> Answer:
        """Whether it became worse by ``steps`` or more. Raises ValueError where neither way is better."""
        return self._moved(steps, up=self.better == "lower")

    def _moved(self, steps: Decimal | int | Amount, up: bool) -> Answer:
        if self.better == "none":
            raise ValueError(f"{self.name} of {self.measure} has no better and no worse")
        least = _plain(steps, self.unit)
        if least is None or least <= 0:
            raise ValueError(f"{steps} is no step")
        return _within(self.low, self.high, least if up else None, None if up else -least)

    def __str__(self) -> str:
        return _span(self.low, self.high)


def change(before: Output, after: Output) -> Change:
    """The difference of one output between two records of one person.

    Raises ValueError for outputs of different names, measures or editions: score the older record again, or
    reclassify it, under one edition first, so that no difference of editions passes as a change.
    """
    first, second = ((each.measure, each.edition, each.name) for each in (before, after))
    if first != second:
        raise ValueError(f"{' '.join(first)} and {' '.join(second)} cannot be compared")
    if after.kind == "number":
        low, high = _less(after.low, before.high), _less(after.high, before.low)
        same = _same_number(before, after)
    else:
        steps = _steps(before, after)
        low, high = min(steps, default=None), max(steps, default=None)
        same = _same_category(before, after)
    return Change(
        measure=after.measure,
        name=after.name,
        better=after.better,
        unit=after.unit,
        same=same,
        low=low,
        high=high,
    )


def _less(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one - other


def _steps(before: Output, after: Output) -> list[Decimal]:
    if after.better == "none":
        return []
    places = {category: Decimal(place) for place, category in enumerate(after.categories)}
    return [places[new] - places[old] for new in after.possible for old in before.possible]


def _same_number(before: Output, after: Output) -> Answer:
    apart = _within(after.low, after.high, before.low, before.high) is Answer.NO
    return _answer(always=before.known and before.low == after.low == after.high, never=apart)


def _same_category(before: Output, after: Output) -> Answer:
    old, new = set(before.possible), set(after.possible)
    return _answer(always=len(old) == 1 and old == new, never=bool(old and new) and not old & new)
