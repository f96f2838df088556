"""Consent: which version is in force on a day, whether a person's consent holds, who may give it.

Nothing is done to anyone before they, or where the form permits it a representative, agreed to the version
in force that day. A representative's consent is followed by the person's own as soon as they are able; until
then it is on the list of what is open (:attr:`~myelos.protocol.people.Person.own_consent_pending`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from myelos.acts import Act, Decision
from myelos.findings import Finding
from myelos.protocol.asking import Around, early, gone, shown, told, untimely
from myelos.protocol.leaving import after_leaving
from myelos.protocol.people import Person
from myelos.protocol.person_events import ConsentDeclined, ConsentGiven, ConsentWithdrawn
from myelos.protocol.trial import Consent, Protocol
from myelos.times import civil_date

_MAY_COME_BACK = ("consent-withdrawn", "consent-declined")


def entry_form(protocol: Protocol) -> str:
    """The form of the first gate: without it nobody is examined."""
    return protocol.gates[0].consent


def version_in_force(consent: Consent, on: date) -> str | None:
    """The version in force on a civil date, None before the first."""
    begun = [version.id for version in consent.versions if version.valid_from <= on]
    return begun[-1] if begun else None


def given_faults(person: Person, form: str, at: datetime) -> Iterator[Finding]:
    """Why consent does not stand at an instant, whatever its version: never given by then, or withdrawn."""
    if person.consent(form, at) is not None:
        return
    before = [each for each in person.consents if each.given.form == form and each.act.at <= at]
    ended = [each.withdrawn.at for each in before if each.withdrawn is not None]
    if ended:
        yield told("consent-not-standing", "at", form=form, since=shown(max(ended)))
    else:
        yield told("consent-missing", "at", form=form, at=shown(at))


def consent_faults(person: Person, form: str, at: datetime, protocol: Protocol) -> tuple[Finding, ...]:
    """Why consent to a form is not current at an instant; empty when it is.

    Not given by then, withdrawn, or given to another version than the one in force that day where the person
    is. Raises KeyError for a form the protocol does not have.
    """
    found = list(given_faults(person, form, at))
    consent = person.consent(form, at)
    if consent is not None:
        in_force = version_in_force(protocol.consent(form), civil_date(at, person.zone))
        if consent.given.version != in_force:
            params = {"form": form, "given": consent.given.version, "in_force": in_force or "-"}
            found.append(told("consent-outdated", "at", **params))
    return tuple(found)


def consent_current(person: Person, form: str, at: datetime, protocol: Protocol) -> bool:
    """Whether :func:`consent_faults` finds nothing."""
    return not consent_faults(person, form, at, protocol)


def give(person: Person, event: ConsentGiven, act: Act, around: Around) -> Decision:
    """Agreement to the version in force, by the person or, where the form permits it, a representative."""
    found = [*early(person, act.at), *gone(person, act.at, but=_MAY_COME_BACK)]
    found += _by_whom(event)
    form = _form(event.form, around.protocol)
    if form is None:
        return Decision.of((), [*found, _unknown(event.form, around.protocol)])
    in_force = version_in_force(form, civil_date(act.at, person.zone))
    if event.version != in_force:
        params = {"form": form.id, "read": event.version, "in_force": in_force or "-"}
        found.append(told("consent-version-not-in-force", "version", **params))
    if event.given_by == "representative" and not form.representative_allowed:
        found.append(told("representative-not-allowed", "given_by", form=form.id))
    last = person.consent(form.id, act.at)
    if last is not None and _same(last.given, event):
        found.append(told("consent-given-already", "form", form=form.id, at=shown(last.act.at)))
    return Decision.of([event], found)


def _same(old: ConsentGiven, new: ConsentGiven) -> bool:
    return old.version == new.version and old.given_by in (new.given_by, "self")


def _by_whom(event: ConsentGiven) -> Iterator[Finding]:
    represented = event.given_by == "representative"
    if represented and event.relationship is None:
        yield told("relationship-missing", "relationship")
    if not represented and event.relationship is not None:
        yield told("relationship-of-nobody", "relationship", read=event.relationship)


def decline(person: Person, event: ConsentDeclined, act: Act, around: Around) -> Decision:
    """Not agreed; who has agreed already can only withdraw."""
    found = list(untimely(person, act.at))
    if _form(event.form, around.protocol) is None:
        found.append(_unknown(event.form, around.protocol))
    elif person.consent(event.form, act.at) is not None:
        found.append(told("consent-to-withdraw", "form", form=event.form))
    return Decision.of([event], found)


def withdraw(person: Person, event: ConsentWithdrawn, act: Act, around: Around) -> Decision:
    """Withdrawal holds from the act on. What was examined after it, though told before, is a deviation."""
    found = list(early(person, act.at))
    if _form(event.form, around.protocol) is None:
        found.append(_unknown(event.form, around.protocol))
    else:
        found += given_faults(person, event.form, act.at)
    entry = event.form == entry_form(around.protocol)
    return Decision.of([event, *(after_leaving(person, act.at) if entry else ())], found)


def _form(id_: str, protocol: Protocol) -> Consent | None:
    return next((each for each in protocol.consents if each.id == id_), None)


def _unknown(read: str, protocol: Protocol) -> Finding:
    return told("form-unknown", "form", read=read, known=", ".join(each.id for each in protocol.consents))
