"""What a key on the list of moments means: a command for the editor, and what is said once it is saved.

Everything here runs in the editor's thread, on the session as it is at that moment: a key that is pressed ten times
moves a moment by ten seconds, however slow the disk is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from vig_capture.core.acts import Act
from vig_capture.core.clips import Film, ends
from vig_capture.core.errors import UserError
from vig_capture.core.model import Marker
from vig_capture.core.replay import SessionView
from vig_capture.core.time import SECOND_NS
from vig_capture.core.vocabulary import LOOK_S_MAX
from vig_capture.tui import texts
from vig_capture.tui.after.told import goals_of, name_of, time_words, window_words

SHORTLIST_FEW, SHORTLIST_MANY = 3, 5
"""A shared review usually shows three to five moments."""
Side = Literal["start", "end"]


@dataclass(frozen=True, slots=True)
class Wish:
    """A command for the editor."""

    message: dict[str, Any]
    """Without its id."""
    said: str
    """What is said once it is saved."""
    how: Literal["act", "undo", "redo"] = "act"
    changes_film: bool = False
    """Clips that were made before may show what is left out, or taken away, now."""


Making = Callable[[SessionView], Wish]
"""Makes the wish of the session as it is when its turn comes. Raises UserError where it cannot be meant."""


@dataclass(slots=True)
class History:
    """What was done here, so that it can be taken back in turn: what was taken away comes back as well.

    Beyond that the film's own acts are taken back, the last one first."""

    done: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    """Ids of the undos."""

    def undo(self, view: SessionView) -> Wish:
        """Take the last act back."""
        act = view.acts[self.done[-1]] if self.done else last_act(view)
        if act is None:
            raise UserError(texts.AFTER_SAID_NO_ACT)
        said = texts.AFTER_SAID_UNDONE.get(act.kind, texts.AFTER_SAID_UNDONE["edit"])
        return Wish({"do": "undo", "of": act.id}, said, "undo", _changes_film(view, act))

    def redo(self, view: SessionView) -> Wish:
        """Bring back what was taken back last."""
        of = self.undone[-1] if self.undone else view.last_undone()
        if of is None:
            raise UserError(texts.AFTER_SAID_NO_REDO)
        changes = _changes_film(view, view.acts[of])
        return Wish({"do": "undo", "of": of}, texts.AFTER_SAID_REDONE, "redo", changes)

    def note(self, wish: Wish, act_id: str, view: SessionView) -> None:
        """It has been carried out, under this id."""
        of = str(wish.message.get("of", ""))
        if wish.how == "act":
            self.done.append(act_id)
            self.undone.clear()
        elif wish.how == "undo":
            self.done = self.done[:-1]
            self.undone.append(act_id)
        else:
            self.undone = self.undone[:-1]
            self.done.append(view.acts[of].of)


def last_act(view: SessionView) -> Act | None:
    """The last act of the guider's that is in force."""
    there = (act for act in reversed(view.acts.values()) if act.kind != "undo" and act.live and act.by_guider)
    return next((act for act in there if act.of in view.markers or act.of in view.left_out), None)


def _changes_film(view: SessionView, act: Act) -> bool:
    """Does taking this act back, or bringing it back, change what is left out or which moments there are?"""
    while act.kind == "undo" and act.of in view.acts:
        act = view.acts[act.of]
    return act.kind in ("marker", "leave_out")


def _marker(view: SessionView, of: str) -> Marker:
    marker = view.markers.get(of)
    if marker is None:
        raise UserError(texts.AFTER_SAID_GONE)
    return marker


def _edit(marker: Marker, said: str, **fields: Any) -> Wish:
    return Wish({"do": "edit", "of": marker.id, "fields": fields}, said)


# One moment --------------------------------------------------------------------------------------------------------


def shortlist(view: SessionView, of: str) -> Wish:
    """On the short list, or off it. How many there are is said, and never refused."""
    marker = _marker(view, of)
    count = sum(each.shortlist for each in view.markers.values()) + (-1 if marker.shortlist else 1)
    usual = SHORTLIST_FEW <= count < SHORTLIST_MANY
    said = texts.AFTER_SAID_SHORT if usual else texts.AFTER_SAID_SHORT_HINT
    said = said if count else texts.AFTER_SAID_SHORT_NONE
    return _edit(marker, said.format(count=count), shortlist=not marker.shortlist)


