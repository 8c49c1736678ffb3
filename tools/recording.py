"""One run of the recorder, as a guider would start it, and the feeds beside it, each in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns

ROOT = Path(__file__).resolve().parent.parent
_FILMING = "Filming into "
_START_S = 40.0


class Recording:
    """`vig-capture record --no-tui …`, with a runtime folder of its own; `lines` holds what it printed, and when."""

    def __init__(self, place: Path, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """`place` gets the runtime folder and the session; `arguments` name camera, microphone and length."""
        self.lines: list[tuple[int, str]] = []
        runtime = place / "run"
        runtime.mkdir(parents=True, exist_ok=True)
        runtime.chmod(0o700)
        self._environment = _environment() | {"XDG_RUNTIME_DIR": str(runtime)} | dict(environment or {})
        command = [sys.executable, "-m", "vig_capture", "record", "--no-tui", "--out", str(place / "out"), *arguments]
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=place
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.lines.append((mono_ns(), line.rstrip("\n")))
                self._changed.notify_all()

    def said(self, text: str, timeout_s: float, since_ns: int = 0) -> int | None:
        """When (monotonic ns) a line with `text` came after `since_ns`; None if none comes in time."""

        def found() -> int | None:
            return next((when for when, line in self.lines if when > since_ns and text in line), None)

        with self._changed:
            self._changed.wait_for(lambda: found() is not None or self.process.poll() is not None, timeout_s)
            return found()

    @property
    def folder(self) -> Path:
        """The session's folder. Raises RuntimeError if none was made."""
        if self.said(_FILMING, _START_S) is None:
            raise RuntimeError("nothing was filmed: " + " ".join(line for _, line in self.lines))
        return next(Path(line.removeprefix(_FILMING)) for _, line in self.lines if line.startswith(_FILMING))

    def wait(self, timeout_s: float) -> int:
        """Wait until it has closed the session by itself; the exit code."""
        return self.process.wait(timeout_s)

    def stop(self, timeout_s: float = 20.0) -> float:
        """Stop as Ctrl-C does; how many seconds the command took to leave."""
        begin_ns = mono_ns()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout_s)
        return (mono_ns() - begin_ns) / SECOND_NS

    def call(self, *arguments: str) -> str:
        """What another command, such as `status`, prints meanwhile."""
        command = [sys.executable, "-m", "vig_capture", *arguments]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=30).stdout

    def show(self) -> dict[str, Any]:
        """The map of `show --json`."""
        shown: dict[str, Any] = json.loads(self.call("show", str(self.folder), "--json"))
        return shown


@contextlib.contextmanager
def recording(
    place: Path, *arguments: str, environment: Mapping[str, str] | None = None, timeout_s: float = 20.0
) -> Iterator[Recording]:
    """A recording that is stopped at the end, where it still runs."""
    run = Recording(place, arguments, environment)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.stop(timeout_s)


class Feed:
    """tools/feed.py in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, str(ROOT / "tools" / "feed.py"), *arguments]
        self.process = subprocess.Popen(command, env=_environment())

    def signal(self, number: int) -> None:
        """Freeze it (SIGSTOP), wake it (SIGCONT), end it (SIGKILL)."""
        self.process.send_signal(number)
        if number == signal.SIGKILL:
            self.process.wait(5)


@contextlib.contextmanager
def feed(*arguments: str) -> Iterator[Feed]:
    """A feed that is killed at the end."""
    running = Feed(*arguments)
    try:
        yield running
    finally:
        running.signal(signal.SIGKILL)


def make_pipe(path: Path) -> Path:
    """A fresh named pipe."""
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    return path


def _environment() -> dict[str, str]:
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return dict(os.environ) | {"PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows with the same keys as a Markdown table."""
    if not rows:
        return ""
    names = list(rows[0])
    cells = [names, ["---"] * len(names), *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(names))]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    )


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
