"""Stopping and pausing: what hits, what a hit blocks, and what a decision covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.safety.harm_story import (
    RULES,
    act,
    codes,
    done,
    judge,
    known,
    on,
    report,
    scores,
    told,
    trial,
    unrelated,
)

from myelos.answers import Answer
from myelos.findings import Phrasebook
from myelos.quantities import Amount
from myelos.safety import Facts, Harms, Step, blocked, decide, hits
from myelos.safety import commands as cm
from myelos.safety.events import Reviewed, Source, Verdict, WithdrawnBecause
from myelos.safety.facts import first_of_each
from myelos.safety.rules import CountOf, Criterion, InAny, Spacing
from myelos.safety.stopping import Hit
from myelos.safety.terms import Kind, Status

FACTS = trial(6)
YES, UNKNOWN = Answer.YES, Answer.UNKNOWN


def hit(state: Harms, facts: Facts = FACTS) -> tuple[Hit, ...]:
    return hits(state, RULES, facts.infused, facts.collected)


def named(state: Harms, facts: Facts = FACTS) -> dict[str, Answer]:
    return {each.rule: each.answer for each in hit(state, facts)}


def stops(state: Harms, day: float = 200, step: Step = Step.COLLECTION, facts: Facts = FACTS) -> list[str]:
    found = blocked(state, RULES, facts.infused, facts.collected, on(day), step)
    return [finding.code.removeprefix("safety.") for finding in found]


def decision(verdict: Verdict, found: Sequence[Hit], **other: Any) -> cm.DecideStopping:
    told_: dict[str, Any] = {"reasons": "made up", "amendment": None}
    return cm.DecideStopping(verdict=verdict, hits=tuple(each.reviewed for each in found), **(told_ | other))


def continued(state: Harms, facts: Facts = FACTS) -> Harms:
    command = decision(Verdict.CONTINUE, hit(state, facts))
    return told([command], facts, state, day=100, role="safety-committee")


INCIDENT = cm.RecordIncident(
    incident="I1", kind=Kind.IDENTITY_ERROR, what="made up", person=None, container="bag-1"
)


@pytest.mark.parametrize(
    ("commands", "rule"),
    [
        ([report("E1", grade=5)], "grade-5"),
        ([report("E1", grade=4), judge("E1", YES)], "related-grade-4"),
        ([INCIDENT], "identity-error"),
        ([replace(INCIDENT, kind=Kind.CONTAMINATION)], "contamination"),
        ([report("E1", kind=Kind.NEOPLASM)], "neoplasm"),
        ([report("E1", kind=Kind.LATE_POSITIVE_STERILITY)], "late-positive-sterility"),
    ],
)
def test_one_of_these_is_enough_and_blocks_collection_and_infusion(commands: list[Any], rule: str) -> None:
    """Any grade 5, related grade 4, identity error, contamination, neoplasm, late positive sterility."""
    state = told(commands, FACTS)
    assert named(state)[rule] is YES
    for step in Step:
        assert "hit" in stops(state, step=step)


def test_nothing_reported_blocks_nothing() -> None:
    """Six people infused 14 days apart and no harm: no hit, no block."""
    assert hit(Harms()) == ()
    assert [stops(Harms(), step=step) for step in Step] == [[], []]


def test_grade_4_not_judged_yet_blocks_until_everybody_who_must_has_judged() -> None:
    """Unknown relatedness is not unrelated; judged unrelated to all four it blocks no more."""
    state = told([report("E1", grade=4)], FACTS)
    assert named(state) == {"related-grade-4": UNKNOWN}
    assert stops(state) == ["hit-possible"]
    assert hit(told(unrelated("E1"), FACTS, state)) == ()


def deteriorate(state: Harms, person: str, day: float, examiners: Sequence[str]) -> Harms:
    before = (scores(day - 40, person=person), scores(day - 39, person=person))
    facts = replace(FACTS, before=before)
    exams = [
        scores(day + place / 2, examiner, person, motor_total=(10, 10))
        for place, examiner in enumerate(examiners)
    ]
    commands = [
        cm.AssessExam(deterioration=f"D-{person}-{place}", scores=exam) for place, exam in enumerate(exams)
    ]
    return told(commands, facts, state, day=day + 3)


def test_two_confirmed_deteriorations_hit_and_a_suspected_one_may_be_the_second() -> None:
    """One confirmed is none; with one suspected beside it, two are possible; confirmed, they are two."""
    one = deteriorate(Harms(), "P1", 20, ["examiner-1", "examiner-2"])
    assert named(one) == {}
    perhaps = deteriorate(one, "P2", 40, ["examiner-1"])
    assert named(perhaps) == {"two-confirmed-deteriorations": UNKNOWN}
    two = deteriorate(one, "P2", 40, ["examiner-1", "examiner-2"])
    assert named(two) == {"two-confirmed-deteriorations": YES}
    assert [fact.id for fact in hit(two)[0].facts] == ["D-P1-0", "D-P2-0"]
    assert [fact.answer for fact in hit(perhaps)[0].facts] == [YES, UNKNOWN]


@pytest.mark.parametrize(("of", "found"), [("events", ["two", "three"]), ("people", ["two"])])
def test_a_count_is_of_events_or_of_people_as_the_rule_says(of: str, found: list[str]) -> None:
    """Two sepses of one person and one of another: three events, two people."""
    rules = tuple(
        CountOf(
            kind="count",
            name=name,
            what=Criterion(kinds=(Kind.SEPSIS,)),
            of=of,
            at_least=k,
            origin="made up",
            status=Status.PROPOSAL,
        )
        for k, name in ((2, "two"), (3, "three"))
    )
    reports = [
        report(f"E{n}", person=person, kind=Kind.SEPSIS) for n, person in enumerate(("P1", "P1", "P2"))
    ]
    made = replace(RULES, stopping=rules)
    hit_now = hits(told(reports, FACTS), made, FACTS.infused, FACTS.collected)
    assert [each.rule for each in hit_now] == found


def test_incidents_of_nobody_known_are_as_many_as_there_are() -> None:
    """Two contaminated bags whose people are not known may be two people's, and count as two."""
    rule = CountOf(
        kind="count",
        name="two",
        what=Criterion(kinds=(Kind.CONTAMINATION,)),
        of="people",
        at_least=2,
        origin="made up",
        status=Status.PROPOSAL,
    )
    bags = [replace(INCIDENT, incident=f"I{n}", kind=Kind.CONTAMINATION) for n in range(2)]
    made = replace(RULES, stopping=(rule,))
    assert len(hits(told(bags, FACTS), made, FACTS.infused, FACTS.collected)) == 1
    assert hits(told(bags[:1], FACTS), made, FACTS.infused, FACTS.collected) == ()


