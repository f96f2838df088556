"""A small trial with two gates, made up, and synthetic people brought to any point of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from myelos.acts import Act, Decision
from myelos.answers import Answer
from myelos.measures import Measure, read_measure
from myelos.protocol import person_events as e
from myelos.protocol.course import decide_person
from myelos.protocol.enrolment import DecideGate, Screen
from myelos.protocol.people import Person, evolve_person
from myelos.protocol.trial import (
    Consent,
    ConsentVersion,
    DaysCriterion,
    Fact,
    Gate,
    Group,
    MeasureCriterion,
    NumberCriterion,
    ProductCriterion,
    Protocol,
    Source,
    Visit,
    Words,
    YesNoCriterion,
)
from myelos.protocol.visits import RecordVisit
from myelos.quantities import Amount

TOKYO = "Asia/Tokyo"
P1 = "P00001"
ONSET = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
"""Noon in Tokyo on day 0."""

WORDS = Words(en="made up", ja="架空")
SOURCE = Source(source="made up for tests", status="proposal")
SCALE = e.Provenance(kind="device", id="scale-1")
NOTES = e.Provenance(kind="document", id="note-7")

GRADE: Measure = read_measure(
    {
        "id": "grade",
        "edition": "1",
        "label": {"en": "Grade", "ja": "等級"},
        "sources": [{"id": "us", "text": "made up for tests", "status": "proposal"}],
        "missing": {"rule": "forbidden", "source": "us"},
        "items": [
            {
                "id": "grade",
                "label": {"en": "Grade", "ja": "等級"},
                "takes": {
                    "kind": "coded",
                    "codes": [{"code": code, "label": {"en": code, "ja": code}} for code in "ABCDE"],
                },
                "source": "us",
            }
        ],
        "outputs": [
            {
                "name": "grade",
                "label": {"en": "Grade", "ja": "等級"},
                "kind": "category",
                "categories": list("ABCDE"),
                "better": "higher",
                "how": {"kind": "item", "item": "grade"},
                "source": "us",
            }
        ],
    }
)
"""A scale of one item, so that the tests of this room do not wait for a neurological examination."""

OWN = {"grade": GRADE}


def days(low: int | None, high: int | None) -> DaysCriterion:
    return DaysCriterion(kind="days", id="days", label=WORDS, low=low, high=high, source=SOURCE)


def grade_at(visit: str) -> MeasureCriterion:
    return MeasureCriterion(
        kind="measure", id="grade", label=WORDS, measure="grade", output="grade", visit=visit,
        allowed=("A", "B", "C"), source=SOURCE,
    )  # fmt: skip


AGE = NumberCriterion(
    kind="number",
    id="age",
    label=WORDS,
    fact="age",
    low=Amount.of("20 y"),
    high=Amount.of("70 y"),
    source=SOURCE,
)
NO_HIV = YesNoCriterion(kind="yes-no", id="no-hiv", label=WORDS, fact="hiv", must_be="no", source=SOURCE)
ACCEPTED = ProductCriterion(kind="product", id="product", label=WORDS, source=SOURCE)


def visit(id_: str, anchor: str, day: int, before: int, after: int, *measures: str) -> Visit:
    return Visit(
        id=id_, label=WORDS, anchor=cast(Any, anchor), day=day, before=before, after=after,
        measures=measures or ("grade",), source=SOURCE,
    )  # fmt: skip


def consent(id_: str, representative: bool, *versions: tuple[str, date]) -> Consent:
    made = tuple(ConsentVersion(id=version, valid_from=day) for version, day in versions)
    return Consent(id=id_, label=WORDS, versions=made, representative_allowed=representative)


TRIAL = Protocol(
    id="small",
    edition="1",
    valid_from=date(2025, 1, 1),
    title=WORDS,
    registry=(),
    indication="spinal-cord-injury",
    onset="injury",
    planned=20,
    measures=("grade", "pain-0-10"),
    facts=(
        Fact(id="age", label=WORDS, kind="number", unit="y"),
        Fact(id="hiv", label=WORDS, kind="yes-no"),
        Fact(id="level", label=WORDS, kind="word", allowed=("cervical", "thoracic")),
    ),
    consents=(
        consent("main", True, ("v1", date(2025, 1, 1)), ("v2", date(2026, 6, 1))),
        consent("infusion", False, ("i1", date(2025, 1, 1))),
    ),
    gates=(
        Gate(
            id="first", label=WORDS, before="collection", consent="main",
            criteria=(days(0, 14), AGE, NO_HIV, grade_at("screening")),
        ),
        Gate(
            id="second", label=WORDS, before="infusion", consent="infusion",
            criteria=(days(0, 54), grade_at("again"), ACCEPTED),
        ),
    ),
    visits=(
        visit("screening", "injury", 7, 7, 7),
        visit("again", "injury", 40, 25, 14, "grade", "pain-0-10"),
        visit("before-infusion", "infusion", -2, 1, 1),
        visit("infusion-day", "infusion", 0, 0, 0),
        visit("week-1", "infusion", 7, 2, 2),
        visit("month-6", "injury", 180, 30, 30),
    ),
    endpoints=(),
    groups=(
        Group(id="users", label=WORDS, infused=True),
        Group(id="non-users", label=WORDS, infused=False),
    ),
    settings=(),
    training=(),
    product=None,
    safety=cast(Any, None),
    source=SOURCE,
)  # fmt: skip


def on(day: float, hour: float = 0) -> datetime:
    """An instant so many days (and hours) after the injury."""
    return ONSET + timedelta(days=day, hours=hour)


def act(day: float, why: str = "", by: str = "coordinator-1") -> Act:
    return Act(by=by, at=on(day), role="coordinator", site="site-1", why=why)


def asked(
    person: Person | None,
    command: Any,
    at: Act,
    protocol: Protocol = TRIAL,
    product: Answer = Answer.UNKNOWN,
    blocked: tuple[str, ...] = (),
) -> Decision:
    return decide_person(person, command, at, protocol, zone=TOKYO, product=product, blocked=blocked, own=OWN)


def after(person: Person | None, events: Iterable[Any], at: Act) -> Person:
    for event in events:
        person = evolve_person(person, event, at)
    assert person is not None
    return person


def done(person: Person | None, command: Any, at: Act, **given: Any) -> Person:
    """The person after a command that must be allowed."""
    decision = asked(person, command, at, **given)
    assert decision.findings == (), [each.as_dict() for each in decision.findings]
    return after(person, decision.events, at)


def codes(decision: Decision) -> list[str]:
    """The codes of a decision's findings without the name of the room; a refusal has no events."""
    if decision.forbidden:
        assert decision.events == ()
    return [finding.code.removeprefix("protocol.") for finding in decision.findings]


