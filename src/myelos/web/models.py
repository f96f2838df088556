"""What the pages keep besides the record: drafts. A draft is its account's alone, and no record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.db import models, transaction


class Draft(models.Model):
    """An examination being entered: ``data`` holds its fields, ``version`` counts its savings."""

    account = models.CharField(max_length=80)
    trial = models.CharField(max_length=80)
    person = models.CharField(max_length=80)
    visit = models.CharField(max_length=80)
    data = models.JSONField()
    version = models.PositiveIntegerField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "trial", "person", "visit"], name="one_draft_each")
        ]


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose draft, and of what."""

    account: str
    trial: str
    person: str
    visit: str

    def where(self) -> dict[str, str]:
        return {"account": self.account, "trial": self.trial, "person": self.person, "visit": self.visit}


@dataclass(frozen=True, slots=True)
class Saved:
    """A draft as it is kept: its fields, the other values of some of them (``aside``), the id under which
    it will be recorded. ``late``: it was saved from an older version, and so what differed was set aside."""

    version: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)
    aside: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    late: bool = False


def draft_of(whose: Whose) -> Saved:
    """The draft there is; version 0 and nothing in it where there is none."""
    kept = Draft.objects.filter(**whose.where()).first()
    return Saved() if kept is None else _read(kept)


def _read(kept: Draft, late: bool = False) -> Saved:
    data: dict[str, Any] = kept.data
    return Saved(kept.version, data["fields"], data["aside"], data["command"], late)


def save_draft(
    whose: Whose, version: int, fields: Mapping[str, str], aside: Mapping[str, str], command: str,
    now: datetime,
) -> Saved:  # fmt: skip
    """Keep a draft. From an older version than the one kept, nothing is written over: a field empty on
    one side takes what the other has, and of two values the second is kept aside."""
    with transaction.atomic():
        data = {"fields": dict(fields), "aside": dict(aside), "command": command}
        kept, made = Draft.objects.select_for_update().get_or_create(
            **whose.where(), defaults={"data": data, "version": 1, "updated_at": now}
        )
        if made:
            return _read(kept)
        late = kept.version != version
        same = all(kept.data[part] == data[part] for part in ("fields", "aside"))
        if same and (late or kept.data == data):
            return _read(kept)
        kept.data = _joined(kept.data, data) if late else data
        kept.version, kept.updated_at = kept.version + 1, now
        kept.save()
        return _read(kept, late)


def _joined(kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    fields = {**given["fields"], **kept["fields"]}
    differing = {name: text for name, text in given["fields"].items() if fields[name] != text}
    return {**kept, "fields": fields, "aside": {**given["aside"], **kept["aside"], **differing}}


def discard_draft(whose: Whose) -> None:
    """Drop a draft that was recorded."""
    Draft.objects.filter(**whose.where()).delete()


def others_drafting(whose: Whose) -> bool:
    """Whether another account has begun to enter the same examination; what is in it stays theirs."""
    same = Draft.objects.filter(trial=whose.trial, person=whose.person, visit=whose.visit)
    return same.exclude(account=whose.account).exists()
