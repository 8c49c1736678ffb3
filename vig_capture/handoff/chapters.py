"""Chapters of the whole film, as FFmpeg reads them (ffmpeg-formats, 4.6 Metadata).

Rule 1: the first chapter begins at 0: MP4 moves the first one there whatever it says, and keeps the others then.
Rule 2: where something was closed up a chapter of its own begins, which says what.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from dataclasses import dataclass

from vig_capture.core.film_time import Cause
from vig_capture.core.time import MS_NS
from vig_capture.handoff.handed import Handed, Sink
from vig_capture.handoff.losses import A_THOUSANDTH, NOT_IN_FILM, all_but, milliseconds
from vig_capture.handoff.order import by_beginning
from vig_capture.handoff.sinks import Utf8

START = "Start"
_AFTER: dict[Cause, str] = {
    "": START,
    "pause": "After a pause",
    "left out": "After a part that is left out",
    "not recorded": "After a part that was not recorded",
}
_SPECIAL = re.compile(r"[=;#\\\n]")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter, in thousandths of a second of film time."""

    start_ms: int
    end_ms: int
    title: str


def chapters(handed: Handed) -> Iterator[Chapter]:
    """All chapters of the whole film, in the order of their beginnings. They may overlap; MP4 cuts each at the next."""
    return heapq.merge(_stretches(handed), _moments(handed), key=lambda each: each.start_ms)


class Chapters:
    """The exporter."""

    name = "chapters"
    suffix = ".ffmeta"
    time_base = "Times are thousandths of a second from the beginning of the whole film."
    losses = (
        NOT_IN_FILM,
        A_THOUSANDTH,
        *milliseconds("film_in", "film_out"),
        *all_but("label", "person", "who", "film_in", "film_out"),
    )

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file, chapter by chapter."""
        out = Utf8(sink)
        out.write(";FFMETADATA1\n")
        for each in chapters(handed):
            out.write(f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={each.start_ms}\nEND={each.end_ms}\n")
            out.write(f"title={_SPECIAL.sub(_escaped, each.title)}\n")


def _stretches(handed: Handed) -> Iterator[Chapter]:
    for each in handed.film.time.stretches:
        yield Chapter(each.film_ns // MS_NS, max(each.film_end_ns, each.film_ns + MS_NS) // MS_NS, _AFTER[each.after])


def _moments(handed: Handed) -> Iterator[Chapter]:
    for window, moment in by_beginning(handed):
        start_ms = window.start_ns // MS_NS
        title = f"{moment.marker.label} ({moment.person})"
        yield Chapter(start_ms, max(window.end_ns // MS_NS, start_ms + 1), title)


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}"
