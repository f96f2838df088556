"""The fold: a history read from plain JSON gives the same chain, and what is no event of it is a fault."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.cells.story import START, Story, amount, running, told
from tests.cells.tales import (
    TALES,
    late_positive,
    rejected,
    sample_used_up,
    stopped_early,
    tell,
    warmed_on_the_way,
)  # fmt: skip

from myelos.acts import Act
from myelos.cells import events as e
from myelos.cells.containers import (
    Chain,
    Container,
    Contents,
    Growth,
    Infusion,
    Kind,
    Lot,
    LotDecision,
    LotStatus,
    Match,
    Observation,
    Pause,
    QuarantineReason,
    Reasoned,
    Result,
    State,
)  # fmt: skip
from myelos.cells.events import CATALOGUE, EVENTS
from myelos.cells.evolve import evolve
from myelos.findings import Refused
from myelos.shapes import plain, read

ACT = Act(by="tech-1", at=START, role="technician", site="sapporo")


def fold(history: list[tuple[Any, Act]]) -> Chain:
    chain: Chain | None = None
    for event, act in history:
        chain = evolve(chain, event, act)
    assert chain is not None
    return chain


@pytest.mark.parametrize("tale", TALES, ids=lambda tale: tale.__name__)
def test_every_history_survives_plain_json_and_folds_to_the_same_chain(tale: Any) -> None:
    """Written, read again and folded: nothing is lost on the way, not a digit and not a second."""
    story = tell(tale)
    lines = [json.dumps([CATALOGUE.write(event), plain(act)]) for event, act in story.history]
    history = []
    for line in lines:
        event, act = json.loads(line)
        history.append((CATALOGUE.read(event), read(Act, act)))
    assert history == story.history
    assert fold(history) == story.chain


def test_the_tales_use_every_event() -> None:
    """No event of the room is left untold."""
    seen = {type(event) for tale in TALES for event, _ in tell(tale).history}
    assert seen == set(EVENTS)


def test_every_event_has_its_own_name() -> None:
    """Names are unique, of this room, and of a version."""
    names = [event.NAME for event in EVENTS]
    assert len(set(names)) == len(names)
    assert all(name.startswith("cells.") for name in names)
    assert {event.VERSION for event in EVENTS} == {1}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"version": 2}, "shapes.unknown-version"),
        ({"version": "1"}, "shapes.unknown-version"),
        ({"name": "cells.thawd"}, "shapes.unknown-name"),
        ({"data": {"chain": "I", "container": "C"}}, "shapes.missing"),
        ({"data": {"chain": "I", "container": "C", "added": "3"}}, "shapes.no-unit"),
        ({"data": {"chain": "I", "container": "C", "added": "3 L"}}, "shapes.unknown-unit"),
        ({"data": {"chain": "I", "container": "C", "added": "-3 mL"}}, "shapes.too-small"),
        ({"data": {"chain": "I", "container": "C", "added": "3 mL", "ad": 1}}, "shapes.unknown-key"),
    ],
)
def test_a_record_of_another_shape_or_version_is_refused(change: dict[str, Any], code: str) -> None:
    """Nothing is guessed of an event that is not known."""
    made = e.Thawed(chain="I", container="C", added=amount("3 mL"))
    with pytest.raises(Refused) as refused:
        CATALOGUE.read({**CATALOGUE.write(made), **change})
    assert [each.code for each in refused.value.findings] == [code]


def test_what_cannot_follow_is_a_fault_of_the_program() -> None:
    """No event before the chain, no event of another room: the fold raises."""
    discarded = e.Discarded(chain="I", container="C", reason="x")
    with pytest.raises(TypeError, match="Discarded cannot follow here"):
        evolve(None, discarded, ACT)
    with pytest.raises(TypeError, match="object cannot follow here"):
        evolve(told("open").chain, object(), ACT)


@pytest.mark.parametrize(
    "event",
    [
        e.Split(chain="I", source="S", parts=(), left=amount("1 mL")),
        e.Thawed(chain="I", container="S", added=amount("1 mL")),
        e.Fed(chain="I", flasks=(), serum=(e.Use(container="S", volume=amount("1 mL")),)),
    ],
    ids=lambda event: event.NAME,
)
def test_what_holds_nothing_cannot_give_anything(event: Any) -> None:
    """A history that was never decided on is not folded into a false one."""
    empty = Container("S", Kind.SUSPENSION, State.HELD, "tech-1", START)
    chain = Chain("I", "P", told("open").chain.containers.set("S", empty))  # type: ignore[union-attr]
    with pytest.raises(TypeError, match="S holds nothing"):
        evolve(chain, event, ACT)


# What the fold keeps ----------------------------------------------------------------------------------


def test_a_printed_label_is_all_that_is_known_of_its_container() -> None:
    """Who printed it and when; no parents, no contents, nobody's hands."""
    story = told("open")
    story.must(story.print_label(1, Kind.BLOOD))
    assert story.it(1) == Container(story.container(1), Kind.BLOOD, State.PRINTED, "tech-1", story.now)


