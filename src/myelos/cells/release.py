"""Release is a gate: every specification of the lot's edition present and in range, or no release."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from myelos.cells.asked import Asked, finding, shown
from myelos.cells.containers import Chain, Container, Kind, Lot, LotStatus, QuarantineReason, Result
from myelos.cells.limits import Limits, Specification
from myelos.findings import Finding, Place

Missing = tuple[Specification, ...]
Outside = tuple[tuple[Specification, Result], ...]


def _specifications(lot: Lot, limits: Limits) -> tuple[Specification, ...]:
    """Those of the edition the lot was seeded under; none when that edition is not there any more."""
    return tuple(
        row for edition in limits.editions if edition.id == lot.edition for row in edition.specifications
    )


def standing_results(chain: Chain, lot: Lot, limits: Limits) -> tuple[Missing, Outside]:
    """The specifications without a result, and the results out of range, under the lot's own edition.

    Every valid result counts: a second one in range does not undo a first one out of range. A result in range
    from a sample with an identity error fills no gap: it may be of another person's cells.
    """
    missing, outside = [], []
    for specification in _specifications(lot, limits):
        results = [each for each in lot.valid_results() if each.specification == specification.id]
        if not any(_known_origin(chain, each) for each in results):
            missing.append(specification)
        for each in results:
            if specification.unfit(each.result) is not None or not specification.met_by(each.result):
                outside.append((specification, each))
    return tuple(missing), tuple(outside)


def _known_origin(chain: Chain, result: Result) -> bool:
    return QuarantineReason.IDENTITY not in chain.containers[result.sample].quarantine


def open_bags(chain: Chain, lot: Lot) -> tuple[Container, ...]:
    """The bags of a lot that are not at their end, in the order of their labels."""
    every = (each for each in chain.containers.values() if each.lot == lot.id and each.kind is Kind.BAG)
    return tuple(sorted((each for each in every if not each.ended), key=lambda bag: bag.label))


def release_findings(
    chain: Chain, lot: Lot, limits: Limits, conditional: bool, role: str, at: datetime
) -> Iterator[Finding]:
    """Everything that forbids the release of a lot at an instant.

    ``conditional``: results that may be pending are allowed to be missing, where the protocol permits it and
    only by the role it names. A withdrawn lot can be released again once every result is in range, which is
    when the one out of range was corrected.
    """
    missing, _ = standing_results(chain, lot, limits)
    if lot.status not in (LotStatus.OPEN, LotStatus.WITHDRAWN):
        yield _of_lot("cells.lot-not-open", lot, status=lot.status.value)
    pending = [each for each in missing if conditional and each.may_be_pending]
    yield from _results(chain, lot, limits, [each.id for each in pending])
    for result in lot.valid_results():
        if result.at > at:
            yield _of_lot("cells.result-later", lot, specification=result.specification, at=shown(result.at))
    if conditional:
        yield from _conditional(lot, limits, role, bool(pending))
    if not open_bags(chain, lot):
        yield _of_lot("cells.lot-without-bag", lot)
    yield from _held_back(chain, lot, at)


def _results(chain: Chain, lot: Lot, limits: Limits, pending: list[str]) -> Iterator[Finding]:
    if not _specifications(lot, limits):
        yield _of_lot("cells.no-such-edition", lot, edition=lot.edition)
    missing, outside = standing_results(chain, lot, limits)
    for specification in missing:
        if specification.id not in pending:
            yield _of_lot("cells.result-missing", lot, specification=specification.id)
    for specification, result in outside:
        read = str(result.result)
        yield _of_lot("cells.result-outside", lot, specification=specification.id, read=read)


def _conditional(lot: Lot, limits: Limits, role: str, pending: bool) -> Iterator[Finding]:
    if not limits.conditional_release:
        yield _of_lot("cells.no-conditional-release", lot)
    elif role != limits.conditional_release_role:
        needed = str(limits.conditional_release_role)
        yield _of_lot("cells.conditional-release-role", lot, role=role, needed=needed)
    if not pending:
        yield _of_lot("cells.nothing-pending", lot)


def _held_back(chain: Chain, lot: Lot, at: datetime) -> Iterator[Finding]:
    """COC-03: whatever of the lot is held back has its disposition first, and before the release. That the
    release itself was withdrawn is lifted after it, not before."""
    for label in sorted(label for label, each in chain.containers.items() if each.lot == lot.id):
        it = chain.containers[label]
        if it.ended:
            continue
        if it.quarantine - {QuarantineReason.RELEASE_WITHDRAWN}:
            yield _of_lot("cells.lot-held-back", lot, container=label)
        if it.held_at is not None and at < it.held_at:
            yield finding("cells.before-the-last", label, at=shown(at), last=shown(it.held_at))


def released_findings(asked: Asked, bag: Container) -> Iterator[Finding]:
    """PRD-01: the lot is released and this bag with it, and its results, looked at again, are all there and
    all in range."""
    chain, lot = asked.chain, asked.chain.lot_of(bag)
    if lot is None or not lot.released:
        status = lot.status.value if lot else "-"
        yield finding("cells.not-released", bag.label, lot=str(bag.lot), status=status)
        return
    if lot.released_at is not None and asked.act.at < lot.released_at:
        yield finding("cells.released-later", bag.label, lot=lot.id, at=shown(lot.released_at))
    if not _released_with(chain, lot, bag):
        yield finding("cells.not-among-released", bag.label, lot=lot.id)
    if asked.limits is not None:
        yield from _results(chain, lot, asked.limits, list(lot.pending))


def result_findings(lot: Lot, limits: Limits, specification: str, result: Any) -> Iterator[Finding]:
    """Why a result cannot be recorded: no such specification in the lot's edition, or not of its kind."""
    known = {each.id: each for each in _specifications(lot, limits)}
    if not known:
        yield _of_lot("cells.no-such-edition", lot, edition=lot.edition)
    elif specification not in known:
        read = {"read": specification, "known": ", ".join(sorted(known))}
        yield _of_lot("cells.unknown-specification", lot, **read)
    elif (unfit := known[specification].unfit(result)) is not None:
        yield unfit


def out_of_range(lot: Lot, limits: Limits, specification: str, result: Any) -> bool:
    """Whether a fitting result is out of the range of the lot's edition."""
    (known,) = (each for each in _specifications(lot, limits) if each.id == specification)
    return not known.met_by(result)


def usable_lots(chain: Chain) -> tuple[str, ...]:
    """The released lots that can still reach the person: one of their bags is open and not held back."""
    return tuple(sorted(lot.id for lot in chain.lots.values() if lot.released and _usable(chain, lot)))


def _usable(chain: Chain, lot: Lot) -> bool:
    free = (bag for bag in open_bags(chain, lot) if not bag.quarantine)
    return any(_released_with(chain, lot, bag) for bag in free)


def _released_with(chain: Chain, lot: Lot, bag: Container) -> bool:
    """The bag, or one that it was repacked from, is among those released."""
    return not {bag.label, *chain.ancestors(bag.label)}.isdisjoint(lot.bags)


def _of_lot(code: str, lot: Lot, **params: Any) -> Finding:
    return Finding(code, Place(), {"lot": lot.id, **params})
