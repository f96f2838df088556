"""Make the made-up trial of this example: 13 people, 7 whole ISNCSCI exams each, SCIM III totals.

Nothing here is a person. The grades from the exam before infusion to day 180 follow the published
transitions of the worked trial exactly (6 A to 1 A, 3 B, 2 C; 2 B to 1 C, 1 D; 5 C to 5 D); everything
else is drawn from a seeded generator and only has to look possible: cervical levels, days within the
trial's two gates (first exam by day 14 after injury, infusion by day 54), motor scores that never fall as
time goes on, SCIM III totals that rise with the grade.

    python examples/marrow-to-month-six/generate.py        writes data/exams.csv and data/visits.csv
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random

from myelos.isncsci import Classification, Exam, Layout, Segment, classify, exam_of_grade, write_exams

SEED = 20211
DATA = Path(__file__).parent / "data"
TRANSITIONS = [("A", "A", 1), ("A", "B", 3), ("A", "C", 2), ("B", "C", 1), ("B", "D", 1), ("C", "D", 5)]
VISITS = ("screening", "before infusion", "day 1", "day 14", "day 30", "day 90", "day 180")
AFTER_INFUSION = (1, 14, 30, 90, 180)
RECOVERY = (0.0, 0.1, 0.1, 0.2, 0.3, 0.5, 0.7)
SCIM_AT = {"A": 15, "B": 22, "C": 30, "D": 48}
LEVELS = (Segment.C4, Segment.C5, Segment.C6, Segment.C7)
TRIES = 2000


def people() -> Iterator[tuple[str, tuple[str, ...]]]:
    """(code, grade at each visit) of the 13 people, in an order that does not follow their grades."""
    rng = Random(SEED)
    fates = [(before, after) for before, after, count in TRANSITIONS for _ in range(count)]
    rng.shuffle(fates)
    for number, (before, after) in enumerate(fates, start=1):
        yield f"S{number:02d}", _path(before, after, rng)


def _path(before: str, after: str, rng: Random) -> tuple[str, ...]:
    """The grade at every visit: the index grade, then up one grade at a time from day 14 on."""
    changes = sorted(rng.sample(range(3, len(VISITS)), ord(after) - ord(before)))
    return tuple(
        chr(ord(before) + sum(visit >= change for change in changes)) for visit in range(len(VISITS))
    )


def exams_of(code: str, grades: tuple[str, ...]) -> list[Exam]:
    """One exam a visit, of these grades at one cervical level, with motor totals that never fall."""
    for attempt in range(TRIES):
        level = Random(f"{SEED}{code}").choice(LEVELS)
        made = []
        for visit, grade in enumerate(grades):
            rng = Random(f"{SEED}{code}{attempt}{grade}")
            name = f"{code} {VISITS[visit]}"
            made.append(exam_of_grade(rng, grade, level, recovery=RECOVERY[visit], name=name))
        if _never_falls([classify(exam) for exam in made]):
            return made
    raise RuntimeError(f"no plausible course found for {code} in {TRIES} tries")


def _never_falls(found: list[Classification]) -> bool:
    """Motor totals of arms and legs, and light touch, never fall from one visit to the next."""
    return all(
        later.sums.uems.exact >= sooner.sums.uems.exact
        and later.sums.lems.exact >= sooner.sums.lems.exact
        and later.sums.light_touch.exact >= sooner.sums.light_touch.exact
        for sooner, later in pairwise(found)
    )


def days_of(code: str) -> list[int]:
    """Days after injury of the visits: screening by day 14, infusion between day 34 and 52."""
    rng = Random(f"{SEED}{code}days")
    infusion = rng.randint(34, 52)
    screening, before = rng.randint(6, 14), infusion - rng.randint(1, 3)
    return [screening, before, *(infusion + day for day in AFTER_INFUSION)]


def scim_of(code: str, grades: tuple[str, ...]) -> list[int]:
    """SCIM III totals that rise with the grade and with time."""
    rng = Random(f"{SEED}{code}scim")
    offset, totals = rng.randint(-6, 6), []
    for visit, grade in enumerate(grades):
        total = SCIM_AT[grade] + offset + visit * rng.randint(1, 3)
        totals.append(max(total, totals[-1] if totals else 0))
    return totals


def write(folder: Path) -> None:
    """Write ``exams.csv`` (our CSV layout) and ``visits.csv`` (one row a visit, naming its exam)."""
    exams, visits = [], []
    for code, grades in people():
        days, totals = days_of(code), scim_of(code, grades)
        for exam, visit, day, total in zip(exams_of(code, grades), VISITS, days, totals, strict=True):
            exams.append(exam)
            visits.append((code, visit, day, exam.id, total))
    with (folder / "exams.csv").open("w", encoding="utf-8", newline="") as target:
        write_exams(exams, target, Layout.CSV)
    with (folder / "visits.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(("person", "visit", "day_after_injury", "exam", "scim"))
        writer.writerows(visits)


if __name__ == "__main__":
    write(DATA)
