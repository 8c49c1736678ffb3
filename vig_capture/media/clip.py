"""A moment out of a film that is over: its small picture, and a file that any player plays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
from av.error import EOFError as EndOfFile

from vig_capture.core.errors import StorageError
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.media.growing import open_film
from vig_capture.media.join import has_picture, join
from vig_capture.media.pieces import OPTIONS, Piece
from vig_capture.media.shrink import letterboxed
from vig_capture.media.still import jpeg

PARTIAL = ".partial"
_ROUNDING_S = MS_NS / SECOND_NS
"""Session time is nanoseconds, a film's is coarser: a picture that stands where a part begins is still found."""
_NAMES = 100


def picture(path: Path, offset_s: float, width: int, height: int, earliest_s: float = 0.0) -> bytes | None:
    """The film's picture at `offset_s`, whole and undistorted, with black beside it where the shape differs.

    RGB24, `width` × `height` × 3 bytes, rows from the top; the last picture before the moment, or the first one that
    is not before `earliest_s`.
    None where the file holds none. Raises av.FFmpegError and OSError."""
    found = None
    with open_film(path, OPTIONS) as container:
        if not container.streams.video:
            return None
        stream = container.streams.video[0]
        stream.thread_type = "SLICE"
        assert stream.time_base is not None, "a stream of a file has one"
        with suppress(av.FFmpegError):
            container.seek(max(round((offset_s + _ROUNDING_S) / stream.time_base), 0), stream=stream)
        with suppress(EndOfFile):
            for frame in container.decode(stream):
                if found is not None and frame.time is not None and frame.time > offset_s:
                    break
                if frame.time is None or frame.time >= earliest_s - _ROUNDING_S:
                    found = frame
    return None if found is None else letterboxed(found, width, height)


def picture_file(path: Path, offset_s: float, width: int, height: int, earliest_s: float = 0.0) -> bytes | None:
    """The same as a JPEG file, for a page; None also where the file cannot be read."""
    try:
        rgb = picture(path, offset_s, width, height, earliest_s)
    except (av.FFmpegError, OSError):
        return None
    if rgb is None:
        return None
    rows = np.frombuffer(rgb, np.uint8).reshape(height, width, 3)
    return jpeg(av.VideoFrame.from_ndarray(rows, format="rgb24"))


def clip(pieces: Sequence[Piece], target: Path) -> Path:
    """Join the pieces to one file, as quickly as can be. Returns its path: `target` with .mp4 behind it, or .m4a where
    there is only sound. It has its name only when it is whole.

    The file is private (0600); an older one is replaced. Raises UserError where nothing of the pieces can be read,
    StorageError where the disk refuses."""
    target = target.with_name(target.name + (".mp4" if has_picture(pieces) else ".m4a"))
    made = target.with_name(f".{target.name}{PARTIAL}")
    try:
        made.unlink(missing_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(made, flags, 0o600), "w+b") as file:
            join(pieces, file)
        return _put_in_place(made, target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError("The moment cannot be played.", f"{reason}.", "The film itself is unharmed.") from error
    finally:
        with suppress(OSError):
            made.unlink(missing_ok=True)


def _put_in_place(made: Path, target: Path) -> Path:
    """Give the file its name. A player may still hold an older one, which Windows does not let go: then another."""
    for number in range(_NAMES):
        with suppress(PermissionError):
            return made.replace(target.with_stem(f"{target.stem}~{number}") if number else target)
    return made.replace(target)
