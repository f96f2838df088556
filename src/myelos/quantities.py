"""An amount is a number with its unit, and only a number with its unit.

Written ``40 mL``, ``14 d``, ``0.5e8 cells``. Units are a closed set and are never converted: an amount in
another unit than the one asked for is refused, so no factor of a thousand can slip in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, total_ordering
from typing import Any

from pydantic_core import PydanticCustomError, core_schema

UNITS = frozenset(
    {
        "cells", "cells/kg", "cells/mL", "cells/cm2", "mL", "mL/min", "mL/kg", "kg", "cm2", "ug/mL",
        "s", "min", "h", "d", "y", "degC", "%", "fold", "g/dL", "mmHg", "bpm", "/min", "/uL",
        "EU/mL", "EU/kg", "CFU/mL", "points", "segments", "grades", "people", "passages", "lots",
        "mm", "m/s", "blocks",
    }
)  # fmt: skip
"""Every unit an amount may have: SI and the field's own words; ``d`` are days, ``y`` completed years."""

REMEMBERED, LONGEST = 1024, 40
"""How many texts each kind of amount remembers having read, and how long they may be: a ledger tells few
amounts, and often."""

_WRITTEN = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?)(?:\s+(\S+))?")


Fault = tuple[str, dict[str, str | int]]
"""What is wrong with an amount: a code of a finding, and its parameters."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Amount:
    """A finite number and its unit. Amounts of one unit add, subtract and compare; others raise TypeError."""

    value: Decimal
    unit: str

    @classmethod
    def of(cls, written: str) -> Amount:
        """Read ``"40 mL"``. Raises ValueError without a number, a unit, or a unit of :data:`UNITS`."""
        found = _WRITTEN.fullmatch(written.strip())
        if found is None:
            raise ValueError(f"{written!r} is no amount, which is a number and its unit")
        number, unit = found.groups()
        if unit is None:
            raise ValueError(f"{written!r} has no unit")
        if unit not in UNITS:
            raise ValueError(f"{unit!r} is no unit known here")
        return cls(Decimal(number), unit)

    def _other(self, other: Amount) -> Decimal:
        if not isinstance(other, Amount) or other.unit != self.unit:
            raise TypeError(f"{self} and {other} have not one unit")
        return other.value

    def __lt__(self, other: Amount) -> bool:
        return self.value < self._other(other)

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.value + self._other(other), self.unit)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.value - self._other(other), self.unit)

    def __str__(self) -> str:
        value = self.value.normalize()
        return f"{value:f} {self.unit}" if abs(value.adjusted()) < 7 else f"{value} {self.unit}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        return _schema(None)


@dataclass(frozen=True, slots=True)
class In:
    """For annotations: ``Annotated[Amount, In("mL")]`` takes millilitres only, 0 or more unless told.

    ``least`` is the smallest value allowed; None for a quantity that may be negative (temperature). ``most``
    is the largest, and ``finest`` what every value is a whole multiple of; None where there is no such limit.
    """

    unit: str
    least: int | None = 0
    most: Amount | None = None
    finest: Amount | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        if self.unit not in UNITS:
            raise ValueError(f"{self.unit!r} is no unit known here")
        return _schema(self)

    def fault(self, amount: Amount) -> Fault | None:
        """The first thing that is wrong with an amount, None for none."""
        if amount.unit != self.unit or _unknown(amount):
            return "shapes.wrong-unit", {"read": str(amount), "unit": self.unit}
        if self.least is not None and amount.value < self.least:
            return "shapes.too-small", {"read": str(amount), "least": self.least}
        if self.most is not None and amount > self.most:
            return "shapes.out-of-range", {"read": str(amount), "limit": str(self.most)}
        if self.finest is not None and amount.value % self.finest.value != 0:
            return "shapes.out-of-range", {"read": str(amount), "limit": str(self.finest)}
        return None


def _unknown(amount: Amount) -> bool:
    """An amount made in Python can have any unit, and be no number."""
    return amount.unit not in UNITS or not amount.value.is_finite()


def _schema(limits: In | None) -> core_schema.CoreSchema:
    unit = "?" if limits is None else limits.unit

    def checked(amount: Amount) -> Amount | Fault:
        if limits is not None:
            return limits.fault(amount) or amount
        return ("shapes.wrong-unit", {"read": str(amount), "unit": unit}) if _unknown(amount) else amount

    def written(text: str) -> Amount | Fault:
        found = _amount(text, unit)
        return checked(found) if isinstance(found, Amount) else found

    remembered = lru_cache(maxsize=REMEMBERED)(written)

    def read(plain: object) -> Amount:
        found: Amount | Fault
        if isinstance(plain, str):
            found = remembered(plain) if len(plain) <= LONGEST else written(plain)
        elif isinstance(plain, Amount):
            found = checked(plain)
        elif isinstance(plain, int | float | Decimal) and not isinstance(plain, bool):
            found = "shapes.no-unit", {"read": str(plain), "unit": unit}
        else:
            found = "shapes.wrong-kind", {"read": str(plain), "kind": "amount"}
        if isinstance(found, Amount):
            return found
        raise PydanticCustomError(found[0], "", found[1])

    return core_schema.no_info_plain_validator_function(
        read,
        json_schema_input_schema=core_schema.str_schema(),
        serialization=core_schema.plain_serializer_function_ser_schema(str),
    )


def _amount(written: str, unit: str) -> Amount | Fault:
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        return "shapes.wrong-kind", {"read": written, "kind": "amount"}
    number, written_unit = found.groups()
    if written_unit is None:
        return "shapes.no-unit", {"read": written, "unit": unit}
    if written_unit not in UNITS:
        return "shapes.unknown-unit", {"read": written_unit}
    return Amount(Decimal(number), written_unit)