EMBOLISM = {"kind": Kind.PULMONARY_EMBOLISM, "grade": 2}


def embolism(person: str, onset: str, event: str | None = None) -> cm.ReportAdverseEvent:
    return report(event or f"E-{person}", person=person, onset=onset, **EMBOLISM)


def test_two_thrombo_embolic_events_in_the_first_ten_infused_hit() -> None:
    """In two people within 30 days of their own infusion; twice in one person counts once."""
    twelve = trial(12)
    one = told([embolism("P1", "2026-03-05"), embolism("P1", "2026-03-09", "E2")], twelve, day=10)
    assert named(one, twelve) == {}
    second = told([embolism("P10", "2026-07-06")], twelve, one, day=200)
    assert named(second, twelve) == {"two-thrombo-embolic-in-ten": YES}
    eleventh = told([embolism("P11", "2026-07-20")], twelve, one, day=200)
    assert named(eleventh, twelve) == {}
    late = told([embolism("P10", "2026-09-01")], twelve, one, day=200)
    assert named(late, twelve) == {}
    unsure = told([embolism("P10", "unknown")], twelve, one, day=200)
    assert named(unsure, twelve) == {"two-thrombo-embolic-in-ten": UNKNOWN}


def test_the_beta_binomial_boundary_is_held_against_people_in_order_of_infusion() -> None:
    """Two of the first three with a related grade 3 are over the boundary; two of the first six are not."""
    early = told([*related(1), *related(2)], FACTS, day=100)
    assert named(early) == {"related-grade-3": YES}
    assert named(told([*related(1), *related(6)], FACTS, day=100)) == {}


