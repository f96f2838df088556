"""The state of a person: what follows from their events, their plain form, and that no name is in it."""

from __future__ import annotations

import dataclasses
import re
import typing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.enrolled import (
    FIT,
    NOTES,
    ONSET,
    P1,
    SCALE,
    act,
    after,
    agree,
    asked,
    codes,
    consented,
    done,
    examined,
    facts,
    infused,
    on,
    ready,
    registered,
    screened,
)

from myelos.acts import Act
from myelos.answers import Answer
from myelos.findings import Phrasebook, Refused
from myelos.protocol import person_events as e
from myelos.protocol.course import COMMANDS
from myelos.protocol.enrolment import DecideGate, Screen
from myelos.protocol.people import EVENTS, Leaving, Person, Stage, evolve_person
from myelos.quantities import Amount
from myelos.shapes import Catalogue

ROOM = Path(__file__).parents[2] / "src" / "myelos" / "protocol"
MINE = ("asking", "consents", "corrections", "course", "enrolment", "leaving", "visits", "worklist")


def test_the_stage_follows_from_what_was_recorded() -> None:
    """A stage is worked out from events and has no field of its own."""
    stages = [each.stage for each in (screened(), consented(), examined(), registered(), infused())]
    assert stages == [
        Stage.SCREENED,
        Stage.CONSENTED,
        Stage.CONSENTED,
        Stage.REGISTERED,
        Stage.INFUSED,
    ]
    refused = done(examined("D"), DecideGate(person=P1, gate="first"), act(4))
    assert refused.stage is Stage.REFUSED
    assert "stage" not in {field.name for field in dataclasses.fields(Person)}


@pytest.mark.parametrize(
    ("changes", "how"),
    [
        ({"died": on(50)}, "died"),
        ({"lost": Leaving("lost-to-follow-up", on(50))}, "lost-to-follow-up"),
        ({"off_follow_up": Leaving("follow-up-withdrawn", on(50))}, "follow-up-withdrawn"),
    ],
)
def test_whoever_died_is_lost_or_withdrew_has_left(changes: dict[str, object], how: str) -> None:
    """Every way of leaving is told apart, with its time."""
    person = replace(infused(), **changes)  # type: ignore[arg-type]
    assert (person.stage, person.left) == (Stage.LEFT, Leaving(how, on(50)))


def test_of_two_ways_of_leaving_the_earlier_counts() -> None:
    """Who was lost and died later left when they were lost."""
    person = replace(infused(), died=on(60), lost=Leaving("lost-to-follow-up", on(50)))
    assert person.left == Leaving("lost-to-follow-up", on(50))


def test_who_left_is_kept_with_whose_decision_it_was_and_why() -> None:
    """Who decided, who recorded it, the words that were given, and of somebody lost the last contact."""
    by = act(30).by
    off = e.TreatmentWithdrawn(person=P1, decided_by="investigator", reason="pregnant")
    away = e.FollowUpWithdrawn(person=P1, decided_by="sponsor", reason="")
    lost = e.LostToFollowUp(person=P1, last_contact=date(2026, 1, 9), reason="moved")
    back = e.ConsentWithdrawn(person=P1, form="main", withdrawn_by="representative", reason="too far")
    person = consented()
    for event in (off, lost, away, back):
        person = evolve_person(person, event, act(30))
    assert person.off_treatment == Leaving("treatment-withdrawn", on(30), by, "investigator", "pregnant")
    assert person.off_follow_up == Leaving("follow-up-withdrawn", on(30), by, "sponsor")
    assert person.lost == Leaving("lost-to-follow-up", on(30), by, None, "moved", date(2026, 1, 9))
    assert person.consents[0].withdrawn == Leaving(
        "consent-withdrawn", on(30), by, "representative", "too far"
    )
    own = replace(back, withdrawn_by="self")
    left = evolve_person(consented(), own, act(31)).left
    assert left == Leaving("consent-withdrawn", on(31), by, "person", "too far")
    no = evolve_person(screened(), e.ConsentDeclined(person=P1, form="main", reason="no needles"), act(2))
    assert no.left == no.declined == Leaving("consent-declined", on(2), act(2).by, None, "no needles")


def test_days_are_civil_days_of_the_site() -> None:
    """At 23:00 UTC on the 54th day by UTC it is day 55 in Tokyo already (issue, protocol)."""
    person = screened()
    assert person.day_0 == date(2026, 1, 1)
    assert person.day(datetime.fromisoformat("2026-02-24T23:00:00+00:00")) == 55
    assert person.day(datetime.fromisoformat("2026-02-24T14:59:59+00:00")) == 54


def test_the_last_weight_is_the_last_by_time_not_by_entry() -> None:
    """A weight told late does not pass for the newest."""
    person = done(
        consented(),
        e.WeightRecorded(person=P1, weight=Amount.of("70 kg"), source=SCALE),
        act(20),
    )
    person = done(person, e.WeightRecorded(person=P1, weight=Amount.of("72 kg"), source=SCALE), act(10))
    assert person.weight is not None
    assert (str(person.weight.weight), person.weight.act.at) == ("70 kg", on(20))


