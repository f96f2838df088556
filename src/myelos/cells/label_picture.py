"""A label as one SVG picture in millimetres: its symbol on the left, its lines on the right.

The picture stands alone (no script, style sheet, font or address from elsewhere), is the same every time,
and uses presentation attributes only. Lines are broken by an estimate of their width that is a little too
wide, so that they stay on the label in another font; what does not fit is not drawn at all.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from myelos.cells.datamatrix import MODULES, QUIET, Symbol

MODULE_MM = 0.6
"""Side of one module of the symbol, in millimetres (proposal: read by scanners of bags and wristbands)."""

MARGIN_MM = 2.0
_SYMBOL_MM = (MODULES + 2 * QUIET) * MODULE_MM
_TEXT_X = MARGIN_MM + _SYMBOL_MM + 2.0
_LEADING = 1.3
_FOOT_MM = 1.8
_SANS = "'Source Sans 3', 'Segoe UI', Roboto, 'Noto Sans CJK JP', 'Hiragino Sans', 'Yu Gothic', sans-serif"
_MONO = "'DejaVu Sans Mono', 'Noto Sans Mono', Consolas, Menlo, monospace"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: ``size`` in millimetres; bold for what must be seen first, mono for the code."""

    text: str
    size: float = 2.6
    bold: bool = False
    mono: bool = False

    def broken(self, width: float) -> Iterator[Line]:
        """The line in pieces of at most ``width`` mm, broken at blanks, or between wide characters."""
        line = ""
        for piece in _pieces(self.text):
            if line and self.wide(line + piece.rstrip()) > width:
                yield self._with(line)
                line = ""
            for character in piece:  # a piece that is too long by itself breaks anywhere
                if line and self.wide(line + character) > width and character != " ":
                    yield self._with(line)
                    line = ""
                line += character
        if line.strip() or not self.text:
            yield self._with(line)

    def _with(self, text: str) -> Line:
        return Line(text.strip(), self.size, self.bold, self.mono)

    def wide(self, text: str) -> float:
        """How wide a text is in this line's type, in millimetres; an estimate, rather too wide."""
        return sum(_em(character, self.mono) for character in text) * self.size


def _em(character: str, mono: bool) -> float:
    """The width of a character in parts of its size, rather too wide."""
    if mono and character.isascii():
        return 0.62  # bold is no wider
    if not character.isascii() or character in "@%MW":
        return 1.05
    return 0.9 if character in "&mw" else 0.8 if character.isupper() else 0.65


def _pieces(text: str) -> Iterator[str]:
    """What may not be torn apart: words with the blank after them, and each wide character alone."""
    piece = ""
    for character in text:
        if unicodedata.east_asian_width(character) in "WF":
            yield from (piece, character) if piece else (character,)
            piece = ""
            continue
        piece += character
        if character == " ":
            yield piece
            piece = ""
    if piece:
        yield piece


def picture(
    symbol: Symbol, lines: Sequence[Line], foot: str, width_mm: int, height_mm: int, language: str
) -> str | None:
    """The SVG text of a label, or None when its lines do not fit on it; ``foot`` is small, at the bottom."""
    room = width_mm - _TEXT_X - MARGIN_MM
    broken = [piece for line in lines for piece in line.broken(room)]
    bottom = MARGIN_MM + max(_SYMBOL_MM, sum(line.size * _LEADING for line in broken))
    below = Line(foot, _FOOT_MM)
    if bottom > height_mm - _FOOT_MM * 1.5 or below.wide(foot) > width_mm - 2 * MARGIN_MM:
        return None
    corner = MARGIN_MM + QUIET * MODULE_MM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_mm}mm" height="{height_mm}mm"'
        f' viewBox="0 0 {width_mm} {height_mm}" role="img" lang="{language}">',
        f"<title>{symbol.label}</title>",
        f'<rect width="{width_mm}" height="{height_mm}" fill="#fff"/>',
        f'<path d="{symbol.path(corner, corner, MODULE_MM)}" fill="#000" shape-rendering="crispEdges"/>',
    ]
    down = MARGIN_MM
    for line in broken:
        down += line.size * _LEADING
        parts.append(_drawn(line, down - line.size * (_LEADING - 1)))
    parts.append(_drawn(below, height_mm - _FOOT_MM / 2, MARGIN_MM))
    return "\n".join([*parts, "</svg>\n"])


def _drawn(line: Line, down: float, across: float = _TEXT_X) -> str:
    family = _MONO if line.mono else _SANS
    weight = ' font-weight="700"' if line.bold else ""
    return (
        f'<text x="{across:g}" y="{down:.2f}" font-family="{family}" font-size="{line.size:g}"{weight}'
        f' fill="#000">{escape(line.text)}</text>'
    )
