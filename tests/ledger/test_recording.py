"""A decided command is recorded: every event an entry, in order, and the snapshot after them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.ledger.kept import IT, LATER, NAME, Kept, found_at, infused, open_trial, opened
from tests.protocol.played import TRIAL, report, tell

from myelos import __version__
from myelos.cells import commands as cc
from myelos.findings import Severity
from myelos.ledger import Asked, Snapshot, fold, record, verify
from myelos.ledger.concerned import concerned
from myelos.protocol import corrections as co
from myelos.protocol import person_events as pe
from myelos.quantities import Amount
from myelos.safety import commands as sc

WEIGHT = co.CorrectWeight(
    person=IT.person, position=0, new=Amount.of("63 kg"), source=pe.Provenance(kind="document", id="chart")
)


def last(kept: Kept, count: int = 1) -> list[dict[str, Any]]:
    return [row.plain for row in kept.rows[-count:]]


@pytest.mark.requirement("AUD-01")
def test_aud_01_a_correction_is_an_entry_with_old_and_new_value_who_when_and_why() -> None:
    """AUD-01: update, then read the history: both values, who, when, why; the first entry is as it was."""
    kept = infused()
    before = kept.rows
    kept.do(tell(WEIGHT, LATER, why="read off the wrong line"))
    said = last(kept)[0]
    assert said["event"] == "protocol.weight-corrected"
    assert (said["data"]["old"], said["data"]["new"]) == ("62 kg", "63 kg")
    assert (said["by"], said["at"]) == ("investigator", LATER.isoformat(timespec="microseconds")[:-6] + "Z")
    assert said["recorded_at"] > said["at"]
    assert kept.texts[said["why"]] == "read off the wrong line"
    assert kept.rows[: len(before)] == before
    person = kept.snapshot.state.people[IT.person]
    assert (person.weights[0].weight, person.history[-1].act.why) == (
        Amount.of("63 kg"), "read off the wrong line",
    )  # fmt: skip


def test_every_event_of_a_command_is_an_entry_under_its_id() -> None:
    """A command's entries stand together, with one id, kind, act and time of recording."""
    kept = opened()
    for command in (report("AE-1", IT, IT.at(5)),):
        with pytest.raises(AssertionError):
            kept.do(command)  # nobody is known yet
    whole = infused()
    several = {said["command"] for said in last(whole, len(whole.rows))}
    assert several == {f"c-{number + 1}" for number in range(len(several))}
    for command_id in several:
        rows = [row for row in whole.rows if row.plain["command"] == command_id]
        assert [row.seq for row in rows] == list(range(rows[0].seq, rows[0].seq + len(rows)))
        heads = {
            (row.plain["kind"], row.plain["by"], row.plain["at"], row.plain["recorded_at"]) for row in rows
        }
        assert len(heads) == 1


def test_a_clock_running_backwards_is_recorded_with_a_finding() -> None:
    """Order is by number: an earlier time of recording is told as a warning and refused by nothing."""
    kept = infused()
    command = tell(WEIGHT, LATER, why="misread")
    early = kept.snapshot.recorded_at - timedelta(hours=1)  # type: ignore[operator]
    found = kept.keep(command, kept.ask(command).events, early)
    assert found_at(found) == [("clock-backwards", None), ("later-than-now", None)]
    assert {each.severity for each in found} == {Severity.WARNING}
    assert last(kept)[0]["recorded_at"] < last(kept, 2)[0]["recorded_at"]
    assert found_at(verify(kept.stored, NAME, kept.snapshot.head)) == []
    assert fold(Snapshot(NAME), kept.rows, kept.texts) == kept.snapshot


def test_a_clock_in_order_has_nothing_to_say() -> None:
    """An act recorded at the very moment it was done is in order, and so are two in one moment."""
    kept = opened()
    when = kept.snapshot.recorded_at
    assert when is not None
    assert kept.keep(tell(WEIGHT, when), (), when) == ()


def test_the_first_entry_has_no_clock_before_it() -> None:
    """An opened trial is recorded at any time."""
    kept = Kept()
    assert kept.keep(open_trial(), kept.ask(open_trial()).events) == ()
    assert kept.snapshot.protocol == TRIAL


def test_entries_name_the_edition_in_force_and_the_software() -> None:
    """What an entry was made under stands in it."""
    for said in last(infused(), 20):
        assert (said["editions"], said["software"]) == ({"protocol": TRIAL.edition}, __version__)


def test_nothing_that_could_not_be_read_again_is_recorded() -> None:
    """An event that no reader would take is a fault of the program, and would be the end of the ledger."""
    kept = infused()
    broken = pe.FollowUpWithdrawn(person=IT.person, decided_by="the moon")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="read back"):
        record(
            kept.snapshot,
            Asked("c", "k", tell(broken, LATER).act, LATER),
            [broken],
            kept.salt,
        )


def test_words_too_long_to_be_read_again_are_not_recorded() -> None:
    """The chain holds a reference, which is short; the words beside it must fit as well."""
    kept = infused()
    long = pe.ConsentDeclined(person=IT.person, form="trial", reason="x" * 2001)
    with pytest.raises(ValueError, match="read back"):
        record(kept.snapshot, Asked("c", "k", tell(long, LATER).act, LATER), [long], kept.salt)


def test_recording_no_event_changes_nothing() -> None:
    """A command without events leaves the ledger as it is."""
    kept = opened()
    made = record(kept.snapshot, Asked("c", "k", tell(WEIGHT, LATER).act, LATER), (), kept.salt)
    assert (made.rows, made.words, made.snapshot) == ((), (), kept.snapshot)


# Who an entry is about ------------------------------------------------------------------------------------


def test_every_entry_about_a_person_names_them() -> None:
    """From screening to the infusion, whatever an event names: person, chain, container."""
    kept = infused()
    rooms = [row for row in kept.rows if row.event.startswith(("cells.", "protocol."))]
    about = {row.event for row in rooms if row.plain["person"] != IT.person}
    assert about == {"protocol.site-opened", "protocol.setting-filled", "protocol.training-recorded"}


@pytest.mark.parametrize(
    "order",
    [
        cc.ObserveInfusion(chain=IT.chain, container=IT.container(10)),
        sc.RecordIncident(
            incident="I-1", kind=sc.Kind.CONTAMINATION, what="x", person=None, container=IT.container(10)
        ),
        sc.JudgeRelatedness(event="AE-1", procedure=sc.Procedure.CELLS, related=sc.Answer.NO),
        sc.RecordReportSent(clock="serious-to-sponsor", subject="AE-1"),
    ],
    ids=lambda order: order.NAME,
)
def test_a_command_concerns_the_person_behind_what_it_names(order: Any) -> None:
    """A chain, a container, an adverse event: each leads to one person."""
    kept = infused()
    kept.do(report("AE-1", IT, LATER))
    assert concerned(kept.snapshot.state, order) == IT.person


@pytest.mark.parametrize("nobody", ["elsewhere", "", None, 5, ["list"], {"a": 1}])
def test_what_names_nobody_known_concerns_nobody(nobody: Any) -> None:
    """Whatever was entered in place of a code: it leads to no one, and nothing raises."""
    state = infused().snapshot.state
    told = [
        cc.Release(chain=nobody, lot="LOT-1"),
        cc.HoldBack(chain=nobody, container=nobody, words="x"),
        sc.RecordReportSent(clock="c", subject=nobody),
        sc.AdjudicateDeterioration(deterioration=nobody, confirmed=True, reasons="x"),
    ]
    assert [concerned(state, order) for order in told] == [""] * 4
