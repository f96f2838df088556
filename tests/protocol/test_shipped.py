"""The shipped protocols say what their sources say; what was not found is a setting, and nothing is invented.

Golden numbers are copied from the collected facts of the worked trial and its product: registry
JMA-IIA00154 / jRCT2091220154 (trial.medpath.com), label (med.nipro.co.jp/reg_stemirac_product, _qa, _flow),
jRCT2053210130, jRCT2013210056, and for stroke jstage.jst.go.jp, jcns 25/12 979.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.protocol.plain_protocols import parts, plain

from myelos.answers import Answer
from myelos.cells.dose import DoseWindow, dose_window, infusion_minutes
from myelos.findings import Finding
from myelos.measures import Output, load
from myelos.protocol.criteria import Known, judge
from myelos.protocol.loading import load_protocol, shipped_protocols
from myelos.protocol.trial import Gate, Product, Protocol
from myelos.quantities import Amount

HONMOU, MARKET, STROKE, OUTSIDE = (
    "honmou-phase2",
    "post-market-comparison",
    "stroke-phase2",
    "honmou-out-of-specification",
)


def product_of(name: str) -> Product:
    product = load_protocol(name).product
    assert product is not None
    return product


def criteria(gate: Gate) -> dict[str, Any]:
    return {criterion.id: criterion for criterion in gate.criteria}


def ais(*possible: str) -> Output:
    row = load("isncsci").output("ais")
    return Output(
        measure="isncsci", edition="2019", name="ais", kind="category", better="higher", unit="grades",
        categories=row.categories, possible=possible,
    )  # fmt: skip


def test_four_protocols_are_shipped() -> None:
    """The worked trial, the comparison after it, its companion indication, and what it rejects."""
    assert shipped_protocols() == (OUTSIDE, HONMOU, MARKET, STROKE)


# The worked trial ----------------------------------------------------------------------------------------


def test_the_worked_trial_has_two_gates_with_the_culture_between() -> None:
    """First registration before the collection, second before the infusion."""
    trial = load_protocol(HONMOU)
    assert [(gate.id, gate.before) for gate in trial.gates] == [
        ("first-registration", "collection"),
        ("second-registration", "infusion"),
    ]
    assert (trial.planned, trial.registry) == (30, ("JMA-IIA00154", "jRCT2091220154"))


def test_the_first_gate_is_the_registrys_first_registration() -> None:
    """At most 14 days, AIS A to C, 20 to 70 years, cervical, partial damage."""
    gate = criteria(load_protocol(HONMOU).gate("first-registration"))
    assert (gate["within-14-days"].low, gate["within-14-days"].high) == (0, 14)
    assert (gate["ais-a-to-c"].allowed, gate["ais-a-to-c"].visit) == (("A", "B", "C"), "screening")
    assert (str(gate["age-20-to-70"].low), str(gate["age-20-to-70"].high)) == ("20 y", "70 y")
    assert gate["cervical"].allowed == ("cervical",)
    assert gate["partial-damage"].must_be == "yes"


def test_every_exclusion_of_the_registry_is_a_fact_that_must_be_no() -> None:
    """Each infection, history and allergy is asked by itself: none hides in a list."""
    gate = load_protocol(HONMOU).gate("first-registration")
    excluded = {each.fact for each in gate.criteria if each.kind == "yes-no" and each.must_be == "no"}
    assert excluded == {
        "methylprednisolone", "respiratory-disorder", "hbv", "hcv", "hiv", "htlv-1", "syphilis",
        "parvovirus-b19", "malignancy", "cirrhosis", "autoimmune-disease", "neuropathy", "mental-disorder",
        "diabetes", "penicillin-allergy", "streptomycin-allergy", "severe-allergy", "poor-condition",
    }  # fmt: skip
    assert {"200", "300"} & set(criteria(gate)["jcs-below-200"].allowed) == set()


def test_blood_counts_are_read_per_microlitre_and_say_so() -> None:
    """The registry prints /mL; the limits are in /uL, and each says that this is our reading."""
    gate = criteria(load_protocol(HONMOU).gate("first-registration"))
    lows = {name: str(gate[name].low) for name in ("white-cells", "neutrophils", "haemoglobin", "platelets")}
    assert lows == {
        "white-cells": "2000 /uL",
        "neutrophils": "1000 /uL",
        "haemoglobin": "10 g/dL",
        "platelets": "100000 /uL",
    }
    for name in ("white-cells", "neutrophils", "platelets"):
        assert "read as /uL" in gate[name].source.source
        assert gate[name].source.status == "derived"


@pytest.mark.requirement("PRD-02")
def test_prd_02_the_second_gate_asks_for_days_grade_and_product_again() -> None:
    """AIS D at day 40, day 55, or a product that is not released: each alone is not eligible."""
    gate = load_protocol(HONMOU).gate("second-registration")
    where = ("re-examination", "isncsci", "ais")

    def not_met(days: int, grade: str, product: Answer) -> list[str]:
        known = Known(outputs={where: ais(grade)}, days=days, product=product)
        return [each.id for each in gate.criteria if judge(each, known).answer is not Answer.YES]

    assert not_met(40, "C", Answer.YES) == []
    assert not_met(54, "A", Answer.YES) == []
    assert not_met(40, "D", Answer.YES) == ["ais-still-a-to-c"]
    assert not_met(55, "C", Answer.YES) == ["within-54-days"]
    assert not_met(40, "C", Answer.NO) == ["product-accepted"]
    assert not_met(40, "C", Answer.UNKNOWN) == ["product-accepted"]
    assert not_met(55, "E", Answer.NO) == ["within-54-days", "ais-still-a-to-c", "product-accepted"]


def test_the_dose_is_that_of_the_label() -> None:
    """0.5e8 to 2.0e8 cells, at most 3.34e6 per kg; 50 kg: to 1.67e8; 80 kg: to 2.0e8; 14 kg: none."""
    rule = product_of(HONMOU).dose
    assert [str(each) for each in (rule.low, rule.high, rule.per_kg)] == [
        "5E+7 cells",
        "2E+8 cells",
        "3340000 cells/kg",
    ]
    windows = {kg: dose_window(rule, Amount.of(f"{kg} kg")) for kg in (14, 50, 80)}
    assert isinstance(windows[14], Finding)
    for kg, highest in ((50, 167_000_000), (80, 200_000_000)):
        made = windows[kg]
        assert isinstance(made, DoseWindow)
        assert (made.lowest, made.highest) == (50_000_000, highest)


def test_flow_and_dilution_are_those_of_the_label() -> None:
    """0.7 to 1.0 mL/min, so 40 mL take 40 to 57 minutes; diluted at least threefold."""
    rule = product_of(HONMOU).infusion
    assert [str(each) for each in (rule.flow_low, rule.flow_high, rule.dilution_least)] == [
        "0.7 mL/min",
        "1 mL/min",
        "3 fold",
    ]
    assert infusion_minutes(rule, Amount.of("40 mL")).whole == (40, 57)


def test_two_draws_of_blood_and_one_of_marrow_are_taken() -> None:
    """About 480 mL of blood in both draws; the volume of marrow is the site's."""
    product = product_of(HONMOU)
    assert (product.blood_collections, product.marrow_collections) == (2, 1)
    assert str(product.blood_total.amount) == "480 mL"
    assert product.marrow_total.setting == "marrow-total"


