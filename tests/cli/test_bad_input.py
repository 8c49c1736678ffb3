"""Bad input of every kind: a sentence, the right exit code, no traceback. tools/bad_input.py runs the same cases, and
those that need a recorder, as real processes."""

from __future__ import annotations

import json
from pathlib import Path

import bad_input
import bad_input_cases
import pytest

from tests.archive.tiny import Tiny
from vig_capture.cli.app import carry_out

NAMES = [case.name for case in bad_input_cases.cases(Path("place"), Path("place/session")) if not case.starts]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Wrong files and folders, and runtime, data and settings folders of its own."""
    for name, value in bad_input.environment(tmp_path).items():
        if name.startswith("XDG_"):
            monkeypatch.setenv(name, value)
    bad_input_cases.prepare(tmp_path)
    tiny = Tiny(tmp_path / "good" / "session")
    tiny.say("session", id="7f3a", created_utc="2026-11-22T09:40:00Z", tool="vig-capture", previous="", profile="",
             vocabulary={"name": "VIG", "version": "1", "language": "en", "keys": []}, settings={})  # fmt: skip
    tiny.say("closed", 5, reason="stopped by the guider")
    tiny.write()
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
def test_bad_input(name: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each case ends with its exit code and a sentence of at most three lines, without a traceback or a password."""
    cases = bad_input_cases.cases(place, place / "good" / "session")
    case = next(case for case in cases if case.name == name)
    code = carry_out(list(case.arguments))
    said = capsys.readouterr()
    outcome = bad_input.judged(case.name, case.code, code, said.out + said.err)
    assert not outcome.fault, said.out + said.err
    assert len(said.err.splitlines()) <= 3


def test_usage_names_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt option is answered with the one that was probably meant, and where to read on."""
    assert carry_out(["record", "--sizze", "640x360"]) == 2
    said = capsys.readouterr().err
    assert "Did you mean --size?" in said
    assert "vig-capture record -h" in said


def test_usage_for_programs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json a fault is one JSON value on standard output."""
    assert carry_out(["mark", "a", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["what"] == "Nothing is being filmed."


@pytest.mark.parametrize("command", ["", "record", "mark", "show", "copy", "doctor", "devices"])
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """-h explains every command, with exit code 0."""
    assert carry_out([*command.split(), "-h"]) == 0
    assert "Usage: vig-capture" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "said", "fault"),
    [
        (2, "There is no camera.", ""),
        (1, "There is no camera.", "exit code 2 was wanted"),
        (2, "", "no sentence"),
        (2, "Traceback (most recent call last):", "says 'Traceback'"),
        (2, "rtsp://user:secret@host", "a password is shown"),
    ],
)
def test_judged(code: int, said: str, fault: str) -> None:
    """The tool finds a wrong code, silence, a traceback and a password."""
    assert bad_input.judged("x", 2, code, said).fault == fault
