"""Conservation: over any history the cells and the volumes in all containers, and what left them, add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cells.story import Story, amount, codes, findings, limits, told
from tests.cells.tales import TALES, tell

from myelos.cells import events as e
from myelos.cells.containers import Container, Kind, State
from myelos.cells.evolve import evolve
from myelos.quantities import Amount

FLAT = 40
"""The first of the labels that wait for cells."""

Sum = tuple[Decimal, int, int]


def held(containers: Any) -> Sum:
    """What containers hold together: mL, living cells, dead cells."""
    every = [each.contents for each in containers if each.contents is not None]
    volume = sum((each.volume.value for each in every), start=Decimal(0))
    return volume, sum(each.viable or 0 for each in every), sum(each.dead or 0 for each in every)


def all_of(story: Story, kinds: set[Kind] | None = None) -> list[Container]:
    assert story.chain is not None
    return [each for each in story.chain.containers.values() if kinds is None or each.kind in kinds]


@cache
def bank() -> Story:
    """A counted suspension of odd numbers, an uncounted one, and labels of every kind to fill."""
    story = told("harvest")
    for serial, kind in enumerate([Kind.SUSPENSION, Kind.BAG, Kind.SAMPLE] * 8, start=FLAT):
        story.new_label(serial, kind)
    return story


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["split", "split", "pool", "sample", "freeze", "thaw", "discard", "test"]),
        st.integers(0, 30),
        st.integers(0, 30),
        st.integers(1, 12_000_000).map(lambda n: Amount(Decimal(n).scaleb(-6), "mL")),
    ),
    min_size=5,
    max_size=40,
)


def choose(story: Story, states: set[State], kinds: set[Kind], number: int) -> int:
    """The serial of one of the containers that fit, or of any where none does (and is refused)."""
    known = [7, *range(FLAT, FLAT + 24)]
    fit = [each for each in known if story.it(each).state in states and story.it(each).kind in kinds] or known
    return fit[number % len(fit)]


CELLS = {Kind.SUSPENSION, Kind.BAG}


def do(story: Story, name: str, one: int, other: int, volume: Amount) -> Any:
    """One operation on the containers there are; some are refused, which is as good a step as any."""
    source = choose(story, {State.HELD, State.THAWED}, CELLS, one)
    cold = choose(story, {State.STORED}, CELLS, one)
    match name:
        case "split":
            return story.do(
                story.divide(source, {choose(story, {State.LABELLED}, CELLS, other): str(volume)})
            )
        case "pool":
            second = choose(story, {State.HELD}, {Kind.SUSPENSION}, other)
            into = choose(story, {State.LABELLED}, {Kind.SUSPENSION}, other)
            return story.do(story.pool((source, second), into))
        case "sample":
            into = choose(story, {State.LABELLED}, {Kind.SAMPLE}, other)
            return story.do(story.sample(source, into, str(volume)))
        case "freeze":
            decision = story.do(story.freeze(source, str(volume)))
            return decision if decision.forbidden else story.do(story.store(source))
        case "thaw":
            return story.do(story.thaw(cold, str(volume)))
        case "test":
            sample = choose(story, {State.HELD}, {Kind.SAMPLE}, one)
            return story.do(story.result("endotoxin", amount("1 EU/mL"), True, sample))
        case _:
            return story.do(story.discard(choose(story, set(State), CELLS, one)))


@settings(deadline=None)
@given(OPERATIONS)
def test_over_random_histories_nothing_is_lost_or_made(
    operations: list[tuple[str, int, int, Amount]],
) -> None:
    """Start and additions are what is there, was thrown away or used up in tests, to the last cell."""
    story = bank().copy()
    kinds = {Kind.SUSPENSION, Kind.BAG, Kind.SAMPLE}
    volume, viable, dead = held(all_of(story, kinds))
    gone: list[Container] = []
    for operation in operations:
        assert story.chain is not None
        before, done = story.chain.containers, len(story.history)
        do(story, *operation)
        for event, _ in story.history[done:]:
            volume += event.added.value if isinstance(event, e.Frozen | e.Thawed) else 0
        ended = {State.DISCARDED, State.TESTED}
        gone += [
            before[each.label]
            for each in all_of(story, kinds)
            if each.state in ended and before[each.label].state not in ended
        ]
        there = held([*all_of(story, kinds), *gone])
        assert there == (volume, viable, dead)


def test_the_random_histories_do_something() -> None:
    """Of the operations above more than a third succeed, and each of them does."""
    chance, names = Random(1), ["split", "pool", "sample", "freeze", "thaw", "discard", "test"]
    done: list[str] = []
    for _ in range(20):
        story = bank().copy()
        for _ in range(20):
            name, volume = (
                chance.choice(names),
                Amount(Decimal(chance.randrange(1, 4 * 10**6)).scaleb(-6), "mL"),
            )
            if not do(story, name, chance.randrange(31), chance.randrange(31), volume).forbidden:
                done.append(name)
    assert len(done) > 400 / 3
    assert set(done) == set(names)


@pytest.mark.parametrize("tale", TALES, ids=lambda tale: tale.__name__)
def test_only_a_harvest_sets_a_count(tale: Any) -> None:
    """In a whole tale the cells in all containers change only by a harvest, and by what reaches an end."""
    story = Story()
    cells = 0

    class Counting(Story):
        def do(self, command: Any, act: Any = None, bedside: Any = None) -> Any:
            nonlocal cells
            before = held(all_of(self))[1:] if self.chain else (0, 0)
            decision = super().do(command, act, bedside)
            after = held(all_of(self))[1:]
            for event in decision.events:
                if isinstance(event, e.Harvested):
                    cells += 1
                    part = event.suspension
                    assert after >= (part.viable or 0, part.dead or 0)
                    return decision
            ends = (e.Discarded, e.InfusionEnded, e.InfusionStopped, e.Tested)
            if not any(isinstance(event, ends) for event in decision.events):
                assert after == before, command
            return decision

    story = Counting()
    tell(tale, story)
    assert cells >= 2


@pytest.mark.parametrize("tale", TALES, ids=lambda tale: tale.__name__)
def test_what_an_infusion_tells_is_what_its_bag_held(tale: Any) -> None:
    """Ran in, lost and left are the bag's volume to the last digit; no more cells arrived than there were."""
    story, bags = tell(tale), {}
    assert story.chain is not None
    chain = None
    for event, act in story.history:
        if isinstance(event, e.InfusionEnded | e.InfusionStopped):
            assert chain is not None
            bags[event.container] = chain.containers[event.container].contents
        chain = evolve(chain, event, act)
    assert set(bags) == {each.bag for each in story.chain.infusions}
    for each in story.chain.infusions:
        contents = bags[each.bag]
        assert contents is not None
        assert each.infused + each.lost + each.left == contents.volume  # type: ignore[operator]
        assert 0 < each.delivered <= each.dose == contents.total  # type: ignore[operator]


