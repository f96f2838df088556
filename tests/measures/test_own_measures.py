"""A user's own measure: read from TOML, every fault told at its key, all of them at once."""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from myelos import shapes
from myelos.findings import Phrasebook, Place, Refused
from myelos.measures import load, read_measure, score, shipped
from myelos.quantities import Amount

BOOK = Phrasebook("myelos.measures", "myelos")

WORDS = {"en": "made up", "ja": "試作"}
ROW = {"label": WORDS, "source": "us"}
OWN: dict[str, Any] = {
    "id": "own",
    "edition": "1",
    "label": WORDS,
    "sources": [{"id": "us", "text": "made up for a test", "status": "proposal"}],
    "missing": {"rule": "unknown", "source": "us"},
    "items": [
        {**ROW, "id": "a", "takes": {"kind": "whole", "low": 0, "high": 2}},
        {**ROW, "id": "b", "takes": {"kind": "whole", "values": [0, 3]}},
        {**ROW, "id": "c", "takes": {"kind": "yes-no"}},
        {**ROW, "id": "t", "takes": {"kind": "amount", "unit": "mL", "low": 0, "high": 500.5}},
    ],
    "outputs": [
        {
            **ROW,
            "name": "sum",
            "kind": "number",
            "low": 0,
            "high": 5,
            "unit": "points",
            "better": "higher",
            "how": {"kind": "sum", "items": ["a", "b"]},
        },
        {
            **ROW,
            "name": "c",
            "kind": "category",
            "categories": ["no", "yes"],
            "better": "none",
            "how": {"kind": "item", "item": "c"},
        },
        {
            **ROW,
            "name": "t",
            "kind": "number",
            "low": 0,
            "high": 500.5,
            "unit": "mL",
            "better": "lower",
            "how": {"kind": "item", "item": "t"},
        },
    ],
}


def faults(alter: Callable[[dict[str, Any]], object]) -> dict[str | None, str]:
    """What is found, by key, in the measure above after ``alter``; each has words in both languages."""
    own = copy.deepcopy(OWN)
    alter(own)
    with pytest.raises(Refused) as refused:
        read_measure(own, Place("own.toml"))
    found = refused.value.findings
    assert all(BOOK.tell(each, language) for each in found for language in ("en", "ja"))
    assert {each.place.file for each in found} == {"own.toml"}
    return {each.place.column: each.code for each in found}


def test_a_measure_of_ones_own_is_scored_like_ours() -> None:
    """One TOML is all a new measure takes."""
    scored = score(read_measure(OWN), {"a": 1, "b": "NT", "c": "yes", "t": "60.5 mL"})
    assert {name: str(output) for name, output in scored.outputs.items()} == {
        "sum": "1–4",
        "c": "yes",
        "t": "60.5",
    }


def test_an_untested_item_counts_from_its_least_value() -> None:
    """A scale that starts at 1 has no zeros: an open item of 1 to 7 adds 1 at the least."""
    own = copy.deepcopy(OWN)
    own["items"][0]["takes"].update(low=1, high=7)
    own["outputs"][0].update(low=1, high=10)
    total = score(read_measure(own), {"a": "NT", "b": 3}).outputs["sum"]
    assert (total.low, total.high) == (4, 10)


def test_limits_of_an_amount_are_inclusive_and_finite() -> None:
    """0 and 500.5 mL may be entered; more, less, and what is no number may not."""
    measure = read_measure(OWN)
    entered = [
        "0 mL",
        "500.5 mL",
        "500.6 mL",
        "-1 mL",
        Amount(Decimal("NaN"), "mL"),
        Amount(Decimal("inf"), "mL"),
    ]
    found = [[each.code for each in score(measure, {"t": each}).findings] for each in entered]
    out, no = ["measures.out-of-range"], ["measures.not-an-amount"]
    assert found == [[], [], out, out, no, no]


MISFIT = "measures.not-what-items-reach"

