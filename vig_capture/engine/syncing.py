"""The sync stage, one a disk: brings growing files to the disk every 2 s, hashes finished ones, watches the room that
is left.

Without it an ext4 image copied after 24 s of filming held no film at all (measured): the system keeps written pages to
itself for up to half a minute. It uses descriptors of its own, so that a slow disk delays this stage and no other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from vig_capture.core.errors import StorageError
from vig_capture.core.ports import Clock, Disk
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.events import Post, RoomLeft, SegmentClosed, SegmentSealed, SyncFailed, SyncWorks
from vig_capture.engine.stage import Stage

SYNC_EVERY_NS = 2 * SECOND_NS
SYNC_SHARE = 4
"""The next round begins this many durations of the last one later, at the earliest: a slow disk needs time for
writing."""


class SyncStage(Stage):
    """Makes durable what the writers write."""

    name = "sync"

    def __init__(self, clock: Clock, disk: Disk, post: Post, growing: Callable[[], list[Path]]) -> None:
        super().__init__()
        self._clock = clock
        self._disk = disk
        self._post = post
        self._growing = growing
        self._folder: Path | None = None
        self._expected: Path | None = None
        self._closed: deque[SegmentClosed] = deque()
        self._again: deque[SegmentClosed] = deque()
        """Could not be brought to the disk; tried again with every round."""
        self._failing = False
        self._busy: SegmentClosed | None = None
        self._sealed_bytes = 0
        self._next_ns = 0
        self._named: set[Path] = set()

    def expect(self, folder: Path) -> None:
        """Watch the room where this folder will be made."""
        self._expected = folder

    def begin(self, folder: Path) -> None:
        """Watch the room on this folder's disk."""
        self._folder = folder

    def seal(self, closed: SegmentClosed) -> None:
        """Make a closed segment durable and hash it; SegmentSealed follows. Never blocks."""
        self._closed.append(closed)
        self.wake()

    def unsealed(self) -> list[str]:
        """Closed segments that are not on the disk yet."""
        waiting = [*self._closed, *self._again]
        busy = self._busy
        return [item.segment.file for item in ([busy] if busy else []) + waiting]

    def step(self) -> bool:
        if self._closed:
            self._busy = self._closed.popleft()
            self._seal(self._busy)
            self._busy = None
            return True
        now_ns = self._clock.mono_ns()
        if now_ns < self._next_ns:
            return False
        self._next_ns = now_ns + SYNC_EVERY_NS
        if self._folder is None:
            self._look_ahead()
            return False
        self._closed.extend(self._again)
        self._again.clear()
        self._round(self._folder)
        took_ns = self._clock.mono_ns() - now_ns
        self._next_ns = max(self._next_ns, now_ns + SYNC_SHARE * took_ns)
        return False

    def _look_ahead(self) -> None:
        """The folder is not made before the film: the room is that of the nearest one that is there."""
        expected = self._expected
        for folder in expected.parents if expected is not None else ():
            with suppress(StorageError):
                self._post(RoomLeft(self._disk.free_bytes(folder), 0, expected or folder))
                return

    def _seal(self, closed: SegmentClosed) -> None:
        folder = closed.path.parent.parent
        try:
            self._disk.sync_file(closed.path)
            self._disk.sync_folder(closed.path.parent)
            sha256, size_bytes = self._disk.sha256(closed.path)
        except StorageError as error:
            self._again.append(closed)
            self._fail(error, folder)
            return
        self._sealed_bytes += size_bytes
        self._post(SegmentSealed(replace(closed.segment, sha256=sha256, size_bytes=size_bytes), folder))

    def _round(self, folder: Path) -> None:
        growing = self._growing()
        self._named.intersection_update(growing)
        well = True
        for path in growing:
            try:
                self._sync_name(path)
                self._disk.sync_file(path)
            except StorageError as error:
                well = False
                self._fail(error, path.parent.parent)
        try:
            free_bytes = self._disk.free_bytes(folder)
        except StorageError as error:
            self._fail(error, folder)
            return
        if well and self._failing and not self._closed:
            self._failing = False
            self._post(SyncWorks(folder))
        size_bytes = sum(self._disk.size_bytes(path) for path in growing)
        self._post(RoomLeft(free_bytes, self._sealed_bytes + size_bytes, folder))

    def _fail(self, error: StorageError, folder: Path) -> None:
        self._failing = True
        self._post(SyncFailed(error, folder))

    def _sync_name(self, path: Path) -> None:
        """A new file's name must survive a power cut too."""
        if path not in self._named:
            self._disk.sync_folder(path.parent)
            self._named.add(path)
