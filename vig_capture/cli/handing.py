"""A session made ready to be handed off: what may leave, in the words that every format uses.

Rule 1: private markers and private notes are in it only when they are asked for; what is left out never is.
Rule 2: what a killed or half-recorded session lacks is said, and all that is there is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vig_capture.archive.reader import FileHole, Read, inside, is_running
from vig_capture.archive.show import clock_text
from vig_capture.core.clips import Film, Window, wanted
from vig_capture.core.film_time import SEAM_NS, FilmTime, Stretch
from vig_capture.core.model import Marker, Segment
from vig_capture.core.replay import SessionView
from vig_capture.core.sheet import Person, from_fields
from vig_capture.core.time import SECOND_NS
from vig_capture.core.windows import families, filmed
from vig_capture.handoff.handed import Handed, Moment, WholeFilm
from vig_capture.media.probe import probe

FILM, SOUND = "film.mp4", "film.m4a"
"""The one whole film has this name in the hand-off folder; without a picture the other."""
WATCHED, OTHER = "watched person", "other person"
"""Where neither sheet nor vocabulary says who they are."""
TOLD_NS = SECOND_NS
"""A shorter hole in the sound is not worth a word: it is silent there, and nothing is off."""
_MODE = re.compile(r"(\d+)×(\d+) at ([\d.]+)")
"""How the journal tells of a camera's mode (core/model.py, VideoMode)."""
_UNFIT = re.compile(r"[^\w.-]")
"""In a file's name, which begins with the session's id."""
_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")
"""No text file holds these: the NUL, and halves of letters."""


def hand(read: Read, private: bool = False) -> Handed:
    """The session for every exporter. `private`: with private markers and private notes."""
    view, lost = as_on_disk(read.folder, read.view)
    film, time = filmed(view)
    goals = from_fields(view.sheet).goal_words
    moments = _Moments(view, film, time, people(view), families(view.vocabulary), goals, private)
    return Handed(
        session=_UNFIT.sub("_", view.id) or "session",
        created_utc=view.created_utc,
        tool=view.tool,
        moments=moments.all,
        film=_whole_film(view, film, time),
        # A file that holds something which is left out is nothing to point to: then there is the whole film alone.
        segments=() if film.left_out else film.files,
        people=moments.people,
        vocabulary=view.vocabulary,
        goals=tuple(goals.values()),
        lacks=tuple(_lacks(read, film, time, lost)),
    )


def film_name(handed: Handed, is_own: bool) -> str:
    """The name of the whole film beside what is exported; "" where nothing was filmed. `is_own`: in the session's own
    hand-off folder; elsewhere films of other sessions may lie, and it is told apart by the session's id."""
    name = handed.film.name
    return name if is_own or not name else f"{handed.session}-{name}"


def in_session_time(handed: Handed) -> Handed:
    """A session without film for a format that knows film time only: as if all of it had been filmed."""
    end_ns = max((max(each.window.end_ns, each.marker.until_ns or 0) for each in handed.moments()), default=0)
    time = FilmTime((Stretch(0, max(end_ns, 1), 0, ""),))

    def moments() -> Iterator[Moment]:
        for each in handed.moments():
            until_ns = _film_until(time, each.marker)
            yield replace(each, film_ns=each.marker.t_ns, film_window=each.window, film_until_ns=until_ns)

    return replace(handed, moments=moments, film=replace(handed.film, time=time))


def people(view: SessionView) -> tuple[str, str]:
    """The person whom the vocabulary watches and the other one: by their roles on the sheet, as far as it tells them
    apart; initials only for whom no role is told."""
    other = str(view.vocabulary.get("other") or OTHER)
    told = [_role(person) for person in from_fields(view.sheet).people]
    others = [role for role in told if other.casefold() in role.casefold().split()]
    watched = next((role for role in told if role not in others), WATCHED)
    return (watched, other) if watched.casefold() != other.casefold() else (watched, f"{other} (the other)")


def _role(person: Person) -> str:
    return person.role or person.initials


# Moments ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Moments:
    """Makes the moments of a session, anew for each pass."""

    view: SessionView
    film: Film
    time: FilmTime
    people: tuple[str, str]
    families: dict[str, str]
    goals: dict[str, str]
    private: bool

    def all(self) -> Iterator[Moment]:
        """All that may leave, in the order of their presses."""
        return (self._moment(each) for each in sorted(self._leaving(), key=lambda each: each.t_ns))

    def _leaving(self) -> Iterator[Marker]:
        for marker in self.view.markers.values():
            press = Window(marker.t_ns, marker.t_ns + 1)
            if (self.private or not marker.private) and not self.film.is_left_out(press):
                yield marker

    def _moment(self, marker: Marker) -> Moment:
        label, note, goal = (_clean(each) for each in (marker.label, marker.note, marker.goal))
        private_note = _clean(marker.private_note) if self.private else ""
        marker = replace(marker, label=label, note=note, goal=goal, private_note=private_note)
        window = wanted(marker)
        return Moment(
            marker=marker,
            person=self.people[marker.who == "other"],
            family=self.families.get(marker.key, ""),
            goal=self.goals.get(marker.goal, marker.goal),
            window=window,
            film_ns=self.time.film_ns(marker.t_ns),
            film_window=self.time.window(window),
            film_until_ns=_film_until(self.time, marker),
        )


def _film_until(time: FilmTime, marker: Marker) -> int | None:
    """Where a stretch that was closed ends in the film, as far as it was filmed."""
    if marker.until_ns is None or marker.until_ns <= marker.t_ns:
        return None
    found = time.window(Window(marker.t_ns, marker.until_ns))
    return None if found is None else found.end_ns


