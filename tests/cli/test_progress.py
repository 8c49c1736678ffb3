"""How far something is: plain lines where there is no terminal."""

from __future__ import annotations

import sys

import pytest

from tests.clocks import HandClock
from vig_capture.cli.progress import NEWS_NS, progress


def test_plain_lines_tell_of_what_takes_long(capsys: pytest.CaptureFixture[str]) -> None:
    """What is being made, and every few seconds how far it is; on standard error, beside what is printed."""
    clock = HandClock()
    with progress(clock.mono_ns) as doing:
        told = doing("The film")
        for percent in range(101):
            clock.now_ns += NEWS_NS // 40
            told(percent / 100)
        doing("A clip")(1.0)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["The film", "The film: 39%", "The film: 79%", "A clip"]


def test_a_program_without_standard_error_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing fails (pythonw on Windows)."""
    monkeypatch.setattr(sys, "stderr", None)
    with progress() as doing:
        doing("The film")(0.5)


def test_a_terminal_has_a_bar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It is drawn there and taken away at the end; a label with brackets is text."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with progress() as doing:
        doing("Clip 1 of 2: [b]")(0.5)
    assert capsys.readouterr().out == ""
