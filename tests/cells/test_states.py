"""The table of states, tested as a table: every kind in every state, asked for everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import product
from typing import Any

import pytest
from tests.cells.story import Story, amount, running, told
from tests.cells.tales import TALES, tell

from myelos.acts import Act, Decision
from myelos.cells import commands as c
from myelos.cells.asked import PARTS
from myelos.cells.containers import (
    ENDS,
    Container,
    Contents,
    Custody,
    Kind,
    QuarantineReason,
    State,
)
from myelos.cells.decide import decide
from myelos.cells.gates import GUARDS
from myelos.cells.states import STEP, STEPS

S, K = State, Kind

MATRIX = """
printed    *            label-verified quarantined disposition-signed discarded-label
labelled   *            quarantined disposition-signed discarded-label
labelled   blood        collected/target pooled/target split/target
labelled   marrow       collected/target pooled/target split/target
labelled   serum        separated/target pooled/target split/target
labelled   flask        seeded/target passaged/target
labelled   suspension   harvested/target pooled/target split/target
labelled   bag          split/target
labelled   sample       sampled/target
collected  *            quarantined disposition-signed discarded
collected  liquid       handed-over
collected  sample       handed-over
collected  blood        received-material
collected  marrow       received-material
held       *            quarantined disposition-signed discarded
held       liquid       handed-over split/source sampled/source
held       sample       handed-over tested
held       blood        separated/source pooled/source
held       marrow       seeded/source pooled/source
held       serum        seeded/serum fed/serum passaged/serum pooled/source frozen
held       suspension   passaged/source pooled/source frozen
held       bag          frozen
culturing  *            quarantined disposition-signed discarded
culturing  flask        fed harvested/source
frozen     *            quarantined disposition-signed discarded
frozen     liquid       handed-over
frozen     sample       handed-over
frozen     freezable    stored temperature-read
stored     *            quarantined disposition-signed discarded
stored     liquid       handed-over
stored     sample       handed-over
stored     freezable    stored temperature-read thawed
stored     bag          packed
packed     *            quarantined disposition-signed discarded
packed     liquid       handed-over
packed     sample       handed-over
packed     freezable    temperature-read
packed     bag          received-bag
delivered  *            quarantined disposition-signed discarded
delivered  liquid       handed-over
delivered  sample       handed-over
delivered  freezable    stored temperature-read thawed
thawed     *            quarantined disposition-signed discarded
thawed     liquid       handed-over sampled/source
thawed     sample       handed-over
thawed     freezable    temperature-read
thawed     serum        seeded/serum fed/serum passaged/serum
thawed     suspension   passaged/source
thawed     bag          matched infusion-started
infusing   *            quarantined disposition-signed
infusing   freezable    temperature-read
infusing   bag          infusion-observed infusion-paused infusion-stopped infusion-ended
paused     *            quarantined disposition-signed
paused     freezable    temperature-read
paused     bag          infusion-observed infusion-resumed infusion-stopped
infused    freezable    temperature-read
infused    bag          infusion-observed
"""
"""The same table read the other way: of a state and a kind, what may follow. Written by hand."""

AFTER = """
label-verified labelled, collected/target collected, received-material held, received-bag delivered,
separated/source emptied, separated/target held, seeded/target culturing, harvested/source emptied,
harvested/target held, passaged/target culturing, split/target held, pooled/source emptied,
pooled/target held, sampled/target held, frozen frozen, stored stored, packed packed, thawed thawed,
infusion-started infusing, infusion-paused paused, infusion-resumed infusing,
infusion-stopped infused, infusion-ended infused, discarded-label spoiled, discarded discarded
"""
"""Every row after which the state is another one."""

KINDS = {
    "*": set(Kind),
    "liquid": {K.BLOOD, K.SERUM, K.MARROW, K.SUSPENSION, K.BAG},
    "freezable": {K.SERUM, K.SUSPENSION, K.BAG},
    **{kind.value: {kind} for kind in Kind},
}


def matrix() -> set[tuple[str, str, Kind, State]]:
    """Every (event, part, kind, state) that is allowed, from the text."""
    found = set()
    for line in MATRIX.split("\n")[1:-1]:
        state, kinds, *events = line.split()
        for event, kind in product(events, KINDS[kinds]):
            name, _, part = event.partition("/")
            found.add((name, part or "it", kind, State(state)))
    return found


def table() -> set[tuple[str, str, Kind, State]]:
    return {(s.event, s.part, kind, state) for s in STEPS for kind in s.kinds for state in s.before}


def test_the_table_allows_what_the_matrix_says_and_nothing_else() -> None:
    """Read from the event or from the state, it is one table."""
    assert table() == matrix()


def test_the_state_that_follows_is_the_one_written_here() -> None:
    """What changes a state changes it to this; everything else leaves it as it was."""
    said = (pair.split() for pair in AFTER.replace("\n", " ").split(","))
    written = {event: State(after) for event, after in said}
    rows = {s.event if s.part == "it" else f"{s.event}/{s.part}": s.after for s in STEPS}
    assert {row: after for row, after in rows.items() if after is not None} == written


def test_no_row_stands_twice_and_no_end_is_left() -> None:
    """Of an event and a part there is one row; nothing is done to a container at its end."""
    assert len(STEP) == len(STEPS)
    leaving = {(step.event, state) for step in STEPS for state in step.before & ENDS}
    assert leaving == {("temperature-read", S.INFUSED), ("infusion-observed", S.INFUSED)}
    assert all(STEP[event, "it"].after is None for event, _ in leaving)


def test_every_guard_in_the_table_exists_and_every_guard_is_used() -> None:
    """A guard that is not there would crash at the bedside; one that no row names guards nothing."""
    assert {guard for step in STEPS for guard in step.guards} == set(GUARDS)


def test_every_state_can_be_reached_and_left() -> None:
    """No state is a trap, and none is unreachable: printed is where a label begins."""
    after = {step.after for step in STEPS} | {S.PRINTED, S.EMPTIED, S.TESTED}
    assert after - {None} == set(State)
    assert {state for step in STEPS for state in step.before} >= set(State) - ENDS


# Every kind, state and command ------------------------------------------------------------------------

SUBJECT = 50
_TARGETS = {K.BLOOD: 61, K.SERUM: 62, K.MARROW: 63, K.FLASK: 64, K.SUSPENSION: 65, K.BAG: 66, K.SAMPLE: 67}
_SOURCES = {K.BLOOD: 71, K.SERUM: 72, K.MARROW: 73, K.FLASK: 74, K.SUSPENSION: 75}


@cache
def stage() -> Story:
    """A story with a container of every kind to fill and to take from, and the subject's label."""
    story = told("release")
    assert story.chain is not None
    made = story.chain.containers
    for kind, serial in (*_TARGETS.items(), *_SOURCES.items()):
        source = serial in _SOURCES.values()
        state = S.LABELLED if not source else S.CULTURING if kind is K.FLASK else S.HELD
        made = made.set(story.container(serial), subject(story, kind, state, serial))
    runs = running(story.container(SUBJECT), story.now, 60_000_000)
    story.chain = replace(story.chain, containers=made, infusions=(runs,))
    return story


