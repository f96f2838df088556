"""The measures of a visit, but for ISNCSCI: forms made from their tables, scored as they are filled in.

An assessor who may not see the people of a trial is shown the examinations that are asked of them, numbered
and not named (:func:`myelos.protocol.worklist.assessor_view`): that there was an infusion stands nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from myelos.findings import Refused, Severity
from myelos.measures import Measure, Output, Scored, score
from myelos.protocol import Person, Protocol
from myelos.protocol.visits import RecordVisit
from myelos.protocol.worklist import assessor_view, visit_list
from myelos.store import readings
from myelos.times import civil_date
from myelos.web.doorway import door
from myelos.web.forms.fields import Field, Option, fields_of
from myelos.web.forms.labels import Labels
from myelos.web.forms.posting import Posted
from myelos.web.forms.tables import item_fields, label_in
from myelos.web.pages import Asked
from myelos.web.views.asking import EVERYWHERE, form_of, may_see, snapshot_of
from myelos.web.views.recording import Sheet, answer

COMMAND = "protocol.record-visit"
ELSEWHERE = frozenset({"isncsci"})
"""Measures with a page of their own."""


@dataclass(frozen=True)
class Visited:
    """A visit of a person as somebody may know it: ``name`` is what it is called to them; ``left``: the
    measures not taken; ``blind``: whether its real name is kept from them."""

    person: str
    visit: str
    name: str
    left: tuple[Measure, ...]
    elsewhere: tuple[str, ...]
    blind: bool


# Which visit ----------------------------------------------------------------------------------------------


def choose_visit(asked: Asked, trial: str) -> HttpResponse:
    """The examinations asked for, each with the way to its form."""
    given = asked.request.GET
    person, visit = given.get("person", ""), given.get("visit", "")
    if "/" in person or "/" in visit:
        raise Refused([readings.nobody_of_yours(person, trial)])
    if person and visit:
        return redirect("visit", trial=trial, person=person, visit=visit)
    rows = list(_asked_for(asked, trial, person))
    rows.sort(key=lambda row: (row[3] is None, row[3] or 0, row[0]))
    return asked.page(
        "measure_visits.html", title=asked.say("measures.title"), trial=trial, rows=rows, person=person[:80]
    )


def _asked_for(asked: Asked, trial: str, only: str) -> Iterator[tuple[str, str, str, int | None]]:
    """What is due of everybody, or asked for of one person: who, the visit's name in the address, its label,
    days left."""
    blind = not may_see(asked.visitor, trial)
    for person, protocol in _people(asked, trial):
        today = civil_date(door().now(), person.zone)
        if only not in ("", person.code):
            continue
        if blind:
            for each in assessor_view(person, protocol, today).asked:
                label = asked.say("measures.numbered", number=each.number)
                yield person.code, str(each.number), label, each.days_left
            continue
        for row in visit_list(person, protocol, today):
            due = bool(only) or row.standing in ("due", "overdue")
            if due and row.expected and not ELSEWHERE.issuperset(row.left) and row.standing != "missed":
                label = label_in(asked.say.language, protocol.visit(row.visit).label)
                yield person.code, row.visit, label, row.days_left


def _people(asked: Asked, trial: str) -> Iterator[tuple[Person, Protocol]]:
    """The people somebody may examine: those they may see, or, of an assessor, those of their site."""
    if may_see(asked.visitor, trial):
        seen = readings.show(door(), asked.visitor, trial)
        for code in seen.people:
            yield seen.snapshot.state.people[code], seen.snapshot.protocol
        return
    snapshot = snapshot_of(trial)
    if snapshot is None:
        return
    sites = {site for _, site in form_of(asked, trial, COMMAND, RecordVisit).asking.ways}
    for code in sorted(snapshot.state.people):
        person = snapshot.state.people[code]
        if person.site in sites or EVERYWHERE in sites:
            yield person, snapshot.protocol


def _visited(asked: Asked, trial: str, code: str, visit: str) -> Visited:
    """The visit of an address. Raises Refused for somebody, or a visit, that is not theirs to examine."""
    found = next(((each, protocol) for each, protocol in _people(asked, trial) if each.code == code), None)
    if found is None:
        raise Refused([readings.nobody_of_yours(code, trial)])
    person, protocol = found
    blind = not may_see(asked.visitor, trial)
    meant = _meant(asked, person, protocol, visit) if blind else visit
    if meant not in {each.id for each in protocol.visits}:
        raise Refused([readings.nobody_of_yours(f"{code}, {visit}", trial)])
    row = protocol.visit(meant)
    taken = {} if _sent_before(asked, trial) else person.visit(meant)
    left = [each for each in row.measures if each not in taken]
    label = asked.say("measures.numbered", number=visit) if blind else label_in(asked.say.language, row.label)
    known = form_of(asked, trial, COMMAND, RecordVisit).known
    here = [known.measure(each) for each in left if each not in ELSEWHERE]
    return Visited(
        code, meant, label, tuple(each for each in here if each is not None),
        tuple(each for each in left if each in ELSEWHERE), blind,
    )  # fmt: skip


def _sent_before(asked: Asked, trial: str) -> bool:
    """Whether this is a form that was recorded already: it is read as it was then, and told so."""
    id_ = asked.request.POST.get("id", "")
    return asked.request.method == "POST" and bool(door().trials.of_command(trial, id_))


def _meant(asked: Asked, person: Person, protocol: Protocol, number: str) -> str:
    """The visit behind a number, as it was when the form was shown; empty for none."""
    request, key = asked.request, f"asked-{person.code}-{number}"
    if request.method == "POST" and key in request.session:
        return str(request.session[key])
    today = civil_date(door().now(), person.zone)
    rows = [each for each in visit_list(person, protocol, today) if each.expected]
    numbered = {str(each.number): each for each in assessor_view(person, protocol, today).asked}
    asked_for = numbered.get(number)
    if asked_for is None:
        return ""
    meant = next(
        (each.visit for each in rows
         if each.left == asked_for.measures and (each.days_left or 0) == asked_for.days_left), "",
    )  # fmt: skip
    request.session[key] = meant
    return meant


# The form -------------------------------------------------------------------------------------------------


def visit(asked: Asked, trial: str, person: str, visit: str) -> HttpResponse:
    """The form of what is asked for at a visit; posted, it is recorded as the visit's."""
    found = _visited(asked, trial, person, visit)
    return answer(asked, trial, _sheet(asked, trial, found, visit))


