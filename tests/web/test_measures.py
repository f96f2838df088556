"""The measures of a visit: forms from their tables, scored as they are filled in, recorded as the visit's."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from examples.worked_trial.script import course
from tests.web.filled_forms import Sent
from tests.web.sites import NOW, PERSON, TRIAL, Served, text_of

from myelos.measures import load, score
from myelos.protocol import Person
from myelos.protocol.worklist import assessor_view, visit_list
from myelos.times import civil_date

DO = f"/t/{TRIAL}/do/protocol.record-visit"
VISIT = f"/t/{TRIAL}/people/{PERSON}/visits/month-6"
PAIN: Sent = {
    "d.measures{pain-0-10}{intensity}": ["10"], "d.measures{pain-0-10}{kind}": ["musculoskeletal"],
    "d.measures{pain-0-10}{neuropathic}": ["no"],
}  # fmt: skip


def state(served: Served, code: str = PERSON) -> Person:
    return served.door.trials.snapshot(TRIAL).state.people[code]


def sent(examiner: str = "examiner", **more: list[str]) -> Sent:
    """A visit's form with who, when and where it is written down."""
    return {
        "id": ["visit-1"], "record": ["yes"], "act.zone": ["UTC"], "d.examiner": [examiner],
        "d.examined_at": [f"{NOW - timedelta(hours=2):%Y-%m-%dT%H:%M}"], "d.source.kind": ["document"],
        "d.source.id": ["chart"], **PAIN, **more,
    }  # fmt: skip


def test_the_form_of_a_visit_has_every_item_of_its_measures_but_isncsci(served: Served) -> None:
    """A measure's table is its form: each item, and each value it may have, in the table's order."""
    shown = served.signed_in("investigator").get(VISIT).content.decode()
    left = {
        each for each in served.door.trials.snapshot(TRIAL).protocol.visit("month-6").measures
        if each not in state(served).visit("month-6")
    } - {"isncsci"}  # fmt: skip
    assert left
    for each in left:
        names = [f"d.measures{{{each}}}{{{item.id}}}" for item in load(each).items]
        places = [shown.index(f'name="{name}') for name in names]
        assert places == sorted(places)
    assert "d.measures{isncsci}" not in shown
    chips = re.findall(r'name="d.measures{pain-0-10}{intensity}" value="(\w*)"', shown)
    assert chips == ["", *(str(each) for each in range(11)), "NT"]


def test_what_is_filled_in_is_scored_as_it_would_be_recorded(served: Served) -> None:
    """The part of the page that tells scores says what the room of measures says; nothing is recorded."""
    before, browser = served.door.head(TRIAL), served.signed_in("investigator")
    answer = browser.post(f"{VISIT}/scores", sent())
    assert "<html" not in answer.content.decode()
    assert re.search(r"Intensity\W+10\b", text_of(answer))
    empty = browser.post(f"{VISIT}/scores", {})
    assert "Nothing filled in yet" in text_of(empty)
    odd = browser.post(f"{VISIT}/scores", {"d.measures{pain-0-10}{intensity}": "11"})
    (wrong,) = score(load("pain-0-10"), {"intensity": 11}).findings
    assert wrong.params["read"] in ("11", 11)
    assert "11" in text_of(odd)
    assert served.door.head(TRIAL) == before


def test_a_visit_is_recorded_with_its_numbers_as_numbers_and_once(served: Served) -> None:
    """What was chosen is in the record: whole numbers, codes; sent again it is recorded once."""
    browser = served.signed_in("investigator")
    answer = browser.post(VISIT, sent())
    assert answer.status_code == 200, text_of(answer)
    examination = state(served).visit("month-6")["pain-0-10"]
    assert dict(examination.taken["pain-0-10"].items) == {
        "intensity": 10, "kind": "musculoskeletal", "neuropathic": "no",
    }  # fmt: skip
    assert examination.examiner == "examiner"
    head = served.door.head(TRIAL)
    again = browser.post(VISIT, sent())
    assert "sent before and is recorded already" in text_of(again)
    assert served.door.head(TRIAL) == head


def test_a_fault_of_an_item_stands_beside_it(served: Served) -> None:
    """A value that the scale does not have is told at its item, and nothing is recorded."""
    before = served.door.head(TRIAL)
    wrong = {"d.measures{pain-0-10}{intensity}": ["12"]}
    answer = served.signed_in("investigator").post(VISIT, {**sent(), **wrong})
    assert answer.status_code == 422
    assert 'id="d.measures{pain-0-10}{intensity}~told"' in answer.content.decode()
    assert served.door.head(TRIAL).seq <= before.seq + 1


