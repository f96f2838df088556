"""An amount is a number with its unit, and only a number with its unit.

Written ``40 mL``, ``14 d``, ``0.5e8 cells``. Units are a closed set and are never converted: an amount in
another unit than the one asked for is refused, so no factor of a thousand can slip in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import total_ordering
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

_WRITTEN = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?)(?:\s+(\S+))?")


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
        return _schema(None, least=None)


@dataclass(frozen=True, slots=True)
class In:
    """For annotations: ``Annotated[Amount, In("mL")]`` takes millilitres only, 0 or more unless told.

    ``least`` is the smallest value allowed; None for a quantity that may be negative (temperature).
    """

    unit: str
    least: int | None = 0

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        if self.unit not in UNITS:
            raise ValueError(f"{self.unit!r} is no unit known here")
        return _schema(self.unit, self.least)


def _schema(unit: str | None, least: int | None) -> core_schema.CoreSchema:
    def read(plain: object) -> Amount:
        if isinstance(plain, Amount):
            amount = plain
        elif isinstance(plain, str):
            amount = _amount(plain, unit)
        elif isinstance(plain, int | float | Decimal) and not isinstance(plain, bool):
            raise PydanticCustomError("shapes.no-unit", "", {"read": str(plain), "unit": unit or "?"})
        else:
            raise PydanticCustomError("shapes.wrong-kind", "", {"read": str(plain), "kind": "amount"})
        if unit is not None and amount.unit != unit:
            raise PydanticCustomError("shapes.wrong-unit", "", {"read": str(amount), "unit": unit})
        if amount.unit not in UNITS or not amount.value.is_finite():
            raise PydanticCustomError("shapes.wrong-unit", "", {"read": str(amount), "unit": unit or "?"})
        if least is not None and amount.value < least:
            raise PydanticCustomError("shapes.too-small", "", {"read": str(amount), "least": least})
        return amount

    return core_schema.no_info_plain_validator_function(
        read,
        json_schema_input_schema=core_schema.str_schema(),
        serialization=core_schema.plain_serializer_function_ser_schema(str),
    )


def _amount(written: str, unit: str | None) -> Amount:
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        raise PydanticCustomError("shapes.wrong-kind", "", {"read": written, "kind": "amount"})
    number, written_unit = found.groups()
    if written_unit is None:
        raise PydanticCustomError("shapes.no-unit", "", {"read": written, "unit": unit or "?"})
    if written_unit not in UNITS:
        raise PydanticCustomError("shapes.unknown-unit", "", {"read": written_unit})
    return Amount(Decimal(number), written_unit)
