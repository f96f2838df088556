"""Release: each specification of the lot's edition, present and in range; late results reach what is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.cells.story import MADE_UP, amount, codes, findings, holds, limits, specifications, told
from tests.cells.tales import QP, RESULTS, WAITING, release, released, with_results

from myelos.acts import Act
from myelos.cells import events as e
from myelos.cells.asked import shown
from myelos.cells.containers import Lot, LotStatus, QuarantineReason, Reasoned, Result, State
from myelos.cells.limits import Limits, Specification, SpecificationEdition, SpecificationKind

SECOND = timedelta(seconds=1)


# The gate ---------------------------------------------------------------------------------------------


@pytest.mark.requirement("PRD-01")
def test_prd_01_a_lot_with_every_result_in_range_is_released() -> None:
    """The release names its edition and its bags, and waits for nothing."""
    story = with_results()
    bags = (story.container(11), story.container(12))
    expected = e.Released(chain=story.chain_id, lot="LOT-1", edition="1", bags=bags, pending=())
    assert released(story).events == (expected,)
    lot = story.lot()
    assert (lot.status, lot.bags, lot.released_at, lot.pending) == (LotStatus.RELEASED, bags, story.now, ())


@pytest.mark.requirement("PRD-01")
@pytest.mark.parametrize("name", RESULTS)
def test_prd_01_remove_one_result_and_there_is_no_release(name: str) -> None:
    """Each specification is needed."""
    assert findings(release(with_results(**{name: None}))) == [
        ("cells.result-missing", {"lot": "LOT-1", "specification": name})
    ]


@pytest.mark.requirement("PRD-01")
def test_prd_01_everything_missing_or_outside_is_said_at_once() -> None:
    """One release refused tells all that stands against it."""
    story = with_results(viability=amount("69.9 %"), endotoxin=None, sterility="positive")
    assert findings(release(story)) == [
        ("cells.result-missing", {"lot": "LOT-1", "specification": "endotoxin"}),
        ("cells.result-outside", {"lot": "LOT-1", "specification": "viability", "read": "69.9 %"}),
        ("cells.result-outside", {"lot": "LOT-1", "specification": "sterility", "read": "positive"}),
    ]


@pytest.mark.requirement("PRD-01")
@pytest.mark.parametrize(
    ("name", "result", "inside"),
    [
        ("viability", "70 %", True), ("viability", "69.9 %", False), ("viability", "100 %", True),
        ("endotoxin", "5 EU/mL", True), ("endotoxin", "5.01 EU/mL", False), ("endotoxin", "0 EU/mL", True),
    ],
)  # fmt: skip
def test_prd_01_the_limit_itself_is_in_range(name: str, result: str, inside: bool) -> None:
    """At least 70 % is 70 % or more; at most 5 is 5 or less."""
    assert release(with_results(**{name: amount(result)})).forbidden is not inside


@pytest.mark.requirement("PRD-01")
def test_prd_01_a_second_result_in_range_does_not_undo_a_first_one_outside() -> None:
    """Testing until it fits is no release; a correction with its reason is, and the old result stays."""
    story = with_results(viability=amount("19 %"))
    story.must(story.result("viability", amount("91 %")))
    assert codes(release(story)) == ["cells.result-outside"]
    story.must(story.correct(0, amount("91 %")))
    assert codes(release(story)) == []
    assert [str(each.result) for each in story.lot().results] == [
        "19 %",
        "0.5 EU/mL",
        "negative",
        "91 %",
        "91 %",
    ]
    assert story.lot().results[-1].corrects == 0


def between(low: str, high: str) -> Limits:
    row = Specification(
        id="viability", kind=SpecificationKind.BETWEEN, low=amount(low), high=amount(high), source=MADE_UP
    )
    return limits(editions=(SpecificationEdition(id="1", specifications=(row,)),))


@pytest.mark.parametrize(
    ("result", "inside"), [("79.9 %", False), ("80 %", True), ("90 %", True), ("90.1 %", False)]
)
def test_a_range_takes_both_its_limits(result: str, inside: bool) -> None:
    """Between 80 and 90 % is 80 to 90 %."""
    story = told("store-12")
    story.limits = between("80 %", "90 %")
    story.must(story.result("viability", amount(result)))
    assert release(story).forbidden is not inside


def test_a_lot_keeps_the_edition_it_was_seeded_under() -> None:
    """A stricter edition in force since then does not judge a lot begun before it."""
    story = with_results(viability=amount("75 %"))
    strict = Specification(
        id="viability", kind=SpecificationKind.AT_LEAST, low=amount("90 %"), source=MADE_UP
    )
    both = (
        SpecificationEdition(id="2", specifications=(strict,)),
        SpecificationEdition(id="1", specifications=specifications()),
    )
    story.limits = limits(editions=both, edition_in_force="2")
    assert codes(release(story)) == []
    story.put_lot(edition="2")
    assert findings(release(story)) == [
        ("cells.result-outside", {"lot": "LOT-1", "specification": "viability", "read": "75 %"})
    ]


def test_a_lot_whose_edition_is_gone_is_not_released() -> None:
    """Without specifications nothing is in range; no result can be judged either."""
    story = with_results()
    story.put_lot(edition="0")
    gone = [("cells.no-such-edition", {"lot": "LOT-1", "edition": "0"})]
    assert findings(release(story)) == gone
    assert findings(story.ask(story.result("viability", amount("91 %")))) == gone


def test_a_new_lot_is_begun_under_the_edition_in_force() -> None:
    """The edition is the protocol's, not the last of the list."""
    story = told("separate")
    one = SpecificationEdition(id="1", specifications=specifications())
    story.limits = limits(editions=(replace(one, id="2"), one), edition_in_force="2")
    story.must(story.seed())
    assert story.lot() == Lot("LOT-1", "2")


