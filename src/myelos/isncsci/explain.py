"""Say in words why a classification came out as it did, from its stored steps alone."""

from __future__ import annotations

from functools import cache

from myelos.findings import Finding, Phrasebook
from myelos.isncsci.classification import Classification


def explain(classification: Classification, language: str = "en") -> list[str]:
    """One sentence for each step of ``classification``, in order, then one for each of its findings.

    No rule is run again: the words come from the stored codes and parameters. Raises KeyError for a
    language without words.
    """
    book = _book()
    return [_say(book, found, language) for found in (*classification.steps, *classification.findings)]


@cache
def _book() -> Phrasebook:
    return Phrasebook("myelos.isncsci")


def _say(book: Phrasebook, found: Finding, language: str) -> str:
    params = dict(found.params)
    if "side" in params:
        params["side"] = book.say(f"isncsci.side-{params['side']}", language=language)
    return book.say(found.code, params, language)
