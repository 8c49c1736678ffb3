"""Copies a session to another disk, and proves that the copy is the same.

Rule 1: the source is only read.
Rule 2: the copy has its name only when every file of it has been read back with the source's SHA-256.
Rule 3: nothing that is at the target is written over.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from pathlib import Path

from vig_capture.archive.reader import LOCK_NAME, is_running, read_session
from vig_capture.archive.verify import Progress
from vig_capture.core.errors import StorageError, UserError
from vig_capture.devices.disk import HostDisk, told

_CHUNK_BYTES = 1 << 20
_SPARE_BYTES = 16 << 20
"""Room for folders and the file system's own tables."""
_BINARY = getattr(os, "O_BINARY", 0)


def copy_session(folder: Path, target: Path, progress: Progress | None = None) -> Path:
    """Copy a session into the folder `target` under its own name, verified by hash and durable; returns the copy.

    Raises UserError when the source is no session or is being recorded, or the copy is there already; StorageError when
    there is no room or a disk fails. A copy that failed is taken away again."""
    folder = folder.resolve()
    read_session(folder)
    copy, partial = _names(folder, target)
    files = _files(folder)
    disk = HostDisk()
    disk.make_folder(target)
    _check_room(target, files, disk)
    disk.make_folder(partial)
    try:
        for done, path in enumerate(files):
            relative = path.relative_to(folder)
            if progress is not None:
                progress(done, len(files), relative.as_posix())
            _copy_verified(path, partial / relative, disk)
        for subfolder in {partial / path.relative_to(folder).parent for path in files}:
            disk.sync_folder(subfolder)
        with told(copy):
            partial.rename(copy)
        disk.sync_folder(target)
    except StorageError as error:
        shutil.rmtree(partial, ignore_errors=True)
        do = "The session itself is unharmed. Make room, or name a folder on another disk, and copy it again."
        raise StorageError(error.what, error.why, do) from error
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return copy


def _names(folder: Path, target: Path) -> tuple[Path, Path]:
    """The copy's final and its temporary name. Raises UserError."""
    if is_running(folder):
        raise UserError("This session is being recorded now.", "It still changes.", "Stop it, then copy it.")
    if target.exists() and not target.is_dir():
        raise UserError(f"{target} is a file.", "A copy needs a folder.", "Name a folder.")
    if target.resolve().is_relative_to(folder):
        why = f"{target} is in {folder}."
        raise UserError("The copy would lie in the session itself.", why, "Name another folder.")
    copy = target / folder.name
    partial = target / f"{folder.name}.partial"
    if os.path.lexists(copy):
        raise UserError(f"{copy} is there already.", "A copy never writes over anything.", "Name another folder.")
    if os.path.lexists(partial):
        why = "An earlier copy was broken off, or another one is being made."
        raise UserError(f"{partial} is there already.", why, "Delete it if no copy is being made, then copy again.")
    return copy, partial


def _files(folder: Path) -> list[Path]:
    """The session's files; links are left out, for they lead elsewhere."""
    with told(folder):
        paths = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return sorted(path for path in paths if path.name != LOCK_NAME)


def _check_room(target: Path, files: list[Path], disk: HostDisk) -> None:
    with told(target):
        needed = sum(path.stat().st_size for path in files) + _SPARE_BYTES
    free = disk.free_bytes(target)
    if free < needed:
        raise StorageError(
            "There is not enough room for the copy.",
            f"The session needs {_megabytes(needed)}, and {target} has {_megabytes(free)} left.",
            "Make room there, or name a folder on another disk. Nothing was copied.",
        )


def _copy_verified(source: Path, copy: Path, disk: HostDisk) -> None:
    disk.make_folder(copy.parent)
    sha256 = _copy_file(source, copy)
    if disk.sha256(copy)[0] != sha256:
        raise StorageError(
            "The copy differs from the session.",
            f"{copy.name} was read back with other content than was written: the disk may be failing.",
        )


def _copy_file(source: Path, copy: Path) -> str:
    """Copy one file, durably; the SHA-256 of what was read."""
    digest = hashlib.sha256()
    with told(source):
        reading = source.open("rb", buffering=0)
    with reading:
        with told(copy):
            fd = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
        with os.fdopen(fd, "wb", buffering=0) as writing:
            while True:
                with told(source):
                    chunk = reading.read(_CHUNK_BYTES)
                if not chunk:
                    break
                digest.update(chunk)
                with told(copy):
                    _write_all(writing, chunk)
            with told(copy):
                os.fsync(writing.fileno())
                _forget_cached(writing.fileno())
    return digest.hexdigest()


def _write_all(writing: io.FileIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[writing.write(rest) :]


def _forget_cached(fd: int) -> None:
    """Ask that reading back comes from the disk and not from memory, where the system can."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.0f} MB"