def related(number: int) -> list[Any]:
    """A grade 3 event of the n-th person on the day after the infusion, judged related to the cells."""
    onset = (on((number - 1) * 14 + 1)).strftime("%Y-%m-%d")
    name = f"E{number}"
    return [report(name, person=f"P{number}", grade=3, onset=onset), judge(name, YES)]


def test_more_people_without_harm_do_not_undo_a_hit() -> None:
    """The boundary crossed at three people stays crossed at thirty."""
    early = told([*related(1), *related(2)], trial(3), day=100)
    assert named(early, trial(30)) == named(early, trial(3)) == {"related-grade-3": YES}


def test_a_sure_hit_outlives_what_is_reported_later() -> None:
    """Grade lowered, judged unrelated, report withdrawn: only a decision takes the hit away."""
    state = told([report("E1", grade=4), judge("E1", YES)], FACTS)
    before = hit(state)
    later = [
        cm.UpdateAdverseEvent(event="E1", particulars=known(grade=1)),
        judge("E1", Answer.NO),
        cm.WithdrawAdverseEvent(event="E1", because=WithdrawnBecause.NO_EVENT),
    ]
    for command in later:
        state = told([command], FACTS, state, why="made up")
        assert hit(state) == before
    assert hit(continued(state)) == ()


def test_the_same_facts_do_not_hit_again_after_a_decision_and_new_ones_do() -> None:
    """Continue covers exactly the facts it names; a second event names both."""
    state = continued(told([report("E1", grade=5), *unrelated("E1")], FACTS))
    assert hit(state) == ()
    assert stops(state) == []
    state = told([report("E2", person="P2", grade=5), *unrelated("E2")], FACTS, state)
    (again,) = hit(state)
    assert [fact.id for fact in again.facts] == ["E1", "E2"]


def test_a_decision_about_a_possible_hit_does_not_cover_the_sure_one() -> None:
    """What the committee saw was unknown; when it is known, that is new."""
    state = continued(told([report("E1", grade=4)], FACTS))
    assert hit(state) == ()
    assert named(told([judge("E1", YES)], FACTS, state))["related-grade-4"] is YES


def test_stop_blocks_until_those_who_may_say_continue() -> None:
    """After a stop nothing moves; a later decision may lift it, without a hit to name."""
    state = told([report("E1", grade=5)], FACTS)
    stop = decision(Verdict.STOP, hit(state))
    stopped = told([stop], FACTS, state, role="safety-committee")
    assert stops(stopped) == stops(stopped, step=Step.INFUSION) == ["stopped"]
    lifted = told([decision(Verdict.CONTINUE, [])], FACTS, stopped, role="safety-committee")
    assert stops(lifted) == []


@pytest.mark.requirement("ACC-01")
def test_acc_01_a_decision_is_refused_for_everything_wrong_with_it() -> None:
    """The wrong role, a hit with other facts than it has, an amendment without modify: all at once."""
    state = told([report("E1", grade=5)], FACTS)
    half = Reviewed(rule="grade-5", facts=())
    command = cm.DecideStopping(verdict=Verdict.CONTINUE, hits=(half,), reasons="made up", amendment="A1")
    refused = decide(state, command, act(5), RULES, FACTS)
    assert codes(refused) == ["not-a-decider", "no-such-hit", "amendment-with-modify"]
    nothing = decide(Harms(), decision(Verdict.CONTINUE, []), act(5, role="safety-committee"), RULES, FACTS)
    assert codes(nothing) == ["nothing-to-decide"]
    modify = decide(
        state, decision(Verdict.MODIFY, hit(state)), act(5, role="safety-committee"), RULES, FACTS
    )
    assert codes(modify) == ["amendment-with-modify"]


def test_who_decided_what_with_which_reasons_is_kept() -> None:
    """A decision is part of the state, with its account, its role and its time."""
    state = continued(told([report("E1", grade=5)], FACTS))
    (kept,) = state.decisions
    assert (kept.by, kept.role, kept.at) == ("investigator-1", "safety-committee", on(100))
    assert kept.decision.reasons == "made up"


