"""What the screens find beside the recorder, on a real machine."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vig_capture.archive.erase import erase
from vig_capture.archive.reader import is_session, read_session
from vig_capture.cli.earlier import HostSessions
from vig_capture.cli.moments import MomentsProcess
from vig_capture.cli.request import LAST_SESSION
from vig_capture.cli.shelf import HostShelf, local
from vig_capture.core.errors import VigError
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import HostClock
from vig_capture.devices.disk import HostDisk
from vig_capture.devices.player import Player
from vig_capture.devices.preferences import keep
from vig_capture.devices.settings_files import recall, runtime_folder
from vig_capture.engine.control import LATEST_END
from vig_capture.engine.editor import Editor
from vig_capture.tui import texts
from vig_capture.tui.prepare_ports import Choice

SCREEN_LOG = "screen.log"
"""In the runtime folder: what a screen that failed has to tell."""


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
        """Whether the last film was ended by nobody but its latest end."""
        last = recall().get(LAST_SESSION)
        folder = Path(str(last.get("resume") or "")) if isinstance(last, dict) else Path()
        try:
            view = read_session(folder).view if folder.name and is_session(folder) else None
        except VigError:
            return ""
        if view is None or view.reason != LATEST_END:
            return ""
        return texts.ENDED_BY_ITSELF.format(when=local(view.created_utc))

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
