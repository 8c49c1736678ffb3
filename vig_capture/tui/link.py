"""What the screen asks of its connection to the recorder; the real client and the tests' fake both have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

LEFT = 3
"""Exit code of a screen that the guider closed while the session may still be running: it is not shown again."""

ERASED = 4
"""Exit code of a screen in which the film was erased."""


class Link(Protocol):
    """A connection that looks after itself: it reconnects, and says when it has lost or found the recorder."""

    def send(self, command: dict[str, Any]) -> None:
        """Hand a command over without waiting; from any thread. While the recorder is gone it may be dropped:
        the screen sends what was not acknowledged again, with the same id. May raise OSError."""

    def listen(self, callback: Callable[[dict[str, Any]], None]) -> None:
        """Call back from a thread of the link with every message of the recorder, and with

        {"back": True}   a recorder has been found, for the first time or again
        {"lost": True}   it is gone and is being looked for (any other message afterwards means that it is back)."""

    def close(self) -> None:
        """Stop calling back; the recorder goes on filming."""
