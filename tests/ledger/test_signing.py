"""Signatures: over exactly what is there, and holding until a later entry changes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from examples.twenty_people.script import OPENED, SETTINGS, opening
from tests.ledger.kept import (
    IT,
    LATER,
    NAME,
    OTHER,
    TRIAL_1,
    Kept,
    codes,
    entries,
    freeze,
    infused,
    of_person,
    open_trial,
    reopen,
    sign,
)
from tests.ledger.test_deciding import amend
from tests.protocol.played import CHART, TRIAL, report, tell
from tests.protocol.test_takeover import SEPARATE, rejected

from myelos.answers import Answer
from myelos.cells import commands as cc
from myelos.findings import Severity
from myelos.ledger import Snapshot, fold
from myelos.ledger import events as le
from myelos.ledger.canonical import digest_of
from myelos.ledger.signing import made_by, makes, signed_digest, touched
from myelos.protocol import Command, Trial
from myelos.protocol import corrections as co
from myelos.protocol import person_events as pe
from myelos.protocol.events import SettingFilled
from myelos.protocol.takeover import ChainTakenOver
from myelos.quantities import Amount
from myelos.safety import commands as sc
from myelos.safety.events import Particulars, WithdrawnBecause
from myelos.safety.terms import Outcome, Procedure


def because(order: Any, when: Any = LATER) -> Command:
    return tell(order, when, why="misread")


def _known(**more: Any) -> Particulars:
    told: dict[str, Any] = {
        "kind": sc.Kind.OTHER, "term": "made up", "grade": 2, "serious": (), "onset": "unknown",
        "known_at": LATER, **more,
    }  # fmt: skip
    return Particulars(**told)


def _qualified(order: Any) -> Command:
    return tell(order, LATER, "technician", why="misread")


P = IT.person
CORRECTIONS: dict[str, tuple[str, int, Command]] = {
    "an item of an examination": ("protocol.visit-recorded", 0, because(co.CorrectItem(
        person=P, examination=0, measure="isncsci", item="right_motor_C6", new="3", source=CHART))),
    "the time of an examination": ("protocol.visit-recorded", 1, because(co.CorrectExaminedAt(
        person=P, examination=1, new=IT.at(38, 0, 45), source=CHART))),
    "a weight": ("protocol.weight-recorded", 0, because(co.CorrectWeight(
        person=P, position=0, new=Amount.of("63 kg"), source=CHART))),
    "a fact": ("protocol.facts-recorded", 0, because(co.CorrectFact(
        person=P, fact="age", new=Amount.of("46 y"), source=CHART))),
    "the time of the injury": ("protocol.screened", 0, because(co.CorrectOnset(
        person=P, new=IT.at(0, 2), source=CHART))),
    "a release result": ("cells.tested", 8, _qualified(cc.CorrectResult(
        chain=IT.chain, lot="LOT-1", corrects=8, result="positive", reason="misread"))),
    "an adverse event": ("safety.adverse-event-reported", 0, because(sc.UpdateAdverseEvent(
        event="AE-1", particulars=_known()))),
    "a judgement of relatedness": ("safety.adverse-event-reported", 0, because(sc.JudgeRelatedness(
        event="AE-1", procedure=Procedure.CELLS, related=Answer.NO))),
    "what was to be expected": ("safety.adverse-event-reported", 0, because(sc.DecideExpectedness(
        event="AE-1", expected=Answer.NO, reference="IB 1"))),
    "an outcome": ("safety.adverse-event-reported", 0, because(sc.RecordOutcome(
        event="AE-1", outcome=Outcome.RECOVERED, end="2026-05"))),
    "an adverse event withdrawn": ("safety.adverse-event-reported", 0, because(sc.WithdrawAdverseEvent(
        event="AE-1", because=WithdrawnBecause.NO_EVENT))),
}  # fmt: skip
"""Each with the entry (its event, and which of them) whose value it changes."""


@cache
def _reported() -> Kept:
    """One person infused, and an adverse event."""
    return infused().run([report("AE-1", IT, LATER - timedelta(hours=1), grade=2)])


def reported() -> Kept:
    return _reported().copy()


def ended(decision: Any) -> list[int]:
    return [each.signature for each in decision.events if isinstance(each, le.SignatureVoided)]


# What a signature is ----------------------------------------------------------------------------------------


@pytest.mark.requirement("SIG-01")
def test_sig_01_a_signature_holds_printed_name_time_and_meaning() -> None:
    """SIG-01: all three stand in the entry, with the digest of exactly what was signed."""
    kept = infused()
    kept.do(sign(entries(30, 31), meaning="reviewed"))
    said = kept.rows[-1].plain
    data = said["data"]
    assert (data["printed_name"], data["meaning"], said["at"]) == (
        "Made Up", "reviewed", "2026-08-28T00:00:00.000000Z",
    )  # fmt: skip
    assert data["digest"] == digest_of(f"{kept.rows[29].digest}\n{kept.rows[30].digest}")
    assert data["through"] == kept.rows[-1].seq - 1


@pytest.mark.parametrize("subject", [entries(40), of_person(), TRIAL_1])
def test_the_digest_is_that_of_the_entries_signed(subject: le.Subject) -> None:
    """Single entries, all about a person, or the trial's last one, which holds all before it."""
    kept = infused()
    expected = {
        "entries": [kept.rows[39].digest],
        "person": [row.digest for row in kept.rows if row.plain["person"] == IT.person],
        "trial": [kept.rows[-1].digest],
    }
    kept.do(sign(subject))
    assert kept.rows[-1].plain["data"]["digest"] == signed_digest(expected[subject.kind])


