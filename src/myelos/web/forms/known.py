"""What a trial knows that a form can offer: codes to choose from, and those typed before.

Somebody who may not see the people of a trial is offered nothing that tells of them, not even the names of
visits: an assessor who reads *month six* knows of an infusion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from zoneinfo import available_timezones

from myelos.cells import LabelKind, read_label
from myelos.cells.labels import LAST_SERIAL, Label, issue
from myelos.findings import Refused
from myelos.measures import Measure
from myelos.measures import shipped as shipped_measures
from myelos.protocol import Person, Protocol, Trial
from myelos.quantities import UNITS
from myelos.report.course.say import Say as Words
from myelos.report.course.say import measure_of
from myelos.web.forms.fields import Field, Option
from myelos.web.forms.tables import fact_field, item_fields

LONGEST_LIST = 400
"""More codes than these are not offered: nobody reads such a list, and it would weigh more than the form."""

NEW = frozenset({
    "protocol.screen.person", "cells.open-chain.chain", "cells.print-label.container", "cells.seed.lot",
    "safety.report-adverse-event.event", "safety.record-incident.incident", "ledger.raise-query.query",
    "safety.report-late-sterility.incident", "safety.report-late-sterility.event",
})  # fmt: skip
"""Codes that a command gives for the first time."""

LABELS = {
    "protocol.screen.person": LabelKind.PERSON,
    "cells.open-chain.chain": LabelKind.CHAIN,
    "cells.print-label.container": LabelKind.CONTAINER,
}
"""Those that are counted up."""


@dataclass(frozen=True)
class Known:
    """What is known of a trial to one visitor, for one command. ``people``: theirs; ``state`` None: they may
    not see it. ``accounts``: who works in the trial. ``entered``: the values of fields that are chosen
    already, by name. ``now``: today, for the next label."""

    command: str
    language: str
    now: datetime
    protocol: Protocol | None = None
    state: Trial | None = None
    people: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    accounts: tuple[Option, ...] = ()
    entered: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def words(self) -> Words | None:
        return None if self.protocol is None else Words(self.language, self.protocol)

    def choices(self, field: Field) -> tuple[Option, ...]:
        """All there are, where the protocol says so; nothing where it does not."""
        if field.options:
            return field.options
        give = _CHOICES.get(field.name)
        if give is None or self.protocol is None or field.kind not in ("code", "whole", "zone"):
            return ()
        return tuple(give(self))

    def offered(self, field: Field) -> tuple[Option, ...]:
        """Codes to choose from where others can be written as well."""
        path = f"{self.command}.{field.name}"
        if path in NEW:
            return self._next(LABELS[path]) if path in LABELS else ()
        if field.kind == "zone":
            return tuple(map(Option, self._zones()))
        if field.kind == "when":
            return (Option("unknown"),)
        give = _OFFERED.get(field.name)
        if give is None or field.kind not in ("code", "whole"):
            return ()
        found = tuple(give(self))
        return found if len(found) <= LONGEST_LIST else ()

    def units(self) -> tuple[str, ...]:
        """The units an amount can have: that of the setting or fact first, where it is chosen."""
        named = self._unit()
        return (named,) if named else tuple(sorted(UNITS, key=str.lower))

    def _unit(self) -> str | None:
        if self.protocol is None:
            return None
        rows = {each.id: each.unit for each in self.protocol.facts}
        rows.update({each.id: each.unit for each in self.protocol.settings})
        return rows.get(self.entered.get("setting") or self.entered.get("fact") or "")

    def keys(self, field: Field, above: tuple[str, ...]) -> tuple[Field, ...] | None:
        """The fields of a table whose keys are known: the facts of the protocol, the items of a measure."""
        if field.name == "facts" and self.protocol is not None:
            return tuple(fact_field(each, self.language) for each in self.protocol.facts)
        measure = self.measure(above[-1]) if above else None
        return None if measure is None else item_fields(measure, self.language)

    def particular(self, field: Field) -> Field:
        """A field whose kind follows from what is chosen: the value of this fact, of this item."""
        if field.name != "new" or self.protocol is None:
            return field
        fact = next((each for each in self.protocol.facts if each.id == self.entered.get("fact")), None)
        measure = self.measure(self.entered.get("measure", ""))
        items = () if measure is None else item_fields(measure, self.language)
        item = next((each for each in items if each.name == self.entered.get("item")), None)
        meant = item if fact is None else fact_field(fact, self.language)
        if meant is None:
            return field
        return replace(meant, name=field.name, required=field.required, nullable=field.nullable)

    def measure(self, id_: str) -> Measure | None:
        """A measure of the protocol, None for another."""
        if self.protocol is None or id_ not in self.protocol.measures or id_ not in shipped_measures():
            return None
        return measure_of(id_)

    # What is offered ----------------------------------------------------------------------------------------

    def _zones(self) -> list[str]:
        if self.command == "protocol.site-opened":
            return sorted(available_timezones())
        return [] if self.state is None else sorted({each.zone for each in self.state.sites.values()})

    def _next(self, kind: LabelKind) -> tuple[Option, ...]:
        """The label after the last one of its kind: an issuer counts up, and begins anew with a year."""
        known = [each for each in map(_label, self._labels(kind)) if each is not None]
        year = self.now.year % 100
        found = []
        for issuer in sorted({each.issuer for each in known}):
            serials = [each.serial for each in known if (each.issuer, each.year) == (issuer, year)]
            serial = max(serials, default=0) + 1
            if serial <= LAST_SERIAL:
                found.append(Option(str(issue(kind, issuer, year, serial))))
        return tuple(found)

    def _labels(self, kind: LabelKind) -> Iterable[str]:
        if kind is LabelKind.PERSON:
            return self.people
        return self._chains() if kind is LabelKind.CHAIN else (each.code for each in self.containers())

    def _chains(self) -> list[str]:
        """The chains of identity of these people."""
        if self.state is None:
            return []
        known = (self.state.people[each].chain for each in self.people)
        return [each for each in known if each is not None]

    def containers(self) -> Iterator[Option]:
        """The containers of these people, or of the one who is chosen."""
        if self.state is None:
            return
        for chain in self._chains_meant():
            for each in self.state.chains[chain].containers.values():
                yield Option(each.label, f"{self._kind(each.kind)}, {self._state(each.state)}")

    def _chains_meant(self) -> list[str]:
        chain = self.entered.get("chain", "")
        return [each for each in self._chains() if not chain or each == chain]

    def _kind(self, kind: str) -> str:
        return kind if self.words is None else self.words.word(f"kind.{kind}")

    def _state(self, state: str) -> str:
        return state if self.words is None else self.words.word(f"state.{state}")

    def lots(self) -> Iterator[Option]:
        if self.state is not None:
            for chain in self._chains_meant():
                for lot in self.state.chains[chain].lots.values():
                    yield Option(lot.id, self.state.chains[chain].person)

    def events(self) -> Iterator[Option]:
        """The adverse events of these people."""
        if self.state is not None:
            theirs = set(self.people)
            for each in self.state.harms.adverse.values():
                if each.person in theirs:
                    yield Option(each.id, each.person)

    def incidents(self) -> Iterator[Option]:
        if self.state is not None:
            theirs = set(self.people)
            for each in self.state.harms.incidents.values():
                if each.person in theirs or each.person is None:
                    yield Option(each.id, each.person or "")

    def deteriorations(self) -> Iterator[Option]:
        if self.state is not None:
            theirs = set(self.people)
            for each in self.state.harms.deteriorations.values():
                if each.person in theirs:
                    yield Option(each.id, each.person)

    def examinations(self) -> Iterator[Option]:
        """The examinations of the person who is chosen, by their place in the list."""
        person = self._person()
        if person is None or self.words is None:
            return
        for number, each in enumerate(person.examinations):
            visit = self.words.visit(each.visit) if each.visit else each.reason
            yield Option(str(number), f"{visit}, {each.at:%Y-%m-%d %H:%M} UTC")

    def weights(self) -> Iterator[Option]:
        person = self._person()
        for number, each in enumerate(() if person is None else person.weights):
            yield Option(str(number), f"{each.weight}, {each.act.at:%Y-%m-%d %H:%M} UTC")

    def _person(self) -> Person | None:
        code = self.entered.get("person", "")
        return None if self.state is None or code not in self.people else self.state.people.get(code)


def _label(text: str) -> Label | None:
    try:
        return read_label(text, None)
    except Refused:
        return None


# The protocol's own ---------------------------------------------------------------------------------------


def _rows(of: str) -> Callable[[Known], Iterator[Option]]:
    def give(known: Known) -> Iterator[Option]:
        for row in getattr(known.protocol, of):
            label = row.label
            yield Option(row.id, getattr(label, known.language, label.en))

    return give


def _visits(known: Known) -> Iterator[Option]:
    return iter(()) if known.state is None else _rows("visits")(known)


def _versions(known: Known) -> Iterator[Option]:
    """The versions of the form that is chosen, or of every form."""
    assert known.protocol is not None
    form = known.entered.get("form", "")
    seen = set()
    for consent in known.protocol.consents:
        for version in consent.versions:
            if form in ("", consent.id) and version.id not in seen:
                seen.add(version.id)
                yield Option(version.id, f"{version.id} ({version.valid_from})")


def _specifications(known: Known) -> Iterator[Option]:
    product = None if known.protocol is None else known.protocol.product
    seen = set()
    for edition in reversed(() if product is None else product.editions):
        for row in edition.specifications:
            if row.id not in seen:
                seen.add(row.id)
                yield Option(row.id, getattr(row.label, known.language, row.label.en))


def _measures(known: Known) -> Iterator[Option]:
    assert known.protocol is not None
    for each in known.protocol.measures:
        yield Option(each, each if known.words is None else known.words.measure(each))


def _items(known: Known) -> Iterator[Option]:
    measure = known.measure(known.entered.get("measure", ""))
    for each in () if measure is None else measure.items:
        yield Option(each.id, getattr(each.label, known.language, each.label.en))


def _rules(known: Known) -> Iterator[Option]:
    return (
        iter(()) if known.protocol is None else (Option(each.name) for each in known.protocol.safety.stopping)
    )


def _clocks(known: Known) -> Iterator[Option]:
    return (
        iter(()) if known.protocol is None else (Option(each.name) for each in known.protocol.safety.clocks)
    )


def _sites(known: Known) -> Iterator[Option]:
    return iter(()) if known.state is None else map(Option, sorted(known.state.sites))


_CHOICES: dict[str, Callable[[Known], Iterable[Option]]] = {
    "gate": _rows("gates"), "form": _rows("consents"), "fact": _rows("facts"), "setting": _rows("settings"),
    "group": _rows("groups"), "training": _rows("training"), "visit": _visits, "version": _versions,
    "specification": _specifications, "measure": _measures, "rule": _rules, "clock": _clocks,
    "examination": Known.examinations, "position": Known.weights,
}  # fmt: skip
"""By the name of a field. A code that is chosen from these and from no others."""

_OFFERED: dict[str, Callable[[Known], Iterable[Option]]] = {
    "person": lambda known: map(Option, known.people),
    "container": Known.containers,
    "chain": lambda known: map(Option, known._chains()),
    "lot": Known.lots,
    "event": Known.events,
    "incident": Known.incidents,
    "deterioration": Known.deteriorations,
    "subject": lambda known: [*known.events(), *known.incidents()],
    "query": lambda known: map(Option, known.queries),
    "site": _sites,
    "item": _items,
    **dict.fromkeys(("account", "examiner", "giver", "taker", "witness"), lambda known: known.accounts),
}
"""By the name of a field, codes that were used before."""