ALTERED: dict[str, tuple[Callable[[dict[str, Any]], object], dict[str, str]]] = {
    "misspelt key": (
        lambda m: m.update(lable=1),
        {"lable": "shapes.unknown-key"},
    ),
    "no Japanese": (
        lambda m: m["items"][0].update(label={"en": "A"}),
        {"items[0].label.ja": "shapes.missing"},
    ),
    "no source": (
        lambda m: m["items"][0].pop("source"),
        {"items[0].source": "shapes.missing"},
    ),
    "unknown source": (
        lambda m: m["outputs"][0].update(source="su"),
        {"outputs[0].source": "measures.unknown-source"},
    ),
    "two items of a name": (
        lambda m: m["items"].append(m["items"][0]),
        {"items[4]": "measures.twice"},
    ),
    "item twice in a sum": (
        lambda m: m["outputs"][0]["how"].update(items=["a", "b", "b"]),
        {"outputs[0].how.items[2]": "measures.twice", "outputs[0]": MISFIT},
    ),
    "unknown item": (
        lambda m: m["outputs"][0]["how"].update(items=["a", "bb"]),
        {"outputs[0].how": "measures.unknown-item-here", "items[1]": "measures.used-nowhere"},
    ),
    "declared range too wide": (
        lambda m: m["outputs"][0].update(high=6),
        {"outputs[0]": MISFIT},
    ),
    "declared range too narrow": (
        lambda m: m["outputs"][0].update(high=4),
        {"outputs[0]": MISFIT},
    ),
    "categories in another order": (
        lambda m: m["outputs"][1].update(categories=["yes", "no"]),
        {"outputs[1]": MISFIT},
    ),
    "other unit than the item": (
        lambda m: m["outputs"][2].update(unit="kg"),
        {"outputs[2]": MISFIT},
    ),
    "unknown unit": (
        lambda m: m["items"][3]["takes"].update(unit="cc"),
        {"items[3].takes.unit": "shapes.unknown-unit", "outputs[2]": MISFIT},
    ),
    "number without unit": (
        lambda m: m["outputs"][0].pop("unit"),
        {"outputs[0].unit": "shapes.missing"},
    ),
    "category without values": (
        lambda m: m["outputs"][1].update(categories=[]),
        {"outputs[1].categories": "shapes.empty", "outputs[1]": MISFIT},
    ),
    "range and values": (
        lambda m: m["items"][0]["takes"].update(values=[0, 2]),
        {"items[0].takes": "measures.one-or-other"},
    ),
    "half a range": (
        lambda m: m["items"][0]["takes"].pop("high"),
        {"items[0].takes": "measures.one-or-other"},
    ),
    "range upside down": (
        lambda m: m["items"][0]["takes"].update(low=3),
        {"items[0].takes": "measures.upside-down"},
    ),
    "values not ascending": (
        lambda m: m["items"][1]["takes"].update(values=[3, 0]),
        {"items[1].takes.values": "measures.not-ascending", "outputs[0]": MISFIT},
    ),
    "amount upside down": (
        lambda m: m["items"][3]["takes"].update(low=600),
        {"items[3].takes": "measures.upside-down", "outputs[2]": MISFIT},
    ),
    "low and above": (
        lambda m: m["items"][3]["takes"].update(above=0),
        {"items[3].takes": "measures.one-or-other"},
    ),
    "a word with two meanings": (
        lambda m: m["items"][2].update(untested=["no"]),
        {"items[2].untested": "measures.two-meanings"},
    ),
    "a sum of yes and no": (
        lambda m: m["outputs"][0]["how"].update(items=["a", "b", "c"]),
        {"outputs[0].how": "measures.cannot-be-made"},
    ),
    "a speed of an amount in mL": (
        lambda m: m["outputs"][2].update(how={"kind": "speed", "item": "t", "metres": 10, "still": "x"}),
        {"outputs[2].how": "measures.cannot-be-made"},
    ),
    "a range of a million": (
        lambda m: m["items"][0]["takes"].update(high=10**6),
        {"items[0].takes.high": "shapes.out-of-range"},
    ),
    "an item nobody reads": (
        lambda m: m["outputs"].pop(1),
        {"items[2]": "measures.used-nowhere"},
    ),
    "a cell in a table": (
        lambda m: m["items"][2].update(takes={"kind": "isncsci-score", "top": 5}),
        {"items[2].takes": "measures.scored-otherwise", "outputs[1].how": "measures.cannot-be-made"},
    ),
    "a result of ISNCSCI in a table": (
        lambda m: m["outputs"][1].update(how={"kind": "isncsci", "output": "ais"}),
        {"outputs[1].how": "measures.scored-otherwise", "items[2]": "measures.used-nowhere"},
    ),
}
"""What is done to the measure above, and what must be found at which key."""


@pytest.mark.parametrize("name", ALTERED)
def test_every_fault_of_a_table_is_told_at_its_key(name: str) -> None:
    """A table that cannot mean what it says is refused where it says so."""
    alter, expected = ALTERED[name]
    assert faults(alter) == expected


def test_faults_are_told_together() -> None:
    """Two faults of shape in one reading, two of meaning in the next: the first never hides the second."""
    assert len(faults(lambda m: (m.pop("id"), m["items"][0].pop("source")))) == 2
    assert faults(lambda m: m.update(sources=[], items=[], outputs=[])) == {
        "sources": "shapes.empty",
        "items": "shapes.empty",
        "outputs": "shapes.empty",
        "missing.source": "measures.unknown-source",
    }
    assert len(faults(lambda m: (m["outputs"][0].update(high=9), m["outputs"][2].update(source="no")))) == 2


def test_an_edition_nobody_knows_is_refused() -> None:
    """ISNCSCI 2020 does not exist."""
    with pytest.raises(Refused) as refused:
        read_measure(shapes.plain(load("isncsci")) | {"edition": "2020"})
    assert [each.code for each in refused.value.findings] == ["measures.unknown-edition"]


def test_isncsci_results_must_be_what_isncsci_gives() -> None:
    """A renamed category, a wrong range or a result that does not exist is refused."""
    plain = shapes.plain(load("isncsci"))
    plain["outputs"][6]["categories"] = list("ABCD")
    plain["outputs"][-1]["high"] = 99
    plain["outputs"][0]["how"]["output"] = "sensory"
    with pytest.raises(Refused) as refused:
        read_measure(plain)
    assert [each.code for each in refused.value.findings] == [
        "measures.unknown-result",
        "measures.not-what-items-reach",
        "measures.not-what-items-reach",
    ]


@pytest.mark.parametrize("name", shipped())
def test_a_measure_survives_being_written_and_read(name: str) -> None:
    """A measure is plain data: what is written reads back equal, so a site can keep its own copy."""
    assert read_measure(shapes.plain(load(name))) == load(name)


def test_a_file_is_read_with_its_name_in_every_finding(tmp_path: Path) -> None:
    """No file, no TOML, no measure: the file is named each time."""
    path = tmp_path / "own.toml"
    said = []
    for text in (None, "id = ", 'id = "own"'):
        if text is not None:
            path.write_text(text, encoding="utf-8")
        with pytest.raises(Refused) as refused:
            read_measure(path)
        said.append({each.code for each in refused.value.findings})
        assert {each.place.file for each in refused.value.findings} == {str(path)}
        assert all(BOOK.tell(each, "ja") for each in refused.value.findings)
    assert said == [{"tables.cannot-be-read"}, {"measures.not-toml"}, {"shapes.missing"}]
