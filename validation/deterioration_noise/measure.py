"""How many stable people are flagged as worse over five visits, because examinations are not exact.

Nobody changes here. A person has a true upper and lower extremity motor score, drawn around the means of
people with tetraplegia; every examination adds an error. The error of the motor total has the standard
deviation SD * sqrt(1 - ICC): the ICC between examiners is 0.97 (Marino 2008, doi
10.1080/10790268.2008.11760707, 16 trained examiners), the SD that of EMSCI at the same grade and week (doi
10.1186/s12916-022-02395-0). It is shared out between the upper and the lower extremity in proportion to the
SD of each, which no source gives: an assumption of ours, and the UEMS column rests on it. Scores are whole
and stay in range. Grades and levels do not err here.

Five readings of "worse" are counted: 10 points of the total below the best value since baseline, below one
baseline, below the mean of two, and that confirmed by a second examination; last, the total or 4 points of
the UEMS, confirmed, as the proposed rules have it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from myelos.answers import Answer
from myelos.safety import NeuroScores, characteristics, proposal
from myelos.safety.deterioration import assess
from myelos.safety.events import Sign

ICC, PEOPLE, VISITS, CHECKED, SEED = 0.97, 200_000, 5, 1_000, 20210701
GRADES, WEEKS, INFUSED = "ABC", (4, 12), 13
LIMITS = (4, 5, 6, 7, 8)
READINGS = ("best since", "one before", "mean of two", "confirmed", "or UEMS, confirmed")

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Stratum:
    """People of one grade: mean and SD of UEMS and LEMS, and the error of one examination in points."""

    grade: str
    week: int
    uems: tuple[float, float]
    lems: tuple[float, float]
    error: float

    @property
    def shares(self) -> tuple[float, float]:
        """The errors of UEMS and LEMS: together as large as that of the total."""
        whole = float(np.hypot(self.uems[1], self.lems[1]))
        return self.error * self.uems[1] / whole, self.error * self.lems[1] / whole


Exam = tuple[Floats, Floats]
"""UEMS and motor total of every person."""


def strata() -> list[Stratum]:
    """The six strata, from the table that the package ships."""
    path = files("myelos.evidence.natural").joinpath("data", "recovery_timecourse.csv")
    with path.open(encoding="utf-8") as text:
        rows = list(csv.DictReader(line for line in text if not line.startswith("#")))

    def moments(measure: str, grade: str, week: int) -> tuple[float, float]:
        asked = {"measure": measure, "baseline_ais": grade, "level": "tetraplegia", "week": str(week)}
        (row,) = (r for r in rows if asked.items() <= r.items() and r["cohort"].startswith("EMSCI"))
        return float(row["mean"]), float(row["sd"])

    return [
        Stratum(
            grade,
            week,
            moments("UEMS", grade, week),
            moments("LEMS", grade, week),
            moments("TMS", grade, week)[1] * (1 - ICC) ** 0.5,
        )
        for week in WEEKS
        for grade in GRADES
    ]


def _within(rng: np.random.Generator, moments: tuple[float, float]) -> Floats:
    """True scores, normal and kept in 0 to 50 by drawing again."""
    drawn = rng.normal(*moments, PEOPLE)
    while (outside := (drawn < 0) | (drawn > 50)).any():
        drawn[outside] = rng.normal(*moments, int(outside.sum()))
    return drawn


class Examined:
    """Stable people of one stratum, examined as often as asked."""

    def __init__(self, stratum: Stratum, rng: np.random.Generator) -> None:
        self.rng, self.errors = rng, stratum.shares
        self.true = _within(rng, stratum.uems), _within(rng, stratum.lems)

    def exam(self) -> Exam:
        upper, lower = (
            np.clip(np.rint(true + self.rng.normal(0, error, PEOPLE)), 0, 50)
            for true, error in zip(self.true, self.errors, strict=True)
        )
        return upper, upper + lower


@dataclass(frozen=True, slots=True)
class Course:
    """Two examinations before, and at each visit one by each of two examiners."""

    before: tuple[Exam, Exam]
    visits: tuple[tuple[Exam, Exam], ...]


def course(stratum: Stratum, rng: np.random.Generator) -> Course:
    people = Examined(stratum, rng)
    before = people.exam(), people.exam()
    return Course(before, tuple((people.exam(), people.exam()) for _ in range(VISITS)))


def flagged(seen: Course) -> Floats:
    """The share of people flagged at any visit, by each of the readings."""
    found = np.zeros((len(READINGS), PEOPLE), dtype=bool)
    best, one = seen.before[1][1], seen.before[1][1]
    for first, second in seen.visits:
        found[0] |= best - first[1] >= 10
        found[1] |= one - first[1] >= 10
        found[2] |= total_down(seen, first)
        found[3] |= total_down(seen, first) & total_down(seen, second)
        found[4] |= worse(seen, first) & worse(seen, second)
        best = np.maximum(best, first[1])
    return found.mean(axis=1)


def total_down(seen: Course, exam: Exam) -> Bools:
    down: Bools = (seen.before[0][1] + seen.before[1][1]) / 2 - exam[1] >= 10
    return down


def worse(seen: Course, exam: Exam, limit: int = 4) -> Bools:
    upper_down: Bools = (seen.before[0][0] + seen.before[1][0]) / 2 - exam[0] >= limit
    return upper_down | total_down(seen, exam)


def by_limit(seen: Course) -> Floats:
    """The share of people with a confirmed deterioration at any visit, by the points UEMS must be down."""
    found = np.zeros((len(LIMITS), PEOPLE), dtype=bool)
    for first, second in seen.visits:
        for place, limit in enumerate(LIMITS):
            found[place] |= worse(seen, first, limit) & worse(seen, second, limit)
    return found.mean(axis=1)


def checked(seen: Course) -> bool:
    """Whether the room's own function says the same of the first people, at every visit."""
    rules, start = proposal().deterioration, datetime(2026, 3, 1, tzinfo=UTC)
    stable = NeuroScores(
        person="P",
        at=start,
        examiner="examiner-1",
        ais=("B",),
        motor_level_right=(5,),
        motor_level_left=(5,),
        uems=(0, 0),
        motor_total=(0, 0),
        respiratory_loss=Answer.NO,
        ascending_loss=Answer.NO,
    )

    def scores(exam: Exam, person: int, day: int) -> NeuroScores:
        upper, total = int(exam[0][person]), int(exam[1][person])
        return replace(
            stable, at=start + timedelta(days=day), uems=(upper, upper), motor_total=(total, total)
        )

    for first, _ in seen.visits:
        for person in range(CHECKED):
            before = [scores(exam, person, day) for day, exam in enumerate(seen.before)]
            signs = dict(assess(scores(first, person, 9), before, rules).signs)
            said = Answer.YES in (signs[Sign.UEMS], signs[Sign.MOTOR_TOTAL])
            down = signs[Sign.MOTOR_TOTAL] is Answer.YES
            if (said, down) != (bool(worse(seen, first)[person]), bool(total_down(seen, first)[person])):
                return False
    return True


