"""Marker keys: what a press means, who did it, and when a repeated press is the same moment.

Rule 1: a vocabulary is data, a TOML text; a fault in it is reported with its line and changes nothing.
Rule 2: the lower-case letter is the person whom the vocabulary watches, Shift (the capital) the other one.
Rule 3: a digit is an alias of the key in that row, 1 to 9 and then 0: for a keypad and for a presenter's remote.
Rule 4: Shift with Space looks like Space in a terminal, so Space is always the watched person.
Rule 5: the same key by the same person, within 1.5 s of its last arrival, is the same marker, so that a held key is
one; later, within its look-ahead after the marker's press or its last extension, it extends the marker; after that it
is a new marker. A held key does not prolong the look-ahead: what counts there are presses that were acts of their own.
"""

from __future__ import annotations

import tomllib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from vig_capture.core.errors import UserError
from vig_capture.core.model import Who
from vig_capture.core.text import Lines, near_miss
from vig_capture.core.time import SECOND_NS

KEYS_MAX = 12
"""Rows of a vocabulary: more cannot be pressed without looking (reference: tagging practice, 7 to 12 keys)."""

SAME_NS = 1_500_000_000
"""A press this soon after the last arrival of the same key is the same marker (design: a repeated key)."""

RECENT_MAX = 4
"""Markers remembered for each key and person: presses arrive out of order by less than a few seconds."""

LOOK_S_MAX = 120.0
"""Longest look-back and look-ahead, seconds."""

CONTRAST_MIN = 3.0
"""Least WCAG 2 contrast of a colour against the background (success criterion 1.4.11: parts of an interface)."""

BACKGROUND = "#101010"

SPACE = "space"
DIGITS = "1234567890"
RESERVED = {
    "p": "pauses the recording",
    "s": "takes a still picture",
    "?": "shows the help",
    "tab": "gives the last marker to the other person",
    "enter": "writes a note on the last marker",
    "backspace": "takes the last act back",
    ".": "stars the last marker",
    ",": "gives the last marker its goal",
    "-": "begins and ends a stretch",
    "+": "moves the latest end",
    "=": "moves the latest end",
    "'": "is kept for the screen",
}
"""Keys that no vocabulary may take, and what they are for."""

_NAMES = {" ": SPACE, "\t": "tab", "\n": "enter", "\r": "enter", "\x7f": "backspace", "\b": "backspace"}


@dataclass(frozen=True, slots=True)
class MarkerKey:
    """One row of a vocabulary."""

    key: str
    """A lower-case letter, or `space`."""
    id: str
    """Its lasting name in journals and exports: lower-case letters, digits, `-` and `_`."""
    label: str
    description: str
    family: str
    look_back_s: float
    """How far before the press a clip starts: a moment is recognised after it has happened."""
    look_ahead_s: float
    """How far after the press a clip ends, and how long a further press extends the marker."""
    colour: str
    """#rrggbb."""
    private: bool = False
    """Never in what a family is given."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A checked set of marker keys."""

    name: str
    version: str
    language: str
    """A BCP 47 tag, such as `en`."""
    licence: str
    author: str
    other: str
    """Whom Shift means, such as `child`."""
    keys: tuple[MarkerKey, ...]

    def find(self, key: str) -> tuple[MarkerKey, Who]:
        """The row that a pressed key means, and who did it.

        `key` is one character, or `space`. Raises UserError for a key that marks nothing."""
        name = _NAMES.get(key, key)
        if name in DIGITS and len(name) == 1:
            row = DIGITS.index(name)
            if row < len(self.keys):
                return self.keys[row], "self"
        who: Who = "other" if len(name) == 1 and name.isupper() else "self"
        lower = name.lower()
        for marker_key in self.keys:
            if marker_key.key == lower:
                return marker_key, who
        shown = lower if lower and lower.isprintable() else repr(lower)
        why = f"It {RESERVED[lower]}." if lower in RESERVED else f"The vocabulary {self.name} has no such key."
        raise UserError(f"The key {shown} marks nothing.", why, f"The marker keys are: {self._listed()}.")

    def by_id(self, key_id: str) -> MarkerKey | None:
        """The row with this id."""
        return next((marker_key for marker_key in self.keys if marker_key.id == key_id), None)

    def as_map(self) -> dict[str, Any]:
        """What the journal's session record and a snapshot carry."""
        rows = [{name: getattr(key, name) for name in MarkerKey.__dataclass_fields__} for key in self.keys]
        return {
            "name": self.name,
            "version": self.version,
            "language": self.language,
            "other": self.other,
            "keys": rows,
        }

    def _listed(self) -> str:
        return ", ".join(marker_key.key for marker_key in self.keys)


