"""Any two labels swapped at any step of a person's course: refused, every time."""

from __future__ import annotations

import pytest
from examples.twenty_people.script import opening
from validation.identity.courses import course
from validation.identity.sabotage import without
from validation.identity.swaps import Swaps, swap_all
from validation.identity.two_people import OPENED

from myelos.cells.labels import LabelKind, read_label
from myelos.findings import Refused


def swaps_of(number: int) -> Swaps:
    """The swaps of one person's course, from the first label to the vein."""
    return swap_all(asked=[*opening(OPENED), *course(number, "paused", 35)])


@pytest.mark.slow
@pytest.mark.requirement("COI-05")
def test_coi_05_any_label_scanned_in_place_of_another_is_refused() -> None:
    """Another person's, another container's, a chain's, a wristband's, a damaged one: at every step that
    scans, with every label of a large sample."""
    swaps = swaps_of(3)
    assert swaps.granted == []
    commands = {name.removeprefix("cells.") for name in swaps.right}
    assert commands == {
        "collect", "divide", "feed", "freeze", "hand-over", "harvest", "match", "pack", "passage",
        "print-label", "put-in-storage", "receive", "record-result", "resume-infusion", "sample", "seed",
        "separate-serum", "start-infusion", "thaw", "verify-label",
    }  # fmt: skip
    assert {way for way, _ in swaps.asked} == {
        "another text scanned", "another person's container", "another person's chain",
    }  # fmt: skip
    assert sum(swaps.asked.values()) > 4_000


@pytest.mark.slow
@pytest.mark.parametrize("gate", ["the scanned label", "the wristband"])
def test_a_swap_is_granted_when_nobody_looks(gate: str) -> None:
    """Without the gate that reads the text there are swaps that go through: the witness can fail."""
    with without(gate):
        assert swaps_of(3).granted


def test_a_label_swapped_for_a_damaged_one_is_no_label() -> None:
    """What the sample has of damage (cut short, lower case, one digit changed) is not read as a label."""
    label = "CMADE126000110L"
    read_label(label, LabelKind.CONTAINER)
    for text in (label[:-1], label[1:], label + "0", label.lower(), "", "CMADE126010110L"):
        with pytest.raises(Refused):
            read_label(text, LabelKind.CONTAINER)
