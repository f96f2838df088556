"""The one text of a value, and its digest: what is stored is what was hashed.

Canonical JSON as RFC 8785 has it: keys in order, no spaces, UTF-8. The encoder of the standard library
writes the same text, five times faster, where there are no fractions and all keys are ASCII; rfc8785 writes
the rest. The tests hold the two against each other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import rfc8785

GENESIS = "0" * 64
"""What the first entry follows."""

_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
_LARGEST = 2**53 - 1


def canonical(plain: Any) -> str:
    """The canonical text of plain data. Raises ValueError for what JSON cannot say (NaN, integers past 2^53)
    and TypeError for what is not plain data."""
    if _simple(plain):
        return _ENCODE(plain)
    return rfc8785.dumps(plain).decode()


def digest_of(text: str) -> str:
    """The SHA-256 of a text, as 64 hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def digest_of_stored(text: object) -> str:
    """The digest of what a database gave as a text; the empty text, which is no digest, where it is none."""
    try:
        return sha256(text.encode()).hexdigest()  # type: ignore[attr-defined]
    except (AttributeError, UnicodeEncodeError):
        return ""


def _simple(plain: Any) -> bool:
    kind = type(plain)
    if kind is str:
        return _encodes(plain)
    if plain is None or kind is bool:
        return True
    if kind is int:
        return bool(-_LARGEST <= plain <= _LARGEST)
    if isinstance(plain, Mapping):
        return all(type(key) is str and key.isascii() and _simple(each) for key, each in plain.items())
    return kind in (list, tuple) and all(map(_simple, plain))


def _encodes(text: str) -> bool:
    """Whether it is Unicode: half a surrogate pair is not."""
    if text.isascii():
        return True
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
