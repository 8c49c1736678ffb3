"""The recorder's side of talking: commands in, acknowledgements and snapshots out, over a local socket.

Rule 1: control never waits for a client. What is sent goes into an outbox: acknowledgements in order, and of snapshots
        and pictures the newest only.
Rule 2: a client that stays silent at the door, or does not read for 2 s, is dropped; at most 8 at once.
Rule 3: the key is proved both ways before the first message, in a thread for each client (multiprocessing's own
        authentication in the listener would let one silent client keep all others waiting).
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections import deque
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener, answer_challenge, deliver_challenge
from threading import Event, Lock, Thread
from typing import Any

import msgpack

from vig_capture.core.errors import UserError
from vig_capture.engine.answers import ack
from vig_capture.engine.events import Command
from vig_capture.engine.events import Event as EngineEvent
from vig_capture.engine.lanes import Inbox
from vig_capture.engine.looking import LookingStage, asked
from vig_capture.engine.status import SNAPSHOT_EVERY_NS

CLIENTS_MAX = 8
PATIENCE_S = 2.0
OUTBOX_MAX = 4096
MESSAGE_BYTES_MAX = 1 << 20
FULL = {"error": "VigError", "what": "NOT SAVED: the recorder is overloaded.", "why": "", "do": "Press again."}
NO_CAMERA = UserError("There is no picture to look at.", "This film has sound only.", "")


class Server:
    """Accepts clients and passes their commands to control's inbox."""

    def __init__(
        self, address: str, key: bytes, inbox: Inbox[EngineEvent], looking: LookingStage | None = None
    ) -> None:
        """`looking` sends pictures to the clients that ask for them; None where there is no camera."""
        self._key = key
        self._inbox = inbox
        self._looking = looking
        self._listener = Listener(address, backlog=CLIENTS_MAX)
        self._clients: set[_Client] = set()
        self._lock = Lock()
        self._shown_ns = 0
        self._closed = False

    def start(self) -> None:
        Thread(target=self._accept, name="accept", daemon=True).start()

    def close(self) -> None:
        """Send what is still in the outboxes, for a moment, and hang up."""
        self._closed = True
        with suppress(OSError):
            self._listener.close()
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            client.finish()

    def has_clients(self) -> bool:
        """Is anybody connected?"""
        with self._lock:
            return bool(self._clients)

    def waits(self, mono_ns: int) -> bool:
        """The Audience of control."""
        with self._lock:
            watched = any(client.watching for client in self._clients)
        return watched and mono_ns - self._shown_ns >= SNAPSHOT_EVERY_NS

    def show(self, snapshot: dict[str, Any]) -> None:
        """Send a snapshot to those who watch."""
        self._shown_ns = int(snapshot["mono_ns"])
        data = msgpack.packb({"snapshot": snapshot})
        with self._lock:
            clients = [client for client in self._clients if client.watching]
        for client in clients:
            client.show(data)

    def _accept(self) -> None:
        while not self._closed:
            try:
                connection = self._listener.accept()
            except OSError:
                # Closed by us, or a client that left while it was let in.
                continue
            client = _Client(connection, self._key, self._inbox, self._left, self._looking)
            with self._lock:
                room = len(self._clients) < CLIENTS_MAX
                if room:
                    self._clients.add(client)
            if room:
                client.start()
            else:
                connection.close()

    def _left(self, client: _Client) -> None:
        with self._lock:
            self._clients.discard(client)


