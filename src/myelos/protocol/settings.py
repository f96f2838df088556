"""What a site fills in: the limits the literature does not give, each with its value, origin and signature.

A setting has no default. Until every one is filled there are no limits, so nothing can be collected
(:func:`unsettled` says what is open, :func:`resolve` gives the limits).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import date

from myelos.acts import Code, Text
from myelos.cells.limits import Limits, Specification, SpecificationEdition
from myelos.findings import Finding, Param, Place, Refused
from myelos.protocol.trial import Bound, Product, ProductEdition, Protocol, SpecificationRow
from myelos.quantities import Amount
from myelos.shapes import value
from myelos.times import Instant

WHOLE = frozenset({"passages", "lots", "people", "segments", "grades"})
"""Units that only whole numbers of have a meaning."""

LONGEST = {unit: Amount.of(written) for unit, written in (
    ("d", "36500 d"), ("h", "876000 h"), ("min", "52560000 min"), ("s", "3153600000 s"),
)}  # fmt: skip
"""A hundred years: no length of time that a site fills in is longer."""


@value
class SettingValue:
    """What a site filled a setting with: the amount, where it comes from in words, who signed it and when."""

    value: Amount
    origin: Text
    signed_by: Code
    at: Instant


Settings = Mapping[str, SettingValue]


def unsettled(protocol: Protocol, settings: Settings) -> tuple[Finding, ...]:
    """Everything that keeps the settings from being limits: not filled, not fit (:func:`unfit`), a low limit
    above its high one. Empty when nothing does."""
    found: list[Finding] = []
    for setting in protocol.settings:
        if setting.id not in settings:
            found.append(_finding("setting-not-filled", setting.id, unit=setting.unit))
    for id_ in sorted(settings):
        found += unfit(protocol, id_, settings[id_].value)
    if not found and protocol.product is not None:
        found += _crossed(protocol.product, settings)
    return tuple(found)


def unfit(protocol: Protocol, id_: str, read: Amount) -> tuple[Finding, ...]:
    """Why an amount cannot fill the setting called ``id_``: no such setting, another unit, beyond what is
    physically possible, a part of what comes whole. Empty when it can."""
    setting = next((each for each in protocol.settings if each.id == id_), None)
    if setting is None:
        near = difflib.get_close_matches(id_, [each.id for each in protocol.settings], 1)
        return (_finding("no-such-setting", id_, near=near[0] if near else "-"),)
    if read.unit != setting.unit:
        return (_finding("setting-wrong-unit", id_, read=str(read), unit=setting.unit),)
    found = []
    most = setting.most or LONGEST.get(setting.unit)
    if (setting.least and read < setting.least) or (most and read > most):
        limits = {"least": str(setting.least or "-"), "most": str(most or "-")}
        found.append(_finding("setting-out-of-bounds", id_, read=str(read), **limits))
    if read.unit in WHOLE and read.value != int(read.value):
        found.append(_finding("setting-not-whole", id_, read=str(read)))
    return tuple(found)


def _crossed(product: Product, settings: Settings) -> Iterator[Finding]:
    pairs = [("storage", product.storage_low, product.storage_high)]
    for edition in product.editions:
        pairs += [(row.id, row.low, row.high) for row in edition.specifications if row.low and row.high]
    for of, low, high in pairs:
        least, most = amount(low, settings), amount(high, settings)
        if least > most:
            name = high.setting or low.setting or of
            yield _finding("limits-crossed", name, of=of, low=str(least), high=str(most))


def _finding(code: str, setting: str, **params: Param) -> Finding:
    return Finding(f"protocol.{code}", Place(column=f"settings.{setting}"), {"setting": setting, **params})


def amount(bound: Bound, settings: Settings) -> Amount:
    """The amount a limit of the protocol comes to. Raises KeyError while its setting is not filled."""
    if bound.amount is not None:
        return bound.amount
    assert bound.setting is not None, "a checked protocol has one of the two"
    return settings[bound.setting].value


def edition_in_force(product: Product, on: date) -> ProductEdition:
    """The last edition of the specifications whose first day has come. Raises
    :class:`~myelos.findings.Refused` when none has."""
    begun = [edition for edition in product.editions if edition.valid_from <= on]
    if not begun:
        params: dict[str, Param] = {"product": product.id, "on": on.isoformat()}
        raise Refused([Finding("protocol.no-edition-in-force", Place(column="product.editions"), params)])
    return begun[-1]


def resolve(protocol: Protocol, settings: Settings, on: date) -> Limits:
    """The limits of the cells on a civil date. Raises :class:`~myelos.findings.Refused` with everything
    :func:`unsettled` finds, or when no edition is in force; ValueError for a protocol without a product."""
    product = protocol.product
    if product is None:
        raise ValueError(f"{protocol.id} gives no cells")
    found = unsettled(protocol, settings)
    if found:
        raise Refused(found)
    return Limits(
        editions=tuple(_edition(edition, settings) for edition in product.editions),
        edition_in_force=edition_in_force(product, on).id,
        most_passages=int(amount(product.most_passages, settings).value),
        shelf_life=amount(product.shelf_life, settings),
        thaw_window=amount(product.thaw_window, settings),
        match_window=amount(product.match_window, settings),
        storage_low=amount(product.storage_low, settings),
        storage_high=amount(product.storage_high, settings),
        most_infusions=product.most_infusions,
        dose=product.dose,
        infusion=product.infusion,
        weight_age=amount(product.weight_age, settings),
        count_age=amount(product.count_age, settings),
        conditional_release=product.conditional_release,
        conditional_release_role=product.conditional_release_role,
    )


def _edition(edition: ProductEdition, settings: Settings) -> SpecificationEdition:
    rows = tuple(_specification(row, settings) for row in edition.specifications)
    return SpecificationEdition(id=edition.id, specifications=rows)


def _specification(row: SpecificationRow, settings: Settings) -> Specification:
    return Specification(
        id=row.id,
        kind=row.kind,
        low=amount(row.low, settings) if row.low else None,
        high=amount(row.high, settings) if row.high else None,
        allowed=row.allowed,
        may_be_pending=row.may_be_pending,
        source=row.source.source,
    )
