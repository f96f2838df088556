"""Label templates under version control: what stands on a label, and which template was in use when.

A register holds every template a site ever used with the days it was in use; a new version closes the one
before it and replaces nothing. An obsolete one stays retrievable, ten years at least (LAB-03: FACT-JACIE
D7.2.4 as cited in the requirements checklist). What a label of each use must hold (LAB-01) and which warnings
stand on it (LAB-02) are tables in ``data``, every row with its source.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import Annotated

from pydantic import Field

from myelos import tables
from myelos.acts import Code, Text
from myelos.findings import Finding, Param, Place, Refused
from myelos.shapes import read, value

KEEP_YEARS = 10
"""Years an obsolete template is kept at least after its last day in use (LAB-03)."""

_NOWHERE = Place()


class LabelUse(StrEnum):
    """What a template is for: the product, a vessel on the way to it, or a wristband and a chain's card."""

    PRODUCT = "product"
    PROCESS = "process"
    IDENTITY = "identity"


class LabelField(StrEnum):
    """What can stand on a label, or go with it."""

    CODE = "code"
    PRODUCT_TYPE = "product-type"
    EXPIRY = "expiry"
    WARNINGS = "warnings"
    ESTABLISHMENT = "establishment"
    STORAGE_TEMPERATURE = "storage-temperature"
    OTHER_WARNINGS = "other-warnings"
    INSTRUCTIONS = "instructions"


class LabelWarning(StrEnum):
    """The warnings of LAB-02."""

    AUTOLOGOUS = "autologous"
    NOT_EVALUATED = "not-evaluated"


class DonorTesting(StrEnum):
    """Whether all donor screening and testing that would apply is done."""

    ALL_DONE = "all-done"
    NOT_ALL_DONE = "not-all-done"
    UNKNOWN = "unknown"


@value
class Template:
    """One version of a template. The fields of ``on_label`` are printed in their order; those of
    ``with_label`` go on a sheet with it. Sizes in millimetres."""

    id: Code
    version: Annotated[int, Field(ge=1)]
    use: LabelUse
    on_label: tuple[LabelField, ...]
    with_label: tuple[LabelField, ...]
    width_mm: Annotated[int, Field(ge=60, le=300)]
    height_mm: Annotated[int, Field(ge=20, le=300)]
    source: Text


