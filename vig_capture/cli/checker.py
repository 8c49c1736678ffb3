"""The recorder's end of the checker process (cli/checker_main.py): the port Checker.

Rule 1: nothing here waits: what is asked is written in a thread of its own, what comes is read in another.
Rule 2: a process that is killed takes its two threads with it, whatever they wait for.
Rule 3: a plug-in in which three processes have ended, or hung, is muted in the next.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any

import msgpack

from vig_capture.checks.run import FAILURES_MAX
from vig_capture.core.errors import DeviceError

_READ_BYTES = 1 << 16
BELOW_NORMAL = 0x4000
"""Windows' priority class; elsewhere the process itself asks to come after others."""


class CheckerProcess:
    """The port Checker. Used from one thread."""

    def __init__(self, face_model: str = "") -> None:
        """`face_model`: as the settings name it."""
        self.wake: Callable[[], None] = lambda: None
        self._face_model = face_model
        self._run: _Run | None = None
        self._hung: Counter[str] = Counter()
        """By plug-in: how many processes have ended in it."""

    def start(self) -> None:
        self.stop()
        hung = [name for name, times in self._hung.items() if times >= FAILURES_MAX]
        try:
            self._run = _Run([self._face_model, *hung], self.wake)
        except OSError as error:
            raise DeviceError("The checks cannot be started.", f"{error}.", "The film goes on without them.") from error

    def offer(self, message: Mapping[str, Any]) -> None:
        if self._run is not None:
            self._run.asked.put(message)

    def poll(self) -> Mapping[str, Any] | None:
        return self._run.said.popleft() if self._run is not None and self._run.said else None

    def alive(self) -> bool:
        return self._run is not None and not self._run.ended

    def stop(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            self._hung[run.at] += bool(run.at)
            run.kill()


class _Run:
    """One life of the process."""

    def __init__(self, arguments: list[str], wake: Callable[[], None]) -> None:
        self.asked: SimpleQueue[Mapping[str, Any] | None] = SimpleQueue()
        self.said: deque[Mapping[str, Any]] = deque()
        self.at = ""
        """The plug-in that is being run."""
        self.ended = False
        self._wake = wake
        # Linux shares its processors among sessions first: in the recorder's own each look would be at the cost of its
        # key presses, however nice this process is.
        flags: dict[str, Any] = (
            {"creationflags": BELOW_NORMAL} if sys.platform == "win32" else {"start_new_session": True}
        )
        command = [sys.executable, "-m", "vig_capture.cli.checker_main", *arguments]
        # What it says of itself goes where the recorder's own output goes.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **flags)
        for work in (self._write, self._read):
            Thread(target=work, name="checker", daemon=True).start()

    def kill(self) -> None:
        """End it, stopped or not. Does not wait for more than the system's own bookkeeping."""
        self._process.kill()
        self.asked.put(None)

    def _write(self) -> None:
        assert self._process.stdin is not None, "it is a pipe"
        with suppress(OSError), self._process.stdin as pipe:
            while (message := self.asked.get()) is not None:
                pipe.write(msgpack.packb(message))
                pipe.flush()

    def _read(self) -> None:
        """Take what one process says; at its end, or where it says what cannot be read, it is over."""
        assert self._process.stdout is not None, "it is a pipe"
        unpacker = msgpack.Unpacker()
        with self._process.stdout as pipe, suppress(OSError, ValueError, msgpack.UnpackException):
            while data := os.read(pipe.fileno(), _READ_BYTES):
                unpacker.feed(data)
                for message in unpacker:
                    self._take(message if isinstance(message, dict) else {})
        self.ended = True
        self._process.kill()
        self._process.wait()
        self._wake()

    def _take(self, message: dict[str, Any]) -> None:
        if "at" in message:
            self.at = str(message["at"])
            return
        self.said.append(message)
        self._wake()
