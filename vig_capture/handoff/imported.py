"""What an edited file changes in a session: windows, names, order, new moments. Nothing is changed here.

Three things are told apart: what was exported (the file says so itself), what stands in the file now, and what stands
in the session now.

Rule 1: what is in the file as it was exported is no wish, whatever has become of it in the session since.
Rule 2: what was changed in both, and not alike, is a conflict: it is shown, and nothing is overwritten.
Rule 3: what the file does not know by an id of this session is a new moment, and called imported.
Rule 4: a difference below a thousandth of a second is none: other programs round.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from vig_capture.core.clips import Part, Window, ends
from vig_capture.core.film_time import FilmTime
from vig_capture.core.model import Marker
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.core.vocabulary import LOOK_S_MAX
from vig_capture.handoff.facts import nanoseconds
from vig_capture.handoff.handed import Handed, Moment
from vig_capture.handoff.losslesscut import PLACE
from vig_capture.handoff.reading import Entry, Taken, exported

IMPORTED = "Imported"
"""The name of a new moment that has none."""
_BEYOND = "It lies outside of the film."
_OTHER_FILM = "What is left out of the film was changed since the export: the file's times are those of another film."


@dataclass(frozen=True, slots=True)
class Edit:
    """A marker that is to be changed."""

    id: str
    label: str
    """Its name before."""
    fields: dict[str, Any]
    """As an `edit` of engine/desk.py takes them."""


@dataclass(frozen=True, slots=True)
class New:
    """A moment that this session does not know. Its id is made of what it says: taken again it is the same one."""

    id: str
    label: str
    start_ns: int
    end_ns: int | None
    """Session time; None for a point."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something of the file that was not taken."""

    where: str
    """Which line or segment of the file; "" for the whole of it."""
    id: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What a file changes."""

    edits: tuple[Edit, ...]
    new: tuple[New, ...]
    conflicts: tuple[Conflict, ...]
    notes: tuple[str, ...] = ()
    """What else is to be known."""

    def messages(self) -> Iterator[dict[str, Any]]:
        """As engine/editor.py takes them, without the ids of the edits."""
        for edit in self.edits:
            yield {"do": "edit", "of": edit.id, "fields": edit.fields}
        for new in self.new:
            times = {"from_ns": new.start_ns, "to_ns": new.end_ns}
            yield {"id": new.id, "do": "add", "label": new.label, "note": new.note} | times


def changes(taken: Taken, handed: Handed) -> Changes:
    """What is to be done so that the session says what the file says. `handed`: the session as it stands, with its
    private moments."""
    part = next((each for each in handed.segments if PurePosixPath(each.file).name == taken.media), None)
    present = {each.marker.id: each for each in handed.moments()}
    comparing = _Comparing(taken, present, handed.film.time, part)
    for entry in taken.entries:
        comparing.take(entry)
    if taken.ordered:
        comparing.take_order()
    edits = (Edit(marker, present[marker].marker.label, fields) for marker, fields in comparing.fields.items())
    notes = []
    # In another folder the film's name has the session's id before it.
    if taken.media and not taken.media.endswith(handed.film.name) and part is None:
        notes.append(f"The file is about {taken.media}: its times were taken as those of {handed.film.name}.")
    return Changes(tuple(edits), tuple(comparing.new.values()), tuple(comparing.conflicts), tuple(notes))


class _Comparing:
    """Goes through the entries of one file."""

    def __init__(self, taken: Taken, present: Mapping[str, Moment], time: FilmTime, part: Part | None) -> None:
        """`part`: the one file of the film that the file is about, where it is not about the whole film."""
        self._taken = taken
        self._present = present
        self._time = time
        self._part = part
        self._is_other_film = taken.base == "film" and part is None and any(map(self._is_moved, taken.entries))
        self._seen: dict[str, Entry] = {}
        self.fields: dict[str, dict[str, Any]] = {}
        self.new: dict[str, New] = {}
        self.conflicts: list[Conflict] = []

    def take(self, entry: Entry) -> None:
        """Compare one entry with its marker; without one, or a second time (a segment that was split), it is new."""
        if entry.id and entry.id not in self._present:
            self._conflict(entry, "This moment was not taken.", "It is not in the session any more, or never was.")
        elif not entry.id or entry.id in self._seen:
            self._take_new(entry)
        else:
            self._seen[entry.id] = entry
            moment = self._present[entry.id]
            self._take_label(entry, moment)
            self._take_window(entry, moment)
            if not self._taken.ordered:
                self._take_rank(entry, moment)

    def _take_label(self, entry: Entry, moment: Moment) -> None:
        base, theirs, ours = self._exported_label(entry), entry.label, moment.marker.label
        if theirs is None or _same(theirs, ours) or (base is not None and _same(theirs, base)):
            return
        if base is not None and not _same(base, ours):
            self._conflict(entry, f"Its name {theirs!r} was not taken.", f"Here it was changed meanwhile, to {ours!r}.")
        else:
            self._change(entry, label=theirs)

    def _take_window(self, entry: Entry, moment: Moment) -> None:
        base = self._exported_window(entry, moment)
        theirs = self._their_window(entry, base)
        if theirs is None:
            return
        if isinstance(theirs, str):
            self._conflict(entry, "Its times were not taken.", theirs)
        elif _near(theirs, moment.window):
            return
        elif not _near(base.session, moment.window):
            self._conflict(entry, "Its times were not taken.", "Here they were changed meanwhile.")
        elif isinstance(fields := _window_fields(moment.marker, theirs), str):
            self._conflict(entry, "Its times were not taken.", fields)
        else:
            self._change(entry, **fields)

    def _their_window(self, entry: Entry, base: _Exported) -> Window | str | None:
        """The window of session time that an entry means; None where it is as it was exported, a sentence where it
        cannot be meant."""
        told = base.told
        if entry.end_ns is None:
            return "It has no end any more."
        if _near(Window(entry.start_ns, entry.end_ns), told):
            return None
        if entry.end_ns <= entry.start_ns:
            return "It would end before it begins."
        if self._is_other_film:
            return _OTHER_FILM
        if self._taken.base == "session":
            return Window(entry.start_ns, entry.end_ns)
        # An end that was left as it was keeps its session time, which may lie in a pause.
        start_ns = base.session.start_ns if _close(entry.start_ns, told.start_ns) else self._begin_ns(entry.start_ns)
        end_ns = base.session.end_ns if _close(entry.end_ns, told.end_ns) else self._end_ns(entry.end_ns)
        if start_ns is None or end_ns is None:
            return _BEYOND
        return Window(start_ns, end_ns) if start_ns < end_ns else "It would end before it begins."

    def _is_moved(self, entry: Entry) -> bool:
        """Does the film's table say something else of a clip than it did when it was exported?"""
        session = _window(entry.tags.get("clip_in_s"), entry.tags.get("clip_out_s"))
        told = _window(entry.tags.get("film_in_s"), entry.tags.get("film_out_s"))
        if session is None or told is None or not entry.id:
            return False
        now = self._time.window(session)
        return now is None or not _near(now, told)

    def _begin_ns(self, film_ns: int) -> int | None:
        """Session time of the file's time."""
        if self._part is not None:
            return self._part.start_ns + film_ns if 0 <= film_ns < self._part.length_ns else None
        return self._time.t_ns(max(film_ns, 0))

    def _end_ns(self, film_ns: int) -> int | None:
        """An end is exclusive: at a seam it is that of the stretch before. A player's film may be a little longer."""
        if self._part is not None:
            return self._part.start_ns + min(film_ns, self._part.length_ns) if film_ns > 0 else None
        last_ns = self._time.t_ns(min(film_ns, self._time.length_ns) - 1)
        return None if last_ns is None else last_ns + 1

    def _take_rank(self, entry: Entry, moment: Moment) -> None:
        said = exported(entry, "order")
        base = int(said) if said and said.isdecimal() else None
        if entry.order in (base, moment.marker.rank):
            return
        if base != moment.marker.rank:
            self._conflict(entry, "Its place in the order was not taken.", "Here the order was changed meanwhile.")
        else:
            self._change(entry, rank=entry.order)

    def take_order(self) -> None:
        """The order of the file's own entries, where it was changed."""
        places = [exported(entry, PLACE) or "" for entry in self._seen.values()]
        numbers = [int(place) for place in places if place.isdecimal()]
        if numbers == sorted(numbers):
            return
        ranks = {marker: self._present[marker].marker.rank for marker in self._seen}
        wished: dict[str, int | None] = {marker: rank for rank, marker in enumerate(self._seen, start=1)}
        if ranks == wished:
            return
        if any(entry.tags.get("order", "") != str(ranks[entry.id] or "") for entry in self._seen.values()):
            what = "The order of the moments was not taken."
            self.conflicts.append(Conflict("", "", what, "Here it was changed meanwhile."))
            return
        for marker, rank in wished.items():
            if ranks[marker] != rank:
                self.fields.setdefault(marker, {})["rank"] = rank

    def _take_new(self, entry: Entry) -> None:
        start_ns: int | None = entry.start_ns
        end_ns = entry.end_ns
        if self._taken.base == "film":
            start_ns = self._begin_ns(entry.start_ns)
            end_ns = None if end_ns is None else self._end_ns(end_ns)
        if self._is_other_film:
            self._conflict(entry, "This moment was not taken.", _OTHER_FILM)
        elif start_ns is None or (entry.end_ns is not None and end_ns is None):
            self._conflict(entry, "This moment was not taken.", _BEYOND)
        elif end_ns is not None and end_ns <= start_ns:
            self._conflict(entry, "This moment was not taken.", "It would end before it begins.")
        else:
            label, note = (entry.label or "").strip() or IMPORTED, "" if entry.id else entry.tags.get("note", "")
            marker = _new_id(label, start_ns, end_ns)
            if marker not in self._present:
                self.new[marker] = New(marker, label, start_ns, end_ns, note)

    def _exported_label(self, entry: Entry) -> str | None:
        if self._taken.base == "session":
            return exported(entry, "label")
        return entry.tags.get("label", "" if PLACE in entry.tags else None)

    def _exported_window(self, entry: Entry, moment: Moment) -> _Exported:
        """What was exported; where the file does not say so, what stands in the session."""
        if self._taken.base == "session":
            session = _window(exported(entry, "clip_in_s"), exported(entry, "clip_out_s"))
            return _Exported(session or moment.window, session or moment.window)
        session = _window(entry.tags.get("clip_in_s"), entry.tags.get("clip_out_s"))
        told = _window(entry.tags.get("film_in_s"), entry.tags.get("film_out_s"))
        return _Exported(session or moment.window, told or moment.film_window or Window(-1, -1))

    def _change(self, entry: Entry, **fields: Any) -> None:
        self.fields.setdefault(entry.id, {}).update(fields)

    def _conflict(self, entry: Entry, what: str, why: str) -> None:
        self.conflicts.append(Conflict(entry.where, entry.id, what, why))


