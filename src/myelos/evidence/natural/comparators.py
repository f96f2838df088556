"""Comparators: which published rates stand for "without the cells", for a given study and index exam."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from myelos.evidence.natural.cohorts import NATURAL, Rate, SourceRow, overlapping
from myelos.evidence.natural.landmark import Timing
from myelos.evidence.study.grades import Event
from myelos.findings import Finding, Param, Refused

LATEST_EARLY_DAY = 30.0
"""A cohort counted from a later day after injury is no comparator of an acute or subacute study."""
SUBACUTE_LEVELS = frozenset({"cervical", "tetraplegia", "all", "C1-C7 motor level; UEMS<=20 each side"})
"""Levels that may stand for a cervical study; ``all`` carries a finding."""


@dataclass(frozen=True, slots=True)
class GradeRate:
    """The rate a comparator uses for one index grade (``value``, 0 to 1).

    ``early`` is the cohort's own rate; ``value`` equals it unless a landmark (``timing``) moved it to the
    index day. ``n`` and ``events`` are None where the source gives none or a landmark was applied.
    ``horizon_months`` is the cohort's follow-up; ``borrowed`` marks a rate of another cohort.
    """

    value: float
    early: float
    n: int | None
    events: int | None
    sources: tuple[SourceRow, ...]
    level: str = ""
    horizon_months: float | None = None
    borrowed: bool = False
    timing: Timing | None = None


@dataclass(frozen=True, slots=True)
class Comparator:
    """One reading of natural recovery: a rate for every index grade it knows.

    ``exam`` is the index exam it speaks to (``any`` for all), ``index_day`` the day after injury a
    landmark was set to. ``findings`` say what is wrong or approximate about it.
    """

    id: str
    exam: str
    rates: Mapping[str, GradeRate]
    default: bool = False
    index_day: float | None = None
    event: Event = Event.ONE_GRADE
    findings: tuple[Finding, ...] = field(default=())

    @classmethod
    def given(cls, **rate_of: float) -> Comparator:
        """A comparator from rates of one's own: ``Comparator.given(A=.278, B=.536, C=.725)``.

        Raises ValueError when a rate is not in 0 to 1 or a name is not a grade.
        """
        if not rate_of or any(grade not in tuple("ABCD") or not 0 <= p <= 1 for grade, p in rate_of.items()):
            raise ValueError(f"rates by grade A to D, each in 0 to 1, not {rate_of}")
        source = SourceRow("given", 0, "given by the user", "", "given", "")
        return cls("given", "any", {g: GradeRate(p, p, None, None, (source,)) for g, p in rate_of.items()})

    def at_day(self, day: float, timing: Mapping[str, tuple[Timing, tuple[SourceRow, ...]]]) -> Comparator:
        """The same rates for people still in their index grade on ``day`` after injury."""
        moved = {
            grade: replace(
                rate,
                value=timing[grade][0].still_to_come(rate.early, day),
                n=None,
                events=None,
                timing=timing[grade][0],
                sources=tuple({row.id: row for row in (*rate.sources, *timing[grade][1])}.values()),
            )
            for grade, rate in self.rates.items()
        }
        return replace(self, rates=moved, index_day=day)

    @property
    def sources(self) -> tuple[SourceRow, ...]:
        """Every row the rates rest on, each once."""
        rows = (row for rate in self.rates.values() for row in rate.sources)
        return tuple({row.id: row for row in rows}.values())


def check_pooled(rates: Iterable[Rate]) -> None:
    """Raise :class:`~myelos.findings.Refused` when two of the rates may count the same people."""
    pooled = list(rates)
    for place, one in enumerate(pooled):
        for other in pooled[place + 1 :]:
            if overlapping(one, other):
                params: dict[str, Param] = {
                    "one": one.sources[0].cohort,
                    "other": other.sources[0].cohort,
                    "group": ", ".join(sorted(one.overlap_groups & other.overlap_groups)),
                }
                raise Refused([Finding("evidence.overlapping-cohorts", params=params)])


def why_not(rate: Rate, level: str = "cervical") -> str | None:
    """The reason a row is no comparator of an acute or subacute study of this level, or None if it is.

    Codes: ``role`` (treated, or a control with its own trial), ``window`` (baseline later than 30 days or
    not stated: chronic rows and meta-analyses of mixed windows), ``level``.
    """
    if rate.role != NATURAL:
        return "role"
    latest = rate.baseline_days[1]
    if latest is None or latest > LATEST_EARLY_DAY:
        return "window"
    return "level" if level == "cervical" and rate.level not in SUBACUTE_LEVELS else None
