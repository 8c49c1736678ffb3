"""Praat TextGrid: for each person a tier of presses, one of notes and one of ids, and tiers of clips.

Clips may overlap and the intervals of a tier may not, and a tier holds one point at a time: what has no room on a tier
goes to the next of its kind. (Praat manual, "TextGrid file formats": in the long format every tier says first how much
it holds, so it cannot be written as it comes.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from praatio.utilities.textgrid_io import getTextgridAsStr

from vig_capture.core.time import seconds
from vig_capture.handoff.handed import Handed, Moment, Sink
from vig_capture.handoff.losses import NOT_PRESSED_IN_FILM, all_but, in_text, no_length

CLIPS = "clips"
_BREAK = re.compile(r"\r\n?")


class TextGrid:
    """The exporter. praatio's Tier objects take away spaces around a text; its writer of plain maps does not."""

    name = "textgrid"
    suffix = ".TextGrid"
    time_base = "Times are seconds from the beginning of the whole film."
    losses = (
        NOT_PRESSED_IN_FILM,
        no_length("clips that end where they begin", "film_in", "film_out"),
        *(
            in_text("line breaks of an old kind: the usual one stands for each", (name,), lambda text: "\r" in text)
            for name in ("label", "note")
        ),
        *all_but("id", "label", "person", "who", "note", "film_press", "film_in", "film_out"),
    )

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file."""
        length_s = seconds(max(handed.film.time.length_ns, 1))
        grid = {"xmin": 0.0, "xmax": length_s, "tiers": list(_tiers(handed, length_s))}
        sink.write(getTextgridAsStr(grid, "long_textgrid", True, minimumIntervalLength=None).encode())


def _tiers(handed: Handed, length_s: float) -> Iterable[Mapping[str, Any]]:
    points: dict[str, list[tuple[float, str]]] = {person: [] for person in handed.people}
    clips: list[list[tuple[float, float, str]]] = []
    for moment in handed.moments():
        if moment.film_ns is not None:
            at_s = seconds(moment.film_ns)
            tier = _with_room(points, moment.person, at_s)
            for name, text in _told(tier, moment):
                points.setdefault(name, []).append((at_s, text))
            _put_clip(clips, moment)
    for name, entries in points.items():
        yield _tier("TextTier", name, length_s, entries)
    for number, intervals in enumerate(clips, start=1):
        yield _tier("IntervalTier", _numbered(CLIPS, number), length_s, intervals)


def _told(tier: str, moment: Moment) -> Iterable[tuple[str, str]]:
    """Tier and text of each thing that is said of a moment."""
    yield tier, _lines(moment.marker.label)
    yield f"{tier}: id", moment.marker.id
    if moment.marker.note:
        yield f"{tier}: note", _lines(moment.marker.note)


def _lines(text: str) -> str:
    """Praat reads each kind of line break as the usual one."""
    return _BREAK.sub("\n", text)


def _with_room(points: Mapping[str, list[tuple[float, str]]], person: str, at_s: float) -> str:
    """The person's first tier that holds nothing at this time. (The moments come in the order of their presses.)"""
    number = 1
    while (entries := points.get(_numbered(person, number))) and entries[-1][0] >= at_s:
        number += 1
    return _numbered(person, number)


def _put_clip(clips: list[list[tuple[float, float, str]]], moment: Moment) -> None:
    """On the first tier that is free from where the clip begins."""
    window = moment.film_window
    if window is None or window.length_ns <= 0:
        return
    interval = seconds(window.start_ns), seconds(window.end_ns), moment.marker.id
    for tier in clips:
        if tier[-1][1] <= interval[0]:
            tier.append(interval)
            return
    clips.append([interval])


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name} {number}"


def _tier(kind: str, name: str, length_s: float, entries: list[Any]) -> Mapping[str, Any]:
    return {"class": kind, "name": name, "xmin": 0.0, "xmax": length_s, "entries": entries}
