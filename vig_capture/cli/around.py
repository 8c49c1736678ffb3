"""What the screens find beside the recorder, on a real machine."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vig_capture.archive.erase import erase
from vig_capture.cli.earlier import HostSessions
from vig_capture.cli.moments import MomentsProcess
from vig_capture.cli.shelf import HostShelf
from vig_capture.cli.unfinished import ended_by_itself
from vig_capture.core.errors import VigError
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import HostClock
from vig_capture.devices.disk import HostDisk
from vig_capture.devices.player import Player
from vig_capture.devices.preferences import keep
from vig_capture.devices.settings_files import runtime_folder
from vig_capture.engine.editor import Editor
from vig_capture.tui.prepare.ports import Choice

SCREEN_LOG = "screen.log"
"""In the runtime folder: what a screen that failed has to tell."""
SCREEN_FILE = "screen.json"
"""Beside it: what the next screen takes up, should this one be killed."""


class HostAround:
    """The port Around of tui/visit.py."""

    def __init__(self, out: Path) -> None:
        """`out`: the folder that holds the sessions."""
        self._out = out

    def today(self) -> str:
        return datetime.fromtimestamp(HostClock().utc_ns() / SECOND_NS, UTC).astimezone().date().isoformat()

    def shelf(self) -> HostShelf:
        return HostShelf(self._out)

    def remember(self, fields: dict[str, Any], choice: Choice) -> None:
        keep({**fields, "camera": choice.camera, "mic": choice.mic})

    def news(self) -> str:
        return ended_by_itself()

    def editor(self, folder: Path) -> Editor:
        return Editor(folder, HostClock(), HostDisk())

    def clips(self, folder: Path) -> MomentsProcess:
        return MomentsProcess(folder)

    def player(self) -> Player:
        return Player()

    def sessions(self) -> HostSessions:
        return HostSessions(self._out)

    def erase(self, folder: Path) -> None:
        erase(folder)

    def keep_fault(self, trace: str) -> None:
        with suppress(OSError, VigError):
            fd = os.open(runtime_folder() / SCREEN_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                file.write(trace)

    def kept(self) -> dict[str, Any]:
        with suppress(OSError, ValueError, VigError):
            found = json.loads((runtime_folder() / SCREEN_FILE).read_bytes())
            return found if isinstance(found, dict) else {}
        return {}

    def keep(self, kept: dict[str, Any]) -> None:
        with suppress(OSError, VigError):
            path = runtime_folder() / SCREEN_FILE
            if not kept:
                path.unlink(missing_ok=True)
                return
            # It is to outlive the screen, not the computer: no fsync.
            aside = path.with_suffix(".new")
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                json.dump(kept, file)
            aside.replace(path)
