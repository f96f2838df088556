"""The worked trial: it plays to its end, into memory and into a database, and gives the published tables."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from examples.twenty_people.playing import transitions
from examples.worked_trial import incidents
from examples.worked_trial.identities import ERASED, IDENTITIES
from examples.worked_trial.playing import InMemory, NotAsExpected, Played, play
from examples.worked_trial.script import course, scim_items, steps
from examples.worked_trial.staff import BY_NAME
from examples.worked_trial.steps import Step
from examples.worked_trial.study import study

from myelos.answers import Answer
from myelos.cells.containers import LotStatus
from myelos.evidence import judge, load_study
from myelos.evidence.study import IndexExam
from myelos.ledger import Snapshot, fold, read_head, verify, verify_certificate
from myelos.ledger.certificate import Standing
from myelos.measures import load, score
from myelos.protocol import Person
from myelos.safety.due import DueState, clocks
from myelos.safety.stopping import hits
from myelos.safety.terms import Kind
from myelos.store import authority, make_store

ROOT = Path(__file__).parents[2]


@cache
def played() -> tuple[InMemory, Played]:
    """The record in memory at the end, and what became of the script."""
    record = InMemory()
    return record, play(record, steps())


def snapshot() -> Snapshot:
    return played()[0].snapshot


def person(number: int) -> Person:
    return snapshot().state.people[course(number).person]


def kind_of(step: Step) -> str:
    """The name of what a step asks for: as it was recorded, or as the script has it."""
    numbers = [] if any(each.startswith("store.") for each in step.refused) else played()[0].entries(step.id)
    return played()[0].rows[numbers[0] - 1].plain["kind"] if numbers else step.order.NAME  # type: ignore[no-any-return]


# The script ------------------------------------------------------------------------------------------------


def test_every_step_has_an_id_of_its_own_and_the_same_in_every_run() -> None:
    """An id is made from a step's name: playing again asks the same, and no two steps are one."""
    ids = [step.id for step in steps()]
    assert len(set(ids)) == len(ids)
    steps.cache_clear()
    assert [step.id for step in steps()] == ids


def test_what_is_recorded_follows_what_was_done() -> None:
    """The clock of the record never runs backwards and is never ahead of the act."""
    moments = [step.recorded_at for step in steps()]
    assert moments == sorted(moments)
    assert all(step.recorded_at >= step.act.at for step in steps())


def test_everybody_acts_in_the_one_role_they_hold() -> None:
    """Each step is somebody's of the staff, and only those marked so go beyond the table of authority."""
    for step in steps():
        who = BY_NAME[step.act.by]
        assert step.act.role == who.role
        expected = [code for code in step.refused if code.startswith("store.")]
        kind = kind_of(step)
        found = authority.forbidden(who.role, kind, [who.at], step.act.site)
        assert ([] if found is None else [found.code]) == expected, (step.name, kind)


# What becomes of it ----------------------------------------------------------------------------------------


def test_twenty_are_screened_and_thirteen_infused() -> None:
    """The others leave at each gate, as in the plain trial; nobody is infused twice."""
    state = snapshot().state
    assert (len(state.people), len(state.infused)) == (20, 13)
    assert len({done.person for done in state.infused}) == 13


def test_every_refusal_is_the_one_the_script_expects() -> None:
    """Each is refused for that reason and for no other; those the rules refuse are kept as refused."""
    record, result = played()
    assert {each.step.what: each.codes for each in result.refused} == {
        "a correction without a reason": ("protocol.reason-missing",),
        "the wrong bag at the bedside": ("cells.scanned-another",),
        "another person's wristband": ("cells.another-persons",),
        "one nurse instead of two": ("cells.two-people-needed",),
        "marrow while a stopping rule is hit": ("safety.hit",),
        "a release by a technician": ("store.role-forbids",),
        "the sponsor would change an examination": ("store.sponsor-changes-nothing",),
        "a weight after the freeze": ("ledger.frozen",),
        "a weight after the lock": ("ledger.locked",),
    }
    assert sum(row.event == "ledger.command-refused" for row in record.rows) == 7


def test_a_step_that_goes_otherwise_ends_the_play() -> None:
    """The script is held to what it says: a refusal nobody expects is no part of it."""
    wrong = next(step for step in steps() if step.refused)
    bent = [Step(s.act, s.order, told=s.told, name=s.name) if s is wrong else s for s in steps()]
    with pytest.raises(NotAsExpected, match=wrong.refused[0].replace(".", r"\.")):
        play(InMemory(), bent)


