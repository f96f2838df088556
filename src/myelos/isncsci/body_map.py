"""The body map: how a score is drawn, and a schematic figure of our own with every dermatome, in pixels.

One half of the body is described, ``x`` running from the midline (0) to the side and ``y`` from the crown
of the head (0) to the toes; the other half is its mirror image. The trunk with the leg is one profile with
an inner and an outer edge at every height, the arm a line with a width; a dermatome is a patch of one of
them. Borders between dermatomes vary between people and between published maps: this figure shows their
order and about where they lie, and is no source for anatomy. What the front does not show is unfolded:
S2 is a strip beside the leg (its back), S3 and S4-5 are rings (the seat, from below).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import cos, hypot, pi, sin
from unicodedata import category, east_asian_width

from myelos.isncsci.exam import BLOCKS, MOTOR_TOP, SENSORY_TOP, SIDES, Score, cell_name
from myelos.isncsci.segments import Segment

Point = tuple[float, float]
"""Pixels from the midline, and from the crown of the head."""

Outline = tuple[Point, ...]
"""A closed line through these points."""

INK, QUIET, EDGE, RULE = "#1b2530", "#55606b", "#7d8a96", "#d5dade"
PLAIN, PALE, WHITE = "#e4e8ec", "#f3f4f5", "#ffffff"
TAGGED = "#f5b700"
"""The colour of the mark of a tag."""

COLOURS: dict[int, tuple[str, ...]] = {
    SENSORY_TOP: ("#17406b", "#7fb0d5", "#eef4f9"),
    MOTOR_TOP: ("#17406b", "#3a71a8", "#6fa3cd", "#9fc4e0", "#c9deee", "#eef4f9"),
}
"""The colour of each score by the scale's top: one hue, the darker the more is lost, so that grey will do."""

SEAT: Point = (0.0, 379.0)
"""The middle of the rings of S3 and S4-5."""

_OUTER = (
    *((86, 36.0), (100, 36.5), (118, 35.5), (150, 31.0), (170, 31.0), (190, 35.0), (210, 39.0), (232, 41.5)),
    *((262, 41.5), (296, 39.5), (308, 40.5), (330, 45.5), (356, 44.0), (384, 42.0), (395, 46.5), (407, 57.0)),
    (417, 60.0),
)
"""The outer edge of trunk and leg: height, and pixels from the midline."""

_INNER = (
    *((86, 0.0), (208, 0.0), (212, 0.5), (220, 3.0), (236, 7.0), (262, 12.0), (296, 19.0), (308, 19.0)),
    *((330, 22.0), (356, 27.5), (384, 31.5), (396, 33.0), (410, 36.5), (417, 39.0)),
)
"""The inner edge of trunk (the midline) and leg."""

_ARM_X = ((0.0, 44.5), (1.0, 64.5), (2.0, 78.5), (3.0, 87.0))
_ARM_Y = ((0.0, 88.0), (1.0, 150.0), (2.0, 206.0), (3.0, 240.0))
"""The middle of the arm at shoulder (0), elbow (1), wrist (2) and finger tips (3)."""

_ARM_HALF = ((0.0, 10.0), (0.6, 9.5), (1.0, 8.0), (1.3, 8.4), (2.0, 6.4), (2.3, 9.6), (3.0, 9.0))
"""Half the width of the arm along it."""

_BORDERS = (
    *((90, 92.5), (99.5, 101.5), (109, 110.5), (118.5, 119.5), (128, 128.5), (137.5, 137.5), (147, 146)),
    *((156.5, 154.5), (166, 163), (175.5, 171.5), (185, 180), (196, 189), (211, 201)),
)
"""The borders of T2 to L1 on the trunk, each at the midline and at the side: above T2 ... below L1."""

_SHOULDER: Outline = ((10.5, 66.0), (14, 71.0), (25, 75), (35, 77.5), (43, 79.5), (49, 82), (52.0, 85.0))
"""The line of the shoulder, from the neck to the arm."""


