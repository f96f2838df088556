"""After the release: what a late result reaches, and what the bedside looks at again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.cells.story import START, Story, amount, codes, findings, told
from tests.cells.tales import RESULTS, WAITING, release, released, with_results

from myelos.cells import events as e
from myelos.cells import usable_lots
from myelos.cells.asked import shown
from myelos.cells.containers import Kind, LotStatus, QuarantineReason, Result

SECOND = timedelta(seconds=1)


# After the release ------------------------------------------------------------------------------------


def infused_on_condition() -> Story:
    story = with_results(sterility=None)
    released(story, **WAITING)
    for _ in story._bedside():
        pass
    return story


def test_a_late_positive_reaches_the_bags_left_and_says_that_cells_were_given() -> None:
    """Released on condition, infused, then sterility is positive: withdrawn, the other bag held back."""
    story = infused_on_condition()
    decision = story.must(story.result("sterility", "positive"))
    assert decision.events[1:] == (
        e.ReleaseWithdrawn(chain=story.chain_id, lot="LOT-1", specification="sterility", infused=True),
        e.Quarantined(
            chain=story.chain_id, containers=(story.container(12),),
            reason=QuarantineReason.RELEASE_WITHDRAWN, words="sterility: positive",
        ),
    )  # fmt: skip
    lot = story.lot()
    assert (lot.status, lot.bags, lot.pending, lot.released) == (LotStatus.WITHDRAWN, (), (), False)
    assert story.it(12).quarantine == frozenset({QuarantineReason.RELEASE_WITHDRAWN})
    assert codes(story.ask(story.pack(12))) == ["cells.quarantined"]


def test_a_late_positive_while_the_bag_runs_lets_it_be_stopped_and_not_resumed() -> None:
    """The running bag is held back with the others: paused, it goes no further."""
    story = with_results(sterility=None)
    released(story, **WAITING)
    for step in story._bedside():
        if step == "start":
            break
    decision = story.must(story.result("sterility", "positive"))
    assert decision.events[2].containers == (story.container(11), story.container(12))
    story.must(story.pause(11), story.nurse())
    assert codes(story.ask(story.resume(11), story.nurse())) == ["cells.quarantined", "cells.not-released"]
    assert codes(story.ask(story.end(11, "9 mL", left="31 mL", reason="positive"), story.nurse())) == []


def test_a_late_positive_before_any_infusion_says_so() -> None:
    """Both bags are held back, nobody was infused."""
    story = with_results()
    released(story)
    _, withdrawn, held = story.must(story.result("sterility", "positive")).events
    assert not withdrawn.infused
    assert held.containers == (story.container(11), story.container(12))


def test_a_late_positive_of_another_lot_s_infusion_is_not_this_one_s() -> None:
    """Infused is who was given a bag of this lot."""
    story = infused_on_condition()
    story.put(11, lot="LOT-2")
    _, withdrawn, _ = story.must(story.result("sterility", "positive")).events
    assert not withdrawn.infused


def test_a_late_positive_with_no_bag_left_is_still_told() -> None:
    """There is nothing to hold back, and somebody to tell."""
    story = infused_on_condition()
    story.must(story.discard(12))
    events = story.must(story.result("sterility", "positive")).events
    assert [type(event) for event in events] == [e.Tested, e.ReleaseWithdrawn]


def test_a_late_result_in_range_changes_nothing_and_a_late_correction_may() -> None:
    """A correction out of range withdraws as a result does."""
    story = with_results()
    released(story)
    assert len(story.must(story.result("viability", amount("70 %"))).events) == 1
    assert len(story.must(story.correct(3, amount("71 %"))).events) == 1
    events = story.must(story.correct(4, amount("69 %"))).events
    assert [type(event) for event in events] == [e.ResultCorrected, e.ReleaseWithdrawn, e.Quarantined]
    assert events[1].specification == "viability"


@pytest.mark.parametrize("status", [LotStatus.OPEN, LotStatus.REJECTED, LotStatus.WITHDRAWN])
def test_a_result_outside_withdraws_only_what_was_released(status: LotStatus) -> None:
    """Before a release, and after its withdrawal, there is nothing to withdraw."""
    story = with_results()
    story.put_lot(status=status)
    assert len(story.must(story.result("sterility", "positive")).events) == 1


def test_a_withdrawn_lot_is_released_again_when_the_result_was_wrong() -> None:
    """The correction has a reason; the new release comes first, then the disposition of each bag."""
    story = with_results()
    released(story)
    story.must(story.result("sterility", "positive"))
    withdrawn = QuarantineReason.RELEASE_WITHDRAWN
    assert findings(story.ask(story.sign(11, withdrawn))) == [
        ("cells.withdrawn-stays", {"container": story.container(11)})
    ]
    assert codes(release(story)) == ["cells.result-outside"]
    story.must(story.correct(3, "negative"))
    assert codes(release(story)) == []
    released(story)
    assert story.lot().bags == (story.container(11), story.container(12))
    assert codes(story.ask(story.pack(11))) == ["cells.quarantined"]
    story.must(story.sign(11, withdrawn))
    assert codes(story.ask(story.pack(11))) == []


# What is released -------------------------------------------------------------------------------------


def bedside(story: Story, serial: int = 11) -> Story:
    story.must(story.thaw(serial), story.nurse())
    return story


@pytest.mark.requirement("PRD-01")
@pytest.mark.parametrize("status", [LotStatus.OPEN, LotStatus.REJECTED, LotStatus.WITHDRAWN])
def test_prd_01_a_bag_of_a_lot_that_is_not_released_is_not_even_matched(status: LotStatus) -> None:
    """The bag is refused by its lot's status, at the match and at the start."""
    story = told("match-2")
    story.put_lot(status=status)
    found = ("cells.not-released", {"container": story.container(11), "lot": "LOT-1", "status": status.value})
    assert findings(story.ask(story.match(11), story.nurse())) == [found]
    assert findings(story.ask(story.start(11), story.nurse())) == [found]


