"""The ways a side can turn out that an output can tell apart, and the pairs of them that differ by one cell.

A side is read from C2 down. Of what has been read a *state* is kept; two states with the same *key* have the
same future as far as one output goes, so one of them is enough. At the end each key is a class, and its state
is an example of it. For pairs, two states are carried from the segment of the cell on: equal before it, and
all else read the same after it; where their keys meet again the cell cannot change the output. Source: spec,
R1, R2, R4 to R7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from myelos.isncsci import possible
from myelos.isncsci.editions import Reading, RuleSet
from myelos.isncsci.segments import DERMATOMES, KEY_MUSCLES, Segment

_DERMATOMES = tuple(int(segment) for segment in DERMATOMES)
_MUSCLE_AT = {int(segment): i for i, segment in enumerate(KEY_MUSCLES)}
_SACRAL = int(Segment.S4_5)
_S3 = int(Segment.S3)
_INT = int(Segment.INT)
NORMAL, SOME, NOTHING = 1, 2, 4
"""The states of a dermatome, as sets of one."""
ZERO, TRACE, USEFUL, FULL = 1, 2, 4, 8
"""The states of a key muscle, as sets of one."""


class State(NamedTuple):
    """What has been read of a side: its sensory and motor level (0: not yet reached), key muscles under 3,
    the last that works, the last dermatome above S4-5 that is felt (0: none), whether S4-5 is; and what was
    read, as the sets of :mod:`myelos.isncsci.possible`."""

    sensory: int
    motor: int
    weak: int
    last: int
    felt: int
    sacral: bool
    read: tuple[int, ...]

    @property
    def level(self) -> int:
        """The more rostral of the two levels, as far as they are reached; INT while neither is."""
        return min(self.sensory or _INT, self.motor or _INT)

    def works(self) -> bool:
        """Whether a key muscle works more than three segments below the motor level."""
        return bool(self.motor) and self.last > self.motor + 3


Key = tuple[object, ...]
KeyOf = Callable[[State, int], Key]
"""What an output can still tell of a state once the segment given has been read."""

_START = State(0, 0, 0, 0, 0, False, (0,) * possible.NON_KEY)


def read(state: State, segment: int, skin: int, muscle: int) -> State:
    """``state`` after one segment (R1, R2): its dermatome's state and its key muscle's (0: none there)."""
    sensory, motor, weak, last, felt, sacral, seen = state
    if not sensory and skin != NORMAL:
        sensory = segment - 1
    if segment == _SACRAL:
        sacral = skin != NOTHING
    elif skin != NOTHING:
        felt = segment
    if muscle:
        if not motor and muscle != FULL:
            motor = segment if muscle == USEFUL else segment - 1
        weak += muscle <= TRACE
        last = segment if muscle != ZERO else last
    elif not motor and sensory and segment <= _S3:
        motor = segment - 1
    parts = list(seen)
    parts[skin.bit_length() - 1] |= 1 << segment - 2
    if muscle:
        parts[possible.ZERO + muscle.bit_length() - 1] |= 1 << _MUSCLE_AT[segment]
    return State(sensory, motor, weak, last, felt, sacral, tuple(parts))


def key_for(output: str, non_key: int, chosen: RuleSet) -> KeyOf:
    """The key of an output on its own side (of the grade and the NLI: on either)."""
    kind = output.removesuffix("_right").removesuffix("_left")

    def grade(state: State, segment: int) -> Key:
        both = (state.level, not state.sensory, not state.motor, state.sacral, state.weak)
        if chosen.motor_below_nli:
            return (*both, state.last)
        ahead = possible.BELOW[state.motor + 3] & possible.BELOW[segment] if state.motor else 0
        return (*both, ahead, state.works(), bool(state.motor) and non_key > state.motor + 3)

    def motor_zone(state: State, segment: int) -> Key:
        own = (not state.sensory, state.motor, state.last, state.sacral)
        return (*own, *grade(state, segment)) if chosen.reading is Reading.PRAXIS else own

    keys: dict[str, KeyOf] = {
        "sensory": lambda state, segment: (state.sensory,),
        "motor": lambda state, segment: (not state.sensory, state.motor),
        "nli": lambda state, segment: (state.level, not state.sensory, not state.motor),
        "complete": lambda state, segment: (state.sacral,),
        "ais": grade,
        "zpp_sensory": lambda state, segment: (state.felt, state.sacral),
        "zpp_motor": motor_zone,
    }
    return keys[kind]


class SideClasses:
    """The classes of one side under one key.

    ``side`` is a side as :mod:`myelos.isncsci.possible` takes it.
    """

    def __init__(self, side: Sequence[int], key: KeyOf) -> None:
        self.key = key
        self._skin = [_held(side, possible.NORMAL, 3, place) for place in range(len(_DERMATOMES))]
        self._muscles = [_held(side, possible.ZERO, 4, place) for place in range(len(KEY_MUSCLES))]
        self._before: list[list[State]] = [[_START]]
        for segment in _DERMATOMES:
            found: dict[Key, State] = {}
            for state in self._before[-1]:
                for skin, muscle in self._letters(segment):
                    after = read(state, segment, skin, muscle)
                    found.setdefault(key(after, segment), after)
            self._before.append(list(found.values()))

    @property
    def classes(self) -> list[State]:
        """An example of each class of the whole side, the most normal first."""
        return self._before[-1]

    def _letters(self, segment: int) -> list[tuple[int, int]]:
        place = _MUSCLE_AT.get(segment)
        muscles = (0,) if place is None else self._muscles[place]
        return [(skin, muscle) for skin in self._skin[segment - 2] for muscle in reversed(muscles)]

    def skin_pairs(self, segment: int, pairs: Sequence[tuple[int, int]]) -> list[tuple[State, State]]:
        """An example of each pair of classes that differ in the dermatome at ``segment`` alone, in one of the
        ways of ``pairs``."""
        place = _MUSCLE_AT.get(segment)
        muscles = (0,) if place is None else self._muscles[place]
        return self._pairs(segment, [((a, muscle), (b, muscle)) for a, b in pairs for muscle in muscles])

    def muscle_pairs(self, segment: int, pairs: Sequence[tuple[int, int]]) -> list[tuple[State, State]]:
        """The same for the key muscle at ``segment``."""
        skins = self._skin[segment - 2]
        return self._pairs(segment, [((skin, a), (skin, b)) for a, b in pairs for skin in skins])

    def _pairs(
        self, segment: int, letters: Sequence[tuple[tuple[int, int], tuple[int, int]]]
    ) -> list[tuple[State, State]]:
        found = self._kept(
            segment,
            (
                (read(state, segment, *one), read(state, segment, *other))
                for state in self._before[segment - 2]
                for one, other in letters
            ),
        )
        for below in range(segment + 1, _SACRAL + 1):
            letters_below = self._letters(below)
            found = self._kept(
                below,
                (
                    (read(one, below, *letter), read(other, below, *letter))
                    for one, other in found
                    for letter in letters_below
                ),
            )
        return found

    def _kept(self, segment: int, pairs: Iterator[tuple[State, State]]) -> list[tuple[State, State]]:
        """One pair for each two keys, where they differ."""
        found: dict[tuple[Key, Key], tuple[State, State]] = {}
        for pair in pairs:
            keys = (self.key(pair[0], segment), self.key(pair[1], segment))
            if keys[0] != keys[1]:
                found.setdefault(keys, pair)
        return list(found.values())


def _held(side: Sequence[int], first: int, parts: int, place: int) -> tuple[int, ...]:
    return tuple(1 << i for i in range(parts) if side[first + i] >> place & 1)
