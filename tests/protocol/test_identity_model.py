"""Every history of a few steps, from two people with released bags in one freezer; and that it could fail."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product

import pytest
from immutables import Map
from validation.identity.alphabet import Step, alphabet
from validation.identity.answers import Asking
from validation.identity.model import Found, Model
from validation.identity.oracle import violations
from validation.identity.record import Granted, Record, Told
from validation.identity.sabotage import without
from validation.identity.two_people import BAG, BEGIN, FIRST, begin, unspaced
from validation.identity.watched import Closed, Opened, Sameness, Watched

from myelos.cells import commands as c
from myelos.cells import events as e
from myelos.protocol import decide
from myelos.protocol import person_events as pe
from myelos.protocol.events import TrainingRecorded
from myelos.quantities import Amount

RIGHT = (
    "match: chain 1, bag 1 scanned as 1, wristband 1", "start: chain 1, bag 1 scanned as 1, wristband 1",
)  # fmt: skip
"""The right steps of the first person, by all three people at the bedside."""


@cache
def thawed() -> Record:
    """Both bags thawed, and no days between two people."""
    return begin(unspaced(), thawed=True)


def letters(*beginnings: str) -> tuple[Step, ...]:
    """The steps whose names begin so, and the right ones of the first person."""
    return tuple(
        step for step in alphabet(thawed().protocol, ()) if step.name.startswith((*RIGHT, *beginnings))
    )


def explored(depth: int, *beginnings: str) -> Found:
    return Model(thawed(), letters(*beginnings)).run(depth)


@pytest.mark.slow
@pytest.mark.requirement("COI-05")
def test_coi_05_no_history_of_four_steps_from_the_freezer_infuses_what_it_must_not() -> None:
    """Histories are counted exactly, some of them infuse, and the oracle finds nothing wrong in any."""
    record = begin()
    steps = alphabet(record.protocol)
    found = Model(record, steps).run(4)
    last = found.layers[-1]
    assert found.violations == {}
    assert last.histories == last.granted + last.refused == len(steps) ** 4
    of_each = 2 * 2  # either nurse matches first, either of them starts
    assert last.starts_granted == last.infused == 2 * of_each
    assert last.starts_refused > 10**7
    assert found.decided > 20_000


@pytest.mark.slow
def test_two_people_are_infused_within_six_steps_and_each_with_their_own() -> None:
    """With both bags thawed, six right steps infuse both; none of the histories mixes them up."""
    record = thawed()
    rights = (
        "match: chain 2, bag 2 scanned as 2, wristband 2",
        "start: chain 2, bag 2 scanned as 2, wristband 2",
    )
    crossed = (
        "match: chain 1, bag 2 scanned as 2, wristband 1",
        "start: chain 1, bag 2 scanned as 2, wristband 1",
    )
    steps = tuple(step for step in letters(*rights, *crossed) if "porter" not in step.name)
    found = Model(record, steps).run(6)
    assert found.violations == {}
    assert found.layers[-1].infused > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gate", "beginnings", "depth", "wrong"),
    [
        ("the wristband", ("match: chain 1, bag 1 scanned as 1, wristband 2",), 3, "trained people matched"),
        ("the scanned label", ("match: chain 1, bag 1 scanned as 2, wristband 1",), 3,
         "trained people matched"),
        ("the training", (), 3, "porter starts without having matched"),
        ("the match window", ("16 minutes",), 4, "trained people matched"),
        ("the thaw window", ("121 minutes",), 4, "not within the window after thawing"),
        ("the consent", ("consent withdrawn: person 1",), 4, "no consent stands"),
        ("the withdrawal from treatment", ("treatment withdrawn: person 1",), 4, "withdrawn"),
        ("the stopping rules", ("death: person 2",), 4, "grade-5 (DEATH-2) is not decided on"),
        ("release, path and quarantine", ("late positive sterility: person 1", "the committee goes on"), 5,
         "its release was withdrawn"),
        ("release, path and quarantine", ("identity error: marrow of person 1", "the committee goes on"), 5,
         "an identity error was reported"),
    ],
)  # fmt: skip
def test_the_model_finds_what_a_missing_gate_lets_through(
    gate: str, beginnings: tuple[str, ...], depth: int, wrong: str
) -> None:
    """With all gates in place there is no violation; without one there is what it stands against."""
    assert explored(depth, *beginnings).violations == {}
    with without(gate):
        found = explored(depth, *beginnings).violations
    assert any(wrong in each for each in found), found


@pytest.mark.slow
def test_nobody_is_infused_at_the_instant_of_their_death() -> None:
    """A death that is reported, and weighed by the committee, stands against an infusion at the same time."""
    found = explored(5, "death: person 1", "the committee goes on")
    assert found.violations == {}
    assert found.layers[-1].starts_granted > 0


def test_the_graph_counts_what_walking_every_history_counts() -> None:
    """Equal states taken as one, decisions remembered: histories walked one by one give the same numbers."""
    record = thawed()
    steps = letters("16 minutes", "consent", "death: person 1", "pause: chain 1, bag 1")
    found = Model(record, steps).run(3)
    granted = [0, 0, 0]
    starts = [0, 0, 0]
    for history in product(steps, repeat=3):
        for length, (was_granted, started) in enumerate(walked(record, history)):
            granted[length] += was_granted
            starts[length] += started
    tails = [len(steps) ** 2, len(steps), 1]
    assert [layer.granted for layer in found.layers] == [
        n // tail for n, tail in zip(granted, tails, strict=True)
    ]
    assert [layer.starts_granted for layer in found.layers] == [
        n // tail for n, tail in zip(starts, tails, strict=True)
    ]


def walked(record: Record, history: tuple[Step, ...]) -> list[tuple[bool, bool]]:
    """One history, step by step: whether each was granted, and whether it started an infusion."""
    here, at, answers = Record(record.protocol, record.trial), BEGIN, []
    for step in history:
        at += step.jump
        command = None if step.ask is None else step.ask(here.trial, at)
        decision = None if command is None else here.ask(command)
        granted = step.ask is None or (decision is not None and not decision.forbidden)
        events = decision.events if decision is not None else ()
        answers.append((granted, any(isinstance(event, e.InfusionStarted) for event in events)))
    return answers


# The oracle -----------------------------------------------------------------------------------------------


def infused() -> tuple[Record, Granted]:
    """The first person's infusion, granted and not yet told."""
    record = begin(unspaced(), thawed=True)
    match = c.MatchAtBedside(chain=FIRST.chain, scan=FIRST.scan(BAG), wristband=FIRST.person)
    for nurse in ("nurse", "nurse-2"):
        record.must(FIRST.ask(match, BEGIN, nurse))
    start = c.StartInfusion(
        chain=FIRST.chain, scan=FIRST.scan(BAG), wristband=FIRST.person, flow=Amount.of("0.8 mL/min"),
        dilution=Amount.of("3 fold"),
    )  # fmt: skip
    command = FIRST.ask(start, BEGIN, "nurse")
    decision = decide(record.trial, command, record.protocol)
    return record, Granted(command.order, command.act, decision.events)


