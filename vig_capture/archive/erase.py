"""Erases a session: the film first, the journal last, so that an erasing that was broken off can be gone on with.

Rule 1: nothing outside of the session's folder is touched, and no link is followed.
Rule 2: what no session makes is never taken away: a folder with other files in it is refused.
Rule 3: what is being recorded or edited is refused.
Rule 4: what is left is a note without content, in the folder in which the session was.

On a solid-state disk what was erased may be read by a laboratory for some time: only an encrypted disk prevents that.
"""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from vig_capture.archive.access import append, session_id, utc
from vig_capture.archive.reader import LOCK_NAME, is_session, journal_files
from vig_capture.core.errors import StorageError, UserError
from vig_capture.devices.disk import HostDisk, storage_error
from vig_capture.devices.lockfile import LockFile

FOLDERS = ("film", "sound", "stills", "handoff")
"""In this order: what shows the people goes first."""
NOTES = "erased.jsonl"
"""Beside the sessions: a line for each that was erased: session (its id), erased_utc, files, size_bytes."""
LITTER = (".DS_Store", "Thumbs.db", "desktop.ini", ".directory")
"""Left by file managers in every folder that somebody looked at."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was taken away."""

    folder: Path
    files: int
    size_bytes: int
    session: str = ""
    """Its id, as far as it could be read."""
    note: str = ""
    """The file that notes it; "" where that could not be written."""


def erase(folder: Path) -> Erased:
    """Erase a session with everything in its folder, durably. Nobody is asked.

    Raises UserError where it is no session, is in use, or holds what no session makes; StorageError where the disk
    refuses: then what is left can be erased again."""
    check(folder)
    folder, session = folder.resolve(), session_id(folder)
    lock = LockFile(folder / LOCK_NAME)
    if not lock.try_acquire():
        raise UserError("This session is in use now.", "It is being filmed or edited.", "End that, then erase it.")
    try:
        plan, journals = _plan(folder), journal_files(folder)[::-1]
        sizes = [path.lstat().st_size for path in (*plan, *journals) if not _is_folder(path)]
        for path in plan:
            _remove(path)
        HostDisk().sync_folder(folder)
        for path in journals:
            _remove(path)
    except OSError as error:
        raise _unfinished(error, folder) from error
    finally:
        # Windows takes no file away that somebody has open.
        lock.release()
    try:
        _remove(folder / LOCK_NAME)
        _remove(folder)
    except OSError as error:
        raise _unfinished(error, folder) from error
    HostDisk().sync_folder(folder.parent)
    return Erased(folder, len(sizes), sum(sizes), session, _leave_note(folder.parent, session, sizes))


def _leave_note(around: Path, session: str, sizes: list[int]) -> str:
    """Note what was erased; returns the file. What is erased is erased, also where that cannot be noted."""
    note = around / NOTES
    line = {"session": session, "erased_utc": utc(), "files": len(sizes), "size_bytes": sum(sizes)}
    try:
        append(note, line)
    except StorageError:
        return ""
    return str(note)


def check(folder: Path) -> None:
    """That it is a session and nothing else. Raises UserError, StorageError."""
    if folder.is_symlink():
        raise UserError(f"{folder} is a link.", "It leads to another place.", "Give the session's own folder.")
    if not is_session(folder):
        why = "There is no journal.msgpack in it." if folder.is_dir() else "There is no such folder."
        raise UserError(f"{folder} is not a session.", why, "Nothing was erased.")
    journals = [path.name for path in journal_files(folder)]
    ours = {*FOLDERS, *journals, LOCK_NAME, *LITTER}
    others = sorted(path.name for path in folder.iterdir() if path.name not in ours and not path.name.startswith("._"))
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        why = f"No session makes them: {', '.join(others[:3])}{more}."
        raise UserError("There are other files in this session's folder.", why, "Move them elsewhere, then erase it.")
    for name, folders, files in os.walk(folder):
        here = Path(name)
        link = next((here / each for each in (*folders, *files) if _is_link(here / each)), None)
        if link is not None:
            raise UserError("There is a link in this session's folder.", f"It is {link}.", "Delete the link yourself.")
        if here != folder and is_session(here):
            raise UserError("There is another session in this one.", f"It is {here}.", "Move it elsewhere first.")


def _plan(folder: Path) -> list[Path]:
    """Everything but the journals and the lock, each folder behind what is in it."""
    found: list[Path] = []
    top = [folder / name for name in FOLDERS if (folder / name).is_dir()]
    for each in top:
        for name, _, files in os.walk(each, topdown=False):
            found += [Path(name) / file for file in sorted(files)]
            found.append(Path(name))
    keep = {LOCK_NAME, *(path.name for path in journal_files(folder))}
    rest = [path for path in folder.iterdir() if path not in top and path.name not in keep]
    return found + sorted(rest)


def _remove(path: Path) -> None:
    try:
        path.rmdir() if _is_folder(path) else path.unlink(missing_ok=True)
    except PermissionError:
        # A file that is only to be read cannot be taken away on Windows, and elsewhere not out of such a folder.
        if sys.platform == "win32":
            path.chmod(stat.S_IWRITE)
        else:
            path.parent.chmod(0o700)
        path.rmdir() if _is_folder(path) else path.unlink(missing_ok=True)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _is_link(path: Path) -> bool:
    is_junction = getattr(path, "is_junction", None)
    return path.is_symlink() or (is_junction is not None and is_junction())


def _unfinished(error: OSError, folder: Path) -> StorageError:
    why = storage_error(error, Path(str(error.filename or folder))).why
    do = "Close every program that shows this film, then erase it again. What is left can still be erased."
    return StorageError("This session could not be erased altogether.", why, do)
