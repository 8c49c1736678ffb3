"""Starts the recorder process: detached, so that a closed terminal leaves the film running."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from vig_capture.cli.recorder_main import LOG_FILE
from vig_capture.cli.request import Request
from vig_capture.cli.unfinished import note_started
from vig_capture.core.errors import VigError, from_map
from vig_capture.devices.camera_source import REOPEN
from vig_capture.devices.lockfile import LockFile
from vig_capture.devices.settings_files import runtime_folder
from vig_capture.engine.client import LOCK_FILE, already_running

START_S = 60.0
"""Devices on a network may take their time, and so does a computer that is very busy."""


@dataclass(frozen=True, slots=True)
class Started:
    """A recorder that films."""

    process: subprocess.Popen[bytes]
    folder: Path


class Launched:
    """A recorder process that has just been started, and the lines that it says before it films."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._lines: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        Thread(target=self._read, name="recorder's lines", daemon=True).start()

    def said(self, timeout_s: float) -> dict[str, Any] | None:
        """The next line; an empty map when it says no more. None when nothing came in time."""
        try:
            line = self._lines.get(timeout=timeout_s) if timeout_s else self._lines.get_nowait()
        except queue.Empty:
            return None
        if not line:
            # For whoever asks again.
            self._lines.put(line)
        return line

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(json.loads(line))
        self._lines.put({})


def launch(request: Request) -> Launched:
    """Start a recorder; it has not opened anything yet. Raises UserError where another one runs."""
    if not request.resume:
        _refuse_second()
    log_path = runtime_folder() / LOG_FILE
    # A further run of a session keeps what the one that died had said.
    fresh = os.O_APPEND if request.resume else os.O_TRUNC
    log_fd = os.open(log_path, os.O_WRONLY | os.O_CREAT | fresh, 0o600)
    flags: dict[str, Any] = (
        {"creationflags": 0x00000008 | 0x00000200}  # DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "vig_capture.cli.recorder_main"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log_fd,
            **flags,
        )
    finally:
        os.close(log_fd)
    assert process.stdin is not None
    process.stdin.write(json.dumps(request.as_map()).encode() + b"\n")
    process.stdin.close()
    return Launched(process)


def start_recorder(request: Request) -> Started:
    """Start it and wait until it films. Raises what it says instead."""
    launched = launch(request)
    answer = launched.said(START_S)
    if answer is None:
        launched.process.terminate()
        raise VigError(
            "No film could be started.",
            f"The recorder was not ready within {START_S:g} s: no camera answered, or the computer is very busy.",
            "Check with: vig-capture devices   and   vig-capture doctor",
        )
    if not answer.get("ok"):
        launched.process.wait(timeout=10)
        raise refusal(answer)
    folder = Path(answer["folder"])
    note_started(request, folder)
    return Started(launched.process, folder)


def refusal(answer: dict[str, Any]) -> VigError:
    """What a recorder said that did not begin; empty where it said nothing at all."""
    if not answer:
        return VigError(
            "The recorder could not start.",
            f"What it said is in {runtime_folder() / LOG_FILE}.",
            "Run: vig-capture doctor",
        )
    # Nothing was started, so nothing is tried again.
    do = str(answer.get("do", "")).replace(REOPEN, "").strip()
    return from_map(answer | {"do": do})


def _refuse_second() -> None:
    """The recorder would refuse by itself, but the log is the running one's. Raises UserError."""
    lock = LockFile(runtime_folder() / LOCK_FILE)
    # Not `is_held`: somebody else's short look would be taken for a recorder.
    if not lock.try_acquire():
        raise already_running()
    lock.release()
