"""Reads a session's folder: all its journal files, in order, as one list of records, and what was made of the film."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from vig_capture.core.consent import Made
from vig_capture.core.errors import StorageError, UserError
from vig_capture.core.records import Hole, decode_all
from vig_capture.core.replay import SessionView, replay
from vig_capture.devices.lockfile import is_held

LOCK_NAME = "session.lock"
"""Held by whoever may write the session's journal (devices/lockfile.py)."""
_DEPTH_MAX = 4
"""Sessions are looked for so many folders deep."""
_JOURNAL = re.compile(r"journal(?:\.(\d+))?\.msgpack")
_MADE = re.compile(r"journal\.made-[0-9a-f]+\.msgpack")


@dataclass(frozen=True, slots=True)
class FileHole:
    """A stretch of a journal file that could not be read."""

    file: str
    hole: Hole


@dataclass(frozen=True, slots=True)
class Read:
    """A session as its folder holds it."""

    folder: Path
    records: list[dict[str, Any]]
    """In the order of their sequence numbers, none twice; without what was made of it, which is in the view."""
    holes: list[FileHole]
    view: SessionView


def journal_files(folder: Path) -> list[Path]:
    """journal.msgpack, journal.2.msgpack, … as far as they are there, and last those that tell what was made of the
    film. Raises StorageError."""
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError as error:
        raise _unreadable(folder, error) from error
    numbered = [(int(match[1] or 1), name) for name in names if (match := _JOURNAL.fullmatch(name))]
    ordered = [name for _, name in sorted(numbered)] + sorted(name for name in names if _MADE.fullmatch(name))
    return [folder / name for name in ordered]


def made_name(utc_ns: int) -> str:
    """The name of a journal file that tells of something made then (archive/made.py)."""
    return f"journal.made-{utc_ns:016x}.msgpack"


def is_running(folder: Path) -> bool:
    """Whether a recorder or an editor holds the session now."""
    try:
        return is_held(folder / LOCK_NAME)
    except StorageError:
        return False  # a disk that cannot be written holds no running session


def is_session(folder: Path) -> bool:
    """Whether the folder holds a journal."""
    return folder.is_dir() and bool(journal_files(folder))


def session_folders(root: Path) -> list[Path]:
    """The sessions in or below a folder, in the order of their names; what cannot be entered is passed over. Links are
    not followed."""
    found: list[Path] = []
    for name, folders, _ in os.walk(root):
        folder = Path(name)
        try:
            here = is_session(folder)
        except StorageError:
            here = False
        if here:
            found.append(folder)
        if here or len(folder.relative_to(root).parts) >= _DEPTH_MAX:
            folders.clear()
    return sorted(found)


def read_session(folder: Path) -> Read:
    """All records of a session.

    Raises UserError when the folder is no session, JournalError when a newer version wrote it, StorageError when the
    disk does not give it."""
    if not folder.is_dir():
        why = "It is a file." if folder.exists() else "There is no such folder."
        raise UserError(f"{folder} is not a session.", why, "Give the folder that holds journal.msgpack.")
    files = journal_files(folder)
    if not files:
        why = "There is no journal.msgpack in it."
        raise UserError(f"{folder} is not a session.", why, "Give the folder that holds journal.msgpack.")
    by_seq: dict[int, dict[str, Any]] = {}
    made: list[Made] = []
    holes: list[FileHole] = []
    for path in files:
        try:
            decoded = decode_all(path.read_bytes())
        except OSError as error:
            raise _unreadable(path, error) from error
        holes += [FileHole(path.name, hole) for hole in decoded.holes]
        if _MADE.fullmatch(path.name):
            made += map(Made.of, decoded.records)
            continue
        for record in decoded.records:
            # After a failed fsync a record is written again in the next file: the first copy counts, both are the same.
            by_seq.setdefault(record["seq"], record)
    records = [by_seq[seq] for seq in sorted(by_seq)]
    view = replay(records)
    view.made += made
    return Read(folder, records, holes, view)


def _unreadable(path: Path, error: OSError) -> StorageError:
    reason = error.strerror or str(error)
    return StorageError(f"{path} cannot be read.", reason, "Check that the disk is connected and that you may open it.")


def inside(folder: Path, file: str) -> Path | None:
    """The path of a file that the journal names; None for a name that leads out of the session's folder."""
    parts = PurePosixPath(file).parts
    if not parts or ".." in parts or "\\" in file or ":" in parts[0] or PurePosixPath(file).is_absolute():
        return None
    return folder.joinpath(*parts)
