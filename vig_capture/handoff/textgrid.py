"""Praat TextGrid: for each person a tier of presses, one of notes and one of ids, and tiers of clips.

Clips may overlap and the intervals of a tier may not, and a tier holds one point at a time: what has no room on a tier
goes to the next of its kind. An interval tier is full: between two clips there is an interval without a text (Praat
manual, "TextGrid file formats").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from praatio.utilities.textgrid_io import getTextgridAsStr

from vig_capture.core.time import seconds
from vig_capture.handoff.facts import seconds_text
from vig_capture.handoff.handed import Handed, Loss, Moment, Sink
from vig_capture.handoff.lanes import Lanes, numbered
from vig_capture.handoff.losses import NOT_PRESSED_IN_FILM, all_but, in_text, no_length
from vig_capture.handoff.order import by_beginning
from vig_capture.handoff.sinks import Utf8
from vig_capture.handoff.waiting import Waiting

CLIPS = "clips"
_BREAK = re.compile(r"\r\n?")
_FORMS = {
    "TextTier": '        points [{}]:\n            number = {} \n            mark = "{}" \n',
    "IntervalTier": (
        '        intervals [{}]:\n            xmin = {} \n            xmax = {} \n            text = "{}" \n'
    ),
}
_NOTHING = re.compile(r"(?<=: size = )0 \n")
"""How praatio writes that a tier is empty."""


@dataclass(frozen=True, slots=True)
class _Tier:
    """A tier by its class in Praat, and the entries that belong into the form of that."""

    kind: str
    entries: Waiting = field(default_factory=Waiting)


class TextGrid:
    """The exporter."""

    name = "textgrid"
    suffix = ".TextGrid"
    time_base = "Times are seconds from the beginning of the whole film."
    losses: tuple[Loss, ...] = (
        NOT_PRESSED_IN_FILM,
        no_length("clips that end where they begin", "film_in", "film_out"),
        *(
            in_text("line breaks of an old kind: the usual one stands for each", (name,), lambda text: "\r" in text)
            for name in ("label", "note")
        ),
        *all_but("id", "label", "person", "who", "note", "film_press", "film_in", "film_out"),
    )

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file: praatio writes the grid and its tiers, and into that the entries are put one by one."""
        length_ns = max(handed.film.time.length_ns, 1)
        tiers = _points(handed) | _clips(handed, length_ns)
        *begins, after = _NOTHING.split(_grid(tiers, seconds(length_ns)))
        out = Utf8(sink)
        for begin, tier in zip(begins, tiers.values(), strict=True):
            out.write(f"{begin}{len(tier.entries)} \n")
            for number, entry in enumerate(tier.entries, start=1):
                out.write(_FORMS[tier.kind].format(number, *entry))
        out.write(after)


def _grid(tiers: dict[str, _Tier], length_s: float) -> str:
    """The grid with its tiers, which are empty."""
    whole = {"xmin": 0.0, "xmax": length_s}
    empty = [{"class": tier.kind, "name": name, "entries": []} | whole for name, tier in tiers.items()]
    return str(getTextgridAsStr({"tiers": empty} | whole, "long_textgrid", False))


def _points(handed: Handed) -> dict[str, _Tier]:
    """The presses and what is said of them."""
    lanes = {person: Lanes() for person in handed.people}
    tiers = {person: _Tier("TextTier") for person in handed.people}
    for moment in handed.moments():
        if moment.film_ns is not None:
            name = numbered(moment.person, lanes[moment.person].take(moment.film_ns, moment.film_ns + 1))
            for tier, text in _told(name, moment):
                tiers.setdefault(tier, _Tier("TextTier")).entries.add(seconds_text(moment.film_ns), _quoted(text))
    return tiers


def _told(tier: str, moment: Moment) -> Iterator[tuple[str, str]]:
    """Tier and text of each thing that is said of a moment."""
    yield tier, moment.marker.label
    yield f"{tier}: id", moment.marker.id
    if moment.marker.note:
        yield f"{tier}: note", moment.marker.note


def _clips(handed: Handed, length_ns: int) -> dict[str, _Tier]:
    """The clips, each by the id of its marker."""
    lanes, tiers, ends = Lanes(), dict[str, _Tier](), dict[str, int]()
    for window, moment in by_beginning(handed):
        if window.length_ns > 0 and moment.film_ns is not None:
            name = numbered(CLIPS, lanes.take(window.start_ns, window.end_ns))
            tier = tiers.setdefault(name, _Tier("IntervalTier"))
            _fill(tier, ends.get(name, 0), window.start_ns)
            tier.entries.add(seconds_text(window.start_ns), seconds_text(window.end_ns), _quoted(moment.marker.id))
            ends[name] = window.end_ns
    for name, tier in tiers.items():
        _fill(tier, ends[name], length_ns)
    return tiers


def _fill(tier: _Tier, start_ns: int, end_ns: int) -> None:
    """Put an interval without a text where there would be none."""
    if start_ns < end_ns:
        tier.entries.add(seconds_text(start_ns), seconds_text(end_ns), "")


def _quoted(text: str) -> str:
    """A text as Praat has it between quotes; it reads each kind of line break as the usual one."""
    return _BREAK.sub("\n", text).replace('"', '""')
