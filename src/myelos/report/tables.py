"""The tables below the figures: every reading, every sensitivity, every source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from myelos.evidence import Judgement, Quantity, Reading, Study
from myelos.evidence.judgement import Tail
from myelos.report import names
from myelos.report.words import Words


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, a smaller second and third line, where it links to, how many rows it spans.

    ``whole``: its text stays on one line.
    """

    text: str
    small: str = ""
    below: str = ""
    link: str = ""
    number: bool = True
    strong: bool = False
    rows: int = 1
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption above and its note below; ``groups`` heads columns that belong together."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    groups: tuple[tuple[str, int], ...] = ()
    remarks: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())
    """Findings by comparator, listed below the note."""


def tables(judgement: Judgement, words: Words) -> tuple[Table, ...]:
    """Every table that has rows, in the order of the page."""
    made = (
        _observed(judgement, words),
        _visits(judgement.study, words),
        _readings(judgement, words),
        _tipping(judgement, words),
        _biased(judgement, words),
        _unreported(judgement, words),
        _e_values(judgement, words),
        _stricter(judgement, words),
        *_gains(judgement, words),
        _sources(judgement, words),
    )
    return tuple(each for each in made if each.rows)


def missing_people(study: Study, words: Words) -> str:
    """Registered minus analysed, or that it is unknown."""
    people = study.people
    if people.registered is None or people.analysed is None:
        return words("unknown")
    return words("unreported.missing", missing=people.registered - people.analysed,
                 registered=people.registered, analysed=people.analysed)  # fmt: skip


def _text(text: str, small: str = "", strong: bool = False) -> Cell:
    return Cell(text, small, number=False, strong=strong)


def _tail(quantity: Quantity, below: str = "") -> Cell:
    """A tail with its condition on a second line, its range over all splits on a third."""
    said, _, condition = names.tail(quantity).partition(", ")
    return Cell(names.unbroken(said), condition, below)


def _named(reading: Reading, words: Words, rows: int = 1) -> Cell:
    """The comparator, with the index exam it is read for on a second line."""
    exam = names.exam(reading.exam, reading.index_day, words)
    exam = words("table.default", exam=exam) if reading.default else exam
    name = names.comparator(reading, words)
    return Cell(name, exam, number=False, strong=reading.default, rows=rows)


def _shift(sd: float, place: int, words: Words) -> str:
    return words("sd-estimated" if place == 2 else "sd", sd=names.sd(sd))


def _shifts(readings: Sequence[Reading]) -> list[float]:
    """The between-cohort SDs the readings were made with, in order."""
    longest = max(readings, key=lambda each: len(each.tails), default=None)
    return [each.shift_sd for each in longest.tails if each.rates == "known"] if longest else []


def _tails_head(readings: Sequence[Reading], words: Words) -> str:
    given = next((tail.value.given for each in readings for tail in each.tails if tail.value.given), "")
    return words("table.tails-given", given=given) if given else words("table.tails")


def _observed(judgement: Judgement, words: Words) -> Table:
    rows = []
    for each in (judgement.observed, *judgement.stricter_observed):
        low, high = each.improved
        pairs = (each.clopper_pearson, each.wilson, each.blaker)
        intervals = [Cell(names.percent_span(a.value, b.value, words)) for a, b in pairs]
        people = names.of_people(low.value, high.value, each.n, words)
        rows.append((_text(words(f"event.{each.event.value}"), low.given), Cell(people), *intervals))
    upper = names.percent(judgement.observed.harm_upper_limit.value)
    heads = (words("table.event"), words("table.improved"), "Clopper-Pearson, %", "Wilson, %", "Blaker, %")
    note = words("observed.harm", n=judgement.observed.n, upper=upper)
    return Table(words("observed.caption"), heads, tuple(rows), note)


def _visits(study: Study, words: Words) -> Table:
    """People by grade at every visit known."""
    codes = sorted({code for each in study.at_visits for code in each.counts})
    rows = tuple(
        (
            _text(each.name),
            Cell(names.span(each.days[0], each.days[1], words) if each.days else "–"),
            *(Cell(str(each.counts.get(code, 0) or "–")) for code in codes),
        )
        for each in study.at_visits
    )
    heads = words("visits.visit"), words("visits.days"), *(names.code(code, words) for code in codes)
    return Table(words("visits.caption"), heads, rows, words("visits.note"))


