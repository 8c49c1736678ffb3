"""What a client asks to be written down, checked: edits of a marker, parts to be left out, the sheet, a later end,
a yes that is taken back.

Everything that cannot be meant is refused with a sentence, and nothing is written then: a record that the journal could
not hold, or that a reader could not show, would cost more than the wish is worth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgpack

from vig_capture.core import clips
from vig_capture.core.consent import purpose_of
from vig_capture.core.errors import UserError
from vig_capture.core.model import Marker
from vig_capture.core.replay import SessionView
from vig_capture.core.sheet import SHORT_MAX, clean
from vig_capture.core.text import near_miss
from vig_capture.core.time import SECOND_NS
from vig_capture.core.vocabulary import LOOK_S_MAX

EDIT_FIELDS = (
    *("who", "t_ns", "until_ns", "look_back_s", "look_ahead_s", "label", "private"),
    *("shortlist", "pick", "private_note", "rank"),
)
"""What an edit may change. (The note, the star and the goal have acts of their own.)"""
_TEXTS_MAX = {"label": 200, "note": 4000, "private_note": 4000}
"""So many characters fit."""
_WINDOW = ("t_ns", "until_ns", "look_back_s", "look_ahead_s")
"""What moves the ends of a moment."""
SHEET_BYTES_MAX = 1 << 16
"""Of the whole session sheet, so that it fits into one record of the journal and is soon written again elsewhere."""
SHEET_DEPTH_MAX = 6
LATER_MINUTES_MAX = 180
RANK_MAX = 1_000_000
IMPORTED = "imported"
"""The `state` of a marker that came from another program's file: nobody pressed a key."""
IMPORTED_LOOK_S = 15.0, 5.0
"""Look-back and look-ahead of an imported moment that has no window, as of a marker key without any of its own."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is written (nothing, for a held key) and what the client is told once it is saved."""

    record: dict[str, Any] | None
    result: dict[str, Any]


def brief(marker: Marker) -> dict[str, Any]:
    """A marker as an answer names it."""
    return {"id": marker.id, "key": marker.key, "label": marker.label, "who": marker.who, "t_ns": marker.t_ns}


def edit(message: Mapping[str, Any], marker: Marker, t_ns: int) -> Deed:
    """Change a marker's fields; `t_ns` is the moment of the wish. Raises UserError."""
    fields = message.get("fields")
    if not isinstance(fields, dict) or not fields:
        raise UserError(
            "Nothing was changed.", "It was not said what to change.", f"Known are: {', '.join(EDIT_FIELDS)}."
        )
    # A stretch may be moved as a whole: its ends are looked at as they are meant to be.
    ends = {name: fields[name] for name in ("t_ns", "until_ns") if type(fields.get(name)) is int}
    meant = replace(marker, **ends) if marker.until_ns is not None else marker
    for name, value in fields.items():
        if name not in EDIT_FIELDS:
            raise UserError(
                f"A marker has no {_shown(name)} that could be changed.", "", near_miss(str(name), EDIT_FIELDS)
            )
        why = _edit_fault(name, value, meant, t_ns)
        if why:
            raise UserError(f"The marker's {name} cannot be {_shown(value)}.", why, "Nothing was changed.")
    shown = replace(marker, **{name: value for name, value in fields.items() if name in _WINDOW})
    start_ns, end_ns = clips.ends(shown)
    if shown != marker and start_ns > end_ns:
        raise UserError("The moment would end before it begins.", "", "Nothing was changed.")
    changed = brief(marker) | {name: value for name, value in fields.items() if name in ("who", "label", "t_ns")}
    # (Seconds may come as whole numbers.)
    fields = {name: float(value) if name.startswith("look_") else value for name, value in fields.items()}
    record = {"kind": "edit", "id": str(message["id"]), "of": marker.id, "t_ns": t_ns, "fields": fields}
    return Deed(record, {"act": "edit", "marker": changed})