def main() -> int:
    """Measure and print; 0 if the best value flags many, the confirmed mean few, and our function agrees."""
    rng = np.random.default_rng(SEED)
    print(f"{PEOPLE} stable people a row, {VISITS} visits, ICC {ICC}, seed {SEED}; % flagged as worse by")
    print(f"{'AIS':4}{'week':>5}{'error':>7}" + "".join(f"{name:>20}" for name in READINGS))
    shares, limits, agrees = [], [], []
    for stratum in strata():
        seen = course(stratum, rng)
        shares.append(flagged(seen))
        limits.append(by_limit(seen))
        agrees.append(checked(seen))
        row = "".join(f"{100 * share:20.2f}" for share in shares[-1])
        print(f"{stratum.grade:4}{stratum.week:5}{stratum.error:7.2f}{row}")
    mean = np.mean(shares, axis=0)
    print(f"{'mean':16}" + "".join(f"{100 * share:20.2f}" for share in mean))
    (two,) = (rule for rule in proposal().stopping if rule.name == "two-confirmed-deteriorations")
    print(f"the total or so many points of UEMS, confirmed; and two such among {INFUSED} stable people:")
    for limit, share in zip(LIMITS, np.mean(limits, axis=0), strict=True):
        trips = characteristics(two, float(share), INFUSED).trips
        print(f"{limit:4} points: {100 * share:5.2f} % flagged, two among {INFUSED} {100 * trips:5.1f} %")
    same = all(agrees)
    print(f"myelos.safety says the same of {CHECKED} people a row at every visit: {same}")
    return 0 if 0.15 < mean[0] < 0.25 and mean[3] < 0.01 and same else 1
