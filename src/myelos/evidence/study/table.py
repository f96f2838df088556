"""Read the two tables a study may come as: counts of transitions, or persons at visits."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from myelos.evidence.study.grades import GRADES, transition, unknown_code
from myelos.evidence.study.values import Person, Visit
from myelos.findings import Finding, Findings, Param, Place

COUNTS = ("baseline_ais", "followup_ais", "count")
PERSONS = ("person", "visit", "day_after_injury", "ais")
SCORES = {"uems": 50.0, "lems": 50.0, "motor": 100.0, "light_touch": 112.0, "pin_prick": 112.0, "scim": 100.0}
"""Optional columns of the table of persons and the largest value of each."""


def read_counts(rows: Sequence[str], file: str, findings: Findings) -> list[dict[str, object]]:
    """Transitions as they stand in TOML: ``baseline``, ``followup``, ``count``, and the ``row`` read."""
    read: list[dict[str, object]] = []
    for number, row in _records(rows, file, COUNTS, (), findings):
        count = _number(row["count"], Place(file, number, "count"), findings, most=1e6, whole=True)
        if transition(row["baseline_ais"], row["followup_ais"], 1) is None:
            _refuse_codes(row, Place(file, number), findings)
        elif count is not None:
            codes = {"baseline": row["baseline_ais"], "followup": row["followup_ais"]}
            read.append({**codes, "count": int(count)})
    return read


def _refuse_codes(row: dict[str, str], place: Place, findings: Findings) -> None:
    """Name the code that is not known, or the pair of known codes that cannot be."""
    codes = row["baseline_ais"], row["followup_ais"]
    bad = unknown_code(*codes)
    column = f"{bad or 'followup'}_ais"
    where = Place(place.file, place.row, column)
    if bad:
        findings.add(Finding("evidence.unknown-grade", where, {"read": row[column][:40]}))
    else:
        pair = {"before": codes[0][:40], "after": codes[1][:40]}
        findings.add(Finding("evidence.impossible-transition", where, {**pair}))


def read_persons(rows: Sequence[str], file: str, findings: Findings) -> tuple[Person, ...]:
    """Persons in the order of their first row, each with the visits in the order of the file."""
    visits: dict[str, dict[str, Visit]] = {}
    for number, row in _records(rows, file, PERSONS, tuple(SCORES), findings):
        visit = _visit(row, file, number, findings)
        of_person = visits.setdefault(row["person"], {})
        if visit.name in of_person:
            params = {"person": row["person"][:40], "visit": visit.name[:40]}
            findings.add(Finding("evidence.visit-twice", Place(file, number, "visit"), params))
        of_person[visit.name] = visit
    return tuple(Person(name, tuple(each.values())) for name, each in visits.items())


def _visit(row: dict[str, str], file: str, number: int, findings: Findings) -> Visit:
    for column in ("person", "visit"):
        if not row[column]:
            findings.add(Finding("evidence.missing", Place(file, number, column)))
    if row["ais"] not in tuple(GRADES):
        params = {"read": row["ais"][:40]}
        findings.add(Finding("evidence.unknown-grade", Place(file, number, "ais"), params))
    day_place = Place(file, number, "day_after_injury")
    day = None
    if row["day_after_injury"] not in ("", "unknown"):
        day = _number(row["day_after_injury"], day_place, findings, most=36525)
    scores = {}
    for name, most in SCORES.items():
        if row.get(name):
            score = _number(row[name], Place(file, number, name), findings, most=most)
            if score is not None:
                scores[name] = score
    return Visit(row["visit"], day, row["ais"], scores, number)


def _records(
    rows: Sequence[str], file: str, needed: Sequence[str], allowed: Sequence[str], findings: Findings
) -> Iterator[tuple[int, dict[str, str]]]:
    """(row, record) of a CSV with exactly the needed columns and any of the allowed ones."""
    header = _cells(rows[0], Place(file, 1), findings) if rows else []
    wrong = [name for name in header if name not in (*needed, *allowed)]
    missing = [name for name in needed if name not in header]
    double = {name for name in header if header.count(name) > 1}
    expected = ", ".join((*needed, *allowed))
    for code, names in (("unknown-column", wrong), ("missing-column", missing), ("column-twice", double)):
        for name in names:
            findings.add(Finding(f"evidence.{code}", Place(file, 1, name[:40]), {"expected": expected}))
    if wrong or missing or double:
        return
    if len(rows) < 2:
        findings.add(Finding("evidence.empty-file", Place(file)))
    for number, line in enumerate(rows[1:], start=2):
        if not line.strip():
            continue
        cells = _cells(line, Place(file, number), findings)
        if len(cells) != len(header):
            lengths = {"read": len(cells), "expected": len(header)}
            findings.add(Finding("evidence.row-length", Place(file, number), {**lengths}))
            continue
        yield number, dict(zip(header, cells, strict=True))


def _cells(line: str, place: Place, findings: Findings) -> list[str]:
    """The cells of one line, without the spaces around them; none, with a finding, where it is no CSV."""
    try:
        return [cell.strip() for cell in next(csv.reader([line]), [])]
    except csv.Error as error:
        findings.add(Finding("evidence.not-csv", place, {"why": str(error)}))
        return []


def _number(text: str, place: Place, findings: Findings, most: float, whole: bool = False) -> float | None:
    """A number from 0 to ``most``, or None with a finding."""
    try:
        value = float(text) if "_" not in text else -1.0
    except ValueError:
        value = -1.0
    if not 0 <= value <= most or (whole and value != int(value)):
        kind = "whole number" if whole else "number"
        params: dict[str, Param] = {"read": text[:40], "kind": kind, "most": most}
        findings.add(Finding("evidence.not-in-range", place, params))
        return None
    return value