def subject(story: Story, kind: Kind, state: State, serial: int = SUBJECT) -> Container:
    empty = state in ENDS | {S.PRINTED, S.LABELLED}
    return Container(
        story.container(serial), kind, state, "tech-1", story.now, lot="LOT-1", passage=1,
        contents=None if empty else Contents(amount("10 mL"), 60_000_000, 0, story.now),
        custody=(Custody("tech-1", "laboratory", story.now),),
        frozen_at=story.now, keep=(amount("-200 degC"), amount("-130 degC")), seal="seal-1",
        dispatched_at=story.now, thawed_at=story.now + timedelta(days=1),
    )  # fmt: skip


def _serum(s: Story, serial: int) -> tuple[c.Filling, ...]:
    return (s.filling(serial, "1 mL"),)


ASK: dict[tuple[str, str], Callable[[Story], Any]] = {
    ("label-verified", "it"): lambda s: s.verify(SUBJECT),
    ("collected", "target"): lambda s: s.collect(SUBJECT, "5 mL"),
    ("handed-over", "it"): lambda s: s.hand_over(SUBJECT, temperature="-150 degC"),
    ("received", "it"): lambda s: s.receive(SUBJECT, "-150 degC"),
    ("separated", "source"): lambda s: c.SeparateSerum(
        chain=s.chain_id, scan=s.scan(SUBJECT), serum=s.fillings({62: "1 mL"})
    ),
    ("separated", "target"): lambda s: c.SeparateSerum(
        chain=s.chain_id, scan=s.scan(71), serum=s.fillings({SUBJECT: "1 mL"})
    ),
    ("seeded", "source"): lambda s: s.seed(
        scan=s.scan(SUBJECT), lot="L", serum=_serum(s, 72), flasks=s.fillings({64: "1 mL"})
    ),
    ("seeded", "target"): lambda s: s.seed(
        scan=s.scan(73), lot="L", serum=_serum(s, 72), flasks=s.fillings({SUBJECT: "1 mL"})
    ),
    ("seeded", "serum"): lambda s: s.seed(
        scan=s.scan(73), lot="L", serum=_serum(s, SUBJECT), flasks=s.fillings({64: "1 mL"})
    ),
    ("fed", "it"): lambda s: s.feed(flasks=(s.scan(SUBJECT),), serum=_serum(s, 72)),
    ("fed", "serum"): lambda s: s.feed(flasks=(s.scan(74),), serum=_serum(s, SUBJECT)),
    ("harvested", "source"): lambda s: s.harvest((SUBJECT,), 65, 10, 1),
    ("harvested", "target"): lambda s: s.harvest((74,), SUBJECT, 10, 1),
    ("passaged", "source"): lambda s: c.Passage(
        chain=s.chain_id, scan=s.scan(SUBJECT), flasks=s.fillings({64: "1 mL"}), serum=_serum(s, 72)
    ),
    ("passaged", "target"): lambda s: c.Passage(
        chain=s.chain_id, scan=s.scan(75), flasks=s.fillings({SUBJECT: "1 mL"}), serum=_serum(s, 72)
    ),
    ("passaged", "serum"): lambda s: c.Passage(
        chain=s.chain_id, scan=s.scan(75), flasks=s.fillings({64: "1 mL"}), serum=_serum(s, SUBJECT)
    ),
    ("split", "source"): lambda s: s.divide(SUBJECT, {66: "1 mL"}),
    ("split", "target"): lambda s: s.divide(75, {SUBJECT: "1 mL"}),
    ("pooled", "source"): lambda s: s.pool((SUBJECT, 75), 65),
    ("pooled", "target"): lambda s: s.pool((75, 72), SUBJECT),
    ("sampled", "source"): lambda s: s.sample(SUBJECT, 67),
    ("sampled", "target"): lambda s: s.sample(75, SUBJECT),
    ("frozen", "it"): lambda s: s.freeze(SUBJECT),
    ("stored", "it"): lambda s: s.store(SUBJECT),
    ("temperature-read", "it"): lambda s: s.read(SUBJECT, "-150 degC"),
    ("tested", "it"): lambda s: s.result("sterility", "negative", sample=SUBJECT),
    ("packed", "it"): lambda s: s.pack(SUBJECT),
    ("thawed", "it"): lambda s: s.thaw(SUBJECT),
    ("matched", "it"): lambda s: s.match(SUBJECT),
    ("infusion-started", "it"): lambda s: s.start(SUBJECT),
    ("infusion-observed", "it"): lambda s: s.observe(SUBJECT),
    ("infusion-paused", "it"): lambda s: s.pause(SUBJECT),
    ("infusion-resumed", "it"): lambda s: s.resume(SUBJECT),
    ("infusion-stopped", "it"): lambda s: s.end(SUBJECT, "10 mL", reason="it hurts"),
    ("infusion-ended", "it"): lambda s: s.end(SUBJECT, "10 mL"),
    ("quarantined", "it"): lambda s: s.hold(SUBJECT),
    ("disposition-signed", "it"): lambda s: s.sign(SUBJECT, QuarantineReason.OTHER),
    ("any-discarded", "it"): lambda s: s.discard(SUBJECT),
}
"""For each event and part, the command in which the subject plays it."""

