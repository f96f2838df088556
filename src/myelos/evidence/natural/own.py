"""A comparator of one's own choice of rows: pooled only where no person can be counted twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from myelos.evidence.natural.cohorts import Rate
from myelos.evidence.natural.comparators import Comparator, GradeRate, check_pooled, why_not
from myelos.evidence.natural.landmark import refuse_later_landmark
from myelos.findings import Finding, Findings, Place, Refused


def comparator_from_rows(
    name: str, rows: Mapping[str, Sequence[Rate]], *, level: str = "cervical", index_day: float | None = None
) -> Comparator:
    """A comparator from rows of the tables, one or several a grade; several are pooled by their counts.

    ``index_day`` is the study's, in days after injury: rows counted from a later day are refused.

    Raises :class:`~myelos.findings.Refused` with a finding for every row that cannot serve: treated people
    or trial controls (``role``), a baseline after day 30 or not stated and not asked for by ``index_day``
    (``window``), another level; two rows of one overlap group; a row without n among several; a landmark
    later than the index day. Raises ValueError for a grade without rows.
    """
    findings = Findings()
    used = {}
    for grade, rates in rows.items():
        if not rates:
            raise ValueError(f"no row for grade {grade}")
        for rate in rates:
            findings.extend(_faults(rate, grade, level, index_day))
        try:
            check_pooled(rates)
        except Refused as refused:
            findings.extend(refused.findings)
        if len(rates) > 1:
            missing = [rate for rate in rates if rate.n is None or rate.events is None]
            findings.extend(_finding("pooled-without-n", rate) for rate in missing)
        used[grade] = _pooled(rates)
    findings.refuse_on_error()
    return Comparator(name, "any", used, index_day=None)


def _faults(rate: Rate, grade: str, level: str, index_day: float | None) -> list[Finding]:
    found = []
    if rate.grade != grade:
        found.append(_finding("row-of-another-grade", rate))
    earliest = rate.baseline_days[0]
    late = index_day is not None and earliest is not None and earliest > 0
    if (reason := why_not(rate, level)) and not (reason == "window" and late):
        found.append(_finding(f"no-comparator-{reason}", rate))
    if index_day is not None and earliest is not None:
        try:
            refuse_later_landmark(earliest, index_day)
        except Refused as refused:
            found += refused.findings
    return found


def _finding(code: str, rate: Rate) -> Finding:
    source = rate.sources[0]
    params = {"cohort": source.cohort, "role": rate.role, "level": rate.level, "grade": rate.grade}
    return Finding(f"evidence.{code}", Place(f"{source.table}.csv", source.row), params)


def _pooled(rates: Sequence[Rate]) -> GradeRate:
    """One rate from all the people of several rows; a single row stays as it is printed."""
    sources = tuple(source for rate in rates for source in rate.sources)
    horizon = min((rate.followup_months[1] or 0.0 for rate in rates), default=None)
    if len(rates) == 1:
        only = rates[0]
        return GradeRate(only.value, only.value, only.n, only.events, sources, only.level, horizon)
    n = sum(rate.n or 0 for rate in rates)
    events = sum(rate.events or 0 for rate in rates)
    share = round(events / n, 3) if n else 0.0
    levels = " and ".join(dict.fromkeys(rate.level for rate in rates))
    return GradeRate(share, share, n, events, sources, levels, horizon)