def _between(points: tuple[tuple[float, float], ...], at: float) -> float:
    """The value at ``at`` of the smooth line through (place, value) pairs; constant beyond both ends."""
    right = bisect_right([place for place, _ in points], at)
    if right in (0, len(points)):
        return points[min(right, len(points) - 1)][1]
    (x0, y0), (x1, y1) = points[right - 1], points[right]
    if y0 == y1:  # straight: the midline stays the midline
        return y0
    before, after = points[max(0, right - 2)], points[min(len(points) - 1, right + 1)]
    width, t = x1 - x0, (at - x0) / (x1 - x0)
    slope0, slope1 = (y1 - before[1]) / (x1 - before[0]), (after[1] - y0) / (after[0] - x0)
    height = y0 + (3 * t**2 - 2 * t**3) * (y1 - y0)
    return height + width * ((t**3 - 2 * t**2 + t) * slope0 + (t**3 - t**2) * slope1)


def _on_trunk(across: float, height: float) -> Point:
    """A point of trunk or leg: ``across`` runs from the inner edge (0) to the outer (1)."""
    inner, outer = _between(_INNER, height), _between(_OUTER, height)
    return inner + (outer - inner) * across, height


def _on_arm(across: float, along: float) -> Point:
    """A point of the arm: ``across`` from the little finger's side (-1) to the thumb's (1)."""
    low, high = max(0.0, along - 0.1), min(3.0, along + 0.1)
    dx = _between(_ARM_X, high) - _between(_ARM_X, low)
    dy = _between(_ARM_Y, high) - _between(_ARM_Y, low)
    width = across * _between(_ARM_HALF, along) / hypot(dx, dy)
    return _between(_ARM_X, along) + width * dy, _between(_ARM_Y, along) - width * dx


def _patch(on: Callable[[float, float], Point], *corners: Point) -> Outline:
    """The patch of a limb between ``corners``, its edges following the limb's own shape."""
    edges = pairwise((*corners, corners[0]))
    parts = [step / 16 for step in range(16)]
    return tuple(on(a + (c - a) * t, b + (d - b) * t) for (a, b), (c, d) in edges for t in parts)


def _sleeve(start: float, end: float, low: float, high: float) -> Outline:
    """A patch of the arm from ``start`` to ``end`` along it, from ``low`` to ``high`` across it."""
    return _patch(_on_arm, (high, start), (high, end), (low, end), (low, start))


def _finger(low: float, high: float, end: float) -> Outline:
    """A part of the hand from the wrist to a round tip at ``end``."""
    middle, half = (low + high) / 2, (high - low) / 2
    reach = half * 0.26  # across 1 is 9 px, along 1 is 35 px
    turn = [pi * step / 10 for step in range(11)]
    tip = [_on_arm(middle + half * cos(a), end - reach + reach * sin(a)) for a in turn]
    return (_on_arm(high, 2.0), *tip, _on_arm(low, 2.0))


