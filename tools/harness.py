"""What the fault runs share: a recorder with a runtime folder of its own, a feed with a log, a hand that presses keys.

Everything runs as a guider's own programs would: `python -m vig_capture record …` as a process, the feed as another,
markers through the client library. POSIX only.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vig_capture.core.errors import VigError
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns
from vig_capture.engine.client import Client, Running, find, new_id

ROOT = Path(__file__).resolve().parents[1]
KEYS = "aertgdj"
"""Marker keys of the default vocabulary."""
LOOK_S = 0.004
ANSWERS_S = 12
"""A presser waits so long for the last answers."""


def wait_for(what: Callable[[], Any], timeout_s: float, why: str) -> Any:
    """Ask again and again until the answer is true; raises TimeoutError."""
    end_ns = mono_ns() + round(timeout_s * SECOND_NS)
    while not (found := what()):
        if mono_ns() > end_ns:
            raise TimeoutError(f"after {timeout_s:g} s still: {why}")
        time.sleep(LOOK_S)
    return found


def sleep_until(moment_ns: int) -> None:
    """Until a moment on the monotonic clock."""
    while (rest_ns := moment_ns - mono_ns()) > 0:
        time.sleep(rest_ns / SECOND_NS)


def alive(pid: int) -> bool:
    """Does the process still run? A zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Place:
    """A scratch folder with a private runtime folder: several recorders can run side by side."""

    def __init__(self, name: str = "run") -> None:
        # The runtime folder holds a socket, whose path must be short.
        self.runtime_root = Path(tempfile.mkdtemp(prefix="vig-", dir="/tmp"))
        self.folder = Path(tempfile.mkdtemp(prefix=f"vig-{name}-"))
        self.out = self.folder / "out"
        self.out.mkdir()

    @property
    def runtime(self) -> Path:
        return self.runtime_root / "vig-capture"

    def env(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        paths = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
        return {**os.environ, "XDG_RUNTIME_DIR": str(self.runtime_root), "PYTHONPATH": paths, **(more or {})}

    def remove(self) -> None:
        shutil.rmtree(self.runtime_root, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def recorder_log(self) -> str:
        try:
            return (self.runtime / "recorder.log").read_text(errors="replace")
        except OSError:
            return ""


@dataclass(slots=True)
class Done:
    """A finished command."""

    code: int
    out: str
    err: str
    took_s: float

    def json(self) -> Any:
        return json.loads(self.out)


class Tool:
    """A `vig-capture` command that runs beside us."""

    def __init__(self, place: Place, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        self._started_ns = mono_ns()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vig_capture", *arguments],
            env=place.env(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def done(self, timeout_s: float = 60) -> Done:
        out, err = self.process.communicate(timeout=timeout_s)
        return Done(self.process.returncode, out, err, (mono_ns() - self._started_ns) / SECOND_NS)


def tool(place: Place, *arguments: str, timeout_s: float = 60) -> Done:
    """Run a command to its end."""
    return Tool(place, *arguments).done(timeout_s)


class Recording:
    """`vig-capture record --no-tui …` and its recorder process."""

    def __init__(self, place: Place, arguments: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self.place = place
        self.output_path = place.folder / "output.txt"
        with self.output_path.open("wb") as output:
            self.front = subprocess.Popen(
                [sys.executable, "-m", "vig_capture", "record", "--no-tui", "--out", str(place.out), *arguments],
                env=place.env(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def running(self) -> Running | None:
        return find(self.place.runtime) if self.place.runtime.exists() else None

    def wait_running(self, timeout_s: float = 30) -> Running:
        """Until the recorder can be reached and has made its first film file."""

        def films() -> Running | None:
            if self.front.poll() is not None:
                raise RuntimeError(f"record ended with {self.front.returncode}: {self.output()}")
            running = self.running()
            return running if running and film_files(running.folder) else None

        running: Running = wait_for(films, timeout_s, "no film file")
        return running

    def output(self) -> str:
        return self.output_path.read_text(errors="replace")

    def kill(self, running: Running) -> int:
        """SIGKILL command and recorder together; returns the moment (monotonic ns)."""
        moment_ns = mono_ns()
        self.front.send_signal(signal.SIGKILL)
        os.kill(running.pid, signal.SIGKILL)
        self.front.wait()
        wait_for(lambda: not alive(running.pid), 10, "the recorder is not dead")
        return moment_ns

    def stop(self, timeout_s: float = 30) -> int:
        """End the film as Ctrl-C does; returns the command's exit code."""
        if self.front.poll() is None:
            self.front.send_signal(signal.SIGINT)
        try:
            return self.front.wait(timeout_s)
        except subprocess.TimeoutExpired as late:
            raise TimeoutError(f"record does not end: {self.output()[-1500:]}") from late

    def clean_up(self) -> None:
        """Leave no process of this recording behind."""
        running = self.running()
        if self.front.poll() is None:
            self.front.kill()
            self.front.wait()
        if running is not None and alive(running.pid):
            os.kill(running.pid, signal.SIGKILL)


def film_files(folder: Path) -> list[str]:
    """Names in the session's film folder, in order."""
    try:
        return sorted(os.listdir(folder / "film"))  # noqa: PTH208 (asked 250 times a second)
    except OSError:
        return []


class CutWatch:
    """Notes when each film file appeared: its cuts can be foreseen from the last one."""

    def __init__(self, folder: Path, segment_s: float) -> None:
        self.seen_ns: list[int] = []
        self._folder = folder
        self._segment_ns = round(segment_s * SECOND_NS)

    def look(self) -> int:
        """How many files there are now."""
        count = len(film_files(self._folder))
        while len(self.seen_ns) < count:
            self.seen_ns.append(mono_ns())
        return len(self.seen_ns)

    def wait_until(self, moment_ns: int) -> None:
        """Keep looking until a moment."""
        while mono_ns() < moment_ns - SECOND_NS // 200:
            self.look()
            time.sleep(LOOK_S)
        sleep_until(moment_ns)

    def next_cut_ns(self) -> int:
        return self.seen_ns[-1] + self._segment_ns

    def distance_ms(self, moment_ns: int) -> float:
        """How far a moment was from the nearest cut after the first file, seen or foreseen."""
        cuts = [*self.seen_ns[1:], self.next_cut_ns()]
        return min(abs(moment_ns - cut_ns) for cut_ns in cuts) / 1e6


class Feed:
    """tools/feed.py as a process."""

    def __init__(self, place: Place, to: str, rate: int, *more: str) -> None:
        self.log = place.folder / "sent.csv"
        command = [
            sys.executable,
            str(ROOT / "tools" / "feed.py"),
            "--to",
            to,
            "--rate",
            str(rate),
            "--log",
            str(self.log),
        ]
        self.process = subprocess.Popen(
            [*command, *more], env=place.env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@dataclass(slots=True)
class Ack:
    """A marker that the recorder called saved."""

    at_ns: int
    marker: str
    act: str


@dataclass
class Presser:
    """Presses marker keys at random moments through the client library, and keeps what was acknowledged."""

    runtime: Path
    rng: random.Random
    pause_s: tuple[float, float] = (0.03, 0.3)
    acks: dict[str, Ack] = field(default_factory=dict)
    refused: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The first refusal of each act; what a disk had refused may be saved later."""
    sent: dict[str, int] = field(default_factory=dict)
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._press, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._end.set()
        if self._thread is not None:
            self._thread.join(ANSWERS_S + 1)

    def answered(self) -> set[str]:
        return set(self.acks) | set(self.refused)

    def waits_ms(self) -> list[float]:
        """Press to acknowledgement."""
        return sorted((ack.at_ns - self.sent[one]) / 1e6 for one, ack in self.acks.items())

    def _heard(self, message: dict[str, Any]) -> None:
        act_id = str(message.get("ack", ""))
        if act_id not in self.sent:
            return
        if not message.get("ok"):
            self.refused.setdefault(act_id, message)
            return
        result = message["result"]
        self.acks[act_id] = Ack(mono_ns(), str(result["marker"]["id"]), str(result["act"]))

    def _press(self) -> None:
        while not self._end.is_set():
            running = find(self.runtime) if self.runtime.exists() else None
            try:
                client = Client(running) if running else None
            except VigError:
                client = None
            if client is None:
                self._end.wait(0.05)
                continue
            client.listen(self._heard)
            mine: set[str] = set()
            while not (client.lost.is_set() or self._end.is_set()):
                act_id = new_id()
                mine.add(act_id)
                self.sent[act_id] = stamp_ns = mono_ns()
                key = self.rng.choice(KEYS + KEYS.upper())
                client.send({"id": act_id, "do": "mark", "key": key, "mono_ns": stamp_ns})
                self._end.wait(self.rng.uniform(*self.pause_s))
            # What a dead recorder had sent counts: the reader empties the socket. A living one answers in the end.
            end_ns = mono_ns() + ANSWERS_S * SECOND_NS
            while not (client.lost.wait(0.02) or mine <= self.answered() or mono_ns() > end_ns):
                pass
            client.close()


class FaultyDisk:
    """Files below a folder behave as `strike` says, in processes that are started with `env`: see fault_shim.c.

    Raises FileNotFoundError without gcc."""

    def __init__(self, work: Path, folder: Path) -> None:
        self._order = work / "order"
        self._order.write_text("")
        library = work / "fault_shim.so"
        source = Path(__file__).with_name("fault_shim.c")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
        names = {"VIG_FAULT_FOLDER": str(folder), "VIG_FAULT_ORDER": str(self._order)}
        self.env = {"LD_PRELOAD": str(library), **names}

    def strike(self, order: str) -> None:
        """From now on; "" ends it."""
        self._order.write_text(order)


def session_folder(place: Place) -> Path:
    """The newest session that was filmed there. Raises FileNotFoundError."""
    folders = sorted(place.out.iterdir())
    if not folders:
        raise FileNotFoundError(f"nothing was filmed: {place.recorder_log()}")
    return folders[-1]


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows with the same keys as a Markdown table."""
    names = list(rows[0]) if rows else []
    lines = [names, ["---"] * len(names), *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(names))]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
