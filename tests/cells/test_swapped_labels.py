"""Labels: printed, verified, and never swapped; whatever is scanned in place of another is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from tests.cells.story import Story, codes, findings, limits, told
from tests.cells.tales import TALES, tell, to_the_end

from myelos.acts import Decision
from myelos.cells import commands as c
from myelos.cells import events as e
from myelos.cells.containers import Kind, State
from myelos.cells.decide import decide
from myelos.cells.label_templates import shipped_templates

SECOND = timedelta(seconds=1)


# Labels -----------------------------------------------------------------------------------------------


@pytest.mark.requirement("LAB-04")
def test_lab_04_a_second_person_holds_the_label_against_its_template() -> None:
    """Who printed a label does not verify it; before it is verified nothing can be put into its container."""
    story = told("label-12")
    story.must(story.print_label(31, Kind.BLOOD))
    assert findings(story.ask(story.verify(31))) == [
        ("cells.same-person", {"container": story.container(31), "by": "tech-1"})
    ]
    assert codes(story.ask(story.collect(31, "10 mL"))) == ["cells.wrong-state"]
    story.must(story.verify(31), story.act("tech-2"))
    assert codes(story.ask(story.collect(31, "10 mL"))) == []
    assert story.it(31).printed_by == "tech-1"


@pytest.mark.requirement("LAB-04")
def test_lab_04_what_is_decoded_from_the_print_is_the_label_meant() -> None:
    """A label counts as printed when it was read back; it is a container's, and was never used."""
    story = told("open")
    (event,) = story.ask(story.print_label(1, Kind.BLOOD)).events
    assert event == e.LabelPrinted(
        chain=story.chain_id, container=story.container(1), kind=Kind.BLOOD, template="vessel",
        template_version="1",
    )  # fmt: skip
    misread = story.print_label(1, Kind.BLOOD, decoded=story.container(2))
    assert findings(story.ask(misread)) == [
        ("cells.print-not-readable", {"container": story.container(1), "read": story.container(2)})
    ]
    foreign = story.print_label(1, Kind.BLOOD, decoded="SUZUKI TARO")
    assert findings(story.ask(foreign))[0][1]["read"] == "?"
    wristband = story.print_label(1, Kind.BLOOD, container=story.person, decoded=story.person)
    assert codes(story.ask(wristband)) == ["cells.label-wrong-kind"]
    story.must(story.print_label(1, Kind.BLOOD))
    again = story.ask(story.print_label(1, Kind.BLOOD))
    assert findings(again) == [("cells.label-used", {"container": story.container(1)})]


@pytest.mark.requirement("LAB-04")
def test_lab_04_a_label_is_printed_by_the_version_in_use_for_what_it_is_on() -> None:
    """A product's template for a bag, a vessel's for the rest, in the version in use."""
    story = told("open")
    story.limits = limits(templates=shipped_templates())
    assert codes(story.ask(story.print_label(1, Kind.BLOOD))) == []
    assert codes(story.ask(story.print_label(1, Kind.BAG))) == []
    found = story.ask(story.print_label(1, Kind.BAG, template_version="2"))
    known = "product 1, vessel 1, identity 1"
    assert findings(found) == [
        ("cells.not-the-template-in-use",
         {"container": story.container(1), "read": "product 2", "known": known})
    ]  # fmt: skip
    found = story.ask(story.print_label(1, Kind.BAG, template="bag"))
    assert [code for code, _ in findings(found)] == ["cells.not-the-template-in-use"]
    for kind, template, use, needed in (
        (Kind.BAG, "vessel", "process", "product"),
        (Kind.SERUM, "product", "product", "process"),
        (Kind.FLASK, "identity", "identity", "process"),
    ):
        found = story.ask(story.print_label(1, kind, template=template))
        assert findings(found) == [
            ("cells.template-of-another-use",
             {"container": story.container(1), "use": use, "needed": needed})
        ]  # fmt: skip
    story.limits = None
    assert codes(story.ask(story.print_label(1, Kind.BAG, template="bag"))) == []