def _capsule(start: Point, end: Point, half: float) -> Outline:
    """A straight finger from ``start`` to a round tip about ``end``."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    ux, uy = dx / hypot(dx, dy) * half, dy / hypot(dx, dy) * half
    turn = [pi * step / 10 for step in range(11)]
    tip = [(end[0] + uy * cos(a) + ux * sin(a), end[1] - ux * cos(a) + uy * sin(a)) for a in turn]
    return ((start[0] + uy, start[1] - ux), *tip, (start[0] - uy, start[1] + ux))


def _half_ring(centre: Point, inner: float, outer: float, end: float = pi / 2, tall: float = 1) -> Outline:
    """Half a ring between two radii, from the top round to ``end``, ``tall`` times as high as wide."""
    turn = [-pi / 2 + (end + pi / 2) * step / 20 for step in range(21)]
    x, y = centre
    arcs = ((outer, turn), (inner, turn[::-1]))
    return tuple((x + r * cos(a), y + r * tall * sin(a)) for r, arc in arcs for a in arc)


def _bands() -> dict[Segment, tuple[Outline, ...]]:
    """T2 to L1 across the trunk."""
    pairs = pairwise(_BORDERS)
    return {
        Segment(Segment.T2 + n): (_patch(_on_trunk, (0, a), (1, b), (1, d), (0, c)),)
        for n, ((a, b), (c, d)) in enumerate(pairs)
    }


def _arm() -> dict[Segment, tuple[Outline, ...]]:
    """C5 to T1, from the thumb's side round to the little finger's."""
    thumb = _capsule(_on_arm(0.6, 2.12), (97.0, 226.0), 3.9)
    return {
        Segment.C5: (_sleeve(0.02, 1.12, 0, 1),),
        Segment.C6: (thumb, _sleeve(1.12, 2.0, 0, 1)),
        Segment.C7: (_finger(-0.15, 1.0, 3.0),),
        Segment.C8: (_finger(-1.0, -0.15, 2.8),),
        Segment.T1: (_sleeve(0.78, 2.0, -1, 0),),
    }


def _leg() -> dict[Segment, tuple[Outline, ...]]:
    """L2 to S2; the borders run down and inwards."""
    groin = _BORDERS[-1]
    foot = ((0, 411), (0.15, 415), (0.35, 417), (0.64, 416), (0.64, 390))
    strip = [(_between(_INNER, y) - 2.0, y) for y in range(262, 347, 6)]
    return {
        Segment.L2: (_patch(_on_trunk, (0, groin[0]), (1, groin[1]), (1, 236), (0, 258)),),
        Segment.L3: (_patch(_on_trunk, (0, 258), (1, 236), (1, 278), (0, 304)),),
        Segment.L4: (_patch(_on_trunk, (0, 304), (1, 278), (0.6, 326), (0.42, 384), (0, 396)),),
        Segment.L5: (_patch(_on_trunk, (0, 396), *foot, (1, 362), (1, 278), (0.6, 326), (0.42, 384)),),
        Segment.S1: (_patch(_on_trunk, (0.64, 390), (0.64, 416), (0.85, 414), (1, 409), (1, 362)),),
        Segment.S2: ((*strip, *((x - 7.5, y) for x, y in reversed(strip))),),
    }


def _across_bands(across: float, lower: float) -> dict[Segment, Point]:
    """A point in the middle of each of T2 to L1, ``lower`` pixels further down."""
    middles = (((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in pairwise(_BORDERS))
    heights = (inner + (outer - inner) * across + lower for inner, outer in middles)
    return {Segment(Segment.T2 + n): (34 * across, height) for n, height in enumerate(heights)}


FACE: Outline = _half_ring((0, 29), 0.0, 15.0, tall=1.5)
"""The half of the face, which is not examined: it belongs to the trigeminal nerve."""

REGIONS: dict[Segment, tuple[Outline, ...]] = {
    Segment.C2: (_half_ring((0, 28), 14.0, 20.5, pi * 0.3, 1.36),),
    Segment.C3: (((0.0, 52.5), (5.0, 51.0), (9.6, 47.0), (10.0, 58.0), _SHOULDER[0], (0.0, 71.0)),),
    Segment.C4: (((0.0, 71.0), *_SHOULDER, _on_arm(1, 0.02), _on_arm(-1, 0.02), (0.0, 90.0)),),
    **_arm(),
    **_bands(),
    **_leg(),
    Segment.S3: (_half_ring(SEAT, 13.0, 25.0),),
    Segment.S4_5: (_half_ring(SEAT, 0.0, 13.0),),
}
"""The 28 dermatomes of a half, each one or two outlines; the last ones lie on top."""

REGIONS[Segment.T2] = (*REGIONS[Segment.T2], _sleeve(0.02, 0.78, -1, 0))

_UNFOLDED = (Segment.S2, Segment.S3, Segment.S4_5)

MUSCLES: dict[Segment, Point] = {
    Segment.C5: _on_arm(0, 0.35),
    Segment.C6: _on_arm(0, 1.38),
    Segment.C7: _on_arm(0, 0.85),
    Segment.C8: _on_arm(0, 1.9),
    Segment.T1: _on_arm(-0.2, 2.5),
    Segment.L2: _on_trunk(0.5, 226),
    Segment.L3: _on_trunk(0.5, 266),
    Segment.L4: _on_trunk(0.5, 318),
    Segment.L5: _on_trunk(0.5, 400),
    Segment.S1: _on_trunk(0.5, 356),
}
"""Where the score of a key muscle stands: on the part of the limb that moves or moves it."""

MUSCLE_NAMES: dict[Segment, Point] = {
    Segment.C5: (72, 113),
    Segment.C6: (88, 176),
    Segment.C7: (80, 145),
    Segment.C8: (95, 202),
    Segment.T1: (79, 251),
    Segment.L2: (52, 229),
    Segment.L3: (52, 269),
    Segment.L4: (55, 321),
    Segment.L5: (69, 402),
    Segment.S1: (56, 359),
}
"""Where the segment of a key muscle is written: the middle of the text, its base line."""

NAMES: dict[Segment, Point] = {
    **_across_bands(0.36, 3.4),
    Segment.C2: (29, 22),
    Segment.C3: (26, 64),
    Segment.C4: (43, 75),
    Segment.C5: (74, 117),
    Segment.C6: (90, 179),
    Segment.C7: (93, 253),
    Segment.C8: (76, 250),
    Segment.T1: (56, 182),
    Segment.L2: (23, 228),
    Segment.L3: (27, 264),
    Segment.L4: (27, 326),
    Segment.L5: (54, 334),
    Segment.S1: (69, 403),
    Segment.S2: (0, 309),
    Segment.S3: (0, 351),
    Segment.S4_5: (0, 413.5),
}
"""Where a dermatome is named: the middle of the text, its base line; T2 to L4 stand within the dermatome."""

MARKS: dict[Segment, Point] = {
    **_across_bands(0.76, 0.0),
    Segment.C2: (17.2, 30),
    Segment.C3: (5, 61),
    Segment.C4: (26, 82),
    Segment.C5: _on_arm(0.5, 0.6),
    Segment.C6: _on_arm(0.5, 1.5),
    Segment.C7: _on_arm(0.42, 2.7),
    Segment.C8: _on_arm(-0.57, 2.55),
    Segment.T1: _on_arm(-0.5, 1.3),
    Segment.L2: _on_trunk(0.5, 238),
    Segment.L3: _on_trunk(0.5, 277),
    Segment.L4: _on_trunk(0.35, 340),
    Segment.L5: _on_trunk(0.8, 340),
    Segment.S1: _on_trunk(0.82, 404),
    Segment.S2: (_between(_INNER, 290) - 5.7, 290),
    Segment.S3: (13.4, SEAT[1] - 13.4),
    Segment.S4_5: (8.2, SEAT[1] + 1.5),
}
"""Where the tag of a dermatome's score is marked."""