ActKind = Literal["new", "same", "extend"]


@dataclass(frozen=True, slots=True)
class Act:
    """What a press is: a new marker, the same one again, or an extension of it."""

    kind: ActKind
    marker_id: str


@dataclass(slots=True)
class _Recent:
    marker_id: str
    first_ns: int
    arrived_ns: int
    """The first and the last press of it, repeats of a held key included."""
    counted_ns: int
    """The last press that was an act: the marker itself or an extension."""


class Repeats:
    """Rule 5, remembered for each key and person. Presses may arrive slightly out of order."""

    def __init__(self, vocabulary: Vocabulary, new_id: Callable[[], str]) -> None:
        self._look_ahead_ns = {key.id: round(key.look_ahead_s * SECOND_NS) for key in vocabulary.keys}
        self._new_id = new_id
        self._recent: dict[tuple[str, Who], deque[_Recent]] = {}

    def decide(self, key_id: str, who: Who, t_ns: int) -> Act:
        """What a press of the key with this id means at session time `t_ns`. Raises KeyError for an unknown id."""
        look_ahead_ns = self._look_ahead_ns[key_id]
        recent = self._recent.setdefault((key_id, who), deque(maxlen=RECENT_MAX))
        for marker in recent:
            if marker.first_ns - SAME_NS <= t_ns <= marker.arrived_ns + SAME_NS:
                marker.first_ns = min(marker.first_ns, t_ns)
                marker.arrived_ns = max(marker.arrived_ns, t_ns)
                return Act("same", marker.marker_id)
        earlier = [marker for marker in recent if marker.first_ns <= t_ns <= marker.counted_ns + look_ahead_ns]
        if earlier:
            marker = max(earlier, key=lambda found: found.counted_ns)
            marker.arrived_ns = marker.counted_ns = t_ns
            return Act("extend", marker.marker_id)
        return self.remember(self._new_id(), key_id, who, t_ns)

    def remember(self, marker_id: str, key_id: str, who: Who, t_ns: int) -> Act:
        """Take note of a marker that was made elsewhere: in an earlier run of the same session."""
        recent = self._recent.setdefault((key_id, who), deque(maxlen=RECENT_MAX))
        recent.append(_Recent(marker_id, t_ns, t_ns, t_ns))
        return Act("new", marker_id)

    def forget(self, marker_id: str) -> None:
        """The marker was taken back: a press right after that is a new one, not the same again."""
        for key, recent in self._recent.items():
            self._recent[key] = deque((known for known in recent if known.marker_id != marker_id), RECENT_MAX)


def parse(text: str, name: str) -> Vocabulary:
    """Read a vocabulary from its TOML text. `name` is what the file is called in messages.

    Raises UserError with the line of the first fault."""
    lines = Lines(text, name, "[[keys]]")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise lines.syntax_fault(error) from error
    _check_fields(raw, _TOP, lines, 0)
    rows = raw["keys"]
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise lines.fault("keys", 0, "a vocabulary is a list of keys.", "Begin each key with a line [[keys]].")
    if len(rows) > KEYS_MAX:
        why = f"it has {len(rows)} keys, and {KEYS_MAX} is the most that can be pressed without looking."
        raise lines.fault("", KEYS_MAX + 1, why, "Take some out.")
    keys: list[MarkerKey] = []
    for number, row in enumerate(rows, start=1):
        keys.append(_key(row, number, lines, keys))
    return Vocabulary(
        name=raw["name"],
        version=raw["version"],
        language=raw["language"],
        licence=raw["licence"],
        author=raw["author"],
        other=raw.get("other", "the other person"),
        keys=tuple(keys),
    )


_TOP: dict[str, type] = {
    "name": str,
    "version": str,
    "language": str,
    "licence": str,
    "author": str,
    "keys": list,
    "other": str,
}
_KEY: dict[str, type] = {
    "key": str,
    "id": str,
    "label": str,
    "description": str,
    "family": str,
    "look_back_s": float,
    "look_ahead_s": float,
    "colour": str,
    "private": bool,
}
_OPTIONAL = {"other", "private"}
_SAID: dict[type, str] = {str: "text in quotes", float: "a number of seconds", bool: "true or false", list: "a list"}


