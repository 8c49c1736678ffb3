"""Files that are made of a session: whole or not there at all, private, and never in the place of another unasked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from vig_capture.core.errors import UserError
from vig_capture.devices.disk import HostDisk, told

PARTIAL = ".partial"
_BINARY = getattr(os, "O_BINARY", 0)


def check_free(path: Path, replace: bool) -> None:
    """That a file may get this name. Raises UserError."""
    if path.is_dir():
        raise UserError(f"{path} is a folder.", "A file was to be written there.", "Give it a name.")
    if not replace and os.path.lexists(path):
        raise UserError(f"{path} is there already.", "It was kept as it is.", "Add --replace, or give another name.")


@contextmanager
def placed(path: Path, replace: bool = False) -> Iterator[BinaryIO]:
    """Write a file (0600) that gets its name only when it is whole and on the disk; the folder is made where it lacks.

    Left by an error nothing of it stays, and an older file is as it was. Raises UserError where the name is taken and
    `replace` is not said, StorageError."""
    check_free(path, replace)
    try:
        with written(path) as file:
            yield file
        check_free(path, replace)
        name(path)
    finally:
        with suppress(OSError):
            aside(path).unlink(missing_ok=True)


def aside(path: Path) -> Path:
    """Where a file lies until it has its name."""
    return path.with_name(f".{path.name}{PARTIAL}")


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """Write a file (0600) that lies aside of its name: it is whole on the disk when the context is left. The folder is
    made where it lacks, and what a crash left aside goes. Raises StorageError."""
    HostDisk().make_folder(path.parent)
    with told(path):
        aside(path).unlink(missing_ok=True)
        fd = os.open(aside(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
        with os.fdopen(fd, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())


def name(path: Path) -> None:
    """Give a file that lies aside its name. Raises StorageError."""
    with told(path):
        aside(path).replace(path)
    HostDisk().sync_folder(path.parent)
