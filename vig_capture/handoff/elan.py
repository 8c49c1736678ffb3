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
from xml.etree.ElementTree import ElementTree

from pympi.Elan import Eaf, to_adocument

from vig_capture.core.clips import Window
from vig_capture.core.time import MS_NS
from vig_capture.handoff.facts import FACTS, text
from vig_capture.handoff.frames import rate_of
from vig_capture.handoff.handed import Handed, Loss, Moment, Sink
from vig_capture.handoff.lanes import Lanes, numbered
from vig_capture.handoff.losses import A_THOUSANDTH, NOT_PRESSED_IN_FILM, all_but, in_text, is_said, milliseconds
from vig_capture.handoff.order import by_beginning

CLIPS = "clips"
STRETCHES = "(stretches)"
NO_FAMILY = "other moments"
SAID = ("id", "note", "goal", "goal_id", "star", "shortlist", "pick", "order", "uncertain", "private", "private_note")
"""The facts that have a tier below."""
_MOMENT, _OF_MOMENT, _ONE_EACH = "moment", "said of a moment", "Symbolic_Association"
_ANNOTATOR = "guider"
_VERSION, _SCHEMA = "3.0", "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
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

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file. All of it is in memory then: the times of all annotations stand before the first."""
        eaf = _empty(handed)
        tiers = _Tiers(eaf, handed)
        for moment in handed.moments():
            if moment.film_ns is not None:
                tiers.add(moment, moment.film_ns)
        for window, moment in by_beginning(handed):
            if moment.film_ns is not None:
                tiers.add_clip(window, moment)
        # (What pympi writes of its own accord is not what ELAN looks for: pympi issue 27.)
        eaf.properties = [("lastUsedAnnotationId", eaf.maxaid)]
        ElementTree(to_adocument(eaf, pretty=False)).write(sink, "UTF-8", xml_declaration=True)


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

    def __init__(self, eaf: Eaf, handed: Handed) -> None:
        self._eaf = eaf
        self._frame_ms = max(round(1000 / rate_of(handed.film)), 1)
        self._lanes: dict[tuple[str, str], Lanes] = {}
        self._names: dict[tuple[str, str, int], str] = {}
        for key in handed.vocabulary.get("keys", ()):
            for person in () if key.get("private") else handed.people:
                self._tier(person, str(key.get("family", "")) or NO_FAMILY, 1)

    def add(self, moment: Moment, film_ns: int) -> None:
        """A moment that was pressed at this time of the film, with what was said of it and its clip."""
        start_ms, family = film_ns // MS_NS, moment.family or NO_FAMILY
        if moment.film_until_ns is None:
            tier = self._put(moment.person, family, start_ms, start_ms + self._frame_ms, moment.marker.label)
        else:
            end_ms = max(moment.film_until_ns // MS_NS, start_ms + 1)
            tier = self._put(moment.person, f"{family} {STRETCHES}", start_ms, end_ms, moment.marker.label)
        annotation = self._last()
        for name in SAID:
            if is_said(moment, name):
                self._say(tier, annotation, name, text(_FACTS[name].of(moment), _FACTS[name].kind))

    def add_clip(self, window: Window, moment: Moment) -> None:
        """Its clip in film time, by its id. Clips come in the order in which they begin."""
        start_ms = window.start_ns // MS_NS
        self._put("", CLIPS, start_ms, max(window.end_ns // MS_NS, start_ms + 1), moment.marker.id)

    def _put(self, person: str, kind: str, start_ms: int, end_ms: int, value: str) -> str:
        """Annotate on the first tier of its kind that has room; returns the tier's name."""
        lane = self._lanes.setdefault((person, kind), Lanes()).take(start_ms, end_ms)
        tier = self._tier(person, kind, lane)
        self._eaf.add_annotation(tier, start_ms, end_ms, _clean(value))
        return tier

    def _say(self, tier: str, annotation: str, name: str, value: str) -> None:
        """Annotate an annotation. (pympi's own way to do so looks through the whole tier each time.)"""
        below = f"{tier}: {name}"
        if below not in self._eaf.tiers:
            participant = self._eaf.tiers[tier][2]["PARTICIPANT"]
            self._eaf.add_tier(below, _OF_MOMENT, parent=tier, part=participant, ann=_ANNOTATOR)
        said = self._eaf.generate_annotation_id()
        self._eaf.annotations[said] = below
        self._eaf.tiers[below][1][said] = (annotation, _clean(value), None, None)

    def _last(self) -> str:
        """The id of the last annotation."""
        return f"a{self._eaf.maxaid}"

    def _tier(self, person: str, kind: str, lane: int) -> str:
        """The name of a tier, which is made the first time."""
        which = (person, kind, lane)
        if which not in self._names:
            name = numbered(_clean(f"{person}: {kind}" if person else kind), lane)
            while name in self._eaf.tiers:
                name += "*"
            self._eaf.add_tier(name, _MOMENT, part=_clean(person) or None, ann=_ANNOTATOR)
            self._names[which] = name
        return self._names[which]


def _clean(value: str) -> str:
    """A text as XML can hold it."""
    return _NOT_IN_XML.sub("\ufffd", _BREAK.sub("\n", value))
