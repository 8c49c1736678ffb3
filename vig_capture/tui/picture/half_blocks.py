"""The small live picture, in half blocks: each cell shows two points, one above the other, in its two colours.

Where the terminal has real pictures it shows those (picture_kitty.py).

Why not a general widget: a living room's picture has thousands of pairs of colours, and a style for each, made and
kept, is what costs. Here colours have 32 shades a channel, a line writes its own escape sequences from a table of
colours, and only lines that changed are drawn again. A point keeps its shade while the camera's differs little, so that
a still room is a still picture.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from vig_capture.tui import texts
from vig_capture.tui.picture import kitty as picture_kitty
from vig_capture.tui.picture.cell_strip import CellStrip

HALF = "▀"
SHADES = 32
KEEP = 6
"""A point whose channel differs by at most this from the shade shown keeps it; half the distance of two shades is 4."""
STYLES_MAX = 16_384
System = Literal["truecolor", "256"]
BLACK = Style(color="#000000", bgcolor="#000000")

_LEVEL_OF = ((np.arange(256) * (SHADES - 1) + 127) // 255).astype(np.uint8)
_VALUE_OF = (np.arange(SHADES) * 255 // (SHADES - 1)).astype(np.uint8)
_STYLES: dict[System, dict[int, Style]] = {"truecolor": {}, "256": {}}
"""By cell. Textual asks for them only where something lies over the picture, and when a screen is exported."""
_PALETTE_STEPS = np.array([0, 95, 135, 175, 215, 255])
"""Of each channel of the colours 16 to 231 of a terminal with 256; 232 to 255 are greys from 8 in steps of 10."""


# From points to cells and back ------------------------------------------------------------------------------------


def shades(rgb: NDArray[np.uint8], before: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """The shades, 0 to 31, of a picture of shape (height, width, 3) that are shown after those of `before`."""
    levels: NDArray[np.uint8] = _LEVEL_OF[rgb]
    if before is None:
        return levels
    near = np.abs(_VALUE_OF[before].astype(np.int16) - rgb) <= KEEP
    return np.where(near, before, levels)


def cells(levels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """The cells of shades of shape (rows * 2, width, 3): shape (rows, width), 15 bits a point, the upper one above."""
    wide = levels.astype(np.uint32)
    points = wide[..., 0] << 10 | wide[..., 1] << 5 | wide[..., 2]
    return (points[0::2] << 15 | points[1::2]).astype(np.uint32, copy=False)


def strip(line: NDArray[np.uint32], system: System) -> Strip:
    """One line of cells as it is drawn. Neighbours that look the same are one segment."""
    starts = np.flatnonzero(np.concatenate(([True], line[1:] != line[:-1])))
    counts = np.diff(np.append(starts, line.size)).tolist()
    codes, styles = _codes(system), _STYLES[system]
    if len(styles) > STYLES_MAX:
        styles.clear()
    segments, parts = [], []
    for cell, count in zip(line[starts].tolist(), counts, strict=True):
        upper, lower = cell >> 15, cell & 0x7FFF
        style = styles.get(cell)
        if style is None:
            style = styles[cell] = Style.from_color(_colour(upper, system), _colour(lower, system))
        text = (HALF if upper != lower else " ") * count
        segments.append(Segment(text, style))
        parts.append(f"\x1b[38;{codes[upper]};48;{codes[lower]}m{text}")
    parts.append("\x1b[0m")
    return CellStrip(segments, line.size, "".join(parts))


def pixels(strips: Iterable[Strip]) -> NDArray[np.uint8]:
    """What drawn lines show, as RGB of shape (rows * 2, width, 3)."""
    rows = []
    for line in strips:
        upper: list[tuple[int, ...]] = []
        lower: list[tuple[int, ...]] = []
        for text, style, _ in line:
            assert style is not None, "a cell has a style"
            assert style.color is not None, "a cell has a colour in front"
            assert style.bgcolor is not None, "a cell has a colour behind"
            below = tuple(style.bgcolor.get_truecolor())
            above = tuple(style.color.get_truecolor())
            lower += [below] * len(text)
            upper += [above if sign == HALF else below for sign in text]
        rows += [upper, lower]
    return np.array(rows, np.uint8)


# Colours ----------------------------------------------------------------------------------------------------------


@cache
def _codes(system: System) -> list[str]:
    """The terminal's codes of all 32,768 colours, by their 15 bits."""
    if system == "256":
        return [f"5;{number}" for number in _palette().tolist()]
    values = _VALUE_OF.tolist()
    return [f"2;{red};{green};{blue}" for red in values for green in values for blue in values]


@cache
def _palette() -> NDArray[np.uint8]:
    """The nearest of the terminal's 256 colours to each of ours, shape (32768,)."""
    values = _VALUE_OF.astype(np.int32)
    wanted = np.stack(np.meshgrid(values, values, values, indexing="ij"), -1).reshape(-1, 3)
    steps = np.abs(wanted[..., None] - _PALETTE_STEPS).argmin(-1)
    off_cube = np.square(_PALETTE_STEPS[steps] - wanted).sum(-1)
    grey = np.clip(np.rint((wanted.mean(-1) - 8) / 10), 0, 23).astype(np.int32)
    off_grey = np.square((8 + 10 * grey)[:, None] - wanted).sum(-1)
    cube = 16 + steps @ np.array([36, 6, 1])
    nearest: NDArray[np.uint8] = np.where(off_grey < off_cube, 232 + grey, cube).astype(np.uint8)
    return nearest


