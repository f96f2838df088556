"""Quarantine: what is held back is kept and watched, and nothing else, until a signed disposition."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from tests.cells.story import Story, codes, findings, holds, told
from tests.cells.test_states import ASK, ROWS_OF, SUBJECT, stage, subject

from myelos.acts import Act
from myelos.cells import events as e
from myelos.cells.asked import shown
from myelos.cells.containers import QuarantineReason, State
from myelos.cells.states import ALLOWED_AFTER_IDENTITY_ERROR, ALLOWED_IN_QUARANTINE, STEPS

SECOND = timedelta(seconds=1)
OTHER, IDENTITY = QuarantineReason.OTHER, QuarantineReason.IDENTITY

KEPT = {"handed-over", "received-material", "received-bag", "stored", "quarantined"}
WATCHED = {"temperature-read", "infusion-observed"}
ENDED = {"discarded", "discarded-label", "infusion-paused", "infusion-stopped", "infusion-ended"}


def test_what_may_still_happen_is_what_is_written_here() -> None:
    """Held back it is kept, watched, decided on or ended; after an identity error no longer kept."""
    assert ALLOWED_AFTER_IDENTITY_ERROR == WATCHED | ENDED | {"disposition-signed"}
    assert ALLOWED_IN_QUARANTINE == WATCHED | ENDED | KEPT | {"disposition-signed"}
    assert ALLOWED_IN_QUARANTINE < {step.event for step in STEPS}


def rows(story: Story) -> list[tuple[str, str, Any, Any]]:
    """Every row with the command it is asked by, and the subject as the row allows it."""
    found = []
    for step in STEPS:
        name = next((n for n, chosen in ROWS_OF.items() if step.event in chosen), step.event)
        kind, state = sorted(step.kinds)[0], sorted(step.before)[0]
        found.append((step.event, step.part, ASK[name, step.part](story), subject(story, kind, state)))
    return found


@pytest.mark.parametrize("reason", QuarantineReason)
def test_every_command_to_a_container_held_back_is_refused_unless_it_is_written_here(
    reason: QuarantineReason,
) -> None:
    """For each row of the table and each reason: refused by the quarantine, or not."""
    story = stage().copy()
    code = "cells.identity-stays" if reason is IDENTITY else "cells.quarantined"
    allowed = ALLOWED_AFTER_IDENTITY_ERROR if reason is IDENTITY else ALLOWED_IN_QUARANTINE
    for event, part, command, it in rows(story):
        story.chain = stage().chain
        assert story.chain is not None
        story.put_all(it.but(holds=holds({reason})))
        story.now = stage().now
        decision = story.ask(command, story.act("nurse-3"))
        held = [each for each in decision.findings if each.code == code and event != "disposition-signed"]
        assert bool(held) is (event not in allowed), (event, part)
        for each in held:
            expected = {"container": story.container(SUBJECT)}
            assert each.params == (expected if reason is IDENTITY else {**expected, "reasons": reason.value})


def test_every_reason_is_told_and_identity_stands_before_the_rest() -> None:
    """Two reasons are both said; an identity error makes the others not matter."""
    story = told("release")
    story.put(11, holds=holds({OTHER, QuarantineReason.EXCURSION}))
    assert findings(story.ask(story.pack(11))) == [
        ("cells.quarantined", {"container": story.container(11), "reasons": "excursion, other"})
    ]
    story.put(11, holds=holds({OTHER, IDENTITY}))
    assert findings(story.ask(story.pack(11))) == [
        ("cells.identity-stays", {"container": story.container(11)})
    ]


def test_a_hold_has_words_and_is_lifted_by_a_signed_disposition() -> None:
    """Held back for a reason of its own, looked into, lifted: and it goes on."""
    story = told("release")
    label = story.container(11)
    (event,) = story.must(story.hold(11)).events
    assert event == e.Quarantined(
        chain=story.chain_id, containers=(label,), reason=OTHER, words="looks cloudy"
    )  # fmt: skip
    assert (story.it(11).quarantine, story.it(11).held_at) == (frozenset({OTHER}), story.now)
    assert codes(story.ask(story.pack(11))) == ["cells.quarantined"]
    (event,) = story.must(story.sign(11, OTHER)).events
    assert event == e.DispositionSigned(
        chain=story.chain_id, container=label, reason=OTHER, words="looked into"
    )  # fmt: skip
    assert (story.it(11).quarantine, story.it(11).held_at) == (frozenset(), story.now)
    assert codes(story.ask(story.pack(11))) == []


def test_a_disposition_lifts_the_reason_it_names_and_no_other() -> None:
    """Each reason is decided on for itself."""
    story = told("release")
    story.put(11, holds=holds({OTHER, QuarantineReason.EXCURSION}))
    story.must(story.sign(11, OTHER))
    assert story.it(11).quarantine == frozenset({QuarantineReason.EXCURSION})
    assert findings(story.ask(story.sign(11, OTHER))) == [
        ("cells.not-held-back", {"container": story.container(11), "reason": "other"})
    ]


@pytest.mark.parametrize(
    ("held", "named", "found"),
    [
        ({IDENTITY}, IDENTITY, ["cells.identity-stays"]),
        ({IDENTITY, OTHER}, OTHER, ["cells.identity-stays"]),
        ({OTHER}, IDENTITY, ["cells.identity-stays"]),
        (set(), IDENTITY, ["cells.identity-stays"]),
        (set(), OTHER, ["cells.not-held-back"]),
        ({OTHER}, OTHER, []),
        ({QuarantineReason.RELEASE_WITHDRAWN}, QuarantineReason.RELEASE_WITHDRAWN, []),
        (set(), QuarantineReason.RELEASE_WITHDRAWN, ["cells.not-held-back"]),
    ],
)
def test_a_quarantine_for_identity_is_never_lifted(
    held: set[QuarantineReason], named: QuarantineReason, found: list[str]
) -> None:
    """Neither itself, nor anything beside it; the others are, where they are there."""
    story = told("release")
    story.put(11, holds=holds(held))
    for role in ("technician", "qualified-person", "admin"):
        decision = story.ask(story.sign(11, named), story.act(role=role))
        assert codes(decision) == found
        assert all(each.params["container"] == story.container(11) for each in decision.findings)


def test_a_withdrawn_release_is_lifted_only_where_a_lot_is_released() -> None:
    """Without a lot, or with one that is not released, it stays."""
    withdrawn = QuarantineReason.RELEASE_WITHDRAWN
    story = told("release")
    story.put(11, holds=holds({withdrawn}), lot=None)
    assert codes(story.ask(story.sign(11, withdrawn))) == ["cells.withdrawn-stays"]
    story = told("test-sterility")
    story.put(11, holds=holds({withdrawn}))
    assert codes(story.ask(story.sign(11, withdrawn))) == ["cells.withdrawn-stays"]


def test_nothing_is_dated_back_to_before_a_quarantine_was_lifted() -> None:
    """At the instant of the disposition it may be packed, a second before it may not; it may be moved."""
    story = told("release")
    story.must(story.hold(11))
    held = story.now
    at = lambda when: Act(by="tech-1", at=when, role="technician", site="sapporo")  # noqa: E731
    last = {"container": story.container(11), "at": shown(held - SECOND), "last": shown(held)}
    assert codes(story.ask(story.sign(11, OTHER), at(held))) == []
    assert findings(story.ask(story.sign(11, OTHER), at(held - SECOND))) == [("cells.before-the-last", last)]
    story.must(story.sign(11, OTHER))
    lifted = story.now
    assert codes(story.ask(story.pack(11), at(lifted))) == []
    assert findings(story.ask(story.pack(11), at(lifted - SECOND))) == [
        ("cells.before-the-last",
         {"container": story.container(11), "at": shown(lifted - SECOND), "last": shown(lifted)})
    ]  # fmt: skip
    assert codes(story.ask(story.store(11), at(held - SECOND))) == []


def test_a_quarantine_told_late_does_not_make_an_earlier_one_later() -> None:
    """The time of the latest decision stays, in whatever order they are told."""
    story = told("pack")
    held = story.act()
    story.must(story.hold(11), held)
    log = Act(by="logger", at=held.at - timedelta(minutes=5), role="logger", site="sapporo")
    story.must(story.read(11, "-80 degC"), log)
    assert story.it(11).held_at == held.at
    assert story.it(11).quarantine == frozenset({OTHER, QuarantineReason.EXCURSION})


def test_a_disposition_is_that_of_the_holds_it_lifted_and_of_no_earlier_one() -> None:
    """Held back twice for one reason, let go each time: each hold keeps its own disposition, and the last
    decision is the one that counts."""
    story = told("release")
    moments = []
    for _ in range(2):
        for order in (story.hold(11), story.sign(11, OTHER)):
            story.must(order)
            moments.append(story.now)
            assert story.it(11).held_at == story.now
    holds_ = story.it(11).holds
    kept = [(each.held.at, each.lifted.at) for each in holds_ if each.lifted is not None]
    assert kept == [(moments[0], moments[1]), (moments[2], moments[3])]


def test_custody_goes_on_in_quarantine() -> None:
    """What warmed on the way is still handed over, received and stored; it is not thawed."""
    story = told("pack")
    story.must(story.read(11, "-80 degC"))
    story.must(story.hand_over(11, "tech-2", "nurse-1", "-150 degC"))
    story.must(story.receive(11, "-150 degC"), story.nurse())
    assert codes(story.ask(story.thaw(11), story.nurse())) == ["cells.quarantined"]
    story.must(story.store(11))
    assert (story.it(11).state, story.it(11).quarantine) == (
        State.STORED, frozenset({QuarantineReason.EXCURSION})
    )  # fmt: skip
    story.must(story.discard(11))
    assert story.it(11).state is State.DISCARDED


def test_a_bag_held_back_is_neither_matched_nor_started() -> None:
    """For any reason, however many have matched it before."""
    for reason, step in product(QuarantineReason, ("thaw", "match-2")):
        story = told(step)
        story.put(11, holds=holds({reason}))
        command = story.match(11) if step == "thaw" else story.start(11)
        decision = story.ask(command, story.nurse())
        assert decision.forbidden
        assert {"cells.quarantined", "cells.identity-stays"} & set(codes(decision))


# Order in time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["collect-1", "feed", "store-11", "thaw", "start"])
def test_nothing_is_done_before_the_last_thing_that_was_done(step: str) -> None:
    """At the same instant it may be, a second before it may not."""
    story = told(step)
    serial = {"collect-1": 1, "feed": 5}.get(step, 11)
    command: Any = {
        "collect-1": lambda: story.hold(1), "feed": lambda: story.hold(5), "store-11": lambda: story.pack(11),
        "thaw": lambda: story.match(11), "start": lambda: story.pause(11),
    }[step]()  # fmt: skip
    last = story.it(serial).last_at
    at = lambda when: Act(by="nurse-1", at=when, role="nurse", site="sapporo")  # noqa: E731
    assert "cells.before-the-last" not in codes(story.ask(command, at(last)))
    late = {"container": story.container(serial), "at": shown(last - SECOND), "last": shown(last)}
    assert ("cells.before-the-last", late) in findings(story.ask(command, at(last - SECOND)))


def test_a_label_is_spoilt_and_a_container_discarded() -> None:
    """A label never used ends as spoilt; what was held ends as discarded, with its reason."""
    story = told("label-12")
    story.must(story.print_label(31, story.it(12).kind))
    for serial in (31, 12):
        (event,) = story.must(story.discard(serial)).events
        assert event == e.Discarded(
            chain=story.chain_id, container=story.container(serial), reason="not needed"
        )  # fmt: skip
        assert (story.it(serial).state, story.it(serial).contents) == (State.SPOILED, None)
    story.must(story.discard(1))
    assert (story.it(1).state, story.it(1).contents) == (State.DISCARDED, None)
    found = findings(story.ask(story.discard(1)))
    assert [code for code, _ in found] == ["cells.wrong-state"]
    assert (found[0][1]["state"], found[0][1]["event"]) == ("discarded", "discarded")