def clean(said: str) -> str:
    """The text escaped for XML; controls, invisible signs, surrogates and non-characters become U+FFFD."""
    unfit = ("Cc", "Cf", "Cs")
    return escape("".join("\ufffd" if category(c) in unfit or c in "\ufffe\uffff" else c for c in said))


def element(name: str, *inside: str, **attributes: str | float | None) -> str:
    """An SVG element: ``inside`` is markup, attributes are plain, with a hyphen for each underscore."""
    written = "".join(
        f' {key.replace("_", "-")}="{clean(value) if isinstance(value, str) else number(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(inside)}</{name}>" if inside else f"<{name}{written}/>"


def number(value: float) -> str:
    """Pixels as they are written, to a tenth."""
    return f"{value:.1f}".removesuffix(".0")


def titled(title: str, *parts: str, cell: str | None = None) -> str:
    """Parts with a title, which is read out and shown under the pointer."""
    return element("g", element("title", clean(title)), *parts, data_cell=cell)


def text(
    x: float,
    y: float,
    said: str,
    size: float = 10,
    anchor: str = "start",
    colour: str = INK,
    bold: bool = False,
) -> str:
    """One line of text, its base line at ``y`` and its ``anchor`` (start, middle, end) at ``x``."""
    place = {"x": x, "y": y, "font_size": size}
    weight = "700" if bold else None
    return element("text", clean(said), **place, text_anchor=anchor, fill=colour, font_weight=weight)


def width_of(said: str, size: float) -> float:
    """How wide a text may become, in pixels: in the widest of the fonts it may be shown in."""
    return sum(1.0 if east_asian_width(c) in "WF" else 0.64 for c in said) * size


def fitted(
    x: float, y: float, said: str, width: float, size: float = 10, anchor: str = "start", bold: bool = False
) -> str:
    """A text no wider than ``width``: smaller if need be, cut at 9 pixels."""
    shown = said[:300]
    while size > 9 and width_of(shown, size) > width:
        size -= 0.5
    while width_of(shown, size) > width:
        shown = shown.removesuffix("…")[:-1] + "…"
    return text(x, y, shown, size, anchor, bold=bold)


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    colour: str,
    edge: str | None = None,
    round: float | None = None,
) -> str:
    """A rectangle from its upper left corner."""
    return element("rect", x=x, y=y, width=width, height=height, rx=round, fill=colour, stroke=edge)


