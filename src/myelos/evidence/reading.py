"""Read one study against one comparator: expected people, tails, and what alone would explain the result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from myelos.evidence.intervals import clopper_pearson
from myelos.evidence.judgement import (
    Biased,
    BiasNeeded,
    GradeShare,
    OverSplits,
    Prediction,
    Reading,
    Tail,
    Unreported,
)
from myelos.evidence.natural.cohorts import bias
from myelos.evidence.natural.comparators import Comparator
from myelos.evidence.poisson_binomial import prediction_interval, upper_tail
from myelos.evidence.predictive import predictive_pmf, shifted_pmf
from myelos.evidence.quantity import Basis, Quantity
from myelos.evidence.sensitivity.bias import (
    Groups,
    e_value_at_limit,
    scored_improved,
    tail,
    tipping,
    unreported_non_improvers,
    with_odds,
)
from myelos.evidence.sensitivity.splits import splits_of, tail_over_splits
from myelos.evidence.study.grades import Event, Transition, at_risk
from myelos.evidence.study.values import Baseline, Study
from myelos.findings import Finding, Param, Severity

SHIFT = 0.5
"""The between-cohort SD on the logit that is always shown beside 0 and the estimated one."""
GIVEN_SPLIT = "given the recalled split"


def split_basis(study: Study) -> Basis:
    """What a number that uses the study's grade split rests on."""
    given = GIVEN_SPLIT if study.split_recalled else ""
    return Basis((f"study:{study.id}#split",), study.split_recalled, given)


def read(study: Study, baseline: Baseline, comparator: Comparator, shifts: Sequence[float]) -> Reading:
    """The study's index exam ``baseline`` against ``comparator``, for each between-cohort SD in ``shifts``.

    Numbers that need the split are None where the codes leave it open; their range over all splits stands
    beside them.
    """
    people = baseline.split()
    at = {g: n for g, n in (people or {}).items() if at_risk(g, comparator.event)}
    known = bool(at) and all(grade in comparator.rates for grade in at)
    groups = [(n, comparator.rates[grade].value) for grade, n in at.items()] if known else []
    basis = split_basis(study) + rate_basis(comparator)
    fewest, most = baseline.improvers(comparator.event)
    return Reading(
        comparator=comparator.id,
        exam=baseline.exam,
        event=comparator.event,
        default=comparator.default,
        index_day=comparator.index_day,
        n=sum(at.values()) if known else baseline.n,
        improved=(fewest, most),
        rates={
            grade: rate_basis(comparator, grade).of(rate.value) for grade, rate in comparator.rates.items()
        },
        expected=basis.of(sum(n * p for n, p in groups) if known else None),
        predictions=_predictions(groups, basis, shifts),
        tails=(
            *_tails(study, baseline, comparator, groups, fewest, shifts),
            _predictive(comparator, at, fewest, basis),
        ),
        grades=_grades(study, baseline, comparator) if known else (),
        bias_needed=_bias_needed(groups, fewest, basis, shifts),
        biased=_biased(groups, fewest, basis, shifts),
        unreported=_unreported(groups, fewest, comparator, basis, shifts),
        e_value_at_limit=_e_value(groups, fewest, basis),
        findings=(*comparator.findings, *_findings(people, at, comparator, (fewest, most))),
    )


def _findings(
    people: Mapping[str, int] | None, at: Mapping[str, int], comparator: Comparator, improved: tuple[int, int]
) -> Iterable[Finding]:
    """What this study's grades and this comparator's rates leave open."""
    if people is None:
        yield Finding("evidence.split-open", severity=Severity.WARNING)
    elif not at:
        yield Finding("evidence.nobody-at-risk", severity=Severity.WARNING)
    if missing := ", ".join(grade for grade in at if grade not in comparator.rates):
        yield Finding("evidence.grade-without-rate", params={"grades": missing}, severity=Severity.WARNING)
    if improved[0] != improved[1]:
        counts: dict[str, Param] = {"fewest": improved[0], "most": improved[1]}
        yield Finding("evidence.fewest-counted", params=counts, severity=Severity.WARNING)
    for code, moved in (("evidence.no-n", False), ("evidence.landmark-without-n", True)):
        points = [g for g, rate in comparator.rates.items() if rate.n is None and bool(rate.timing) is moved]
        if points:
            yield Finding(code, params={"grades": ", ".join(points)}, severity=Severity.NOTE)


def rate_basis(comparator: Comparator, grade: str | None = None) -> Basis:
    """What the rate of one grade, or all of a comparator's rates, rest on."""
    rows = comparator.sources if grade is None else comparator.rates[grade].sources
    return Basis(tuple(row.id for row in rows), any(row.recalled for row in rows))


def _predictions(groups: Groups, basis: Basis, shifts: Sequence[float]) -> tuple[Prediction, ...]:
    found = []
    for sd in shifts if groups else ():
        low, high = prediction_interval(shifted_pmf(groups, sd))
        found.append(Prediction(sd, basis.of(low), basis.of(high)))
    return tuple(found)


