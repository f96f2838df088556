"""The evidence, live from the record; and the queries. Synthetic."""

from __future__ import annotations

import re

import pytest
from tests.web.sites import PERSON, TRIAL, Served, account, text_of

from myelos.acts import Act
from myelos.evidence import judge, study_of
from myelos.ledger.queries import RaiseQuery
from myelos.protocol import Command
from myelos.report.figures import draw
from myelos.report.view import section
from myelos.report.words import Words

ENDPOINT = "ais-month-6"
PAGE = f"/t/{TRIAL}/evidence/{ENDPOINT}/"


def test_the_page_says_what_the_record_bears_and_names_the_state_it_is_of(served: Served) -> None:
    """The same as judging the study of the snapshot by hand; with the entry and digest it rests on."""
    snapshot = served.door.trials.snapshot(TRIAL)
    study = study_of(snapshot.state, snapshot.protocol, ENDPOINT, source="by hand", synthetic=True)
    words = Words("en")
    judgement = judge(study)
    by_hand = section(judgement, draw(judgement, words), words, "study")
    said = text_of(served.signed_in("data-manager").get(PAGE))
    assert by_hand.improved in said
    assert all(text in said for text in by_hand.sentences["cannot"])
    assert f"{snapshot.seq} · {snapshot.digest[:16]}" in said


def test_figures_are_pictures_of_this_server(served: Served) -> None:
    """Each is there as an image with words beside it; another name is told as none."""
    browser = served.signed_in("data-manager")
    sources = re.findall(r'<img src="([^"]+)" alt="[^"]{40,}"', browser.get(PAGE).content.decode())
    assert sources
    for each in sources:
        drawn = browser.get(each)
        assert drawn.headers["Content-Type"] == "image/svg+xml"
        assert b"<svg" in drawn.content
    assert browser.get(f"{PAGE}no-such-figure.svg").status_code == 404


def test_whoever_sees_some_of_the_people_sees_no_figure_of_all(served: Served) -> None:
    """A monitor of another site learns nothing of this one's results."""
    assert served.signed_in("monitor", "other-site").get(PAGE).status_code in (400, 403)


@pytest.mark.parametrize("role", ["coordinator", "monitor"])
def test_a_query_is_listed_for_those_of_the_site_with_what_they_may_do(served: Served, role: str) -> None:
    """The site answers, the monitor closes; neither is offered the other's part."""
    person = served.door.trials.snapshot(TRIAL).state.people[PERSON]
    act = Act(by=account("monitor"), at=served.clock.now, role="monitor", site=person.site)
    order = RaiseQuery(query="Q-1", person=PERSON, entry=3, text="Is this the hour?")
    assert not served.door.trials.record(TRIAL, "ask", Command(act, order)).refused
    answer = served.signed_in(role).get(f"/t/{TRIAL}/queries/")
    page = answer.content.decode()
    assert "Is this the hour?" in text_of(answer)
    assert ("ledger.answer-query" in page) == (role == "coordinator")
    assert ("ledger.close-query" in page) == (role == "monitor")
