"""Commands as a file asks for them: read whole, with every fault of every one, before anything is asked."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myelos.cli.verifying import each_key_once
from myelos.findings import Finding, Findings, Param, Place, Refused

if TYPE_CHECKING:
    from myelos.store.requests import Request

LARGEST = 32 << 20
"""Characters a file of commands may have."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One command of a file: who does it in which role, where, is not in it or is given for all of them."""

    request: Request
    order: Any
    role: str
    site: str


def read_commands(file: Path, role: str, site: str) -> list[Asked]:
    """The commands of a file, ``-`` for standard input. ``role``, ``site``: where a command names none.

    Raises Refused with every fault of every one of them.
    """
    found, asked = Findings(), []
    plain = _list(file)
    for number, each in enumerate(plain):
        try:
            asked.append(_asked(each, Place(str(file), None, f"[{number}]"), role, site))
        except Refused as refused:
            found.extend(refused.findings)
    found.extend(_twice(plain, file))
    found.refuse_on_error()
    return asked


def _asked(plain: Any, place: Place, role: str, site: str) -> Asked:
    """One command; a fault of its frame does not hide those of what it orders."""
    from myelos.ledger import COMMAND_CATALOGUE
    from myelos.shapes import read
    from myelos.store.requests import Order, Request

    found, request, order = Findings(), None, None
    try:
        request = read(Request, plain, place)
    except Refused as refused:
        found.extend(refused.findings)
    within = Place(place.file, None, f"{place.column}.order")
    given = plain.get("order") if isinstance(plain, dict) else None
    try:
        framed = read(Order, given, within)
        record = {"name": framed.name, "version": framed.version, "data": framed.data}
        order = COMMAND_CATALOGUE.read(record, Place(place.file, None, f"{within.column}.data"))
    except Refused as refused:
        known = {each.place.column for each in found}
        found.extend(each for each in refused.findings if each.place.column not in known)
    if request is not None:
        for name, value in (("role", request.role or role), ("site", request.site or site)):
            if not value:
                found.add(Finding("shapes.missing", Place(place.file, None, f"{place.column}.{name}")))
    found.refuse_on_error()
    assert request is not None
    return Asked(request, order, request.role or role, request.site or site)


def _twice(plain: list[Any], file: Path) -> Iterator[Finding]:
    """Ids that more than one command of a file has: the second would be taken for the first, sent again."""
    ids = [each.get("id") for each in plain if isinstance(each, dict)]
    for known, count in Counter(each for each in ids if isinstance(each, str)).items():
        if count > 1:
            params: dict[str, Param] = {"id": known[:80], "count": count}
            yield Finding("cli.command-id-twice", Place(str(file)), params)


def _list(file: Path) -> list[Any]:
    try:
        if str(file) == "-":
            text = sys.stdin.read(LARGEST + 1)
        else:
            with file.open(encoding="utf-8") as source:
                text = source.read(LARGEST + 1)
        if len(text) > LARGEST:
            raise ValueError(f"it is longer than {LARGEST >> 20} million characters")
        plain = json.loads(text, object_pairs_hook=each_key_once)
    except (OSError, ValueError, RecursionError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Refused([Finding("cli.no-commands", Place(str(file)), {"why": why[:200]})]) from error
    plain = plain if isinstance(plain, list) else [plain]
    if not plain:
        raise Refused([Finding("cli.no-commands", Place(str(file)), {"why": "the list is empty"})])
    return plain
