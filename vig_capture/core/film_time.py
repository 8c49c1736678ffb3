"""Session time against the time of the one whole film, in which what was not filmed takes no time.

Rule 1: within a stretch the two clocks run alike: nothing is rounded, and nothing adds up over the segments.
Rule 2: the film closes up pauses, what is left out, and stretches in which nothing at all was recorded; each seam has
        its cause.
Rule 3: a stretch of session time that is not in the film has no film time: it is None, never a neighbour's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from vig_capture.core.clips import Film, Part, Window
from vig_capture.core.time import MS_NS

Cause = Literal["", "pause", "left out", "not recorded"]
SEAM_NS = 200 * MS_NS
"""A hole between two files that is shorter is the length of the last picture, not a stretch that is missing."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of session time that is in the whole film, from `start_ns` up to and without `end_ns`."""

    start_ns: int
    end_ns: int
    film_ns: int
    """Film time at which it begins."""
    after: Cause
    """What was closed up before it; "" at the beginning of the film."""

    @property
    def film_end_ns(self) -> int:
        return self.film_ns + self.end_ns - self.start_ns


@dataclass(frozen=True, slots=True)
class FilmTime:
    """The table of session time against film time."""

    stretches: tuple[Stretch, ...]
    """In the order of time, none touching another."""

    @classmethod
    def of(cls, film: Film, pauses: Iterable[Window]) -> FilmTime:
        """The table of a film. `pauses`: in session time, to name the causes."""
        kept = film.parts(Window(film.start_ns, film.end_ns))
        paused = list(pauses)
        stretches: list[Stretch] = []
        film_ns = 0
        for start_ns, end_ns in _runs(kept, film.left_out, paused):
            hole = Window(stretches[-1].end_ns, start_ns) if stretches else None
            stretches.append(Stretch(start_ns, end_ns, film_ns, _cause(hole, film.left_out, paused)))
            film_ns += end_ns - start_ns
        return cls(tuple(stretches))

    @property
    def length_ns(self) -> int:
        """Of the whole film."""
        return self.stretches[-1].film_end_ns if self.stretches else 0

    def film_ns(self, t_ns: int) -> int | None:
        """Film time of a moment of session time; None where it is not in the film."""
        at = bisect_right(self.stretches, t_ns, key=lambda each: each.start_ns) - 1
        if at < 0 or t_ns >= self.stretches[at].end_ns:
            return None
        return self.stretches[at].film_ns + t_ns - self.stretches[at].start_ns

    def t_ns(self, film_ns: int) -> int | None:
        """Session time of a moment of the film; None before its beginning and behind its end."""
        at = bisect_right(self.stretches, film_ns, key=lambda each: each.film_ns) - 1
        if at < 0 or film_ns >= self.stretches[at].film_end_ns:
            return None
        return self.stretches[at].start_ns + film_ns - self.stretches[at].film_ns

    def window(self, window: Window) -> Window | None:
        """A window of session time in film time, from its first filmed moment to its last; None where nothing of it was
        filmed."""
        inside = [each for each in self.stretches if each.end_ns > window.start_ns and each.start_ns < window.end_ns]
        if not inside:
            return None
        first, last = inside[0], inside[-1]
        start_ns = first.film_ns + max(window.start_ns - first.start_ns, 0)
        return Window(start_ns, last.film_ns + min(window.end_ns, last.end_ns) - last.start_ns)


def _runs(parts: Iterable[Part], left_out: Iterable[Window], pauses: Iterable[Window]) -> list[tuple[int, int]]:
    """Start and end of what was filmed in one piece."""
    begins = {pause.start_ns for pause in pauses}
    found: list[tuple[int, int]] = []
    for part in parts:
        hole = Window(found[-1][1], part.start_ns) if found else None
        # However short, a pause is one (its last picture may reach a little into it), and so is what is left out.
        if (
            hole is not None
            and hole.length_ns < SEAM_NS
            and not _meets(hole, left_out)
            and not any(hole.start_ns - SEAM_NS < at <= hole.end_ns for at in begins)
        ):
            found[-1] = found[-1][0], max(found[-1][1], part.end_ns)
        else:
            found.append((part.start_ns, part.end_ns))
    return found


def _meets(hole: Window, parts: Iterable[Window]) -> bool:
    return any(part.start_ns < hole.end_ns and hole.start_ns < part.end_ns for part in parts)


def _cause(hole: Window | None, left_out: Iterable[Window], pauses: Iterable[Window]) -> Cause:
    if hole is None:
        return ""
    if _meets(hole, left_out):
        return "left out"
    return "pause" if _meets(hole, pauses) else "not recorded"
