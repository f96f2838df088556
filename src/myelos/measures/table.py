"""What the TOML of a measure holds, as frozen values: sources, items, outputs. Nothing here is scored.

Labels are our own short words; a scale's manual, and its wording, stay with whoever publishes it. Every row
names a source, and every source says how it was obtained: ``seen``, ``derived`` from what was seen,
``recalled`` from memory, or ``proposal`` (ours).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from myelos.acts import Code, Text
from myelos.measures.outputs import Better, Kind
from myelos.shapes import value

Status = Literal["seen", "derived", "recalled", "proposal"]
Points = Annotated[int, Field(ge=-10_000, le=10_000)]
"""A value of a scale; no scale in use has more of them, and each is held ready."""


@value
class Words:
    """A short label in both languages."""

    en: Text
    ja: Text


@value
class Source:
    """Where a row comes from and how it was obtained; rows name it by ``id``."""

    id: Code
    text: Text
    status: Status


@value
class Choice:
    """One code that may be written, with its label."""

    code: Code
    label: Words


# What an item takes ----------------------------------------------------------------------------------------


@value
class Whole:
    """A whole number: from ``low`` to ``high``, or one of ``values`` where the scale skips some."""

    kind: Literal["whole"]
    low: Points | None = None
    high: Points | None = None
    values: tuple[Points, ...] = ()

    @property
    def allowed(self) -> tuple[int, ...]:
        """Every number allowed, least first."""
        if self.values or self.low is None or self.high is None:
            return self.values
        return tuple(range(self.low, self.high + 1))


@value
class Coded:
    """One of several codes: named levels, or a coded observation."""

    kind: Literal["coded"]
    codes: tuple[Choice, ...]

    @property
    def allowed(self) -> tuple[str, ...]:
        """Every code, in the order of the table."""
        return tuple(choice.code for choice in self.codes)


@value
class YesNo:
    """``yes`` or ``no``."""

    kind: Literal["yes-no"]

    @property
    def allowed(self) -> tuple[str, ...]:
        return ("no", "yes")


@value
class Measured:
    """An amount in ``unit``, from ``low`` or above ``above``, up to ``high``; or a word (``not-able``)."""

    kind: Literal["amount"]
    unit: str
    low: Decimal | None = None
    above: Decimal | None = None
    high: Decimal | None = None
    words: tuple[Choice, ...] = ()


@value
class IsncsciScore:
    """A cell of ISNCSCI: 0 to ``top`` (5 motor, 2 sensory), with ``*`` or ``**`` where a tag applies."""

    kind: Literal["isncsci-score"]
    top: Literal[5, 2]


Takes = Annotated[Whole | Coded | YesNo | Measured | IsncsciScore, Field(discriminator="kind")]


@value
class Item:
    """What the examiner enters.

    ``untested`` are the words for *could not be tested*; where there is none, the item must be scored.
    """

    id: Code
    label: Words
    takes: Takes
    untested: tuple[Code, ...] = ("NT",)
    source: Code


# How an output comes about: a closed set -------------------------------------------------------------------


@value
class Sum:
    """The sum of whole-number items."""

    kind: Literal["sum"]
    items: tuple[Code, ...]


@value
class ItemItself:
    """An item as it is: a number, an amount, a code, yes or no."""

    kind: Literal["item"]
    item: Code


@value
class Speed:
    """``metres`` divided by the seconds of an amount item; the word ``still`` says 0."""

    kind: Literal["speed"]
    item: Code
    metres: Annotated[Decimal, Field(gt=0)]
    still: Code


@value
class Able:
    """Two categories of an amount item: the word ``unable``, and ``able`` for any amount."""

    kind: Literal["able"]
    item: Code
    unable: Code


@value
class Classified:
    """An output, or a sum, of :func:`myelos.isncsci.classify`, by its name there; or ``motor_total``."""

    kind: Literal["isncsci"]
    output: Code


How = Annotated[Sum | ItemItself | Speed | Able | Classified, Field(discriminator="kind")]


@value
class OutputRow:
    """One output as the table declares it: a number with its range and unit, or a category with its values.

    ``categories`` stand in order, unless ``better`` is ``none``.
    """

    name: Code
    label: Words
    kind: Kind
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str | None = None
    categories: tuple[Code, ...] = ()
    better: Better
    how: How
    source: Code


@value
class Missing:
    """What an item that is not there at all means: ``forbidden`` (a finding), or ``unknown`` as if untested.

    No measure here is prorated: no published rule for it could be read with certainty.
    """

    rule: Literal["forbidden", "unknown"]
    source: Code


@value
class Measure:
    """One scale in one edition. Items and outputs stand in the order of a form and of a report."""

    id: Code
    edition: Text
    label: Words
    sources: tuple[Source, ...]
    missing: Missing
    scoring: Literal["table", "isncsci"] = "table"
    items: tuple[Item, ...]
    outputs: tuple[OutputRow, ...]

    @property
    def source(self) -> Source:
        """The first of the sources: the publication the measure is named after."""
        return self.sources[0]

    def item(self, item_id: str) -> Item:
        """The item of that id. Raises KeyError for another name."""
        for each in self.items:
            if each.id == item_id:
                return each
        raise KeyError(f"{item_id} of {self.id}")

    def output(self, name: str) -> OutputRow:
        """The declared output of that name. Raises KeyError for another name."""
        for each in self.outputs:
            if each.name == name:
                return each
        raise KeyError(f"{name} of {self.id}")

    def __hash__(self) -> int:
        return hash((self.id, self.edition))
