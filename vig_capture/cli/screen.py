"""The thin parent of recorder and screen: owns the terminal, starts either again when it dies. Imports neither av nor
textual."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from vig_capture.archive.reader import read_session
from vig_capture.cli.request import Request
from vig_capture.cli.start import Started, start_recorder
from vig_capture.cli.unfinished import ask, close_session, last_unfinished
from vig_capture.core.errors import VigError
from vig_capture.devices.settings_files import runtime_folder
from vig_capture.engine.client import find

RESTARTS_MAX = 20
LOOK_S = 0.1
RESET = "\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[0m"
"""Leaves the other screen, shows the cursor, and switches off whatever a screen that died had switched on."""


def film(request: Request) -> int:
    """`record`: film with the screen in front. Returns the exit code."""
    return _accompany(start_recorder(request), request)


def find_again() -> int:
    """`vig-capture` alone: show the running session, if there is one."""
    if find(runtime_folder()) is not None:
        return _accompany(None, None)
    request = last_unfinished()
    wish = ask(request) if request is not None and sys.stdin.isatty() else ""
    if request is not None and wish == "continue":
        return film(request)
    if request is not None and wish == "close":
        close_session(Path(request.resume))
        print("It is closed.")
        return 0
    if request is not None and not wish:
        print(f"Not closed yet: {request.resume}")
    else:
        print("Nothing is being filmed.")
    print("To film: vig-capture record --camera NAME --mic NAME    To see the names: vig-capture devices")
    print("To practise: vig-capture record --demo")
    return 0


def _accompany(started: Started | None, request: Request | None) -> int:
    """Keep the screen, and where this command started it the recorder, alive until the film is closed or left."""
    screen = _show()
    restarts = 0
    while True:
        try:
            code = screen.wait(timeout=LOOK_S)
        except subprocess.TimeoutExpired:
            code = None
        except KeyboardInterrupt:
            # Ctrl-C belongs to the screen, which asks before it ends anything.
            continue
        if code == 0:
            return 0
        if code is not None:
            _restore_terminal()
            if find(runtime_folder()) is None:
                return 0 if started is None or _closed(started.folder) else 1
            restarts += 1
            if restarts > RESTARTS_MAX:
                print("The screen cannot be shown. The film goes on; see: vig-capture status", file=sys.stderr)
                return 1
            screen = _show()
        if started is not None and request is not None and started.process.poll() is not None:
            if _closed(started.folder):
                started = None
                continue
            restarts += 1
            if restarts > RESTARTS_MAX:
                print("The recorder cannot go on. What is filmed is safe: vig-capture recover", file=sys.stderr)
                return 1
            started = start_recorder(replace(request, resume=str(started.folder)))


def _show() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "vig_capture.cli.screen_main"])


def _restore_terminal() -> None:
    if sys.stdout.isatty():
        sys.stdout.write(RESET)
        sys.stdout.flush()
    if sys.platform != "win32" and sys.stdin.isatty():
        subprocess.run(["stty", "sane"], check=False)


def _closed(folder: Path) -> bool:
    try:
        return read_session(folder).view.closed
    except VigError:
        return False
