"""Whole trials as they might go, right and wrong steps mixed, each judged by an oracle that knows no gate."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from validation.identity.bends import BENDS
from validation.identity.random_histories import draw
from validation.identity.record import Told
from validation.identity.sabotage import without
from validation.identity.texts import put, scanned
from validation.identity.turns import OFTEN, TURNS
from validation.identity.whole import Whole

from myelos.cells import commands as c

REACHED: Counter[str] = Counter()
"""How many infusions were granted and refused in all histories of the machine."""

PEOPLE = st.integers(0, 2)
DATA = st.data()


class WholeTrial(RuleBasedStateMachine):
    """Two or three people from screening to the vein; what comes next is done, or something else is."""

    @initialize(
        ways=st.lists(st.integers(0, 4), min_size=2, max_size=3),
        apart=st.sampled_from((35, 20, 0)),
        ahead=st.sampled_from((0, 30, 80, 88)),
    )
    def opens(self, ways: list[int], apart: int, ahead: int) -> None:
        """``ahead``: how many steps everybody has behind them already, all of them right."""
        self.whole = Whole.begin(tuple(ways), apart)
        for who in range(len(self.whole.people)):
            self.goes_on(who, ahead)

    def _who(self, drawn: int) -> int:
        return drawn % len(self.whole.people)

    @rule(who=PEOPLE, steps=st.sampled_from((1, 3, 10, 30, 90, 90)))
    def goes_on(self, who: int, steps: int) -> None:
        for _ in range(steps):
            decision = self.whole.on(self._who(who))
            if decision is None or decision.forbidden:
                return

    @rule(who=PEOPLE, name=st.sampled_from(tuple(BENDS)), data=DATA)
    def goes_wrong(self, who: int, name: str, data: st.DataObject) -> None:
        self.whole.wrong_step(self._who(who), name, lambda many: data.draw(st.integers(0, many - 1)))

    @rule(who=PEOPLE, name=st.sampled_from((*TURNS, *OFTEN)), data=DATA)
    def turns(self, who: int, name: str, data: st.DataObject) -> None:
        self.whole.turn(self._who(who), name, lambda many: data.draw(st.integers(0, many - 1)))

    @rule(who=PEOPLE, later_on=st.booleans())
    def skips(self, who: int, later_on: bool) -> None:
        self.whole.skip(self._who(who), later_on)

    @rule(who=PEOPLE, minutes=st.sampled_from((1, 16, 121, 1440)))
    def waits(self, who: int, minutes: int) -> None:
        self.whole.wait(self._who(who), minutes)

    @invariant()
    def nobody_gets_what_is_not_theirs(self) -> None:
        if hasattr(self, "whole"):
            assert self.whole.wrong == []

    def teardown(self) -> None:
        if hasattr(self, "whole"):
            REACHED["granted"] += self.whole.counts.starts_granted
            REACHED["refused"] += self.whole.counts.starts_refused


@pytest.mark.slow
@pytest.mark.requirement("COI-05")
def test_coi_05_no_trial_of_two_or_three_people_mixes_them_up() -> None:
    """Whatever is scanned, skipped, withdrawn or told late: cells reach nobody but as the rules have it."""
    REACHED.clear()
    run_state_machine_as_test(WholeTrial, settings=settings(deadline=None, stateful_step_count=30))
    if settings().max_examples >= 100:
        assert REACHED["granted"] > 0
        assert REACHED["refused"] > 0


@pytest.mark.slow
def test_random_histories_reach_the_vein_and_nothing_is_wrong_in_them() -> None:
    """Histories drawn with one seed infuse often enough to be worth drawing, are refused as often, and the
    oracle finds nothing."""
    drawn = draw(7, 300)
    assert drawn.wrong == []
    assert drawn.histories == 300
    assert drawn.infused >= 60
    assert drawn.counts.starts_granted >= 60
    assert drawn.counts.starts_refused >= 60
    assert drawn.counts.granted + drawn.counts.refused == drawn.counts.commands
    assert len(drawn.counts.reasons) >= 60, "too few kinds of reasons to refuse were met"


@pytest.mark.slow
def test_equal_seeds_give_equal_histories() -> None:
    """A run can be done again."""
    assert draw(3, 30).counts == draw(3, 30).counts != draw(4, 30).counts


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gate", "wrong"),
    [
        ("the wristband", "was not collected from"),
        ("the scanned label", "was not verified by another person"),
        ("the second gate", "was not passed"),
        ("the stopping rules", "too soon after the person before"),
        ("the training", "trained people matched"),
        ("the match window", "trained people matched"),
    ],
)
def test_random_histories_find_what_a_missing_gate_lets_through(gate: str, wrong: str) -> None:
    """A gate that is taken away is missed within a few hundred histories."""
    with without(gate):
        assert any(wrong in each for each in draw(1, 300).wrong)


def test_a_history_that_branches_off_leaves_the_other_as_it_was() -> None:
    """Two histories with one beginning share it and nothing else."""
    whole = Whole.begin((0, 0), 35)
    for _ in range(20):
        whole.on(0)
    other = whole.branch()
    trial, told = whole.record.trial, count(whole.record.told)
    for _ in range(20):
        other.on(0)
    assert whole.record.trial is trial
    assert count(whole.record.told) == told < count(other.record.told)
    assert len(other.people[0].left) == len(whole.people[0].left) - 20


def count(told: Told) -> int:
    return sum(1 for _ in told.of(*set(told.kinds())))


def test_every_scanned_text_is_found_and_can_be_put_in_its_place() -> None:
    """The texts of a command with several scans, each by its place."""
    one, two = (c.Scan(container=label, read=label) for label in ("C1", "C2"))
    order = c.Pool(chain="I1", sources=(one, two), into=two)
    places = dict(scanned(order))
    assert places == {("sources", 0, "read"): "C1", ("sources", 1, "read"): "C2", ("into", "read"): "C2"}
    bent = put(order, ("sources", 1, "read"), "C9")
    assert bent.sources[1] == c.Scan(container="C2", read="C9")
    assert (bent.sources[0], bent.into) == (one, two)
