"""The thin parent of recorder and screen: owns the terminal, starts either again when it dies. Imports neither av nor
textual."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from vig_capture.archive.reader import is_session, read_session
from vig_capture.cli.prepare import Waiting
from vig_capture.cli.request import Request, default_out, preparing
from vig_capture.cli.start import Started, start_recorder
from vig_capture.cli.terminal import can_answer, can_see
from vig_capture.cli.unfinished import ask, close_session, ended_by_itself, last_unfinished
from vig_capture.core.errors import VigError
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns
from vig_capture.devices.settings_files import load_settings, runtime_folder
from vig_capture.engine.client import UNFINISHED, find
from vig_capture.engine.plan import SECOND
from vig_capture.tui.link import ERASED, LEFT

termios: ModuleType | None
try:
    import termios
except ImportError:  # Windows
    termios = None

RESTARTS_MAX = 20
RETRY_NS = 2 * SECOND_NS
LEAVE_S = 5.0
LOOK_S = 0.1
RESET = "\x1b\\\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[0m"
"""Ends a picture that was sent by half, leaves the other screen, shows the cursor, and switches off whatever a screen
that died had switched on."""


def film(request: Request) -> int:
    """`record`: film with the screen in front. Returns the exit code."""
    if can_see():
        print("Starting cameras and microphones …", flush=True)
    started = start_recorder(request)
    _forget_typed()
    return Company(started.folder, started, request).run()


def prepare(request: Request) -> int:
    """Show the picture and the sheet, and film when the guider says so. Returns the exit code."""
    waiting = Waiting(request)
    _forget_typed()
    return Company(None, None, waiting.request, waiting).run()


def look_back(folder: Path | None) -> int:
    """Show a session that was filmed, or without a folder all of them. Returns the exit code."""
    return Company(folder, looks_back=True).run()


def find_again() -> int:
    """`vig-capture` alone: show the running session, or offer the unfinished one, or prepare a new one."""
    running = find(runtime_folder())
    if running is not None and not (can_see() and can_answer()):
        print(f"A film is running: {running.folder}")
        print("Its screen needs a terminal. `vig-capture status` tells how it is, `vig-capture stop` ends it.")
        return 0
    if running is not None:
        return Company(running.folder).run()
    request = last_unfinished()
    wish = ask(request) if request is not None and can_answer() else ""
    if request is not None and wish == "continue":
        return film(request)
    if request is not None and wish == "close":
        close_session(Path(request.resume))
        print("It is closed.")
        return 0
    if can_see() and can_answer():
        return prepare(preparing())
    if request is not None:
        print(f"Not closed yet: {request.resume}")
    else:
        if news := ended_by_itself():
            print(news)
        print("Nothing is being filmed.")
    print("To film: vig-capture record --camera NAME --mic NAME    To see the names: vig-capture devices")
    print("To practise: vig-capture record --demo")
    return 0


class Company:
    """Keeps the screen, and where this command started it the recorder, alive until the film is closed or left."""

    def __init__(
        self,
        folder: Path | None,
        started: Started | None = None,
        request: Request | None = None,
        waiting: Waiting | None = None,
        looks_back: bool = False,
    ) -> None:
        """`waiting`: nothing is filmed yet, and there is no folder. `looks_back`: all of it was filmed before."""
        self._folder = folder
        self._started = started
        self._request = request
        self._waiting = waiting
        self._looks_back = looks_back
        self._settings = _terminal_settings()
        self._screen = _show(*self._shows())
        self._restarts = 0
        self._try_at_ns = 0

    def run(self) -> int:
        """Returns the exit code."""
        while True:
            try:
                code = self._screen.wait(timeout=LOOK_S)
            except subprocess.TimeoutExpired:
                code = None
            except KeyboardInterrupt:
                # Ctrl-C belongs to the screen, which asks before it ends anything.
                continue
            if (error := self._look_at_waiting()) is not None:
                return self._fail(error)
            if code == 0:
                return self._say_the_end()
            if code == ERASED:
                print("The film was erased. Nothing of it is left in its folder.")
                return 0
            if code == LEFT:
                print("The screen is closed, and the film is left as it is. To see it again: vig-capture")
                return 1
            if code is not None and (over := self._show_again()) is not None:
                return over
            if self._recorder_died() and not self._film_again():
                return 1

    def _look_at_waiting(self) -> VigError | None:
        """Before the film: has it begun? The error where it never will."""
        if self._waiting is None:
            return None
        try:
            self._started = self._waiting.look()
        except VigError as error:
            return error
        if self._started is not None:
            self._folder, self._request, self._waiting = self._started.folder, self._waiting.request, None
        return None

    def _fail(self, error: VigError) -> int:
        self._screen.terminate()
        self._screen.wait()
        _restore_terminal(self._settings)
        print(error, file=sys.stderr)
        return error.exit_code

    def _say_the_end(self) -> int:
        if self._waiting is not None:
            self._waiting.leave()
            print("Nothing was filmed.")
            return 0
        if self._looks_back or self._folder is None:
            return 0
        if self._started is not None:
            with suppress(subprocess.TimeoutExpired):
                self._started.process.wait(timeout=LEAVE_S)
        folder = _now_in(self._folder, self._request)
        if self._request is None and not folder.exists():
            # Another command's recorder that waited for its Enter.
            print("Nothing was filmed.")
            return 0
        if not _closed(folder):
            print("The film could not be finished in time. What was filmed is safe. Run: vig-capture recover")
            return 1
        print(f"The film is in {folder}")
        print("Clips of its moments, to look at together: vig-capture clips last")
        return 0

    def _show_again(self) -> int | None:
        """The screen died. The exit code where there is nothing to be shown, or it cannot be shown."""
        _restore_terminal(self._settings)
        if self._too_often():
            if self._waiting is not None:
                self._waiting.leave()
                print("The screen cannot be shown. Nothing was filmed.", file=sys.stderr)
            else:
                print("The screen cannot be shown. The film goes on; see: vig-capture status", file=sys.stderr)
            return 1
        self._screen = _show(*self._shows())
        return None

    def _shows(self) -> list[str]:
        """What the screen is to begin with: the moments of a film that is over, the earlier sessions, or what is."""
        where = ["--out", self._request.out if self._request is not None else default_out()]
        if self._looks_back:
            return [*where, "--after", str(self._folder)] if self._folder else [*where, "--sessions"]
        if self._waiting is None and self._folder is not None:
            folder = _now_in(self._folder, self._request)
            if _closed(folder) and find(runtime_folder()) is None:
                return [*where, "--after", str(folder)]
        return where

    def _recorder_died(self) -> bool:
        """Whether it is to film again, and now. After a stop that was not finished in time it must not."""
        if self._started is None or self._folder is None or mono_ns() < self._try_at_ns:
            return False
        code = self._started.process.poll()
        if code is not None and (code in (0, UNFINISHED) or _ending(_now_in(self._folder, self._request))):
            self._started = None
        return code is not None and self._started is not None

    def _film_again(self) -> bool:
        """In the same session. A failure is tried again; False when it failed too often."""
        assert self._request is not None, "whoever started a recorder knows its request"
        assert self._folder is not None, "a recorder that films has a folder"
        folder = _now_in(self._folder, self._request)
        try:
            self._started = start_recorder(replace(self._request, resume=str(folder)))
        except VigError as error:
            self._try_at_ns = mono_ns() + RETRY_NS
            if find(runtime_folder()) is not None:
                # Another command has taken the session up.
                self._started = None
            elif self._too_often():
                self._fail(error)
                print("The recorder cannot go on. What is filmed is safe: vig-capture recover", file=sys.stderr)
                return False
        return True

    def _too_often(self) -> bool:
        self._restarts += 1
        return self._restarts > RESTARTS_MAX


def _show(*begins_with: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "vig_capture.cli.screen_main", *begins_with])


def _now_in(folder: Path, request: Request | None) -> Path:
    """The folder that is filmed into: the second one, where the first disk had refused."""
    options, profile = (request.options(), request.profile) if request else ({}, "")
    fallback = load_settings(profile=profile, options=options).fallback_folder
    second = Path(fallback).expanduser() / f"{folder.name}{SECOND}"
    return second if fallback and is_session(second) else folder


def _forget_typed() -> None:
    """What was typed before there was a screen: nobody knows when, so it marks nothing."""
    if termios is not None and can_answer():
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def _terminal_settings() -> list[Any] | None:
    """As they are before any screen changes them."""
    if termios is None or not can_answer():
        return None
    settings: list[Any] = termios.tcgetattr(sys.stdin.fileno())
    return settings


def _restore_terminal(settings: list[Any] | None) -> None:
    if can_see():
        sys.stdout.write(RESET)
        sys.stdout.flush()
    if termios is not None and settings is not None:
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, settings)


def _closed(folder: Path) -> bool:
    try:
        return read_session(folder).view.closed
    except VigError:
        return False


def _ending(folder: Path) -> bool:
    """Had the end of the film begun?"""
    try:
        return read_session(folder).view.state in ("stopping", "closed")
    except VigError:
        return False
