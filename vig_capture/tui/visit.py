"""Which screen is in front: the sheet before the film, the film's own, the moments after it, the earlier sessions.

The film screen lies below all others. The recorder's state decides between sheet and film; a film that has been closed
shows its moments by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from textual import events

from vig_capture.core.errors import VigError
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.camera_source import without_password
from vig_capture.tui import texts
from vig_capture.tui.after.ports import Clips, FilePlayer, SessionEditor
from vig_capture.tui.after.screen import AfterScreen
from vig_capture.tui.earlier.ports import Sessions
from vig_capture.tui.earlier.screen import SessionsScreen
from vig_capture.tui.film.kept import Kept
from vig_capture.tui.prepare.ports import Choice, Shelf
from vig_capture.tui.prepare.screen import PrepareScreen
from vig_capture.tui.shown import as_map, text

if TYPE_CHECKING:
    from vig_capture.tui.crossing import Crossing

CLOSED_NS = SECOND_NS
"""A recorder that has closed its film and does not leave is not waited for any longer."""
CHOICE_FIELDS = {"camera": "cameras", "mic": "mics", "kind": "profile", "vocabulary": "vocabulary"}
"""What the request calls the parts of a choice."""


class Around(Protocol):
    """What there is beside the recorder. Made by the command, so that the screen needs no file and no device."""

    def today(self) -> str:
        """The day by this computer's clock, as an ISO date."""

    def shelf(self) -> Shelf:
        """What lies ready before a film."""

    def remember(self, fields: dict[str, Any], choice: Choice) -> None:
        """Keep of a film that has begun what the next one begins with. May take a moment."""

    def news(self) -> str:
        """What is to be said of the last film, such as that nobody had ended it; "" for nothing. May take a moment."""

    def editor(self, folder: Path) -> SessionEditor:
        """The writer of a session that is closed. May take a moment. Raises VigError."""

    def clips(self, folder: Path) -> Clips:
        """Pictures and clips of a session."""

    def player(self) -> FilePlayer:
        """The computer's own player."""

    def sessions(self) -> Sessions:
        """The earlier sessions."""

    def erase(self, folder: Path) -> None:
        """Erase a session. May take a moment. Raises VigError."""

    def keep_fault(self, trace: str) -> None:
        """Write down why the screen failed, where its programmers find it. Raises nothing."""

    def kept(self) -> dict[str, Any]:
        """What a screen that was killed kept: see tui/film/kept.py. Raises nothing."""

    def keep(self, kept: dict[str, Any]) -> None:
        """Keep this for the next screen, or nothing any more where it is empty. May take a moment. Raises nothing."""


