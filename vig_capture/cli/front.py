"""`record --no-tui`: stays in front of the recorder as a client and prints a plain line for each change.

It is also the one that starts the recorder again when it dies (law 5: the same session, run + 1).
"""

from __future__ import annotations

import json
import queue
import signal
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from vig_capture.archive.reader import read_session
from vig_capture.cli.request import Request
from vig_capture.cli.start import Started, start_recorder
from vig_capture.core.errors import VigError
from vig_capture.devices.clock import mono_ns
from vig_capture.devices.settings_files import runtime_folder
from vig_capture.engine.client import UNFINISHED, new_id
from vig_capture.engine.link import ReconnectingLink

SECOND_TRY_NS = 5_000_000_000
"""A second Ctrl-C within 5 s stops waiting for the end."""
STOP_NS = 4_400_000_000
"""The recorder leaves by itself 4 s after it was asked to."""
RESTARTS_MAX = 20
RETRY_S = 2.0
LOOK_S = 0.1


class Front:
    """Prints what happens until the session is closed."""

    def __init__(self, request: Request, as_json: bool) -> None:
        self._request = request
        self._json = as_json
        self._messages: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._seen_notice = 0
        self._shown: tuple[Any, ...] = ()
        self._state = ""
        self._stop_asked_ns: int | None = None
        self._stop_id = ""
        self._folder: Path | None = None
        """Where the recorder films now: the second folder, when the first disk had refused."""
        self._leave = Event()

    def run(self) -> int:
        """Film until the end. Returns the exit code."""
        for name in ("SIGINT", "SIGTERM"):
            signal.signal(getattr(signal, name), self._asked_to_stop)
        started = start_recorder(self._request)
        self._say(f"Filming into {started.folder}", folder=str(started.folder), pid=started.process.pid)
        link = ReconnectingLink(runtime_folder())
        link.listen(self._messages.put)
        try:
            return self._follow(started, link)
        finally:
            link.close()

    def _follow(self, started: Started, link: ReconnectingLink) -> int:
        restarts = 0
        while True:
            self._read()
            self._maybe_send_stop(link)
            if self._leave.is_set():
                self._say("Left without waiting. The recorder finishes the film by itself.")
                return 1
            code = started.process.poll()
            if code is None and self._overdue():
                code = UNFINISHED
            if code is None:
                continue
            self._read()
            folder = self._folder or started.folder
            reason = _closed(folder)
            if reason is not None:
                self._say("The film is closed.", state="closed", folder=str(folder))
                if self._stop_asked_ns is None:
                    self._say(f"Why: {reason}.")
                return 0
            if code == 0:
                self._say(f"The film is closed, but {folder} cannot be read. Has its disk been taken out?")
                return 1
            if code == UNFINISHED or self._stop_asked_ns is not None:
                self._say("The film could not be finished in time. What is filmed is safe. Run: vig-capture recover")
                return 1
            restarts += 1
            if restarts > RESTARTS_MAX:
                self._say("The recorder cannot go on. What is filmed is safe. Run: vig-capture recover")
                return 1
            try:
                started = start_recorder(replace(self._request, resume=str(folder)))
                self._say("The recorder had stopped; it films again in the same session.")
            except VigError as error:
                self._say(str(error))
                self._leave.wait(RETRY_S)

    def _overdue(self) -> bool:
        """A recorder that left its film unfinished, and whose threads a frozen disk holds, cannot be waited for."""
        return self._stop_asked_ns is not None and mono_ns() - self._stop_asked_ns > STOP_NS

    def _read(self) -> None:
        """What came within a moment."""
        try:
            message = self._messages.get(timeout=LOOK_S)
        except queue.Empty:
            return
        while True:
            snapshot = message.get("snapshot")
            if isinstance(snapshot, dict):
                self._show(snapshot)
            if message.get("ack") == self._stop_id and not message.get("ok", True):
                self._say(" ".join(str(message.get(part, "")) for part in ("what", "why", "do")))
            try:
                message = self._messages.get_nowait()
            except queue.Empty:
                return

    def _show(self, snapshot: dict[str, Any]) -> None:
        """Print what is new."""
        self._folder = Path(snapshot["folder"])
        if snapshot["state"] != self._state:
            self._state = snapshot["state"]
            self._say(f"State: {self._state}", state=self._state)
        for notice in snapshot["notices"]:
            if notice["n"] > self._seen_notice:
                self._seen_notice = notice["n"]
                self._say(" ".join(notice[part] for part in ("what", "why", "do") if notice[part]), notice=notice)
        for stream in snapshot["streams"]:
            shown = (stream["id"], stream["state"], stream["mode"])
            if shown not in self._shown:
                self._shown = (*(old for old in self._shown if old[0] != stream["id"]), shown)
                mode = f", {stream['mode']}" if stream["mode"] and stream["state"] == "live" else ""
                self._say(f"{stream['id']} ({stream['source']}): {stream['state']}{mode}", stream=stream)

    def _say(self, line: str, **fields: Any) -> None:
        text = json.dumps({"line": line, **fields}, ensure_ascii=False) if self._json else line
        print(text, flush=True)

    def _asked_to_stop(self, *_: object) -> None:
        now_ns = mono_ns()
        if self._stop_asked_ns is not None and now_ns - self._stop_asked_ns < SECOND_TRY_NS:
            self._leave.set()
        self._stop_asked_ns = now_ns

    def _maybe_send_stop(self, link: ReconnectingLink) -> None:
        if self._stop_asked_ns is not None and not self._stop_id:
            self._stop_id = new_id()
            link.send({"id": self._stop_id, "do": "stop", "mono_ns": self._stop_asked_ns})
            self._say("Finishing the film …")


def _closed(folder: Path) -> str | None:
    """The reason for which the session is closed, by its own journal; None while it is not."""
    try:
        view = read_session(folder).view
    except VigError:
        return None
    return view.reason if view.closed else None
