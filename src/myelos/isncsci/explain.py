"""Say in words why a classification came out as it did, from its stored steps alone."""

from __future__ import annotations

from functools import cache

from myelos.findings import Finding, Param, Phrasebook
from myelos.isncsci.classification import Classification
from myelos.isncsci.steps import rule_of


def explain(classification: Classification, language: str = "en") -> list[str]:
    """One sentence for each step of ``classification``, in order, then one for each of its findings.

    A step names the rule it applies (R1 to R7) and, where that is not certain, how certain it is (M, L). No
    rule is run again: the words come from the stored codes and parameters. Raises KeyError for a language
    without words (``en`` and ``ja`` have them).
    """
    said = [_step(step, language) for step in classification.steps]
    return said + [say(finding, language) for finding in classification.findings]


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
