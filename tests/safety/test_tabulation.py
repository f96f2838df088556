"""Tables of harms: over everybody collected or infused, each once, and unknowns widen what is said."""

from __future__ import annotations

from typing import Any

import pytest
from scipy import stats
from tests.safety.harm_story import done, known, on, report, scores, told, trial

from myelos.safety import Facts, Harms, tabulate
from myelos.safety import commands as cm
from myelos.safety.events import WithdrawnBecause
from myelos.safety.tabulation import Row, lower_limit, upper_limit
from myelos.safety.terms import Kind, Outcome, Procedure, Seriousness

FACTS = Facts(collected=trial(20).collected, infused=trial(13).infused)


def row(state: Harms, what: str, among: str = "infused", facts: Facts = FACTS) -> Row:
    (found,) = (
        each
        for each in tabulate(state, facts.collected, facts.infused)
        if (each.what, each.among) == (what, among)
    )
    return found


def counts(found: Row) -> tuple[int, int, int]:
    return found.people, found.perhaps, found.of


def test_denominators_are_the_people_collected_and_the_people_infused() -> None:
    """20 collected, 13 infused, whatever they had; not the procedures, and nobody twice."""
    twice = Facts(collected=FACTS.collected, infused=(*FACTS.infused, done("P1", 300)))
    assert row(Harms(), "any", "collected").of == 20
    assert row(Harms(), "any", facts=twice).of == 13


def test_none_of_thirteen_is_a_row_and_allows_a_rate_of_a_quarter() -> None:
    """Every kind is a row, also those nobody had; 0 of 13 has the upper limit 24.7 %."""
    rows = tabulate(Harms(), FACTS.collected, FACTS.infused)
    assert {each.what for each in rows} == {"any", "serious", *Kind}
    sepsis = row(Harms(), "sepsis")
    assert (sepsis.low, round(sepsis.high or 0, 4)) == (0.0, 0.2471)


@pytest.mark.parametrize("n", [1, 2, 13, 20, 31])
def test_limits_are_those_of_clopper_and_pearson(n: int) -> None:
    """scipy's binomtest gives the same limits for every count."""
    for x in range(n + 1):
        low, high = stats.binomtest(x, n).proportion_ci(0.95, method="exact")
        assert (lower_limit(x, n), upper_limit(x, n)) == (
            pytest.approx(low, abs=1e-12),
            pytest.approx(high, abs=1e-12),
        )


def test_a_person_counts_once_per_kind() -> None:
    """Three hypotensions in one person are one person with hypotension, and one with any event."""
    state = told([report(f"E{n}", kind=Kind.HYPOTENSION) for n in range(3)], FACTS)
    assert counts(row(state, "hypotension")) == counts(row(state, "any")) == (1, 0, 13)


def test_what_began_before_the_infusion_is_no_harm_of_the_infused() -> None:
    """It is one of the collected; with the day not known it may be one of both."""
    state = told([report("E1", kind=Kind.SEPSIS, onset="2026-02-10")], FACTS)
    assert counts(row(state, "sepsis", "collected")) == (1, 0, 20)
    assert counts(row(state, "sepsis")) == (0, 0, 13)
    state = told([report("E1", kind=Kind.SEPSIS, onset="unknown")], FACTS)
    assert counts(row(state, "sepsis")) == (0, 1, 13)


@pytest.mark.parametrize(
    ("particulars", "what"),
    [
        ({"kind": Kind.UNCLASSIFIED}, "sepsis"),
        ({"serious": None}, "serious"),
        ({"grade": None, "serious": None}, "death"),
        ({"onset": "2026-03"}, "other"),
        ({"onset": "unknown"}, "any"),
    ],
)
def test_an_unknown_is_never_counted_as_none(particulars: dict[str, Any], what: str) -> None:
    """The person may have had it: the upper limit is that of one person, the lower that of none."""
    found = row(told([report("E1", **particulars)], FACTS), what)
    assert counts(found) == (0, 1, 13)
    assert (found.low, found.high) == (0.0, upper_limit(1, 13))


def test_a_sure_event_is_not_also_a_perhaps() -> None:
    """A sure one and possible ones, in whatever order they are met: one person, ten times over."""
    commands = []
    for place in range(10):
        onset = (on(place * 14 + 1)).strftime("%Y-%m-%d")
        for number, kind in enumerate((Kind.UNCLASSIFIED, Kind.SEPSIS, Kind.UNCLASSIFIED)):
            commands.append(report(f"E{place}-{number}", person=f"P{place + 1}", kind=kind, onset=onset))
    assert counts(row(told(commands, FACTS, day=200), "sepsis")) == (10, 0, 13)


