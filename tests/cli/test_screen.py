"""The command that keeps screen and recorder alive: its decisions with made-up processes, and it all in a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from vig_capture.archive.reader import read_session
from vig_capture.cli import screen
from vig_capture.cli.request import Request
from vig_capture.cli.screen import Company
from vig_capture.cli.start import Started
from vig_capture.core.config import Settings
from vig_capture.core.errors import DeviceError, VigError
from vig_capture.devices import clock
from vig_capture.engine.client import CRASHED, UNFINISHED
from vig_capture.tui.link import LEFT

posix = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs a pseudo terminal and /proc")
REQUEST = Request(cameras=("demo",), mics=("none",), out="/films")


class Process:
    """A process that ends when it is told to; as a screen it says each code once, then goes on."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.ended = False

    def wait(self, timeout: float | None = None) -> int:
        if not self.codes:
            raise subprocess.TimeoutExpired("screen", timeout or 0)
        return self.codes.pop(0)

    def poll(self) -> int | None:
        return self.codes[0] if self.codes else None

    def terminate(self) -> None:
        self.ended = True
        self.codes = [0]


class World:
    """What the command finds: screens that end with these codes, recorders, and the journal's last word."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *screens: int) -> None:
        self.screens = [Process(code) for code in screens]
        self.shown: list[Process] = []
        self.begun_with: list[tuple[str, ...]] = []
        self.started: list[Request] = []
        self.closed = self.ending = False
        self.found: object = "a recorder"
        self.fallback = ""
        self.refuses: list[VigError] = []
        self.now_ns = 0
        monkeypatch.setattr(screen, "_show", self._show)
        monkeypatch.setattr(screen, "start_recorder", self._start)
        monkeypatch.setattr(screen, "_closed", lambda _: self.closed)
        monkeypatch.setattr(screen, "_ending", lambda _: self.ending)
        monkeypatch.setattr(screen, "find", lambda _: self.found)
        monkeypatch.setattr(screen, "load_settings", lambda **_: Settings(fallback_folder=self.fallback))
        monkeypatch.setattr(screen, "_restore_terminal", lambda _: None)
        monkeypatch.setattr(screen, "mono_ns", self._later)

    def accompany(self, recorder: Process) -> int:
        started = Started(cast("subprocess.Popen[bytes]", recorder), Path("/films/one"))
        return Company(started.folder, started, REQUEST).run()

    def _later(self) -> int:
        self.now_ns += screen.RETRY_NS // 4
        return self.now_ns

    def _show(self, *begins_with: str) -> Process:
        self.begun_with.append(begins_with)
        self.shown.append(self.screens.pop(0))
        return self.shown[-1]

    def _start(self, request: Request) -> Started:
        self.started.append(request)
        if self.refuses:
            raise self.refuses.pop(0)
        # The film ends with this recorder: the screen says so.
        self.closed = True
        self.shown[-1].codes = [0]
        return Started(cast("subprocess.Popen[bytes]", Process()), Path("/films/one"))


def test_a_screen_that_dies_is_shown_again(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Killed or failed it comes back; when it says that the session has ended, so does the command, and says where."""
    world = World(monkeypatch, -9, 1, 0)
    world.closed = True
    assert world.accompany(Process()) == 0
    assert len(world.shown) == 3
    assert "/films/one" in capsys.readouterr().out


def test_a_screen_that_dies_after_the_end_shows_the_moments_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the film closed and its recorder gone the next screen begins with the list of moments."""
    world = World(monkeypatch, -9, 0)
    world.closed, world.found = True, None
    assert world.accompany(Process(0)) == 0
    assert world.begun_with[1] == ("--out", "/films", "--after", "/films/one")


def test_the_second_folder_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """After the first disk refused, the recorder films again in the second folder."""
    (tmp_path / "one-b").mkdir()
    (tmp_path / "one-b" / "journal.msgpack").touch()
    world = World(monkeypatch, 0)
    world.screens[0].codes = []
    world.fallback = str(tmp_path)
    assert world.accompany(Process(-9)) == 0
    assert world.started == [replace(REQUEST, resume=str(tmp_path / "one-b"))]


def test_a_screen_that_the_guider_left_stays_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaving a recorder that does not answer is final."""
    world = World(monkeypatch, LEFT)
    assert world.accompany(Process()) == 1
    assert len(world.shown) == 1


def test_a_recorder_that_dies_films_again_in_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed, or ended by a fault of its own, it is started once more with the same request and folder."""
    for code in (-9, CRASHED):
        world = World(monkeypatch, 0)
        world.screens[0].codes = []
        assert world.accompany(Process(code)) == 0
        assert world.started == [replace(REQUEST, resume="/films/one")]


def test_after_a_stop_nothing_films_again(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A recorder that could not finish in time, or died while it finished, is not started again, and this is said."""
    for code, ending in ((UNFINISHED, False), (-9, True)):
        world = World(monkeypatch, 0)
        world.ending = ending
        (shown,) = world.screens
        shown.codes = []
        waits = iter(range(3))

        def wait(timeout: float | None = None, waits: Iterator[int] = waits) -> int:
            if next(waits, None) is None:
                return 0
            raise subprocess.TimeoutExpired("screen", timeout or 0)

        monkeypatch.setattr(shown, "wait", wait)
        assert world.accompany(Process(code)) == 1
        assert not world.started
        assert "recover" in capsys.readouterr().out


