"""What the list of moments asks of its surroundings, and what it says to the app."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from textual.message import Message

from vig_capture.core.clips import Part
from vig_capture.core.errors import VigError
from vig_capture.core.replay import SessionView


class SessionEditor(Protocol):
    """The session's one writer (engine/editor.py). Used in one thread, which is not the screen's."""

    @property
    def refusal(self) -> VigError | None:
        """Why the session can only be looked at."""

    @property
    def view(self) -> SessionView:
        """The session as it stands."""

    @property
    def unsaved(self) -> int:
        """Changes that are not on the disk."""

    @property
    def holes(self) -> int:
        """Damaged places of the journal."""

    def take(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out a command and answer as the recorder does, once it is on the disk."""

    def step(self) -> bool:
        """Try again what is not saved. Is all of it saved now?"""

    def close(self) -> None:
        """Let the session go; a later `take` takes it again."""


class Clips(Protocol):
    """Makes pictures and clips of a session. Answers come later, in another thread: maps with `key`, and `picture`
    (width, height, rgb), `clip` (a path) or `error` (what, why, do)."""

    def listen(self, heard: Callable[[dict[str, Any]], None]) -> None:
        """To whom the answers go. Called once, before anything is asked."""

    def picture(self, key: str, part: Part, width: int, height: int) -> None:
        """A small picture of where `part` begins, of `width` × `height` points."""

    def clip(self, key: str, parts: Sequence[Part]) -> None:
        """A file to be played, of these parts; `key` is the marker's id. The newest that was asked for comes first."""

    def forget(self) -> None:
        """Take away the clips that were made: the film they show has changed."""

    def close(self) -> None:
        """Nothing more is asked."""


class FilePlayer(Protocol):
    """The computer's own player (devices/player.py)."""

    def open_file(self, path: Path) -> None:
        """Play it. May take a second. Raises UserError."""


class Closed(Message):
    """The list of moments is to be left."""


class Erase(Message):
    """The whole session is to be erased, now: it was asked twice."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder


class Earlier(Message):
    """The list of earlier sessions is wanted."""