def _clean(text: str) -> str:
    """A text that a file can hold."""
    return _UNWRITABLE.sub("\ufffd", text)


# Film ------------------------------------------------------------------------------------------------------------


def as_on_disk(folder: Path, view: SessionView) -> tuple[SessionView, list[str]]:
    """The view with each film file as long as it is: one that was never closed, or is cut off, ends where its last
    picture ends, and one that is missing or cannot be read is not in it. The sentences say what is lost by that."""
    lost: list[str] = []
    segments: list[Segment] = []
    for segment in view.segments:
        path = inside(folder, segment.file) if segment.file.startswith("film/") else None
        if path is None or _is_as_closed(path, segment):
            segments.append(segment)
            continue
        found = probe(path, decode=False)
        if found.frames or found.samples:
            there_ns = segment.start_ns + found.duration_ns
            end_ns = there_ns if segment.end_ns is None else min(there_ns, segment.end_ns)
            segments.append(replace(segment, end_ns=end_ns))
            lost.append(_cut_off(view, segment, end_ns))
        else:
            what = "cannot be read" if path.is_file() else "is missing"
            until = "on" if segment.end_ns is None else f"to {clock_text(segment.end_ns)}"
            when = f"from {clock_text(segment.start_ns)} {until}"
            lost.append(f"{segment.file} {what}: what was filmed {when} is not there.")
    return replace(view, segments=segments), lost


def _is_as_closed(path: Path, segment: Segment) -> bool:
    """Is the file there, closed and of the size that it had then? (Whether all of it decodes, `verify` finds out.)"""
    if segment.end_ns is None or not path.is_file():
        return False
    return not segment.size_bytes or path.stat().st_size == segment.size_bytes


def _cut_off(view: SessionView, segment: Segment, end_ns: int) -> str:
    """What is lost of a file that was never closed, or is cut off."""
    was_closed = segment.end_ns is not None
    missing_s = ((segment.end_ns or _next_start(view, segment)) - end_ns) / SECOND_NS
    what = "is not as it was closed" if was_closed else "was never closed"
    least = "" if was_closed else " before the recorder stopped"
    return f"{segment.file} {what}{f'; the last {missing_s:.0f} s{least} are not in it' if missing_s >= 1 else ''}."


def _next_start(view: SessionView, segment: Segment) -> int:
    """Up to where a file that was never closed was meant to go on, as far as the journal tells."""
    later = [each.start_ns for each in view.segments if each.stream == segment.stream]
    return min([start_ns for start_ns in later if start_ns > segment.start_ns], default=view.last_t_ns)


def _whole_film(view: SessionView, film: Film, time: FilmTime) -> WholeFilm:
    width, height, rate = 0, 0, 0.0
    stream = next((each.stream for each in view.segments if film.files and each.file == film.files[0].file), "")
    if found := _MODE.search(view.devices[stream].mode if stream in view.devices else ""):
        width, height, rate = int(found[1]), int(found[2]), float(found[3])
    name = "" if not film.files else FILM if film.has_picture else SOUND
    has_sound = any(each.kind == "audio" for each in view.streams.values())
    return WholeFilm(name, time, width, height, rate, film.has_picture, has_sound)


# Lacks -----------------------------------------------------------------------------------------------------------


def _lacks(read: Read, film: Film, time: FilmTime, lost: Iterable[str]) -> Iterator[str]:
    """What is missing, in plain words."""
    if is_running(read.folder):
        yield "It is being filmed or edited now: what comes later is not in it."
    elif not read.view.closed:
        yield "Nobody closed this session: the recorder had stopped."
    yield from lost
    yield from _holes(read.holes)
    if not film.files:
        yield "There is no film: the moments have session time only."
        return
    if not film.has_picture:
        yield "There is sound, but no picture."
    previous: Any = None
    for each in time.stretches:
        if each.after == "not recorded":
            yield f"{_from_to(previous.end_ns, each.start_ns)} there is no film."
        previous = each
    if film.has_picture:
        for start_ns, end_ns in _joined((each.start_ns, each.end_ns) for each in film.files if not each.has_picture):
            yield f"{_from_to(start_ns, end_ns)} there is sound, but no picture."
    yield from _without_sound(read.view, film)


def _without_sound(view: SessionView, film: Film) -> Iterator[str]:
    """Where the microphone was lost while the film went on."""
    microphones = [name for name, stream in view.streams.items() if stream.kind == "audio"]
    if not microphones:
        yield "There is no sound."
    gaps = (
        (max(gap.start_ns, film.start_ns), film.end_ns if gap.end_ns is None else min(gap.end_ns, film.end_ns))
        for gap in view.gaps.values()
        if gap.stream in microphones[:1]  # which is the film's
    )
    for start_ns, end_ns in _joined(gaps):
        if end_ns - start_ns >= TOLD_NS:
            yield f"{_from_to(start_ns, end_ns)} there is no sound."


def _joined(times: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches in the order of time, those that touch or overlap as one."""
    found: list[tuple[int, int]] = []
    for start_ns, end_ns in sorted(times):
        if found and start_ns - found[-1][1] < SEAM_NS:
            found[-1] = found[-1][0], max(found[-1][1], end_ns)
        else:
            found.append((start_ns, end_ns))
    return found


def _from_to(start_ns: int, end_ns: int) -> str:
    return f"From {clock_text(start_ns)} to {clock_text(end_ns)}"


def _holes(holes: Iterable[FileHole]) -> Iterator[str]:
    for item in holes:
        if not item.hole.torn:
            yield f"There is a hole in {item.file}: moments, or what was said of them, may be missing."
