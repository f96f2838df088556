"""The page of a trial: what is to be done, enrolment, and as many people as there are, a page at a time."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from examples.twenty_people.script import CHART, SITE
from examples.worked_trial.script import TRIAL
from hypothesis import given
from hypothesis import strategies as st
from tests.web.sites import NOW, PERSON, Served, account, text_of

from myelos.acts import Act
from myelos.answers import Answer
from myelos.protocol import Command, Trial
from myelos.protocol.people import GateDecision, Stage
from myelos.protocol.person_events import Reason, WeightRecorded
from myelos.protocol.worklist import worklist
from myelos.quantities import Amount
from myelos.report.course import rows
from myelos.report.course.page import person_context
from myelos.report.course.say import Say as Labels
from myelos.store.readings import Seen
from myelos.times import civil_date
from myelos.web import books, overview
from myelos.web.say import Say
from myelos.web.views import trials

PAGE = f"/t/{TRIAL}/"


@pytest.fixture
def coordinator(served: Served, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A coordinator's browser; nothing is kept of what another test looked at."""
    monkeypatch.setattr(trials, "OVERVIEWS", overview.Overviews())
    return served.signed_in("coordinator")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """A page of a few people."""
    monkeypatch.setattr(trials, "A_PAGE", 6)
    return 6


def state(served: Served) -> Trial:
    return served.door.trials.snapshot(TRIAL).state


def shown(answer: Any) -> list[str]:
    """The codes of the people who are drawn, in their order."""
    assert answer.status_code == 200
    return re.findall(r'role="rowheader"><a href="[^"]+">([^<]+)</a>', answer.content.decode())


def waiting(answer: Any) -> list[str]:
    """The codes of the people with something to be done, in their order."""
    parts = re.findall(r'<ul class="to-do">(.*?)</ul>', answer.content.decode(), re.DOTALL)
    return re.findall(r'<li><a href="[^"]+">([^<]+)</a>', "".join(parts))


# What is to be done -----------------------------------------------------------------------------------------


def test_what_is_to_be_done_is_a_line_a_person_the_most_urgent_first(
    served: Served, coordinator: Any
) -> None:
    """Nobody who waits for something is left out, and who waits longest stands first."""
    snapshot = served.door.trials.snapshot(TRIAL)
    tasks = worklist(snapshot.state.people.values(), snapshot.protocol, NOW)
    left: dict[str, int] = {}
    for each in tasks:
        days = overview.NEVER if each.days_left is None else each.days_left
        left[each.person] = min(left.get(each.person, overview.NEVER), days)
    assert waiting(coordinator.get(PAGE)) == sorted(left, key=lambda code: (left[code], code))
    assert len(left) > trials.FIRST  # the others are behind a mark that opens


def test_the_sums_are_those_of_the_worklist(served: Served, coordinator: Any) -> None:
    """What the page calls overdue and due is what the rules call so, added up."""
    snapshot = served.door.trials.snapshot(TRIAL)
    tasks = worklist(snapshot.state.people.values(), snapshot.protocol, NOW)
    late = sum(each.days_left is not None and each.days_left < 0 for each in tasks)
    due = sum(each.kind == "visit-due" for each in tasks)
    totals = re.findall(r'<a class="of-(\w+)"[^>]*><b>(\d+)</b>', coordinator.get(PAGE).content.decode())
    found = {kind: int(n) for kind, n in totals}
    assert (found["overdue"], found["due"]) == (late, due)
    assert sum(found.values()) == len(tasks)


def test_who_could_not_pass_a_gate_is_blocked_and_the_page_says_why(served: Served) -> None:
    """A decision that waits for something is told with what it waits for, while there is time."""
    snapshot = served.door.trials.snapshot(TRIAL)
    labels, say = Labels("en", snapshot.protocol), Say("en")
    waited = 0
    for person in snapshot.state.people.values():
        for refused in person.decisions[-1:]:
            if refused.passed or not all(each.answer is Answer.UNKNOWN for each in _unmet(refused)):
                continue
            then = refused.act.at + timedelta(hours=1)
            (one,) = overview.Overviews().of(Seen(snapshot, (person.code,)), "en", then).ones
            assert "blocked" in {kind for kind, _ in one.tasks}
            told = overview.line(one, person, labels, say, then)
            assert any(each.startswith("blocked: ") and "(not known)" in each for each in told.rest)
            waited += 1
    assert waited


def _unmet(decision: GateDecision) -> list[Reason]:
    return [each for each in decision.reasons if each.answer is not Answer.YES]