def test_events_fold_to_one_state_whenever_they_are_folded() -> None:
    """The fold is pure: the same events give the same person, and change none before."""
    told = [(Screen(person=P1, onset=ONSET), act(1)), (agree(), act(2)), (facts(**FIT), act(3))]
    person: Person | None = None
    seen: list[tuple[Person, str]] = []
    events: list[tuple[object, Act]] = []
    for command, at in told:
        for event in asked(person, command, at).events:
            person = evolve_person(person, event, at)
            events.append((event, at))
            seen.append((person, repr(person)))
    again: Person | None = None
    for event, at in events:
        again = evolve_person(again, event, at)
    assert again == person
    assert all(repr(each) == shown for each, shown in seen)


def test_an_event_that_cannot_follow_is_a_fault_of_the_program() -> None:
    """Nothing but the first event makes a person, and no other room's event changes one."""
    with pytest.raises(TypeError):
        evolve_person(None, agree(), act(1))
    with pytest.raises(TypeError):
        evolve_person(screened(), object(), act(1))


# Plain form ------------------------------------------------------------------------------------------------

CODES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}", fullmatch=True)
AMOUNTS = st.builds(
    lambda n, u: Amount.of(f"{n} {u}"), st.integers(0, 10**6), st.sampled_from(["y", "kg", "g/dL"])
)
TOLD = st.none() | AMOUNTS | CODES
SOURCES = st.builds(e.Provenance, kind=st.sampled_from(["device", "person", "document"]), id=CODES)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=ONSET.tzinfo)
)
RESULTS = st.builds(e.Result, possible=st.lists(CODES, max_size=3).map(tuple)) | st.builds(
    e.Result, low=st.none() | st.decimals(-100, 0, places=2), high=st.none() | st.decimals(0, 100, places=2)
)
ENTRIES = st.dictionaries(CODES, st.integers(-9, 99) | CODES, min_size=1, max_size=3)
TAKEN = st.builds(e.Taken, edition=CODES, items=ENTRIES, results=st.dictionaries(CODES, RESULTS, max_size=3))
REASONS = st.builds(
    e.Reason,
    criterion=CODES,
    answer=st.sampled_from(Answer),
    code=CODES,
    params=st.dictionaries(
        CODES, st.none() | st.integers() | st.booleans() | st.text(max_size=9), max_size=3
    ),
)
GATES = {
    "person": CODES,
    "gate": CODES,
    "edition": CODES,
    "reasons": st.lists(REASONS, max_size=3).map(tuple),
}
FILL: dict[str, st.SearchStrategy[object]] = {
    "person": CODES,
    "source": SOURCES,
    "facts": st.dictionaries(CODES, TOLD, min_size=1, max_size=3),
    "onset": TIMES,
    "zone": st.sampled_from(["Asia/Tokyo", "Europe/Paris"]),
    "taken": st.dictionaries(CODES, TAKEN, max_size=2),
    "results": st.dictionaries(CODES, RESULTS, max_size=3),
}


def drawn(event: type) -> st.SearchStrategy[object]:
    """Any value of an event's class, by the kinds of its fields."""
    if event in (e.GatePassed, e.GateRefused):
        return st.builds(event, **GATES)
    hints = typing.get_type_hints(event)
    fields = {
        field.name: FILL.get(field.name, _of_kind(event, field.name, hints[field.name]))
        for field in dataclasses.fields(event)
    }
    return st.builds(event, **fields)


def _of_kind(event: type, name: str, hint: object) -> st.SearchStrategy[object]:
    if event is e.FactCorrected:
        return CODES if name == "fact" else TOLD
    if name in ("old", "new", "weight") and event in (e.WeightCorrected, e.WeightRecorded):
        return st.just(Amount.of("70.5 kg"))
    if name in ("old", "new") and event is e.ItemCorrected:
        return st.none() | st.integers(0, 9) | CODES
    if name in ("old", "new", "examined_at") and event is not e.GroupCorrected:
        return TIMES
    if typing.get_origin(hint) is typing.Literal:
        return st.sampled_from(typing.get_args(hint))
    simple = {int: st.integers(0, 99), bool: st.booleans(), date: st.dates(), str: CODES}
    for kind, made in simple.items():
        if hint is kind:
            return made
    return CODES if hint is not None and "int" not in str(hint) else st.none() | st.integers(0, 9)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.NAME)
@given(data=st.data())
def test_an_event_read_from_its_plain_form_is_the_same(event: type, data: st.DataObject) -> None:
    """What the ledger keeps of an event is the event."""
    catalogue = Catalogue(EVENTS)
    made = data.draw(drawn(event))
    written = catalogue.write(made)
    assert catalogue.read(written) == made
    assert catalogue.write(catalogue.read(written)) == written