def test_a_harm_counts_from_the_first_procedure_of_a_group() -> None:
    """Between the blood draw and the marrow, and between two infusions, a person is in the denominator."""
    facts = Facts(
        collected=(done("P1", -30, Procedure.BLOOD_DRAW), done("P1", -10, Procedure.MARROW)),
        infused=(done("P1", 0), done("P1", 20)),
    )
    drawn = told([report("E1", kind=Kind.SEPSIS, onset="2026-02-10")], facts)
    assert counts(row(drawn, "sepsis", "collected", facts)) == (1, 0, 1)
    infused = told([report("E1", kind=Kind.SEPSIS, onset="2026-03-10")], facts, day=30)
    assert counts(row(infused, "sepsis", facts=facts)) == (1, 0, 1)


def test_a_death_counts_as_death_whatever_its_kind() -> None:
    """Sepsis with a fatal outcome is a row of both."""
    fatal = cm.RecordOutcome(event="E1", outcome=Outcome.FATAL, end="2026-03-03")
    state = told(
        [report("E1", kind=Kind.SEPSIS, grade=3, serious=(Seriousness.HOSPITALISATION,)), fatal], FACTS
    )
    for what in ("death", "sepsis", "serious"):
        assert counts(row(state, what)) == (1, 0, 13)


def test_people_outside_a_group_are_shown_and_not_divided_by_it() -> None:
    """Somebody collected and never infused is outside the infused; an incident of nobody known is too."""
    incident = cm.RecordIncident(
        incident="I1", kind=Kind.CONTAMINATION, what="made up", person=None, container="bag-1"
    )
    state = told([report("E1", person="P20", kind=Kind.SEPSIS), incident], FACTS)
    sepsis = row(state, "sepsis")
    assert (counts(sepsis), sepsis.outside) == ((0, 0, 13), 1)
    assert row(state, "contamination", "collected").outside == 1


def test_an_event_of_nobody_in_the_trial_is_outside_both() -> None:
    """Before any procedure a person is in no denominator, and still not lost."""
    state = told([report("E1", person="P99")], FACTS)
    for among in ("collected", "infused"):
        assert (counts(row(state, "any", among))[:2], row(state, "any", among).outside) == ((0, 0), 1)


def test_deteriorations_are_counted_when_confirmed_and_perhaps_until_refuted() -> None:
    """A suspected one is a perhaps, a refuted one is none."""
    facts = Facts(FACTS.collected, FACTS.infused, (scores(-9), scores(-3)))
    worse = {"motor_total": (10, 10)}
    first = cm.AssessExam(deterioration="D1", scores=scores(5, **worse))
    state = told([first], facts, day=6)
    assert counts(row(state, "confirmed-deterioration")) == (0, 1, 13)
    second = cm.AssessExam(deterioration="D2", scores=scores(6, "examiner-2", **worse))
    assert counts(row(told([second], facts, state, day=6), "confirmed-deterioration")) == (1, 0, 13)
    calm = cm.AssessExam(deterioration="D2", scores=scores(6, "examiner-2"))
    assert counts(row(told([calm], facts, state, day=6), "confirmed-deterioration")) == (0, 0, 13)


def test_a_withdrawn_report_is_not_counted_and_an_update_counts_as_it_is_now() -> None:
    """Tables say what is known now; the history says what was."""
    state = told([report("E1", kind=Kind.SEPSIS)], FACTS)
    changed = cm.UpdateAdverseEvent(event="E1", particulars=known(Kind.OTHER))
    assert counts(row(told([changed], FACTS, state), "sepsis")) == (0, 0, 13)
    gone = cm.WithdrawAdverseEvent(event="E1", because=WithdrawnBecause.DUPLICATE)
    assert counts(row(told([gone], FACTS, state, why="twice"), "any")) == (0, 0, 13)


def test_without_people_there_is_no_rate() -> None:
    """Nobody infused yet: no limits, and no division."""
    found = row(Harms(), "any", facts=Facts(collected=(done("P1", 0, Procedure.MARROW),)))
    assert (counts(found), found.low, found.high) == ((0, 0, 0), None, None)
