"""Erasing a session: all of it, nothing else, and gone on with where it was broken off."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archive.tiny import Tiny
from vig_capture.archive import erase as erase_module
from vig_capture.archive.erase import NOTES, erase
from vig_capture.archive.reader import LOCK_NAME, is_session
from vig_capture.core.errors import StorageError, UserError
from vig_capture.devices.lockfile import LockFile

Make = Callable[..., Tiny]


@pytest.fixture
def full(session: Make) -> Path:
    """A session with everything that one can have."""
    folder = session().folder
    for file in ("stills/0001.jpg", "handoff/clips/a.mp4", "journal.2.msgpack", LOCK_NAME, ".DS_Store"):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"12345")
    return folder


def test_nothing_is_left(full: Path) -> None:
    """Film, sound, stills, hand-off, journals and the folder are gone, and it says how much that was."""
    neighbour = full.parent / "neighbour"
    neighbour.mkdir()
    (neighbour / "kept").write_bytes(b"kept")
    files = [path for path in full.rglob("*") if path.is_file() and path.name != LOCK_NAME]
    size_bytes = sum(path.stat().st_size for path in files)
    erased = erase(full)
    assert (erased.files, erased.size_bytes) == (len(files), size_bytes)
    assert not full.exists()
    assert sorted(path.name for path in full.parent.iterdir()) == [NOTES, "neighbour"]
    assert (neighbour / "kept").read_bytes() == b"kept"


def test_a_note_without_content_is_left(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the session: its id, not its folder's name; when; how much. Another one is added. One that cannot be
    written stops nothing."""
    named = full.rename(full.with_name("family Berg"))
    other = shutil.copytree(named, full.with_name("other"))
    last = shutil.copytree(named, full.with_name("last"))
    erased = erase(named)
    assert erased.note == str(full.parent / NOTES)
    erase(other)
    text = (full.parent / NOTES).read_text()
    first, second = map(json.loads, text.splitlines())
    assert list(first) == ["session", "erased_utc", "files", "size_bytes"]
    assert (first["session"], first["files"], first["size_bytes"]) == ("7f3a", erased.files, erased.size_bytes)
    assert second["session"] == "7f3a"
    assert "Berg" not in text

    def refusing(_path: Path, _line: object) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(erase_module, "append", refusing)
    assert erase(last).note == ""
    assert not last.exists()


def test_broken_off_anywhere_it_is_still_a_session(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The film goes first and the journal last: wherever the disk refuses, the session can be erased again."""
    unlink, left = Path.unlink, [0]
    removed: list[str] = []

    def refusing(self: Path, missing_ok: bool = False) -> None:
        if left[0] == 0:
            raise OSError(5, "Input/output error", str(self))
        left[0] -= 1
        removed.append(self.relative_to(full).as_posix())
        unlink(self, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refusing)
    count = sum(path.is_file() for path in full.rglob("*")) - 1
    for _ in range(count):
        with pytest.raises(StorageError) as caught:
            erase(full)
        assert is_session(full)
        assert "still be erased" in caught.value.do
        left[0] = 1
    left[0] = 10
    erase(full)
    assert not full.exists()
    assert removed[0].startswith("film/")
    assert removed[-2:] == ["journal.msgpack", LOCK_NAME]


def test_what_is_in_use_is_refused(full: Path) -> None:
    """A session that is filmed or edited stays as it is."""
    before = sorted(full.rglob("*"))
    lock = LockFile(full / LOCK_NAME)
    assert lock.try_acquire()
    with pytest.raises(UserError, match="in use"):
        erase(full)
    lock.release()
    assert sorted(full.rglob("*")) == before


def test_what_is_no_session_is_refused(tmp_path: Path) -> None:
    """A folder without a journal, a file, and what is not there."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letter.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("folder", "file", "gone"):
        with pytest.raises(UserError, match="not a session"):
            erase(tmp_path / name)
    assert (tmp_path / "folder" / "letter.txt").exists()


def test_other_peoples_files_are_refused(full: Path) -> None:
    """What no session makes, and a session within a session, must be moved away first."""
    (full / "letter.docx").write_text("mine")
    with pytest.raises(UserError) as caught:
        erase(full)
    assert "letter.docx" in caught.value.why
    assert caught.value.do
    (full / "letter.docx").unlink()
    (full / "handoff" / "other").mkdir()
    (full / "handoff" / "other" / "journal.msgpack").write_bytes(b"")
    with pytest.raises(UserError, match="another session"):
        erase(full)
    assert (full / "film").is_dir()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_links_lead_nowhere(full: Path, tmp_path: Path) -> None:
    """A link in the folder, and the folder as a link, are refused; what they lead to is unharmed."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    (tmp_path / "link").symlink_to(full)
    with pytest.raises(UserError, match="is a link"):
        erase(tmp_path / "link")
    for link, target in (("film/a", outside / "kept"), ("handoff/b", outside)):
        (full / link).symlink_to(target)
        with pytest.raises(UserError, match="a link in"):
            erase(full)
        (full / link).unlink()
    assert (outside / "kept").read_text() == "kept"
    assert is_session(full)


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() == 0, reason="root may do everything")
def test_a_folder_that_is_only_to_be_read(full: Path) -> None:
    """A folder of ours that lost its permissions is no obstacle."""
    (full / "film").chmod(0o500)
    erase(full)
    assert not full.exists()
