"""Identity is a hard wall: whatever is swapped, whoever asks, cells reach only the person they came from."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.cells.story import START, Story, codes, findings, holds, told
from tests.cells.tales import TALES, tell

from myelos.acts import Act, Decision
from myelos.cells import commands as c
from myelos.cells import dispositions, origins
from myelos.cells import events as e
from myelos.cells.asked import shown
from myelos.cells.containers import Chain, Custody, Kind, QuarantineReason, State

SECOND = timedelta(seconds=1)


# The chain of identity --------------------------------------------------------------------------------


@pytest.mark.requirement("COI-01")
def test_coi_01_without_a_chain_of_identity_nothing_is_labelled_or_collected() -> None:
    """The chain is opened before the first label, which is before the first collection."""
    story = Story()
    story.now += timedelta(days=1)
    for command in (story.print_label(1, Kind.BLOOD), story.collect(1, "240 mL")):
        assert findings(story.ask(command)) == [
            ("cells.no-such-chain", {"chain": story.chain_id, "read": "-"})
        ]
    story.must(c.OpenChain(chain=story.chain_id, person=story.person))
    assert story.chain == Chain(story.chain_id, story.person, opened_at=story.now)
    opened = story.now
    early = Act(by="tech-1", at=opened - SECOND, role="technician", site="sapporo")
    assert findings(story.ask(story.print_label(1, Kind.BLOOD), early)) == [
        ("cells.before-the-chain",
         {"container": story.container(1), "at": shown(early.at), "opened": shown(opened)})
    ]  # fmt: skip
    assert codes(story.ask(story.print_label(1, Kind.BLOOD), replace(early, at=opened))) == []


@pytest.mark.requirement("COI-01")
def test_coi_01_a_chain_is_opened_once_with_labels_of_its_kinds() -> None:
    """A chain's label for the chain, a wristband's for the person; not twice."""
    story = Story()
    swapped = c.OpenChain(chain=story.person, person=story.chain_id)
    assert codes(story.ask(swapped)) == ["cells.label-wrong-kind", "cells.label-wrong-kind"]
    opening = c.OpenChain(chain=story.chain_id, person=story.person)
    (event,) = story.must(opening).events
    assert event == e.ChainOpened(chain=story.chain_id, person=story.person)
    assert findings(story.ask(opening)) == [("cells.chain-exists", {"chain": story.chain_id})]


@pytest.mark.requirement("COI-02")
def test_coi_02_every_way_back_from_the_bag_stays_in_one_chain_and_keeps_each_donation_s_number() -> None:
    """Walking the parents of the infused bag: blood and marrow under their own labels, all of one chain."""
    story = told("end")
    assert story.chain is not None
    path = story.chain.ancestors(story.container(11))
    assert path == tuple(story.container(each) for each in (9, 8, 7, 4, 5, 6, 1, 3))
    assert {event.chain for event, _ in story.history} == {story.chain_id}
    donations = [each.label for each in origins(story.chain, story.container(11))]
    assert donations == [story.container(1), story.container(3)]
    assert len({*donations, story.chain_id, story.person}) == 4


def broken(story: Story) -> list[tuple[str, dict[str, Any]]]:
    return findings(story.ask(story.match(11), story.nurse()))


@pytest.mark.requirement("COI-02")
def test_coi_02_a_path_that_breaks_off_leads_to_nobody() -> None:
    """A container nobody collected and nothing was poured into has no origin, wherever on the path it is."""
    bag = told("thaw").container(11)
    for serial in (11, 9, 8, 7, 4, 5):
        story = told("thaw")
        story.put(serial, parents=())
        at = {"container": bag, "at": story.container(serial)}
        found = [each for each in broken(story) if each[0] != "cells.not-among-released"]
        expected = [("cells.path-broken", at)]
        if serial in (11, 9, 8, 7):
            expected.append(("cells.path-without-marrow", {"container": bag}))
        assert found == expected, serial
    for serial in (1, 3):
        story = told("thaw")
        story.put(serial, custody=())
        assert broken(story) == [("cells.path-broken", {"container": bag, "at": story.container(serial)})]
    story = told("thaw")
    story.put(4, parents=(), custody=(Custody("tech-1", "laboratory", START),))
    assert broken(story) == [("cells.path-broken", {"container": bag, "at": story.container(4)})]


@pytest.mark.requirement("COI-02")
def test_coi_02_cells_come_from_marrow() -> None:
    """A bag that leads back to blood alone holds none of the person's marrow cells."""
    story = told("thaw")
    story.put(3, kind=Kind.BLOOD)
    assert broken(story) == [("cells.path-without-marrow", {"container": story.container(11)})]


