"""The drawing: every cell once and in its colour, safe wherever it is shown, nothing cut or overlapping."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from itertools import combinations, pairwise
from random import Random

import pytest
from hypothesis import given, settings
from tests.isncsci.builders import exam as built
from tests.isncsci.builders import lost_below
from tests.isncsci.strategies import exams, untested_exams

from myelos.isncsci import Classification, Edition, Exam, Segment, classify, exam_of_grade
from myelos.isncsci.body_map import COLOURS, INK, REGIONS, TAGGED, WHITE
from myelos.isncsci.drawing import WORDS, draw
from myelos.isncsci.exam import BLOCKS, SIDES, Answer, Score, cell_name
from myelos.isncsci.segments import DERMATOMES
from myelos.isncsci.synthetic import synthetic_exam, untested

SVG = "{http://www.w3.org/2000/svg}"
COMPLETE = exam_of_grade(Random(2), "A", Segment.C5, name="complete")
HOLES = untested(Random(4), synthetic_exam(Random(8), "uneven", non_key=True), 30, tagged=0.5)
ASKED = replace(untested(Random(9), COMPLETE, 60, tagged=0.9), any_anal_sensation=Answer.NT)
SHEETS = {
    "normal": (built(), classify(built())),
    "complete": (COMPLETE, classify(COMPLETE)),
    "holes": (HOLES, classify(HOLES)),
    "empty": (untested(Random(1), COMPLETE, 134), classify(untested(Random(1), COMPLETE, 134))),
    "1992": (ASKED, classify(ASKED, edition=Edition.Y1992)),
    "scores": (HOLES, None),
}


def _root(text: str) -> ET.Element:
    return ET.fromstring(text)


def _part(root: ET.Element, name: str) -> ET.Element:
    return next(each for each in root.iter() if each.get("id") == f"exam-{name}")


def _cells(part: ET.Element) -> list[tuple[str, ET.Element]]:
    """The cells of a part with their titles, each checked to begin with the name of the cell."""
    found = []
    for group in part.iter(f"{SVG}g"):
        if name := group.get("data-cell"):
            title = group.findtext(f"{SVG}title")
            assert title
            assert title.startswith(f"{name}: ")
            found.append((title, group))
    return found


def _scores(exam: Exam, blocks: tuple[str, ...] = ("motor", "light_touch", "pin_prick")) -> dict[str, Score]:
    return {
        cell_name(side, block, segment): score
        for side in SIDES
        for block, segments, _ in BLOCKS
        if block in blocks
        for segment, score in zip(segments, getattr(exam.side(side), block), strict=True)
    }


def _fill(score: Score) -> str:
    return "url(#exam-hatch) #e3e6e9" if score.value is None else COLOURS[score.top][score.value]


def _said(root: ET.Element, part: str) -> list[str]:
    return [each.text or "" for each in _part(root, part).iter(f"{SVG}text")]


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_table_has_every_cell_once_with_its_score(sheet: str) -> None:
    """132 cells, two non-key entries and the answers, each once, its title and its writing the score."""
    exam, found = SHEETS[sheet]
    cells = _cells(_part(_root(draw(exam, found)), "table"))
    entries = {f"{side}_non_key": exam.side(side).non_key or "none" for side in SIDES}
    entries |= {"vac": exam.vac, "dap": exam.dap}
    if exam.any_anal_sensation is not None:
        entries["any_anal_sensation"] = exam.any_anal_sensation
    wanted = [f"{name}: {read}" for name, read in (_scores(exam) | entries).items()]
    assert len(wanted) in (136, 137)
    assert Counter(title for title, _ in cells) == Counter(wanted)
    for title, group in cells:
        if (score := _scores(exam).get(title.split(": ")[0])) is not None:
            assert group.findtext(f"{SVG}text") == str(score)
            assert next(group.iter(f"{SVG}rect")).get("fill") == _fill(score)


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("block", ["motor", "light_touch", "pin_prick"])
def test_every_figure_shows_every_cell_in_the_colour_of_its_score(sheet: str, block: str) -> None:
    """28 dermatomes or ten key muscles of each side, once each, coloured, NT hatched."""
    exam, found = SHEETS[sheet]
    cells = _cells(_part(_root(draw(exam, found)), block))
    wanted = _scores(exam, (block,))
    assert Counter(title for title, _ in cells) == Counter(f"{name}: {s}" for name, s in wanted.items())
    for title, group in cells:
        shape = next(each for each in group if each.tag in (f"{SVG}path", f"{SVG}circle"))
        assert shape.get("fill") == _fill(wanted[title.split(": ")[0]])


def test_the_right_side_lies_on_the_left_of_every_figure_and_of_the_table() -> None:
    """Whoever faces the person sees the person's right side on the left."""
    root = _root(draw(HOLES))
    for part, middle in (("table", 294), ("motor", 688), ("light_touch", 894), ("pin_prick", 1100)):
        for title, group in _cells(_part(root, part)):
            if title.startswith(SIDES) and "non_key" not in title:
                shape = next(each for each in group if each.tag != f"{SVG}title")
                points = re.findall(r"[ML](\S+) ", shape.get("d", ""))
                turn = -1 if title.startswith("right") else 1
                for place in points or [shape.get("cx") or shape.get("x", "")]:
                    assert turn * (float(place) - middle) >= 0


