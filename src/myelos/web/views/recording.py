"""A form on its page: shown, read, asked for at the door once, and what became of it told.

What is posted twice under one id is recorded once, and said to be. What the rules refuse is kept as refused,
and the form stands there again with every reason; so does one that could not be read, with what was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.http import HttpResponse, QueryDict
from django.utils.http import urlencode
from pydantic_core import from_json

from myelos.findings import Finding, Refused
from myelos.ledger.commands import ReadIdentity
from myelos.ledger.free_text import reveal
from myelos.store import readings
from myelos.store.identity import Proof
from myelos.store.personal import Identity
from myelos.store.trials import Done
from myelos.web.doorway import door
from myelos.web.errors import unavailable
from myelos.web.forms import Answered, Form, placed
from myelos.web.forms.form import ACCOUNT, PASSWORD
from myelos.web.pages import Asked
from myelos.web.views.asking import EVERYWHERE, may_see

REFUSED_TO_THEM = frozenset({
    "store.role-forbids", "store.role-not-held", "store.other-site", "store.unknown-role",
    "store.sponsor-changes-nothing", "store.session-ended",
})  # fmt: skip
"""Findings that are about who asks, and not about what they wrote."""


def _nothing_more(get: Any) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Sheet:
    """A form on its page: the command, its form, and the page's template with what only it needs.

    ``hidden``: what stands on the page in place of a code that its reader may not know.
    """

    command: str
    form: Form
    template: str = "command.html"
    more: Callable[[Any], dict[str, Any]] = _nothing_more
    hidden: Mapping[str, str] = field(default_factory=dict)

    def hiding(self, text: str) -> str:
        """Words without what is hidden."""
        for code, shown in self.hidden.items():
            text = text.replace(code, shown)
        return text

    def told(self, finding: Finding) -> Finding:
        """A finding without what is hidden."""
        if not self.hidden:
            return finding
        params = {name: self.hidden.get(str(each), each) for name, each in finding.params.items()}
        return replace(finding, params=params)


def answer(asked: Asked, trial: str, sheet: Sheet) -> HttpResponse:
    """The page of a form: empty, with one more row, with what is wrong, or what became of it."""
    request, form = asked.request, sheet.form
    if request.method != "POST":
        return page(asked, trial, sheet, prefilled(form, request.GET))
    request.sensitive_post_parameters = [PASSWORD]  # type: ignore[attr-defined]
    get = request.POST.getlist
    more = request.POST.get("more", "")
    if more or "record" not in request.POST:
        return page(asked, trial, sheet, get, more=more, id_=request.POST.get("id", ""))
    answered = form.read(get)
    if answered.order is None:
        return page(
            asked, trial, sheet, get, findings=answered.findings, columns=answered.columns,
            status=HTTPStatus.UNPROCESSABLE_ENTITY, id_=request.POST.get("id", ""),
        )  # fmt: skip
    return ask(asked, trial, sheet, answered)


def ask(asked: Asked, trial: str, sheet: Sheet, answered: Answered) -> HttpResponse:
    """What the door says to a command, and the page that tells it."""
    post = asked.request.POST
    id_ = post.get("id", "")
    try:
        done, found = _done(asked, trial, sheet, answered, id_)
    except Refused as refused:
        if unavailable(refused):
            told = (Finding("web.not-sure"),)
            return page(
                asked, trial, sheet, post.getlist, findings=told, columns=answered.columns,
                status=HTTPStatus.SERVICE_UNAVAILABLE, id_=id_,
            )  # fmt: skip
        if any(each.code in REFUSED_TO_THEM for each in refused.findings):
            raise
        taken = any(each.code == "store.command-id-used" for each in refused.findings)
        return page(
            asked, trial, sheet, post.getlist, findings=refused.findings, columns=answered.columns,
            status=HTTPStatus.UNPROCESSABLE_ENTITY, id_="" if taken else id_,
        )  # fmt: skip
    if done is not None and done.refused:
        return page(
            asked, trial, sheet, post.getlist, findings=_reasons(trial, done), columns=answered.columns,
            status=HTTPStatus.UNPROCESSABLE_ENTITY, refused=done, said=_said(trial, done),
        )  # fmt: skip
    return recorded(asked, trial, sheet, answered, done, found)


def _done(
    asked: Asked, trial: str, sheet: Sheet, answered: Answered, id_: str
) -> tuple[Done | None, Identity | None]:
    """The command recorded; or somebody looked up, of which no more than that is recorded."""
    get, order = asked.request.POST.getlist, answered.order
    role, site = sheet.form.way(get)
    if isinstance(order, Identity):
        return readings.keep_identity(door(), asked.visitor, trial, id_, order, role=role, site=site), None
    if isinstance(order, ReadIdentity):
        person = order.person
        found = readings.look_up(
            door(), asked.visitor, trial, id_, person, role=role, site=site, why=answered.why
        )
        return None, found
    done = door().do(
        asked.visitor, trial, id_, order, role=role, site=site, at=answered.at, why=answered.why,
        proof=_proof(asked, sheet),
    )  # fmt: skip
    return done, None


def _proof(asked: Asked, sheet: Sheet) -> Proof | None:
    post = asked.request.POST
    if not sheet.form.asking.signs:
        return None
    account = post.get(ACCOUNT, "") if "account" in sheet.form.asking.signs else ""
    return Proof(post.get(PASSWORD, "") or None, account.strip() or None)


def _reasons(trial: str, done: Done) -> tuple[Finding, ...]:
    return () if done.again else done.findings


def _said(trial: str, done: Done) -> tuple[str, ...]:
    """Why a command that was refused before was refused, as it was told then."""
    if not done.again:
        return ()
    return tuple(_data(trial, done)[0].get("said", "").splitlines())


def _data(trial: str, done: Done) -> list[dict[str, Any]]:
    """What the entries of a command hold, free text where it was not erased."""
    words = door().keeper.words(trial, list(done.rows))
    return [from_json(reveal(row.text, words))["data"] for row in done.rows]


def _criteria(form: Form, data: dict[str, Any]) -> list[tuple[str, str, str]]:
    """How each criterion of a gate was answered: its label, the answer, and why, in words."""
    words = form.known.words
    if words is None or not all("criterion" in each for each in data.get("reasons", ())):
        return []
    return [
        (
            words.criterion(each["criterion"]),
            words.word(f"answer.{each['answer']}"),
            form.labels.told(Finding(each["code"], params=each["params"])),
        )
        for each in data.get("reasons", ())
    ]


# Pages ----------------------------------------------------------------------------------------------------


def prefilled(form: Form, given: QueryDict) -> Callable[[str], list[str]]:
    """What an empty form holds: what the link said, and what follows from it."""
    said = {name: str(given.get(name, ""))[:200] for name in given}
    said.update(form.known.entered)
    site = form.asking.ways[0][1]
    if len(form.asking.ways) == 1 and site != EVERYWHERE:
        said.setdefault("site", site)

    def get(name: str) -> list[str]:
        if name == "act.zone":
            return list(form.zones(get)[:1])
        last = name.rpartition(".")[2]
        if name == "d.subject.kind":
            return ["person"] if "person" in said else []
        own = (f"d.{last}", "d.scan.container", "d.subject.person")
        return [said[last]] if name in own and last in said else []

    return get


def page(
    asked: Asked, trial: str, sheet: Sheet, get: Callable[[str], list[str]], *,
    findings: tuple[Finding, ...] = (), columns: Any = None, status: int = HTTPStatus.OK, more: str = "",
    id_: str = "", refused: Done | None = None, said: tuple[str, ...] = (),
) -> HttpResponse:  # fmt: skip
    """The form, with what it holds and what is wrong; its id is made here, once for each time it is meant."""
    form = sheet.form
    by_name, others = placed(map(sheet.told, findings), columns or {}, form.labels)
    drawn = form.show(get, by_name, more)
    return asked.page(
        sheet.template,
        status=status,
        title=form.labels.of_command(),
        trial=trial,
        command=sheet.command,
        drawn=drawn,
        others=[*others, *map(sheet.hiding, said)],
        refused=refused,
        signs=form.asking.signs,
        signer=door().accounts.people[asked.visitor.account].printed_name,
        way=form.way(get),
        id=id_ or f"web-{uuid4().hex}",
        about=_about(form, get),
        head=door().head(trial) if form.asking.signs else None,
        **sheet.more(get),
    )


def _about(form: Form, get: Callable[[str], list[str]]) -> str:
    """The person a form is about, as far as its reader may see them."""
    named = next(iter([*get("d.person"), *get("d.subject.person")]), "")
    return named if named in form.known.people else ""


def recorded(
    asked: Asked, trial: str, sheet: Sheet, answered: Answered, done: Done | None, found: Identity | None
) -> HttpResponse:
    """What was recorded, and where to go on."""
    labels, person = sheet.form.labels, getattr(answered.order, "person", None)
    sees = may_see(asked.visitor, trial)
    return asked.page(
        "command_done.html",
        title=labels.of_command(),
        trial=trial,
        command=sheet.command,
        done=done,
        looked_up=done is None,
        identity=found,
        told=[] if done is None else [labels.told(sheet.told(each)) for each in done.findings],
        rows=_rows(trial, sheet, done, sees) if done is not None else [],
        person=person if sees and isinstance(person, str) and "/" not in person else None,
        carried=f"?{urlencode({'person': person})}" if isinstance(person, str) else "",
        sees=sees,
    )


def _rows(trial: str, sheet: Sheet, done: Done, sees: bool) -> list[dict[str, Any]]:
    """The entries of a command: the number of each, and what it holds for whoever may see people."""
    if not sees:
        return [{"seq": row.seq, "event": "", "data": {}, "criteria": []} for row in done.rows]
    return [
        {"seq": row.seq, "event": row.event, "data": data, "criteria": _criteria(sheet.form, data)}
        for row, data in zip(done.rows, _data(trial, done), strict=True)
    ]
