"""Words that were erased: the state still holds the digest in their place, a page says that they are gone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
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
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return change(value) if value.startswith(PREFIX) else value
    if isinstance(value, tuple):
        made = tuple([_within(each, change) for each in value])
        return made if any(new is not old for new, old in zip(made, value, strict=True)) else value
    if isinstance(value, Map | Mapping):
        changed = {key: new for key, old in value.items() if (new := _within(old, change)) is not old}
        if not changed:
            return value
        return value.update(changed) if isinstance(value, Map) else {**value, **changed}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            each.name: new
            for each in fields(value)
            if (new := _within(old := getattr(value, each.name), change)) is not old
        }
        return replace(value, **changed) if changed else value
    return value
