"""A form as its template draws it: every field with its words, what it holds, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from myelos.web.forms.fields import Field, Option
from myelos.web.forms.known import Known
from myelos.web.forms.labels import Labels
from myelos.web.forms.posting import (
    MOST_ROWS,
    NONE_OF_THESE,
    NOT_KNOWN,
    Get,
    Keys,
    free_name,
    key_name,
    row_name,
    rows_of,
)

MOST_CHIPS, WIDEST_CHIPS = 13, 72
"""Options that stand side by side, and letters of all their labels; more of them are a list to open."""

YES, NO = "yes", "no"


@dataclass(slots=True)
class Shown:
    """One field. ``told``: what is wrong with it. ``parts``: of a part, a row or a table; ``key``: of a row
    of a table. ``more``: the name that one more row is asked for by."""

    draw: str
    name: str
    label: str
    hint: str = ""
    required: bool = False
    value: str = ""
    unit: str = ""
    units: tuple[str, ...] = ()
    options: list[tuple[str, str, bool]] = field(default_factory=list)
    offered: str = ""
    told: tuple[str, ...] = ()
    parts: list[Shown] = field(default_factory=list)
    key: Shown | None = None
    rows: int = 0
    more: bool = False

    @property
    def described(self) -> str:
        """The ids of what describes it."""
        ids = ([f"{self.name}~hint"] if self.hint else []) + ([f"{self.name}~told"] if self.told else [])
        return " ".join(ids)


@dataclass
class Drawing:
    """Draws fields. ``get``: what they hold; ``told``: what is wrong, by name; ``more``: one more row of.

    ``lists``: the codes offered, each list once for all fields that offer it.
    """

    known: Known
    labels: Labels
    get: Get
    keys: Keys
    told: Mapping[str, Sequence[str]] = field(default_factory=dict)
    more: str = ""
    lists: dict[str, tuple[Option, ...]] = field(default_factory=dict)

    def draw(self, fields: Iterable[Field], name: str = "d", path: str = "") -> list[Shown]:
        return [
            self.one(each, f"{name}.{each.name}", f"{path}.{each.name}" if path else each.name, ())
            for each in fields
        ]

    def one(self, field: Field, name: str, path: str, above: tuple[str, ...]) -> Shown:
        """One field at its name and its path through the shape."""
        shown = Shown(
            draw=_DRAWN.get(field.kind, field.kind),
            name=name,
            label=self.labels.of_field(field, path),
            hint="" if field.label else self.labels.hint(field, path),
            required=field.required,
            value=self._first(name),
            unit=field.unit or "",
            told=tuple(self.told.get(name, ())),
        )
        match field.kind:
            case "part":
                shown.parts = self.draw(field.parts, name, path)
            case "rows":
                self._rows(shown, field, path, above)
            case "table":
                self._table(shown, field, path, above)
            case "several":
                shown.options = self._ticked(field, name)
            case "amount" | "told":
                self._amount(shown, field)
            case "flag":
                shown.options = self._options(shown, (Option(YES), Option(NO)), field)
                shown.draw = "chips"
            case _:
                self._one_of(shown, field)
        return shown

    def _first(self, name: str) -> str:
        return next(iter(self.get(name)), "")

    # One of a few -------------------------------------------------------------------------------------------

    def _one_of(self, shown: Shown, field: Field) -> None:
        choices = self.known.choices(field)
        if choices:
            shown.options = self._options(shown, choices, field)
            shown.draw = "chips" if field.kind == "choice" and _side_by_side(shown.options) else "select"
            return
        offered = self.known.offered(field)
        if offered:
            shown.offered = f"list-{field.name or shown.name}"
            self.lists[shown.offered] = offered

    def _options(self, shown: Shown, choices: Iterable[Option], field: Field) -> list[tuple[str, str, bool]]:
        found = [
            (each.code, self.labels.of_option(each, field.term), each.code == shown.value) for each in choices
        ]
        if shown.value and not any(chosen for *_, chosen in found):
            found.append((shown.value, shown.value, True))  # whatever it is, it is shown as it was sent
        return found

    def _ticked(self, field: Field, name: str) -> list[tuple[str, str, bool]]:
        ticked = set(self.get(name))
        alone = [Option(NONE_OF_THESE), *([Option(NOT_KNOWN)] if field.nullable else [])]
        return [
            (each.code, self.labels.of_option(each, field.term), each.code in ticked)
            for each in (*field.options, *alone)
        ]

    def _amount(self, shown: Shown, field: Field) -> None:
        if field.unit is None:
            shown.units = ("", *self.known.units()) if field.kind == "told" else self.known.units()
            shown.unit = self._first(f"{shown.name}~unit") or (
                shown.units[0] if len(shown.units) == 1 else ""
            )
        words = field.options or ((Option(NOT_KNOWN),) if field.kind == "told" and field.nullable else ())
        word = self._first(f"{shown.name}~word")
        shown.options = [
            (each.code, self.labels.of_option(each, field.term), each.code == word) for each in words
        ]

    # Rows and tables ----------------------------------------------------------------------------------------

    def _count(self, shown: Shown, least: int) -> int:
        count = rows_of(self.get, shown.name, least)
        return min(count + (self.more == shown.name), MOST_ROWS)

    def _rows(self, shown: Shown, field: Field, path: str, above: tuple[str, ...]) -> None:
        each = field.each
        assert each is not None, "rows have what each of them is"
        shown.rows = self._count(shown, 1 if field.required else 0)
        shown.more = shown.rows < MOST_ROWS
        for number in range(shown.rows):
            row = self.one(each, row_name(shown.name, number), path, above)
            row.label = f"{shown.label} {number + 1}"
            shown.parts.append(row)

    def _table(self, shown: Shown, field: Field, path: str, above: tuple[str, ...]) -> None:
        known = self.keys(field, above)
        if known is not None:
            shown.parts = [
                self.one(each, key_name(shown.name, each.name), path, (*above, each.name)) for each in known
            ]
            return
        each = field.each
        assert each is not None, "a table has what its values are"
        shown.rows = self._count(shown, 1)
        shown.more = shown.rows < MOST_ROWS
        for number in range(shown.rows):
            shown.parts.append(self._by_key(each, free_name(shown.name, number), path, above))

    def _by_key(self, each: Field, name: str, path: str, above: tuple[str, ...]) -> Shown:
        asked = Field(_KEYS[len(above)] if path.startswith("measures") else "key", "code")
        key = self.one(asked, f"{name}~key", asked.name, ())
        row = self.one(each, name, path, (*above, self._first(f"{name}~key")))
        row.label, row.key = "", key
        return row


_DRAWN = {
    "code": "line",
    "zone": "line",
    "when": "line",
    "entered": "line",
    "whole": "number",
    "plain": "plain",
}
_KEYS = ("measure", "item")
"""What the keys of the measures of an examination are, from the outside in."""


def _side_by_side(options: list[tuple[str, str, bool]]) -> bool:
    width = sum(
        len(label.encode("utf-8")) // (2 if not label.isascii() else 1) + 1 for _, label, _ in options
    )
    return len(options) <= MOST_CHIPS and width <= WIDEST_CHIPS


def summary(shown: Iterable[Shown]) -> Iterator[tuple[str, str, str]]:
    """Everything that is wrong, in the order of the form: the name of the field, its label, and what."""
    for each in shown:
        yield from ((each.name, each.label, told) for told in each.told)
        if each.key is not None:
            yield from summary([each.key])
        yield from summary(each.parts)
