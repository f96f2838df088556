"""An amount is a number with its unit; nothing converts one, and nothing passes without one."""

from decimal import Decimal
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myelos.acts import Code
from myelos.findings import Refused
from myelos.quantities import UNITS, Amount, In
from myelos.shapes import faults, read, value

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


@value
class Drawn:
    volume: Annotated[Amount, In("mL", most=Amount.of("100 mL"), finest=Amount.of("0.5 mL"))]
    fact: Amount | Code


@pytest.mark.parametrize(
    ("written", "code", "params"),
    [
        ("100.5 mL", "shapes.out-of-range", {"read": "100.5 mL", "limit": "100 mL"}),
        ("0.25 mL", "shapes.out-of-range", {"read": "0.25 mL", "limit": "0.5 mL"}),
        ("-1 mL", "shapes.too-small", {"read": "-1 mL", "least": 0}),
        ("5 kg", "shapes.wrong-unit", {"read": "5 kg", "unit": "mL"}),
        ("5 ml", "shapes.unknown-unit", {"read": "ml"}),
        ("5", "shapes.no-unit", {"read": "5", "unit": "mL"}),
        ("five", "shapes.wrong-kind", {"read": "five", "kind": "amount"}),
        ("five" * 15, "shapes.wrong-kind", {"read": "five" * 15, "kind": "amount"}),
        (5, "shapes.no-unit", {"read": "5", "unit": "mL"}),
        (None, "shapes.wrong-kind", {"read": "None", "kind": "amount"}),
    ],
)
def test_a_faulty_amount_is_found_however_often_it_is_read(
    written: object, code: str, params: dict[str, object]
) -> None:
    """What was read before is remembered, faults included: the same text is the same finding each time."""
    for _ in range(3):
        with pytest.raises(Refused) as refused:
            read(Drawn, {"volume": written, "fact": "yes"})
        assert [(each.code, dict(each.params)) for each in refused.value.findings] == [(code, params)]


def test_limits_hold_for_amounts_made_in_python() -> None:
    """A value built by a program is checked as one that was read; what is no number is none."""
    for amount, code in (
        (Amount.of("101 mL"), "shapes.out-of-range"),
        (Amount.of("0.1 mL"), "shapes.out-of-range"),
        (Amount(Decimal("nan"), "mL"), "shapes.wrong-unit"),
    ):
        assert [each.code for each in faults(Drawn(volume=amount, fact="yes"))] == [code]
    assert faults(Drawn(volume=Amount.of("99.5 mL"), fact=Amount.of("3 d"))) == []


@given(st.lists(st.sampled_from(["3 d", "3", "yes", "40 mL", "no"]), min_size=1, max_size=20))
def test_an_amount_remembered_is_the_amount_written(texts: list[str]) -> None:
    """Reading many texts in any order gives each its own amount, or leaves it the word it is."""
    for text in texts:
        fact = read(Drawn, {"volume": "40 mL", "fact": text}).fact
        assert fact == (Amount.of(text) if " " in text else text)
