"""Neurological deterioration: against the mean of two examinations, confirmed by another examiner in time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.safety.harm_story import RULES, act, codes, done, on, report, scores

from myelos.acts import Decision
from myelos.answers import Answer
from myelos.safety import Facts, Harms, NeuroScores, decide, evolve
from myelos.safety import commands as cm
from myelos.safety.deterioration import assess
from myelos.safety.events import (
    DeteriorationConfirmed,
    DeteriorationRefuted,
    DeteriorationSuspected,
    Sign,
)
from myelos.safety.harms import Stage
from myelos.shapes import faults

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
BEFORE = (scores(-10), scores(-3, "examiner-2"))
FACTS = Facts(infused=(done("P1", 0), done("P2", 14)), before=BEFORE)
LIMITS = RULES.deterioration
WORSE = {"motor_total": (20, 20)}


def signs(now: NeuroScores, before: tuple[NeuroScores, ...] = BEFORE) -> dict[Sign, Answer]:
    return dict(assess(now, before, LIMITS).signs)


@pytest.mark.parametrize(
    ("changed", "sign", "said"),
    [
        ({"ais": ("A",)}, Sign.AIS, YES),
        ({"ais": ("B",)}, Sign.AIS, NO),
        ({"ais": ("E",)}, Sign.AIS, NO),
        ({"ais": ("A", "B")}, Sign.AIS, UNKNOWN),
        ({"motor_level_right": (3,)}, Sign.MOTOR_LEVEL_RIGHT, YES),
        ({"motor_level_right": (4,)}, Sign.MOTOR_LEVEL_RIGHT, NO),
        ({"motor_level_right": (4, 3)}, Sign.MOTOR_LEVEL_RIGHT, UNKNOWN),
        ({"motor_level_left": (3, 4)}, Sign.MOTOR_LEVEL_LEFT, UNKNOWN),
        ({"uems": (16, 16)}, Sign.UEMS, YES),
        ({"uems": (17, 17)}, Sign.UEMS, NO),
        ({"uems": (16, 17)}, Sign.UEMS, UNKNOWN),
        ({"motor_total": (20, 20)}, Sign.MOTOR_TOTAL, YES),
        ({"motor_total": (21, 21)}, Sign.MOTOR_TOTAL, NO),
        ({"motor_total": (15, 60)}, Sign.MOTOR_TOTAL, UNKNOWN),
        ({"respiratory_loss": UNKNOWN}, Sign.RESPIRATORY_LOSS, UNKNOWN),
        ({"ascending_loss": YES}, Sign.ASCENDING_LOSS, YES),
    ],
)
def test_each_sign_is_shown_from_its_limit_on(changed: dict[str, Any], sign: Sign, said: Answer) -> None:
    """At the limit it is shown, one point short it is not, and between possible scores it is unknown."""
    found = signs(scores(5, **changed))
    assert found.pop(sign) is said
    assert set(found.values()) == {NO}


def test_the_reference_is_the_mean_of_the_last_two_before_the_infusion() -> None:
    """30 and 34 give 32, so that 22 is a drop of 10; an older 60 does not count, nor the best of the two."""
    before = (
        scores(-20, motor_total=(60, 60)),
        scores(-10, motor_total=(30, 30)),
        scores(-3, motor_total=(34, 34)),
    )
    assert signs(scores(5, motor_total=(22, 22)), before)[Sign.MOTOR_TOTAL] is YES
    assert signs(scores(5, motor_total=(23, 23)), before)[Sign.MOTOR_TOTAL] is NO


def test_two_grades_before_are_averaged_like_scores() -> None:
    """B and C before: A is worse by more than a grade, B by half a grade only."""
    before = (scores(-10, ais=("B",)), scores(-3, ais=("C",)))
    assert signs(scores(5, ais=("A",)), before)[Sign.AIS] is YES
    assert signs(scores(5, ais=("B",)), before)[Sign.AIS] is NO


def test_without_two_examinations_before_nothing_can_be_excluded() -> None:
    """One reference is not the mean of two: every sign that needs it is unknown, and that is said."""
    assert set(signs(scores(5), BEFORE[:1]).values()) == {UNKNOWN, NO}
    decision = decided(Harms(), scores(5), facts=Facts(infused=FACTS.infused, before=BEFORE[:1]))
    assert codes(decision) == ["reference-missing", "retest"]
    assert decision.events[0].answer is UNKNOWN


POSSIBLE = st.lists(st.integers(0, 20), min_size=1, max_size=3).map(tuple)


@given(st.tuples(POSSIBLE, POSSIBLE), POSSIBLE)
def test_a_sign_is_sure_only_when_every_completion_agrees(
    before: tuple[tuple[int, ...], tuple[int, ...]], now: tuple[int, ...]
) -> None:
    """Sets of levels give the answer of all single levels in them, and unknown when those differ."""
    earlier = (scores(-10, motor_level_left=before[0]), scores(-3, motor_level_left=before[1]))
    said = signs(scores(5, motor_level_left=now), earlier)[Sign.MOTOR_LEVEL_LEFT]
    every = {(a + b) / 2 - c >= 2 for a in before[0] for b in before[1] for c in now}
    assert said is (UNKNOWN if len(every) == 2 else Answer.of(every.pop()))


def decided(state: Harms, exam: NeuroScores, facts: Facts = FACTS, id_: str = "D1") -> Decision:
    day = (exam.at - on(0)).total_seconds() / 86400
    return decide(state, cm.AssessExam(deterioration=id_, scores=exam), act(day + 0.01), RULES, facts)


def after(state: Harms, *exams: NeuroScores) -> Harms:
    for number, exam in enumerate(exams, start=len(state.deteriorations) + 1):
        for event in decided(state, exam, id_=f"D{number}").events:
            state = evolve(state, event, act(9))
    return state


def stage(state: Harms, id_: str = "D1") -> Stage:
    return state.deteriorations[id_].stage


SUSPECTED = after(Harms(), scores(5, **WORSE))
POSSIBLE_ONE = after(Harms(), scores(5, motor_total=(15, 60)))
TABLE: dict[str, tuple[Harms, NeuroScores, type[Any] | None, str | None]] = {
    "nothing, nothing shown": (Harms(), scores(5), None, None),
    "nothing, shown": (Harms(), scores(5, **WORSE), DeteriorationSuspected, "confirm"),
    "nothing, open": (Harms(), scores(5, uems=(0, 50)), DeteriorationSuspected, "retest"),
    "possible, nothing shown by the same": (POSSIBLE_ONE, scores(6), DeteriorationRefuted, None),
    "possible, nothing shown, late": (POSSIBLE_ONE, scores(9, "examiner-2"), DeteriorationRefuted, None),
    "possible, shown": (POSSIBLE_ONE, scores(6, "examiner-2", **WORSE), DeteriorationSuspected, "confirm"),
    "possible, open": (POSSIBLE_ONE, scores(6, uems=(0, 50)), None, "retest"),
    "suspected, shown by the same": (SUSPECTED, scores(6, **WORSE), None, "same-examiner"),
    "suspected, nothing shown by the same": (SUSPECTED, scores(6), None, "same-examiner"),
    "suspected, shown": (SUSPECTED, scores(6, "examiner-2", **WORSE), DeteriorationConfirmed, None),
    "suspected, shown at 48 h": (SUSPECTED, scores(7, "examiner-2", **WORSE), DeteriorationConfirmed, None),
    "suspected, shown late": (
        SUSPECTED,
        scores(7.1, "examiner-2", **WORSE),
        DeteriorationConfirmed,
        "confirmation-late",
    ),
    "suspected, nothing shown": (SUSPECTED, scores(6, "examiner-2"), DeteriorationRefuted, None),
    "suspected, nothing shown, late": (SUSPECTED, scores(7.1, "examiner-2"), None, "confirmation-late"),
    "suspected, open": (SUSPECTED, scores(6, "examiner-2", uems=(0, 50)), None, "retest"),
    "suspected, one at the same time": (SUSPECTED, scores(5, "examiner-2"), None, "exam-before-suspicion"),
    "suspected, an earlier examination": (SUSPECTED, scores(4, "examiner-2"), None, "exam-before-suspicion"),
}


@pytest.mark.parametrize("row", TABLE)
def test_an_examination_does_what_the_table_says_where_a_deterioration_stands(row: str) -> None:
    """Every state, every answer, the same examiner and another, in time and late."""
    state, exam, event, code = TABLE[row]
    decision = decided(state, exam, id_="D2")
    assert [type(each) for each in decision.events] == ([] if event is None else [event])
    assert codes(decision) == ([] if code is None else [code])
    assert not decision.forbidden


def test_a_suspicion_says_what_is_shown_what_is_open_and_until_when() -> None:
    """Signs that are shown and signs that are not known are told apart, in the event and in the finding."""
    decision = decided(Harms(), scores(5, uems=(0, 50), **WORSE))
    (event,) = decision.events
    assert (event.answer, event.signs, event.unknown) == (YES, (Sign.MOTOR_TOTAL,), (Sign.UEMS,))
    assert event.confirm_by == on(7)
    assert decision.findings[0].params["signs"] == "motor-total"
    opened = decided(Harms(), scores(5, uems=(0, 50)))
    (event,) = opened.events
    assert (event.answer, event.signs, event.unknown) == (UNKNOWN, (), (Sign.UEMS,))
    assert opened.findings[0].params["signs"] == "uems"
    shown = after(POSSIBLE_ONE, scores(6, "examiner-2", **WORSE)).deteriorations["D1"]
    assert (shown.stage, shown.examiner, shown.confirm_by) == (Stage.SUSPECTED, "examiner-2", on(8))


def test_before_and_after_are_those_of_the_first_infusion() -> None:
    """With two infusions an examination between them is one after; at the start itself it is neither."""
    twice = Facts(infused=(done("P1", 0), done("P1", 20)), before=BEFORE)
    assert not decided(Harms(), scores(5), facts=twice).forbidden
    assert codes(decided(Harms(), scores(0), facts=twice)) == ["exam-not-after-infusion"]
    for day in (0, 10):
        with pytest.raises(ValueError, match="reference"):
            decided(Harms(), scores(30), facts=replace(twice, before=(*BEFORE, scores(day))))


@pytest.mark.parametrize("loss", ["respiratory_loss", "ascending_loss"])
@pytest.mark.parametrize("state", [Harms(), SUSPECTED, POSSIBLE_ONE], ids=["none", "suspected", "possible"])
def test_loss_of_breathing_or_ascending_loss_waits_for_no_second_examiner(loss: str, state: Harms) -> None:
    """It is confirmed at once, by the same examiner too, whatever stands."""
    decision = decided(state, scores(6, **{loss: YES}), id_="D2")
    confirmed = decision.events[-1]
    assert isinstance(confirmed, DeteriorationConfirmed)
    assert confirmed.at_once
    assert codes(decision) == ["lost-at-once"]


def test_a_loss_at_once_is_not_refuted_by_scores_that_are_as_before() -> None:
    """It is final in itself; scores may lag."""
    assert stage(after(Harms(), scores(5, ascending_loss=YES), scores(6, "examiner-2"))) is Stage.CONFIRMED


def test_who_stays_worse_has_one_deterioration_and_another_sign_is_another() -> None:
    """At the next visit the same sign opens nothing and is said; a new sign opens a second one."""
    confirmed = after(Harms(), scores(5, **WORSE), scores(6, "examiner-2", **WORSE))
    again = decided(confirmed, scores(30, **WORSE), id_="D2")
    assert (again.events, codes(again)) == ((), ["deterioration-stays"])
    more = decided(confirmed, scores(30, ais=("A",), **WORSE), id_="D2")
    assert more.events[0].signs == (Sign.AIS,)
    assert codes(more) == ["deterioration-stays", "confirm"]


def test_a_deterioration_known_already_does_not_confirm_another_sign() -> None:
    """The second examiner finds the old loss and not the new one: the new one is refuted."""
    confirmed = after(Harms(), scores(5, **WORSE), scores(6, "examiner-2", **WORSE))
    twice = after(confirmed, scores(30, ais=("A",), **WORSE))
    decision = decided(twice, scores(31, "examiner-2", **WORSE), id_="D3")
    assert [type(event) for event in decision.events] == [DeteriorationRefuted]


def test_both_examinations_that_confirm_give_their_signs() -> None:
    """What the second examiner found besides is known afterwards."""
    state = after(Harms(), scores(5, **WORSE), scores(6, "examiner-2", ais=("A",)))
    assert state.deteriorations["D1"].signs == (Sign.AIS, Sign.MOTOR_TOTAL)


def test_confirmation_is_overdue_after_48_hours_and_only_while_open() -> None:
    """Nobody has to remember: it is asked of the state and an instant."""
    one = SUSPECTED.deteriorations["D1"]
    assert [one.overdue(on(day)) for day in (6.9, 7, 7.01)] == [False, False, True]
    closed = after(SUSPECTED, scores(6, "examiner-2")).deteriorations["D1"]
    assert not closed.overdue(on(30))


@pytest.mark.parametrize("confirmed", [True, False])
def test_what_nobody_examined_in_time_is_adjudicated_by_those_who_may(confirmed: bool) -> None:
    """Not before its time, not by anyone, and not twice; all of it is said at once."""
    command = cm.AdjudicateDeterioration(deterioration="D1", confirmed=confirmed, reasons="films read again")
    early = decide(SUSPECTED, command, act(6), RULES, FACTS)
    assert codes(early) == ["not-overdue", "not-a-decider"]
    decision = decide(SUSPECTED, command, act(8, role="safety-committee"), RULES, FACTS)
    state = evolve(SUSPECTED, decision.events[0], act(8))
    assert stage(state) is (Stage.CONFIRMED if confirmed else Stage.REFUTED)
    again = decide(state, command, act(8, role="safety-committee"), RULES, FACTS)
    assert codes(again) == ["no-open-deterioration"]


def test_an_examination_that_cannot_be_assessed_is_refused_with_everything_wrong() -> None:
    """To come, of nobody infused, under an id in use, with bounds the wrong way round: all four."""
    wrong = scores(-1, uems=(9, 3), motor_total=(50, 40))
    decision = decided(SUSPECTED, wrong, id_="D1")
    assert codes(decision) == [
        "deterioration-exists",
        "bounds-out-of-order",
        "bounds-out-of-order",
        "exam-not-after-infusion",
    ]
    command = cm.AssessExam(deterioration="D2", scores=scores(5))
    assert codes(decide(SUSPECTED, command, act(4), RULES, FACTS)) == ["not-yet"]


def test_a_reference_from_after_the_infusion_or_of_another_person_is_bad_code() -> None:
    """Who gives the facts must give the right ones."""
    for wrong in (scores(1), scores(-1, person="P2")):
        with pytest.raises(ValueError, match="reference"):
            decided(Harms(), scores(5), facts=Facts(infused=FACTS.infused, before=(*BEFORE, wrong)))
        with pytest.raises(ValueError, match="reference"):
            assess(scores(1), (*BEFORE, wrong), LIMITS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ais": ()},
        {"ais": ("F",)},
        {"motor_level_right": ()},
        {"motor_level_left": ()},
        {"motor_level_left": (41,)},
        {"motor_level_right": (-1,)},
        {"uems": (0, 51)},
        {"uems": (-1, 0)},
        {"motor_total": (0, 101)},
        {"motor_total": (-1, 0)},
    ],
)
def test_scores_that_cannot_be_are_not_read(wrong: dict[str, Any]) -> None:
    """A score out of its range, and a result without any possible value, are refused; the ends are not."""
    assert len(faults(scores(5, **wrong))) == 1
    assert faults(scores(5, motor_level_left=(0, 40), uems=(0, 50), motor_total=(0, 100))) == []


def test_a_reported_worsening_does_not_stand_for_an_examination() -> None:
    """An adverse event opens no deterioration: it asks for the examination that may."""
    decision = decide(Harms(), report("E1", kind="neurological-worsening"), act(3), RULES, FACTS)
    assert [type(event).__name__ for event in decision.events] == ["AdverseEventReported"]
