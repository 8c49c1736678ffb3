"""ELAN: a tier for each person and principle's family, and tiers below it for what was said of a moment (EAF 3.0).

Rule 1: annotations of a tier do not overlap: what has no room on a tier goes to the next of its kind.
Rule 2: an annotation has a length: a press is given that of one frame.
Rule 3: what was said of a moment (id, note, goal, star …) is an annotation of its annotation, on a tier of its own;
        that tier is there only where something was said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from urllib.parse import quote
from xml.etree.ElementTree import tostring
from xml.sax.saxutils import escape

from pympi.Elan import Eaf, to_adocument

from vig_capture.core.clips import Window
from vig_capture.core.time import MS_NS
from vig_capture.handoff.facts import FACTS, NO_FAMILY, text
from vig_capture.handoff.frames import rate_of
from vig_capture.handoff.handed import Handed, Link, Loss, Moment, Sink
from vig_capture.handoff.lanes import Lanes, numbered
from vig_capture.handoff.losses import A_THOUSANDTH, NOT_PRESSED_IN_FILM, all_but, in_text, is_said, milliseconds
from vig_capture.handoff.order import by_beginning
from vig_capture.handoff.sinks import Utf8
from vig_capture.handoff.waiting import Waiting

CLIPS = "clips"
STRETCHES = "(stretches)"
SAID = ("id", "note", "goal", "goal_id", "star", "shortlist", "pick", "order", "uncertain", "private", "private_note")
"""The facts that have a tier below."""
_MOMENT, _OF_MOMENT, _ONE_EACH = "moment", "said of a moment", "Symbolic_Association"
_ANNOTATOR = "guider"
_VERSION, _SCHEMA = "3.0", "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_END_OF_TIER = "</TIER>"
_IN_FILM = (
    '<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{}" TIME_SLOT_REF1="ts{}" TIME_SLOT_REF2="ts{}">'
    "<ANNOTATION_VALUE>{}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
)
_OF_ANOTHER = (
    '<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a{}" ANNOTATION_REF="a{}">'
    "<ANNOTATION_VALUE>{}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
)
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no character in XML 1.0 (section 2.2)."""
_BREAK = re.compile(r"\r\n?")
"""What XML reads as the usual line break (section 2.11)."""
_FACTS = {fact.name: fact for fact in FACTS}


def _in_texts(what: str, is_lost: Callable[[str], object]) -> Iterator[Loss]:
    for name in ("label", "person", "family", "note", "goal", "private_note"):
        yield in_text(what, (name,), is_lost)


class Elan:
    """The exporter."""

    name = "elan"
    suffix = ".eaf"
    time_base = "Times are thousandths of a second from the beginning of the whole film."
    losses = (
        NOT_PRESSED_IN_FILM,
        A_THOUSANDTH,
        *milliseconds("film_press", "film_until", "film_in", "film_out"),
        *_in_texts("line breaks of an old kind: the usual one stands for each", _BREAK.search),
        *_in_texts("signs that XML does not know: \ufffd stands for each", _NOT_IN_XML.search),
        *all_but("label", "person", "who", "family", *SAID, "film_press", "film_until", "film_in", "film_out"),
    )
    link: Link = "film"

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file: pympi writes the document and its tiers, and into that the annotations are put one by one."""
        tiers = _Tiers(handed)
        for moment in handed.moments():
            if moment.film_ns is not None:
                tiers.add(moment, moment.film_ns)
        for window, moment in by_beginning(handed):
            if moment.film_ns is not None:
                tiers.add_clip(window, moment)
        tiers.write(Utf8(sink))


def _empty(handed: Handed) -> Eaf:
    """A document with the film and the kinds of tiers, without tiers."""
    eaf = Eaf(author=_clean(handed.tool))
    eaf.remove_tier("default")
    eaf.adocument |= {"VERSION": _VERSION, "FORMAT": _VERSION, "DATE": _date(handed.created_utc)}
    eaf.adocument["xsi:noNamespaceSchemaLocation"] = _SCHEMA
    eaf.header = {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"}
    eaf.linguistic_types = {}
    eaf.add_linguistic_type(_MOMENT)
    eaf.add_linguistic_type(_OF_MOMENT, constraints=_ONE_EACH, timealignable=False)
    if handed.film.name:
        film, kind = quote(handed.film.name), "video/mp4" if handed.film.has_picture else "audio/mp4"
        eaf.add_linked_file(film, relpath=f"./{film}", mimetype=kind)
    return eaf


def _date(created_utc: str) -> str:
    """As XML Schema's dateTime; what is none is the beginning of 1970."""
    try:
        return datetime.fromisoformat(created_utc).isoformat()
    except ValueError:
        return "1970-01-01T00:00:00+00:00"


