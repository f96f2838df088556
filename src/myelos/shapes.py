"""Plain data (TOML, JSON) to frozen values of a declared shape, and back; every fault is a finding.

A shape is a frozen dataclass made with :func:`value`. Reading is strict: no text becomes a number, no number
a date; an unknown key, a missing one, a wrong kind, a missing unit, a naive time are all found at once, each
at its key. Events and commands name themselves and their version (:func:`named`) and are read through a
:class:`Catalogue`. pydantic does the reading: it finds all faults at once with their place.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform

from pydantic import ConfigDict, TypeAdapter, ValidationError

from myelos.findings import Finding, Param, Place, Refused

T = TypeVar("T")

_STRICT = ConfigDict(extra="forbid", strict=True, revalidate_instances="always", allow_inf_nan=False)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def value(cls: type[T]) -> type[T]:
    """A frozen dataclass with keyword fields that can be read from plain data."""
    made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
    made.__pydantic_config__ = _STRICT  # type: ignore[attr-defined]
    return made


def named(name: str, version: int = 1) -> Any:
    """For events and commands: the name and version they are kept under. Registers nothing."""

    def give(cls: type[T]) -> type[T]:
        cls.NAME = name  # type: ignore[attr-defined]
        cls.VERSION = version  # type: ignore[attr-defined]
        return cls

    return give


class Named:
    """What an event or command has besides its fields."""

    __slots__ = ()
    NAME: ClassVar[str]
    VERSION: ClassVar[int]


class Frozen:
    """What a state has besides its fields: a copy of it with some of them changed.

    For frozen dataclasses with slots, made of their fields alone. A fold copies several for every event, and
    :func:`dataclasses.replace` takes four to six times as long.
    """

    __slots__ = ()

    def but(self, **changes: Any) -> Self:
        """This value with some fields changed. Raises TypeError for what is no field of it."""
        cls = type(self)
        cls.but = _copying(cls)  # type: ignore[method-assign]
        return cls.but(self, **changes)

    def __init_subclass__(cls) -> None:
        """A class writes its own copy when it is first asked for one: an inherited one makes its parent's."""
        cls.but = Frozen.__dict__["but"]  # type: ignore[method-assign]


