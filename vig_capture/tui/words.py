"""What the panels share: colours, times in words, texts in cells."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from vig_capture.core.time import SECOND_NS
from vig_capture.tui import texts

QUIET, BAD, GOOD, LOOK, TITLE = "#a0a0a0", "bold #ff8a70", "#8fd18f", "#e0c060", "bold"
"""Beside each of them stands a word: no colour is needed to read the screen."""
_ELSEWHERE_MAX = 3


def clock(t_ns: int | None) -> str:
    """Hours, minutes and seconds."""
    if t_ns is None or t_ns < 0:
        return texts.NO_TIME
    seconds = t_ns // SECOND_NS
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def span(span_ns: int) -> str:
    """How long something lasts, in minutes or hours."""
    minutes = max(span_ns // (60 * SECOND_NS), 0)
    if minutes < 1:
        return texts.SPAN_NONE
    if minutes < 60:
        return texts.SPAN_MINUTES.format(minutes=minutes)
    return texts.SPAN_HOURS.format(hours=minutes // 60, minutes=minutes % 60)


def fit(text: str, width: int) -> str:
    """The text in exactly so many cells, cut with … where it is longer."""
    if width <= 0:
        return ""
    cut = text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"
    return set_cell_size(cut, width)


def apart(left: str, right: str, width: int) -> str:
    """Two texts at the two ends of a line; where both do not fit, the left one is cut."""
    if not right:
        return fit(left, width)
    return fit(left, width - cell_len(right) - 2) + "  " + right if cell_len(right) + 2 < width else fit(right, width)


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most so many cells."""
    lines: list[str] = []
    for word in text.split():
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def elsewhere_lines(files: Sequence[str]) -> list[str]:
    """What erasing leaves, as many as fit into a question; none where nothing is left."""
    if not files:
        return []
    lines = [texts.SESSIONS_STAYS_ELSEWHERE, *(f"  {each}" for each in files[:_ELSEWHERE_MAX])]
    more = len(files) - _ELSEWHERE_MAX
    return lines + ([f"  {texts.ELSEWHERE_MORE.format(count=more)}"] if more > 0 else [])
