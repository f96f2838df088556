"""What of person and trial stands against a procedure, condition by condition and at the very limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from immutables import Map
from tests.protocol.played import (
    TRIAL,
    Play,
    at,
    before,
    before_gate,
    codes,
    opened,
    person,
    start_of,
    tell,
    with_,
)

from myelos.acts import Act, Decision
from myelos.cells import commands as cc
from myelos.measures import Answer
from myelos.protocol import Protocol
from myelos.protocol.enrolment import DecideGate, Screen
from myelos.protocol.people import Person
from myelos.protocol.permission import product_released
from myelos.protocol.person_events import ConsentGiven
from myelos.protocol.trial import Group
from myelos.quantities import Amount

IT = person()
GIVEN = replace(TRIAL.groups[0], id="given", infused=True)
NOT_GIVEN = replace(TRIAL.groups[0], id="control", infused=False)


def bent(play: Play, **changes: Any) -> Play:
    """The person of the trial with other values."""
    known: Person = replace(play.trial.people[IT.person], **changes)
    return Play(replace(play.trial, people=play.trial.people.set(IT.person, known)), play.protocol)


def under(play: Play, **changes: Any) -> Play:
    """The trial under a protocol with other values."""
    return Play(play.trial, replace(play.protocol, **changes))


def groups(*some: Group) -> dict[str, Any]:
    return {"groups": some}


BOTH = groups(GIVEN, NOT_GIVEN)


@pytest.mark.parametrize("kind", [cc.OpenChain, cc.Collect, cc.StartInfusion])
@pytest.mark.parametrize(
    ("group", "protocol", "found"),
    [
        (None, groups(GIVEN), []),
        (None, BOTH, ["protocol.group-not-assigned"]),
        ("given", BOTH, []),
        ("control", BOTH, ["protocol.group-without-cells"]),
        ("no-such-group", BOTH, ["protocol.group-without-cells"]),
        ("given", groups(GIVEN), []),
    ],
)
def test_cells_are_for_the_group_that_is_given_them(
    kind: type, group: str | None, protocol: dict[str, Any], found: list[str]
) -> None:
    """Whoever is compared without cells gives none and gets none; with two groups one is assigned first."""
    play, command = before(kind)
    assert codes(under(bent(play, group=group), **protocol).ask(command)) == found


@pytest.mark.parametrize("kind", [cc.Collect, cc.StartInfusion])
@pytest.mark.parametrize(("minutes", "found"), [(-1, 1), (0, 1), (1, 0)])
def test_nothing_is_done_from_the_instant_of_death_on(kind: type, minutes: int, found: int) -> None:
    """Before it, the procedure was possible; at that instant and after it, it was not, and is told once."""
    play, command = before(kind)
    dead = bent(play, died=command.act.at + timedelta(minutes=minutes))
    decision = dead.ask(command)
    assert codes(decision) == ["protocol.has-left"] * found
    assert [each.params["how"] for each in decision.findings if each.code == "protocol.has-left"] == (
        ["died"] * found
    )


def test_marrow_is_collected_as_often_as_the_protocol_says_of_marrow() -> None:
    """Blood's number does not count for marrow; the refusal says how much there would be, and may be."""
    play, marrow = before(cc.Collect, 2)
    product = replace(TRIAL.product, marrow_collections=0) if TRIAL.product else None
    assert codes(under(play, product=product).ask(marrow)) == ["protocol.collections-complete"]
    blood_play, second = before(cc.Collect, 1)
    (much,) = blood_play.ask(with_(second, volume=Amount.of("250.1 mL"))).findings
    assert (much.params["read"], much.params["most"], much.params["kind"]) == ("480.1 mL", "480 mL", "blood")


def test_an_unfilled_limit_is_told_once_and_compared_with_nothing() -> None:
    """Without the site's marrow limit the setting is missing, and the volume is not called too much."""
    play, marrow = before(cc.Collect, 2)
    site = play.trial.sites[play.trial.people[IT.person].site]
    empty = replace(site, settings=site.settings.delete("marrow-total"))
    open_ = Play(replace(play.trial, sites=play.trial.sites.set(site.id, empty)))
    found = codes(open_.ask(with_(marrow, volume=Amount.of("5000 mL"))))
    assert "protocol.setting-not-filled" in found
    assert "protocol.too-much-collected" not in found


def test_a_container_that_cannot_be_collected_into_is_refused_by_its_own_gate() -> None:
    """What is no container of the chain has no kind to count."""
    play, collect = before(cc.Collect)
    stranger = cc.Scan(container=IT.container(77), read=IT.container(77))
    assert codes(play.ask(with_(collect, scan=stranger))) == ["cells.not-of-this-chain"]


def test_the_first_gate_must_have_been_passed_for_an_infusion_too() -> None:
    """Who never passed the first registration is not infused, whatever the second one said."""
    play, start = before(cc.StartInfusion)
    decisions = play.trial.people[IT.person].decisions
    second = tuple(each for each in decisions if each.gate == "second-registration")
    decision = bent(play, decisions=second).ask(start)
    assert codes(decision) == ["protocol.gate-not-passed"]
    assert decision.findings[0].params["gate"] == "first-registration"