@pytest.mark.requirement("COI-06")
@pytest.mark.parametrize("tale", TALES, ids=lambda tale: tale.__name__)
def test_coi_06_from_each_donation_every_end_and_from_each_end_every_donation(tale: Any) -> None:
    """Both ways agree: what came of a donation is what leads back to it, and nothing leads nowhere."""
    chain = tell(tale).chain
    assert chain is not None
    filled = [each for each in chain.containers.values() if each.state not in (State.PRINTED, State.LABELLED)]
    filled = [each for each in filled if each.state is not State.SPOILED]
    collected = {each.label for each in filled if each.kind in (Kind.BLOOD, Kind.MARROW) and not each.parents}
    assert collected
    for each in filled:
        back = {origin.label for origin in origins(chain, each.label)}
        assert back
        assert back <= collected
        for donation in collected:
            onward = {to.label for to in dispositions(chain, donation)}
            assert (each.label in onward) is (donation in back)


@pytest.mark.requirement("COI-06")
def test_coi_06_golden_what_became_of_the_marrow() -> None:
    """Two flasks, a suspension, a flask, a suspension; a sample held, a bag infused, a bag in store."""
    story = told("end")
    assert story.chain is not None
    became = dispositions(story.chain, story.container(3))
    assert [(to.label, to.kind, to.state) for to in became] == [
        (story.container(serial), kind, state)
        for serial, kind, state in (
            (3, Kind.MARROW, State.EMPTIED), (5, Kind.FLASK, State.EMPTIED), (6, Kind.FLASK, State.EMPTIED),
            (7, Kind.SUSPENSION, State.EMPTIED), (8, Kind.FLASK, State.EMPTIED),
            (9, Kind.SUSPENSION, State.EMPTIED), (10, Kind.SAMPLE, State.HELD), (11, Kind.BAG, State.INFUSED),
            (12, Kind.BAG, State.STORED),
        )
    ]  # fmt: skip
    assert [to.ended for to in became] == [True] * 6 + [False, True, False]
    assert became[7].since == story.it(11).last_at
    (blood,) = dispositions(story.chain, story.container(2))
    assert (blood.label, blood.state) == (story.container(2), State.HELD)
    with pytest.raises(KeyError):
        origins(story.chain, story.person)


# Identity errors --------------------------------------------------------------------------------------


def asked_of(story: Story, serial: int) -> list[Any]:
    """Every command about one container, whatever it is."""
    one, scan = serial, story.scan(serial)
    moved = [
        story.verify(one), story.collect(one, "1 mL"), story.hand_over(one, temperature="-150 degC"),
        story.receive(one, "-150 degC"), story.freeze(one), story.store(one), story.pack(one),
        story.thaw(one), story.match(one), story.start(one), story.resume(one), story.hold(one),
        *(story.sign(one, reason) for reason in QuarantineReason),
    ]  # fmt: skip
    poured = [
        replace(story.separate("1 mL"), scan=scan), replace(story.seed(lot="L"), scan=scan),
        story.feed(flasks=(scan,)), replace(story.feed(), serum=(story.filling(one, "1 mL"),)),
        story.harvest((one,), 7, 1, 0), story.passage(one), story.divide(one, {40: "1 mL"}),
        story.divide(41, {one: "1 mL"}), story.pool((one, 41), 40), story.sample(one, 42),
        story.result("sterility", "negative", sample=one),
    ]  # fmt: skip
    return [*moved, *poured]


@pytest.mark.parametrize("serial", [1, 3, 4, 5, 7, 8, 9, 10, 11, 12])
def test_after_an_identity_error_only_discarding_and_watching_are_left(serial: int) -> None:
    """At any container of the path: it and all that came of it refuse every other command."""
    story = told("store-12")
    assert story.chain is not None
    touched = (story.container(serial), *story.chain.descendants(story.container(serial)))
    (event,) = story.must(story.identity_error(serial)).events
    assert event == e.Quarantined(
        chain=story.chain_id, containers=touched, reason=QuarantineReason.IDENTITY, words="two labels"
    )
    assert story.chain is not None
    for each in story.chain.containers.values():
        assert (QuarantineReason.IDENTITY in each.quarantine) is (each.label in touched)
    for number in range(1, 13):
        if story.container(number) not in touched:
            continue
        for command in asked_of(story, number):
            assert "cells.identity-stays" in codes(story.ask(command)), command
    for label_ in touched:
        it = story.chain.containers[label_]
        discard = c.Discard(
            chain=story.chain_id, scan=c.Scan(container=label_, read=label_), reason="identity"
        )
        if not it.ended:
            assert codes(story.must(discard)) == []


