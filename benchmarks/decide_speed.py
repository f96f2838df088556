"""How long ``decide`` takes on a trial of a thousand people, and how many events a second the state folds.

The state is played through the rules: a thousand people screened, three hundred of them infused, two adverse
events each. Synthetic. Times are of the processor, one thread: what else a machine does is left out.
``python -m benchmarks.decide_speed`` takes about a quarter of a minute.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from examples.twenty_people.people import infused, of_grade, registered, thirteen
from examples.twenty_people.script import OPENED, ZONE, Days, Script, opening

from myelos.acts import Act
from myelos.answers import Answer
from myelos.cells import commands as cc
from myelos.protocol import Command, Protocol, Trial, decide, evolve, load_protocol
from myelos.protocol.enrolment import DecideGate, Screen
from myelos.protocol.visits import RecordVisit
from myelos.safety import commands as sc
from myelos.safety.events import Particulars
from myelos.safety.terms import Kind, Procedure

SCREENED, INFUSED, CALLS = 1000, 300, 300
ONE = INFUSED + 1
"""The number of the person the timed commands are about; nothing is asked about them before."""

LIMIT_MS, FOLD_EVENTS, FOLD_SECONDS = 1.0, 200_000, 5.0
"""What is asked: each command under a millisecond, a ledger of 200,000 events folded in five seconds."""

Events = list[tuple[object, Act]]


def person(number: int) -> Script:
    """Someone screened in 2027, with all that can be asked about them."""
    return Script(number, date(2027, 1, 1) + timedelta(days=number % 300), Days(7, 38, 40))


def harms(it: Script, code: str) -> Iterator[Command]:
    """Two mild adverse events on the day after the infusion, which cells did not cause."""
    at = it.at(it.days.infusion + 1, 2)
    for number in (1, 2):
        event = f"AE-{it.number}-{number}"
        known = Particulars(
            kind=Kind.OTHER, term="made up", grade=1, serious=(), onset=at.isoformat()[:10], known_at=at
        )
        report = sc.ReportAdverseEvent(event=event, person=code, zone=ZONE, particulars=known)
        yield it.ask(report, at, "investigator")
        judged = sc.JudgeRelatedness(event=event, procedure=Procedure.CELLS, related=Answer.NO)
        yield it.ask(judged, at, "investigator")


def asked() -> Iterator[Command]:
    """All that makes the trial what it is."""
    yield from opening(OPENED)
    people = thirteen()
    for number in range(1, INFUSED + 1):
        given = list(infused(number, people[number % len(people)]))
        yield from given
        last = given[-1].act.at
        it = Script(number, last.date(), Days(0, 0, 0))
        yield from harms(it, it.person)
    for number in range(ONE + 1, SCREENED + 2):
        yield from registered(person(number), of_grade("ABC"[number % 3], number))


def played(protocol: Protocol, commands: Iterator[Command], trial: Trial, kept: Events) -> Trial:
    """The state after commands, none of which is forbidden; their events are added to ``kept``."""
    for command in commands:
        decision = decide(trial, command, protocol)
        if decision.forbidden:
            raise SystemExit(f"{command.order.NAME}: {[each.as_dict() for each in decision.findings]}")
        for event in decision.events:
            trial = evolve(trial, event, command.act)
            kept.append((event, command.act))
    return trial


def before(commands: list[Command], kind: type, nth: int = 0) -> tuple[list[Command], Command]:
    """The commands up to the nth of a kind, and that one."""
    place = [place for place, each in enumerate(commands) if type(each.order) is kind][nth]
    return commands[:place], commands[place]


def measured(protocol: Protocol, trial: Trial) -> dict[str, tuple[Trial, Command]]:
    """What is timed: a state and a command of each kind."""
    one, found = list(infused(ONE, thirteen()[0])), {}
    last = one[-1]
    for name, kind, nth in (
        ("screen", Screen, 0),
        ("record a visit with its examination", RecordVisit, 0),
        ("decide the first gate", DecideGate, 0),
        ("collect", cc.Collect, 0),
        ("release", cc.Release, 0),
        ("decide the second gate", DecideGate, 1),
        ("match at the bedside", cc.MatchAtBedside, 0),
        ("start an infusion", cc.StartInfusion, 0),
    ):
        past, command = before(one, kind, nth)
        found[name] = played(protocol, iter(past), trial, []), command
    done = played(protocol, iter(one), trial, [])
    code = one[0].order.person
    pain = replace(
        last.order,
        visit="month-6",
        measures={"pain-0-10": {"intensity": 3, "kind": "none", "neuropathic": "no"}},
    )
    found["record a visit without an examination"] = done, Command(last.act, pain)
    report, judge, *_ = harms(Script(ONE, last.act.at.date(), Days(0, 0, 0)), code)
    found["report an adverse event"] = done, report
    found["judge its cause"] = played(protocol, iter([report]), done, []), judge
    return found


def milliseconds(work: Callable[[], object], calls: int = CALLS) -> tuple[float, float]:
    """Median and 99th percentile of one call."""
    taken = []
    for _ in range(calls):
        start = time.thread_time()
        work()
        taken.append(1000 * (time.thread_time() - start))
    return statistics.median(taken), statistics.quantiles(taken, n=100)[-1]


def fold(protocol: Protocol, kept: Events) -> float:
    """Events a second from nothing to the state."""
    start = time.thread_time()
    trial = Trial(protocol.id)
    for event, act in kept:
        trial = evolve(trial, event, act)
    return len(kept) / (time.thread_time() - start)


def main() -> int:
    """Print every figure; 1 where a median is over its limit."""
    protocol, kept = load_protocol("honmou-phase2"), []
    trial = played(protocol, asked(), Trial(protocol.id), kept)
    people, infusions = len(trial.people), len(trial.infused)
    print(f"decide, {people} people, {infusions} infused, {len(trial.harms.adverse)} adverse events:")
    slow = []
    for name, (state, command) in measured(protocol, trial).items():
        decision = decide(state, command, protocol)
        median, worst = milliseconds(lambda s=state, c=command: decide(s, c, protocol))
        forbidden = " (forbidden)" if decision.forbidden else ""
        print(f"  {name:38} median {median:6.3f} ms   99th percentile {worst:6.3f} ms{forbidden}")
        slow += [name] if median > LIMIT_MS else []
    rate = max(fold(protocol, kept) for _ in range(3))
    print(f"fold, {len(kept)} events: {rate:,.0f} events/s; {FOLD_EVENTS:,} in {FOLD_EVENTS / rate:.1f} s")
    if slow:
        print(f"over {LIMIT_MS} ms: {', '.join(slow)}")
    return 1 if slow or FOLD_EVENTS / rate > FOLD_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
