"""After stop the editor is the session's one writer: durable, locked, undone over a restart, right after a reboot."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.archive.tiny import Tiny
from tests.clocks import HandClock
from vig_capture.archive.reader import LOCK_NAME, is_running, journal_files, read_session
from vig_capture.core.errors import StorageError, UserError
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.disk import HostDisk, HostJournalFile
from vig_capture.devices.lockfile import LockFile
from vig_capture.engine.editor import Editor

LAST_NS = 3 * SECOND_NS
KINDS: dict[str, dict[str, Any]] = {
    "edit": {"fields": {"label": "Waits"}},
    "star": {"on": True},
    "note": {"note": "look"},
    "goal": {"goal": "g1"},
}


class Clock(HandClock):
    """Its monotonic clock started with the session, or anew after a reboot."""

    boot = "boot"

    def boot_id(self) -> str:
        return self.boot


class SickDisk(HostDisk):
    """Makes no journal while it is sick."""

    sick = False

    def create_journal(self, path: Path) -> HostJournalFile:
        if self.sick:
            raise StorageError("The disk is full.")
        return super().create_journal(path)


class Film:
    """A session that is over, and whoever edits it."""

    def __init__(self, folder: Path, closed: bool = True) -> None:
        self.folder, self.clock, self.disk = folder, Clock(), SickDisk()
        origin = {"origin_mono_ns": self.clock.now_ns - LAST_NS, "origin_utc_ns": self.clock.utc_ns() - LAST_NS}
        tiny = Tiny(folder)
        tiny.say("session", id=folder.name, tool="t", vocabulary={}, settings={}, created_utc="", previous="")
        tiny.say("run", run=1, mono_ns=0, utc_ns=0, boot_id="boot", pid=1, **origin)
        tiny.say("state", state="recording")
        for name, t_ns in (("m1", SECOND_NS), ("m2", 2 * SECOND_NS)):
            tiny.say("marker", t_ns, id=name, key="a", label="Tuned in", who="self", note="")
        if closed:
            tiny.say("closed", LAST_NS, reason="stopped")
        tiny.write()
        self.names = iter(range(1000))
        self.editor = self.open()

    def open(self) -> Editor:
        self.editor = Editor(self.folder, self.clock, self.disk)
        return self.editor

    def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        """What the editor answers, one second later."""
        self.clock.now_ns += SECOND_NS
        return self.editor.take({"id": f"{do}-{next(self.names)}", "do": do} | fields)

    def read(self) -> Any:
        return read_session(self.folder)


@pytest.fixture
def film(tmp_path: Path) -> Iterator[Film]:
    made = Film(tmp_path / "film")
    yield made
    made.editor.close()


def test_looking_writes_nothing(film: Film) -> None:
    """Opening and closing leaves the journal as it was; the next file is made with the first change, the old kept."""
    before = film.read().records
    film.editor.close()
    assert [path.name for path in journal_files(film.folder)] == ["journal.msgpack"]
    old = journal_files(film.folder)[0].read_bytes()
    film.open()
    assert film.ask("star", of="m1")["ok"]
    assert [path.name for path in journal_files(film.folder)] == ["journal.msgpack", "journal.2.msgpack"]
    assert journal_files(film.folder)[0].read_bytes() == old
    read = film.read()
    assert [record["seq"] for record in read.records] == list(range(1, len(before) + 2))
    assert read.view.closed
    assert "run" not in {record["kind"] for record in read.records[len(before) :]}


@pytest.mark.parametrize("do", KINDS)
def test_what_is_answered_is_on_the_disk(film: Film, monkeypatch: pytest.MonkeyPatch, do: str) -> None:
    """The answer of each change comes after a sync, and a reader sees the change then."""
    synced: list[int] = []
    real = os.fdatasync

    def sync(fd: int) -> None:
        real(fd)
        synced.append(fd)

    monkeypatch.setattr(os, "fdatasync", sync)
    answer = film.ask(do, of="m1", **KINDS[do])
    assert answer["ok"]
    assert answer["result"]["saved"]
    assert synced
    marker = film.read().view.markers["m1"]
    assert {"edit": marker.label, "star": marker.star, "note": marker.note, "goal": marker.goal}[do] in (
        *("Waits", True, "look", "g1"),
    )
    assert marker == film.editor.view.markers["m1"]


def test_the_fields_of_the_afterwards_are_kept(film: Film) -> None:
    """Short list, the family's own pick and the private note are edits that a reader finds."""
    fields = {"shortlist": True, "pick": True, "private_note": "Her hand waits."}
    assert film.ask("edit", of="m2", fields=fields)["ok"]
    marker = film.read().view.markers["m2"]
    assert {name: getattr(marker, name) for name in fields} == fields
    assert not film.read().view.markers["m1"].shortlist


