"""What the list of earlier sessions asks of its surroundings, and what it says to the app.

The messages' handlers are called on_sessions_open and on_sessions_back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from textual.message import Message

from vig_capture.archive.sessions import Session

Progress = Callable[[int, int], None]
"""How many files are done, and how many there are. Called in the thread of the work."""


class Sessions(Protocol):
    """The earlier sessions. Every method may take long and is called in a thread of its own; it may raise VigError."""

    def sessions(self) -> Iterable[Session]:
        """Newest first, each read when it is asked for."""

    def verify(self, folder: Path, progress: Progress) -> Sequence[str]:
        """Whether every file of it is as it was recorded, in plain words: the whole in the first line."""

    def erase(self, folder: Path) -> str:
        """Erase it, for good; says what was erased."""


class Open(Message, namespace="sessions"):
    """The moments of this session are wanted."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder


class Back(Message, namespace="sessions"):
    """The list is to be left."""
