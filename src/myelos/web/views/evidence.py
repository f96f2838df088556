"""The main job's report, live from the record: what own controls can bear after its last entry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from markupsafe import Markup

from myelos.evidence import judge, study_of
from myelos.findings import Finding, Refused
from myelos.protocol.trial import Endpoint
from myelos.report.figures import Drawn, draw
from myelos.report.view import Section, section
from myelos.report.words import Words
from myelos.store.readings import Seen
from myelos.web.books import Known
from myelos.web.pages import Asked

KEPT = 8
"""Reports kept at a time: one for every trial, state, endpoint and language that somebody looks at."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A report and its figures by name."""

    section: Section
    figures: dict[str, Drawn]


def first(asked: Asked, trial: str) -> HttpResponse:
    """The way to the first endpoint, or why there is none."""
    known = endpoints(asked.trial)
    if not known:
        raise Refused([Finding("web.no-endpoint", params={"trial": trial})])
    return redirect("evidence", trial=trial, endpoint=known[0].id)


def evidence(asked: Asked, trial: str, endpoint: str) -> HttpResponse:
    """What one endpoint bears; whoever sees only some of the people sees no such figure of all of them."""
    seen = _whole(asked)
    language = told_in(asked)
    made = _report(Known(seen.snapshot), endpoint, language)

    def picture(figure: Drawn, width: str, key: str) -> Markup:
        parts = {"trial": trial, "endpoint": endpoint, "figure": f"{figure.name}-{width}.svg"}
        source = f"{reverse('figure', kwargs=parts)}?entry={seen.snapshot.seq}"
        return Markup('<img src="{}" alt="{}">').format(source, figure.alt)

    return asked.page(
        "evidence.html",
        title=made.section.title,
        trial=trial,
        endpoint=endpoint,
        endpoints=[(each.id, getattr(each.label, asked.say.language)) for each in endpoints(seen)],
        section=made.section,
        picture=picture,
        say=Words(language),
        english_only=language != asked.say.language,
        head=f"{seen.snapshot.seq} · {seen.snapshot.digest[:16]}",
    )


def figure(asked: Asked, trial: str, endpoint: str, figure: str) -> HttpResponse:
    """One figure of the report, as a picture."""
    made = _report(Known(_whole(asked).snapshot), endpoint, told_in(asked))
    name, _, width = figure.removesuffix(".svg").rpartition("-")
    drawn = made.figures.get(name)
    if drawn is None or width not in ("wide", "narrow"):
        raise Refused([Finding("web.no-figure", params={"read": figure[:80]})])
    return HttpResponse(getattr(drawn, width), content_type="image/svg+xml")


def told_in(asked: Asked) -> str:
    """The language of the report: the reader's where it has words in it, else English."""
    try:
        return Words(asked.say.language).language
    except Refused:
        return "en"


def endpoints(seen: Seen) -> tuple[Endpoint, ...]:
    """The endpoints of a protocol that compare AIS at two visits, the ones most people reached first."""
    known, people = seen.snapshot.protocol.endpoints, seen.snapshot.state.people.values()
    of_grades = [each for each in known if (each.measure, each.output) == ("isncsci", "ais")]
    return tuple(sorted(of_grades, key=lambda each: -sum(bool(one.visit(each.to_visit)) for one in people)))


def _whole(asked: Asked) -> Seen:
    seen = asked.trial
    if len(seen.people) < len(seen.snapshot.state.people):
        raise Refused([Finding("web.not-everybody", params={"trial": seen.snapshot.trial})])
    return seen


@lru_cache(maxsize=KEPT)
def _report(known: Known, endpoint: str, language: str) -> Reported:
    """The report of the very state that the page names, whatever was recorded since."""
    snapshot = known.snapshot
    source = f"trial {snapshot.trial}, {snapshot.seq} entries, last {snapshot.digest[:16]}"
    study = study_of(
        snapshot.state, snapshot.protocol, endpoint, source=source, synthetic=settings.MYELOS_SYNTHETIC
    )
    judgement, words = judge(study), Words(language)
    drawn = draw(judgement, words)
    return Reported(section(judgement, drawn, words, "study"), {each.name: each for each in drawn})
