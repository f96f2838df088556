"""The examination: whom to examine, the worksheet, what follows from it as it is typed, and its recording.

Whoever may not see the people of a trial (``show``) examines blinded: no name of a visit, no group, no
infusion, no earlier examination. At a visit that an endpoint compares nobody sees a result before it is
recorded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.views.decorators.debug import sensitive_variables

from myelos.acts import Act
from myelos.findings import Finding, Refused, Severity
from myelos.isncsci import explain, explain_open, next_cell
from myelos.isncsci.body_map import figure
from myelos.isncsci.exam import BLOCKS, SIDES, Exam
from myelos.ledger import Snapshot, decide_recorded
from myelos.ledger.queries import RaiseQuery
from myelos.protocol import Command, Person
from myelos.protocol.people import Examination
from myelos.protocol.visits import RecordVisit
from myelos.store import authority
from myelos.store.failures import told
from myelos.store.readings import nobody_of_yours
from myelos.store.trials import Done
from myelos.times import civil_date
from myelos.web import worksheet as sheet
from myelos.web.doorway import door
from myelos.web.errors import unavailable
from myelos.web.models import Saved, Whose, discard_draft, draft_of, others_drafting, save_draft
from myelos.web.pages import Asked

RECORDS = ("protocol.record-visit",)
ROLES = ("examiner", "investigator", "coordinator")
"""As what somebody records who holds several of these roles: the first of them."""

NEXT_FROM, OPEN_FROM = 100, 60
"""With so many cells missing the next one to test (an example of each result) is still told: with more it
takes too long to be told while somebody types."""

_HATCH = "url(#not-tested) #e3e6e9"
_HATCHING = (
    '<defs><pattern id="not-tested" width="5" height="5" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="5" height="5" fill="#fff"/>'
    '<line x1="0" y1="0" x2="0" y2="5" stroke="#7d8a96" stroke-width="1.2"/></pattern></defs>'
)
_CELL = re.compile(r'<g data-cell="([^"]+)">.*?</g>')

LAST = "last-exam"
"""The key of a browser's session for the examination that was just recorded."""


@dataclass(frozen=True, slots=True)
class Open:
    """An examination that somebody may enter: whose, which one, as what, and how much of it they may see."""

    trial: str
    snapshot: Snapshot
    person: Person
    number: str
    visit: str
    role: str
    blinded: bool

    @property
    def hidden(self) -> bool:
        """Whether no result is shown before it is recorded."""
        return sheet.at_endpoint(self.snapshot.protocol, self.visit)

    @property
    def taken(self) -> Examination | None:
        """The examination where it was recorded."""
        return self.person.visit(self.visit).get(sheet.MEASURE)

    @property
    def address(self) -> dict[str, str]:
        return {"trial": self.trial, "person": self.person.code, "visit": self.number}

    def whose(self, account: str) -> Whose:
        return Whose(account, self.trial, self.person.code, self.visit)


# Whom to examine -------------------------------------------------------------------------------------------


def exams(asked: Asked, trial: str) -> HttpResponse:
    """The people of somebody's sites with the examinations that are due, the most urgent first."""
    snapshot, now = door().trials.snapshot(trial), door().now()
    sites = {each.site for each in snapshot.state.people.values()}
    blinds = {site: _blinded(asked, trial, site) for site in sites if _role(asked, site)}
    listed = []
    for person in snapshot.state.people.values():
        if person.site not in blinds:
            continue
        blinded = blinds[person.site]
        for number, row in sheet.open_exams(person, snapshot.protocol, civil_date(now, person.zone)):
            label = _label(asked, snapshot, number, blinded)
            listed.append((row.days_left or 0, person.code, number, label, blinded))
    listed.sort()
    return _page(asked, trial, "exams.html", title=asked.say("exam.list"), listed=listed)


def _label(asked: Asked, snapshot: Snapshot, number: str, blinded: bool) -> str:
    """What a visit is called: for somebody blinded, by its number only."""
    if blinded:
        return asked.say("exam.number", n=number)
    label = sheet.numbered(snapshot.protocol)[number].label
    return str(getattr(label, asked.say.language, label.en))


