"""Every fault a protocol can have: a shipped protocol broken in one place is told at that place, and only
there."""

from __future__ import annotations

import ast
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from tests.protocol.plain_protocols import found, place_of, plain, put, take, told

MAIN, MARKET, STROKE = "honmou-phase2", "post-market-comparison", "stroke-phase2"
NOTHING = object()
"""For a key that is deleted."""

LABEL = {"en": "made up", "ja": "試作"}
SEEN = {"source": "made up for a test", "status": "proposal"}
FACTS = plain()["facts"]
FIRST = plain()["gates"][0]["criteria"]
VISITS = plain()["visits"]
SETTINGS = plain()["settings"]
MEASURES = len(plain()["measures"])
SPECIFICATIONS = plain()["product"]["editions"][0]["specifications"]


def first(id_: str, rest: str) -> str:
    """The key of something of a criterion of the first gate."""
    return f"gates[0].criteria[{place_of(FIRST, id_)}].{rest}"


def row(id_: str, rest: str) -> str:
    """The key of something of a specification."""
    return f"product.editions[0].specifications[{place_of(SPECIFICATIONS, id_)}].{rest}"


def visit(id_: str, rest: str) -> str:
    return f"visits[{place_of(VISITS, id_)}].{rest}"


def with_also(**added: Any) -> Callable[[list[Any]], list[Any]]:
    """A list with one more row in it."""
    return lambda rows: [*rows, added]


