"""The forms of commands: every one shown, and what is posted to them recorded once or said why not."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from examples.twenty_people.script import CHART, SITE
from examples.worked_trial.script import course
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.web.filled_forms import Sent, filled
from tests.web.sites import NOW, PASSWORD, PERSON, TRIAL, Served, account, text_of
from tests.web.test_forms import ANYTHING, KNOWN_NAMES

from myelos.acts import Act
from myelos.cells import LabelKind
from myelos.cells.labels import issue
from myelos.ledger.commands import EraseIdentity, ReadIdentity
from myelos.protocol.corrections import CorrectPersonIdentity
from myelos.protocol.enrolment import DecideGate, Screen
from myelos.protocol.person_events import ConsentGiven, FactsRecorded, WeightRecorded
from myelos.quantities import Amount
from myelos.store import authority
from myelos.store.personal import Identity
from myelos.web.forms.posting import Keys
from myelos.web.views.commands import COMMANDS
from myelos.web.views.recording import REFUSED_TO_THEM

DO = f"/t/{TRIAL}/do/"
NEW = str(issue(LabelKind.PERSON, "MADE1", 27, 1))
"""Somebody who was never seen before."""


def form_id(browser: Client, command: str, query: str = "") -> str:
    """The id that a form was given when it was shown."""
    found = re.search(r'name="id" value="([^"]+)"', browser.get(f"{DO}{command}{query}").content.decode())
    assert found is not None
    return found[1]


def send(browser: Client, order: Any, keys: Keys = lambda field, above: None, **more: Any) -> Any:
    """Fill in the form of a command and send it."""
    sent = {**filled(order, keys), "id": [form_id(browser, order.NAME)]}
    sent.update({name.replace("_", ".", 1): [value] for name, value in more.items()})
    return browser.post(f"{DO}{order.NAME}", sent)


def screen(code: str = NEW) -> Screen:
    return Screen(person=code, onset=NOW - timedelta(days=3))


def entries(served: Served) -> int:
    return served.door.head(TRIAL).seq


# Seen -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_command_has_a_form(served: Served, language: str) -> None:
    """Whoever may ask for a command is shown its form, also for somebody and in both languages."""
    for role in authority.ROLES:
        mine = [each for each in COMMANDS if authority.table()[each].cells[role]]
        browser = served.signed_in(role, language=language)
        answer = browser.get(DO)
        assert answer.status_code == (200 if mine else 403), role
        assert sorted(re.findall(rf'href="{DO}([a-z.-]+)"', answer.content.decode())) == sorted(mine)
        for each in mine:
            answer = browser.get(f"{DO}{each}?person={PERSON}")
            assert answer.status_code == 200, each


def test_a_form_is_only_for_whoever_may(served: Served) -> None:
    """The table of authority says who sees a form; the address of another one gives 403, of none 404."""
    nurse = served.signed_in("nurse")
    assert nurse.get(f"{DO}protocol.weight-recorded").status_code == 200
    assert nurse.get(f"{DO}protocol.screen").status_code == 403
    assert nurse.post(f"{DO}protocol.screen", filled(screen())).status_code == 403
    assert nurse.get(f"{DO}protocol.no-such-thing").status_code == 404
    assert served.signed_in("monitor").get(f"{DO}protocol.screen").status_code == 403
    assert served.client().get(DO).status_code == 302


def test_codes_are_offered_to_those_who_see_people_and_to_nobody_else(served: Served) -> None:
    """A coordinator chooses among people and visits; an assessor is told of neither, nor of an infusion."""
    coordinator = served.signed_in("coordinator").get(f"{DO}protocol.visit-missed").content.decode()
    assert PERSON in coordinator
    assert "month-6" in coordinator
    examiner = served.signed_in("examiner").get(f"{DO}protocol.visit-missed").content.decode()
    assert PERSON not in examiner
    assert "month-6" not in examiner
    other = served.signed_in("coordinator", "other-site").get(f"{DO}protocol.visit-missed").content.decode()
    assert PERSON not in other


def test_a_link_fills_in_the_person_and_whose_cells_they_are(served: Served) -> None:
    """From a page about somebody, the form is about them."""
    browser = served.signed_in("investigator")
    shown = browser.get(f"{DO}cells.end-infusion?person={PERSON}").content.decode()
    chain = served.door.trials.snapshot(TRIAL).state.people[PERSON].chain
    assert f'name="d.chain" value="{chain}"' in shown


def test_one_more_row_needs_no_script(served: Served) -> None:
    """A button sends the form for one more row; what was typed stays, and nothing is recorded."""
    before, browser = entries(served), served.signed_in("technician")
    sent = {"id": "one", "n:d.flasks": "1", "d.flasks[0].container": "C-7", "more": "d.flasks"}
    shown = browser.post(f"{DO}cells.feed", sent).content.decode()
    assert 'name="d.flasks[0].container" value="C-7"' in shown
    assert 'name="d.flasks[1].container"' in shown
    assert 'name="id" value="one"' in shown
    assert entries(served) == before


# Recorded ---------------------------------------------------------------------------------------------------


def test_what_is_sent_is_recorded_by_who_signed_in_and_told(served: Served) -> None:
    """A person is screened: who, in which role and where stand in the entry, as does when it was done."""
    before = entries(served)
    answer = send(served.signed_in("coordinator"), screen(), act_at="2027-01-04T07:30", act_why="made up")
    assert answer.status_code == 200
    assert str(before + 1) in text_of(answer)
    assert served.door.head(TRIAL).digest in text_of(answer)
    person = served.door.trials.snapshot(TRIAL).state.people[NEW]
    at = NOW.replace(hour=7, minute=30)
    assert person.screened == Act(by="coordinator", at=at, role="coordinator", site=SITE, why="made up")


def test_a_form_sent_twice_is_recorded_once_and_says_so(served: Served) -> None:
    """A double click, the second of which comes a minute later."""
    browser, sent = served.signed_in("coordinator"), filled(screen())
    sent["id"] = [form_id(browser, "protocol.screen")]
    first = browser.post(f"{DO}protocol.screen", sent)
    recorded = entries(served)
    served.clock.later(1)
    second = browser.post(f"{DO}protocol.screen", sent)
    assert (first.status_code, second.status_code) == (200, 200)
    assert entries(served) == recorded
    assert "sent before and is recorded already" in text_of(second)


def test_what_the_rules_refuse_is_kept_as_refused_with_every_reason(served: Served) -> None:
    """Somebody screened twice: the page tells the reason and the entry, and the form has an id of its own."""
    browser, order = served.signed_in("coordinator"), screen(PERSON)
    sent = {**filled(order), "id": [form_id(browser, order.NAME)]}
    answer = browser.post(f"{DO}{order.NAME}", sent)
    assert answer.status_code == 422
    assert f"kept as entry {entries(served)}" in text_of(answer)
    assert "screened already" in text_of(answer) or "already" in text_of(answer)
    assert f'value="{sent["id"][0]}"' not in answer.content.decode()
    kept = entries(served)
    again = browser.post(f"{DO}{order.NAME}", sent)
    assert "refused then" in text_of(again)
    assert entries(served) == kept


@pytest.mark.requirement("COI-05")
def test_coi_05_an_identity_is_never_corrected_through_a_form(served: Served) -> None:
    """COI-05: it can be asked for, is refused, and the refusal is kept."""
    order = CorrectPersonIdentity(person=PERSON, field="person", new="somebody else")
    before = entries(served)
    assert send(served.signed_in("coordinator"), order).status_code == 422
    assert entries(served) == before + 1


def test_faults_stand_beside_their_fields_and_what_was_typed_stays(served: Served) -> None:
    """Three fields are wrong: three words beside them, in one answer, and nothing is recorded."""
    before, browser = entries(served), served.signed_in("coordinator")
    sent = {"id": "x", "record": "yes", "d.person": "no good", "d.weight": "much", "d.source.kind": "device"}
    answer = browser.post(f"{DO}protocol.weight-recorded", sent)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert all(f'id="{name}~told"' in shown for name in ("d.person", "d.weight", "d.source.id"))
    assert 'value="no good"' in shown
    assert 'value="much"' in shown
    assert entries(served) == before


def test_facts_are_asked_by_the_protocol(served: Served) -> None:
    """A fact is a row of the protocol: yes, no, a number in its unit, or that nobody knows."""
    browser = served.signed_in("coordinator")
    send(browser, screen())
    consent = ConsentGiven(person=NEW, form="trial", version="1", given_by="self")
    snapshot = served.door.trials.snapshot(TRIAL)
    form = snapshot.protocol.consents[0]
    consent = ConsentGiven(person=NEW, form=form.id, version=form.versions[-1].id, given_by="self")
    assert send(browser, consent).status_code == 200
    sent: Sent = {
        "d.person": [NEW], "d.facts{age}": ["52"], "d.facts{hbv}": ["no"],
        "d.facts{haemoglobin}~word": ["~not-known"],
        "d.source.kind": ["document"], "d.source.id": ["chart"], "id": ["facts-1"], "record": ["yes"],
    }  # fmt: skip
    assert browser.post(f"{DO}{FactsRecorded.NAME}", sent).status_code == 200
    facts = served.door.trials.snapshot(TRIAL).state.people[NEW].facts
    assert {name: each.value for name, each in facts.items()} == {
        "age": Amount.of("52 y"), "hbv": "no", "haemoglobin": None,
    }  # fmt: skip


# In which role ----------------------------------------------------------------------------------------------


def test_a_role_is_only_asked_for_where_there_are_several(served: Served) -> None:
    """Somebody with one role at one site is not asked; what is posted in its place is another's."""
    browser = served.signed_in("coordinator")
    assert 'name="act.as"' not in browser.get(f"{DO}protocol.screen").content.decode()
    sponsor = served.signed_in("sponsor").get(f"{DO}protocol.site-opened").content.decode()
    assert 'name="d.site"' in sponsor
    answer = send(browser, screen(), act_as="investigator|osaka")
    assert served.door.trials.snapshot(TRIAL).state.people[NEW].screened.role == "coordinator"
    assert answer.status_code == 200