@pytest.mark.parametrize(
    ("infused", "day", "waits"),
    [
        ([], 0, False),
        ([0], 13, True),
        ([0], 13.9, False),  # 14 civil days later in Tokyo, though not 14 times 24 hours
        ([0, 14], 27, True),
        ([0, 14], 28, False),
        ([0, 14, 28], 29, False),
    ],
)
def test_the_next_of_the_first_three_waits_fourteen_civil_days(
    infused: list[float], day: float, waits: bool
) -> None:
    """Only infusion waits, only for the first three people, and a second bag of one person does not."""
    facts = Facts(infused=tuple(done(f"P{n}", at) for n, at in enumerate(infused)))
    assert stops(Harms(), day, Step.INFUSION, facts) == (["wait"] if waits else [])
    assert stops(Harms(), day, Step.COLLECTION, facts) == []
    own = blocked(Harms(), RULES, facts.infused, (), on(day), Step.INFUSION, person="P0")
    assert own == () or not infused


def test_two_of_the_first_three_too_close_are_a_hit_and_later_ones_are_not() -> None:
    """What should not have happened needs a decision; the fourth person may follow at once."""
    close = Facts(infused=(done("P1", 0), done("P2", 3), done("P3", 20)))
    assert named(Harms(), close) == {"first-three-apart": YES}
    late = Facts(infused=(done("P1", 0), done("P2", 14), done("P3", 28), done("P4", 29), done("P4", 29.1)))
    assert named(Harms(), late) == {}
    assert hit(continued(Harms(), close), close) == ()
    (fact,) = hit(Harms(), close)[0].facts
    assert (fact.source, fact.id, fact.answer) == (Source.INFUSION, "P2", YES)


@pytest.mark.parametrize(("day", "waits"), [(1.99, True), (2, False)])
def test_a_spacing_in_hours_is_exact(day: float, waits: bool) -> None:
    """48 h are 48 hours, not the day after tomorrow."""
    spacing = Spacing(
        kind="spacing",
        name="two-days",
        first=3,
        apart=Amount.of("48 h"),
        origin="made up",
        status=Status.PROPOSAL,
    )
    rules = replace(RULES, stopping=(spacing,))
    found = blocked(Harms(), rules, (done("P1", 0),), (), on(day), Step.INFUSION)
    assert [finding.code for finding in found] == (["safety.wait"] if waits else [])


def test_the_facts_of_a_hit_are_those_within_its_stretch_of_people() -> None:
    """Two in any two infused one after another: the first person's event and a stranger's are no part."""
    rule = InAny(
        kind="k-in-any-n",
        name="two-in-two",
        what=Criterion(kinds=(Kind.SEPSIS,)),
        at_least=2,
        consecutive=2,
        origin="made up",
        status=Status.PROPOSAL,
    )
    people = ("P1", "P4", "P5", "P20")
    reports = [report(f"E-{person}", person=person, kind=Kind.SEPSIS) for person in people]
    made = replace(RULES, stopping=(rule,))
    (found,) = hits(told(reports, FACTS), made, FACTS.infused, FACTS.collected)
    assert [fact.id for fact in found.facts] == ["E-P4", "E-P5"]
    assert hits(told(reports[:2], FACTS), made, FACTS.infused, FACTS.collected) == ()


def test_the_order_in_which_infusions_are_given_does_not_matter() -> None:
    """Entries come late; the order of the people is that of their times."""
    state = told([embolism("P1", "2026-03-05"), embolism("P5", "2026-05-01")], FACTS, day=100)
    first, second, *others = FACTS.infused
    for turned in (FACTS.infused[::-1], (second, first, *others)):
        assert hit(state) == hit(state, replace(FACTS, infused=turned)) != ()


def test_people_infused_at_one_moment_stand_in_the_order_of_their_codes() -> None:
    """Whoever is given first, the first ten are the same ten."""
    same = [done(f"P{n}", 0) for n in (2, 1, 3)]
    assert [each.person for each in first_of_each(same)] == ["P1", "P2", "P3"]


def test_a_hit_says_its_rule_and_its_facts_in_both_languages() -> None:
    """Whoever is stopped at the bedside reads why."""
    (found,) = hit(told([report("E1", grade=5), *unrelated("E1")], FACTS))
    book = Phrasebook("myelos.safety")
    for language in ("en", "ja"):
        assert "grade-5" in book.tell(found.finding(), language)
        assert "E1" in book.tell(found.finding(), language)