def agree(form: str = "main", version: str = "v1", **more: Any) -> e.ConsentGiven:
    return e.ConsentGiven(person=P1, form=form, version=version, **{"given_by": "self", **more})


def facts(**told: Any) -> e.FactsRecorded:
    return e.FactsRecorded(person=P1, facts=told, source=NOTES)


FIT = {"age": Amount.of("34 y"), "hiv": "no"}


def examine(visit_: str, day: float, grade: str = "B", **more: Any) -> RecordVisit:
    return RecordVisit(
        person=P1,
        visit=visit_,
        examined_at=on(day),
        examiner="examiner-1",
        source=NOTES,
        measures={"grade": {"grade": grade}, **more},
    )


def screened() -> Person:
    return done(None, Screen(person=P1, onset=ONSET), act(1))


def consented() -> Person:
    return done(screened(), agree(), act(2))


def examined(grade: str = "B") -> Person:
    person = done(consented(), facts(**FIT), act(3))
    return done(person, examine("screening", 3, grade), act(3))


def registered() -> Person:
    return done(examined(), DecideGate(person=P1, gate="first"), act(4))


def ready(grade: str = "B", day: float = 40) -> Person:
    """Registered, agreed to the infusion, and examined again."""
    person = done(registered(), agree("infusion", "i1"), act(5))
    return done(person, examine("again", day, grade), act(day))


def infused(day: float = 45) -> Person:
    person = done(ready(), DecideGate(person=P1, gate="second"), act(44), product=Answer.YES)
    return replace(person, infused_at=on(day))
