"""Opens a film file however it ends.

FFmpeg reads a fragmented MP4 that is cut off in its pictures or sound, but refuses one that is cut off within the few
hundred bytes of a fragment's header ("error reading header"). Such a header holds nothing yet: it is left out."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.error import EOFError as EndOfFile
from av.error import InvalidDataError


def readable_size(path: Path) -> int:
    """Bytes up to a fragment's header that is cut off at the end of an MP4, or all of them. Raises OSError."""
    size = path.stat().st_size
    position = 0
    with path.open("rb") as file:
        while position + 8 <= size:
            file.seek(position)
            header = file.read(16)
            length = int.from_bytes(header[:4], "big")
            if length == 1:
                length = int.from_bytes(header[8:16], "big")
            if header[4:8] in (b"moof", b"moov") and position + length > size:
                return position
            if length < 8:
                return size
            position += length
    # Less than a box's own head may be left over too.
    return min(position, size)


class _Front(io.FileIO):
    """The first bytes of a file, as if there were no others."""

    def __init__(self, path: Path, size: int) -> None:
        super().__init__(path)
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(self._size - self.tell(), 0)
        return super().read(left if size is None or size < 0 else min(size, left)) or b""

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        if whence == os.SEEK_END:
            return super().seek(self._size + offset)
        return super().seek(offset, whence)


@contextlib.contextmanager
def open_film(path: Path, options: dict[str, str] | None = None) -> Iterator[InputContainer]:
    """Open a finished, growing or cut-off file to read it, with FFmpeg's `options`. Raises av.FFmpegError and
    OSError."""
    how: dict[str, Any] = {"metadata_errors": "replace", "options": options}
    try:
        container = av.open(str(path), "r", **how)
    except (InvalidDataError, EndOfFile):
        size = readable_size(path)
        if size in (0, path.stat().st_size):
            raise
        with _Front(path, size) as front, av.open(front, "r", **how) as container:
            yield container
        return
    with container:
        yield container
