"""The last moment, which star, goal, note and Tab are about; and the note that is being written on it."""

from __future__ import annotations

from dataclasses import dataclass

from vig_capture.core.time import SECOND_NS
from vig_capture.tui import texts
from vig_capture.tui.film.rows import Row
from vig_capture.tui.shown import SavedMarker

NOTE_MAX = 1000
QUIET_NS = 10 * SECOND_NS
"""A note in which nothing is typed for so long is kept."""


@dataclass(slots=True, eq=False)
class Last:
    """A moment as far as this screen knows it: pressed here, or told by the recorder."""

    label: str
    who: str
    private: bool
    t_ns: int | None
    star: bool = False
    goal: str = ""
    """The id of its goal."""
    marker_id: str = ""
    saved: bool = False
    row: Row | None = None
    """Where it was pressed here."""

    @classmethod
    def pressed(cls, row: Row) -> Last:
        """The moment that was pressed just now."""
        return cls(row.label, row.who, row.private, row.t_ns, row=row)

    @classmethod
    def told(cls, marker: SavedMarker, before: Last | None = None) -> Last:
        """A moment of the recorder's list; `before` is what was known of it."""
        row, goal = (before.row, before.goal) if before is not None else (None, "")
        return cls(
            *(marker.label, marker.who, marker.private, marker.t_ns, marker.star),
            goal=goal if marker.goal is None else marker.goal,
            marker_id=marker.id,
            saved=marker.saved,
            row=row,
        )

    @property
    def id(self) -> str:
        """Its id with the recorder; "" until that is certain: a press may become the extension of another moment."""
        return self.marker_id or (self.row.marker_id if self.row is not None else "")

    @property
    def shown(self) -> str:
        """What it may be called on a screen that is read from the sofa."""
        return texts.PRIVATE if self.private else self.label or texts.THE_LAST

    @property
    def look(self) -> str:
        """Which of the signs and words of the catalogue it has."""
        return self.row.look if self.row is not None else "saved" if self.saved else "pending"


@dataclass(slots=True)
class Note:
    """The line that is being typed."""

    last: Last
    touched_ns: int
    text: str = ""

    def type(self, characters: str, mono_ns: int) -> None:
        """What was typed or pasted, on one line."""
        self.text = (self.text + "".join(each if each.isprintable() else " " for each in characters))[:NOTE_MAX]
        self.touched_ns = mono_ns

    def erase(self, mono_ns: int) -> None:
        """The last character goes."""
        self.text = self.text[:-1]
        self.touched_ns = mono_ns

    def is_quiet(self, now_ns: int) -> bool:
        """Has nothing been typed for long enough?"""
        return now_ns - self.touched_ns > QUIET_NS
