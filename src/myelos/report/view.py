"""What the page shows of one judgement, in the order it is read; the template only lays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from myelos.evidence import Judgement, Reading
from myelos.evidence.study import Study, Transition
from myelos.evidence.study.grades import GRADES
from myelos.report import names
from myelos.report.figures import Drawn
from myelos.report.tables import Table, missing_people, tables
from myelos.report.words import Words


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """One reading as a line of the first screen; places in per cent of the people."""

    name: str
    default: bool
    expected: str
    interval: str
    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GradeStory:
    """One index grade: how many improved, what was expected, and where they went."""

    grade: str
    improved: str
    expected: str
    steps: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Alone:
    """One thing that alone would explain the result: its size under each default reading."""

    what: str
    note: str
    sizes: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One judgement, ready for the page."""

    key: str
    id: str
    title: str
    synthetic: bool
    known: tuple[str, ...]
    improved: str
    n: int
    observed_at: tuple[float, float]
    given: str
    expected: tuple[tuple[str, tuple[ExpectedRow, ...]], ...]
    who: tuple[GradeStory, ...]
    alone_heads: tuple[str, ...]
    alone: tuple[Alone, ...]
    sentences: Mapping[str, tuple[str, ...]]
    figures: tuple[Drawn, ...]
    tables: tuple[Table, ...]
    findings: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def section(judgement: Judgement, figures: Sequence[Drawn], words: Words, key: str) -> Section:
    """Everything the page shows of one judgement."""
    observed, study = judgement.observed, judgement.study
    fewest, most = (each.value or 0.0 for each in observed.improved)
    told = names.defaults(judgement)
    return Section(
        key=key,
        id=study.id,
        title=study.title,
        synthetic=study.synthetic,
        known=_known(judgement, words),
        improved=names.of_people(fewest, most, observed.n, words),
        n=observed.n,
        observed_at=(_place(fewest, observed.n), _place(most, observed.n)),
        given=names.given(judgement),
        expected=_expected(judgement, words),
        who=_who(judgement, words),
        alone_heads=tuple(words(f"exam.{each.exam}") for each in told),
        alone=_alone(judgement, told, words),
        sentences={
            part: tuple(
                names.unbroken(words.sentence(each.code, dict(each.params)))
                for each in judgement.sentences
                if each.part == part
            )
            for part in ("observed", "bears", "cannot", "settle")
        },
        figures=tuple(figures),
        tables=tables(judgement, words),
        findings=tuple((each.severity.value, words.tell(each)) for each in judgement.findings),
        notes=_notes(judgement, words),
    )


def _place(value: float | None, n: int) -> float:
    return round(100 * (value or 0.0) / max(n, 1), 2)


def _known(judgement: Judgement, words: Words) -> tuple[str, ...]:
    """Who and what, in a few words; what is unknown stays out unless it weighs."""
    study = judgement.study
    said = [words("known.people", n=judgement.observed.n)]
    if study.level != "unknown":
        said.append(words("known.level", level=study.level))
    if study.phase != "unknown":
        said.append(words("known.phase", phase=study.phase))
    if study.arm != "unknown":
        said.append(words("known.arm", arm=study.arm))
    if study.followup_months:
        months = names.span(*study.followup_months, words)
        said.append(words("known.followup", months=months))
    for code, value in (("controls", study.concurrent_controls), ("blinded", study.blinded)):
        said.append(words(f"known.{code}-{value if words.has(f'known.{code}-{value}') else 'unknown'}"))
    return tuple(said)


def _expected(judgement: Judgement, words: Words) -> tuple[tuple[str, tuple[ExpectedRow, ...]], ...]:
    """The readings by index exam, each exam in words."""
    grouped: dict[str, list[ExpectedRow]] = {}
    days = {each.exam: each.index_day for each in judgement.readings if each.index_day is not None}
    for reading in judgement.readings:
        if reading.expected.value is None:
            continue
        interval, n = reading.predictions[1], judgement.observed.n
        heading = names.exam(reading.exam, days.get(reading.exam), words)
        grouped.setdefault(heading, []).append(
            ExpectedRow(
                name=names.comparator(reading, words),
                default=reading.default,
                expected=names.number(reading.expected.value),
                interval=names.span(interval.low.value, interval.high.value, words),
                at=_place(reading.expected.value, n),
                low=_place(interval.low.value, n),
                high=_place(interval.high.value, n),
            )
        )
    return tuple((exam, tuple(rows)) for exam, rows in grouped.items())


