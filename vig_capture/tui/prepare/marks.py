"""Faces and edges marked on the live picture: a box that is moved with the arrow keys, drawn over the half blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from vig_capture.core.sheet import FACES_MAX, Box, Edges, Sheet
from vig_capture.tui.picture.half_blocks import Picture

STEP = 0.02
"""Of the picture's width or height, for one press."""
LEAST = 0.04
_FACE: Box = (0.42, 0.3, 0.16, 0.28)
_WHOLE: Box = (0.06, 0.06, 0.88, 0.88)
_MOVES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
What = Literal["faces", "edges"]


@dataclass(frozen=True, slots=True)
class Outline:
    """A box and how it is drawn: the one that is being moved has double lines."""

    box: Box
    moving: bool
    words: str = ""


class Marks:
    """What is being marked on the picture. The sheet itself is changed by `set` and `take_away`."""

    def __init__(self, sheet: Sheet) -> None:
        self.what: What = "faces"
        self.box: Box = _FACE
        self._edges: Box = _box_of(sheet.edges) if sheet.edges else _WHOLE
        self._face = _FACE

    def change(self) -> None:
        """From faces to edges and back."""
        if self.what == "faces":
            self._face, self.what, self.box = self.box, "edges", self._edges
        else:
            self._edges, self.what, self.box = self.box, "faces", self._face

    def press(self, name: str) -> bool:
        """Move or size the box. False for a key that does neither."""
        left, top, width, height = self.box
        if name in _MOVES:
            across, down = _MOVES[name]
            self.box = _inside(left + across * STEP, top + down * STEP, width, height)
        elif name.removeprefix("shift+") in _MOVES:
            across, down = _MOVES[name.removeprefix("shift+")]
            self.box = _inside(left, top, width + across * STEP, height + down * STEP)
        elif name in ("+", "=", "-"):
            more = STEP if name != "-" else -STEP
            # It grows and shrinks around its middle.
            self.box = _inside(left - more / 2, top - more / 2, width + more, height + more)
        else:
            return False
        return True

    def set(self, sheet: Sheet) -> Sheet:
        """The sheet with this box."""
        if self.what == "edges":
            left, top, width, height = self.box
            return replace(sheet, edges=_rounded(left, top, min(left + width, 1.0), min(top + height, 1.0)))
        if len(sheet.faces) >= FACES_MAX or self.box in sheet.faces:
            return sheet
        return replace(sheet, faces=(*sheet.faces, _rounded(*self.box)))

    def take_away(self, sheet: Sheet) -> Sheet:
        """The sheet without the last face, or without its edges."""
        return replace(sheet, edges=None) if self.what == "edges" else replace(sheet, faces=sheet.faces[:-1])

    def outlines(self, sheet: Sheet) -> list[Outline]:
        """All that is to be drawn; later ones lie over earlier ones."""
        drawn = [Outline(_box_of(sheet.edges), False)] if sheet.edges else []
        drawn += [Outline(box, False, str(number)) for number, box in enumerate(sheet.faces, 1)]
        return [*drawn, Outline(self.box, True)]


def _inside(left: float, top: float, width: float, height: float) -> Box:
    width, height = min(max(width, LEAST), 1.0), min(max(height, LEAST), 1.0)
    return _rounded(min(max(left, 0.0), 1 - width), min(max(top, 0.0), 1 - height), width, height)


def _rounded(a: float, b: float, c: float, d: float) -> Box:
    return round(a, 4), round(b, 4), round(c, 4), round(d, 4)


def _box_of(edges: Edges) -> Box:
    left, top, right, bottom = edges
    return _rounded(left, top, right - left, bottom - top)


def shape_of(mode: str) -> tuple[int, int] | None:
    """Width and height of the camera's picture, out of its mode such as "1280×720 at 30 a second, yuyv422"."""
    found = re.match(r"\D{0,3}(\d{2,5})\s?[x×]\s?(\d{2,5})", mode)
    return (int(found[1]), int(found[2])) if found else None


# Drawing ---------------------------------------------------------------------------------------------------------


_SET, _MOVING = Style(color="#ffffff", bgcolor="#303030"), Style(color="#ffe08a", bgcolor="#303030", bold=True)
_LINES = {False: "┌┐└┘─│", True: "╔╗╚╝═║"}


class MarkedPicture(Picture):
    """The live picture with boxes over it."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 (Textual's name for it)
        super().__init__(id=id)
        self._outlines: list[Outline] = []
        self._shape: tuple[int, int] | None = None

    def mark(self, outlines: list[Outline], shape: tuple[int, int] | None) -> None:
        """Draw these boxes from now on. `shape`: the camera's width and height, where they are known."""
        if (outlines, shape) != (self._outlines, self._shape):
            self._outlines, self._shape = outlines, shape
            self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        lines = super().render_lines(crop)
        if not self._outlines:
            return lines
        area = place(self.size.width, self.size.height, self._shape)
        rows = dict(zip(crop.line_range, lines, strict=True))
        for outline in self._outlines:
            for y, x, text in _signs(outline, area):
                if y in rows:
                    rows[y] = _over(rows[y], x - crop.x, text, _MOVING if outline.moving else _SET)
        return list(rows.values())


def place(columns: int, rows: int, shape: tuple[int, int] | None) -> Region:
    """The cells of a widget in which the picture lies: the recorder keeps its shape, and puts it into the middle."""
    if shape is None:
        return Region(0, 0, columns, rows)
    scale = min(columns / shape[0], rows * 2 / shape[1])
    across, down = max(round(shape[0] * scale), 1), max(round(shape[1] * scale / 2), 1)
    return Region((columns - across) // 2, (rows - down) // 2, across, down)


def _signs(outline: Outline, area: Region) -> list[tuple[int, int, str]]:
    """Row, column and text of every part of a box."""
    left, top, width, height = outline.box
    x, y = area.x + round(left * area.width), area.y + round(top * area.height)
    right = max(area.x + round((left + width) * area.width) - 1, x + 1)
    bottom = max(area.y + round((top + height) * area.height) - 1, y + 1)
    upper_left, upper_right, lower_left, lower_right, across, down = tuple(_LINES[outline.moving])
    inner = right - x - 1
    signs = [
        (y, x, upper_left + outline.words[:inner].ljust(inner, across) + upper_right),
        (bottom, x, lower_left + across * inner + lower_right),
    ]
    for row in range(y + 1, bottom):
        signs += [(row, x, down), (row, right, down)]
    return signs


def _over(strip: Strip, x: int, text: str, style: Style) -> Strip:
    """The strip with a text over it."""
    length = strip.cell_length
    text = text[max(-x, 0) : max(length - x, 0)]
    x = max(x, 0)
    if not text:
        return strip
    parts: Sequence[Strip] = (
        strip.crop(0, x),
        Strip([Segment(text, style)], len(text)),
        strip.crop(x + len(text), length),
    )
    return Strip.join(parts)
