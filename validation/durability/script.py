"""What the writers ask for: commands told by the writer and a number, so that anybody can say them again.

Synthetic. Writer 0 is ``A``, and so on; each has a person of its own, whose record it signs and changes in
turn: a change voids the signature, so every second command has two entries, and half of one would show.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from myelos.acts import Act
from myelos.cells import LabelKind
from myelos.cells.labels import issue
from myelos.ledger.commands import OpenTrial, Sign
from myelos.ledger.events import Subject
from myelos.protocol import Command, load_protocol
from myelos.protocol.enrolment import Screen
from myelos.protocol.events import SiteOpened
from myelos.protocol.person_events import ConsentGiven, Provenance, WeightRecorded
from myelos.quantities import Amount
from myelos.shapes import plain

TRIAL, SITE = "killed", "sapporo"
START = datetime(2026, 3, 1, tzinfo=UTC)
NAME = "Investigator One"


def act(at: datetime, why: str = "") -> Act:
    return Act(by="investigator", at=at, role="investigator", site=SITE, why=why)


def person(writer: int) -> str:
    return str(issue(LabelKind.PERSON, "MADE1", 26, writer + 1))


def opening(writers: int) -> list[tuple[str, Command]]:
    """The trial, its site and the writers' people."""
    asked = [
        ("open", Command(act(START), OpenTrial(protocol=plain(load_protocol("honmou-phase2"))))),
        ("site", Command(act(START), SiteOpened(site=SITE, zone="Asia/Tokyo"))),
    ]
    for writer in range(writers):
        order = Screen(person=person(writer), onset=START - timedelta(days=3))
        asked.append((f"screen-{writer}", Command(act(START), order)))
        given = ConsentGiven(person=person(writer), form="trial", version="1", given_by="self")
        asked.append((f"consent-{writer}", Command(act(START), given)))
    return asked


def command(writer: int, number: int) -> tuple[str, Command]:
    """The id of a writer's command and the command: odd ones sign, even ones weigh."""
    at = START + timedelta(minutes=number)
    if number % 2:
        subject = Subject(kind="person", person=person(writer))
        return f"{writer}-{number}", Command(act(at), Sign(meaning="reviewed", subject=subject))
    source = Provenance(kind="device", id="scale")
    weight = Amount.of(f"{60 + number % 20} kg")
    return f"{writer}-{number}", Command(
        act(at, f"weighed {number}"), WeightRecorded(person=person(writer), weight=weight, source=source)
    )


def entries(number: int) -> list[str]:
    """The events a command's entries must have: the first weight has no signature to void."""
    if number % 2:
        return ["ledger.signed"]
    return ["protocol.weight-recorded", *(["ledger.signature-voided"] if number else [])]
