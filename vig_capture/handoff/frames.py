"""Frames of the whole film, by its nominal rate: what edit lists count in."""

from __future__ import annotations

from vig_capture.core.time import SECOND_NS
from vig_capture.handoff.handed import WholeFilm

RATE_WITHOUT_PICTURE = 25.0


def rate_of(film: WholeFilm) -> float:
    """Frames a second; an edit list needs a rate where there is no picture as well."""
    return film.rate if film.rate > 0 else RATE_WITHOUT_PICTURE


def frame(film_ns: int, rate: float) -> int:
    """The number of the frame that is shown then, from 0."""
    # (The time of a frame was rounded to the nanosecond, so it may be one before its frame begins.)
    return int((film_ns + 1) * rate // SECOND_NS)


def frame_ns(number: int, rate: float) -> int:
    """The film time at which a frame begins."""
    return round(number * SECOND_NS / rate)
