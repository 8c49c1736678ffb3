"""The access log: a private line for each deed, without content; a log that cannot be written fails nothing."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from vig_capture.archive.access import LOG, append, note
from vig_capture.devices.settings_files import data_folder


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder of its own, which is not there yet."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def log() -> Path:
    return data_folder() / LOG


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def test_a_line_for_each_deed(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the deeds, each synced, in a private file; and nothing but the five fields."""
    synced: list[int] = []
    real = os.fsync

    def sync(fd: int) -> None:
        real(fd)
        synced.append(fd)

    monkeypatch.setattr(os, "fsync", sync)
    assert note("open", "2026-11-22T0940-7f3a") == ""
    before = len(synced)
    assert note("export", "2026-11-22T0940-7f3a", "research", "boris") == ""
    assert len(synced) > before
    first, second = lines(log)
    assert list(first) == ["utc", "what", "session", "purpose", "format"]
    assert first["utc"].endswith("+00:00")
    assert (first["what"], first["purpose"], first["format"]) == ("open", "", "")
    assert (second["what"], second["purpose"], second["format"]) == ("export", "research", "boris")
    if sys.platform != "win32":
        assert log.stat().st_mode & 0o777 == 0o600
        assert log.parent.stat().st_mode & 0o777 == 0o700


def test_whatever_an_id_holds_is_one_line(log: Path) -> None:
    """A journal may hold any text as its id."""
    note("open", 'a\nb"\ud800é' + "x" * 1000)
    note("open", "")
    assert len(lines(log)) == 2
    assert len(lines(log)[0]["session"]) == 200


def test_a_torn_line_spoils_no_other(log: Path) -> None:
    """After a cut of power the next line begins a line of its own."""
    note("open", "a")
    with log.open("ab") as file:
        file.write(b'{"utc": "20')
    note("erase", "b")
    told = log.read_text().splitlines()
    assert len(told) == 3
    assert json.loads(told[2])["session"] == "b"


def test_a_log_that_cannot_be_written_is_told(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is raised; what is said holds why."""
    (tmp_path / "data").write_text("a file where the folder should be")
    assert "access log" in note("open", "a")
    (tmp_path / "data").unlink()

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "no room" in note("open", "a")


def test_append_makes_a_file_that_is_missing(tmp_path: Path) -> None:
    """And adds to one that is there."""
    append(tmp_path / "a.jsonl", {"n": 1})
    append(tmp_path / "a.jsonl", {"n": 2})
    assert [line["n"] for line in lines(tmp_path / "a.jsonl")] == [1, 2]
