"""One output of a measure as a record keeps it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myelos.findings import Refused
from myelos.protocol.kept_result import Result
from myelos.shapes import faults, plain, read


@pytest.mark.parametrize(
    ("kept", "result"),
    [
        ("14", Result(low=Decimal(14), high=Decimal(14))),
        ("14..16", Result(low=Decimal(14), high=Decimal(16))),
        ("-2.5..", Result(low=Decimal("-2.5"))),
        ("..16", Result(high=Decimal(16))),
        (["C", "D"], Result(possible=("C", "D"))),
        ([], Result()),
    ],
)
def test_a_result_is_kept_as_people_write_it(kept: Any, result: Result) -> None:
    """A number, its bounds, or the categories that are possible; both ways."""
    assert read(Result, kept) == result
    assert plain(result) == kept


@pytest.mark.parametrize(
    "kept",
    ["", "..", "16..14", "14 16", "14-5", "14...16", "NaN", "Infinity", "1" * 90, "C", 14, None, True,
     {"low": "14"}, ["a space"], [""], [3], [["C"]], [{}]],
)  # fmt: skip
def test_what_is_no_result_is_refused(kept: Any) -> None:
    """No guess is made of half a bound, of bounds out of order, or of a category that is none."""
    with pytest.raises(Refused) as refused:
        read(Result, kept)
    assert [each.code for each in refused.value.findings] == ["shapes.wrong-kind"]


@pytest.mark.parametrize(
    "wrong",
    [{"possible": ("C",), "low": Decimal(14)}, {"possible": ("C",), "high": Decimal(0)},
     {"low": Decimal(2), "high": Decimal(1)}],
)  # fmt: skip
def test_no_result_can_be_made_that_could_not_be_kept_whole(wrong: Any) -> None:
    """Categories and a number at once, or bounds out of order, are a fault of the program."""
    with pytest.raises(ValueError, match="no result"):
        Result(**wrong)


def test_a_category_that_is_no_code_is_found_in_a_value_made_in_python() -> None:
    """What was built in Python is held to the same as what is read."""
    assert [each.code for each in faults(Result(possible=("a space",)))] == ["shapes.wrong-kind"]


@given(st.decimals(-999, 999, places=2), st.decimals(0, 999, places=3))
def test_bounds_come_back_as_they_were(low: Decimal, width: Decimal) -> None:
    """Every decimal place of a bound is kept."""
    result = Result(low=low, high=low + width)
    again = read(Result, plain(result))
    assert (str(again.low), str(again.high)) == (str(result.low), str(result.high))
