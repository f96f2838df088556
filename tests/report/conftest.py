"""Judgements and one written report, made once."""

import importlib.util
import shutil
from pathlib import Path

import pytest
from tests.evidence.naive import judged

from myelos.evidence import Judgement, judge, load_study
from myelos.report import write_report

EXAMPLE = Path(__file__).parents[2] / "examples" / "marrow-to-month-six"
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
def example(tmp_path_factory: pytest.TempPathFactory) -> Judgement:
    """The example trial, its visits graded as `make demo` grades them."""
    spec = importlib.util.spec_from_file_location("demo", EXAMPLE / "demo.py")
    assert spec
    assert spec.loader
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    folder = tmp_path_factory.mktemp("example")
    shutil.copyfile(EXAMPLE / "trial.toml", folder / "trial.toml")
    demo.grade_visits(folder / "visits.csv")
    return judge(load_study(folder / "trial.toml"))


@pytest.fixture(scope="session")
def report(honmou: Judgement, synthetic: Judgement, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report of the worked trial and of a made-up one."""
    out = tmp_path_factory.mktemp("report") / "out"
    write_report([honmou, synthetic], out)
    return out
