"""What this room is told and does not decide: the procedures done, and the scores of examinations."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, pairwise
from operator import attrgetter
from typing import Annotated, Literal

from pydantic import Field

from myelos.acts import Code
from myelos.answers import Answer
from myelos.safety.terms import Procedure
from myelos.shapes import value
from myelos.times import Instant, Zone


@value
class Done:
    """One procedure done to one person, when (for an infusion: its start), and in which time zone."""

    person: Code
    procedure: Procedure
    at: Instant
    zone: Zone


_AT = attrgetter("at")
_PART = 64


@dataclass(frozen=True, slots=True)
class InTime(Collection[Done]):
    """Procedures in order of time, though one may be told late; of one moment, as they were told.

    In parts, so that one more of ten thousand does not copy them all.
    """

    parts: tuple[tuple[Done, ...], ...] = ()

    def adding(self, new: Done) -> InTime:
        """These and one more."""
        if not self.parts:
            return InTime(((new,),))
        place = max(0, bisect_right(self.parts, new.at, key=lambda part: part[0].at) - 1)
        part = self.parts[place]
        within = bisect_right(part, new.at, key=_AT)
        grown = (*part[:within], new, *part[within:])
        halves = (grown,) if len(grown) <= _PART else (grown[: _PART // 2], grown[_PART // 2 :])
        return InTime((*self.parts[:place], *halves, *self.parts[place + 1 :]))

    def __iter__(self) -> Iterator[Done]:
        return chain.from_iterable(self.parts)

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __contains__(self, done: object) -> bool:
        return any(done in part for part in self.parts)


AIS = Literal["A", "B", "C", "D", "E"]
LevelIndex = Annotated[int, Field(ge=0, le=40)]
Upper = Annotated[int, Field(ge=0, le=50)]
Total = Annotated[int, Field(ge=0, le=100)]


@value
class NeuroScores:
    """What one examination leaves possible. A known result has one possible value.

    ``ais``: possible grades. ``motor_level_right``, ``motor_level_left``: indices of possible levels, larger
    further down the body, intact largest of all. ``uems`` 0 to 50 and ``motor_total`` 0 to 100: least and
    greatest possible score. ``respiratory_loss``, ``ascending_loss``: new loss of breathing, or of function
    rising from segment to segment, as the examiner saw it.
    """

    person: Code
    at: Instant
    examiner: Code
    ais: Annotated[tuple[AIS, ...], Field(min_length=1)]
    motor_level_right: Annotated[tuple[LevelIndex, ...], Field(min_length=1)]
    motor_level_left: Annotated[tuple[LevelIndex, ...], Field(min_length=1)]
    uems: tuple[Upper, Upper]
    motor_total: tuple[Total, Total]
    respiratory_loss: Answer
    ascending_loss: Answer


@dataclass(frozen=True, slots=True)
class Facts:
    """What a command is weighed against.

    ``collected``: every blood draw and marrow taken. ``infused``: the start of every infusion.
    ``before``: the examinations before the infusion of the person concerned, if a command has one.
    """

    collected: Collection[Done] = ()
    infused: Collection[Done] = ()
    before: tuple[NeuroScores, ...] = ()

    def done_to(self, person: str) -> tuple[Done, ...]:
        """Every procedure done to ``person``."""
        return tuple(
            each for group in (self.collected, self.infused) for each in group if each.person == person
        )


def by_person(*groups: Iterable[Done]) -> Mapping[str, list[Done]]:
    """Procedures by the person they were done to."""
    found: dict[str, list[Done]] = {}
    for group in groups:
        for done in group:
            found.setdefault(done.person, []).append(done)
    return found


def first_of_each(done: Iterable[Done]) -> list[Done]:
    """The first of every person, in order of time."""
    given = list(done)
    if any(one.at >= other.at for one, other in pairwise(given)):
        given.sort(key=lambda each: (each.at, each.person))
    first: dict[str, Done] = {}
    for each in given:
        first.setdefault(each.person, each)
    return list(first.values())


def of_procedures(done: Iterable[Done], procedures: Iterable[Procedure]) -> list[Done]:
    """Those of ``done`` that are one of ``procedures``; cells come with the infusion."""
    asked = {Procedure.INFUSION if each is Procedure.CELLS else each for each in procedures}
    return [each for each in done if each.procedure in asked]