class Visit:
    """The screens over the film's own. Used by the app, in its thread."""

    def __init__(self, app: Crossing, around: Around) -> None:
        self._app = app
        self._around = around
        self._prepare: PrepareScreen | None = None
        self._closed_ns: int | None = None
        """When the recorder said that the film is closed."""
        self._choice = Choice()
        self._wished: dict[str, Any] = {}
        """What of the request was to be changed, and is not known to be."""
        self._exchanged = self._asked_again = False
        self._begin: tuple[str, dict[str, Any], Choice] | None = None
        """The start that is not answered: its id, the sheet, and the choice."""
        self.kept = Kept(app.film, app.lively, around, self._in_thread)
        """What of the film's screen the next one takes up, should this one be killed."""

    @property
    def front(self) -> PrepareScreen | AfterScreen | SessionsScreen | None:
        """The screen that has the keys; None where it is the film's own, or none is left because the app closes."""
        top = next(reversed(self._app.screen_stack), None)
        return top if isinstance(top, PrepareScreen | AfterScreen | SessionsScreen) else None

    def press(self, event: events.Key | events.Paste) -> bool:
        """Hand a key or a paste to the screen in front. False where it is the film's."""
        front = self.front
        if front is None:
            return False
        if isinstance(event, events.Key):
            front.press(event)
        else:
            front.paste(event.text)
        return True

    # What the recorder tells -----------------------------------------------------------------------------------------

    def take_snapshot(self, snapshot: dict[str, Any]) -> None:
        """The sheet is in front as long as nothing has begun."""
        self.kept.check()
        if text(snapshot, "state") != "idle":
            self._leave_prepare()
            return
        choice = _choice(as_map(snapshot.get("choice")))
        if self._prepare is None:
            self._choice = choice
            self._prepare = PrepareScreen(self._around.shelf(), choice, self._around.today())
            self._app.push_screen(self._prepare)
            self._in_thread(self._around.news, self._tell_news)
        self._compare(as_map(snapshot.get("choice")), self._prepare)
        if not self._wished:
            # A recorder with other devices than the guider chose has nothing to say.
            self._prepare.take_snapshot(snapshot)

    def take_picture(self, picture: dict[str, Any]) -> bool:
        """False where it is for the film's own screen."""
        if self._prepare is None:
            return False
        self._prepare.take_picture(picture)
        return True

    def take_answer(self, message: dict[str, Any]) -> None:
        """An acknowledgement."""
        if self._begin is None or message.get("ack") != self._begin[0]:
            return
        _, fields, choice = self._begin
        self._begin = None
        if message.get("ok"):
            self._in_thread(lambda: self._around.remember(fields, choice), lambda _: None)
        elif self._prepare is not None:
            self._prepare.say(" ".join(text(message, part) for part in ("what", "why", "do")).strip(), bad=True)

    def _compare(self, told: dict[str, Any], prepare: PrepareScreen) -> None:
        """Has the recorder what was chosen? A choice made while one recorder followed another was heard by neither."""
        wished = self._wished
        self._wished = {name: value for name, value in wished.items() if told.get(name) != _without_passwords(value)}
        is_another, self._exchanged = self._exchanged, False
        if not self._wished or not is_another:
            return
        if not self._asked_again:
            self._asked_again = True
            self._app.choose(self._wished)
            return
        # It could not begin with these, and there is the one from before.
        self._wished = {}
        self._choice = prepare.form.active = _choice(told)
        prepare.form.go_back()
        prepare.say(texts.PREPARE_NOT_TAKEN, bad=True)

    def lose(self) -> None:
        """The recorder is gone: another one is on its way, or the film is closed."""
        self._exchanged = True
        if self._prepare is not None:
            self._prepare.opening()

    def tick(self, now_ns: int) -> None:
        """Time passes: a film that is closed shows its moments."""
        film = self._app.film
        self.kept.tick(now_ns)
        if not (film.ended and film.closed and film.shown.folder) or self.front is not None:
            self._closed_ns = None
            return
        self._closed_ns = self._closed_ns or now_ns
        # The recorder holds the session until it has left.
        if film.all_saved and (self._app.recorder_gone or now_ns - self._closed_ns > CLOSED_NS):
            self.show_moments(Path(film.shown.folder))

    # Coming and going ------------------------------------------------------------------------------------------------

    def show_moments(self, folder: Path) -> None:
        """The list of moments of a session."""
        around = self._around
        self._app.push_screen(
            AfterScreen(folder, lambda: around.editor(folder), around.clips(folder), around.player(), self._app.keys)
        )

    def show_sessions(self) -> None:
        """The earlier sessions; from a list of moments they take its place."""
        if isinstance(self.front, AfterScreen):
            self._app.pop_screen()
        if not isinstance(self.front, SessionsScreen):
            self._app.push_screen(SessionsScreen(self._around.sessions()))

    def go_back(self) -> None:
        """The screen in front is left: to the one from which it was opened, or altogether."""
        below = self._app.screen_stack[-2]
        if isinstance(below, PrepareScreen | AfterScreen | SessionsScreen):
            self._app.pop_screen()
        else:
            self._app.exit(True)

    def begin(self, command_id: str, fields: dict[str, Any], choice: Choice) -> None:
        """The start was sent with this id."""
        self._begin = command_id, fields, choice

    def choose(self, choice: Choice) -> None:
        """Ask for a recorder with this choice. What stays as it was is not named: the screen knows no passwords."""
        before, self._choice = self._choice, choice
        for part, name in CHOICE_FIELDS.items():
            new = getattr(choice, part)
            if new != getattr(before, part):
                self._wished[name] = [new] if part in ("camera", "mic") else new
        self._asked_again = False
        if self._prepare is not None:
            self._prepare.opening()
        if self._wished:
            self._app.choose(self._wished)

    def erase(self, folder: Path) -> None:
        """Erase a session for good: it was asked twice."""
        self._in_thread(lambda: self._around.erase(folder), self._erased)

    def _erased(self, error: object) -> None:
        if isinstance(error, VigError):
            if isinstance(self.front, AfterScreen):
                self.front.say(str(error))
        elif any(isinstance(each, SessionsScreen) for each in self._app.screen_stack[:-1]):
            self._app.pop_screen()
        else:
            self._app.erased = True
            self._app.exit(True)

    def _leave_prepare(self) -> None:
        if self._prepare is None:
            return
        prepare, self._prepare = self._prepare, None
        while prepare in self._app.screen_stack[1:]:
            self._app.pop_screen()

    def _tell_news(self, news: object) -> None:
        if self._prepare is not None and isinstance(news, str) and news:
            self._prepare.say(news)

    def _in_thread(self, work: Callable[[], object], then: Callable[[object], None]) -> None:
        """Have something done beside the screen, and go on with its result, or with its error."""

        def run() -> None:
            try:
                found = work()
            except VigError as error:
                found = error
            # The loop is closed while the screen is being left.
            with suppress(RuntimeError):
                self._app.call_from_thread(then, found)

        self._app.run_worker(run, thread=True)


def _without_passwords(value: object) -> object:
    return [without_password(str(each)) for each in value] if isinstance(value, list) else value


def _choice(told: dict[str, Any]) -> Choice:
    cameras, mics = ([each for each in told.get(name) or () if isinstance(each, str)] for name in ("cameras", "mics"))
    kind, vocabulary = text(told, "profile"), text(told, "vocabulary")
    return Choice(next(iter(cameras), "none"), next(iter(mics), "none"), kind, vocabulary)