def pick(view: SessionView, of: str) -> Wish:
    """The family's own pick, or not any more."""
    marker = _marker(view, of)
    said = texts.AFTER_SAID_PICK_GONE if marker.pick else texts.AFTER_SAID_PICK
    return _edit(marker, said.format(label=name_of(marker)), pick=not marker.pick)


def star(view: SessionView, of: str) -> Wish:
    """A star, or none any more."""
    marker = _marker(view, of)
    said = texts.AFTER_SAID_STAR_GONE if marker.star else texts.AFTER_SAID_STAR
    return Wish({"do": "star", "of": of, "on": not marker.star}, said.format(label=name_of(marker)))


def goal(view: SessionView, of: str) -> Wish:
    """The next of the sheet's goals; after the last, none."""
    marker, goals = _marker(view, of), goals_of(view)
    if not goals:
        raise UserError(texts.SAID_NO_GOALS)
    ids = ["", *(each.id for each in goals)]
    following = ids[(ids.index(marker.goal) + 1) % len(ids)] if marker.goal in ids else ids[1]
    label = next((each.label for each in goals if each.id == following), texts.NO_GOAL)
    said = texts.AFTER_SAID_GOAL.format(label=name_of(marker), goal=label)
    return Wish({"do": "goal", "of": of, "goal": following}, said)


def who(view: SessionView, of: str) -> Wish:
    """The other person's, or back."""
    marker = _marker(view, of)
    other = str(view.vocabulary.get("other") or texts.OTHER)
    words = texts.SELF if marker.who == "other" else other
    said = texts.AFTER_SAID_WHO.format(label=name_of(marker), who=words)
    return _edit(marker, said, who="self" if marker.who == "other" else "other")


def label(view: SessionView, of: str, text: str) -> Wish:
    """Another label."""
    return _edit(_marker(view, of), texts.AFTER_SAID_LABEL.format(label=text), label=text)


def note(view: SessionView, of: str, text: str) -> Wish:
    """What everyone may read of it."""
    said = texts.AFTER_SAID_NOTE if text else texts.AFTER_SAID_NOTE_GONE
    return Wish({"do": "note", "of": of, "note": text}, said.format(label=name_of(_marker(view, of))))


def private_note(view: SessionView, of: str, text: str, adds: bool, own_view: str) -> Wish:
    """What only the guider reads of it, or (`adds`) more of that; `own_view` is the key that shows it."""
    marker = _marker(view, of)
    text = f"{marker.private_note} / {text}" if adds and marker.private_note else text
    said = texts.AFTER_SAID_PRIVATE_NOTE if text else texts.AFTER_SAID_NOTE_GONE
    return _edit(marker, said.format(label=name_of(marker), own_view=own_view), private_note=text)


def delete(view: SessionView, of: str, undo: str) -> Wish:
    """The moment goes; `undo` is the key that brings it back."""
    said = texts.AFTER_SAID_DELETED.format(label=name_of(_marker(view, of)), undo=undo)
    return Wish({"do": "undo", "of": of}, said, changes_film=True)


OF_A_MOMENT: dict[str, Callable[..., Wish]] = {
    "shortlist": shortlist,
    "pick": pick,
    "star": star,
    "goal": goal,
    "who": who,
}
"""The commands that need nothing but the moment's id."""
NUDGES: dict[str, tuple[Side, int]] = {
    "start_earlier": ("start", -1),
    "start_later": ("start", 1),
    "end_earlier": ("end", -1),
    "end_later": ("end", 1),
}
"""Which end a command moves, and by how many seconds."""


# Times -------------------------------------------------------------------------------------------------------------


def nudge(view: SessionView, of: str, side: Side, step: int, key: str) -> Wish:
    """Move the beginning or the end of a moment by so many seconds; `key` gives it another time altogether.

    What its vocabulary gave it before and after the press is moved, of a stretch that was marked itself its ends."""
    marker = _marker(view, of)
    fields = _moved(marker, side, step)
    film = Film.of(view)
    if not fields:
        words = texts.AFTER_SAID_BEGINS_WITH if side == "start" else texts.AFTER_SAID_ENDS_WITH
        raise UserError(words.format(time=key))
    if fields.get("look_back_s", 0) > LOOK_S_MAX or fields.get("look_ahead_s", 0) > LOOK_S_MAX:
        raise UserError(texts.AFTER_SAID_LONGEST)
    changed = replace(marker, **fields)
    before, after = ends(marker), ends(changed)
    if (after[0] < film.start_ns and after[0] < before[0]) or (after[1] > film.end_ns and after[1] > before[1]):
        raise UserError(_beyond(film))
    said = texts.AFTER_SAID_WINDOW.format(label=name_of(marker), window=window_words(changed, film))
    return _edit(marker, said, **fields)


