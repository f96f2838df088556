"""Words somebody wrote stay out of the chain: it holds a salted digest, the words lie beside it and can go.

A person may ask to be forgotten, and a chain cannot forget. So every field marked
:class:`~myelos.acts.FreeText` is chained as ``salted:`` and the SHA-256 of a random salt and the words;
erasing words and salt leaves the chain as it was, and nobody can find the words by guessing.
"""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from functools import cache
from hashlib import sha256
from typing import Annotated, Any, Union

from myelos.acts import FREE_TEXT

Salt = Callable[[], bytes]
"""Gives 16 fresh random bytes, from outside this room."""

PREFIX = "salted:"
_SAID = re.compile(r'(?<=":)"(salted:[0-9a-f]{64})"')
"""A reference that stands for words. One in a list does not: the entry of an erasure names what it erased."""
SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Words:
    """Words that lie beside the chain under their ``reference``, until they are erased."""

    reference: str
    salt: bytes
    text: str

    @property
    def authentic(self) -> bool:
        """Whether the words are those the chain was given."""
        return reference(self.salt, self.text) == self.reference


def reference(salt: bytes, text: str) -> str:
    """What the chain holds in place of words."""
    return PREFIX + sha256(salt + text.encode("utf-8", "surrogatepass")).hexdigest()


def hide(shape: type, plain: Any, salt: Salt) -> tuple[Any, tuple[Words, ...]]:
    """The plain data of a value of ``shape`` with every free text replaced, and the words replaced.

    Nothing is put in the place of an empty text, which tells nothing.
    """
    hidden: list[Words] = []
    for path in paths(shape):
        plain = _hide(plain, path, salt, hidden)
    return plain, tuple(hidden)


def hide_one(text: str, salt: Salt) -> tuple[str, tuple[Words, ...]]:
    """One text replaced, and its words; an empty one stays."""
    if not text:
        return text, ()
    fresh = salt()
    if len(fresh) < SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(fresh)}")
    words = Words(reference(fresh, text), fresh, text)
    return words.reference, (words,)


def references(text: str) -> tuple[str, ...]:
    """Every reference that stands for words in the text of an entry, in order."""
    return tuple(_SAID.findall(text)) if PREFIX in text else ()


def reveal(text: str, words: Mapping[str, str]) -> str:
    """The text of an entry with words in place of references; a reference whose words are gone stays."""
    if PREFIX not in text:
        return text

    def said(match: re.Match[str]) -> str:
        found = words.get(match[1])
        return match[0] if found is None else json.dumps(found)

    return _SAID.sub(said, text)


_EACH = "*"
"""A step of a path into every item of a list, or every value of a table."""

Path = tuple[str, ...]


@cache
def paths(shape: type) -> tuple[Path, ...]:
    """The way to every free text within a shape, by key; ``*`` stands for each item of a list or table."""
    return tuple(dict.fromkeys(_paths(shape)))


def _paths(shape: Any) -> Iterator[Path]:
    if typing.get_origin(shape) is Annotated:
        if FREE_TEXT in shape.__metadata__:
            yield ()
        yield from _paths(shape.__origin__)
        return
    if is_dataclass(shape):
        for name, hint in typing.get_type_hints(shape, include_extras=True).items():
            yield from ((name, *rest) for rest in _paths(hint))
        return
    arguments = typing.get_args(shape)
    if typing.get_origin(shape) in (Union, types.UnionType):
        for each in arguments:
            yield from _paths(each)
    elif arguments:
        for each in arguments:
            yield from ((_EACH, *rest) for rest in _paths(each))


def _hide(plain: Any, path: Path, salt: Salt, hidden: list[Words]) -> Any:
    if not path:
        if not isinstance(plain, str):
            return plain
        said, words = hide_one(plain, salt)
        hidden += words
        return said
    step, *rest = path
    if isinstance(plain, list) and step == _EACH:
        return [_hide(each, tuple(rest), salt, hidden) for each in plain]
    if isinstance(plain, dict) and step == _EACH:
        return {key: _hide(each, tuple(rest), salt, hidden) for key, each in plain.items()}
    if isinstance(plain, dict) and step in plain:
        return {**plain, step: _hide(plain[step], tuple(rest), salt, hidden)}
    return plain