@pytest.mark.parametrize("tale", TALES, ids=lambda tale: tale.__name__)
def test_every_container_has_one_known_end_or_holds_something(tale: Any) -> None:
    """Nothing is nowhere: a container is a label, holds a volume, or came to its one end and holds none."""
    for each in all_of(tell(tale)):
        waiting = each.state in (State.PRINTED, State.LABELLED)
        assert (each.contents is None) is (waiting or each.ended)
        assert each.contents is None or each.contents.volume.value > 0


def test_golden_the_story_s_numbers_worked_out_by_hand() -> None:
    """60 mL of marrow in two flasks; 250000001 living and 9999999 dead cells in 10 mL: 1 mL sampled, 7 and
    2 mL filled, 30 mL and 3 mL added."""
    story = told("seed")
    assert [story.it(n).contents.volume for n in (4, 5, 6)] == [
        amount(v) for v in ("80 mL", "30 mL", "30 mL")
    ]
    assert story.it(3).state is State.EMPTIED
    story = told("fill")
    assert [(story.it(n).contents.viable, story.it(n).contents.dead) for n in (10, 11, 12)] == [
        (25_000_000, 999_999), (175_000_000, 7_000_000), (50_000_001, 2_000_000)
    ]  # fmt: skip
    assert story.it(9).state is State.EMPTIED
    assert told("thaw").it(11).contents.volume == amount("40 mL")


