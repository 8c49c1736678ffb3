"""What the screen keeps for the next one, should it be killed: a private file in the runtime folder."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from vig_capture.core.errors import VigError
from vig_capture.devices.settings_files import runtime_folder

SCREEN_FILE = "screen.json"
"""In the runtime folder (tui/film/kept.py says what is in it)."""
SCREEN_LOG = "screen.log"
"""In the runtime folder: what a screen that failed has to tell."""


def kept() -> dict[str, Any]:
    """What a screen kept; empty where there is nothing, or nothing readable. Raises nothing."""
    with suppress(OSError, ValueError, VigError):
        found = json.loads((runtime_folder() / SCREEN_FILE).read_bytes())
        return found if isinstance(found, dict) else {}
    return {}


def keep(what: dict[str, Any]) -> None:
    """Keep this for the next screen, or nothing any more where it is empty. Raises nothing."""
    with suppress(OSError, VigError):
        path = runtime_folder() / SCREEN_FILE
        aside = path.with_suffix(".new")
        if not what:
            for each in (path, aside):
                each.unlink(missing_ok=True)
            return
        # It is to outlive the screen, not the computer: no fsync.
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(what, file)
        aside.replace(path)


def forget(folder: Path) -> None:
    """Nothing of this session is kept any more: a note that was being typed is a part of it. Raises nothing."""
    told = kept().get("folder")
    if isinstance(told, str) and told and Path(told).resolve() == folder.resolve():
        keep({})
