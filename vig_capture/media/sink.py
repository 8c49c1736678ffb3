"""Where the bytes of a segment go: a file of its own whose failure never reaches FFmpeg."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from vig_capture.core.errors import StorageError

_WHY = {
    errno.ENOSPC: "The disk is full.",
    errno.EDQUOT: "Your share of the disk is used up.",
    errno.EFBIG: "The disk allows no file as large as this.",
    errno.EROFS: "The disk is write-protected.",
    errno.EACCES: "You are not allowed to write there.",
    errno.EPERM: "You are not allowed to write there.",
    errno.ENOENT: "The folder is not there; the disk may have been taken out.",
    errno.EEXIST: "A file of this name is there already, and nothing is ever overwritten.",
    errno.EIO: "The disk reported a fault.",
}


def storage_error(name: str, fault: OSError) -> StorageError:
    """The error that a person reads, from the system's."""
    why = _WHY.get(fault.errno or 0) or f"The system says: {fault.strerror or fault}."
    what = f"The film or sound could not be written to {name}."
    return StorageError(what, why, "Free some room, or choose another disk.")


class Sink:
    """A new private file, as FFmpeg wants it: write, seek, tell.

    The first failure is kept in `fault` and everything after it is thrown away, above all the muxer's last corrections
    of what stands at the front: a file that stopped growing stays the readable file that it was. FFmpeg is told that
    all is well, so it always comes to its end and frees what it holds."""

    def __init__(self, path: Path) -> None:
        """Make the file (0600); it must not exist. Raises StorageError."""
        self.name = path.name
        self.closed = False
        self.fault: OSError | None = None
        self._position = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        try:
            self._fd = os.open(path, flags, 0o600)
        except OSError as fault:
            raise storage_error(self.name, fault) from fault

    def write(self, data: bytes) -> int:
        """Write all of it, or remember why not."""
        if self.fault is None:
            rest = memoryview(data)
            try:
                while rest:
                    rest = rest[os.write(self._fd, rest) :]
            except OSError as fault:
                self.fault = fault
                self._take_back(len(data) - len(rest))
        self._position += len(data)
        return len(data)

    def _take_back(self, written: int) -> None:
        """End the file where the failed write began: half a fragment's header is damage, none at all is not."""
        if written:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self._position)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Only from the front, which is all that the muxers ask for."""
        if whence != os.SEEK_SET:
            raise ValueError("a sink seeks from the front only")
        self._position = offset
        if self.fault is None:
            try:
                os.lseek(self._fd, offset, os.SEEK_SET)
            except OSError as fault:
                self.fault = fault
        return offset

    def tell(self) -> int:
        return self._position

    def close(self) -> None:
        """Let the descriptor go; a failure that only closing shows (a network disk) is kept like any other."""
        if self.closed:
            return
        self.closed = True
        try:
            os.close(self._fd)
        except OSError as fault:
            self.fault = self.fault or fault

    def check(self) -> None:
        """Raise StorageError when a write has failed."""
        if self.fault is not None:
            raise storage_error(self.name, self.fault)
