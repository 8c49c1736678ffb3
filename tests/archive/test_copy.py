"""Copying a session to another disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.archive.tiny import Tiny
from vig_capture.archive import copy as copying
from vig_capture.archive.copy import copy_session
from vig_capture.archive.verify import verify
from vig_capture.core.errors import StorageError, UserError
from vig_capture.devices.disk import HostDisk
from vig_capture.devices.lockfile import LockFile

Make = Callable[..., Tiny]


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_copy_is_the_same_and_private(session: Make, tmp_path: Path) -> None:
    """Every file arrives, the copy verifies, modes are 0700 and 0600, and the source is as it was."""
    folder = session().folder
    (folder / "session.lock").touch()
    before = content(folder)
    said: list[tuple[int, int, str]] = []
    copy = copy_session(folder, tmp_path / "backup", lambda *step: said.append(step))
    assert copy == tmp_path / "backup" / folder.name
    assert content(folder) == before
    assert content(copy) == {file: data for file, data in before.items() if file != "session.lock"}
    assert verify(copy).ok
    assert [step[2] for step in said] == ["film/cam1-0001.mp4", "journal.msgpack", "sound/mic1-0001.flac"]
    if os.name != "nt":
        modes = {path.stat().st_mode & 0o777 for path in copy.rglob("*") if path.is_file()}
        assert (modes, copy.stat().st_mode & 0o777, (copy / "film").stat().st_mode & 0o777) == ({0o600}, 0o700, 0o700)


@pytest.mark.parametrize("name", ["closed", "closed.partial"])
def test_what_is_there_is_never_written_over(session: Make, tmp_path: Path, name: str) -> None:
    """An existing copy, or one that was broken off, is refused and left alone."""
    folder = session().folder
    there = tmp_path / "backup" / name
    there.mkdir(parents=True)
    (there / "kept").write_bytes(b"mine")
    with pytest.raises(UserError) as caught:
        copy_session(folder, tmp_path / "backup")
    assert "there already" in caught.value.what
    assert content(tmp_path / "backup") == {f"{name}/kept": b"mine"}


def test_a_target_in_the_session_is_refused(session: Make) -> None:
    """A copy into the session itself would change it: refused."""
    folder = session().folder
    before = content(folder)
    with pytest.raises(UserError):
        copy_session(folder, folder / "handoff")
    assert content(folder) == before
    assert not (folder / "handoff").exists()


def test_a_running_session_is_refused(session: Make, tmp_path: Path) -> None:
    """While a recorder holds the session's lock, nothing is copied."""
    folder = session().folder
    lock = LockFile(folder / "session.lock")
    assert lock.try_acquire()
    with pytest.raises(UserError):
        copy_session(folder, tmp_path / "backup")
    lock.release()
    assert not (tmp_path / "backup").exists()


def test_a_disk_without_room_is_refused_before_anything_is_copied(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too little room raises a StorageError that says how much is needed."""
    monkeypatch.setattr(HostDisk, "free_bytes", lambda *_: 1000)
    with pytest.raises(StorageError) as caught:
        copy_session(session().folder, tmp_path / "backup")
    assert "not enough room" in caught.value.what
    assert list((tmp_path / "backup").iterdir()) == []


def test_a_disk_that_fills_up_leaves_nothing_half(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails raises a StorageError in plain words, and what was copied so far is taken away."""

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(copying, "_write_all", full)
    folder = session().folder
    before = content(folder)
    with pytest.raises(StorageError) as caught:
        copy_session(folder, tmp_path / "backup")
    assert caught.value.what == "The disk is full."
    assert "unharmed" in caught.value.do
    assert list((tmp_path / "backup").iterdir()) == []
    assert content(folder) == before


def test_a_disk_that_stores_other_bytes_is_found(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that is read back with other content is refused and taken away."""
    write_all = copying._write_all

    def lying(writing: Any, chunk: bytes) -> None:
        write_all(writing, bytes([chunk[0] ^ 1]) + chunk[1:])

    monkeypatch.setattr(copying, "_write_all", lying)
    with pytest.raises(StorageError) as caught:
        copy_session(session().folder, tmp_path / "backup")
    assert "differs" in caught.value.what
    assert list((tmp_path / "backup").iterdir()) == []


def test_links_are_not_followed(session: Make, tmp_path: Path) -> None:
    """A link in a session's folder leads elsewhere and is left out."""
    folder = session().folder
    (tmp_path / "secret").write_bytes(b"secret")
    try:
        (folder / "film" / "link.mp4").symlink_to(tmp_path / "secret")
    except OSError:
        pytest.skip("this system makes no links")
    copy = copy_session(folder, tmp_path / "backup")
    assert "film/link.mp4" not in content(copy)
