"""Words that were erased: the state still holds the digest in their place, a page says that they are gone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from immutables import Map

from myelos.ledger.free_text import PREFIX

T = TypeVar("T")

_DIGEST = re.compile(f"{PREFIX}[0-9a-f]{{64}}")


def without_digests(state: T, word: str) -> T:
    """A state with ``word`` in place of every text that was erased, however deep it stands."""
    return _within(state, lambda text: word if _DIGEST.fullmatch(text) else text)  # type: ignore[no-any-return]


def _within(value: Any, change: Callable[[str], str]) -> Any:
    """The value with every text changed; the very same value where none is."""
    kind = type(value)
    if kind is str:
        return change(value) if value.startswith(PREFIX) else value
    if kind in _PLAIN:
        return value
    if kind is tuple:
        made = [_within(each, change) for each in value]
        return tuple(made) if any(new is not old for new, old in zip(made, value, strict=True)) else value
    if kind is not Map and not issubclass(kind, Mapping):
        return _within_fields(value, kind, change)
    changed = {key: new for key, old in value.items() if (new := _within(old, change)) is not old}
    if not changed:
        return value
    return value.update(changed) if kind is Map else {**value, **changed}


def _within_fields(value: Any, kind: type, change: Callable[[str], str]) -> Any:
    changed = {
        name: new for name in _names(kind) if (new := _within(old := getattr(value, name), change)) is not old
    }
    return replace(value, **changed) if changed else value


@cache
def _names(kind: type) -> tuple[str, ...]:
    """The fields of a value's class, none where it is no dataclass."""
    return tuple(each.name for each in fields(kind)) if is_dataclass(kind) else ()


_PLAIN = frozenset({type(None), bool, int, float, Decimal, datetime, date, timedelta})
"""What holds no text."""