def _moved(marker: Marker, side: Side, step: int) -> dict[str, Any]:
    """The fields that are changed; none where it cannot become shorter on this side."""
    name, by = ("look_back_s", -step) if side == "start" else ("look_ahead_s", step)
    seconds = float(getattr(marker, name))
    if marker.until_ns is None or seconds > 0:
        # (Below 0 where another program moved an end over the press.)
        return {name: max(seconds + by, min(seconds, 0.0))} if by > 0 or seconds > 0 else {}
    t_ns, until_ns = marker.t_ns, marker.until_ns
    if side == "start":
        moved_ns = t_ns + step * SECOND_NS
        return {"t_ns": max(moved_ns, 0)} if moved_ns < until_ns and t_ns + step * SECOND_NS != t_ns else {}
    moved_ns = until_ns + step * SECOND_NS
    return {"until_ns": moved_ns} if moved_ns > t_ns else {}


def retime(view: SessionView, of: str, text: str) -> Wish:
    """Another time, typed as minutes and seconds. A stretch moves as a whole."""
    marker, film, t_ns = _marker(view, of), Film.of(view), parse_time(text)
    if t_ns is None:
        raise UserError(texts.AFTER_SAID_NOT_A_TIME.format(text=text))
    if not film.start_ns <= t_ns < max(film.end_ns, 1):
        raise UserError(_beyond(film))
    fields = {"t_ns": t_ns}
    if marker.until_ns is not None:
        fields["until_ns"] = marker.until_ns + t_ns - marker.t_ns
    said = texts.AFTER_SAID_TIME.format(label=name_of(marker), time=time_words(t_ns))
    return _edit(marker, said, **fields)


def leave_out(view: SessionView, text: str, undo: str) -> Wish:
    """A part of the film, typed as from-to, goes into nothing that is made of it."""
    film = Film.of(view)
    times = [parse_time(part) for part in re.split(r"\s*(?:-|–|—|\bto\b)\s*", text.strip())]
    if len(times) != 2 or times[0] is None or times[1] is None or times[0] >= times[1]:
        raise UserError(texts.AFTER_SAID_NOT_A_PART.format(text=text))
    from_ns, to_ns = times[0], times[1]
    if to_ns <= film.start_ns or from_ns >= film.end_ns:
        raise UserError(_beyond(film))
    # Typed in whole seconds: the film's last second is to go with its rest.
    to_ns = film.end_ns if to_ns + SECOND_NS > film.end_ns else to_ns
    said = texts.AFTER_SAID_LEFT_OUT.format(start=time_words(from_ns), end=time_words(to_ns), undo=undo)
    return Wish({"do": "leave_out", "from_ns": from_ns, "to_ns": to_ns}, said, changes_film=True)


def bring_back(view: SessionView, of: str) -> Wish:
    """A part that was left out is in the film again."""
    part = view.left_out.get(of)
    if part is None:
        raise UserError(texts.AFTER_SAID_GONE)
    said = texts.AFTER_SAID_IN_AGAIN.format(start=time_words(part.start_ns), end=time_words(part.end_ns))
    return Wish({"do": "undo", "of": of}, said, changes_film=True)


def parse_time(text: str) -> int | None:
    """Nanoseconds of a time that was typed: 4:12, 1:02:33, 4:12.5, or seconds alone. None for what is no time."""
    found = re.fullmatch(r"\s*(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,5}(?:[.,]\d{1,3})?)\s*", text)
    if found is None:
        return None
    hours, minutes, seconds = (part or "0" for part in found.groups())
    at_s = float(seconds.replace(",", "."))
    if found[2] is not None and at_s >= 60:
        return None
    return (int(hours) * 3600 + int(minutes) * 60) * SECOND_NS + round(at_s * SECOND_NS)


def _beyond(film: Film) -> str:
    return texts.AFTER_SAID_BEYOND.format(start=time_words(film.start_ns), end=time_words(film.end_ns))
