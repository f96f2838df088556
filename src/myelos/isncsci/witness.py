"""One examination for each value an open output can take: proof that the value is possible, and by which
scores.

A list of possible values convinces when each comes with a completion: scores for the open cells that give it.
They are found with the rules over sets by self-reduction: the open cells are taken in the order of the
record, a whole block at its greatest or at its least where the wanted value stays possible, else in halves,
down to single cells; since the sets are exact, some class of every cell keeps the value. The examination so
reached is fully known and is classified by the plain rules, which must agree; it is the witness of every
value of it that has none yet. Source: spec, section "Cells that could not be tested" (certainty H).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from myelos.findings import Finding
from myelos.isncsci import possible, rules, steps
from myelos.isncsci.classification import known_sets, rule_numbers, written, zones_of
from myelos.isncsci.editions import OUTPUTS, Edition, Reading, RuleSet, rules_of
from myelos.isncsci.exam import Exam, KnownExam
from myelos.isncsci.narrowing import Sheet


@dataclass(frozen=True, slots=True)
class Witness:
    """A completion of an examination, and what it shows to be possible.

    - ``outputs``: the pairs (output, value) it is the witness of, in the order of OUTPUTS; every possible
      value of an open output has one witness.
    - ``cells``: the score it gives to each cell whose true score was open (NT, or a tag that leaves a
      choice), as written (``3``, ``yes``), in the order of CELLS. Of the scores that the rules do not tell
      apart (1 and 2, 3 and 4) it is the least the cell may have.
    - ``exam``: the completion, as the plain rules take it.
    """

    outputs: tuple[tuple[str, str], ...]
    cells: tuple[tuple[str, str], ...]
    exam: KnownExam


def witnesses(
    exam: Exam, reading: Reading = Reading.MYELOS, edition: Edition = Edition.Y2019
) -> tuple[Witness, ...]:
    """A witness for each possible value of each output of ``exam`` that is not determined; none if all are.

    The values are those of :func:`~myelos.isncsci.classify` under the same ``reading`` and ``edition``. The
    same examination always has the same witnesses. Raises Refused as :func:`~myelos.isncsci.classify`.
    """
    chosen = rules_of(edition, reading)
    search = _Search(Sheet(exam, chosen), chosen)
    return tuple(search.witnesses())


class _Search:
    """Completions of a sheet for the values that have no witness yet."""

    def __init__(self, sheet: Sheet, chosen: RuleSet) -> None:
        self._sheet, self._chosen = sheet, chosen
        self._open = sheet.open()
        self._read = tuple(sheet.masks)
        self._rules, self._work = rule_numbers(chosen), possible.workspace()
        self._asked: dict[tuple[int, ...], list[int]] = {}
        sets = self._sets()
        self._wanted = [
            (place, 1 << bit)
            for place, output in enumerate(OUTPUTS)
            if output in chosen.outputs and sets[place].bit_count() > 1
            for bit in range(sets[place].bit_length())
            if sets[place] >> bit & 1
        ]

    def witnesses(self) -> Iterator[Witness]:
        """The least and the greatest completion first, then one for the first value without a witness."""
        for greatest in (False, True):
            if self._wanted:
                self._restore()
                self._extreme(self._open, greatest)
                yield from self._found()
        while self._wanted:
            self._restore()
            place, value = self._wanted[0]
            if not self._settle(self._open, place, value):
                raise AssertionError(f"{OUTPUTS[place]} {value:b} of {self._sheet.exam.id} is not reached")
            yield from self._found()

    def _sets(self) -> list[int]:
        right, left = self._sheet.sides
        vac, anal = self._sheet.answers
        key = (*right, *left, vac, anal)
        found = self._asked.get(key)
        if found is None:
            found = self._asked[key] = [0] * possible.RESULT_SIZE
            possible.possible(right, left, vac, anal, self._rules, self._work, found)
        return found

    def _restore(self) -> None:
        for cell in self._open:
            self._sheet.put(cell, self._read[cell])

    def _extreme(self, block: Sequence[int], greatest: bool) -> None:
        for cell in block:
            mask = self._read[cell]
            self._sheet.put(cell, 1 << mask.bit_length() - 1 if greatest else mask & -mask)

    def _settle(self, block: Sequence[int], place: int, value: int) -> bool:
        """Give every cell of ``block`` one class so that ``value`` stays possible; False if that cannot
        be."""
        for greatest in (True, False):
            self._extreme(block, greatest)
            if self._sets()[place] & value:
                return True
        if len(block) == 1:
            cell = block[0]
            for bit in range(self._read[cell].bit_length()):
                if self._read[cell] >> bit & 1:
                    self._sheet.put(cell, 1 << bit)
                    if self._sets()[place] & value:
                        return True
            return False
        for cell in block:
            self._sheet.put(cell, self._read[cell])
        half = len(block) // 2
        return self._settle(block[:half], place, value) and self._settle(block[half:], place, value)

    def _found(self) -> Iterator[Witness]:
        """The completion as a witness of what has none yet, by the plain rules; nothing where all has."""
        known = self._sheet.known()
        sets = known_sets(known, rules.find(known, self._chosen))
        told = [(place, value) for place, value in self._wanted if sets[place] & value]
        if sets[: possible.JOINT] != self._sets()[: possible.JOINT]:
            raise AssertionError(
                f"the two forms of the rules differ on a completion of {self._sheet.exam.id}"
            )
        self._wanted = [pair for pair in self._wanted if pair not in told]
        if told:
            sheet = self._sheet
            cells = tuple((sheet.names[cell], sheet.texts(cell, sheet.masks[cell])[0]) for cell in self._open)
            outputs = tuple((OUTPUTS[place], written(OUTPUTS[place], value)[0]) for place, value in told)
            yield Witness(outputs, cells, known)


def steps_to(output: str, known: KnownExam, chosen: RuleSet) -> tuple[Finding, ...]:
    """The steps of a fully tested examination that lead to one of its outputs, in their order.

    A level of the four leads to the NLI when it is that level; a motor level to the grade when function far
    below it was asked for, the NLI when muscles below it were counted. Raises KeyError for another output.
    """
    kind, _, side = output.rpartition("_") if output.endswith(("_right", "_left")) else (output, "", "")
    found = rules.find(known, chosen)
    taken = steps.taken(known, found, rules.ais(found), zones_of(known, found))
    codes = _CODES[kind]
    present = {_code(step) for step in taken}
    if kind == "ais":
        codes = codes | (_MOTOR if present & _FAR else set()) | ({"nli"} if present & _COUNTED else set())
    elif kind in ("motor", "zpp_motor") and any(
        _code(step) in _BY_SENSATION and step.params["side"] == side for step in taken
    ):
        codes = codes | _SENSORY
    leading = [step for step in taken if _code(step) in codes]
    if side:
        return tuple(step for step in leading if step.params.get("side", side) == side)
    return tuple(step for step in leading if kind != "nli" or _is_the_level(step, found))


def _code(step: Finding) -> str:
    return step.code.removeprefix("isncsci.")


def _is_the_level(step: Finding, found: rules.Found) -> bool:
    """Whether a step about one of the four levels is about one that is the NLI; True for other steps."""
    if "side" not in step.params:
        return True
    kind = "sensory" if _code(step) in _SENSORY else "motor"
    return bool(getattr(found, f"{kind}_{step.params['side']}") == found.nli)


_BY_SENSATION = frozenset(("motor-follows-sensory", "motor-s3-by-sensation"))
_SENSORY = frozenset(("sensory-intact", "sensory-level"))
_MOTOR = _BY_SENSATION | {"motor-intact", "motor-level", "motor-s3-by-contraction"}
_FAR = frozenset(("far-muscles", "far-non-key", "nothing-far"))
_COUNTED = frozenset(("at-least-half-useful", "under-half-useful", "tie-open", "works-below-nli",
                      "nothing-below-nli"))  # fmt: skip
_ANAL = frozenset(("dap-yes", "dap-no", "anal-sensation-yes", "anal-sensation-no", "sacral-sensation",
                   "no-sacral-sensation"))  # fmt: skip
_VAC = frozenset(("vac-yes", "vac-no"))
_COMPLETE = _ANAL | _VAC | {"normal-everywhere", "complete", "incomplete"}
_MOTOR_COMPLETE = frozenset(("motor-complete", "motor-incomplete-by-vac", "motor-incomplete-by-muscles"))
_CODES: dict[str, frozenset[str]] = {
    "sensory": _SENSORY,
    "motor": _MOTOR,
    "nli": _SENSORY | _MOTOR | {"nli", "nli-intact-but-contraction"},
    "complete": _COMPLETE,
    "ais": _COMPLETE | _FAR | _MOTOR_COMPLETE | _COUNTED | {"grade"},
    "zpp_sensory": _ANAL | {"sensory-zone", "no-sensory-zone", "no-zone-incomplete"},
    "zpp_motor": _VAC | _MOTOR | _FAR | {"motor-zone", "no-motor-zone", "no-zone-incomplete"},
}
"""The steps that may lead to an output, by its name without the side."""