# Signed -----------------------------------------------------------------------------------------------------


def gate(served: Served) -> DecideGate:
    return DecideGate(person=PERSON, gate=served.door.trials.snapshot(TRIAL).protocol.gates[0].id)


def test_a_signature_asks_for_account_and_password_and_then_for_the_password(served: Served) -> None:
    """21 CFR 11.200: both the first time of a session, the password each time; what is signed is shown."""
    browser, order = served.signed_in("investigator"), EraseIdentity(person=PERSON)
    shown = browser.get(f"{DO}{order.NAME}?person={PERSON}")
    assert 'name="sign.account"' in shown.content.decode()
    assert "You sign" in text_of(shown)
    assert "Made Up Investigator" in text_of(shown)
    signed = {"sign_account": "investigator", "sign_password": PASSWORD}
    first = send(browser, order, act_why="asked for it", **signed)
    assert first.status_code == 200, text_of(first)
    shown = browser.get(f"{DO}{order.NAME}").content.decode()
    assert 'name="sign.account"' not in shown
    assert 'name="sign.password"' in shown


def test_a_wrong_password_signs_nothing_is_counted_and_is_not_shown_again(served: Served) -> None:
    """The form keeps everything but the password, and the accounts' chain keeps the failure."""
    browser, order = served.signed_in("investigator"), EraseIdentity(person=PERSON)
    before, accounts = entries(served), served.door.head("accounts").seq
    answer = send(
        browser, order, sign_account="investigator", sign_password="not the one I have", act_why="gone"
    )
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "not the one I have" not in shown
    assert ">gone</textarea>" in shown
    assert 'value="investigator"' in shown
    assert entries(served) == before
    assert served.door.head("accounts").seq == accounts + 1
    missing = send(browser, order)
    assert 'id="sign.password~told"' in missing.content.decode()