@cache
def _colour(point: int, system: System) -> Color:
    if system == "256":
        return Color.from_ansi(int(_palette()[point]))
    return Color.from_rgb(*_VALUE_OF[[point >> 10, point >> 5 & 31, point & 31]].tolist())


# The widget -------------------------------------------------------------------------------------------------------


class Picture(Widget):
    """Shows the pictures that it is given, or words. It has no border and no padding: the picture fills it."""

    DEFAULT_CSS = """
    Picture { background: #000000; color: #a0a0a0; content-align: center middle; }
    """

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 (Textual's name for it)
        super().__init__(id=id)
        self._words = texts.PICTURE_WAITS
        self._real = picture_kitty.KittyPictures() if picture_kitty.speaks(os.environ) else None
        """None where there are half blocks."""
        self._levels: NDArray[np.uint8] | None = None
        self._cells: NDArray[np.uint32] | None = None
        self._strips: list[Strip] = []

    def asks(self) -> tuple[int, int] | None:
        """Width and height in points of the picture that fills it; None where it shows words only, or nothing."""
        width, rows = self.size
        if not (self._system() and width and rows):
            return None
        real = self._real if self._system() == "truecolor" else None
        return real.points(width, rows) if real is not None else (width, rows * 2)

    def show(self, picture: Mapping[str, Any]) -> None:
        """Draw a picture of the recorder: width, height (even) and rgb. One that cannot be read is left out."""
        system = self._system()
        rgb = read(picture)
        if system is None or rgb is None:
            return
        if self._real is not None and system == "truecolor":
            self._show_real(self._real, rgb)
            return
        fits = self._levels is not None and self._levels.shape == rgb.shape
        self._levels = shades(rgb, self._levels if fits else None)
        new = cells(self._levels)
        if not fits or self._cells is None:
            self._cells = new
            self._strips = [strip(line, system) for line in new]
            self.refresh()
            return
        changed = np.flatnonzero((new != self._cells).any(axis=1)).tolist()
        self._cells = new
        for row in changed:
            self._strips[row] = strip(new[row], system)
        if changed:
            self.refresh(*_regions(changed, self.size.width))

    def say(self, words: str) -> None:
        """Show words instead of a picture, until the next one."""
        if self._strips or words != self._words:
            self._forget_real()
            self._words = words
            self._levels = self._cells = None
            self._strips = []
            self.refresh()

    def on_unmount(self) -> None:
        """It goes: the terminal need keep no picture."""
        self._forget_real()

    def _show_real(self, real: picture_kitty.KittyPictures, rgb: NDArray[np.uint8]) -> None:
        width, rows = self.size
        if width and rows:
            sequences, self._strips = real.show(rgb, width, rows)
            self._write(sequences)
            self.refresh()

    def _forget_real(self) -> None:
        if self._real is not None:
            self._write(self._real.forget())

    def _write(self, sequences: str) -> None:
        """Through Textual's own writer, so that no two sequences can mix."""
        if sequences and self.app._driver is not None:
            self.app._driver.write(sequences)

    def render(self) -> Content:
        return Content(self._words if self._system() else texts.PICTURE_TOO_FEW_COLOURS)

    def render_lines(self, crop: Region) -> list[Strip]:
        if not self._strips:
            return super().render_lines(crop)
        blank = Strip.blank(self.size.width, BLACK)
        width = self.size.width
        lines = (self._strips[y] if y < len(self._strips) else blank for y in crop.line_range)
        # A picture that was made for another size, until one of this size comes.
        return [line.adjust_cell_length(width).crop(*crop.column_span) for line in lines]

    def _system(self) -> System | None:
        """The colours of this terminal: None below 256, or where the guider wants none (NO_COLOR)."""
        if self.app.no_color:
            return None
        system = self.app.console.color_system
        return "truecolor" if system == "truecolor" else "256" if system == "256" else None


def read(picture: Mapping[str, Any]) -> NDArray[np.uint8] | None:
    """RGB of shape (height, width, 3), or None."""
    width, height, data = picture.get("width"), picture.get("height"), picture.get("rgb")
    if not isinstance(width, int) or not isinstance(height, int) or not isinstance(data, bytes):
        return None
    if width < 1 or height < 2 or height % 2 or len(data) != width * height * 3:
        return None
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


def _regions(rows: list[int], width: int) -> list[Region]:
    """Neighbouring rows together."""
    regions: list[Region] = []
    for row in rows:
        if regions and regions[-1].bottom == row:
            regions[-1] = Region(0, regions[-1].y, width, regions[-1].height + 1)
        else:
            regions.append(Region(0, row, width, 1))
    return regions