# What ends it -----------------------------------------------------------------------------------------------


@pytest.mark.requirement("SIG-02")
@pytest.mark.parametrize("correction", CORRECTIONS)
def test_sig_02_a_later_change_of_what_was_signed_voids_the_signature(correction: str) -> None:
    """SIG-02: the entry that voids it stands beside the change, and whoever changes is told whose it was."""
    event, which, command = CORRECTIONS[correction]
    kept = reported()
    kept.do(sign(entries(kept.numbers(event)[which])))
    signature = kept.snapshot.seq
    decision = kept.do(command)
    assert ended(decision) == [signature]
    warned = [each for each in decision.findings if each.code == "ledger.signature-voided"]
    assert [(each.severity, each.params) for each in warned] == [
        (Severity.WARNING, {"seq": signature, "name": "Made Up"})
    ]
    held = kept.snapshot.signatures[signature]
    assert (held.holds, held.voided, held.changed_by) == (False, command.act, command.order.NAME)
    assert kept.rows[-1].plain["command"] == kept.rows[-2].plain["command"]
    assert fold(Snapshot(NAME), kept.rows, kept.texts) == kept.snapshot


@pytest.mark.parametrize("correction", CORRECTIONS)
@pytest.mark.parametrize("subject", [of_person(), TRIAL_1], ids=["person", "trial"])
def test_any_change_of_a_record_voids_the_signature_over_all_of_it(
    correction: str, subject: le.Subject
) -> None:
    """A signature over a person's record, or the trial's, is over all there was; now there is more."""
    kept = reported().run([sign(subject)])
    assert ended(kept.ask(CORRECTIONS[correction][2])) == [kept.snapshot.seq]


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_a_change_of_something_else_voids_nothing(correction: str) -> None:
    """A signature over other entries of the same person, or over another person's record, holds."""
    event, which, command = CORRECTIONS[correction]
    kept = infused(1, 2).run([report("AE-1", IT, LATER - timedelta(hours=1), grade=2)])
    mine = kept.numbers(event)[which]
    kinds = {made for made in made_by(kept.given(sign(entries(mine)), "x").events, [mine])}
    others = [
        row.seq
        for row in kept.rows
        if row.seq != mine and row.plain["person"] == P
        and not kinds & set(made_by(kept.given(sign(entries(row.seq)), "x").events, [row.seq]))
    ]  # fmt: skip
    kept.run([sign(of_person(OTHER.person)), sign(entries(*others))])
    assert ended(kept.ask(command)) == []


def test_a_correction_that_was_signed_is_voided_by_the_next_one() -> None:
    """A corrected value may be corrected again: whoever signed the first correction is told."""
    _, _, first = CORRECTIONS["a weight"]
    kept = reported().run([first])
    kept.do(sign(entries(kept.snapshot.seq)))
    second = co.CorrectWeight(person=P, position=0, new=Amount.of("60 kg"), source=CHART)
    assert ended(kept.ask(because(second, LATER + timedelta(hours=1)))) == [kept.snapshot.seq]


def test_a_corrected_result_is_found_by_its_own_place_too() -> None:
    """A corrected result stands in a new place of the lot's list, where the next correction names it."""
    _, _, first = CORRECTIONS["a release result"]
    kept = reported().run([first])
    corrected = next(row.seq for row in kept.rows if row.event == "cells.result-corrected")
    kept.do(sign(entries(corrected)))
    again = cc.CorrectResult(chain=IT.chain, lot="LOT-1", corrects=9, result="negative", reason="misread")
    later = tell(again, LATER + timedelta(hours=1), "technician", why="misread")
    assert ended(kept.ask(later)) == [kept.snapshot.seq]


def test_a_setting_filled_anew_voids_its_signature() -> None:
    """A limit a site filled in may be changed until cells are collected: not under a signature, silently."""
    kept = Kept().run([open_trial(), *opening(OPENED)])
    filled = next(row.seq for row in kept.rows if row.event == "protocol.setting-filled")
    kept.do(sign(entries(filled)))
    setting, value = next(iter(SETTINGS.items()))
    order = SettingFilled(site="sapporo", setting=setting, value=Amount.of(value), origin="made up anew")
    assert ended(kept.ask(tell(order, OPENED + timedelta(hours=1)))) == [kept.snapshot.seq]