def other(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A table with other values; None for a key that goes."""
    return lambda table: {key: each for key, each in {**table, **changes}.items() if each is not None}


def last(rows: list[Any], rest: str) -> str:
    return f"[{len(rows)}].{rest}"


EDITION = {"id": "2", "specifications": [{**SPECIFICATIONS[-1]}]}
MRS = "gates[0].criteria[2]"
NEW_ROW = {"id": "new", "label": LABEL, "source": SEEN}
PRODUCT = {"id": "cells", "label": LABEL, "kind": "product", "source": SEEN}

# protocol, key, what is put there (a function: made from what is there), the code, the key if it is another
BROKEN: list[tuple[str, str, object, str, str | None]] = [
    (MAIN, "facts", with_also(**FACTS[0]), "id-used-twice", "facts" + last(FACTS, "id")),
    (MAIN, "facts[1].allowed", lambda words: [*words, "sacral"], "id-used-twice", "facts[1].allowed[4]"),
    (MAIN, "measures", lambda names: [*names, "isncsci"], "id-used-twice", f"measures[{MEASURES}]"),
    (MAIN, "registry", ["JMA-IIA00154", "JMA-IIA00154"], "id-used-twice", "registry[1]"),
    (MAIN, visit("day-1", "id"), "day-7", "id-used-twice", visit("day-7", "id")),
    (MAIN, visit("day-1", "measures"), ["acute-loss", "isncsci", "isncsci"], "id-used-twice",
     visit("day-1", "measures[2]")),
    (MAIN, "endpoints[1].id", "ais-day-220", "id-used-twice", None),
    (MAIN, "endpoints[0].rules", lambda rules: [*rules, {"of": ["C"], "gain": 2}], "id-used-twice",
     "endpoints[0].rules[1].of[0]"),
    (MAIN, "endpoints[0].rules[0].of", ["A", "B", "A"], "id-used-twice", "endpoints[0].rules[0].of[2]"),
    (MAIN, first("ais-a-to-c", "allowed"), ["A", "A"], "id-used-twice", first("ais-a-to-c", "allowed[1]")),
    (MAIN, first("cervical", "allowed"), ["cervical"] * 2, "id-used-twice", first("cervical", "allowed[1]")),
    (MAIN, "training[1].id", "collection", "id-used-twice", None),
    (MAIN, "training[0].tasks", ["cells.collect", "cells.collect"], "id-used-twice", "training[0].tasks[1]"),
    (MAIN, first("no-hiv", "id"), "no-hcv", "id-used-twice", None),
    (MAIN, row("cd105", "id"), "cd73", "id-used-twice", None),
    (MAIN, row("sterility", "allowed"), ["negative", "negative"], "id-used-twice",
     row("sterility", "allowed[1]")),
    (MAIN, "groups", with_also(id="infused", label=LABEL, infused=False), "id-used-twice", "groups[1].id"),
    (MAIN, "settings", with_also(**SETTINGS[0]), "id-used-twice", "settings" + last(SETTINGS, "id")),
    (MAIN, "gates[1].id", "first-registration", "id-used-twice", None),
    (MAIN, "facts[0].unit", NOTHING, "fact-ill-formed", None),
    (MAIN, "facts[0].allowed", ["old"], "fact-ill-formed", None),
    (MAIN, "facts[1].unit", "y", "fact-ill-formed", None),
    (MAIN, "facts[1].allowed", NOTHING, "fact-ill-formed", None),
    (MAIN, "facts[2].allowed", ["maybe"], "fact-ill-formed", None),
    (MAIN, first("age-20-to-70", "fact"), "agee", "unknown-fact", None),
    (MAIN, first("cervical", "fact"), "level", "unknown-fact", None),
    (MAIN, first("no-hiv", "fact"), "hiv-1", "unknown-fact", None),
    (MAIN, first("no-hiv", "fact"), "age", "fact-of-another-kind", None),
    (MAIN, first("cervical", "fact"), "hiv", "fact-of-another-kind", None),
    (MAIN, first("haemoglobin", "fact"), "hiv", "fact-of-another-kind", None),
    (MAIN, first("cervical", "allowed"), ["neck"], "word-impossible", first("cervical", "allowed[0]")),
    (MAIN, first("age-20-to-70", "low"), "71 y", "range-empty", None),
    (MAIN, first("within-14-days", "low"), 15, "range-empty", None),
    (MAIN, first("within-14-days", "")[:-1], other(low=None, high=None), "no-limit",
     first("within-14-days", "low")),
    (MAIN, first("haemoglobin", "low"), NOTHING, "no-limit", None),
    (MAIN, first("haemoglobin", "low"), "100 %", "unit-differs", None),
    (MAIN, first("white-cells", "low"), "2000 cells/mL", "unit-differs", None),
    (MAIN, first("ais-a-to-c", "visit"), "screen", "unknown-visit", None),
    (MAIN, first("ais-a-to-c", "visit"), "day-1", "visit-after-gate", None),
    (MAIN, visit("screening", "measures"), ["pain-0-10"], "not-collected", None),
    (MAIN, first("ais-a-to-c", "measure"), "isncsi", "unknown-measure", None),
    (MAIN, first("ais-a-to-c", "output"), "asia", "unknown-output", None),
    (MAIN, first("ais-a-to-c", "allowed"), ["A", "F"], "value-impossible", first("ais-a-to-c", "allowed[1]")),
    (MAIN, first("ais-a-to-c", "allowed"), [], "values-or-range", None),
    (MAIN, first("ais-a-to-c", "low"), "1 grades", "values-or-range", first("ais-a-to-c", "allowed")),
    (STROKE, f"{MRS}.allowed", ["4", "7"], "value-impossible", f"{MRS}.allowed[1]"),
    (STROKE, f"{MRS}.allowed", ["4", "x"], "value-impossible", f"{MRS}.allowed[1]"),
    (STROKE, MRS, other(allowed=None, low="4 points"), "unit-differs",
     f"{MRS}.low"),
    (STROKE, MRS, other(allowed=None, low="5 grades", high="4 grades"), "range-empty",
     f"{MRS}.low"),
    (MAIN, "gates[0].criteria", with_also(**PRODUCT), "product-too-early",
     f"gates[0].criteria{last(FIRST, 'kind')}"),
    (MARKET, "gates[0].criteria", with_also(**PRODUCT), "product-missing", "gates[0].criteria[5].kind"),
    (MARKET, "gates[0].before", "collection", "gate-without-product", None),
    (MARKET, "visits[1].anchor", "infusion", "visit-without-infusion", None),
    (MAIN, visit("day-7", "measures"), ["isncsci", "pain-0-10"], "visit-without-acute-loss", None),
    (MAIN, "gates", lambda gates: gates[::-1], "gates-out-of-order", "gates[1].before"),
    (MAIN, "gates", lambda gates: gates[1:], "no-gate", None),
    (MAIN, "gates[1].criteria", lambda rows: rows[:2], "infusion-without-release", "gates"),
    (MAIN, "gates[1].consent", "trail", "unknown-consent", None),
    (MAIN, visit("day-14", "day"), 30, "windows-overlap", visit("month-1", "day")),
    (MAIN, visit("month-3", "after"), 60, "windows-overlap", visit("month-6", "day")),
    (MAIN, visit("screening", "before"), 8, "window-before-injury", None),
    (MAIN, visit("day-1", "measures"), ["isncsci", "acute-loss", "nihss"], "unknown-measure",
     visit("day-1", "measures[2]")),
    (MAIN, "measures", lambda names: [*names, "nihss"], "measure-never-collected", f"measures[{MEASURES}]"),
    (MAIN, "measures", lambda names: [*names, "nihs"], "unknown-measure", f"measures[{MEASURES}]"),
    (MAIN, "endpoints[2].from_visit", "month-6", "endpoint-backwards", "endpoints[2].to_visit"),
    (MAIN, "endpoints[0].to_visit", "screening", "endpoint-backwards", None),
    (MAIN, "endpoints[0].to_visit", "day-221", "unknown-visit", None),
    (MAIN, "endpoints[4].from_visit", "screening", "not-collected", None),
    (MAIN, "endpoints[0].measure", "isncsi", "unknown-measure", None),
    (MAIN, "endpoints[4].output", "sum", "unknown-output", None),
    (MAIN, "endpoints[4]", other(measure="pain-0-10", output="kind"), "no-better", "endpoints[4].output"),
    (MAIN, "endpoints[4]", other(measure="pain-0-10", output="kind", rules=[{"of": ["none"], "gain": 3}]),
     "no-better", "endpoints[4].output"),
    (MAIN, "endpoints[0].rules[0].of", ["Z"], "value-impossible", "endpoints[0].rules[0].of[0]"),
    (MAIN, "endpoints[0].rules[0].gain", 5, "gain-impossible", None),
    (STROKE, "endpoints[0].rules[0].gain", 6, "gain-impossible", None),
    (MAIN, "endpoints[0].rules[0].of", ["A", "Z"], "value-impossible", "endpoints[0].rules[0].of[1]"),
    (MAIN, "groups[0].infused", False, "nobody-infused", "groups"),
    (MAIN, "product.blood_total", {}, "limit-without-either", None),
    (MAIN, "product.shelf_life", {"setting": "shelf-life", "amount": "1 d"}, "limit-with-both", None),
    (MAIN, "product.blood_total", {"setting": "thaw-window"}, "unit-differs", "product.blood_total.setting"),
    (MAIN, "product.blood_total", {"setting": "marow-total"}, "unknown-setting",
     "product.blood_total.setting"),
    (MAIN, "product.blood_total.amount", "480 mL/kg", "unit-differs", None),
    (MAIN, "settings", with_also(id="spare", label=LABEL, unit="mL", why="made up"), "setting-unused",
     "settings" + last(SETTINGS, "id")),
    (MAIN, f"settings[{place_of(SETTINGS, 'cd73-least')}].least", "0 fold", "unit-differs", None),
    (MAIN, f"settings[{place_of(SETTINGS, 'shelf-life')}].least", "0 h", "unit-differs", None),
    (MAIN, f"settings[{place_of(SETTINGS, 'cd73-least')}].most", "-1 %", "range-empty",
     f"settings[{place_of(SETTINGS, 'cd73-least')}].least"),
    (MAIN, row("cd34", "kind"), "at-least", "specification-ill-formed", None),
    (MAIN, row("sterility", "kind"), "between", "specification-ill-formed", None),
    (MAIN, row("viability", "allowed"), ["good"], "specification-ill-formed", row("viability", "kind")),
    (MAIN, row("viability", "high"), {"setting": "shelf-life"}, "specification-ill-formed",
     row("viability", "kind")),
    (MAIN, row("viability", "")[:-1], other(kind="between", high={"setting": "shelf-life"}), "unit-differs",
     row("viability", "high")),
    (MAIN, "product.editions[0].specifications",
     with_also(**NEW_ROW, kind="between", low={"amount": "2 %"}, high={"amount": "1 %"}), "range-empty",
     f"product.editions[0].specifications{last(SPECIFICATIONS, 'low')}"),
    (MAIN, "product",
     other(conditional_release=False, conditional_release_role=None), "pending-never-released",
     row("sterility", "may_be_pending")),
    (MAIN, "product.conditional_release_role", NOTHING, "conditional-release-without-role", None),
    (MAIN, "product.out_of_specification", "honmou-phase2", "own-protocol", None),
    (MAIN, "product.takes_lots_of", "honmou-phase2", "own-protocol", None),
    (MAIN, "product.dose.low", "3e8 cells", "range-empty", None),
    (MAIN, "product.infusion.flow_low", "1.1 mL/min", "range-empty", None),
    (MAIN, "product.dose.per_kg", "0 cells/kg", "limit-zero", None),
    (MAIN, "product.infusion.dilution_least", "0 fold", "limit-zero", None),
    (MAIN, "training[0].valid_for", "36501 d", "limit-too-long", None),
    (MAIN, "product.shelf_life", {"amount": "36501 d"}, "limit-too-long", None),
    (MAIN, "product.editions[0].valid_from", "2013-12-02", "nothing-in-force", None),
    (MAIN, "consents[0].versions[0].valid_from", "2014-01-01", "nothing-in-force", None),
    (MAIN, "valid_from", "2013-11-30", "nothing-in-force", "consents[0].versions[0].valid_from"),
    (MAIN, "product.editions", with_also(**EDITION, valid_from="2013-12-01"), "dates-not-increasing",
     "product.editions[1].valid_from"),
    (MAIN, "consents[0].versions", with_also(id="2", valid_from="2013-11-01"), "dates-not-increasing",
     "consents[0].versions[1].valid_from"),
    (MAIN, "training[0].tasks", ["cells.colect"], "unknown-task", "training[0].tasks[0]"),
    (MAIN, "training", lambda rows: rows[:3], "task-without-training", None),
    (MAIN, "safety.deterioration.reference_exams", 3, "too-few-reference-exams", None),
]  # fmt: skip

FOLLOWS: dict[tuple[str, str], list[tuple[str, str]]] = {
    # the first visit's only exam, and the gate, the endpoints and the reference that need it
    (visit("screening", "measures"), "not-collected"): [
        ("protocol.not-collected", first("ais-a-to-c", "visit")),
        ("protocol.not-collected", "endpoints[1].from_visit"),
        ("protocol.not-collected", "endpoints[3].from_visit"),
        ("protocol.too-few-reference-exams", "safety.deterioration.reference_exams"),
    ],
    # the setting that stood there is asked of the site and used by nothing
    ("product.shelf_life", "limit-too-long"): [
        ("protocol.limit-too-long", "product.shelf_life.amount"),
        ("protocol.setting-unused", f"settings[{place_of(SETTINGS, 'shelf-life')}].id"),
    ],
    # both people at the bedside need it, for matching and for starting
    ("training", "task-without-training"): [("protocol.task-without-training", "training")] * 2,
    # consents and product both begin after the protocol does
    ("valid_from", "nothing-in-force"): [
        ("protocol.nothing-in-force", "consents[0].versions[0].valid_from"),
        ("protocol.nothing-in-force", "product.editions[0].valid_from"),
    ],
}
"""The few where one change makes several things wrong: all of them are told."""


def broken_at(protocol: str, key: str, value: object) -> dict[str, Any]:
    whole = plain(protocol)
    if value is NOTHING:
        take(whole, key)
    elif callable(value):
        there: Any = whole
        for step in key.replace("]", "").replace("[", ".").split("."):
            there = there[int(step) if step.isdecimal() else step]
        put(whole, key, value(there))
    else:
        put(whole, key, value)
    return whole


NAMES = [f"{code}-{key.replace('gates[0].criteria', 'first')}" for _, key, _, code, _ in BROKEN]


@pytest.mark.parametrize(("protocol", "key", "value", "code", "where"), BROKEN, ids=NAMES)
def test_one_fault_is_told_once_at_its_key(
    protocol: str, key: str, value: object, code: str, where: str | None
) -> None:
    """A shipped protocol broken in one place: that finding, at that key, and no other."""
    expected = FOLLOWS.get((key, code), [(f"protocol.{code}", where or key)])
    assert sorted(told(broken_at(protocol, key, value)), key=str) == sorted(expected, key=str)


def codes_made() -> set[str]:
    """The codes of every fault the checks can make, read from their source."""
    made = set()
    for name in ("checks", "faults", "visit_checks", "gate_checks", "product_checks"):
        tree = ast.parse(files("myelos.protocol").joinpath(f"{name}.py").read_text("utf-8"))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and len(call.args) > 1:
                code = call.args[1]
                if call.func.id in ("fault", "unknown") and isinstance(code, ast.Constant):
                    made.add(f"unknown-{code.value}" if call.func.id == "unknown" else str(code.value))
    return made


def test_every_fault_the_checks_can_make_is_broken_here_once() -> None:
    """A check without a test that breaks it could be dead."""
    assert codes_made() == {code for _, _, _, code, _ in BROKEN}


def test_faults_in_many_places_are_told_all_at_once() -> None:
    """Twenty faults that do not touch each other are twenty findings, not the first of them."""
    whole, expected, touched = plain(), [], list[str]()
    for protocol, key, value, code, where in BROKEN:
        simple = protocol == MAIN and isinstance(value, str | int | list) and (key, code) not in FOLLOWS
        row_ = key[: key.rfind("]") + 1] or key
        if not simple or code == "id-used-twice" or any(row_.startswith(each) for each in touched):
            continue
        touched.append(row_)
        put(whole, key, value)
        expected.append((f"protocol.{code}", where or key))
    assert len(expected) >= 20
    assert set(expected) <= set(told(whole))


def test_a_protocol_has_no_fault_by_being_read_again() -> None:
    """The unbroken data have none: what is found above is due to the one change."""
    for name in (MAIN, MARKET, STROKE, "honmou-out-of-specification"):
        assert found(plain(name)) == []


def test_a_range_of_one_value_is_a_range() -> None:
    """Limits are inclusive: exactly 30 years, or exactly day 14, is odd and possible."""
    whole = broken_at(MAIN, first("age-20-to-70", "")[:-1], other(low="30 y", high="30 y"))
    put(whole, first("within-14-days", "low"), 14)
    assert found(whole) == []


UNUSUAL: list[tuple[str, str, object]] = [
    (MAIN, first("within-14-days", "low"), NOTHING),
    (MAIN, first("within-14-days", "high"), NOTHING),
    (MAIN, first("age-20-to-70", "low"), NOTHING),
    (MAIN, "gates", lambda gates: [gates[0], {**gates[0], "id": "again"}, gates[1]]),
    (STROKE, f"{MRS}.allowed", ["0", "6"]),
    (STROKE, MRS, other(allowed=None, low="4 grades")),
    (STROKE, "endpoints[0].rules", [{"of": ["5"], "gain": 5}, {"of": ["1"], "gain": 1}]),
    (MAIN, row("viability", "")[:-1], other(kind="between", high={"amount": "100 %"})),
    (MAIN, visit("screening", "measures"), lambda names: [*names, "pain-0-10"]),
    (MAIN, "endpoints", []),
    (MAIN, "product.dose.low", "2.0e8 cells"),
    (MARKET, "groups[0].infused", False),
]
"""Changes that leave a protocol a protocol."""


@pytest.mark.parametrize(("protocol", "key", "value"), UNUSUAL, ids=[key for _, key, _ in UNUSUAL])
def test_what_is_unusual_and_possible_is_no_fault(protocol: str, key: str, value: object) -> None:
    """Limits left open on one side, two gates in front of one thing, the ends of a scale."""
    assert found(broken_at(protocol, key, value)) == []


@pytest.mark.parametrize(("day", "codes"), [(54, []), (55, ["protocol.too-few-reference-exams"])])
def test_an_examination_counts_as_before_if_it_can_be_the_day_of_the_infusion(
    day: int, codes: list[str]
) -> None:
    """Nobody is infused after day 54: a visit from day 54 on may come before, one from day 55 on cannot."""
    whole = plain()
    del whole["gates"][1]["criteria"][1]  # the grade at re-examination
    whole["visits"][place_of(VISITS, "re-examination")] |= {"day": day, "before": 0, "after": 14}
    assert [code for code, _ in told(whole)] == codes


def test_an_output_without_an_end_has_no_gain_that_is_impossible() -> None:
    """A walking speed has no greatest value, but none below 0."""
    whole = plain()
    whole["measures"].append("walk-10m")
    for place in (place_of(VISITS, "re-examination"), place_of(VISITS, "month-6")):
        whole["visits"][place]["measures"].append("walk-10m")
    speed = {"measure": "walk-10m", "output": "comfortable-speed", "rules": [{"of": ["0", "99"], "gain": 9}]}
    whole["endpoints"][4] |= speed
    assert found(whole) == []
    put(whole, "endpoints[4].rules[0].of", ["-1"])
    (finding,) = found(whole)
    assert (finding.code, finding.params["could"]) == ("protocol.value-impossible", "0 - ")


def test_the_nearest_name_is_told() -> None:
    """A misspelt name is answered with the one that was meant."""
    whole = broken_at(MAIN, first("ais-a-to-c", "visit"), "screning")
    assert [finding.params["near"] for finding in found(whole)] == ["screening"]
