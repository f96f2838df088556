"""The figures: the same every time, well formed, and drawn from the judgement's numbers."""

import os
import struct
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy import optimize
from tests.evidence.naive import EARLY, SPLIT, shifted_tail

from myelos.evidence import Judgement, judge, load_study
from myelos.report.figures import DRAWN, draw
from myelos.report.words import Words

SVG = "{http://www.w3.org/2000/svg}"
AGAIN = """
import hashlib
from myelos.evidence import judge, load_study
from myelos.report.figures import draw
from myelos.report.words import Words
for each in draw(judge(load_study("honmou-2021")), Words()):
    print(each.name, hashlib.sha256(each.wide.encode() + each.narrow.encode() + each.png).hexdigest())
"""


def test_every_figure_of_the_worked_trial_is_written(report: Path) -> None:
    """Five figures as SVG, all well formed XML without a date, and with text that stays text."""
    for name, _ in DRAWN:
        text = (report / "figures" / f"honmou-2021-{name}.svg").read_text("utf-8")
        root = ElementTree.fromstring(text)
        assert root.tag == f"{SVG}svg"
        assert len(list(root.iter(f"{SVG}text"))) > 5
        assert "<dc:date>" not in text


def test_a_picture_has_the_shape_of_its_drawing(report: Path) -> None:
    """PNG at 200 dots an inch beside the SVG of the same figure."""
    for name, _ in DRAWN:
        stem = report / "figures" / f"honmou-2021-{name}"
        data = stem.with_suffix(".png").read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        wide, high = struct.unpack(">II", data[16:24])
        root = ElementTree.fromstring(stem.with_suffix(".svg").read_text("utf-8"))
        points = [float(root.attrib[each].removesuffix("pt")) for each in ("width", "height")]
        assert (wide, high) == pytest.approx([each / 72 * 200 for each in points], abs=1.5)


@pytest.mark.slow
def test_figures_are_the_same_in_every_process() -> None:
    """Bytes depend on the numbers alone: not on hash seeds, not on the day."""
    runs = {
        subprocess.run(
            [sys.executable, "-c", AGAIN],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
    assert len(next(iter(runs)).splitlines()) == len(DRAWN)


def test_a_line_of_the_plane_is_where_the_chance_is_025(honmou: Judgement) -> None:
    """At points of the plane's contours the slow routine finds .025 for those odds and that spread."""
    plane = honmou.planes[0]
    for sd, line in plane.contours.items():
        for place in range(20, len(line), 40):
            rates, odds = {**EARLY, "A": plane.rates[place]}, line[place]
            moved = [(n, odds * p / (1 - p + odds * p)) for g, n in SPLIT.items() if (p := rates[g])]
            chance = shifted_tail(moved, 12, sd)
            assert chance == pytest.approx(0.025, rel=2e-3) or (odds == 1.0 and chance > 0.025)


def test_the_example_on_the_plane_is_true(honmou: Judgement, report: Path) -> None:
    """What the ring says in words is the root of the slow routine."""

    def gap(odds: float) -> float:
        moved = [(n, odds * p / (1 - p + odds * p)) for g, n in SPLIT.items() if (p := EARLY[g])]
        return shifted_tail(moved, 12, 0.5) - 0.025

    need = optimize.brentq(gap, 1, 8, xtol=1e-3)
    text = (report / "figures" / "honmou-2021-belief-plane.svg").read_text("utf-8")
    assert f"at 30 % and SD .5, odds × {need:.1f} are enough" in text


def test_every_person_is_one_line(report: Path, honmou: Judgement) -> None:
    """The counts at the right of the transitions add up to the people."""
    text = (report / "figures" / "honmou-2021-transitions.svg").read_text("utf-8")
    root = ElementTree.fromstring(text)
    counts = [
        int("".join(each.itertext()).split("→")[0])
        for each in root.iter(f"{SVG}text")
        if "→" in "".join(each.itertext())
    ]
    assert sum(counts) == honmou.observed.n == 13


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bydon-2024", "inspire-2019", "jiang-2013"])
def test_a_figure_without_numbers_is_left_out(name: str) -> None:
    """No empty axes: a study without a comparator has its transitions only."""
    told = judge(load_study(name))
    drawn = {each.name for each in draw(told, Words())}
    assert ("observed-against-expected" in drawn) is bool(told.readings)
    assert ("belief-plane" in drawn) is bool(told.planes)
    assert "transitions" in drawn
    assert all(np.isfinite(rate) for plane in told.planes for rate in plane.rates)
