"""The list of moments: each with a small picture, of which only those that are on the screen are drawn.

A row costs what it shows, however many there are: with 5,000 moments nothing is slower than with five.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.strip import Strip
from textual.widget import Widget

from vig_capture.core.clips import Part, Window
from vig_capture.core.model import LeftOut, Marker
from vig_capture.core.time import SECOND_NS
from vig_capture.tui import texts
from vig_capture.tui.after.told import SETTLING_NS, Item, Told, name_of, seconds_words, time_words, window_words
from vig_capture.tui.picture.half_blocks import System, cells, read, shades, strip
from vig_capture.tui.words import fit

KEPT_MAX = 120
"""Pictures that are kept: several screens full."""
WORDS_ROWS = 2
"""Rows of a moment where there is no picture."""
_GROUND, _CHOSEN = "#101010", "#26303a"
_PLAIN, _QUIET, _FAINT, _MARKS, _OWN = "#e0e0e0", "#a0a0a0", "#787878", "#e0c060", "#d8a0a0"
"""Beside each colour stands a word."""
Line = list[tuple[str, str]]
"""Texts and their styles."""
_GAP = ("  ", "")
Ask = Callable[[str, Part, int, int], None]


class MomentList(Widget):
    """Shows rows; the screen says which and which of them is chosen."""

    DEFAULT_CSS = """
    MomentList { background: #101010; color: #a0a0a0; }
    """

    def __init__(self, ask: Ask) -> None:
        """`ask`: a picture is wanted: its key, where, and its width and height in points."""
        super().__init__(id="moments")
        self._ask_picture = ask
        self._told = Told()
        self._items: list[Item] = []
        self._own_view = False
        self._words = texts.AFTER_OPENING
        self._hint = ""
        self.chosen = 0
        """Index of the row that the keys are about."""
        self._top = 0
        self._pictures: OrderedDict[str, list[Strip] | None] = OrderedDict()
        self._asked: set[str] = set()
        self._drawn: dict[int, list[Strip]] = {}

    # What is shown -------------------------------------------------------------------------------------------------

    def show(self, told: Told, own_view: bool, words: str, hint: str) -> None:
        """Show this session; `words` where it has no row. The chosen row stays the chosen one, wherever it is now."""
        before = self.item
        if told.film != self._told.film:
            # What is left out now is not to be seen here either.
            self._pictures.clear()
            self._asked.clear()
        self._told, self._own_view, self._words, self._hint = told, own_view, words, hint
        self._items = told.items(own_view)
        if before is not None:
            found = (number for number, each in enumerate(self._items) if each.id == before.id)
            self.chosen = next(found, self.chosen)
        self.choose(self.chosen)

    @property
    def item(self) -> Item | None:
        """What the chosen row is about."""
        return self._items[self.chosen] if 0 <= self.chosen < len(self._items) else None

    @property
    def count(self) -> int:
        """Rows in all."""
        return len(self._items)

    @property
    def page(self) -> int:
        """Whole rows on the screen."""
        return max(self.size.height // self._rows(), 1)

    def choose(self, number: int) -> None:
        """Choose a row, the first or the last where there is none of this number, and bring it into view."""
        self.chosen = max(min(number, len(self._items) - 1), 0)
        self._top = min(max(self._top, self.chosen - self.page + 1), self.chosen, max(len(self._items) - self.page, 0))
        self._drawn.clear()
        self.refresh()
        self._ask()

    def take(self, key: str, picture: Mapping[str, Any] | None) -> bool:
        """A picture has come, or (None) cannot be made. False where it was not asked for here."""
        if key not in self._asked:
            return False
        self._asked.discard(key)
        rgb = read(picture) if picture is not None else None
        system = self.system()
        lines = None
        if rgb is not None and system is not None:
            lines = [strip(line, system) for line in cells(shades(rgb))]
        self._pictures[key] = lines
        while len(self._pictures) > KEPT_MAX:
            self._pictures.popitem(last=False)
        self._drawn.clear()
        self.refresh()
        return True

    def system(self) -> System | None:
        """The colours of this terminal: None below 256, or where the guider wants none."""
        if self.app.no_color:
            return None
        system = self.app.console.color_system
        return "truecolor" if system == "truecolor" else "256" if system == "256" else None

    def on_resize(self, _event: Resize) -> None:
        """Another size: other rows, and other pictures."""
        self.choose(self.chosen)

    # Pictures ------------------------------------------------------------------------------------------------------

    def _cells(self) -> tuple[int, int]:
        """Columns and rows of a picture; none where the terminal shows none or has no room."""
        if self.system() is None or self.size.width < 50 or not self._told.film.has_picture:
            return 0, 0
        rows = 5 if self.size.height >= 30 else 4
        # A cell holds two points, one above the other, and pictures are 16 to 9.
        return round(rows * 2 * 16 / 9), rows

    def _rows(self) -> int:
        return self._cells()[1] or WORDS_ROWS

    def _key(self, marker: Marker) -> str:
        columns, rows = self._cells()
        return f"picture {marker.t_ns} {columns} {rows}"

    def _ask(self) -> None:
        """Ask for the pictures that are on the screen and not there: the chosen one last, so that it comes first."""
        columns, rows = self._cells()
        if not columns:
            return
        shown = range(self._top, min(self._top + self.page + 1, len(self._items)))
        for number in sorted(shown, key=lambda each: (each == self.chosen, -each)):
            item = self._items[number]
            if not isinstance(item, Marker):
                continue
            key, part = self._key(item), self._told.film.at(item.t_ns)
            if key in self._pictures or key in self._asked:
                continue
            if part is None or not part.has_picture:
                self._pictures[key] = None
                continue
            self._asked.add(key)
            self._ask_picture(key, part, columns, rows * 2)

    # Drawing -------------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.size.width
        if not self._items:
            lines = ["", *self._words.splitlines()]
            return _strip([(f"  {lines[y]}" if y < len(lines) else "", _QUIET)], width, _GROUND)
        number, line = self._top + y // self._rows(), y % self._rows()
        if number >= len(self._items):
            return Strip.blank(width, Style(bgcolor=_GROUND))
        if number not in self._drawn:
            self._drawn[number] = self._draw(number)
        return self._drawn[number][line]

    def _draw(self, number: int) -> list[Strip]:
        """All lines of one row."""
        item, (columns, _), rows = self._items[number], self._cells(), self._rows()
        ground = _CHOSEN if number == self.chosen else _GROUND
        sign = texts.AFTER_SELECTED if number == self.chosen else " "
        beside = self.size.width - columns
        lines = self._marker(item) if isinstance(item, Marker) else self._left_out(item)
        if rows == WORDS_ROWS and len(lines) > WORDS_ROWS:
            # Where there are no pictures, what was written stands behind the rest.
            lines = [lines[0], [each for line in lines[1:] for each in (*line, _GAP)]]
        strips = []
        for row in range(rows):
            text = lines[row] if row < len(lines) else []
            words = _strip([(f" {sign if row == 0 else ' '} ", f"bold {_PLAIN}"), *text], beside, ground)
            strips.append(Strip.join([self._picture(item, row), words]) if columns else words)
        return strips

    def _picture(self, item: Item, row: int) -> Strip:
        """One line of a row's picture, or of the words in its place."""
        columns, rows = self._cells()
        words = texts.AFTER_LEFT_OUT_PICTURE
        if isinstance(item, Marker):
            lines = self._pictures.get(self._key(item))
            if lines is not None and row < len(lines):
                return lines[row]
            words = self._instead(item)
        text = words.center(columns) if row == (rows - 1) // 2 else ""
        return _strip([(text, _FAINT)], columns, "#000000")

    def _instead(self, marker: Marker) -> str:
        """The words where there is no picture."""
        if self._key(marker) in self._asked:
            return texts.AFTER_PICTURE_WAITS
        film = self._told.film
        part = film.at(marker.t_ns)
        if part is None and film.is_left_out(Window(marker.t_ns, marker.t_ns + 1)):
            return texts.AFTER_LEFT_OUT_PICTURE
        return texts.AFTER_NO_PICTURE if part is None or part.has_picture else texts.AFTER_SOUND_ONLY

    def _marker(self, marker: Marker) -> list[Line]:
        settling = marker.t_ns - self._told.film.start_ns < SETTLING_NS
        style = _QUIET if settling else _PLAIN
        when = time_words(marker.t_ns)
        if marker.until_ns is not None:
            when = texts.UNTIL.format(start=when, end=time_words(marker.until_ns))
        first: Line = [(f"{when}  ", style), (name_of(marker), f"bold {style}")]
        if marker.who == "other":
            first += [(" ", ""), (f"· {self._told.other}", style)]
        for word in self._marks(marker):
            first += [_GAP, (word, _MARKS)]
        second: Line = [(window_words(marker, self._told.film), _QUIET)]
        goal = self._told.goal(marker.goal)
        if goal:
            second += [_GAP, (texts.GOAL.format(goal=goal), style)]
        if settling:
            second += [_GAP, (texts.AFTER_SETTLING, _FAINT)]
        lines = [first, second]
        if marker.note:
            lines.append([(texts.AFTER_NOTE.format(note=_one_line(marker.note)), style)])
        if marker.private_note and self._own_view:
            lines.append([(texts.AFTER_PRIVATE_NOTE.format(note=_one_line(marker.private_note)), _OWN)])
        return lines

    @staticmethod
    def _marks(marker: Marker) -> list[str]:
        marks = [(marker.star, texts.STAR), (marker.shortlist, texts.AFTER_SHORTLIST), (marker.pick, texts.AFTER_PICK)]
        return [word for on, word in (*marks, (marker.private, texts.AFTER_PRIVATE)) if on]

    def _left_out(self, part: LeftOut) -> list[Line]:
        words = {
            "start": time_words(part.start_ns),
            "end": time_words(part.end_ns),
            "seconds": seconds_words(max(part.end_ns - part.start_ns, SECOND_NS)),
        }
        return [[(texts.AFTER_LEFT_OUT.format(**words), _FAINT)], [(self._hint, _FAINT)]]


def _one_line(text: str) -> str:
    """Without control characters, which could move the terminal's cursor."""
    return "".join(char if char.isprintable() else " " for char in text)


def _strip(line: Line, width: int, ground: str) -> Strip:
    """Texts in exactly so many cells; what does not fit is cut with …."""
    segments: list[Segment] = []
    left = width
    for text, style in line:
        shown = _one_line(text)
        size = Segment(shown).cell_length
        if size > left:
            shown, size = fit(shown, left), left
        segments.append(Segment(shown, Style.parse(style) + Style(bgcolor=ground)))
        left -= size
        if left <= 0:
            break
    segments.append(Segment(" " * left, Style(bgcolor=ground)))
    return Strip(segments, width)