def _page(asked: Asked, trial: str, template: str, status: int = 200, **context: Any) -> HttpResponse:
    """A page about a trial; the ways to its people only for whoever may see some of them."""
    sighted = any(_sees(asked, trial))
    ways = {"trial": trial} if sighted else {}
    return asked.page(template, status=status, study=trial, sighted=sighted, **ways, **context)


def _sees(asked: Asked, trial: str) -> set[str]:
    """The sites whose people somebody may see, ``*`` for every one."""
    found = set[str]()
    for role, cell in authority.table()["show"].cells.items():
        granted = door().accounts.sites(asked.visitor.account, role, trial) if cell else ()
        found.update(("*",) if granted and cell == "any" else granted)
    return found


def _blinded(asked: Asked, trial: str, site: str) -> bool:
    return not _sees(asked, trial) & {"*", site}


def _role(asked: Asked, site: str) -> str:
    """The role in which somebody records at a site; empty where they may not."""
    held = {role for role, where in asked.holds if where in ("*", site)}
    return next((role for role in ROLES if role in held), "")


def _open(asked: Asked, trial: str, person: str, visit: str) -> Open:
    """The examination of an address. Raises Refused for one that is not there, or not theirs: the same words.

    Whoever is blinded comes by its number, and only while it is due: anything else would tell what it is.
    """
    snapshot = door().trials.snapshot(trial)
    found = snapshot.state.people.get(person)
    if found is None or not _role(asked, found.site):
        raise Refused([nobody_of_yours(person, trial)])
    numbers = sheet.numbered(snapshot.protocol)
    blinded = _blinded(asked, trial, found.site)
    number = visit if visit in numbers else next((n for n, each in numbers.items() if each.id == visit), "")
    if not number or (blinded and visit not in numbers):
        raise Refused([Finding("web.exam-not-open", params={"read": visit[:80]})])
    one = Open(trial, snapshot, found, number, numbers[number].id, _role(asked, found.site), blinded)
    today = civil_date(door().now(), found.zone)
    due = {each for each, _ in sheet.open_exams(found, snapshot.protocol, today)}
    if blinded and one.number not in due and one.taken is None:
        raise Refused([Finding("web.exam-not-open", params={"read": visit[:80]})])
    return one


# The worksheet ---------------------------------------------------------------------------------------------


def worksheet(asked: Asked, trial: str, person: str, visit: str) -> HttpResponse:
    """The worksheet with what was entered so far; sent, it records the examination."""
    one = _open(asked, trial, person, visit)
    if asked.request.method == "POST":
        return _submit(asked, one)
    whose = one.whose(asked.visitor.account)
    saved = draft_of(whose)
    if one.taken is not None:
        return _taken(asked, one, saved)
    if not saved.version:
        begun = {"examiner": asked.visitor.account} if one.role == "examiner" else {}
        saved = Saved(fields=begun, command=_new_command())
    return _sheet(asked, one, saved)


def _new_command() -> str:
    return f"exam-{uuid4().hex}"


def _taken(asked: Asked, one: Open, saved: Saved) -> HttpResponse:
    """It was recorded: by whom and when, and what somebody else still has in a draft is not thrown away."""
    if saved.version and door().trials.of_command(one.trial, saved.command):
        discard_draft(one.whose(asked.visitor.account))
        saved = Saved()
    title = asked.say("exam.taken", label=_label(asked, one.snapshot, one.number, one.blinded))
    return _page(
        asked, one.trial, "exam-taken.html", title=title, person=one.person.code, saved=saved,
        kept=[(name, text) for name, text in saved.fields.items()],
    )  # fmt: skip