def test_an_edit_is_undone_by_a_later_editor(film: Film) -> None:
    """Undo and redo go on over a restart, each restart in a file of its own."""
    film.ask("edit", of="m1", fields={"label": "Waits"})
    film.ask("undo", of="m2")
    film.editor.close()
    film.open()
    assert list(film.editor.view.markers) == ["m1"]
    assert film.ask("redo")["result"]["of"].startswith("undo")
    assert [film.ask("undo")["result"]["kind"] for _ in range(2)] == ["marker", "edit"]
    assert film.ask("undo", of="undo-1")["ok"] is False, "a redo took it back already"
    assert film.ask("redo")["ok"]
    assert film.ask("redo")["ok"]
    assert film.ask("undo", of="edit-0")["ok"]
    view = film.read().view
    assert [view.markers[name].label for name in ("m1", "m2")] == ["Tuned in", "Tuned in"]
    assert journal_files(film.folder)[-1].name == "journal.3.msgpack"


def test_one_writer_at_a_time(film: Film) -> None:
    """Whoever comes second may look and is told why nothing is saved; when the first has gone it reads anew, writes."""
    assert is_running(film.folder)
    second = Editor(film.folder, film.clock, film.disk)
    assert second.refusal is not None
    answer = second.take({"id": "x", "do": "star", "of": "m1"})
    assert not answer["ok"]
    assert "Another window" in answer["why"]
    assert list(second.view.markers) == ["m1", "m2"]
    film.ask("note", of="m1", note="first")
    film.editor.close()
    assert second.take({"id": "y", "do": "star", "of": "m1"})["ok"]
    marker = film.read().view.markers["m1"]
    assert (marker.note, marker.star) == ("first", True)
    assert second.view.markers["m1"] == marker
    second.close()
    assert LockFile(film.folder / LOCK_NAME).try_acquire()


def test_a_film_that_was_never_finished_is_only_looked_at(tmp_path: Path) -> None:
    """It is not locked either: its recorder may go on in it."""
    film = Film(tmp_path / "film", closed=False)
    answer = film.ask("star", of="m1")
    assert not answer["ok"]
    assert "never finished" in answer["why"]
    assert not is_running(film.folder)
    assert len(journal_files(film.folder)) == 1


@pytest.mark.parametrize("back_s", [0, 3600 * 24 * 400])
def test_time_never_goes_back(film: Film, back_s: int) -> None:
    """After a reboot the monotonic clock is at 5 s and the wall clock perhaps a year back: changes are taken all the
    same, and their times are not before the session's last."""
    film.ask("star", of="m1")
    film.editor.close()
    before_ns = film.read().view.last_t_ns
    film.clock.utc_offset_ns += film.clock.now_ns - 5 * SECOND_NS - back_s * SECOND_NS
    film.clock.now_ns, film.clock.boot = 5 * SECOND_NS, "another boot"
    film.open()
    assert film.ask("note", of="m1", note="later")["ok"]
    assert film.ask("leave_out", from_ns=0, to_ns=SECOND_NS)["ok"]
    times = [record["t_ns"] for record in film.read().records[-2:]]
    assert before_ns < times[0] < times[1]


@pytest.mark.parametrize("do", ["mark", "stretch", "start", "pause", "stop", "later", "status", "fly", ""])
def test_only_edits_are_taken(film: Film, do: str) -> None:
    """Nothing that needs a film that runs is carried out; each is refused with a reason."""
    answer = film.ask(do, key="a", minutes=10)
    assert not answer["ok"]
    assert answer["why"]
    assert len(journal_files(film.folder)) == 1


def test_a_command_that_is_sent_again_is_carried_out_once(film: Film) -> None:
    """The same id is answered again, also by a later editor, and written once."""
    message = {"id": "same", "do": "star", "of": "m1"}
    assert film.editor.take(message)["ok"]
    assert film.editor.take(message)["ok"]
    film.editor.close()
    film.open()
    assert film.editor.take(message)["result"]["again"]
    assert sum(record["kind"] == "star" for record in film.read().records) == 1


def test_a_full_disk_is_told_and_tried_again(film: Film) -> None:
    """A change that the disk refused is told as NOT SAVED, counted, and saved when there is room."""
    film.disk.sick = True
    answer = film.ask("star", of="m1")
    assert not answer["ok"]
    assert answer["what"].startswith("NOT SAVED")
    assert film.editor.unsaved == 1
    assert not film.read().view.markers["m1"].star
    film.disk.sick = False
    film.clock.now_ns += 2 * SECOND_NS
    assert film.editor.step()
    assert film.editor.unsaved == 0
    assert film.read().view.markers["m1"].star


def test_what_is_no_session_is_refused(tmp_path: Path) -> None:
    """A folder without a journal raises UserError and is not locked."""
    with pytest.raises(UserError):
        Editor(tmp_path, Clock(), HostDisk())
    assert not is_running(tmp_path)
