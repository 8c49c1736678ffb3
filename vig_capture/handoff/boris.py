"""BORIS: a project with one observation of the film's files, in the order in which they play.

Rule 1: a stretch that was marked is a state, with a start and a stop; all else is a point. BORIS takes two starts of
        one behaviour for a start and a stop: stretches that overlap are behaviours of their own, such as
        `Received (stretch) (2)`.
Rule 2: the project is complete, so that BORIS changes nothing in it when it opens it (boris/project_functions.py,
        open_project_json and check_project_integrity, 8.27.4 and 9.15.0).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from heapq import heappop, heappush
from typing import Any

from vig_capture.handoff.boris_media import Media
from vig_capture.handoff.handed import Handed, Link, Loss, Moment, Sink
from vig_capture.handoff.lanes import Lanes, numbered
from vig_capture.handoff.losses import NOT_PRESSED_IN_FILM, all_but, in_session, in_text
from vig_capture.handoff.sinks import Utf8

NO_LABEL = "(no name)"
STATE = "(stretch)"
_POINT_EVENT, _STATE_EVENT = "Point event", "State event"
_NOT_KNOWN = "NA"
_FORMAT_VERSION = "7.0"
_PLAYERS = 8
_BREAK = re.compile(r"[\r\n]")
_NOT_IN_NAME = re.compile(r"[\r\n|]")
"""BORIS puts bars between names."""
_BARS = "line breaks and upright bars in names: a space stands for each"
_CARRIED = (
    *("id", "label", "person", "who", "family", "goal", "goal_id", "note", "star"),
    *("film_press", "film_until"),
)
_TIME_OF_DAY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")

Event = list[Any]
"""time in seconds, subject, behaviour, modifiers, comment, frame (which an observation without media has not)."""
_LIVE_FIELDS = 5


def _pressed_between(whole: bool, handed: Handed) -> Callable[[Moment], bool]:
    media = Media.of(handed, whole)
    return lambda moment: _is_between(moment.film_ns, media.at_ms, media)


def _ends_between(whole: bool, handed: Handed) -> Callable[[Moment], bool]:
    media = Media.of(handed, whole)
    return lambda moment: _is_between(moment.film_until_ns, media.end_ms, media)


def _is_between(film_ns: int | None, told_ms: Callable[[int], int], media: Media) -> bool:
    """Is this a time that comes back as another one?"""
    return film_ns is not None and media.film_ns(told_ms(film_ns)) != film_ns


def _losses(whole: bool) -> tuple[Loss, ...]:
    finer = "times finer than a thousandth of a second in their file"
    return (
        NOT_PRESSED_IN_FILM,
        in_session(finer, partial(_pressed_between, whole), "film_press"),
        in_session(finer, partial(_ends_between, whole), "film_until"),
        in_text("line breaks in notes: a space stands for each", ("note",), _BREAK.search),
        *(in_text(_BARS, (name,), _NOT_IN_NAME.search) for name in ("label", "person", "family")),
        *all_but(*_CARRIED),
    )


class Boris:
    """The exporter that points to the film's own files."""

    name = "boris"
    suffix = ".boris"
    time_base = (
        "Times are seconds through the film's files, played one behind the other (where a part is left out: from the "
        "beginning of the whole film)."
    )
    losses = _losses(whole=False)
    link: Link = "files"
    _whole = False

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file, event by event."""
        out = Utf8(sink)
        media = Media.of(handed, self._whole)
        behaviours = _Behaviours(handed.vocabulary)
        out.write("{\n" + _inner(_project(handed)))
        out.write(f',\n"observations": {{{_json(handed.session.strip())}: {{{_inner(_observation(handed, media))}')
        out.write(',\n"events": [')
        fields = None if handed.film.name else _LIVE_FIELDS
        for number, event in enumerate(_events(handed.moments(), media, behaviours)):
            out.write(("\n" if number == 0 else ",\n") + _json(event[:fields]))
        out.write("\n]}},\n")
        # (Only now is it known which behaviours there are.)
        out.write(_inner(behaviours.told()) + "\n}\n")


class BorisFilm(Boris):
    """The exporter that points to the one whole film."""

    name = "boris-film"
    time_base = "Times are seconds from the beginning of the whole film."
    losses = _losses(whole=True)
    link: Link = "film"
    _whole = True


# Project ---------------------------------------------------------------------------------------------------------


def _project(handed: Handed) -> dict[str, Any]:
    """All but observations and behaviours."""
    subjects = [
        {"key": str(key), "name": _named(person), "description": ""} for key, person in enumerate(handed.people, 1)
    ]
    return {
        "time_format": "hh:mm:ss",
        "project_date": _date(handed),
        "project_name": handed.session,
        "project_description": f"Written by {handed.tool}.",
        "project_format_version": _FORMAT_VERSION,
        "subjects_conf": _indexed(subjects),
        "behavioral_categories_config": {},
        "independent_variables": {},
        "coding_map": {},
        "behaviors_coding_map": [],
        "converters": {},
    }


def _observation(handed: Handed, media: Media) -> dict[str, Any]:
    """All but the events."""
    return {
        "date": f"{_date(handed)}.000",
        "description": " ".join(handed.lacks),
        "time offset": 0.0,
        "observation time interval": [0, 0],
        "independent_variables": {},
        "visualize_spectrogram": False,
        "visualize_waveform": False,
        "media_creation_date_as_offset": False,
        "media_scan_sampling_duration": 0,
        "image_display_duration": 1,
        "close_behaviors_between_videos": False,
        **(_filmed(handed, media) if handed.film.name else _LIVE),
    }


_LIVE: dict[str, Any] = {
    "type": "LIVE",
    "scan_sampling_time": 0,
    "start_from_current_time": False,
    "start_from_current_epoch_time": False,
    "file": {},
}
"""What was seen but not filmed (boris/observation_operations.py, new_observation)."""


def _filmed(handed: Handed, media: Media) -> dict[str, Any]:
    film = handed.film
    files: dict[str, list[str]] = {str(player): [] for player in range(1, _PLAYERS + 1)}
    files["1"] = [each.path for each in media.files]
    return {
        "type": "MEDIA",
        "file": files,
        "media_info": {
            "length": {each.path: each.length_s for each in media.files},
            "fps": {each.path: film.rate if each.has_picture else 0.0 for each in media.files},
            "hasVideo": {each.path: each.has_picture for each in media.files},
            "hasAudio": {each.path: film.has_sound or not each.has_picture for each in media.files},
            "offset": {"1": 0.0},
            "display": {each.path: "Nothing" for each in media.files},
        },
    }


def _date(handed: Handed) -> str:
    """When it was filmed, in UTC; BORIS knows no time zones."""
    found = _TIME_OF_DAY.match(handed.created_utc)
    return found[0] if found else "1970-01-01T00:00:00"


# Behaviours ------------------------------------------------------------------------------------------------------


class _Behaviours:
    """The behaviours by their codes: the vocabulary's keys first, then what else occurs."""

    def __init__(self, vocabulary: Mapping[str, Any]) -> None:
        self._codes: dict[tuple[str, str, str, int], str] = {}
        self._rows: dict[str, dict[str, Any]] = {}
        for key in vocabulary.get("keys", ()):
            if not key.get("private"):
                told = {name: str(key.get(name, "")) for name in ("key", "description", "colour")}
                self._code(str(key.get("label", "")), str(key.get("family", "")), _POINT_EVENT, 1, told)

    def point(self, moment: Moment) -> str:
        return self._code(moment.marker.label, moment.family, _POINT_EVENT, 1)

    def state(self, moment: Moment, lane: int) -> str:
        return self._code(moment.marker.label, moment.family, _STATE_EVENT, lane)

    def told(self) -> dict[str, Any]:
        """Behaviours and categories as the project has them."""
        categories = list(dict.fromkeys(row["category"] for row in self._rows.values() if row["category"]))
        return {"behavioral_categories": categories, "behaviors_conf": _indexed(self._rows.values())}

    def _code(self, label: str, family: str, kind: str, lane: int, told: Mapping[str, str] | None = None) -> str:
        """The code of a behaviour, which is made the first time."""
        which = (label, family, kind, lane)
        if which not in self._codes:
            wanted = _named(label) or NO_LABEL
            wanted = numbered(f"{wanted} {STATE}" if kind == _STATE_EVENT else wanted, lane)
            # (One name in two families, or two names that differ in a bar only.)
            number = next(n for n in range(1, len(self._rows) + 2) if _again(wanted, n) not in self._rows)
            code = self._codes[which] = _again(wanted, number)
            self._rows[code] = _behaviour(code, kind, _named(family), told or {})
        return self._codes[which]