@value
class InUse:
    """The days a version was in use, both inclusive; ``last`` None while it still is."""

    template: Code
    version: Annotated[int, Field(ge=1)]
    first: date
    last: date | None = None

    def on(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@value
class Register:
    """Every template of a site, and when each was in use."""

    templates: tuple[Template, ...]
    in_use: tuple[InUse, ...] = ()


@cache
def required_fields() -> tuple[tuple[LabelUse, LabelField, bool], ...]:
    """LAB-01 as a table: the use, the field, and whether it must be on the label itself."""
    rows = tables.shipped("myelos.cells", "label_fields.csv", _FIELD_COLUMNS)
    return tuple((LabelUse(r["use"]), LabelField(r["field"]), r["where"] == "label") for r in rows)


@cache
def _warning_rows() -> dict[tuple[LabelWarning, DonorTesting], bool]:
    rows = tables.shipped("myelos.cells", "label_warnings.csv", _WARNING_COLUMNS)
    return {(LabelWarning(r["warning"]), DonorTesting(r["testing"])): r["printed"] == "yes" for r in rows}


_FIELD_COLUMNS = ("use", "field", "where", "source", "status", "reading")
_WARNING_COLUMNS = ("warning", "testing", "printed", "source", "status", "reading")


def warnings(testing: DonorTesting) -> tuple[LabelWarning, ...]:
    """LAB-02 as a table: the warnings a label has at this state of donor testing, in their order."""
    rows = _warning_rows()
    return tuple(warning for warning in LabelWarning if rows[warning, testing])


def shipped_templates() -> tuple[Template, ...]:
    """The templates to begin with; none is in use until a site says so."""
    text = files("myelos.cells").joinpath("data", "label_templates.toml").read_text("utf-8")
    return read(Register, tomllib.loads(text)).templates


def read_register(plain: object, place: Place = _NOWHERE) -> Register:
    """A register from plain data (TOML). Raises Refused with every fault of its shape, or of its sense."""
    register = read(Register, plain, place)
    found = check_register(register, place)
    if found:
        raise Refused(found)
    return register


def check_register(register: Register, place: Place = _NOWHERE) -> tuple[Finding, ...]:
    """Everything wrong with a register: a version twice, a field missing (LAB-01) or twice, days that end
    before they begin or overlap, days of a version that is not there."""
    return (*_template_faults(register, place), *_interval_faults(register, place))


def _template_faults(register: Register, place: Place) -> Iterator[Finding]:
    seen: set[tuple[str, int]] = set()
    for template in register.templates:
        key = (template.id, template.version)
        if key in seen:
            yield Finding("cells.template-twice", place, _named(*key))
        seen.add(key)
        yield from field_faults(template, place)


def field_faults(template: Template, place: Place = _NOWHERE) -> Iterator[Finding]:
    """The fields that LAB-01 asks for and the template lacks, and those it has twice."""
    named = _named(template.id, template.version)
    placed = (*template.on_label, *template.with_label)
    for field in sorted({each for each in placed if placed.count(each) > 1}):
        yield Finding("cells.template-field-twice", place, {**named, "field": field.value})
    for use, field, on_label in required_fields():
        if use is not template.use or field in template.on_label:
            continue
        if on_label:
            yield Finding("cells.template-field-not-on-label", place, {**named, "field": field.value})
        elif field not in template.with_label:
            yield Finding("cells.template-field-missing", place, {**named, "field": field.value})


def _interval_faults(register: Register, place: Place) -> Iterator[Finding]:
    known = {(template.id, template.version) for template in register.templates}
    for days in register.in_use:
        named = _named(days.template, days.version)
        if (days.template, days.version) not in known:
            yield Finding("cells.template-unknown", place, named)
        if days.last is not None and days.last < days.first:
            params = {**named, "first": days.first.isoformat(), "last": days.last.isoformat()}
            yield Finding("cells.template-days-reversed", place, params)
    for one, other in combinations(sorted(register.in_use, key=lambda days: days.first), 2):
        if one.template == other.template and (one.last is None or other.first <= one.last):
            params = {**_named(other.template, other.version), "other": one.version}
            yield Finding("cells.template-days-overlap", place, {**params, "first": other.first.isoformat()})


def _named(template: str, version: int) -> dict[str, Param]:
    return {"template": template, "version": version}


def template_on(register: Register, template: str, day: date, place: Place = _NOWHERE) -> Template:
    """The version in use on a civil day. Raises Refused when none is."""
    for days in register.in_use:
        if days.template == template and days.on(day):
            return template_version(register, template, days.version, place)
    params: dict[str, Param] = {"template": template, "day": day.isoformat()}
    raise Refused([Finding("cells.template-not-in-use", place, params)])


def template_version(register: Register, template: str, version: int, place: Place = _NOWHERE) -> Template:
    """A version, in use or obsolete. Raises Refused when the register has none."""
    for each in register.templates:
        if (each.id, each.version) == (template, version):
            return each
    raise Refused([Finding("cells.template-unknown", place, _named(template, version))])


def obsolete(register: Register, day: date) -> tuple[tuple[Template, tuple[InUse, ...]], ...]:
    """The versions that were in use and are no more on a civil day, each with its days of use (LAB-03)."""
    found = []
    for template in register.templates:
        days = _days_of(register, template.id, template.version)
        if days and all(each.last is not None and each.last < day for each in days):
            found.append((template, days))
    return tuple(found)


def _days_of(register: Register, template: str, version: int) -> tuple[InUse, ...]:
    return tuple(each for each in register.in_use if (each.template, each.version) == (template, version))


def put_in_use(register: Register, template: Template, day: date, place: Place = _NOWHERE) -> Register:
    """The register with a new version in use from a day on; the version before ends on the day before.

    Raises Refused when a version of that number or a higher one is there, a field is missing, or a version
    was put in use on that day or later.
    """
    found = list(field_faults(template, place))
    named = _named(template.id, template.version)
    highest = max((each.version for each in register.templates if each.id == template.id), default=0)
    if template.version <= highest:
        found.append(Finding("cells.template-version-not-new", place, {**named, "highest": highest}))
    mine = [each for each in register.in_use if each.template == template.id]
    if any(day <= each.first or (each.last is not None and day <= each.last) for each in mine):
        found.append(Finding("cells.template-day-taken", place, {**named, "day": day.isoformat()}))
    if found:
        raise Refused(found)
    closed = tuple(
        replace(each, last=day - timedelta(days=1)) if each in mine and each.last is None else each
        for each in register.in_use
    )
    fresh = InUse(template=template.id, version=template.version, first=day)
    return Register(templates=(*register.templates, template), in_use=(*closed, fresh))


def keep_until(register: Register, template: str, version: int) -> date | None:
    """The first day on which an obsolete version need no longer be kept; None while it is in use.

    A version never used need not be kept: the earliest date there is. After 29 February: 1 March.
    """
    days = _days_of(register, template, version)
    lasts = [each.last for each in days]
    if None in lasts:
        return None
    last = max((each for each in lasts if each is not None), default=None)
    if last is None:
        return date.min
    after = last + timedelta(days=1)
    if (after.month, after.day) == (2, 29):
        return date(after.year + KEEP_YEARS, 3, 1)
    return after.replace(year=after.year + KEEP_YEARS)


def forget(register: Register, template: str, version: int, day: date, place: Place = _NOWHERE) -> Register:
    """The register without a version whose time of keeping is over. Raises Refused before that (LAB-03)."""
    template_version(register, template, version, place)
    until = keep_until(register, template, version)
    if until is None or day < until:
        params = {**_named(template, version), "until": "-" if until is None else until.isoformat()}
        raise Refused([Finding("cells.template-must-be-kept", place, params)])
    gone = (template, version)
    return Register(
        templates=tuple(each for each in register.templates if (each.id, each.version) != gone),
        in_use=tuple(each for each in register.in_use if (each.template, each.version) != gone),
    )