def line(
    x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1, dashes: str | None = None
) -> str:
    """A straight line."""
    ends = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    return element("line", **ends, stroke=colour, stroke_width=width, stroke_dasharray=dashes)


def fill(score: Score, hatch: str) -> str:
    """The colour of a score; ``hatch`` for NT."""
    return hatch if score.value is None else COLOURS[score.top][score.value]


def writing(score: Score, x: float, y: float, said: str, size: float = 9) -> str:
    """Text on the colour of a score, centred at ``x``: white on the dark ones, with a rim on hatching."""
    dark = score.value is not None and 5 * score.value < 2 * score.top
    rim = score.value is None
    return element(
        "text",
        clean(said),
        x=x,
        y=y,
        font_size=size,
        text_anchor="middle",
        fill=WHITE if dark else INK,
        font_weight="600",
        pointer_events="none",
        paint_order="stroke" if rim else None,
        stroke=WHITE if rim else None,
        stroke_width=2.6 if rim else None,
    )


def corners(score: Score, x: float, y: float, width: float) -> str:
    """A yellow corner for each star of a tag, the first on the left."""
    drawn = ("M{} {}h6l-6 6z", "M{} {}h-6l6 6z")[: len(score.tag.value)]
    places = (x, x + width)
    return "".join(
        element("path", d=path.format(at, y), fill=TAGGED, stroke=INK, stroke_width=0.5)
        for path, at in zip(drawn, places, strict=False)
    )


def mark(score: Score, x: float, y: float) -> str:
    """The mark of a tag, ``*`` or ``**`` on yellow, its middle at (x, y); nothing where there is no tag."""
    stars = len(score.tag.value)
    if not stars:
        return ""
    places = [x + 7.0 * (n - (stars - 1) / 2) for n in range(stars)]
    strokes = "".join(
        f"M{number(at - dx)} {number(y - dy)}L{number(at + dx)} {number(y + dy)}"
        for at in places
        for dx, dy in ((0, 2.8), (2.4, 1.4), (2.4, -1.4))
    )
    wide = 9.4 + 7.0 * (stars - 1)
    place = {"x": x - wide / 2, "y": y - 4.7, "width": wide, "height": 9.4, "rx": 4.7}
    disc = element("rect", **place, fill=TAGGED, stroke=INK, stroke_width=0.6)
    return element("g", disc, element("path", d=strokes, stroke=INK, stroke_width=1.1), pointer_events="none")