def test_a_gate_passed_at_the_very_instant_carries_and_one_a_second_later_does_not() -> None:
    """Order in time includes equality."""
    play, opens = before(cc.OpenChain)
    passed = play.trial.people[IT.person].passed("first-registration")
    assert passed is not None
    assert codes(play.ask(at(opens, passed.act.at))) == []
    assert codes(play.ask(at(opens, passed.act.at - timedelta(seconds=1)))) == ["protocol.gate-passed-later"]


def two_forms() -> Protocol:
    """The trial with a consent of its own for the infusion."""
    form = replace(TRIAL.consents[0], id="infusion-form")
    second = replace(TRIAL.gates[1], consent="infusion-form")
    return replace(TRIAL, consents=(*TRIAL.consents, form), gates=(TRIAL.gates[0], second))


def test_a_collection_asks_for_the_consent_of_its_own_gate_and_an_infusion_for_both() -> None:
    """Consent to the infusion may come later than the marrow; without it nobody is infused."""
    play, collect = before(cc.Collect)
    assert codes(Play(play.trial, two_forms()).ask(collect)) == []
    play, start = before(cc.StartInfusion)
    assert codes(Play(play.trial, two_forms()).ask(start)) == ["protocol.consent-missing"]
    known = play.trial.people[IT.person]
    only = replace(known.consents[0], given=replace(known.consents[0].given, form="infusion-form"))
    without_first = bent(play, consents=(only,))
    assert codes(Play(without_first.trial, two_forms()).ask(start)) == ["protocol.consent-missing"]
    both = bent(play, consents=(*known.consents, only))
    assert codes(Play(both.trial, two_forms()).ask(start)) == []


def test_a_weight_and_a_training_of_the_very_instant_count() -> None:
    """What was recorded at the instant of the infusion is known then."""
    play, start = before(cc.StartInfusion)
    weighed = play.trial.people[IT.person].weights[-1]
    same = replace(weighed, act=replace(weighed.act, at=start.act.at))
    assert codes(bent(play, weights=(same,)).ask(start)) == []
    nurse = {key: each for key, each in play.trial.training.items() if key[0] == start.act.by}
    training = play.trial.training
    for key, each in nurse.items():
        training = training.set(key, tuple(replace(one, since=start.act.at) for one in each))
    now = Play(replace(play.trial, training=training))
    assert "protocol.not-trained" not in codes(now.ask(start))
    soon = at(start, start.act.at - timedelta(seconds=1))
    assert "protocol.not-trained" in codes(now.ask(soon))


def test_a_product_is_not_known_while_there_is_no_chain_or_no_lot() -> None:
    """Nothing grown is neither accepted nor refused."""
    play, opens = before(cc.OpenChain)
    assert product_released(play.trial, IT.person, opens.act.at) is Answer.UNKNOWN
    play, seed = before(cc.Seed)
    assert play.trial.chains[IT.chain].lots == Map()
    assert product_released(play.trial, IT.person, seed.act.at) is Answer.UNKNOWN


def test_nobody_is_screened_twice() -> None:
    """The code is in use already."""
    play, _ = before(ConsentGiven)
    again = tell(Screen(person=IT.person, onset=IT.at(0, 3)), IT.at(9))
    assert codes(play.ask(again)) == ["protocol.screened-already"]


def test_a_trial_that_was_stopped_closes_the_gates_before_treatment_and_no_other() -> None:
    """Follow-up goes on: only what leads to cells is closed."""
    play, gate = before_gate("first-registration")
    stopped = replace(play.trial, harms=replace(play.trial.harms, stopped=True))
    assert codes(Play(stopped).ask(gate)) == ["protocol.trial-stopped"]
    follow_up = replace(TRIAL, gates=(replace(TRIAL.gates[0], before="follow-up"), TRIAL.gates[1]))
    assert codes(Play(stopped, follow_up).ask(gate)) == []
    unknown = with_(gate, gate="no-such-gate")
    assert codes(Play(stopped).ask(unknown)) == ["protocol.gate-unknown"]
    assert isinstance(gate.order, DecideGate)


def test_before_there_is_a_site_or_a_person_everything_is_told_and_nothing_raised() -> None:
    """A chain of nobody, a person of nobody."""
    play = opened()
    start = start_of()
    assert codes(play.ask(start)) == ["protocol.chain-unknown"]
    chain = tell(cc.OpenChain(chain=IT.chain, person=IT.person), IT.at(7, 3), "coordinator")
    assert codes(play.ask(chain)) == ["protocol.person-unknown"]


def test_a_refusal_has_a_reason() -> None:
    """A decision cannot be refused for nothing, nor for a note."""
    with pytest.raises(ValueError, match="reason"):
        Decision.refused()
    assert isinstance(start_of().act, Act)
