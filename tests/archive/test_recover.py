"""Finding sessions that were never closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archive.tiny import Tiny
from vig_capture.archive.recover import unfinished
from vig_capture.core.errors import UserError
from vig_capture.devices.lockfile import LockFile

Make = Callable[..., Tiny]
SECOND_NS = 1_000_000_000


def test_only_the_unfinished_session_is_found(session: Make) -> None:
    """Of a closed and a killed session the killed one is found, with what is whole, growing and kept of it."""
    session()
    killed = session(False).folder
    (found,) = unfinished(killed.parent)
    assert (found.folder, found.running, found.state) == (killed, False, "recording")
    assert found.whole == ["film/cam1-0001.mp4", "sound/mic1-0001.flac"]
    assert found.damaged == []
    assert [segment.file for segment in found.growing] == ["film/cam1-0002.mp4", "sound/mic1-0002.flac"]
    assert found.growing[0].frames >= 60
    assert found.growing[0].end_ns > 4 * SECOND_NS
    assert (found.markers, found.holes) == (2, 0)
    assert found.end_ns == max(segment.end_ns for segment in found.growing)
    assert "2 markers are kept" in found.as_text()


def test_the_session_itself_may_be_named(session: Make) -> None:
    """Given a session's own folder, that session is looked at; a closed one gives nothing."""
    assert unfinished(session().folder) == []
    assert len(unfinished(session(False).folder)) == 1


def test_a_damaged_segment_is_said(session: Make) -> None:
    """A closed segment of an unfinished session that fails its hash is damaged, with the reason."""
    tiny = session(False)
    (tiny.folder / "film/cam1-0001.mp4").write_bytes(b"nothing")
    (found,) = unfinished(tiny.folder)
    assert found.whole == ["sound/mic1-0001.flac"]
    assert found.damaged[0].startswith("film/cam1-0001.mp4: ")


def test_a_running_session_is_said_to_be_running(session: Make) -> None:
    """While a recorder holds the session's lock, it is told and not looked into."""
    folder = session(False).folder
    lock = LockFile(folder / "session.lock")
    assert lock.try_acquire()
    (found,) = unfinished(folder)
    lock.release()
    assert (found.running, found.whole) == (True, [])
    assert "is being recorded now" in found.as_text()


def test_nothing_is_deleted_or_changed(session: Make) -> None:
    """Looking leaves every byte and name as it was."""
    folder = session(False).folder
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    unfinished(folder.parent)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_one_unreadable_session_does_not_hide_the_others(session: Make) -> None:
    """A session from the future is told with its trouble beside the others."""
    killed = session(False)
    future = Tiny(killed.folder.parent / "future")
    future.say("session", v=2)
    future.write()
    first, second = unfinished(killed.folder.parent)
    assert "newer version" in first.trouble
    assert "could not be read" in first.as_text()
    assert second.folder == killed.folder


def test_a_folder_that_is_not_there_is_the_users_to_fix(tmp_path: Path) -> None:
    """A missing folder raises UserError."""
    with pytest.raises(UserError):
        unfinished(tmp_path / "nowhere")