def _edit_fault(name: str, value: Any, marker: Marker, now_ns: int) -> str:
    """Why a field cannot have this value; "" where it can."""
    match name:
        case "who":
            return "" if value in ("self", "other") else 'It is "self" or "other".'
        case "label" | "private_note":
            if not isinstance(value, str):
                return "It is a text."
            return "" if len(value) <= _TEXTS_MAX[name] else f"It is too long: {_TEXTS_MAX[name]} letters fit."
        case "private" | "shortlist" | "pick":
            return "" if isinstance(value, bool) else "It is true or false."
        case "rank":
            good = value is None or (type(value) is int and 1 <= value <= RANK_MAX)
            return "" if good else f"It is a whole number from 1 to {RANK_MAX}, or nothing."
        case "until_ns":
            if marker.until_ns is None:
                return "Only a stretch that has ended has an end."
            why = _moment_fault(value, now_ns, "That lies after now.")
            return why or ("" if value >= marker.t_ns else "That lies before the beginning of the stretch.")
        case "t_ns":
            if marker.until_ns is not None and marker.until_ns <= now_ns:
                return _moment_fault(value, marker.until_ns, "That lies after the end of the stretch.")
            return _moment_fault(value, now_ns, "That lies after now.")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "It is a number of seconds."
    # Below 0 where the press itself is not shown. Written as "not within", so that nan is refused too.
    return "" if -LOOK_S_MAX <= value <= LOOK_S_MAX else f"It is at most {LOOK_S_MAX:g} seconds."


def _moment_fault(value: Any, latest_ns: int, later: str) -> str:
    """Why this cannot be a session time of the film up to `latest_ns`; "" where it can."""
    if isinstance(value, bool) or not isinstance(value, int):
        return "It is a time in whole nanoseconds."
    if value < 0:
        return "That lies before the film."
    return "" if value <= latest_ns else later


def add(message: Mapping[str, Any], t_ns: int, utc: str) -> Deed:
    """Make a marker of a moment that another program's file tells of: at from_ns, or from there to to_ns (session
    time). `t_ns`: now; `utc`: the same for people. Raises UserError."""
    act_id, label, note, end_ns = (
        str(message["id"]),
        message.get("label"),
        message.get("note", ""),
        message.get("to_ns"),
    )
    start_ns = _moment("beginning", message.get("from_ns"), t_ns, "a moment")
    if end_ns is not None and _moment("end", end_ns, t_ns, "a moment") <= start_ns:
        raise UserError("The moment was not taken.", "Its end is not after its beginning.", "Nothing was changed.")
    for name, text in (("label", label), ("note", note)):
        if not isinstance(text, str) or len(text) > _TEXTS_MAX[name]:
            why = f"It is a text of at most {_TEXTS_MAX[name]} letters."
            raise UserError(f"The moment's {name} cannot be {_shown(text)}.", why, "Nothing was changed.")
    look_back_s, look_ahead_s = IMPORTED_LOOK_S if end_ns is None else (0.0, 0.0)
    said = {"id": act_id, "t_ns": start_ns, "key": "", "label": label, "who": "self", "note": note, "state": IMPORTED}
    record = said | {"kind": "marker", "utc": utc, "look_back_s": look_back_s, "look_ahead_s": look_ahead_s}
    result = {name: said[name] for name in ("id", "key", "label", "who", "t_ns")}
    record |= {"private": False, "uncertain": False} | ({} if end_ns is None else {"until_ns": end_ns})
    return Deed(record, {"act": "marker", "marker": result})


def leave_out(message: Mapping[str, Any], t_ns: int) -> Deed:
    """Leave a part of the film out of all that is made of it. Raises UserError."""
    start_ns = _moment("beginning", message.get("from_ns"), t_ns, "the part to leave out")
    end_ns = _moment("end", message.get("to_ns"), t_ns, "the part to leave out")
    if start_ns >= end_ns:
        raise UserError("Nothing was left out.", "The part's end is not after its beginning.", "Give both times again.")
    act_id = str(message["id"])
    record = {"kind": "leave_out", "id": act_id, "t_ns": t_ns, "start_ns": start_ns, "end_ns": end_ns}
    return Deed(record, {"act": "leave_out", "of": act_id, "start_ns": start_ns, "end_ns": end_ns})


