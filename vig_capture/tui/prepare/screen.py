"""The prepare screen: picture, level and session sheet before the film. It writes nothing: it asks the app.

The app pushes it while the recorder is idle, hands it every key and paste (`press`, `paste`), snapshots and pictures,
and takes its messages (ports.py): Chosen, Begin, Leave, Earlier, Look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from vig_capture.core.sheet import KindOfFilm
from vig_capture.core.time import SECOND_NS
from vig_capture.devices import clock
from vig_capture.tui import keymap, texts
from vig_capture.tui.film import layout, view
from vig_capture.tui.level import Level
from vig_capture.tui.panel import Panel
from vig_capture.tui.prepare import view as prepare_view
from vig_capture.tui.prepare.beside import beside
from vig_capture.tui.prepare.checks import Checks
from vig_capture.tui.prepare.form import Form
from vig_capture.tui.prepare.keys import PrepareKeys, Wish
from vig_capture.tui.prepare.marks import MarkedPicture, shape_of
from vig_capture.tui.prepare.ports import (
    NONE,
    Begin,
    Choice,
    Chosen,
    Device,
    Earlier,
    Expect,
    Keys,
    Leave,
    Look,
    Shelf,
)
from vig_capture.tui.shown import Shown, read_snapshot
from vig_capture.tui.words import BAD

T = TypeVar("T")
TICK_S = 1.0
SETTLE_S = 0.6
"""After the last press on a list of devices or kinds, before the recorder is exchanged."""
PATIENCE_NS = 5 * SECOND_NS
"""So long Enter waits for a device that is being opened, or for another recorder; then it begins with what there is."""
LOOK_S, LOOK_AGAIN_NS = 30.0, 10 * SECOND_NS
_PASSING = (texts.PREPARE_WAIT, texts.PREPARE_CHANGES)
"""News that is none any more once the devices are there."""
_PANES = ("header", "trouble", "facts", "sheet", "checks", "over", "leave", "line", "said", "reminder", "footer")
_CHECKS_FROM_ROWS, _CHECKS_ROWS_MAX = 16, 12
"""Rows of the window from which on the checks have one, and the most that they have."""


class PrepareScreen(Screen[None], inherit_bindings=False):
    """The screen before the film."""

    CSS_PATH = "prepare.tcss"
    AUTO_FOCUS = None
    # Every key goes through `press`.
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, shelf: Shelf, choice: Choice, today: str, now_ns: Callable[[], int] = clock.mono_ns) -> None:
        """`choice`: what the recorder has open. `today`: an ISO date."""
        super().__init__()
        self.form = Form(choice, today)
        self.keys = PrepareKeys(self.form)
        self._shelf, self._now_ns = shelf, now_ns
        self._shown: Shown | None = None
        self._levels: dict[str, Level] = {}
        self._checks = Checks()
        self._card = ""
        self._previous: Sequence[tuple[str, dict[str, Any]]] | None = None
        self._asked: Choice | None = None
        """A choice that is being checked."""
        self._before: Choice | None = None
        """What was open before the app was told of another choice, until it says that the recorder is exchanged."""
        self._wait_until_ns = 0
        """A recorder is being exchanged, or devices are being opened: Enter waits until then."""
        self._looked: tuple[tuple[int, int], int] | None = None
        """Points that were asked for, and when."""
        self._sizes: tuple[int | str, int | str] = ("", "")
        """Width and height of the picture's place."""
        self._panes = {name: Panel(f"prepare-{name}").add_class("wrapped") for name in _PANES}
        self._picture = MarkedPicture()
        self._place = Container(self._picture, id="prepare-place")
        self._left = Vertical(self._place, self._panes["facts"], id="prepare-left")
        self._body = Horizontal(self._left, self._panes["sheet"], id="prepare-body")

    def compose(self) -> ComposeResult:
        """The panes, from top to bottom."""
        for name in ("header", "trouble"):
            yield self._panes[name]
        yield self._body
        for name in ("checks", "over", "leave", "line", "said", "reminder", "footer"):
            yield self._panes[name]

    def on_mount(self) -> None:
        """Ask for all that lies ready, and draw."""
        self._wait_until_ns = self._now_ns() + PATIENCE_NS
        self._ask(lambda: (self._shelf.kinds(), self._shelf.vocabularies(), self._shelf.remembered()), self._fill)
        self._ask(self._shelf.devices, self._take_devices)
        self.set_interval(TICK_S, self._tick)
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """The window has another size."""
        self.call_after_refresh(self._draw)

    def on_screen_resume(self) -> None:
        """It is in front again: whoever was in front may have asked for other pictures."""
        self._looked = None
        self.call_after_refresh(self._draw)

    # What the app tells ------------------------------------------------------------------------------------------

    def take_snapshot(self, snapshot: dict[str, Any]) -> None:
        """The recorder's newest snapshot."""
        now_ns, first = self._now_ns(), self._shown is None
        self._shown = read_snapshot(snapshot)
        microphones = [each for each in self._shown.streams if each.kind == "audio"]
        self._levels = {each.id: self._levels.get(each.id, Level()) for each in microphones}
        for each in microphones:
            self._levels[each.id].update(each.peak_dbfs, now_ns)
        self._checks.update(self._shown.findings, self._shown.detector, now_ns)
        if not self._shown.has_picture:
            # A picture that stands still looks like a live one.
            self._picture.say(texts.PICTURE_WAITS)
        if first:
            self._wait_until_ns = now_ns + PATIENCE_NS
            self._looked = None
        if self.keys.said.text in _PASSING and self._ready() != "opening" and self.form.choice == self.form.active:
            self.keys.say("")
        self._draw()

    def take_picture(self, picture: dict[str, Any]) -> None:
        """The recorder's newest small picture."""
        if self._looked is not None and self._shown is not None and self._shown.has_picture:
            self._picture.show(picture)

    def say(self, text: str, bad: bool = False) -> None:
        """Something that the guider is to know, such as why a film could not be begun."""
        if bad and self._before is not None:
            self.form.active, self._before = self._before, None
            self.form.go_back()
        self.keys.say(text, bad)
        self.keys.begun = self.keys.begun and not bad
        self._draw()

    def opening(self) -> None:
        """The recorder is being exchanged: what the last one said no longer counts."""
        self._shown, self._levels, self._looked, self._before = None, {}, None, None
        self._checks.forget()
        self._wait_until_ns = self._now_ns() + 2 * PATIENCE_NS
        self._picture.say(texts.PICTURE_WAITS)
        self.keys.begun = False
        self._draw()

    # Keys --------------------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """A key that the app let pass."""
        event.stop()
        event.prevent_default()
        self.press(event)

    def on_paste(self, event: events.Paste) -> None:
        """The same for a paste."""
        event.stop()
        self.paste(event.text)

    def press(self, event: events.Key) -> None:
        """A key was read."""
        name = keymap.name_of(event)
        if name:
            self._carry_out(self.keys.press(name, round(event.time * SECOND_NS)))
            self._draw()

    def paste(self, text: str) -> None:
        """A text was pasted: never keys."""
        self._carry_out(self.keys.paste(text))
        self._draw()

    def _carry_out(self, wishes: Sequence[Wish]) -> None:
        deeds: dict[Wish, Callable[[], object]] = {
            "begin": self._begin,
            "leave": lambda: self.post_message(Leave()),
            "earlier": lambda: self.post_message(Earlier()),
            "card": lambda: self._ask(self._shelf.card, self._take_card),
            "print": lambda: self._ask(self._shelf.print_card, self._printed),
            "again": self._again,
            "devices": lambda: self._ask(self._shelf.devices, self._take_devices),
            "choose": self._choose,
            "choose soon": lambda: self.set_timer(SETTLE_S, self._choose_settled),
        }
        for wish in wishes:
            deeds[wish]()

    def _begin(self) -> None:
        """Begin the film, unless something has to be waited for, or said first."""
        keys, form = self.keys, self.form
        if keys.begun:
            return
        if form.choice != form.active:
            self._choose()
            keys.say(texts.PREPARE_WAIT)
            return
        if self._waits():
            keys.say(texts.PREPARE_WAIT)
            return
        if self._ready() == "both" and not keys.warned:
            keys.warned, keys.row = True, keys.row or "camera"
            keys.say(texts.PREPARE_FIRST_WARNING, bad=True)
            return
        keys.begun = True
        keys.say(texts.PREPARE_BEGINS)
        self.post_message(Begin(form.sheet.as_fields(), form.active))

    def _waits(self) -> bool:
        """Whether a recorder or its devices are about to be there."""
        return self._ready() == "opening" and self._now_ns() < self._wait_until_ns

    def _ready(self) -> prepare_view.Ready:
        patient = self._now_ns() < self._wait_until_ns
        shown = None if patient and self._before is not None else self._shown
        return prepare_view.readiness(shown, self.form.kind, patient)

    # Another camera, another kind of film -----------------------------------------------------------------------------

    def _choose_settled(self) -> None:
        if self.is_mounted:
            self._choose()
            self._draw()

    def _choose(self) -> None:
        """Have the choice checked, if it is another one."""
        choice = self.form.choice
        if choice in (self.form.active, self._asked):
            return
        self._asked = choice
        self._ask(lambda: self._shelf.check(choice), lambda fault: self._checked(choice, fault))

    def _checked(self, choice: Choice, fault: str) -> None:
        self._asked = None
        if choice != self.form.choice:
            self._choose()
        elif fault:
            self.keys.go_back(fault)
        else:
            self._before, self.form.active = self.form.active, choice
            self._wait_until_ns = self._now_ns() + PATIENCE_NS
            self.keys.say(texts.PREPARE_CHANGES)
            self.post_message(Chosen(choice))

    def _again(self) -> None:
        if self._previous is None:
            self._ask(self._shelf.previous_sheets, self._take_previous)
        else:
            self._take_previous(self._previous)

    # What lies ready -------------------------------------------------------------------------------------------------

    def _ask(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Have something done in a thread, and go on with its result."""

        def go_on(found: T) -> None:
            then(found)
            self._draw()

        beside(self, work, go_on, lambda error: self.say(str(error), bad=True))

    def _fill(self, found: tuple[Sequence[KindOfFilm], Sequence[Keys], dict[str, str]]) -> None:
        kinds, self.form.vocabularies, remembered = found
        self.form.fill(kinds, remembered)

    def _take_devices(self, found: tuple[Sequence[Device], Sequence[Device]]) -> None:
        self.form.cameras, self.form.mics = found

    def _take_previous(self, previous: Sequence[tuple[str, dict[str, Any]]]) -> None:
        self._previous = previous
        self.keys.bring_back(previous)
        said = self.keys.said
        self._choose()
        self.keys.said = said

    def _take_card(self, card: str) -> None:
        self._card = card

    def _printed(self, where: str | Path) -> None:
        self.keys.say(texts.PREPARE_PRINTED.format(where=where))

    # Drawing -----------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        if self._looked is not None and self._now_ns() - self._looked[1] >= LOOK_AGAIN_NS:
            self._looked = None
        self._draw()

    def _draw(self) -> None:
        """Everything. Only what looks different is really drawn."""
        if not self.is_mounted:
            return
        keys, shown, width = self.keys, self._shown, self.size.width
        ready = self._ready()
        self._choose_panes()
        panes = self._panes
        header = panes["header"]
        header.set_class(ready in ("ready", "tags"), "ready")
        header.set_class(ready in ("video", "audio", "both"), "missing")
        header.draw_content(prepare_view.header(ready, keys, shown, width))
        panes["trouble"].draw_content(view.trouble(shown) if shown else "")
        panes["facts"].draw_content(prepare_view.facts(shown, self._levels, panes["facts"].size.width or 40))
        sheet, devices = panes["sheet"], (list(self.form.cameras), list(self.form.mics))
        sheet.border_title = prepare_view.title(keys, sheet.size.width)
        sheet.draw_content(prepare_view.sheet(keys, devices, *sheet.content_size))
        panes["leave"].draw_content(texts.PREPARE_ASK_LEAVE)
        panes["line"].draw_content(prepare_view.line(keys, width - 2))
        panes["said"].draw_content(Content.styled(keys.said.text, BAD if keys.said.bad else ""))
        on_battery = shown is not None and shown.battery_minutes is not None
        panes["reminder"].draw_content(texts.PREPARE_REMINDER_BATTERY if on_battery else texts.PREPARE_REMINDER)
        panes["footer"].draw_content(prepare_view.footer(keys, width))
        self._draw_over()
        checks = self._checks.block(self._now_ns(), width, self._rows_left())
        if panes["checks"].display and panes["checks"].draw_content(checks):
            self.call_after_refresh(self._draw)  # the sheet has another height now
        self._draw_picture()
        if shown is not None and self._checks.is_news(len(self.form.sheet.people)):
            self.post_message(Expect(len(self.form.sheet.people)))

    def _draw_over(self) -> None:
        """What lies over the sheet, from the row on that was reached."""
        keys, over = self.keys, self._panes["over"]
        columns, rows = over.content_size
        checks = keys.mode == "checks"
        page = self._checks.page(self._now_ns(), columns) if checks else prepare_view.card(self._card, columns)
        keys.top = min(keys.top, max(len(page) - rows, 0))
        over.border_title = prepare_view.over_title(keys.mode)
        over.draw_content(prepare_view.over(keys, page))

    def _rows_left(self) -> int:
        """So many rows leave the picture and what is known of the devices as they are."""
        cells = layout.picture_cells(*self.size)
        others = ("header", "trouble", "facts", "leave", "said", "reminder", "footer")
        used = sum(self._panes[name].outer_size.height for name in others if self._panes[name].display)
        return 1 if cells is None else min(max(self.size.height - cells[1] - used, 1), _CHECKS_ROWS_MAX)

    def _choose_panes(self) -> None:
        keys, shown = self.keys, self._shown
        marking, over = keys.mode == "marks", keys.mode in ("help", "card", "checks")
        checked = bool(self._checks.findings) and self.size.height >= _CHECKS_FROM_ROWS
        cells = layout.picture_cells(*self.size)
        visible: dict[Widget, bool] = {
            self._panes["trouble"]: shown is not None and bool(shown.trouble),
            self._body: not over,
            self._left: cells is not None or marking,
            self._panes["facts"]: not marking,
            self._panes["sheet"]: not marking,
            self._panes["checks"]: checked and not marking and not over,
            self._panes["over"]: over,
            self._panes["leave"]: keys.mode == "leave",
            self._panes["line"]: keys.line is not None,
            self._panes["reminder"]: not marking and not over and self.size.height >= 16,
        }
        changed = [widget for widget, wanted in visible.items() if widget.display != wanted]
        for widget in changed:
            widget.display = visible[widget]
        self._panes["over"].set_class(keys.mode == "card", "card")
        width: int | str = "100%" if marking or cells is None else cells[0]
        height: int | str = "100%" if marking or cells is None else cells[1]
        if self._sizes != (width, height):
            self._sizes = (width, height)
            self._left.styles.width = self._place.styles.width = width
            self._place.styles.height = height
            changed.append(self._place)
        if changed:
            # Some have another size now.
            self.call_after_refresh(self._draw)

    def _draw_picture(self) -> None:
        """Ask for pictures of the right size, and draw the boxes over them."""
        keys, shown = self.keys, self._shown
        points = self._picture.asks() if self._body.display and self._left.display else None
        shape = next((shape_of(each.mode) for each in shown.streams if each.kind == "video"), None) if shown else None
        marks = keys.marks
        self._picture.mark(marks.outlines(self.form.sheet) if marks is not None else [], shape)
        if shown is None or self.form.active.camera == NONE or points is None:
            return
        if self._looked is None or self._looked[0] != points:
            self._looked = (points, self._now_ns())
            self.post_message(Look(LOOK_S, *points))
