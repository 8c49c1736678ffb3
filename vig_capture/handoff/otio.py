"""OpenTimelineIO: the whole film as one clip that bears a marker for each moment; and a cut of the clips themselves.

Times are whole frames, as editing programs want them; all that is known of a moment, to the nanosecond, travels in the
metadata of its marker or clip under the name `vig_capture`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from opentimelineio.core import SerializableObject
from opentimelineio.opentime import RationalTime, TimeRange
from opentimelineio.schema import (
    Clip,
    ExternalReference,
    Marker,
    MarkerColor,
    MissingReference,
    Timeline,
    Track,
    TrackKind,
)

from vig_capture.core.clips import Window
from vig_capture.handoff.facts import FACTS
from vig_capture.handoff.frames import frame, rate_of
from vig_capture.handoff.handed import Handed, Link, Moment, Sink, WholeFilm
from vig_capture.handoff.losses import NOT_IN_FILM, is_said
from vig_capture.handoff.order import as_shown
from vig_capture.handoff.sinks import Utf8
from vig_capture.handoff.tables import session_map

METADATA = "vig_capture"
_COLOURS = {"self": MarkerColor.BLUE, "other": MarkerColor.GREEN}
_ONE_LINE = -1


class Otio:
    """The exporter of the film with markers."""

    name = "otio"
    suffix = ".otio"
    time_base = "Times are frames from the beginning of the whole film (25 a second where it has no picture)."
    losses = (NOT_IN_FILM,)
    link: Link = "film"

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file, marker by marker."""
        cut = _Cut(handed.film)
        clip = cut.clip(handed.session, Window(0, handed.film.time.length_ns))
        there = Marker()
        clip.markers.append(there)
        moments = (moment for moment in handed.moments() if moment.film_window is not None)
        _write(_timeline(handed, clip), there, map(cut.marker, moments), sink)


class OtioClips:
    """The exporter of the clips, one behind the other in the order that was chosen for showing. There are neither gaps
    nor markers in it: LosslessCut reads no others."""

    name = "otio-clips"
    suffix = ".otio"
    time_base = f"Each clip is cut from the whole film. {Otio.time_base}"
    losses = (NOT_IN_FILM,)
    link: Link = "film"

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file, clip by clip."""
        cut, there = _Cut(handed.film), Clip()
        _write(_timeline(handed, there), there, map(cut.shown, as_shown(handed)), sink)


def _timeline(handed: Handed, clip: Clip) -> Timeline:
    timeline = Timeline(handed.session, metadata={METADATA: session_map(handed)})
    kind = TrackKind.Video if handed.film.has_picture else TrackKind.Audio
    timeline.tracks.append(Track(handed.film.name, children=[clip], kind=kind))
    return timeline


def _write(timeline: Timeline, there: SerializableObject, pieces: Iterable[SerializableObject], sink: Sink) -> None:
    """Write the timeline with the pieces in the place of the one that is there, so that not all are kept."""
    there.name = "the pieces belong here"
    before, after = _json(timeline).split(_json(there))
    out = Utf8(sink)
    out.write(before)
    for number, piece in enumerate(pieces):
        out.write((",\n" if number else "\n") + _json(piece))
    out.write(f"\n{after}\n")


class _Cut:
    """Makes the pieces of a timeline, all from one film."""

    def __init__(self, film: WholeFilm) -> None:
        self._film = film
        self._rate = rate_of(film)

    def clip(self, name: str, window: Window, metadata: dict[str, Any] | None = None) -> Clip:
        """A part of the film."""
        there = self._range(Window(0, self._film.time.length_ns))
        media = ExternalReference(self._film.name, available_range=there) if self._film.name else MissingReference()
        return Clip(name, media, self._range(window), metadata=metadata or {})

    def shown(self, moment: Moment) -> Clip:
        """A moment's clip."""
        assert moment.film_window is not None, "only what is in the film is shown"
        return self.clip(moment.marker.label, moment.film_window, _said(moment))

    def marker(self, moment: Moment) -> Marker:
        """A moment's clip as a marker on the film."""
        assert moment.film_window is not None, "only what is in the film is marked"
        window, colour = self._range(moment.film_window), _COLOURS[moment.marker.who]
        return Marker(moment.marker.label, window, colour, _said(moment), comment=moment.marker.note)

    def _range(self, window: Window) -> TimeRange:
        """At least one frame."""
        start, end = frame(window.start_ns, self._rate), frame(window.end_ns, self._rate)
        return TimeRange(RationalTime(start, self._rate), RationalTime(max(end - start, 1), self._rate))


def _said(moment: Moment) -> dict[str, Any]:
    return {METADATA: {fact.field: fact.of(moment) for fact in FACTS if is_said(moment, fact.name)}}


def _json(piece: SerializableObject) -> str:
    return str(piece.to_json_string(_ONE_LINE))
