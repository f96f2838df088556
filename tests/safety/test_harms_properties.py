"""What holds of any history of harms: made-up ones, drawn by the hundred."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.safety.harm_story import RULES, ZONE, act, known, on, report, told, trial

from myelos.answers import Answer
from myelos.safety import Done, Facts, Harms, clocks, decide, evolve, hits, tabulate
from myelos.safety import commands as cm
from myelos.safety import events as ev
from myelos.safety.stopping import Hit
from myelos.safety.terms import Kind, Outcome, Procedure, Seriousness

FACTS = Facts(collected=trial(6).collected, infused=trial(4).infused)
DAY = 100
PEOPLE = st.sampled_from([f"P{number}" for number in range(1, 7)])
KINDS = st.sampled_from(
    [Kind.PULMONARY_EMBOLISM, Kind.DEEP_VEIN_THROMBOSIS, Kind.NEOPLASM, Kind.OTHER, Kind.UNCLASSIFIED]
)
REASONS = st.one_of(
    st.none(), st.lists(st.sampled_from(list(Seriousness)[1:]), max_size=2, unique=True).map(tuple)
)
ONSETS = st.sampled_from(["unknown", "2026", "2026-03", "2026-03-02", "2026-03-20", "2026-04-13T09:00Z"])
PARTICULARS = st.builds(
    ev.Particulars,
    kind=KINDS,
    term=st.just("made-up event"),
    grade=st.one_of(st.none(), st.integers(1, 5)),
    serious=REASONS,
    onset=ONSETS,
    known_at=st.just(on(DAY)),
)
EVENT_IDS = st.sampled_from([f"E{number}" for number in range(6)])
LATER = st.one_of(
    st.builds(cm.UpdateAdverseEvent, event=EVENT_IDS, particulars=PARTICULARS),
    st.builds(
        cm.JudgeRelatedness,
        event=EVENT_IDS,
        procedure=st.sampled_from(Procedure),
        related=st.sampled_from(Answer),
    ),
    st.builds(
        cm.DecideExpectedness,
        event=EVENT_IDS,
        expected=st.sampled_from(Answer),
        reference=st.just("edition 1"),
    ),
    st.builds(cm.RecordOutcome, event=EVENT_IDS, outcome=st.sampled_from(Outcome), end=st.just("unknown")),
    st.builds(cm.WithdrawAdverseEvent, event=EVENT_IDS, because=st.just(ev.WithdrawnBecause.NO_EVENT)),
)
REPORTS = st.lists(st.tuples(PEOPLE, PARTICULARS), max_size=6).map(
    lambda drawn: [
        cm.ReportAdverseEvent(event=f"E{place}", person=person, zone=ZONE, particulars=particulars)
        for place, (person, particulars) in enumerate(drawn)
    ]
)
HISTORIES = st.tuples(REPORTS, st.lists(LATER, max_size=8)).map(lambda parts: [*parts[0], *parts[1]])


def allowed(state: Harms, commands: list[Any], facts: Facts = FACTS) -> list[Any]:
    """The events of those commands that are allowed, one after another."""
    found = []
    for command in commands:
        for event in decide(state, command, act(DAY, why="made up"), RULES, facts).events:
            found.append(event)
            state = evolve(state, event, act(DAY, why="made up"))
    return found


def folded(events: list[Any], state: Harms | None = None) -> Harms:
    state = Harms() if state is None else state
    for event in events:
        state = evolve(state, event, act(DAY, why="made up"))
    return state


def hit(state: Harms, facts: Facts = FACTS) -> dict[str, Hit]:
    return {each.rule: each for each in hits(state, RULES, facts.infused, facts.collected)}


@given(HISTORIES)
def test_the_state_is_a_pure_fold_of_its_events(history: list[Any]) -> None:
    """The same events give the same state, and no state is changed by what follows it."""
    events = allowed(Harms(), history)
    states = [folded(events[:upto]) for upto in range(len(events) + 1)]
    state = Harms()
    for event, after in zip(events, states[1:], strict=True):
        state = evolve(state, event, act(DAY, why="made up"))
        assert state == after
    assert states == [folded(events[:upto]) for upto in range(len(events) + 1)]


@given(HISTORIES, st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_reported_changes_no_table_no_hit_and_no_clock(
    history: list[Any], random: Any
) -> None:
    """Histories of different adverse events may be entered in any order."""
    events = allowed(Harms(), history)
    names = list(dict.fromkeys(event.event for event in events))
    random.shuffle(names)
    turned = [event for name in names for event in events if event.event == name]
    one, other = folded(events), folded(turned)
    assert tabulate(one, FACTS.collected, FACTS.infused) == tabulate(other, FACTS.collected, FACTS.infused)
    assert hit(one) == hit(other)
    now = on(DAY + 5)
    due = [clocks(state, RULES, FACTS.collected, FACTS.infused, now) for state in (one, other)]
    assert due[0] == due[1]


@given(HISTORIES, st.lists(LATER, min_size=1, max_size=4), st.integers(0, 3))
def test_nothing_reported_and_nobody_infused_takes_a_sure_hit_away(
    history: list[Any], later: list[Any], more: int
) -> None:
    """Only a decision does. A possible hit goes only when its own unknown is answered."""
    state = folded(allowed(Harms(), history))
    before = hit(state)
    state = folded(allowed(state, later), state)
    facts = replace(FACTS, infused=trial(4 + more).infused)
    after, changed = hit(state, facts), {command.event for command in later}
    for rule, found in before.items():
        own = {fact.id for fact in found.facts if fact.answer is Answer.UNKNOWN}
        if found.answer is Answer.YES:
            assert after[rule].answer is Answer.YES
            assert set(found.facts) <= set(after[rule].facts)
        elif own.isdisjoint(changed):
            assert rule in after


@given(HISTORIES, HISTORIES)
def test_a_decision_to_continue_covers_what_it_names_and_nothing_new(
    history: list[Any], more: list[Any]
) -> None:
    """After it nothing is hit; whatever is hit later has a fact that it did not name."""
    state = folded(allowed(Harms(), history))
    while hit(state):  # a sure hit may stand before a possible one of the same rule
        command = cm.DecideStopping(
            verdict=ev.Verdict.CONTINUE,
            hits=tuple(found.reviewed for found in hit(state).values()),
            reasons="made up",
            amendment=None,
        )
        state = told([command], FACTS, state, day=DAY, role="safety-committee")
    later = folded(allowed(state, more), state)
    for found in hit(later).values():
        assert not set(found.facts) <= state.reviewed.get(found.rule, frozenset())


BLUR = st.lists(st.sampled_from(["kind", "grade", "serious", "onset"]), min_size=1, unique=True)
UNKNOWNS = {"kind": Kind.UNCLASSIFIED, "grade": None, "serious": None, "onset": "unknown"}


CONSISTENT = PARTICULARS.map(
    lambda drawn: (
        replace(drawn, serious=(Seriousness.DEATH,))
        if drawn.grade == 5 and drawn.serious is not None
        else drawn
    )
)
"""Without a grade 5 that is said not to be fatal: blurring its grade would leave only what contradicts it."""


@given(st.lists(st.tuples(PEOPLE, CONSISTENT), min_size=1, max_size=5), st.data())
def test_what_is_not_known_is_never_counted_as_none(
    drawn: list[tuple[str, ev.Particulars]], data: st.DataObject
) -> None:
    """Made unknown, an event still hits (perhaps), still starts its clocks, and widens the tables."""
    sharp, blurred = [], []
    for place, (person, particulars) in enumerate(drawn):
        fields = data.draw(BLUR)
        unknown = replace(particulars, **{name: UNKNOWNS[name] for name in fields})
        for kept, said in ((sharp, particulars), (blurred, unknown)):
            kept.append(
                ev.AdverseEventReported(event=f"E{place}", person=person, zone=ZONE, particulars=said)
            )
    one, other = folded(sharp), folded(blurred)
    assert set(hit(one)) <= set(hit(other))
    due = [
        {(item.clock, item.subject) for item in clocks(state, RULES, (), FACTS.infused, on(DAY))}
        for state in (one, other)
    ]
    assert due[0] <= due[1]
    rows = [tabulate(state, FACTS.collected, FACTS.infused) for state in (one, other)]
    for known_, open_ in zip(*rows, strict=True):
        assert open_.people + open_.perhaps >= known_.people
        if known_.low is not None:
            assert open_.low <= known_.low
            assert open_.high >= stated_high(known_.people, known_.of)


def stated_high(people: int, of: int) -> float:
    from myelos.safety.tabulation import upper_limit

    return upper_limit(people, of)


def crowd(people: int, events: int) -> tuple[Facts, list[Any]]:
    """People infused one a day, and mild events of theirs, every hundredth of grade 4, all judged."""
    collected = [
        Done(person=f"P{n}", procedure=procedure, at=on(n - 30), zone=ZONE)
        for n in range(people)
        for procedure in (Procedure.BLOOD_DRAW, Procedure.MARROW)
    ]
    infused = [Done(person=f"P{n}", procedure=Procedure.INFUSION, at=on(n), zone=ZONE) for n in range(people)]
    made: list[Any] = []
    for n in range(events):
        particulars = known(grade=4 if n % 100 == 0 else 1, onset="2028-12-01", known_at=on(1010))
        made.append(
            ev.AdverseEventReported(
                event=f"E{n}", person=f"P{n % people}", zone=ZONE, particulars=particulars
            )
        )
        made += [
            ev.RelatednessJudged(event=f"E{n}", procedure=procedure, related=Answer.NO)
            for procedure in Procedure
        ]
    return Facts(collected=tuple(collected), infused=tuple(infused)), made


@pytest.mark.slow
def test_a_fold_of_two_hundred_thousand_events_takes_seconds() -> None:
    """40,000 adverse events, each judged four times."""
    _, made = crowd(1000, 40_000)
    start = time.perf_counter()
    state, done_by = Harms(), act(1020)
    for event in made:
        state = evolve(state, event, done_by)
    assert len(state.adverse) == 40_000
    assert time.perf_counter() - start < 20


@pytest.mark.slow
def test_a_command_is_decided_in_under_a_millisecond_among_a_thousand_people() -> None:
    """Reports, and what is hit, by their medians, among 1,000 people and 3,000 adverse events."""
    facts, made = crowd(1000, 3000)
    state, done_by = Harms(), act(1020)
    for event in made:
        state = evolve(state, event, done_by)
    took = []
    for number in range(100):
        command = report(f"N{number}", person=f"P{number}")
        start = time.perf_counter()
        decide(state, command, done_by, RULES, facts)
        took.append(time.perf_counter() - start)
    assert sorted(took)[50] < 0.001
    asked = []
    for _ in range(20):
        start = time.perf_counter()
        hits(state, RULES, facts.infused, facts.collected)
        asked.append(time.perf_counter() - start)
    assert sorted(asked)[10] < 0.001