def test_nobody_signs_in_the_session_of_another(served: Served) -> None:
    """The account and password of a second person are no proof here; they sign in their own browser."""
    browser, order = served.signed_in("investigator"), EraseIdentity(person=PERSON)
    answer = send(browser, order, sign_account=account("qualified-person"), sign_password=PASSWORD)
    assert answer.status_code == 422
    assert "only investigator, who signed in, can sign here" in text_of(answer)
    assert browser.get(DO).status_code == 200


def test_a_signed_decision_that_is_refused_tells_every_reason(served: Served) -> None:
    """A gate that was passed before is not decided again: signed, kept as refused, and told why."""
    answer = send(
        served.signed_in("investigator"), gate(served), sign_account="investigator", sign_password=PASSWORD
    )
    assert answer.status_code == 422
    assert f"kept as entry {entries(served)}" in text_of(answer)


# Who somebody is --------------------------------------------------------------------------------------------


@pytest.mark.requirement("DAT-04")
def test_dat_04_who_somebody_is_goes_beside_the_record_and_each_look_is_an_entry(served: Served) -> None:
    """DAT-04: a form writes it down, another shows it; the record says that somebody looked."""
    browser = served.signed_in("coordinator")
    sent = {
        "id": "k-1", "record": "yes", "d.person": PERSON, "d.name": "Made Up Person",
        "d.birth_date": "1970-02-03",
    }  # fmt: skip
    assert browser.post(f"{DO}ledger.keep-identity", sent).status_code == 200
    before = entries(served)
    answer = send(browser, ReadIdentity(person=PERSON), act_why="a call")
    assert "Made Up Person" in text_of(answer)
    assert "1970-02-03" in text_of(answer)
    assert entries(served) == before + 1
    assert filled(Identity(person="P-1"))["d.person"] == ["P-1"]