def _readings(judgement: Judgement, words: Words) -> Table:
    readings, spread = judgement.readings, judgement.between_cohorts
    shifts = [_shift(sd, place, words) for place, sd in enumerate(_shifts(readings))]
    note = words("readings.note", sd=names.number(spread.sd.value, 2), low=names.number(spread.low.value, 2),
                 high=names.number(spread.high.value, 2))  # fmt: skip
    note = f"{note} {_splits(readings, words)}".strip()
    return Table(
        caption=words("readings.caption"),
        groups=(("", 2), (words("table.intervals"), len(shifts)),
                (_tails_head(readings, words), len(shifts) + 1)),
        heads=(words("table.comparator"), words("table.expected"), *shifts, *shifts,
               words("table.predictive")),
        rows=tuple(_reading(each, len(shifts), words) for each in readings),
        note=note,
        remarks=tuple(
            (f"{names.comparator(each, words)}, {words(f'exam.{each.exam}')}",
             tuple(words.tell(finding) for finding in each.findings))
            for each in readings
            if each.findings
        ),
    )  # fmt: skip


def _reading(reading: Reading, shifts: int, words: Words) -> tuple[Cell, ...]:
    expected = Cell(names.number(reading.expected.value) if reading.expected.value is not None else
                    words("table.open"))  # fmt: skip
    intervals = [Cell(names.span(each.low.value, each.high.value, words)) for each in reading.predictions]
    intervals += [Cell("–")] * (shifts - len(intervals))
    known = [_tail(each.value, _over(each, words)) for each in reading.tails if each.rates == "known"]
    predictive = [_tail(each.value) for each in reading.tails if each.rates == "predictive"]
    return (_named(reading, words), expected, *intervals, *known, *predictive)


def _over(tail: Tail, words: Words) -> str:
    """The range of one tail over every split, or nothing where the split is certain."""
    if tail.over_splits is None:
        return ""
    low, high = (names.short_tail(each.value) for each in (tail.over_splits.low, tail.over_splits.high))
    return names.unbroken(words("table.over", low=low, high=high))


def _splits(readings: Sequence[Reading], words: Words) -> str:
    """How many splits were tried, and which lie at the ends."""
    for reading in readings:
        for tail in reading.tails:
            if (over := tail.over_splits) is not None:
                ends = names.split_words(over.low_split), names.split_words(over.high_split)
                return words("by-split.note", splits=over.splits, low=ends[0], high=ends[1])
    return ""


def _tipping(judgement: Judgement, words: Words) -> Table:
    told = [each for each in judgement.readings if each.bias_needed]
    shifts = [_shift(sd, place, words) for place, sd in enumerate(_shifts(told))]
    rows = tuple(
        (
            _named(reading, words),
            *(Cell(names.share(each.share_scored_improved.value)) for each in reading.bias_needed),
            *(Cell(names.number(each.odds_multiplier.value, 2)) for each in reading.bias_needed),
        )
        for reading in told
    )
    groups = ("", 1), (words("tipping.share"), len(shifts)), (words("tipping.odds"), len(shifts))
    heads = (words("table.comparator"), *shifts, *shifts)
    value, low, high = names.published_bias(told[0]) if told else ("", "", "")
    note = _given(judgement, words, "tipping.note", value=value, low=low, high=high)
    return Table(words("tipping.caption"), heads, rows, note, groups)


def _given(judgement: Judgement, words: Words, note: str, **params: str) -> str:
    """The note of a table, with the condition its numbers hold under."""
    given = names.given(judgement)
    said = words(note, **params)
    return f"{said} {words('condition', given=given)}" if given else said


def _biased(judgement: Judgement, words: Words) -> Table:
    told = [each for each in judgement.readings if each.biased]
    shifts = _shifts(told)
    rows = []
    for reading in told:
        kinds = dict.fromkeys((each.kind, each.size.value) for each in reading.biased)
        for place, (kind, size) in enumerate(kinds):
            said = names.number(1 / (size or 1), 2) if "odds" in kind else names.percent(size, 1)
            tails = [each for each in reading.biased if (each.kind, each.size.value) == (kind, size)]
            name = _text(words(f"biased.kind.{kind}", size=said))
            named = (_named(reading, words, len(kinds)),) if place == 0 else ()
            rows.append((*named, name, *(_tail(each.tail) for each in tails)))
    heads = (words("table.comparator"), words("table.size"),
             *(_shift(sd, place, words) for place, sd in enumerate(shifts)))  # fmt: skip
    groups = ("", 2), (_tails_head(told, words), len(shifts))
    return Table(words("biased.caption"), heads, tuple(rows), words("biased.note"), groups)


