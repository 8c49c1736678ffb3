"""A client that finds the recorder again: what a screen or a front holds while a recorder may die and come back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from vig_capture.core.errors import VigError
from vig_capture.engine.client import Client, find, new_id

LOOK_S = 0.1


class ReconnectingLink:
    """Connects, watches, and connects again. Messages go to the listener from a thread of the link."""

    def __init__(self, runtime: Path) -> None:
        self._runtime = runtime
        self._client: Client | None = None
        self._listener: Callable[[dict[str, Any]], None] = lambda _: None
        self._lost = Event()
        self._closed = Event()
        self._lock = Lock()

    def listen(self, callback: Callable[[dict[str, Any]], None]) -> None:
        """Begin. Besides the recorder's messages the listener gets {"lost": True} and {"back": True}."""
        self._listener = callback
        Thread(target=self._keep, name="link", daemon=True).start()

    def send(self, command: dict[str, Any]) -> None:
        """Pass a command on; it is dropped while there is no recorder: whoever needs it sends it again."""
        with self._lock:
            client = self._client
        if client is not None:
            client.send(command)

    def close(self) -> None:
        """Stop calling back. The recorder goes on."""
        self._closed.set()
        self._lost.set()
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _keep(self) -> None:
        while not self._closed.is_set():
            running = find(self._runtime)
            client = None
            if running is not None:
                try:
                    client = Client(running)
                except VigError:
                    client = None
            if client is None:
                self._closed.wait(LOOK_S)
                continue
            self._lost.clear()
            with self._lock:
                self._client = client
            client.listen(self._passed)
            client.send({"id": new_id(), "do": "watch"})
            self._listener({"back": True})
            self._lost.wait()
            with self._lock:
                self._client = None
            client.close()

    def _passed(self, message: dict[str, Any]) -> None:
        if message.get("lost"):
            self._lost.set()
        if not self._closed.is_set():
            self._listener(message)
