"""The recorder process: puts the stages together, gives each a thread, serves clients, and leaves when the film is
closed.

One recorder a user: a held lock file in the private runtime folder says "running". One writer a session folder: a held
lock there.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event as Flag
from typing import Any

from vig_capture.archive.reader import LOCK_NAME
from vig_capture.core.errors import StorageError
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.lockfile import LockFile
from vig_capture.engine.build import Stages, build
from vig_capture.engine.client import CRASHED, LOCK_FILE, RUN_FILE, UNFINISHED, already_running
from vig_capture.engine.control import ControlStage
from vig_capture.engine.events import Command, Event
from vig_capture.engine.lanes import Inbox
from vig_capture.engine.plan import Plan, Resumed, World
from vig_capture.engine.server import Server
from vig_capture.engine.stage import Stage
from vig_capture.engine.threads import StageThread

STOP_NS = 4 * SECOND_NS
"""So long after a stop the process says what is not finished, and leaves: the guider never waits longer than 5 s."""
LEAVE_NS = SECOND_NS // 2
LOOK_S = 0.1
ALONE_NS = 15 * SECOND_NS
"""Before a film has begun, a recorder that nobody is connected to for so long lets its devices go."""

Tell = Callable[[dict[str, Any]], None]


class Recorder:
    """A session being recorded, in threads."""

    def __init__(self, plan: Plan, world: World, runtime: Path, resumed: Resumed | None = None) -> None:
        self._plan = plan
        self._world = world
        self._runtime = runtime
        self._resumed = resumed
        self._inbox: Inbox[Event] = Inbox()
        self._crashed = Flag()
        self._session_locks: dict[Path, LockFile] = {}
        self.terminated = Flag()
        """Set by a signal handler: end the film."""

    def run(self, tell: Tell) -> int:
        """Record until the film is closed; returns the exit code. Raises UserError when another recorder runs.

        `tell`: {"ok", "folder", "pid"} once it films, or the error. Where it waits for a start, before that {"ready",
        "folder"} once clients can connect, and {"again": request} or {"left"} where nothing was filmed."""
        with ExitStack() as stack:
            self._lock(stack)
            stages = build(self._plan, self._world, self._inbox, self._resumed, os.getpid())
            server = self._serve(stack, stages)
            control = stages.control
            control.attend(server)
            threads = [StageThread(stage, self._stage_failed) for stage in stages.all()]
            self._inbox.wake = control.wake
            stages.connect_wakes()
            for thread in threads:
                thread.start()
            server.start()
            if not self._plan.start_at_once:
                tell({"ready": True, "folder": str(self._plan.folder)})
            told = self._watch(control, server, tell)
            code = self._leave(stages, threads, server)
            if not told:
                tell(_why_not(control))
            return code

    def _lock(self, stack: ExitStack) -> None:
        lock = LockFile(self._runtime / LOCK_FILE)
        if not lock.try_acquire():
            raise already_running()
        stack.callback(lock.release)

    def _serve(self, stack: ExitStack, stages: Stages) -> Server:
        key = secrets.token_bytes(32)
        address = _address(self._runtime)
        if sys.platform != "win32":
            # Under the lock nobody else can be listening: what lies there is a dead recorder's.
            with suppress(FileNotFoundError):
                Path(address).unlink()
        server = Server(address, key, self._inbox, stages.looking)
        stack.callback(server.close)
        run_file = self._runtime / RUN_FILE
        content = {"pid": os.getpid(), "address": address, "key": key.hex(), "folder": str(self._plan.folder)}
        _write_private(run_file, json.dumps(content).encode())
        stack.callback(lambda: run_file.unlink(missing_ok=True))
        return server

    def _watch(self, control: ControlStage, server: Server, tell: Tell) -> bool:
        """Until the film is closed, or must be left as it is. True when the start was told."""
        told = asked = False
        stopping_since_ns: int | None = None
        seen_ns = self._world.clock.mono_ns()
        pause = Flag()
        while control.fatal is None and control.left is None and not self._crashed.is_set():
            pause.wait(LOOK_S)
            if control.state == "idle":
                seen_ns = self._world.clock.mono_ns() if server.has_clients() else seen_ns
                if self.terminated.is_set() or self._world.clock.mono_ns() - seen_ns > ALONE_NS:
                    control.leave({})
                continue
            if not told:
                told = True
                tell({"ok": True, "folder": str(control.scribe.folder), "pid": os.getpid()})
            self._hold_session(control.scribe.folder)
            if self.terminated.is_set() and not asked:
                asked = True
                self._inbox.post(Command({"id": "terminated", "do": "stop", "reason": "the computer asked"}, _nobody))
            if control.state == "closed" and control.journal_idle():
                break
            if asked or control.state in ("stopping", "closed"):
                now_ns = self._world.clock.mono_ns()
                stopping_since_ns = stopping_since_ns or now_ns
                if now_ns - stopping_since_ns > STOP_NS:
                    break
        return told

    def _hold_session(self, folder: Path) -> None:
        """Be the session's only writer, as soon as its folder is there: also of a second one on another disk."""
        if folder in self._session_locks or not folder.is_dir():
            return
        lock = LockFile(folder / LOCK_NAME)
        try:
            if not lock.try_acquire():
                _log(f"Another program holds {folder / LOCK_NAME}.")
        except StorageError as error:
            # A disk that knows no locks, or is full: that must not cost the film.
            _log(f"{folder / LOCK_NAME}: {error}")
        self._session_locks[folder] = lock

    def _leave(self, stages: Stages, threads: list[StageThread], server: Server) -> int:
        control = stages.control
        finished = (control.state == "closed" and control.journal_idle()) or control.left is not None
        if not finished and control.fatal is None:
            left = ", ".join(control.unfinished()) or "the marker log"
            _log(f"Not finished after {STOP_NS // SECOND_NS} s: {left}")
            control.give_up(left)
        for thread in threads:
            thread.end()
        give_up_ns = self._world.clock.mono_ns() + (LEAVE_NS if finished else 0)
        for thread in threads:
            # A device that does not answer is left to its fate: its thread is a daemon.
            thread.join(max(give_up_ns - self._world.clock.mono_ns(), 0) / SECOND_NS)
        server.close()
        for lock in self._session_locks.values():
            lock.release()
        if control.fatal is not None:
            return control.fatal.exit_code
        if finished:
            return 0
        stopping = control.state in ("stopping", "closed") or self.terminated.is_set()
        return UNFINISHED if stopping or not self._crashed.is_set() else CRASHED

    def _stage_failed(self, stage: Stage, trace: str) -> None:
        """A stage has a fault of its own: the process ends, and the command starts another run of the same session.
        One that the film does not need is just missing from then on."""
        _log(f"The stage {stage.name} failed:\n{trace}")
        if stage.vital:
            self._crashed.set()


def _why_not(control: ControlStage) -> dict[str, Any]:
    """Why nothing was filmed."""
    if control.fatal is not None:
        return control.fatal.as_map()
    if control.left is not None:
        return {"again": control.left} if control.left else {"left": True}
    return {"error": "VigError", "what": "It could not start."}


def _log(text: str) -> None:
    """Into the recorder's log, which may lie on the very disk that refuses."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _nobody(_: dict[str, Any]) -> None:
    """Takes an answer that nobody waits for."""


def _address(runtime: Path) -> str:
    if sys.platform == "win32":
        return rf"\\.\pipe\vig-capture-{os.getpid()}"
    return str(runtime / "recorder.sock")


def _write_private(path: Path, data: bytes) -> None:
    """Whole or not at all, for this user's eyes only."""
    fd, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
    Path(name).replace(path)
