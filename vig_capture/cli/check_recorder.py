"""The recorder that `check` asks: the one that runs already, or one of its own that has written nothing when it leaves.

Rule 1: one that runs already is asked how things are, and for nothing that would change anything.
Rule 2: one of our own is left however this ends.
"""

from __future__ import annotations

import queue
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from subprocess import TimeoutExpired
from typing import Any

from vig_capture.cli.request import Request
from vig_capture.cli.start import START_S, Launched, launch, refusal
from vig_capture.core.errors import DeviceError, VigError
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns
from vig_capture.devices.settings_files import runtime_folder
from vig_capture.engine.client import Client, Running, find, new_id
from vig_capture.tui.shown import Shown, as_map, read_snapshot

PATIENCE_S = 20.0
"""So long the first picture or sound is waited for."""
STILL_S = 5.0
"""The same for a picture that is to be kept."""
STILL_POINTS = 640 * 480
"""As large as the recorder sends pictures."""
LEAVE_S = 10.0


class Ear:
    """What a recorder says, in order."""

    def __init__(self, client: Client, now_ns: Callable[[], int] = mono_ns) -> None:
        """The client must not listen yet."""
        self._client = client
        self._now_ns = now_ns
        self._heard: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        client.listen(self._heard.put)

    def now(self) -> Shown:
        """How things are. Raises VigError."""
        return read_snapshot(self._client.ask("status"))

    def watch(self, seconds: float, begun: Callable[[], None]) -> Shown:
        """How things are after so many seconds from the first picture or sound; `begun` is called when that comes.

        Raises DeviceError where none comes, VigError where the recorder goes."""
        self._client.send({"id": new_id(), "do": "watch"})
        shown, is_live, end_ns = Shown(), False, self._now_ns() + round(PATIENCE_S * SECOND_NS)
        while (message := self._next(end_ns)) is not None:
            if "snapshot" not in message:
                continue
            shown = read_snapshot(message["snapshot"])
            if not is_live and any(each.state == "live" for each in shown.streams):
                is_live, end_ns = True, self._now_ns() + round(seconds * SECOND_NS)
                begun()
        if not is_live:
            raise _nothing_came(shown)
        return shown

    def still(self, shown: Shown) -> dict[str, Any] | None:
        """The newest picture: width, height, rgb; None where there is none."""
        if not shown.has_picture:
            return None
        width, height = _size(next((each.mode for each in shown.streams if each.kind == "video"), ""))
        self._client.send({"id": new_id(), "do": "look", "seconds": STILL_S, "width": width, "height": height})
        end_ns = self._now_ns() + round(STILL_S * SECOND_NS)
        while (message := self._next(end_ns)) is not None:
            if "picture" in message:
                self._client.send({"id": new_id(), "do": "look", "seconds": 0})
                return as_map(message["picture"])
        return None

    def _next(self, end_ns: int) -> dict[str, Any] | None:
        """The next message; None when none comes until then. Raises VigError where the recorder goes."""
        left_s = (end_ns - self._now_ns()) / SECOND_NS
        try:
            message = self._heard.get(timeout=left_s) if left_s > 0 else None
        except queue.Empty:
            return None
        if message is not None and message.get("lost"):
            raise VigError("The recorder has gone.", "", "Try again. If it happens again: vig-capture doctor")
        return message


@contextmanager
def running_recorder(running: Running) -> Iterator[Ear]:
    """The one that runs already. Raises VigError where it does not answer."""
    client = Client(running)
    try:
        yield Ear(client)
    finally:
        client.close()


@contextmanager
def own_recorder(request: Request) -> Iterator[Ear]:
    """One that opens the devices and waits; it leaves when this ends. Raises VigError."""
    launched = launch(request)
    client: Client | None = None
    try:
        client = _connected(launched)
        yield Ear(client)
    finally:
        _leave(launched, client)


def _connected(launched: Launched) -> Client:
    said = launched.said(START_S)
    if said is None:
        what = "The camera and the microphone cannot be looked at."
        raise VigError(what, f"The recorder was not ready within {START_S:g} s.", "Check with: vig-capture doctor")
    running = find(runtime_folder()) if said.get("ready") else None
    if running is None:
        raise refusal(said if not said.get("ready") else {})
    return Client(running)


def _leave(launched: Launched, client: Client | None) -> None:
    if client is not None:
        with suppress(VigError):
            client.ask("leave", timeout_s=LEAVE_S / 2)
        client.close()
    else:
        launched.process.terminate()
    try:
        launched.process.wait(timeout=LEAVE_S)
    except TimeoutExpired:
        launched.process.terminate()


def _nothing_came(shown: Shown) -> VigError:
    """Why there is neither picture nor sound, as the recorder says it."""
    if shown.trouble:
        return DeviceError(*shown.trouble[0])
    why = f"Nothing came within {PATIENCE_S:g} s."
    return DeviceError("Neither picture nor sound came.", why, "Check with: vig-capture doctor")


def _size(mode: str) -> tuple[int, int]:
    """Width and height of a picture of a mode such as "1280×720 at 30 a second", as large as it is sent."""
    found = re.match(r"(\d{2,5})×(\d{2,5})", mode)
    width, height = (int(found[1]), int(found[2])) if found else (640, 360)
    scale = min(1.0, (STILL_POINTS / (width * height)) ** 0.5)
    return max(int(width * scale), 1), max(int(height * scale), 1)
