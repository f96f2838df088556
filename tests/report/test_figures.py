"""The figures: the same every time, well formed, and drawn from the judgement's numbers."""

import functools
import hashlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from PIL import Image
from scipy import optimize
from tests.evidence.naive import EARLY, SPLIT, judged, shifted_tail

from myelos.evidence import Judgement
from myelos.evidence.judgement import BeliefPlane
from myelos.report.figures import DRAWN, Drawn, belief, draw, expected, grades
from myelos.report.figures.canvas import EXPECTED, OBSERVED, WIDE, styled
from myelos.report.words import Words

SVG = "{http://www.w3.org/2000/svg}"
PEOPLE = ("honmou-2021", "inspire-2019", "jiang-2013", "sykova-2006", "bydon-2024", "pal-2009")
AGAIN = """
import hashlib
from myelos.evidence import judge, load_study
from myelos.report.figures import draw
from myelos.report.words import Words
for each in draw(judge(load_study("honmou-2021")), Words()):
    print(each.name, hashlib.sha256(each.wide.encode() + each.narrow.encode() + each.png).hexdigest())
"""


@pytest.fixture(scope="module")
def drawn(honmou: Judgement) -> dict[str, Drawn]:
    return {each.name: each for each in draw(honmou, Words())}


def texts(svg: str) -> list[str]:
    return ["".join(each.itertext()) for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_every_figure_of_the_worked_trial_is_well_formed(drawn: dict[str, Drawn]) -> None:
    """Five figures at two widths, XML with text that stays text, its study named, and no date."""
    assert list(drawn) == [name for name, _ in DRAWN]
    for each in drawn.values():
        for svg in (each.wide, each.narrow):
            root = ElementTree.fromstring(svg)
            assert root.tag == f"{SVG}svg"
            assert len(texts(svg)) > 5
            assert "honmou-2021" in " ".join(texts(svg))
            assert not re.search(r"dc:date|<metadata|\d{4}-\d\d-\d\d[T ]\d|\d\d:\d\d:\d\d", svg)
            assert {value for item in root.iter() for name, value in item.attrib.items()
                    if name.endswith("href") and not value.startswith("#")} == set()  # fmt: skip


def test_a_picture_can_be_opened_and_has_the_shape_of_its_drawing(drawn: dict[str, Drawn]) -> None:
    """PNG at 200 dots an inch beside the SVG of the same figure, not blank, without a date."""
    for each in drawn.values():
        root = ElementTree.fromstring(each.wide)
        points = [float(root.attrib[side].removesuffix("pt")) for side in ("width", "height")]
        with Image.open(io.BytesIO(each.png)) as picture:
            picture.load()
            assert picture.format == "PNG"
            assert picture.size == pytest.approx([side / 72 * 200 for side in points], abs=1.5)
            assert set(picture.info) <= {"dpi"}
            assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 10


@pytest.mark.slow
def test_figures_are_the_same_in_every_process(drawn: dict[str, Drawn], honmou: Judgement) -> None:
    """Bytes depend on the numbers alone: not on what was drawn before, hash seeds or the day."""
    assert {each.name: each for each in draw(honmou, Words())} == drawn
    seed = "1" if os.environ.get("PYTHONHASHSEED") == "2" else "2"
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    again = subprocess.run(
        [sys.executable, "-c", AGAIN],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    here = {
        name: hashlib.sha256(each.wide.encode() + each.narrow.encode() + each.png).hexdigest()
        for name, each in drawn.items()
    }
    assert dict(line.split() for line in again.stdout.splitlines()) == here


@functools.cache
def planes(name: str) -> list[tuple[BeliefPlane, Axes]]:
    """Every plane with the axes it is drawn on."""
    judgement = judged(name)
    with styled():
        picture = belief.draw(judgement, Words(), WIDE)
    assert picture
    axes = [each for each in picture.figure.axes if each.get_yscale() == "log"]
    return list(zip(judgement.planes, axes, strict=True))


def contours(plane: BeliefPlane, ax: Axes) -> dict[float, np.ndarray]:
    """The drawn lines by between-cohort SD, as points (AIS A rate in per cent, odds)."""
    lines = [each.get_xydata() for each in ax.lines if each.get_color() == EXPECTED]
    assert len(lines) == len(plane.contours) >= 3
    return dict(zip(sorted(plane.contours), lines, strict=True))


def at_point(plane: BeliefPlane, rate: float, odds: float, sd: float) -> float:
    """The chance of 12 of 13 or more at a point of the plane, by the slow routine."""
    rates = {grade: each.value or 0.0 for grade, each in plane.fixed.items()} | {"A": rate / 100}
    moved = [(n, odds * p / (1 - p + odds * p)) for grade, n in SPLIT.items() if (p := rates[grade])]
    return shifted_tail(moved, 12, sd)


@pytest.mark.slow
def test_on_a_drawn_line_of_the_plane_the_chance_is_025() -> None:
    """For every panel and SD, at the points as drawn; a line ends where no bias is needed or the
    plane does."""
    for plane, ax in planes("honmou-2021"):
        for sd, line in contours(plane, ax).items():
            inner = line[(line[:, 1] > 1) & (line[:, 0] > 0)]
            for rate, odds in inner[:: max(1, len(inner) // 6)]:
                assert at_point(plane, rate, odds, sd) == pytest.approx(0.025, rel=2e-3)
            last = line[-1]
            if last[1] > 1:
                assert last[0] >= ax.get_xlim()[1]
            else:
                assert at_point(plane, last[0], 1, sd) == pytest.approx(0.025, rel=0.03)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(rate=st.floats(1, 59), odds=st.floats(1, 8), panel=st.integers(0, 1))
def test_every_point_of_the_plane_lies_on_its_own_side(rate: float, odds: float, panel: int) -> None:
    """Below a line the chance is under .025, above it over: what the two regions say."""
    plane, ax = planes("honmou-2021")[panel]
    for sd, line in contours(plane, ax).items():
        edge = float(np.interp(rate, line[:, 0], line[:, 1]))
        assume(abs(odds / edge - 1) > 0.02)
        assert (at_point(plane, rate, odds, sd) > 0.025) is (odds > edge)


def test_the_example_on_the_plane_is_true(drawn: dict[str, Drawn]) -> None:
    """What the ring says in words is the root of the slow routine."""

    def gap(odds: float) -> float:
        moved = [(n, odds * p / (1 - p + odds * p)) for g, n in SPLIT.items() if (p := EARLY[g])]
        return shifted_tail(moved, 12, 0.5) - 0.025

    need = optimize.brentq(gap, 1, 8, xtol=1e-3)
    said = Words()("belief.example", need=f"{need:.1f}", rate="30", sd=".5", highest="8")
    assert said in " ".join(texts(drawn["belief-plane"].wide))
    assert said in " ".join(texts(drawn["belief-plane"].narrow))


@pytest.mark.slow
@pytest.mark.parametrize("name", PEOPLE)
def test_every_person_is_one_line_with_a_dot_at_either_end(name: str) -> None:
    """As many dots as people at both exams, coloured by what surely happened; the counts add up to them."""
    judgement = judged(name)
    each = next(each for each in draw(judgement, Words()) if each.name == "transitions")
    for svg in (each.wide, each.narrow):
        root = ElementTree.fromstring(svg)
        dots = [item.attrib.get("style", "") for item in root.iter(f"{SVG}use")]
        assert len(dots) == 2 * judgement.observed.n
        surely = judgement.observed.improved[0].value or 0
        assert sum(OBSERVED in style for style in dots) == 2 * surely
        assert sum(int(text.split("→")[0]) for text in texts(svg) if "→" in text) == judgement.observed.n


def test_figure_one_has_a_dot_for_every_expected_number(honmou: Judgement) -> None:
    """In the order of the readings, with the observed number where it was observed."""
    with styled():
        picture = expected.draw(honmou, Words(), WIDE)
    assert picture
    dots = [line.get_xdata()[0] for line in picture.figure.axes[0].lines if line.get_marker() == "o"]
    assert dots == [each.expected.value for each in honmou.readings]
    assert any(set(line.get_xdata()) == {12} for line in picture.figure.axes[0].lines)


def test_figure_five_has_a_box_for_every_person(honmou: Judgement) -> None:
    """Filled where improved, in each of its panels."""
    with styled():
        picture = grades.draw(honmou, Words(), WIDE)
    assert picture
    boxes = [box for ax in picture.figure.axes for box in ax.patches]
    panels = sum(each.default for each in honmou.readings)
    filled = [box for box in boxes if box.get_facecolor()[:3] != (1, 1, 1)]
    assert (len(boxes), len(filled)) == (13 * panels, 12 * panels)


def test_a_figure_of_made_up_people_says_so(report: Path) -> None:
    """The file alone, away from its page, still carries the label; the published one has none."""
    for file in (report / "figures").glob("*.svg"):
        label = Words()("synthetic-figure") in " ".join(texts(file.read_text("utf-8")))
        assert label is file.name.startswith("made-up")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bydon-2024", "inspire-2019", "jiang-2013"])
def test_a_figure_without_numbers_is_left_out(name: str) -> None:
    """No empty axes: a study without a comparator has its transitions only."""
    told = judged(name)
    found = {each.name for each in draw(told, Words())}
    assert ("observed-against-expected" in found) is bool(told.readings)
    assert ("belief-plane" in found) is bool(told.planes)
    assert "transitions" in found
