"""Custody and cold: whose hands, without a gap unseen; how cold, from the store to the thaw."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.cells.story import START, Story, amount, codes, findings, told

from myelos.acts import Act, Decision
from myelos.cells import events as e
from myelos.cells.asked import shown
from myelos.cells.containers import Custody, QuarantineReason, State
from myelos.findings import Severity

SECOND = timedelta(seconds=1)
EXCURSION = QuarantineReason.EXCURSION


def quarantines(decision: Decision) -> list[e.Quarantined]:
    return [each for each in decision.events if isinstance(each, e.Quarantined)]


# Handing over -----------------------------------------------------------------------------------------


@pytest.mark.requirement("COC-01")
def test_coc_01_golden_a_day_of_handovers() -> None:
    """Nurse to courier at 00:25, courier to laboratory at 01:00; the courier had it from 00:25 to 00:50, and
    nobody for ten minutes, which is told."""
    story = told("collect-1")
    assert story.now == START + timedelta(minutes=40)
    at = lambda minutes: START + timedelta(minutes=minutes)  # noqa: E731
    one = story.hand_over(1, "tech-1", "courier", given_at=at(45), taken_at=at(45))
    assert findings(story.must(one)) == []
    two = story.hand_over(1, "courier", "lab-1", given_at=at(70), taken_at=at(80))
    decision = story.must(two, story.act(minutes=40))
    assert findings(decision) == [
        ("cells.custody-gap", {"container": story.container(1), "start": "2026-03-02T01:10:00Z",
                               "end": "2026-03-02T01:20:00Z"})
    ]  # fmt: skip
    assert decision.findings[0].severity is Severity.WARNING
    assert story.it(1).custody == (
        Custody("tech-1", "ward-3", at(40)),
        Custody("courier", "laboratory", at(45)),
        Custody("lab-1", "laboratory", at(80)),
    )
    assert story.it(1).last_at == at(80)


@pytest.mark.requirement("COC-01")
def test_coc_01_a_handover_says_who_where_when_in_what_condition() -> None:
    """Giver, taker, place, both times, condition, seal and temperature are in the event as they were told."""
    story = told("pack")
    command = story.hand_over(11, "tech-2", "nurse-1", "-150 degC")
    (event,) = story.must(command).events
    names = ("giver", "taker", "place", "given_at", "taken_at", "condition", "seal_intact", "temperature")
    told_ = {name: getattr(command, name) for name in names}
    assert event == e.HandedOver(chain=story.chain_id, container=story.container(11), **told_)


def handed(story: Story, given: timedelta, taken: timedelta, act: Act) -> list[str]:
    times = {"given_at": act.at + given, "taken_at": act.at + taken}
    return codes(story.ask(story.hand_over(1, **times), act))


@pytest.mark.requirement("COC-01")
def test_coc_01_an_overlap_is_refused_and_a_gap_is_told() -> None:
    """Given no earlier than it was had, taken no earlier than given and no later than told: to the second."""
    story = told("hand-over-1")
    story.put(1, custody=(Custody("tech-1", "ward-3", story.it(1).last_at),))
    act = story.act()
    since = story.it(1).last_at - act.at
    zero = timedelta(0)
    assert handed(story, since, since, act) == []
    assert handed(story, since - SECOND, since, act) == ["cells.custody-overlap", "cells.custody-gap"]
    assert handed(story, zero, zero, act) == []
    assert handed(story, zero, SECOND, act) == ["cells.custody-gap", "cells.taken-later"]
    assert handed(story, zero, -SECOND, act) == ["cells.custody-overlap"]
    assert handed(story, -SECOND, zero, act) == ["cells.custody-gap"]


@pytest.mark.requirement("COC-01")
def test_coc_01_an_overlap_is_told_with_its_times() -> None:
    """What overlaps is said: had since, given at; taken at, given at."""
    story = told("hand-over-1")
    act = story.act(by="tech-2", minutes=20)
    had = story.it(1).custody[-1].since
    early, label = had - timedelta(hours=1), story.container(1)
    over = story.hand_over(1, "tech-2", "tech-3", given_at=early, taken_at=early - SECOND)
    assert findings(story.ask(over, act)) == [
        ("cells.custody-overlap", {"container": label, "start": shown(had), "end": shown(early)}),
        ("cells.custody-overlap", {"container": label, "start": shown(early - SECOND), "end": shown(early)}),
    ]
    late = story.hand_over(1, "tech-2", "tech-3", given_at=act.at, taken_at=act.at + SECOND)
    times = {"container": label, "taken": "2026-03-02T01:10:01Z", "at": "2026-03-02T01:10:00Z"}
    assert findings(story.ask(late, act))[1] == ("cells.taken-later", times)


@pytest.mark.requirement("COC-01")
def test_coc_01_nothing_is_given_away_before_the_last_thing_done_to_it() -> None:
    """Who had given it away before it was packed had not packed it."""
    story = told("pack")
    packed, act = story.it(11).last_at, story.act()
    over = story.hand_over(11, "tech-2", "nurse-1", "-150 degC", given_at=packed, taken_at=packed)
    assert codes(story.ask(over, act)) == []
    early = replace(over, given_at=packed - SECOND)
    assert findings(story.ask(early, act))[0] == (
        "cells.before-the-last",
        {"container": story.container(11), "at": shown(packed - SECOND), "last": shown(packed)},
    )
    assert codes(story.ask(early, act)) == ["cells.before-the-last", "cells.custody-gap"]


@pytest.mark.requirement("COC-01")
def test_coc_01_only_the_holder_gives_and_never_to_oneself() -> None:
    """Custody is given by who has it, to another."""
    story = told("collect-1")
    assert findings(story.ask(story.hand_over(1, "tech-3", "tech-2"), story.act())) == [
        ("cells.not-the-holder", {"container": story.container(1), "giver": "tech-3", "holder": "tech-1"})
    ]
    assert findings(story.ask(story.hand_over(1, "tech-1", "tech-1"), story.act())) == [
        ("cells.handed-to-oneself", {"container": story.container(1), "by": "tech-1"})
    ]
    story.put(1, custody=())
    assert findings(story.ask(story.hand_over(1), story.act())) == [
        ("cells.not-the-holder", {"container": story.container(1), "giver": "tech-1", "holder": "-"})
    ]


@pytest.mark.requirement("COC-01")
def test_coc_01_receiving_what_another_holds_is_a_handover_nobody_told() -> None:
    """It is received all the same, and the gap in the telling is a warning."""
    story = told("hand-over-1")
    assert findings(story.ask(story.receive(1, "20 degC"), story.act("tech-2"))) == []
    decision = story.must(story.receive(1, "20 degC"), story.act("tech-9"))
    assert findings(decision) == [
        ("cells.handover-missing", {"container": story.container(1), "by": "tech-9", "holder": "tech-2"})
    ]
    assert decision.findings[0].severity is Severity.WARNING
    story = told("hand-over-1")
    story.put(1, custody=())
    assert findings(story.ask(story.receive(1, "20 degC")))[0][1]["holder"] == "-"


def test_parts_begin_in_the_hands_that_hold_the_whole() -> None:
    """What is taken from a container is held by whoever holds it, since then."""
    story = told("separate")
    assert story.it(4).custody == story.it(1).custody[-1:]
    assert story.it(4).custody[0].holder == "tech-2"


@pytest.mark.requirement("COC-01")
@pytest.mark.parametrize(("step", "cold"), [("store-11", True), ("pack", True), ("receive-bag", True),
                                            ("freeze-11", False), ("thaw", False)])  # fmt: skip
def test_coc_01_what_must_stay_cold_is_handed_over_with_its_temperature(step: str, cold: bool) -> None:
    """Stored, packed or delivered: the temperature is measured at the handover."""
    story = told(step)
    holder = story.it(11).custody[-1].holder
    without = story.ask(story.hand_over(11, holder, "tech-5"), story.act())
    assert findings(without) == (
        [("cells.temperature-missing", {"container": story.container(11)})] if cold else []
    )
    assert codes(story.ask(story.hand_over(11, holder, "tech-5", "-150 degC"), story.act())) == []


def test_a_stored_container_is_not_handed_over_while_its_limits_are_not_set() -> None:
    """Its temperature would be compared with nothing; one that was packed has its own."""
    story = told("store-11")
    story.limits = None
    over = story.hand_over(11, "tech-2", "tech-5", "-150 degC")
    assert codes(story.ask(over, story.act())) == ["cells.limits-not-set"]
    story = told("pack")
    story.limits = None
    assert codes(story.ask(story.hand_over(11, "tech-2", "tech-5", "-150 degC"), story.act())) == []


# Shipping ---------------------------------------------------------------------------------------------


@pytest.mark.requirement("COC-02")
def test_coc_02_a_shipment_closes_with_everything_it_needs() -> None:
    """Packed in a sealed secondary container with its temperatures, sent at a date and time: received."""
    story = told("hand-over-bag")
    bag = story.it(11)
    assert (bag.seal, bag.keep) == ("seal-99", (amount("-200 degC"), amount("-130 degC")))
    assert bag.dispatched_at == bag.custody[-1].since
    assert codes(story.must(story.receive(11, "-150 degC"), story.nurse())) == []
    assert story.it(11).state is State.DELIVERED


@pytest.mark.requirement("COC-02")
@pytest.mark.parametrize(
    ("lacks", "code"),
    [("keep", "cells.not-packed"), ("seal", "cells.not-packed"), ("dispatched_at", "cells.not-dispatched")],
)
def test_coc_02_a_shipment_that_lacks_one_of_them_cannot_close(lacks: str, code: str) -> None:
    """Without seal, temperatures or time of sending nothing is received."""
    story = told("hand-over-bag")
    story.put(11, **{lacks: None})
    assert findings(story.ask(story.receive(11, "-150 degC"), story.nurse())) == [
        (code, {"container": story.container(11)})
    ]


@pytest.mark.requirement("COC-02")
def test_coc_02_what_was_packed_but_never_sent_cannot_be_received() -> None:
    """A handover before the packing is not the sending."""
    story = told("store-11")
    story.must(story.hand_over(11, "tech-2", "tech-1", "-150 degC"))
    assert story.it(11).dispatched_at is None
    story.must(story.pack(11))
    assert codes(story.ask(story.receive(11, "-150 degC"), story.act("tech-1"))) == ["cells.not-dispatched"]


@pytest.mark.requirement("COC-02")
@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        ("-200 degC", "-130 degC", []),
        ("-150 degC", "-150 degC", []),
        ("-200.1 degC", "-130 degC", ["cells.not-the-storages-cold"]),
        ("-200 degC", "-129.9 degC", ["cells.not-the-storages-cold"]),
        ("-150 degC", "-150.1 degC", ["cells.temperatures-reversed"]),
        ("-100 degC", "-120 degC", ["cells.temperatures-reversed", "cells.not-the-storages-cold"]),
    ],
)
def test_coc_02_the_temperatures_of_a_shipment_are_a_range_within_the_storages(
    low: str, high: str, found: list[str]
) -> None:
    """No warmer on the way than in store, no colder, to the tenth of a degree."""
    story = told("release")
    decision = story.ask(story.pack(11, low, high))
    assert codes(decision) == found
    if len(found) == 1:
        told_ = {"container": story.container(11), "low": low, "high": high}
        storage = {"least": "-200 degC", "most": "-130 degC"}
        assert findings(decision)[0][1] == {**told_, **(storage if "storages" in found[0] else {})}


def test_what_comes_back_into_store_is_packed_no_more() -> None:
    """Seal, temperatures and sending belong to one shipment."""
    story = told("receive-bag")
    story.must(story.store(11))
    bag = story.it(11)
    assert (bag.state, bag.seal, bag.keep, bag.dispatched_at) == (State.STORED, None, None, None)
    story.must(story.pack(11))
    assert codes(story.ask(story.receive(11, "-150 degC"), story.nurse())) == ["cells.not-dispatched"]


# Cold -------------------------------------------------------------------------------------------------


@pytest.mark.requirement("COC-03")
@pytest.mark.parametrize(
    ("read", "held"),
    [
        ("-130 degC", False),
        ("-200 degC", False),
        ("-129.9 degC", True),
        ("-200.1 degC", True),
        ("4 degC", True),
    ],
)
@pytest.mark.parametrize("how", ["read", "store", "hand over", "receive"])
def test_coc_03_one_reading_outside_holds_the_bag_back(how: str, read: str, held: bool) -> None:
    """Wherever a temperature is told, it is compared; at the limits it is still inside."""
    story = told(
        {"read": "store-11", "store": "freeze-11", "hand over": "pack", "receive": "hand-over-bag"}[how]
    )
    command = {
        "read": lambda: story.read(11, read),
        "store": lambda: story.store(11, read),
        "hand over": lambda: story.hand_over(11, "tech-2", "nurse-1", read),
        "receive": lambda: story.receive(11, read),
    }[how]()
    decision = story.must(command, story.act("nurse-1"))
    words = f"{read} is outside -200 degC to -130 degC"
    event = e.Quarantined(
        chain=story.chain_id, containers=(story.container(11),), reason=EXCURSION, words=words
    )
    assert quarantines(decision) == ([event] if held else [])
    assert story.it(11).quarantine == (frozenset({EXCURSION}) if held else frozenset())


@pytest.mark.requirement("COC-03")
def test_coc_03_on_the_way_the_bag_keeps_what_it_was_packed_for() -> None:
    """A narrower range of the shipment counts from packing to thawing, the storage's before and after."""
    story = told("release")
    story.must(story.pack(11, "-190 degC", "-150 degC"))
    for step in ("packed", "delivered"):
        decision = story.ask(story.read(11, "-140 degC"))
        assert quarantines(decision)[0].words == "-140 degC is outside -190 degC to -150 degC", step
        assert quarantines(story.ask(story.read(11, "-150 degC"))) == []
        if step == "packed":
            story.must(story.hand_over(11, "tech-2", "nurse-1", "-160 degC"))
            story.must(story.receive(11, "-160 degC"), story.nurse())
    story.must(story.store(11, "-140 degC"))
    assert quarantines(story.ask(story.read(11, "-140 degC"))) == []
    assert story.it(11).quarantine == frozenset()