def test_what_was_not_found_is_a_setting() -> None:
    """Marrow volume, passages, viability, endotoxin, karyotype, shelf life, thaw window, re-culture rule."""
    assert {setting.id for setting in load_protocol(HONMOU).settings} >= {
        "marrow-total", "most-passages", "viability-least", "endotoxin-most", "abnormal-karyotype-most",
        "shelf-life", "thaw-window", "most-lots", "match-window",
    }  # fmt: skip


def test_markers_are_those_named_with_limits_of_the_site() -> None:
    """CD34 and CD45 at most, CD73 and CD105 at least so much; sterility alone may be pending."""
    rows = {row.id: row for row in product_of(HONMOU).editions[0].specifications}
    assert {id_: rows[id_].kind.value for id_ in ("cd34", "cd45", "cd73", "cd105")} == {
        "cd34": "at-most",
        "cd45": "at-most",
        "cd73": "at-least",
        "cd105": "at-least",
    }
    assert [row.id for row in rows.values() if row.may_be_pending] == ["sterility"]
    assert product_of(HONMOU).conditional_release


def test_both_endpoints_are_read_from_both_index_examinations() -> None:
    """Day 220 after injury or six months after infusion; from screening or re-examination: none is hidden."""
    read = {
        (each.from_visit, each.to_visit) for each in load_protocol(HONMOU).endpoints if each.output == "ais"
    }
    ends = {"day-220", "month-6"}
    assert read == {(start, end) for start in ("screening", "re-examination") for end in ends}
    assert load_protocol(HONMOU).visit("day-220").day == 220