def test_the_body_map_has_a_region_for_every_dermatome_and_no_two_are_the_same() -> None:
    """C2 to S4-5 all have their own outline on the half body, with a visible area."""
    assert set(REGIONS) == set(DERMATOMES)
    assert len({str(outlines) for outlines in REGIONS.values()}) == 28
    for outlines in REGIONS.values():
        for outline in outlines:
            turned = zip(outline, (*outline[1:], outline[0]), strict=True)
            assert abs(sum(a * d - b * c for (a, b), (c, d) in turned)) / 2 > 60


def test_rostral_bands_of_the_trunk_lie_above_caudal_ones() -> None:
    """T2 to L1 follow each other down the trunk."""
    bands = [REGIONS[Segment(n)][0] for n in range(Segment.T2, Segment.L1 + 1)]
    heights = [sum(y for _, y in band) / len(band) for band in bands]
    assert heights == sorted(heights)
    assert len(set(heights)) == 12


def test_tags_are_marked_in_table_and_figures() -> None:
    """A yellow corner for each star in the table, one mark for each tagged cell in a figure."""
    exam = built({"right_motor_C5": "3*", "left_light_touch_T4": "0**", "right_pin_prick_S3": "NT*"})
    root = _root(draw(exam))
    table = {title: group for title, group in _cells(_part(root, "table"))}
    stars = {
        title: sum(each.get("fill") == TAGGED for each in group.iter()) for title, group in table.items()
    }
    marked = {title: count for title, count in stars.items() if count}
    assert marked == {"right_motor_C5: 3*": 1, "left_light_touch_T4: 0**": 2, "right_pin_prick_S3: NT*": 1}
    for block in ("motor", "light_touch", "pin_prick"):
        assert sum(each.get("fill") == TAGGED for each in _part(root, block).iter()) == 1


def test_a_determined_level_is_marked_once_and_filled() -> None:
    """One NLI in reverse, one filled flag for each of the four levels, at the segment's row."""
    exam = built(lost_below("C6"), vac="no", dap="no")
    table = _part(_root(draw(exam, classify(exam))), "table")
    texts = {each.text: each for each in table.iter(f"{SVG}text")}
    assert texts["C6"].get("fill") == WHITE
    assert texts["C7"].get("fill") == INK
    flags = [each for each in table.iter(f"{SVG}text") if each.text in ("S", "M")]
    assert sorted(flag.text or "" for flag in flags) == ["M", "M", "S", "S"]
    rows = {float(flag.get("y", 0)) - float(texts["C6"].get("y", 0)) for flag in flags}
    assert max(map(abs, rows)) < 3
    assert {flag.get("fill") for flag in flags} == {WHITE}


def test_an_undetermined_level_is_outlined_at_each_possible_segment() -> None:
    """Every value of the set has a flag, none of them filled, and the lines are dashed."""
    exam = built({"right_light_touch_C7": "NT"} | {"left_light_touch_T3": "NT"})
    found = classify(exam)
    assert len(found.sensory_right) > 1
    table = _part(_root(draw(exam, found)), "table")
    flags = [each for each in table.iter(f"{SVG}text") if each.text == "S"]
    assert len(flags) == len(found.sensory_right) + len(found.sensory_left)
    assert WHITE not in {flag.get("fill") for flag in flags}
    assert any(each.get("stroke-dasharray") for each in table.iter(f"{SVG}line"))


def _changed(**outputs: object) -> Classification:
    return replace(classify(COMPLETE), **outputs)  # type: ignore[arg-type]


def test_undetermined_results_are_written_as_their_set_and_stars_are_shown() -> None:
    """``B or D``, a run of neighbours as one, and a star behind what rests on tags."""
    found = _changed(ais=("B", "D"), nli=("C4", "C5", "C6", "T1"), stars=("nli",), complete=("C", "I"))
    root = _root(draw(COMPLETE, found))
    said = _said(root, "results")
    assert {"B or D", "C4–C6 or T1*", "complete or incomplete"} <= set(said)
    assert "Grade (AIS): B or D." in (root.findtext(f"{SVG}desc") or "")
    assert "BまたはD" in _said(_root(draw(COMPLETE, found, language="ja")), "results")


