"""The moments as this screen made them: a press, or all presses of a held key, and what became of it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field

from vig_capture.core.time import SECOND_NS
from vig_capture.core.vocabulary import SAME_NS

ROWS_MAX = 200
_KEEP_SAVED_NS = SECOND_NS
_KEEP_EXTENDED_NS = 4 * SECOND_NS
KEEP_REFUSED_NS = 30 * SECOND_NS


@dataclass(slots=True, eq=False)
class Row:
    """One marker as this screen made it: a press, or all presses of a held key."""

    key: str
    label: str
    who: str
    private: bool
    mono_ns: int
    t_ns: int | None
    last_ns: int
    id: str = ""
    """Of the command that began it, which a new marker keeps as its own id."""
    waiting: set[str] = field(default_factory=set)
    state: str = "pending"
    """pending, late, saved, refused."""
    why: str = ""
    marker_id: str = ""
    extends: bool = False
    joinable: bool = True
    settled_ns: int = 0

    @property
    def waits(self) -> bool:
        """Whether the recorder has not answered yet."""
        return self.state in ("pending", "late")

    @property
    def look(self) -> str:
        """Which of the signs and words of the catalogue it has."""
        return "extended" if self.extends and self.state == "saved" else self.state

    def is_over(self, known: Set[str], now_ns: int) -> bool:
        """Need it be drawn no longer? `known` are the markers that the recorder's own list shows as saved."""
        age_ns = now_ns - self.settled_ns
        if self.waiting or self.waits:
            return False
        if self.state == "refused":
            return age_ns > KEEP_REFUSED_NS
        # An open row of a held key stays to be joined; the recorder's own row is then not drawn twice (see view).
        if self.extends:
            return age_ns > _KEEP_EXTENDED_NS
        return now_ns - self.last_ns > SAME_NS and (self.marker_id in known or age_ns > _KEEP_SAVED_NS)
