"""A file that is made of a session is whole or not there, and takes no other one's place unasked."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vig_capture.archive.placed import placed
from vig_capture.core.errors import UserError


def test_a_file_has_its_name_when_it_is_whole_and_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Private, synced before it is named, in a folder that is made for it; nothing is left beside it."""
    target = tmp_path / "handoff" / "a.csv"
    done: list[str] = []

    def noted(what: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            done.append(what)
            return real(*arguments)

        return call

    monkeypatch.setattr(os, "fsync", noted("sync", os.fsync))
    monkeypatch.setattr(Path, "replace", noted("name", Path.replace))
    with placed(target) as file:
        file.write(b"all of it")
        assert not target.exists()
        done.clear()
    assert done[:2] == ["sync", "name"]
    assert target.read_bytes() == b"all of it"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["a.csv"]


def test_what_is_there_is_kept_unless_it_is_said(tmp_path: Path) -> None:
    """Also a link that leads nowhere; with `replace` the new one stands in its place."""
    target = tmp_path / "a.csv"
    target.write_bytes(b"old")
    with pytest.raises(UserError) as caught, placed(target):
        raise AssertionError("nothing is written")
    assert "--replace" in caught.value.do
    assert target.read_bytes() == b"old"
    with placed(target, replace=True) as file:
        file.write(b"new")
    assert target.read_bytes() == b"new"
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UserError), placed(link):
        raise AssertionError("nothing is written")


def _fail(target: Path) -> None:
    with placed(target, replace=True) as file:
        file.write(b"half")
        raise ZeroDivisionError


def test_an_error_leaves_the_older_file(tmp_path: Path) -> None:
    """And nothing of the new one; what a crash left aside is no obstacle."""
    target = tmp_path / "a.csv"
    target.write_bytes(b"old")
    (tmp_path / ".a.csv.partial").write_bytes(b"of a crash")
    with pytest.raises(ZeroDivisionError):
        _fail(target)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert target.read_bytes() == b"old"
