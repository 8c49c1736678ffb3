"""Threads for stages: the production world. One thread a stage, woken by its producers, never waited for without a
deadline."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from threading import Event, Thread

from vig_capture.engine.stage import Stage


class StageThread:
    """Runs a stage's steps until it is told to end or the stage fails."""

    def __init__(self, stage: Stage, failed: Callable[[Stage, str], None]) -> None:
        self.stage = stage
        self._failed = failed
        self._ended = Event()
        self._woken = Event()
        stage.wake = self._woken.set
        # A daemon: a device that never answers must not keep the process from leaving.
        self._thread = Thread(target=self._run, name=stage.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Ask it to end after its present step."""
        self._ended.set()
        self._woken.set()

    def join(self, timeout_s: float) -> bool:
        """True when the thread has ended within the time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        stage = self.stage
        try:
            while not self._ended.is_set():
                self._woken.clear()
                if not stage.step():
                    self._woken.wait(stage.idle_s)
            stage.close()
        except Exception:  # noqa: BLE001 - the top of a thread: whatever it is, the others go on and somebody is told
            self._failed(stage, traceback.format_exc())
