"""Plain sentences: what they claim, what they never say, and how chances are printed."""

import math
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.naive import judged, study_text, written
from tests.house.test_words import offences

from myelos.evidence import Comparator, Judgement, judge, load_study, say_tail, shipped_studies
from myelos.evidence.judgement import Sentence
from myelos.findings import Finding
from myelos.report.words import BOOK

CONDITION = "given the recalled split"


def said(sentence: Sentence) -> str:
    return BOOK.say(sentence.code, sentence.params)


def findings(judgement: Judgement) -> Iterable[Finding]:
    yield from judgement.findings
    for reading in (*judgement.readings, *judgement.stricter):
        yield from reading.findings


def codes(name: str, part: str) -> list[str]:
    return [each.code.partition(".")[2] for each in judged(name).sentences if each.part == part]


def test_the_first_sentence_claims_12_of_13_only() -> None:
    """No grade, no split, no chance, no share: what was counted and nothing else."""
    first = judged("honmou-2021").sentences[0]
    assert (first.part, dict(first.params)) == ("observed", {"improved": 12, "n": 13})
    assert said(first) == "12 of 13 people improved by at least one AIS grade."


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_studies())
def test_everything_said_of_a_study_can_be_said_and_claims_no_more_than_it_bears(name: str) -> None:
    """Every sentence and finding of every arm has its words and parameters, and no forbidden word."""
    judgement = judged(name)
    texts = [said(each) for each in judgement.sentences] + [BOOK.tell(each) for each in findings(judgement)]
    assert [text for text in texts if re.search(r"[{}]|None|nan|inf\b", text)] == []
    assert [text for text in texts if offences(text)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_studies())
def test_every_study_is_told_what_was_seen_and_what_would_settle_it(name: str) -> None:
    """No part of the page is empty: observed, bears, cannot, settle."""
    assert all(codes(name, part) for part in ("observed", "bears", "cannot", "settle"))


def test_sentences_with_numbers_of_the_recalled_split_say_so() -> None:
    """Whatever is said beyond 12 of 13, its interval and its range over splits carries the condition."""
    free = {"observed", "observed-interval", "cannot-split", "cannot-harm"}
    for each in judged("honmou-2021").sentences:
        code = each.code.partition(".")[2]
        if each.params and code not in free:
            assert CONDITION in said(each), code


@pytest.mark.parametrize(
    ("name", "part", "code", "there"),
    [
        ("honmou-2021", "cannot", "cannot-index", True),
        ("inspire-2019", "cannot", "cannot-index", False),
        ("honmou-2021", "cannot", "cannot-split", True),
        ("inspire-2019", "cannot", "cannot-split", False),
        ("honmou-2021", "cannot", "cannot-examiner", True),
        ("honmou-2021", "cannot", "cannot-c-to-d", True),
        ("inspire-2019", "cannot", "cannot-c-to-d", False),
        ("bydon-2024", "bears", "no-reading", True),
        ("honmou-2021", "settle", "settle-publish", True),
    ],
)
def test_a_sentence_is_there_where_it_holds(name: str, part: str, code: str, there: bool) -> None:
    """What is known is not called unknown, and what is unknown is not passed over."""
    assert (code in codes(name, part)) is there


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_studies())
def test_an_index_exam_is_called_unknown_exactly_where_it_is(name: str) -> None:
    """The finding for every such study; the sentence where an expected number hangs on it."""
    judgement, unknown = judged(name), not load_study(name).index_known
    told = any(each.expected.value is not None for each in judgement.readings)
    assert ("evidence.index-unknown" in {each.code for each in judgement.findings}) is unknown
    assert ("cannot-index" in codes(name, "cannot")) is (unknown and told)


@pytest.mark.parametrize("name", ["honmou-2021", "inspire-2019", "kansai-first-case-2006"])
def test_what_would_be_no_surprise_spans_every_reading(name: str) -> None:
    """The expected people and the interval said are the outermost of the readings, none left out."""
    judgement = judged(name)
    (said_,) = (each.params for each in judgement.sentences if each.code.startswith("evidence.expected"))
    expected = [each.expected.value or 0 for each in judgement.readings]
    shifted = [each.predictions[1] for each in judgement.readings]
    assert {each.shift_sd for each in shifted} == {0.5}
    assert (said_["least"], said_["most"]) == (f"{min(expected):.1f}", f"{max(expected):.1f}")
    assert said_["low"] == min(each.low.value or 0 for each in shifted)
    assert said_["high"] == max(each.high.value or 0 for each in shifted)


