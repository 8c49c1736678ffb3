"""What the screens before and after the film ask of the app, and what it passes on to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import App

from vig_capture.core.keys import ScreenKeys
from vig_capture.tui.after import ports as after_ports
from vig_capture.tui.earlier import ports as sessions
from vig_capture.tui.film.lively import Lively
from vig_capture.tui.film.state import FilmState
from vig_capture.tui.prepare import ports as prepare_ports
from vig_capture.tui.wire import Wire

if TYPE_CHECKING:
    from vig_capture.tui.visit import Visit


class Crossing(App[bool]):
    """An app whose own screen is the film's, with the others over it."""

    film: FilmState
    keys: ScreenKeys
    lively: Lively
    erased: bool
    """The film is no more."""
    recorder_gone: bool
    _wire: Wire
    _visit: Visit | None
    """None where there is the film's screen only."""
    _now_ns: Callable[[], int]

    def _hand_on_picture(self, visit: Visit) -> None:
        """To the screen before the film, if it is in front."""
        if self._wire.pictures and isinstance(picture := self._wire.pictures[0], dict) and visit.take_picture(picture):
            self._wire.pictures.clear()

    def _covered(self) -> bool:
        """Is the film's screen behind another one, or gone? (While the app is closing a timer may still tick.)"""
        return not self.screen_stack or (self._visit is not None and self._visit.front is not None)

    @on(prepare_ports.Chosen)
    def _choose(self, event: prepare_ports.Chosen) -> None:
        if self._visit is not None:
            self._visit.choose(event.choice)

    def choose(self, request: dict[str, Any]) -> None:
        """Ask for a recorder that opens this. Nobody waits for an answer: the next one says what it has."""
        self._wire.order(self.film.order("choose", request=dict(request)))

    @on(prepare_ports.Begin)
    def _begin(self, event: prepare_ports.Begin) -> None:
        command = self.film.order("start", mono_ns=self._now_ns(), sheet=event.fields)
        if self._visit is not None:
            self._visit.begin(command["id"], event.fields, event.choice)
        self._wire.order(command)

    @on(prepare_ports.Leave)
    def _leave(self) -> None:
        self._wire.order(self.film.order("leave"))
        self.exit(True)

    @on(prepare_ports.Look)
    def _look(self, event: prepare_ports.Look) -> None:
        self._wire.order(self.film.look(event.seconds, event.width, event.height))

    @on(prepare_ports.Expect)
    def _expect(self, event: prepare_ports.Expect) -> None:
        self._wire.order(self.film.order("expect", faces=event.faces))

    @on(prepare_ports.Earlier)
    @on(after_ports.Earlier)
    def _show_sessions(self) -> None:
        if self._visit is not None:
            self._visit.show_sessions()

    @on(sessions.Open)
    def _show_moments(self, event: sessions.Open) -> None:
        if self._visit is not None:
            self._visit.show_moments(event.folder)

    @on(after_ports.Closed)
    @on(sessions.Back)
    def _go_back(self) -> None:
        if self._visit is not None:
            self._visit.go_back()

    @on(after_ports.Erase)
    def _erase(self, event: after_ports.Erase) -> None:
        if self._visit is not None:
            self._visit.erase(event.folder)
