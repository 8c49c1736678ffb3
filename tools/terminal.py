"""A real terminal to press keys in: a tmux server of its own, for measurements and fault runs of the screen."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns


@dataclass(frozen=True, slots=True)
class Press:
    """A key that was sent, and the host's monotonic clock right before and right after `tmux send-keys`."""

    key: str
    before_ns: int
    after_ns: int

    @property
    def mono_ns(self) -> int:
        """The middle: the key reached the terminal at some moment between the two."""
        return (self.before_ns + self.after_ns) // 2


class Terminal:
    """A tmux session with one window. Raises CalledProcessError where tmux refuses."""

    def __init__(self, server: str, environment: Mapping[str, str]) -> None:
        self._tmux = ["tmux", "-L", server, "-f", "/dev/null"]
        self._environment = {**os.environ, **environment, "TERM": "xterm-256color"}
        self._environment.pop("TMUX", None)

    def start(self, command: Sequence[str], size: tuple[int, int] = (80, 24)) -> None:
        """A shell that runs the command, says what it returned as RC=n, and stays."""
        line = " ".join(_quoted(part) for part in command)
        keep = f"stty -g; {line}; echo RC=$?; stty -g; exec sleep 3600"
        self._run("new-session", "-d", "-s", "s", "-x", str(size[0]), "-y", str(size[1]), keep)

    def press(self, key: str) -> Press:
        """Send one key by tmux's name of it: a, A, Space, BSpace, C-x, Enter."""
        before_ns = mono_ns()
        self._run("send-keys", "-t", "s", key)
        return Press(key, before_ns, mono_ns())

    def hold(self, key: str, seconds: float, every_s: float, delay_s: float = 0.0) -> int:
        """Auto-repeat: a press, after `delay_s` the first repeat, then one every `every_s`. Returns how many were sent."""
        start_ns = mono_ns()
        self.press(key)
        count, due_s = 1, delay_s or every_s
        while due_s < seconds:
            wait_until(start_ns + round(due_s * SECOND_NS))
            self.press(key)
            count, due_s = count + 1, due_s + every_s
        return count

    def text(self, history: bool = False) -> str:
        """What stands in the window; with `history` also what scrolled away."""
        return self._run("capture-pane", "-p", "-t", "s", *(["-S", "-200"] if history else []))

    def modes(self) -> dict[str, str]:
        """Which of a screen's modes are switched on: all of them are off in a restored terminal."""
        names = ("alternate_on", "mouse_any_flag", "bracket_paste_flag", "keypad_cursor_flag")
        values = self._run("display-message", "-p", "-t", "s", " ".join(f"#{{{name}}}" for name in names) + " .")
        cursor = self._run("display-message", "-p", "-t", "s", "#{cursor_flag}").strip()
        return {**dict(zip(names, values.split(" "), strict=False)), "cursor_flag": cursor}

    def wait_for(self, words: str, seconds: float = 15.0) -> float:
        """Wait until the words stand in the window; returns how long it took. Raises TimeoutError with the window."""
        return wait_for(lambda: words in self.text(), seconds, lambda: f"{words!r} is not in:\n{self.text()}")

    def resize(self, size: tuple[int, int]) -> None:
        self._run("resize-window", "-t", "s", "-x", str(size[0]), "-y", str(size[1]))

    def pane_pid(self) -> int:
        """The shell's process."""
        return int(self._run("display-message", "-p", "-t", "s", "#{pane_pid}"))

    def close(self) -> None:
        """As the window's close button: whoever runs in it gets SIGHUP."""
        subprocess.run([*self._tmux, "kill-session", "-t", "s"], check=False, capture_output=True)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments], check=True, capture_output=True, text=True, env=self._environment
        )
        return done.stdout


def wait_for(done: Callable[[], bool], seconds: float, told: Callable[[], str] = lambda: "it did not happen") -> float:
    """Wait until it is so; returns how long it took in seconds. Raises TimeoutError."""
    start_ns = mono_ns()
    while not done():
        if mono_ns() - start_ns > seconds * SECOND_NS:
            raise TimeoutError(told())
        time.sleep(0.02)
    return (mono_ns() - start_ns) / SECOND_NS


def wait_until(due_ns: int) -> None:
    """Sleep to a moment of the monotonic clock."""
    while (rest_ns := due_ns - mono_ns()) > 0:
        time.sleep(rest_ns / SECOND_NS)


def children(pid: int) -> dict[int, str]:
    """The processes below this one, by their command lines."""
    table: dict[int, tuple[int, str]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[1])
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            table[int(entry.name)] = (parent, line)
    found: dict[int, str] = {}
    wanted = {pid}
    while wanted:
        wanted = {each for each, (parent, _) in table.items() if parent in wanted and each not in found}
        found |= {each: table[each][1] for each in wanted}
    return found


def feed(pipe: Path, log: Path, size: str = "640x360", rate: int = 30) -> subprocess.Popen[bytes]:
    """tools/feed.py into a named pipe, as MJPEG."""
    if not pipe.exists():
        os.mkfifo(pipe)
    here = Path(__file__).parent / "feed.py"
    command = [sys.executable, str(here), "--to", f"pipe:{pipe}", "--codec", "mjpeg", "--log", str(log)]
    return subprocess.Popen([*command, "--size", size, "--rate", str(rate)])


def _quoted(part: str) -> str:
    return "'" + part.replace("'", "'\\''") + "'"
