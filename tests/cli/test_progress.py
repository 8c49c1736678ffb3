"""How far something is: plain lines where there is no terminal."""

from __future__ import annotations

import sys

import pytest

from vig_capture.cli.progress import progress


def test_plain_lines_tell_the_quarters(capsys: pytest.CaptureFixture[str]) -> None:
    """What is being made, and each quarter of it once; on standard error, so that what is printed stays whole."""
    with progress() as doing:
        told = doing("The film")
        for percent in range(101):
            told(percent / 100)
        doing("A clip")(1.0)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["The film", "The film: 25 %", "The film: 50 %", "The film: 75 %", "A clip"]


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
