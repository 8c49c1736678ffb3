"""The table of session time against film time: it stands beside every exported file."""

from __future__ import annotations

from collections.abc import Iterator

from vig_capture.core.film_time import FilmTime
from vig_capture.handoff.facts import seconds_text
from vig_capture.handoff.handed import Sink
from vig_capture.handoff.sinks import write_rows

HEADER = ("session_start_s", "session_end_s", "film_start_s", "film_end_s", "closed_up_before")


def write_times(time: FilmTime, sink: Sink) -> None:
    """A row for each stretch that is in the whole film, as CSV. `closed_up_before`: pause, left out or not recorded."""
    write_rows(sink, _rows(time))


def _rows(time: FilmTime) -> Iterator[tuple[str, ...]]:
    yield HEADER
    for each in time.stretches:
        ends = (each.start_ns, each.end_ns, each.film_ns, each.film_end_ns)
        yield (*map(seconds_text, ends), each.after)
