"""An amount is a number with its unit; nothing converts one, and nothing passes without one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myelos.quantities import UNITS, Amount

UNIT = st.sampled_from(sorted(UNITS))
NUMBER = st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=6)


@given(NUMBER, UNIT)
def test_an_amount_reads_back_as_it_is_written(number: Decimal, unit: str) -> None:
    """Writing and reading are inverse: no digit and no unit is lost."""
    amount = Amount(number, unit)
    assert Amount.of(str(amount)) == amount


@pytest.mark.parametrize("written", ["0.5e8 cells", "50000000 cells", "5e7 cells", " 5.0E7  cells "])
def test_one_number_may_be_written_in_several_ways(written: str) -> None:
    """Half of 10^8 is one amount, however it is spelt."""
    assert Amount.of(written) == Amount(Decimal(50_000_000), "cells")


NOT_AMOUNTS = ["40", "40 ml", "forty mL", "mL", "", "40mL", "nan mL", "1e999999 mL", "inf mL"]


@pytest.mark.parametrize("written", NOT_AMOUNTS)
def test_what_is_no_amount_is_refused(written: str) -> None:
    """No unit, a unit spelt otherwise, no number, or a number that is none: never a guess."""
    with pytest.raises(ValueError, match=r"is no|no unit"):
        Amount.of(written)


@given(NUMBER, NUMBER, UNIT, UNIT)
def test_amounts_of_two_units_never_meet(one: Decimal, other: Decimal, unit: str, another: str) -> None:
    """Adding, taking away and comparing ask for one unit; a factor of a thousand cannot slip in."""
    first, second = Amount(one, unit), Amount(other, another)
    if unit == another:
        assert (first + second).value == one + other
        assert (first - second).value == one - other
        assert (first < second) == (one < other)
        assert (first >= second) == (one >= other)
        return
    for meet in (lambda: first + second, lambda: first - second, lambda: first < second):
        with pytest.raises(TypeError, match="not one unit"):
            meet()
    assert first != second
