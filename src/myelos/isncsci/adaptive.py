"""An examination in progress: which cells can still change a result, and which to test next.

Meant for a shortened examination whose protocol says beforehand which outputs end it: cells left NT stay NT,
and the motor and sensory sums stay bounds. It is no reason to leave out a cell of an examination whose sums
are wanted. Source: spec, section "Cells that could not be tested" (certainty H).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from myelos.isncsci.can_change import Changes
from myelos.isncsci.editions import Edition, Reading, rules_of
from myelos.isncsci.exam import Exam
from myelos.isncsci.narrowing import JOINED, Held, Oracle, Sheet


def open_cells(
    exam: Exam,
    outputs: Sequence[str] = JOINED,
    reading: Reading = Reading.MYELOS,
    edition: Edition = Edition.Y2019,
) -> tuple[str, ...]:
    """The NT cells of ``exam`` that can still change one of ``outputs``, exactly, in the order of CELLS.

    A cell can when two completions of the examination differ in this cell alone and in one of the outputs. NT
    with a tag is not open to testing and is never listed, but runs over what its tag allows in the
    completions. Under the 1992 edition ``any_anal_sensation`` stands in place of ``dap``. Raises ValueError
    for an output the edition does not give, and Refused as :func:`~myelos.isncsci.classify`.
    """
    chosen = rules_of(edition, reading)
    sheet, oracle = Sheet(exam, chosen), Oracle(outputs, chosen)
    changes = Changes(sheet, oracle.outputs, chosen)
    return tuple(sheet.names[cell] for cell in sheet.untested() if changes.by(cell))


@dataclass(frozen=True, slots=True)
class NextCell:
    """The cell to test next.

    - ``cell``: its name.
    - ``before``: how many results are possible now: pairs of AIS and NLI when both are asked for, times the
      number of values of each other output.
    - ``worst``: how many at most will be once it is tested; ``mean``: over its scores, each counted once.
    - ``after``: for each score it may turn out to have (``3``, ``yes``), the results left, as
      :meth:`~myelos.isncsci.narrowing.Oracle.values` writes them (``C C5``: AIS and NLI).
    """

    cell: str
    before: int
    worst: int
    mean: float
    after: tuple[tuple[str, tuple[str, ...]], ...]


def next_cell(
    exam: Exam,
    outputs: Sequence[str] = JOINED,
    reading: Reading = Reading.MYELOS,
    edition: Edition = Edition.Y2019,
) -> NextCell | None:
    """The NT cell whose worst outcome leaves the fewest results; ties by the fewest on average over its
    scores, then by the order of CELLS.

    Where no single test is sure to tell anything alone, the first of :func:`open_cells`. None when the
    outputs are determined, or when no NT cell can change them (what is open is then due to tags, or to a tie
    that the 1992 edition leaves open). Raises as :func:`open_cells`.
    """
    chosen = rules_of(edition, reading)
    sheet, oracle = Sheet(exam, chosen), Oracle(outputs, chosen)
    before = oracle.size(oracle.held(sheet))
    if before == 1:
        return None
    best: tuple[int, float, int] | None = None
    for cell in sheet.untested():
        found = _outlook(sheet, oracle, cell, before if best is None else best[0])
        if found is not None and (best is None or (*found, cell) < best):
            best = (*found, cell)
    if best is None or best[1] == before:
        changes = Changes(sheet, oracle.outputs, chosen)
        first = next((cell for cell in sheet.untested() if changes.by(cell)), None)
        if first is None:
            return None
        best = (before, float(before), first)
    worst, mean, cell = best
    return NextCell(sheet.names[cell], before, worst, mean, _after(sheet, oracle, cell))


def _outcomes(sheet: Sheet, oracle: Oracle, cell: int, most: int) -> list[tuple[list[str], Held]] | None:
    """What each class of a cell leaves, with the scores of the class; None once one leaves more than
    ``most``."""
    whole, found = sheet.masks[cell], []
    for bit in range(whole.bit_length()):
        sheet.put(cell, 1 << bit)
        held = oracle.held(sheet)
        if oracle.size(held) > most:
            sheet.put(cell, whole)
            return None
        found.append((sheet.texts(cell, 1 << bit), held))
    sheet.put(cell, whole)
    return found


def _outlook(sheet: Sheet, oracle: Oracle, cell: int, most: int) -> tuple[int, float] | None:
    """The greatest and the mean number of results left when a cell is tested; None where it is over
    ``most``."""
    outcomes = _outcomes(sheet, oracle, cell, most)
    if outcomes is None:
        return None
    sizes = [oracle.size(held) for texts, held in outcomes for _ in texts]
    return max(sizes), sum(sizes) / len(sizes)


def _after(sheet: Sheet, oracle: Oracle, cell: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    outcomes = _outcomes(sheet, oracle, cell, oracle.size(oracle.held(sheet))) or []
    return tuple((text, oracle.values(held)) for texts, held in outcomes for text in texts)
