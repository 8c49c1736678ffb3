"""The ports Disk and JournalFile on a real machine: whole writes, real syncs, private files, plain words.

Files are 0600 and folders 0700. Every error of the system becomes a StorageError whose `__cause__` keeps the errno.
On macOS `fsync` leaves the data in the drive's own cache: F_FULLFSYNC is asked for, and `fsync` where that is refused.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vig_capture.core.errors import StorageError

_CHUNK_BYTES = 1 << 20
# O_BINARY exists on Windows only, where text mode would change bytes.
_BINARY = getattr(os, "O_BINARY", 0)
_FOLDERS_CANNOT_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)

_CHOOSE = "choose another folder with --out"
_WORDS: dict[int, tuple[str, str, str]] = {
    errno.ENOSPC: ("The disk is full.", "There was no room for {path}.", f"Free some room or {_CHOOSE}."),
    errno.EDQUOT: (
        "Your share of the disk is used up.",
        "This account had no room left for {path}.",
        f"Delete what you no longer need or {_CHOOSE}.",
    ),
    errno.EFBIG: (
        "A file may not grow any further.",
        "{path} has reached the largest size that this disk or account allows.",
        f"Use a disk that takes large files, or {_CHOOSE}.",
    ),
    errno.EROFS: (
        "The disk can only be read.",
        "{path} cannot be written: the disk is write-protected.",
        f"Take the write protection off or {_CHOOSE}.",
    ),
    errno.EACCES: (
        "You may not write there.",
        "This account has no permission for {path}.",
        f"Ask for the permission or {_CHOOSE}.",
    ),
    errno.ENOENT: (
        "The folder is not there.",
        "{path} was not found: the disk may have been unplugged or the folder moved.",
        f"Plug the disk in again or {_CHOOSE}.",
    ),
    errno.ENOTDIR: (
        "A file stands where a folder is needed.",
        "A part of {path} is a file.",
        f"Rename that file or {_CHOOSE}.",
    ),
    errno.EEXIST: (
        "That name is taken.",
        "{path} is there already and is never written over.",
        "Rename or move what is there, or choose another name.",
    ),
    errno.EISDIR: (
        "A folder stands where a file is needed.",
        "{path} is a folder.",
        f"Rename that folder or {_CHOOSE}.",
    ),
    errno.ENAMETOOLONG: (
        "The name is too long.",
        "This disk does not take {path}.",
        "Choose a folder with a shorter name with --out.",
    ),
    errno.EIO: (
        "The disk is failing.",
        "It reported an error at {path}.",
        f"Check its cable, {_CHOOSE} on another disk, and copy what is on this one soon.",
    ),
    errno.EMFILE: (
        "Too many files are open.",
        "The system would not open {path} as well.",
        "Close other programs and try again.",
    ),
}
_WORDS |= {
    errno.EPERM: _WORDS[errno.EACCES],
    errno.ENODEV: _WORDS[errno.ENOENT],
    errno.ENXIO: _WORDS[errno.ENOENT],
    errno.ESTALE: _WORDS[errno.ENOENT],
    errno.ENFILE: _WORDS[errno.EMFILE],
}


def storage_error(error: OSError, path: Path) -> StorageError:
    """The error of the system in plain words, to be raised `from` it."""
    unknown = ("The disk refused.", f"{error.strerror or type(error).__name__}: {{path}}.", f"Try again or {_CHOOSE}.")
    what, why, do = _WORDS.get(error.errno or 0, unknown)
    return StorageError(what, why.replace("{path}", str(path)), do)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn an OSError from within into a StorageError about `path`."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, path) from error


class HostJournalFile:
    """The port JournalFile: a new append-only file. Use from one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | _BINARY
        with told(path):
            self._fd = os.open(path, flags, 0o600)

    def write(self, data: bytes) -> None:
        """Append all of it, in as many writes as the system needs. Raises StorageError."""
        rest = memoryview(data)
        with told(self._path):
            while rest:
                count = os.write(self._open_fd(), rest)
                if count <= 0:
                    raise OSError(errno.EIO, "nothing was written")
                rest = rest[count:]

    def sync(self) -> None:
        """Return when everything written is on the disk. Raises StorageError; do not use the file again after that."""
        with told(self._path):
            _sync_data_and_size(self._open_fd())

    def close(self) -> None:
        """Close without raising; safe to call twice."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with suppress(OSError):
                os.close(fd)

    def _open_fd(self) -> int:
        if self._fd < 0:
            raise OSError(errno.EBADF, "the file has been closed")
        return self._fd


class HostDisk:
    """The port Disk. Has no state: any thread may use it."""

    def create_journal(self, path: Path) -> HostJournalFile:
        """Make a new file, private (0600), its name durable. Raises StorageError, also where it exists."""
        journal = HostJournalFile(path)
        try:
            self.sync_folder(path.parent)
        except StorageError:
            journal.close()
            raise
        return journal

    def write_new(self, path: Path, data: bytes) -> None:
        """Make a private file (0600) with this content, durable together with its name. Raises StorageError, also where
        it exists; what was begun is taken away again."""
        file = HostJournalFile(path)
        try:
            file.write(data)
            file.sync()
            self.sync_folder(path.parent)
        except StorageError:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise
        finally:
            file.close()

    def remove(self, path: Path) -> None:
        """Take a file away, durably; one that is not there is no error. Raises StorageError."""
        with told(path):
            path.unlink(missing_ok=True)
        self.sync_folder(path.parent)

    def make_folder(self, path: Path) -> None:
        """Make a folder (0700) with the parents that it lacks, durably; one that exists is left as it is.

        Raises StorageError."""
        with told(path):
            missing = [folder for folder in (path, *path.parents) if not folder.exists()]
            for folder in reversed(missing):
                folder.mkdir(mode=0o700, exist_ok=True)
            if not path.is_dir():
                raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        for folder in missing:
            self.sync_folder(folder.parent)

    def sync_file(self, path: Path) -> None:
        """Bring a growing file to the disk without holding a lock that its writer needs. Raises StorageError."""
        # Windows flushes only through a descriptor that may write.
        flags = (os.O_RDWR if sys.platform == "win32" else os.O_RDONLY) | _BINARY
        with told(path):
            fd = os.open(path, flags)
            try:
                _sync_data_and_size(fd)
            finally:
                os.close(fd)

    def sync_folder(self, path: Path) -> None:
        """Make the names in a folder durable; Windows keeps them by itself. Raises StorageError."""
        if sys.platform == "win32":
            return
        with told(path):
            fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(fd)
            except OSError as error:
                # Some network and FUSE disks have no sync of folders; they have no safer way either.
                if error.errno not in _FOLDERS_CANNOT_SYNC:
                    raise
            finally:
                os.close(fd)

    def sha256(self, path: Path) -> tuple[str, int]:
        """Hash in hexadecimal and size in bytes of a finished file, read 1 MiB at a time. Raises StorageError."""
        digest = hashlib.sha256()
        size_bytes = 0
        buffer = bytearray(_CHUNK_BYTES)
        view = memoryview(buffer)
        with told(path), path.open("rb", buffering=0) as file:
            while count := file.readinto(buffer):
                digest.update(view[:count])
                size_bytes += count
        return digest.hexdigest(), size_bytes

    def free_bytes(self, path: Path) -> int:
        """Room left for this user, without what is reserved for the system. Raises StorageError.

        A folder that is gone raises: the room of the disk beneath its mount point would be a wrong answer."""
        with told(path):
            if sys.platform == "win32":
                return shutil.disk_usage(path).free
            room = os.statvfs(path)
            return room.f_bavail * room.f_frsize

    def size_bytes(self, path: Path) -> int:
        """Present size of a file; 0 where it is not there."""
        try:
            return path.stat().st_size
        except OSError:
            return 0


def _sync_data_and_size(fd: int) -> None:
    """The bytes and what is needed to read them back (the size): all that a journal or a film needs."""
    if sys.platform == "darwin":
        import fcntl

        try:
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
        except OSError as error:
            if error.errno not in (errno.ENOTSUP, errno.EINVAL, errno.ENOTTY):
                raise
            os.fsync(fd)
    elif sys.platform == "win32":
        os.fsync(fd)
    else:
        os.fdatasync(fd)
