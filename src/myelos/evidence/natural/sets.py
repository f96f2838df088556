"""The comparator sets we ship: which rows go together, and for which study and index exam."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from myelos.evidence.natural.cohorts import Rate, SourceRow, find, overlapping, rates, timecourse_source
from myelos.evidence.natural.comparators import Comparator, GradeRate, check_pooled, why_not
from myelos.evidence.natural.landmark import Timing, solve_tau, solve_tau_from_share
from myelos.evidence.study.grades import Event
from myelos.evidence.study.values import Baseline, Study
from myelos.findings import Finding, Param, Severity

Timings = Mapping[str, tuple[Timing, tuple[SourceRow, ...]]]
"""By grade: how conversion spreads over time, and the rows it was solved from."""


def comparators_for(study: Study, baseline: Baseline) -> list[Comparator]:
    """The shipped sets that suit the study's level and phase, read for one index exam.

    When the index exam is known every set is shown, the default being the one that speaks to that exam;
    when it is not, each exam gets the sets that speak to it. Empty when none suits
    (:func:`no_comparator` says why).
    """
    suited = [entry for entry in _shipped()["set"] if _suits(entry, study)]
    if not study.index_known:
        suited = [entry for entry in suited if entry["exam"] in (baseline.exam, "any")]
    if baseline.day is None:
        suited = [entry for entry in suited if "landmark" not in entry]
    return [_comparator(entry, study, baseline) for entry in suited]


def stricter_comparators(study: Study) -> list[Comparator]:
    """Comparators for the stricter events; no landmark is published for them."""
    if study.level != "cervical" or study.phase not in ("acute", "subacute"):
        return []
    return [_stricter(entry, study) for entry in _shipped()["stricter"]]


def no_comparator(study: Study) -> list[Finding]:
    """Why sets are missing: the study's level or phase, or an index day that is not known."""
    suited = [entry for entry in _shipped()["set"] if _suits(entry, study)]
    if not suited:
        params: dict[str, Param] = {"level": study.level, "phase": study.phase}
        return [Finding("evidence.no-comparator", params=params, severity=Severity.WARNING)]
    landmarks = any("landmark" in entry for entry in suited)
    return [
        Finding("evidence.index-day-unknown", params={"exam": each.exam}, severity=Severity.WARNING)
        for each in study.baselines
        if landmarks and each.day is None
    ]


def cohort_set(name: str) -> Comparator:
    """One shipped set by id, as its cohorts were counted (no landmark applied)."""
    entry = next(entry for entry in _shipped()["set"] if entry["id"] == name)
    return Comparator(entry["id"], entry["exam"], _rates_of(entry))


@cache
def timings(name: str) -> Timings:
    """How conversion spreads over time by grade: tau solved from the rows the named timing gives."""
    entry = next(entry for entry in _shipped()["timing"] if entry["id"] == name)
    solved = dict(timings(entry["fallback"])) if "fallback" in entry else {}
    for grade in "ABC":
        if grade in entry:
            solved[grade] = _solved(entry, entry[grade], grade)
    return solved


def between_cohorts() -> dict[str, list[Rate]]:
    """By grade, the cohorts whose spread the between-cohort SD is estimated from.

    Natural history counted from at most 30 days after injury in people with cervical injuries or all
    levels, followed for six months or more, n known, and of every registry only the largest row, so that
    no two overlap.
    """
    chosen: dict[str, list[Rate]] = {}
    for grade in "ABC":
        fit = [rate for rate in rates() if rate.grade == grade and _fits_between(rate)]
        kept: list[Rate] = []
        for rate in sorted(fit, key=lambda each: -(each.n or 0)):
            if not any(overlapping(rate, other) for other in kept):
                kept.append(rate)
        check_pooled(kept)
        chosen[grade] = kept
    return chosen


def _fits_between(rate: Rate) -> bool:
    least = rate.followup_months[0]
    return bool(rate.n) and why_not(rate) is None and least is not None and least >= 6


