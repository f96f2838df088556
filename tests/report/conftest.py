"""Judgements and one written report, made once."""

from pathlib import Path

import pytest
from examples.worked_trial.playing import InMemory, play
from examples.worked_trial.script import steps
from examples.worked_trial.study import study
from tests.evidence.naive import judged

from myelos.evidence import Judgement, judge, load_study
from myelos.report import write_report

SYNTHETIC = """
id = "made-up"
title = '''A made-up <script>alert("it's")</script> & $x$'''
source = "nowhere <b>&amp;"
arm = '''"><img src=x>'''
level = "cervical"
phase = "subacute"
synthetic = true
blinded = "no"
concurrent_controls = "no"
followup_months = [6, 6]

[people]
registered = 9
analysed = 6

[certainty]
split = "derived"
total = "derived"

[index]
exam = "before-infusion"

[index.before-infusion]
day = 40

[[transition]]
baseline = "A"
followup = "B"
count = 3

[[transition]]
baseline = "A"
followup = "A"
count = 1

[[transition]]
baseline = "C"
followup = "improved_ge1"
count = 2
"""


@pytest.fixture(scope="session")
def honmou() -> Judgement:
    return judged("honmou-2021")


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Judgement:
    """A made-up trial whose title, source and arm are written as markup."""
    path = tmp_path_factory.mktemp("study") / "made-up.toml"
    path.write_text(SYNTHETIC, "utf-8")
    return judge(load_study(path))


@pytest.fixture(scope="session")
def example() -> Judgement:
    """The worked trial, read from its record as `make demo` reads it."""
    record = InMemory()
    play(record, steps())
    return judge(study(record.snapshot))


@pytest.fixture(scope="session")
def report(honmou: Judgement, synthetic: Judgement, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report of the worked trial and of a made-up one."""
    out = tmp_path_factory.mktemp("report") / "out"
    write_report([honmou, synthetic], out)
    return out
