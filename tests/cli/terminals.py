"""The command in a pseudo terminal, and what its recorder left."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vig_capture.archive.reader import read_session
from vig_capture.devices import clock

posix = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs a pseudo terminal and /proc")


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

    def text(self) -> str:
        """All that was written."""
        return self._said.decode()

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


def running(root: Path) -> dict[str, Any]:
    """run.json of the running recorder."""
    found: dict[str, Any] = json.loads((root / "run" / "vig-capture" / "run.json").read_bytes())
    return found


def keys(root: Path) -> list[str]:
    """The marker keys in the journal."""
    (folder,) = (root / "out").iterdir()
    return [marker.key for marker in read_session(folder).view.markers.values()]
