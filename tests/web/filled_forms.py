"""A form as somebody fills it in: plain data of a command, as the names and values that a browser posts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from myelos.quantities import UNITS
from myelos.shapes import plain
from myelos.web.forms.fields import Field, fields_of
from myelos.web.forms.posting import NONE_OF_THESE, NOT_KNOWN, Keys, free_name, key_name, row_name

_SIMPLE: dict[str, Callable[[Any], str]] = {
    "plain": json.dumps,
    "flag": lambda value: "yes" if value else "no",
    "instant": lambda value: (value or "").removesuffix("Z"),
}
AMOUNT = re.compile(r"(\S+) (\S+)")
Sent = dict[str, list[str]]


def filled(order: Any, keys: Keys = lambda field, above: None) -> Sent:
    """Everything a browser posts for a command, its times in UTC."""
    sent: Sent = {"act.zone": ["UTC"], "record": ["yes"], "id": ["made-up-1"]}
    _data(fields_of(type(order)), plain(order), "d", sent, keys)
    return sent


def _data(fields: Sequence[Field], data: Mapping[str, Any], name: str, sent: Sent, keys: Keys) -> None:
    for each in fields:
        if each.name in data:
            _one(each, data[each.name], f"{name}.{each.name}", sent, keys, ())


def _one(field: Field, value: Any, name: str, sent: Sent, keys: Keys, above: tuple[str, ...]) -> None:
    if field.kind in _SIMPLE:
        sent[name] = [_SIMPLE[field.kind](value)]
        return
    match field.kind:
        case "part":
            _data(field.parts, value, name, sent, keys)
        case "rows":
            sent[f"n:{name}"] = [str(len(value))]
            for number, row in enumerate(value):
                assert field.each
                _one(field.each, row, row_name(name, number), sent, keys, above)
        case "table":
            _table(field, value, name, sent, keys, above)
        case "several":
            sent[name] = [NOT_KNOWN] if value is None else list(value) or [NONE_OF_THESE]
        case "amount" | "told" if value is not None:
            _amount(field, str(value), name, sent)
        case "told":
            sent[f"{name}~word"] = [NOT_KNOWN]
        case "choice" if value is None:
            sent[name] = [NOT_KNOWN]
        case _:
            sent[name] = ["" if value is None else str(value)]


def _amount(field: Field, value: str, name: str, sent: Sent) -> None:
    found = AMOUNT.fullmatch(value)
    if found and found[2] in UNITS:
        sent[name] = [found[1]]
        sent[f"{name}~unit"] = [found[2]]
    elif field.options:
        sent[f"{name}~word"] = [value]
    else:
        sent[name] = [value]


def _table(
    field: Field, value: Mapping[str, Any], name: str, sent: Sent, keys: Keys, above: tuple[str, ...]
) -> None:
    known = keys(field, above)
    if known is not None:
        by_name = {each.name: each for each in known}
        for key, item in value.items():
            _one(by_name[key], item, key_name(name, key), sent, keys, (*above, key))
        return
    sent[f"n:{name}"] = [str(len(value))]
    for number, (key, item) in enumerate(value.items()):
        assert field.each
        sent[f"{free_name(name, number)}~key"] = [key]
        _one(field.each, item, free_name(name, number), sent, keys, (*above, key))