def _unreported(judgement: Judgement, words: Words) -> Table:
    told = [each for each in judgement.readings if each.unreported]
    shifts = _shifts(told)
    grades = sorted({each.grade for reading in told for each in reading.unreported})
    rows = []
    for reading in told:
        cells = []
        for grade in grades:
            found = {each.shift_sd: each.people.value for each in reading.unreported if each.grade == grade}
            cells += [Cell(names.number(found.get(sd), 0)) for sd in shifts]
        rows.append((_named(reading, words), *cells))
    heads = (words("table.comparator"),
             *(_shift(sd, place, words) for _ in grades for place, sd in enumerate(shifts)))  # fmt: skip
    groups = ("", 1), *((f"{words('table.grade')} {grade}", len(shifts)) for grade in grades)
    note = _given(judgement, words, "unreported.note", missing=missing_people(judgement.study, words))
    return Table(words("unreported.caption"), heads, tuple(rows), note, groups)


def _e_values(judgement: Judgement, words: Words) -> Table:
    told = [each for each in judgement.readings if each.e_value_at_limit.value is not None]
    rows = tuple((_named(each, words), Cell(names.number(each.e_value_at_limit.value, 2))) for each in told)
    heads = words("table.comparator"), words("evalue.value")
    return Table(words("evalue.caption"), heads, rows, _given(judgement, words, "evalue.note"))


def _stricter(judgement: Judgement, words: Words) -> Table:
    readings = judgement.stricter
    shifts = [_shift(sd, place, words) for place, sd in enumerate(_shifts(readings))]
    rows = tuple(
        (
            _text(words(f"event.{each.event.value}")),
            _text(names.comparator(each, words)),
            Cell(names.of_people(*each.improved, each.n, words)),
            Cell(names.number(each.expected.value)),
            *(_tail(tail.value) for tail in each.tails),
        )
        for each in readings
    )
    heads = (words("table.event"), words("table.comparator"), words("table.improved"),
             words("table.expected"), *shifts, words("table.predictive"))  # fmt: skip
    groups = ("", 4), (_tails_head(readings, words), len(shifts) + 1)
    return Table(words("stricter.caption"), heads, rows, _given(judgement, words, "stricter.note"), groups)


def _gains(judgement: Judgement, words: Words) -> Iterable[Table]:
    for exam, gains in judgement.gains:
        grades = sorted({grade for each in gains for grade in each.by_grade})
        given = next((each.weighted.given for each in gains if each.weighted and each.weighted.given), "")
        weighted = words("gains.weighted-given", given=given) if given else words("gains.weighted")
        rows = []
        for each in gains:
            by_grade = (each.by_grade.get(grade) for grade in grades)
            observed = names.number(each.observed.value) if each.observed else words("gains.none")
            rows.append(
                (
                    _text(words(f"measure.{each.measure}")),
                    Cell(words("span", low=f"{each.weeks[0]:.0f}", high=f"{each.weeks[1]:.0f}")),
                    *(Cell(names.number(gain.value if gain else None)) for gain in by_grade),
                    Cell(names.number(each.weighted.value if each.weighted else None)),
                    Cell(observed),
                )
            )
        heads = (words("gains.measure"), words("gains.weeks"), *grades, weighted, words("gains.observed"))
        rests = {source for each in gains for gain in each.by_grade.values() for source in gain.sources}
        note = f"{words('gains.note')} {words('sources.gains', rows=_rows(rests))}"
        yield Table(f"{words('gains.caption')}: {words(f'exam.{exam}')}", heads, tuple(rows), note)


def _rows(sources: Iterable[str]) -> str:
    """Rows by table, runs closed up: ``recovery_timecourse rows 2–21, 30``."""
    numbers: dict[str, list[int]] = {}
    for source in sources:
        table, _, place = source.rpartition(":")
        numbers.setdefault(table, []).append(int(place))
    said = []
    for table, rows in sorted(numbers.items()):
        runs: list[list[int]] = []
        for row in sorted(rows):
            if runs and row == runs[-1][-1] + 1:
                runs[-1].append(row)
            else:
                runs.append([row])
        told = (f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
        said.append(f"{table} {', '.join(told)}")
    return "; ".join(said)


def _sources(judgement: Judgement, words: Words) -> Table:
    used = judgement.sources if judgement.readings or judgement.stricter else {}
    rows = []
    for name, row in sorted(used.items()):
        link = f"https://doi.org/{row.doi}" if re.match(r"10\.\d{4,}/", row.doi) else ""
        status = _text(words("recalled") if row.recalled else row.status, strong=row.recalled)
        rows.append(
            (_text(name), _text(row.cohort), Cell(row.doi, link=link, number=False), status, _text(row.note))
        )
    heads = tuple(words(f"sources.{each}") for each in ("id", "cohort", "doi", "status", "note"))
    return Table(words("sources.caption"), heads, tuple(rows))
