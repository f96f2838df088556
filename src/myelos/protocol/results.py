"""The outputs of a measure as a person's record keeps them, and back to what a rule can ask.

The record keeps what the outputs can be and the edition they were scored under; the measure's table says the
rest (unit, categories in order, which way is better).
"""

from __future__ import annotations

from collections.abc import Mapping

from myelos.findings import Finding, Place
from myelos.measures import Measure, Output, Scored, score
from myelos.protocol.kept_result import Result
from myelos.protocol.person_events import Entered, Taken


def take(measure: Measure, items: Mapping[str, Entered], key: str) -> tuple[Taken, tuple[Finding, ...]]:
    """One measure scored under its edition, with all that scoring found at ``key``."""
    scored = score(measure, items, Place(column=key))
    return Taken(edition=measure.edition, items=items, results=results(scored)), scored.findings


def results(scored: Scored) -> Mapping[str, Result]:
    """What each output can be, as an event keeps it."""
    return {name: _result(each) for name, each in scored.outputs.items()}


def _result(output: Output) -> Result:
    if output.kind == "category":
        return Result(possible=output.possible)
    return Result(low=output.low, high=output.high)


def output(measure: Measure, taken: Taken, name: str) -> Output | None:
    """One output of a record as the measure's table reads it, None where the record has none of that name.

    None too for a record of another edition than the table's: what it would mean now is not known.
    """
    result = taken.results.get(name)
    if result is None or taken.edition != measure.edition:
        return None
    row = measure.output(name)
    return Output(
        measure=measure.id,
        edition=taken.edition,
        name=name,
        kind=row.kind,
        better=row.better,
        unit=row.unit,
        categories=row.categories,
        possible=result.possible,
        low=result.low,
        high=result.high,
    )
