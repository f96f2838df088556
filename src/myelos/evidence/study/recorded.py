"""The study that a trial's own record makes: what was examined, as it stands corrected, and nothing else.

What is taken from where, for an endpoint of the protocol that compares AIS at two visits:

- people: everyone infused, in order of their trial codes; nobody infused is left out;
- grades: ``ais`` of ISNCSCI at either visit, all it can be where cells were untested (``A_or_B``), and
  ``unspecified`` where nobody examined: interval-censored, never imputed;
- days: civil days after injury at the site; the index exam's day is the mean over the people;
- which index exam: before the collection where the gate before the collection judges that visit, else before
  the infusion;
- scores: those totals that are exact; follow-up in whole months from the infusion to the later visit;
- registered: who passed the gate before the collection; collected: who gave blood or marrow;
- level: the fact ``main-level`` of those infused, where the protocol asks for it; edition: of the ISNCSCI;
- phase, blinding, controls: as the protocol's design says.

What a record does not say (the arm, who examined, why it stopped) is unknown, as in
:class:`~myelos.evidence.study.values.Study`; who knows it adds it with :func:`dataclasses.replace`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from myelos.evidence.study.grades import GRADES, Transition, transition
from myelos.evidence.study.values import (
    Baseline,
    Certainty,
    IndexExam,
    People,
    Person,
    Study,
    Visit,
    grades_at_visits,
    mean_gains,
)
from myelos.findings import Finding, Place, Refused
from myelos.protocol import Person as OfTrial
from myelos.protocol import Protocol, Trial
from myelos.protocol.kept_result import Result
from myelos.protocol.people import Examination
from myelos.protocol.trial import Endpoint
from myelos.times import civil_date

DAYS_A_MONTH = 365.25 / 12

SCORES = {
    "isncsci": {"uems": "uems", "lems": "lems", "motor_total": "motor", "light_touch": "light_touch",
                "pin_prick": "pin_prick"},
    "scim-iii": {"total": "scim"},
}  # fmt: skip
"""By measure and output: what a study calls the score."""

UNKNOWN = "unspecified"
"""The code of a grade that nobody examined."""


def study_of(trial: Trial, protocol: Protocol, endpoint: str, *, source: str, synthetic: bool) -> Study:
    """The study of one endpoint (``ais-month-6``), from the folded state of a trial.

    ``source``: what the reader can find the record by, such as its head. Raises
    :class:`~myelos.findings.Refused` for an endpoint that compares no AIS, and while nobody was infused.
    """
    asked = _endpoint(protocol, endpoint)
    infused = [person for _, person in sorted(trial.people.items()) if person.infused_at is not None]
    if not infused:
        raise Refused([Finding("evidence.nobody")])
    persons = tuple(Person(each.code, _visits(each, protocol)) for each in infused)
    return Study(
        id=protocol.id,
        title=protocol.title.en,
        source=source,
        level=_level(infused),
        baselines=(_baseline(asked, protocol, infused, persons),),
        index_known=True,
        split=Certainty.DERIVED,
        total=Certainty.DERIVED,
        people=_people(trial, protocol, infused),
        dose=_dose(trial, infused),
        edition=_edition(infused, asked),
        gates=len(protocol.gates),
        followup_months=_months(infused, asked.to_visit),
        certainty_note="grades scored by Myelos from the examinations in the record",
        synthetic=synthetic,
        persons=persons,
        at_visits=grades_at_visits(persons),
        phase=protocol.design.phase if protocol.design else "unknown",
        blinded=protocol.design.blinded if protocol.design else "unknown",
        concurrent_controls=protocol.design.concurrent_controls if protocol.design else "unknown",
    )


def _endpoint(protocol: Protocol, id_: str) -> Endpoint:
    of_grades = {
        each.id: each for each in protocol.endpoints if (each.measure, each.output) == ("isncsci", "ais")
    }
    if id_ not in of_grades:
        params = {"read": id_[:80], "known": ", ".join(of_grades) or "-"}
        raise Refused([Finding("evidence.no-such-endpoint", Place(column="endpoint"), {**params})])
    return of_grades[id_]


# One person ------------------------------------------------------------------------------------------------


def _visits(person: OfTrial, protocol: Protocol) -> tuple[Visit, ...]:
    """Every visit at which ISNCSCI was taken, in order of time."""
    found = []
    for visit in protocol.visits:
        taken = person.visit(visit.id)
        if "isncsci" in taken:
            graded = taken["isncsci"]
            scores = {
                name: score for measure, each in taken.items() for name, score in _scores(measure, each)
            }
            found.append((graded.at, Visit(visit.id, person.day(graded.at), _grade(graded), scores)))
    return tuple(visit for _, visit in sorted(found, key=lambda each: each[0]))


def _grade(examined: Examination) -> str:
    """The grade, or those that are possible (``A_or_B``)."""
    result = examined.taken["isncsci"].results.get("ais", Result())
    known = [grade for grade in GRADES if grade in result.possible]
    return "_or_".join(known) if known and len(known) == len(result.possible) else UNKNOWN


def _scores(measure: str, examined: Examination) -> Iterable[tuple[str, float]]:
    results = examined.taken[measure].results
    for output, name in SCORES.get(measure, {}).items():
        known = results.get(output)
        if known is not None and known.low is not None and known.low == known.high:
            yield name, float(known.low)


def _at(person: Person, visit: str) -> Visit | None:
    return next((each for each in person.visits if each.name == visit), None)


# All of them -----------------------------------------------------------------------------------------------


def _baseline(
    asked: Endpoint, protocol: Protocol, infused: list[OfTrial], persons: tuple[Person, ...]
) -> Baseline:
    index = [_at(person, asked.from_visit) for person in persons]
    days = [visit.day for visit in index if visit is not None and visit.day is not None]
    before = [
        float((each.infusion_day - civil_date(examined.at, each.zone)).days)
        for each in infused
        if each.infusion_day and (examined := each.visit(asked.from_visit).get("isncsci"))
    ]
    return Baseline(
        exam=_index_exam(protocol, asked.from_visit),
        transitions=_transitions(persons, asked),
        day=sum(days) / len(days) if days else None,
        day_range=(min(days), max(days)) if days else None,
        days_before_infusion=(min(before), max(before)) if before and min(before) >= 0 else None,
        score_gains=mean_gains(persons, asked.from_visit, asked.to_visit),
    )


def _index_exam(protocol: Protocol, visit: str) -> IndexExam:
    judged = {gate.before for gate in protocol.gates for each in gate.criteria
              if getattr(each, "visit", None) == visit}  # fmt: skip
    return IndexExam.BEFORE_COLLECTION if "collection" in judged else IndexExam.BEFORE_INFUSION


def _transitions(persons: tuple[Person, ...], asked: Endpoint) -> tuple[Transition, ...]:
    counted = Counter[tuple[str, str]]()
    for person in persons:
        before, after = _at(person, asked.from_visit), _at(person, asked.to_visit)
        counted[before.ais if before else UNKNOWN, after.ais if after else UNKNOWN] += 1
    made = (transition(*codes, count) for codes, count in sorted(counted.items()))
    return tuple(each for each in made if each is not None)


def _people(trial: Trial, protocol: Protocol, infused: list[OfTrial]) -> People:
    first = [gate.id for gate in protocol.gates if gate.before == "collection"]
    registered = [each for each in trial.people.values() if any(each.passed(gate) for gate in first)]
    return People(
        registered=len(registered) if first else None,
        collected=len({done.person for done in trial.collected} | {each.code for each in infused}),
        infused=len(infused),
        analysed=len(infused),
    )


def _level(infused: list[OfTrial]) -> str:
    told = {str(each.facts["main-level"].value) if "main-level" in each.facts else "" for each in infused}
    if not told <= {"cervical", "thoracic", "lumbar", "sacral"}:
        return "unknown"
    return told.pop() if told in ({"cervical"}, {"thoracic"}) else "mixed"


def _dose(trial: Trial, infused: list[OfTrial]) -> str:
    """Cells that reached each person, least to most."""
    chains = (trial.chain_of(each.code) for each in infused)
    given = [sum(bag.delivered or 0 for bag in chain.infusions) for chain in chains if chain is not None]
    known = [each for each in given if each]
    ends = list(dict.fromkeys(f"{each / 1e8:.2f}e8" for each in (min(known), max(known)))) if known else []
    return f"{' to '.join(ends)} cells, as they arrived" if ends else "unknown"


def _edition(infused: list[OfTrial], asked: Endpoint) -> str:
    editions = {
        taken["isncsci"].taken["isncsci"].edition
        for each in infused
        for visit in (asked.from_visit, asked.to_visit)
        if "isncsci" in (taken := each.visit(visit))
    }
    return editions.pop() if len(editions) == 1 else "unknown"


def _months(infused: list[OfTrial], visit: str) -> tuple[float, float] | None:
    days = [
        (examined.at - each.infused_at).days
        for each in infused
        if each.infused_at and (examined := each.visit(visit).get("isncsci"))
    ]
    return (round(min(days) / DAYS_A_MONTH), round(max(days) / DAYS_A_MONTH)) if days else None