def test_a_stopped_trial_blocks_whoever_is_still_to_be_treated(
    served: Served, coordinator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules that are hit and not decided on stand beside the gates they shut."""
    monkeypatch.setattr(overview, "blocking_rules", lambda *_: ("identity-error",))
    assert "blocked: identity-error" in text_of(coordinator.get(PAGE))


def test_somebody_of_another_site_is_told_of_nobody(served: Served) -> None:
    """Sums are as silent about other sites' people as lines are."""
    answer = served.signed_in("coordinator", "other-site").get(PAGE)
    assert (shown(answer), waiting(answer)) == ([], [])
    assert PERSON not in text_of(answer)
    assert "Nothing is due." in text_of(answer)
    assert 'class="totals"' not in answer.content.decode()
    assert 'class="enrolment"' not in answer.content.decode()


# Enrolment --------------------------------------------------------------------------------------------------


def test_enrolment_adds_up_month_by_month(served: Served, coordinator: Any) -> None:
    """Every person is counted in the month of each step, by the civil date of their site."""
    people = state(served).people.values()
    screened = Counter(civil_date(each.screened.at, each.zone).isoformat()[:7] for each in people)
    infused = [each.infused_at for each in people if each.infused_at is not None]
    page = coordinator.get(PAGE).content.decode()
    told = re.findall(r'<tr><th scope="row">(\d{4}-\d\d)</th>(.*?)</tr>', page, re.DOTALL)
    sums = {month: [int(n) for n in re.findall(r'<td class="number">(\d+)', cells)] for month, cells in told}
    so_far = 0
    for month, (first, _, _) in sums.items():
        so_far += screened[month]
        assert first == so_far
    last = list(sums.values())[-1]
    assert (last[0], last[2]) == (len(people), len(infused))
    assert list(sums) == sorted(sums)


# As many people as there are --------------------------------------------------------------------------------


def test_every_person_is_on_one_of_the_pages(served: Served, coordinator: Any, small: int) -> None:
    """Page after page there is everybody, once, in order."""
    everybody = sorted(state(served).people)
    pages = [shown(coordinator.get(f"{PAGE}?page={number}")) for number in range(1, 6)]
    assert [len(each) for each in pages[:2]] == [small, small]
    last = -(-len(everybody) // small)
    assert [code for page in pages[:last] for code in page] == everybody
    assert pages[last:] == [pages[last - 1]] * (5 - last)  # beyond the last there is the last


def test_nobody_is_drawn_who_is_not_on_the_page(
    coordinator: Any, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a page takes does not grow with the trial."""
    drawn: list[str] = []
    row = rows.row

    def counting(course: Any, days: Any, width: float) -> str:
        drawn.append(course.person.code)
        return row(course, days, width)

    monkeypatch.setattr(rows, "row", counting)
    answer = coordinator.get(f"{PAGE}?page=2")
    assert sorted(drawn) == sorted(2 * shown(answer))  # for a wide and for a narrow screen


def test_a_person_alone_is_told_as_among_all(served: Served) -> None:
    """Who is drawn without the others has the same tables, cells, harms and reports due."""
    snapshot = served.door.trials.snapshot(TRIAL)
    seen = Seen(snapshot, tuple(sorted(snapshot.state.people)))
    whole = books.book_of(seen, "en")
    for course in whole.everyone:
        alone = books.book_of(seen, "en", (course.person.code,))
        (same,) = alone.everyone
        assert same == course
        told, among = person_context(same, alone), person_context(course, whole)
        assert (told["parts"], told["before"], told["after"]) == (
            among["parts"],
            among["before"],
            among["after"],
        )
        assert told["as_of"] == among["as_of"]


def test_one_more_entry_is_one_person_s_work(
    served: Served, coordinator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of a trial is not worked out again."""
    coordinator.get(PAGE)
    worked: list[str] = []
    one = overview._one

    def counting(person: Any, *given: Any) -> Any:
        worked.append(person.code)
        return one(person, *given)

    monkeypatch.setattr(overview, "_one", counting)
    order = WeightRecorded(person=PERSON, weight=Amount.of("61 kg"), source=CHART)
    act = Act(by=account("nurse"), at=NOW, role="nurse", site=SITE)
    done = served.door.trials.record(TRIAL, "one-more", Command(act, order))
    assert not done.refused, done.findings
    coordinator.get(PAGE)
    assert worked == [PERSON]


def test_a_new_day_is_everybody_s_work(
    served: Served, coordinator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was due yesterday may be overdue today, with nothing recorded."""
    before = text_of(coordinator.get(PAGE))
    served.clock.later(60 * 24)
    after = text_of(served.signed_in("coordinator").get(PAGE))
    assert re.findall(r"(\d+) days late", before) != re.findall(r"(\d+) days late", after)


@pytest.mark.parametrize("stage", list(Stage))
def test_people_are_found_by_how_far_they_came(served: Served, coordinator: Any, stage: Stage) -> None:
    """The choice gives those at that stage, and nobody else."""
    expected = sorted(each.code for each in state(served).people.values() if each.stage is stage)
    assert shown(coordinator.get(f"{PAGE}?stage={stage}")) == expected


def test_people_are_found_by_a_part_of_their_code(served: Served, coordinator: Any) -> None:
    """Whatever case it is typed in; and nobody is told of who is not there."""
    part = PERSON[-6:].lower()
    expected = sorted(each for each in state(served).people if part in each.lower())
    assert shown(coordinator.get(f"{PAGE}?{urlencode({'q': part})}")) == expected != []
    nobody = coordinator.get(f"{PAGE}?q=zzzz")
    assert shown(nobody) == []
    assert "Nobody is like that." in text_of(nobody)


def test_a_choice_stays_from_page_to_page(coordinator: Any, small: int) -> None:
    """The way to the next page asks for the same people."""
    page = coordinator.get(f"{PAGE}?stage=infused").content.decode()
    following = re.search(r'rel="next" href="\?([^"#]+)', page)
    assert following is not None
    assert following[1].replace("&amp;", "&") == "stage=infused&page=2"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_speaks_both_languages(served: Served, language: str) -> None:
    """The very same people and numbers, in either."""
    answer = served.signed_in("coordinator", language=language).get(PAGE)
    assert shown(answer) == sorted(state(served).people)
    assert ("すべきこと" in text_of(answer)) is (language == "ja")


def test_whatever_is_asked_for_is_answered(served: Served, coordinator: Any) -> None:
    """What is no choice chooses nothing; it is told back escaped, and never breaks the page."""

    @given(
        st.fixed_dictionaries(
            {}, optional={key: st.text(max_size=90) for key in ("q", "stage", "due", "page")}
        )
    )
    def asked(choice: dict[str, str]) -> None:
        answer = coordinator.get(PAGE, choice)
        assert answer.status_code == 200
        assert "<script>" not in answer.content.decode()

    asked()
    assert "&lt;script&gt;" in coordinator.get(PAGE, {"q": "<script>"}).content.decode()
