"""The comparison with the npm package: it can fail, it explains only what it may, it skips aloud."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.isncsci.builders import exam, lost_below
from validation.isncsci_npm import compare

from myelos.isncsci import Exam, Reading, classify

Outputs = dict[str, str]


def outputs(tested: Exam, reading: Reading) -> Outputs:
    return {"id": tested.id} | compare.fields_of(classify(tested, reading))


def as_praxis(exams: Sequence[Exam]) -> list[Outputs]:
    return [outputs(each, Reading.PRAXIS) for each in exams]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "EXAMS", 240)
    monkeypatch.setattr(compare, "why_not", lambda: None)


def test_a_witness_that_reads_as_praxis_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Differences by R3 and R7 alone end in success, with each counted."""
    monkeypatch.setattr(compare, "ask_witness", as_praxis)
    assert compare.main() == 0
    said = capsys.readouterr().out
    assert "Praxis reading: 240 of 240 agree" in said
    assert "R3: everything normal but VAC" in said


@pytest.mark.parametrize("field", compare.FIELDS)
def test_one_other_value_fails_the_comparison(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    """A single field of a single exam that differs is found."""

    def wrong_once(exams: Sequence[Exam]) -> list[Outputs]:
        answers = as_praxis(exams)
        answers[17][field] = "C2" if answers[17][field] != "C2" else "C3"
        return answers

    monkeypatch.setattr(compare, "ask_witness", wrong_once)
    assert compare.main() == 1


def test_a_level_is_explained_only_where_vac_alone_fails() -> None:
    """S3 against INT is R3's only when every score is normal."""
    ours, theirs = {"nli": "S3"}, {"nli": "INT"}
    assert compare.rule_of("nli", exam(vac="no"), ours, theirs) is not None
    assert compare.rule_of("nli", exam({"left_motor_S1": 4}, vac="no"), ours, theirs) is None
    assert compare.rule_of("ais", exam(vac="no"), {"ais": "B"}, {"ais": "C"}) is None


def test_a_motor_zone_is_explained_only_by_its_own_sides_entry() -> None:
    """Without an entry, or with one too near, a differing zone is not explained."""
    ours = {"zpp_motor_right": "C5", "motor_right": "C5", "ais": "C"}
    theirs = {"zpp_motor_right": "C8"}
    near = exam(lost_below("C5") | {"right_non_key": "C8", "left_non_key": "L2"}, vac="no")
    assert compare.rule_of("zpp_motor_right", near, ours, theirs) is None
    assert compare.rule_of("zpp_motor_right", exam(lost_below("C5"), vac="no"), ours, theirs) is None


@pytest.mark.parametrize(("in_ci", "code"), [("", 0), ("true", 1)])
def test_a_missing_witness_is_said_and_fails_only_in_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], in_ci: str, code: int
) -> None:
    """A user's machine without node skips with the reason; CI does not pass over it."""
    monkeypatch.setenv("CI", in_ci)
    monkeypatch.setattr(compare, "why_not", lambda: "node is not installed")
    assert compare.main() == code
    assert "node is not installed" in capsys.readouterr().out