def test_an_output_without_values_is_a_dash_and_the_dash_is_explained() -> None:
    """What an edition does not claim is not left blank."""
    said = "\n".join("".join(_root(draw(*SHEETS["1992"])).itertext()).split("\n"))
    assert WORDS["en"]["unclaimed"] in said
    assert WORDS["en"]["unclaimed"] not in draw(*SHEETS["complete"])
    assert "–" in _said(_root(draw(*SHEETS["1992"])), "results")


def test_sums_are_written_with_their_bounds() -> None:
    """All twelve sums of the classification, as it writes them."""
    found = classify(HOLES)
    said = Counter(_said(_root(draw(HOLES, found)), "sums"))
    wanted = Counter(str(getattr(found.sums, name)) for name in found.sums.__slots__)
    assert any("–" in each for each in wanted)
    assert not wanted - said


def test_without_a_classification_there_is_no_result() -> None:
    """Scores alone: no grade, no sums, no level, and the sheet says so."""
    root = _root(draw(HOLES))
    assert not {each.get("id") for each in root.iter()} & {"exam-results", "exam-sums"}
    assert WORDS["en"]["unclassified"] in "".join(root.itertext())
    assert "S" not in _said(root, "table")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_sheet_says_its_edition_and_that_it_recommends_no_treatment(language: str) -> None:
    """Nobody takes the picture for advice, and nobody mixes editions."""
    said = "".join(_root(draw(*SHEETS["1992"], language=language)).itertext())
    assert WORDS[language]["research"] in said
    assert WORDS[language]["edition"].format(edition="1992") in said


def test_both_languages_have_the_same_words_and_japanese_is_not_english() -> None:
    """No word is missing in one language."""
    assert set(WORDS["en"]) == set(WORDS["ja"])
    alike = {key for key in WORDS["en"] if WORDS["en"][key] == WORDS["ja"][key]}
    assert alike == set()
    assert all(text.strip() for words in WORDS.values() for text in words.values())


def test_an_unknown_language_raises() -> None:
    """No words are never silence."""
    with pytest.raises(KeyError):
        draw(COMPLETE, language="xx")


def test_results_of_another_examination_are_refused() -> None:
    """A sheet never shows one person's scores with another's grade."""
    with pytest.raises(ValueError, match="do not belong"):
        draw(replace(COMPLETE, id="another"), classify(COMPLETE))


def test_the_same_examination_gives_the_same_text() -> None:
    """A picture can be compared, cached and signed."""
    assert draw(HOLES, classify(HOLES)) == draw(HOLES, classify(HOLES))


ELEMENTS = {"svg", "title", "desc", "defs", "pattern", "g", "rect", "line", "path", "circle", "text"}


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_drawing_asks_for_nothing_and_runs_nothing(sheet: str) -> None:
    """Only shapes and text; no style, class, handler or link; every reference stays inside."""
    drawn = draw(*SHEETS[sheet])
    assert drawn.count("http") == drawn.count("://") == 1
    ids = set(re.findall(r' id="([^"]+)"', drawn))
    assert set(re.findall(r"url\(#([^)]*)\)", drawn)) <= ids
    assert drawn.count("url(") == drawn.count("url(#")
    for each in _root(drawn).iter():
        assert each.tag.removeprefix(SVG) in ELEMENTS
        assert not [key for key in each.attrib if key in ("style", "class", "href") or key.startswith("on")]


def test_two_drawings_on_one_page_share_no_id() -> None:
    """The name begins every id; one that cannot is refused."""
    one, two = (draw(HOLES, name=name) for name in ("before", "after"))
    ids = [re.findall(r' id="([^"]+)"', each) for each in (one, two)]
    assert all(len(each) == len(set(each)) > 3 for each in ids)
    assert not set(ids[0]) & set(ids[1])
    assert "#exam" not in one
    for name in ("", "1", 'a"b', "a b"):
        with pytest.raises(ValueError, match="cannot begin an id"):
            draw(HOLES, name=name)


def test_a_screen_reader_is_told_what_the_picture_is() -> None:
    """An image with a title and a description that holds the answers and results."""
    root = _root(draw(COMPLETE, classify(COMPLETE)))
    assert root.get("role") == "img"
    assert (root.get("aria-labelledby"), root.get("aria-describedby")) == ("exam-title", "exam-desc")
    said = root.findtext(f"{SVG}desc") or ""
    for part in ("Grade (AIS): A.", "Neurological level (NLI): C5.", "(VAC): no.", "Light touch: "):
        assert part in said


