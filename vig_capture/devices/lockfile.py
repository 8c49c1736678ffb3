"""A held lock on a file: "one recorder a user", "one journal writer a session folder".

The system lets the lock go when its holder dies, however it dies: the lock says "running", never the file's presence.
The file itself is left in place: to delete it would let two holders lock two files of one name.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from vig_capture.devices.disk import told

# A probe (`is_held`) holds the lock for some microseconds: trying thrice tells it from a holder.
_TRIES = 3
_BETWEEN_TRIES_S = 0.02
# Windows' locks forbid reading the locked bytes: lock one far behind anything that is ever written.
_LOCKED_BYTE = 0x7FFF0000


class LockFile:
    """A lock that one process at a time can hold. The folder must exist."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1

    def try_acquire(self) -> bool:
        """Take the lock without waiting for its holder; True also where this object holds it already.

        Raises StorageError where the file cannot be made or its disk knows no locks."""
        if self._fd >= 0:
            return True
        with told(self._path):
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                taken = _take_patiently(fd)
            except OSError:
                os.close(fd)
                raise
        if taken:
            self._fd = fd
        else:
            os.close(fd)
        return taken

    def release(self) -> None:
        """Let it go; safe to call twice."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with suppress(OSError):
                _let_go(fd)
            with suppress(OSError):
                os.close(fd)


def is_held(path: Path) -> bool:
    """Whether anyone, this process included, holds the lock now. A file that is not there is not held.

    Raises StorageError where the file cannot be opened."""
    with told(path):
        try:
            fd = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            if not _take(fd):
                return True
            _let_go(fd)
            return False
        finally:
            os.close(fd)


def _take_patiently(fd: int) -> bool:
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_BETWEEN_TRIES_S)
        if _take(fd):
            return True
    return False


def _take(fd: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(fd, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _let_go(fd: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(fd, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)
        return
    import fcntl

    fcntl.flock(fd, fcntl.LOCK_UN)
