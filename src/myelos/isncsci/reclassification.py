"""What another edition of the standard makes of an examination, and by which of its rules.

The rules that differ between two editions are switched one at a time; those that alone change an output, from
either side, are the ones told. Source: the spec's table of editions.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from myelos.findings import Finding, Findings, Place, Refused, Severity
from myelos.isncsci.classification import Classification, Values, classify, possible_sets
from myelos.isncsci.editions import OUTPUTS, Edition, Reading, RuleSet, rules_of
from myelos.isncsci.exam import Exam
from myelos.isncsci.layouts import Layout, read_numbered
from myelos.isncsci.records import Missing
from myelos.isncsci.scoring import spooled

DIFFERENCES: dict[str, tuple[str, str]] = {
    "any_anal_sensation": ("isncsci.rule-any-anal-sensation", "H"),
    "motor_below_nli": ("isncsci.rule-motor-below-nli", "H"),
    "tie_open": ("isncsci.rule-tie", "H"),
    "non_key": ("isncsci.rule-non-key", "M"),
    "zones_if_complete": ("isncsci.rule-zones", "H"),
}
"""The rules in which editions differ (fields of :class:`~myelos.isncsci.editions.RuleSet`): the code that
says how, and its certainty."""


@dataclass(frozen=True, slots=True)
class Change:
    """An output whose possible values differ, and the rules that make the difference, as codes with their
    certainty (H, M or L)."""

    output: str
    before: Values
    after: Values
    rules: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Reclassification:
    """One examination under two editions.

    ``changes`` holds the outputs that both editions claim and that differ; ``not_compared`` those that one of
    them does not claim. The findings of both results carry the rows of the rules that are not certain.
    """

    before: Classification
    after: Classification
    changes: tuple[Change, ...]
    not_compared: tuple[str, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the reader must know of either result."""
        both = (*self.before.findings, *self.after.findings)
        return tuple(finding for i, finding in enumerate(both) if finding not in both[:i])

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON: id, before and after (edition and AIS), changes, not_compared, findings."""
        return {
            "id": self.before.id,
            "before": {"edition": self.before.edition, "ais": list(self.before.ais)},
            "after": {"edition": self.after.edition, "ais": list(self.after.ais)},
            "changes": [
                {
                    "output": change.output,
                    "before": list(change.before),
                    "after": list(change.after),
                    "rules": [{"code": rule.code, **rule.params} for rule in change.rules],
                }
                for change in self.changes
            ],
            "not_compared": list(self.not_compared),
            "findings": [finding.as_dict() for finding in self.findings],
        }


def reclassify(
    exam: Exam,
    before: Edition = Edition.Y1992,
    after: Edition = Edition.Y2019,
    reading: Reading = Reading.MYELOS,
) -> Reclassification:
    """Classify under two editions and say what differs and why.

    Raises Refused as :func:`~myelos.isncsci.classify`, once for all that is missing.
    """
    old, new = rules_of(before, reading), rules_of(after, reading)
    results = (classify(exam, reading, before), classify(exam, reading, after))
    common = [name for name in OUTPUTS if name in old.outputs and name in new.outputs]
    differ = [name for name in common if results[0].values(name) != results[1].values(name)]
    rules = _deciding(exam, old, new) if differ else {}
    changes = (Change(name, results[0].values(name), results[1].values(name), rules[name]) for name in differ)
    left_out = tuple(name for name in OUTPUTS if name not in common)
    return Reclassification(*results, tuple(changes), left_out)


def _deciding(exam: Exam, old: RuleSet, new: RuleSet) -> dict[str, tuple[Finding, ...]]:
    """For every output the rules that change it when switched alone; all that differ where none does."""
    fields = [name for name in DIFFERENCES if getattr(old, name) != getattr(new, name)]
    ends = {chosen: possible_sets(exam, chosen) for chosen in (old, new)}
    alone: dict[str, list[str]] = {name: [] for name in OUTPUTS}
    for field in fields:
        for here, there in ((old, new), (new, old)):
            changed = possible_sets(exam, _switched(here, field, getattr(there, field)))
            for i, name in enumerate(OUTPUTS):
                if changed[i] != ends[here][i] and field not in alone[name]:
                    alone[name].append(field)
    return {name: tuple(_told(field) for field in found or fields) for name, found in alone.items()}


_SWITCHES: dict[str, Callable[[RuleSet, bool], RuleSet]] = {
    "any_anal_sensation": lambda rules, value: replace(rules, any_anal_sensation=value),
    "motor_below_nli": lambda rules, value: replace(rules, motor_below_nli=value),
    "tie_open": lambda rules, value: replace(rules, tie_open=value),
    "non_key": lambda rules, value: replace(rules, non_key=value),
    "zones_if_complete": lambda rules, value: replace(rules, zones_if_complete=value),
}


def _switched(rules: RuleSet, field: str, value: bool) -> RuleSet:
    return _SWITCHES[field](rules, value)


def _told(field: str) -> Finding:
    code, certainty = DIFFERENCES[field]
    return Finding(code, params={"certainty": certainty}, severity=Severity.NOTE)


@dataclass(slots=True)
class Tally:
    """How many examinations there were, and in how many each output differs."""

    count: int
    differ: dict[str, int]


def reclassify_file(
    source: Path,
    target: Path | TextIO,
    layout: Layout = Layout.CSV,
    before: Edition = Edition.Y1992,
    after: Edition = Edition.Y2019,
    *,
    missing: Missing | str = Missing.ERROR,
    progress: Callable[[int], None] | None = None,
) -> Tally:
    """Reclassify every examination of a file: JSON lines of :meth:`Reclassification.as_dict`, in order.

    The target holds the whole result or is left as it was. Raises Refused with the findings of the whole
    file.
    """
    findings, tally = Findings(), Tally(0, {})
    with spooled(source, target) as spool:
        for row, exam in read_numbered(source, layout, findings, Missing(missing)):
            tally.count += 1
            if progress and tally.count % 100 == 0:
                progress(tally.count)
            try:
                found = reclassify(exam, before, after)
            except Refused as refused:
                places = ((f, Place(str(source), row, f.place.column)) for f in refused.findings)
                findings.extend(replace(finding, place=place) for finding, place in places)
                continue
            for change in found.changes:
                tally.differ[change.output] = tally.differ.get(change.output, 0) + 1
            if not findings.errors:
                spool.write(json.dumps(found.as_dict(), ensure_ascii=False) + "\n")
        findings.refuse_on_error()
    return tally
