"""What each key does on the prepare screen. Nothing is drawn, sent or looked up here: that is asked of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from vig_capture.tui import texts
from vig_capture.tui.film.state import Said
from vig_capture.tui.held import HeldKey
from vig_capture.tui.line import Line
from vig_capture.tui.prepare.form import Form, Page, Row
from vig_capture.tui.prepare.marks import Marks

Wish = Literal["begin", "leave", "earlier", "card", "print", "again", "devices", "choose", "choose soon"]
"""What the screen is to do. `choose soon`: more presses of the same kind may follow."""
Mode = Literal["sheet", "help", "card", "checks", "marks", "leave"]
BEGIN = ("f10", "ctrl+n")
LEAVE = ("ctrl+q", "ctrl+c", "ctrl+x")
_ONCE = ("enter", "f1", "f2", "f3", "f4", "f6", *BEGIN, *LEAVE)
"""Keys that nobody presses twice in a row within a moment."""
_CHOOSING = ("kind", "camera", "mic", "vocabulary")
_FUNCTIONS = ("f1", "f2", "f3", "f4", "f5", "f6")
_DOWN, _UP = ("down", "tab"), ("up", "shift+tab")
_STEPS = {"left": -1, "right": 1, "space": 1}


class PrepareKeys:
    """Where the guider is on the screen, and what a press does there."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.mode: Mode = "sheet"
        self.page: Page = "sheet"
        self.row = ""
        """Id of the row that the arrows have reached; "" before they were pressed."""
        self.line: Line | None = None
        """What is being typed into that row."""
        self.marks: Marks | None = None
        self.top = 0
        """The first row of the card or the checks that is shown, where not all fits."""
        self.said = Said()
        self.warned = False
        """It was said that there is nothing to film; Enter begins all the same."""
        self.begun = False
        self._held = HeldKey()

    def say(self, text: str, bad: bool = False) -> None:
        """The line of news."""
        self.said = Said(text, bad)

    def rows(self) -> list[Row]:
        """The rows of the page that is shown."""
        return self.form.rows(self.page)

    def press(self, name: str, mono_ns: int) -> list[Wish]:
        """A key, by its name in the table of keys, was read at `mono_ns`. Returns what the screen is to do."""
        if self._held.repeats(name, mono_ns) and name in _ONCE:
            # A key that is held down: leaving a line must not begin the film as well.
            return []
        self.warned = self.warned and name == "enter"
        if self.mode == "help":
            self.mode = "sheet"
            return []
        if self.mode == "leave":
            return self._answer_leave(name)
        self.say("")
        kept: list[Wish] = []
        if self.line is not None:
            if name == "enter":
                return self._keep()
            if self._typed(name):
                return []
            kept = self._keep()
        if name in BEGIN:
            self._go("sheet")
            return [*kept, *(self._film_first() or ["begin"])]
        if name in LEAVE:
            return [*kept, *self._ask_leave()]
        if self.mode in ("card", "checks"):
            return self._read(name)
        return [*kept, *(self._mark(name) if self.mode == "marks" else self._on_sheet(name))]

    def paste(self, text: str) -> list[Wish]:
        """A pasted text goes into the line, never to the keys."""
        if self.mode != "sheet":
            return []
        if self.line is None and not self._edit():
            return []
        if self.line is not None and not self.line.type(text):
            self.say(texts.PREPARE_FULL)
        return []

    # The sheet ---------------------------------------------------------------------------------------------------

    def _on_sheet(self, name: str) -> list[Wish]:
        if name in (*_DOWN, *_UP):
            return self._move(1 if name in _DOWN else -1)
        if name in ("enter", "escape"):
            if self.page != "sheet":
                self._leave_page()
                return []
            if name == "escape":
                self.row = ""
                return []
            return self._film_first() or ["begin"]
        if name in ("f1", "?") and not (name == "?" and self._types()):
            self.mode = "help"
        elif name in _FUNCTIONS:
            return self._function(name)
        elif self._row() is not None:
            return self._change(name)
        elif len(name) == 1:
            self.say(texts.PREPARE_NO_ROW)
        return []

    def _film_first(self) -> list[Wish]:
        """Enter where a film file is wanted, and none has been named, asks for it."""
        if not self.form.film_wanted:
            return []
        self.row = "camera"
        self._edit()
        self.say(texts.PREPARE_CAMERA_FILM)
        return ["devices"]

    def _function(self, name: str) -> list[Wish]:
        if name == "f2":
            self.mode, self.top = "card", 0
            return ["card"]
        if name == "f3":
            self.mode, self.top = "checks", 0
            return []
        if name == "f4":
            self.open_marks()
            return []
        return ["again"] if name == "f5" else ["earlier"]

    def _change(self, name: str) -> list[Wish]:
        """A key on the row that the arrows have reached."""
        row = self._row()
        assert row is not None, "the caller has looked"
        if name in _STEPS and row.how in ("choice", "both"):
            said = self.form.cycle(row.id, _STEPS[name])
            self.say(said or (texts.PREPARE_CAMERA_FILM if row.id == "camera" and self.form.film_wanted else ""))
            return ["choose soon"] if row.id in _CHOOSING and not said else []
        if name in _STEPS and row.how == "open":
            if name != "left":
                self._open(row.id)
            return []
        if name == "left":
            return self._leave_page()
        if name == "delete" and row.how != "choice" and row.how != "open":
            return self._empty(row.id)
        if name in ("right", "space", "backspace", "ctrl+h") or len(name) == 1:
            self._edit(name)
        return []

    def _move(self, step: int) -> list[Wish]:
        ids = [row.id for row in self.rows()]
        if self.row not in ids:
            self.row = ids[0 if step > 0 else -1]
        else:
            self.row = ids[(ids.index(self.row) + step) % len(ids)]
        # What has been plugged in meanwhile is to be found in the list.
        wishes: list[Wish] = ["choose"]
        return [*wishes, "devices"] if self.row in ("camera", "mic") else wishes

    def _row(self) -> Row | None:
        return next((row for row in self.rows() if row.id == self.row), None)

    def _types(self) -> bool:
        row = self._row()
        return row is not None and row.how in ("text", "both")

    def _open(self, row: str) -> None:
        if row == "faces":
            self.open_marks()
        else:
            self._go("goals" if row == "goals" else "purposes")

    def _go(self, page: Page) -> None:
        self.mode, self.page, self.marks = "sheet", page, None
        ids = [row.id for row in self.rows()]
        self.row = self.row if page == "sheet" and self.row in ids else "" if page == "sheet" else ids[0]

    def _leave_page(self) -> list[Wish]:
        if self.page != "sheet":
            page = self.page
            self._go("sheet")
            self.row = page
        return []

    # Typing ------------------------------------------------------------------------------------------------------

    def _edit(self, typed: str = "") -> bool:
        """Begin to type into the row; a letter is its first. False where nothing can be typed."""
        row = self._row()
        if row is not None and row.id == "goals":
            self._go("goals")
            self.row, row = "goal:", self.rows()[-1]
        film = row is not None and row.id == "camera" and self.form.film_wanted
        if row is None or (row.how not in ("text", "both") and not film):
            self.say(texts.PREPARE_CHOICE_TYPED if row is not None else "")
            return False
        if row.id == "" or (row.id == "goal:" and row not in self.rows()):
            return False
        self.line = Line(*self.form.typed(row.id))
        if typed in ("backspace", "ctrl+h"):
            self.line.press("backspace")
        elif len(typed) == 1:
            self.line.type(typed)
        return True

    def _typed(self, name: str) -> bool:
        """A key while a line is being typed. False where the line is left by it, and it may do more."""
        assert self.line is not None, "the caller has looked"
        if name == "escape":
            self.line = None
            return True
        if name == "space" or len(name) == 1:
            if not self.line.type(" " if name == "space" else name):
                self.say(texts.PREPARE_FULL)
            return True
        return self.line.press(name) or name not in (*_DOWN, *_UP, *BEGIN, *LEAVE, *_FUNCTIONS)

    def _keep(self) -> list[Wish]:
        """Put what was typed into its row."""
        assert self.line is not None, "the caller has looked"
        row, text, self.line = self.row, self.line.text, None
        self.say(self.form.type(row, text))
        if row == "goal:":
            # The new goal is the last but one row of its two now, and a further one follows.
            self.row = self.rows()[-1].id
        elif row not in (each.id for each in self.rows()):
            self.row = self.rows()[0].id
        return ["choose"] if row == "camera" else []

    def _empty(self, row: str) -> list[Wish]:
        """Delete empties a row; a goal goes away whole."""
        self.form.type(row, "")
        if row not in (each.id for each in self.rows()):
            self.row = self.rows()[0].id
        return []

    # The other modes ---------------------------------------------------------------------------------------------

    def open_marks(self) -> None:
        """Faces and edges are to be marked."""
        self.mode, self.marks = "marks", Marks(self.form.sheet)

    def _mark(self, name: str) -> list[Wish]:
        marks, sheet = self.marks, self.form.sheet
        if marks is None or name in ("escape", "f4"):
            self.mode, self.marks = "sheet", None
        elif name in ("tab", "shift+tab"):
            marks.change()
        elif name == "enter":
            self.form.sheet = marks.set(sheet)
            count = len(self.form.sheet.faces)
            full = marks.what == "faces" and count == len(sheet.faces)
            self.say(texts.PREPARE_MARKS_FULL if full else texts.PREPARE_MARKS_SET[marks.what].format(count=count))
        elif name in ("backspace", "ctrl+h"):
            self.form.sheet = marks.take_away(sheet)
            self.say(texts.PREPARE_MARKS_AWAY[marks.what] if self.form.sheet != sheet else "")
        else:
            marks.press(name)
        return []

    def _read(self, name: str) -> list[Wish]:
        """A key on the card, or on the page of the checks."""
        if name in ("p", "P") and self.mode == "card":
            self.say(texts.PREPARE_PRINTS)
            return ["print"]
        if name in ("up", "down", "pageup", "pagedown"):
            rows = 1 if name in ("up", "down") else 10
            self.top = max(self.top + (rows if name.endswith("down") else -rows), 0)
            return []
        self.mode = "sheet"
        return []

    def _ask_leave(self) -> list[Wish]:
        if not self.form.sheet.is_written():
            return ["leave"]
        self.mode, self.marks = "leave", None
        return []

    def _answer_leave(self, name: str) -> list[Wish]:
        self.mode = "sheet"
        if name == "enter":
            return ["leave"]
        if name in LEAVE:
            self.mode = "leave"
        return []

    def bring_back(self, previous: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Same family again."""
        self._go("sheet")
        self.say(self.form.bring_back(previous))

    def go_back(self, why: str) -> None:
        """What was chosen cannot be used."""
        self.form.go_back()
        self.say(why, bad=True)
