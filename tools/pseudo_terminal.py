"""A pseudo terminal of our own: nothing lies between us and the program, and each read of what it writes is stamped."""

from __future__ import annotations

import bisect
import os
import pty
import re
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from terminal import children, wait_for

from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns

HOLD_NS = 15 * SECOND_NS
"""The picture stays for 20 s: after so long it is sent away and asked for again."""
UP, F2 = "\x1b[A", "\x1bOQ"
"""Both are the picture's key. (The same one twice within 0.7 s would be a held key.)"""
HALF = "▀"
"""Stands nowhere but in the picture, whose camera moves."""


class Pty:
    """A program in a pseudo terminal of our own, in true colour unless `colours` says 256."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        size: tuple[int, int] = (120, 40),
        colours: str = "truecolor",
    ) -> None:
        self._near, far = pty.openpty()
        termios.tcsetwinsize(far, (size[1], size[0]))
        names = {**os.environ, **environment, "TERM": "xterm-256color"}
        names.pop("COLORTERM", None)
        names |= {"COLORTERM": "truecolor"} if colours == "truecolor" else {}
        self.process = subprocess.Popen(
            # It gets its window's size and its hang-up only from a terminal that is its own.
            ["setsid", "--ctty", *command],
            stdin=far,
            stdout=far,
            stderr=far,
            env=names,
        )
        os.close(far)
        self._written = bytearray()
        self._ends: list[int] = []
        self._read_ns: list[int] = []
        """Of each read: where it ended in `_written`, and when."""
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def press(self, keys: str) -> int:
        """Type; returns the host's monotonic clock right before."""
        before_ns = mono_ns()
        os.write(self._near, keys.encode())
        return before_ns

    def written(self) -> int:
        """How many bytes the program wrote so far: where the next ones begin."""
        with self._more:
            return len(self._written)

    def find(self, pattern: str, since: int, seconds: float) -> tuple[int, re.Match[bytes]] | None:
        """When a pattern had come in whole, among what was written from byte `since` on; None: not in time."""
        wanted, end_ns = re.compile(pattern.encode()), mono_ns() + round(seconds * SECOND_NS)
        with self._more:
            while (found := wanted.search(self._written, since)) is None:
                if (rest_ns := end_ns - mono_ns()) <= 0:
                    return None
                self._more.wait(rest_ns / SECOND_NS)
            return self._read_ns[bisect.bisect_left(self._ends, found.end())], found

    def wait_for(self, pattern: str, since: int = 0, seconds: float = 20.0) -> int:
        """As `find`, but it has to come. Raises TimeoutError with the last that was written."""
        found = self.find(pattern, since, seconds)
        if found is None:
            raise TimeoutError(f"{pattern!r} is not in: {bytes(self._written[since:][-2000:])!r}")
        return found[0]

    def child(self, words: str) -> int:
        """The process below this command whose command line has these words. Raises TimeoutError."""
        found: list[int] = []

        def look() -> bool:
            found[:] = [pid for pid, line in children(self.process.pid).items() if words in line]
            return bool(found)

        wait_for(look, 10, lambda: f"there is no {words}")
        return found[0]

    def close(self) -> None:
        """As the window's close button."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGHUP)
            self.process.wait(timeout=10)

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._near, 1 << 16)
            except OSError:
                # Nobody has its other end any more.
                return
            read_ns = mono_ns()
            with self._more:
                self._written += data
                self._ends.append(len(self._written))
                self._read_ns.append(read_ns)
                self._more.notify_all()


class Held:
    """Keeps the picture on the screen."""

    def __init__(self, terminal: Pty) -> None:
        self._terminal = terminal
        self._since_ns = 0

    def hold(self) -> None:
        """Ask for the picture where it would go soon."""
        if mono_ns() - self._since_ns < HOLD_NS:
            return
        if self._terminal.find(HALF, self._terminal.written(), 0.7) is not None:
            self._terminal.press(UP)
        self._terminal.press(F2)
        time.sleep(0.2)
        self._terminal.wait_for(HALF, self._terminal.written(), 5)
        self._since_ns = mono_ns()


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used, all of its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
