"""Read a study: one of those shipped, or a user's TOML or CSV. Every fault is a finding with its row.

TOML: the keys are those of :class:`~myelos.evidence.study.Study` (see any file in ``studies``). Grades come
as ``[[transition]]`` tables (``baseline``, ``followup``, ``count``) or from ``[visits] file = "..."``; grades
counted at visits in between as ``[[at_visit]]`` (``visit``, ``days = [least, most]``, ``grades = {A = 3}``).

CSV, one of two tables: ``baseline_ais,followup_ais,count`` (counts), or
``person,visit,day_after_injury,ais`` with any of ``uems,lems,motor,light_touch,pin_prick,scim`` (persons),
where the index exams are the visits named ``before-collection`` and ``before-infusion`` and the end is the
one named ``follow-up``. What a CSV cannot say (level, blinding, people) is unknown.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

from myelos.evidence.study.table import read_counts, read_persons
from myelos.evidence.study.toml import built
from myelos.evidence.study.values import Person, Study
from myelos.findings import Finding, Findings, Place, Refused
from myelos.tables import lines

LARGEST = 1 << 20
"""Characters a study file may have: about a million, far above any trial."""


def shipped_studies() -> tuple[str, ...]:
    """The ids of the studies that come with Myelos, in alphabetical order."""
    names = (entry.name for entry in files("myelos.evidence.study").joinpath("shipped").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_study(name: str | Path) -> Study:
    """The shipped study of this id, or the study in this TOML or CSV file.

    Raises :class:`~myelos.findings.Refused` with every finding when it cannot be used.
    """
    if str(name) in shipped_studies():
        entry = files("myelos.evidence.study").joinpath("shipped", f"{name}.toml")
        return _from_toml(entry.read_text("utf-8"), Path(f"{name}.toml"))
    path = Path(name)
    if path.suffix not in {".toml", ".csv"}:
        shipped = ", ".join(shipped_studies())
        raise Refused([Finding("evidence.no-such-study", params={"read": str(name), "shipped": shipped})])
    findings = Findings()
    rows = _text(path, findings)
    if path.suffix == ".csv":
        return _from_csv(rows, path, findings)
    findings.refuse_on_error()
    return _from_toml("\n".join(rows), path)


def _text(path: Path, findings: Findings) -> list[str]:
    """The rows; of a file that is too large a finding, and the rows before it, which are checked still."""
    rows, size = [], 0
    for number, row in lines(path):
        size += len(row) + 1
        if size > LARGEST:
            findings.add(Finding("evidence.too-large", Place(str(path), number), {"largest": LARGEST}))
            break
        rows.append(row)
    if not any(row.strip() for row in rows):
        findings.add(Finding("evidence.empty-file", Place(str(path))))
        findings.refuse_on_error()
    return rows


def _from_toml(text: str, path: Path) -> Study:
    findings = Findings()
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: not TOML, or a number of too many digits
        raise Refused([Finding("evidence.not-toml", Place(str(path)), {"why": str(error)[:200]})]) from error
    persons: tuple[Person, ...] = ()
    visits = data.get("visits")
    name = visits.get("file") if isinstance(visits, dict) else None
    if isinstance(name, str) and "\0" not in name:
        table = path.parent / name
        persons = read_persons(_text(table, findings), str(table), findings)
    study = built(data, text, str(path), persons, findings)
    findings.refuse_on_error()
    assert study is not None, "no study and no finding"
    return study


def _from_csv(rows: list[str], path: Path, findings: Findings) -> Study:
    data: dict[str, object] = {"id": path.stem, "title": path.stem, "source": path.name, "level": "unknown"}
    persons: tuple[Person, ...] = ()
    if {"person", "visit"} & {cell.strip(' "') for cell in rows[0].split(",")}:
        persons = read_persons(rows, str(path), findings)
        data["visits"] = {"file": path.name}
    else:
        data["transition"] = read_counts(rows, str(path), findings)
    findings.refuse_on_error()
    study = built(data, "", str(path), persons, findings)
    findings.refuse_on_error()
    assert study is not None, "no study and no finding"
    return study