def _light(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_scores_can_be_told_apart_in_grey_and_read_on_their_colour() -> None:
    """Each score is clearly lighter than the one below it, and its writing has a contrast of 4.5 or more."""
    for colours in COLOURS.values():
        lights = [_light(colour) for colour in colours]
        assert all((b + 0.05) / (a + 0.05) > 1.2 for a, b in pairwise(lights))
    for _, group in _cells(_part(_root(draw(COMPLETE)), "table")):
        shades = [_light(each.get("fill", "")) for each in group if each.tag in (f"{SVG}rect", f"{SVG}text")]
        assert (max(shades) + 0.05) / (min(shades) + 0.05) >= 4.5


def _box(each: ET.Element) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a text, in a font as wide as the widest it may be shown in."""
    x, y, size = (float(each.get(key, 0)) for key in ("x", "y", "font-size"))
    wide = sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.6 for c in each.text or "") * size
    left = x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[each.get("text-anchor", "start")]
    return left, y - 0.74 * size, left + wide, y + 0.1 * size


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("sheet", SHEETS)
def test_no_text_is_small_cut_or_over_another(sheet: str, language: str) -> None:
    """Every text is 9 pixels or more, within the sheet, and apart from every other text."""
    root = _root(draw(*SHEETS[sheet], language=language))
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    boxes = [(each.text, _box(each)) for each in root.iter(f"{SVG}text") if each.text]
    assert all(float(each.get("font-size", 0)) >= 9 for each in root.iter(f"{SVG}text"))
    assert not [text for text, box in boxes if min(box[:2]) < 4 or box[2] > width - 4 or box[3] > height - 4]
    over = [
        (one, two)
        for (one, a), (two, b) in combinations(boxes, 2)
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]
    assert over == []


HOSTILE = (
    "<script>alert(1)</script>",
    '"/><x a="',
    "a\x00b\x0b\ud800\ufffe",
    "]]>&amp;",
    "\u202etxt",
    "長" * 5000,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_any_id_is_drawn_as_text(text: str) -> None:
    """An id never becomes markup, never breaks the XML, and never runs over the sheet."""
    exam = replace(COMPLETE, id=text)
    drawn = draw(exam, classify(exam))
    root = _root(drawn.encode().decode())
    plain = draw(COMPLETE, classify(COMPLETE))
    assert Counter(each.tag for each in root.iter()) == Counter(each.tag for each in _root(plain).iter())
    shown = root.findtext(f"{SVG}title") or ""
    assert text[:1] in shown or unicodedata.category(text[0]) == "Cf"
    assert "\u202e" not in drawn
    assert max(_box(each)[2] for each in root.iter(f"{SVG}text")) < float(root.get("width", 0))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(exams | untested_exams(20))
def test_every_examination_can_be_drawn(exam: Exam) -> None:
    """Well-formed, and complete, whatever the scores."""
    found = classify(exam)
    for language in ("en", "ja"):
        cells = _cells(_part(_root(draw(exam, found, language=language)), "table"))
        assert len(cells) == 136


PAGE = """<!doctype html><meta charset=utf-8>
<meta http-equiv=Content-Security-Policy content="default-src 'none'"><body>{}</body>"""
OVER = """() => {
  const found = [], sheet = document.querySelector('svg').getBoundingClientRect();
  const air = t => { const b = t.getBoundingClientRect(), s = +t.getAttribute('font-size');
    const base = sheet.top + +t.getAttribute('y');
    return {left: b.left, right: b.right, top: base - .74 * s, bottom: base + .1 * s, said: t.textContent}; };
  const all = [...document.querySelectorAll('svg text')].filter(t => t.textContent).map(air);
  all.forEach((a, i) => {
    if (a.left < sheet.left || a.right > sheet.right) found.push([a.said]);
    const over = b => a.left < b.right - .5 && b.left < a.right - .5 && a.top < b.bottom && b.top < a.bottom;
    all.slice(i + 1).filter(over).forEach(b => found.push([a.said, b.said]));
  });
  return found; }"""


@pytest.mark.slow
@pytest.mark.chromium
def test_a_browser_shows_it_under_a_policy_that_forbids_everything() -> None:
    """Inlined under default-src 'none' nothing is refused, and no text overlaps in its own font."""
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing, and CI must have it")
        pytest.skip("needs Debian's chromium (apt-get install chromium)")
    sync = pytest.importorskip("playwright.sync_api")
    with sync.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1300, "height": 900})
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        for exam, found in SHEETS.values():
            for language in ("en", "ja"):
                page.set_content(PAGE.format(draw(exam, found, language=language)))
                assert page.evaluate(OVER) == []
        assert refused == []
        page.set_content(PAGE.format("<p style='color: red'>refused</p>"))
        browser.close()
    assert refused, "the page's policy forbids nothing"
