"""What a guider's acts become: markers, extensions, stretches, stars, notes, goals, edits, undo. Records come out,
nothing else is touched.

Every act carries the id that its client made, so that an act sent twice is written once, also across a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from vig_capture.core.errors import UserError
from vig_capture.core.model import Marker, Who
from vig_capture.core.replay import SessionView
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.core.vocabulary import MarkerKey, Repeats, Vocabulary
from vig_capture.engine import deeds
from vig_capture.engine.deeds import Deed, brief

ACTS = ("mark", "stretch", "undo", "redo", "star", "note", "goal", "edit", "leave_out", "add")
NOTE_CHARACTERS_MAX = 4000
STRETCH = MarkerKey("-", "stretch", "Stretch", "", "", 0.0, 0.0, "#ffffff")
"""What a stretch is called where the vocabulary has no row with this id. It says itself where it begins and ends."""
HELD_NS = 700 * MS_NS
"""The longest usual delay before a held key begins to repeat (660 ms under X11)."""


class Marks:
    """Turns the clients' acts into records."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._id = ""
        self._repeats = Repeats(vocabulary, lambda: self._id)
        self._stretch_key = vocabulary.by_id(STRETCH.id) or STRETCH
        self._stretched = ""
        """The stretch that was opened or closed last."""
        self._stretched_ns: int | None = None
        """When; None where the key's next press cannot be a repeat of a held one."""

    def remember(self, view: SessionView) -> None:
        """The markers of an earlier run of the session: a key held over a crash is still one marker."""
        for marker in list(view.markers.values())[-32:]:
            if marker.open or marker.until_ns is not None:
                self._stretched = marker.id
                self._stretched_ns = marker.t_ns if marker.until_ns is None else marker.until_ns
            key = next((key for key in self._vocabulary.keys if key.key == marker.key), None)
            if key is not None:
                self._repeats.remember(marker.id, key.id, marker.who, marker.t_ns)

    def deed(self, message: Mapping[str, Any], view: SessionView, t_ns: int, utc_ns: int, state: str) -> Deed:
        """What an act of a client means. Raises UserError where it cannot be meant."""
        do, act_id = str(message["do"]), str(message["id"])
        if act_id in view.acts:
            return Deed(None, self._known(view, act_id))
        if do == "mark":
            return self._mark(message, view, act_id, t_ns, utc_ns, state)
        if do == "stretch":
            return self._stretch(message, view, act_id, t_ns, utc_ns, state)
        if do == "undo":
            return self._undo(view, act_id, str(message.get("of") or "") or view.last_act(), t_ns, "undo")
        if do == "redo":
            return self._undo(view, act_id, view.last_undone(), t_ns, "redo")
        if do == "leave_out":
            return deeds.leave_out(message, t_ns)
        if do == "add":
            return deeds.add(message, t_ns, _utc_text(utc_ns))
        marker = _meant(message, view)
        if do == "edit":
            return self._edit(message, marker, t_ns)
        base = {"id": act_id, "of": marker.id, "t_ns": t_ns}
        if do == "star":
            record = base | {"kind": "star", "on": bool(message.get("on", True))}
        elif do == "note":
            record = base | {"kind": "note", "text": _text(message.get("note", ""))}
        else:
            record = base | {"kind": "goal", "goal": _text(message.get("goal", ""))}
        return Deed(record, {"act": do, "marker": brief(marker)})

    def _mark(
        self, message: Mapping[str, Any], view: SessionView, act_id: str, t_ns: int, utc_ns: int, state: str
    ) -> Deed:
        key, who = self._vocabulary.find(str(message.get("key", "")))
        if message.get("who") == "other":
            who = "other"
        self._id = act_id
        act = self._repeats.decide(key.id, who, t_ns)
        while (known := view.markers.get(act.marker_id)) is not None and known.who != who:
            # An undo gave it to the other person, whose presses are another key's.
            self._give(known, key, known.who)
            act = self._repeats.decide(key.id, who, t_ns)
        note = _text(message.get("note", ""))
        if act.kind != "new" and known is not None and note:
            # It is the same moment; what is said of it must not get lost.
            record = {"kind": "note", "id": act_id, "of": known.id, "t_ns": t_ns, "text": note}
            return Deed(record, {"act": "note", "marker": brief(known)})
        if act.kind == "same" and known is not None:
            return Deed(None, {"act": "same", "marker": brief(known)})
        if act.kind == "extend" and known is not None:
            record = {"kind": "extend", "id": act_id, "of": known.id, "t_ns": t_ns, "uncertain": _uncertain(message)}
            return Deed(record, {"act": "extend", "marker": brief(known)})
        record = _marker(message, key, who, t_ns, utc_ns, state) | {"note": note}
        return Deed(record, {"act": "marker", "marker": _told(record)})

    def _stretch(
        self, message: Mapping[str, Any], view: SessionView, act_id: str, t_ns: int, utc_ns: int, state: str
    ) -> Deed:
        """Open a stretch, or close the one that is open. The two presses may arrive in either order."""
        last = view.markers.get(self._stretched)
        if last is not None and self._stretched_ns is not None and abs(t_ns - self._stretched_ns) < HELD_NS:
            self._stretched_ns = max(self._stretched_ns, t_ns)
            return Deed(None, {"act": "same", "open": last.open, "marker": brief(last)})
        self._stretched_ns = t_ns
        opened = next(reversed(view.open_stretches()), None)
        if opened is None and last is not None and last.until_ns is not None and last.t_ns <= t_ns < last.until_ns:
            # A pause, or the end, that was pressed later has arrived before and has closed it.
            opened = last
        if opened is not None:
            self._stretched = opened.id
            from_ns, until_ns = sorted((opened.t_ns, t_ns))
            fields = {"until_ns": until_ns} | ({"t_ns": from_ns} if from_ns != opened.t_ns else {})
            record = {"kind": "edit", "id": act_id, "of": opened.id, "t_ns": t_ns, "fields": fields}
            result = {"act": "stretch", "open": False, "until_ns": until_ns}
            return Deed(record, result | {"marker": brief(opened) | {"t_ns": from_ns}})
        if state in ("stopping", "closed"):
            raise UserError("There is no stretch to close.", "The film is over.", "")
        self._stretched = act_id
        record = _marker(message, self._stretch_key, "self", t_ns, utc_ns, state) | {"key": STRETCH.key, "open": True}
        return Deed(record, {"act": "stretch", "open": True, "marker": _told(record)})

    def _edit(self, message: Mapping[str, Any], marker: Marker, t_ns: int) -> Deed:
        deed = deeds.edit(message, marker, t_ns)
        key = next((key for key in self._vocabulary.keys if key.key == marker.key), None)
        who = deed.result["marker"]["who"]
        if key is not None and who != marker.who:
            self._give(marker, key, who)
        return deed

    def _give(self, marker: Marker, key: MarkerKey, who: Who) -> None:
        """From now on this person's presses of the key are the marker's."""
        self._repeats.forget(marker.id)
        self._repeats.remember(marker.id, key.id, who, marker.extended_ns or marker.t_ns)

    def _undo(self, view: SessionView, act_id: str, of: str | None, t_ns: int, do: str) -> Deed:
        if of is None:
            raise UserError(f"There is nothing to {'take back' if do == 'undo' else 'bring back'}.")
        if of not in view.acts:
            raise UserError("There is no such act to take back.")
        act = view.acts[of]
        if not act.live:
            raise UserError("It was taken back already.")
        if act.of == self._stretched:
            self._stretched_ns = None
        if act.kind == "marker":
            self._repeats.forget(of)
        result = {"act": do, "of": of, "kind": act.kind}
        return Deed({"kind": "undo", "id": act_id, "of": of, "t_ns": t_ns}, result)

    @staticmethod
    def _known(view: SessionView, act_id: str) -> dict[str, Any]:
        act = view.acts[act_id]
        marker = view.markers.get(act.of)
        return {"act": act.kind, "again": True, "marker": brief(marker) if marker is not None else None}


