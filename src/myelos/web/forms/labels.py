"""The words of the forms: for commands, their rooms, fields and what may be chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum

from myelos.findings import Finding
from myelos.safety import terms
from myelos.web.forms.fields import Field, Option
from myelos.web.forms.posting import NONE_OF_THESE, NOT_KNOWN
from myelos.web.say import BOOK, Say

ROOMS = ("protocol", "cells", "safety", "ledger")
"""The rooms of the commands, in the order of a trial's own day."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The words of one command's form in one language. A code without words of ours is shown as it is."""

    say: Say
    command: str = ""

    def of_command(self) -> str:
        return self._first(f"do.{self.command}") or self.command

    def of_field(self, field: Field, path: str) -> str:
        """The label of a field at its path, such as ``source.id``: the most particular words there are."""
        name = field.name
        return (
            field.label
            or self._first(f"field.{self.command}.{path}", f"field.{path}", f"field.{name}")
            or name.replace("_", " ")
        )

    def hint(self, field: Field, path: str) -> str:
        """What stands below a field; mostly nothing."""
        names = (
            f"hint.{self.command}.{path}",
            f"hint.{path}",
            f"hint.{field.name}",
            f"hint.kind-{field.kind}",
        )
        return self._first(*names)

    def of_option(self, option: Option, term: type[Enum] | None) -> str:
        if option.label:
            return option.label
        if option.code in (NOT_KNOWN, NONE_OF_THESE):
            return self.say("option.not-known" if option.code == NOT_KNOWN else "option.none-of-these")
        if term is not None and term.__module__ == terms.__name__ and issubclass(term, StrEnum):
            return self._of_safety(term, option.code)
        return self._first(f"option.{option.code}") or option.code

    def _of_safety(self, term: type[StrEnum], code: str) -> str:
        try:
            return BOOK.say(terms.word(term(code)), {}, self.say.language)
        except KeyError:
            return self._first(f"option.{code}") or code

    def told(self, finding: Finding) -> str:
        """What a finding says, without its place: that is where it stands."""
        return BOOK.say(finding.code, finding.params, self.say.language)

    def _first(self, *codes: str) -> str:
        return next((self.say(code) for code in codes if self.say.has(code)), "")


def by_room(say: Say, commands: Iterable[str]) -> Sequence[tuple[str, list[tuple[str, str]]]]:
    """Commands by their room, each with its words."""
    found: dict[str, list[tuple[str, str]]] = {room: [] for room in ROOMS}
    for each in commands:
        found.setdefault(each.partition(".")[0], []).append((each, Labels(say, each).of_command()))
    return [(say(f"commands.{room}"), listed) for room, listed in found.items() if listed]
