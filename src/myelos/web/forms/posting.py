"""What a browser posted, as plain data for a shape to read; every byte of it may be anything.

Nothing is mended: what cannot be read as what it should be is handed to the shape as it is, which says what
is wrong with it. Only what is left empty is left out. A time is the site's, as it was written on the form,
and is put into UTC; one that the site's clocks never showed, or showed twice, is told.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from myelos.findings import Finding, Param, Place
from myelos.web.forms.fields import Field

MOST_ROWS = 60
"""Rows of one kind on a form; 60 flasks are more than any culture here has."""

Get = Callable[[str], Sequence[str]]
"""What was posted, or is to be shown, under a name."""

Keys = Callable[[Field, tuple[str, ...]], tuple[Field, ...] | None]
"""The fields of a table whose keys are known, by the keys above it; None where they are written by hand."""

ABSENT = object()
"""What is left out."""

_NUMBER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

NOT_KNOWN, NONE_OF_THESE = "~not-known", "~none"
"""What is ticked to say that something is not known, and that nothing of a list is so."""


def row_name(name: str, number: int) -> str:
    return f"{name}[{number}]"


def key_name(name: str, key: str) -> str:
    """The name of a field of a table by a key that is known; two tables never share one."""
    return f"{name}{{{key}}}"


def free_name(name: str, number: int) -> str:
    return f"{name}+{number}"


def rows_of(get: Get, name: str, least: int) -> int:
    """How many rows there are: as the form counted them, within bounds."""
    told = _first(get, f"n:{name}")
    count = int(told) if re.fullmatch(r"\d{1,3}", told, re.ASCII) else least
    return max(least, min(count, MOST_ROWS))


def _blank(got: Any) -> bool:
    """Whether nothing was filled in, however deep."""
    if isinstance(got, dict):
        return all(map(_blank, got.values()))
    return isinstance(got, list) and not got


def _first(get: Get, name: str) -> str:
    return next(iter(get(name)), "")


@dataclass
class Posted:
    """Reads fields out of what was posted. ``zone``: of its times, None where there is none to choose.

    ``columns``: the name on the form of every key of the plain data; ``faults``: what only a form can get
    wrong, placed by those keys.
    """

    get: Get
    zone: str | None
    keys: Keys
    columns: dict[str, str] = field(default_factory=dict)
    faults: list[Finding] = field(default_factory=list)

    def data(self, fields: Sequence[Field], name: str = "d", column: str = "") -> dict[str, Any]:
        """The plain data of some fields, what is left empty left out."""
        made = {}
        for each in fields:
            key = f"{column}.{each.name}" if column else each.name
            got = self.value(each, f"{name}.{each.name}", key, ())
            if got is not ABSENT:
                made[each.name] = got
        return made

    def value(self, field: Field, name: str, column: str, above: tuple[str, ...]) -> Any:
        """The plain value of one field, :data:`ABSENT` where it is left out."""
        self.columns[column] = name
        match field.kind:
            case "part":
                got: Any = self.data(field.parts, name, column)
                return got if got or field.required else self._empty(field)
            case "rows":
                return self._rows(field, name, column)
            case "table":
                return self._table(field, name, column, above)
            case "several":
                return self._several(field, name, column)
            case "amount" | "told":
                return self._amount(field, name, column)
        written = self._text(name, column)
        if not written:
            return self._empty(field)
        read = _READERS.get(field.kind)
        return written if read is None else read(self, field, written, column)

    def tell(self, code: str, column: str, **params: Param) -> None:
        self.faults.append(Finding(f"web.{code}", Place(column=column), params))

    def _empty(self, field: Field) -> Any:
        return None if field.nullable else ABSENT

    def _text(self, name: str, column: str) -> str:
        written = _first(self.get, name).replace("\r\n", "\n")
        if _CONTROL.search(written):
            self.tell("control-character", column)
            return ""
        return written

    # Of several parts ---------------------------------------------------------------------------------------

    def _rows(self, field: Field, name: str, column: str) -> Any:
        each = field.each
        assert each is not None, "rows have what each of them is"
        made: list[Any] = []
        for number in range(rows_of(self.get, name, 0)):
            key = f"{column}[{len(made)}]"
            got = self.value(each, row_name(name, number), key, ())
            if got is ABSENT or _blank(got):
                continue  # a row that was left empty; the next one takes its key
            made.append(got)
        if made or field.required:
            return made
        return self._empty(field)

    def _table(self, field: Field, name: str, column: str, above: tuple[str, ...]) -> Any:
        made: dict[str, Any] = {}
        for key, each, at in self._by_key(field, name, column, above):
            got = self.value(each, at, f"{column}.{key}", (*above, key))
            if key in made:
                self.tell("key-twice", f"{column}.{key}", key=key[:80])
            if got is not ABSENT and not _blank(got):
                made[key] = got
        return made if made or field.required else self._empty(field)

    def _by_key(
        self, field: Field, name: str, column: str, above: tuple[str, ...]
    ) -> Iterator[tuple[str, Field, str]]:
        each = field.each
        assert each is not None, "a table has what its values are"
        known = self.keys(field, above)
        if known is not None:
            yield from ((one.name, one, key_name(name, one.name)) for one in known)
            return
        for number in range(rows_of(self.get, name, 0)):
            at = free_name(name, number)
            key = self._text(f"{at}~key", column).strip()
            if key:
                yield key, each, at

    def _several(self, field: Field, name: str, column: str) -> Any:
        ticked = [each for each in self.get(name) if each and not _CONTROL.search(each)]
        alone: dict[str, Any] = {NOT_KNOWN: None, NONE_OF_THESE: []}
        for word, meaning in alone.items():
            if word in ticked:
                if len(ticked) > 1:
                    self.tell("says-two-things", column)
                return meaning
        return ticked or ABSENT  # nothing ticked says nothing: not even that there is none

    # Amounts ------------------------------------------------------------------------------------------------

    def _amount(self, field: Field, name: str, column: str) -> Any:
        written = self._text(name, column).strip()
        unit = field.unit or self._text(f"{name}~unit", column).strip()
        word = self._text(f"{name}~word", column)
        if word and written:
            self.tell("says-two-things", column)
        if word:
            return None if word == NOT_KNOWN else word
        if not written:
            return self._empty(field) if field.kind == "amount" else ABSENT
        return f"{written} {unit}" if unit and " " not in written else written

    # Single values ------------------------------------------------------------------------------------------

    def instant(self, written: str, column: str) -> str:
        """A time of the form in UTC; what is none is left to the shape."""
        if self.zone is None or not _LOCAL.fullmatch(written):
            return written
        try:
            local = datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(self.zone))
            instant = local.astimezone(UTC)
            other = local.replace(fold=1).astimezone(UTC)
        except (ValueError, OverflowError):
            return written
        if instant.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
            self.tell("time-never-shown", column, read=written, zone=self.zone)
        elif other != instant:
            self.tell("time-shown-twice", column, read=written, zone=self.zone)
        return instant.strftime("%Y-%m-%dT%H:%M:%SZ") if instant.year >= 1000 else written


def _code(posted: Posted, field: Field, written: str, column: str) -> Any:
    return written.strip() or ABSENT


def _whole(posted: Posted, field: Field, written: str, column: str) -> Any:
    written = written.strip()
    return int(written) if _NUMBER.fullmatch(written) else written


def _instant(posted: Posted, field: Field, written: str, column: str) -> Any:
    return posted.instant(written.strip(), column)


def _flag(posted: Posted, field: Field, written: str, column: str) -> Any:
    return {"yes": True, "no": False}.get(written, written)


def _choice(posted: Posted, field: Field, written: str, column: str) -> Any:
    if written == NOT_KNOWN:
        return None
    return _whole(posted, field, written, column) if field.whole else written


def _plain(posted: Posted, field: Field, written: str, column: str) -> Any:
    """JSON, or TOML where it is none; what is neither is told with where it ends to be."""
    try:
        return json.loads(written)
    except (ValueError, RecursionError) as error:
        said = str(error)
    try:
        return tomllib.loads(written)
    except (ValueError, RecursionError) as error:
        if not written.lstrip().startswith(("{", "[")):
            said = str(error)
    posted.tell("not-plain-data", column, said=said[:200])
    return ABSENT


_READERS: dict[str, Callable[[Posted, Field, str, str], Any]] = {
    "code": _code, "zone": _code, "when": _code, "date": _code, "whole": _whole, "entered": _whole,
    "instant": _instant, "flag": _flag, "choice": _choice, "plain": _plain,
}  # fmt: skip
