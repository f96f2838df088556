"""The examination's pages: who sees how much, drafts that lose nothing, and a recording that happens once."""

from __future__ import annotations

import re
import statistics
from datetime import date
from time import perf_counter
from typing import Any

import pytest
from django.test import Client
from examples.twenty_people.script import SITE
from examples.worked_trial.script import TRIAL, course
from tests.web.sites import PERSON, Served, account, text_of
from tests.web.test_worksheet import of_grade

from myelos.findings import Finding, Refused
from myelos.ledger.events import CommandRefused
from myelos.protocol import Person
from myelos.store.trials import Done
from myelos.web import worksheet as sheet
from myelos.web.models import Draft
from myelos.web.views import exam as views

LIST = f"/t/{TRIAL}/exams/"
BETWEEN = f"/t/{TRIAL}/people/{PERSON}/exams/4"
"""Day 7 of the first person, which no endpoint compares, and was never examined."""

AT_ENDPOINT = f"/t/{TRIAL}/people/{PERSON}/exams/9"
"""Day 220, the primary endpoint's."""

OWN = {
    "own_ais": "C", "own_nli": "C5", "own_sensory_right": "C5", "own_sensory_left": "C5",
    "own_motor_right": "C5", "own_motor_left": "C5",
}  # fmt: skip
SECRETS = re.compile(r"\bday[- ](7|220)\b|One week|infus|投与|220日|\bgroup\b", re.IGNORECASE)
"""What would tell somebody blinded which visit it is, or that there was an infusion."""


def when(served: Served) -> dict[str, str]:
    """The examination of this morning at the site, written first on paper."""
    now = served.clock.now
    return {"date": now.date().isoformat(), "time": "09:30", "examiner": "examiner", "source": "paper"}


def filled(served: Served, command: str = "exam-1", **other: str) -> dict[str, str]:
    """A whole form, as a browser sends it."""
    sent = {**of_grade("C"), **when(served), "command": command, "version": "0", **other}
    return {name: text for name, text in sent.items() if text}


def person_of(served: Served) -> Person:
    return served.door.trials.snapshot(TRIAL).state.people[PERSON]


def taken(served: Served, visit: str = "day-7") -> Any:
    """What was recorded of the examination at a visit; None where nothing was."""
    return person_of(served).visit(visit).get("isncsci")


def examiner(served: Served, language: str = "en") -> Client:
    return served.signed_in("examiner", language=language)


def coordinator(served: Served) -> Client:
    return served.signed_in("coordinator")


# Whom to examine


def test_the_list_has_what_is_due_and_leads_to_each(served: Served) -> None:
    """Every link of the list opens a worksheet; somebody examined already is not on it."""
    page = examiner(served).get(LIST).content.decode()
    links = re.findall(r'href="([^"]+/exams/\d+)"', page)
    assert BETWEEN in links
    assert f"{BETWEEN[:-1]}1" not in links
    browser = examiner(served)
    assert {browser.get(each).status_code for each in links} == {200}


def test_the_list_has_the_people_of_ones_own_sites_alone(served: Served) -> None:
    """An examiner of another site has nobody to examine here, and no worksheet opens."""
    browser = served.signed_in("examiner", "other-site")
    assert PERSON not in browser.get(LIST).content.decode()
    assert browser.get(BETWEEN).status_code == 404


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.requirement("BLD-01")
def test_bld_01_a_blinded_examiner_learns_no_visit_no_group_and_no_infusion(
    served: Served, language: str
) -> None:
    """On no page of the examination, in either language; nor is there a way to the person's page."""
    browser = examiner(served, language)
    for address in (LIST, BETWEEN, AT_ENDPOINT):
        page = browser.get(address).content.decode()
        assert PERSON in page
        found = SECRETS.search(page.replace('role="group"', ""))
        assert not found, found
        assert f'href="/t/{TRIAL}/people/{PERSON}"' not in page
        assert f'href="/t/{TRIAL}/"' not in page