def test_a_recorder_that_cannot_start_again_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal at the restart ends neither the command nor the screen; after many it gives up and says why."""
    world = World(monkeypatch, 0)
    world.screens[0].codes = []
    world.found = None
    world.refuses = [DeviceError("Busy."), DeviceError("Busy.")]
    assert world.accompany(Process(-9)) == 0
    assert len(world.started) == 3

    world = World(monkeypatch, 0)
    world.screens[0].codes = []
    world.found = None
    world.refuses = [DeviceError("Busy.")] * 100
    assert world.accompany(Process(-9)) == 1
    assert world.shown[0].ended
    assert len(world.started) == screen.RESTARTS_MAX + 1


# --- in a terminal ----------------------------------------------------------------------------------------------------


class Terminal:
    """The command in a pseudo terminal of 80x24."""

    record = ("record", "--camera", "demo", "--mic", "none", "--size", "320x180", "--out")

    def __init__(self, root: Path, *arguments: str) -> None:
        import pty
        import termios

        self.root = root
        self._near, far = pty.openpty()
        termios.tcsetwinsize(far, (24, 80))
        self.far = far
        self.settings = termios.tcgetattr(far)
        self._said = bytearray()
        code = "from vig_capture.cli import main; main()"
        names = ("XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME")
        places = {name: str(root / "run") for name in names}
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdin=far,
            stdout=far,
            stderr=far,
            start_new_session=True,
            env={**os.environ, **places, "TERM": "xterm-256color"},
        )
        threading.Thread(target=self._read, daemon=True).start()

    def press(self, keys: str) -> None:
        os.write(self._near, keys.encode())

    def wait_for(self, words: str, since: int = 0) -> None:
        """Until the words were written; `since` is a length from `said`."""
        until(lambda: words.encode() in self._said[since:], lambda: str(self._said[since:]))

    def said(self) -> int:
        """How much was written so far."""
        return len(self._said)

    def screen(self) -> int:
        """The screen's process."""
        found: list[int] = []

        def look() -> bool:
            found[:] = [pid for pid in _children(self.process.pid) if b"screen_main" in _line(pid)]
            return bool(found)

        until(look)
        return found[0]

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGHUP)
        self.process.wait(timeout=10)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._near, 65536):
                self._said += data


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if int((entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[1]) == pid:
                    found.append(int(entry.name))
    return found


def _line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def until(done: Callable[[], bool], told: Callable[[], str] = lambda: "") -> None:
    """Wait for it, at most 20 s."""
    pause, end_ns = threading.Event(), clock.mono_ns() + 20_000_000_000
    while not done():
        assert clock.mono_ns() < end_ns, told()
        pause.wait(0.02)


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder with a path that is short enough for a socket in it; a recorder that is left over is ended."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        (path / "run").mkdir(mode=0o700)
        try:
            yield path
        finally:
            with contextlib.suppress(OSError, ValueError):
                os.kill(running(path)["pid"], signal.SIGKILL)


def running(root: Path) -> dict[str, Any]:
    """run.json of the running recorder."""
    found: dict[str, Any] = json.loads((root / "run" / "vig-capture" / "run.json").read_bytes())
    return found


def keys(root: Path) -> list[str]:
    """The marker keys in the journal."""
    (folder,) = (root / "out").iterdir()
    return [marker.key for marker in read_session(folder).view.markers.values()]


def end_film(terminal: Terminal) -> None:
    """Ctrl+X, Enter, and out of the list of moments: the film is closed, the command ends with 0, the terminal is as it
    was."""
    import termios

    since = terminal.said()
    terminal.press("\x18")
    terminal.wait_for("End, or go on?", since)
    terminal.press("\r")
    terminal.wait_for("You can close the lid", since)
    terminal.press("q")
    assert terminal.process.wait(timeout=20) == 0
    terminal.wait_for("The film is in", since)
    assert termios.tcgetattr(terminal.far) == terminal.settings
    (folder,) = (terminal.root / "out").iterdir()
    assert read_session(folder).view.closed


@posix
def test_screen_and_recorder_may_be_killed_while_filming(root: Path) -> None:
    """The screen comes back, the recorder films again, every marker is there, and the end is an ordinary end."""
    terminal = Terminal(root, *Terminal.record, f"{root}/out")
    try:
        terminal.wait_for("● RECORDING")
        terminal.press("a")
        until(lambda: keys(root) == ["a"])
        since, old = terminal.said(), terminal.screen()
        os.kill(old, signal.SIGKILL)
        until(lambda: terminal.screen() != old)
        terminal.wait_for("● RECORDING", since)
        since, recorder = terminal.said(), running(root)["pid"]
        os.kill(recorder, signal.SIGKILL)
        terminal.wait_for("NO CONNECTION", since)
        terminal.press("e")
        until(lambda: keys(root) == ["a", "e"])
        assert running(root)["pid"] != recorder
        end_film(terminal)
    finally:
        terminal.close()


@posix
def test_a_closed_terminal_leaves_the_film_running(root: Path) -> None:
    """After a hang-up the recorder goes on, and `vig-capture` alone shows and ends the same film."""
    first = Terminal(root, *Terminal.record, f"{root}/out")
    first.wait_for("● RECORDING")
    recorder = running(root)["pid"]
    first.close()
    second = Terminal(root)
    try:
        second.wait_for("● RECORDING")
        assert running(root)["pid"] == recorder
        second.press("R")
        until(lambda: keys(root) == ["r"])
        end_film(second)
    finally:
        second.close()