@pytest.mark.requirement("COI-08")
@pytest.mark.parametrize("way", ["split", "repack", "pool", "sample"])
def test_coi_08_the_new_label_is_on_before_anything_is_poured(way: str) -> None:
    """Split, pooled or repacked: the target's label is printed and verified first."""
    story = told("harvest-2")
    story.put(7, state=State.HELD, contents=story.it(9).contents, passage=1)
    kind = Kind.SAMPLE if way == "sample" else Kind.SUSPENSION
    command: Any = {
        "split": lambda: story.divide(9, {31: "2 mL"}), "repack": lambda: story.divide(9, {31: "10 mL"}),
        "pool": lambda: story.pool((7, 9), 31), "sample": lambda: story.sample(9, 31),
    }[way]()  # fmt: skip
    assert codes(story.ask(command)) == ["cells.not-of-this-chain"]
    story.must(story.print_label(31, kind))
    assert codes(story.ask(command)) == ["cells.wrong-state"]
    story.must(story.verify(31), story.act("tech-2"))
    assert codes(story.ask(command)) == []


@pytest.mark.requirement("COI-08")
def test_coi_08_two_people_s_cells_cannot_be_pooled() -> None:
    """The other's container is not of this chain, as a source or as a target, whoever asks."""
    one, other = told("harvest-2"), told("harvest-2", 2)
    one.new_label(31, Kind.SUSPENSION)
    mine, theirs = one.scan(9), other.scan(9)
    for role in ("technician", "qualified-person", "admin"):
        act = one.act(role=role)
        pool = c.Pool(chain=one.chain_id, sources=(mine, theirs), into=one.scan(31))
        found = findings(one.ask(pool, act))
        assert found == [
            ("cells.not-of-this-chain", {"container": other.container(9), "chain": one.chain_id})
        ]
        into = c.Pool(chain=one.chain_id, sources=(mine, one.scan(31)), into=theirs)
        assert "cells.not-of-this-chain" in codes(one.ask(into, act))
    assert findings(one.ask(other.match(9))) == [
        ("cells.no-such-chain", {"chain": other.chain_id, "read": one.chain_id})
    ]


# Swapped labels ---------------------------------------------------------------------------------------