ROWS_OF = {
    "received": ("received-material", "received-bag"),
    "any-discarded": ("discarded", "discarded-label"),
}
"""The commands that choose their row by what the container is."""


def refusal(decision: Decision, label: str) -> set[str]:
    of_table = {"cells.wrong-kind", "cells.wrong-state"}
    return {each.code for each in decision.findings if each.params.get("container") == label} & of_table


def test_the_commands_asked_below_cover_the_table() -> None:
    """Every row has its command, every command about containers is asked."""
    rows = {(row, part) for (name, part) in ASK for row in ROWS_OF.get(name, (name,))}
    assert rows == set(STEP)
    assert {type(ask(stage().copy())) for ask in ASK.values()} == set(PARTS)


@pytest.mark.parametrize(("name", "part"), ASK, ids=lambda each: each)
def test_every_kind_in_every_state_is_allowed_by_the_table_or_refused(name: str, part: str) -> None:
    """Whatever is not in the table is refused by name of kind or state, and what is in it is not."""
    story = stage().copy()
    assert story.chain is not None
    steps = [STEP[row, part] for row in ROWS_OF.get(name, (name,))]
    command = ASK[name, part](story)
    act = Act(by="tech-1", at=story.now + timedelta(minutes=10), role="technician", site="sapporo")
    label, everything = story.container(SUBJECT), story.chain.containers
    for kind, state in product(Kind, State):
        it = subject(story, kind, state)
        chain = replace(story.chain, containers=everything.set(label, it))
        decision = decide(chain, command, act, story.limits, story.bedside())
        allowed = any(kind in step.kinds and state in step.before for step in steps)
        found = refusal(decision, label)
        assert bool(found) is not allowed, (kind, state, decision.findings)
        if len(steps) == 1:
            assert ("cells.wrong-kind" in found) is (kind not in steps[0].kinds)
            assert ("cells.wrong-state" in found) is (state not in steps[0].before)
        assert allowed or not decision.events