def _tails(
    study: Study,
    baseline: Baseline,
    comparator: Comparator,
    groups: Groups,
    improved: int,
    shifts: Sequence[float],
) -> list[Tail]:
    """The tails with known rates, each with its range over all splits where the split is not certain.

    Over all splits the rates of the range no longer rest on the reported one; who is counted still does
    where the event is stricter than one grade, as which grades people came from decides it.
    """
    basis = split_basis(study) + rate_basis(comparator)
    over = rate_basis(comparator) if comparator.event is Event.ONE_GRADE else basis
    splits: list[Mapping[str, int]] = []
    if not study.split_known or study.split_recalled:
        counted = replace(baseline, transitions=tuple(_counted(baseline, comparator.event)))
        splits = list(splits_of(counted, not study.split_recalled, sorted(comparator.rates)))
    rates = {grade: rate.value for grade, rate in comparator.rates.items()}
    found = []
    for sd in shifts:
        ranged = tail_over_splits(splits, rates, improved, sd)
        beside = None
        if ranged is not None:
            ends = over.of(ranged.low), over.of(ranged.high)
            beside = OverSplits(*ends, ranged.low_split, ranged.high_split, ranged.splits)
        found.append(Tail("known", sd, basis.of(tail(groups, improved, sd) if groups else None), beside))
    return found


def _counted(baseline: Baseline, event: Event) -> Iterable[Transition]:
    """The transitions of people who may be counted under the event."""
    for each in baseline.transitions:
        if any(at_risk(grade, event) for grade in each.index_grades):
            yield each


def _predictive(comparator: Comparator, at: Mapping[str, int], improved: int, basis: Basis) -> Tail:
    """The tail with beta-binomial rates; not available unless every grade's cohort gives its n."""
    historical = []
    for grade, n in at.items():
        rate = comparator.rates.get(grade)
        if rate is None or rate.n is None or rate.events is None:
            return Tail("predictive", 0.0, basis.of(None), None)
        historical.append((n, float(rate.events), float(rate.n)))
    value = upper_tail(predictive_pmf(historical, 0.0), improved) if historical else None
    return Tail("predictive", 0.0, basis.of(value), None)


def _grades(study: Study, baseline: Baseline, comparator: Comparator) -> tuple[GradeShare, ...]:
    found = []
    for grade, (fewest, _) in baseline.improvers_by_grade(comparator.event).items():
        rate = comparator.rates[grade]
        n = sum(each.count for each in baseline.of_grade(grade))
        split = split_basis(study)
        basis = split + rate_basis(comparator, grade)
        predictive = None
        if rate.n is not None and rate.events is not None:
            pmf = predictive_pmf([(n, float(rate.events), float(rate.n))], 0.0)
            predictive = upper_tail(pmf, fewest)
        found.append(
            GradeShare(
                grade=grade,
                n=split.of(n),
                improved=split.of(fewest),
                rate=rate_basis(comparator, grade).of(rate.value),
                expected=basis.of(n * rate.value),
                tail=basis.of(tail([(n, rate.value)], fewest)),
                tail_shifted=basis.of(tail([(n, rate.value)], fewest, SHIFT)),
                tail_predictive=basis.of(predictive),
            )
        )
    return tuple(found)


def _bias_needed(
    groups: Groups, improved: int, basis: Basis, shifts: Sequence[float]
) -> tuple[BiasNeeded, ...]:
    found = []
    for sd in shifts if groups and improved else ():
        need = tipping(groups, improved, sd)
        found.append(
            BiasNeeded(
                sd,
                basis.of(need.share_scored_improved),
                basis.of(need.odds_multiplier),
                basis.of(need.odds_ratio),
            )
        )
    return tuple(found)


def _biased(groups: Groups, improved: int, basis: Basis, shifts: Sequence[float]) -> tuple[Biased, ...]:
    """The tail at the published observer bias (three sizes) and at published grading errors of the index.

    A grading error counts whole, as if every wrong index grade were one too low: the worst case.
    """
    found = []
    value, low, high, row = bias()["observer-bias-odds"]
    source = Basis((row.id,), row.recalled)
    for size in (high, value, low):
        for sd in shifts if groups and size else ():
            p = tail(with_odds(groups, 1 / (size or 1)), improved, sd)
            found.append(Biased("observer-bias-odds", source.of(size), sd, (basis + source).of(p)))
    for kind in ("ais-error-after-training", "ais-disagreement-with-algorithm"):
        value, _, _, row = bias()[kind]
        source = Basis((row.id,), row.recalled)
        for sd in shifts if groups else ():
            p = tail(scored_improved(groups, value), improved, sd)
            found.append(Biased(kind, source.of(value), sd, (basis + source).of(p)))
    return tuple(found)


def _unreported(
    groups: Groups, improved: int, comparator: Comparator, basis: Basis, shifts: Sequence[float]
) -> tuple[Unreported, ...]:
    found = []
    for grade, rate in comparator.rates.items():
        for sd in shifts if groups and improved and at_risk(grade, comparator.event) else ():
            people = unreported_non_improvers(groups, improved, rate.value, sd)
            found.append(Unreported(grade, sd, basis.of(people)))
    return tuple(found)


def _e_value(groups: Groups, improved: int, basis: Basis) -> Quantity:
    if not groups:
        return basis.of(None)
    n = sum(people for people, _ in groups)
    share = sum(people * p for people, p in groups) / n
    return basis.of(e_value_at_limit(clopper_pearson(improved, n).low, share) if share else None)
