"""What of the film screen outlives it, should it be killed: dim, calm, and the note that is being typed.

Rule 1: whoever typed into a note when the screen died types into it when the screen is back: no letter marks a moment.
Rule 2: a note in which nothing was typed for long enough is sent as it is; it is never dropped.
Rule 3: nothing is kept before a film runs, nor when it is over, nor while there is nothing to be kept.
Rule 4: no press waits for it: it is written beside the screen, a few times a second at most.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from vig_capture.core.time import SECOND_NS
from vig_capture.tui.film.last import Last, Note
from vig_capture.tui.film.lively import Lively
from vig_capture.tui.film.state import FilmState
from vig_capture.tui.shown import text, whole

AGAIN_NS = SECOND_NS // 4
"""From one writing of a note's letters to the next."""
_RUNNING = ("arming", "recording", "paused")


class Place(Protocol):
    """Where it is kept."""

    def kept(self) -> dict[str, Any]:
        """What a screen before this one kept: empty where there is nothing, or nothing readable. Raises nothing."""

    def keep(self, kept: dict[str, Any]) -> None:
        """Keep this in place of what is kept; nothing any more where it is empty. May take a moment. Raises nothing."""


class Kept:
    """Keeps it, and brings it back. Used by the app, in its thread.

    What is kept: folder (of the session), dim, calm, note {of (a moment, "" for the last one), text}, and mono_ns: when
    the note was touched last, else when it was written down."""

    def __init__(
        self,
        film: FilmState,
        lively: Lively,
        place: Place,
        beside: Callable[[Callable[[], object], Callable[[object], None]], None],
    ) -> None:
        """`beside` has something done in another thread, and goes on with its result."""
        self._film, self._lively, self._place, self._beside = film, lively, place, beside
        self._before: dict[str, Any] = {}
        """What the screen before this one kept, until it is known whether it is of this film."""
        self._taken_up: Note | None = None
        """Its note, open again."""
        self._late: Note | None = None
        """Its note, which is to be sent."""
        self._written: dict[str, Any] = {}
        self._busy = False
        self._again_ns = 0

    def restore(self, now_ns: int) -> None:
        """Before the first key: take up what the screen before this one kept."""
        kept = self._place.kept()
        self._written = {name: value for name, value in kept.items() if name != "mono_ns"}
        touched_ns = whole(kept, "mono_ns")
        if not 0 < touched_ns <= now_ns or not text(kept, "folder"):
            # Of before the computer was started anew, or of no film.
            return
        self._before = kept
        self._film.dim = kept.get("dim") is True
        self._lively.sent_away = kept.get("calm") is True
        if isinstance(kept.get("note"), dict):
            of, typed = text(kept["note"], "of"), kept["note"].get("text")
            note = Note(Last("", "self", False, None, marker_id=of, saved=True), touched_ns)
            note.type(typed if isinstance(typed, str) else "", touched_ns)
            if not note.is_quiet(now_ns):
                self._film.note = self._taken_up = note
            elif note.text.strip():
                self._late = note

    def check(self) -> None:
        """A snapshot has come: what is kept of another session than the recorder's is not taken up."""
        film, folder = self._film, self._film.shown.folder
        if self._before and folder:
            ours, self._before = text(self._before, "folder") == folder, {}
            if not ours:
                film.dim, self._lively.sent_away, self._late = False, False, None
                film.note = None if film.note is self._taken_up else film.note
            for note in (self._taken_up, self._late):
                if note is not None:
                    self._name(note)
        if not self._before and self._late is not None and film.note is None:
            # It is quiet: the next tick sends it.
            film.note, self._late = self._late, None

    def tick(self, now_ns: int) -> None:
        """Time passes, or a key was pressed."""
        if self._before or not self._film.shown.folder:
            return
        content = self._content()
        if content == self._written or self._busy:
            return
        # A note that was opened or ended is not put off: until then the next screen would take its keys for others.
        if content.get("note") and self._written.get("note") and now_ns < self._again_ns:
            return
        self._written, self._again_ns, self._busy = content, now_ns + AGAIN_NS, True
        note = self._film.note
        kept = content and {**content, "mono_ns": note.touched_ns if note is not None else now_ns}
        self._beside(lambda: self._place.keep(kept), self._done)

    def _name(self, note: Note) -> None:
        """What its moment is called, where the recorder tells of it."""
        marker = next((each for each in self._film.shown.markers if each.id and each.id == note.last.id), None)
        note.last = Last.told(marker) if marker is not None else note.last

    def _content(self) -> dict[str, Any]:
        film = self._film
        note, calm = film.note, self._lively.sent_away
        if film.shown.state not in _RUNNING or film.ended or not (film.dim or calm or note is not None):
            return {}
        typed = {"of": film.named(note.last), "text": note.text} if note is not None else None
        return {"folder": film.shown.folder, "dim": film.dim, "calm": calm, "note": typed}

    def _done(self, _: object) -> None:
        self._busy = False
