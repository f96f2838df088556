"""The fields of a shape, read from its types: what a form asks for, so that a command can be made of it.

A field is asked in the plainest way its type allows: a code, words, a moment at the site, a number with its
unit, one of a few, a part with fields of its own, rows of parts. What has no shape of its own (``Any``) is
written as plain text, JSON or TOML, and read by the shape all the same.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import types
import typing
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from myelos.acts import Code, FreeText
from myelos.quantities import Amount, In
from myelos.safety.moments import When
from myelos.times import Zone

Kind = Literal[
    "line", "words", "code", "zone", "when", "instant", "date", "whole", "entered", "amount", "told",
    "choice", "flag", "several", "part", "rows", "table", "plain", "secret",
]  # fmt: skip
"""How a field is asked: one line; words; a code; a time zone; a moment as far as it is known; an instant; a
civil date; a whole number; what an item of a measure takes; an amount; an amount or a word; one of a few; yes
or no; any of a few; a part; rows; a table by keys; plain data; a password."""


@dataclass(frozen=True, slots=True)
class Option:
    """One of a few: its code, and its label where no words of ours say it."""

    code: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """What is asked for under one key of a shape.

    ``required``: it may not be left out. ``nullable``: left empty it is None. ``unit``: of an amount, if it
    is fixed. ``term``: the enumeration of the options. ``parts``: of a part. ``each``: a row, or the value of
    a table. ``whole``: an option that is all digits is a number. ``label``: where no words of ours say it.
    """

    name: str
    kind: Kind
    required: bool = True
    nullable: bool = False
    unit: str | None = None
    options: tuple[Option, ...] = ()
    term: type[enum.Enum] | None = None
    parts: tuple[Field, ...] = ()
    each: Field | None = None
    whole: bool = False
    label: str = ""


def fields_of(shape: Any) -> tuple[Field, ...]:
    """The fields of a shape, in its order."""
    return _fields(shape)


@cache
def _fields(shape: Any) -> tuple[Field, ...]:
    hints = typing.get_type_hints(shape, include_extras=True)
    found = []
    for each in dataclasses.fields(shape):
        required = each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
        found.append(field_of(each.name, hints[each.name], required=required))
    return tuple(found)


SAID_IN_FULL = frozenset({"several", "told"})
"""Kinds that say by an answer of their own that something is not known: left empty, they say nothing."""


def field_of(name: str, hint: Any, *, required: bool = True) -> Field:
    """The field of one key. Raises TypeError for a type that no command has had so far."""
    hint, marks, nullable = _unwrapped(hint)
    made = _kind_of(name, hint, marks)
    required = required and (not nullable or made.kind in SAID_IN_FULL)
    return dataclasses.replace(made, required=required, nullable=nullable)


def _unwrapped(hint: Any) -> tuple[Any, tuple[Any, ...], bool]:
    """A type without its marks and without None, both told beside it. A type with a name keeps its marks."""
    marks: tuple[Any, ...] = ()
    nullable = False
    while True:
        if hint in (Code, Zone, When):
            return hint, marks, nullable
        origin = get_origin(hint)
        if origin is Annotated:
            hint, *more = get_args(hint)
            marks = (*more, *marks)
        elif origin in (typing.Union, types.UnionType) and type(None) in get_args(hint):
            nullable = True
            rest = tuple(each for each in get_args(hint) if each is not type(None))
            hint = typing.Union[rest]  # noqa: UP007 - made of what was found
        else:
            return hint, marks, nullable


_NAMED: dict[Any, Kind] = {Code: "code", Zone: "zone", When: "when"}
_PLAIN: dict[Any, Kind] = {datetime: "instant", date: "date", int: "whole", bool: "flag", Any: "plain"}


def _kind_of(name: str, hint: Any, marks: tuple[Any, ...]) -> Field:
    if hint in _NAMED:
        return Field(name, _NAMED[hint])
    if hint is Amount:
        unit = next((mark.unit for mark in marks if isinstance(mark, In)), None)
        return Field(name, "amount", unit=unit)
    if hint in _PLAIN:
        return Field(name, _PLAIN[hint])
    if hint is str:
        free = any(isinstance(mark, FreeText) for mark in marks)
        return Field(name, "words" if free else "line")
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return Field(name, "part", parts=fields_of(hint))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return Field(name, "choice", options=_options(hint), term=hint)
    return _made_of_others(name, hint)


def _made_of_others(name: str, hint: Any) -> Field:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        codes = [str(getattr(each, "value", each)) for each in inner]
        term = type(inner[0]) if isinstance(inner[0], enum.Enum) else None
        return Field(name, "choice", options=tuple(map(Option, codes)), term=term)
    if origin in (typing.Union, types.UnionType):
        return _union(name, inner)
    if origin is tuple:
        return _several(name, inner[0])
    if origin is collections.abc.Mapping:
        return Field(name, "table", each=field_of("", inner[1]))
    if origin is dict:
        return Field(name, "plain")
    raise TypeError(f"{name}: no form can ask for {hint}")


def _union(name: str, inner: tuple[Any, ...]) -> Field:
    """An amount or a word; or, of an item of a measure, a number or a word."""
    bases = {_unwrapped(each)[0] for each in inner}
    if Amount in bases:
        return Field(name, "told")
    if bases == {str, int}:
        return Field(name, "entered", whole=True)
    raise TypeError(f"{name}: no form can ask for one of {inner}")


def _several(name: str, hint: Any) -> Field:
    each = field_of("", hint)
    if each.kind == "choice":
        return Field(name, "several", options=each.options, term=each.term)
    if _shapeless(each):
        return Field(name, "plain")
    return Field(name, "rows", each=each)


def _shapeless(field: Field) -> bool:
    return field.kind == "plain" or any(_shapeless(part) for part in field.parts)


def _options(of: type[enum.Enum]) -> tuple[Option, ...]:
    return tuple(Option(str(each.value)) for each in of)
