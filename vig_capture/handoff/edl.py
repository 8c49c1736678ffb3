"""An edit decision list of markers, in the dialect that DaVinci Resolve writes and reads (Timelines > Import > Timeline
Markers from EDL): an event of one frame for each, and below it the marker's note, colour, name and length.

Resolve keeps one marker a frame: moments that were marked in the same frame share a marker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby

from vig_capture.handoff.facts import NAMES
from vig_capture.handoff.frames import frame, frame_ns, rate_of
from vig_capture.handoff.handed import Handed, Moment, Sink
from vig_capture.handoff.losses import NOT_PRESSED_IN_FILM, all_but, in_session, in_text
from vig_capture.handoff.sinks import Utf8

START_HOUR = 1
"""Resolve's timelines begin at 01:00:00:00."""
GUARD = "– "
"""Before a note that Resolve would take for an event or a comment: one that begins with a digit or an asterisk."""
_COLOURS = {"self": "Blue", "other": "Green"}
_NOT_IN_LINE = re.compile(r"[\r\n|]")
_BARS = "line breaks and upright bars: a space stands for each"


def _shared(handed: Handed) -> Callable[[Moment], bool]:
    ids = {each.marker.id for _, same in _by_frame(handed) if len(same) > 1 for each in same}
    return lambda moment: moment.marker.id in ids


def _pressed_between(handed: Handed) -> Callable[[Moment], bool]:
    rate = rate_of(handed.film)
    return lambda moment: _is_between(moment.film_ns, rate)


def _ends_between(handed: Handed) -> Callable[[Moment], bool]:
    rate = rate_of(handed.film)
    return lambda moment: _is_between(moment.film_until_ns, rate) or _length(moment, rate) == 1


def _is_between(film_ns: int | None, rate: float) -> bool:
    """Is this no time at which a frame begins?"""
    return film_ns is not None and frame_ns(frame(film_ns, rate), rate) != film_ns


class Edl:
    """The exporter."""

    name = "edl"
    suffix = ".edl"
    time_base = (
        "Times are timecode in frames of the whole film (25 a second where it has no picture); its beginning is "
        "01:00:00:00. Import it on a timeline of the same rate."
    )
    losses = (
        NOT_PRESSED_IN_FILM,
        in_session("moments in the same frame: one marker stands for all of them", _shared, *NAMES),
        in_session("times within a frame", _pressed_between, "film_press"),
        in_session("times within a frame", _ends_between, "film_until"),
        *(in_text(_BARS, (name,), _NOT_IN_LINE.search) for name in ("label", "person", "note")),
        *all_but("label", "person", "who", "note", "film_press", "film_until"),
    )

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file, marker by marker."""
        out, rate = Utf8(sink), rate_of(handed.film)
        out.write(f"TITLE: {_line(handed.session)}\nFCM: NON-DROP FRAME\n\n")
        for number, (at, moments) in enumerate(_by_frame(handed), start=1):
            begin, end = _timecode(at, rate), _timecode(at + 1, rate)
            note = _line(" / ".join(map(_note, moments)))
            guard = GUARD if note.startswith(tuple("0123456789*")) else ""
            name = _line(" / ".join(moment.marker.label for moment in moments))
            colour, length = _COLOURS[moments[0].marker.who], max(_length(moment, rate) for moment in moments)
            out.write(f"{number:03d}  001      V     C        {begin} {end} {begin} {end}  \n")
            out.write(f"{guard}{note} |C:ResolveColor{colour} |M:{name} |D:{length}\n\n")


def _by_frame(handed: Handed) -> Iterator[tuple[int, list[Moment]]]:
    """Frame by frame, in the order of time."""
    rate = rate_of(handed.film)
    pressed = ((frame(each.film_ns, rate), each) for each in handed.moments() if each.film_ns is not None)
    for at, same in groupby(pressed, key=lambda pair: pair[0]):
        yield at, [moment for _, moment in same]


def _length(moment: Moment, rate: float) -> int:
    """Frames from the press to the end of a stretch; 1 for all else."""
    if moment.film_ns is None or moment.film_until_ns is None:
        return 1
    return max(frame(moment.film_until_ns, rate) - frame(moment.film_ns, rate), 1)


def _timecode(number: int, rate: float) -> str:
    """HH:MM:SS:FF, without drop frames."""
    a_second = round(rate)
    seconds, frames = divmod(number, a_second)
    return f"{START_HOUR + seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}"


def _note(moment: Moment) -> str:
    return f"{moment.person}: {moment.marker.note}" if moment.marker.note else moment.person


def _line(text: str) -> str:
    return _NOT_IN_LINE.sub(" ", text)
