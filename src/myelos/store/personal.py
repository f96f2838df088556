"""Who a trial code is: names, birth dates, hospital numbers, apart from the record and erasable.

Nothing of this is ever in an entry, on a label or a wristband. Whoever may read it does so through the door,
which records that they did.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import StringConstraints

from myelos.acts import Code
from myelos.shapes import value
from myelos.store.failures import told
from myelos.store.models import Personal

Line = Annotated[str, StringConstraints(max_length=200)]


@value
class Identity:
    """What identifies a person outside the trial; any of it may be left out."""

    person: Code
    name: Line = ""
    birth_date: date | None = None
    hospital_number: Annotated[str, StringConstraints(max_length=80)] = ""


def write(alias: str, trial: str, identity: Identity) -> None:
    """Keep an identity in place of what was kept of that person."""
    with told(trial):
        kept = Personal(
            trial=trial, person=identity.person, name=identity.name, birth_date=identity.birth_date,
            hospital_number=identity.hospital_number,
        )  # fmt: skip
        kept.save(using=alias)


def read(alias: str, trial: str, person: str) -> Identity | None:
    """The identity kept of a person, None where there is none, or no longer."""
    with told(trial):
        kept = Personal.objects.using(alias).filter(trial=trial, person=person).first()
    if kept is None:
        return None
    return Identity(
        person=kept.person, name=kept.name, birth_date=kept.birth_date, hospital_number=kept.hospital_number
    )


def erase(alias: str, trial: str, person: str) -> bool:
    """Erase an identity; whether there was one."""
    with told(trial):
        return Personal.objects.using(alias).filter(trial=trial, person=person).delete()[0] > 0