def _key(row: dict[str, Any], number: int, lines: Lines, before: list[MarkerKey]) -> MarkerKey:
    _check_fields(row, _KEY, lines, number)
    _check_press(row["key"], number, lines, before)
    _check_id(row["id"], number, lines, before)
    for field in ("look_back_s", "look_ahead_s"):
        # Written as "not within", so that nan is refused too.
        if not 0 <= row[field] <= LOOK_S_MAX:
            raise lines.fault(field, number, f"{field} is {row[field]}.", f"Write 0 to {LOOK_S_MAX:g} seconds.")
    if not _is_colour(row["colour"]):
        raise lines.fault("colour", number, f"{row['colour']!r} is no colour.", 'Write it as "#56B4E9".')
    ratio = contrast(row["colour"], BACKGROUND)
    if ratio < CONTRAST_MIN:
        why = f"the colour {row['colour']} is too dark to be seen on the screen ({ratio:.1f} to 1)."
        raise lines.fault(
            "colour", number, why, f"Choose a lighter one, at least {CONTRAST_MIN:g} to 1 on {BACKGROUND}."
        )
    numbers = {field: float(row[field]) for field in ("look_back_s", "look_ahead_s")}
    return MarkerKey(**{**row, **numbers})


def _check_press(key: str, number: int, lines: Lines, before: list[MarkerKey]) -> None:
    if key.lower() in RESERVED:
        why = f"the key {key!r} is taken: it {RESERVED[key.lower()]}."
    elif key.lower().startswith(("ctrl", "^")):
        why = f"{key!r} is a Ctrl chord, and those start and stop."
    elif len(key) == 1 and key in DIGITS:
        why = f"the digit {key!r} is taken: it means the key in that row."
    elif len(key) == 1 and key.isupper():
        why = f"{key!r} is a capital, and a capital means that the other person did it."
    elif key != SPACE and not _is_letter(key):
        why = f"{key!r} is not a letter with a capital of its own."
    elif any(earlier.key == key for earlier in before):
        why = f"the key {key!r} stands here a second time."
    else:
        return
    raise lines.fault("key", number, why, "Choose another lower-case letter, or space.")


def _check_id(key_id: str, number: int, lines: Lines, before: list[MarkerKey]) -> None:
    if not key_id or not all(char in "abcdefghijklmnopqrstuvwxyz0123456789-_" for char in key_id):
        raise lines.fault("id", number, f"{key_id!r} is no id.", "Use lower-case letters a to z, digits, - and _.")
    if any(earlier.id == key_id for earlier in before):
        raise lines.fault("id", number, f"the id {key_id!r} stands here a second time.", "Give each key its own.")


def _check_fields(found: dict[str, Any], known: Mapping[str, type], lines: Lines, number: int) -> None:
    for field, value in found.items():
        if field not in known:
            raise lines.fault(field, number, f"nothing is called {field!r} here.", near_miss(field, known))
        wanted = known[field]
        ok = isinstance(value, wanted) or (wanted is float and isinstance(value, int))
        if not ok or (wanted is float and isinstance(value, bool)):
            raise lines.fault(field, number, f"{field} is {value!r}.", f"It has to be {_SAID[wanted]}.")
        if wanted is str and not value.strip():
            raise lines.fault(field, number, f"{field} is empty.", "Write something between the quotes.")
    missing = [field for field in known if field not in found and field not in _OPTIONAL]
    if missing:
        raise lines.fault("", number, f"{missing[0]} is missing.", f"Add a line: {missing[0]} = …")


def _is_letter(key: str) -> bool:
    """One lower-case letter that Shift turns into its capital and back (not so ß or ı)."""
    return len(key) == 1 and key.islower() and len(key.upper()) == 1 and key.upper().lower() == key


def _is_colour(text: str) -> bool:
    return len(text) == 7 and text[0] == "#" and all(char in "0123456789abcdefABCDEF" for char in text[1:])


def contrast(colour: str, other: str) -> float:
    """WCAG 2 contrast of two #rrggbb colours, 1 to 21."""
    lighter, darker = sorted((_luminance(colour), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
