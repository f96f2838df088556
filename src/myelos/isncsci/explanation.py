"""Say in words why a classification came out as it did, from its stored steps alone; and, of an examination
whose outputs are not all determined, for which scores each comes out how."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from myelos.findings import Finding, Param, Phrasebook
from myelos.isncsci.classification import Classification, classify
from myelos.isncsci.editions import OUTPUTS, Edition, Reading, rules_of
from myelos.isncsci.exam import BLOCKS, SIDES, Exam, cell_name
from myelos.isncsci.steps import rule_of
from myelos.isncsci.witness import steps_to, witnesses


def explain(classification: Classification, language: str = "en") -> list[str]:
    """One sentence for each step of ``classification``, in order, then one for each of its findings.

    A step names the rule it applies (R1 to R7) and, where that is not certain, how certain it is (M, L). No
    rule is run again: the words come from the stored codes and parameters. Raises KeyError for a language
    without words (``en`` and ``ja`` have them).
    """
    said = [_step(step, language) for step in classification.steps]
    return said + [say(finding, language) for finding in classification.findings]


def explain_open(
    exam: Exam,
    reading: Reading = Reading.MYELOS,
    edition: Edition = Edition.Y2019,
    language: str = "en",
    outputs: Sequence[str] = OUTPUTS,
) -> list[str]:
    """For each possible value of each of ``outputs`` that is not determined: scores of the open cells that
    give it (one example of many), then the steps that lead there, one sentence each. Empty when all are
    determined.

    Runs of cells with the same score are told by their ends. Raises KeyError for a language without words,
    and Refused as :func:`~myelos.isncsci.classify`.
    """
    chosen = rules_of(edition, reading)
    found = witnesses(exam, reading, edition)
    result = classify(exam, reading, edition)
    by_value = {pair: one for one in found for pair in one.outputs}
    told = [(name, value) for name in OUTPUTS if name in outputs for value in result.values(name)]
    lines = []
    for name, value in (pair for pair in told if pair in by_value):
        one = by_value[name, value]
        cells = say_cells(one.cells, language)
        params: dict[str, Param] = {"output": name, "value": value, "cells": cells}
        lines.append(say(Finding("isncsci.value-when", params=params), language))
        lines.extend(_step(step, language) for step in steps_to(name, one.exam, chosen))
    return lines


def say_cells(cells: Sequence[tuple[str, str]], language: str = "en") -> str:
    """Cells and their scores, in the order given; runs of neighbours with the same score by their ends.

    ``right_motor_C5 to T1 = 5, vac = yes``.
    """
    runs: list[tuple[str, str, str]] = []  # first cell, last cell, score
    for name, score in cells:
        if runs and runs[-1][2] == score and _NEXT.get(runs[-1][1]) == name:
            runs[-1] = (runs[-1][0], name, score)
        else:
            runs.append((name, name, score))
    said = []
    for first, last, score in runs:
        code = "isncsci.cell-scored" if first == last else "isncsci.cells-scored"
        params: dict[str, Param] = {"cell": first, "last": last.rpartition("_")[2], "score": score}
        said.append(book().say(code, params, language))
    return book().say("isncsci.between-cells", language=language).join(said)


_NEXT = {
    cell_name(side, block, one): cell_name(side, block, other)
    for side in SIDES
    for block, segments, _ in BLOCKS
    for one, other in pairwise(segments)
}
"""The cell below each cell of its block; T1 is followed by L2 in the block of the key muscles."""


def say(found: Finding, language: str = "en") -> str:
    """A step or finding of this room in words, its place left out. Raises KeyError as :func:`explain`."""
    params: dict[str, Param] = dict(found.params)
    if "side" in params:
        params["side"] = book().say(f"isncsci.side-{params['side']}", language=language)
    if "output" in params:
        params["output"] = book().say(f"isncsci.output-{params['output']}", language=language)
    text = book().say(found.code, params, language)
    return text[:1].upper() + text[1:]


@cache
def book() -> Phrasebook:
    """The words of this room."""
    return Phrasebook("myelos.isncsci")


def _step(step: Finding, language: str) -> str:
    said, rule = say(step, language), rule_of(step)
    if rule is None:
        return said
    params: dict[str, Param] = {"said": said, "rule": rule[0], "certainty": rule[1]}
    code = "isncsci.by-rule" if rule[1] == "H" else "isncsci.by-uncertain-rule"
    return book().say(code, params, language)
