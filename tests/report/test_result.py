"""result.json: what the schema promises, for every study there is."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest

from myelos.evidence import Judgement, judge, load_study, shipped_studies
from myelos.report import as_json, document, result, result_schema


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = result_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="module")
def worked(honmou: Judgement) -> dict[str, Any]:
    return result(honmou)


def quantities(value: object) -> Iterator[dict[str, Any]]:
    """Every number with its sources, wherever it stands."""
    if isinstance(value, dict):
        if {"value", "sources", "recalled"} <= set(value):
            yield value
        for each in value.values():
            yield from quantities(each)
    elif isinstance(value, list):
        for each in value:
            yield from quantities(each)


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_studies())
def test_the_result_of_every_shipped_study_fits_the_schema(
    validator: jsonschema.Draft202012Validator, name: str
) -> None:
    """Strict JSON, as the schema describes it."""
    told = json.loads(as_json(result(judge(load_study(name)))))
    assert [error.message for error in validator.iter_errors(told)] == []


def test_a_synthetic_result_fits_the_schema_and_says_that_it_is_made_up(
    validator: jsonschema.Draft202012Validator, synthetic: Judgement
) -> None:
    """The label goes with the numbers."""
    told = json.loads(as_json(result(synthetic)))
    assert [error.message for error in validator.iter_errors(told)] == []
    assert "made up" in told["synthetic"]


BREAKS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a key is missing": lambda told: told.pop("readings"),
    "a key is unknown": lambda told: told.update(verdict="works"),
    "a number is text": lambda told: told["readings"][0]["expected"].update(value="7.3"),
    "a number has no sources": lambda told: told["readings"][0]["expected"].pop("sources"),
    "a chance is above 1": lambda told: told["readings"][0]["tails"][0]["value"].update(value=1.5),
    "another schema": lambda told: told.update(schema="myelos.result/0"),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_the_schema_can_fail(
    validator: jsonschema.Draft202012Validator, worked: dict[str, Any], fault: str
) -> None:
    """Each fault is refused, so that the test above means something."""
    told = copy.deepcopy(worked)
    BREAKS[fault](told)
    assert not validator.is_valid(told)


def test_every_number_names_rows_that_are_there(worked: dict[str, Any]) -> None:
    """A source is a row of the result's own list or the study itself."""
    known = set(worked["sources"])
    told = list(quantities(worked))
    assert len(told) > 300
    for each in told:
        rows = {source for source in each["sources"] if not source.startswith("study:")}
        if rows and not all(row.split(":")[0] in NOT_LISTED for row in rows):
            assert rows <= known
    recalled = {name for name, row in worked["sources"].items() if row["status"] == "recalled"}
    for each in told:
        if recalled & set(each["sources"]):
            assert each["recalled"]


NOT_LISTED = {"recovery_timecourse", "emsci_scim_wisci_trajectory_digitised"}
"""Tables cited row by row in the gains, which have their sources in the table itself."""


def test_several_results_stand_in_one_document(honmou: Judgement, synthetic: Judgement) -> None:
    """One study is the document itself; several are listed, each whole."""
    both = document([honmou, synthetic])
    assert [each["study"]["id"] for each in both["results"]] == ["honmou-2021", "made-up"]
    assert document([honmou]) == result(honmou)


def test_the_same_judgement_gives_the_same_bytes(honmou: Judgement) -> None:
    """A result can be compared with an earlier one."""
    assert as_json(result(honmou)) == as_json(result(judge(load_study("honmou-2021"))))
