"""What somebody may ask for in a trial, and the form of each command."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, QueryDict

from myelos.ledger import COMMAND_CATALOGUE
from myelos.ledger.commands import KeepIdentity
from myelos.store import authority
from myelos.store.personal import Identity
from myelos.web.forms import by_room
from myelos.web.pages import Asked, held
from myelos.web.views.asking import form_of
from myelos.web.views.measures import COMMAND as RECORD_VISIT
from myelos.web.views.measures import choose_visit
from myelos.web.views.recording import Sheet, answer

SHAPES: dict[str, type[Any]] = {name: shape for (name, _), shape in COMMAND_CATALOGUE.classes.items()}
"""Every command of a trial, by its name."""

COMMANDS = tuple(name for name in authority.table() if name in SHAPES)
"""Their names, in the order of the table of authority."""

ASKED_AS: dict[type[Any], type[Any]] = {KeepIdentity: Identity}
"""Commands whose form asks for more than the record may know."""


def listed(asked: Asked, trial: str) -> HttpResponse:
    """The commands of a visitor in this trial, by room."""
    mine = [each for each in COMMANDS if held(asked.visitor, trial, (each,))]
    return asked.page(
        "commands.html",
        title=asked.say("commands.title"),
        trial=trial,
        by_room=by_room(asked.say, mine),
        carried=carried(asked.request.GET),
    )


def carried(given: QueryDict) -> str:
    """The person or container that a link was about, for the next one."""
    kept = QueryDict(mutable=True)
    for name in ("person", "container"):
        said = given.get(name)
        if said:
            kept[name] = str(said)[:80]
    return f"?{kept.urlencode()}" if kept else ""


def command(asked: Asked, trial: str, command: str) -> HttpResponse:
    """The form of one command; posted, it is read, asked for at the door, and what became of it is told.

    The measures of a visit have forms of their own, from their tables: there it is asked which visit.
    """
    shape = SHAPES.get(command)
    if shape is None:
        told = [asked.say("no-such-command", read=command[:80])]
        title = asked.say("refused.title")
        return asked.page("refused.html", status=HTTPStatus.NOT_FOUND, title=title, told=told)
    form = form_of(asked, trial, command, ASKED_AS.get(shape, shape))
    if command == RECORD_VISIT:
        return choose_visit(asked, trial)
    return answer(asked, trial, Sheet(command, form))
