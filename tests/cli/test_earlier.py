"""`sessions` and `erase`: what they print, and that nothing is erased without a word."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archive.conftest import media, session  # noqa: F401 - fixtures
from tests.archive.tiny import Tiny, damage
from vig_capture.cli import earlier
from vig_capture.cli.app import carry_out
from vig_capture.cli.earlier import HostSessions

Make = Callable[..., Tiny]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runtime, data and settings folders of its own."""
    for name in ("RUNTIME_DIR", "DATA_HOME", "CONFIG_HOME"):
        monkeypatch.setenv(f"XDG_{name}", str(tmp_path / name))


def test_sessions_are_listed(session: Make, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """For people a line each; for programs every field; an empty folder is a friendly sentence."""
    folder = session().folder
    session(False)
    assert carry_out(["sessions", str(folder.parent)]) == 0
    text = capsys.readouterr().out
    assert text.index("killed") < text.index("closed")
    assert "22 Nov 2026" in text
    assert "2 moments" in text
    assert "whole" in text
    assert "! not finished" in text
    assert carry_out(["sessions", str(folder.parent), "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["state"], second["state"], second["moments"]) == ("unfinished", "whole", 2)
    assert second["folder"] == str(folder)
    assert carry_out(["sessions"]) == 0
    assert "no film here yet" in capsys.readouterr().out
    assert carry_out(["sessions", str(folder / "gone")]) == 2


@pytest.mark.parametrize(("answer", "gone"), [("erase", True), (" Erase ", True), ("yes", False), ("", False)])
def test_erasing_asks_for_the_word(
    session: Make,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    gone: bool,
) -> None:
    """Only the word erases, and it is said what was asked and what was done."""
    folder = session().folder
    monkeypatch.setattr(earlier, "can_answer", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _prompt: answer)
    assert carry_out(["erase", str(folder)]) == (0 if gone else 1)
    text = capsys.readouterr().out
    assert "Type erase" in text
    assert "2 moments" in text
    assert folder.exists() is not gone
    assert ("Erased: 3 files" if gone else "The film is kept.") in text


def test_without_a_terminal_it_needs_yes(session: Make, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """Nobody can be asked: nothing is erased without --yes, and what is no session is not asked about."""
    folder = session().folder
    assert carry_out(["erase", str(folder)]) == 2
    assert "--yes" in capsys.readouterr().err
    assert folder.exists()
    assert carry_out(["erase", str(folder.parent)]) == 2
    assert "not a session" in capsys.readouterr().err
    assert carry_out(["erase", str(folder), "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == 3
    assert not folder.exists()


def test_the_screens_port(session: Make) -> None:  # noqa: F811
    """Lists, checks and erases; what a check finds is told with its whole first."""
    folder = session().folder
    port = HostSessions(folder.parent)
    seen: list[tuple[int, int]] = []
    (line,) = port.verify(folder, lambda done, count: seen.append((done, count)))
    assert line.startswith("● All")
    assert seen == [(0, 2), (1, 2)]
    copy = folder.parent / "copy"
    shutil.copytree(folder, copy)
    damage(copy / "film/cam1-0001.mp4", 0.5)
    first, *more = port.verify(copy, lambda _done, _count: None)
    assert first.startswith("!")
    assert "film/cam1-0001.mp4" in more[0]
    assert [item.folder for item in port.sessions()] == [copy, folder]
    assert "Erased" in port.erase(copy)
    assert [item.folder for item in port.sessions()] == [folder]
