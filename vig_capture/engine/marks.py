"""What a guider's acts become: markers, extensions, stars, notes, goals, undo. Records in, nothing else touched.

Every act carries the id that its client made, so that an act sent twice is written once, also across a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vig_capture.core.errors import UserError
from vig_capture.core.model import Marker
from vig_capture.core.replay import SessionView
from vig_capture.core.time import SECOND_NS
from vig_capture.core.vocabulary import Repeats, Vocabulary

ACTS = ("mark", "undo", "redo", "star", "note", "goal")
NOTE_CHARACTERS_MAX = 4000


@dataclass(frozen=True, slots=True)
class Deed:
    """What is written (nothing, for a held key) and what the client is told once it is saved."""

    record: dict[str, Any] | None
    result: dict[str, Any]


class Marks:
    """Turns the clients' acts into records."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._id = ""
        self._repeats = Repeats(vocabulary, lambda: self._id)

    def remember(self, view: SessionView) -> None:
        """The markers of an earlier run of the session: a key held over a crash is still one marker."""
        for marker in list(view.markers.values())[-32:]:
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
        if do == "undo":
            return self._undo(view, act_id, view.last_act(), t_ns, "undo")
        if do == "redo":
            return self._undo(view, act_id, view.last_undone(), t_ns, "redo")
        marker = _meant(message, view)
        base = {"id": act_id, "of": marker.id, "t_ns": t_ns}
        if do == "star":
            record = base | {"kind": "star", "on": bool(message.get("on", True))}
        elif do == "note":
            record = base | {"kind": "note", "text": _text(message.get("note", ""))}
        else:
            record = base | {"kind": "goal", "goal": _text(message.get("goal", ""))}
        return Deed(record, {"act": do, "marker": _brief(marker)})

    def _mark(
        self, message: Mapping[str, Any], view: SessionView, act_id: str, t_ns: int, utc_ns: int, state: str
    ) -> Deed:
        key, who = self._vocabulary.find(str(message.get("key", "")))
        if message.get("who") == "other":
            who = "other"
        self._id = act_id
        act = self._repeats.decide(key.id, who, t_ns)
        known = view.markers.get(act.marker_id)
        note = _text(message.get("note", ""))
        if act.kind != "new" and known is not None and note:
            # It is the same moment; what is said of it must not get lost.
            record = {"kind": "note", "id": act_id, "of": known.id, "t_ns": t_ns, "text": note}
            return Deed(record, {"act": "note", "marker": _brief(known)})
        if act.kind == "same" and known is not None:
            return Deed(None, {"act": "same", "marker": _brief(known)})
        if act.kind == "extend" and known is not None:
            record = {"kind": "extend", "id": act_id, "of": known.id, "t_ns": t_ns}
            return Deed(record, {"act": "extend", "marker": _brief(known)})
        utc = datetime.fromtimestamp(utc_ns / SECOND_NS, UTC).isoformat(timespec="milliseconds")
        record = {
            "kind": "marker",
            "id": act_id,
            "t_ns": t_ns,
            "key": key.key,
            "label": key.label,
            "who": who,
            "utc": utc,
            "look_back_s": key.look_back_s,
            "look_ahead_s": key.look_ahead_s,
            "private": key.private,
            "state": state,
            "uncertain": bool(message.get("uncertain", False)),
            "note": note,
        }
        brief = {"id": act_id, "key": key.key, "label": key.label, "who": who, "t_ns": t_ns}
        return Deed(record, {"act": "marker", "marker": brief})

    def _undo(self, view: SessionView, act_id: str, of: str | None, t_ns: int, do: str) -> Deed:
        if of is None:
            raise UserError(f"There is nothing to {'take back' if do == 'undo' else 'bring back'}.")
        act = view.acts[of]
        if act.kind == "marker":
            self._repeats.forget(of)
        result = {"act": do, "of": of, "kind": act.kind}
        return Deed({"kind": "undo", "id": act_id, "of": of, "t_ns": t_ns}, result)

    @staticmethod
    def _known(view: SessionView, act_id: str) -> dict[str, Any]:
        act = view.acts[act_id]
        marker = view.markers.get(act.of)
        return {"act": act.kind, "again": True, "marker": _brief(marker) if marker is not None else None}


def _meant(message: Mapping[str, Any], view: SessionView) -> Marker:
    """The marker that an act is about: the one it names, or the last."""
    of = str(message.get("of") or "")
    marker = view.markers.get(of) if of else next(reversed(view.markers.values()), None)
    if marker is None:
        raise UserError("There is no such marker." if of else "There is no marker yet.")
    return marker


def _brief(marker: Marker) -> dict[str, Any]:
    return {"id": marker.id, "key": marker.key, "label": marker.label, "who": marker.who, "t_ns": marker.t_ns}


def _text(value: object) -> str:
    text = str(value)
    if len(text) > NOTE_CHARACTERS_MAX:
        raise UserError("The note is too long.", f"It has {len(text)} characters.", f"{NOTE_CHARACTERS_MAX} fit.")
    return text
