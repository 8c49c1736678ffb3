"""`record --no-tui`: stays in front of the recorder as a client and prints a plain line for each change.

In a terminal it takes the screen's keys as well (cli/plain.py). It is also the one that starts the recorder again when
it dies (law 5: the same session, run + 1).
"""

from __future__ import annotations

import io
import json
import queue
import signal
import sys
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from vig_capture.archive.reader import read_session
from vig_capture.cli.plain import Heard, Plain
from vig_capture.cli.plain_keys import Key, Keyboard, keyboard
from vig_capture.cli.request import Request
from vig_capture.cli.start import Started, start_recorder
from vig_capture.core.errors import VigError
from vig_capture.devices.clock import mono_ns
from vig_capture.devices.settings_files import runtime_folder
from vig_capture.engine.client import UNFINISHED, new_id
from vig_capture.engine.link import ReconnectingLink
from vig_capture.tui import texts

SECOND_TRY_NS = 5_000_000_000
"""A second Ctrl-C within 5 s stops waiting for the end."""
STOP_NS = 4_400_000_000
"""The recorder leaves by itself 4 s after it was asked to."""
RESTARTS_MAX = 20
RETRY_S = 2.0
LOOK_S = 0.1
BY_KEY = "by key"
"""In the place of the id of a stop whose answer is the keys' own."""


class Front:
    """Prints what happens until the session is closed."""

    def __init__(self, request: Request, as_json: bool) -> None:
        self._request = request
        self._json = as_json
        self._messages: queue.SimpleQueue[dict[str, Any] | Heard | Key] = queue.SimpleQueue()
        self._plain: Plain | None = None
        """What the keys do, where they are taken."""
        self._seen_notice = 0
        self._restarted = False
        """A new recorder, which counts what it says from 1, has not been heard of yet."""
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
        keys = None if self._json else keyboard()
        # From the beginning, so that nothing that is typed meanwhile is shown.
        with keys if keys is not None else nullcontext():
            started = start_recorder(self._request)
            self.say(f"Filming into {started.folder}", folder=str(started.folder), pid=started.process.pid)
            link = ReconnectingLink(runtime_folder())
            try:
                self._listen(link, keys)
                return self._follow(started, link)
            finally:
                link.close()

    def _listen(self, link: ReconnectingLink, keys: Keyboard | None) -> None:
        if keys is None:
            link.listen(self._messages.put)
            return
        if isinstance(sys.stdout, io.TextIOWrapper):
            # No sign that the terminal cannot show may end the lines.
            sys.stdout.reconfigure(errors="replace")
        self._plain = Plain(link, self, self._request.vocabulary)
        self._plain.listen(self._messages.put)
        keys.listen(self._messages.put)

    def _follow(self, started: Started, link: ReconnectingLink) -> int:
        restarts = 0
        while True:
            self._read()
            self._maybe_send_stop(link)
            if self._leave.is_set():
                ends = "Left without waiting. The recorder finishes the film by itself."
                self.say(ends if self._stop_asked_ns is not None else texts.PLAIN_LEFT)
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
                self.say("The film is closed.", state="closed", folder=str(folder))
                if self._stop_asked_ns is None:
                    self.say(f"Why: {reason}.")
                return 0
            if code == 0:
                self.say(f"The film is closed, but {folder} cannot be read. Has its disk been taken out?")
                return 1
            if code == UNFINISHED or self._stop_asked_ns is not None:
                self.say("The film could not be finished in time. What is filmed is safe. Run: vig-capture recover")
                return 1
            restarts += 1
            if restarts > RESTARTS_MAX:
                self.say("The recorder cannot go on. What is filmed is safe. Run: vig-capture recover")
                return 1
            try:
                self._restarted = True
                started = start_recorder(replace(self._request, resume=str(folder)))
                self.say("The recorder had stopped; it films again in the same session.")
            except VigError as error:
                self.say(str(error))
                self._leave.wait(RETRY_S)

    def _overdue(self) -> bool:
        """A recorder that left its film unfinished, and whose threads a frozen disk holds, cannot be waited for."""
        return self._stop_asked_ns is not None and mono_ns() - self._stop_asked_ns > STOP_NS

    def _read(self) -> None:
        """What came within a moment."""
        with suppress(queue.Empty):
            self._take(self._messages.get(timeout=LOOK_S if self._plain is None else self._plain.wait_s()))
            while True:
                self._take(self._messages.get_nowait())
        if self._plain is not None:
            self._plain.tick()

    def _take(self, item: dict[str, Any] | Heard | Key) -> None:
        if isinstance(item, Key) and item.name == "ctrl+c":
            # Where it comes as a key it means what the signal means elsewhere.
            self._asked_to_stop()
        elif isinstance(item, Key) and self._plain is not None:
            self._plain.press(item)
        elif isinstance(item, Heard) and self._plain is not None:
            self._plain.hear(item)
        message = item.message if isinstance(item, Heard) else item
        if not isinstance(message, dict):
            return
        if "back" in message and self._restarted:
            self._restarted, self._seen_notice = False, 0
        if isinstance(snapshot := message.get("snapshot"), dict):
            self.show(snapshot)
        if message.get("ack") == self._stop_id and not message.get("ok", True):
            self.say(" ".join(str(message.get(part, "")) for part in ("what", "why", "do")))

    def show(self, snapshot: dict[str, Any]) -> None:
        """Print what is new. Where keys are taken the state is said together with what they do."""
        self._folder = Path(snapshot["folder"])
        if snapshot["state"] != self._state and self._plain is None:
            self._state = snapshot["state"]
            self.say(f"State: {self._state}", state=self._state)
        for notice in snapshot["notices"]:
            if notice["n"] > self._seen_notice:
                self._seen_notice = notice["n"]
                self.say(" ".join(notice[part] for part in ("what", "why", "do") if notice[part]), notice=notice)
        for stream in snapshot["streams"]:
            shown = (stream["id"], stream["state"], stream["mode"])
            if shown not in self._shown:
                self._shown = (*(old for old in self._shown if old[0] != stream["id"]), shown)
                mode = f", {stream['mode']}" if stream["mode"] and stream["state"] == "live" else ""
                self.say(f"{stream['id']} ({stream['source']}): {stream['state']}{mode}", stream=stream)

    def stop(self, mono_ns: int) -> None:
        """The end was asked for by a key, and the recorder told."""
        self._stop_asked_ns, self._stop_id = mono_ns, BY_KEY

    def leave(self) -> None:
        """Do not wait for the recorder any more."""
        self._leave.set()

    def say(self, line: str, **fields: Any) -> None:
        """Write a line, or with --json its value."""
        if self._json:
            text = json.dumps({"line": line, **fields}, ensure_ascii=False)
        else:
            # A device's name may hold what would move the terminal's cursor.
            text = "".join(char if char.isprintable() or char == "\n" else " " for char in line)
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
            self.say("Finishing the film …")
            if self._plain is not None:
                self._plain.ending = True


def _closed(folder: Path) -> str | None:
    """The reason for which the session is closed, by its own journal; None while it is not."""
    try:
        view = read_session(folder).view
    except VigError:
        return None
    return view.reason if view.closed else None