def test_an_open_lot_is_released_once() -> None:
    """Released, released on condition or rejected, it is not released again."""
    for status in LotStatus:
        story = with_results()
        story.put_lot(status=status)
        found = findings(release(story))
        shut = [("cells.lot-not-open", {"lot": "LOT-1", "status": status.value})]
        assert found == ([] if status in (LotStatus.OPEN, LotStatus.WITHDRAWN) else shut)


def test_a_lot_with_no_bag_left_is_not_released() -> None:
    """There is something to release: one bag is enough, and only what is left is released."""
    story = with_results()
    story.must(story.discard(11))
    assert release(story).events[0].bags == (story.container(12),)
    story.must(story.discard(12))
    assert findings(release(story)) == [("cells.lot-without-bag", {"lot": "LOT-1"})]


@pytest.mark.parametrize("serial", [10, 11, 12])
@pytest.mark.parametrize("reason", QuarantineReason)
def test_whatever_of_the_lot_is_held_back_keeps_it_from_release(
    serial: int, reason: QuarantineReason
) -> None:
    """Bag or sample, unless it is at its end; that a release was withdrawn is lifted after the next one."""
    story = with_results()
    story.put(serial, holds=holds({reason}))
    held = ("cells.lot-held-back", {"lot": "LOT-1", "container": story.container(serial)})
    withdrawn = reason is QuarantineReason.RELEASE_WITHDRAWN
    found = [each for each in findings(release(story)) if each[0] != "cells.result-missing"]
    assert found == ([] if withdrawn else [held])
    story.put(serial, state=State.DISCARDED)
    assert "cells.lot-held-back" not in codes(release(story))


def test_what_is_of_another_lot_does_not_matter() -> None:
    """A container held back keeps back its own lot."""
    story = with_results()
    story.put(12, lot="LOT-2", holds=holds({QuarantineReason.OTHER}, story.now + timedelta(days=9)))
    assert codes(release(story)) == []
    assert release(story).events[0].bags == (story.container(11),)


def test_a_lot_is_not_released_before_its_results_nor_before_a_disposition() -> None:
    """At the very instant of the last result, or of the disposition, it is."""
    story = with_results()
    last = story.lot().results[-1].at
    at = lambda when: Act(by="qp-1", at=when, role=QP, site="sapporo")  # noqa: E731
    (hold,) = holds({QuarantineReason.OTHER})
    lifted = lambda when: (hold.but(lifted=Reasoned(when, "qp-1", "looked into")),)  # noqa: E731
    assert codes(story.ask(story.release(), at(last))) == []
    assert findings(story.ask(story.release(), at(last - SECOND))) == [
        ("cells.result-later", {"lot": "LOT-1", "specification": "sterility", "at": shown(last)})
    ]
    story.put(11, holds=lifted(last))
    assert codes(story.ask(story.release(), at(last))) == []
    story.put(11, holds=lifted(last + SECOND))
    assert findings(story.ask(story.release(), at(last))) == [
        ("cells.before-the-last",
         {"container": story.container(11), "at": shown(last), "last": shown(last + SECOND)})
    ]  # fmt: skip