def _sheet(
    asked: Asked, one: Open, saved: Saved, found: Sequence[Finding] = (), status: int = 200
) -> HttpResponse:
    """The worksheet, with findings beside their fields."""
    by_field: dict[str, list[str]] = {}
    rest = []
    for each in found:
        name = (each.place.column or "").rpartition(".")[2]
        name = "date" if name == "examined_at" else name
        text = asked.say.tell(replace(each, place=type(each.place)()))
        by_field.setdefault(name, []).append(text) if name in sheet.FIELDS else rest.append(text)
    return _page(
        asked, one.trial, "exam.html", status, title=_label(asked, one.snapshot, one.number, one.blinded),
        person=one.person.code, one=one, saved=saved, columns=sheet.columns(), rows=sheet.ROWS,
        segments=[each for each, key in sheet.ROWS if key], choices=sheet.CHOICES, own=sheet.OWN,
        names=sheet.words_of(asked.say.language), wrong=by_field, wrong_besides=rest,
        others=others_drafting(one.whose(asked.visitor.account)), longest=sheet.LONGEST,
        sources=sheet.SOURCES, body=body_svg(saved.fields), number_of_cells=len(sheet.PAPER),
        **_live(asked, one, saved.fields),
    )  # fmt: skip


def _sent(request: HttpRequest) -> tuple[dict[str, str], dict[str, str], str, int]:
    """The fields, the values kept aside, the command's id and the version that a form holds."""
    given: QueryDict = request.POST
    flat = {name: str(given[name]) for name in given}
    version = flat.get("version", "")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
    return sheet.fields_of(flat), sheet.fields_of(flat, "aside."), flat.get("command", "")[:80], number


# As it is typed --------------------------------------------------------------------------------------------


def classify(asked: Asked, trial: str, person: str, visit: str) -> HttpResponse:
    """What follows from the cells so far, as a part of the page."""
    one = _open(asked, trial, person, visit)
    fields, *_ = _sent(asked.request)
    return asked.page(
        "exam-live.html", one=one, names=sheet.words_of(asked.say.language), **_live(asked, one, fields)
    )


def _live(asked: Asked, one: Open, fields: Mapping[str, str], recorded: bool = False) -> dict[str, Any]:
    """What the live part shows. At an endpoint's visit: what is missing, what is unusual, and no result."""
    missing = sheet.missing_cells(fields)
    shared: dict[str, Any] = {"missing": missing, "n_missing": len(missing), "found": None}
    if one.hidden and not recorded:
        unusual = [asked.say.tell(replace(each, place=type(each.place)())) for each in sheet.unusual(fields)]
        return {**shared, "unusual": unusual, "reasons": (), "next": None, "runs": sheet.runs}
    found = sheet.classification(fields)
    following = (
        next_cell(sheet.exam_of(fields), edition=sheet.edition()) if 0 < len(missing) <= NEXT_FROM else None
    )
    unusual = [asked.say.tell(replace(each, place=type(each.place)())) for each in found.findings]
    if not fields.keys() & set(sheet.PAPER):
        unusual = []
    return {
        **shared, "found": found, "unusual": unusual, "runs": sheet.runs,
        "reasons": explain(found, asked.say.language), "next": following,
    }  # fmt: skip


def body(asked: Asked, trial: str, person: str, visit: str) -> HttpResponse:
    """The body in the colours of the scores so far. It shows scores, and no result."""
    _open(asked, trial, person, visit)
    fields, *_ = _sent(asked.request)
    return HttpResponse(body_svg(fields))


def body_svg(fields: Mapping[str, str]) -> str:
    """The three figures beside each other, drawn as on the sheet; what is missing stays white."""
    exam, missing = sheet.exam_of(fields), frozenset(sheet.missing_cells(fields))

    def drawn(cell: re.Match[str]) -> str:
        return cell[0].replace(_HATCH, "#fff").replace(">NT<", "><") if cell[1] in missing else cell[0]

    figures = [_figure(block, _scores(exam, block), 102 + 206 * n) for n, (block, _, _) in enumerate(BLOCKS)]
    parts = _CELL.sub(drawn, "".join(figures))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 616 440" role="img" aria-hidden="true">'
        f"{_HATCHING}{parts}</svg>"
    )


def _scores(exam: Exam, block: str) -> tuple[Any, ...]:
    return tuple(getattr(exam.side(side), block) for side in SIDES)


@lru_cache(128)
def _figure(block: str, sides: tuple[Any, ...], middle: float) -> str:
    """One figure; while one column is typed the others stay as they were."""
    return figure(block, sides, middle, 6, _HATCH)


