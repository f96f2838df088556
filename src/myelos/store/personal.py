"""Who a trial code is: names, birth dates, hospital numbers, apart from the record and erasable.

Nothing of this is ever in an entry, on a label or a wristband. Whoever may read it does so through the door,
which records that they did.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.db import connections
from pydantic import StringConstraints

from myelos.acts import Code
from myelos.shapes import value
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
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "INSERT INTO store_personal (trial, person, name, birth_date, hospital_number)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (trial, person) DO UPDATE SET name = excluded.name,"
            " birth_date = excluded.birth_date, hospital_number = excluded.hospital_number",
            [trial, identity.person, identity.name, _written(identity.birth_date), identity.hospital_number],
        )


def read(alias: str, trial: str, person: str) -> Identity | None:
    """The identity kept of a person, None where there is none, or no longer."""
    kept = Personal.objects.using(alias).filter(trial=trial, person=person).first()
    return None if kept is None else _identity(kept)


def of_trial(alias: str, trial: str) -> tuple[Identity, ...]:
    """Every identity of a trial, in order of the codes."""
    found = map(_identity, Personal.objects.using(alias).filter(trial=trial))
    return tuple(sorted(found, key=lambda each: each.person))


def erase(alias: str, trial: str, person: str) -> bool:
    """Erase an identity; whether there was one."""
    with connections[alias].cursor() as cursor:
        cursor.execute("DELETE FROM store_personal WHERE trial = %s AND person = %s", [trial, person])
        return bool(cursor.rowcount)


def _identity(kept: Personal) -> Identity:
    return Identity(
        person=kept.person, name=kept.name, birth_date=kept.birth_date, hospital_number=kept.hospital_number
    )


def _written(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