# Whatever is sent -------------------------------------------------------------------------------------------

FUZZED = (
    "protocol.screen", "protocol.facts-recorded", "protocol.record-examination", "protocol.correct-item",
    "safety.report-adverse-event", "ledger.sign", "protocol.take-chain-over", "ledger.keep-identity",
    "protocol.setting-filled",
)  # fmt: skip


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.slow
def test_no_bytes_of_a_form_are_a_fault_of_ours(served: Served, data: Any) -> None:
    """Whatever is posted to whatever form: a page with words, never a 500, and nothing half written."""
    browser = data.draw(st.just(_signed_in_once(served)))
    command = data.draw(st.sampled_from(FUZZED))
    sent = data.draw(
        st.dictionaries(st.sampled_from([*KNOWN_NAMES, "act.as", "act.why"]), st.lists(ANYTHING, max_size=2))
    )
    before = entries(served)
    sent = {**sent, "record": ["yes"], "id": [data.draw(st.sampled_from(["", "ok-1", "\x00", "x" * 200]))]}
    answer = browser.post(f"{DO}{command}", sent)
    assert answer.status_code in (200, 400, 403, 409, 422), (command, sent)
    assert entries(served) in (before, before + 1)


_BROWSERS: dict[int, Client] = {}


def _signed_in_once(served: Served) -> Client:
    if id(served) not in _BROWSERS:
        _BROWSERS.clear()
        _BROWSERS[id(served)] = served.signed_in("investigator")
    return _BROWSERS[id(served)]


def test_a_weight_in_another_unit_is_not_converted(served: Served) -> None:
    """Grams are no kilograms: told beside the field."""
    order = WeightRecorded(person=PERSON, weight=Amount.of("70 kg"), source=CHART)
    sent = {**filled(order), "d.weight": ["70000 g"]}
    answer = served.signed_in("coordinator").post(f"{DO}{order.NAME}", sent)
    assert answer.status_code == 422
    assert 'id="d.weight~told"' in answer.content.decode()


def test_what_is_about_who_asks_is_a_page_of_its_own() -> None:
    """Findings about roles never stand in a form, where nothing typed could mend them."""
    assert REFUSED_TO_THEM > {"store.role-forbids", "store.role-not-held", "store.other-site"}
    assert course(1).person == PERSON