def test_an_unknown_fact_told_anew_voids_its_signature() -> None:
    """What was signed as not known is known now."""
    kept = Kept().run([open_trial(), *opening(OPENED), *IT.screening(), *IT.consent(), *IT.facts(hiv=None)])
    kept.do(sign(entries(kept.snapshot.seq), LATER))
    anew = pe.FactsRecorded(person=P, facts={"hiv": "no"}, source=CHART)
    assert ended(kept.ask(tell(anew, LATER))) == [kept.snapshot.seq]


def test_a_group_corrected_voids_the_signature_of_its_assignment() -> None:
    """Which group somebody is in is a value like any other."""
    assigned = pe.GroupAssigned(person=P, group="users")
    changed = pe.GroupCorrected(person=P, old="users", new="non-users", source=CHART)
    (made,) = made_by([(1, assigned)], [1])
    assert list(touched(Trial(TRIAL.id), changed)) == [made]


def test_a_chain_taken_over_brings_its_results_with_it() -> None:
    """Results of the other trial stand first in the list: a correction here is counted on from them."""
    _, records = rejected()
    over = ChainTakenOver(
        person=P, chain=IT.chain, from_protocol=TRIAL.id, edition=SEPARATE.edition, records=records
    )
    told = [kept for kept in records if kept.event["name"] == "cells.tested"]
    made = made_by([(1, over)], [1])
    results = [each.key for each in made if each.kind == "result"]
    assert results == [f"{IT.chain}/LOT-1/{place}" for place in range(len(told))]
    seen: Counter[str] = Counter()
    list(makes(over, seen))
    assert seen[f"result/{IT.chain}/LOT-1"] == len(told) == 9


def test_an_amendment_voids_the_signature_over_the_trial_and_no_other() -> None:
    """What the trial is run under has changed; what was found under the old edition has not."""
    kept = infused().run([sign(of_person()), sign(TRIAL_1)])
    assert ended(kept.ask(amend())) == [kept.snapshot.seq]


# What does not ----------------------------------------------------------------------------------------------


def test_reopening_voids_nothing_and_a_later_change_voids_openly() -> None:
    """Freeze, sign, reopen: the signature holds until something it covers changes, and then says so."""
    kept = reported().run([freeze(), sign(of_person()), reopen("freeze")])
    signature = kept.snapshot.seq - 1
    assert kept.snapshot.signatures[signature].holds
    kept.do(CORRECTIONS["a weight"][2])
    assert not kept.snapshot.signatures[signature].holds
    assert kept.rows[-1].event == "ledger.signature-voided"


def test_a_signature_is_voided_once() -> None:
    """The next change finds nothing left to void; a new signature is over the new value."""
    kept = reported()
    kept.do(sign(entries(kept.numbers("protocol.weight-recorded")[0])))
    kept.do(CORRECTIONS["a weight"][2])
    again = co.CorrectWeight(person=P, position=0, new=Amount.of("60 kg"), source=CHART)
    assert ended(kept.ask(because(again))) == []
    kept.do(sign(entries(kept.numbers("protocol.weight-recorded")[0])))
    assert ended(kept.ask(because(again))) == [kept.snapshot.seq]


def test_a_refused_change_voids_nothing() -> None:
    """What is not recorded changes nothing."""
    kept = reported().run([sign(TRIAL_1)])
    refused = kept.ask(
        tell(co.CorrectWeight(person=P, position=0, new=Amount.of("60 kg"), source=CHART), LATER)
    )
    assert codes(refused, all_=True) == ["protocol.reason-missing"]


@pytest.mark.parametrize(
    "command",
    [sign(TRIAL_1), freeze(), sign(of_person()), sign(entries(40))],
    ids=lambda each: each.order.NAME,
)
def test_signing_voids_no_other_signature(command: Command) -> None:
    """What is done to the record itself changes nothing of what was signed."""
    kept = reported().run([sign(of_person()), sign(TRIAL_1)])
    assert ended(kept.do(command)) == []
    assert all(each.holds for each in kept.snapshot.signatures.values())


@pytest.mark.parametrize("event", [*CORRECTIONS])
def test_every_signature_that_covers_a_change_is_voided(event: str) -> None:
    """Several people signed: each signature has an entry that voids it."""
    name, which, command = CORRECTIONS[event]
    kept = reported()
    seq = kept.numbers(name)[which]
    kept.run([sign(entries(seq)), sign(of_person()), sign(TRIAL_1), sign(entries(seq, seq - 1))])
    last = kept.snapshot.seq
    assert ended(kept.ask(command)) == [last - 3, last - 2, last - 1, last]


def _touched_kinds() -> set[type]:
    import myelos.ledger.signing as signing

    return set(signing._TOUCHED)


def test_every_kind_of_correction_is_known_to_signing() -> None:
    """A new kind of correction that signing did not know would leave a signature standing."""
    corrections: tuple[Callable[..., Any], ...] = pe.Correction.__args__
    assert set(corrections) <= _touched_kinds()