def what_is_open(asked: Asked, trial: str, person: str, visit: str) -> HttpResponse:
    """For each value a result can still take, an example of the missing cells that give it."""
    one = _open(asked, trial, person, visit)
    fields, *_ = _sent(asked.request)
    missing = sheet.missing_cells(fields)
    lines: list[str] = []
    many = len(missing) > OPEN_FROM
    if not one.hidden and not many:
        exam, outputs = sheet.exam_of(fields), ("ais", "nli")
        lines = explain_open(exam, edition=sheet.edition(), language=asked.say.language, outputs=outputs)
    return asked.page("exam-open.html", lines=lines, many=many, hidden=one.hidden, most=OPEN_FROM)


# Drafts ----------------------------------------------------------------------------------------------------


def draft(asked: Asked, trial: str, person: str, visit: str) -> HttpResponse:
    """Keep what was typed so far. 409: somebody saved since; then both are kept and told."""
    one = _open(asked, trial, person, visit)
    fields, aside, command, version = _sent(asked.request)
    wrong = sheet.too_long({**aside, **fields})
    if asked.request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if wrong or one.taken is not None:
        raise Refused(wrong or [Finding("web.exam-not-open", params={"read": visit[:80]})])
    with told(trial):
        saved = save_draft(one.whose(asked.visitor.account), version, fields, aside, command, door().now())
    context = {"saved": saved, "say": asked.say, "names": sheet.words_of(asked.say.language)}
    html = render_to_string("exam-aside.html", context, using="pages")
    kept = {"version": saved.version, "fields": saved.fields, "command": saved.command, "aside": html}
    return JsonResponse(kept, status=409 if saved.late else 200)


# Recording -------------------------------------------------------------------------------------------------


