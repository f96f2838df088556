"""DataMatrix symbols: what is drawn is read, as another program draws it too, or refused; never another."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myelos.cells.datamatrix import MODULES, QUIET, Picture, Symbol, decode, draw, print_symbol
from myelos.cells.labels import Label, LabelKind, issue, read_label
from myelos.findings import Refused

LABEL = issue(LabelKind.CONTAINER, "SAPP1", 27, 69)

LIBDMTX = """
#.#.#.#.#.#.#.#.#.#.
#.#.#..#.......#..##
#.#..#..##.######...
##...#.#..#.#.##.#.#
#.#...#.#.#.#.##.##.
#...##..##...#####.#
####......#.#.#.#...
#.###..#.###...#.#.#
#..#..#.#....##.#...
##.#..##.#..##..##.#
#..#.#.#.#..###.....
#.....###...#..##.##
#.##..##.#####.###..
#..##..##.#######.##
########....##.#..#.
##...##.###..#...#.#
##..#..###.....#.##.
#.##..############.#
#....##......##...#.
####################
""".split()
"""The symbol of CSAPP1270000698 made by libdmtx 0.7.8 (size 20x20), an encoder with no code in common."""

labels = st.builds(
    Label,
    st.sampled_from(LabelKind),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=5, max_size=5),
    st.integers(0, 99),
    st.integers(0, 999_999),
)


def codes(picture: object) -> list[str]:
    """Why nothing can be read in a picture."""
    with pytest.raises(Refused) as refused:
        decode(picture)  # type: ignore[arg-type]
    return [finding.code for finding in refused.value.findings]


def test_the_symbol_is_the_one_another_program_makes() -> None:
    """libdmtx and zxing-cpp agree on every one of the 400 modules."""
    assert str(LABEL) == "CSAPP1270000698"
    assert list(draw(LABEL).rows) == LIBDMTX


@given(labels)
def test_what_is_drawn_is_read(label: Label) -> None:
    """Every label is drawn in 20 x 20 modules and comes back from its picture; twice gives the same."""
    symbol = draw(label)
    assert symbol == draw(label)
    assert len(symbol.rows) == MODULES
    assert decode(symbol.picture()) == str(label)


@given(labels, st.integers(2, 12), st.integers(0, 3), st.booleans(), st.integers(0, 60))
def test_scaled_turned_and_placed_anywhere_it_is_read(
    label: Label, pixels: int, quarters: int, colour: bool, margin: int
) -> None:
    """Another scale, a quarter turn, a wide margin, a colour picture: the same text."""
    picture = np.pad(np.rot90(draw(label).picture(pixels), quarters), margin, constant_values=255)
    picture = np.repeat(picture[:, :, None], 3, axis=2) if colour else picture
    assert decode(np.ascontiguousarray(picture)) == str(label)


def turned(picture: Picture, degrees: float) -> Picture:
    """The picture turned about its middle by any angle, nearest pixel, on white."""
    angle, size = np.deg2rad(degrees), int(max(picture.shape) * 1.5)
    down, across = np.mgrid[:size, :size] - size / 2
    row = np.rint(np.cos(angle) * down - np.sin(angle) * across + picture.shape[0] / 2).astype(int)
    column = np.rint(np.sin(angle) * down + np.cos(angle) * across + picture.shape[1] / 2).astype(int)
    inside = (row >= 0) & (row < picture.shape[0]) & (column >= 0) & (column < picture.shape[1])
    made = np.full((size, size), 255, dtype=np.uint8)
    made[inside] = picture[row[inside], column[inside]]
    return made


@pytest.mark.parametrize("degrees", range(0, 360, 15))
def test_at_any_angle_it_is_read(degrees: int) -> None:
    """A bag is not held straight: every 15 degrees."""
    assert decode(turned(draw(LABEL).picture(8), degrees)) == str(LABEL)


def damaged(symbol: Symbol, rng: np.random.Generator) -> Picture:
    """The symbol's picture with modules turned over one by one, a patch of noise, a blot or a scratch."""
    side, pixels = MODULES + 2 * QUIET, 6
    grey = symbol.picture(1).copy()
    at, size = rng.integers(QUIET, side - QUIET, 2), rng.integers(1, 12, 2)
    patch = grey[at[0] : at[0] + size[0], at[1] : at[1] + size[1]]
    match rng.integers(4):
        case 0:
            rows, columns = rng.integers(QUIET, side - QUIET, (2, rng.integers(1, 40)))
            grey[rows, columns] = 255 - grey[rows, columns]
        case 1:
            patch[:] = rng.choice(np.array([0, 255], dtype=np.uint8), patch.shape)
        case 2:
            patch[:] = rng.choice([0, 255])
        case _:
            grey[:, at[1]] = rng.choice([0, 255])
    return np.kron(grey, np.ones((pixels, pixels), dtype=np.uint8))


