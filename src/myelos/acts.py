"""Who did it, when, as what, where and why: what every event of a trial has besides its own data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import StringConstraints

from myelos.findings import Finding, Severity
from myelos.shapes import Frozen, value
from myelos.times import Instant

_FORM = r"^[A-Za-z0-9][A-Za-z0-9._*/-]*$"
Code = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=_FORM)]
"""A code for a person, a site, an account or a thing: letters, digits and ``. _ - / *``; never a name."""


class FreeText:
    """Marks words somebody writes: they may tell of a person, so a record must be able to forget them."""


FREE_TEXT = FreeText()

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000), FREE_TEXT]
"""Words written by a person; never empty."""

Note = Annotated[str, StringConstraints(max_length=2000), FREE_TEXT]
"""Words that may be left out: nobody has to say why they withdraw."""

Term = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
"""A result, an edition, a document: text that tells of no person, and stays for ever."""


@value
class Act(Frozen):
    """One person doing something once. ``by`` is an account, ``at`` when it was *done* (UTC), ``why`` a
    reason where one is needed (corrections, decisions)."""

    by: Code
    at: Instant
    role: Code
    site: Code
    why: Note = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule says to a command: the events that follow, or every finding that forbids it.

    With an error among the findings there are no events. Warnings and notes may stand beside events.
    """

    events: tuple[Any, ...] = ()
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, events: Iterable[Any], findings: Iterable[Finding]) -> Decision:
        """The decision: the events are dropped when any finding is an error."""
        found = tuple(findings)
        forbidden = any(each.severity is Severity.ERROR for each in found)
        return cls(() if forbidden else tuple(events), found)

    @classmethod
    def refused(cls, *findings: Finding) -> Decision:
        """No events, for these reasons. Raises ValueError when none of them is an error."""
        refused = cls((), findings)
        if not refused.forbidden:
            raise ValueError("a refusal has its reason")
        return refused

    @property
    def forbidden(self) -> bool:
        return any(each.severity is Severity.ERROR for each in self.findings)
