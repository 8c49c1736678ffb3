"""The screen's end of its link: what the guider did goes to the recorder in the order in which it was done.

Rule 1: while no recorder is found nothing of it is handed over; then all of it is, oldest first, before anything newer.
Rule 2: of snapshots and pictures only the newest waits to be drawn; every other message waits its turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from vig_capture.tui.film.state import FilmState
from vig_capture.tui.link import Link

FIRST = "first"
"""In the message that the first snapshot or picture of a connection is there."""
_NONE = -1


class Wire:
    """Used by the app in its thread, but for `hear`, which the link calls in one of its own."""

    def __init__(self, link: Link, film: FilmState, post: Callable[[object, int], object]) -> None:
        """`post` gets a message that is no snapshot and no picture, and the number of the connection that it came by.
        It is called in the link's thread."""
        self._link, self._film, self._post = link, film, post
        self._losses = 0
        """Counted in the link's thread, so that nothing is handed over between a loss and the news of it."""
        self._found = _NONE
        """The connection over which the recorder was heard last. Connections are numbered by the losses before them."""
        # Written by the link's thread, taken by the app's: the newest only, so that none can pile up.
        self._newest: deque[tuple[object, int]] = deque(maxlen=1)
        self.pictures: deque[object] = deque(maxlen=1)
        self._seen: set[str] = set()
        """Which of the two have come over this connection."""

    def listen(self) -> None:
        """Begin."""
        self._link.listen(self.hear)
        self.order(self._film.watch())

    def hear(self, message: Any) -> None:
        """A message of the recorder. Returns at once."""
        if isinstance(message, dict) and "ack" not in message:
            if "snapshot" in message:
                self._newest.append((message["snapshot"], self._losses))
                self._tell_first("snapshot")
                return
            if "picture" in message:
                self.pictures.append(message["picture"])
                self._tell_first("picture")
                return
            if message.get("lost"):
                self._losses += 1
                self._seen.clear()
        self._post(message, self._losses)

    def _tell_first(self, kind: str) -> None:
        """The first of a connection is waited for; the others wait to be drawn."""
        if kind not in self._seen:
            self._seen.add(kind)
            self._post({FIRST: kind}, self._losses)

    def take_newest(self) -> tuple[object, int] | None:
        """The newest snapshot and the number of its connection, once."""
        return self._newest.pop() if self._newest else None

    def heard(self, connection: int, now_ns: int, back: bool = False) -> bool:
        """The recorder said something over this connection; `back`: it has been found, for the first time or again.

        True where it has to be asked for pictures again."""
        if back:
            self._film.come_back()
        is_new, self._found = self._found != connection, connection
        # `back`: what was handed over before the very first connection was dropped by the link as well.
        again = self._film.hear(now_ns) or back
        if again:
            self.order(self._film.watch())
        if again or is_new:
            self._send_pending()
        return again

    def send(self, command: dict[str, Any]) -> None:
        """What the guider did, which stays pending until it is answered."""
        if self._found == self._losses:
            self.order(command)

    def order(self, command: dict[str, Any]) -> bool:
        """Hand a command over as it is. False where the link refused it."""
        try:
            self._link.send(command)
        except OSError:
            # The link says so itself when it has lost the recorder; what is pending stays so until then.
            self._found = _NONE
            self._film.lose()
            return False
        return True

    def _send_pending(self) -> None:
        """Whatever was not acknowledged, with the same ids: the recorder carries each out once."""
        for command in self._film.pending():
            if not self.order(command):
                return