def test_a_study_that_counts_no_grade_says_only_its_range(tmp_path: Path) -> None:
    """Where the split is open no expected number, no bias and no chance but the range is said."""
    study = load_study(written(tmp_path, study_text({("A_or_B", "improved_ge1"): 3, ("A", "A"): 1})))
    bears = [each for each in judge(study).sentences if each.part == "bears"]
    assert [each.code for each in bears] == ["evidence.split-needed"]
    assert set(bears[0].params) == {"low", "high"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "code", "words"),
    [
        (0.0, "bias-share", "no raising of everyone's odds is enough, not even 1,000,000 times"),
        (1e-9, "bias-share", "no raising of everyone's odds is enough, not even 1,000,000 times"),
        (1.8e-7, "bias-range-open", "under the others no factor up to 1,000,000 is enough"),
        (0.01, "bias-range", " to 18.6 times, to explain the result alone"),
    ],
)
def test_a_multiplier_that_does_not_exist_is_not_printed(
    tmp_path: Path, rate: float, code: str, words: str
) -> None:
    """Where a rate is (nearly) 0 no odds multiplier is enough, and the sentence says so in words.

    By hand for .01 and 2 of 2: the chance is .025 at a rate of .1581, whose odds are 18.6 times those of .01.
    """
    study = load_study(written(tmp_path, study_text({("A", "B"): 2})))
    judgement = judge(study, [Comparator.given(A=rate)])
    texts = {each.code: said(each) for each in judgement.sentences}
    assert [text for text in texts.values() if re.search(r"\binf\b|None", text)] == []
    assert [each for each in texts if ".bias" in each] == [f"evidence.{code}"]
    assert words in texts[f"evidence.{code}"]


@pytest.mark.parametrize("name", ["honmou-2021", "inspire-2019", "pal-2009"])
def test_no_harm_in_n_people_still_allows_some(name: str) -> None:
    """0 of n: one-sided 95 % upper limit 1 - .05^(1/n); for 13 people 21 % (issue)."""
    observed = judged(name).observed
    assert observed.harm_upper_limit.value == pytest.approx(1 - 0.05 ** (1 / observed.n), rel=1e-9)
    if name == "honmou-2021":
        assert f"{100 * (observed.harm_upper_limit.value or 0):.0f}" == "21"


@given(st.floats(0, 1) | st.floats(0, 0.002))
def test_a_chance_is_never_printed_finer_than_a_comparator_is_known(value: float) -> None:
    """Below .0001 a bound with its condition, near 1 a bound; else within half a unit of its last figure."""
    text = say_tail(value)
    if value < 0.0001:
        assert text == "< .0001, if the comparator is right"
    elif value > 0.995:
        assert text == "> .99"
    else:
        assert re.fullmatch(r"\.\d{2,4}", text)
        assert abs(float(text) - value) <= 0.5 * 10.0 ** (1 - len(text)) + 1e-12
        assert 0 < float(text) < 1


@given(st.floats(0.0001, 0.995), st.floats(0.0001, 0.995))
def test_a_larger_chance_never_prints_smaller(one: float, other: float) -> None:
    """Rounding keeps the order."""
    low, high = sorted((one, other))
    assert float(say_tail(low)) <= float(say_tail(high))


def test_a_chance_that_rises_by_the_least_step_never_prints_smaller() -> None:
    """At every half of a last figure, where rounding turns, and one float to either side of it."""
    turns = [place / 20000 for place in range(2, 19901)]
    near = [each for turn in turns for each in (math.nextafter(turn, 0), turn, math.nextafter(turn, 1))]
    printed = [float(say_tail(each)) for each in near if 0.0001 <= each <= 0.995]
    assert printed == sorted(printed)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "< .0001, if the comparator is right"), (0.0000999, "< .0001, if the comparator is right"),
     (0.0001, ".0001"), (5.37e-4, ".0005"), (4.91e-3, ".0049"), (0.011, ".011"), (0.0949, ".095"),
     (0.095, ".10"), (0.317, ".32"), (0.995, ".99"), (0.9951, "> .99"), (1.0, "> .99"),
     (0.0095, ".0095"), (0.00951, ".010"), (0.00949, ".0095"), (0.0099, ".010")],
)  # fmt: skip
def test_a_chance_is_printed_so_at_the_seams(value: float, text: str) -> None:
    """Where the number of figures changes; .0095 must not print below .00949, which prints .0095."""
    assert say_tail(value) == text


def test_a_chance_that_is_not_available_says_so() -> None:
    """No number is made up where there is none."""
    assert say_tail(None) == "not available"
