"""The example: reproducible, plausible, labelled, and 12 of 13."""

import csv
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from myelos.isncsci import Layout, classify, read_exams

EXAMPLE = Path(__file__).parents[2] / "examples" / "marrow-to-month-six"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", EXAMPLE / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_shipped_data_are_what_the_generator_writes(generate: ModuleType, tmp_path: Path) -> None:
    """Anyone can make the made-up trial again, byte for byte."""
    generate.write(tmp_path)
    for name in ("exams.csv", "visits.csv"):
        assert (tmp_path / name).read_bytes() == (EXAMPLE / "data" / name).read_bytes()


def test_scored_grades_follow_the_published_transitions() -> None:
    """From before infusion to day 180: A to A, 3 B, 2 C; B to C, D; 5 C to D (facts, Honmou 2021)."""
    found = {
        exam.id: classify(exam).only("ais") for exam in read_exams(EXAMPLE / "data" / "exams.csv", Layout.CSV)
    }
    pairs = sorted(found[f"S{n:02d} before infusion"] + found[f"S{n:02d} day 180"] for n in range(1, 14))
    assert pairs == sorted(["AA", "AB", "AB", "AB", "AC", "AC", "BC", "BD", *["CD"] * 5])


def test_days_fit_the_two_gates() -> None:
    """Screening by day 14 after injury, infusion by day 54, visits in order (protocol facts)."""
    with (EXAMPLE / "data" / "visits.csv").open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    days: dict[str, list[int]] = {}
    for row in rows:
        days.setdefault(row["person"], []).append(int(row["day_after_injury"]))
    assert len(days) == 13
    assert all(each == sorted(each) and each[0] <= 14 and each[2] - 1 <= 54 for each in days.values())
