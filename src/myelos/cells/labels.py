"""Labels: the code on a wristband, a chain of identity or a container; fifteen characters, the last a check.

========  ======  ====================================================================
position  length  what
========  ======  ====================================================================
1         1       the kind: P a person's wristband, I a chain of identity, C a container
2-6       5       the issuer: the registered code of a site or manufacturer, A-Z, 0-9
7-8       2       the year, its last two digits
9-14      6       a serial number within kind, issuer and year
15        1       ISO 7064 mod 37-2 check character over all before it: 0-9, A-Z, ``*``
========  ======  ====================================================================

Nothing about a person can be in it: it is counted up, and no function here is given anything of a person. It
is unique across sites because an issuer's code is registered once and an issuer never counts backwards.
Reading corrects nothing: case is not folded, blanks are not stripped, no likely character is put in place.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from immutables import Map
from pydantic_core import PydanticCustomError, core_schema
from stdnum.iso7064 import mod_37_2

from myelos.findings import Finding, Param, Place, Refused

LENGTH = 15
"""Characters of a label."""

LAST_SERIAL = 999_999
"""The highest serial number of a kind, issuer and year."""

_DIGITS = frozenset(string.digits)
_CAPITALS = frozenset(string.ascii_uppercase) | _DIGITS
_ALLOWED = (*[("A-Z, 0-9", _CAPITALS)] * 5, *[("0-9", _DIGITS)] * 8, ("A-Z, 0-9, *", _CAPITALS | {"*"}))
"""What may stand at positions 2 to 15: in words, and as a set."""

_FORM = "P, I or C; 5 of A-Z, 0-9; 8 digits; check character"
_NOWHERE = Place()


class LabelKind(StrEnum):
    """What a label is on."""

    PERSON = "P"
    CHAIN = "I"
    CONTAINER = "C"


_KINDS = frozenset(LabelKind)


@dataclass(frozen=True, slots=True)
class Label:
    """One label. ``str()`` gives its 15 characters; in plain data it is that text.

    ``year`` is 0 to 99, the year's last two digits; ``serial`` 0 to 999999. Raises ValueError for parts that
    make no label: parts that people give go through :func:`issue`, texts through :func:`read_label`.
    """

    kind: LabelKind
    issuer: str
    year: int
    serial: int

    def __post_init__(self) -> None:
        wrong = _wrong_parts(self.issuer, self.year, self.serial, _NOWHERE)
        if wrong or not isinstance(self.kind, LabelKind):
            raise ValueError(f"{self.kind!r}, {self.issuer!r}, {self.year!r}, {self.serial!r} make no label")

    def __str__(self) -> str:
        body = f"{self.kind}{self.issuer}{self.year:02d}{self.serial:06d}"
        return body + mod_37_2.calc_check_digit(body)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _from_plain,
            json_schema_input_schema=core_schema.str_schema(),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )


def _from_plain(plain: object) -> Label:
    if isinstance(plain, Label):
        return plain
    if not isinstance(plain, str):
        raise PydanticCustomError("shapes.wrong-kind", "", {"read": type(plain).__name__, "kind": "label"})
    try:
        return read_label(plain, None)
    except Refused as refused:
        params = {"read": f"{len(plain)} characters", "form": _FORM}
        raise PydanticCustomError("shapes.wrong-form", "", params) from refused


def issue(kind: LabelKind, issuer: str, year: int, serial: int, place: Place = _NOWHERE) -> Label:
    """The label of these parts. Raises Refused with every part that cannot be in one.

    >>> str(issue(LabelKind.CONTAINER, "SAPP1", 27, 69))
    'CSAPP1270000698'
    """
    if wrong := _wrong_parts(issuer, year, serial, place):
        raise Refused(wrong)
    return Label(kind, issuer, year, serial)


def _wrong_parts(issuer: object, year: object, serial: object, place: Place) -> list[Finding]:
    found: list[Finding] = []
    if not isinstance(issuer, str) or len(issuer) != 5 or not _CAPITALS.issuperset(issuer):
        found.append(Finding("cells.label-issuer", place, {"read": str(issuer)[:80]}))
    if not _whole(year, 99):
        found.append(Finding("cells.label-year", place, {"read": str(year)[:80]}))
    if not _whole(serial, LAST_SERIAL):
        found.append(Finding("cells.label-serial", place, {"read": str(serial)[:80], "last": LAST_SERIAL}))
    return found


def _whole(number: object, most: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= most


@dataclass(frozen=True, slots=True)
class Issuer:
    """Where an issuer's counting stands in a year: the last serial given, by kind (absent: none yet).

    A value: :meth:`next` gives the next label together with the issuer from which the one after it comes.
    Whoever keeps it must keep the new one before the label is used.
    """

    code: str
    year: int
    last: Map[LabelKind, int] = field(default_factory=Map)

    def next(self, kind: LabelKind, place: Place = _NOWHERE) -> tuple[Label, Issuer]:
        """The next label of a kind, and the issuer after it.

        Raises Refused when the serial numbers of the year are used up, or the code or year is none.
        """
        serial = self.last.get(kind, 0) + 1
        if serial > LAST_SERIAL:
            params: dict[str, Param] = {"kind": kind.value, "issuer": self.code, "year": self.year}
            raise Refused([Finding("cells.label-serials-used-up", place, params)])
        label = issue(kind, self.code, self.year, serial, place)
        return label, Issuer(self.code, self.year, self.last.set(kind, serial))

    def in_year(self, year: int, place: Place = _NOWHERE) -> Issuer:
        """The same issuer in a later year, counting from 1 again. Raises Refused for any other year.

        Two digits last until 2099; an issuer then needs a new code.
        """
        if not _whole(year, 99) or year <= self.year:
            params: dict[str, Param] = {"read": str(year)[:80], "last": self.year}
            raise Refused([Finding("cells.label-year-not-later", place, params)])
        return Issuer(self.code, year)


def read_label(text: str, expect: LabelKind | None, place: Place = _NOWHERE) -> Label:
    """The label that ``text`` is, exactly as it was scanned or typed. ``expect`` None takes every kind.

    Raises Refused with everything wrong: too short (a truncated scan), too long, a character that cannot
    stand at its position, a wrong check character, a label of another kind than expected, no label of ours.
    The findings never repeat what was read: a hospital's own wristband may hold a name or a birth date.
    """
    found = list(_faults(text, expect, place))
    if found:
        raise Refused(found)
    return Label(LabelKind(text[0]), text[1:6], int(text[6:8]), int(text[8:14]))


def _faults(text: str, expect: LabelKind | None, place: Place) -> Iterator[Finding]:
    length: dict[str, Param] = {"length": len(text), "needed": LENGTH}
    if len(text) < LENGTH:
        yield Finding("cells.label-too-short", place, length)
    if len(text) > LENGTH:
        yield Finding("cells.label-too-long", place, length)
    if text and text[0] not in _KINDS:
        yield Finding("cells.label-not-ours", place)
        return  # in a code of another make the positions mean something else
    wrong = list(_wrong_characters(text, place))
    yield from wrong
    if len(text) == LENGTH and not wrong and mod_37_2.checksum(text) != 1:
        yield Finding("cells.label-check", place)
    if text and expect is not None and text[0] != expect:
        yield Finding("cells.label-wrong-kind", place, {"expected": expect.value, "read": text[0]})


def _wrong_characters(text: str, place: Place) -> Iterator[Finding]:
    for position, (character, (said, allowed)) in enumerate(zip(text[1:], _ALLOWED, strict=False), start=2):
        if character not in allowed:
            yield Finding("cells.label-character", place, {"position": position, "allowed": said})