@pytest.mark.parametrize("command", ["release", "reject", "correct"])
def test_a_lot_that_is_not_there_is_said_so(command: str) -> None:
    """A lot of another name is no lot of this person."""
    story = with_results()
    asked = {"release": story.release(), "reject": story.reject(), "correct": story.correct(0, "negative")}
    assert findings(story.ask(replace(asked[command], lot="LOT-9"))) == [
        ("cells.no-such-lot", {"lot": "LOT-9"})
    ]
    result = replace(story.result("sterility", "negative"), lot="LOT-9")
    assert findings(story.ask(result)) == [
        ("cells.another-lot", {"container": story.container(10), "lot": "LOT-1", "first": "LOT-9"}),
        ("cells.no-such-lot", {"lot": "LOT-9"}),
    ]


# Conditional release ----------------------------------------------------------------------------------


@pytest.mark.requirement("PRD-01")
def test_prd_01_a_conditional_release_waits_for_what_may_be_pending() -> None:
    """Sterility may be pending; the release says so, and is complete when the result is there."""
    story = with_results(sterility=None)
    (event,) = released(story, **WAITING).events
    assert (event.pending, event.reason) == (("sterility",), "the infusion is due")
    assert (story.lot().status, story.lot().pending) == (LotStatus.CONDITIONAL, ("sterility",))
    assert story.lot().released
    decision = story.must(story.result("sterility", "negative"))
    assert [type(event) for event in decision.events] == [e.Tested]
    assert (story.lot().status, story.lot().pending) == (LotStatus.RELEASED, ())


def test_a_result_that_is_not_waited_for_leaves_the_condition() -> None:
    """Only the pending result completes a conditional release."""
    story = with_results(sterility=None)
    released(story, **WAITING)
    story.must(story.result("endotoxin", amount("1 EU/mL")))
    assert (story.lot().status, story.lot().pending) == (LotStatus.CONDITIONAL, ("sterility",))


@pytest.mark.requirement("PRD-01")
def test_prd_01_what_may_not_be_pending_is_missing() -> None:
    """A condition does not stand in for endotoxin."""
    story = with_results(endotoxin=None, sterility=None)
    assert findings(release(story, **WAITING)) == [
        ("cells.result-missing", {"lot": "LOT-1", "specification": "endotoxin"})
    ]


@pytest.mark.requirement("PRD-01")
def test_prd_01_without_the_condition_pending_is_missing() -> None:
    """What may be pending has to be asked for."""
    assert findings(release(with_results(sterility=None))) == [
        ("cells.result-missing", {"lot": "LOT-1", "specification": "sterility"})
    ]


def test_a_conditional_release_is_permitted_signed_and_given_a_reason() -> None:
    """Where the protocol permits it, by the role it names, with words, and while something is pending."""
    story = with_results(sterility=None)
    assert findings(release(story, conditional=True)) == [("cells.no-reason", {"lot": "LOT-1"})]
    assert codes(release(story, conditional=True, reason=" ")) == ["cells.only-blanks", "cells.no-reason"]
    technician = story.ask(replace(story.release(), **WAITING), story.act())
    assert findings(technician) == [
        ("cells.conditional-release-role", {"lot": "LOT-1", "role": "technician", "needed": QP})
    ]
    story.limits = limits(conditional_release_role=None)
    assert findings(release(story, **WAITING)) == [
        ("cells.conditional-release-role", {"lot": "LOT-1", "role": QP, "needed": "None"})
    ]
    story.limits = limits(conditional_release=False)
    assert findings(release(story, **WAITING)) == [("cells.no-conditional-release", {"lot": "LOT-1"})]
    assert findings(release(with_results(), **WAITING)) == [("cells.nothing-pending", {"lot": "LOT-1"})]


def test_an_unconditional_release_needs_no_role_of_this_room() -> None:
    """Who may release is the protocol's; only the condition has a role here."""
    story = with_results()
    story.limits = limits(conditional_release=False, conditional_release_role=None)
    assert codes(story.ask(story.release(), story.act())) == []


# Results ----------------------------------------------------------------------------------------------


UNIT, WORD = "cells.result-wrong-unit", "cells.result-not-a-word"
KNOWN = "endotoxin, sterility, viability"


