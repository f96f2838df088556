"""One output of a measure as a record keeps it: short text that people can read and a ledger reads fast."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError, core_schema

from myelos.acts import Code

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:E[+-]?[0-9]+)?"
_BOUNDS = re.compile(rf"({_NUMBER})?(\.\.)?({_NUMBER})?")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Result:
    """All that one output of a measure can be: the possible categories, or the bounds of a number.

    Kept as ``["C", "D"]``, or as ``"14"``, ``"14..16"``, ``"14.."``, ``"..16"``; ``[]`` is nothing known.
    Raises ValueError for categories and bounds at once, and for bounds out of order.
    """

    possible: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None

    def __post_init__(self) -> None:
        bounds = [bound for bound in (self.low, self.high) if bound is not None]
        if (self.possible and bounds) or bounds != sorted(bounds):
            raise ValueError(f"{self} is no result: categories, or a number from low to high")

    @property
    def said(self) -> list[str] | str:
        """What is kept."""
        if self.low is None and self.high is None:
            return list(self.possible)
        low, high = ("" if bound is None else str(bound) for bound in (self.low, self.high))
        return low if low == high else f"{low}..{high}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _read,
            json_schema_input_schema=core_schema.union_schema(
                [core_schema.str_schema(), core_schema.list_schema(core_schema.str_schema())]
            ),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda result: result.said),
        )


def _read(kept: object) -> Result:
    if isinstance(kept, Result):
        kept = kept.said
    if isinstance(kept, str) and len(kept) <= _LONGEST:
        return _number(kept)
    if isinstance(kept, list):
        try:
            return _categories(tuple(kept))
        except TypeError as error:  # what cannot be looked up is no text
            raise _wrong(kept) from error
    raise _wrong(kept)


def _wrong(kept: object) -> PydanticCustomError:
    return PydanticCustomError("shapes.wrong-kind", "", {"read": str(kept)[:_LONGEST], "kind": "result"})


@lru_cache(maxsize=4096)
def _number(kept: str) -> Result:
    found = _BOUNDS.fullmatch(kept)
    if found is None:
        raise _wrong(kept)
    low, between, high = found.groups()
    if (low is None and high is None) or (between is None and high is not None):
        raise _wrong(kept)
    least = None if low is None else Decimal(low)
    most = least if between is None else None if high is None else Decimal(high)
    if least is not None and most is not None and least > most:
        raise _wrong(kept)
    return Result(low=least, high=most)


_CODES = TypeAdapter(tuple[Code, ...])


@lru_cache(maxsize=4096)
def _categories(kept: tuple[object, ...]) -> Result:
    try:
        return Result(possible=_CODES.validate_python(kept, strict=True))
    except ValidationError as error:
        raise _wrong(list(kept)) from error
