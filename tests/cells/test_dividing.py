"""Dividing and joining: not one cell is lost or made, however odd the volumes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cells.story import START, amount

from myelos.cells.containers import Contents
from myelos.cells.dividing import divide, join
from myelos.quantities import Amount

COUNTS = st.integers(0, 10**15)
VOLUMES = st.integers(1, 10**9).map(lambda n: Amount(Decimal(n).scaleb(-6), "mL"))
PARTS = st.lists(VOLUMES, min_size=1, max_size=12)


@given(PARTS, VOLUMES, COUNTS, COUNTS)
def test_parts_and_rest_are_the_whole(volumes: list[Amount], rest: Amount, viable: int, dead: int) -> None:
    """Volume, living and dead cells of all parts and of the rest add up exactly."""
    whole = Contents(sum(volumes, start=rest), viable, dead, START)
    parts, left = divide(whole, volumes)
    assert [part.volume for part in parts] == volumes
    assert left.volume == rest
    assert join([*parts, left]) == whole


@given(PARTS, COUNTS)
def test_each_part_is_within_a_cell_of_its_share(volumes: list[Amount], viable: int) -> None:
    """Of N cells in V mL, v mL get Nv/V, less or more than it by under one cell."""
    whole = Contents(sum(volumes, start=amount("0 mL")), viable, 0, START)
    parts, left = divide(whole, volumes)
    for part in parts:
        share = Fraction(viable) * Fraction(part.volume.value) / Fraction(whole.volume.value)
        assert abs((part.viable or 0) - share) < 1
    assert (left.volume, left.viable, left.dead) == (amount("0 mL"), 0, 0)


def test_a_small_division_worked_out_by_hand() -> None:
    """Ten living and five dead in 4 mL, into 1, 1 and 1 mL: 2, 3, 2 and 1, 1, 1; 3 and 2 are left."""
    whole = Contents(amount("4 mL"), 10, 5, START)
    parts, left = divide(whole, [amount("1 mL")] * 3)
    assert [(part.viable, part.dead) for part in parts] == [(2, 1), (3, 1), (2, 1)]
    assert left == Contents(amount("1 mL"), 3, 2, START)
    assert all(part.counted_at == START for part in parts)


def test_what_nobody_counted_stays_uncounted() -> None:
    """Unknown cells divided are unknown cells."""
    (part,), left = divide(Contents(amount("4 mL")), [amount("4 mL")])
    assert (part.viable, part.dead, left.viable, left.dead) == (None, None, None, None)


def test_more_than_the_whole_cannot_be_divided_out() -> None:
    """The whole can be taken, a drop more cannot."""
    whole = Contents(amount("4 mL"), 10, 5, START)
    divide(whole, [amount("3 mL"), amount("1 mL")])
    with pytest.raises(ValueError, match="more than the whole"):
        divide(whole, [amount("3 mL"), amount("1.000001 mL")])


def test_joined_cells_have_the_age_of_the_oldest_count() -> None:
    """A count's age is never made younger by pooling."""
    late = Contents(amount("1 mL"), 10, 5, START + timedelta(days=1))
    early = Contents(amount("2 mL"), 3, 4, START)
    assert join([late, early]) == Contents(amount("3 mL"), 13, 9, START)


@pytest.mark.parametrize("unknown", [{"viable": None}, {"dead": None}])
def test_one_uncounted_part_makes_the_whole_uncounted(unknown: dict[str, None]) -> None:
    """What is not known of a part is not known of the whole, its count's time neither."""
    counted = Contents(amount("1 mL"), 10, 5, START)
    told = {"viable": 1, "dead": 1, **unknown}
    assert join([counted, Contents(amount("1 mL"), counted_at=START, **told)]) == Contents(amount("2 mL"))


def test_the_total_is_known_when_both_kinds_are() -> None:
    """Living and dead together; one of them unknown, the total is."""
    assert Contents(amount("1 mL"), 10, 5).total == 15
    assert Contents(amount("1 mL"), 10, None).total is None
    assert Contents(amount("1 mL"), None, 5).total is None
