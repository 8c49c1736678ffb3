"""All that can be said of a moment, fact by fact: the columns of the tables, and what the lists of losses count by.

Rule 1: what is not among these facts is in no table and in no list of losses: a new field of a marker is added here.
Rule 2: times are integers, in nanoseconds; as text they are seconds with nine decimals, so that they come back exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from vig_capture.core.time import SECOND_NS
from vig_capture.handoff.handed import Moment

NO_FAMILY = "other moments"
"""Where a principle's family is to be named, of moments that belong to none."""
Value = str | bool | int | float | None
Kind = Literal["text", "yes or no", "number", "time"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that can be said of a moment."""

    name: str
    kind: Kind
    of: Callable[[Moment], Value]

    @property
    def column(self) -> str:
        """Its name in a table of text: a time is in seconds there."""
        return f"{self.name}_s" if self.kind == "time" else self.name

    @property
    def field(self) -> str:
        """Its name where numbers are kept as they are: a time is in nanoseconds there."""
        return f"{self.name}_ns" if self.kind == "time" else self.name


FACTS = (
    Fact("id", "text", lambda m: m.marker.id),
    Fact("order", "number", lambda m: m.marker.rank),
    Fact("label", "text", lambda m: m.marker.label),
    Fact("person", "text", lambda m: m.person),
    Fact("who", "text", lambda m: m.marker.who),
    Fact("key", "text", lambda m: m.marker.key),
    Fact("family", "text", lambda m: m.family),
    Fact("goal", "text", lambda m: m.goal),
    Fact("goal_id", "text", lambda m: m.marker.goal),
    Fact("note", "text", lambda m: m.marker.note),
    Fact("star", "yes or no", lambda m: m.marker.star),
    Fact("shortlist", "yes or no", lambda m: m.marker.shortlist),
    Fact("pick", "yes or no", lambda m: m.marker.pick),
    Fact("private", "yes or no", lambda m: m.marker.private),
    Fact("private_note", "text", lambda m: m.marker.private_note),
    Fact("uncertain", "yes or no", lambda m: m.marker.uncertain),
    Fact("state", "text", lambda m: m.marker.state),
    Fact("utc", "text", lambda m: m.marker.utc),
    Fact("press", "time", lambda m: m.marker.t_ns),
    Fact("until", "time", lambda m: m.marker.until_ns),
    Fact("open", "yes or no", lambda m: m.marker.open),
    Fact("extended", "time", lambda m: m.marker.extended_ns),
    Fact("look_back_s", "number", lambda m: m.marker.look_back_s),
    Fact("look_ahead_s", "number", lambda m: m.marker.look_ahead_s),
    Fact("clip_in", "time", lambda m: m.window.start_ns),
    Fact("clip_out", "time", lambda m: m.window.end_ns),
    Fact("film_press", "time", lambda m: m.film_ns),
    Fact("film_in", "time", lambda m: None if m.film_window is None else m.film_window.start_ns),
    Fact("film_out", "time", lambda m: None if m.film_window is None else m.film_window.end_ns),
    Fact("film_until", "time", lambda m: m.film_until_ns),
)
"""press, until, extended, clip_in and clip_out are session time; those that begin with film are film time."""

NAMES = tuple(fact.name for fact in FACTS)


def texts(moment: Moment) -> Iterator[tuple[str, str]]:
    """Every column's name and text."""
    return ((fact.column, text(fact.of(moment), fact.kind)) for fact in FACTS)


def text(value: Value, kind: Kind) -> str:
    """A fact as text; "" for what is not said."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return seconds_text(value) if kind == "time" and isinstance(value, int) else str(value)


def seconds_text(t_ns: int) -> str:
    """Nanoseconds as seconds with nine decimals."""
    whole, rest = divmod(abs(t_ns), SECOND_NS)
    return f"{'-' * (t_ns < 0)}{whole}.{rest:09d}"


def nanoseconds(seconds: str) -> int | None:
    """The inverse, for a number of seconds however it is written; None for what is none."""
    try:
        found = Decimal(seconds)
    except InvalidOperation:
        return None
    return round(found * SECOND_NS) if found.is_finite() and abs(found) < _SECONDS_MAX else None


_SECONDS_MAX = 10**9