class _Tiers:
    """Puts moments on the tiers of a document."""

    def __init__(self, handed: Handed) -> None:
        self._eaf = _empty(handed)
        self._frame_ms = max(round(1000 / rate_of(handed.film)), 1)
        self._lanes: dict[tuple[str, str], Lanes] = {}
        self._names: dict[tuple[str, str, int], str] = {}
        self._last = 0
        """Number of the last annotation."""
        self._times = Waiting()
        """In thousandths; each annotation of the film has two, side by side."""
        self._rows: dict[str, tuple[str, Waiting]] = {}
        """Of each tier: the form of its annotations, and what belongs into that."""
        for key in handed.vocabulary.get("keys", ()):
            for person in () if key.get("private") else handed.people:
                self._tier(person, str(key.get("family", "")) or NO_FAMILY, 1)

    def add(self, moment: Moment, film_ns: int) -> None:
        """A moment that was pressed at this time of the film, with what was said of it."""
        start_ms, family = film_ns // MS_NS, moment.family or NO_FAMILY
        if moment.film_until_ns is None:
            tier = self._put(moment.person, family, start_ms, start_ms + self._frame_ms, moment.marker.label)
        else:
            end_ms = max(moment.film_until_ns // MS_NS, start_ms + 1)
            tier = self._put(moment.person, f"{family} {STRETCHES}", start_ms, end_ms, moment.marker.label)
        annotation = self._last
        for name in SAID:
            if is_said(moment, name):
                self._say(tier, annotation, name, text(_FACTS[name].of(moment), _FACTS[name].kind))

    def add_clip(self, window: Window, moment: Moment) -> None:
        """Its clip in film time, by its id. Clips come in the order in which they begin."""
        start_ms = window.start_ns // MS_NS
        self._put("", CLIPS, start_ms, max(window.end_ns // MS_NS, start_ms + 1), moment.marker.id)

    def write(self, out: Utf8) -> None:
        """All that was put there."""
        # (What pympi writes of its own accord is not what ELAN looks for: pympi issue 27.)
        self._eaf.properties = [("lastUsedAnnotationId", self._last)]
        document = tostring(to_adocument(self._eaf, pretty=False), "unicode", short_empty_elements=False)
        before, end_of_times, tiers = document.partition("</TIME_ORDER>")
        out.write(f'<?xml version="1.0" encoding="UTF-8"?>\n{before}')
        for number, (t_ms,) in enumerate(self._times, start=1):
            out.write(f'<TIME_SLOT TIME_SLOT_ID="ts{number}" TIME_VALUE="{t_ms}" />')
        *begins, after = f"{end_of_times}{tiers}".split(_END_OF_TIER)
        for begin, (form, rows) in zip(begins, self._rows.values(), strict=True):
            out.write(begin)
            for row in rows:
                out.write(form.format(*row))
            out.write(_END_OF_TIER)
        out.write(after)

    def _put(self, person: str, kind: str, start_ms: int, end_ms: int, value: str) -> str:
        """Annotate on the first tier of its kind that has room; returns the tier's name."""
        lane = self._lanes.setdefault((person, kind), Lanes()).take(start_ms, end_ms)
        tier = self._tier(person, kind, lane)
        self._times.add(start_ms)
        self._times.add(end_ms)
        self._annotate(tier, len(self._times) - 1, len(self._times), value)
        return tier

    def _say(self, tier: str, annotation: int, name: str, value: str) -> None:
        """Annotate an annotation."""
        below = f"{tier}: {name}"
        if below not in self._rows:
            participant = self._eaf.tiers[tier][2]["PARTICIPANT"]
            self._eaf.add_tier(below, _OF_MOMENT, parent=tier, part=participant, ann=_ANNOTATOR)
            self._rows[below] = _OF_ANOTHER, Waiting()
        self._annotate(below, annotation, value)

    def _annotate(self, tier: str, *said: str | int) -> None:
        """What the form of the tier's annotations holds behind their number; last the value."""
        *links, value = said
        self._last += 1
        self._rows[tier][1].add(self._last, *links, escape(_clean(str(value))))

    def _tier(self, person: str, kind: str, lane: int) -> str:
        """The name of a tier, which is made the first time."""
        which = (person, kind, lane)
        if which not in self._names:
            name = numbered(_clean(f"{person}: {kind}" if person else kind), lane)
            while name in self._rows:
                name += "*"
            self._eaf.add_tier(name, _MOMENT, part=_clean(person) or None, ann=_ANNOTATOR)
            self._rows[name] = _IN_FILM, Waiting()
            self._names[which] = name
        return self._names[which]


def _clean(value: str) -> str:
    """A text as XML can hold it."""
    return _NOT_IN_XML.sub("\ufffd", _BREAK.sub("\n", value))
