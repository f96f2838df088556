"""A judgement as plain values: what ``result.json`` holds and ``result.schema.json`` describes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache
from importlib.resources import files
from math import isfinite
from typing import Any

from myelos import __version__
from myelos.evidence import Judgement, Reading, Study, plain
from myelos.findings import Finding
from myelos.report.words import Words

SCHEMA = "myelos.result/1"


def result(judgement: Judgement, language: str = "en") -> dict[str, Any]:
    """Everything a judgement says as plain values, with the words of its sentences and findings.

    Numbers are unrounded; None stands where a number is not available.
    """
    words = Words(language)
    return {
        "schema": SCHEMA,
        "software": _software(words),
        "research_only": words("research-only"),
        "synthetic": words("synthetic") if judgement.study.synthetic else None,
        "study": _study(judgement.study),
        "observed": _plain(judgement.observed),
        "stricter_observed": _plain(judgement.stricter_observed),
        "readings": [_reading(each, words) for each in judgement.readings],
        "stricter": [_reading(each, words) for each in judgement.stricter],
        "between_cohorts": _plain(judgement.between_cohorts),
        "curves": _plain(judgement.curves),
        "planes": _plain(judgement.planes),
        "gains": [{"exam": str(exam), "measures": _plain(gains)} for exam, gains in judgement.gains],
        "sentences": [
            {
                "part": each.part,
                "code": each.code,
                "params": dict(each.params),
                "text": words.sentence(each.code, dict(each.params)),
            }
            for each in judgement.sentences
        ],
        "findings": [_finding(each, words) for each in judgement.findings],
        "sources": {name: _plain(row) for name, row in judgement.sources.items()},
    }


def document(judgements: Sequence[Judgement], language: str = "en") -> dict[str, Any]:
    """The result of one judgement, or of several in one document."""
    results = [result(each, language) for each in judgements]
    if len(results) == 1:
        return results[0]
    words = Words(language)
    return {
        "schema": SCHEMA,
        "software": _software(words),
        "research_only": words("research-only"),
        "results": results,
    }


def as_json(values: Mapping[str, Any]) -> str:
    """Strict JSON (no NaN, no infinity), the same bytes every time."""
    return json.dumps(values, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


@cache
def _schema_text() -> str:
    return files("myelos.report").joinpath("result.schema.json").read_text("utf-8")


def result_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of :func:`result`: every property with a description."""
    schema: dict[str, Any] = json.loads(_schema_text())
    return schema


def _software(words: Words) -> dict[str, str]:
    return {"name": words("software"), "version": __version__}


def _reading(reading: Reading, words: Words) -> dict[str, Any]:
    values: dict[str, Any] = _plain(reading)
    return {**values, "findings": [_finding(each, words) for each in reading.findings]}


def _finding(finding: Finding, words: Words) -> dict[str, Any]:
    return {**finding.as_dict(), "text": words.tell(finding)}


def _study(study: Study) -> dict[str, Any]:
    """The study as read; every pair of grades a code allows is written ``A to B``."""
    values: dict[str, Any] = _plain(study)
    for baseline, made in zip(study.baselines, values["baselines"], strict=True):
        for transition, row in zip(baseline.transitions, made["transitions"], strict=True):
            row["pairs"] = [f"{before} to {after}" for before, after in sorted(transition.pairs)]
    return values


def _plain(value: object) -> Any:
    return _strict(plain(value))


def _strict(value: object) -> Any:
    """Plain values JSON can hold: words of an enumeration as text, numbers that are not finite as None."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _strict(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_strict(each) for each in value]
    return value
