"""A guider's hand for visit.py: presses keys and waits for the screen's words, and keeps what the journal must hold.

Rule 1: nothing is waited for but words on the screen, and the pauses that the screen itself asks of a hand: between two
presses of a key that may be held down, and before a marker key is a new moment again.
Rule 2: words that stand there before the key is pressed prove nothing: this is an error of the script.
Rule 3: what was done is written down when it is done, by the script; the journal is read afterwards, by its reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from terminal import Press, Terminal, wait_for, wait_until

from vig_capture.archive.reader import Read
from vig_capture.core.acts import ACTS
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.core.vocabulary import SAME_NS, SPACE, MarkerKey
from vig_capture.devices.clock import mono_ns
from vig_capture.devices.settings_files import load_vocabulary
from vig_capture.engine.marks import STRETCH
from vig_capture.tui import texts
from vig_capture.tui.held import FIRST_NS

REST_NS = FIRST_NS + 100 * MS_NS
"""The same command key again after less is taken for one that is held down."""
MOVES = ("Up", "Down", "Left", "Right", "Home")
TMUX = {"space": "Space", "pagedown": "NPage", "pageup": "PPage", "backspace": "BSpace", "delete": "DC"}
DEEDS = {*ACTS, "sheet", "limit", "still", "pause", "resume"}
"""Kinds of records that tell what a guider did."""
MACHINE = {"session", "run", "stream", "device", "segment", "clock", "state", "closed"}
"""Kinds that the recorder writes of itself. All others, such as gaps and warnings, have no place in a good film."""
UNTOLD = ("v", "seq", "t_ns", "utc")
"""What of a record nobody can foresee."""


class Hand:
    """One guider at one terminal."""

    def __init__(self, terminal: Terminal, vocabulary: str) -> None:
        self.terminal = terminal
        self.vocabulary = load_vocabulary(vocabulary)
        self.deeds: list[dict[str, Any]] = []
        """What the journal must hold, in order; `of` is a place in this list."""
        self.presses: list[tuple[int, Press]] = []
        """Place of a marker in `deeds`, and the press that made it."""
        self._pressed_ns: dict[str, int] = {}
        self._free_ns: dict[tuple[str, str], int] = {}
        """From when on a key of a person is a new moment."""

    # The screen ------------------------------------------------------------------------------------------------------

    def see(self, words: str, seconds: float = 20.0) -> None:
        """Wait until the words, a regular expression, stand on the screen. Raises TimeoutError with the screen."""
        wait_for(lambda: self.sees(words), seconds, lambda: f"{words!r} is not in:\n{self.terminal.text()}")

    def sees(self, words: str) -> bool:
        return re.search(words, self.terminal.text(), re.MULTILINE) is not None

    def miss(self, words: str, seconds: float = 20.0) -> None:
        """Wait until the words are gone."""
        wait_for(lambda: not self.sees(words), seconds, lambda: f"{words!r} is still in:\n{self.terminal.text()}")

    def key(self, key: str) -> Press:
        """Press a key, by tmux's name of it."""
        if key not in MOVES:
            wait_until(self._pressed_ns.get(key, 0) + REST_NS)
        press = self.terminal.press(key)
        self._pressed_ns[key] = press.after_ns
        return press

    def do(self, key: str, words: str) -> Press:
        """Press a key, and see the words come."""
        assert not self.sees(words), f"{words!r} stands there before {key} is pressed:\n{self.terminal.text()}"
        press = self.key(key)
        self.see(words)
        return press

    def type(self, text: str) -> None:
        """A text, as a keyboard sends it."""
        self.terminal.send(text.encode())

    # What is done while filming --------------------------------------------------------------------------------------

    def done(self, kind: str, **fields: Any) -> int:
        """Write down a deed; returns its place."""
        self.deeds.append({"kind": kind, **fields})
        return len(self.deeds) - 1

    def mark(self, key: str, state: str = "recording", twice: bool = False) -> int:
        """A new moment, by a letter (a capital is the other person's), a digit or a key's name; returns its place.

        The band says it is saved. `twice`: the key bounces: one moment all the same."""
        row, who = self._row(key)
        wait_until(self._free_ns.get((row.key, who), 0))
        words = self.last(key)
        assert not self.sees(words), f"{words!r} stands there before {key} is pressed:\n{self.terminal.text()}"
        tmux = TMUX.get(key, key)
        press = self.terminal.send(2 * key.encode()) if twice else self.key(tmux)
        self.see(words)
        place = self.done("marker", **_marker(row, who, state))
        self.presses.append((place, press))
        self._taken(row, who, press)
        return place

    def extend(self, key: str, of: int) -> int:
        """The same key again, later than a held key's, within its look-ahead: the same moment goes on."""
        row, who = self._row(key)
        press_ns = self.presses[-1][1].after_ns
        wait_until(press_ns + SAME_NS + 300 * MS_NS)
        press = self.do(key, re.escape(texts.SAID_EXTENDED.format(label=row.label)))
        self._taken(row, who, press)
        return self.done("extend", of=of, uncertain=False)

    def stretch(self, opens: int | None = None) -> int:
        """Begin a stretch, or end the one that stands at this place."""
        if opens is not None:
            self.do("-", re.escape(texts.STRETCH_ENDED))
            return self.done("edit", of=opens, fields={"until_ns": "later"})
        press = self.do("-", re.escape(texts.STRETCH_BEGUN.partition("{")[0]))
        place = self.done("marker", **_marker(STRETCH, "self", "recording"), open=True)
        self.presses.append((place, press))
        return place

    def last(self, key: str, more: str = "") -> str:
        """The band's line about the last moment, of this key, saved."""
        row, who = self._row(key)
        label = texts.PRIVATE if row.private else row.label
        other = f" · {self.vocabulary.other}" if who == "other" else ""
        return rf"{texts.LAST}● [-\d:]+  {re.escape(label + other)}{more}  +{texts.ROW_WORDS['saved']}"

    def undo(self, of: int) -> int:
        """Take back the last act, which is this one."""
        self.do("BSpace", re.escape(texts.UNDONE[str(self.deeds[of]["kind"])]))
        return self.done("undo", of=of)

    def redo(self, of: int) -> int:
        """Bring back what this undo took."""
        self.do("C-y", re.escape(texts.SAID_DONE["redo"]))
        return self.done("undo", of=of)

    def _row(self, key: str) -> tuple[MarkerKey, str]:
        """Which row of the vocabulary a key means, and whose it is."""
        rows = self.vocabulary.keys
        if key in ("pagedown", "pageup"):
            return rows[0 if key == "pagedown" else 1], "self"
        if key.isdigit():
            return rows[(int(key) - 1) % 10], "self"
        name = SPACE if key == "space" else key.lower()
        return next(row for row in rows if row.key == name), "other" if key.isupper() else "self"

    def _taken(self, row: MarkerKey, who: str, press: Press) -> None:
        ahead_ns = max(round(row.look_ahead_s * SECOND_NS), SAME_NS)
        self._free_ns[row.key, who] = press.after_ns + ahead_ns + SECOND_NS // 2

    def now_of(self, key: str, who: str) -> None:
        """A moment that was given to this person: their presses of its key would be the same moment."""
        row, _ = self._row(key)
        ahead_ns = max(round(row.look_ahead_s * SECOND_NS), SAME_NS)
        self._free_ns[row.key, who] = mono_ns() + ahead_ns + SECOND_NS // 2