def test_golden_the_bag_at_every_stage() -> None:
    """From the suspension to the vein, every field of the bag as it should be."""
    story = told("fill")
    filled, suspension = story.it(11), told("harvest-2").it(9)
    counted = told("feed").now + timedelta(days=10, minutes=20)
    assert filled == Container(
        story.container(11), Kind.BAG, State.HELD, "tech-1", story.now, parents=(story.container(9),),
        lot="LOT-1", passage=1, contents=Contents(amount("7 mL"), 175_000_000, 7_000_000, counted),
        custody=suspension.custody,
    )  # fmt: skip
    story = told("freeze-11")
    contents = replace(filled.contents, volume=amount("37 mL"))  # type: ignore[type-var]
    frozen = replace(filled, state=State.FROZEN, contents=contents, frozen_at=story.now, last_at=story.now)
    assert story.it(11) == frozen
    story = told("thaw")
    thawed = story.it(11)
    assert (thawed.state, thawed.thawed_at, thawed.frozen_at) == (State.THAWED, story.now, frozen.frozen_at)
    assert thawed.contents == replace(contents, volume=amount("40 mL"))
    story = told("match-2")
    times = [story.now - timedelta(minutes=1), story.now]
    assert story.it(11).matches == (Match("nurse-1", times[0]), Match("nurse-2", times[1]))


def test_golden_the_lot_with_its_results() -> None:
    """Edition, results with sample, time and author, release, bags: as they were told."""
    story = told("release")
    times = [story.now - timedelta(minutes=minutes) for minutes in (30, 20, 10)]
    sample, results = story.container(10), (amount("91 %"), amount("0.5 EU/mL"), "negative")
    names, bags = ("viability", "endotoxin", "sterility"), (story.container(11), story.container(12))
    assert story.lot() == Lot(
        "LOT-1", "1", LotStatus.RELEASED,
        tuple(Result(n, r, sample, at, "tech-1") for n, r, at in zip(names, results, times, strict=True)),
        (), bags, story.now, (LotDecision(LotStatus.RELEASED, story.now, "qp-1", bags=bags),),
    )  # fmt: skip


def test_golden_growth_and_infusion_as_they_are_kept() -> None:
    """Each passage's counts and times; each infusion's dose, people and what arrived."""
    story = told("end")
    assert story.chain is not None
    seeded, harvested = told("seed").now, told("harvest").now
    reseeded, again = told("passage").now, told("harvest-2").now
    assert story.chain.growth == (
        Growth("LOT-1", 0, None, seeded, 3_000_000, harvested),
        Growth("LOT-1", 1, 3_000_000, reseeded, 250_000_001, again),
    )
    started, ended = told("start").now, told("end").now
    assert story.chain.infusions == (
        Infusion(
            bag=story.container(11), started_at=started, by=("nurse-1", "nurse-2"), basis="total",
            dose=182_000_000, counted_at=told("feed").now + timedelta(days=10, minutes=20),
            weight=amount("60 kg"), weighed_at=started - timedelta(days=1), lowest=50_000_000,
            highest=200_000_000,
            flow=amount("0.8 mL/min"), dilution=amount("3 fold"), premedication=("hydrocortisone",),
            observations=(seen("nurse-1", told("observe").now),), ended_at=ended, infused=amount("40 mL"),
            lost=amount("0 mL"), left=amount("0 mL"), delivered=182_000_000,
        ),
    )  # fmt: skip