def test_the_ledger_of_the_play_is_whole_and_folds_to_its_snapshot() -> None:
    """Every entry follows the one before, and all of them give the state there is."""
    record, _ = played()
    rows = [row.columns for row in record.rows]
    assert list(verify(rows, record.snapshot.trial, record.snapshot.head)) == []
    assert fold(Snapshot(record.snapshot.trial), record.rows, record.words) == record.snapshot


def test_playing_again_records_nothing() -> None:
    """Every command is known by its id."""
    record, first = played()
    head = record.snapshot.head
    again = play(record, steps())
    assert (again.recorded, again.again) == (0, first.recorded)
    assert record.snapshot.head == head


def test_a_late_result_reaches_who_was_infused_and_waits_for_a_decision() -> None:
    """The lot that turned out contaminated: withdrawn, a harm of its person, decided on, reported in time."""
    state, rules = snapshot().state, snapshot().protocol.safety
    chain = state.chain_of(course(8).person)
    assert chain is not None
    assert [lot.status for lot in chain.lots.values()] == [LotStatus.WITHDRAWN]
    (late,) = [each for each in state.harms.adverse.values() if each.person == course(8).person]
    assert late.now.particulars.kind is Kind.LATE_POSITIVE_STERILITY
    assert set(state.harms.reviewed) == {"contamination", "late-positive-sterility"}
    assert hits(state.harms, rules, state.infused, state.collected) == ()


def test_every_report_that_is_due_was_sent_in_time() -> None:
    """At the end no clock has run out; the yearly one goes on."""
    state, rules = snapshot().state, snapshot().protocol.safety
    due = clocks(state.harms, rules, state.collected, state.infused, steps()[-1].recorded_at)
    assert Counter(each.state for each in due) == {DueState.MET: 4, DueState.DUE: 1}
    assert all(each.answer is Answer.YES for each in due)


def test_a_corrected_examination_voids_its_signature_openly() -> None:
    """The first signature stays readable and holds no longer; the examiner signs again."""
    signatures = [each for each in snapshot().signatures.values() if each.act.by == "examiner"]
    assert sorted((each.seq, each.holds, each.changed_by) for each in signatures) == [
        (min(each.seq for each in signatures), False, "protocol.correct-item"),
        (max(each.seq for each in signatures), True, ""),
    ]
    assert len(person(1).history) == 1


def test_signed_frozen_and_locked_at_the_end() -> None:
    """Every infused person's record is signed for, the trial is locked, and each act has its entry."""
    record, _ = played()
    responsible = {each.signed.subject.person for each in snapshot().signatures.values() if
                   each.signed.meaning == "responsible"}  # fmt: skip
    assert responsible == {course(number).person for number in range(1, 14)}
    assert snapshot().restrictions[""].restricted.level == "lock"
    assert [row.plain["data"]["level"] for row in record.rows if row.event == "ledger.restricted"] == [
        "freeze",
        "lock",
    ]


def test_erased_words_are_gone_from_the_state_and_the_chain_stands() -> None:
    """Who withdrew had their words erased: nothing told of them says what they said."""
    record, _ = played()
    gone = [each for each in record.snapshot.state.harms.adverse.values() if each.person == course(17).person]
    assert [each.now.particulars.term[:7] for each in gone] == ["salted:"]
    assert "needle" not in "".join([*record.words.values(), *(row.text for row in record.rows)])
    assert not set(record.references(course(17).person)) & set(record.words)


def test_every_incident_that_is_written_is_woven_into_somebody() -> None:
    """No story lies about untold: each function that yields steps is reached from the table, or used by one
    that is."""
    source = Path(incidents.__file__).read_text("utf-8")
    stories = [name for name, each in vars(incidents).items()
               if callable(each) and getattr(each, "__module__", "") == incidents.__name__]  # fmt: skip
    assert len(stories) > 15
    assert [name for name in stories if len(re.findall(rf"\b{name}\b", source)) < 2] == []


def test_a_bag_that_was_too_warm_is_held_back_let_go_by_a_signature_and_given() -> None:
    """COC-03: the excursion and its disposition stand before the infusion, and nothing holds the bag now."""
    it = course(3)
    chain = snapshot().state.chain_of(it.person)
    assert chain is not None
    bag = chain.containers[it.container(10)]
    (hold,) = bag.holds
    assert (hold.reason, hold.lifted is not None, bag.quarantine) == ("excursion", True, frozenset())
    (infusion,) = chain.infusions
    assert hold.held.at < hold.lifted.at < infusion.started_at  # type: ignore[union-attr]
    assert hold.lifted.by == "qualified"  # type: ignore[union-attr]


