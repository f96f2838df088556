"""A trial as the pages draw it: the course of the people of one page, on one axis, and of nobody else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache

from django.conf import settings
from immutables import Map

from myelos.ledger import Snapshot
from myelos.protocol import Trial
from myelos.report.course.page import Book, book
from myelos.report.course.say import Say as Labels
from myelos.safety.facts import InTime
from myelos.safety.harms import Harms
from myelos.store.readings import Seen

KEPT = 64
"""Books kept at a time: one for every trial, state, people of a page and language that somebody looks at."""


def book_of(seen: Seen, language: str, people: tuple[str, ...] | None = None) -> Book:
    """The book of some people of a trial (None: all of them) for somebody who may see them.

    All those they may see have their page beside it. Only what is asked for is gathered.
    """
    chosen = seen.people if people is None else people
    made = _book(Known(seen.snapshot), chosen, language)
    return replace(made, names={code: code for code in seen.people}, overview="../")


class Known:
    """A snapshot as a key of what is kept: by the digest of its last entry it is always the same."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.key, self.snapshot = (snapshot.trial, snapshot.digest), snapshot

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@lru_cache(maxsize=KEPT)
def _book(known: Known, people: tuple[str, ...], language: str) -> Book:
    snapshot = known.snapshot
    words, state = Labels(language, snapshot.protocol), theirs(snapshot.state, people)
    return book(state, snapshot.protocol, words, settings.MYELOS_SYNTHETIC, snapshot.recorded_at)


def theirs(state: Trial, people: Collection[str]) -> Trial:
    """A trial with these people alone: what was recorded of them, their cells and their harms."""
    if len(people) == len(state.people):
        return state
    chosen = {code: state.people[code] for code in people}
    opened = [each.chain for each in chosen.values() if each.chain is not None]
    chains = {chain: state.chains[chain] for chain in opened}
    return state.but(
        people=Map(chosen),
        chains=Map(chains),
        labels=Map({label: chain for chain, each in chains.items() for label in each.containers}),
        harms=_harms(state.harms, chosen, {label for each in chains.values() for label in each.containers}),
        deaths=Map({code: each for code in chosen if (each := state.deaths.get(code)) is not None}),
        drawn=Map(),
        collected=_done(state.collected, chosen),
        infused=_done(state.infused, chosen),
    )


def _done(every: InTime, people: Collection[str]) -> InTime:
    """The procedures done to these people, in order of time."""
    return InTime((tuple(each for each in every if each.person in people),))


def _harms(harms: Harms, people: Collection[str], containers: Collection[str]) -> Harms:
    adverse = {id_: each for id_, each in harms.adverse.items() if each.person in people}
    traits = {trait: Map({id_: None for id_ in ids if id_ in adverse}) for trait, ids in harms.traits.items()}
    return harms.but(
        adverse=Map(adverse),
        traits=Map(traits),
        incidents=Map(
            {
                id_: each for id_, each in harms.incidents.items()
                if each.person in people or each.container in containers
            }
        ),
        deteriorations=Map({i: each for i, each in harms.deteriorations.items() if each.person in people}),
    )  # fmt: skip


def labels(seen: Seen, language: str) -> Labels:
    """The words of the drawings, with the protocol's labels."""
    return Labels(language, seen.snapshot.protocol)
