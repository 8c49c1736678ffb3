"""LosslessCut: its project, version 2, about the whole film. Plain JSON is valid JSON5.

Every fact of a moment travels in its segment's tags, which are text: by them an import knows the marker again, and
tells what was changed in LosslessCut since.
"""

from __future__ import annotations

import json

from vig_capture.core.time import seconds
from vig_capture.handoff.facts import texts
from vig_capture.handoff.handed import Handed, Link, Moment, Sink
from vig_capture.handoff.losses import NOT_IN_FILM
from vig_capture.handoff.order import as_shown
from vig_capture.handoff.sinks import Utf8
from vig_capture.handoff.tables import EXPORTED

PLACE = f"{EXPORTED}place"
"""The tag for a segment's place in the project, from 1."""


class LosslessCut:
    """The exporter. Segments stand in the order that was chosen for showing, the others behind them by their time. A
    segment without an end would be a marker, which LosslessCut exports nothing of: so each has one."""

    name = "losslesscut"
    suffix = ".llc"
    time_base = "Times are seconds from the beginning of the whole film."
    losses = (NOT_IN_FILM,)
    link: Link = "film"

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file, segment by segment."""
        out = Utf8(sink)
        out.write(f'{{"version": 2, "mediaFileName": {json.dumps(handed.film.name)}, "cutSegments": [')
        for place, moment in enumerate(as_shown(handed), start=1):
            out.write(",\n" if place > 1 else "\n")
            out.write(json.dumps(_segment(moment, place), ensure_ascii=False))
        out.write("\n]}\n")


def _segment(moment: Moment, place: int) -> dict[str, object]:
    window = moment.film_window
    assert window is not None, "only what is in the film is a segment"
    tags = {name: text for name, text in texts(moment) if text} | {PLACE: str(place)}
    start_s, end_s = seconds(window.start_ns), seconds(window.end_ns)
    return {"start": start_s, "end": end_s, "name": moment.marker.label, "tags": tags}
