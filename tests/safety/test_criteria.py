"""Whether an event meets a criterion: windows, grades, seriousness, relatedness; unknown is never no."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.safety.harm_story import RULES, done, judge, known, on, report, told, trial

from myelos.answers import Answer
from myelos.quantities import Amount
from myelos.safety import Facts
from myelos.safety import commands as cm
from myelos.safety.criteria import candidates, ever_meets, fell, meets, special_interest
from myelos.safety.events import Reading, WithdrawnBecause
from myelos.safety.harms import AdverseEvent, Harms
from myelos.safety.rules import Criterion
from myelos.safety.terms import Kind, Measured, Outcome, Procedure, Seriousness

FACTS = trial(3)
YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
RELATED = Criterion(grade_at_least=4, related_to=tuple(Procedure))


def event(*commands: Any, facts: Facts = FACTS, **particulars: Any) -> AdverseEvent:
    return told([report("E1", **particulars), *commands], facts).adverse["E1"]


def answer(adverse: AdverseEvent, what: Criterion, facts: Facts = FACTS) -> Answer:
    return meets(adverse, adverse.now, what, facts.done_to("P1"))


def interest(adverse: AdverseEvent, facts: Facts = FACTS) -> dict[str, Answer]:
    rows = special_interest(adverse, RULES, facts.done_to("P1"))
    return {row.kind.value: said for row, said in rows}


@pytest.mark.parametrize(
    ("kind", "onset", "said"),
    [
        ("hypersensitivity-dmso", "2026-03-02T00:59Z", YES),  # 23:59 after the infusion of 01:00 UTC
        ("hypersensitivity-dmso", "2026-03-02T01:01Z", None),
        ("hypersensitivity-dextran", "2026-03-02", UNKNOWN),  # that day, before or after 24 h
        ("hypersensitivity-antibiotic", "2026-03-01", UNKNOWN),  # that day, before or after the infusion
        ("desaturation", "2026-02-28", None),
        ("hypotension", "unknown", UNKNOWN),
        ("autonomic-dysreflexia", "2026-03-04", None),
        ("pulmonary-embolism", "2026-03-31", YES),
        ("deep-vein-thrombosis", "2026-04-01", None),
        ("sepsis", "2026-03", UNKNOWN),
        ("late-positive-sterility", "2026-03-05T09:00Z", YES),
        ("new-neuropathic-pain", "2026-09-01", YES),
        ("syrinx", "2026-12-01", YES),
        ("mass", "2026-12-01", YES),
        ("abnormal-growth", "2026-12-01", YES),
        ("death", "2026-02-01", YES),
        ("other", "2026-03-02", None),
    ],
)
def test_an_event_is_of_special_interest_in_its_window(kind: str, onset: str, said: Answer | None) -> None:
    """Each kind of the issue, inside, outside and at the edge of its window after the infusion."""
    command = report("E1", kind=Kind(kind), onset=onset, known_at=on(0))
    adverse = told([command], FACTS, day=400).adverse["E1"]
    assert interest(adverse).get(kind) is said


def test_every_kind_of_the_issue_has_a_row() -> None:
    """None of the events of special interest is forgotten in the proposal."""
    rows = {row.kind for row in RULES.special_interest}
    left = {Kind.NEUROLOGICAL_WORSENING, Kind.CONTAMINATION, Kind.IDENTITY_ERROR}
    assert rows == set(Kind) - left - {Kind.CONFIRMED_DETERIORATION, Kind.OTHER, Kind.UNCLASSIFIED}


def test_an_unclassified_event_may_be_any_of_special_interest() -> None:
    """Not classified yet is not "none of these"."""
    adverse = event(kind=Kind.UNCLASSIFIED)
    assert interest(adverse)["sepsis"] is UNKNOWN


def readings(*pairs: tuple[float, str]) -> tuple[Reading, ...]:
    return tuple(
        Reading(of=Measured.HAEMOGLOBIN, amount=Amount.of(f"{value} g/dL"), at=on(day))
        for day, value in pairs
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (readings((-31, "13.4"), (-29, "11.4")), YES),
        (readings((-31, "13.4"), (-29, "11.5")), NO),
        (readings((-31, "13.4"), (-29, "12"), (-10, "11.3"), (-2, "13")), YES),  # the lowest after
        (readings((-40, "15"), (-31, "13.4"), (-29, "12")), NO),  # the last before
        (readings((-30, "13.4"), (-29, "11.4")), YES),  # taken with the draw itself: before it
        (readings((-31, "13.4")), UNKNOWN),
        (readings((-29, "9")), UNKNOWN),
        ((), UNKNOWN),
    ],
)
def test_a_fall_of_haemoglobin_is_judged_from_values_and_unknown_without_them(
    values: tuple[Reading, ...], said: Answer
) -> None:
    """2 g/dL from the last value before the first draw to the lowest after it; the limit itself counts."""
    (row,) = (row for row in RULES.special_interest if row.kind is Kind.HAEMOGLOBIN_FALL)
    draws = [each for each in FACTS.done_to("P1") if each.procedure is Procedure.BLOOD_DRAW]
    assert fell(values, draws, row) is said
    assert fell(values, [], row) is UNKNOWN
    coded_other = event(kind=Kind.OTHER, readings=values, onset="2026-02-01")
    assert interest(coded_other).get("haemoglobin-fall", NO) is (NO if said is UNKNOWN else said)
    coded_so = event(kind=Kind.HAEMOGLOBIN_FALL, readings=values, onset="2026-02-01")
    assert interest(coded_so).get("haemoglobin-fall", NO) is said


def test_a_fall_is_counted_from_the_first_draw_and_within_the_window_of_any() -> None:
    """Two draws: the value between them is after the first; a value outside every window does not count."""
    (row,) = (row for row in RULES.special_interest if row.kind is Kind.HAEMOGLOBIN_FALL)
    draws = [done("P1", day, Procedure.BLOOD_DRAW) for day in (-30, -10)]
    assert fell(readings((-31, "13"), (-20, "11")), draws, row) is YES
    narrow = replace(row, within=Amount.of("3 d"))
    assert fell(readings((-31, "13"), (-20, "11")), draws, narrow) is UNKNOWN
    assert fell(readings((-31, "13"), (-20, "10"), (-8, "12")), draws, narrow) is NO
    with pytest.raises(ValueError, match="no fall"):
        fell((), draws, replace(row, falls_by=None))


@pytest.mark.parametrize(
    ("particulars", "grade", "said"),
    [
        ({"grade": 4}, 4, YES),
        ({"grade": 3}, 4, NO),
        ({"grade": None}, 4, UNKNOWN),
        ({"grade": None, "serious": ()}, 5, NO),
        ({"grade": None, "serious": None}, 5, UNKNOWN),
        ({"grade": 2, "serious": (Seriousness.DEATH,)}, 4, YES),
        ({"grade": None, "serious": (Seriousness.DEATH,)}, 5, YES),
        ({"kind": Kind.DEATH, "grade": None, "serious": None}, 5, YES),
    ],
)
def test_a_grade_not_known_is_not_a_low_grade_and_a_death_is_grade_5(
    particulars: dict[str, Any], grade: int, said: Answer
) -> None:
    """What speaks for the worse is believed, and silence is not mildness."""
    assert answer(event(**particulars), Criterion(grade_at_least=grade)) is said


def test_seriousness_not_known_is_not_none() -> None:
    """None means not known; the empty list means known not to be serious."""
    serious, lethal = Criterion(serious=True), Criterion(serious_by=(Seriousness.LIFE_THREATENING,))
    assert answer(event(serious=None), serious) is UNKNOWN
    assert answer(event(serious=()), serious) is NO
    long_stay = event(serious=(Seriousness.HOSPITALISATION,))
    assert (answer(long_stay, serious), answer(long_stay, lethal)) == (YES, NO)
    died = Criterion(serious_by=(Seriousness.DEATH,))
    for reasons in (None, ()):
        grade_5 = event(grade=5, serious=reasons)
        assert (answer(grade_5, serious), answer(grade_5, died)) == (YES, YES)
    assert answer(event(grade=5, serious=()), lethal) is NO


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        ({}, UNKNOWN),
        ({"a": NO}, UNKNOWN),  # of one procedure only; the others were not judged
        ({"a": YES}, YES),
        ({"a": NO, "b": YES}, YES),
        ({"a": UNKNOWN}, UNKNOWN),
    ],
)
def test_relatedness_to_each_procedure_is_judged_and_one_yes_is_enough(
    judged: dict[str, Answer], said: Answer
) -> None:
    """Two people may judge differently; neither overrules the other, and the worse counts."""
    state = told([report("E1", grade=4)], FACTS)
    for by, verdict in judged.items():
        state = told([judge("E1", verdict)], FACTS, state, by=by)
    assert answer(state.adverse["E1"], RELATED) is said


def test_judged_unrelated_to_everything_done_is_no() -> None:
    """All four judged: no. A person collected but not infused needs no judgement of cells."""
    state = told([report("E1", grade=4), *(judge("E1", NO, each) for each in Procedure)], FACTS)
    assert answer(state.adverse["E1"], RELATED) is NO
    collected = Facts(collected=FACTS.collected)
    two = [judge("E1", NO, each) for each in (Procedure.BLOOD_DRAW, Procedure.MARROW)]
    state = told([report("E1", grade=4), *two], collected)
    assert answer(state.adverse["E1"], RELATED, collected) is NO


def test_a_cause_judged_but_later_than_the_event_is_unknown_not_no() -> None:
    """One of the two is wrong; which is not for us to say."""
    cells = Criterion(related_to=(Procedure.CELLS,))
    adverse = event(judge("E1", YES), onset="2026-02-20", grade=4)
    assert answer(adverse, cells) is UNKNOWN
    assert answer(event(onset="2026-02-20", grade=4), cells) is NO
    assert answer(event(judge("E1", NO), onset="2026-02-20", grade=4), cells) is NO


def test_an_event_not_judged_expected_is_not_expected() -> None:
    """Expected, not expected, and not decided are three answers."""
    unexpected = Criterion(unexpected=True)
    decided = cm.DecideExpectedness(event="E1", expected=YES, reference="edition 1")
    assert answer(event(), unexpected) is UNKNOWN
    assert answer(event(decided), unexpected) is NO


def test_what_was_once_surely_so_stays_so_and_what_was_open_does_not() -> None:
    """A grade lowered later does not undo the hit it made; a grade that became known does settle it."""
    lower = cm.UpdateAdverseEvent(event="E1", particulars=known(grade=2))
    four = Criterion(grade_at_least=4)
    was_four, was_open = event(lower, grade=4), event(lower, grade=None)
    ever = [ever_meets(each, four, FACTS.done_to("P1")) for each in (was_four, was_open)]
    assert ever == [YES, NO]
    assert answer(was_four, four) is NO


def test_a_withdrawn_report_meets_nothing_now() -> None:
    """It is in no count any more."""
    state = told([report("E1", grade=4)], FACTS)
    withdrawn = cm.WithdrawAdverseEvent(event="E1", because=WithdrawnBecause.DUPLICATE)
    adverse = told([withdrawn], FACTS, state, why="entered twice").adverse["E1"]
    assert answer(adverse, Criterion(grade_at_least=1)) is NO
    assert interest(adverse) == {}


KINDS = st.sampled_from([Kind.SEPSIS, Kind.DEATH, Kind.OTHER, Kind.UNCLASSIFIED, Kind.NEOPLASM])
REASONS = st.one_of(
    st.none(), st.lists(st.sampled_from(list(Seriousness)), max_size=2, unique=True).map(tuple)
)
GRADES = st.one_of(st.none(), st.integers(1, 5))
CRITERIA = st.builds(
    Criterion,
    kinds=st.lists(KINDS.filter(lambda kind: kind is not Kind.UNCLASSIFIED), max_size=2).map(tuple),
    grade_at_least=st.one_of(st.none(), st.integers(1, 5)),
    serious=st.booleans(),
    serious_by=st.lists(st.sampled_from(list(Seriousness)), max_size=1).map(tuple),
    related_to=st.lists(st.sampled_from(list(Procedure)), max_size=2).map(tuple),
)
JUDGEMENTS = st.lists(
    st.tuples(st.sampled_from(list(Procedure)), st.sampled_from(["a", "b"]), st.sampled_from(list(Answer))),
    max_size=6,
)


@given(
    st.lists(st.tuples(KINDS, GRADES, REASONS), min_size=1, max_size=3),
    st.sampled_from(list(Outcome)),
    JUDGEMENTS,
    CRITERIA,
)
@example([(Kind.SEPSIS, 5, None)], Outcome.UNKNOWN, [], Criterion(kinds=(Kind.DEATH,)))
@example([(Kind.SEPSIS, 2, ())], Outcome.FATAL, [], Criterion(kinds=(Kind.DEATH,)))
@example(
    [(Kind.OTHER, 4, ())],
    Outcome.UNKNOWN,
    [(Procedure.CELLS, "a", Answer.YES), (Procedure.CELLS, "a", Answer.NO)],
    Criterion(grade_at_least=4, related_to=(Procedure.CELLS,)),
)
def test_the_index_leaves_out_no_event_that_could_meet_a_criterion(
    versions: list[tuple[Kind, int | None, tuple[Seriousness, ...] | None]],
    outcome: Outcome,
    judgements: list[tuple[Procedure, str, Answer]],
    what: Criterion,
) -> None:
    """Whatever ever met or may meet a criterion is among its candidates."""
    first, *rest = (known(kind, grade, serious=serious) for kind, grade, serious in versions)
    commands: list[Any] = [cm.ReportAdverseEvent(event="E1", person="P1", zone="UTC", particulars=first)]
    commands += [cm.UpdateAdverseEvent(event="E1", particulars=each) for each in rest]
    commands.append(cm.RecordOutcome(event="E1", outcome=outcome, end="unknown"))
    state: Harms = told(commands, FACTS)
    for procedure, by, verdict in judgements:
        state = told([judge("E1", verdict, procedure)], FACTS, state, by=by)
    adverse = state.adverse["E1"]
    if ever_meets(adverse, what, FACTS.done_to("P1")) is not NO:
        assert list(candidates(state, what)) == [adverse]


def test_a_second_infusion_has_its_own_window() -> None:
    """Within 24 hours of any infusion, not of the first alone."""
    facts = Facts(infused=(done("P1", 0), done("P1", 20)))
    late = told([report("E1", kind=Kind.HYPOTENSION, onset="2026-03-21T05:00Z")], facts, day=30).adverse["E1"]
    assert interest(late, facts)["hypotension"] is YES
    day = Criterion(after=(Procedure.INFUSION,), within=Amount.of("24 h"))
    assert answer(late, day, facts) is YES
    assert answer(late, day, Facts(infused=facts.infused[:1])) is NO
