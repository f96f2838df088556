"""Build a study from the keys of its TOML, collecting every fault with its key and row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from myelos.evidence.study.grades import GRADES, Transition, transition, unknown_code
from myelos.evidence.study.values import (
    Baseline,
    Certainty,
    IndexExam,
    People,
    Person,
    Study,
    Visit,
    VisitGrades,
    grades_at_visits,
    mean_gains,
)
from myelos.findings import Finding, Findings, Param, Place

TEXTS = (
    "id", "title", "source", "doi", "design", "arm", "route", "dose", "level", "edition", "blinded",
    "examiner", "concurrent_controls", "why_stopped", "phase",
)  # fmt: skip
LEVELS = ("cervical", "thoracic", "mixed", "unknown")
CHOICES = {
    "level": LEVELS,
    "edition": ("1992", "1996", "2000", "2002", "2006", "2011", "2013", "2015", "2019", "unknown"),
    "blinded": ("yes", "no", "unknown"),
    "concurrent_controls": ("yes", "no", "unknown"),
    "phase": ("acute", "subacute", "chronic", "unknown"),
}
TOP = (*TEXTS, "treated", "gates", "synthetic", "followup_months", "people", "index", "certainty", "visits",
       "transition", "at_visit")  # fmt: skip
PEOPLE = ("registered", "collected", "infused", "analysed")
INDEX = ("exam", *IndexExam)
BASELINE = ("day", "day_range", "days_before_infusion")
LARGEST_NUMBER = 1_000_000
VISITS = ("file", *IndexExam, "follow-up")


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of the TOML, where its faults are placed, and what has been found."""

    data: Mapping[str, object]
    path: str
    text: str
    file: str
    findings: Findings

    def key(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def fault(self, code: str, key: str, **params: Param) -> None:
        column = self.key(key)
        place = Place(self.file, row_of(self.text, column), column)
        self.findings.add(Finding(f"evidence.{code}", place, params))

    def only(self, allowed: Iterable[str]) -> None:
        names = tuple(allowed)
        for key in self.data:
            if key not in names:
                self.fault("unknown-key", key, expected=", ".join(names))

    def table(self, key: str) -> _Table:
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            self.fault("wrong-kind", key, read=_shown(value), kind="a table")
            value = {}
        return replace(self, data=value, path=self.key(key))

    def tables(self, key: str) -> Iterator[_Table]:
        """The tables of an array of tables, each under its number."""
        entries = self.data.get(key, [])
        if not isinstance(entries, list):
            self.fault("wrong-kind", key, read=_shown(entries), kind="a list of tables")
            return
        for number, entry in enumerate(entries):
            name = f"{key}[{number}]"
            if isinstance(entry, dict):
                yield replace(self, data=entry, path=self.key(name))
            else:
                self.fault("wrong-kind", name, read=_shown(entry), kind="a table")

    def word(self, key: str, default: str | None = None, choices: tuple[str, ...] = ()) -> str:
        value = self.data.get(key, default)
        if value is None:
            self.fault("missing", key)
            return ""
        if not isinstance(value, str):
            self.fault("wrong-kind", key, read=_shown(value), kind="text")
            return ""
        if choices and value not in choices:
            self.fault("unknown-word", key, read=value[:40], expected=", ".join(choices))
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            self.fault("wrong-kind", key, read=_shown(value), kind="true or false")
            return default
        return value

    def number(self, key: str) -> float | None:
        value = self.data.get(key, "unknown")
        if value == "unknown":
            return None
        number = _finite(value)
        if number is None or number < 0:
            self.fault("not-in-range", key, read=_shown(value), kind="number", most=LARGEST_NUMBER)
            return None
        return number

    def whole(self, key: str) -> int | None:
        value = self.number(key)
        if value is not None and value != int(value):
            self.fault("not-in-range", key, read=str(value), kind="whole number", most=LARGEST_NUMBER)
            return None
        return None if value is None else int(value)

    def span(self, key: str, least: float = 0.0) -> tuple[float, float] | None:
        value = self.data.get(key, "unknown")
        if value == "unknown":
            return None
        pair = value if isinstance(value, list) and len(value) == 2 else ["", ""]
        low, high = (_finite(each) for each in pair)
        if low is None or high is None or not least <= low <= high:
            self.fault("wrong-kind", key, read=_shown(value), kind="[least, most]")
            return None
        return low, high


def _finite(value: object) -> float | None:
    """A number of at most LARGEST_NUMBER either side of 0, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -LARGEST_NUMBER <= value <= LARGEST_NUMBER else None


def _shown(value: object) -> str:
    """The start of a value as it was read."""
    try:
        return str(value)[:40]
    except ValueError:  # a whole number of too many digits for str
        return "a number of thousands of digits"


def built(
    data: Mapping[str, object], text: str, file: str, persons: tuple[Person, ...], findings: Findings
) -> Study | None:
    """The study these keys describe, or None with the reasons in ``findings``."""
    top = _Table(data, "", text, file, findings)
    top.only(TOP)
    texts = {key: _text(top, key) for key in TEXTS}
    certainty = top.table("certainty")
    certainty.only(("split", "total", "note"))
    people = _people(top)
    followup = top.span("followup_months", least=-LARGEST_NUMBER)
    if followup and followup[0] < 0:
        top.fault("followup-before-baseline", "followup_months", read=str(list(followup)))
    baselines, known = _baselines(top, persons, people)
    study = Study(
        baselines=baselines,
        index_known=known,
        split=_certainty(certainty, "split"),
        total=_certainty(certainty, "total"),
        certainty_note=certainty.word("note", ""),
        people=people,
        treated=top.flag("treated", True),
        synthetic=top.flag("synthetic", False),
        gates=top.whole("gates"),
        followup_months=followup,
        persons=persons,
        at_visits=(*grades_at_visits(persons), *_at_visits(top, max(each.n for each in baselines))),
        **{key: value for key, value in texts.items() if key != "doi"},
        doi=texts["doi"] or None,
    )
    return None if findings.errors else study


def _text(top: _Table, key: str) -> str:
    default = {"doi": ""}.get(key, "unknown")
    required = key in ("id", "title", "source", "level")
    return top.word(key, None if required else default, CHOICES.get(key, ()))


def _certainty(table: _Table, key: str) -> Certainty:
    word = table.word(key, "seen", tuple(Certainty))
    return Certainty(word) if word in tuple(Certainty) else Certainty.RECALLED


def _people(top: _Table) -> People:
    table = top.table("people")
    table.only(PEOPLE)
    counts = {key: table.whole(key) for key in PEOPLE}
    known = [(key, count) for key, count in counts.items() if count is not None]
    for (before, more), (after, fewer) in pairwise(known):
        if fewer > more:
            table.fault("people-grow", after, read=fewer, before=before, expected=more)
    return People(**counts)


def _baselines(top: _Table, persons: tuple[Person, ...], people: People) -> tuple[tuple[Baseline, ...], bool]:
    index, visits = top.table("index"), top.table("visits")
    index.only(INDEX)
    visits.only(VISITS)
    exam = index.word("exam", "unknown", (*IndexExam, "unknown"))
    exams = [IndexExam(exam)] if exam in tuple(IndexExam) else list(IndexExam)
    if "visits" in top.data and "transition" in top.data:
        top.fault("transitions-twice", "transition")
    if "visits" in top.data:
        visits.word("file")
        wanted = {each: visits.word(each, each) for each in exams}
        seen = {visit.name for person in persons for visit in person.visits}
        if exam == "unknown":
            exams = [each for each in exams if wanted[each] in seen] or exams
        end = visits.word("follow-up", "follow-up")
        found = {each: _from_visits(visits, persons, wanted[each], end) for each in exams}
        known = exam != "unknown" or len(exams) == 1
    else:
        counts = _transitions(top)
        found = dict.fromkeys(exams, counts)
        known = exam != "unknown"
    _check_sum(top, found, people)
    return tuple(_baseline(index, each, found[each], persons, visits) for each in exams), known


def _baseline(
    index: _Table, exam: IndexExam, found: tuple[Transition, ...], persons: tuple[Person, ...], visits: _Table
) -> Baseline:
    table = index.table(exam)
    table.only(BASELINE)
    day, span = table.number("day"), table.span("day_range")
    days = [visit.day for person in persons for visit in person.visits
            if visit.name == visits.word(exam, exam) and visit.day is not None]  # fmt: skip
    if days and span is None:
        span = (min(days), max(days))
    if day is None and days:
        day = sum(days) / len(days)
    if day is not None and span and not span[0] <= day <= span[1]:
        table.fault("day-outside-range", "day", read=day, low=span[0], high=span[1])
    gains = mean_gains(persons, visits.word(exam, exam), visits.word("follow-up", "follow-up"))
    return Baseline(exam, found, day, span, table.span("days_before_infusion"), gains)


def _transitions(top: _Table) -> tuple[Transition, ...]:
    if not top.data.get("transition", []):
        top.fault("missing", "transition")
    read = []
    for table in top.tables("transition"):
        table.only(("baseline", "followup", "count"))
        codes = table.word("baseline"), table.word("followup")
        if table.data.get("count", "unknown") == "unknown":
            table.fault("missing", "count")
        count = table.whole("count")
        found = transition(*codes, count or 0)
        if found is None:
            _refuse_codes(table, *codes)
        elif count is not None:
            read.append(found)
    return tuple(read)


def _at_visits(top: _Table, people: int) -> tuple[VisitGrades, ...]:
    """People by grade at visits between the index exam and the end, as counts."""
    read: list[VisitGrades] = []
    for table in top.tables("at_visit"):
        table.only(("visit", "days", "grades"))
        name, days, grades = table.word("visit"), table.span("days"), table.table("grades")
        if not grades.data:
            table.fault("missing", "grades")
        counts = {code: grades.whole(code) or 0 for code in grades.data}
        for code in counts:
            if transition(code, "unspecified", 1) is None:
                grades.fault("unknown-grade", code, read=code[:40])
        if name in {each.name for each in read}:
            table.fault("visit-listed-twice", "visit", read=name[:40])
        if (total := sum(counts.values())) > people:
            table.fault("too-many-at-visit", "grades", read=total, expected=people)
        read.append(VisitGrades(name, days, counts))
    return tuple(read)


def _refuse_codes(table: _Table, before: str, after: str) -> None:
    """Name the code that is not known, or the pair of known codes that cannot be."""
    if bad := unknown_code(before, after):
        table.fault("unknown-grade", bad, read=_shown(table.data.get(bad)))
    else:
        table.fault("impossible-transition", "followup", before=before[:40], after=after[:40])


def _from_visits(table: _Table, persons: tuple[Person, ...], start: str, end: str) -> tuple[Transition, ...]:
    counted = Counter[tuple[str, str]]()
    for person in persons:
        visits = {visit.name: visit for visit in person.visits}
        for name in (start, end):
            if name not in visits:
                table.fault("visit-missing", "file", person=person.id[:40], visit=name)
        if start in visits and end in visits:
            _check_order(table, person, visits[start], visits[end])
            counted[visits[start].ais, visits[end].ais] += 1
    pairs = sorted(counted.items())
    known = (pair for pair in pairs if set(pair[0]) <= set(GRADES))
    return tuple(made for codes, n in known if (made := transition(*codes, n)))


def _check_order(table: _Table, person: Person, start: Visit, end: Visit) -> None:
    if start.day is not None and end.day is not None and end.day <= start.day:
        place = Place(str(table.data.get("file", table.file)), end.row, "day_after_injury")
        params = {"read": f"{end.day:g} ({end.name}) against {start.day:g} ({start.name}), {person.id[:40]}"}
        table.findings.add(Finding("evidence.followup-before-baseline", place, params))


def _check_sum(top: _Table, found: Mapping[IndexExam, tuple[Transition, ...]], people: People) -> None:
    sums = {sum(each.count for each in transitions) for transitions in found.values()}
    if people.analysed is not None and sums - {people.analysed}:
        read = ", ".join(str(each) for each in sorted(sums))
        top.table("people").fault("counts-do-not-sum", "analysed", read=read, expected=people.analysed)
    if not any(sums) and not top.findings.errors:
        top.fault("nobody", "transition")


def row_of(text: str, path: str) -> int | None:
    """The line of a TOML text on which a dotted key stands, or what it would stand in, or None."""
    rows = _rows(text)
    while path and path not in rows:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return rows.get(path)


@lru_cache(maxsize=1)
def _rows(text: str) -> dict[str, int]:
    """The first line of every key and table of a TOML text by its dotted name (``transition[2].count``)."""
    rows: dict[str, int] = {}
    counted = Counter[str]()
    inside = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if heading := re.match(r"\s*(\[\[?)([^\[\]]*)\]", line):
            name = inside = heading[2].strip().replace('"', "")
            if heading[1] == "[[":
                inside = f"{name}[{counted[name]}]"
                counted[name] += 1
            rows.setdefault(inside, number)
            rows.setdefault(name, number)
        elif key := re.match(r"""\s*("[^"]*"|'[^']*'|[^\s="'#]+)\s*=""", line):
            name = key[1].strip("\"'")
            rows.setdefault(f"{inside}.{name}" if inside else name, number)
    return rows