# What is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["fill", "sample", "seed", "passage", "separate"])
def test_more_than_there_is_cannot_be_taken(step: str) -> None:
    """The whole of a container can be taken, a nanolitre more cannot."""
    before = {
        "fill": "sample",
        "sample": "harvest-2",
        "seed": "separate",
        "passage": "harvest",
        "separate": "label-12",
    }
    story = told(before[step])
    whole, more = {
        "fill": (story.divide(9, {11: "7 mL", 12: "2 mL"}), story.divide(9, {11: "7 mL", 12: "2.000001 mL"})),
        "sample": (story.sample(volume="10 mL"), story.sample(volume="10.000001 mL")),
        "seed": (story.seed(), story.seed(flasks=story.fillings({5: "30 mL", 6: "30.000001 mL"}))),
        "passage": (story.passage(), story.passage(flasks={8: "10.000001 mL"})),
        "separate": (story.separate("240 mL"), story.separate("240.000001 mL")),
    }[step]
    assert codes(story.ask(more)) == ["cells.more-than-there-is"]
    assert not story.ask(whole).forbidden


def test_serum_cannot_be_used_twice() -> None:
    """What is left of a serum is what was not used."""
    story = told("seed")
    whole = story.feed(serum=(story.filling(4, "80 mL"),))
    more = story.feed(serum=(story.filling(4, "80.000001 mL"),))
    found = story.ask(more).findings
    assert [each.code for each in found] == ["cells.more-than-there-is"]
    assert found[0].params == {"container": story.container(4), "taken": "80.000001 mL", "whole": "80 mL"}
    story.must(whole)
    assert (story.it(4).state, story.it(4).contents) == (State.EMPTIED, None)


def test_an_empty_part_is_no_part() -> None:
    """A part has a volume; a division has a part; a collection, a harvest, a use of serum have a volume."""
    story = told("sample")
    assert codes(story.ask(story.divide(9, {11: "0 mL"}))) == ["cells.empty-part"]
    assert codes(story.ask(story.divide(9, {}))) == ["cells.no-part"]
    story = told("label-3")
    assert codes(story.ask(story.collect(3, "0 mL"))) == ["cells.empty-part"]
    assert codes(story.ask(story.collect(3, "0.000001 mL"))) == []
    story = told("feed")
    harvest = story.harvest((5, 6), 7, 1, 0)
    empty = replace(harvest, into=story.filling(7, "0 mL"))
    assert codes(story.ask(empty)) == ["cells.empty-part"]
    assert codes(story.ask(replace(harvest, into=story.filling(7, "0.000001 mL")))) == []
    assert codes(story.ask(story.feed(serum=(story.filling(4, "0 mL"),)))) == ["cells.empty-part"]


def test_a_container_that_holds_nothing_gives_nothing() -> None:
    """A state that no history leads to is refused, not divided."""
    story = told("sample")
    story.put(9, contents=None)
    assert codes(story.ask(story.divide(9, {11: "1 mL"}))) == ["cells.holds-nothing"]


def test_only_like_is_filled_into_like_but_a_bag_from_a_suspension() -> None:
    """Blood stays blood when it is divided, and a bag is filled from a suspension or a bag."""
    story = told("harvest-2")
    for serial, kind in ((31, Kind.BLOOD), (32, Kind.SUSPENSION), (33, Kind.SERUM)):
        story.new_label(serial, kind)
    assert codes(story.ask(story.divide(9, {32: "1 mL", 11: "1 mL"}))) == []
    assert codes(story.ask(story.divide(9, {33: "1 mL"}))) == ["cells.another-kind"]
    assert codes(story.ask(story.divide(2, {31: "1 mL"}))) == []
    assert codes(story.ask(story.divide(2, {11: "1 mL"}))) == ["cells.another-kind"]
    assert codes(story.ask(story.divide(4, {11: "1 mL"}))) == ["cells.another-kind"]
    found = story.ask(story.divide(2, {32: "1 mL"})).findings[0]
    assert found.params == {"container": story.container(32), "kind": "suspension", "source": "blood"}