MUST_BE_TOLD = (
    e.ChainOpened, e.LabelPrinted, e.LabelVerified, e.Collected, e.Seeded, e.Harvested, e.Passaged, e.Split,
    e.Frozen, e.Tested, e.Released, e.Thawed, e.Matched, pe.Screened, pe.ConsentGiven, pe.GatePassed,
    pe.VisitRecorded, pe.WeightRecorded, TrainingRecorded,
)  # fmt: skip


@pytest.mark.parametrize("kind", MUST_BE_TOLD)
def test_the_oracle_misses_whatever_was_not_told(kind: type) -> None:
    """An infusion that is right is wrong when any kind of event that must stand before it is left out."""
    record, now = infused()
    assert violations(record.told, now) == []
    lines = [line for of in every(record.told) if of is not kind for line in record.told.of(of)]
    lines.sort(key=lambda line: line.place)
    without_it = Told(Granted(line.order, line.act, (line.event,)) for line in lines)
    assert violations(without_it, now)


def every(told: Told) -> set[type]:
    return set(told.kinds())


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"wristband": "PMADE1260000029"}, "the wristband read PMADE1260000029"),
        ({"scan": c.Scan(container=FIRST.container(BAG), read=FIRST.container(9))}, "the bag's label read"),
    ],
)
def test_the_oracle_reads_what_was_scanned(change: dict[str, object], wrong: str) -> None:
    """It asks the texts of the command, not what the event made of them."""
    record, now = infused()
    found = violations(record.told, replace(now, order=replace(now.order, **change)))
    assert any(wrong in each for each in found)


# What the graph rests on ----------------------------------------------------------------------------------


def test_a_decision_that_looks_at_another_person_is_caught() -> None:
    """A watched map gives what is allowed and stops at anything else."""
    watched = Watched(Map({"one": 1, "other": 2}), frozenset({"one"}))
    assert (watched["one"], watched.get("nobody"), len(watched)) == (1, None, 2)
    for look in (lambda: watched["other"], lambda: list(watched), lambda: watched.set("other", 3)):
        with pytest.raises(AssertionError, match="looked at other"):
            look()


def test_a_look_into_what_is_closed_is_caught() -> None:
    """A closed value can be kept and passed on; asking it anything opens it, but for its windows."""
    closed = Closed((1, 2), stopped=lambda: False)
    assert closed.stopped is False
    for look in (
        lambda: closed.adverse,
        lambda: list(closed),
        lambda: len(closed),
        lambda: closed == (1, 2),
        lambda: bool(closed),
    ):
        with pytest.raises(Opened):
            look()


def test_equal_states_are_one_and_different_ones_are_not() -> None:
    """States are told apart by their whole structure, not by where they lie in memory."""
    same = Sameness()
    one, again = begin().trial, begin().trial
    assert one is not again
    assert same.number(one) == same.number(again)
    assert same.number(one) != same.number(thawed().trial)
    assert same.number(1) != same.number("1") != same.number((1,))


def test_a_step_that_changes_what_nobody_shares_stops_the_run() -> None:
    """The graph keeps people, chains, harms and infusions apart; a step that changes more is a fault."""
    record = thawed()
    asking = Asking(record.protocol, record.trial, letters(), BEGIN)
    with pytest.raises(AssertionError, match="changed the trial's training"):
        asking.share(replace(record.trial, training=Map()))