@dataclass(frozen=True, slots=True)
class _Half:
    """One half of a figure: its cells by segment, the midline, the crown, and -1 for the right or 1."""

    side: str
    block: str
    cells: dict[Segment, Score]
    middle: float
    top: float
    turn: int
    hatch: str

    def at(self, point: Point) -> Point:
        return self.middle + self.turn * point[0], self.top + point[1]

    def path(self, outlines: tuple[Outline, ...]) -> str:
        """The outlines as the data of an SVG path."""
        moved = [[self.at(point) for point in outline] for outline in outlines]
        return "".join(f"M{'L'.join(f'{x:.1f} {y:.1f}' for x, y in points)}Z" for points in moved)

    def titled(self, segment: Segment, *parts: str) -> str:
        cell = cell_name(self.side, self.block, segment)
        return titled(f"{cell}: {self.cells[segment]}", *parts, cell=cell)

    def muscles(self) -> str:
        """A plain shape, and on it a disc with the score of each key muscle."""
        shape = (outline for segment, each in REGIONS.items() if segment not in _UNFOLDED for outline in each)
        parts = [element("path", d=self.path((FACE, *shape)), fill=PLAIN, stroke=PLAIN, stroke_width=0.8)]
        for segment, score in self.cells.items():
            x, y = self.at(MUSCLES[segment])
            disc = element("circle", cx=x, cy=y, r=9, fill=fill(score, self.hatch), stroke=EDGE)
            shown = "NT" if score.value is None else str(score.value)
            parts.append(self.titled(segment, disc, writing(score, x, y + 3.6, shown, 10)))
            parts.append(mark(score, x - self.turn * (5 + 3 * len(score.tag.value)), y - 8))
            parts.append(self.name(segment, MUSCLE_NAMES))
        return "".join(parts)

    def dermatomes(self) -> str:
        """Every dermatome in the colour of its score, then the names (on the left half) and the tags."""
        parts = [element("path", d=self.path((FACE,)), fill=PALE)]
        for segment, outlines in REGIONS.items():
            colour = fill(self.cells[segment], self.hatch)
            region = element("path", d=self.path(outlines), fill=colour, stroke=EDGE, stroke_width=0.7)
            parts.append(self.titled(segment, region))
        if self.turn > 0:
            parts.extend(self.name(segment, NAMES) for segment in REGIONS)
        parts.extend(mark(score, *self.at(MARKS[segment])) for segment, score in self.cells.items())
        return "".join(parts)

    def name(self, segment: Segment, places: dict[Segment, Point]) -> str:
        x, y = self.at(places[segment])
        if places is NAMES and Segment.T2 <= segment <= Segment.L4:
            return writing(self.cells[segment], x, y, segment.label)
        return element("text", segment.label, x=x, y=y, font_size=9, text_anchor="middle", fill=QUIET)


def figure(block: str, sides: tuple[tuple[Score, ...], ...], middle: float, top: float, hatch: str) -> str:
    """One figure for a block of cells (``motor``, ``light_touch``, ``pin_prick``), right side on the left.

    ``sides`` are the scores of the right and the left side; the midline is at ``middle`` and the crown at
    ``top`` (pixels). ``hatch`` fills what could not be tested. Every cell has its name and score as title.
    """
    segments = next(segments for name, segments, _ in BLOCKS if name == block)
    parts = []
    for side, turn, scores in zip(SIDES, (-1, 1), sides, strict=True):
        cells = dict(zip(segments, scores, strict=True))
        half = _Half(side, block, cells, middle, top, turn, hatch)
        parts.append(half.muscles() if block == "motor" else half.dermatomes())
    return "".join(parts)
