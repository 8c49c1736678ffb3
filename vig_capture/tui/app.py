"""The film screen: draws what the recorder says, sends what the guider presses. Plain, dark and still."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from vig_capture.core.errors import UserError
from vig_capture.core.keys import ScreenKeys
from vig_capture.core.time import SECOND_NS
from vig_capture.devices import clock
from vig_capture.tui import keymap, texts
from vig_capture.tui.crossing import Crossing
from vig_capture.tui.film import facts, layout, moments, view
from vig_capture.tui.film.lively import Lively
from vig_capture.tui.film.presses import Presses
from vig_capture.tui.film.state import FilmState
from vig_capture.tui.level import Level
from vig_capture.tui.link import ERASED, LEFT, Link
from vig_capture.tui.panel import Panel
from vig_capture.tui.picture.half_blocks import Picture
from vig_capture.tui.visit import Around, Visit
from vig_capture.tui.wire import FIRST, Wire

SESSIONS = "sessions"
"""Begin with the earlier sessions."""
DRAW_S = 0.25
"""A snapshot is drawn at most four times a second; a press at once."""
SWITCH_S = 0.0005
UNCERTAIN_NS = 300_000_000
"""What the first moments of a screen read may have been typed while there was none: it is marked all the same, as
uncertain."""
_TEXTS = ("header", "away", "trouble", "ask", "paused", "help", "keys", "facts", "note", "said", "markers", "footer")
_WRAPPED = ("trouble", "said", "note")


def run(link: Link, around: Around | None = None, begin_with: Path | str = "") -> int:
    """Show the screen until the session has ended or the guider leaves. Returns the exit code.

    `around`: without it there is the film screen only. `begin_with`: a session whose moments are to be shown, or
    "sessions"; by default what the recorder does.
    0: the session has ended. LEFT: the guider closed the screen of a recorder that does not answer. ERASED: the film
    was erased. 1: it failed."""
    # Drawing must not keep the threads waiting that stamp keys and hear answers: by default 5 ms each time.
    sys.setswitchinterval(SWITCH_S)
    try:
        keys, fault = keymap.load(), ""
    except UserError as error:
        # A table of keys that is at fault must not keep anybody from filming.
        keys, fault = keymap.shipped(), texts.SAID_KEYS_FILE.format(why=f"{error.what} {error.why}")
    app = VigApp(link, keys=keys, around=around, begin_with=begin_with)
    app.film.say(fault)
    # A loop of its own: asyncio.run would wait for threads that hang on a disk. Closed, it lets idle threads go.
    loop = asyncio.new_event_loop()
    try:
        ended = app.run(mouse=False, loop=loop)
    finally:
        link.close()
        loop.close()
    if app.fault and around is not None:
        around.keep_fault(app.fault)
    if ended and around is not None:
        around.keep({})
    if ended is None:
        return 1
    return ERASED if app.erased else 0 if ended else LEFT


class VigApp(Crossing):
    """The film screen over a link to the recorder. Its result is whether the session has ended."""

    TITLE = "vig-capture"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    # Every key goes through on_event: the App's own (Ctrl+Q, Ctrl+C) would leave without asking.
    BINDINGS: ClassVar[list[BindingType]] = []

    class Heard(Message, bubble=False):
        """A message of the recorder that is no snapshot and no picture, and the connection that it came by."""

        def __init__(self, content: object, connection: int) -> None:
            super().__init__()
            self.content, self.connection = content, connection

    def __init__(
        self,
        link: Link,
        now_ns: Callable[[], int] = clock.mono_ns,
        uncertain_ns: int = UNCERTAIN_NS,
        keys: ScreenKeys | None = None,
        around: Around | None = None,
        begin_with: Path | str = "",
    ) -> None:
        """`keys`: without them those that come with the program. `around`: without it there is the film's screen
        only. `begin_with`: as in `run`."""
        super().__init__()
        self.erased = False
        """The film is no more."""
        self.recorder_gone = False
        self.fault = ""
        """The screen's own, as its programmers want to see it."""
        self._begin_with = begin_with
        self._certain_from_ns = 0
        self._checked: list[str] = []
        """The keys of the vocabulary that the table of keys was checked against."""
        self._uncertain_ns = uncertain_ns
        self.film = FilmState()
        self._wire = Wire(link, self.film, self._tell)
        self._now_ns = now_ns
        self.keys = keys or keymap.shipped()
        self._levels: dict[str, Level] = {}
        self._panels = {name: Panel(name) for name in _TEXTS}
        self._picture = Picture()
        self._place = Container(self._picture, id="picture")
        self._bottom = Horizontal(self._panels["markers"], self._place, id="bottom")
        self.lively = Lively()
        self._visit = Visit(self, around) if around is not None else None
        self._looking: tuple[int, int] | None = None
        """Columns and rows of the picture that is on the screen."""
        self._presses = Presses(
            self.film,
            self.lively,
            self.keys,
            self._wire.send,
            lambda seconds, callback: self.set_timer(seconds, lambda: self._later(callback)),
            self.exit,
        )

    def bell(self) -> None:
        """No sound, ever."""

    def _fatal_error(self) -> None:
        """Textual would print a traceback over the terminal of a living room; it goes into a file (`run`)."""
        self.fault = traceback.format_exc()
        self._close_messages_no_wait()

    # The screen ----------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """The panels, from top to bottom."""
        for name in layout.PANELS:
            yield self._widget(name)

    def on_mount(self) -> None:
        """Connect, and draw what is known: nothing yet."""
        for name in _WRAPPED:
            self._panels[name].add_class("wrapped")
        self._panels["help"].border_title = texts.HELP_TITLE
        self._certain_from_ns = self._now_ns() + self._uncertain_ns
        if self._visit is not None and self._begin_with == SESSIONS:
            self._visit.show_sessions()
        elif self._visit is not None and isinstance(self._begin_with, Path):
            self._visit.show_moments(self._begin_with)
        else:
            if self._visit is not None:
                self._visit.kept.restore(self._now_ns())
            self._wire.listen()
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
        self._presses.tick(now_ns)
        if self._visit is not None:
            self._visit.tick(now_ns)
            self._hand_on_picture(self._visit)
        self._draw()

    def _take_newest(self, now_ns: int) -> None:
        newest = self._wire.take_newest()
        if newest is not None:
            snapshot, connection = newest
            self._heard(connection, now_ns)
            self.film.take_snapshot(snapshot, now_ns)
            self._check_keys()
            self._update_levels(now_ns)
            if self._visit is not None and isinstance(snapshot, dict):
                self._visit.take_snapshot(snapshot)

    def _check_keys(self) -> None:
        """Which keys mark is known for certain only from the film: none may be a command of the guider's own table."""
        rows = [each.key for each in self.film.keys]
        if rows == self._checked or self.film.shown.state in ("", "idle"):
            return
        self._checked = rows
        key, usual = keymap.clash(self.keys, rows), keymap.shipped()
        if key and self.keys is not usual:
            self.keys = usual
            self._presses.use(usual)
            self.film.say(texts.SAID_KEYS_CLASH.format(key=keymap.shown(key)))
        elif key:
            self.film.say(texts.SAID_KEYS_TAKEN.format(key=keymap.shown(key)))

    def _update_levels(self, now_ns: int) -> None:
        microphones = [each for each in self.film.shown.streams if each.kind == "audio"]
        self._levels = {each.id: self._levels.get(each.id, Level()) for each in microphones}
        for each in microphones:
            self._levels[each.id].update(each.peak_dbfs, now_ns)

    def _draw(self) -> None:
        """Everything. Only what looks different is really drawn."""
        if self._covered():
            return
        film, keys, now_ns, width = self.film, self.keys, self._now_ns(), self.size.width
        self._choose_panels(now_ns)
        self._draw_picture(now_ns)
        panels = self._panels
        panels["trouble"].draw_content(view.trouble(film.shown))
        panels["keys"].draw_content(view.legend(film, width))
        panels["keys"].border_title = texts.KEYS_SHIFT.format(other=film.other) if film.keys else texts.KEYS
        lively = self.lively.left_s(film, now_ns) > 0
        panels["facts"].draw_content(facts.facts(film, self._levels, now_ns, width, lively))
        panels["away"].draw_content(Content(texts.AWAY))
        panels["ask"].draw_content(Content(view.ask(film, now_ns, keys)))
        if film.helping:
            panels["help"].draw_content(Content(view.help_(film, width - 2, keys)))
        if panels["paused"].display:
            panels["paused"].draw_content(view.paused(*panels["paused"].content_size, keys))
        panels["footer"].draw_content(Content(view.footer(film, width, keys)))
        self._draw_press(now_ns)

    def _draw_press(self, now_ns: int) -> None:
        """What a press changes: drawn at once."""
        if self._covered():
            return
        film, header, markers = self.film, self._panels["header"], self._panels["markers"]
        look = view.header_class(film, now_ns)
        if not header.has_class(look):
            header.set_classes(look)
        header.draw_content(view.header(film, now_ns, self.size.width, self.keys))
        columns = self.size.width - (self._looking[0] if self._looking else 0)
        markers.draw_content(moments.markers(film, columns, markers.content_size.height))
        markers.border_title = moments.title(film)
        self._panels["said"].draw_content(view.said(film))
        self._panels["note"].draw_content(view.note(film, self.size.width - 2))

    def _choose_panels(self, now_ns: int) -> None:
        visible = layout.visible(self.film, now_ns, self.size.height)
        changed = False
        for name in layout.PANELS:
            widget = self._widget(name)
            if widget.display != (name in visible):
                widget.display = name in visible
                changed = True
        if self.screen.has_class("dim") != self.film.dim:
            self.screen.set_class(self.film.dim, "dim")
        # Where not all fits, the legend gives way, and not the news below it.
        others = sum(self._widget(name).outer_size.height for name in visible if name not in ("keys", "bottom"))
        legend = self._panels["keys"].styles
        room = max(self.size.height - others, 1)
        if legend.max_height is None or legend.max_height.value != room:
            legend.max_height = room
            changed = True
        if changed:
            # Some have another height now.
            self.call_after_refresh(self._draw)

    def _draw_picture(self, now_ns: int) -> None:
        """Let the picture come or go, and draw the newest that there is."""
        has_camera = any(each.kind == "video" for each in self.film.shown.streams)
        wanted = has_camera and self._bottom.display and self.lively.left_s(self.film, now_ns) > 0
        cells = layout.picture_cells(*self.size) if wanted else None
        if cells != self._looking:
            self._looking = cells
            self._place.display = cells is not None
            self._wire.pictures.clear()
            self._picture.say(texts.PICTURE_WAITS)
            if cells is None:
                self._wire.order(self.film.look(0, 0, 0))
            else:
                self._place.styles.width, self._place.styles.height = cells
                self.call_after_refresh(self._ask_pictures)
        elif cells is not None and self._wire.pictures:
            picture = self._wire.pictures.pop()
            if isinstance(picture, dict):
                self._picture.show(picture)

    def _ask_pictures(self) -> None:
        """Pictures for as long as they are to be shown: again after a change of size, and from a new recorder."""
        points, left_s = self._picture.asks(), self.lively.left_s(self.film, self._now_ns())
        if points is not None and left_s > 0 and self._looking is not None:
            self._wire.order(self.film.look(left_s, *points))

    def _widget(self, name: str) -> Widget:
        return self._bottom if name == "bottom" else self._panels[name]

    # The recorder --------------------------------------------------------------------------------------------

    def _tell(self, message: object, connection: int) -> None:
        """A message for `on_vig_app_heard`, from the link's thread."""
        # The loop is closed while the screen is being left.
        with suppress(RuntimeError):
            self.post_message(self.Heard(message, connection))

    def on_vig_app_heard(self, event: Heard) -> None:
        """An acknowledgement, or news of the connection."""
        message = event.content
        if not isinstance(message, dict):
            return
        if FIRST in message:
            self._tick()
            return
        now_ns, before = self._now_ns(), self._mode()
        if message.get("lost"):
            # Its last word may be that the session is closed.
            self._take_newest(now_ns)
            self.film.lose()
            self.recorder_gone = True
            if self._visit is not None:
                self._visit.lose()
        else:
            self._heard(event.connection, now_ns, bool(message.get("back")))
            if "ack" in message:
                self.film.acknowledge(message, now_ns)
                if self._visit is not None:
                    self._visit.take_answer(message)
        self._draw_changed(before, now_ns)

    def _heard(self, connection: int, now_ns: int, back: bool = False) -> None:
        self.recorder_gone = False
        if self._wire.heard(connection, now_ns, back):
            self._ask_pictures()

    # The keys ------------------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Read keys before any widget; everything else goes its way."""
        if isinstance(event, events.Key):
            # A key that a widget passed on comes by a second time.
            if not event.is_forwarded and not (self._visit is not None and self._visit.press(event)):
                self._press(event)
            return
        if isinstance(event, events.AppBlur | events.AppFocus):
            self.film.away = isinstance(event, events.AppBlur)
            self._draw()
        elif isinstance(event, events.Paste) and not event.is_forwarded:
            if self._visit is not None and self._visit.press(event):
                return
            self._presses.paste(event.text, round(event.time * SECOND_NS))
            self._draw_press(self._now_ns())
            return
        await super().on_event(event)

    def _press(self, event: events.Key) -> None:
        name = keymap.name_of(event)
        if not name:
            return
        # Textual's input thread has stamped the key when it was read, with the clock of devices/clock.py.
        mono_ns, now_ns = round(event.time * SECOND_NS), self._now_ns()
        before = self._mode()
        # Whoever types here has the keys, even if the terminal did not say that they are back.
        self.film.away = False
        self._presses.press(name, mono_ns, now_ns, mono_ns < self._certain_from_ns)
        if self._visit is not None:
            self._visit.kept.tick(now_ns)
        self._draw_changed(before, now_ns)

    def _draw_changed(self, before: tuple[object, ...], now_ns: int) -> None:
        """Only what a press changes, unless there are other panels now."""
        if self._mode() == before:
            self._draw_press(now_ns)
        else:
            self._draw()

    def _later(self, callback: Callable[[], None]) -> None:
        """A press that had to wait is carried out, and drawn."""
        callback()
        self._draw_press(self._now_ns())

    def _mode(self) -> tuple[object, ...]:
        """What decides which panels there are."""
        film = self.film
        lively = self.lively.left_s(film, self._now_ns()) > 0
        return film.shown.state, film.asking, film.helping, film.dim, film.away, film.note is None, lively