def test_a_schedule_that_is_not_known_is_called_a_proposal() -> None:
    """Every visit after the infusion names the other trial its day is taken from."""
    for name in (HONMOU, STROKE, OUTSIDE):
        for visit in load_protocol(name).visits:
            if visit.anchor == "infusion":
                assert visit.source.status == "proposal"
                assert "analogue RAINBOW" in visit.source.source


# The others ----------------------------------------------------------------------------------------------


def test_the_comparison_asks_two_grades_of_a_and_one_of_b_or_c() -> None:
    """jRCT2053210130: from day 49 +- 7 to day 180 +- 30, users against non-users, no cells of its own."""
    trial = load_protocol(MARKET)
    windows = {visit.day: (visit.anchor, visit.before, visit.after) for visit in trial.visits}
    assert windows == {49: ("injury", 7, 7), 180: ("injury", 30, 30)}
    (endpoint,) = trial.endpoints
    assert [(rule.of, rule.gain) for rule in endpoint.rules] == [(("A",), 2), (("B", "C"), 1)]
    assert [(group.id, group.infused) for group in trial.groups] == [("users", True), ("non-users", False)]
    assert (trial.product, trial.settings) == (None, ())


def test_the_stroke_trial_has_the_criteria_that_were_seen() -> None:
    """Within 40 days, supratentorial, mRS 4 or 5, 20 to 80 years; NIHSS and mRS followed."""
    trial = load_protocol(STROKE)
    gate = criteria(trial.gate("first-registration"))
    assert gate["within-40-days"].high == 40
    assert gate["mrs-4-or-5"].allowed == ("4", "5")
    assert (str(gate["age-20-to-80"].low), str(gate["age-20-to-80"].high)) == ("20 y", "80 y")
    assert gate["supratentorial"].must_be == "yes"
    assert {"mrs", "nihss"} <= set(trial.measures)
    assert {"mrs", "nihss"} == {endpoint.measure for endpoint in trial.endpoints}


def test_the_stroke_trial_invents_no_limit_of_days_to_the_infusion() -> None:
    """It was not found, so no gate before the infusion asks for days."""
    gate = load_protocol(STROKE).gate("second-registration")
    assert [criterion.kind for criterion in gate.criteria] == ["product", "measure"]


@pytest.mark.requirement("PRD-05")
def test_prd_05_what_is_out_of_specification_has_its_own_protocol_consent_and_dose() -> None:
    """0.3e8 to 2.0e8 cells under a consent of its own; it takes the main trial's lots and collects none."""
    main, outside = load_protocol(HONMOU), load_protocol(OUTSIDE)
    assert product_of(HONMOU).out_of_specification == outside.id
    assert product_of(OUTSIDE).takes_lots_of == main.id
    dose = product_of(OUTSIDE).dose
    assert [str(each) for each in (dose.low, dose.high)] == ["3E+7 cells", "2E+8 cells"]
    assert {consent.id for consent in main.consents} & {consent.id for consent in outside.consents} == set()
    assert {gate.consent for gate in outside.gates} == {"out-of-specification"}
    assert (product_of(OUTSIDE).blood_collections, product_of(OUTSIDE).marrow_collections) == (0, 0)
    assert outside.planned == 10