@pytest.mark.requirement("COC-03")
def test_coc_03_an_excursion_blocks_release_until_a_signed_disposition() -> None:
    """One reading above the limit: no release of the lot before the disposition is signed; then there is."""
    story = told("test-sterility")
    story.must(story.read(12, "-100 degC"))
    qp = story.act("qp-1", "qualified-person")
    assert findings(story.ask(story.release(), qp)) == [
        ("cells.lot-held-back", {"lot": "LOT-1", "container": story.container(12)})
    ]
    signed = story.act("qp-1", "qualified-person")
    story.must(story.sign(12, EXCURSION), signed)
    assert codes(story.ask(story.release(), qp)) == ["cells.before-the-last"]
    assert codes(story.ask(story.release(), signed)) == []


@pytest.mark.requirement("COC-03")
def test_coc_03_a_log_that_comes_in_late_still_counts() -> None:
    """What was read on the way and told after the thaw holds the bag back; no earlier than it was frozen, no
    later than it was thawed."""
    story = told("thaw")
    bag = story.it(11)
    frozen, thawed = bag.frozen_at, bag.thawed_at
    assert frozen is not None
    assert thawed is not None

    def read(at: Any, temperature: str = "-150 degC") -> Decision:
        return story.ask(story.read(11, temperature), Act(by="logger", at=at, role="logger", site="sapporo"))

    assert codes(read(frozen)) == codes(read(thawed)) == []
    label = story.container(11)
    assert findings(read(frozen - SECOND)) == [
        ("cells.read-before-freezing", {"container": label, "at": shown(frozen - SECOND)})
    ]
    assert findings(read(thawed + SECOND)) == [
        ("cells.read-after-thawing",
         {"container": label, "at": shown(thawed + SECOND), "thawed": shown(thawed)})
    ]  # fmt: skip
    decision = read(thawed, "-80 degC")
    assert [each.reason for each in quarantines(decision)] == [EXCURSION]
    story.put(11, frozen_at=None)
    assert codes(read(thawed)) == ["cells.read-before-freezing"]


