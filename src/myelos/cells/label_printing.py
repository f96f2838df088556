"""Printing a label: complete or not at all, read back before it counts, and of no use before a second person
held it against its template."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from myelos.acts import Act, Code, Text
from myelos.cells.datamatrix import Picture, Symbol, print_symbol
from myelos.cells.label_picture import Line, picture
from myelos.cells.label_templates import (
    DonorTesting,
    LabelField,
    LabelUse,
    Register,
    Template,
    template_on,
    warnings,
)
from myelos.cells.labels import Label, LabelKind, read_label
from myelos.findings import Finding, Param, Phrasebook, Place, Refused
from myelos.quantities import Amount, In
from myelos.shapes import value
from myelos.times import Instant, Zone, civil_date

_NOWHERE = Place()
_WORDS = Phrasebook("myelos.cells")

Language = Literal["en", "ja"]


@value
class LabelContent:
    """What is to stand on one label, or go with it. None is missing; a label with anything missing that its
    template asks for is not printed.

    ``other_warnings`` empty says that there are none. ``zone`` is where the label is read: expiry is printed
    in its time, with the offset from UTC.
    """

    label: Label
    testing: DonorTesting
    zone: Zone
    product_type: Text | None = None
    expires_at: Instant | None = None
    establishment: Text | None = None
    storage_low: Annotated[Amount, In("degC", least=None)] | None = None
    storage_high: Annotated[Amount, In("degC", least=None)] | None = None
    other_warnings: tuple[Text, ...] | None = None
    instructions: Text | None = None


@value
class PrintedLabel:
    """A label as it was printed. It is of use only when :func:`not_usable` finds nothing.

    ``svg`` is the label, ``with_it`` the lines of the sheet that goes with it.
    """

    label: Label
    template: Code
    version: int
    fields: tuple[LabelField, ...]
    language: Language
    svg: str
    with_it: tuple[str, ...]
    printed_by: Code
    printed_at: Instant
    verified_by: Code | None = None
    verified_at: Instant | None = None


def print_label(
    content: LabelContent,
    register: Register,
    template: str,
    act: Act,
    language: Language,
    render: Callable[[Symbol], Picture] = Symbol.picture,
    place: Place = _NOWHERE,
) -> PrintedLabel:
    """Print a label by the version of its template in use where and when it is printed.

    Raises Refused with everything that keeps it from being printed: no version in use, a template for another
    use, a field missing (LAB-01), an expiry that has passed, storage temperatures reversed, words that cannot
    be printed or do not fit, a symbol that does not read as the label (``render``: see ``print_symbol``).
    """
    made = template_on(register, template, civil_date(act.at, content.zone), place)
    found = [*_content_faults(content, made, act.at, place)]
    lines, with_it = _lines(content, made.on_label, language), _lines(content, made.with_label, language)
    found += _unprintable((*lines, *with_it), place)
    symbol = None
    try:
        symbol = print_symbol(content.label, render, place)
    except Refused as refused:
        found += refused.findings
    drawn = _drawn(symbol, lines, made, language) if symbol and not found else None
    if symbol and not found and drawn is None:
        found.append(Finding("cells.label-does-not-fit", place, _named(made)))
    if found or drawn is None:
        raise Refused(found)
    return PrintedLabel(
        label=content.label,
        template=made.id,
        version=made.version,
        fields=made.on_label,
        language=language,
        svg=drawn,
        with_it=tuple(line.text for line in with_it),
        printed_by=act.by,
        printed_at=act.at,
    )


def _drawn(symbol: Symbol, lines: list[Line], template: Template, language: Language) -> str | None:
    foot = _WORDS.say("cells.on-label-template", _named(template), language)
    return picture(symbol, lines, foot, template.width_mm, template.height_mm, language)


def _named(template: Template) -> dict[str, Param]:
    return {"template": template.id, "version": template.version}


def _content_faults(
    content: LabelContent, template: Template, at: datetime, place: Place
) -> Iterator[Finding]:
    is_container = content.label.kind is LabelKind.CONTAINER
    if is_container is (template.use is LabelUse.IDENTITY):
        params = {**_named(template), "label": str(content.label)}
        yield Finding("cells.template-for-another-use", place, params)
    for field in (*template.on_label, *template.with_label):
        if _missing(content, field):
            yield Finding("cells.label-field-missing", place, {**_named(template), "field": field.value})
    if content.expires_at is not None and content.expires_at <= at:
        yield Finding("cells.label-expired", place, {"read": content.expires_at.isoformat()})
    low, high = content.storage_low, content.storage_high
    if low is not None and high is not None and low > high:
        yield Finding("cells.label-storage-reversed", place, {"low": str(low), "high": str(high)})


def _missing(content: LabelContent, field: LabelField) -> bool:
    match field:
        case LabelField.CODE | LabelField.WARNINGS:
            return False  # made here, never left to be filled
        case LabelField.EXPIRY:
            return content.expires_at is None
        case LabelField.STORAGE_TEMPERATURE:
            return content.storage_low is None or content.storage_high is None
        case LabelField.OTHER_WARNINGS:
            return content.other_warnings is None
        case _:
            told = getattr(content, field.value.replace("-", "_"))
            return told is None or not told.strip()


def _lines(content: LabelContent, fields: tuple[LabelField, ...], language: Language) -> list[Line]:
    return [line for field in fields for line in _lines_of(content, field, language)]


def _lines_of(content: LabelContent, field: LabelField, language: Language) -> Iterator[Line]:
    """The lines of one field; none when it is missing."""
    if field is LabelField.CODE:
        yield Line(str(content.label), 4, bold=True, mono=True)
    elif field is LabelField.WARNINGS:
        for warning in warnings(content.testing):
            yield Line(_WORDS.say(f"cells.warning-{warning.value}", language=language), 3, bold=True)
    elif field is LabelField.OTHER_WARNINGS:
        for told in content.other_warnings or ():
            yield Line(told)
    elif not _missing(content, field):
        params = _said(content, field)
        yield Line(_WORDS.say(f"cells.on-label-{field.value}", params, language))


def _said(content: LabelContent, field: LabelField) -> dict[str, Param]:
    if field is LabelField.EXPIRY and content.expires_at is not None:
        local = content.expires_at.astimezone(ZoneInfo(content.zone))
        return {"at": f"{local:%Y-%m-%d %H:%M} (UTC{local.isoformat()[-6:]})"}
    if field is LabelField.STORAGE_TEMPERATURE:
        bounds = (content.storage_low, content.storage_high)
        low, high = (f"{each.value:f}" for each in bounds if each is not None)
        return {"low": low, "high": high}
    return {"told": getattr(content, field.value.replace("-", "_"))}


def _unprintable(lines: tuple[Line, ...], place: Place) -> list[Finding]:
    """Lines with characters that are no writing: control characters, changes of direction, halves."""
    return [
        Finding("cells.label-unprintable", place, {"n": number})
        for number, line in enumerate(lines, start=1)
        if any(
            unicodedata.category(c)[0] == "C" or unicodedata.category(c) in ("Zl", "Zp") for c in line.text
        )
    ]


def verify_label(
    printed: PrintedLabel, scanned: str, seen: tuple[LabelField, ...], act: Act, place: Place = _NOWHERE
) -> PrintedLabel:
    """The label after a second person scanned it and saw each field of its template on it, readable (LAB-04).

    Raises Refused with everything wrong: another text scanned, a field not seen, the person who printed it,
    a time before the printing, a label verified already.
    """
    found = list(_scan_faults(printed, scanned, place))
    for field in printed.fields:
        if field not in seen:
            found.append(Finding("cells.label-field-not-seen", place, {"field": field.value}))
    if act.by == printed.printed_by:
        found.append(_same_person(printed, place))
    if act.at < printed.printed_at:
        params: dict[str, Param] = {"at": act.at.isoformat(), "printed": printed.printed_at.isoformat()}
        found.append(Finding("cells.label-verified-before-print", place, params))
    if printed.verified_by is not None:
        found.append(Finding("cells.label-verified-already", place, {"by": printed.verified_by}))
    if found:
        raise Refused(found)
    return replace(printed, verified_by=act.by, verified_at=act.at)


def _scan_faults(printed: PrintedLabel, scanned: str, place: Place) -> Iterator[Finding]:
    try:
        if read_label(scanned, printed.label.kind, place) != printed.label:
            yield Finding("cells.label-another", place, {"label": str(printed.label)})
    except Refused as refused:
        yield from refused.findings


def _same_person(printed: PrintedLabel, place: Place) -> Finding:
    params: dict[str, Param] = {"by": printed.printed_by, "container": str(printed.label)}
    return Finding("cells.same-person", place, params)


def not_usable(printed: PrintedLabel, place: Place = _NOWHERE) -> tuple[Finding, ...]:
    """Why a printed label may not be put on anything; nothing is an empty tuple."""
    if printed.verified_by is None or printed.verified_at is None:
        return (Finding("cells.label-not-verified", place, {"label": str(printed.label)}),)
    return (_same_person(printed, place),) if printed.verified_by == printed.printed_by else ()
