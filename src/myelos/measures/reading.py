"""Read one item as it was entered: a value of its kind, or unknown; a fault is told and is unknown too."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from myelos.findings import Param
from myelos.isncsci.records import shown
from myelos.measures.table import Coded, IsncsciScore, Item, Measured, Takes, Whole, YesNo
from myelos.quantities import Amount

Tell = Callable[[str, str, dict[str, Param]], None]
"""How a fault is told: code, item, parameters."""

Held = int | str | Amount | None
"""What is held of an item: its value, or None for what is not known."""

Reader = Callable[[object, Tell], Held]
"""What reads one item: None in is an item that is not there, None out is unknown."""

UNTESTED = ("NT", "UN")
"""What scales write for *could not be tested*; where an item does not permit it, that is told as such."""

_Take = Callable[[object], int | str | Amount]
"""What takes an entered value; raises :class:`_Fault` with the code of what is wrong with it."""


class _Fault(Exception):
    pass


def reader_of(item: Item, missing_forbidden: bool) -> Reader:
    """The reader of an item, made once a measure."""
    take, untested = _taker(item), frozenset(item.untested)
    allowed = ", ".join([*_allowed(item.takes), *item.untested])

    def read(entered: object, tell: Tell) -> Held:
        if entered is None or entered == "":
            if missing_forbidden:
                tell("measures.missing-item", item.id, {"item": item.id})
            return None
        if isinstance(entered, str) and entered in untested:
            return None
        try:
            return take(entered)
        except _Fault as fault:
            params: dict[str, Param] = {"item": item.id, "read": _shown(entered), "allowed": allowed}
            if isinstance(item.takes, Measured):
                params["unit"] = item.takes.unit
            untestable = isinstance(entered, str) and entered in UNTESTED
            tell("measures.must-be-scored" if untestable else str(fault), item.id, params)
            return None

    return read


def _shown(entered: object) -> str:
    return shown(str(entered) if isinstance(entered, Amount) else entered)


def _taker(item: Item) -> _Take:
    takes = item.takes
    if isinstance(takes, Whole):
        return _whole(takes)
    if isinstance(takes, Measured):
        return _measured(takes)
    if isinstance(takes, IsncsciScore):
        raise TypeError(f"{item.id}: cells of ISNCSCI are read by myelos.isncsci")
    return _coded(takes)


def _whole(takes: Whole) -> _Take:
    known = frozenset(takes.allowed)
    least, most = takes.allowed[0], takes.allowed[-1]

    def take(entered: object) -> int:
        if type(entered) is not int:
            raise _Fault("measures.not-a-whole-number")
        if entered in known:
            return entered
        raise _Fault("measures.skipped-by-the-scale" if least < entered < most else "measures.out-of-range")

    return take


def _coded(takes: Coded | YesNo) -> _Take:
    known = frozenset(takes.allowed)

    def take(entered: object) -> str:
        if isinstance(entered, str) and entered in known:
            return entered
        raise _Fault("measures.not-one-of")

    return take


def _measured(takes: Measured) -> _Take:
    words = frozenset(word.code for word in takes.words)

    def take(entered: object) -> str | Amount:
        if isinstance(entered, str) and entered in words:
            return entered
        amount = _amount(entered)
        if amount is None or amount.unit != takes.unit or not amount.value.is_finite():
            raise _Fault("measures.not-an-amount")
        if not _fits(amount.value, takes):
            raise _Fault("measures.out-of-range")
        return amount

    return take


def _amount(entered: object) -> Amount | None:
    if isinstance(entered, Amount):
        return entered
    try:
        return Amount.of(entered) if isinstance(entered, str) else None
    except ValueError:
        return None


def _fits(number: Decimal, takes: Measured) -> bool:
    below = takes.high is None or number <= takes.high
    above = takes.above is None or number > takes.above
    return below and above and (takes.low is None or number >= takes.low)


def _allowed(takes: Takes) -> list[str]:
    """What may be written, for a finding to say."""
    if isinstance(takes, Measured):
        limits = ((">", takes.above), ("≥", takes.low), ("≤", takes.high))
        said = [f"{sign} {limit:f} {takes.unit}" for sign, limit in limits if limit is not None]
        return [*said, *(word.code for word in takes.words)]
    if isinstance(takes, Whole):
        return [str(each) for each in takes.values] or [f"{takes.low}–{takes.high}"]
    return [] if isinstance(takes, IsncsciScore) else list(takes.allowed)
