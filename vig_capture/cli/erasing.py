"""Erases a session with all that is kept of it on this computer outside its folder, and notes that it was erased.

Rule 1: what was made of it at another place, or filmed on a second disk, is named before it is asked for, and after.
Rule 2: what a program that failed left to be reported goes as well: nobody knows which words are in it.
"""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vig_capture.archive.access import note
from vig_capture.archive.erase import Erased
from vig_capture.archive.erase import erase as take_away
from vig_capture.archive.reader import is_session, read_session
from vig_capture.archive.sessions import made_elsewhere
from vig_capture.cli import FAULT
from vig_capture.cli.check import CHECKS
from vig_capture.cli.kept import SCREEN_LOG, forget
from vig_capture.cli.recorder_main import LOG_FILE as RECORDER_LOG
from vig_capture.cli.request import default_out
from vig_capture.core.errors import VigError
from vig_capture.core.replay import SessionView
from vig_capture.devices.settings_files import data_folder, runtime_folder
from vig_capture.engine.client import find
from vig_capture.engine.plan import SECOND


@dataclass(frozen=True, slots=True)
class Gone:
    """What was erased, and what is left elsewhere."""

    erased: Erased
    elsewhere: tuple[str, ...]
    """What was there of it outside of its folder, and still is."""
    unnoted: str = ""
    """That the access log could not be written."""

    def as_map(self) -> dict[str, Any]:
        """For programs: folder, files, size_bytes, session, note, elsewhere."""
        return {**asdict(self.erased), "folder": str(self.erased.folder), "elsewhere": list(self.elsewhere)}


def erase(folder: Path) -> Gone:
    """Erase a session for good. Nobody is asked. Raises UserError, StorageError as archive/erase.py does."""
    left = elsewhere(folder)
    erased = take_away(folder)
    forget(folder)
    _forget_checks(folder)
    _forget_faults()
    return Gone(erased, left, note("erase", erased.session))


def elsewhere(folder: Path) -> tuple[str, ...]:
    """What there is of a session outside of its folder, and stays when that is erased: files that were made of it, and
    the session in which the film went on, or had begun, on another disk. Raises nothing."""
    try:
        view = read_session(folder).view
    except VigError:
        return ()
    return *made_elsewhere(view), *map(str, _other_parts(folder, view))


def _other_parts(folder: Path, view: SessionView) -> Iterator[Path]:
    fallback = str(view.settings.get("fallback_folder") or "")
    around = [folder.absolute().parent, Path(default_out()), *([Path(fallback).expanduser()] if fallback else [])]
    for place in dict.fromkeys(around):
        if view.previous and is_session(place / view.previous):
            yield place / view.previous
        second = place / f"{folder.name}{SECOND}"
        with suppress(VigError):
            if is_session(second) and read_session(second).view.previous == folder.name:
                yield second


def _forget_checks(folder: Path) -> None:
    """What `check --keep` kept while it was filmed."""
    for path in (data_folder() / CHECKS).glob(f"check-*-of-{glob.escape(folder.name)}.*"):
        with suppress(OSError):
            path.unlink()


def _forget_faults() -> None:
    """What screens and commands that failed left. A recorder's log stays while it films."""
    runtime = runtime_folder()
    logs = [runtime / SCREEN_LOG, *([runtime / RECORDER_LOG] if find(runtime) is None else [])]
    for path in (*logs, *Path(tempfile.gettempdir()).glob(f"{FAULT}*")):
        with suppress(OSError):
            path.unlink()
