"""The film screen: draws what the recorder says, sends what the guider presses. Plain, dark and still."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from vig_capture.core.time import SECOND_NS
from vig_capture.devices import clock
from vig_capture.tui import texts, view
from vig_capture.tui.held import REPEAT_NS, Backspace, HeldKey
from vig_capture.tui.level import Level
from vig_capture.tui.link import LEFT, Link
from vig_capture.tui.state import FilmState

DRAW_S = 0.25
"""A snapshot is drawn at most four times a second; a press at once."""
SWITCH_S = 0.0005
UNCERTAIN_NS = 300_000_000
"""What the first moments of a screen read may have been typed while there was none: it is marked all the same, as
uncertain."""
_PANELS = ("header", "streams", "trouble", "ask", "keys", "help", "markers", "said", "footer")
_ENDING = ("ctrl+x", "ctrl+q", "ctrl+c")
_BACK = ("backspace", "ctrl+h")
_HELP = ("question_mark", "?")
# Not Alt: a terminal sends Alt+letter for Escape and a letter in quick succession, and no letter may be swallowed.
_CHORDS = ("ctrl+", "super+", "meta+", "hyper+")


def run(link: Link) -> int:
    """Show the screen until the session has ended or the guider leaves. Returns the exit code.

    0: the session has ended. LEFT: the guider closed the screen of a recorder that does not answer. 1: it failed."""
    # Drawing must not keep the threads waiting that stamp keys and hear answers: by default 5 ms each time.
    sys.setswitchinterval(SWITCH_S)
    app = VigApp(link)
    try:
        ended = app.run(mouse=False)
    finally:
        link.close()
    return 1 if ended is None else 0 if ended else LEFT


class Panel(Static):
    """A part of the screen that is drawn again only when it looks different."""

    def __init__(self, name: str) -> None:
        super().__init__("", id=name, markup=False)
        self._drawn: tuple[str, object] = ("", ())

    def draw_content(self, content: Content) -> None:
        """Show this, with as little work as it takes."""
        look = (content.plain, tuple(content.spans))
        if look != self._drawn:
            moved = content.plain.count("\n") != self._drawn[0].count("\n") or self.has_class("wrapped")
            self._drawn = look
            self.update(content, layout=moved)


class VigApp(App[bool]):
    """The film screen over a link to the recorder. Its result is whether the session has ended."""

    TITLE = "vig-capture"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    # Every key goes through on_event: the App's own (Ctrl+Q, Ctrl+C) would leave without asking.
    BINDINGS: ClassVar[list[BindingType]] = []

    class Heard(Message, bubble=False):
        """A message of the recorder that is no snapshot."""

        def __init__(self, content: object) -> None:
            super().__init__()
            self.content = content

    def __init__(self, link: Link, now_ns: Callable[[], int] = clock.mono_ns, uncertain_ns: int = UNCERTAIN_NS) -> None:
        super().__init__()
        self._certain_from_ns = 0
        self._uncertain_ns = uncertain_ns
        self.film = FilmState()
        self._link = link
        self._now_ns = now_ns
        self._levels: dict[str, Level] = {}
        self._panels = {name: Panel(name) for name in _PANELS}
        # Written by the link's thread, taken by ours: the newest snapshot only, so that none can pile up.
        self._newest: deque[object] = deque(maxlen=1)
        self._held = HeldKey()
        self._backspace = Backspace()
        self._waiting_undo: tuple[Timer, int] | None = None

    # The screen ----------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """The panels, from top to bottom."""
        yield from self._panels.values()

    def on_mount(self) -> None:
        """Connect, and draw what is known: nothing yet."""
        for name in ("trouble", "said"):
            self._panel(name).add_class("wrapped")
        self._panel("help").border_title = texts.HELP_TITLE
        self._certain_from_ns = self._now_ns() + self._uncertain_ns
        self._link.listen(self.hear)
        self._send(self.film.watch())
        self.set_interval(DRAW_S, self._tick)
        # The panels have their sizes only after the first layout.
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """The window has another size."""
        self.call_after_refresh(self._draw)

    def _tick(self) -> None:
        now_ns = self._now_ns()
        self._take_newest(now_ns)
        self.film.tick(now_ns)
        self._draw()

    def _take_newest(self, now_ns: int) -> None:
        if self._newest:
            snapshot = self._newest.pop()
            self._heard(now_ns)
            self.film.take_snapshot(snapshot, now_ns)
            self._update_levels(now_ns)

    def _update_levels(self, now_ns: int) -> None:
        microphones = [each for each in self.film.shown.streams if each.kind == "audio"]
        self._levels = {each.id: self._levels.get(each.id, Level()) for each in microphones}
        for each in microphones:
            self._levels[each.id].update(each.peak_dbfs, now_ns)

    def _draw(self) -> None:
        film, now_ns, width = self.film, self._now_ns(), self.size.width
        header = self._panel("header")
        look = view.header_class(film, now_ns)
        if not header.has_class(look):
            header.set_classes(look)
        header.draw_content(view.header(film, now_ns, width))
        self._panel("streams").draw_content(view.streams(film, self._levels, now_ns, width))
        trouble = view.trouble(film.shown)
        self._panel("trouble").draw_content(trouble)
        self._show("trouble", bool(trouble.plain))
        keys = self._panel("keys")
        keys.draw_content(view.keys(film, width))
        keys.border_title = texts.KEYS_SHIFT.format(other=film.other) if film.keys else texts.KEYS
        self._panel("footer").draw_content(Content(view.footer(film, width)))
        self._draw_asked(now_ns)
        self._draw_markers()

    def _draw_asked(self, now_ns: int) -> None:
        """The question and the help: they stand beside the moments and never over them."""
        film = self.film
        ask = texts.ASK_LEAVE if film.may_leave(now_ns) else texts.ASK
        self._panel("ask").draw_content(Content(ask))
        self._show("ask", film.asking)
        self._panel("help").draw_content(Content(texts.HELP.format(other=film.other)))
        self._show("help", film.helping)
        self._show("keys", not film.helping)

    def _draw_markers(self) -> None:
        """What a press changes: drawn at once."""
        markers = self._panel("markers")
        markers.draw_content(view.markers(self.film, self.size.width, markers.content_size.height))
        markers.border_title = view.markers_title(self.film)
        self._panel("said").draw_content(view.said(self.film))

    def _show(self, name: str, shown: bool) -> None:
        panel = self._panel(name)
        if panel.display != shown:
            panel.display = shown
            self.call_after_refresh(self._draw_markers)

    def _panel(self, name: str) -> Panel:
        return self._panels[name]

    # The recorder --------------------------------------------------------------------------------------------

    def hear(self, message: Any) -> None:
        """A message of the recorder. Called in the link's thread; returns at once."""
        if isinstance(message, dict) and "snapshot" in message and "ack" not in message:
            self._newest.append(message["snapshot"])
            return
        # The loop is closed while the screen is being left.
        with suppress(RuntimeError):
            self.post_message(self.Heard(message))

    def on_vig_app_heard(self, event: Heard) -> None:
        """An acknowledgement, or news of the connection."""
        message = event.content
        if not isinstance(message, dict):
            return
        now_ns = self._now_ns()
        if message.get("lost"):
            # Its last word may be that the session is closed.
            self._take_newest(now_ns)
            self.film.lose()
        else:
            self._heard(now_ns, found=bool(message.get("back")))
            if "ack" in message:
                self.film.acknowledge(message, now_ns)
        self._draw_markers()

    def _heard(self, now_ns: int, found: bool = False) -> None:
        if found:
            self.film.come_back()
        # `or`: what was pressed before the very first connection was dropped by the link as well.
        if self.film.hear(now_ns) or found:
            self._send(self.film.watch())
            self.resend_pending()

    def resend_pending(self) -> None:
        """Send again whatever was not acknowledged, with the same ids: the recorder carries each out once."""
        for command in self.film.pending():
            self._send(command)

    def _send(self, command: dict[str, Any]) -> None:
        try:
            self._link.send(command)
        except OSError:
            # The link says so itself when it has lost the recorder; the command stays pending until then.
            self.film.lose()

    # The keys ------------------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Read keys before any widget; everything else goes its way."""
        if isinstance(event, events.Key):
            # A key that a widget passed on comes by a second time.
            if not event.is_forwarded:
                self._press(event)
            return
        await super().on_event(event)

    def _press(self, event: events.Key) -> None:
        # Textual's input thread has stamped the key when it was read, with the clock of devices/clock.py.
        mono_ns = round(event.time * SECOND_NS)
        film = self.film
        held = self._held.repeats(event.key, mono_ns)
        if event.key in _BACK:
            self._take_back(mono_ns)
            return
        # What was pressed first is sent first.
        self._undo_now()
        if held and event.key in (*_ENDING, *_HELP, "ctrl+r"):
            return
        asked, film.asking = film.asking, False
        helped, film.helping = film.helping, False
        if event.key == "enter" and (asked or film.ended):
            self._end(mono_ns)
        elif event.key in _ENDING:
            film.asking = not asked and not film.ended
            if film.ended:
                self._end(mono_ns)
        elif event.key in _HELP:
            film.helping = not helped
        else:
            self._command(event, mono_ns)
        if asked or helped or film.asking or film.helping:
            self._draw()
        else:
            self._draw_markers()

    def _command(self, event: events.Key, mono_ns: int) -> None:
        """A key that the recorder has to know of."""
        film, character = self.film, _character(event)
        if film.ended:
            film.say(texts.SAID_ENDED)
        elif event.key == "ctrl+r":
            self._send(film.act("resume", mono_ns))
        elif event.key.startswith(_CHORDS) or len(character) != 1 or not character.isprintable():
            return
        elif character in "pP":
            self._send(film.act("pause", mono_ns))
        else:
            command = film.mark(character, mono_ns, mono_ns < self._certain_from_ns)
            if command is not None:
                self._send(command)

    def _take_back(self, mono_ns: int) -> None:
        """Backspace: one undo for a press, and one for as long as it is held. It closes question and help too."""
        film = self.film
        verdict = self._backspace.press(mono_ns)
        if verdict == "repeat":
            if self._waiting_undo is not None:
                self._waiting_undo[0].stop()
                self._waiting_undo = None
            return
        self._undo_now()
        closed = film.asking or film.helping
        film.asking = film.helping = False
        if film.ended:
            film.say(texts.SAID_ENDED)
        elif verdict == "wait":
            self._waiting_undo = (self.set_timer(REPEAT_NS / SECOND_NS, self._undo_now), mono_ns)
        else:
            self._send(film.act("undo", mono_ns))
        if closed:
            self._draw()
        else:
            self._draw_markers()

    def _undo_now(self) -> None:
        """Send the undo that waited for a repeat."""
        if self._waiting_undo is not None:
            (timer, mono_ns), self._waiting_undo = self._waiting_undo, None
            timer.stop()
            self._send(self.film.act("undo", mono_ns))
            self._draw_markers()

    def _end(self, mono_ns: int) -> None:
        """Enter after the question: end the film, or leave a recorder that does not answer to itself."""
        if self.film.may_leave(self._now_ns()):
            self.exit(self.film.ended)
        else:
            self._send(self.film.act("stop", mono_ns))


def _character(event: events.Key) -> str:
    """What was typed; some terminals name Shift and the letter instead of the capital."""
    if event.character is None and event.key.startswith("shift+"):
        return event.key.removeprefix("shift+").upper()
    return event.character or ""
