"""The journal stage: append, fsync, acknowledge. One write and one fsync for whatever waits.

Rule 1: a record is acknowledged after the fsync that covers it, never before (law 1).
Rule 2: after a failed write or fsync the file is never used again: what is unacknowledged is written anew into the
        next one.
Rule 3: while no file can be written the records stay in memory, their senders are told NOT SAVED, and it is tried
        again for ever.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vig_capture.core.errors import StorageError
from vig_capture.core.ports import Clock, Disk, JournalFile
from vig_capture.core.records import encode
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.events import JournalFailed, JournalWrites, Post
from vig_capture.engine.stage import Stage

Saved = Callable[[StorageError | None], None]
"""Called in the journal's thread: with None once the record is on the disk, before that with the error of each
failure."""

RETRY_NS = 1 * SECOND_NS
FOLDERS = ("film", "sound", "stills")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record on its way to the disk; without data only somebody who waits for those before it."""

    data: bytes
    saved: Saved | None
    stays: bool = False


def journal_name(number: int) -> str:
    """File name of a session's n-th journal, from 1."""
    return "journal.msgpack" if number == 1 else f"journal.{number}.msgpack"


def next_journal(names: Iterable[str]) -> int:
    """Number of the journal after those of these names: one that could not be made leaves a hole in the numbers."""
    numbers = [name.split(".")[1] for name in names]
    return 1 + max((int(number) if number.isdigit() else 1 for number in numbers), default=0)


class JournalStage(Stage):
    """The only writer of a session's journal."""

    name = "journal"

    def __init__(self, clock: Clock, disk: Disk, post: Post) -> None:
        super().__init__()
        self._clock = clock
        self._disk = disk
        self._post = post
        self._waiting: deque[Waiting | Path] = deque()
        self._unsaved: list[Waiting] = []
        self._folder: Path | None = None
        self._number = 1
        self._file: JournalFile | None = None
        self._new_file = ""
        """Name of a file in which nothing has been saved yet."""
        self._failed_ns: int | None = None
        self._error: StorageError | None = None
        """Why no file can be written at present."""
        self._numbers: deque[int] = deque()
        self._earlier: list[Path] = []
        """Files of an earlier run that may not be on the disk yet: an act sent again is saved only when they are."""

    def begin(self, folder: Path, number: int = 1) -> None:
        """Records appended from now on go into this folder, beginning with its `number`-th journal. Never blocks."""
        self._numbers.append(number)
        self._waiting.append(folder)
        self.wake()

    def append(self, record: dict[str, Any], saved: Saved | None = None, stays: bool = False) -> None:
        """Write a record soon. Never blocks. `stays`: it tells of this folder's files and is not taken into another."""
        self._waiting.append(Waiting(encode(record), saved, stays))
        self.wake()

    def after(self, saved: Saved) -> None:
        """Call back once everything appended so far is on the disk. Never blocks."""
        self._waiting.append(Waiting(b"", saved))
        self.wake()

    def idle(self) -> bool:
        """Is everything acknowledged?"""
        return not self._waiting and not self._unsaved

    def step(self) -> bool:
        took = self._take()
        resting = self._failed_ns is not None and self._clock.mono_ns() - self._failed_ns < RETRY_NS
        if resting or not self._unsaved:
            return took
        self._write()
        return True

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _take(self) -> bool:
        """What waits joins what is unsaved. A further folder is entered when the last has its records or refuses."""
        took = False
        while self._waiting:
            item = self._waiting[0]
            if isinstance(item, Waiting):
                self._unsaved.append(item)
                if self._error is not None and item.saved is not None:
                    item.saved(self._error)
            elif self._unsaved and self._error is None:
                break
            else:
                self._enter(item)
            self._waiting.popleft()
            took = True
        return took

    def _enter(self, folder: Path) -> None:
        self.close()
        self._unsaved = [item for item in self._unsaved if not item.stays]
        self._folder = folder
        self._number = self._numbers.popleft()
        self._earlier = [folder / journal_name(number) for number in range(1, self._number)]
        self._failed_ns = self._error = None

    def _write(self) -> None:
        batch = self._unsaved
        data = b"".join(item.data for item in batch)
        try:
            if data:
                file = self._file or self._create()
                file.write(data)
                file.sync()
        except StorageError as error:
            self._fail(error)
            return
        self._failed_ns = self._error = None
        self._unsaved = []
        for item in batch:
            if item.saved is not None:
                item.saved(None)
        if self._new_file and self._folder is not None:
            self._post(JournalWrites(self._new_file, self._folder))
            self._new_file = ""

    def _create(self) -> JournalFile:
        assert self._folder is not None, "begin comes before append"
        self._disk.make_folder(self._folder)
        for name in FOLDERS:
            self._disk.make_folder(self._folder / name)
        while self._earlier:
            if self._disk.size_bytes(self._earlier[-1]):
                self._disk.sync_file(self._earlier[-1])
            self._earlier.pop()
        path = self._folder / journal_name(self._number)
        self._number += 1
        self._file = self._disk.create_journal(path)
        self._new_file = path.name
        return self._file

    def _fail(self, error: StorageError) -> None:
        again = self._failed_ns is not None or self._file is None
        self.close()
        if not again:
            # The first failure: the next file may work, and is tried at once.
            self._failed_ns = self._clock.mono_ns() - RETRY_NS
            return
        self._failed_ns = self._clock.mono_ns()
        self._error = error
        assert self._folder is not None, "begin comes before append"
        self._post(JournalFailed(error, self._folder))
        for item in self._unsaved:
            if item.saved is not None:
                item.saved(error)
