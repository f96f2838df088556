"""Slow and simple second implementations of what the room computes, and studies to try it on."""

import functools
import itertools
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import integrate, stats

from myelos.evidence import Judgement, judge, load_study
from myelos.findings import Phrasebook, Refused

WORDS = Phrasebook("myelos", "myelos.evidence")
SPLIT = {"A": 6, "B": 2, "C": 5}
"""The recalled split of the worked trial; 12 of these 13 improved."""
ALL_LEVELS = {"A": 0.278, "B": 0.536, "C": 0.725}
EARLY = {"A": 0.30, "B": 0.67, "C": 0.825}
DAY_46 = {"A": 0.098, "B": 0.298, "C": 0.398}


def groups(rates: dict[str, float], split: dict[str, int] = SPLIT) -> list[tuple[int, float]]:
    return [(n, rates[grade]) for grade, n in split.items()]


def enumerated_tail(people: Sequence[tuple[int, float]], least: int) -> float:
    """P(X >= least) by walking through every one of the 2^n outcomes."""
    chances = [p for n, p in people for _ in range(n)]
    outcomes = itertools.product((0, 1), repeat=len(chances))
    likely = (
        math.prod(p if hit else 1 - p for p, hit in zip(chances, outcome, strict=True))
        for outcome in outcomes
        if sum(outcome) >= least
    )
    return math.fsum(likely)


def polynomial_tail(people: Sequence[tuple[int, float]], least: int) -> float:
    """P(X >= least) from the product of binomial masses of scipy."""
    masses = [stats.binom.pmf(np.arange(n + 1), n, p) for n, p in people if n]
    return float(functools.reduce(np.convolve, masses, np.ones(1))[max(least, 0) :].sum())


def shifted_tail(people: Sequence[tuple[int, float]], least: int, sd: float) -> float:
    """P(X >= least) with one normal shift of all logits, by scipy's adaptive quadrature."""
    if not sd:
        return polynomial_tail(people, least)

    def given(z: float) -> float:
        moved = [(n, p / (p + (1 - p) * math.exp(-sd * z))) for n, p in people]
        return float(stats.norm.pdf(z)) * polynomial_tail(moved, least)

    return float(integrate.quad(given, -9, 9, epsabs=1e-13, epsrel=1e-9, limit=200)[0])


@functools.cache
def judged(name: str) -> Judgement:
    return judge(load_study(name))


def study_text(transitions: dict[tuple[str, str], int], **top: str) -> str:
    """A TOML study of a cervical subacute trial with these transitions; ``top`` are lines of TOML values."""
    keys = {"id": '"try"', "title": '"try"', "source": '"made up"', "level": '"cervical"'}
    keys |= {"phase": '"subacute"', "followup_months": "[6, 6]"} | top
    lines = [f"{key} = {value}" for key, value in keys.items()]
    for (before, after), n in transitions.items():
        lines += ["[[transition]]", f'baseline = "{before}"', f'followup = "{after}"', f"count = {n}"]
    return "\n".join(lines) + "\n"


def written(folder: Path, text: str, name: str = "try.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def refusal(path: Path) -> list[tuple[str, int | None, str | None]]:
    """(code, row, column) of every finding a study is refused with; each can be said in words."""
    try:
        load_study(path)
    except Refused as refused:
        found = refused.findings
    else:
        found = ()
    assert all(WORDS.tell(finding) for finding in found)
    return [(f.code.removeprefix("evidence."), f.place.row, f.place.column) for f in found]
