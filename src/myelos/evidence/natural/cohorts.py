"""The published cohorts of natural recovery, row by row, and the rates that can be read from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from myelos.evidence.study.grades import GRADES, Event, at_risk, improved
from myelos.tables import shipped

ROOM = "myelos.evidence.natural"
WINDOW = ("baseline_days_min", "baseline_days_max", "followup_months_min", "followup_months_max")
TRANSITIONS = ("cohort", "source_doi", "registry", "level", *WINDOW, "baseline_ais", "n", *GRADES, "unit",
               "note", "role", "overlap_group")  # fmt: skip
RATES = ("cohort", "source_doi", "level", *WINDOW, "baseline_ais", "event", "n", "rate", "ci95_low",
         "ci95_high", "status", "note", "role", "overlap_group")  # fmt: skip
BIAS = ("id", "value", "low", "high", "what", "setting", "source", "source_doi", "status")
TIMECOURSE = ("event", "baseline", "share_of_final_conversions_reached", "by", "final_horizon", "source",
              "status", "ship")  # fmt: skip
NATURAL = "natural history"
Span = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """The row of a shipped table a number was read from. ``status``: seen, derived or recalled."""

    table: str
    row: int
    cohort: str
    doi: str
    status: str
    note: str

    @property
    def id(self) -> str:
        return f"{self.table}:{self.row}"

    @property
    def recalled(self) -> bool:
        return self.status == "recalled"


@dataclass(frozen=True, slots=True)
class Rate:
    """The share of one cohort's people of one index grade in whom an event happened.

    ``value`` in 0 to 1, to three decimals; ``n`` people and ``events`` among them, None where the source
    gives no n (it is never invented). Days are after injury, months after the baseline exam.
    """

    grade: str
    event: Event
    value: float
    n: int | None
    events: int | None
    level: str
    baseline_days: Span
    followup_months: Span
    role: str
    overlap_groups: frozenset[str]
    sources: tuple[SourceRow, ...]


@cache
def rates(event: Event = Event.ONE_GRADE) -> tuple[Rate, ...]:
    """Every rate of ``event`` that the shipped rows determine, the tables in order."""
    found = [_from_transitions(row, event) for row in shipped(ROOM, "ais_transitions.csv", TRANSITIONS)]
    if event is Event.ONE_GRADE:
        found += [_from_rates(row) for row in shipped(ROOM, "ais_conversion_rates.csv", RATES)]
        found += [_from_bias(row) for row in shipped(ROOM, "bias.csv", BIAS)]
    return tuple(rate for rate in found if rate is not None)


@cache
def bias() -> Mapping[str, tuple[float, float | None, float | None, SourceRow]]:
    """Published sizes of examiner error and observer bias, by id: value, low, high, source."""
    table = shipped(ROOM, "bias.csv", BIAS)
    return {
        row["id"]: (float(row["value"]), _number(row["low"]), _number(row["high"]), _bias_source(row))
        for row in table
    }


def find(rate_of: tuple[Rate, ...], grade: str, key: Mapping[str, object]) -> Rate:
    """The one rate a comparator names by table, cohort, level and (optional) follow-up months.

    Raises ValueError when none or several match: a shipped set is code.
    """
    matching = [
        rate
        for rate in rate_of
        if rate.grade == grade
        and rate.sources[0].table == key["table"]
        and rate.sources[0].cohort == key["cohort"]
        and rate.level == key["level"]
        and key.get("followup") in (None, rate.followup_months[1])
    ]
    if len(matching) != 1:
        raise ValueError(f"{len(matching)} rows match {grade} {dict(key)}")
    return matching[0]


def overlapping(one: Rate, other: Rate) -> bool:
    """Whether two rates may count the same people: rows of one registry or cohort are never pooled."""
    same_cohort = one.sources[0].cohort == other.sources[0].cohort
    return same_cohort or bool(one.overlap_groups & other.overlap_groups)


def _from_transitions(row: dict[str, str], event: Event) -> Rate | None:
    """The share with the event: what the columns without it leave of the whole.

    None where the event cannot be told: a column that mixes people with and without it, or counts that
    leave some people's grade open.
    """
    grade, holds = row["baseline_ais"], _columns(row["note"])
    filled = {column: float(row[column]) for column in GRADES if row[column]}
    n = int(row["n"]) if row["n"] else None
    whole = sum(filled.values()) if row["unit"] == "count" else 100.0
    fates = {each: {improved(grade, after, event) for after in holds.get(each, each)} for each in filled}
    mixed = any(len(fate) > 1 for fate in fates.values())
    if not at_risk(grade, event) or mixed or not filled or (row["unit"] == "count" and whole != n):
        return None
    share = (whole - sum(value for each, value in filled.items() if fates[each] == {False})) / whole
    source = SourceRow("ais_transitions", int(row["row"]), row["cohort"], row["source_doi"],
                       _status(row["note"]), row["note"])  # fmt: skip
    groups = _groups(row["overlap_group"], row["registry"])
    return Rate(grade, event, round(share, 3), n, round(share * n) if n else None, row["level"],
                *_window(row), row["role"], groups, (source,))  # fmt: skip


def _columns(note: str) -> dict[str, str]:
    """Which grades a column counts, from a note such as ``COMBINED:B=AB,C=CDE``."""
    found = re.search(r"COMBINED:([A-E]=[A-E]+(?:,[A-E]=[A-E]+)*)", note)
    return dict(part.split("=") for part in found[1].split(",")) if found else {}


def _from_rates(row: dict[str, str]) -> Rate | None:
    if row["baseline_ais"] not in GRADES or not row["event"].startswith(">=1 grade"):
        return None
    n = int(row["n"]) if row["n"] else None
    value = float(row["rate"])
    source = SourceRow("ais_conversion_rates", int(row["row"]), row["cohort"], row["source_doi"],
                       row["status"].split()[0], row["note"])  # fmt: skip
    groups = _groups(row["overlap_group"], row["cohort"])
    events = round(value * n) if n else None
    return Rate(row["baseline_ais"], Event.ONE_GRADE, round(value + 1e-12, 3), n, events, row["level"],
                *_window(row), row["role"], groups, (source,))  # fmt: skip


def _from_bias(row: dict[str, str]) -> Rate | None:
    if row["id"] != "historical-thoracic-a":
        return None
    return Rate("A", Event.ONE_GRADE, float(row["value"]), None, None, "T2-T12", (0, 4), (6, 6),
                "historical rate of the study", frozenset({"INSPIRE"}), (_bias_source(row),))  # fmt: skip


def _bias_source(row: dict[str, str]) -> SourceRow:
    return SourceRow("bias", int(row["row"]), row["source"], row["source_doi"], row["status"].split()[0],
                     f"{row['what']}; {row['setting']}")  # fmt: skip


def _groups(group: str, registry: str) -> frozenset[str]:
    """Overlap groups of a row: its group's registries, or its own registry where it has none."""
    names = re.sub(r"\s*\d{4}-\d{4}$", "", group or registry)
    return frozenset(part.strip() for part in names.split("+"))


def _status(note: str) -> str:
    first = re.search(r"\b(RECALLED|SEEN|DERIVED)\b(?=[:;\s]|$)", re.sub(r"DOI RECALLED", "", note))
    return first[1].lower() if first else "seen"


def _window(row: dict[str, str]) -> tuple[Span, Span]:
    low, high, least, most = (_number(row[name]) for name in WINDOW)
    return (low, high), (least, most)


def _number(text: str) -> float | None:
    return float(text) if text else None


def timecourse_source(number: int) -> SourceRow:
    """A row of the table that says when conversions happened. Raises StopIteration when it is not there."""
    row = next(each for each in shipped(ROOM, "conversion_timecourse.csv", TIMECOURSE)
               if int(each["row"]) == number)  # fmt: skip
    return SourceRow("conversion_timecourse", number, row["source"], row["source"].split()[-1],
                     row["status"].split()[0].rstrip(",;"), row["event"])  # fmt: skip