def test_nothing_filled_in_is_no_visit(served: Served) -> None:
    """An empty form is told so; nothing untested counts as 0."""
    empty = {name: value for name, value in sent().items() if "measures" not in name}
    answer = served.signed_in("investigator").post(VISIT, empty)
    assert answer.status_code == 422
    assert 'id="d.measures~told"' in answer.content.decode()


def test_the_examinations_asked_for_are_those_of_the_worklist(served: Served) -> None:
    """Who sees people is told the visits that are due, by name, each a link to its form."""
    shown = served.signed_in("coordinator").get(DO).content.decode()
    found = set(re.findall(rf'href="/t/{TRIAL}/people/([^/"]+)/visits/([^/"]+)"', shown))
    snapshot = served.door.trials.snapshot(TRIAL)
    expected = {
        (person.code, row.visit)
        for person in snapshot.state.people.values()
        for row in visit_list(person, snapshot.protocol, civil_date(NOW, person.zone))
        if row.expected and row.standing in ("due", "overdue") and set(row.left) - {"isncsci"}
    }
    assert {(code.replace("%2A", "*"), visit) for code, visit in found} == expected
    only = served.signed_in("coordinator").get(f"{DO}?person={PERSON}&visit=month-6")
    assert only["Location"] == VISIT


# Blinded ----------------------------------------------------------------------------------------------------


def somebody_due(served: Served) -> tuple[str, int, str]:
    """Somebody an assessor is asked to examine: the trial code, the number, and what visit that is."""
    snapshot = served.door.trials.snapshot(TRIAL)
    for person in snapshot.state.people.values():
        today = civil_date(NOW, person.zone)
        for each in assessor_view(person, snapshot.protocol, today).asked:
            rows = [
                row for row in visit_list(person, snapshot.protocol, today)
                if row.left == each.measures and (row.days_left or 0) == each.days_left and row.expected
            ]  # fmt: skip
            if set(each.measures) - {"isncsci"}:
                return person.code, each.number, rows[0].visit
    raise AssertionError("nobody is due")


@pytest.mark.requirement("BLD-01")
def test_bld_01_an_assessor_examines_without_being_told_what_visit_it_is(served: Served) -> None:
    """BLD-01: numbered and not named, in the list, the form, what is wrong with it and what was recorded."""
    code, number, visit = somebody_due(served)
    browser, address = served.signed_in("examiner"), f"/t/{TRIAL}/people/{code}/visits/"
    snapshot = served.door.trials.snapshot(TRIAL)
    names = [each.id for each in snapshot.protocol.visits] + [
        each.label.en for each in snapshot.protocol.visits
    ]
    listed = browser.get(DO)
    assert f"{address}{number}" in unquote(listed.content.decode())
    form = browser.get(f"{address}{number}")
    assert form.status_code == 200
    wrong = browser.post(f"{address}{number}", {"record": "yes", "id": "b-1"})
    left = [each for each in snapshot.protocol.visit(visit).measures if each != "isncsci"]
    items = {
        f"d.measures{{{each}}}{{{item.id}}}": ["NT"]
        for each in left
        for item in load(each).items
        if "NT" in item.untested
    }
    done = browser.post(f"{address}{number}", {**sent(), **items})
    assert done.status_code == 200, text_of(done)
    assert set(left) & set(state(served, code).visit(visit))
    for page in (listed, form, wrong, done):
        said = text_of(page)
        assert [name for name in names if len(name) > 5 and re.search(rf"\b{re.escape(name)}\b", said)] == []
        assert "infusion" not in said.lower()


@pytest.mark.requirement("BLD-01")
def test_bld_01_a_visit_by_its_name_is_no_address_of_an_assessor(served: Served) -> None:
    """BLD-01: asking for month six tells nothing about whether there is one."""
    browser = served.signed_in("examiner")
    named, nobody = browser.get(VISIT), browser.get(VISIT.replace("month-6", "99"))
    assert named.status_code == nobody.status_code == 404


def test_nobody_examines_the_people_of_another_site(served: Served) -> None:
    """A role at another site opens no form about a person here."""
    for role in ("coordinator", "examiner", "investigator"):
        browser = served.signed_in(role, "other-site")
        assert browser.get(VISIT).status_code == 404
        assert browser.post(VISIT, sent()).status_code == 404
    assert served.signed_in("nurse").get(VISIT).status_code == 403
    assert course(1).person == PERSON
