"""One step of the worked trial: what is asked, who asks, when it is recorded, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid5

from examples.twenty_people.script import SITE
from examples.worked_trial.staff import BY_NAME

from myelos.acts import Act
from myelos.ledger import Snapshot
from myelos.protocol import Command

SPACE = UUID("7b1f5e4e-6d3f-5c59-9b3e-2a4f0c6b8d10")
"""The ids of the commands are made from this and their names: whoever plays the trial again asks the same."""

SOON = timedelta(minutes=3)
"""From an act to its record, unless told."""


class Look(Protocol):
    """What somebody at the record can look up before they ask."""

    @property
    def snapshot(self) -> Snapshot: ...

    def entries(self, command: str) -> tuple[int, ...]:
        """The numbers of the entries of a command."""

    def references(self, person: str) -> tuple[str, ...]:
        """The references to all free text in the entries about a person."""


Order = Any | Callable[[Look], Any]
"""What is asked, or how it is made from what the record holds then."""


@dataclass(frozen=True, slots=True)
class Step:
    """``act`` is who did it and when, ``refused`` the codes it must be refused for (none: it must be
    recorded), ``told`` after how long it is recorded. ``name``: what other steps find it by."""

    act: Act
    order: Order
    refused: tuple[str, ...] = ()
    told: timedelta = SOON
    name: str = ""
    what: str = field(default="", compare=False)

    @property
    def recorded_at(self) -> datetime:
        return self.act.at + self.told

    @property
    def id(self) -> str:
        """The id of the command."""
        return id_of(self.name)

    def command(self, look: Look) -> Command:
        """The command as it is asked of this record."""
        makes = callable(self.order) and not hasattr(self.order, "NAME")
        return Command(self.act, self.order(look) if makes else self.order)


def id_of(name: str) -> str:
    """The id of the command of this name."""
    return str(uuid5(SPACE, name))


def by(account: str, at: datetime, order: Order, why: str = "", site: str = SITE, **more: Any) -> Step:
    """A step that one of the staff asks for, in the role they have."""
    act = Act(by=account, at=at, role=BY_NAME[account].role, site=site, why=why)
    return Step(act, order, **more)
