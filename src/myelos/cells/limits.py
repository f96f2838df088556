"""What a protocol asks of the cells, as plain values: specifications, windows, passages, storage.

A protocol resolves its product (and the site's settings) into :class:`Limits`; this room never looks for a
limit anywhere else and has no default for any.
"""

from __future__ import annotations

from enum import StrEnum

from myelos.acts import Code, Text
from myelos.cells.dose import DoseRule, InfusionRule
from myelos.cells.label_templates import Template
from myelos.findings import Finding
from myelos.quantities import Amount
from myelos.shapes import value


class SpecificationKind(StrEnum):
    """How a result is held against a specification. A new kind is code; a new specification is a row."""

    AT_LEAST = "at-least"
    AT_MOST = "at-most"
    BETWEEN = "between"
    IS = "is"


@value
class Specification:
    """One release test: a result of it is in range or not.

    ``low`` and ``high`` are inclusive, in the unit a result must have; ``allowed`` holds the words a result
    of kind ``is`` may be (``negative``). ``may_be_pending``: a conditional release may go ahead of it.
    """

    id: Code
    kind: SpecificationKind
    low: Amount | None = None
    high: Amount | None = None
    allowed: tuple[Code, ...] = ()
    may_be_pending: bool = False
    source: Text

    @property
    def unit(self) -> str | None:
        bound = self.low or self.high
        return bound.unit if bound else None

    def unfit(self, result: Amount | str) -> Finding | None:
        """Why ``result`` cannot be held against this at all (a word for a number, another unit)."""
        if self.kind is SpecificationKind.IS:
            if isinstance(result, str):
                return None
            return Finding("cells.result-not-a-word", params={"specification": self.id, "read": str(result)})
        if isinstance(result, Amount) and result.unit == self.unit:
            return None
        params = {"specification": self.id, "read": str(result), "unit": str(self.unit)}
        return Finding("cells.result-wrong-unit", params=params)

    def met_by(self, result: Amount | str) -> bool:
        """Whether a fitting result is in range. Raises TypeError for one that is :meth:`unfit`."""
        if self.unfit(result) is not None:
            raise TypeError(f"{result} is no result of {self.id}")
        if isinstance(result, str):
            return result in self.allowed
        above = self.low is None or result >= self.low
        return above and (self.high is None or result <= self.high)


@value
class SpecificationEdition:
    """The specifications of one edition of the product. A lot keeps the edition it was seeded under."""

    id: Code
    specifications: tuple[Specification, ...]


@value
class Limits:
    """Everything the gates of this room compare with.

    ``match_window``: how long before the start of the infusion the scans of both people may lie, in minutes,
    and so also how far apart they may be. ``thaw_window``: from thawing to the start of the infusion, in
    minutes. ``shelf_life``: from freezing to thawing, in days. ``storage_low`` to ``storage_high``: of frozen
    containers, inclusive. ``most_infusions``: how many bags one person may be given; ``dose`` is the limit of
    each, and its highest that of all together. ``weight_age`` and ``count_age``: how old the weight, and the
    count of the cells, may be at the infusion, in days. ``templates``: the label templates in use on the day,
    None where the site keeps no register of them.
    """

    editions: tuple[SpecificationEdition, ...]
    edition_in_force: Code
    most_passages: int
    shelf_life: Amount
    thaw_window: Amount
    match_window: Amount
    storage_low: Amount
    storage_high: Amount
    most_infusions: int
    dose: DoseRule
    infusion: InfusionRule
    weight_age: Amount
    count_age: Amount
    conditional_release: bool
    conditional_release_role: Code | None = None
    templates: tuple[Template, ...] | None = None
