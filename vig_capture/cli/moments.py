"""The screen's end of the process that makes pictures and clips (cli/moments_main.py): its port `Clips`.

Rule 1: nothing here waits: what is asked is written down the pipe, what comes is told in a thread of its own.
Rule 2: a process that dies is started anew with the next request; what it owed is told as not made.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import msgpack

from vig_capture.core.clips import Part
from vig_capture.core.errors import UserError

LEAVE_S = 2.0
_READ_BYTES = 1 << 16
_FAILED = UserError("This cannot be shown now.", "What makes pictures and clips has stopped.", "Try it once more.")


class MomentsProcess:
    """The port `Clips` of tui/after/ports.py. Used from one thread."""

    def __init__(self, folder: Path) -> None:
        """Starts the process at once: it is warm when the first moment is to be played."""
        self._folder = folder
        self._heard: Callable[[dict[str, Any]], None] = lambda _message: None
        self._ids = count(1)
        self._owed: dict[int, tuple[str, subprocess.Popen[bytes]]] = {}
        """What is not answered yet: whose it is, and which process was asked."""
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._start()

    def listen(self, heard: Callable[[dict[str, Any]], None]) -> None:
        """To whom the answers go."""
        self._heard = heard

    def picture(self, key: str, part: Part, width: int, height: int) -> None:
        """A small picture of where `part` begins."""
        where = {"file": part.file, "offset_ns": part.offset_ns, "earliest_ns": part.earliest_ns}
        self._ask(key, {"picture": where | {"width": width, "height": height}})

    def clip(self, key: str, parts: Sequence[Part]) -> None:
        """A file to be played, of these parts."""
        told = [
            {
                "file": part.file,
                "start_ns": part.offset_ns,
                "end_ns": part.offset_ns + part.length_ns,
                "earliest_ns": part.earliest_ns,
            }
            for part in parts
        ]
        self._ask(key, {"clip": {"name": key, "parts": told}})

    def forget(self) -> None:
        """The clips that were made are taken away."""
        self._ask("", {"forget": True})

    def close(self) -> None:
        """End the process; what it still makes is not waited for longer than LEAVE_S."""
        self._closed = True
        process, self._process = self._process, None
        if process is None:
            return
        _let_go(process)
        try:
            process.wait(LEAVE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _ask(self, key: str, request: dict[str, Any]) -> None:
        request_id = next(self._ids)
        for _ in range(2):
            process = self._process
            if process is None or process.poll() is not None:
                if process is not None:
                    _let_go(process)
                process = self._start()
            assert process.stdin is not None, "it is a pipe"
            with self._lock:
                self._owed[request_id] = key, process
            with suppress(OSError):
                process.stdin.write(msgpack.packb({"id": request_id} | request))
                process.stdin.flush()
                return
        self._tell(request_id, {"error": _FAILED.as_map()})

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "vig_capture.cli.moments_main", str(self._folder)]
        pipe = subprocess.PIPE
        # What FFmpeg says of a damaged file must not reach the terminal, which belongs to the screen.
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        Thread(target=self._read, args=(self._process,), name="moments", daemon=True).start()
        return self._process

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        """Tell what one process says, and at its end what it has left undone."""
        assert process.stdout is not None, "it is a pipe"
        unpacker = msgpack.Unpacker(max_buffer_size=0)
        with process.stdout as stream:
            while data := os.read(stream.fileno(), _READ_BYTES):
                unpacker.feed(data)
                for message in unpacker:
                    if "id" in message:
                        self._tell(message.pop("id"), message)
        with self._lock:
            lost = [request_id for request_id, (_, asked) in self._owed.items() if asked is process]
        for request_id in lost:
            self._tell(request_id, {"error": _FAILED.as_map()})

    def _tell(self, request_id: int, message: dict[str, Any]) -> None:
        with self._lock:
            key, _ = self._owed.pop(request_id, (None, None))
        if key is not None and not self._closed:
            self._heard({"key": key} | message)


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """Close its input, which ends it."""
    assert process.stdin is not None, "it is a pipe"
    with suppress(OSError):
        process.stdin.close()
