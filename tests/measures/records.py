"""What the tests of this room draw: records of a measure, and everything an unknown item may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from hypothesis import strategies as st

from myelos.isncsci import Exam
from myelos.isncsci.exam import BLOCKS, SIDES, cell_name
from myelos.measures import Measure
from myelos.measures.table import Item, Measured
from myelos.quantities import Amount

SUMMED = ("barthel", "nihss", "scim-iii")
"""The measures whose outputs are sums."""

BY_TABLE = (
    *SUMMED, "acute-loss", "bladder-bowel", "hand-function", "mri", "mrs", "pain-0-10", "walk-10m",
    "wisci-ii",
)  # fmt: skip
"""Every measure shipped but ISNCSCI."""


def entries(item: Item) -> list[object]:
    """Everything that may be entered for an item, for an amount a few of them."""
    takes = item.takes
    if isinstance(takes, Measured):
        amounts: list[object] = [Amount.of(f"{number} {takes.unit}") for number in ("0.5", "8", "40")]
        return [*amounts, *(word.code for word in takes.words)]
    return list(takes.allowed)  # type: ignore[union-attr]


def records(measure: Measure, open_items: int | None = None) -> st.SearchStrategy[dict[str, object]]:
    """Whole records, or with up to ``open_items`` of the items that permit it untested."""
    whole = st.fixed_dictionaries({item.id: st.sampled_from(entries(item)) for item in measure.items})
    permit = [item for item in measure.items if item.untested]
    if not open_items:
        return whole
    left = st.lists(st.sampled_from(permit), max_size=open_items, unique_by=lambda item: item.id)
    return st.builds(lambda record, items: record | {i.id: i.untested[0] for i in items}, whole, left)


def completions(measure: Measure, record: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """The record with every untested item run over all it may be."""
    left = [item for item in measure.items if record[item.id] in item.untested]
    for values in product(*(entries(item) for item in left)):
        yield {**record, **{item.id: value for item, value in zip(left, values, strict=True)}}


def cells_of(exam: Exam) -> dict[str, object]:
    """An examination as items of the measure ``isncsci``."""
    cells: dict[str, object] = {"vac": exam.vac.value, "dap": exam.dap.value}
    for name in SIDES:
        side = exam.side(name)
        for (block, segments, _), scores in zip(BLOCKS, side.blocks, strict=True):
            cells |= {
                cell_name(name, block, s): str(score) for s, score in zip(segments, scores, strict=True)
            }
        if side.non_key is not None:
            cells[f"{name}_non_key"] = side.non_key.label
    return cells