@pytest.mark.parametrize(
    ("name", "result", "code", "params"),
    [
        ("viability", "91", UNIT, {"specification": "viability", "read": "91", "unit": "%"}),
        ("viability", "91 mL", UNIT, {"specification": "viability", "read": "91 mL", "unit": "%"}),
        ("endotoxin", "1 EU/kg", UNIT, {"specification": "endotoxin", "read": "1 EU/kg", "unit": "EU/mL"}),
        ("sterility", "1 CFU/mL", WORD, {"specification": "sterility", "read": "1 CFU/mL"}),
        (
            "sterilty",
            "ok",
            "cells.unknown-specification",
            {"lot": "LOT-1", "read": "sterilty", "known": KNOWN},
        ),
    ],
)
def test_a_result_is_of_a_specification_and_of_its_kind(
    name: str, result: str, code: str, params: dict[str, Any]
) -> None:
    """A word is no number, another unit is not converted, a misspelt test is none."""
    story = told("store-12")
    value = amount(result) if " " in result else result
    assert findings(story.ask(story.result(name, value))) == [(code, params)]


def test_a_correction_has_a_reason_and_corrects_the_last_word() -> None:
    """Which result, why, and of its kind; once corrected, it is the later one that is corrected."""
    story = with_results()
    assert findings(story.ask(story.correct(0, amount("80 %"), ""))) == [
        ("cells.no-reason", {"lot": "LOT-1"})
    ]
    assert codes(story.ask(story.correct(0, amount("80 %"), " "))) == ["cells.only-blanks", "cells.no-reason"]
    assert codes(story.ask(story.correct(2, "positive"))) == []
    assert findings(story.ask(story.correct(3, "positive"))) == [
        ("cells.no-such-result", {"lot": "LOT-1", "read": 3, "results": 3})
    ]
    assert codes(story.ask(story.correct(0, "positive"))) == ["cells.result-wrong-unit"]
    story.must(story.correct(0, amount("80 %")))
    assert findings(story.ask(story.correct(0, amount("81 %")))) == [
        ("cells.corrected-before", {"lot": "LOT-1", "read": 0})
    ]
    why = story.correct(3, amount("81 %")).reason
    story.must(story.correct(3, amount("81 %")))
    assert [str(each.result) for each in story.lot().valid_results()] == ["0.5 EU/mL", "negative", "81 %"]
    last = story.lot().results[-1]
    assert last == Result("viability", amount("81 %"), story.container(10), story.now, "tech-1", 3, why)


def test_the_sample_is_used_up_when_that_is_said() -> None:
    """Until then it can be tested again."""
    story = told("store-12")
    story.must(story.result("viability", amount("91 %")))
    assert story.it(10).state is State.HELD
    story.must(story.result("sterility", "negative", used_up=True))
    assert (story.it(10).state, story.it(10).contents) == (State.TESTED, None)
    assert codes(story.ask(story.result("endotoxin", amount("1 EU/mL")))) == ["cells.wrong-state"]


@pytest.mark.requirement("PRD-01")
def test_prd_01_a_result_from_a_sample_with_an_identity_error_fills_no_gap() -> None:
    """It may be of another person's cells: each of its specifications is missing again."""
    story = with_results()
    story.must(story.result("sterility", "negative", used_up=True))
    story.must(story.identity_error(10))
    found = codes(release(story))
    assert found == ["cells.result-missing"] * 3


def test_a_result_outside_from_a_doubtful_sample_still_stands_against_the_release() -> None:
    """Doubt takes a proof away, and clears nothing."""
    story = with_results(sterility="positive")
    story.must(story.result("endotoxin", amount("1 EU/mL"), used_up=True))
    story.must(story.identity_error(10))
    assert "cells.result-outside" in codes(release(story))


# Rejection --------------------------------------------------------------------------------------------


def test_a_rejection_says_what_was_missing_and_what_was_outside() -> None:
    """Its reasons are worked out, beside the words of who rejects."""
    story = with_results(viability=amount("19 %"), endotoxin=None)
    (event,) = story.must(story.reject()).events
    assert (event.reasons, event.reason) == (
        ("missing-endotoxin", "outside-viability"),
        "out of specification",
    )
    assert story.lot().status is LotStatus.REJECTED
    assert findings(story.ask(story.reject())) == [
        ("cells.lot-not-open", {"lot": "LOT-1", "status": "rejected"})
    ]
    assert codes(release(story))[0] == "cells.lot-not-open"
