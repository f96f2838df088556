"""Draw one examination as one SVG picture: the table of scores, three body maps, sums and results.

The picture stands alone (no script, style sheet, font or address from elsewhere), is the same every time,
and uses presentation attributes only, so that a strict Content-Security-Policy holds where it is inlined.
The sheet and the figure are our own design (see :mod:`myelos.isncsci.body_map`); a worksheet's artwork and
wording are not copied. As examiners face the person, the person's right side is on the left of the sheet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from myelos.isncsci.body_map import (
    EDGE,
    INK,
    PALE,
    QUIET,
    RULE,
    WHITE,
    box,
    clean,
    corners,
    element,
    figure,
    fill,
    fitted,
    line,
    mark,
    text,
    titled,
    writing,
)
from myelos.isncsci.classification import Classification
from myelos.isncsci.editions import OUTPUTS
from myelos.isncsci.exam import BLOCKS, MOTOR_TOP, SENSORY_TOP, SIDES, Answer, Exam, Score, Tag, cell_name
from myelos.isncsci.segments import DERMATOMES, KEY_MUSCLES, LABELS, Segment

WIDTH = 1220
"""Pixels across."""

_LEVEL_COLOURS = {"sensory": "#b4430d", "motor": "#6a3d9a", "nli": INK}
FONT = (
    "'Source Sans 3', 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans CJK JP', "
    "'Hiragino Sans', 'Yu Gothic', Meiryo, sans-serif"
)

_COLUMNS = {
    "right": {"muscle": 123, "M": 129, "motor": 146, "light_touch": 184, "pin_prick": 219, "S": 255},
    "left": {"muscle": 465, "M": 443, "motor": 408, "light_touch": 335, "pin_prick": 370, "S": 317},
}
"""Where the columns of the table begin (the muscle's name: where it ends or begins), in pixels."""

_LEFT, _CENTRE, _TABLE_END, _PANEL, _END = 24, 294, 564, 592, 1196
_ROW, _CELL = 19, 34
_FIGURES = {"motor": 688, "light_touch": 894, "pin_prick": 1100}
_HEAD = 40
_PARTS = (Segment.T1, Segment.L1, Segment.S1)
"""The segments above which the table draws a line: the cord's cervical, thoracic, lumbar and sacral parts."""

_KINDS = ("sensory", "motor", "zpp_sensory", "zpp_motor")
"""The results of each side."""

_SUMS = ("uems", "lems", "light_touch", "pin_prick")
"""The sums of each side and of both."""

_WORDS: dict[str, tuple[str, str]] = {
    "heading": ("Neurological examination (ISNCSCI)", "脊髄損傷の神経学的検査 (ISNCSCI)"),
    "edition": ("{edition} edition", "{edition}年版"),
    "right": ("Right", "右"),
    "left": ("Left", "左"),
    "motor-column": ("Motor", "運動"),
    "light_touch-column": ("LT", "触覚"),
    "pin_prick-column": ("PP", "痛覚"),
    "motor-figure": ("Motor (key muscles)", "運動 (主要筋)"),
    "light_touch-figure": ("Light touch (LT)", "触覚"),
    "pin_prick-figure": ("Pin prick (PP)", "痛覚"),
    "muscle": ("Key muscle", "主要筋"),
    "C5": ("Elbow flexors", "肘屈筋群"),
    "C6": ("Wrist extensors", "手関節背屈筋群"),
    "C7": ("Elbow extensors", "肘伸筋群"),
    "C8": ("Finger flexors", "手指屈筋群"),
    "T1": ("Finger abductors", "小指外転筋"),
    "L2": ("Hip flexors", "股関節屈筋群"),
    "L3": ("Knee extensors", "膝伸筋群"),
    "L4": ("Dorsiflexors", "足関節背屈筋群"),
    "L5": ("Toe extensors", "足趾伸筋群"),
    "S1": ("Plantar flexors", "足関節底屈筋群"),
    "non_key": ("Lowest non-key muscle", "主要筋以外の最下位筋"),
    "none": ("none", "なし"),
    "vac": ("Voluntary anal contraction (VAC)", "随意肛門収縮 (VAC)"),
    "dap": ("Deep anal pressure (DAP)", "深部肛門圧 (DAP)"),
    "any_anal_sensation": ("Any anal sensation", "肛門部の感覚"),
    "yes": ("yes", "あり"),
    "no": ("no", "なし"),
    "or": (" or ", "または"),
    "comma": (", ", "、"),
    "ais": ("Grade (AIS)", "AIS"),
    "complete": ("Injury", "損傷の程度"),
    "C": ("complete", "完全損傷"),
    "I": ("incomplete", "不全損傷"),
    "nli": ("Neurological level (NLI)", "神経学的損傷高位 (NLI)"),
    "sensory": ("Sensory level", "感覚高位"),
    "motor": ("Motor level", "運動高位"),
    "zpp_sensory": ("ZPP, sensory", "ZPP (感覚)"),
    "zpp_motor": ("ZPP, motor", "ZPP (運動)"),
    "sums": ("Sums", "合計点"),
    "both": ("Both", "左右計"),
    "uems": ("Upper limb motor (UEMS)", "上肢運動 (UEMS)"),
    "lems": ("Lower limb motor (LEMS)", "下肢運動 (LEMS)"),
    "light_touch": ("Light touch", "触覚"),
    "pin_prick": ("Pin prick", "痛覚"),
    "legend": ("Legend", "凡例"),
    "sensory-scale": ("LT, PP", "感覚"),
    "normal": ("normal", "正常"),
    "altered": ("altered", "鈍麻・過敏"),
    "absent": ("absent", "消失"),
    "normal-strength": ("5 normal", "5 正常"),
    "no-strength": ("0 none", "0 収縮なし"),
    "NT": ("not testable", "検査不能"),
    "*": ("other cause; taken as not normal", "脊髄損傷以外が原因、正常でないとみなす"),
    "**": ("other cause; taken as normal", "脊髄損傷以外が原因、正常とみなす"),
    "S": ("S", "感"),
    "M": ("M", "運"),
    "possible": ("one of several possible", "可能性のある高位の一つ"),
    "starred": ("after a result: it depends on tagged cells", "結果の後ろの印: 印のある検査値に依存"),
    "zpp": ("ZPP: zone of partial preservation", "ZPP: 部分残存域"),
    "unclaimed": ("–: nothing is claimed under this edition", "–: この版では判定しない"),
    "seen": ("Front view; the right side is on the left.", "正面図。向かって左が本人の右側。"),
    "unfolded": ("S2: back of the leg, unfolded beside it.", "S2: 下肢後面を展開し、脚の内側に示す。"),
    "seat": ("Rings: seat from below, S3 outside, S4-5 inside.", "円: 会陰部 (下方より)、外側S3、内側S4-5。"),
    "unclassified": ("Scores only, without a classification.", "検査値のみ (分類結果なし)。"),
    "research": (
        "Research software: it recommends no treatment.",
        "研究用ソフトウェアであり、治療を推奨するものではない。",
    ),
}

WORDS = {language: {key: said[n] for key, said in _WORDS.items()} for n, language in enumerate(("en", "ja"))}
"""The words of the sheet by language."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What is drawn, in which words, and the prefix of every id."""

    exam: Exam
    found: Classification | None
    words: dict[str, str]
    name: str

    @property
    def top(self) -> int:
        """Where the table and the figures begin, in pixels: below the results if there are any."""
        return 74 if self.found is None else 152

    @property
    def height(self) -> int:
        return self.top + 716

    @property
    def hatch(self) -> str:
        return f"url(#{self.name}-hatch) #e3e6e9"


def draw(
    exam: Exam, classification: Classification | None = None, *, language: str = "en", name: str = "exam"
) -> str:
    """The examination as one SVG text, 1220 pixels wide; with its ``classification`` also the results.

    The table has every cell once, each with a ``<title>`` (``right_motor_C5: 3*``); NT is hatched, tags are
    marked, levels stand beside their segment (outlined when one of several possible). Three figures show
    the key muscles, light touch and pin prick. ``language`` is ``en`` or ``ja``, KeyError for another;
    ``name`` begins every id, so that several drawings share a page. Raises ValueError when it cannot be an
    id, and for the classification of another examination. Pure: the same examination always gives the same
    text. Any ``id`` of an examination is safe to draw.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
        raise ValueError(f"{name!r} cannot begin an id")
    if classification is not None and classification.id != exam.id:
        raise ValueError(f"the results of {classification.id!r} do not belong on the sheet of {exam.id!r}")
    sheet = _Sheet(exam, classification, WORDS[language], name)
    return element(
        "svg",
        *_parts(sheet),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {sheet.height}",
        width=WIDTH,
        height=sheet.height,
        role="img",
        lang=language,
        font_family=FONT,
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-desc",
    )


def _parts(sheet: _Sheet) -> tuple[str, ...]:
    return (
        element("title", clean(f"{sheet.words['heading']}: {sheet.exam.id}"), id=f"{sheet.name}-title"),
        element("desc", clean(_said(sheet)), id=f"{sheet.name}-desc"),
        element("defs", _hatching(sheet)),
        box(0, 0, WIDTH, sheet.height, WHITE),
        _heading(sheet),
        _results(sheet),
        _table(sheet),
        *(_figure(sheet, block) for block in _FIGURES),
        _notes(sheet),
        _sums(sheet),
        _legend(sheet),
        text(_LEFT, sheet.height - 12, sheet.words["research"], colour=QUIET),
    )


def _hatching(sheet: _Sheet) -> str:
    lines = box(0, 0, 5, 5, WHITE) + line(0, 0, 0, 5, EDGE, 2.4)
    units = {"patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    return element("pattern", lines, id=f"{sheet.name}-hatch", width=5, height=5, **units)


def _written(sheet: _Sheet, output: str) -> str:
    """An output as it is shown: its value, or the set of its possible values; with a star if it has one."""
    found, words = sheet.found, sheet.words
    values = found.values(output) if found else ()
    shown = [words[value] for value in values] if output == "complete" else _runs(values)
    most = words["comma"].join(shown[:-1])
    joined = words["or"].join(part for part in (most, *shown[-1:]) if part)
    return (joined or "–") + ("*" if found and output in found.stars else "")


_PLACES = {label: segment for segment, label in LABELS.items()}


def _runs(values: tuple[str, ...]) -> list[str]:
    """The values, three or more neighbouring segments as one run: ``C4–C7``."""
    runs: list[list[str]] = []
    for value in values:
        follows = runs and _PLACES.get(runs[-1][-1], -2) + 1 == _PLACES.get(value, -2)
        runs[-1].append(value) if follows else runs.append([value])
    parts = [[f"{run[0]}–{run[-1]}"] if len(run) > 2 else run for run in runs]
    return [place for part in parts for place in part]


def _said(sheet: _Sheet) -> str:
    """The picture in words, for those who cannot see it."""
    words = sheet.words
    said = [words["research"], words["seen"]]
    answers = [(words[key], answer) for key, answer in _answers(sheet.exam)]
    said += [f"{label}: {words.get(answer.value, answer.value)}." for label, answer in answers]
    if sheet.found is not None:
        said += [f"{_label(words, output)}: {_written(sheet, output)}." for output in OUTPUTS]
        said += [f"{words[name]}: {getattr(sheet.found.sums, name)}." for name in _SUMS]
    return " ".join(said)


def _answers(exam: Exam) -> list[tuple[str, Answer]]:
    """The answers the examination has: VAC, DAP and, where it was asked, any anal sensation."""
    asked = {"vac": exam.vac, "dap": exam.dap, "any_anal_sensation": exam.any_anal_sensation}
    return [(key, answer) for key, answer in asked.items() if answer is not None]


def _label(words: dict[str, str], output: str) -> str:
    """The name of an output: ``Motor level, right``."""
    kind, _, side = output.rpartition("_")
    return words[output] if side not in SIDES else f"{words[kind]}, {words[side]}"


def _heading(sheet: _Sheet) -> str:
    words, found = sheet.words, sheet.found
    parts = [
        fitted(_LEFT, 34, words["heading"], 800, 17, bold=True),
        fitted(_LEFT, 56, sheet.exam.id, 800, 12),
    ]
    if found is None:
        said = words["unclassified"]
    else:
        said = words["edition"].format(edition=found.edition)
    return element("g", *parts, text(_END, 34, said, 11, "end", QUIET))


def _results(sheet: _Sheet) -> str:
    """Grade, completeness and NLI large, then levels and zones of both sides."""
    if sheet.found is None:
        return ""
    parts = []
    for output, x, width in (("ais", _LEFT, 170), ("complete", 202, 188), ("nli", 398, 188)):
        shown = _written(sheet, output)
        caption = fitted(x + 12, 88, _label(sheet.words, output), width - 20)
        value = fitted(x + 12, 120, shown, width - 20, 24, bold=True)
        card = box(x, 70, width, 62, PALE, round=4)
        parts.append(titled(f"{_label(sheet.words, output)}: {shown}", card, caption, value))
    for n, kind in enumerate(_KINDS):
        x = _PANEL + 62 + n * 137
        parts.append(fitted(x, 84, sheet.words[kind], 132))
        for side, y in (("right", 105), ("left", 127)):
            output = f"{kind}_{side}"
            shown = _written(sheet, output)
            value = fitted(x, y, shown, 132, 13, bold=True)
            parts.append(titled(f"{_label(sheet.words, output)}: {shown}", value))
    for side, y in (("right", 105), ("left", 127)):
        parts.append(line(_PANEL + 8, y - 15, _END, y - 15, RULE))
        parts.append(text(_PANEL + 8, y, sheet.words[side], 10, colour=QUIET))
    return element("g", *parts, id=f"{sheet.name}-results")


def _table(sheet: _Sheet) -> str:
    """Every cell once: the segments downwards, the person's right side on the left."""
    rows = sheet.top + _HEAD
    parts = [_stripes(sheet, rows)]
    for side in SIDES:
        parts.append(_column_heads(sheet, side))
        for block, segments, _ in BLOCKS:
            scores = getattr(sheet.exam.side(side), block)
            for segment, score in zip(segments, scores, strict=True):
                x, y = _COLUMNS[side][block], rows + (segment - 1) * _ROW
                parts.append(_cell(sheet, cell_name(side, block, segment), score, x, y))
    parts.extend(_level(sheet, output, rows) for output in OUTPUTS[:5])
    parts.append(_entries(sheet, rows + 30 * _ROW + 8))
    return element("g", *parts, id=f"{sheet.name}-table")


def _stripes(sheet: _Sheet, rows: int) -> str:
    """The names of segments and key muscles, and lines between the parts of the cord."""
    levels = _levels_of(sheet, "nli")
    parts = []
    for segment in Segment:
        y = rows + (segment - 1) * _ROW
        if segment in _PARTS:
            parts.append(line(_LEFT, y - 0.5, _TABLE_END, y - 0.5, EDGE, 0.8))
        marked = segment.label in levels
        colour = WHITE if marked and len(levels) == 1 else INK if segment in DERMATOMES else QUIET
        if marked:
            pill = INK if len(levels) == 1 else WHITE
            parts.append(box(_CENTRE - 20, y + 1, 40, _ROW - 3, pill, INK, 7))
        parts.append(text(_CENTRE, y + 13, segment.label, 10, "middle", colour, bold=True))
        if segment in KEY_MUSCLES:
            for side, anchor in (("right", "end"), ("left", "start")):
                muscle = sheet.words[segment.label]
                parts.append(text(_COLUMNS[side]["muscle"], y + 13, muscle, 10, anchor, QUIET))
    return "".join(parts)


def _column_heads(sheet: _Sheet, side: str) -> str:
    words, places, top = sheet.words, _COLUMNS[side], sheet.top
    anchor, x = ("start", _LEFT) if side == "right" else ("end", _TABLE_END)
    towards = "end" if side == "right" else "start"
    heads = [text(x, top + 13, words[side], 13, anchor, bold=True)]
    heads.append(text(places["muscle"], top + 33, words["muscle"], 10, towards, QUIET))
    middles = ((block, places[block] + _CELL / 2) for block, _, _ in BLOCKS)
    heads.extend(
        text(middle, top + 33, words[f"{block}-column"], 10, "middle", bold=True) for block, middle in middles
    )
    return "".join(heads)


def _cell(sheet: _Sheet, cell: str, score: Score, x: float, y: float) -> str:
    """One cell: its colour, its score and its tag."""
    plain = box(x, y, _CELL, _ROW - 1, fill(score, sheet.hatch), RULE)
    said = writing(score, x + _CELL / 2, y + 13, str(score), 11)
    return titled(f"{cell}: {score}", plain, corners(score, x, y, _CELL), said, cell=cell)


def _levels_of(sheet: _Sheet, output: str) -> tuple[str, ...]:
    return () if sheet.found is None else tuple(v for v in sheet.found.values(output) if v in _PLACES)


def _level(sheet: _Sheet, output: str, rows: int) -> str:
    """A level: a line below its segment and a flag beside it.

    Of several possible ones each has its flag, outlined, and the first and the last a line, dashed.
    """
    kind, _, side = output.rpartition("_")
    values = _levels_of(sheet, output)
    colour = _LEVEL_COLOURS[kind or output]
    dashes = "3 2" if len(values) > 1 else None
    flag, first, last = {"sensory": ("S", "light_touch", "pin_prick")}.get(kind, ("M", "motor", "motor"))
    left, right = (_COLUMNS[side][first] - 1, _COLUMNS[side][last] + _CELL + 1) if kind else (272, 316)
    parts = []
    for value in values:
        y = rows + _PLACES[value] * _ROW - 0.5
        if value in (values[0], values[-1]):
            parts.append(line(left, y, right, y, colour, 2, dashes))
        if kind:
            parts.append(_flag(sheet.words[flag], _COLUMNS[side][flag], y - 16, colour, len(values) == 1))
    return titled(f"{_label(sheet.words, output)}: {_written(sheet, output)}", *parts) if parts else ""


def _flag(word: str, x: float, y: float, colour: str, only: bool) -> str:
    inside, letter = (colour, WHITE) if only else (WHITE, colour)
    said = text(x + 7.5, y + 10.2, word, 9, "middle", letter, bold=True)
    return box(x, y, 15, 13.5, inside, colour, 2.5) + said


def _entries(sheet: _Sheet, y: float) -> str:
    """Below the table: the lowest non-key muscle of each side, and the answers in the colours of scores."""
    words = sheet.words
    entries = []
    for side in SIDES:
        muscle = sheet.exam.side(side).non_key
        read = "none" if muscle is None else muscle.label
        shown = words["none"] if muscle is None else read
        entries.append(
            (f"{side}_non_key", f"{words[side]}: {words['non_key']}", read, shown, Score(MOTOR_TOP))
        )
    for key, answer in _answers(sheet.exam):
        shown = "NT" if answer is Answer.NT else words[answer.value]
        like = {Answer.YES: SENSORY_TOP, Answer.NO: 0, Answer.NT: None}[answer]
        entries.append((key, words[key], answer.value, shown, Score(like, top=SENSORY_TOP)))
    parts = []
    for n, (cell, label, read, shown, score) in enumerate(entries):
        x, down = (_LEFT, 306)[n % 2], y + n // 2 * 23
        inside = box(x + 216, down, 42, _ROW - 1, fill(score, sheet.hatch), RULE)
        said = fitted(x, down + 13, label, 210) + inside + writing(score, x + 237, down + 13, shown, 10.5)
        parts.append(titled(f"{cell}: {read}", said, cell=cell))
    return "".join(parts)


def _figure(sheet: _Sheet, block: str) -> str:
    middle, top = _FIGURES[block], sheet.top
    sides = tuple(getattr(sheet.exam.side(side), block) for side in SIDES)
    parts = [text(middle, top + 13, sheet.words[f"{block}-figure"], 11, "middle", bold=True)]
    parts += [
        text(middle + x, top + 58, sheet.words[side], 10, "middle", QUIET)
        for side, x in zip(SIDES, (-66, 66), strict=True)
    ]
    parts.append(figure(block, sides, middle, top + 32, sheet.hatch))
    return element("g", *parts, id=f"{sheet.name}-{block}")


def _notes(sheet: _Sheet) -> str:
    """How the figures are to be read."""
    down = sheet.top + (484 if sheet.found is None else 612)
    said = (sheet.words[key] for key in ("seen", "unfolded", "seat"))
    return "".join(fitted(_PANEL, down + 17 * n, note, 290) for n, note in enumerate(said))


def _sums(sheet: _Sheet) -> str:
    if sheet.found is None:
        return ""
    top, columns = sheet.top + 484, {"right": 766, "left": 814, "both": 862}
    parts = [text(_PANEL, top, sheet.words["sums"], 11, bold=True)]
    parts += [text(x, top, sheet.words[word], 10, "middle", QUIET) for word, x in columns.items()]
    for n, name in enumerate(_SUMS):
        y = top + 24 + 22 * n
        parts.append(line(_PANEL, y - 15, 886, y - 15, RULE))
        parts.append(fitted(_PANEL, y, sheet.words[name], 146))
        for column, x in columns.items():
            key = name if column == "both" else f"{name}_{column}"
            shown = str(getattr(sheet.found.sums, key))
            parts.append(titled(f"{key}: {shown}", fitted(x, y, shown, 47, 11, "middle", bold=True)))
    return element("g", *parts, id=f"{sheet.name}-sums")


def _legend(sheet: _Sheet) -> str:
    words, x, y = sheet.words, 908, sheet.top + 484
    parts = [text(x, y, words["legend"], 11, bold=True)]
    scales = (words["sensory-scale"], words["motor-column"])
    for n, label in enumerate(scales):
        parts.append(text(x, y + 22 + 20 * n, label, 10, colour=QUIET))
    for value, word in ((2, "normal"), (1, "altered"), (0, "absent")):
        parts.append(
            _sample(sheet, Score(value, top=SENSORY_TOP), x + 44 + 86 * (2 - value), y + 22, words[word])
        )
    for value in range(MOTOR_TOP + 1):
        parts.append(_sample(sheet, Score(value), x + 44 + 24 * (MOTOR_TOP - value), y + 42, ""))
    strength = words["comma"].join((words["normal-strength"], words["no-strength"]))
    parts.append(text(x + 192, y + 42, strength, 10))
    parts.append(_sample(sheet, Score(None), x, y + 64, words["NT"]))
    for n, tag in enumerate((Tag.NOT_NORMAL, Tag.NORMAL)):
        score, down = Score(3, tag), y + 86 + 22 * n
        parts += [_sample(sheet, score, x, down, ""), mark(score, x + 40, down - 4)]
        parts.append(fitted(x + 56, down, words[tag.value], 232))
    return element("g", *parts, _legend_of_results(sheet, x, y + 132), id=f"{sheet.name}-legend")


def _legend_of_results(sheet: _Sheet, x: float, y: float) -> str:
    if sheet.found is None:
        return ""
    words = sheet.words
    flags = [
        _flag(words["S"], x, y - 11, _LEVEL_COLOURS["sensory"], True) + text(x + 22, y, words["sensory"]),
        _flag(words["M"], x + 108, y - 11, _LEVEL_COLOURS["motor"], True) + text(x + 130, y, words["motor"]),
        box(x + 212, y - 12, 40, 16, INK, INK, 7) + text(x + 232, y, "NLI", 10, "middle", WHITE, bold=True),
        _flag(words["S"], x, y + 11, _LEVEL_COLOURS["sensory"], False)
        + text(x + 22, y + 22, words["possible"]),
        text(x + 4, y + 46, "*", 12, bold=True) + fitted(x + 22, y + 44, words["starred"], 264),
        text(x, y + 66, words["zpp"]),
        "" if all(map(sheet.found.values, OUTPUTS)) else text(x, y + 83, words["unclaimed"]),
    ]
    return "".join(flags)


def _sample(sheet: _Sheet, score: Score, x: float, y: float, word: str) -> str:
    """A cell of the legend and what it means."""
    cell = box(x, y - 12, 24, 16, fill(score, sheet.hatch), RULE) + corners(score, x, y - 12, 24)
    return cell + writing(score, x + 12, y, str(score), 10) + text(x + 30, y, word)
