"""Draft clips: markers become windows of the film, each short enough to be looked at together.

Rule 1: a clip lies inside one recorded stretch: never over a pause, a hole in the film, or what is left out.
Rule 2: every chosen marker is in exactly one clip, or among those that have none; what was clamped says why.
Rule 3: the order of time is the order; from simple to complex is proposed beside it, and changes nothing.
Rule 4: a private marker is in nothing unless it was asked for by name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from vig_capture.core.clips import Film, Window, ends
from vig_capture.core.film_time import FilmTime, Stretch
from vig_capture.core.model import Marker
from vig_capture.core.replay import SessionView
from vig_capture.core.time import SECOND_NS

Preset = Literal["standard", "micro", "as-marked"]
PRESETS: tuple[Preset, ...] = get_args(Preset)
Mark = Literal["star", "shortlist", "pick"]
"""What a guider or a family says of a moment that is to be shown."""

SHORTEST_NS, LONGEST_NS = 20 * SECOND_NS, 90 * SECOND_NS
"""Of a standard clip (reference: practice of services, 20 to 90 s)."""
MICRO_NS, MICRO_AFTER_NS = 10 * SECOND_NS, 2 * SECOND_NS
"""Of a micro clip: so long at most (reference: micro-moments of at most 10 s), and so long after the press it ends: the
moment is over when it is recognised."""

_BEGINS = {
    "": "It begins where the film begins.",
    "pause": "It begins after a pause.",
    "left out": "It begins after a part that is left out.",
    "not recorded": "It begins where the film went on: nothing was recorded before.",
}
_ENDS = {
    "": "It ends where the film ends.",
    "pause": "It ends with a pause.",
    "left out": "It ends before a part that is left out.",
    "not recorded": "It ends where the film broke off: nothing was recorded after.",
}
_NOT_FILMED = {
    "before": "It was marked before the film began",
    "after": "It was marked after the film had ended",
    "pause": "It was marked in a pause",
    "left out": "It was marked in a part that is left out",
    "not recorded": "It was marked while nothing was recorded",
}
_TRIMMED = f"It was cut to {LONGEST_NS // SECOND_NS} s, the longest of a standard clip."


@dataclass(frozen=True, slots=True)
class Draft:
    """A clip that is proposed."""

    window: Window
    """Session time; inside one recorded stretch, and not empty."""
    markers: tuple[Marker, ...]
    """What it shows, in the order of their presses: one, or neighbours of a kind. (The session's own: copy to keep.)"""
    why: tuple[str, ...] = ()
    """What clamped it, in plain words."""
    proposed: int = 0
    """Its place from simple to complex, from 1."""

    @property
    def marked(self) -> frozenset[Mark]:
        """What was said of any of its moments."""
        found: dict[Mark, bool] = {
            "star": any(each.star for each in self.markers),
            "shortlist": any(each.shortlist for each in self.markers),
            "pick": any(each.pick for each in self.markers),
        }
        return frozenset(name for name, on in found.items() if on)

    @property
    def rank(self) -> int | None:
        """The first of the places that its moments were given in the guider's own order; None: by its time."""
        return min((each.rank for each in self.markers if each.rank is not None), default=None)


@dataclass(frozen=True, slots=True)
class NoClip:
    """A marker of which nothing can be shown."""

    marker: Marker
    why: str


@dataclass(frozen=True, slots=True)
class Drafts:
    """What came of the chosen markers."""

    clips: tuple[Draft, ...]
    """In the order of time."""
    without: tuple[NoClip, ...]

    def proposed(self) -> list[Draft]:
        """The clips from simple to complex."""
        return sorted(self.clips, key=lambda clip: clip.proposed)


# Choosing ----------------------------------------------------------------------------------------------------------


def chosen(
    markers: Iterable[Marker], marked: Collection[Mark] = (), named: Collection[str] = (), private: bool = False
) -> list[Marker]:
    """Those of the markers that are asked for: by default all but the private ones.

    `marked`: only those of which one of these was said. `named`: only those with these ids, private or not. `private`:
    the private ones as well."""
    found: list[Marker] = []
    for marker in markers:
        if named and marker.id not in named:
            continue
        if marked and not any(getattr(marker, mark) for mark in marked):
            continue
        if private or not marker.private or marker.id in named:
            found.append(marker)
    return found


def families(vocabulary: Mapping[str, Any]) -> dict[str, str]:
    """The family of each marker key, from a session's vocabulary; in its order, which is from simple to complex."""
    rows = vocabulary.get("keys") or ()
    return {str(row.get("key", "")): str(row.get("family", "")) for row in rows if isinstance(row, Mapping)}


def filmed(view: SessionView) -> tuple[Film, FilmTime]:
    """A session's film, and its table of session time against film time."""
    film = Film.of(view)
    pauses = (Window(from_ns, view.last_t_ns if to_ns is None else to_ns) for from_ns, to_ns in view.pauses)
    return film, FilmTime.of(film, pauses)


# Drafting ----------------------------------------------------------------------------------------------------------


def drafts(
    markers: Iterable[Marker],
    film: Film,
    time: FilmTime,
    preset: Preset = "standard",
    family_of: Mapping[str, str] | None = None,
) -> Drafts:
    """Clips of these markers. `family_of`: each marker key's (see `families`), for the proposed order."""
    recorded = _Recorded(film, time.stretches)
    groups: list[_Group] = []
    without: list[NoClip] = []
    for marker in sorted(markers, key=lambda each: each.t_ns):
        found = _fitted(marker, recorded, preset)
        if isinstance(found, NoClip):
            without.append(found)
        else:
            groups.append(found)
    limit_ns = MICRO_NS if preset == "micro" else LONGEST_NS
    clips = [_draft(group, recorded, preset) for group in _merged(groups, limit_ns)]
    clips.sort(key=lambda clip: (clip.window.start_ns, clip.window.end_ns))
    return Drafts(tuple(_with_order(clips, family_of or {})), tuple(without))


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What was filmed, and what cuts it."""

    film: Film
    stretches: Sequence[Stretch]

    def at(self, t_ns: int) -> int | None:
        """The stretch that holds a moment."""
        found = self.before(t_ns)
        return found if found is not None and t_ns < self.stretches[found].end_ns else None

    def before(self, t_ns: int) -> int | None:
        """The last stretch that begins at or before a moment."""
        found = bisect_right(self.stretches, t_ns, key=lambda each: each.start_ns) - 1
        return found if found >= 0 else None

    def begins(self, at: int) -> str:
        """Why nothing is before a stretch."""
        stretch = self.stretches[at]
        cause = "left out" if self._left_out_at(stretch.start_ns - 1) else stretch.after
        return _BEGINS[cause]

    def ends(self, at: int) -> str:
        """Why nothing is after it."""
        stretch = self.stretches[at]
        following = self.stretches[at + 1].after if at + 1 < len(self.stretches) else ""
        return _ENDS["left out" if self._left_out_at(stretch.end_ns) else following]

    def not_filmed(self, t_ns: int) -> str:
        """Why a moment is in no stretch."""
        if self._left_out_at(t_ns):
            return _NOT_FILMED["left out"]
        at = self.before(t_ns)
        following = 0 if at is None else at + 1
        if at is None or following == len(self.stretches):
            return _NOT_FILMED["before" if at is None else "after"]
        # (Beside a pause a part may be left out as well: then it is that the table names.)
        cause = self.stretches[following].after
        return _NOT_FILMED["not recorded" if cause == "left out" else cause]

    def _left_out_at(self, t_ns: int) -> bool:
        return self.film.is_left_out(Window(t_ns, t_ns + 1))


@dataclass(slots=True)
class _Group:
    """Markers of a kind that become one clip."""

    markers: list[Marker]
    at: int
    """Which recorded stretch."""
    asked: Window
    """What they mean, were the film endless."""
    window: Window
    """As much of it as may be shown."""
    why: list[str] = field(default_factory=list)

    @property
    def kind(self) -> tuple[object, ...]:
        """What neighbours must share to be one clip; the stretch as well."""
        first = self.markers[0]
        return first.key or first.label, first.who, first.private, self.at


def _fitted(marker: Marker, recorded: _Recorded, preset: Preset) -> _Group | NoClip:
    """A marker's window inside its recorded stretch."""
    if preset == "micro":
        end_ns = marker.t_ns + MICRO_AFTER_NS
        asked = Window(end_ns - MICRO_NS, end_ns)
    else:
        asked = Window(*ends(marker))
    if asked.length_ns < 0:
        return NoClip(marker, "It ends before it begins.")
    about_ns = _about(marker, asked)
    at = recorded.at(about_ns)
    why: list[str] = []
    if at is None:
        said = recorded.not_filmed(about_ns)
        at = _nearest(asked, about_ns, marker, recorded)
        if at is None:
            return NoClip(marker, f"{said}, and nothing of it is in the film.")
        why.append(f"{said}; this is the film beside it.")
    stretch = recorded.stretches[at]
    window = Window(max(asked.start_ns, stretch.start_ns), min(asked.end_ns, stretch.end_ns))
    if preset == "standard" and window.length_ns > LONGEST_NS:
        window = _trimmed(window, marker)
        why.append(_TRIMMED)
    if window.length_ns == 0 and preset != "standard":
        return NoClip(marker, "It begins where it ends: give it more time before or after.")
    return _Group([marker], at, asked, window, why)


def _about(marker: Marker, asked: Window) -> int:
    """The moment that a clip is about: the press, or what comes next to it where its ends were moved away from it."""
    if marker.t_ns < asked.start_ns:
        return asked.start_ns
    return marker.t_ns if marker.t_ns <= asked.end_ns else max(asked.end_ns - 1, asked.start_ns)


def _nearest(asked: Window, about_ns: int, marker: Marker, recorded: _Recorded) -> int | None:
    """Of a moment that was not filmed, the stretch that ends within its look-back; or else, where it goes on for longer
    than the press, the first that begins within that."""
    before = recorded.before(about_ns)
    if before is not None and recorded.stretches[before].end_ns > asked.start_ns:
        return before
    following = 0 if before is None else before + 1
    goes_on_ns = max(marker.extended_ns or 0, marker.until_ns or 0)
    if following < len(recorded.stretches) and recorded.stretches[following].start_ns < min(goes_on_ns, asked.end_ns):
        return following
    return None


def _trimmed(window: Window, marker: Marker) -> Window:
    """The longest clip that may be: from the beginning, as far as the press and what follows it are in it then."""
    press_ns = min(max(marker.t_ns, window.start_ns), window.end_ns)
    last_ns = min(press_ns + round(marker.look_ahead_s * SECOND_NS), window.end_ns)
    start_ns = max(min(last_ns - LONGEST_NS, press_ns), window.start_ns)
    return Window(start_ns, min(start_ns + LONGEST_NS, window.end_ns))


def _merged(groups: Iterable[_Group], limit_ns: int) -> Iterable[_Group]:
    """Neighbours of a kind as one, as long as that is not longer than `limit_ns`."""
    last: dict[tuple[object, ...], _Group] = {}
    found: list[_Group] = []
    for group in sorted(groups, key=lambda each: (each.window.start_ns, each.window.end_ns)):
        before = last.get(group.kind)
        if before is not None and group.window.start_ns <= before.window.end_ns:
            both = Window(before.window.start_ns, max(before.window.end_ns, group.window.end_ns))
            if both.length_ns <= limit_ns:
                before.window = both
                before.asked = Window(
                    min(before.asked.start_ns, group.asked.start_ns), max(before.asked.end_ns, group.asked.end_ns)
                )
                before.markers += group.markers
                before.why += [why for why in group.why if why not in before.why]
                continue
        last[group.kind] = group
        found.append(group)
    return found


def _draft(group: _Group, recorded: _Recorded, preset: Preset) -> Draft:
    """The clip of a group, grown where it is too short, with all that clamped it."""
    stretch, window, asked, why = recorded.stretches[group.at], group.window, group.asked, list(group.why)
    if preset == "standard" and window.length_ns < SHORTEST_NS:
        start_ns = max(window.end_ns - SHORTEST_NS, stretch.start_ns)
        window = Window(start_ns, max(min(start_ns + SHORTEST_NS, stretch.end_ns), window.end_ns))
    if asked.start_ns < stretch.start_ns:
        why.append(recorded.begins(group.at))
    if asked.end_ns > stretch.end_ns:
        why.append(recorded.ends(group.at))
    if preset == "standard" and window.length_ns < SHORTEST_NS:
        why.append(f"It is shorter than {SHORTEST_NS // SECOND_NS} s: there is no more film here.")
    return Draft(window, tuple(sorted(group.markers, key=lambda each: each.t_ns)), tuple(why))


def _with_order(clips: Sequence[Draft], family_of: Mapping[str, str]) -> Iterable[Draft]:
    """The clips, each with its place from simple to complex.

    By the family of what is marked, in the vocabulary's order, which is a ladder; within a family first what was put on
    the short list or picked, then what was starred, then the shorter one."""
    ladder = {family: rung for rung, family in enumerate(dict.fromkeys(family_of.values()))}

    def key(at: int) -> tuple[int, bool, bool, int, int]:
        clip = clips[at]
        rung = ladder.get(family_of.get(clip.markers[0].key, ""), len(ladder))
        is_shown = bool(clip.marked & {"shortlist", "pick"})
        return rung, not is_shown, "star" not in clip.marked, clip.window.length_ns, at

    places = {at: place for place, at in enumerate(sorted(range(len(clips)), key=key), 1)}
    return (replace(clip, proposed=places[at]) for at, clip in enumerate(clips))