def test_every_name_of_an_event_or_a_command_stands_for_one_shape() -> None:
    """A name and version read from the ledger can mean one class only."""
    named = {cls.NAME: cls for cls in EVENTS}
    assert len(named) == len(EVENTS)
    assert {cls.NAME: cls for cls in COMMANDS} | named == named | {cls.NAME: cls for cls in COMMANDS}
    assert len({cls.NAME for cls in COMMANDS}) == len(COMMANDS)
    assert all(name.startswith("protocol.") for name in named)


@pytest.mark.requirement("AUD-03")
@pytest.mark.parametrize("at", ["2026-01-01T03:00:00", "2026-01-01T12:00:00+09:00"])
def test_aud_03_a_naive_or_local_time_is_refused_and_utc_is_kept_with_z(at: str) -> None:
    """Times of a person's events are UTC and are written with Z."""
    catalogue = Catalogue(COMMANDS)
    with pytest.raises(Refused) as refused:
        catalogue.read({"name": "protocol.screen", "version": 1, "data": {"person": P1, "onset": at}})
    assert {each.code for each in refused.value.findings} <= {"shapes.naive-time", "shapes.not-utc"}
    written = catalogue.write(Screen(person=P1, onset=ONSET))
    assert written["data"] == {"person": P1, "onset": "2026-01-01T03:00:00Z"}


@pytest.mark.requirement("DAT-01")
@pytest.mark.parametrize("name", ["facts-recorded", "weight-recorded", "record-visit", "correct-fact"])
def test_dat_01_a_value_without_where_it_comes_from_is_rejected(name: str) -> None:
    """A source that is null or missing is a finding at its key."""
    data: dict[str, dict[str, object]] = {
        "facts-recorded": {"facts": {"age": "34 y"}},
        "weight-recorded": {"weight": "70 kg"},
        "record-visit": {
            "visit": "screening",
            "examined_at": "2026-01-02T03:00:00Z",
            "examiner": "x",
            "measures": {"grade": {"grade": "A"}},
        },
        "correct-fact": {"fact": "age", "new": "35 y"},
    }
    for more in ({"source": None}, {}):
        record = {"name": f"protocol.{name}", "version": 1, "data": {"person": P1, **data[name], **more}}
        with pytest.raises(Refused) as refused:
            Catalogue(COMMANDS).read(record)
        assert [each.place.column for each in refused.value.findings] == ["source"]


@pytest.mark.requirement("DAT-01")
def test_dat_01_every_kept_value_says_its_source_who_and_when() -> None:
    """Facts, weights and examinations carry device, person or document, the account and the time."""
    person = ready()
    person = done(person, e.WeightRecorded(person=P1, weight=Amount.of("70 kg"), source=SCALE), act(41))
    kept = [*person.facts.values(), *person.weights, *person.examinations]
    assert len(kept) == 5
    assert all(each.source in (NOTES, SCALE) and each.act.by and each.act.at for each in kept)


@pytest.mark.requirement("DAT-04")
def test_dat_04_there_is_no_place_for_a_name_a_birth_date_or_an_address() -> None:
    """Neither an event, nor a command, nor the state of a person has a field for a direct identifier."""
    direct = re.compile(r"name|birth|address|phone|mail|insurance|national|passport|initial|photo", re.I)
    classes = [*EVENTS, *COMMANDS, Person]
    fields = {field.name for each in classes for field in dataclasses.fields(each)}
    assert {field for field in fields if direct.search(field)} == set()
    assert direct.search("family_name")
    with pytest.raises(Refused):
        Catalogue(COMMANDS).read(
            {
                "name": "protocol.screen",
                "version": 1,
                "data": {"person": "Taro Yamada", "onset": "2026-01-01T03:00:00Z"},
            }
        )


# Words -----------------------------------------------------------------------------------------------------


def test_every_code_told_about_a_person_has_words_in_both_languages() -> None:
    """A refusal that nobody can read would be none."""
    text = "\n".join((ROOM / f"{name}.py").read_text("utf-8") for name in MINE)
    told = set(re.findall(r'told\(\s*"([a-z0-9-]+)"', text)) | set(
        re.findall(r'"(measure-not-of-[a-z]+)"', text)
    )
    book = Phrasebook("myelos.protocol")
    assert len(told) > 40
    for language in ("en", "ja"):
        assert {f"protocol.{code}" for code in told} <= book.codes(language)


def test_a_reason_kept_with_a_gate_can_be_said() -> None:
    """The reasons of a refusal can be read years later from the event alone."""
    decision = asked(examined("D"), DecideGate(person=P1, gate="first"), act(20))
    said = [Phrasebook("myelos.protocol").say(each.code, each.params) for each in decision.events[0].reasons]
    assert [line for line in said if "20" in line and "14" in line]
    assert codes(decision) == []
    assert after(examined("D"), decision.events, act(20)).decisions[-1].reasons == decision.events[0].reasons
