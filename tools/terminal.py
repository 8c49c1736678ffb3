"""A real terminal to press keys in, and a place to film in: for measurements and fault runs of the screen.

What stands in tmux's window can be read; when it came there is better told by pseudo_terminal.py.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from measure_picture import read_log

from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns

COMMAND = [str(Path(sys.executable).with_name("vig-capture"))]


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
    """A session of tmux with one window; needs tmux. Raises CalledProcessError where tmux refuses."""

    def __init__(self, server: str, environment: Mapping[str, str]) -> None:
        self._tmux = ["tmux", "-L", server, "-f", "/dev/null"]
        self._environment = {**os.environ, **environment, "TERM": "xterm-256color"}
        self._environment.pop("TMUX", None)

    def start(self, command: Sequence[str], size: tuple[int, int] = (80, 24)) -> None:
        """A shell that runs the command, says what it returned as RC=n and then OVER, and stays."""
        line = " ".join(_quoted(part) for part in command)
        keep = f"stty -g; {line}; echo RC=$?; stty -g; echo OVER; exec sleep 3600"
        self._run("new-session", "-d", "-s", "s", "-x", str(size[0]), "-y", str(size[1]), keep)

    def press(self, key: str) -> Press:
        """Send one key by tmux's name of it: a, A, Space, BSpace, C-x, Enter."""
        before_ns = mono_ns()
        self._run("send-keys", "-t", "s", key)
        return Press(key, before_ns, mono_ns())

    def send(self, data: bytes) -> Press:
        """Bytes as they are, such as the sequence by which a terminal says that it has lost the focus."""
        before_ns = mono_ns()
        self._run("send-keys", "-t", "s", "-H", *(f"{byte:02x}" for byte in data))
        return Press(data.decode("latin-1"), before_ns, mono_ns())

    def hold(self, key: str, seconds: float, every_s: float, delay_s: float = 0.0) -> int:
        """Auto-repeat: a press, after `delay_s` the first repeat, then one every `every_s`. Returns how many."""
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
                stat = (entry / "stat").read_text(encoding="ascii", errors="replace")
                parent = int(stat.rpartition(")")[2].split()[1])
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


class Feed:
    """tools/feed.py into a named pipe: MJPEG, 640x360 at 30. When its reader dies it begins anew, its numbers go on."""

    def __init__(self, pipe: Path, log: Path) -> None:
        os.mkfifo(pipe)
        self._over = threading.Event()
        self._pipe, self._log = pipe, log
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        while self._thread.is_alive():
            if self._process is not None:
                self._process.kill()
            self._thread.join(0.1)

    def sent(self) -> list[tuple[int, int]]:
        """(when it was drawn, its number) of each frame, in the order of time."""
        logs = [read_log(path) for path in self._log.parent.glob(f"{self._log.name}.*")]
        return sorted((drawn_ns, number) for log in logs for number, (drawn_ns, _) in log.items())

    def _keep(self) -> None:
        epoch, count = str(mono_ns()), 0
        script = str(Path(__file__).parent / "feed.py")
        while not self._over.is_set():
            count += 1
            command = [sys.executable, script, "--to", f"pipe:{self._pipe}", "--codec", "mjpeg", "--epoch", epoch]
            command += ["--log", f"{self._log}.{count}"]
            self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            self._process.wait()


class Place:
    """A folder for the films and a runtime folder of its own, a feed, and a terminal.

    With `film` that file is played again and again in the feed's place: nothing else costs time then."""

    def __init__(self, root: Path, film: Path | None = None) -> None:
        self.root = root
        self.runtime = root / "run"
        self.runtime.mkdir(mode=0o700)
        self.environment = {
            "XDG_RUNTIME_DIR": str(self.runtime),
            "XDG_DATA_HOME": str(root / "data"),
            "XDG_CONFIG_HOME": str(root / "config"),
        }
        self.pipe = root / "feed.pipe"
        self.film = film
        self._feed = Feed(self.pipe, root / "sent.csv") if film is None else None
        self.out = root / "out"
        self.terminal = Terminal(f"key-runs-{os.getpid()}", self.environment)

    @property
    def feed(self) -> Feed:
        """What is filmed where no film file is."""
        assert self._feed is not None, "a film file is played"
        return self._feed

    def record(self, *more: str) -> list[str]:
        """The command that films the feed, or the film file."""
        camera = ["--camera", str(self.pipe), "--mic", "none", "--segment-seconds", "10"]
        if self.film is not None:
            camera = ["--camera", str(self.film), "--loop", "--mic", "camera"]
        return [*COMMAND, "record", *camera, "--out", str(self.out), *more]

    def folder(self) -> Path:
        """The session's."""
        return next(path for path in self.out.iterdir() if path.is_dir())

    def running(self) -> dict[str, Any]:
        """run.json of the running recorder, or an empty map."""
        try:
            found: dict[str, Any] = json.loads((self.runtime / "vig-capture" / "run.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return found

    def stop(self) -> None:
        """End the film from outside the screen."""
        subprocess.run([*COMMAND, "stop"], env={**os.environ, **self.environment}, check=False, capture_output=True)

    def close(self) -> None:
        """End the feed."""
        if self._feed is not None:
            self._feed.close()


@contextmanager
def place(film: Path | None = None) -> Iterator[Place]:
    """A fresh place with a running feed, or with a film file. Cleans up whatever happens."""
    made = Place(Path(tempfile.mkdtemp(prefix="key-runs-", dir="/tmp")), film)
    try:
        yield made
    finally:
        made.terminal.close()
        if pid := made.running().get("pid"):
            made.stop()
            with_pid(int(pid), signal.SIGKILL)
        made.close()
        shutil.rmtree(made.root, ignore_errors=True)


@contextmanager
def film_720p() -> Iterator[Path]:
    """A film of 20 s, 1280x720 at 30, MJPEG and PCM, as a webcam sends them."""
    with tempfile.TemporaryDirectory(prefix="film-") as name:
        path = Path(name) / "film.mkv"
        script = str(Path(__file__).with_name("feed.py"))
        made = ["--make", str(path), "--seconds", "20", "--size", "1280x720", "--sound", "sine"]
        subprocess.run([sys.executable, script, *made], check=True)
        yield path


def with_pid(pid: int, number: int) -> None:
    """Send a signal to a process that may be gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


@contextmanager
def watched_machine(folder: Path) -> Iterator[dict[str, dict[str, float]]]:
    """How the machine itself does meanwhile: ten times a second, how late a thread wakes, and how long an fsync takes.

    The map is filled in at the end (ms)."""
    found: dict[str, dict[str, float]] = {}
    late: list[float] = []
    synced: list[float] = []
    over = threading.Event()

    def look() -> None:
        with (folder / "machine").open("wb", buffering=0) as file:
            due_ns = mono_ns()
            while not over.is_set():
                wait_until(due_ns)
                woke_ns = mono_ns()
                file.write(bytes(200))
                os.fsync(file.fileno())
                late.append((woke_ns - due_ns) / 1e6)
                synced.append((mono_ns() - woke_ns) / 1e6)
                due_ns = max(due_ns + SECOND_NS // 10, mono_ns())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()
        found |= {"woke_late": spread(late), "write_and_fsync": spread(synced)}


def spread(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the extremes."""
    found = {f"p{each}": round(float(np.percentile(values, each)), 2) for each in (50, 95, 99)}
    return {"min": round(min(values), 2), **found, "max": round(max(values), 2)}


def _quoted(part: str) -> str:
    return "'" + part.replace("'", "'\\''") + "'"