def _moment(name: str, value: Any, now_ns: int, of: str) -> int:
    """Session time of one end of something."""
    why = _moment_fault(value, now_ns, "That lies after now.")
    if why:
        raise UserError(f"The {name} of {of} cannot be {_shown(value)}.", why, "Nothing was changed.")
    return int(value)


def film_deed(message: Mapping[str, Any], view: SessionView, latest_end_ns: int, t_ns: int) -> Deed:
    """A `sheet`, `later` or `withdraw`; one that was sent before changes nothing. Raises UserError."""
    do, command_id = str(message["do"]), str(message["id"])
    if do == "sheet":
        return _sheet(message.get("fields"), view, command_id, t_ns)
    if command_id in view.commands:
        told = {"latest_end_ns": latest_end_ns} if do == "later" else {}
        return Deed(None, {"act": do, "again": True} | told)
    if do == "later":
        return _later(message.get("minutes"), command_id, latest_end_ns, t_ns)
    told = _withdraw(message)
    return Deed({"kind": do, "id": command_id, "t_ns": t_ns} | told, {"act": do} | told)


def _later(minutes: Any, command_id: str, latest_end_ns: int, t_ns: int) -> Deed:
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 1 <= minutes <= LATER_MINUTES_MAX:
        raise UserError(
            "The latest end stays as it is.",
            f"It cannot be moved by {_shown(minutes)} minutes.",
            f"Move it by 1 to {LATER_MINUTES_MAX} minutes.",
        )
    until_ns = latest_end_ns + round(minutes * 60 * SECOND_NS)
    record = {"kind": "limit", "id": command_id, "t_ns": t_ns, "latest_end_ns": until_ns}
    return Deed(record, {"act": "later", "latest_end_ns": until_ns})


def _withdraw(message: Mapping[str, Any]) -> dict[str, Any]:
    """What the record of a withdrawal holds: whose it is and when belongs to it."""
    told = {name: clean(message.get(name), SHORT_MAX) for name in ("by", "when")}
    if not all(told.values()):
        raise UserError("Nothing was withdrawn.", "It was not said who withdraws, or when.", "Give a role and a date.")
    return {"purpose": purpose_of(str(message.get("purpose", "")))} | told


def _sheet(fields: Any, view: SessionView, command_id: str, t_ns: int) -> Deed:
    """No fields at all only ask for the sheet as it stands."""
    if not isinstance(fields, dict) or not _is_plain(fields, SHEET_DEPTH_MAX):
        raise UserError("The session sheet was not kept.", "It holds something that is neither text nor number.", "")
    again = command_id in view.commands
    sheet = view.sheet if again else view.sheet | fields
    size = len(msgpack.packb(sheet, unicode_errors="surrogatepass"))
    if size > SHEET_BYTES_MAX:
        why = f"With this it takes {size} bytes; {SHEET_BYTES_MAX} fit."
        raise UserError("The session sheet is too long.", why, "Shorten its texts.")
    result = {"act": "sheet", "sheet": dict(sheet)}
    if again or not fields:
        return Deed(None, result)
    return Deed({"kind": "sheet", "id": command_id, "t_ns": t_ns, "fields": fields}, result)


def _is_plain(value: Any, depth: int) -> bool:
    """Text, numbers, yes and no, nothing, and lists and maps of them: what every reader of the journal can show."""
    if isinstance(value, float):
        return math.isfinite(value)
    if value is None or isinstance(value, str | bool | int):
        return True
    if depth == 0 or not isinstance(value, list | dict):
        return False
    if isinstance(value, dict) and not all(isinstance(name, str) for name in value):
        return False
    return all(_is_plain(each, depth - 1) for each in (value.values() if isinstance(value, dict) else value))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
