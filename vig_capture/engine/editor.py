"""The editor: the one writer of a session after its film is closed. It has no thread: whoever asks waits for the disk.

Rule 1: an answer that says "saved" comes after the fsync that covers it (law 1).
Rule 2: it appends to a journal file of its own, which is made with the first change; nothing is rewritten.
Rule 3: it writes only while it holds the session's lock, and reads the session anew whenever it takes that.
Rule 4: the times of its records are the session's last or later, whatever became of the clocks since.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vig_capture.archive.reader import LOCK_NAME, Read, journal_files, read_session
from vig_capture.core.errors import StorageError, UserError, VigError
from vig_capture.core.ports import Clock, Disk
from vig_capture.core.replay import SessionView
from vig_capture.core.session import State
from vig_capture.core.vocabulary import Vocabulary
from vig_capture.devices.lockfile import LockFile
from vig_capture.engine.answers import ack
from vig_capture.engine.desk import Desk
from vig_capture.engine.events import Command
from vig_capture.engine.journal import JournalStage, next_journal
from vig_capture.engine.plan import Plan, Resumed
from vig_capture.engine.scribe import Scribe
from vig_capture.engine.status import Status

KNOWN = ("edit", "undo", "redo", "star", "goal", "note", "leave_out", "add", "sheet", "withdraw")
"""What can be done to a film that is over (engine/desk.py says what each holds)."""
STEPS_MAX = 8
"""A change is written in one step; where a file fails another one is tried, and that it failed is told in the next."""
_NOT_SAVED = "NOT SAVED."


class _ClosedFilm:
    """What the desk asks of a film that is over: its table refuses all that would need one."""

    state: State = "closed"

    def snapshot(self) -> dict[str, Any]:
        return {}

    def start(self) -> None:
        raise AssertionError("a film that is over is not started")

    def pause(self, mono_ns: int) -> None:
        raise AssertionError(f"a film that is over is not paused at {mono_ns}")

    def resume(self, mono_ns: int) -> None:
        raise AssertionError(f"a film that is over does not go on at {mono_ns}")

    def stop(self, mono_ns: int, reason: str) -> None:
        raise AssertionError(f"a film that is over does not end at {mono_ns}: {reason}")

    def leave(self, wished: dict[str, Any]) -> None:
        raise AssertionError(f"a film that is over has no devices to change: {wished}")


class Editor:
    """Edits one session. Use from one thread at a time."""

    def __init__(self, folder: Path, clock: Clock, disk: Disk) -> None:
        """Reads the session, and takes its lock if nobody has it.

        Raises UserError when the folder is no session, JournalError when a newer version wrote it, StorageError when
        the disk does not give it."""
        self.folder = folder
        self._clock = clock
        self._disk = disk
        self._lock = LockFile(folder / LOCK_NAME)
        self._read: Read
        self._journal: JournalStage
        self._status = Status([], {}, [])
        self._desk: Desk | None = None
        self._scribe: Scribe | None = None
        self.refusal: UserError | None = None
        """Why the session can only be looked at; None where it can be changed."""
        self._open()

    @property
    def view(self) -> SessionView:
        """The session as it stands, changes included that are not saved yet."""
        return self._scribe.view if self._scribe is not None else self._read.view

    @property
    def holes(self) -> int:
        """Damaged places of the journal; an entry torn by a crash is none."""
        return sum(not item.hole.torn for item in self._read.holes)

    @property
    def unsaved(self) -> int:
        """Changes that are not on the disk: each `step` tries again."""
        return len(self._status.unsaved)

    def take(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out a command of KNOWN, which has an `id` of its own, and answer when it is on the disk.

        The answer is that of the recorder: {"ack": id, "ok": True, "result": {...}}, or {"ack", "ok": False, "error",
        "what", "why", "do"}. A change that the disk refused is kept and tried again. Never raises VigError."""
        command_id = str(message.get("id", ""))
        try:
            self._may_write(str(message.get("do", "")))
        except VigError as error:
            return ack(command_id, error, {})
        assert self._desk is not None, "it may write"
        answers: list[dict[str, Any]] = []
        # Stamped here: a client's own stamp may be of another boot of the computer.
        stamped = {**message, "mono_ns": self._clock.mono_ns()}
        self._desk.take(Command(stamped, answers.append))
        for _ in range(STEPS_MAX):
            if answers:
                break
            self._journal.step()
        if answers:
            return answers[0]
        silent = StorageError(_NOT_SAVED, "The disk does not answer.", "It is tried again. Leave this open.")
        return ack(command_id, silent, {})

    def step(self) -> bool:
        """Try again to write what is not saved. Is everything saved now?"""
        if self._scribe is not None and not self._journal.idle():
            self._journal.step()
        return self.unsaved == 0

    def close(self) -> None:
        """Let the session go, after a last try to save. It can be changed again: `take` takes its lock anew."""
        self.step()
        if self._scribe is not None:
            self._journal.close()
            self._read = Read(self.folder, [], self._read.holes, self.view)
        self._scribe = self._desk = None
        self._lock.release()

    def _open(self) -> None:
        try:
            is_ours = self._lock.try_acquire()
        except VigError as error:
            is_ours = False
            self.refusal = UserError(_NOT_SAVED, f"{error.what} {error.why}".strip(), error.do)
        else:
            self.refusal = None if is_ours else _held()
        try:
            # After the lock: nobody else writes to it any more.
            self._read = read_session(self.folder)
        except VigError:
            self._lock.release()
            raise
        if is_ours and not self._read.view.closed:
            self._lock.release()
            self.refusal = _not_closed()
        elif is_ours:
            self._begin()

    def _begin(self) -> None:
        view = self._read.view
        number = next_journal(path.name for path in journal_files(self.folder))
        self._journal = JournalStage(self._clock, self._disk, lambda _event: None)
        vocabulary = Vocabulary("", "", "", "", "", "", ())
        plan = Plan(self.folder, [], vocabulary, view.tool)
        resumed = Resumed(view, number, {}, [])
        self._scribe = Scribe(plan, self._clock, self._journal, resumed, os.getpid())
        self._status = Status([], {}, [])
        self._desk = Desk(_ClosedFilm(), self._clock, self._scribe, self._status, vocabulary)
        self._scribe.reopen()

    def _may_write(self, do: str) -> None:
        """Raises UserError where this cannot be done, or not by us, and what `read_session` raises."""
        if do not in KNOWN:
            raise UserError(_NOT_SAVED, f"{do!r} cannot be done to a film that is over.", "Nothing was changed.")
        if self._desk is None:
            self._open()
        if self.refusal is not None:
            raise self.refusal


def _held() -> UserError:
    return UserError(
        _NOT_SAVED,
        "Another window is working on this film, or it is still being finished.",
        "Close the other one, then do it again. You can look at everything meanwhile.",
    )


def _not_closed() -> UserError:
    return UserError(
        _NOT_SAVED,
        "This film was never finished: the recorder had stopped.",
        "Start vig-capture: it offers to finish it. You can look at everything meanwhile.",
    )