def seen(by: str, at: datetime) -> Observation:
    """The vital signs of the story."""
    return Observation(
        at=at, by=by, oxygen_saturation=amount("97 %"), systolic=amount("118 mmHg"),
        diastolic=amount("71 mmHg"), pulse=amount("66 bpm"), temperature=amount("36.4 degC"),
        reactions=("flushing",),
    )  # fmt: skip


def times(story: Story, kind: type) -> list[Act]:
    """When, and by whom, each event of a kind was told."""
    return [act for event, act in story.history if isinstance(event, kind)]


def test_an_infusion_keeps_its_signs_its_pauses_and_why_it_was_stopped() -> None:
    """Signs told after the end are its own, too; a pause that was never ended is one without a resumption."""
    story = tell(stopped_early)
    assert story.chain is not None
    (it,) = story.chain.infusions
    assert it.observations == tuple(seen(act.by, act.at) for act in times(story, e.InfusionObserved))
    assert len(it.observations) == 2
    first, second = times(story, e.InfusionPaused)
    (resumed,) = times(story, e.InfusionResumed)
    (stopped,) = times(story, e.InfusionStopped)
    assert it.pauses == (
        Pause(Reasoned(first.at, first.by, "flushing"), resumed.at),
        Pause(Reasoned(second.at, second.by, "flushing")),
    )
    assert (it.ended_at, it.stopped) == (stopped.at, Reasoned(stopped.at, stopped.by, "desaturation"))
    assert [str(each) for each in (it.infused, it.lost, it.left)] == ["20 mL", "1 mL", "19 mL"]


def test_a_lot_keeps_every_decision_on_it() -> None:
    """Released on condition, withdrawn, corrected and released again: each with when, by whom and why."""
    story = tell(late_positive)
    (released,), (withdrawn,) = times(story, e.Released), times(story, e.ReleaseWithdrawn)
    bags = (story.container(11), story.container(12))
    early = LotDecision(
        LotStatus.CONDITIONAL, released.at, "qp-1", ("sterility",), (), bags, "infusion is due"
    )  # fmt: skip
    late = LotDecision(LotStatus.WITHDRAWN, withdrawn.at, withdrawn.by, outside=("sterility",))
    assert (story.lot().status, story.lot().decisions) == (LotStatus.WITHDRAWN, (early, late))
    story = tell(rejected)
    (no,) = times(story, e.Rejected)
    (decision,) = story.lot().decisions
    assert (decision.status, decision.at, decision.by) == (LotStatus.REJECTED, no.at, "qp-1")
    assert (decision.missing, decision.outside) == (("sterility",), ("endotoxin",))
    assert decision.why == "out of specification"


def test_a_corrected_result_keeps_its_reason_and_the_old_one_has_none() -> None:
    """Why a result was replaced stands with the one that replaces it."""
    lot = tell(sample_used_up).lot()
    assert [each.why for each in lot.results] == ["", "misread", "", ""]


def test_what_was_collected_and_why_a_container_was_thrown_away_stay() -> None:
    """The volume of each collection is its container's for ever; nothing else was collected."""
    story = tell(rejected)
    assert story.chain is not None
    taken = {each.label: each.collected for each in story.chain.containers.values() if each.collected}
    assert taken == {
        event.container: event.volume for event, _ in story.history if isinstance(event, e.Collected)
    }
    gone = {event.container: Reasoned(act.at, act.by, event.reason)
            for event, act in story.history if isinstance(event, e.Discarded)}  # fmt: skip
    kept = {each.label: each.discarded for each in story.chain.containers.values() if each.discarded}
    assert (kept, len(kept)) == (gone, 3)


def test_a_hold_that_was_lifted_is_still_told() -> None:
    """Why a container was held back, and the disposition that let it go, in words, with who and when."""
    story = tell(warmed_on_the_way)
    held, (signed, _) = times(story, e.Quarantined), times(story, e.DispositionSigned)
    assert [each.reason for each in story.it(11).holds] == [QuarantineReason.EXCURSION] * 2
    assert [each.held.at for each in story.it(11).holds] == [each.at for each in held[:2]]
    assert {each.lifted for each in story.it(11).holds} == {Reasoned(signed.at, "qp-1", "looked into")}
    assert story.it(11).quarantine == frozenset()