@pytest.mark.parametrize("serial", [11, 9, 4, 3])
def test_an_identity_error_during_the_infusion_stops_it(serial: int) -> None:
    """It can be paused, watched and stopped, or end; it cannot be resumed, and no other bag can start."""
    story = told("start")
    story.must(story.identity_error(serial), story.act(minutes=1))
    assert codes(story.ask(story.end(11), story.nurse())) == []
    assert codes(story.must(story.observe(11), story.nurse())) == []
    assert codes(story.must(story.pause(11), story.nurse())) == []
    assert "cells.identity-stays" in codes(story.ask(story.resume(11), story.nurse()))
    assert codes(story.must(story.end(11, "20 mL", left="20 mL", reason="identity"), story.nurse())) == []
    assert story.it(11).state is State.INFUSED


def test_an_identity_error_anywhere_on_the_path_is_found_again_at_the_bedside() -> None:
    """Were a descendant not held back, the path itself still refuses it, and says where."""
    for serial in (11, 9, 8, 7, 6, 5, 4, 3, 1):
        story = told("match-2")
        story.put(serial, holds=holds({QuarantineReason.IDENTITY}))
        found = findings(story.ask(story.start(11), story.nurse()))
        on_path = ("cells.identity-error-on-path",
                   {"container": story.container(11), "at": story.container(serial)})  # fmt: skip
        assert on_path in found
    story = told("match-2")
    story.put(9, holds=holds({QuarantineReason.OTHER}))
    assert codes(story.ask(story.start(11), story.nurse())) == []


def test_an_identity_error_at_blood_reaches_what_its_serum_fed() -> None:
    """Serum is a parent of the cells it fed: at seeding, feeding and passaging."""
    story = told("separate")
    story.new_label(31, Kind.SERUM)
    other = c.SeparateSerum(chain=story.chain_id, scan=story.scan(2), serum=(story.filling(31, "90 mL"),))
    story.must(other)
    story.must(story.seed())
    story.must(story.feed(serum=(story.filling(31, "10 mL"), story.filling(4, "10 mL"))))
    assert story.it(5).parents == (story.container(3), story.container(4), story.container(31))
    story.must(story.harvest((5, 6), 7, 3_000_000, 100_000))
    (event,) = story.must(story.identity_error(2)).events
    assert set(event.containers) == {story.container(each) for each in (2, 31, 5, 6, 7)}
    assert event.containers[0] == story.container(2)


def test_an_identity_error_can_be_reported_of_any_container_and_again() -> None:
    """At its end or not, a label or a bag; of a container of this chain."""
    story = told("end")
    for serial in (11, 12, 9, 1, 11):
        assert codes(story.must(story.identity_error(serial))) == []
    assert findings(story.ask(replace(story.identity_error(11), container="C-9"))) == [
        ("cells.not-of-this-chain", {"container": "C-9", "chain": story.chain_id})
    ]


@pytest.mark.parametrize("name", ["person", "chain", "parents", "label", "kind", "anything"])
def test_identity_cannot_be_corrected_by_anybody(name: str) -> None:
    """Always refused: an error is reported, and what it touched is discarded."""
    story = told("release")
    command = c.CorrectIdentity(chain=story.chain_id, container=story.container(11), field=name, new="x")
    for role in ("technician", "qualified-person", "investigator", "admin"):
        decision = story.ask(command, replace(story.act(), role=role))
        fields_ = "person, chain, parents, label, kind"
        params = {"container": story.container(11), "field": name, "fields": fields_}
        assert findings(decision) == [("cells.identity-cannot-be-corrected", params)]
    unknown = replace(command, container="C-9")
    assert codes(story.ask(unknown)) == ["cells.not-of-this-chain", "cells.identity-cannot-be-corrected"]


def test_no_event_changes_whose_a_container_is() -> None:
    """Over every tale label and kind never change, and parents are only added."""
    for tale in TALES:
        story = Watching()
        tell(tale, story)


class Watching(Story):
    def do(self, command: Any, act: Any = None, bedside: Any = None) -> Decision:
        before = self.chain
        decision = super().do(command, act, bedside)
        assert self.chain is not None
        assert (self.chain.id, self.chain.person) == (self.chain_id, self.person)
        for old in before.containers.values() if before else ():
            new = self.chain.containers[old.label]
            assert (new.label, new.kind, new.printed_by) == (old.label, old.kind, old.printed_by)
            assert new.parents[: len(old.parents)] == old.parents
            assert set(new.parents) <= set(self.chain.containers)
        return decision


def test_no_gate_takes_a_role() -> None:
    """The gates of identity and of the bedside never look at a role: there is nobody who may pass by."""
    from pathlib import Path

    import myelos.cells.gates as gates

    for module in ("gates", "bedside", "custody"):
        text = Path(gates.__file__).with_name(f"{module}.py").read_text("utf-8")
        assert re.findall(r"\brole\b", re.sub(r'""".*?"""', "", text, flags=re.DOTALL)) == []
