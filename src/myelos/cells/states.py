"""The table of (state, event): what may happen to which kind of container in which state, and what follows.

A row is asked for by the event and the part a container plays in it. What is not in the table is refused.
``after`` None leaves the state as it was; a source that is not used up keeps its state.
"""

from __future__ import annotations

from dataclasses import dataclass

from myelos.cells.containers import Kind, State

K, S = Kind, State
LIQUID = frozenset({K.BLOOD, K.SERUM, K.MARROW, K.SUSPENSION, K.BAG})
COLD = frozenset({S.STORED, S.PACKED, S.DELIVERED})
CARRIED = frozenset({S.COLLECTED, S.HELD, S.FROZEN, S.STORED, S.PACKED, S.DELIVERED, S.THAWED})


@dataclass(frozen=True, slots=True)
class Step:
    """One row: ``event`` and ``part``, the kinds and states it is allowed for, the state that follows, and
    the guards (functions of ``gates``, by name) that are asked besides."""

    event: str
    part: str
    kinds: frozenset[Kind]
    before: frozenset[State]
    after: State | None
    guards: tuple[str, ...] = ()


def _row(
    event: str,
    part: str,
    kinds: frozenset[Kind] | set[Kind],
    before: frozenset[State] | set[State],
    after: State | None,
    *guards: str,
) -> Step:
    return Step(event, part, frozenset(kinds), frozenset(before), after, guards)


_ANY = frozenset(Kind)
_OPEN = frozenset(State) - {S.EMPTIED, S.TESTED, S.INFUSED, S.DISCARDED, S.SPOILED}

STEPS = (
    _row("label-verified", "it", _ANY, {S.PRINTED}, S.LABELLED, "another_person"),
    _row("collected", "target", {K.BLOOD, K.MARROW}, {S.LABELLED}, S.COLLECTED, "own_wristband"),
    _row("handed-over", "it", LIQUID | {K.SAMPLE}, CARRIED, None, "custody", "cold_is_measured"),
    _row("received-material", "it", {K.BLOOD, K.MARROW}, {S.COLLECTED}, S.HELD, "holder_receives"),
    _row("received-bag", "it", {K.BAG}, {S.PACKED}, S.DELIVERED, "holder_receives", "shipment"),
    _row("separated", "source", {K.BLOOD}, {S.HELD}, S.EMPTIED, "volume"),
    _row("separated", "target", {K.SERUM}, {S.LABELLED}, S.HELD),
    _row("seeded", "source", {K.MARROW}, {S.HELD}, None, "volume"),
    _row("seeded", "target", {K.FLASK}, {S.LABELLED}, S.CULTURING),
    _row("seeded", "serum", {K.SERUM}, {S.HELD, S.THAWED}, None, "volume"),
    _row("fed", "it", {K.FLASK}, {S.CULTURING}, None),
    _row("fed", "serum", {K.SERUM}, {S.HELD, S.THAWED}, None, "volume"),
    _row("harvested", "source", {K.FLASK}, {S.CULTURING}, S.EMPTIED, "one_lot", "one_passage"),
    _row("harvested", "target", {K.SUSPENSION}, {S.LABELLED}, S.HELD),
    _row("passaged", "source", {K.SUSPENSION}, {S.HELD, S.THAWED}, None, "volume", "passages"),
    _row("passaged", "target", {K.FLASK}, {S.LABELLED}, S.CULTURING),
    _row("passaged", "serum", {K.SERUM}, {S.HELD, S.THAWED}, None, "volume"),
    _row("split", "source", LIQUID, {S.HELD}, None, "volume"),
    _row("split", "target", LIQUID, {S.LABELLED}, S.HELD, "same_kind_or_bag"),
    _row("pooled", "source", {K.SERUM, K.SUSPENSION, K.BLOOD, K.MARROW}, {S.HELD}, S.EMPTIED,
         "one_lot", "one_passage"),
    _row("pooled", "target", {K.SERUM, K.SUSPENSION, K.BLOOD, K.MARROW}, {S.LABELLED}, S.HELD, "same_kind"),
    _row("sampled", "source", LIQUID, {S.HELD, S.THAWED}, None, "volume"),
    _row("sampled", "target", {K.SAMPLE}, {S.LABELLED}, S.HELD),
    _row("frozen", "it", {K.BAG, K.SUSPENSION, K.SERUM}, {S.HELD}, S.FROZEN),
    _row("stored", "it", {K.BAG, K.SUSPENSION, K.SERUM}, {S.FROZEN, S.STORED, S.DELIVERED}, S.STORED),
    _row("temperature-read", "it", {K.BAG, K.SUSPENSION, K.SERUM},
         {S.FROZEN, *COLD, S.THAWED, S.INFUSING, S.PAUSED, S.INFUSED}, None, "between_freezing_and_thawing"),
    _row("tested", "it", {K.SAMPLE}, {S.HELD}, None, "own_lot"),
    _row("packed", "it", {K.BAG}, {S.STORED}, S.PACKED, "packed_within_storage"),
    _row("thawed", "it", {K.BAG, K.SUSPENSION, K.SERUM}, {S.STORED, S.DELIVERED}, S.THAWED, "shelf_life"),
    _row("matched", "it", {K.BAG}, {S.THAWED}, None, "own_wristband", "may_be_infused"),
    _row("infusion-started", "it", {K.BAG}, {S.THAWED}, S.INFUSING, "own_wristband", "may_be_infused",
         "two_people", "thaw_window", "dose"),
    _row("infusion-observed", "it", {K.BAG}, {S.INFUSING, S.PAUSED, S.INFUSED}, None, "after_the_start"),
    _row("infusion-paused", "it", {K.BAG}, {S.INFUSING}, S.PAUSED),
    _row("infusion-resumed", "it", {K.BAG}, {S.PAUSED}, S.INFUSING, "own_wristband", "may_be_infused"),
    _row("infusion-stopped", "it", {K.BAG}, {S.INFUSING, S.PAUSED}, S.INFUSED, "adds_up"),
    _row("infusion-ended", "it", {K.BAG}, {S.INFUSING}, S.INFUSED, "adds_up"),
    _row("quarantined", "it", _ANY, _OPEN, None),
    _row("disposition-signed", "it", _ANY, _OPEN, None, "may_be_lifted"),
    _row("discarded-label", "it", _ANY, {S.PRINTED, S.LABELLED}, S.SPOILED),
    _row("discarded", "it", _ANY, _OPEN - {S.PRINTED, S.LABELLED, S.INFUSING, S.PAUSED}, S.DISCARDED),
)  # fmt: skip
"""The table. Tests go through every (state, kind, event) and find it as it stands here."""

STEP = {(step.event, step.part): step for step in STEPS}

LOOKED_AT = frozenset({"temperature-read", "infusion-observed"})
"""What is only seen and changes nothing: it may come in after later things were done."""

ALLOWED_AFTER_IDENTITY_ERROR = LOOKED_AT | {
    "disposition-signed", "discarded", "discarded-label",
    "infusion-paused", "infusion-stopped", "infusion-ended",
}  # fmt: skip
"""What may still happen after an identity error: watch, discard, end what runs. A disposition is refused by
its guard, in words of its own."""

ALLOWED_IN_QUARANTINE = ALLOWED_AFTER_IDENTITY_ERROR | {
    "quarantined", "handed-over", "received-material", "received-bag", "stored",
}  # fmt: skip
"""What may still happen to a container held back for another reason: its custody and its storage go on."""
