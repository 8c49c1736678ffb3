"""Audacity: one label for each clip, over the sound of the whole film."""

from __future__ import annotations

import csv
import re

from vig_capture.handoff.facts import seconds_text
from vig_capture.handoff.handed import Handed, Moment, Sink
from vig_capture.handoff.losses import NOT_IN_FILM, all_but, in_text
from vig_capture.handoff.order import by_beginning
from vig_capture.handoff.sinks import Utf8

_BREAK = re.compile(r"[\t\r\n]")


class Labels:
    """The exporter: `start, end, text` with tabs between them (Audacity manual, Importing and Exporting Labels)."""

    name = "audacity"
    suffix = ".txt"
    time_base = "Times are seconds from the beginning of the whole film."
    losses = (
        NOT_IN_FILM,
        *(
            in_text("tabs and line breaks: a space stands for each", (name,), lambda text: bool(_BREAK.search(text)))
            for name in ("label", "person", "note")
        ),
        *all_but("label", "person", "who", "note", "film_in", "film_out"),
    )

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file, line by line."""
        lines = csv.writer(Utf8(sink), delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
        for window, moment in by_beginning(handed):
            lines.writerow((seconds_text(window.start_ns), seconds_text(window.end_ns), _text(moment)))


def _text(moment: Moment) -> str:
    """Such as `mother: Received — she waits`."""
    note = f" — {moment.marker.note}" if moment.marker.note else ""
    return _BREAK.sub(" ", f"{moment.person}: {moment.marker.label}{note}")
