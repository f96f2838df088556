"""A small set of cells that alone fixes a result: what of an examination its classification rests on.

A set of cells is a certificate when the examination in which every other cell is NT still gives the same set
of results for the chosen outputs, AIS and NLI jointly. To know more never adds a result, so a set that
contains a certificate is one: cells are dropped while the result stays, whole blocks first and halves of
those that cannot go, and what is left when each has been tried is locally smallest. Several orders are
tried. A lower bound is proven beside it, see :func:`_least`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from myelos.isncsci import possible
from myelos.isncsci.classification import GRADES
from myelos.isncsci.editions import Edition, Reading, rules_of
from myelos.isncsci.exam import CELLS, Answer, Exam, replaced
from myelos.isncsci.narrowing import JOINED, VAC, WHOLE, Held, Oracle, Sheet, is_muscle, segment_of


@dataclass(frozen=True, slots=True)
class Certificate:
    """Cells that alone fix the result of an examination, every other cell NT.

    ``cells`` are their names in the order of CELLS (the last is ``any_anal_sensation`` in place of ``dap``
    under the 1992 edition); ``outputs`` the outputs asked for and ``values`` the results they leave, as
    :meth:`~myelos.isncsci.narrowing.Oracle.values` writes them (``C C5``: AIS and NLI). No single cell can be
    dropped; no certificate has fewer than ``least`` cells (so ``least == len(cells)`` proves it smallest).
    Non-key entries are no cells: they are kept as they were read. A cell with a tag counts as tested, also
    ``NT*`` and ``NT**``, since the tag says what it may be.
    """

    cells: tuple[str, ...]
    outputs: tuple[str, ...]
    values: tuple[str, ...]
    least: int
    edition: Edition
    reading: Reading

    def check(self, exam: Exam) -> bool:
        """Whether these cells of ``exam`` alone give the result, by the rules over sets run anew."""
        chosen = rules_of(self.edition, self.reading)
        sheet = Sheet(only(exam, self.cells), chosen)
        oracle = Oracle(self.outputs, chosen)
        return oracle.values(oracle.held(sheet)) == self.values


def only(exam: Exam, cells: Sequence[str]) -> Exam:
    """``exam`` with every cell but ``cells`` as NT. Raises KeyError for a name that is no cell."""
    if unknown := set(cells) - set(CELLS) - {"any_anal_sensation"}:
        raise KeyError(", ".join(sorted(unknown)))
    made = replaced(exam, {name: "NT" for name in CELLS if name not in cells})
    asked = exam.any_anal_sensation
    if asked is not None and "any_anal_sensation" not in cells:
        asked = Answer.NT
    return Exam(made.id, made.right, made.left, made.vac, made.dap, asked)


def certificate(
    exam: Exam,
    outputs: Sequence[str] = JOINED,
    reading: Reading = Reading.MYELOS,
    edition: Edition = Edition.Y2019,
) -> Certificate:
    """A smallest set found of the cells of ``exam`` that alone fix its result for ``outputs``.

    The same examination always gives the same certificate. Raises ValueError for an output the edition does
    not give, and Refused as :func:`~myelos.isncsci.classify`.
    """
    chosen = rules_of(edition, reading)
    sheet, oracle = Sheet(exam, chosen), Oracle(outputs, chosen)
    work = _Dropping(sheet, oracle)
    needed = [cell for cell in sheet.informed() if not work.stands_without([cell])]
    rest = [cell for cell in sheet.informed() if cell not in needed]
    least = max(len(needed), _least(work, needed, rest))
    found = [*needed, *rest]
    for order in ORDERS:
        kept = [*needed, *work.dropped(sorted(rest, key=order))]
        found = min(found, kept, key=len)
        if len(found) == least:
            break
    names = tuple(sheet.names[cell] for cell in sorted(found))
    return Certificate(names, oracle.outputs, oracle.values(work.target), least, edition, reading)


ORDERS: tuple[Callable[[int], tuple[int, ...]], ...] = (
    lambda cell: (-segment_of(cell), cell),
    lambda cell: (is_muscle(cell) or cell >= VAC, segment_of(cell), cell),
    lambda cell: (not is_muscle(cell), -segment_of(cell), cell),
    lambda cell: (segment_of(cell), -cell),
    lambda cell: (-cell,),
)
"""The orders cells are dropped in: caudal first; sensation, rostral first; muscles, caudal first; rostral
first; from the end of the record."""


class _Dropping:
    """Cells of a sheet made unknown and known again, and whether the result stands."""

    def __init__(self, sheet: Sheet, oracle: Oracle) -> None:
        self._sheet, self._oracle = sheet, oracle
        self.read = tuple(sheet.masks)
        self.target: Held = oracle.held(sheet)
        self.joint = oracle.joint

    def forget(self, cells: Sequence[int]) -> None:
        for cell in cells:
            self._sheet.put(cell, WHOLE[cell])

    def restore(self, cells: Sequence[int]) -> None:
        for cell in cells:
            self._sheet.put(cell, self.read[cell])

    def stands(self) -> bool:
        return self._oracle.held(self._sheet) == self.target

    def stands_without(self, cells: Sequence[int]) -> bool:
        """Whether the result stands when ``cells`` too are unknown; they are known again after."""
        self.forget(cells)
        stands = self.stands()
        self.restore(cells)
        return stands

    def dropped(self, cells: Sequence[int]) -> list[int]:
        """What must stay of ``cells`` when they are dropped in order, all others known; all known after."""
        kept: list[int] = []
        if cells:
            self._drop(cells, kept, fails=False)
        self.restore(cells)
        return kept

    def _drop(self, block: Sequence[int], kept: list[int], fails: bool) -> bool:
        """Drop a block if it can go, else its halves; ``fails`` says that it is known it cannot."""
        if not fails:
            self.forget(block)
            if self.stands():
                return True
            self.restore(block)
        if len(block) == 1:
            kept.extend(block)
            return False
        half = len(block) // 2
        first = self._drop(block[:half], kept, fails=False)
        self._drop(block[half:], kept, fails=first)
        return False

    def breaking(self, cells: Sequence[int]) -> list[int]:
        """A smallest part of ``cells`` without which the result falls, all others known; empty where it
        stands without all of them. All known after."""
        self.forget(cells)
        held: list[int] = []
        if not self.stands():
            self._spare(cells, held)
        self.restore(cells)
        return held

    def _spare(self, block: Sequence[int], held: list[int]) -> None:
        self.restore(block)
        if not self.stands():
            return
        self.forget(block)
        if len(block) == 1:
            held.extend(block)
            return
        half = len(block) // 2
        self._spare(block[:half], held)
        self._spare(block[half:], held)


def _least(work: _Dropping, needed: Sequence[int], rest: Sequence[int]) -> int:
    """A number of cells that no certificate goes below.

    Three facts are added up over cells that do not overlap. A cell without which the result falls though all
    others are known (``needed``) is in every certificate. Of a set of cells without which it falls at least
    one is. And by R5.4 a certificate of AIS D holds at least half of the n key muscles below the NLI at 3 or
    more, one of AIS C more than half under 3: were it fewer, the rest could all be weak (or all be 5), and
    the grade or the level would be another.
    """
    counted, wanted = _majority(work)
    total = max(wanted, sum(cell in counted for cell in needed))
    total += sum(cell not in counted for cell in needed)
    left = [cell for cell in rest if cell not in counted]
    while breaking := work.breaking(left):
        total += 1
        left = [cell for cell in left if cell not in breaking]
    return total


def _majority(work: _Dropping) -> tuple[frozenset[int], int]:
    """The muscles below the NLI that speak for the one grade C or D found, and how many of them it takes."""
    held = work.target if work.joint else ()
    pairs = [(grade, levels) for grade, levels in zip(GRADES, held, strict=False) if levels]
    if len(pairs) != 1 or pairs[0][0] not in "CD" or pairs[0][1].bit_count() != 1:
        return frozenset(), 0
    grade, nli = pairs[0][0], pairs[0][1].bit_length() - 1
    against = 0b0011 if grade == "D" else 0b1100  # classes under 3, classes of 3 or more
    muscles = [cell for cell in range(VAC) if is_muscle(cell) and segment_of(cell) > nli]
    counted = frozenset(cell for cell in muscles if not work.read[cell] & against)
    one_side: int = possible.POP[possible.BELOW[nli]]
    return counted, one_side if grade == "D" else one_side + 1
