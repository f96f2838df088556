"""A finding is anything a check has to say: a code, a place, parameters and a severity.

Codes and parameters are made where the check is; the words for them (English, Japanese) live in each
room's ``words.toml``, read by :class:`Phrasebook`. Bad data yields findings, all of them at once; a
function that cannot go on raises :class:`Refused`, which carries them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

Param = str | int | float | bool | None

LIMIT = 1000
"""How many findings a check keeps; the rest are counted."""


class Severity(enum.StrEnum):
    """How much a finding weighs: an error forbids, a warning asks, a note tells."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding was made. ``row`` counts lines of the file from 1 (the header is row 1)."""

    file: str | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        parts = (self.file, self.row and f"row {self.row}", self.column and f"column {self.column}")
        return ", ".join(str(part) for part in parts if part)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check has to say.

    ``code`` is ``room.kebab-case`` and has words in that room's ``words.toml``; ``params`` fill them.
    """

    code: str
    place: Place = Place()
    params: Mapping[str, Param] = field(default_factory=dict)
    severity: Severity = Severity.ERROR

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON: code, severity, file, row, column, params (absent parts left out)."""
        place = {"file": self.place.file, "row": self.place.row, "column": self.place.column}
        known = {key: value for key, value in place.items() if value is not None}
        return {"code": self.code, "severity": self.severity.value, **known, "params": dict(self.params)}


class Findings:
    """A growing list of findings that keeps the first ``limit`` and counts the rest.

    Memory is bounded however bad the input is.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.kept: list[Finding] = []
        self.more = 0
        self.errors = 0

    def add(self, finding: Finding) -> None:
        self.errors += finding.severity is Severity.ERROR
        if len(self.kept) < self.limit:
            self.kept.append(finding)
        else:
            self.more += 1

    def extend(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.add(finding)

    def merge(self, other: Findings) -> None:
        """Add what another list kept, and count what it had no room for."""
        self.extend(other.kept)
        self.more += other.more
        self.errors += other.errors - sum(each.severity is Severity.ERROR for each in other.kept)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.kept)

    def __len__(self) -> int:
        return len(self.kept) + self.more

    def refuse_on_error(self) -> None:
        """Raise :class:`Refused` with everything found so far if any of it is an error."""
        if self.errors:
            raise Refused(self.kept, self.more)


class Refused(ValueError):
    """Input that cannot be used. ``findings`` holds the first of them, ``more`` counts the others."""

    def __init__(self, findings: Iterable[Finding], more: int = 0) -> None:
        self.findings = tuple(findings)
        self.more = more
        super().__init__("; ".join(f"{f.place}: {f.code} {dict(f.params)}" for f in self.findings[:5]))


class Phrasebook:
    """The words for codes: ``words.toml`` of one or more rooms, one table per language.

    Raises KeyError for a code without words (a fault of ours, not of the data).
    """

    def __init__(self, *packages: str) -> None:
        self._words: dict[str, dict[str, str]] = {}
        for package in packages:
            for language, words in _words(package).items():
                self._words.setdefault(language, {}).update(words)

    def say(self, code: str, params: Mapping[str, Param] | None = None, language: str = "en") -> str:
        return self._words[language][code].format_map(dict(params or {}))

    def tell(self, finding: Finding, language: str = "en") -> str:
        """The finding as one line: where it was made, then what it says."""
        said = self.say(finding.code, finding.params, language)
        return f"{finding.place}: {said}" if str(finding.place) else said

    def codes(self, language: str = "en") -> frozenset[str]:
        return frozenset(self._words[language])


@cache
def _words(package: str) -> dict[str, dict[str, str]]:
    import tomllib  # both only where something is said: scoring starts without them
    from importlib.resources import files

    return tomllib.loads(files(package).joinpath("words.toml").read_text("utf-8"))
