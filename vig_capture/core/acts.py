"""The guider's acts and what is left of them: markers, and parts of the film that are left out.

Rule 1: an act (marker, extend, edit, note, star, goal, leave_out, undo) is in force unless an undo in force takes it
back; a redo is the undo of an undo. Undoing any act leaves everything as it would be had it never been made.
Rule 2: an act costs the same however many there are: only the marker that it names is derived anew.
Rule 3: an act that names what a damaged journal lost has no effect; it never fails.
Rule 4: what the recorder does by itself (it closes a stretch that a pause or the end finds open) is an act, but none
that the next undo or redo means: the guider takes back what the guider did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from vig_capture.core.model import LeftOut, Marker

CHANGES = ("extend", "edit", "note", "star", "goal")
"""The acts that change a marker."""
MADE = ("marker", "leave_out")
"""The acts that make something of their own."""
EDITABLE = frozenset(item.name for item in fields(Marker)) - {"id", "utc", "state", "open"}
"""What an edit may set. Setting `until_ns` closes a stretch."""
RECORDER = "recorder"
"""`by` of an act that the recorder did by itself (rule 4)."""

ACTS = frozenset((*CHANGES, *MADE, "undo"))
"""Kinds of records that are acts."""

Made = TypeVar("Made", Marker, LeftOut)


@dataclass(slots=True)
class Act:
    """Something that the guider did and may take back."""

    id: str
    kind: str
    of: str
    """For a change its marker, for an undo the act that it takes back, for what an act made itself; "" where that is
    lost."""
    record: dict[str, Any]
    undone_by: int = 0
    """How many undos in force take it back."""

    @property
    def live(self) -> bool:
        return self.undone_by == 0

    @property
    def by_guider(self) -> bool:
        return self.record.get("by") != RECORDER


@dataclass(slots=True)
class Acts:
    """All acts of a session so far. Markers stand in the order of their presses."""

    markers: dict[str, Marker] = field(default_factory=dict)
    acts: dict[str, Act] = field(default_factory=dict)
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    """In the order in which the guider left them out; they may overlap."""
    _changes: dict[str, list[Act]] = field(default_factory=dict)
    _done: dict[str, None] = field(default_factory=dict)
    _undone: dict[str, None] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    def last_act(self) -> str | None:
        """Id of the act that the next undo takes back: the last one in force whose marker, or what it made, is
        there."""
        found = ((act, self.acts[act].of) for act in reversed(self._done))
        return next((act for act, of in found if of in self.markers or of in self.left_out), None)

    def last_undone(self) -> str | None:
        """Id of the undo that the next redo takes back; None after a new act."""
        return next(reversed(self._undone), None)

    def open_stretches(self) -> list[Marker]:
        """Stretches that are begun and not closed, in the order of their presses: none or one, or more where the
        guider took a closing back."""
        return [self.markers[marker] for marker in sorted(self._open, key=self._seq)]

    def act(self, kind: str, record: Mapping[str, Any]) -> None:
        """Take in the next act, one of `ACTS`."""
        act_id = str(record.get("id") or record["seq"])
        if act_id in self.acts:
            return
        of = act_id if kind in MADE else str(record.get("of", ""))
        if kind not in MADE and of not in self.acts:
            of = ""  # lost in a hole of the journal
        act = self.acts[act_id] = Act(act_id, kind, of, dict(record))
        if kind == "undo":
            self._set_undone(act, True)
            if self._takes_back_a_deed(act):
                self._undone[act_id] = None
            return
        if act.by_guider:
            self._undone.clear()
            self._done[act_id] = None
        if kind == "leave_out":
            self.left_out[act_id] = _new_left_out(act.record)
            return
        if kind == "marker":
            self.markers[act_id] = _new_marker(act.record)
        else:
            self._changes.setdefault(act.of, []).append(act)
            if act.of in self.markers:
                _change(self.markers[act.of], act)
        self._note_open(act.of)

    def _takes_back_a_deed(self, undo: Act) -> bool:
        return undo.of in self.acts and self.acts[undo.of].kind != "undo"

    def _set_undone(self, undo: Act, on: bool) -> None:
        """Let an undo come into force, or out of it, and follow the chain of undos of undos."""
        while (target := self.acts.get(undo.of)) is not None:
            was_live = target.live
            target.undone_by += 1 if on else -1
            if target.live == was_live:
                return
            if target.kind != "undo":
                self._turned(target)
                return
            if self._takes_back_a_deed(target):
                _put(self._undone, target.id, target.live)
            undo, on = target, target.live

    def _turned(self, act: Act) -> None:
        """An act came into force again, or out of it."""
        if act.by_guider:
            _put(self._done, act.id, act.live)
        made = self.acts.get(act.of)
        if made is None or made.kind not in MADE:
            return
        if not made.live:
            self.markers.pop(made.id, None)
            self.left_out.pop(made.id, None)
        elif made.kind == "leave_out":
            self.left_out = self._in_place(self.left_out, made.id, _new_left_out(made.record))
        else:
            marker = _new_marker(made.record)
            for change in self._changes.get(made.id, ()):
                if change.live:
                    _change(marker, change)
            self.markers = self._in_place(self.markers, made.id, marker)
        self._note_open(made.id)

    def _in_place(self, made: dict[str, Made], act: str, what: Made) -> dict[str, Made]:
        """`made` with what an act made, which may have been taken out, in the order in which all was made."""
        is_in_order = act in made or not made or self._seq(act) >= self._seq(next(reversed(made)))
        made[act] = what
        return made if is_in_order else dict(sorted(made.items(), key=lambda item: self._seq(item[0])))

    def _note_open(self, marker: str) -> None:
        """A marker was made, changed or taken out: is it a stretch that is open?"""
        if marker in self.markers and self.markers[marker].open:
            self._open.add(marker)
        else:
            self._open.discard(marker)

    def _seq(self, act: str) -> int:
        return int(self.acts[act].record["seq"])


def _new_marker(record: Mapping[str, Any]) -> Marker:
    return Marker(
        id=str(record.get("id", "")),
        key=str(record.get("key", "")),
        label=str(record.get("label", "")),
        who="other" if record.get("who") == "other" else "self",
        t_ns=int(record.get("t_ns") or 0),
        utc=str(record.get("utc", "")),
        note=str(record.get("note") or ""),
        private=bool(record.get("private", False)),
        look_back_s=float(record.get("look_back_s", 15.0)),
        look_ahead_s=float(record.get("look_ahead_s", 5.0)),
        state=str(record.get("state", "recording")),
        uncertain=bool(record.get("uncertain", False)),
        open=bool(record.get("open", False)),
        until_ns=None if record.get("until_ns") is None else int(record["until_ns"]),
    )


def _new_left_out(record: Mapping[str, Any]) -> LeftOut:
    start_ns, end_ns = int(record.get("start_ns") or 0), int(record.get("end_ns") or 0)
    return LeftOut(str(record.get("id", "")), start_ns, max(start_ns, end_ns))


def _change(marker: Marker, act: Act) -> None:
    """Let a change take effect on its marker."""
    record = act.record
    match act.kind:
        case "extend":
            marker.extended_ns = int(record.get("t_ns") or 0)
        case "note":
            marker.note = str(record.get("text", ""))
        case "star":
            marker.star = bool(record.get("on", True))
        case "goal":
            marker.goal = str(record.get("goal", ""))
        case "edit":
            for name, value in dict(record.get("fields") or {}).items():
                if name in EDITABLE:
                    setattr(marker, name, value)
            marker.open = marker.open and marker.until_ns is None


def _put(acts: dict[str, None], act: str, present: bool) -> None:
    """Put an act's id behind all others, or take it away."""
    acts.pop(act, None)
    if present:
        acts[act] = None
