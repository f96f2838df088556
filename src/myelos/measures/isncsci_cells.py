"""ISNCSCI as one of the measures: which items and outputs it has, and how a record of cells is classified.

The items are the cells as :mod:`myelos.isncsci` names them (``right_motor_C5``) and the non-key entries; the
outputs are its results and sums by their names there, and ``motor_total`` (UEMS and LEMS of both sides, 0 to
100). Values are those :func:`myelos.isncsci.classify` gives: exact sets, and bounds of the sums, whatever
could not be tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from myelos.findings import Finding, Param, Place, Refused
from myelos.isncsci.classification import (
    GRADES,
    NOT_APPLICABLE,
    SUMS,
    Bounds,
    Classification,
    Values,
    classify,
)
from myelos.isncsci.editions import OUTPUTS, Edition, rules_of
from myelos.isncsci.exam import BLOCKS, CELLS, SIDES, Exam, cell_name
from myelos.isncsci.records import OUR_ANSWERS, Missing, Raw, RawSide, parse_exam, understand
from myelos.isncsci.segments import LABELS

MOTOR_TOTAL = "motor_total"
"""The sum of UEMS and LEMS, which the standard gives apart and trials report as one."""

_ANY_ANAL = "any_anal_sensation"
_NON_KEY = tuple(f"{side}_non_key" for side in SIDES)
_KNOWN = frozenset((*CELLS, *_NON_KEY, _ANY_ANAL))
_BLOCKS = tuple(
    tuple(tuple(cell_name(side, block, segment) for segment in segments) for block, segments, _ in BLOCKS)
    for side in SIDES
)
_TOPS = {"uems": 25, "lems": 25, "light_touch": 56, "pin_prick": 56}


@cache
def items_of(edition: Edition) -> tuple[str, ...]:
    """The items of an edition in the order of a record: 134 cells, two non-key entries, and in 1992 the
    question for any anal sensation."""
    return (*CELLS, *_NON_KEY, *([_ANY_ANAL] if rules_of(edition).any_anal_sensation else []))


@cache
def outputs_of(edition: Edition) -> Mapping[str, Values | int]:
    """Every output of an edition by name: its categories in order, or the greatest a sum can be."""
    sums = {name: _top(name) for name in SUMS}
    results = {name: _categories(name) for name in OUTPUTS if name in rules_of(edition).outputs}
    return {**results, **sums, MOTOR_TOTAL: sums["uems"] + sums["lems"]}


def _top(name: str) -> int:
    one_side = _TOPS[name.removesuffix("_right").removesuffix("_left")]
    return one_side if name.endswith(SIDES) else len(SIDES) * one_side


def _categories(output: str) -> Values:
    if output == "ais":
        return tuple(GRADES)
    if output == "complete":
        return ("C", "I")
    levels = tuple(LABELS.values())
    return (NOT_APPLICABLE, *levels) if output.startswith("zpp") else levels


def classified(
    items: Mapping[str, object], edition: Edition, missing: Missing, findings: list[Finding]
) -> Classification | None:
    """The classification of a record: cells by name, or the nested record ``parse_exam`` reads (a key
    ``right`` or ``left`` says so).

    Adds every fault, and what the result has to say, to ``findings``; None when there is a fault.
    """
    try:
        nested = any(side in items for side in SIDES)
        exam = parse_exam({"id": "exam", **items}, missing=missing) if nested else _exam(items, missing)
        found = classify(exam, edition=edition)
    except Refused as refused:
        findings.extend(refused.findings)
        return None
    findings.extend(found.findings)
    return found


def unknown_cells(items: Mapping[str, object]) -> list[str]:
    """The keys of a record that name no cell; those of a nested record are told by ``parse_exam``."""
    if items.keys() <= _KNOWN or any(side in items for side in SIDES):
        return []
    return [str(key) for key in items if key not in _KNOWN]


def _exam(items: Mapping[str, object], missing: Missing) -> Exam:
    findings: list[Finding] = []

    def tell(code: str, cell: str, params: dict[str, Param]) -> None:
        findings.append(Finding(code, Place(column=cell), params))

    get = items.get
    sides = []
    for blocks, non_key in zip(_BLOCKS, _NON_KEY, strict=True):
        motor, touch, prick = ([get(name) for name in names] for names in blocks)
        sides.append(RawSide(motor, touch, prick, get(non_key)))
    raw = Raw("exam", sides[0], sides[1], get("vac"), get("dap"), get(_ANY_ANAL))
    exam = understand(raw, OUR_ANSWERS, tell, missing)
    if exam is None or findings:
        raise Refused(findings)
    return exam


def result(found: Classification, output: str) -> Values | Bounds:
    """The possible values of an output of :func:`outputs_of`, or the bounds of a sum."""
    if output == MOTOR_TOTAL:
        return found.sums.uems + found.sums.lems
    held: Values | Bounds = getattr(found.sums if output in SUMS else found, output)
    return held