def _submit(asked: Asked, one: Open) -> HttpResponse:
    """Record the examination, once for one command id; or the sheet again, with every reason why not."""
    fields, aside, command, version = _sent(asked.request)
    command = command or _new_command()
    whose = one.whose(asked.visitor.account)
    if _recorded(one, command, asked.visitor.account):
        return _to_recorded(asked, one, command)
    said, wrong = sheet.signed(fields, one.person.zone)
    wrong = [
        *sheet.too_long(fields), *sheet.two_values(aside), *_scored(fields),
        *sheet.own_faults(fields, one.hidden), *wrong,
    ]  # fmt: skip
    saved = Saved(version, fields, aside, command)
    if not sheet.too_long({**aside, **fields}) and one.taken is None:
        with told(one.trial):
            saved = save_draft(whose, version, fields, aside, command, door().now())
    if saved.late:
        wrong = [*wrong, Finding("web.exam-saved-elsewhere")]
    if wrong or said.at is None or said.source is None:
        return _sheet(asked, one, saved, wrong, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    order = RecordVisit(
        person=one.person.code, visit=one.visit, examined_at=said.at, examiner=said.examiner,
        source=said.source, measures={sheet.MEASURE: sheet.items_of(fields)},
    )  # fmt: skip
    return _record(asked, one, saved, command, order)


def _scored(fields: dict[str, str]) -> list[Finding]:
    """Every cell that is missing or holds what cannot stand there."""
    from myelos.measures import load, score

    found = score(load(sheet.MEASURE), sheet.items_of(fields)).findings
    return [each for each in found if each.severity is Severity.ERROR]


@sensitive_variables()
def _record(asked: Asked, one: Open, saved: Saved, command: str, order: RecordVisit) -> HttpResponse:
    whose = one.whose(asked.visitor.account)
    why = sheet.reason_of(saved.fields)
    try:
        done = door().do(
            asked.visitor, one.trial, command, order, role=one.role, site=one.person.site, why=why,
        )  # fmt: skip
    except Refused as refused:
        if unavailable(refused):
            return _sheet(asked, one, saved, [Finding("web.not-sure")], HTTPStatus.SERVICE_UNAVAILABLE)
        if any(each.code.startswith("store.") for each in refused.findings):
            raise
        return _not_recorded(asked, one, saved, refused.findings)
    if not done.refused:
        on_disagreement(asked, one, done, sheet.differing(sheet.own_of(saved.fields), saved.fields))
        discard_draft(whose)
        return _to_recorded(asked, one, command)
    return _not_recorded(asked, one, saved, _reasons(done, asked, one, order, why))


def _not_recorded(asked: Asked, one: Open, saved: Saved, found: Sequence[Finding]) -> HttpResponse:
    """The sheet again, under a new id: that of a command that was refused stays with it."""
    whose, told_ = one.whose(asked.visitor.account), [_neutral(each, asked, one) for each in found]
    version = draft_of(whose).version
    again = save_draft(whose, version, saved.fields, saved.aside, _new_command(), door().now())
    return _sheet(asked, one, again, told_, HTTPStatus.UNPROCESSABLE_ENTITY)


def _reasons(done: Done, asked: Asked, one: Open, order: RecordVisit, why: str) -> list[Finding]:
    """Why it was refused; what was refused before is decided anew: the record keeps no places."""
    found = done.findings
    if done.again:
        act = Act(by=asked.visitor.account, at=door().now(), role=one.role, site=one.person.site, why=why)
        found = decide_recorded(door().trials.snapshot(one.trial), Command(act, order)).findings
    return [each for each in found if each.severity is Severity.ERROR]


def _neutral(found: Finding, asked: Asked, one: Open) -> Finding:
    """A finding as somebody may read it: for whoever is blinded, without the name of the visit."""
    if not one.blinded:
        return found
    label = _label(asked, one.snapshot, one.number, blinded=True)
    return replace(
        found, params={key: label if key == "visit" else each for key, each in found.params.items()}
    )


def _recorded(one: Open, command: str, account: str) -> bool:
    """Whether this examination was recorded by them under this id. Raises Refused for another's id."""
    rows = door().trials.of_command(one.trial, command)
    if not rows:
        return False
    said = rows[0].plain
    ours = (RECORDS[0], account, one.person.code)
    done = Done(door().head(one.trial), rows)
    visit = one.visit if done.refused else said["data"].get("visit")
    if (said["kind"], said["by"], said["person"], visit) != (*ours, one.visit):
        params = {"id": command, "kind": said["kind"], "seq": said["seq"]}
        raise Refused([Finding("store.command-id-used", params=params)])
    return not done.refused


def on_disagreement(asked: Asked, one: Open, done: Done, differing: Sequence[sheet.Difference]) -> None:
    """Where the examiner's own results are others than those that follow from the scores, a query is raised
    about the entry. Nothing recorded is changed by it. Called again for the same entry, it raises none.

    Raises Refused when it cannot be raised: the page says that it was.
    """
    if not differing:
        return
    entry, say, recorded = done.rows[0].seq, asked.say, done.rows[0].digest
    told = (f"{each.output}: {each.own} / {' '.join(each.computed)}" for each in differing)
    order = RaiseQuery(
        query=f"EXAM-{entry}-{recorded[:8]}", person=one.person.code, entry=entry, field="isncsci",
        text=say("exam.query", differences="; ".join(told)),
    )  # fmt: skip
    raised = door().do(
        asked.visitor, one.trial, f"exam-{entry}-differs", order, role=one.role, site=one.person.site
    )  # fmt: skip
    if raised.refused:
        raise Refused(raised.findings)


def _to_recorded(asked: Asked, one: Open, command: str) -> HttpResponse:
    asked.request.session[LAST] = {**one.address, "command": command}
    return redirect("exam-recorded", trial=one.trial)


def recorded(asked: Asked, trial: str) -> HttpResponse:
    """The examination that somebody has just recorded, with its results, and where their own are others."""
    last = asked.request.session.get(LAST, {})
    if last.get("trial") != trial:
        return redirect("exams", trial=trial)
    one = _open(asked, trial, last["person"], last["visit"])
    taken = one.taken
    if taken is None or taken.act.by != asked.visitor.account:
        return redirect("exams", trial=trial)
    entered = {name: str(text) for name, text in taken.taken[sheet.MEASURE].items.items()}
    own = sheet.own_in(taken.act.why)
    live = _live(asked, one, entered, recorded=True)
    return _page(
        asked, trial, "exam-recorded.html", title=asked.say("exam.recorded"), person=one.person.code, one=one,
        label=_label(asked, one.snapshot, one.number, one.blinded), own=own,
        differing=sheet.differing(own, entered),
        names=sheet.words_of(asked.say.language), at=taken.at, **live,
    )  # fmt: skip