@dataclass(frozen=True, slots=True)
class _Exported:
    """A clip's window as it was exported: in session time, and in the file's own."""

    session: Window
    told: Window


def _window(start: str | None, end: str | None) -> Window | None:
    start_ns, end_ns = nanoseconds((start or "").replace(",", ".")), nanoseconds((end or "").replace(",", "."))
    return None if start_ns is None or end_ns is None else Window(start_ns, end_ns)


def _window_fields(marker: Marker, wished: Window) -> dict[str, float] | str:
    """The look-back and look-ahead that give this window; a sentence where none do."""
    start_ns, end_ns = ends(marker)
    back_s = round(marker.look_back_s * SECOND_NS + start_ns - wished.start_ns) / SECOND_NS
    ahead_s = round(marker.look_ahead_s * SECOND_NS + wished.end_ns - end_ns) / SECOND_NS
    if abs(back_s) > LOOK_S_MAX or abs(ahead_s) > LOOK_S_MAX:
        return f"They are more than {LOOK_S_MAX:g} s away from the press."
    # A moment right after the beginning reaches back before it: that end was not moved.
    kept = {"look_back_s"} if wished.start_ns == max(start_ns, 0) else set()
    kept |= {"look_ahead_s"} if wished.end_ns == end_ns else set()
    return {name: value for name, value in (("look_back_s", back_s), ("look_ahead_s", ahead_s)) if name not in kept}


def _new_id(label: str, start_ns: int, end_ns: int | None) -> str:
    said = "\n".join(map(str, (start_ns, end_ns, label)))
    return f"imported-{hashlib.sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"


def _same(one: str, other: str) -> bool:
    return one.strip() == other.strip()


def _close(one_ns: int, other_ns: int) -> bool:
    return abs(one_ns - other_ns) < MS_NS


def _near(one: Window | str, other: Window) -> bool:
    return isinstance(one, Window) and _close(one.start_ns, other.start_ns) and _close(one.end_ns, other.end_ns)


def summary(found: Iterable[Conflict]) -> list[str]:
    """The conflicts in lines for people."""
    return [f"{each.where}{': ' * bool(each.where)}{each.what} {each.why}" for each in found]
