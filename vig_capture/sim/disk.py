"""A disk in memory that forgets what was not synced.

Rule 1: writes sit in a cache until a sync; a power cut keeps any prefix of the unsynced bytes, possibly garbled.
Rule 2: a name is durable only after the sync of its folder.
Rule 3: a sync that fails has lost the bytes for good: a later one that succeeds does not bring them back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from vig_capture.core.errors import StorageError
from vig_capture.core.time import SECOND_NS

ROOM_BYTES = 200 * 10**9
Hook = Callable[[str, Path], None]
"""Called at each operation ("write", "sync", "synced") with its file; may raise Killed."""


class SimFile:
    """What one file holds, in the cache and on the disk."""

    __slots__ = ("data", "dead", "durable_name", "synced")

    def __init__(self) -> None:
        self.data = bytearray()
        self.synced = 0
        self.dead: list[tuple[int, int]] = []
        """Stretches whose sync failed: the cache still shows them, the disk does not hold them."""
        self.durable_name = False

    def after_power_cut(self, rng: Random) -> None:
        """Only what was synced is certain."""
        kept = len(self.data) if rng.random() < 0.5 else rng.randint(self.synced, len(self.data))
        del self.data[kept:]
        spoilt = [(start, min(end, kept)) for start, end in self.dead]
        if kept > self.synced and rng.random() < 0.7:
            spoilt.append((rng.randrange(self.synced, kept), kept))
        for start, end in spoilt:
            self._garble(start, end, rng)
        self.dead.clear()
        self.synced = len(self.data)

    def _garble(self, start: int, end: int, rng: Random) -> None:
        if end <= start:
            return
        how = rng.random()
        if how < 0.2:
            self.data[start:end] = bytes(end - start)
        elif how < 0.3:
            self.data[start:end] = rng.randbytes(end - start)
        else:
            for _ in range(max(1, (end - start) // 400)):
                self.data[rng.randrange(start, end)] ^= 1 << rng.randrange(8)


@dataclass(slots=True)
class Volume:
    """One disk and what is wrong with it. The kinds are "journal" and "film" (all other files)."""

    root: Path
    room_bytes: int = ROOM_BYTES
    used_bytes: int = 0
    write_fails: set[str] = field(default_factory=set)
    sync_fails: set[str] = field(default_factory=set)
    sync_ns: dict[str, int] = field(default_factory=dict)
    write_ns: dict[str, int] = field(default_factory=dict)

    def is_well(self, kind: str) -> bool:
        """Nothing is wrong that a writer of this kind could notice."""
        slow = self.sync_ns.get(kind, 0) or self.write_ns.get(kind, 0)
        return not (slow or kind in self.write_fails or kind in self.sync_fails) and self.free_bytes > 1 << 20

    @property
    def free_bytes(self) -> int:
        return max(self.room_bytes - self.used_bytes, 0)


def kind_of(path: Path) -> str:
    return "journal" if path.name.startswith("journal") else "film"


class SimDisk:
    """The port Disk, over any number of volumes."""

    def __init__(self, roots: list[Path], rng: Random, pass_time: Callable[[int], None]) -> None:
        self.volumes = [Volume(root) for root in roots]
        self.files: dict[Path, SimFile] = {}
        self.folders: dict[Path, bool] = dict.fromkeys(roots, True)
        """Each with: is its name durable?"""
        self.hook: Hook = lambda _op, _path: None
        self.pass_time = pass_time
        self._rng = rng

    def volume(self, path: Path) -> Volume:
        return next(volume for volume in self.volumes if path.is_relative_to(volume.root))

    # --- what files do ----------------------------------------------------------------------------------------------

    def create(self, path: Path) -> SimFile:
        """A new file. Raises StorageError."""
        if path in self.files:
            raise StorageError(f"{path} is there already.", "Nothing is ever overwritten.")
        if path.parent not in self.folders:
            raise StorageError(f"{path} cannot be made.", "The folder is not there.")
        volume = self.volume(path)
        if kind_of(path) in volume.write_fails or volume.free_bytes < 4096:
            raise StorageError(f"{path} cannot be made.", "The disk refused.")
        file = self.files[path] = SimFile()
        return file

    def write(self, path: Path, file: SimFile, data: bytes) -> None:
        """Append; where the disk refuses, some of it may have been written. Raises StorageError."""
        volume, kind = self.volume(path), kind_of(path)
        slow_ns = volume.write_ns.get(kind, 0)
        if slow_ns:
            self.pass_time(slow_ns)
        try:
            self.hook("write", path)
        except BaseException:
            file.data += data[: self._rng.randint(0, len(data))]
            raise
        if kind in volume.write_fails or volume.free_bytes < len(data):
            part = data[: self._rng.randint(0, min(len(data), volume.free_bytes))]
            file.data += part
            volume.used_bytes += len(part)
            raise StorageError(f"{path} could not be written.", "The disk is full or faulty.")
        file.data += data
        volume.used_bytes += len(data)

    def sync(self, path: Path, file: SimFile) -> None:
        """Bring the cache to the disk. Raises StorageError."""
        volume, kind = self.volume(path), kind_of(path)
        until = len(file.data)
        self.hook("sync", path)
        slow_ns = volume.sync_ns.get(kind, 0)
        if slow_ns:
            self.pass_time(int(slow_ns * (0.5 + self._rng.random())))
        if kind in volume.sync_fails:
            file.dead.append((file.synced, until))
            file.synced = max(file.synced, until)
            raise StorageError(f"{path} could not be brought to the disk.", "The disk reported a fault.")
        file.synced = max(file.synced, until)
        self.hook("synced", path)

    # --- the port ---------------------------------------------------------------------------------------------------

    def create_journal(self, path: Path) -> SimJournalFile:
        journal = SimJournalFile(self, path)
        self.sync_folder(path.parent)
        return journal

    def write_new(self, path: Path, data: bytes) -> None:
        file = self.create(path)
        try:
            self.write(path, file, data)
            self.sync(path, file)
        except StorageError:
            del self.files[path]
            raise
        self.sync_folder(path.parent)

    def remove(self, path: Path) -> None:
        self.files.pop(path, None)

    def make_folder(self, path: Path) -> None:
        missing = [folder for folder in (path, *path.parents) if folder not in self.folders and folder != Path("/")]
        if missing and not (self.volume(path).free_bytes and "journal" not in self.volume(path).write_fails):
            raise StorageError(f"{path} cannot be made.", "The disk refused.")
        for folder in reversed(missing):
            self.folders[folder] = False
        for folder in missing:
            self.folders[folder] = True

    def sync_file(self, path: Path) -> None:
        file = self.files.get(path)
        if file is None:
            raise StorageError(f"{path} is not there.")
        self.sync(path, file)

    def sync_folder(self, path: Path) -> None:
        if path not in self.folders:
            raise StorageError(f"{path} is not there.")
        for name, file in self.files.items():
            if not file.durable_name and name.parent == path:
                file.durable_name = True

    def sha256(self, path: Path) -> tuple[str, int]:
        file = self.files.get(path)
        if file is None:
            raise StorageError(f"{path} is not there.")
        return hashlib.sha256(file.data).hexdigest(), len(file.data)

    def free_bytes(self, path: Path) -> int:
        if path not in self.folders:
            raise StorageError(f"{path} is not there.", "The disk may have been unplugged.")
        return self.volume(path).free_bytes

    def size_bytes(self, path: Path) -> int:
        file = self.files.get(path)
        return len(file.data) if file is not None else 0

    # --- what happens to it -----------------------------------------------------------------------------------------

    def power_cut(self) -> None:
        """What was not synced is gone, or not, or garbled."""
        for path, file in list(self.files.items()):
            if not file.durable_name and self._rng.random() < 0.5:
                del self.files[path]
                continue
            file.durable_name = True
            file.after_power_cut(self._rng)

    def durable(self, path: Path) -> bytes:
        """What a power cut now would leave for certain."""
        file = self.files.get(path)
        if file is None or not file.durable_name:
            return b""
        return bytes(file.data[: min([file.synced, *(start for start, _ in file.dead)])])


class SimJournalFile:
    """The port JournalFile."""

    def __init__(self, disk: SimDisk, path: Path) -> None:
        self._disk = disk
        self._path = path
        self._file = disk.create(path)
        self._usable = True

    def write(self, data: bytes) -> None:
        if not self._usable:
            raise AssertionError("a journal file is not used again after a failure")
        try:
            self._disk.write(self._path, self._file, data)
        except StorageError:
            self._usable = False
            raise

    def sync(self) -> None:
        if not self._usable:
            raise AssertionError("a journal file is not used again after a failure")
        try:
            self._disk.sync(self._path, self._file)
        except StorageError:
            self._usable = False
            raise

    def close(self) -> None:
        self._usable = False


JOURNAL_BOUND_NS = SECOND_NS
