"""The audit of a trial, and whether its record is whole."""

from __future__ import annotations

from django.http import HttpResponse

from myelos.store import readings
from myelos.web.doorway import door
from myelos.web.pages import Asked


def audit(asked: Asked, trial: str) -> HttpResponse:
    """What the audit's checks have to say of what somebody may read of, the newest first."""
    found = sorted(readings.audited(door(), asked.visitor, trial), key=lambda each: -(each.place.row or 0))
    return asked.page(
        "audit.html",
        title=asked.say("audit.title"),
        trial=trial,
        found=[(each.place.row, each.severity.value, asked.say.tell(each)) for each in found],
    )


def record(asked: Asked, trial: str) -> HttpResponse:
    """Whether the record is whole, checked now, and its head to be printed and kept elsewhere."""
    found = [asked.say.tell(each) for each in door().verify(trial)]
    head = None if found else door().tree_head(trial)
    return asked.page(
        "record.html",
        title=asked.say("record.title"),
        trial=trial,
        found=found,
        head=head,
        at=door().now(),
        seq=door().head(trial).seq,
    )
