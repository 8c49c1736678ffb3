"""WebVTT: the moments as subtitles of the whole film; each cue's identifier is the marker's id."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice

from webvtt import Caption, WebVTT
from webvtt.models import Timestamp

from vig_capture.core.time import MS_NS
from vig_capture.handoff.handed import Handed, Moment, Sink
from vig_capture.handoff.losses import A_THOUSANDTH, NOT_IN_FILM, all_but, milliseconds
from vig_capture.handoff.order import by_beginning
from vig_capture.handoff.sinks import Utf8

_CUES_AT_ONCE = 500
_HEADER = "WEBVTT"
_AT_EDGE = re.compile(r"^[ \t]+|[ \t]+$", re.MULTILINE)
_UNSAFE_BREAK = re.compile(r"(?:(?<=\n)|^)\n|\n(?=\n|\Z)")
"""A line break with nothing before it, or nothing behind it."""


class Subtitles:
    """The exporter."""

    name = "webvtt"
    suffix = ".vtt"
    time_base = "Times count from the beginning of the whole film, in thousandths of a second."
    losses = (
        NOT_IN_FILM,
        A_THOUSANDTH,
        *milliseconds("film_in", "film_out"),
        *all_but("id", "label", "person", "who", "note", "film_in", "film_out"),
    )

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file, some cues at a time."""
        out = Utf8(sink)
        out.write(f"{_HEADER}\n")
        cues = _cues(handed)
        while some := list(islice(cues, _CUES_AT_ONCE)):
            out.write(WebVTT(captions=some).content.removeprefix(f"{_HEADER}\n"))


def _cues(handed: Handed) -> Iterator[Caption]:
    for window, moment in by_beginning(handed):
        start_ms, end_ms = window.start_ns // MS_NS, window.end_ns // MS_NS
        lines = [f"<v {_escaped(moment.person)}>{_escaped(moment.marker.label)}</v>", *_note(moment)]
        # (A cue ends after it begins.)
        yield Caption(_stamp(start_ms), _stamp(max(end_ms, start_ms + 1)), lines, identifier=moment.marker.id)


def _note(moment: Moment) -> list[str]:
    return [_escaped(moment.marker.note)] if moment.marker.note else []


def _stamp(t_ms: int) -> str:
    seconds, thousandths = divmod(t_ms, 1000)
    return str(Timestamp(seconds // 3600, seconds // 60 % 60, seconds % 60, thousandths))


def _escaped(text: str) -> str:
    """A text as a cue holds it. A line break is one only where text stands on both sides of it, for a blank line ends
    the cue; all other white space that a reader may change is written as a character reference."""
    text = _AT_EDGE.sub(_references, html.escape(text, quote=False))
    return _UNSAFE_BREAK.sub("&#10;", text.replace("\r", "&#13;"))


def _references(found: re.Match[str]) -> str:
    return "".join(f"&#{ord(char)};" for char in found[0])