def test_who_people_are_is_in_no_entry() -> None:
    """Two identities are kept and one is erased: the record says so, and holds nothing of them."""
    record, _ = played()
    told = {row.event: row.plain["person"] for row in record.rows if "identity-" in row.event}
    assert Counter(row.event for row in record.rows if row.event == "ledger.identity-kept").total() == 2
    assert told["ledger.identity-erased"] == course(ERASED).person
    text = "".join([*(row.text for row in record.rows), *record.words.values()])
    for made in IDENTITIES.values():
        assert not any(each in text for each in (made.name, str(made.birth_date), made.hospital_number))


def test_what_else_goes_wrong_is_on_record() -> None:
    """A pause of an infusion, a visit out of its window, a corrected weight."""
    events = {row.event for row in played()[0].rows}
    assert {"cells.infusion-paused", "cells.infusion-resumed", "ledger.signature-voided"} <= events
    assert [each.what.days for each in person(10).deviations] == [2, None]
    assert str(person(2).weights[0].weight) == "61.5 kg"


@pytest.mark.parametrize("total", range(101))
def test_made_up_items_of_scim_add_up_to_their_total(total: int) -> None:
    """The items are allowed ones, and their sum is the total of the example."""
    made = score(load("scim-iii"), dict(scim_items(total))).outputs["total"]
    assert (made.low, made.high) == (total, total)


# The study -------------------------------------------------------------------------------------------------


def test_the_study_of_the_record_has_the_published_transitions() -> None:
    """From the re-examination to month six, as Honmou 2021 (split recalled, total seen)."""
    published: Counter[tuple[str, str]] = Counter()
    for each in load_study("honmou-2021").baselines[-1].transitions:
        published[each.baseline, each.followup] += each.count
    made = study(snapshot())
    (baseline,) = made.baselines
    assert Counter({(each.baseline, each.followup): each.count for each in baseline.transitions}) == published
    assert transitions(snapshot().state) == published
    assert baseline.exam is IndexExam.BEFORE_INFUSION


def test_the_study_of_the_record_is_judged_as_the_published_one() -> None:
    """What was observed is the same: 12 of 13, by grade, with the same intervals."""
    made, published = judge(study(snapshot())).observed, judge(load_study("honmou-2021")).observed
    assert made.n == published.n
    assert [each.value for each in made.improved] == [each.value for each in published.improved] == [12, 12]
    for name in ("clopper_pearson", "wilson", "blaker"):
        ends = [[each.value for each in getattr(side, name)] for side in (made, published)]
        assert ends[0] == ends[1]
    counts = [{grade: [each.value for each in told] for grade, told in side.by_grade.items()}
              for side in (made, published)]  # fmt: skip
    assert counts[0] == counts[1]


# The database ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_database_holds_what_memory_holds(tmp_path: Path) -> None:
    """Two ways to keep a record, one head: the store adds nothing, loses nothing, and knows its commands."""
    make_store(tmp_path / "record.sqlite")
    from examples.worked_trial.in_store import InStore  # Django has to be set up first

    record, (kept, _) = InStore(), played()
    first = play(record, steps())
    assert record.snapshot == kept.snapshot
    assert list(record.keeper.verify(record.trial, kept.snapshot.head)) == []
    assert record.keeper.words(record.trial) == kept.words
    assert [(each.person, each.name) for each in record.identities] == [
        (course(1).person, IDENTITIES[1].name)
    ]
    again = play(InStore(), steps())
    assert (again.recorded, again.again) == (0, first.recorded)


@pytest.mark.slow
def test_the_demo_ends_in_the_report(tmp_path: Path) -> None:
    """One command plays, proves, judges and reports, twice in one folder, and labels what is made up."""
    out = tmp_path / "demo"
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "examples.worked_trial", "--out", out],
            capture_output=True, text=True, timeout=300, cwd=ROOT,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert "12 of 13, as published" in done.stdout
    assert "20 people screened, 13 infused" in done.stdout
    assert (out / "head.txt").read_text("utf-8").strip() in done.stdout
    assert f"Certificate of bag {course(3).container(10)} into {course(3).person}: AUTHENTIC" in done.stdout
    assert "2 were written down" in done.stdout
    made = json.loads((out / "certificate.json").read_text("utf-8"))
    head = read_head((out / "head.txt").read_text("utf-8").strip())
    assert verify_certificate(made, [head]).standing is Standing.AUTHENTIC
    assert verify_certificate(made).standing is Standing.CONSISTENT
    pages = [out / "index.html", out / "people.html", *(out / "people").iterdir()]
    assert len(pages) == 22
    assert all("ynthetic" in page.read_text("utf-8") for page in pages)
    assert 'href="people.html"' in pages[0].read_text("utf-8")
