"""Fields whose kind a table tells: the facts of a protocol, the items of a measure."""

from __future__ import annotations

from functools import cache
from typing import Any

from myelos.measures import Measure
from myelos.measures.table import Choice, Coded, IsncsciScore, Item, Measured, Whole
from myelos.protocol.trial import Fact
from myelos.web.forms.fields import Field, Option
from myelos.web.forms.posting import NOT_KNOWN

YES_NO = (Option("yes"), Option("no"))
UNKNOWN = Option(NOT_KNOWN)


def label_in(language: str, words: Any) -> str:
    """A label of a protocol or a measure."""
    return str(getattr(words, language, None) or words.en)


def fact_field(fact: Fact, language: str) -> Field:
    """What a fact takes: an amount, yes or no, one of its words; that it was asked and is not known."""
    label = label_in(language, fact.label)
    if fact.kind == "number":
        return Field(fact.id, "told", required=False, unit=fact.unit, options=(UNKNOWN,), label=label)
    allowed = YES_NO if fact.kind == "yes-no" else tuple(map(Option, fact.allowed))
    return Field(fact.id, "choice", required=False, options=(*allowed, UNKNOWN), label=label)


@cache
def item_fields(measure: Measure, language: str) -> tuple[Field, ...]:
    """The items of a measure, in the order of its form."""
    return tuple(_item_field(item, language) for item in measure.items)


def _item_field(item: Item, language: str) -> Field:
    label, takes = label_in(language, item.label), item.takes
    untested = tuple(Option(word, word) for word in item.untested)
    if isinstance(takes, Measured):
        words = (*_options(takes.words, language), *untested)
        return Field(item.id, "told", required=False, unit=takes.unit, options=words, label=label)
    if isinstance(takes, Whole):
        options = tuple(Option(str(each), str(each)) for each in takes.allowed)
        return Field(
            item.id, "choice", required=False, options=(*options, *untested), whole=True, label=label
        )
    if isinstance(takes, Coded):
        options = _options(takes.codes, language)
        return Field(item.id, "choice", required=False, options=(*options, *untested), label=label)
    if isinstance(takes, IsncsciScore):
        return Field(item.id, "line", required=False, label=label)
    return Field(item.id, "choice", required=False, options=(*YES_NO, *untested), label=label)


def _options(choices: tuple[Choice, ...], language: str) -> tuple[Option, ...]:
    return tuple(Option(each.code, label_in(language, each.label)) for each in choices)