def _stricter(entry: Mapping[str, Any], study: Study) -> Comparator:
    event = Event(entry["event"])
    note = Finding("evidence.no-landmark-for-event", params={"event": event}, severity=Severity.NOTE)
    made = Comparator(entry["id"], "before-collection", _rates_of(entry, event), event=event)
    return replace(made, findings=(note, *_findings(made, study)))


@cache
def _shipped() -> dict[str, list[dict[str, Any]]]:
    entry = files("myelos.evidence.natural").joinpath("data", "comparator_sets.toml")
    return tomllib.loads(entry.read_text("utf-8"))


def _suits(entry: Mapping[str, Any], study: Study) -> bool:
    return study.level in entry["levels"] and study.phase in entry["phases"]


def _comparator(entry: Mapping[str, Any], study: Study, baseline: Baseline) -> Comparator:
    made = Comparator(
        entry["id"],
        entry["exam"],
        _rates_of(entry),
        default=bool(entry["default"]) and entry["exam"] in (baseline.exam, "any"),
    )
    if "landmark" in entry and baseline.day is not None:
        made = made.at_day(baseline.day, timings(entry["landmark"]))
    return replace(made, findings=tuple(_findings(made, study)))


def _rates_of(entry: Mapping[str, Any], event: Event = Event.ONE_GRADE) -> dict[str, GradeRate]:
    return {grade: _grade_rate(entry[grade], grade, event) for grade in "ABC" if grade in entry}


def _grade_rate(key: Mapping[str, Any], grade: str, event: Event) -> GradeRate:
    at = event if event is not Event.TWO_GRADES_FROM_A or grade == "A" else Event.ONE_GRADE
    rate = find(rates(at), grade, key)
    return GradeRate(rate.value, rate.value, rate.n, rate.events, rate.sources, rate.level,
                     rate.followup_months[1], bool(key.get("borrowed", False)))  # fmt: skip


def _solved(
    entry: Mapping[str, Any], key: Mapping[str, Any], grade: str
) -> tuple[Timing, tuple[SourceRow, ...]]:
    early = find(rates(), grade, key["early"])
    first, horizon = entry["first_day"], entry["horizon_day"]
    if "share" in key:
        reached, total = key["share"]
        source = timecourse_source(key["source"]["row"])
        return solve_tau_from_share(reached / total, entry["share_day"], first, horizon), (source,)
    later = find(rates(), grade, key["later"])
    timing = solve_tau(early.value, later.value, entry["landmark_day"], first, horizon)
    return timing, (*early.sources, *later.sources)


def _findings(made: Comparator, study: Study) -> list[Finding]:
    """What is borrowed, approximate or mixed in this comparator."""
    found: list[tuple[str, str, Severity]] = []
    for grade, rate in made.rates.items():
        if rate.borrowed:
            found.append(("borrowed-rate", grade, Severity.WARNING))
        if rate.timing and grade in "BC":
            found.append(("landmark-approximate", grade, Severity.WARNING))
        if rate.level == "all":
            found.append(("all-levels", grade, Severity.WARNING))
        if _shorter(study, rate):
            found.append(("followup-shorter", grade, Severity.NOTE))
    grouped: dict[tuple[str, Severity], list[str]] = {}
    for code, grade, severity in found:
        grouped.setdefault((code, severity), []).append(grade)
    made_findings = [
        Finding(f"evidence.{code}", params={"grades": ", ".join(grades)}, severity=severity)
        for (code, severity), grades in grouped.items()
    ]
    if made.index_day is not None:
        made_findings.append(Finding("evidence.tau-of-another-cohort", severity=Severity.WARNING))
    return made_findings


def _shorter(study: Study, rate: GradeRate) -> bool:
    """The study stops before the cohort does, so the comparator expects a little too much."""
    months, horizon = study.followup_months, rate.horizon_months
    return bool(months and horizon and months[1] < horizon)
