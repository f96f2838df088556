"""Made-up people and what happens to them. All of it is synthetic."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from myelos.acts import Act, Decision
from myelos.answers import Answer
from myelos.safety import Done, Facts, Harms, NeuroScores, SafetyRules, decide, evolve, proposal
from myelos.safety import commands as cm
from myelos.safety.events import Particulars
from myelos.safety.terms import Kind, Procedure, Seriousness

START = datetime(2026, 3, 1, 1, tzinfo=UTC)
"""10:00 on 1 March 2026 in Tokyo: day 0 of these stories."""
ZONE = "Asia/Tokyo"
RULES: SafetyRules = proposal()


def on(days: float) -> datetime:
    return START + timedelta(days=days)


def act(days: float, by: str = "investigator-1", role: str = "investigator", why: str = "") -> Act:
    return Act(by=by, at=on(days), role=role, site="site-1", why=why)


def done(person: str, days: float, procedure: Procedure = Procedure.INFUSION) -> Done:
    return Done(person=person, procedure=procedure, at=on(days), zone=ZONE)


def trial(people: int, apart: float = 14) -> Facts:
    """People P1, P2 ...: blood and marrow 30 days before the infusion, one infusion every ``apart`` days."""
    names = [f"P{number}" for number in range(1, people + 1)]
    collected = [
        done(name, place * apart - 30, procedure)
        for place, name in enumerate(names)
        for procedure in (Procedure.BLOOD_DRAW, Procedure.MARROW)
    ]
    return Facts(
        collected=tuple(collected),
        infused=tuple(done(name, place * apart) for place, name in enumerate(names)),
    )


def known(kind: Kind = Kind.OTHER, grade: int | None = 1, **other: Any) -> Particulars:
    """Particulars of a mild event that is not serious, on day 1, unless told otherwise."""
    told: dict[str, Any] = {
        "term": "made-up event",
        "serious": () if grade is None or grade < 5 else (Seriousness.DEATH,),
        "onset": "2026-03-02",
        "known_at": on(1.5),
    }
    return Particulars(kind=kind, grade=grade, **(told | other))


def report(event: str, person: str = "P1", **particulars: Any) -> cm.ReportAdverseEvent:
    return cm.ReportAdverseEvent(event=event, person=person, zone=ZONE, particulars=known(**particulars))


def judge(event: str, related: Answer, procedure: Procedure = Procedure.CELLS) -> cm.JudgeRelatedness:
    return cm.JudgeRelatedness(event=event, procedure=procedure, related=related)


def unrelated(event: str) -> list[cm.JudgeRelatedness]:
    return [judge(event, Answer.NO, procedure) for procedure in Procedure]


def told(
    commands: Iterable[Any], facts: Facts, state: Harms | None = None, day: float = 3, **who: str
) -> Harms:
    """The state after commands, each of which must be allowed."""
    state = Harms() if state is None else state
    for command in commands:
        decision = decide(state, command, act(day, **who), RULES, facts)
        assert not decision.forbidden, decision.findings
        for event in decision.events:
            state = evolve(state, event, act(day, **who))
    return state


def codes(decision: Decision) -> list[str]:
    return [finding.code.removeprefix("safety.") for finding in decision.findings]


def scores(days: float, examiner: str = "examiner-1", person: str = "P1", **changed: Any) -> NeuroScores:
    """An examination of somebody with AIS B, motor level C6 both sides, UEMS 20 and motor total 30."""
    usual: dict[str, Any] = {
        "ais": ("B",),
        "motor_level_right": (5,),
        "motor_level_left": (5,),
        "uems": (20, 20),
        "motor_total": (30, 30),
        "respiratory_loss": Answer.NO,
        "ascending_loss": Answer.NO,
    }
    return NeuroScores(person=person, at=on(days), examiner=examiner, **(usual | changed))