def _meant(message: Mapping[str, Any], view: SessionView) -> Marker:
    """The marker that an act is about: the one it names, or the last."""
    of = str(message.get("of") or "")
    marker = view.markers.get(of) if of else next(reversed(view.markers.values()), None)
    if marker is None:
        raise UserError("There is no such marker." if of else "There is no marker yet.")
    return marker


def _marker(message: Mapping[str, Any], key: MarkerKey, who: str, t_ns: int, utc_ns: int, state: str) -> dict[str, Any]:
    """The record of a new marker."""
    return {
        "kind": "marker",
        "id": str(message["id"]),
        "t_ns": t_ns,
        "key": key.key,
        "label": key.label,
        "who": who,
        "utc": _utc_text(utc_ns),
        "look_back_s": key.look_back_s,
        "look_ahead_s": key.look_ahead_s,
        "private": key.private,
        "state": state,
        "uncertain": _uncertain(message),
        "note": "",
    }


def _utc_text(utc_ns: int) -> str:
    """ISO 8601 with milliseconds."""
    return datetime.fromtimestamp(utc_ns / SECOND_NS, UTC).isoformat(timespec="milliseconds")


def _uncertain(message: Mapping[str, Any]) -> bool:
    return bool(message.get("uncertain", False))


def _told(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in ("id", "key", "label", "who", "t_ns")}


def _text(value: object) -> str:
    text = str(value)
    if len(text) > NOTE_CHARACTERS_MAX:
        raise UserError("The note is too long.", f"It has {len(text)} characters.", f"{NOTE_CHARACTERS_MAX} fit.")
    return text