def _who(judgement: Judgement, words: Words) -> tuple[GradeStory, ...]:
    people = judgement.study.baselines[0].transitions
    found = []
    told: set[str] = set()
    for code in dict.fromkeys(each.baseline for each in people):
        group = [each for each in people if each.baseline == code and each.count]
        if not group:
            continue
        improved = ""
        if code in judgement.observed.by_grade:
            n, low, high = judgement.observed.by_grade[code]
            improved = names.of_people(low.value, high.value, n.value, words)
        steps = tuple(_step(each, told, words) for each in group)
        found.append(GradeStory(names.code(code, words), improved, _without(judgement, code, words), steps))
    return tuple(found)


def _step(each: Transition, told: set[str], words: Words) -> tuple[str, str]:
    """What one transition is called, and what the grade at its end means (the first time it is named)."""
    same = each.baseline == each.followup or each.followup == "unchanged"
    if same:
        return words("page.who-none", n=each.count), ""
    new = each.followup not in told and words.has(f"meaning.{each.followup}")
    meaning = words(f"meaning.{each.followup}") if new else ""
    told.add(each.followup)
    if each.followup in GRADES:
        return words("page.to", n=each.count, grade=each.followup), meaning
    return f"{each.count} {names.code(each.followup, words)}", ""


def _without(judgement: Judgement, grade: str, words: Words) -> str:
    """The range of people expected of one grade over all readings."""
    expected = [
        share.expected.value
        for reading in judgement.readings
        for share in reading.grades
        if share.grade == grade and share.expected.value is not None
    ]
    if not expected:
        return ""
    return words("page.who-expected", range=names.span(min(expected), max(expected), words, 1))


def _alone(judgement: Judgement, told: Sequence[Reading], words: Words) -> tuple[Alone, ...]:
    """Examiner share, odds, unreported people and misgrading, each for every default reading."""
    if not any(each.bias_needed for each in told):
        return ()
    missing = missing_people(judgement.study, words)
    value, low, high = names.published_bias(told[0])
    found = [
        Alone(words("page.alone-share"), "", tuple(_needs(each, "share") for each in told)),
        Alone(words("page.alone-odds"), words("page.alone-odds-note", value=value, low=low, high=high),
              tuple(_needs(each, "odds") for each in told)),
        Alone(words("page.alone-unreported"), words("page.alone-unreported-note", missing=missing),
              tuple(_unreported(each, words) for each in told)),
    ]  # fmt: skip
    sizes = dict.fromkeys(
        each.size.value for each in told[0].biased if each.kind == "ais-disagreement-with-algorithm"
    )
    for size in sizes:
        what = words("page.alone-misgraded", size=names.percent(size))
        found.append(Alone(what, "", tuple(_misgraded(each) for each in told)))
    return tuple(found)


def _needs(reading: Reading, kind: str) -> tuple[str, ...]:
    needs = [each for each in reading.bias_needed if each.shift_sd in (0.0, 0.5)]
    if kind == "share":
        return tuple(names.share(each.share_scored_improved.value) for each in needs)
    return tuple(names.number(each.odds_multiplier.value) for each in needs)


def _unreported(reading: Reading, words: Words) -> tuple[str, ...]:
    """The range over grades, for SD 0 and for SD .5."""
    said = []
    for sd in (0.0, 0.5):
        known = [
            each.people.value
            for each in reading.unreported
            if each.shift_sd == sd and each.people.value is not None
        ]
        said.append(names.span(min(known), max(known), words) if known else "–")
    return tuple(said)


def _misgraded(reading: Reading) -> tuple[str, ...]:
    kind = "ais-disagreement-with-algorithm"
    return tuple(
        names.short_tail(each.tail.value)
        for each in reading.biased
        if each.kind == kind and each.shift_sd in (0.0, 0.5)
    )


def _notes(judgement: Judgement, words: Words) -> tuple[str, ...]:
    study: Study = judgement.study
    note = study.certainty_note or words("unknown")
    return (
        words("sources.study", source=study.source, note=note),
        words("sources.split", split=study.split.value, total=study.total.value),
    )