# What follows -----------------------------------------------------------------------------------------


class Watched(Story):
    """A story that looks at every container before and after each command."""

    def do(self, command: Any, act: Act | None = None, bedside: Any = None) -> Decision:
        parts = () if self.chain is None or type(command) not in PARTS else PARTS[type(command)](
            self.chain, command
        )  # fmt: skip
        before = {part.label: self.chain.containers[part.label] for part in parts if self.chain}
        decision = super().do(command, act, bedside)
        assert self.chain is not None
        for part in parts:
            follows(part, before[part.label], self.chain.containers[part.label])
            SEEN.add((part.event, part.part))
        return decision


SEEN: set[tuple[str, str]] = set()


def follows(part: Any, before: Container, after: Container) -> None:
    step = STEP[part.event, part.part]
    expected = {step.after or before.state}
    if step.after is None and part.taken:
        expected.add(S.EMPTIED)  # when nothing is left in it
    if part.event == "tested":
        expected.add(S.TESTED)  # when it is used up
    assert after.state in expected, (part, before.state, after.state)
    assert (after.state is S.EMPTIED) is (after.contents is None and part.event in _EMPTYING), part
    if after.state in ENDS:
        assert after.contents is None


_EMPTYING = {"separated", "seeded", "fed", "harvested", "passaged", "split", "pooled", "sampled"}


def test_every_row_is_used_and_what_follows_is_what_it_says() -> None:
    """The fold puts each container into the state of its row, over tales that use every row."""
    SEEN.clear()
    for tale in TALES:
        tell(tale, Watched())
    assert set(STEP) - SEEN == set()
