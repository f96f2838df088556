"""The DataMatrix symbol of a label: drawn, and read back from its picture before it may count as printed.

Every label gives a symbol of one size, 20 x 20 modules, by the widest margin of error correction that still
leaves modules of half a millimetre on a square centimetre: nine wrong codewords of forty are set right. A
decoder can also set too much right and give another text; the check character of the label is there for that.
zxing-cpp draws and reads; the same label always gives the same modules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from myelos.cells.labels import Label
from myelos.findings import Finding, Place, Refused

MODULES = 20
"""Modules on each side of a symbol."""

QUIET = 2
"""Blank modules around a symbol; ISO/IEC 16022 asks for one (recalled)."""

_SIZE = 6
"""What the drawing library calls 20 x 20."""

_NOWHERE = Place()
_DATAMATRIX = zxingcpp.BarcodeFormat.DataMatrix
_FORMATS = zxingcpp.BarcodeFormats(_DATAMATRIX)

Picture = NDArray[np.uint8]
"""Grey (rows x columns) or colour (rows x columns x 3), 0 dark to 255 light."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """What is drawn for a label: ``rows`` of ``#`` (dark) and ``.`` (light), without the blank border."""

    label: Label
    rows: tuple[str, ...]

    def picture(self, pixels: int = 4) -> Picture:
        """The symbol with its blank border, ``pixels`` to a module (1 or more)."""
        dark = np.array([[module == "#" for module in row] for row in self.rows])
        grey = np.where(np.pad(dark, QUIET), 0, 255).astype(np.uint8)
        return np.kron(grey, np.ones((pixels, pixels), dtype=np.uint8))

    def path(self, x: float, y: float, module: float) -> str:
        """The dark modules as the ``d`` of one SVG path, the symbol's upper left corner at (x, y)."""
        runs = []
        for down, row in enumerate(self.rows):
            across = 0
            while across < len(row):
                length = len(row) - across - len(row[across:].lstrip(row[across]))
                if row[across] == "#":
                    at = f"M{x + across * module:g} {y + down * module:g}"
                    runs.append(f"{at}h{length * module:g}v{module:g}h{-length * module:g}z")
                across += length
        return "".join(runs)


def draw(label: Label) -> Symbol:
    """The symbol of a label. It is not proven readable yet: see :func:`print_symbol`."""
    made = zxingcpp.create_barcode(str(label), _DATAMATRIX, version=_SIZE)
    image = zxingcpp.write_barcode_to_image(made, scale=1, add_quiet_zones=False)
    rows = tuple("".join("#" if grey == 0 else "." for grey in row) for row in np.asarray(image))
    if len(rows) != MODULES or any(len(row) != MODULES for row in rows):
        raise ValueError(f"the symbol of {label} is not {MODULES} x {MODULES}")  # another library's sizes
    return Symbol(label, rows)


def decode(picture: Picture, place: Place = _NOWHERE) -> str:
    """The text of the one DataMatrix symbol in a picture, turned or scaled; any text, not only a label's.

    Raises Refused when what is given is no picture, no symbol is found, the only one found is damaged beyond
    correction, or there are several (which of them was meant is not guessed).
    """
    if not _is_picture(picture):
        raise Refused([Finding("cells.symbol-no-picture", place)])
    every = zxingcpp.read_barcodes(
        picture, formats=_FORMATS, text_mode=zxingcpp.TextMode.Plain, return_errors=True
    )
    whole = [each for each in every if each.valid]
    if not whole:
        raise Refused([Finding("cells.symbol-damaged" if every else "cells.symbol-none", place)])
    if len(whole) > 1:
        raise Refused([Finding("cells.symbol-several", place, {"n": len(whole)})])
    return str(whole[0].text)


def _is_picture(picture: object) -> bool:
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8 or 0 in picture.shape:
        return False
    return picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)


def print_symbol(
    label: Label, render: Callable[[Symbol], Picture] = Symbol.picture, place: Place = _NOWHERE
) -> Symbol:
    """The symbol of a label, drawn and read back: what does not come back as the label was not printed.

    ``render`` gives the picture that is read back: that of the printer, a camera or a page, else our own.
    Raises Refused when nothing is read, or another text than the label's.
    """
    symbol = draw(label)
    if decode(render(symbol), place) != str(label):
        raise Refused([Finding("cells.symbol-reads-otherwise", place, {"label": str(label)})])
    return symbol