@pytest.mark.requirement("BLD-01")
def test_bld_01_a_blinded_examiner_opens_no_visit_by_its_name_and_none_that_is_not_due(
    served: Served,
) -> None:
    """Both would tell what it is, or whether there was an infusion; they are answered alike."""
    browser = examiner(served)
    waiting = course(18).person  # registered, and never infused
    refused = [
        f"/t/{TRIAL}/people/{PERSON}/exams/day-7",
        f"/t/{TRIAL}/people/{PERSON}/exams/77",
        f"/t/{TRIAL}/people/{waiting}/exams/4",
    ]
    assert {browser.get(each).status_code for each in refused} == {404}


def test_whoever_sees_the_people_sees_the_visits_name_and_the_way_to_the_person(served: Served) -> None:
    """A coordinator who enters a sheet of paper is not blinded, and may come by the visit's own id."""
    browser = coordinator(served)
    page = browser.get(f"/t/{TRIAL}/people/{PERSON}/exams/day-7").content.decode()
    assert "One week" in page
    assert f'href="/t/{TRIAL}/people/{PERSON}"' in page


# As it is typed


def test_the_sheet_has_a_field_for_every_cell_and_none_inline(served: Served) -> None:
    """134 cells, two non-key entries, six own results, comments; no script and no style in the page."""
    page = examiner(served).get(BETWEEN).content.decode()
    named = set(re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', page))
    assert set(sheet.FIELDS) <= named
    assert not re.search(r"<style|<script(?![^>]* src=)| style=| on[a-z]+=", page)


def test_the_classification_follows_from_the_cells(served: Served) -> None:
    """Grade and level of the rules, with the reasons."""
    said = text_of(examiner(served).post(f"{BETWEEN}/classify", of_grade("C")))
    assert "Grade (AIS) C Neurological level (NLI) C5" in said
    assert "AIS C. (R5)" in said
    assert "All 134 cells are filled" in said


def test_missing_cells_leave_results_open_and_the_next_cell_is_told(served: Served) -> None:
    """All that is still possible, and which cell to test next."""
    fields = of_grade("C")
    for name in ("vac", "left_motor_L2", "right_motor_L3"):
        fields.pop(name)
    browser = examiner(served)
    said = text_of(browser.post(f"{BETWEEN}/classify", fields))
    assert "3 of 134 cells still empty" in said
    assert "Next to test: vac" in said or "of 1 possible" in said or "Next to test" not in said
    open_ = of_grade("C")
    for name in [each for each in open_ if "motor_L" in each or each in ("vac", "left_motor_S1")]:
        open_.pop(name)
    assert "Next to test:" in text_of(browser.post(f"{BETWEEN}/classify", open_))
    assert "is C, for example, with" in text_of(browser.post(f"{BETWEEN}/open", open_))


def test_the_body_is_drawn_from_the_scores(served: Served) -> None:
    """A cell that is missing is white and says nothing; one that is NT is hatched."""
    fields = {"right_motor_C5": "NT", "left_motor_C5": "3"}
    drawn = examiner(served).post(f"{BETWEEN}/body", fields).content.decode()
    parts = dict(re.findall(r'<g data-cell="([^"]+)">(.*?)</g>', drawn))
    assert len(parts) == 132
    assert "not-tested" in parts["right_motor_C5"]
    assert ">3</text>" in parts["left_motor_C5"]
    assert "#fff" in parts["right_motor_C6"]
    assert "NT</text>" not in parts["right_motor_C6"]
    assert " style=" not in drawn


@pytest.mark.parametrize("who", ["examiner", "coordinator", "investigator"])
def test_at_an_endpoint_no_result_is_shown_before_it_is_recorded(served: Served, who: str) -> None:
    """No grade, level, sum, next cell or reason, to nobody, whatever part of the page is asked for."""
    browser = served.signed_in(who)
    incomplete = {name: text for name, text in of_grade("C").items() if name != "vac"}
    pages = [browser.get(AT_ENDPOINT)]
    pages += [
        browser.post(f"{AT_ENDPOINT}/{part}", sent)
        for part in ("classify", "open")
        for sent in (of_grade("C"), incomplete)
    ]
    browser.post(f"{AT_ENDPOINT}/draft", {**of_grade("C"), "version": "0", "command": "x-1"})
    pages.append(browser.get(AT_ENDPOINT))
    for page in pages:
        text = page.content.decode()
        assert not re.search(r"Next to test|UEMS\)?</th>|class=\"grades\"|\(R5\)|AIS C\b", text)


def test_what_is_unusual_is_asked_also_at_an_endpoint(served: Served) -> None:
    """It rests on raw scores and tells no result."""
    odd = {**of_grade("C"), "right_motor_C5": "0", "right_motor_C6": "5"}
    assert "was it meant?" in text_of(examiner(served).post(f"{AT_ENDPOINT}/classify", odd))


@pytest.mark.slow
def test_the_classification_takes_less_than_50_ms(served: Served) -> None:
    """The median over a sheet that is filled cell by cell, by the server's own time."""
    browser, times = examiner(served), []
    fields: dict[str, str] = {}
    whole = of_grade("C")
    for number, name in enumerate(sheet.PAPER):
        fields[name] = whole[name]
        if number % 5 == 0:
            start = perf_counter()
            browser.post(f"{BETWEEN}/classify", fields)
            times.append(perf_counter() - start)
    assert statistics.median(times) < 0.05


# Drafts


def save(browser: Client, version: int, **fields: str) -> Any:
    return browser.post(f"{BETWEEN}/draft", {"version": str(version), "command": "exam-1", **fields})


def test_a_draft_comes_back_as_it_was_left(served: Served) -> None:
    """Each save counts its version; another browser of the same account goes on where it ended."""
    browser = examiner(served)
    assert save(browser, 0, right_motor_C5="3*", comments="a cast").json()["version"] == 1
    assert save(browser, 1, right_motor_C5="3*", vac="no").json()["version"] == 2
    page = examiner(served).get(BETWEEN).content.decode()
    assert re.search(r'name="right_motor_C5" value="3\*"', page)
    assert 'name="version" value="2"' in page
    assert 'name="command" value="exam-1"' in page


def test_a_save_that_changes_nothing_is_no_new_version(served: Served) -> None:
    """So a form that is sent twice conflicts with nobody."""
    browser = examiner(served)
    assert [save(browser, 0, vac="no").json()["version"] for _ in range(2)] == [1, 1]


def test_a_save_from_an_older_version_is_told_and_loses_nothing(served: Served) -> None:
    """What one side left empty is joined; of two values both are kept, and none may be recorded unseen."""
    first, second = examiner(served), examiner(served)
    save(first, 0, vac="no", right_motor_C5="3")
    late = save(second, 0, vac="yes", left_motor_C5="4")
    assert late.status_code == 409
    assert late.json()["fields"] == {"vac": "no", "right_motor_C5": "3", "left_motor_C5": "4"}
    assert 'name="aside.vac" value="yes"' in late.json()["aside"]
    page = first.get(BETWEEN).content.decode()
    assert 'name="aside.vac" value="yes"' in page
    sent = filled(served, version="2", **{"aside.vac": "yes"})
    answer = first.post(BETWEEN, sent)
    assert answer.status_code == 422
    assert "two values were kept" in text_of(answer)
    assert taken(served) is None


def test_a_draft_is_its_accounts_alone(served: Served) -> None:
    """Another account sees that there is one, and nothing that is in it."""
    save(examiner(served), 0, right_motor_C5="3", comments="only for me")
    page = coordinator(served).get(BETWEEN).content.decode()
    assert "Another account has begun" in page
    assert "only for me" not in page
    assert not re.search(r'name="right_motor_C5" value="3"', page)


@pytest.mark.parametrize(
    "sent", [{"comments": "x" * 1600}, {"vac": "y" * 300}, {"version": "-1"}, {"version": "9" * 40}]
)
def test_a_broken_save_is_told_and_never_a_500(served: Served, sent: dict[str, str]) -> None:
    """Too long is refused; a version that is none is as the first."""
    answer = examiner(served).post(f"{BETWEEN}/draft", {"command": "exam-1", "dap": "no", **sent})
    assert answer.status_code in (200, 400)
    assert Draft.objects.count() == (answer.status_code == 200)


def test_without_a_session_a_part_of_the_page_says_so(served: Served) -> None:
    """The page then keeps what was typed, and tells."""
    answer = served.client().post(f"{BETWEEN}/draft", {"vac": "no"}, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert Draft.objects.count() == 0


# Recording


def test_an_examination_is_recorded_as_it_was_typed(served: Served) -> None:
    """Every cell, who examined when, by whom it was recorded; the draft is gone."""
    browser = examiner(served)
    save(browser, 0, vac="no")
    fields = {**of_grade("C"), "right_motor_C5": "3*", "left_non_key": "L2"}
    sent = filled(served, **{**fields, **OWN, "comments": "a cast on the arm", "version": "1"})
    answer = browser.post(BETWEEN, sent)
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}recorded")
    found = taken(served)
    assert dict(found.taken["isncsci"].items) == fields
    assert (found.examiner, found.source.kind, found.act.by, found.act.role, found.act.site) == (
        "examiner",
        "document",
        "examiner",
        "examiner",
        SITE,
    )
    assert found.at.isoformat() == f"{served.clock.now.date()}T00:30:00+00:00"
    assert found.act.why.endswith("a cast on the arm")
    assert sheet.own_in(found.act.why)["ais"] == "C"
    assert Draft.objects.count() == 0
    assert list(served.door.verify(TRIAL)) == []


def test_a_form_sent_twice_is_recorded_once(served: Served) -> None:
    """A double click, or a replay: both lead to the same page."""
    browser = examiner(served)
    before = served.door.head(TRIAL).seq
    answers = [browser.post(BETWEEN, filled(served)) for _ in range(3)]
    assert [each.status_code for each in answers] == [302, 302, 302]
    assert "isncsci" in person_of(served).visit("day-7")
    rows = served.door.trials.of_command(TRIAL, "exam-1")
    assert served.door.head(TRIAL).seq - before == len(rows)
    assert Draft.objects.count() == 0


def test_what_is_missing_is_told_beside_its_field_and_nothing_is_recorded(served: Served) -> None:
    """All at once; what was typed stands there still, and is kept as a draft."""
    browser = examiner(served)
    sent = {**of_grade("C"), "command": "exam-1", "version": "0", "right_motor_C5": "9", "vac": ""}
    before = served.door.head(TRIAL).seq
    answer = browser.post(BETWEEN, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    for name in ("right_motor_C5", "vac", "date", "source"):
        field = re.search(rf'<[^>]* (?:name|id)="{name}"[^>]*>', page)
        assert field, name
        assert name == "source" or 'aria-invalid="true"' in field[0], name
    assert "9 is not a score of 0 to 5" in text_of(answer)
    assert re.search(r'name="right_motor_C5" value="9"', page)
    assert served.door.head(TRIAL).seq == before
    assert Draft.objects.get().data["fields"]["right_motor_C5"] == "9"


def test_at_an_endpoint_ones_own_classification_is_asked_for_first(served: Served) -> None:
    """Without it nothing is recorded, and no result is shown; with it both are."""
    browser = examiner(served)
    answer = browser.post(AT_ENDPOINT, filled(served))
    assert answer.status_code == 422
    assert 'class="grades"' not in answer.content.decode()
    assert taken(served, "day-220") is None
    assert browser.post(AT_ENDPOINT, filled(served, version="1", **OWN)).status_code == 302
    said = text_of(browser.get(f"{LIST}recorded"))
    assert "agrees with what follows" in said
    assert "Grade (AIS) C" in said


def test_a_disagreement_raises_a_query_and_changes_nothing(served: Served) -> None:
    """The page after it says both; one query is raised, however often the sheet is sent, and the recorded
    results are the rules'."""
    browser = examiner(served)
    for _ in range(2):
        browser.post(AT_ENDPOINT, filled(served, **{**OWN, "own_ais": "D"}))
    said = text_of(browser.get(f"{LIST}recorded"))
    assert "differs from what follows from the scores" in said
    assert "Grade (AIS) D C" in said
    (query,) = served.door.trials.snapshot(TRIAL).queries.values()
    assert query.raised.text.endswith("ais: D / C")
    assert (query.raised.person, query.open, query.act.by) == (PERSON, True, "examiner")
    assert taken(served, "day-220").taken["isncsci"].results["ais"].possible == ("C",)


@pytest.mark.requirement("BLD-01")
def test_bld_01_nothing_of_an_earlier_examination_is_shown(served: Served) -> None:
    """Only the one just recorded, in the same session; not by its address, and to no other account."""
    browser = examiner(served)
    browser.post(BETWEEN, filled(served, **OWN))
    assert "Grade (AIS)" in text_of(browser.get(f"{LIST}recorded"))
    assert "Grade (AIS)" not in text_of(browser.get(BETWEEN))
    assert examiner(served).get(f"{LIST}recorded").status_code == 302
    assert "Grade (AIS)" not in text_of(browser.get(f"/t/{TRIAL}/people/{PERSON}/exams/1"))
    assert coordinator(served).get(f"{LIST}recorded").status_code == 302


def test_what_the_trials_rules_refuse_is_told_and_can_be_mended(served: Served) -> None:
    """Examined in the future: kept as refused, told beside the date, and recorded under a new id."""
    browser = examiner(served)
    late = {"date": date(2027, 3, 1).isoformat()}
    answers = [browser.post(BETWEEN, filled(served, **late)) for _ in range(2)]
    for answer in answers:
        assert answer.status_code == 422
        assert re.search(r'id="date"[^>]*aria-invalid="true"', answer.content.decode())
    ids = [re.search(r'name="command" value="([^"]+)"', each.content.decode())[1] for each in answers]  # type: ignore[index]
    assert "exam-1" not in ids
    (row,) = served.door.trials.of_command(TRIAL, "exam-1")
    assert row.event == CommandRefused.NAME  # type: ignore[attr-defined]
    version = str(Draft.objects.get().version)
    assert browser.post(BETWEEN, filled(served, ids[1], version=version)).status_code == 302
    assert taken(served) is not None


@pytest.mark.parametrize("name", ["Dr. Müller", "=cmd", "x" * 80 + " "])
def test_an_examiner_that_is_no_account_is_told_beside_the_field(served: Served, name: str) -> None:
    """Codes only: a name has no place in the record."""
    answer = examiner(served).post(BETWEEN, filled(served, examiner=name))
    if answer.status_code != 302:
        assert answer.status_code == 422
        assert re.search(r'id="examiner"[^>]*aria-invalid="true"', answer.content.decode())
    assert (taken(served) is None) == (name.strip() != "x" * 80)


MENDED = ("version", "command", "own_ais")
"""Where something of that is no fault: a version that is none, an id that is only long, nothing at all."""

FUZZ = [
    "\x00",
    "\ud800".encode("utf-8", "replace").decode(),
    "<script>alert(1)</script>",
    "'; --",
    "9" * 400,
    "=1+1",
]


@pytest.mark.slow
@pytest.mark.parametrize(
    "field", ["vac", "right_motor_C5", "date", "source", "version", "command", "own_ais"]
)
def test_whatever_is_sent_is_told_and_never_a_500(served: Served, field: str) -> None:
    """Each field with what no browser would send: a message, nothing recorded, nothing of it unescaped."""
    browser, before = examiner(served), served.door.head(TRIAL).seq
    for sent in FUZZ:
        answer = browser.post(BETWEEN, {**filled(served), "own_ais": "", field: sent})
        page = answer.content.decode()
        assert answer.status_code in (400, 422) or (field in MENDED and answer.status_code == 302), sent
        assert "<script>alert" not in page
    after = [each for each in served.door.keeper.rows(TRIAL) if each.seq > before]
    assert sum(each.plain["event"] == "protocol.visit-recorded" for each in after) <= 1


def test_of_two_people_the_second_is_told_and_loses_nothing(served: Served) -> None:
    """The same examination, entered by two accounts: recorded once; the other's draft is kept for them."""
    first, second = examiner(served), coordinator(served)
    save(second, 0, comments="mine", right_motor_C5="2")
    page = first.post(BETWEEN, filled(served))
    assert page.status_code == 302
    answer = second.post(BETWEEN, filled(served, "exam-2", comments="mine", version="1"))
    assert answer.status_code == 422
    assert "mine" in text_of(second.get(BETWEEN))
    assert "was recorded meanwhile" in text_of(second.get(BETWEEN))
    assert taken(served).act.by == "examiner"


def test_a_server_that_ended_before_the_draft_was_dropped_has_recorded_once(served: Served) -> None:
    """The page then says that it is recorded, and the draft goes."""
    browser = examiner(served)
    browser.post(BETWEEN, filled(served))
    now = served.clock.now
    data = {"fields": {"vac": "no"}, "aside": {}, "command": "exam-1"}
    Draft.objects.create(
        account=account("examiner"), trial=TRIAL, person=PERSON, visit="day-7", data=data, version=3,
        updated_at=now,
    )  # fmt: skip
    said = text_of(browser.get(BETWEEN))
    assert "recorded" in said
    assert "was recorded meanwhile" not in said
    assert Draft.objects.count() == 0


def test_when_the_record_cannot_be_reached_the_form_stays_with_its_id(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it was recorded is not known: sent again as it is, it is recorded once."""

    def broken(*given: Any, **more: Any) -> Done:
        raise Refused([Finding("store.lost", params={"said": "x", "where": "y"})])

    browser = examiner(served)
    with monkeypatch.context() as patch:
        patch.setattr(type(served.door), "do", broken)
        answer = browser.post(BETWEEN, filled(served))
    assert answer.status_code == 503
    assert 'name="command" value="exam-1"' in answer.content.decode()
    assert "Send this form once more" in text_of(answer)
    assert browser.post(BETWEEN, filled(served)).status_code == 302


def test_a_command_id_of_somebody_else_records_nothing(served: Served) -> None:
    """An id that was used for another command is told; the results of another's are not shown."""
    known = next(row for row in served.door.keeper.rows(TRIAL) if row.plain["kind"] == views.RECORDS[0])
    answer = examiner(served).post(BETWEEN, filled(served, known.plain["command"]))
    assert answer.status_code in (400, 422)
    assert taken(served) is None


@pytest.mark.parametrize("who", ["monitor", "nurse", "sponsor"])
def test_whoever_may_not_record_a_visit_has_no_worksheet(served: Served, who: str) -> None:
    """Neither the list, nor the sheet, nor any of its parts."""
    browser = served.signed_in(who)
    assert {browser.get(each).status_code for each in (LIST, BETWEEN, f"{BETWEEN}/body")} == {403}
    assert browser.post(f"{BETWEEN}/draft", {"vac": "no"}).status_code == 403
    assert browser.post(BETWEEN, filled(served)).status_code == 403


def test_the_sheet_is_said_in_japanese(served: Served) -> None:
    """Names of muscles, fields and what is missing."""
    page = text_of(examiner(served, "ja").get(BETWEEN))
    assert "肘屈筋群" in page
    assert "134欄のうち134欄が未入力" in page