def _marker(row: MarkerKey, who: str, state: str) -> dict[str, Any]:
    return {
        "key": row.key,
        "label": row.label,
        "who": who,
        "look_back_s": row.look_back_s,
        "look_ahead_s": row.look_ahead_s,
        "private": row.private,
        "state": state,
        "uncertain": False,
        "note": "",
    }


# The journal ---------------------------------------------------------------------------------------------------------


def deeds_of(read: Read) -> list[dict[str, Any]]:
    """What a journal tells of the guider's deeds, in order, in the words of `Hand.deeds`."""
    places: dict[str, int] = {}
    found: list[dict[str, Any]] = []
    latest_end_ns = 0
    for record in read.records:
        kind = record["kind"]
        if kind == "limit":
            more_min = (record["latest_end_ns"] - latest_end_ns) / (60 * SECOND_NS)
            latest_end_ns = record["latest_end_ns"]
            if "id" in record:
                found.append({"kind": kind, "more_min": more_min})
        elif kind in DEEDS:
            told = {name: value for name, value in record.items() if name not in (*UNTOLD, "id")}
            if "of" in told:
                told["of"] = places.get(told["of"], told["of"])
            if kind == "edit":
                told["fields"] = _fields(told["fields"], found, told["of"], read, record)
            if kind == "still":
                told = {"kind": kind, "stream": told["stream"], "file": told["file"]}
            if "id" in record:
                places[record["id"]] = len(found)
            found.append(told)
    return found


def _fields(
    fields: Mapping[str, Any], found: list[dict[str, Any]], of: int, read: Read, record: Mapping[str, Any]
) -> dict[str, Any]:
    """An end of a stretch that lies after its beginning, and not after the press, is "later"."""
    if "until_ns" not in fields or not isinstance(of, int):
        return dict(fields)
    began_ns = next(each["t_ns"] for each in read.records if each.get("id") == record["of"])
    is_later = began_ns < fields["until_ns"] <= record["t_ns"] and found[of].get("open")
    return {**fields, "until_ns": "later" if is_later else fields["until_ns"]}


def differences(wanted: list[dict[str, Any]], read: Read) -> list[str]:
    """Where the journal is not exactly what was done; nothing else may stand in it either."""
    found = deeds_of(read)
    said = [
        f"deed {place}: done {one!r}, in the journal {other!r}"
        for place, (one, other) in enumerate(zip(wanted, found, strict=False))
        if one != other
    ]
    said += [f"done, and not in the journal: {each!r}" for each in wanted[len(found) :]]
    said += [f"in the journal, and not done: {each!r}" for each in found[len(wanted) :]]
    others = [each for each in read.records if each["kind"] not in DEEDS | MACHINE]
    said += [f"in the journal: {each!r}" for each in others]
    numbers = [each["seq"] for each in read.records]
    said += [] if numbers == list(range(1, len(numbers) + 1)) else ["the numbers of the records have a hole"]
    said += [f"{len(read.holes)} damaged places"] if read.holes else []
    return said