def read_texts(made: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every text in a command that came from a scanner, with the way to it."""
    if isinstance(made, tuple):
        for place, each in enumerate(made):
            yield from read_texts(each, (*path, place))
    elif is_dataclass(made):
        for each in fields(made):
            inner = getattr(made, each.name)
            if each.name in ("read", "wristband", "decoded"):
                yield (*path, each.name), inner
            else:
                yield from read_texts(inner, (*path, each.name))


def put(made: Any, path: tuple[Any, ...], text: str) -> Any:
    """The same command with another text read at one place."""
    if not path:
        return text
    step, *rest = path
    if isinstance(made, tuple):
        return (*made[:step], put(made[step], tuple(rest), text), *made[step + 1 :])
    return replace(made, **{step: put(getattr(made, step), tuple(rest), text)})


@dataclass
class Swapping(Story):
    """A story in which, before each step, every scanned text is swapped with every other label."""

    others: frozenset[str] = frozenset()
    tried: Counter[str] = field(default_factory=Counter)
    granted: list[Any] = field(default_factory=list)

    def do(self, command: Any, act: Any = None, bedside: Any = None) -> Decision:
        act = act or self.act()
        for path, text in read_texts(command):
            for other in self.others - {text}:
                swapped = put(command, path, other)
                decision = decide(self.chain, swapped, act, self.limits, bedside or self.bedside())
                self.tried[type(command).__name__] += 1
                if not decision.forbidden or decision.events:
                    self.granted.append(swapped)
        return super().do(command, act, bedside)


def every_label(*stories: Story) -> frozenset[str]:
    """Every label there is: wristbands, chains, containers of all these people."""
    found: set[str] = set()
    for story in stories:
        assert story.chain is not None
        found |= {story.person, story.chain_id, *story.chain.containers}
    return frozenset(found)


@pytest.mark.requirement("COI-05")
def test_coi_05_any_two_labels_swapped_at_any_step_are_refused() -> None:
    """The story of two people from marrow to vein: whatever else is scanned for a label is refused."""
    labels = every_label(told("end"), told("end", 2))
    tried: Counter[str] = Counter()
    for number in (1, 2):
        story = Swapping(number, others=labels)
        tell(to_the_end, story)
        assert story.granted == []
        assert {type(each).__name__ for each, _ in story.commands if list(read_texts(each))} == set(
            story.tried
        )
        tried += story.tried
    print(f"\n{tried.total()} swaps of {len(labels)} labels in {len(tried)} kinds of step: none granted")
    assert tried.total() > 2500


@pytest.mark.requirement("COI-05")
@pytest.mark.parametrize("tale", TALES[1:], ids=lambda tale: tale.__name__)
def test_coi_05_any_two_labels_swapped_are_refused_in_every_other_tale(tale: Any) -> None:
    """Pausing, pooling, banking, correcting, discarding: a swapped scan is refused there too."""
    story = Swapping(1, others=every_label(told("end", 2), tell(tale)))
    tell(tale, story)
    assert story.granted == []
    print(f"\n{story.tried.total()} swaps: none granted")


@dataclass
class Borrowing(Story):
    """A story in which, before each step, every container is swapped with one of another person's."""

    theirs: tuple[str, ...] = ()
    tried: int = 0
    granted: list[Any] = field(default_factory=list)

    def do(self, command: Any, act: Any = None, bedside: Any = None) -> Decision:
        act = act or self.act()
        scans = [path[:-1] for path, _ in read_texts(command) if path[-1] == "read"]
        for path in scans:
            for other in self.theirs:
                swapped = put(put(command, (*path, "read"), other), (*path, "container"), other)
                decision = decide(self.chain, swapped, act, self.limits, bedside or self.bedside())
                self.tried += 1
                if not decision.forbidden or "cells.not-of-this-chain" not in codes(decision):
                    self.granted.append(swapped)
        return super().do(command, act, bedside)


@pytest.mark.requirement("COI-05")
def test_coi_05_the_other_person_s_containers_are_refused_at_every_step() -> None:
    """Even when worklist and scan agree on it, another person's container is not of this chain."""
    other = told("end", 2).chain
    assert other is not None
    story = Borrowing(1, theirs=tuple(other.containers))
    tell(to_the_end, story)
    print(f"\n{story.tried} containers borrowed: none granted")
    assert story.granted == []
    assert story.tried > 500


@pytest.mark.requirement("COI-05")
def test_coi_05_one_s_commands_are_refused_in_the_other_s_chain() -> None:
    """Every command of one person's whole story, asked of the other's chain, is refused."""
    one, other = told("end"), told("end", 2)
    for command, act in one.commands[1:]:
        assert codes(other.ask(command, act)) == ["cells.no-such-chain"]


@pytest.mark.parametrize(
    "read", ["", "C", "CMYEL1", "changed", "long", "wristband", "SUZUKI TARO 1960-01-01"]
)
def test_a_scan_that_is_no_whole_label_is_refused_and_not_repeated(read: str) -> None:
    """Truncated, one character changed, of another kind: refused by what is wrong with it, and as another."""
    story = told("harvest-2")
    mine = story.container(9)
    text = {
        "changed": mine[:8] + str((int(mine[8]) + 1) % 10) + mine[9:], "long": mine + "0",
        "wristband": story.person,
    }.get(read, read)  # fmt: skip
    scan = c.Scan(container=mine, read=text)
    decision = story.ask(replace(story.sample(), scan=scan))
    said = findings(decision)
    assert len(said) >= 2
    assert said[-1] == ("cells.scanned-another",
                        {"container": mine, "read": text if read == "wristband" else "?"})  # fmt: skip
    assert "SUZUKI" not in str(decision.findings)


def test_labels_of_two_people_are_all_different() -> None:
    """The two people of these tests share no label."""
    one, other = told("end"), told("end", 2)
    assert every_label(one) & every_label(other) == set()
