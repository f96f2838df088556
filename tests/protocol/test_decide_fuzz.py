"""For any command, in any state: events or findings, never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pytest
from examples.twenty_people.playing import play
from examples.twenty_people.script import OPENED, opening
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.protocol.any_command import ANY, commands, every
from tests.protocol.played import TRIAL, codes, infused, opened, whole

from myelos.findings import Refused
from myelos.protocol import COMMANDS, Command, Protocol, Trial, decide, evolve, load_protocol
from myelos.protocol.events import SiteOpened
from myelos.protocol.state import EVENT_CATALOGUE, EVENTS, after

OTHERS = ("honmou-out-of-specification", "post-market-comparison", "stroke-phase2")


@dataclass(frozen=True)
class Point:
    """A point in a trial, and what the script asks next."""

    protocol: Protocol
    trial: Trial
    next: tuple[Command, ...] = ()


@cache
def points() -> tuple[Point, ...]:
    """The trial after every tenth command of two people, of whom the second lags behind; other trials,
    empty and opened."""
    first, second = list(whole(1)), list(whole(2))
    asked = [each for two in zip([*first, *[None] * 30], [None] * 30 + second, strict=True)
             for each in two if each]  # fmt: skip
    trial = opened().trial
    found = [Point(TRIAL, Trial(TRIAL.id), tuple(opening(OPENED)))]
    for place in range(0, len(asked), 10):
        found.append(Point(TRIAL, trial, tuple(asked[place : place + 12])))
        trial, _ = play(TRIAL, asked[place : place + 10], trial)
    found.append(Point(TRIAL, trial))
    for name in OTHERS:
        protocol = load_protocol(name)
        opens = every()[SiteOpened]
        found.append(Point(protocol, Trial(name)))
        found.append(Point(protocol, after(Trial(name), (opens.order,), opens.act)))
    return tuple(found)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Point, list[Command | Refused]]:
    """A point, and up to eight commands that follow: the script's own, and any others."""
    point = draw(st.sampled_from(points()))
    any_ = commands() | commands((*ANY, *point.next), as_it_is=True)
    if not point.next:
        return point, draw(st.lists(any_, min_size=1, max_size=8))
    theirs = commands(point.next, as_it_is=True)
    return point, draw(st.lists(theirs | theirs | any_, min_size=1, max_size=8))


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.NAME)
def test_every_kind_of_command_is_answered_in_every_state(kind: type) -> None:
    """As it stands in the script, asked too early, too late and in other trials: events, or findings that
    have words."""
    command = every()[kind]
    for point in points():
        decision = decide(point.trial, command, point.protocol)
        codes(decision)
        for event in decision.events:
            assert type(event) in EVENTS
        after(point.trial, decision.events, command.act)


@pytest.mark.slow
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories())
def test_any_commands_one_after_another_give_events_or_findings(
    history: tuple[Point, list[Command | Refused]],
) -> None:
    """Anything told otherwise, by anybody, at any time, from any state: no exception; what is allowed folds,
    and reads back from its plain form as the same event."""
    point, asked = history
    trial = point.trial
    for command in asked:
        if isinstance(command, Refused):
            assert command.findings
            continue
        decision = decide(trial, command, point.protocol)
        codes(decision)
        assert decision.events == () or not decision.forbidden
        for event in decision.events:
            assert EVENT_CATALOGUE.read(EVENT_CATALOGUE.write(event)) == event
            trial = evolve(trial, event, command.act)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(commands(), min_size=1, max_size=3))
def test_any_commands_after_two_infusions_give_events_or_findings(asked: list[Command | Refused]) -> None:
    """The state with most in it."""
    trial = infused(1, 2).trial
    for command in asked:
        if isinstance(command, Command):
            decision = decide(trial, command, TRIAL)
            codes(decision)
            trial = after(trial, decision.events, command.act)


def test_the_points_reach_from_nothing_to_two_infusions() -> None:
    """What the fuzz starts from has both ends in it."""
    reached = [len(each.trial.infused) for each in points()]
    assert (min(reached), max(reached)) == (0, 2)
