"""From the marrow needle to the vein: the whole story, and what is left to say of it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cells.story import Story, amount, codes, told
from tests.cells.tales import TALES, tell, to_the_end

from myelos.cells import events as e
from myelos.cells import lot_growth
from myelos.cells.commands import COMMANDS
from myelos.cells.containers import Kind, LotStatus, State
from myelos.cells.decide import decide
from myelos.cells.events import CATALOGUE
from myelos.cells.evolve import evolve
from myelos.findings import Refused


def test_golden_the_whole_story_in_its_events() -> None:
    """Two blood draws and marrow, one lot over two passages, two bags frozen, one of them infused."""
    story = told("end")
    names = Counter(type(event).__name__ for event, _ in story.history)
    assert names == {
        "ChainOpened": 1, "LabelPrinted": 12, "LabelVerified": 12, "Collected": 3, "HandedOver": 4,
        "Received": 4, "Separated": 1, "Seeded": 1, "Fed": 1, "Harvested": 2, "Passaged": 1, "Sampled": 1,
        "Split": 1, "Frozen": 2, "Stored": 2, "Tested": 3, "Released": 1, "Packed": 1, "Thawed": 1,
        "Matched": 2, "InfusionStarted": 1, "InfusionObserved": 1, "InfusionEnded": 1,
    }  # fmt: skip
    times = [act.at for _, act in story.history]
    assert times == sorted(times)
    assert {event.chain for event, _ in story.history} == {story.chain_id}


def test_every_step_of_the_story_is_clean() -> None:
    """No step leaves a warning behind: what is warned of elsewhere is the exception."""

    class Clean(Story):
        def do(self, command: Any, act: Any = None, bedside: Any = None) -> Any:
            decision = super().do(command, act, bedside)
            assert codes(decision) == []
            return decision

    tell(to_the_end, Clean())


def test_what_each_tale_comes_to() -> None:
    """The lot and the bags at the end of each."""
    ends = {tale.__name__: tell(tale) for tale in TALES}
    status = {name: story.lot().status for name, story in ends.items()}
    assert status == {
        "to_the_end": LotStatus.RELEASED, "stopped_early": LotStatus.RELEASED,
        "pooled_and_banked": LotStatus.OPEN, "sample_used_up": LotStatus.RELEASED,
        "rejected": LotStatus.REJECTED, "late_positive": LotStatus.WITHDRAWN,
        "warmed_on_the_way": LotStatus.RELEASED, "identity_error": LotStatus.RELEASED,
    }  # fmt: skip
    assert ends["stopped_early"].it(12).state is State.DISCARDED
    assert ends["late_positive"].it(11).state is State.INFUSED
    assert ends["warmed_on_the_way"].it(11).state is State.STORED
    assert [ends["identity_error"].it(n).state for n in (11, 12, 30)] == [State.DISCARDED] * 2 + [
        State.SPOILED
    ]


# Growth -----------------------------------------------------------------------------------------------


def test_golden_growth_of_the_story_s_lot() -> None:
    """3e6 seeded, 250000001 harvested: 3.32 (lg h - lg s) = 6.38 doublings (ATCC's formula), 18.8 h each; the
    marrow was not counted, so passage 0 and what is cumulative are not known."""
    story = told("end")
    assert story.chain is not None
    first, second = lot_growth(story.chain, "LOT-1")
    assert (first.doublings.number, first.cumulative.number, first.doubling_hours) == (None, None, None)
    assert second.doublings.number == pytest.approx(
        3.32 * (math.log10(250_000_001) - math.log10(3e6)), abs=0.01
    )
    assert second.doublings.number == pytest.approx(6.3808, abs=1e-4)
    assert second.cumulative.number is None
    assert second.hours == pytest.approx(5 * 24 + 10 / 60)
    assert second.doubling_hours == pytest.approx(18.83, abs=0.01)


def test_flasks_of_a_passage_grow_together() -> None:
    """Two flasks harvested apart are one passage: counts added, from first seeding to last harvest."""
    story = told("seed")
    story.new_label(31, Kind.SUSPENSION)
    story.must(story.harvest((5,), 7, 2_000_000, 0))
    story.must(story.harvest((6,), 31, 1_000_000, 0))
    last = story.now
    for serial, flask in ((7, 8), (31, 32)):
        if flask == 32:
            story.new_label(32, Kind.FLASK)
        story.must(story.passage(serial, {flask: "10 mL"}))
    story.new_label(33, Kind.SUSPENSION)
    story.must(story.harvest((8,), 9, 8_000_000, 0))
    story.must(story.harvest((32,), 33, 16_000_000, 0))
    assert story.chain is not None
    zero, one = lot_growth(story.chain, "LOT-1")
    assert zero.hours == pytest.approx((last - told("seed").now) / timedelta(hours=1))
    assert one.doublings.number == pytest.approx(3.0)
    assert lot_growth(story.chain, "LOT-2") == ()


def test_growth_that_cannot_be_told_is_refused_with_its_place() -> None:
    """A passage that gave no living cell has no doublings; that is said, not made up."""
    story = told("feed")
    story.must(story.harvest((5, 6), 7, 0, 100_000))
    assert story.chain is not None
    with pytest.raises(Refused) as refused:
        lot_growth(story.chain, "LOT-1")
    assert [each.code for each in refused.value.findings] == ["cells.count-not-positive"]


# Everything against everything ------------------------------------------------------------------------


@cache
def moments() -> tuple[Any, ...]:
    """Every state of every tale, and every command that was ever asked."""
    chains: list[Any] = [None]
    for tale in TALES:
        chain = None
        for event, act in tell(tale).history:
            chain = evolve(chain, event, act)
            chains.append(chain)
    return tuple(chains)


@cache
def commands() -> tuple[Any, ...]:
    return tuple(asked for tale in TALES for asked in tell(tale).commands)


@settings(deadline=None)
@given(st.data())
def test_any_command_at_any_moment_is_granted_or_refused_and_never_crashes(data: st.DataObject) -> None:
    """Every command of every tale, at every moment of every other: events that fold and can be kept, or
    findings that have words."""
    chain = data.draw(st.sampled_from(moments()))
    command, act = data.draw(st.sampled_from(commands()))
    later = replace(act, at=act.at + timedelta(days=data.draw(st.sampled_from([-9, 0, 0, 9, 90]))))
    story = Story()
    limits = data.draw(st.sampled_from([None, story.limits, story.limits]))
    decision = decide(chain, command, later, limits, story.bedside())
    codes(decision)
    assert bool(decision.events) is not decision.forbidden
    for event in decision.events:
        assert CATALOGUE.read(CATALOGUE.write(event)) == event
        chain = evolve(chain, event, later)


@pytest.mark.slow
def test_every_command_at_every_moment_is_granted_or_refused() -> None:
    """The same without chance: all of them, each once."""
    story = Story()
    bedside, granted, refused = story.bedside(), 0, 0
    different = {repr(command): (command, act) for command, act in commands()}
    for chain in moments():
        for command, act in different.values():
            late = replace(act, at=act.at + timedelta(days=30))
            decision = decide(chain, command, late, story.limits, bedside)
            assert bool(decision.events) is not decision.forbidden
            granted += not decision.forbidden
            refused += decision.forbidden
    print(f"\n{granted} granted, {refused} refused")
    assert granted > 1000


def test_the_tales_ask_every_command_but_the_one_that_is_always_refused() -> None:
    """Whatever can be asked is granted somewhere; correcting an identity is not."""
    asked = {type(command) for command, _ in commands()}
    assert {each.__name__ for each in COMMANDS if each not in asked} == {"CorrectIdentity"}


def test_volumes_are_measured_amounts() -> None:
    """A story's volumes come back as they went in, to the last digit written."""
    event = e.Frozen(chain="I", container="C", added=amount("0.100 mL"), agents=())
    assert CATALOGUE.read(CATALOGUE.write(event)).added == amount("0.1 mL")