class _Client:
    """One client: a thread that reads it and a thread that writes to it."""

    def __init__(
        self, connection: Any, key: bytes, inbox: Inbox[EngineEvent], left: Any, looking: LookingStage | None
    ) -> None:
        self.watching = False
        self._connection: Connection = connection
        self._key = key
        self._inbox = inbox
        self._left = left
        self._looking = looking
        self._outbox: deque[bytes] = deque()
        self._snapshot: bytes | None = None
        self._picture: bytes | None = None
        self._something = Event()
        self._gone = False
        self._finishing = False

    def start(self) -> None:
        Thread(target=self._read, name="client", daemon=True).start()

    def show(self, data: bytes) -> None:
        self._snapshot = data
        self._something.set()

    def show_picture(self, picture: dict[str, Any]) -> None:
        self._picture = msgpack.packb({"picture": picture})
        self._something.set()

    def reply(self, message: dict[str, Any]) -> None:
        """Send soon. Never blocks; a client that lets thousands pile up has gone."""
        if len(self._outbox) >= OUTBOX_MAX:
            self._gone = True
        else:
            self._outbox.append(msgpack.packb(message))
        self._something.set()

    def finish(self) -> None:
        self._finishing = True
        self._something.set()
        for _ in range(50):
            if self._gone or not self._outbox:
                return
            Event().wait(0.01)

    def _read(self) -> None:
        try:
            _limit(self._connection, PATIENCE_S, PATIENCE_S)
            deliver_challenge(self._connection, self._key)
            answer_challenge(self._connection, self._key)
            _limit(self._connection, 0, PATIENCE_S)
            Thread(target=self._write, name="client out", daemon=True).start()
            while not self._gone:
                self._take(self._connection.recv_bytes(MESSAGE_BYTES_MAX))
        except (OSError, EOFError, AuthenticationError, ValueError, msgpack.UnpackException):
            # Gone, silent, a stranger, or talking nonsense: in each case it is no client any more.
            pass
        finally:
            self._gone = True
            self._something.set()
            if self._looking is not None:
                self._looking.leave(self.show_picture)
            self._left(self)
            with suppress(OSError):
                self._connection.close()

    def _take(self, data: bytes) -> None:
        message = msgpack.unpackb(data)
        if not isinstance(message, dict) or not message.get("id"):
            raise ValueError("a command is a map with an id")
        if message.get("do") == "watch":
            self.watching = True
            self.reply({"ack": message["id"], "ok": True, "result": {}})
        elif message.get("do") == "look":
            self._look(message)
        elif not self._inbox.offer(Command(message, self.reply)):
            self.reply({"ack": message["id"], "ok": False, **FULL})

    def _look(self, message: dict[str, Any]) -> None:
        """Begin or end to look. Control has no part in it: what is shown changes nothing that is recorded."""
        looking, error = self._looking, None
        try:
            seconds, width, height = asked(message)
        except UserError as fault:
            error = fault
        else:
            if looking is None:
                error = NO_CAMERA
            elif seconds > 0:
                looking.look(self.show_picture, seconds, width, height)
            else:
                looking.leave(self.show_picture)
                self._picture = None
        self.reply(ack(message["id"], error, {}))

    def _write(self) -> None:
        try:
            while not self._gone:
                self._something.wait()
                self._something.clear()
                while self._outbox:
                    self._connection.send_bytes(self._outbox[0])
                    self._outbox.popleft()
                data, self._snapshot = self._snapshot, None
                if data is not None:
                    self._connection.send_bytes(data)
                data, self._picture = self._picture, None
                if data is not None:
                    self._connection.send_bytes(data)
        except (OSError, ValueError):
            self._gone = True
            self._hang_up()

    def _hang_up(self) -> None:
        """End the reader's wait too."""
        if sys.platform == "win32":
            with suppress(OSError):
                self._connection.close()
            return
        with suppress(OSError), socket.socket(fileno=_duplicate(self._connection)) as plug:
            plug.shutdown(socket.SHUT_RDWR)


def _duplicate(connection: Connection) -> int:
    return os.dup(connection.fileno())


def _limit(connection: Connection, receive_s: float, send_s: float) -> None:
    """Let a blocked read or write of a socket fail after so long (0: never). Named pipes of Windows have no such
    limit."""
    if sys.platform == "win32":
        return
    with socket.socket(fileno=_duplicate(connection)) as plug:
        for option, limit_s in ((socket.SO_RCVTIMEO, receive_s), (socket.SO_SNDTIMEO, send_s)):
            plug.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", int(limit_s), int(limit_s % 1 * 1e6)))
