"""`record` opens its screen in a terminal only: elsewhere it prints plain lines, as with --no-tui."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.archive.tiny import Tiny
from vig_capture.cli import front, screen
from vig_capture.cli.app import carry_out
from vig_capture.cli.request import Request
from vig_capture.cli.start import Started

COMMAND = ["record", "--demo", "--out"]


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """The plain lines take Ctrl-C and SIGTERM for themselves."""
    kept = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    for number, handler in kept:
        signal.signal(number, handler)


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which a made-up recorder has filmed and ended at once; a screen that only says that it was opened."""
    for name in ("RUNTIME_DIR", "DATA_HOME", "CONFIG_HOME"):
        monkeypatch.setenv(f"XDG_{name}", str(tmp_path / "own"))
    (tmp_path / "own").mkdir(mode=0o700)
    film = Tiny(tmp_path / "film")
    film.say("session", id="7f3a", created_utc="2026-11-22T09:40:00Z")
    film.say("closed", 5, reason="the wished length is reached")
    film.write()
    recorder = SimpleNamespace(pid=4711, poll=lambda: 0)
    started = Started(cast("subprocess.Popen[bytes]", recorder), film.folder)

    def opened(_request: Request) -> int:
        print("a screen")
        return 0

    monkeypatch.setattr(front, "start_recorder", lambda _request: started)
    monkeypatch.setattr(screen, "film", opened)
    return tmp_path


def said(
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    terminals: tuple[bool, bool],
    *more: str,
) -> str:
    """What `record` prints where standard input and output are terminals or not; its exit code must be 0."""
    for stream, terminal in zip((sys.stdin, sys.stdout), terminals, strict=True):
        monkeypatch.setattr(stream, "isatty", lambda terminal=terminal: terminal)
    assert carry_out([*COMMAND, str(out), *more]) == 0
    return capsys.readouterr().out


def test_a_terminal_gets_the_screen(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where input and output are terminals the screen is opened, and no plain line stands beside it."""
    assert said(out, monkeypatch, capsys, (True, True)) == "a screen\n"


@pytest.mark.parametrize("terminals", [(True, False), (False, True), (False, False)])
def test_without_a_terminal_there_are_plain_lines(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminals: tuple[bool, bool]
) -> None:
    """A program before or behind it gets the very lines of --no-tui, to the end of the film, and no screen."""
    lines = said(out, monkeypatch, capsys, terminals)
    assert lines.splitlines()[0] == f"Filming into {out / 'film'}"
    assert "The film is closed." in lines.splitlines()
    assert lines == said(out, monkeypatch, capsys, (True, True), "--no-tui")


def test_json_is_for_programs_even_in_a_terminal(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --json every line is a JSON value, whatever stands before and behind."""
    lines = said(out, monkeypatch, capsys, (True, True), "--json").splitlines()
    assert json.loads(lines[0])["folder"] == str(out / "film")
    assert json.loads(lines[1])["state"] == "closed"


def test_a_program_without_standard_input_films(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Started with its input closed, as some services do, it prints plain lines as well."""
    monkeypatch.setattr(sys, "stdin", None)
    assert carry_out([*COMMAND, str(out)]) == 0
    assert "The film is closed." in capsys.readouterr().out