def _copying(cls: type[Any]) -> Any:
    """The function that copies values of ``cls``, written out field by field, as dataclasses writes its own.

    A frozen class takes no assignment, and going round that for each field is what makes a copy slow. So an
    open class of the same layout is filled, and then made the frozen one.
    """
    names = [each.name for each in fields(cls) if each.init]
    if len(names) < len(fields(cls)) or hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls.__name__} is not made of its fields alone")
    unlocked = {"__slots__": (), "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    opened = type(cls.__name__, (cls,), unlocked)
    text = [
        f"def but(self, *, {', '.join(f'{name}=_same' for name in names)}):",
        "    _new = _made(_opened)",
        *(f"    _new.{name} = self.{name} if {name} is _same else {name}" for name in names),
        "    _new.__class__ = _cls",
        "    return _new",
    ]
    known = {"_same": object(), "_made": object.__new__, "_opened": opened, "_cls": cls}
    exec("\n".join(text), known)  # noqa: S102 - nothing but the names of fields stands in it
    return known["but"]


def _adapter(shape: Any) -> TypeAdapter[Any]:
    return _made_adapter(shape)


@cache
def _made_adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def read(shape: type[T], plain: object, place: Place = Place()) -> T:  # noqa: B008
    """A value of ``shape`` from plain data. Raises :class:`~myelos.findings.Refused` with every fault.

    The place of a finding has the file of ``place`` and, as its column, the key: ``gates[1].criteria[0].of``.
    """
    try:
        text = json.dumps(plain, default=_plain_leaf)
    except (TypeError, ValueError, RecursionError) as error:
        params: dict[str, Param] = {"read": str(error), "kind": "plain data"}
        raise Refused([Finding("shapes.wrong-kind", place, params)]) from error
    try:
        return _adapter(shape).validate_json(text)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise Refused(_findings(error, shape, place, json.loads(text))) from error


def faults(made: object, place: Place = Place()) -> list[Finding]:  # noqa: B008
    """Every fault of a value built in Python, checked as if it had been read; none is an empty list."""
    try:
        _adapter(type(made)).validate_python(made, strict=True)
    except ValidationError as error:
        return _findings(error, type(made), place)
    return []


def plain(made: object) -> Any:
    """Plain data for JSON: amounts as ``40 mL``, instants with Z, enumerations by their value."""
    return _adapter(type(made)).dump_python(made, mode="json")


class Catalogue:
    """The events (or commands) of a room by name and version.

    ``read`` takes ``{"name": ..., "version": ..., "data": {...}}`` and raises Refused for a name that is not
    known, a version that is not, or data of another shape; ``write`` is its inverse.
    """

    def __init__(self, classes: Iterable[type[Any]]) -> None:
        self.classes: Mapping[tuple[str, int], type[Any]] = {(c.NAME, c.VERSION): c for c in classes}

    def read(self, record: Mapping[str, object], place: Place = Place()) -> Any:  # noqa: B008
        name, version = record.get("name"), record.get("version")
        versions = [v for n, v in self.classes if n == name]
        if not versions:
            near = difflib.get_close_matches(str(name), [n for n, _ in self.classes], 1)
            params: dict[str, Param] = {"read": str(name), "near": near[0] if near else "-"}
            raise Refused([Finding("shapes.unknown-name", place, params)])
        if isinstance(version, bool) or not isinstance(version, int) or version not in versions:
            params = {"name": str(name), "read": str(version), "known": ", ".join(map(str, sorted(versions)))}
            raise Refused([Finding("shapes.unknown-version", place, params)])
        return read(self.classes[str(name), version], record.get("data", {}), place)

    def write(self, made: Any) -> dict[str, object]:
        return {"name": made.NAME, "version": made.VERSION, "data": plain(made)}


def _plain_leaf(leaf: object) -> str:
    if isinstance(leaf, datetime | date):
        return leaf.isoformat()
    raise TypeError(f"{type(leaf).__name__}: {leaf!r}")


_CODES = {
    "missing": "shapes.missing",
    "missing_argument": "shapes.missing",
    "missing_keyword_only_argument": "shapes.missing",
    "unexpected_keyword_argument": "shapes.unknown-key",
    "extra_forbidden": "shapes.unknown-key",
    "enum": "shapes.unknown-word",
    "literal_error": "shapes.unknown-word",
    "union_tag_invalid": "shapes.unknown-word",
    "union_tag_not_found": "shapes.missing",
    "string_pattern_mismatch": "shapes.wrong-form",
    "string_too_short": "shapes.empty",
    "too_short": "shapes.empty",
}
_LIMITS = {"greater_than_equal": "ge", "greater_than": "gt", "less_than_equal": "le", "less_than": "lt"}


def _findings(error: ValidationError, shape: Any, place: Place, plain: object = None) -> list[Finding]:
    found = []
    for each in error.errors(include_url=False):
        if each["type"] == "too_short" and len(each["input"]) >= each["ctx"]["min_length"]:
            continue  # long enough, but for the rows with faults, which are told themselves
        each["loc"] = _without_kinds(each["loc"], plain)
        found.append(_finding(each, shape, place))
    return found


def _without_kinds(location: tuple[str | int, ...], plain: Any) -> tuple[str | int, ...]:
    """The way to a fault within what was read: pydantic names the ``kind`` of a table on its way, too."""
    way = []
    for number, step in enumerate(location):
        if isinstance(plain, dict) and plain.get("kind") == step and number + 1 < len(location):
            continue
        way.append(step)
        try:
            plain = plain[step]
        except (KeyError, IndexError, TypeError):
            plain = None
    return tuple(way)


def _finding(each: Any, shape: Any, place: Place) -> Finding:
    kind, context = each["type"], each.get("ctx", {})
    where = Place(place.file, place.row, _key(each["loc"], place.column))
    if kind.startswith("shapes."):
        return Finding(kind, where, {key: _param(item) for key, item in context.items()})
    if kind in _LIMITS:
        params = {"read": _param(each["input"]), "limit": _param(context[_LIMITS[kind]])}
        return Finding("shapes.out-of-range", where, params)
    code = _CODES.get(kind, "shapes.wrong-kind")
    return Finding(code, where, _params(code, each, context, shape))


def _params(code: str, each: Any, context: Any, shape: Any) -> dict[str, Param]:
    read_ = _param(each["input"])
    match code:
        case "shapes.unknown-key":
            return {"near": _nearest(shape, each["loc"])}
        case "shapes.unknown-word":
            expected = context.get("expected") or context.get("expected_tags", "")
            return {"read": _param(context.get("tag", each["input"])), "expected": str(expected)}
        case "shapes.wrong-form":
            return {"read": read_, "form": str(context.get("pattern", ""))}
        case "shapes.wrong-kind":
            return {"read": read_, "kind": each["type"].removesuffix("_type").removesuffix("_parsing")}
        case _:
            return {}


def _param(item: object) -> Param:
    if isinstance(item, bool | int | str):
        return item if not isinstance(item, str) else item[:80]
    return str(item)[:80]


def _key(location: tuple[str | int, ...], start: str | None) -> str | None:
    key = start or ""
    for part in location:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else str(part)
    return key or None


def _nearest(shape: Any, location: tuple[str | int, ...]) -> str:
    """The key of any shape inside ``shape`` that is spelt most like the one read."""
    near = difflib.get_close_matches(str(location[-1]), sorted(_made_keys(shape)), 1, cutoff=0.6)
    return near[0] if near else "-"


@cache
def _made_keys(shape: Any) -> frozenset[str]:
    """The keys of a shape and of every shape within it, read from pydantic's JSON schema."""
    schema = _adapter(shape).json_schema()
    inner = (each.get("properties", ()) for each in (schema, *schema.get("$defs", {}).values()))
    return frozenset().union(*inner)
