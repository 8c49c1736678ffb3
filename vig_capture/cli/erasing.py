"""Erases a session with all that is kept of it on this computer outside its folder, and notes that it was erased."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vig_capture.archive.access import note
from vig_capture.archive.erase import Erased
from vig_capture.archive.erase import erase as take_away
from vig_capture.archive.reader import read_session
from vig_capture.cli.kept import forget
from vig_capture.core.errors import VigError


@dataclass(frozen=True, slots=True)
class Gone:
    """What was erased, and what is left elsewhere."""

    erased: Erased
    elsewhere: tuple[str, ...]
    """Files that were made of the film outside of its folder, as it noted them, and that are there."""
    unnoted: str = ""
    """That the access log could not be written."""

    def as_map(self) -> dict[str, Any]:
        """For programs: folder, files, size_bytes, session, note, elsewhere."""
        return {**asdict(self.erased), "folder": str(self.erased.folder), "elsewhere": list(self.elsewhere)}


def erase(folder: Path) -> Gone:
    """Erase a session for good. Nobody is asked. Raises UserError, StorageError as archive/erase.py does."""
    elsewhere = _elsewhere(folder)
    erased = take_away(folder)
    forget(folder)
    return Gone(erased, elsewhere, note("erase", erased.session))


def _elsewhere(folder: Path) -> tuple[str, ...]:
    try:
        made = read_session(folder).view.made
    except VigError:
        return ()
    named = dict.fromkeys(file for each in made for file in each.files)
    return tuple(file for file in named if Path(file).is_absolute() and Path(file).exists())
