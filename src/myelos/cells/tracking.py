"""Both ways through a chain of identity: from what was given to what was taken, and from there to every end.

And what the counts on the way say of the growth of a lot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from myelos.cells.containers import Chain, Container, Growth, Kind, State
from myelos.cells.growth import PassageGrowth, growth
from myelos.findings import Place


@dataclass(frozen=True, slots=True)
class Disposition:
    """Where a container is: its end (``ended``), or its state so far, and since when."""

    label: str
    kind: Kind
    state: State
    ended: bool
    since: datetime


def origins(chain: Chain, label: str) -> tuple[Container, ...]:
    """COI-06, back: the collections of blood and marrow that a container was made from, by their labels.

    Raises KeyError for a container that is not of this chain.
    """
    every = (chain.containers[each] for each in (label, *chain.ancestors(label)))
    collected = (each for each in every if not each.parents and each.custody)
    return tuple(sorted(collected, key=lambda each: each.label))


def dispositions(chain: Chain, label: str) -> tuple[Disposition, ...]:
    """COI-06, onward: where a container and everything made of it is, itself first. Nothing is left out.

    Raises KeyError for a container that is not of this chain.
    """
    every = (chain.containers[each] for each in (label, *chain.descendants(label)))
    return tuple(Disposition(each.label, each.kind, each.state, each.ended, each.last_at) for each in every)


def lot_growth(chain: Chain, lot: str, place: Place = Place()) -> tuple[PassageGrowth, ...]:  # noqa: B008
    """How a lot grew, passage by passage, all flasks of a passage together.

    Raises Refused where that cannot be said: no cell was alive, or flasks of one passage were harvested at
    different times and some of them seeded on in between (see :func:`myelos.cells.growth.growth`).
    """
    passages: dict[int, Growth] = {}
    for each in chain.growth:
        if each.lot == lot:
            before = passages.get(each.passage)
            passages[each.passage] = each if before is None else _together(before, each)
    return growth([passages[number] for number in sorted(passages)], place)


def _together(one: Growth, other: Growth) -> Growth:
    seeded = None if one.seeded is None or other.seeded is None else one.seeded + other.seeded
    return replace(
        one,
        seeded=seeded,
        seeded_at=min(one.seeded_at, other.seeded_at),
        harvested=one.harvested + other.harvested,
        harvested_at=max(one.harvested_at, other.harvested_at),
    )
