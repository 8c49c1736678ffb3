"""Clients that behave, and clients that do not: control never waits for either."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import connection as plug
from pathlib import Path
from threading import Event, Thread
from typing import Any, cast

import pytest

from vig_capture.core.errors import UserError
from vig_capture.engine import server as server_module
from vig_capture.engine.client import Client, Running
from vig_capture.engine.events import Command
from vig_capture.engine.events import Event as EngineEvent
from vig_capture.engine.lanes import Inbox
from vig_capture.engine.looking import LookingStage, Show
from vig_capture.engine.server import CLIENTS_MAX, Server

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="Unix sockets")


class Looking:
    """Remembers who looks; the test says what is seen."""

    def __init__(self) -> None:
        self.looks: dict[Show, tuple[float, int, int]] = {}

    def look(self, show: Show, seconds: float, width: int, height: int) -> None:
        self.looks[show] = seconds, width, height

    def leave(self, show: Show) -> None:
        self.looks.pop(show, None)


class Echo:
    """A server whose control answers each command with its own fields."""

    def __init__(self, folder: Path) -> None:
        self.inbox: Inbox[EngineEvent] = Inbox()
        self.looking = Looking()
        self.running = Running(0, str(folder / "s"), secrets.token_bytes(32), folder)
        self.server = Server(self.running.address, self.running.key, self.inbox, cast(LookingStage, self.looking))
        self.server.start()
        self._ended = Event()
        self._woken = Event()
        self.inbox.wake = self._woken.set
        self._thread = Thread(target=self._answer, daemon=True)
        self._thread.start()

    def _answer(self) -> None:
        while not self._ended.is_set():
            self._woken.wait()
            self._woken.clear()
            while (event := self.inbox.get()) is not None:
                assert isinstance(event, Command)
                if event.message["do"] == "refuse":
                    event.reply({"ack": event.message["id"], "ok": False, **UserError("No.", "Why.", "Do.").as_map()})
                else:
                    event.reply({"ack": event.message["id"], "ok": True, "result": event.message})

    def close(self) -> None:
        self._ended.set()
        self._woken.set()
        self.server.close()


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Echo]:
    monkeypatch.setattr(server_module, "PATIENCE_S", 0.3)
    made = Echo(tmp_path)
    yield made
    made.close()


def listening(echo: Echo) -> Client:
    client = Client(echo.running)
    client.listen(lambda _: None)
    return client


def test_a_command_is_answered(echo: Echo) -> None:
    """A client that knows the key gets its answer, and an error with its three sentences."""
    client = listening(echo)
    assert client.ask("mark", key="a")["key"] == "a"
    with pytest.raises(UserError) as caught:
        client.ask("refuse")
    assert (caught.value.what, caught.value.why, caught.value.do) == ("No.", "Why.", "Do.")
    client.close()


def test_a_silent_client_keeps_nobody_waiting(echo: Echo) -> None:
    """Strangers who connect and stay silent do not delay a client, and are hung up on."""
    strangers = [socket.socket(socket.AF_UNIX) for _ in range(3)]
    for stranger in strangers:
        stranger.connect(echo.running.address)
    client = listening(echo)
    assert client.ask("status", timeout_s=2)["do"] == "status"
    for stranger in strangers:
        stranger.settimeout(5)
        # The challenge comes first; then, unanswered, the end.
        while stranger.recv(4096):
            pass
        stranger.close()
    client.close()


def test_nonsense_costs_only_its_sender(echo: Echo) -> None:
    """A client that sends no map, or a giant, is dropped; the others go on."""
    for nonsense in (b"\xc1", b"\x01", b"x" * ((1 << 20) + 10)):
        rude = listening(echo)
        with suppress(OSError, TypeError):
            # The recorder may hang up before all of it is sent.
            rude._connection.send_bytes(nonsense)
        assert rude.lost.wait(5)
        rude.close()
    client = listening(echo)
    assert client.ask("status")["do"] == "status"
    client.close()


def test_a_wrong_key_gets_nothing(echo: Echo) -> None:
    """Who does not know the key is not let in."""
    from vig_capture.core.errors import VigError

    with pytest.raises(VigError, match="does not answer"):
        Client(Running(0, echo.running.address, secrets.token_bytes(32), echo.running.folder))


def test_too_many_clients(echo: Echo) -> None:
    """The ninth client is not let in; once one has left, the next is."""
    from vig_capture.core.errors import VigError

    clients = [listening(echo) for _ in range(CLIENTS_MAX)]
    assert all(client.ask("status") for client in clients)
    with pytest.raises(VigError):
        Client(echo.running)
    clients.pop().close()
    for _ in range(100):
        try:
            listening(echo).close()
            break
        except VigError:
            Event().wait(0.02)
    else:
        raise AssertionError("there was no room although one had left")
    for client in clients:
        client.close()


def test_snapshots_go_to_watchers_only_and_the_newest_wins(echo: Echo) -> None:
    """Who watches gets snapshots; a client that does not read them keeps nobody waiting and is dropped."""
    assert not echo.server.waits(10**12)
    seen: list[int] = []
    watcher = Client(echo.running)
    watcher.listen(lambda message: seen.append(message["snapshot"]["mono_ns"]) if "snapshot" in message else None)
    watcher.ask("watch")
    lazy = plug.Client(echo.running.address, authkey=None)
    from vig_capture.engine.client import _prove

    _prove(lazy, echo.running.key)
    import msgpack

    lazy.send_bytes(msgpack.packb({"id": "1", "do": "watch"}))
    for _ in range(200):
        if echo.server.waits(10**12):
            break
        Event().wait(0.01)
    padding = "x" * 50_000
    for number in range(300):
        echo.server.show({"mono_ns": number, "padding": padding})
    for _ in range(300):
        if seen and seen[-1] == 299:
            break
        Event().wait(0.01)
    assert seen[-1] == 299
    assert seen == sorted(seen)
    watcher.close()
    lazy.close()


def until(condition: Callable[[], bool]) -> None:
    """Wait for other threads, at most 3 s."""
    for _ in range(300):
        if condition():
            return
        Event().wait(0.01)
    raise AssertionError("it did not happen")


def test_pictures_go_to_those_who_look(echo: Echo) -> None:
    """Who looks gets pictures of its size, until it ends the look or leaves; who only watches gets none."""
    seen: list[dict[str, Any]] = []
    client, other = Client(echo.running), Client(echo.running)
    client.listen(lambda message: seen.append(message["picture"]) if "picture" in message else None)
    others: list[dict[str, Any]] = []
    other.listen(others.append)
    other.ask("watch")
    client.ask("look", seconds=20, width=4, height=2)
    ((show, what),) = echo.looking.looks.items()
    assert what == (20.0, 4, 2)
    picture = {"stream": "cam1", "t_ns": 5, "mono_ns": 9, "width": 4, "height": 2, "rgb": bytes(range(24))}
    show(picture)
    until(lambda: seen == [picture])
    client.ask("look", seconds=20, width=8, height=2)
    assert list(echo.looking.looks.values()) == [(20.0, 8, 2)]
    client.ask("look", seconds=0)
    assert echo.looking.looks == {}
    client.ask("look", seconds=20, width=4, height=2)
    client.close()
    until(lambda: echo.looking.looks == {})
    other.close()
    assert not any("picture" in message for message in others)


def test_of_pictures_the_newest_wins(echo: Echo) -> None:
    """A client that reads no pictures keeps nobody waiting, and no pile of them."""
    lazy = plug.Client(echo.running.address, authkey=None)
    from vig_capture.engine.client import _prove

    _prove(lazy, echo.running.key)
    import msgpack

    lazy.send_bytes(msgpack.packb({"id": "1", "do": "look", "seconds": 20, "width": 400, "height": 300}))
    until(lambda: bool(echo.looking.looks))
    (show,) = echo.looking.looks
    for number in range(200):
        show({"width": 400, "height": 300, "number": number, "rgb": bytes(360_000)})
    lazy.recv_bytes()
    numbers: list[int] = []
    while not numbers or numbers[-1] != 199:
        numbers.append(msgpack.unpackb(lazy.recv_bytes())["picture"]["number"])
    assert len(numbers) < 10
    lazy.close()


def test_a_look_that_cannot_be_meant_is_refused(echo: Echo) -> None:
    """The client is told why there is no picture, with a camera and without."""
    client = listening(echo)
    with pytest.raises(UserError, match="too large"):
        client.ask("look", seconds=20, width=4000, height=3000)
    with pytest.raises(UserError, match="cannot be meant"):
        client.ask("look", seconds="ever")
    echo.server._looking = None
    blind = listening(echo)
    with pytest.raises(UserError, match="no picture to look at"):
        blind.ask("look", seconds=20, width=4, height=2)
    assert echo.looking.looks == {}
    client.close()
    blind.close()
