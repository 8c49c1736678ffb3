"""The clients' side of talking to the recorder. Imports neither av nor textual: `vig-capture mark` must be quick."""

from __future__ import annotations

import json
import os
import socket
import sys
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing import connection as plug
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import msgpack

from vig_capture.core.errors import UserError, VigError, from_map
from vig_capture.devices.lockfile import is_held

RUN_FILE = "run.json"
LOCK_FILE = "recorder.lock"
ANSWER_S = 10.0
UNFINISHED = 1
"""Exit code of a recorder that was stopped and could not finish in time: it must not film again."""
CRASHED = 4
"""Exit code of a recorder with a fault of its own: it is started again in the same session."""


@dataclass(frozen=True, slots=True)
class Running:
    """How to reach the running recorder."""

    pid: int
    address: str
    key: bytes
    folder: Path


def already_running() -> UserError:
    """Why no second recorder starts."""
    return UserError(
        "A film is being made already.",
        "One recorder runs at a time.",
        "See it with: vig-capture status   End it with: vig-capture stop",
    )


def new_id() -> str:
    """An id for a command: made by the client, so that the command may be sent again."""
    return uuid.uuid4().hex


def find(runtime: Path) -> Running | None:
    """The running recorder of this user: a held lock says that there is one, never the presence of a file."""
    if not is_held(runtime / LOCK_FILE):
        return None
    try:
        found = json.loads((runtime / RUN_FILE).read_bytes())
        return Running(int(found["pid"]), str(found["address"]), bytes.fromhex(found["key"]), Path(found["folder"]))
    except (OSError, ValueError, KeyError):
        # It is just starting, or just leaving.
        return None


class Client:
    """A connection to the recorder. `send` never blocks for an answer; answers and snapshots go to the listener."""

    def __init__(self, running: Running) -> None:
        """Raises VigError where the recorder does not answer."""
        try:
            self._connection: Connection = plug.Client(running.address)
            _prove(self._connection, running.key)
        except (OSError, EOFError, AuthenticationError) as error:
            raise VigError(
                "The recorder does not answer.", str(error), "Wait a moment and try again; the film goes on."
            ) from error
        self._lock = Lock()
        self._listener: Callable[[dict[str, Any]], None] = lambda _: None
        self._answers: dict[str, dict[str, Any]] = {}
        self._waits: dict[str, Event] = {}
        self._reading = False
        self.lost = Event()

    def listen(self, listener: Callable[[dict[str, Any]], None]) -> None:
        """Pass every message to `listener`, from a thread of its own; {"lost": True} when the recorder is gone."""
        self._listener = listener
        self._reading = True
        Thread(target=self._read, name="recorder", daemon=True).start()

    def send(self, command: dict[str, Any]) -> None:
        """Send a command, which has an `id` and a `do`. A recorder that is gone is told through the listener."""
        with self._lock, suppress(OSError, ValueError):
            self._connection.send_bytes(msgpack.packb(command))

    def ask(self, do: str, timeout_s: float = ANSWER_S, **fields: Any) -> dict[str, Any]:
        """Send a command and wait for its result. Needs `listen` first. Raises the recorder's own error, or
        VigError."""
        command_id = new_id()
        wait = self._waits[command_id] = Event()
        self.send({"id": command_id, "do": do, **fields})
        if not wait.wait(timeout_s) and command_id not in self._answers:
            raise VigError("The recorder did not answer in time.", "", "The film goes on; try again.")
        self._waits.pop(command_id, None)
        answer = self._answers.pop(command_id, None)
        if answer is None:
            raise VigError("The recorder has gone.", "", "Look at the film with: vig-capture recover")
        if not answer.get("ok"):
            raise from_map(answer)
        result = answer.get("result")
        return result if isinstance(result, dict) else {}

    def close(self) -> None:
        """Hang up. Where a thread reads, that thread closes: a descriptor closed under its hands lives on in its read,
        unseen by the recorder, and the next file with its number would be read."""
        if sys.platform != "win32":
            with suppress(OSError), socket.socket(fileno=os.dup(self._connection.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)
        if sys.platform == "win32" or not self._reading:
            with suppress(OSError):
                self._connection.close()

    def _read(self) -> None:
        try:
            while True:
                message = msgpack.unpackb(self._connection.recv_bytes())
                wait = self._waits.get(str(message.get("ack", "")))
                if wait is not None:
                    self._answers[str(message["ack"])] = message
                    wait.set()
                self._listener(message)
        except (OSError, EOFError, ValueError, TypeError, msgpack.UnpackException):
            # TypeError is what multiprocessing makes of a connection that is closed while it is being read.
            self.lost.set()
            for wait in list(self._waits.values()):
                wait.set()
            self._listener({"lost": True})
        finally:
            with self._lock, suppress(OSError):
                self._connection.close()


def reach(runtime: Path) -> Client:
    """A client of the running recorder, listening. Raises UserError where nothing is being filmed."""
    running = find(runtime)
    if running is None:
        raise UserError("Nothing is being filmed.", "No recorder is running.", "Start one with: vig-capture record")
    client = Client(running)
    client.listen(lambda _: None)
    return client


def _prove(connection: Connection, key: bytes) -> None:
    """The challenges in the order in which the recorder makes them."""
    answer_challenge(connection, key)
    deliver_challenge(connection, key)