@pytest.mark.requirement("COC-03")
def test_coc_03_an_excursion_told_after_the_use_is_told_all_the_same() -> None:
    """Nothing can be held back any more: the reading is kept, and it is a warning."""
    story = told("end")
    at = story.it(11).thawed_at
    assert at is not None
    act = Act(by="logger", at=at, role="logger", site="sapporo")
    decision = story.ask(story.read(11, "-80 degC"), act)
    assert findings(decision) == [
        ("cells.excursion-after-use",
         {"container": story.container(11), "read": "-80 degC", "low": "-200 degC", "high": "-130 degC"})
    ]  # fmt: skip
    assert decision.findings[0].severity is Severity.WARNING
    assert [type(event) for event in decision.events] == [e.TemperatureRead]
    assert findings(story.ask(story.read(11, "-150 degC"), act)) == []


def test_while_it_runs_an_excursion_holds_the_bag_back() -> None:
    """A late log during the infusion: it can be paused and stopped, and not resumed."""
    story = told("start")
    at = story.it(11).thawed_at
    assert at is not None
    story.must(story.read(11, "-80 degC"), Act(by="logger", at=at, role="logger", site="sapporo"))
    story.must(story.pause(11), story.nurse())
    assert codes(story.ask(story.resume(11), story.nurse())) == ["cells.quarantined"]
    assert codes(story.ask(story.end(11, "20 mL", left="20 mL", reason="warm"), story.nurse())) == []


