"""result.json: what the schema promises, for every study there is."""

import copy
import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.evidence.naive import judged, study_text, written

from myelos.evidence import Judgement, judge, load_study, shipped_studies
from myelos.report import as_json, document, result, result_schema

GAINS = ("recovery_timecourse", "emsci_scim_wisci_trajectory_digitised")
"""Tables cited row by row in the gains; they have their sources in the table itself."""


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = result_schema()
    assert schema["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="module")
def worked(honmou: Judgement) -> dict[str, Any]:
    return result(honmou)


def strict(text: str) -> dict[str, Any]:
    """Read as JSON is written down: NaN and infinities are no JSON."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def sourced(value: object) -> Iterator[dict[str, Any]]:
    """Everything that names what it rests on, wherever it stands: numbers, curves, planes."""
    if isinstance(value, dict):
        if {"sources", "recalled"} <= set(value):
            yield value
        for each in value.values():
            yield from sourced(each)
    elif isinstance(value, list):
        for each in value:
            yield from sourced(each)


def fits(validator: jsonschema.Draft202012Validator, judgement: Judgement) -> dict[str, Any]:
    made = result(judgement)
    told = strict(as_json(made))
    assert [error.message for error in validator.iter_errors(told)] == []
    assert told == made
    return told


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_studies())
def test_the_result_of_every_shipped_study_fits_the_schema(
    validator: jsonschema.Draft202012Validator, name: str
) -> None:
    """Strict JSON as the schema describes it, the same values after a round trip, no made-up people."""
    assert fits(validator, judged(name))["synthetic"] is None


@pytest.mark.slow
@pytest.mark.parametrize("name", ["synthetic", "example"])
def test_a_synthetic_result_fits_the_schema_and_says_that_it_is_made_up(
    validator: jsonschema.Draft202012Validator, name: str, request: pytest.FixtureRequest
) -> None:
    """The label goes with the numbers, of the shipped example too."""
    assert "made up" in fits(validator, request.getfixturevalue(name))["synthetic"]


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    counts=st.dictionaries(
        st.tuples(
            st.sampled_from("ABC"), st.sampled_from(["A", "D", "not_improved", "improved_ge1", "unknown"])
        ),
        st.integers(0, 4),
        min_size=1,
        max_size=4,
    )
)
def test_the_result_of_any_study_fits_the_schema(
    validator: jsonschema.Draft202012Validator, tmp_path: Path, counts: dict[tuple[str, str], int]
) -> None:
    """Nobody improved, nobody there, coarse codes: whatever is accepted as a study has a valid result."""
    index = '[index]\nexam = "before-infusion"\n[index.before-infusion]\nday = 40\n'
    try:
        study = load_study(written(tmp_path, study_text(counts) + index))
    except ValueError:
        return
    fits(validator, judge(study))


BREAKS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a key is missing": lambda told: told.pop("readings"),
    "a key within is missing": lambda told: told["readings"][0].pop("tails"),
    "a key is unknown": lambda told: told.update(verdict="works"),
    "a key within is unknown": lambda told: told["study"].update(outcome="good"),
    "a number is text": lambda told: told["readings"][0]["expected"].update(value="7.3"),
    "a number has no sources": lambda told: told["readings"][0]["expected"].pop("sources"),
    "a flag is text": lambda told: told["readings"][0]["expected"].update(recalled="yes"),
    "a chance is above 1": lambda told: told["readings"][0]["tails"][0]["value"].update(value=1.5),
    "a source is no row": lambda told: told["sources"].update(row="Marino 2011"),
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


def test_every_property_is_described() -> None:
    """The schema is the documentation of result.json."""

    def bare(schema: object, path: str) -> Iterator[str]:
        if isinstance(schema, dict):
            for name, each in (schema.get("properties") or {}).items():
                if isinstance(each, dict) and not {"description", "$ref"} & set(each):
                    yield f"{path}/{name}"
            for name, each in schema.items():
                yield from bare(each, f"{path}/{name}")

    narrowed = "/$defs/chance/properties/value"
    assert [path for path in bare(result_schema(), "") if path != narrowed.replace("/properties", "")] == []


def test_a_number_that_is_none_is_never_written() -> None:
    """What cannot be said in JSON is refused, not written."""
    for bad in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="JSON"):
            as_json({"value": bad})


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_studies())
def test_every_number_names_rows_that_are_there(name: str) -> None:
    """A source is a row of the result's own list, a row of the tables of gains, or this study."""
    told = result(judged(name))
    tables = files("myelos.evidence.natural") / "data"
    gains = {each: len((tables / f"{each}.csv").read_text("utf-8").splitlines()) for each in GAINS}
    for each in sourced(told):
        assert each["sources"]
        for source in each["sources"]:
            table, _, row = source.rpartition(":")
            if source.startswith("study:"):
                assert source.partition("#")[0] == f"study:{told['study']['id']}"
            elif table in gains:
                assert 2 <= int(row) <= gains[table]
            else:
                assert source in told["sources"]


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_studies())
def test_what_rests_on_something_recalled_says_so(name: str) -> None:
    """Recalled if and only if a row or a part of the study behind the number is; the condition with it."""
    told = result(judged(name))
    study = told["study"]
    recalled = {row for row, each in told["sources"].items() if each["status"] == "recalled"}
    recalled |= {f"study:{study['id']}#{part}" for part in ("split", "total") if study[part] == "recalled"}
    for each in sourced(told):
        assert each["recalled"] is bool(recalled & set(each["sources"])), each
        if "given" in each and f"study:{study['id']}#split" in recalled & set(each["sources"]):
            assert each["given"] == "given the recalled split"


def test_several_results_stand_in_one_document(
    validator: jsonschema.Draft202012Validator, honmou: Judgement, synthetic: Judgement
) -> None:
    """One study is the document itself; several are listed, each whole."""
    both = document([honmou, synthetic])
    assert [each["study"]["id"] for each in both["results"]] == ["honmou-2021", "made-up"]
    assert both["results"][0] == document([honmou]) == result(honmou)
    assert validator.is_valid(strict(as_json(both)))


@pytest.mark.slow
def test_the_same_judgement_gives_the_same_bytes(honmou: Judgement) -> None:
    """A result can be compared with an earlier one."""
    assert as_json(result(honmou)) == as_json(result(judge(load_study("honmou-2021"))))