@pytest.mark.requirement("PRD-01")
def test_prd_01_a_bag_without_a_lot_is_not_released() -> None:
    """A bag that no lot answers for is refused."""
    story = told("thaw")
    for lot, name in ((None, "None"), ("LOT-9", "LOT-9")):
        story.put(11, lot=lot)
        assert findings(story.ask(story.match(11))) == [
            ("cells.not-released", {"container": story.container(11), "lot": name, "status": "-"})
        ]


@pytest.mark.requirement("PRD-01")
def test_prd_01_results_are_looked_at_again_at_the_bedside() -> None:
    """A result gone or outside since the release refuses the bag, unless the release waits for it."""
    story = told("match-2")
    results = story.lot().results
    outside = replace(results[0], result=amount("69 %"))
    story.put_lot(results=(outside, *results[1:]))
    assert findings(story.ask(story.start(11), story.nurse())) == [
        ("cells.result-outside", {"lot": "LOT-1", "specification": "viability", "read": "69 %"})
    ]
    story.put_lot(results=results[:2])
    assert findings(story.ask(story.start(11), story.nurse())) == [
        ("cells.result-missing", {"lot": "LOT-1", "specification": "sterility"})
    ]
    story.put_lot(results=results[:2], pending=("sterility",))
    assert codes(story.ask(story.start(11), story.nurse())) == []
    story.put_lot(results=results, edition="0")
    assert codes(story.ask(story.start(11), story.nurse())) == ["cells.no-such-edition"]


@pytest.mark.requirement("PRD-01")
def test_prd_01_a_result_of_the_wrong_kind_on_the_record_is_outside() -> None:
    """What cannot be held against its specification is not in range."""
    story = told("match-2")
    story.put_lot(
        results=(*story.lot().results, Result("viability", "fine", story.container(10), START, "tech-1"))
    )
    assert codes(story.ask(story.start(11), story.nurse())) == ["cells.result-outside"]


@pytest.mark.requirement("PRD-01")
def test_prd_01_what_was_filled_after_the_release_is_not_released() -> None:
    """The cells left in a suspension were not among the bags: filled and frozen later, they are refused."""
    story = told("sample")
    story.must(story.divide(9, {11: "7 mL"}))
    story.must(story.freeze(11))
    story.must(story.store(11))
    for name, result in RESULTS.items():
        story.must(story.result(name, result))
    released(story)
    story.must(story.divide(9, {12: "2 mL"}))
    story.must(story.freeze(12))
    story.must(story.store(12))
    for serial in (11, 12):
        bedside(story, serial)
    assert codes(story.ask(story.match(11), story.nurse())) == []
    assert findings(story.ask(story.match(12), story.nurse())) == [
        ("cells.not-among-released", {"container": story.container(12), "lot": "LOT-1"})
    ]


@pytest.mark.requirement("PRD-01")
def test_prd_01_a_bag_repacked_after_the_release_is_released_still() -> None:
    """The same cells in another bag: it comes from one that was released."""
    story = told("fill")
    story.new_label(21, Kind.BAG)
    for name, result in RESULTS.items():
        story.must(story.result(name, result))
    released(story)
    story.must(story.divide(11, {21: "7 mL"}))
    story.must(story.freeze(21))
    story.must(story.store(21))
    bedside(story, 21)
    assert codes(story.ask(story.match(21), story.nurse())) == []


@pytest.mark.requirement("PRD-01")
def test_prd_01_nothing_is_infused_before_its_release() -> None:
    """At the instant of the release it may be matched, a second before it may not, however it is told."""
    story = told("match-2")
    act = story.nurse()
    story.put_lot(released_at=act.at)
    assert codes(story.ask(story.match(11), act)) == []
    story.put_lot(released_at=act.at + SECOND)
    assert findings(story.ask(story.match(11), act)) == [
        (
            "cells.released-later",
            {"container": story.container(11), "lot": "LOT-1", "at": shown(act.at + SECOND)},
        )
    ]


def test_a_lot_is_usable_while_one_of_its_released_bags_is_open_and_free() -> None:
    """Released is not enough: a bag must be there, not at its end and not held back."""
    story = with_results()
    assert story.chain is not None
    assert usable_lots(story.chain) == ()
    released(story)
    assert usable_lots(story.chain) == ("LOT-1",)
    story.must(story.discard(12))
    story.must(story.hold(11))
    assert usable_lots(story.chain) == ()
    story.must(story.sign(11, QuarantineReason.OTHER))
    assert usable_lots(story.chain) == ("LOT-1",)
    story.put_lot(bags=(story.container(12),))
    assert usable_lots(story.chain) == ()
    story.must(story.identity_error(11))
    assert usable_lots(story.chain) == ()


def test_after_an_identity_error_at_the_marrow_no_lot_is_usable() -> None:
    """The lot stays released on paper; none of its bags can reach anybody."""
    story = told("release")
    story.must(story.identity_error(3))
    assert story.lot().released
    assert story.chain is not None
    assert usable_lots(story.chain) == ()
