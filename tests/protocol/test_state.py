"""The fold of a whole trial: every event has its place, and what one room's means for another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.played import OPENED, SITE, Play, infused, opened, person, report, tell, whole

from myelos import cells, safety
from myelos.acts import Act
from myelos.cells import commands as cc
from myelos.protocol import Site, Trial, evolve
from myelos.protocol.events import EVENTS as SITE_EVENTS
from myelos.protocol.events import SiteOpened
from myelos.protocol.people import EVENTS as PERSON_EVENTS
from myelos.protocol.state import EVENTS, died_at
from myelos.protocol.takeover import ChainTakenOver
from myelos.safety import commands as sc
from myelos.safety.events import WithdrawnBecause
from myelos.safety.harms import AdverseEvent
from myelos.safety.terms import Kind

IT = person()
ACT = Act(by="x", at=OPENED, role="coordinator", site=SITE)


def test_every_event_of_every_room_is_an_event_of_a_trial() -> None:
    """A room's event that a trial could not fold would be lost from the record."""
    theirs = {*SITE_EVENTS, *PERSON_EVENTS, *cells.EVENTS, *safety.EVENTS, ChainTakenOver}
    assert set(EVENTS) == theirs
    assert len(EVENTS) == len(theirs)


@pytest.mark.parametrize("what", [None, "an event", SiteOpened, tell(None, OPENED)])
def test_what_is_no_event_is_a_fault_of_the_program(what: object) -> None:
    """The fold takes events and nothing else."""
    with pytest.raises(TypeError, match="no event of a trial"):
        evolve(Trial("t"), what, ACT)


def test_a_trial_changed_in_some_fields_is_the_same_in_all_others() -> None:
    """The fast copy equals the standard library's."""
    trial = infused().trial
    for field, value in (("labels", trial.labels.delete(IT.container(1))), ("infused", ())):
        assert trial.but(**{field: value}) == replace(trial, **{field: value})


def test_a_site_begins_with_its_first_collection_and_stays_begun() -> None:
    """The instant after which its settings are fixed is that of the first, not of the last."""
    play = opened()
    assert play.trial.sites[SITE].begun is None
    play.run(whole())
    draws = [each.act.at for each in whole() if isinstance(each.order, cc.Collect)]
    assert play.trial.sites[SITE].begun == draws[0]


def test_a_site_keeps_when_it_was_opened_and_where() -> None:
    """Zone and day come from the event and its act."""
    trial = evolve(Trial("t"), SiteOpened(site="otaru", zone="Asia/Tokyo"), ACT)
    assert trial.sites["otaru"] == Site("otaru", "Asia/Tokyo", OPENED)


def test_the_chain_of_a_person_is_found_from_the_person() -> None:
    """None while there is none, or no such person."""
    play = infused()
    chain = play.trial.chain_of(IT.person)
    assert chain is not None
    assert chain.id == IT.chain
    assert opened().trial.chain_of(IT.person) is None
    assert play.trial.chain_of("nobody") is None


@given(st.permutations(range(3)))
def test_the_same_people_in_any_order_are_the_same_trial(order: list[int]) -> None:
    """Two people's events do not touch each other: only the order of time tells procedures apart."""
    trial = opened().trial
    for number in order:
        trial = _replayed(trial, number + 1)
    assert trial == _replayed(_replayed(_replayed(opened().trial, 1), 2), 3)


def _replayed(trial: Trial, number: int) -> Trial:
    for event, act in _events(number):
        trial = evolve(trial, event, act)
    return trial


@cache
def _events(number: int) -> tuple[tuple[object, Act], ...]:
    play, kept = opened(), []
    for command in whole(number):
        kept += [(event, command.act) for event in play.do(command).events]
    return tuple(kept)


def _adverse(play: Play) -> AdverseEvent:
    (found,) = play.trial.harms.adverse.values()
    return found


@pytest.mark.parametrize(
    ("onset", "died"),
    [
        ("unknown", datetime(2026, 4, 1, 9, tzinfo=UTC)),
        ("2026", datetime(2026, 4, 1, 9, tzinfo=UTC)),
        ("2026-03-30", datetime(2026, 3, 30, 14, 59, 59, 999999, tzinfo=UTC)),
        ("2026-03-30T04:00:00Z", datetime(2026, 3, 30, 4, tzinfo=UTC)),
    ],
)
def test_a_death_is_as_late_as_it_can_have_been(onset: str, died: datetime) -> None:
    """Its onset as far as it is known (a civil day of Tokyo ends at 14:59:59 UTC), and no later than told."""
    play = infused()
    play.do(report("AE-1", IT, datetime(2026, 4, 1, 9, tzinfo=UTC), kind=Kind.DEATH, onset=onset))
    assert died_at(_adverse(play)) == died == play.trial.people[IT.person].died


def test_what_is_not_surely_fatal_is_no_death() -> None:
    """Of unknown grade, or grave: the person is followed on."""
    for grade in (None, 4):
        play = infused()
        play.do(report("AE-1", IT, IT.at(50), grade=grade, serious=None))
        assert died_at(_adverse(play)) is None
        assert play.trial.people[IT.person].died is None


def test_of_two_fatal_events_the_earlier_counts_and_the_other_stays() -> None:
    """A person dies once; when one report is withdrawn the other still says so."""
    play = infused()
    play.do(report("AE-1", IT, IT.at(55), grade=5))
    play.do(report("AE-2", IT, IT.at(52), grade=5))
    assert play.trial.people[IT.person].died == IT.at(52)
    twice = sc.WithdrawAdverseEvent(event="AE-2", because=WithdrawnBecause.DUPLICATE)
    play.do(tell(twice, IT.at(56), why="told twice"))
    assert play.trial.people[IT.person].died == IT.at(55)
    assert IT.at(55) - IT.at(52) == timedelta(days=3)
