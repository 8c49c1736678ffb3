"""What was made of a film is noted whoever has its journal, and read with the session."""

from __future__ import annotations

import stat
from collections.abc import Callable

from tests.archive.tiny import Tiny
from vig_capture.archive.copy import copy_session
from vig_capture.archive.erase import erase
from vig_capture.archive.made import add
from vig_capture.archive.reader import journal_files, read_session
from vig_capture.core.consent import Made

Make = Callable[..., Tiny]
CLIPS = Made("review", "clips", "2026-11-23T10:00:00+00:00", ("clips/01.mp4", "clips/\udcff.mp4"), 2)
FILM = Made("research", "whole film", "2026-11-22T10:00:00+00:00", ("film.mp4",), 1)


def test_each_note_is_a_private_file_beside_the_journal(session: Make) -> None:
    """In the order of making; the session's own records are as they were; a copy has them, and erasing takes them."""
    folder = session().folder
    before = read_session(folder)
    add(folder, CLIPS)
    add(folder, FILM)
    read = read_session(folder)
    assert read.view.made == [CLIPS, FILM]
    assert (read.records, read.holes, read.view.last_seq) == (before.records, [], before.view.last_seq)
    notes = journal_files(folder)[1:]
    assert len(notes) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in notes} == {0o600}
    assert read_session(copy_session(folder, folder.parent / "copies")).view.made == [CLIPS, FILM]
    erase(folder)
    assert not folder.exists()


def test_a_note_that_was_cut_costs_nothing_else(session: Make) -> None:
    """Cut at every byte it is no note, and no damage; the other is read."""
    folder = session().folder
    add(folder, CLIPS)
    (note,) = journal_files(folder)[1:]
    data = note.read_bytes()
    add(folder, FILM)
    for end in range(len(data)):
        note.write_bytes(data[:end])
        read = read_session(folder)
        assert read.view.made == [FILM]
        assert all(item.hole.torn for item in read.holes)