def test_only_one_kind_lot_and_passage_is_pooled() -> None:
    """Pooling joins like with like: kind, lot and passage, two containers or more."""
    story = told("harvest")
    for serial, kind in ((31, Kind.SUSPENSION), (32, Kind.SUSPENSION), (33, Kind.SERUM)):
        story.new_label(serial, kind)
    story.must(story.divide(7, {31: "3 mL"}))
    assert codes(story.ask(story.pool((7, 31), 32))) == []
    assert codes(story.ask(story.pool((7,), 32))) == ["cells.nothing-to-pool"]
    assert codes(story.ask(story.pool((), 32))) == ["cells.nothing-to-pool"]
    assert codes(story.ask(story.pool((7, 7), 32))) == ["cells.named-twice"]
    assert codes(story.ask(story.pool((7, 31), 33))) == ["cells.another-kind", "cells.another-kind"]
    other = story.copy()
    other.put(31, lot="LOT-2")
    found = other.ask(other.pool((7, 31), 32)).findings
    assert [(each.code, dict(each.params)) for each in found] == [
        ("cells.another-lot", {"container": other.container(31), "lot": "LOT-2", "first": "LOT-1"})
    ]
    other = story.copy()
    other.put(31, passage=1)
    found = other.ask(other.pool((7, 31), 32)).findings
    assert [(each.code, dict(each.params)) for each in found] == [
        ("cells.another-passage", {"container": other.container(31), "passage": "1", "first": "0"})
    ]


def test_flasks_of_two_lots_are_not_harvested_together() -> None:
    """One lot and one passage in one suspension."""
    story = told("feed")
    story.put(6, lot="LOT-2", passage=1)
    found = codes(story.ask(story.harvest((5, 6), 7, 10, 1)))
    assert found == ["cells.another-lot", "cells.another-passage"]


def test_cells_are_passaged_as_often_as_allowed_and_no_oftener() -> None:
    """The last passage allowed is allowed."""
    story = told("harvest")
    story.put(7, passage=2)
    assert codes(story.ask(story.passage())) == []
    story.limits = limits(most_passages=1)
    story.put(7, passage=0)
    assert codes(story.ask(story.passage())) == []
    story.limits = limits()
    story.put(7, passage=3)
    found = story.ask(story.passage()).findings
    assert [(each.code, dict(each.params)) for each in found] == [
        ("cells.too-many-passages", {"container": story.container(7), "passage": 4, "most": 3})
    ]


def test_cells_are_grown_in_serum_of_the_person() -> None:
    """Seeding, feeding and passaging name the serum that was used."""
    story = told("separate")
    assert findings(story.ask(story.seed(serum=()))) == [("cells.no-serum", {"lot": "LOT-1"})]
    assert codes(story.ask(story.seed(serum=(), lot="LOT-2"))) == ["cells.no-serum"]
    story = told("seed")
    assert codes(story.ask(story.feed(serum=()))) == ["cells.no-serum"]
    assert findings(story.ask(story.feed(serum=()))) == [("cells.no-serum", {"lot": "-"})]
    assert findings(story.ask(story.feed(flasks=()))) == [("cells.names-nothing", {"part": "flasks"})]
    assert codes(story.ask(story.harvest((), 7, 1, 0))) == ["cells.names-nothing"]
    story = told("harvest")
    assert codes(story.ask(replace(story.passage(), serum=()))) == ["cells.no-serum"]


def test_cells_are_counted_after_the_flasks_were_last_handled_and_before_the_act() -> None:
    """At either instant is right; a second earlier or later is not."""
    story = told("feed")
    act = story.act(minutes=1440)
    harvest = story.harvest((5, 6), 7, 1, 0)
    last, second = story.it(5).last_at, timedelta(seconds=1)
    asked = lambda at: codes(story.ask(replace(harvest, counted_at=at), act))  # noqa: E731
    assert asked(last) == asked(act.at) == []
    assert asked(last - second) == ["cells.counted-before", "cells.counted-before"]
    assert asked(act.at + second) == ["cells.counted-later"]


def test_a_lot_is_begun_once() -> None:
    """A lot's name stands for one expansion."""
    story = told("separate")
    lot = told("seed").lot()
    story.chain = replace(story.chain, lots=story.chain.lots.set("LOT-1", lot))
    assert findings(story.ask(story.seed())) == [("cells.lot-exists", {"lot": "LOT-1"})]
    assert codes(story.ask(story.seed(lot="LOT-2"))) == []
