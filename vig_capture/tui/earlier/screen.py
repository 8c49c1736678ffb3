"""The list of earlier sessions: days, kinds, lengths, moments and how each stands; opened, checked, erased.

Rule 1: nothing on it tells who was filmed or why: no question, no goal, no initials.
Rule 2: the disk is never waited for: reading, checking and erasing happen in threads of their own.
Rule 3: nothing is erased before two questions were answered.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from vig_capture.archive.sessions import Session
from vig_capture.core.errors import VigError
from vig_capture.core.time import SECOND_NS
from vig_capture.tui import keymap, texts
from vig_capture.tui.earlier import view as sessions_view
from vig_capture.tui.earlier.ports import Back, Open, Sessions
from vig_capture.tui.held import HeldKey
from vig_capture.tui.panel import Panel

AT_ONCE = 20
"""So many are shown together while they are being read: a few screens full a second."""
_PARTS = ("title", "list", "report", "meaning", "ask", "said", "keys")
_MOVES = ("up", "down", "pageup", "pagedown", "home", "end")
_BACK = ("escape", "q", "ctrl+q", "ctrl+x", "ctrl+c")
_ERASE = ("delete", "d")


class SessionsScreen(Screen[None], inherit_bindings=False):
    """The earlier sessions. Posts Open and Back.

    An app that reads keys before its widgets hands them to `press` and pasted text to `paste`."""

    CSS_PATH = "sessions.tcss"
    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, port: Sessions) -> None:
        super().__init__()
        self._port = port
        self.found: list[Session] = []
        self.chosen = 0
        self._reading = False
        self._again = False
        """To be read again as soon as the present reading has ended."""
        self._mode = "list"
        """list, report, erase, erase again."""
        self._busy = False
        """A check or an erasing is on its way."""
        self._report: list[str] = []
        self._held = HeldKey()
        self._parts = {name: Panel(f"sessions-{name}").add_class("wrapped") for name in _PARTS}

    # The screen ----------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Title, list or report, what the chosen one's state means, question, news, keys."""
        for name in _PARTS:
            yield self._parts[name]

    def on_screen_resume(self) -> None:
        """It is in front, perhaps again: what there is may have changed."""
        self.read()

    def on_resize(self) -> None:
        """The window has another size."""
        self.call_after_refresh(self._draw)

    @property
    def item(self) -> Session | None:
        """The session that is chosen."""
        return self.found[self.chosen] if self.found else None

    def say(self, words: str, bad: bool = False) -> None:
        """The line of news."""
        self._parts["said"].draw_content(words)
        self._parts["said"].set_class(bad, "bad")

    def _draw(self) -> None:
        parts, item = self._parts, self.item
        parts["title"].draw_content(sessions_view.title(self.found, self._reading))
        is_report = self._mode == "report"
        parts["list"].display, parts["report"].display = not is_report, is_report
        width, height = self.size.width, parts["list"].size.height or self.size.height
        if is_report:
            parts["report"].draw_content(sessions_view.report(self._report, parts["report"].size.height or height))
        elif self.found:
            parts["list"].draw_content(sessions_view.rows(self.found, self.chosen, width, height))
        else:
            words = texts.SESSIONS_READING if self._reading else texts.SESSIONS_EMPTY
            parts["list"].draw_content("\n".join(f" {line}" for line in ("", *words.split("\n"))))
        parts["meaning"].draw_content(sessions_view.meaning(item) if item is not None and not is_report else "")
        question = sessions_view.question(self._mode, item) if item is not None else ""
        parts["ask"].draw_content(question)
        parts["ask"].display = question != ""
        parts["keys"].draw_content(texts.SESSIONS_FOOTER if self.found else texts.SESSIONS_FOOTER_EMPTY)

    # What is on the disk -------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Read the list anew; what is chosen stays chosen."""
        if self._reading:
            self._again = True
            return
        self._reading = True
        self._draw()
        self.run_worker(self._read, thread=True)

    def _read(self) -> None:
        """In a thread of its own."""
        found: list[Session] = []
        fault: VigError | None = None
        try:
            for item in self._port.sessions():
                found.append(item)
                # The first ones are there at once; a list that is read again is exchanged as a whole.
                if not self.found and len(found) % AT_ONCE == 0:
                    self._tell(self._show, list(found), True, None)
        except VigError as error:
            fault = error
        self._tell(self._show, found, False, fault)

    def _show(self, found: list[Session], more: bool, fault: VigError | None) -> None:
        before, place = self.item, self.chosen
        if fault is None or found:
            self.found = found
        folders = [each.folder for each in self.found]
        self.chosen = folders.index(before.folder) if before is not None and before.folder in folders else place
        self.chosen = max(0, min(self.chosen, len(self.found) - 1))
        if self._mode.startswith("erase") and (before is None or before.folder not in folders):
            self._mode = "list"
        self._reading = more
        if fault is not None:
            self.say(f"× {fault}", bad=True)
        if not more and self._again:
            self._again = False
            self.read()
        self._draw()
        # The list has its height only after the first layout.
        self.call_after_refresh(self._draw)

    def _tell(self, what: Callable[..., None], *words: object) -> None:
        """Have something shown, from a thread. The loop is closed while the screen is being left."""
        with suppress(RuntimeError):
            self.app.call_from_thread(what, *words)

    def _do(self, said: str, work: Callable[[], None]) -> None:
        """Some work in a thread, one at a time."""
        if self._busy:
            self.say(texts.SESSIONS_BUSY)
            return
        self._busy = True
        self.say(said)

        def run() -> None:
            try:
                work()
            except VigError as error:
                self._tell(self._done, [f"× {error}"], True)

        self.run_worker(run, thread=True)

    def _done(self, lines: list[str], bad: bool) -> None:
        self._busy = False
        self.say(lines[0] if len(lines) == 1 else "", bad)
        if len(lines) > 1:
            self._report, self._mode = lines, "report"
        self._draw()
        self.call_after_refresh(self._draw)

    def _check(self, folder: Path) -> None:
        def progress(done: int, count: int) -> None:
            self._tell(self.say, texts.SESSIONS_CHECKING_PART.format(done=done, count=count))

        def work() -> None:
            lines = list(self._port.verify(folder, progress))
            self._tell(self._done, lines, len(lines) > 1)

        self._do(texts.SESSIONS_CHECKING, work)

    def _erase(self, folder: Path) -> None:
        def work() -> None:
            try:
                said = self._port.erase(folder)
                self._tell(self._done, [said], False)
            finally:
                self._tell(self.read)

        self._do(texts.SESSIONS_ERASING, work)

    # Keys ----------------------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """For an app that lets keys go to its screen."""
        event.stop()
        event.prevent_default()
        self.press(event)

    def paste(self, _text: str) -> None:
        """A pasted text means nothing here, and never presses keys."""

    def press(self, event: events.Key) -> None:
        """A key was read. A held one moves; anything else it does once."""
        name = keymap.name_of(event)
        name = name.lower() if len(name) == 1 else name
        repeated = self._held.repeats(name, round(event.time * SECOND_NS))
        if not name or (repeated and name not in _MOVES):
            return
        mode, self._mode = self._mode, "list"
        if mode == "list":
            self._on_list(name)
        elif mode.startswith("erase"):
            self._answer(mode, name)
        self._draw()

    def _on_list(self, name: str) -> None:
        item = self.item
        if name in _BACK:
            self.post_message(Back())
        elif item is None:
            self.say(texts.SESSIONS_NOTHING)
        elif name in _MOVES:
            self._move(name)
        elif name in ("enter", "v", *_ERASE) and item.state == "running":
            self.say(texts.SESSIONS_IN_USE)
        elif name == "enter":
            self.post_message(Open(item.folder))
        elif name == "v":
            self._check(item.folder)
        elif name in _ERASE:
            if self._busy:
                self.say(texts.SESSIONS_BUSY)
            else:
                self._mode = "erase"
                self.say("")

    def _move(self, name: str) -> None:
        page = max(self._parts["list"].size.height - 1, 1)
        steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page}
        to = {"home": 0, "end": len(self.found) - 1}.get(name, self.chosen + steps.get(name, 0))
        self.chosen = max(0, min(to, len(self.found) - 1))
        if not self._busy:
            self.say("")

    def _answer(self, mode: str, name: str) -> None:
        """A key while something is asked."""
        item = self.item
        if mode == "erase" and name == "enter":
            self._mode = "erase again"
        elif mode == "erase again" and name == "y" and item is not None:
            self._erase(item.folder)
        else:
            self.say(texts.SESSIONS_KEPT)
