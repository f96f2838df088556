"""Random histories from screening to the vein, drawn with a fixed seed.

A history branches off another one, at any point of it, and goes on by itself: mostly with what comes next,
now and then with something wrong. So all of them differ, and each is a whole history from its first command
on; what two have in common is decided once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from validation.identity.bends import BENDS
from validation.identity.turns import OFTEN, TURNS
from validation.identity.whole import Counts, Whole

RIGHT, WRONG, BETWEEN, SKIPPED = 0.90, 0.06, 0.03, 0.004
"""How often the next thing is right, wrong, something between, or left out; else time passes."""

WAITS = (1, 14, 16, 60, 121, 1440, 3 * 1440)


@dataclass(slots=True)
class Drawn:
    """What a run of histories came to. ``commands``: those of all histories together, of which ``counts`` has
    each that was decided once; ``infused``: histories with at least one infusion."""

    histories: int = 0
    commands: int = 0
    infused: int = 0
    counts: Counts = field(default_factory=Counts)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Drawn) -> None:
        self.histories += other.histories
        self.commands += other.commands
        self.infused += other.infused
        self.counts.add(other.counts)
        self.wrong += other.wrong


def draw(seed: int, histories: int) -> Drawn:
    """So many histories. Equal seeds give equal histories."""
    rng, drawn = Random(seed), Drawn()
    while drawn.histories < histories:
        ways = tuple(rng.choices(range(5), weights=(9, 4, 4, 1, 1), k=rng.choice((2, 2, 3))))
        trunk = Whole.begin(ways, rng.choice((0, 20, 35, 35)))
        points = [(0, trunk.branch(), False)]
        points += _grow(rng, drawn, trunk, 0, False)
        for _ in range(min(24, histories - drawn.histories)):
            length, beginning, infused = points[rng.randrange(len(points))]
            points += _grow(rng, drawn, beginning.branch(), length, infused)
    return drawn


Point = tuple[int, Whole, bool]
"""A beginning to branch off: how many commands it has, where it stands, whether anybody was infused in it."""


def _grow(rng: Random, drawn: Drawn, whole: Whole, length: int, infused: bool) -> list[Point]:
    """One history to its end; counted, and some of its beginnings to branch off."""
    points = []
    for _ in range(400):
        going = whole.going()
        if not going:
            break
        _step(rng, whole, going)
        if rng.random() < 0.03:
            so_far = length + whole.counts.commands, infused or whole.counts.starts_granted > 0
            points.append((so_far[0], whole.branch(), so_far[1]))
    drawn.histories += 1
    drawn.commands += length + whole.counts.commands
    drawn.infused += infused or whole.counts.starts_granted > 0
    drawn.counts.add(whole.counts)
    drawn.wrong += whole.wrong
    return points


def _step(rng: Random, whole: Whole, going: list[int]) -> None:
    who, dice = going[0] if rng.random() < 0.7 else rng.choice(going), rng.random()
    if dice < RIGHT:
        whole.on(who)
    elif dice < RIGHT + WRONG:
        whole.wrong_step(who, rng.choice(tuple(BENDS)), rng.randrange)
    elif dice < RIGHT + WRONG + BETWEEN:
        names = OFTEN if rng.random() < 0.5 else tuple(TURNS)
        whole.turn(who, rng.choice(names), rng.randrange)
    elif dice < RIGHT + WRONG + BETWEEN + SKIPPED:
        whole.skip(who, rng.random() < 0.5)
    else:
        whole.wait(who, rng.choice(WAITS))


def lines(drawn: Drawn) -> Iterator[str]:
    """What is printed of a run."""
    counts = drawn.counts
    yield f"{drawn.histories:,} histories of {drawn.commands:,} commands, {drawn.infused:,} with an infusion"
    yield (
        f"{counts.commands:,} commands decided: {counts.granted:,} granted, {counts.refused:,} refused; "
        f"infusions {counts.starts_granted:,} granted, {counts.starts_refused:,} refused"
    )
    yield "refused for: " + _frequent(counts.reasons.most_common(12))
    yield "infusions refused for: " + _frequent(counts.reasons_of_starts.most_common(12))
    yield f"violations: {len(drawn.wrong)}"


def _frequent(reasons: list[tuple[str, int]]) -> str:
    return ", ".join(f"{code} {count:,}" for code, count in reasons)
