"""Real pictures, in the terminals that have kitty's graphics protocol with Unicode placeholders: kitty and Ghostty.

The pixels are sent as they are; the cells that show them are text, so that whatever lies over the picture covers it.
Nothing is asked of the terminal and it is told not to answer (q=2): no answer can be taken for a key. Two images take
turns: one is sent anew while the cells show the other, so that nothing flickers.

WezTerm has the protocol without placeholders, and would show signs that no font has.
Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/, and its list rowcolumn-diacritics.txt.
"""

from __future__ import annotations

import itertools
import os
import sys
from base64 import standard_b64encode
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from vig_capture.tui.picture.cell_strip import CellStrip

POINTS_MAX = 100_000
"""So many points are sent of a picture: what more there is of them costs more than it shows."""
CELL_POINTS_MAX = 8
"""So many points stand beside each other in a cell, and twice as many above each other."""
CHUNK = 4096
"""Bytes of base64 in one escape sequence, by the protocol."""
PLACEHOLDER = "\U0010eeee"
_BETWEEN = ("TMUX", "STY", "ZELLIJ", "SSH_CONNECTION", "SSH_TTY")
"""Something lies between this program and the terminal: it would not pass pictures on, or slowly."""
_OTHERS = ("VTE_VERSION", "XTERM_VERSION", "KONSOLE_VERSION", "ALACRITTY_WINDOW_ID", "WEZTERM_PANE", "TERM_PROGRAM")
"""Another terminal, which was started from kitty's window and has its variables."""
_DIACRITICS = (
    "305 30D-30E 310 312 33D-33F 346 34A-34C 350-352 357 35B 363-36F 483-487 592-595 597-599 59C-5A1 5A8-5A9 5AB-5AC "
    "5AF 5C4 610-617 657-65B 65D-65E 6D6-6DC 6DF-6E2 6E4 6E7-6E8 6EB-6EC 730 732-733 735-736 73A 73D 73F-741 743 745 "
    "747 749-74A 7EB-7F1 7F3 816-819 81B-823 825-827 829-82D 951 953-954 F82-F83 F86-F87 135D-135F 17DD 193A 1A17 "
    "1A75-1A7C 1B6B 1B6D-1B73 1CD0-1CD2 1CDA-1CDB 1CE0 1DC0-1DC1 1DC3-1DC9 1DCB-1DCC 1DD1-1DE6 1DFE 20D0-20D1 "
    "20D4-20D7 20DB-20DC 20E1 20E7 20E9 20F0 2CEF-2CF1 2DE0-2DFF A66F A67C-A67D A6F0-A6F1 A8E0-A8F1 AAB0 AAB2-AAB3 "
    "AAB7-AAB8 AABE-AABF AAC1 FE20-FE26 10A0F 10A38 1D185-1D189 1D1AA-1D1AD 1D242-1D244"
)
_NUMBERS = itertools.count()


def speaks(environ: Mapping[str, str]) -> bool:
    """Whether the terminal of this environment shows real pictures. Nothing is asked of it."""
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if sys.platform == "win32" or term.startswith(("tmux", "screen")) or any(environ.get(name) for name in _BETWEEN):
        return False
    if program == "ghostty" or term in ("xterm-kitty", "xterm-ghostty"):
        return True
    return bool(environ.get("KITTY_WINDOW_ID")) and not any(environ.get(name) for name in _OTHERS)


def diacritics() -> str:
    """The 297 combining characters that say which row, or column, of the picture a cell shows."""
    spans = [[int(end, 16) for end in each.split("-")] for each in _DIACRITICS.split()]
    return "".join(chr(code) for span in spans for code in range(span[0], span[-1] + 1))


class KittyPictures:
    """The escape sequences of one place for pictures."""

    def __init__(self) -> None:
        number = next(_NUMBERS)
        # Numbers of its own, also beside those of a screen that was killed.
        first = (os.getpid() % 0xFFF0 + 0x10) << 8 | number % 0x7F * 2 + 1
        self._ids = (first, first + 1)
        self._sent = False
        self._turn = 0
        self._lines: dict[tuple[int, int, int], list[Strip]] = {}

    def points(self, columns: int, rows: int) -> tuple[int, int]:
        """Width and height in points of the picture for so many cells: each is taken to be twice as high as wide."""
        each = next((n for n in range(CELL_POINTS_MAX, 1, -1) if columns * rows * n * n * 2 <= POINTS_MAX), 1)
        return columns * each, rows * each * 2

    def show(self, rgb: NDArray[np.uint8], columns: int, rows: int) -> tuple[str, list[Strip]]:
        """What is to be written for a picture of shape (height, width, 3), and then the lines of cells that show it."""
        table = diacritics()
        columns, rows = min(columns, len(table)), min(rows, len(table))
        self._turn = 1 - self._turn
        image = self._ids[self._turn]
        key = image, columns, rows
        if key not in self._lines:
            self._lines = {each: lines for each, lines in self._lines.items() if each[1:] == key[1:]}
            self._lines[key] = [_line(image, row, columns, table) for row in range(rows)]
        height, width, _ = rgb.shape
        data = standard_b64encode(rgb.tobytes()).decode("ascii")
        parts = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
        heads = [f"a=t,f=24,t=d,s={width},v={height},i={image},q=2,", *[""] * (len(parts) - 1)]
        sent = [
            f"\x1b_G{head}m={int(number < len(parts) - 1)};{part}\x1b\\"
            for number, (head, part) in enumerate(zip(heads, parts, strict=True))
        ]
        self._sent = True
        placed = f"\x1b_Ga=p,U=1,i={image},c={columns},r={rows},q=2\x1b\\"
        return _deletion(image) + "".join(sent) + placed, self._lines[key]

    def forget(self) -> str:
        """What is to be written when no picture is shown any more; "" where none was."""
        if not self._sent:
            return ""
        self._sent = False
        return "".join(_deletion(image) for image in self._ids)


def _deletion(image: int) -> str:
    """Delete an image with its data. It also ends one that was sent by half."""
    return f"\x1b_Ga=d,d=I,i={image},q=2\x1b\\"


def _line(image: int, row: int, columns: int, table: str) -> Strip:
    """One line of cells. Each says all of itself, so that it may be covered in parts."""
    red, green, blue = image >> 16, image >> 8 & 0xFF, image & 0xFF
    style = Style.from_color(Color.from_rgb(red, green, blue), Color.from_rgb(0, 0, 0))
    cells = [PLACEHOLDER + table[row] + table[column] for column in range(columns)]
    sequences = f"\x1b[38;2;{red};{green};{blue};48;2;0;0;0m{''.join(cells)}\x1b[0m"
    return CellStrip([Segment(cell, style) for cell in cells], columns, sequences)
