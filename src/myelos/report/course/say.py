"""The words of the pages about people in one language: this room's, the protocol's labels, the reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

from myelos.answers import Answer
from myelos.findings import Finding, Param, Phrasebook, Refused
from myelos.measures import Measure, load
from myelos.measures import shipped as shipped_measures
from myelos.protocol import Protocol
from myelos.protocol.kept_result import Result
from myelos.protocol.person_events import Reason
from myelos.protocol.trial import Words
from myelos.quantities import Amount
from myelos.safety.terms import Kind, Outcome, Procedure, Seriousness
from myelos.safety.terms import word as safety_word

BOOK = Phrasebook("myelos", "myelos.protocol", "myelos.safety", "myelos.report.course")
NONE = "–"
"""What stands where there is no value."""

_UP = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True, slots=True)
class Say:
    """Says everything in one language. Raises Refused for a language without words."""

    language: str
    protocol: Protocol

    def __post_init__(self) -> None:
        try:
            BOOK.codes(self.language)
        except KeyError:
            params: dict[str, Param] = {"language": self.language}
            raise Refused([Finding("report.no-language", params=params)]) from None

    def __call__(self, code: str, /, **params: Param) -> str:
        """The words of ``course.<code>``, filled with the parameters."""
        return BOOK.say(f"course.{code}", params, self.language)

    def word(self, code: str) -> str:
        """The word for one of a set (``state.frozen``); what stands after the point where there is none."""
        known = f"course.{code}" in BOOK.codes(self.language)
        return BOOK.say(f"course.{code}", {}, self.language) if known else code.partition(".")[2]

    def label(self, words: Words) -> str:
        """A label of the protocol."""
        return str(getattr(words, self.language, words.en))

    def term(self, term: Procedure | Kind | Seriousness | Outcome | StrEnum) -> str:
        """A term of the room about harms."""
        return BOOK.say(safety_word(term), {}, self.language)

    def answer(self, answer: Answer) -> str:
        return self(f"answer.{answer.value}")

    # Labels by id; the id itself where this edition of the protocol has none ----------

    def form(self, id_: str) -> str:
        return self._labelled(self.protocol.consents, id_)

    def gate(self, id_: str) -> str:
        return self._labelled(self.protocol.gates, id_)

    def visit(self, id_: str) -> str:
        return self._labelled(self.protocol.visits, id_)

    def fact(self, id_: str) -> str:
        return self._labelled(self.protocol.facts, id_)

    def group(self, id_: str) -> str:
        return self._labelled(self.protocol.groups, id_)

    def criterion(self, id_: str) -> str:
        return self._labelled([each for gate in self.protocol.gates for each in gate.criteria], id_)

    def specification(self, id_: str) -> str:
        product = self.protocol.product
        editions = product.editions if product else ()
        return self._labelled([row for each in reversed(editions) for row in each.specifications], id_)

    def measure(self, id_: str) -> str:
        measure = measure_of(id_)
        return id_ if measure is None else self._either(measure.label)

    def output(self, measure_id: str, name: str) -> str:
        measure = measure_of(measure_id)
        found = [each for each in measure.outputs if each.name == name] if measure else []
        return self._either(found[0].label) if found else name

    def item(self, measure_id: str, name: str) -> str:
        measure = measure_of(measure_id)
        found = [each for each in measure.items if each.id == name] if measure else []
        return self._either(found[0].label) if found else name

    def _labelled(self, rows: object, id_: str) -> str:
        for row in rows:  # type: ignore[attr-defined]
            if row.id == id_:
                return self.label(row.label)
        return id_

    def _either(self, words: object) -> str:
        return str(getattr(words, self.language, None) or words.en)  # type: ignore[attr-defined]

    # Values -----------------------------------------------------------------------------------------------

    def day(self, day: int) -> str:
        return self("day", day=day)

    def told(self, value: object) -> str:
        """What was told of a fact, or entered: yes, no, an amount, a code; not known."""
        if value is None:
            return self("answer.unknown")
        return self.word(f"answer.{value}") if isinstance(value, str) else str(value)

    def result(self, result: Result | None) -> str:
        """All that an output can be: one value, ``B or C``, ``40 to 52``; a dash where nothing is claimed."""
        if result is None:
            return NONE
        if result.possible:
            return self("or").join(self._category(each) for each in result.possible)
        if result.low is None and result.high is None:
            return NONE
        if result.low == result.high:
            return f"{result.low:f}"
        ends = ("" if each is None else f"{each:f}" for each in (result.low, result.high))
        return "–".join(ends)

    def _category(self, category: str) -> str:
        return self.word(f"answer.{category}")

    def reason(self, reason: Reason) -> str:
        """How a criterion was answered and why, in words; ids by their labels."""
        params: dict[str, Param] = dict(reason.params)
        measure, output = str(params.get("measure", "")), str(params.get("output", ""))
        named: Mapping[str, str] = {
            "criterion": self.criterion(reason.criterion),
            "measure": self.measure(measure),
            "output": self.output(measure, output),
            "visit": self.visit(str(params.get("visit", ""))),
        }
        params |= {name: text for name, text in named.items() if name in params}
        for name in ("low", "high"):
            if params.get(name) == "-":
                params[name] = "…"
        for name in ("read", "must_be"):
            if isinstance(params.get(name), str):
                params[name] = self.word(f"answer.{params[name]}") if params[name] != "-" else NONE
        return BOOK.say(reason.code, params, self.language)


@cache
def measure_of(id_: str) -> Measure | None:
    """A measure that comes with Myelos; None for a user's own."""
    return load(id_) if id_ in shipped_measures() else None


def utc(at: datetime | None) -> str:
    """An instant as it is printed, in UTC; seconds only where there are some."""
    if at is None:
        return NONE
    return at.strftime("%Y-%m-%d %H:%M:%S" if at.second else "%Y-%m-%d %H:%M")


def count(cells: int | None) -> str:
    """A number of cells, exactly, in groups of three."""
    return NONE if cells is None else f"{cells:,}"


def power(cells: float) -> str:
    """A number of cells to three figures: ``1.26 × 10⁸``."""
    figures, exponent = f"{cells:.2e}".split("e")
    return f"{figures} × 10{str(int(exponent)).translate(_UP)}" if cells >= 10_000 else f"{cells:.0f}"


def decade(exponent: int) -> str:
    return f"10{str(exponent).translate(_UP)}"


def amount(amount: Amount | str | None) -> str:
    return NONE if amount is None else str(amount)


def file_stem(code: str) -> str:
    """A code as a part of a file name."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", code).strip("-.") or "person"