def test_a_source_keeps_what_no_part_took() -> None:
    """Cells and volume left, with the count's time, in the state it was in."""
    story = told("sample")
    whole = told("harvest-2").it(9).contents
    assert whole is not None
    assert story.it(9).contents == Contents(amount("9 mL"), 225_000_001, 9_000_000, whole.counted_at)
    assert story.it(9).state is State.HELD


def test_a_pool_has_all_parents_and_the_age_of_the_oldest_count() -> None:
    """Both suspensions are parents, and the count is as old as the older of the two."""
    story = told("feed")
    for serial in (31, 32):
        story.new_label(serial, Kind.SUSPENSION)
    story.must(story.harvest((5,), 7, 2_000_000, 50_000))
    story.must(story.harvest((6,), 31, 1_000_001, 49_999))
    older = story.it(7).contents
    assert older is not None
    story.must(story.pool((31, 7), 32))
    pooled = story.it(32)
    assert pooled.parents == (story.container(31), story.container(7))
    assert pooled.contents == Contents(amount("20 mL"), 3_000_001, 99_999, older.counted_at)
    assert (story.it(7).state, story.it(31).contents) == (State.EMPTIED, None)


def test_two_flasks_of_a_passage_are_seeded_when_the_first_is() -> None:
    """Growth counts from the earliest seeding, over all flasks harvested together."""
    story = told("feed")
    earlier = story.it(5).seeded_at
    assert earlier is not None
    story.put(5, seeded_at=earlier - timedelta(days=1))
    story.must(story.harvest((5, 6), 7, 3_000_000, 100_000))
    assert story.chain is not None
    assert story.chain.growth[0].seeded_at == earlier - timedelta(days=1)


def test_only_the_infusion_that_ends_is_ended() -> None:
    """Another bag's infusion keeps what it has."""
    story = told("start")
    assert story.chain is not None
    other = running("other", START, 5, ended_at=START, delivered=5)
    story.chain = replace(story.chain, infusions=(other, *story.chain.infusions))
    story.must(story.end(11), story.nurse())
    assert story.chain.infusions[0] == other
    assert story.chain.infusions[1].delivered == 182_000_000


def test_what_is_only_looked_at_changes_no_container() -> None:
    """A reading leaves the chain as it was, vital signs leave every container as it was."""
    story = tell(stopped_early)
    assert story.chain is not None
    reading = e.TemperatureRead(
        chain=story.chain_id, container=story.container(12), temperature=amount("-150 degC")
    )
    assert evolve(story.chain, reading, ACT) == story.chain
    for event, act in story.history:
        if isinstance(event, e.InfusionObserved):
            assert evolve(story.chain, event, act).containers == story.chain.containers


def test_quarantine_reasons_are_added_and_taken_one_by_one() -> None:
    """Each container named gets the reason beside those it has."""
    story = told("release")
    labels = (story.container(11), story.container(12))
    for reason in (QuarantineReason.OTHER, QuarantineReason.EXCURSION):
        event = e.Quarantined(chain=story.chain_id, containers=labels, reason=reason, words="x")
        story.chain = evolve(story.chain, event, ACT)
    both = frozenset({QuarantineReason.OTHER, QuarantineReason.EXCURSION})
    assert (story.it(11).quarantine, story.it(12).quarantine) == (both, both)


def test_but_changes_what_it_is_told_and_nothing_else() -> None:
    """The fast way to change a container agrees with the plain one, and knows every field."""
    story = told("thaw")
    for name in Container.__dataclass_fields__:
        assert story.it(11).but(**{name: "x"}) == replace(story.it(11), **{name: "x"})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="nothing"):
        story.it(11).but(nothing=1)


@pytest.mark.slow
def test_two_hundred_thousand_events_fold_in_seconds() -> None:
    """A fold is linear: 3400 stories of 59 events each take seconds."""
    import time

    history = told("end").history
    begun = time.perf_counter()
    for _ in range(200_000 // len(history)):
        fold(history)
    assert time.perf_counter() - begun < 20