def _again(code: str, number: int) -> str:
    return code if number == 1 else f"{code} [{number}]"


def _behaviour(code: str, kind: str, family: str, told: Mapping[str, str]) -> dict[str, Any]:
    key = told.get("key", "")
    return {
        "type": kind,
        "key": key if len(key) == 1 else "",
        "code": code,
        "description": told.get("description", ""),
        "color": told.get("colour", ""),
        "category": family,
        "modifiers": {},
        "excluded": "",
        "coding map": "",
    }


# Events ----------------------------------------------------------------------------------------------------------


def _events(moments: Iterable[Moment], media: Media, behaviours: _Behaviours) -> Iterator[Event]:
    """All events in the order of their times; a stop stands before what begins at the same time."""
    stops: list[tuple[int, int, Event]] = []
    lanes: dict[tuple[str, str, str], Lanes] = {}
    for number, moment in enumerate(moments):
        if moment.film_ns is None:
            continue
        start_ms = media.at_ms(moment.film_ns)
        while stops and stops[0][0] <= start_ms:
            yield heappop(stops)[2]
        subject, said = _named(moment.person), _comment(moment)
        if moment.film_until_ns is None:
            yield _event(start_ms, subject, behaviours.point(moment), said)
            continue
        end_ms = max(media.end_ms(moment.film_until_ns), start_ms)
        free = lanes.setdefault((subject, moment.marker.label, moment.family), Lanes())
        code = behaviours.state(moment, free.take(start_ms, end_ms))
        yield _event(start_ms, subject, code, said)
        heappush(stops, (end_ms, number, _event(end_ms, subject, code, "")))
    while stops:
        yield heappop(stops)[2]


def _event(at_ms: int, subject: str, code: str, comment: str) -> Event:
    return [at_ms / 1000, subject, code, "", comment, _NOT_KNOWN]


def _comment(moment: Moment) -> str:
    """Such as `id=m1 star goal=g1 "Wait for her" note=She looks up`: the note comes last, as it was written."""
    marker = moment.marker
    parts = [f"id={marker.id}"]
    parts += ["star"] if marker.star else []
    parts += [f"goal={marker.goal} {_json(moment.goal)}"] if marker.goal else []
    parts += [f"note={_BREAK.sub(' ', marker.note)}"] if marker.note else []
    return " ".join(parts)


# Text ------------------------------------------------------------------------------------------------------------


def _named(text: str) -> str:
    return _NOT_IN_NAME.sub(" ", text)


def _indexed(rows: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """As BORIS keeps lists."""
    return {str(index): row for index, row in enumerate(rows)}


def _json(value: Any) -> str:
    """In ASCII: BORIS reads the file in the computer's own encoding."""
    return json.dumps(value)


def _inner(fields: Mapping[str, Any]) -> str:
    """The fields of a map without its braces."""
    return ",\n".join(f"{_json(name)}: {_json(value)}" for name, value in fields.items())