@pytest.mark.requirement("PRD-05")
def test_prd_05_only_the_main_trial_names_another_for_what_it_rejects() -> None:
    """No other shipped protocol takes lots of another, and none gives its rejects elsewhere."""
    named: dict[str, tuple[str | None, str | None]] = {}
    for name in shipped_protocols():
        product = load_protocol(name).product
        if product is not None:
            named[name] = (product.out_of_specification, product.takes_lots_of)
    assert named == {HONMOU: (OUTSIDE, None), OUTSIDE: (None, HONMOU), STROKE: (None, None)}


# All of them ---------------------------------------------------------------------------------------------


def sources(part: object, key: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every table with a source and a status within plain data, with its key."""
    found = []
    pairs = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for step, each in pairs:
        way = f"{key}.{step}" if isinstance(step, str) else f"{key}[{step}]"
        if step == "source" and isinstance(each, dict):
            found.append((way, each))
        found += sources(each, way)
    return found


@pytest.mark.parametrize("name", shipped_protocols())
def test_every_source_says_how_it_was_obtained(name: str) -> None:
    """Seen, derived, recalled or proposal; what calls itself a proposal is not marked as seen."""
    rows = sources(plain(name))
    assert len(rows) > 5
    for key, row in rows:
        assert row["status"] in ("seen", "derived", "recalled", "proposal"), key
        if row["source"].startswith("proposal"):
            assert row["status"] == "proposal", key
        assert parts(key)


@pytest.mark.parametrize("name", shipped_protocols())
def test_every_safety_threshold_has_an_origin(name: str) -> None:
    """Stopping, clocks, events of special interest, deterioration: each says where it comes from."""
    safety = load_protocol(name).safety
    rows = (*safety.stopping, *safety.clocks, *safety.special_interest, safety.deterioration)
    assert all(row.origin and row.status for row in rows)


def test_the_stopping_rules_of_the_worked_trial_are_those_asked_for() -> None:
    """Spacing, grade 5, related grade 4, contamination, identity, neoplasm, two deteriorations, two in ten,
    and a beta-binomial boundary."""
    kinds = {rule.name: rule.kind for rule in load_protocol(HONMOU).safety.stopping}
    assert (
        kinds.items()
        >= {
            "first-three-apart": "spacing",
            "grade-5": "any",
            "related-grade-4": "any",
            "contamination": "any",
            "identity-error": "any",
            "neoplasm": "any",
            "two-confirmed-deteriorations": "count",
            "two-thrombo-embolic-in-ten": "k-in-first-n",
            "related-grade-3": "beta-binomial",
        }.items()
    )


@pytest.mark.parametrize("name", shipped_protocols())
def test_labels_are_in_both_languages(name: str) -> None:
    """Every label has English words and Japanese ones, and the Japanese are not the English copied."""
    labels = list(_labels(plain(name)))
    assert len(labels) > 5
    for label in labels:
        assert not label["ja"].isascii() or label["ja"] in ("JCS", "HIV", "HTLV-1")


def _labels(part: object) -> Any:
    if isinstance(part, dict):
        if part.keys() == {"en", "ja"}:
            yield part
        for each in part.values():
            yield from _labels(each)
    elif isinstance(part, list):
        for each in part:
            yield from _labels(each)


def test_rows_are_found_by_their_id() -> None:
    """A protocol answers for its rows by name, and says so when there is none."""
    trial: Protocol = load_protocol(HONMOU)
    assert trial.fact("age").unit == "y"
    assert trial.consent("trial").representative_allowed
    assert trial.group("infused").infused
    with pytest.raises(KeyError):
        trial.visit("nowhere")
