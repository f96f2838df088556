"""A number that knows where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the ids of the rows it rests on, and whether any of them is recalled.

    ``given`` is the condition it holds under, in words to print beside it (empty when there is none).
    ``value`` is None where the number is not available.
    """

    value: float | None
    sources: tuple[str, ...]
    recalled: bool = False
    given: str = ""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a set of numbers rests on; makes quantities of them."""

    sources: tuple[str, ...]
    recalled: bool = False
    given: str = ""

    def of(self, value: float | None) -> Quantity:
        return Quantity(value, self.sources, self.recalled, self.given)

    def __add__(self, other: Basis) -> Basis:
        """Both bases together, each source once."""
        sources = tuple(dict.fromkeys((*self.sources, *other.sources)))
        return Basis(sources, self.recalled or other.recalled, self.given or other.given)


def plain(value: object) -> object:
    """Dataclasses, mappings and sequences as the plain values JSON knows, field by field."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, frozenset):
        return sorted(str(each) for each in value)
    return value
