"""Before the film: a recorder that waits, is exchanged for another, and films at the guider's word."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from vig_capture.cli import prepare, request
from vig_capture.cli.prepare import DEATHS_MAX, Waiting
from vig_capture.cli.request import Request, preparing
from vig_capture.cli.start import Started
from vig_capture.core.errors import UserError, VigError

REQUEST = Request(cameras=("demo",), mics=("none",), out="/films")
READY = {"ready": True, "folder": "/films/one"}


class Process:
    """A recorder that has ended, or ends when it is told to."""

    def __init__(self) -> None:
        self.terminated = False

    def wait(self, timeout: float | None = None) -> int:
        if not self.terminated:
            raise subprocess.TimeoutExpired("recorder", timeout or 0)
        return 0

    def poll(self) -> int | None:
        return 0 if self.terminated else None

    def terminate(self) -> None:
        self.terminated = True


class Launched:
    """Says what it was given, line by line, and at the end nothing more."""

    def __init__(self, *lines: dict[str, Any]) -> None:
        self.process = cast("subprocess.Popen[bytes]", Process())
        self.lines = list(lines)

    def said(self, _timeout_s: float) -> dict[str, Any] | None:
        return self.lines.pop(0) if self.lines else None


class World:
    """Each recorder that is launched says the next list of lines."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *recorders: list[dict[str, Any]]) -> None:
        self.requests: list[Request] = []
        self.recorders = [Launched(*lines) for lines in recorders]
        self.noted: list[Request] = []
        monkeypatch.setattr(prepare, "launch", self._launch)
        monkeypatch.setattr(prepare, "note_started", lambda request, _folder: self.noted.append(request))

    def _launch(self, request: Request) -> Launched:
        self.requests.append(request)
        return self.recorders[len(self.requests) - 1]


def test_it_films_at_the_guiders_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ready is not filming; only the recorder's word that it films ends the waiting, and is remembered."""
    world = World(monkeypatch, [READY, {"ok": True, "folder": "/films/one"}])
    waiting = Waiting(REQUEST)
    assert world.requests == [replace(REQUEST, prepare=True)]
    assert waiting.look() is None
    assert not world.noted
    started = waiting.look()
    assert started is not None
    assert started.folder == Path("/films/one")
    assert world.noted == [REQUEST]


def test_other_devices_are_another_recorder(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the screen wishes changes the request, and nothing but what may be wished."""
    wished = {"mics": ["demo"], "profile": "lesson", "out": "/elsewhere", "resume": "/a"}
    world = World(monkeypatch, [READY, {"again": wished}], [READY])
    waiting = Waiting(REQUEST)
    assert [waiting.look(), waiting.look(), waiting.look()] == [None] * 3
    assert world.requests[1] == replace(REQUEST, prepare=True, mics=("demo",), profile="lesson")


def test_a_wish_that_cannot_be_meant_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown kind of film, or devices with which no recorder begins, leave the choice as it was."""
    world = World(monkeypatch, [READY, {"again": {"profile": "no such kind"}}], [READY])
    waiting = Waiting(REQUEST)
    assert [waiting.look(), waiting.look(), waiting.look()] == [None] * 3
    assert world.requests[1] == world.requests[0]

    refused = UserError("No.").as_map()
    world = World(monkeypatch, [READY, {"again": {"mics": ["demo"]}}], [refused], [READY])
    waiting = Waiting(REQUEST)
    assert [waiting.look() for _ in range(4)] == [None] * 4
    assert world.requests[2] == world.requests[0]
    assert not waiting.over


def test_a_recorder_that_dies_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing filmed it simply begins once more; one that never begins ends it with a sentence."""
    dead: list[dict[str, Any]] = [{}]
    world = World(monkeypatch, [READY, {}], *[dead] * (DEATHS_MAX + 1))
    waiting = Waiting(REQUEST)

    def look_on() -> None:
        for _ in range(DEATHS_MAX + 5):
            waiting.look()

    with pytest.raises(VigError, match="could not start"):
        look_on()
    assert waiting.over
    assert len(world.requests) == DEATHS_MAX + 1


def test_a_death_after_the_guiders_word_films_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A session whose first record is written is filmed on in, and not begun anew."""
    (tmp_path / "journal.msgpack").touch()
    world = World(monkeypatch, [{"ready": True, "folder": str(tmp_path)}, {}])
    resumed: list[Request] = []

    def start(request: Request) -> Started:
        resumed.append(request)
        return Started(cast("subprocess.Popen[bytes]", Process()), tmp_path)

    monkeypatch.setattr(prepare, "start_recorder", start)
    waiting = Waiting(REQUEST)
    assert waiting.look() is None
    assert waiting.look() is not None
    assert resumed == [replace(REQUEST, resume=str(tmp_path))]
    assert len(world.requests) == 1


def test_leaving_lets_the_devices_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recorder that does not leave by itself is ended."""
    world = World(monkeypatch, [READY])
    waiting = Waiting(REQUEST)
    waiting.look()
    waiting.leave()
    assert waiting.over
    assert cast("Process", world.recorders[0].process).terminated


def test_what_is_not_said_is_as_last_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Devices, kind of film and its vocabulary; a memory of what is gone is no memory."""
    last = {"camera": "demo", "mic": "demo", "kind": "lesson", "vocabulary": "vig-core"}
    monkeypatch.setattr(request, "recalled", lambda: last)
    found = preparing()
    assert (found.cameras, found.mics, found.profile, found.vocabulary) == (("demo",), ("demo",), "lesson", "vig-core")
    assert found.prepare
    found = preparing(cameras=("none",), profile="infant")
    assert (found.cameras, found.mics, found.profile, found.vocabulary) == (("none",), ("demo",), "infant", "")
    for gone in ({"kind": "gone"}, {"vocabulary": "gone"}):
        monkeypatch.setattr(request, "recalled", lambda gone=gone: last | gone)
        found = preparing()
        assert (found.cameras, found.mics, found.profile, found.vocabulary) == (("none",), ("none",), "interaction", "")
