"""Which parts of a state a decision looks at, and whether two states are the same.

A decision about one person looks at that person and that chain, and perhaps at what is the whole trial's.
Here nothing of this is taken for granted. The maps of people and chains stop the run when another key is
asked or set; what is the trial's is closed, and whoever opens it is caught. So a decision that was made once
stands for every state that differs from it only in what was not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from immutables import Map


class Watched(Mapping[str, Any]):
    """A persistent map that stops whoever asks it for another key than those allowed."""

    def __init__(self, inner: Map[str, Any], allowed: frozenset[str]) -> None:
        self.inner, self.allowed = inner, allowed

    def _ask(self, key: str) -> None:
        if key in self.inner and key not in self.allowed:
            raise AssertionError(f"a decision about {', '.join(sorted(self.allowed))} looked at {key}")

    def __getitem__(self, key: str) -> Any:
        self._ask(key)
        return self.inner[key]

    def __contains__(self, key: object) -> bool:
        self._ask(str(key))
        return key in self.inner

    def __iter__(self) -> Iterator[str]:
        for key in self.inner:
            self._ask(key)
        return iter(self.inner)

    def __len__(self) -> int:
        return len(self.inner)

    def set(self, key: str, made: Any) -> Watched:
        self._ask(key)
        return Watched(self.inner.set(key, made), self.allowed)


class Opened(BaseException):
    """Somebody looked into what was closed."""


class Closed:
    """A value that can be passed on and kept, and not looked into but through a window: ``windows`` answers
    for a field. ``inner`` is for :func:`inner`, which may."""

    __slots__ = ("inner", "windows")

    def __init__(self, inner: Any, **windows: Callable[[], Any]) -> None:
        object.__setattr__(self, "inner", inner)
        object.__setattr__(self, "windows", windows)

    def __getattribute__(self, name: str) -> Any:
        windows = object.__getattribute__(self, "windows")
        if name in windows:
            return windows[name]()
        raise Opened(name)

    def _opened(self, *args: Any) -> Any:
        raise Opened

    __iter__ = __len__ = __contains__ = __getitem__ = __bool__ = __eq__ = __hash__ = __add__ = __radd__ = (
        _opened
    )
    __repr__ = __str__ = _opened


def inner(closed: Any) -> Any:
    """What a closed value holds; any other value itself."""
    return object.__getattribute__(closed, "inner") if type(closed) is Closed else closed


class Sameness:
    """Gives the same whole number to values that are equal throughout, and to no others.

    Values are compared by their whole structure: every field of every dataclass, every item of every map. A
    value once seen is kept, so that its parts need no second look.
    """

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._seen: dict[int, tuple[Any, Any]] = {}

    def number(self, made: Any) -> int:
        return self._numbers.setdefault(self._form(made), len(self._numbers))

    def _form(self, made: Any) -> Any:
        known = self._seen.get(id(made))
        if known is not None and known[0] is made:
            return known[1]
        if is_dataclass(made):
            parts = tuple(self._form(getattr(made, each.name)) for each in fields(made))
            form: Any = self._short((type(made), parts))
        elif isinstance(made, Mapping):
            items = frozenset((self._form(key), self._form(each)) for key, each in made.items())
            form = self._short(("map", items))
        elif isinstance(made, tuple | list):
            form = self._short(("tuple", tuple(self._form(each) for each in made)))
        elif isinstance(made, frozenset):
            return ("set", frozenset(self._form(each) for each in made))
        else:
            return (type(made), made)
        self._seen[id(made)] = (made, form)
        return form

    def _short(self, form: Any) -> tuple[str, int]:
        return ("value", self._numbers.setdefault(form, len(self._numbers)))
