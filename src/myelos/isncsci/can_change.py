"""Whether a cell can still change an output: two completions that differ in this cell alone and in the
output.

Decided without enumerating completions. The side of the cell falls into pairs of classes that the cell can
make (:mod:`~myelos.isncsci.side_classes`), the other side into classes, the answers into yes and no; an
example of each combination is asked the rules over sets (:mod:`~myelos.isncsci.possible`). A score changes an
output somewhere on its scale only if it changes it between two neighbouring classes, so only those are
compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from myelos.isncsci import possible
from myelos.isncsci.classification import rule_numbers
from myelos.isncsci.editions import RuleSet
from myelos.isncsci.narrowing import PER_SIDE, VAC, Oracle, Sheet, is_muscle, partner, segment_of, skin_state
from myelos.isncsci.segments import Segment
from myelos.isncsci.side_classes import Key, SideClasses, State, key_for

_INT = int(Segment.INT)


class Changes:
    """What the open cells of a sheet can change among ``outputs``, under the rules chosen."""

    def __init__(self, sheet: Sheet, outputs: Sequence[str], chosen: RuleSet) -> None:
        # the levels first: most that can change the grade changes the level too, which is asked more cheaply
        ordered = sorted(outputs, key=lambda name: name == "ais")
        asked = [(name, Oracle([name], chosen)) for name in ordered]
        self._outputs = [
            _Output(name, oracle, sheet, chosen)
            for name, oracle in asked
            if oracle.size(oracle.held(sheet)) > 1
        ]

    def by(self, cell: int) -> bool:
        """Whether the cell (its place in CELLS) can change one of the outputs."""
        return any(output.changed_by(cell) for output in self._outputs)


class _Output:
    """One output that is not determined."""

    def __init__(self, name: str, oracle: Oracle, sheet: Sheet, chosen: RuleSet) -> None:
        self.name = name
        self._oracle, self._sheet, self._chosen = oracle, sheet, chosen
        self._rules = rule_numbers(chosen)
        self._non_key = [side[possible.NON_KEY] for side in sheet.sides]
        self._sides: dict[int, SideClasses] = {}
        self._known: dict[tuple[int, Key, Key], bool] = {}

    def changed_by(self, cell: int) -> bool:
        if cell >= VAC:
            return self._by_answer(cell)
        side = int(cell >= PER_SIDE)
        for one, other in self._pairs(side, cell):
            if self._pair_differs(side, one, other):
                return True
        return False

    def _side(self, side: int) -> SideClasses:
        if side not in self._sides:
            key = key_for(self.name, self._non_key[side], self._chosen)
            self._sides[side] = SideClasses(self._sheet.sides[side], key)
        return self._sides[side]

    def _pairs(self, side: int, cell: int) -> list[tuple[State, State]]:
        segment = int(segment_of(cell))
        whole = self._sheet.masks[cell]
        steps = [(1 << i, 2 << i) for i in range(whole.bit_length() - 1)]
        if is_muscle(cell):
            return self._side(side).muscle_pairs(segment, steps)
        fellow = self._sheet.masks[partner(cell)]
        others = [1 << i for i in range(fellow.bit_length()) if fellow >> i & 1]
        made = {(skin_state(a, other), skin_state(b, other)) for a, b in steps for other in others}
        return self._side(side).skin_pairs(segment, sorted(pair for pair in made if pair[0] != pair[1]))

    def _pair_differs(self, side: int, one: State, other: State) -> bool:
        key = self._side(side).key
        asked = (side, key(one, _INT), key(other, _INT))
        counts = (one.level, one.weak) != (other.level, other.weak)
        if not counts and self._by_kind_only:
            asked = (side, self._kind(side, one), self._kind(side, other))
        if asked not in self._known:
            by_kind = self._by_kind_only and not counts
            theirs = self._kinds(1 - side) if by_kind else self._side(1 - side).classes
            self._known[asked] = any(
                self._value(side, one, state, vac, anal) != self._value(side, other, state, vac, anal)
                for state in theirs
                for vac, anal in self._answers()
            )
        return self._known[asked]

    def _answers(self) -> Iterator[tuple[int, int]]:
        vac, anal = self._sheet.answers
        return ((a, b) for a in (1, 2) if a & vac for b in (1, 2) if b & anal)

    @property
    def _by_kind_only(self) -> bool:
        """Whether neither level nor count of weak muscles is asked to tell A, B, motor incomplete and E
        apart.

        Two completions with the same NLI and the same count differ in AIS only by those, so that of each
        :meth:`_kind` one class is enough. Not so in 1992, where function is asked for below the NLI.
        """
        return self.name == "ais" and not self._chosen.motor_below_nli

    def _kind(self, side: int, state: State) -> Key:
        entry = bool(state.motor) and self._non_key[side] > state.motor + 3
        return (state.level == _INT, state.works(), entry, state.sacral)

    def _kinds(self, side: int) -> list[State]:
        found: dict[Key, State] = {}
        for state in self._side(side).classes:
            found.setdefault(self._kind(side, state), state)
        return list(found.values())

    def _by_answer(self, cell: int) -> bool:
        sides = [self._kinds(side) if self._by_kind_only else self._side(side).classes for side in (0, 1)]
        vac, anal = self._sheet.answers
        fixed = anal if cell == VAC else vac
        for other in (bit for bit in (1, 2) if fixed & bit):
            no, yes = ((1, other), (2, other)) if cell == VAC else ((other, 1), (other, 2))
            for right in sides[0]:
                for left in sides[1]:
                    if self._value(0, right, left, *no) != self._value(0, right, left, *yes):
                        return True
        return False

    def _value(self, side: int, own: State, theirs: State, vac: int, anal: int) -> object:
        """The output of one combination: ``own`` is on the side ``side``."""
        right, left = (theirs, own) if side else (own, theirs)
        if self.name == "ais":
            nli = min(right.level, left.level)
            weak = right.weak + left.weak
            a, b = self._state(0, right, nli), self._state(1, left, nli)
            return possible.grades_of(a, b, weak, weak, nli, vac, anal, self._rules) & 31
        entries = self._non_key
        return self._oracle.of((*right.read, entries[0]), (*left.read, entries[1]), vac, anal)

    def _state(self, side: int, state: State, nli: int) -> int:
        """What :func:`~myelos.isncsci.possible.grades_of` asks of a side."""
        if self._chosen.motor_below_nli:
            far = possible.BY_MUSCLE if state.last > nli else 0
        elif state.works():
            far = possible.BY_MUSCLE
        else:
            far = possible.BY_ENTRY if state.motor and self._non_key[side] > state.motor + 3 else 0
        return 2 * far + state.sacral