def test_freezing_itself_is_no_excursion() -> None:
    """From the store on the cold is kept: a container that is being frozen is on its way down."""
    story = told("freeze-11")
    assert quarantines(story.ask(story.read(11, "-20 degC"))) == []
    story.must(story.hand_over(11, "tech-2", "tech-1", "-20 degC"))
    assert story.it(11).quarantine == frozenset()


def test_a_broken_seal_holds_the_container_back() -> None:
    """Whatever the temperature, and beside an excursion both are told."""
    story = told("pack")
    over = story.hand_over(11, "tech-2", "nurse-1", "-150 degC", seal_intact=False)
    assert [each.words for each in quarantines(story.ask(over, story.act()))] == ["seal broken"]
    warm = replace(over, temperature=amount("-80 degC"))
    words = [each.words for each in quarantines(story.ask(warm, story.act()))]
    assert words == ["seal broken", "-80 degC is outside -200 degC to -130 degC"]
    story.must(warm)
    assert story.it(11).quarantine == frozenset({EXCURSION})
    assert story.it(11).custody[-1].holder == "nurse-1"


def test_blood_is_received_at_any_temperature() -> None:
    """The protocol's limits are of frozen containers; what was never packed has none."""
    story = told("hand-over-1")
    assert quarantines(story.must(story.receive(1, "25 degC"), story.act("tech-2"))) == []


# Shelf life -------------------------------------------------------------------------------------------


def test_a_bag_is_thawed_within_its_shelf_life() -> None:
    """Sixty days after freezing it is thawed, a second later it is not."""
    story = told("receive-bag")
    frozen = story.it(11).frozen_at
    assert frozen is not None
    at = lambda span: Act(by="nurse-1", at=frozen + span, role="nurse", site="sapporo")  # noqa: E731
    last = timedelta(days=60)
    assert codes(story.ask(story.thaw(11), at(last))) == []
    assert findings(story.ask(story.thaw(11), at(last + SECOND))) == [
        ("cells.shelf-life-over",
         {"container": story.container(11), "frozen": shown(frozen), "most": "60 d"})
    ]  # fmt: skip
    story.put(11, frozen_at=None)
    assert findings(story.ask(story.thaw(11))) == [("cells.never-frozen", {"container": story.container(11)})]