def read_damaged(n: int) -> tuple[int, int, list[tuple[str, str]]]:
    """Of n damaged symbols: how many are read, how many are refused, and which were read as another text."""
    rng, read, refused, other = np.random.default_rng(4), 0, 0, []
    for serial in range(n):
        label = issue(tuple(LabelKind)[serial % 3], "SAPP1", 27, serial)
        try:
            text = decode(damaged(draw(label), rng))
        except Refused:
            refused += 1
            continue
        read += text == str(label)
        if text != str(label):
            other.append((str(label), text))
    return read, refused, other


@pytest.mark.slow
@pytest.mark.requirement("COI-04")
def test_coi_04_a_damaged_symbol_is_read_right_or_refused() -> None:
    """5,000 damaged symbols: many are read, many refused, none is read as another label."""
    read, refused, other = read_damaged(5_000)
    assert read > 1_000
    assert refused > 1_000
    for _, text in other:  # another text may come of too much correction; it is never a label
        with pytest.raises(Refused):
            read_label(text, None)


def test_a_print_that_cannot_be_read_does_not_count() -> None:
    """A blank print, or one with a torn corner, is refused: there is no symbol to use."""
    for spoil in (lambda picture: np.full_like(picture, 255), lambda picture: picture[:40, :40].copy()):
        with pytest.raises(Refused, match="symbol-"):
            print_symbol(LABEL, lambda symbol, spoil=spoil: spoil(symbol.picture()))


def test_a_print_that_reads_as_another_label_does_not_count() -> None:
    """A printer that puts out the label before this one is found out, though that one reads perfectly."""
    before = issue(LabelKind.CONTAINER, "SAPP1", 27, 68)
    with pytest.raises(Refused, match="reads-otherwise"):
        print_symbol(LABEL, lambda symbol: draw(before).picture())
    assert print_symbol(LABEL) == draw(LABEL)


def test_two_symbols_in_a_picture_are_refused() -> None:
    """Which of two labels was meant is not guessed."""
    other = draw(issue(LabelKind.PERSON, "SAPP1", 27, 1))
    both = np.hstack([draw(LABEL).picture(6), other.picture(6)])
    assert codes(both) == ["cells.symbol-several"]


def test_what_holds_no_symbol_is_refused() -> None:
    """White paper holds none; the wrong kind of array, or no array, is no picture."""
    assert codes(np.full((100, 100), 255, dtype=np.uint8)) == ["cells.symbol-none"]
    for no_picture in (np.zeros((9, 9)), np.zeros((0, 9), dtype=np.uint8), np.zeros(9, dtype=np.uint8), "x"):
        assert codes(no_picture) == ["cells.symbol-no-picture"]


@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**32))
def test_noise_is_refused(rows: int, columns: int, seed: int) -> None:
    """Any grey noise of any size is refused in words, not by a fault of the decoder."""
    noise = np.random.default_rng(seed).integers(0, 256, (rows, columns), dtype=np.uint8)
    assert codes(noise)[0].startswith("cells.symbol-")


@given(labels)
def test_the_path_covers_exactly_the_dark_modules(label: Label) -> None:
    """The SVG path fills the modules of the picture that was read back, each once, at its place and size."""
    symbol, filled = draw(label), np.zeros((MODULES, MODULES), dtype=int)
    for run in symbol.path(3, 2, 0.5).removesuffix("z").split("z"):
        x, y, length, high, back = map(float, re.findall(r"-?[0-9.]+", run))
        assert (high, back) == (0.5, -length)
        row, column = int((y - 2) * 2), int((x - 3) * 2)
        filled[row, column : column + int(length * 2)] += 1
    assert ["".join("#" if n else "." for n in row) for row in filled] == list(symbol.rows)
    assert filled.max() == 1
