"""What the screens find beside the recorder, on a real machine."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from vig_capture.archive.access import note
from vig_capture.cli import kept
from vig_capture.cli.earlier import HostSessions
from vig_capture.cli.erasing import erase
from vig_capture.cli.moments import MomentsProcess
from vig_capture.cli.shelf import HostShelf
from vig_capture.cli.unfinished import ended_by_itself, today
from vig_capture.core.errors import VigError
from vig_capture.devices.clock import HostClock
from vig_capture.devices.disk import HostDisk
from vig_capture.devices.player import Player
from vig_capture.devices.preferences import keep
from vig_capture.devices.settings_files import runtime_folder
from vig_capture.engine.editor import Editor
from vig_capture.tui.prepare.ports import Choice


class HostAround:
    """The port Around of tui/visit.py."""

    def __init__(self, out: Path) -> None:
        """`out`: the folder that holds the sessions."""
        self._out = out
        self._unnoted = ""
        """That the access log could not be written; said once."""

    def today(self) -> str:
        return today()

    def shelf(self) -> HostShelf:
        return HostShelf(self._out)

    def remember(self, fields: dict[str, Any], choice: Choice) -> None:
        keep({**fields, "camera": choice.camera, "mic": choice.mic})

    def news(self) -> str:
        said, self._unnoted = self._unnoted, ""
        return f"{ended_by_itself()} {said}".strip()

    def editor(self, folder: Path) -> Editor:
        editor = Editor(folder, HostClock(), HostDisk())
        self._unnoted = note("open", editor.view.id)
        return editor

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
            fd = os.open(runtime_folder() / kept.SCREEN_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                file.write(trace)

    def kept(self) -> dict[str, Any]:
        return kept.kept()

    def keep(self, what: dict[str, Any]) -> None:
        kept.keep(what)
