"""The main path: one study in, one judgement out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import isfinite

from myelos.evidence.intervals import Interval, blaker, clopper_pearson, one_sided_upper, wilson
from myelos.evidence.judgement import BeliefPlane, BetweenCohorts, Judgement, Observed, Reading
from myelos.evidence.natural.cohorts import SourceRow, bias
from myelos.evidence.natural.comparators import Comparator
from myelos.evidence.natural.recovery import NaturalGain, natural_gains
from myelos.evidence.natural.sets import between_cohorts, comparators_for, no_comparator, stricter_comparators
from myelos.evidence.predictive import Cohort, between_cohort_sd
from myelos.evidence.quantity import Basis, Quantity
from myelos.evidence.reading import SHIFT, read, split_basis
from myelos.evidence.sensitivity.belief import belief_plane, index_day_curves
from myelos.evidence.study.grades import Event, at_risk
from myelos.evidence.study.values import Baseline, Certainty, IndexExam, Study
from myelos.evidence.verdict import study_findings, verdict

DAYS_A_MONTH = 365.25 / 12


def judge(study: Study, comparators: Sequence[Comparator] | None = None) -> Judgement:
    """What the study's own-control results can bear against natural recovery.

    ``comparators`` replaces the shipped sets; every reading is shown, none is chosen. Never one number: a
    range over comparators, between-cohort shifts, splits and biases.
    """
    spread = estimated_spread()
    shifts = (0.0, SHIFT, round(spread.sd.value or 0.0, 3))
    pairs = _pairs(study, comparators)
    readings = tuple(read(study, baseline, comparator, shifts) for baseline, comparator in pairs)
    stricter = () if comparators else stricter_readings(study, shifts)
    events = dict.fromkeys(reading.event for reading in stricter)
    observed = observe(study, Event.ONE_GRADE)
    found = (*study_findings(study), *no_comparator(study)) if comparators is None else study_findings(study)
    return Judgement(
        study=study,
        observed=observed,
        readings=readings,
        stricter=stricter,
        stricter_observed=tuple(observe(study, event) for event in events),
        between_cohorts=spread,
        curves=tuple(index_day_curves(study, study.baselines[-1])) if _landmark_applies(study) else (),
        planes=tuple(_planes(study, pairs)),
        gains=tuple((baseline.exam, _gains(study, baseline)) for baseline in study.baselines),
        sentences=verdict(study, observed, readings, stricter),
        findings=tuple(found),
        sources=_sources(pairs, stricter_comparators(study)),
    )


def estimated_spread() -> BetweenCohorts:
    """The between-cohort SD (logit) estimated from non-overlapping cohorts, one mean for each grade."""
    chosen = between_cohorts()
    cohorts = [
        Cohort(grade, rate.events or 0, rate.n or 0) for grade, rates in chosen.items() for rate in rates
    ]
    estimate = between_cohort_sd(cohorts)
    basis = Basis(tuple(rate.sources[0].id for rates in chosen.values() for rate in rates))
    named = {grade: tuple(rate.sources[0].id for rate in rates) for grade, rates in chosen.items() if rates}
    return BetweenCohorts(
        basis.of(estimate.sd), basis.of(estimate.low), basis.of(_finite(estimate.high)), named
    )


def observe(study: Study, event: Event) -> Observed:
    """Improvers of one event, the fewest and the most over the codes and the possible index exams."""
    differing = _differing(study)
    baseline = differing[0]
    by_grade = baseline.improvers_by_grade(event) if len(differing) == 1 else {}
    n = baseline.n if event is Event.ONE_GRADE else max(_counted(each, event) for each in differing)
    fewest = min(each.improvers(event)[0] for each in differing)
    most = max(each.improvers(event)[1] for each in differing)
    split = split_basis(study)
    recalled = study.total is Certainty.RECALLED
    total = Basis((f"study:{study.id}#total",), recalled) if event is Event.ONE_GRADE else split
    return Observed(
        event=event,
        n=n,
        improved=(total.of(fewest), total.of(most)),
        share=total.of(fewest / n if n else None),
        clopper_pearson=_ends(total, clopper_pearson, fewest, most, n),
        wilson=_ends(total, wilson, fewest, most, n),
        blaker=_ends(total, blaker, fewest, most, n),
        by_grade={
            grade: (split.of(sum(t.count for t in baseline.of_grade(grade))), split.of(low), split.of(high))
            for grade, (low, high) in by_grade.items()
        },
        harm_upper_limit=total.of(one_sided_upper(0, n) if n else None),
    )


def stricter_readings(study: Study, shifts: Sequence[float]) -> tuple[Reading, ...]:
    """The readings for stricter events, from the index exam before collection where both are possible."""
    return tuple(read(study, study.baselines[0], each, shifts) for each in stricter_comparators(study))


def _pairs(study: Study, comparators: Sequence[Comparator] | None) -> list[tuple[Baseline, Comparator]]:
    if comparators is not None:
        return [(baseline, each) for baseline in _differing(study) for each in comparators]
    return [(baseline, each) for baseline in study.baselines for each in comparators_for(study, baseline)]


def _differing(study: Study) -> list[Baseline]:
    """The possible index exams, those from which the same grades are counted only once."""
    found: list[Baseline] = []
    for baseline in study.baselines:
        if all(baseline.transitions != other.transitions for other in found):
            found.append(baseline)
    return found


def _counted(baseline: Baseline, event: Event) -> int:
    """People who may be counted under the event."""
    return sum(t.count for t in baseline.transitions if any(at_risk(g, event) for g in t.index_grades))


def _landmark_applies(study: Study) -> bool:
    return study.level == "cervical" and study.phase in ("acute", "subacute")


def _planes(study: Study, pairs: Sequence[tuple[Baseline, Comparator]]) -> Iterable[BeliefPlane]:
    """One plane for each default comparator, with the cohorts of its own kind as dots."""
    for baseline, comparator in pairs:
        if comparator.default and "C" in comparator.rates:
            alike = [each for _, each in pairs if (each.index_day is None) == (comparator.index_day is None)]
            if plane := belief_plane(study, baseline, comparator, alike):
                yield plane


def _gains(study: Study, baseline: Baseline) -> tuple[NaturalGain, ...]:
    infused = _infusion_day(study, baseline)
    if study.level != "cervical" or infused is None or baseline.day is None or study.followup_months is None:
        return ()
    end = infused + study.followup_months[1] * DAYS_A_MONTH
    weeks = (baseline.day / 7, end / 7)
    split = baseline.split()
    grades = tuple(split) if split else ("A", "B", "C")
    visits = Basis((f"study:{study.id}#visits",))
    own = {measure: visits.of(gain) for measure, gain in baseline.score_gains.items()}
    return tuple(natural_gains(split, grades, weeks, own, split_basis(study)))


def _infusion_day(study: Study, baseline: Baseline) -> float | None:
    """The day after injury that follow-up is counted from, as far as the index exams tell."""
    for each in (baseline, *study.baselines):
        if each.day is not None and each.days_before_infusion is not None:
            return each.day + sum(each.days_before_infusion) / 2
    return next((each.day for each in study.baselines if each.exam is IndexExam.BEFORE_INFUSION), None)


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _ends(
    basis: Basis, method: Callable[[int, int], Interval], fewest: int, most: int, n: int
) -> tuple[Quantity, Quantity]:
    """From the low end for the fewest improvers to the high end for the most."""
    if not n:
        return basis.of(None), basis.of(None)
    return basis.of(method(fewest, n).low), basis.of(method(most, n).high)


def _sources(
    pairs: Sequence[tuple[Baseline, Comparator]], stricter: Sequence[Comparator]
) -> dict[str, SourceRow]:
    rows = [row for _, comparator in pairs for row in comparator.sources]
    rows += [row for comparator in stricter for row in comparator.sources]
    rows += [rate.sources[0] for rates in between_cohorts().values() for rate in rates]
    rows += [row for _, _, _, row in bias().values()]
    return {row.id: row for row in rows}
