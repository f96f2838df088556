"""Names and numbers as they are printed: comparators, grades, days, shares, tails."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import count

from myelos.evidence import Judgement, Quantity, Reading, Study, say_tail
from myelos.report.words import Words


def comparator(reading_or_id: Reading | str, words: Words) -> str:
    """The comparator in words; its own id where the room has no words for it."""
    name = reading_or_id if isinstance(reading_or_id, str) else reading_or_id.comparator
    return words(f"comparator.{name}") if words.has(f"comparator.{name}") else name


def short_comparator(name: str, words: Words) -> str:
    """The comparator in two or three words, for dots and panels."""
    return words(f"short.{name}") if words.has(f"short.{name}") else comparator(name, words)


def exam(reading_exam: str, index_day: float | None, words: Words) -> str:
    """The index exam in words, with the day its comparators are read for."""
    said = words(f"exam.{reading_exam}")
    return said if index_day is None else words("exam-on-day", exam=said, day=f"{index_day:.0f}")


def code(grade_code: str, words: Words) -> str:
    """A grade or a coarser code as a report gives it, in words."""
    if steps := re.fullmatch(r"improved_([1-4])_grades?", grade_code):
        return words("code.improved_by", steps=steps[1])
    if excluded := re.fullmatch(r"not_([A-E])", grade_code):
        return words("code.not", grade=excluded[1])
    if words.has(f"code.{grade_code}"):
        return words(f"code.{grade_code}")
    return grade_code.replace("_or_", f" {words('or')} ")


def number(value: float | None, digits: int = 1) -> str:
    """A number with so many digits after the point, or a dash where it is not available."""
    return "–" if value is None else f"{value:.{digits}f}"


def percent(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{100 * value:.{digits}f}\N{NO-BREAK SPACE}%"


def share(value: float | None) -> str:
    """A share in whole per cent; one above 0 that would print as 0 is shown as a bound."""
    return (
        "<\N{NO-BREAK SPACE}1\N{NO-BREAK SPACE}%"
        if value is not None and 0 < value < 0.005
        else percent(value)
    )


def round_percent(value: float | None) -> str:
    """A share as a number of per cent, with one figure after the point where the source has one."""
    return "–" if value is None else f"{100 * value:.1f}".removesuffix(".0")


def span(low: float | None, high: float | None, words: Words, digits: int = 0) -> str:
    """``3 to 11``; one number where both ends print alike, a dash where there is none."""
    if low is None or high is None:
        return "–"
    ends = number(low, digits), number(high, digits)
    return ends[0] if ends[0] == ends[1] else words("span", low=ends[0], high=ends[1])


def percent_span(low: float | None, high: float | None, words: Words) -> str:
    """Two shares as ``64.0 to 99.8``, in per cent without the sign."""
    return span(None if low is None else 100 * low, None if high is None else 100 * high, words, 1)


def tail(quantity: Quantity) -> str:
    return say_tail(quantity.value)


def unbroken(text: str) -> str:
    """The text with the space inside a bound (``< .0001``) held together."""
    return text.replace("< .", "<\N{NO-BREAK SPACE}.")


def short_tail(value: float | None) -> str:
    """A tail without its condition, for figures that carry the condition in their caption."""
    return say_tail(value).split(",")[0]


def sd(value: float) -> str:
    """A between-cohort SD: ``0``, ``.5``, ``.31``."""
    return "0" if value == 0 else f"{value:.2f}".lstrip("0").rstrip("0").rstrip(".") or "0"


def of_people(low: float | None, high: float | None, n: float | None, words: Words) -> str:
    """``12 of 13``, or ``2 to 10 of 10`` where the codes leave it open."""
    return words("of", improved=span(low, high, words), n=number(n, 0))


def given(judgement: Judgement) -> str:
    """The condition the numbers that use the split hold under; empty when there is none."""
    return next((each.expected.given for each in judgement.readings if each.expected.given), "")


def defaults(judgement: Judgement) -> list[Reading]:
    """The default readings, or all where none is marked, that have numbers."""
    told = [each for each in judgement.readings if each.expected.value is not None]
    return [each for each in told if each.default] or told


def published_bias(reading: Reading) -> tuple[str, str, str]:
    """The published odds multiplier of examiner bias, as value, low and high."""
    odds = {1 / each.size.value for each in reading.biased if "odds" in each.kind and each.size.value}
    low, value, high = (number(each, 2) for each in sorted(odds))
    return value, low, high


def slug(study: Study) -> str:
    """The study's id as a file name."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", study.id).strip("-.") or "study"


def file_names(studies: Sequence[Study]) -> list[str]:
    """A file name for each study, no two alike, also where upper and lower case are one.

    The first study of a name keeps it; a further one gets the lowest number that makes it a name of its own.
    """
    return unlike([slug(each) for each in studies])


def unlike(slugs: Sequence[str]) -> list[str]:
    """The names, no two alike: a further one of a name gets a number, as :func:`file_names` has it."""
    taken = {each.lower() for each in slugs}
    met: set[str] = set()
    found = []
    for name in slugs:
        own = name
        if name.lower() in met:
            own = next(new for n in count(2) if (new := f"{name}-{n}").lower() not in taken)
        met.add(own.lower())
        taken.add(own.lower())
        found.append(own)
    return found


def split_words(split: Mapping[str, int]) -> str:
    return " ".join(f"{n} {grade}" for grade, n in split.items())