def scored(asked: Asked, trial: str, person: str, visit: str) -> HttpResponse:
    """The scores of what is filled in so far, for a part of the page; nothing is recorded."""
    found = _visited(asked, trial, person, visit)
    return asked.page("measure_scores.html", scores=_scores(asked, found, asked.request.POST.getlist))


def _sheet(asked: Asked, trial: str, found: Visited, named: str) -> Sheet:
    form = form_of(
        asked, trial, COMMAND, RecordVisit, fixed={"person": found.person, "visit": found.visit},
        keys=_keys(asked, found),
    )  # fmt: skip

    def more(get: Callable[[str], list[str]]) -> dict[str, Any]:
        return {
            "scores": _scores(asked, found, get),
            "visited": found,
            "visit": named,
            "person": found.person,
        }

    hidden = {found.visit: found.name} if found.blind else {}
    return Sheet(COMMAND, form, "measure.html", more, hidden)


def _keys(asked: Asked, found: Visited) -> Callable[[Field, tuple[str, ...]], tuple[Field, ...] | None]:
    """The measures left at this visit, and the items of each."""
    language = asked.say.language
    by_id = {each.id: each for each in found.left}
    (table,) = [each for each in fields_of(RecordVisit) if each.name == "measures"]

    def keys(field: Field, above: tuple[str, ...]) -> tuple[Field, ...] | None:
        if not above:
            return tuple(
                Field(
                    each.id,
                    "table",
                    each=table.each and table.each.each,
                    label=label_in(language, each.label),
                )
                for each in found.left
            )
        return item_fields(by_id[above[-1]], language) if above[-1] in by_id else None

    return keys


def _scores(asked: Asked, found: Visited, get: Callable[[str], list[str]]) -> list[dict[str, Any]]:
    """Every measure that something is filled in of, scored as it would be recorded."""
    (table,) = [each for each in fields_of(RecordVisit) if each.name == "measures"]
    posted = Posted(get, None, _keys(asked, found))
    filled = posted.value(table, "d.measures", "measures", ())
    return [_told(asked, each, score(each, filled[each.id])) for each in found.left if each.id in filled]


def _told(asked: Asked, measure: Measure, found: Scored) -> dict[str, Any]:
    language = asked.say.language
    words = _words(measure, language)
    rows = []
    for row in measure.outputs:
        output = found.outputs[row.name]
        unit = row.unit if output.kind == "number" and row.unit not in (None, "points") else ""
        said = str(output) if output.kind == "number" else _either(asked, output, words)
        rows.append((label_in(language, row.label), said or "–", unit, output.known))
    items = {each.id: label_in(language, each.label) for each in measure.items}
    wrong = [
        (items.get(each.place.column or "", ""), asked.say.tell(each))
        for each in found.findings
        if each.severity is Severity.ERROR
    ]
    return {"label": label_in(language, measure.label), "rows": rows, "wrong": wrong}


def _words(measure: Measure, language: str) -> dict[str, str]:
    """The labels of every code the items take."""
    fields = item_fields(measure, language)
    return {each.code: each.label for field in fields for each in field.options if each.label}


def _either(asked: Asked, output: Output, words: dict[str, str]) -> str:
    """What a category can be; a dash while it can be anything."""
    if len(output.possible) == len(output.categories) > 1:
        return "–"
    labels = Labels(asked.say)
    return " / ".join(words.get(each) or labels.of_option(Option(each), None) for each in output.possible)
