"""A criterion is yes, no or unknown, with the reason; an unknown is never yes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.plain_protocols import BOOK

from myelos.answers import Answer
from myelos.findings import Severity
from myelos.measures import Output, load
from myelos.protocol.criteria import Known, judge
from myelos.protocol.loading import load_protocol, shipped_protocols
from myelos.protocol.trial import (
    Criterion,
    DaysCriterion,
    MeasureCriterion,
    NumberCriterion,
    ProductCriterion,
    Source,
    WordCriterion,
    Words,
    YesNoCriterion,
)
from myelos.quantities import Amount

LABEL, SOURCE = Words(en="made up", ja="試作"), Source(source="made up for a test", status="proposal")
REST: dict[str, Any] = {"id": "it", "label": LABEL, "source": SOURCE}
AGE = NumberCriterion(kind="number", fact="age", low=Amount.of("20 y"), high=Amount.of("70 y"), **REST)
LEVEL = WordCriterion(kind="word", fact="level", allowed=("cervical",), **REST)
HIV = YesNoCriterion(kind="yes-no", fact="hiv", must_be="no", **REST)
DAYS = DaysCriterion(kind="days", low=0, high=54, **REST)
AIS = MeasureCriterion(
    kind="measure", measure="isncsci", output="ais", visit="screening", allowed=("A", "B", "C"), **REST
)
SCIM = MeasureCriterion(
    kind="measure", measure="scim-iii", output="total", visit="screening", high=Amount.of("50 points"), **REST
)
PRODUCT = ProductCriterion(kind="product", **REST)
ALL: list[Criterion] = [AGE, LEVEL, HIV, DAYS, AIS, SCIM, PRODUCT]


def ais(*possible: str) -> Output:
    categories = load("isncsci").output("ais").categories
    return Output(
        measure="isncsci", edition="2019", name="ais", kind="category", better="higher", unit="grades",
        categories=categories, possible=tuple(each for each in categories if each in possible),
    )  # fmt: skip


def scim(low: int, high: int) -> Output:
    return Output(
        measure="scim-iii", edition="III", name="total", kind="number", better="higher", unit="points",
        low=Decimal(low), high=Decimal(high),
    )  # fmt: skip


def answer(criterion: Criterion, **known: Any) -> Answer:
    return judge(criterion, Known(**known)).answer


@pytest.mark.parametrize(
    ("told", "expected"),
    [("19 y", "no"), ("20 y", "yes"), ("70 y", "yes"), ("71 y", "no"), ("70.5 y", "no"), (None, "unknown")],
)
def test_a_number_lies_within_its_limits_both_included(told: str | None, expected: str) -> None:
    """20 to 70 years: someone of exactly 20 or 70 is in, and not told is unknown."""
    facts = {"age": Amount.of(told) if told else None}
    assert answer(AGE, facts=facts) is Answer(expected)


def test_a_number_in_another_unit_or_a_word_for_a_number_is_no_answer() -> None:
    """Nothing is converted: what cannot be compared is unknown."""
    for told in (Amount.of("30 d"), "30", "yes"):
        assert answer(AGE, facts={"age": told}) is Answer.UNKNOWN


@pytest.mark.parametrize("told", ["no", "yes", None, "maybe", Amount.of("1 y")])
def test_an_exclusion_is_met_by_a_told_no_only(told: Any) -> None:
    """Unknown, or anything that is neither yes nor no, does not rule HIV out."""
    expected = {"no": Answer.YES, "yes": Answer.NO}.get(told if isinstance(told, str) else "", Answer.UNKNOWN)
    assert answer(HIV, facts={"hiv": told}) is expected


def test_a_word_is_one_of_those_allowed() -> None:
    """Another word is no; none is unknown."""
    assert answer(LEVEL, facts={"level": "cervical"}) is Answer.YES
    assert answer(LEVEL, facts={"level": "thoracic"}) is Answer.NO
    assert answer(LEVEL) is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("days", "expected"), [(0, "yes"), (54, "yes"), (55, "no"), (-1, "no"), (None, "unknown")]
)
def test_days_lie_within_their_limits_both_included(days: int | None, expected: str) -> None:
    """Day 54 is in, day 55 is not; without a known day 0 nothing is known."""
    assert answer(DAYS, days=days) is Answer(expected)


@pytest.mark.parametrize(
    ("possible", "expected"),
    [
        ("A", "yes"),
        ("AC", "yes"),
        ("D", "no"),
        ("DE", "no"),
        ("CD", "unknown"),
        ("ABCDE", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_grade_that_could_be_another_is_unknown(possible: str, expected: str) -> None:
    """C or D, with A to C allowed, does not enrol and does not exclude: somebody has to examine again."""
    outputs = {("screening", "isncsci", "ais"): ais(*possible)}
    assert answer(AIS, outputs=outputs) is Answer(expected)


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(50, 50, "yes"), (0, 50, "yes"), (51, 60, "no"), (40, 60, "unknown")]
)
def test_a_sum_with_untested_items_is_held_by_both_its_bounds(low: int, high: int, expected: str) -> None:
    """A SCIM total of 40 to 60 may or may not be at most 50."""
    assert answer(SCIM, outputs={("screening", "scim-iii", "total"): scim(low, high)}) is Answer(expected)


def test_an_examination_at_another_visit_is_no_answer() -> None:
    """The grade at re-examination says nothing of the one at screening."""
    assert answer(AIS, outputs={("re-examination", "isncsci", "ais"): ais("A")}) is Answer.UNKNOWN


@pytest.mark.parametrize("product", list(Answer))
def test_a_product_is_released_or_not_or_not_known(product: Answer) -> None:
    """What is known of the lot is the answer."""
    assert answer(PRODUCT, product=product) is product


@pytest.mark.parametrize("criterion", ALL, ids=lambda criterion: criterion.kind)
def test_of_nobody_known_nothing_is_yes(criterion: Criterion) -> None:
    """With nothing known every kind of criterion is unknown, and its finding is an error."""
    judged = judge(criterion, Known())
    assert (judged.answer, judged.finding.severity) == (Answer.UNKNOWN, Severity.ERROR)


def test_every_answer_of_every_kind_can_be_said() -> None:
    """Six kinds with three answers: each has its words in both languages, and yes is a note."""
    known = Known(
        facts={"age": Amount.of("30 y"), "level": "cervical", "hiv": "no"},
        outputs={("screening", "isncsci", "ais"): ais("B"), ("screening", "scim-iii", "total"): scim(3, 3)},
        days=3,
        product=Answer.YES,
    )
    against = Known(
        facts={"age": Amount.of("3 y"), "level": "thoracic", "hiv": "yes"},
        outputs={("screening", "isncsci", "ais"): ais("E"), ("screening", "scim-iii", "total"): scim(99, 99)},
        days=300,
        product=Answer.NO,
    )
    for criterion in ALL:
        judged = [judge(criterion, each) for each in (known, against, Known())]
        assert [each.answer for each in judged] == [Answer.YES, Answer.NO, Answer.UNKNOWN]
        assert [each.finding.severity for each in judged] == [Severity.NOTE, Severity.ERROR, Severity.ERROR]
        for each in judged:
            assert BOOK.tell(each.finding)
            assert BOOK.tell(each.finding, "ja")


def test_the_reason_holds_what_was_read_and_what_was_asked() -> None:
    """A reader of the finding needs no protocol beside it: value, limits, words are all in it."""
    known = Known(
        facts={"age": Amount.of("71 y"), "level": "thoracic", "hiv": "yes"},
        outputs={
            ("screening", "isncsci", "ais"): ais("C", "D"),
            ("screening", "scim-iii", "total"): scim(40, 60),
        },
        days=55,
    )
    params = {
        each.kind + each.id: dict(judge(each, known).finding.params) for each in (AGE, LEVEL, HIV, DAYS)
    }
    assert params == {
        "numberit": {"criterion": "it", "read": "71 y", "low": "20 y", "high": "70 y"},
        "wordit": {"criterion": "it", "read": "thoracic", "allowed": "cervical"},
        "yes-noit": {"criterion": "it", "read": "yes", "must_be": "no"},
        "daysit": {"criterion": "it", "read": "55", "low": "0", "high": "54"},
    }
    assert [judge(each, known).finding.params["read"] for each in (AIS, SCIM)] == ["C | D", "40–60"]
    assert [judge(each, known).finding.params["asked"] for each in (AIS, SCIM)] == [
        "A, B, C",
        "- … 50 points",
    ]
    assert [judge(each, Known()).finding.params["read"] for each in ALL] == ["-"] * len(ALL)


@given(
    st.sampled_from([gate for name in shipped_protocols() for gate in load_protocol(name).gates]),
    st.data(),
)
def test_whatever_one_thing_is_not_known_the_gate_is_not_passed(gate: Any, data: st.DataObject) -> None:
    """Of any shipped gate: everything known and met passes; without any one of it, not all are yes."""
    facts: dict[str, Any] = {}
    outputs = {}
    for criterion in gate.criteria:
        match criterion:
            case NumberCriterion():
                facts[criterion.fact] = criterion.low or criterion.high
            case WordCriterion():
                facts[criterion.fact] = criterion.allowed[0]
            case YesNoCriterion():
                facts[criterion.fact] = criterion.must_be
            case MeasureCriterion():
                outputs[criterion.visit, criterion.measure, criterion.output] = _met(criterion)
    known = {"facts": facts, "outputs": outputs, "days": 14, "product": Answer.YES}
    assert all(judge(each, Known(**known)).answer is Answer.YES for each in gate.criteria)
    gone = data.draw(st.sampled_from([*facts, *outputs, "days", "product"]))
    without = {
        "facts": {key: each for key, each in facts.items() if key != gone},
        "outputs": {key: each for key, each in outputs.items() if key != gone},
        "days": None if gone == "days" else 14,
        "product": Answer.UNKNOWN if gone == "product" else Answer.YES,
    }
    answers = {judge(each, Known(**without)).answer for each in gate.criteria}
    asked = {each.kind for each in gate.criteria}
    assert Answer.NO not in answers
    assert (Answer.UNKNOWN in answers) == (gone in facts or gone in outputs or gone in asked)


def _met(criterion: MeasureCriterion) -> Output:
    row = load(criterion.measure).output(criterion.output)
    same = {"measure": criterion.measure, "edition": "any", "name": row.name, "better": row.better}
    if row.kind == "category":
        return Output(**same, kind="category", categories=row.categories, possible=(criterion.allowed[0],))
    number = Decimal(criterion.allowed[0])
    return Output(**same, kind="number", unit=row.unit, low=number, high=number)
