"""Reading a session's folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archive.tiny import Tiny
from vig_capture.archive.reader import inside, is_running, journal_files, read_session
from vig_capture.core.errors import JournalError, UserError
from vig_capture.devices.lockfile import LockFile

Make = Callable[..., Tiny]


def test_journal_files_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    """journal.msgpack is first, and journal.10 comes after journal.2; then what was made; nothing else is one."""
    for name in (
        "journal.10.msgpack",
        "journal.2.msgpack",
        "journal.msgpack",
        "journal.msgpack.bak",
        "journal.x.msgpack",
        "journal.made-0f.msgpack",
    ):
        (tmp_path / name).touch()
    assert [path.name for path in journal_files(tmp_path)] == [
        "journal.msgpack",
        "journal.2.msgpack",
        "journal.10.msgpack",
        "journal.made-0f.msgpack",
    ]


def test_records_written_again_are_read_once(session: Make) -> None:
    """Records repeated in the next file, after a torn end, give the session that was recorded."""
    tiny = session()
    whole = read_session(tiny.folder)
    first = tiny.write(records=tiny.records[:9])
    torn = tiny.write("torn", tiny.records[9:10]).read_bytes()[:20]
    (tiny.folder / "torn").unlink()
    first.write_bytes(first.read_bytes() + torn)
    tiny.write("journal.2.msgpack", tiny.records[6:])
    read = read_session(tiny.folder)
    assert (read.records, read.view) == (whole.records, whole.view)
    assert [(item.file, item.hole.torn) for item in read.holes] == [("journal.msgpack", True)]


@pytest.mark.parametrize("kind", ["missing", "file", "empty"])
def test_what_is_no_session_is_said(tmp_path: Path, kind: str) -> None:
    """A missing folder, a file and a folder without a journal raise a UserError with what, why and do."""
    path = tmp_path / "there"
    if kind == "file":
        path.touch()
    if kind == "empty":
        path.mkdir()
    with pytest.raises(UserError) as caught:
        read_session(path)
    assert all((caught.value.what, caught.value.why, caught.value.do))


def test_a_journal_from_the_future_is_refused(session: Make) -> None:
    """A record of a later major version anywhere raises JournalError."""
    tiny = session()
    tiny.say("closed", v=2)
    tiny.write()
    with pytest.raises(JournalError):
        read_session(tiny.folder)


def test_a_session_runs_while_its_lock_is_held(session: Make) -> None:
    """Only a held lock says that somebody writes the session, never a file that was left."""
    folder = session().folder
    lock = LockFile(folder / "session.lock")
    assert not is_running(folder)
    assert lock.try_acquire()
    assert is_running(folder)
    lock.release()
    assert not is_running(folder)


@pytest.mark.parametrize("file", ["../x.mp4", "film/../../x", "/etc/passwd", "", "C:/x", "film\\x"])
def test_names_that_lead_out_of_the_session_are_refused(tmp_path: Path, file: str) -> None:
    """A journal cannot make a reader open what is outside its folder."""
    assert inside(tmp_path, file) is None
    assert inside(tmp_path, "film/cam1-0001.mp4") == tmp_path / "film" / "cam1-0001.mp4"
