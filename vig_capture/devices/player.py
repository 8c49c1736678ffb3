"""The computer's own player: opens a file as a double click would, in a window of its own, and does not wait for it.

What it prints never reaches our terminal, and closing the terminal does not close it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread

from vig_capture.core.errors import UserError

FAILED_S = 0.5
"""A program that cannot open the file says so within this time by its exit code; one that still runs then plays it."""
LINUX = (
    ("xdg-open",),
    ("mpv", "--player-operation-mode=pseudo-gui", "--"),
    ("vlc", "--quiet"),
    ("totem",),
    ("celluloid",),
    ("ffplay", "-loglevel", "quiet", "-autoexit"),
)
"""The desktop's own choice first, then players that are often there."""
_DO = "Install a player such as VLC or mpv, or open the file yourself."


class Player:
    """Opens files. Used from any thread."""

    def __init__(
        self,
        platform: str = sys.platform,
        environ: Mapping[str, str] = os.environ,
        which: Callable[[str], str | None] = shutil.which,
    ) -> None:
        self._platform = platform
        self._environ = environ
        self._which = which

    def open_file(self, path: Path) -> None:
        """Play a film or sound file. Returns once a player has been started, after at most about a second.

        Raises UserError, with the path in its words, where there is no player."""
        if not path.is_file():
            raise UserError("There is nothing to play.", f"{path} is not there.", "Press Enter again to make it anew.")
        if self._platform == "win32":
            self._open_windows(path)
        elif self._platform == "darwin":
            self._open_first(path, [("open",)])
        else:
            if not (self._environ.get("DISPLAY") or self._environ.get("WAYLAND_DISPLAY")):
                why = "This terminal has no desktop beside it, so no player can show a window."
                raise UserError("The moment cannot be played here.", why, f"The file is {path}.")
            self._open_first(path, LINUX)

    def _open_windows(self, path: Path) -> None:
        startfile: Callable[[str], None] = getattr(os, "startfile")  # noqa: B009 (it exists on Windows only)
        try:
            startfile(str(path))
        except OSError as error:
            raise _no_player(path) from error

    def _open_first(self, path: Path, commands: Sequence[tuple[str, ...]]) -> None:
        for name, *options in commands:
            program = self._which(name)
            if program is not None and self._start([program, *options, str(path)]):
                return
        raise _no_player(path)

    def _start(self, command: list[str]) -> bool:
        """Start it. False where it could not open the file."""
        nothing = subprocess.DEVNULL
        try:
            process = subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
        except OSError:
            return False
        with suppress(subprocess.TimeoutExpired):
            return process.wait(FAILED_S) == 0
        # Somebody has to hear of its end, or it stays in the system's list of processes.
        Thread(target=process.wait, name="player", daemon=True).start()
        return True


def _no_player(path: Path) -> UserError:
    return UserError("No player was found for this film.", f"The moment is here: {path}.", _DO)
