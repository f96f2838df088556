"""What a judgement holds: every number a quantity, every reading beside the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from myelos.evidence.natural.cohorts import SourceRow
from myelos.evidence.natural.recovery import NaturalGain
from myelos.evidence.quantity import Quantity
from myelos.evidence.study.grades import Event
from myelos.evidence.study.values import Study
from myelos.findings import Finding, Param


@dataclass(frozen=True, slots=True)
class Observed:
    """Who improved. ``improved`` is (fewest, most) the codes and the possible index exams allow.

    Intervals reach from the low end for the fewest to the high end for the most; their ends are None when
    nobody is counted under the event. ``share`` is that of the fewest. ``by_grade``: index grade to (people,
    fewest, most improvers), each resting on the split; empty where two possible index exams differ.
    """

    event: Event
    n: int
    improved: tuple[Quantity, Quantity]
    share: Quantity
    clopper_pearson: tuple[Quantity, Quantity]
    wilson: tuple[Quantity, Quantity]
    blaker: tuple[Quantity, Quantity]
    by_grade: Mapping[str, tuple[Quantity, Quantity, Quantity]]
    harm_upper_limit: Quantity
    """Largest chance of a harm that nobody of n had, one-sided 95 % (exact)."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """95 % prediction interval of the number of improvers under one between-cohort SD (logit)."""

    shift_sd: float
    low: Quantity
    high: Quantity


@dataclass(frozen=True, slots=True)
class OverSplits:
    """The range of a tail over every split of the people into grades, with a split at each end.

    It does not rest on the reported split, except for an event stricter than one grade: who has that event
    is known from the reported grades only.
    """

    low: Quantity
    high: Quantity
    low_split: Mapping[str, int]
    high_split: Mapping[str, int]
    splits: int


@dataclass(frozen=True, slots=True)
class Tail:
    """P(X >= improved) if the cells did nothing and the comparator is right.

    ``rates`` is ``known`` (rates taken as given) or ``predictive`` (beta-binomial for the cohorts' own n);
    ``value`` of a predictive tail is None where a rate has no n.
    """

    rates: str
    shift_sd: float
    value: Quantity
    over_splits: OverSplits | None


@dataclass(frozen=True, slots=True)
class GradeShare:
    """What one index grade contributes. Tails are for this grade alone."""

    grade: str
    n: Quantity
    improved: Quantity
    rate: Quantity
    expected: Quantity
    tail: Quantity
    tail_shifted: Quantity
    tail_predictive: Quantity


@dataclass(frozen=True, slots=True)
class BiasNeeded:
    """What examiner bias alone would explain the result at a one-sided .025, for one between-cohort SD."""

    shift_sd: float
    share_scored_improved: Quantity
    odds_multiplier: Quantity
    odds_ratio: Quantity


@dataclass(frozen=True, slots=True)
class Biased:
    """The tail under a published size of bias or error (``size``, from row ``source``)."""

    kind: str
    size: Quantity
    shift_sd: float
    tail: Quantity


@dataclass(frozen=True, slots=True)
class Unreported:
    """How many more people of one grade, enrolled and not improved, would bring the tail to .025."""

    grade: str
    shift_sd: float
    people: Quantity


@dataclass(frozen=True, slots=True)
class Reading:
    """One study read against one comparator."""

    comparator: str
    exam: str
    event: Event
    default: bool
    index_day: float | None
    n: int
    improved: tuple[int, int]
    rates: Mapping[str, Quantity]
    expected: Quantity
    predictions: tuple[Prediction, ...]
    tails: tuple[Tail, ...]
    grades: tuple[GradeShare, ...]
    bias_needed: tuple[BiasNeeded, ...]
    biased: tuple[Biased, ...]
    unreported: tuple[Unreported, ...]
    e_value_at_limit: Quantity
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class IndexDayCurve:
    """Expected improvers and tail as the index exam moves over days after injury.

    Arrays run along ``days``; days after ``extrapolated_after`` lie past the landmark tau was solved at.
    """

    comparator: str
    days: tuple[float, ...]
    expected: tuple[float, ...]
    tail: tuple[float, ...]
    tail_shifted: tuple[float, ...]
    extrapolated_after: float
    sources: tuple[str, ...]
    recalled: bool
    given: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A cohort on the belief plane: its AIS A rate and the odds multiplier it is shown at."""

    label: str
    rate: Quantity
    odds_multiplier: float


@dataclass(frozen=True, slots=True)
class BeliefPlane:
    """Natural recovery of AIS A across, odds multiplier of examiner bias up, for fixed B and C.

    ``contours``: between-cohort SD to the multiplier at which the tail is .025, along ``rates``. Above a
    contour the result is what such an examiner would see without any effect; below it something is left
    to explain. ``published`` is the inverse of the published ratio of odds ratios (value, low, high).
    ``sources``, ``recalled`` and ``given`` are those of the contours.
    """

    comparator: str
    exam: str
    index_day: float | None
    fixed: Mapping[str, Quantity]
    rates: tuple[float, ...]
    contours: Mapping[float, tuple[float, ...]]
    dots: tuple[Dot, ...]
    published: tuple[Quantity, Quantity, Quantity]
    sources: tuple[str, ...]
    recalled: bool
    given: str


@dataclass(frozen=True, slots=True)
class BetweenCohorts:
    """The spread of natural-recovery cohorts on the logit, SD with an approximate 95 % interval."""

    sd: Quantity
    low: Quantity
    high: Quantity
    cohorts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One plain sentence: ``part`` is ``observed``, ``bears``, ``cannot`` or ``settle``."""

    part: str
    code: str
    params: Mapping[str, Param]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything :func:`~myelos.evidence.judge` has to say of one study."""

    study: Study
    observed: Observed
    readings: tuple[Reading, ...]
    stricter: tuple[Reading, ...]
    stricter_observed: tuple[Observed, ...]
    between_cohorts: BetweenCohorts
    curves: tuple[IndexDayCurve, ...]
    planes: tuple[BeliefPlane, ...]
    gains: tuple[tuple[str, tuple[NaturalGain, ...]], ...]
    sentences: tuple[Sentence, ...]
    findings: tuple[Finding, ...]
    sources: Mapping[str, SourceRow]
